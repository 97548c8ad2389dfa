package mirror

import "time"

// Authorship tells who made a resource and who changed it last. What is zero was not
// kept: the resource is from before netmirror did.
type Authorship struct {
	Created   time.Time `json:"created,omitzero"`
	CreatedBy string    `json:"createdBy,omitempty"`
	Updated   time.Time `json:"updated,omitzero"` // last change of what users ask for, not of its status
	UpdatedBy string    `json:"updatedBy,omitempty"`
}

// Resource is a kind of what users write.
type Resource string

// The resources that are listed and selected by name.
const (
	ResourceDevice  Resource = "device"
	ResourceTool    Resource = "tool"
	ResourceFilter  Resource = "filter"
	ResourceSession Resource = "session"
	ResourceWebhook Resource = "webhook"
	ResourceTrigger Resource = "trigger"
)

// Sign notes who has just written an entry that is stored. created tells that there was
// none before.
func Sign(tx Tx, kind Resource, name, actor string, created bool) error {
	now := time.Now().UTC()
	a := Authorship{Created: now, CreatedBy: actor}
	if !created {
		var err error
		if a, err = tx.Authorship(kind, name); err != nil {
			return err
		}
	}
	a.Updated, a.UpdatedBy = now, actor
	return tx.PutAuthorship(kind, name, a)
}
