package api

import (
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Authorship tells who made a resource and who changed it last. What is left out was not
// kept: the resource is from before netmirror did.
type Authorship struct {
	CreatedAt *time.Time `json:"createdAt,omitempty"`
	CreatedBy string     `json:"createdBy,omitempty" doc:"name of the token; left out of what an earlier version of netmirror stored"`
	UpdatedAt *time.Time `json:"updatedAt,omitempty" doc:"last change of the spec"`
	UpdatedBy string     `json:"updatedBy,omitempty"`
}

func authorshipOf(a mirror.Authorship) Authorship {
	return Authorship{CreatedAt: timeOrNil(a.Created), CreatedBy: a.CreatedBy, UpdatedAt: timeOrNil(a.Updated), UpdatedBy: a.UpdatedBy}
}
