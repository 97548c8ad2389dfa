package api

import (
	"context"

	"github.com/netmirror/netmirror/internal/engine"
)

// Load is what is offered to one end of copies now, and what becomes of them.
type Load struct {
	EndLoad
	Copies []CopyLoad `json:"copies" doc:"whether the copies of a destination flow, by native session or destination port"`
}

// LoadList is one page of loads.
type LoadList struct {
	Items      []Load `json:"items"`
	NextCursor string `json:"nextCursor,omitempty" doc:"there while there is more"`
}

type loadListOutput struct{ Body LoadList }

const listLoads = "loads"

func (s *server) listLoads(_ context.Context, in *struct{ PageParams }) (*loadListOutput, error) {
	ends, next, err := slicePage(listLoads, in.PageParams, s.engine.Loads(), func(v engine.EndView) string {
		return v.Load.End.Device + "\n" + string(v.Load.End.Port) + "\n" + v.Load.End.IP
	})
	if err != nil {
		return nil, err
	}
	items := translateAll(ends, func(v engine.EndView) Load {
		return Load{EndLoad: endLoadOf(v.Load), Copies: orEmpty(translateAll(v.Copies, copyLoadOf))}
	})
	return &loadListOutput{LoadList{Items: orEmpty(items), NextCursor: next}}, nil
}
