package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A conflict is that somebody wrote since the form was filled.
type conflict struct {
	By   string
	When *time.Time
	Gone bool // the session is not there any more
	Rows []conflictRow
}

// A conflictRow is a field of the spec that is not as it was read.
type conflictRow struct{ Field, Read, Now, Typed string }

// conflict looks whether the session is still what was read, and tells what is not.
func (s *server) conflict(v *visit, p *newPage, typed specTree) (bool, error) {
	got, err := v.cl.GetSession(v.Context(), p.Edit)
	if client.IsNotFound(err) {
		p.Conflict = &conflict{Gone: true}
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if got.ETag == p.ETag {
		return false, nil
	}
	c := &conflict{By: got.Value.Status.UpdatedBy, When: got.Value.Status.UpdatedAt, Rows: changedSince(p.base, specOf(got.Value.Spec))}
	for i, row := range c.Rows {
		c.Rows[i].Typed = "as you read it"
		if jsonText(typed[row.Field]) != jsonText(p.base[row.Field]) {
			c.Rows[i].Typed = valueText(typed[row.Field])
		}
	}
	p.Conflict = c
	return true, nil
}

// changedSince are the fields of a spec that are not as they were read.
func changedSince(was, now specTree) (rows []conflictRow) {
	fields := map[string]bool{}
	for key := range was {
		fields[key] = true
	}
	for key := range now {
		fields[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if jsonText(was[key]) != jsonText(now[key]) {
			rows = append(rows, conflictRow{Field: key, Read: valueText(was[key]), Now: valueText(now[key])})
		}
	}
	return rows
}

// mergeNew puts what somebody typed on top of what is stored now: fields that he did not
// touch are theirs.
func (s *server) mergeNew(v *visit, p *newPage) (view, error) {
	got, err := v.cl.GetSession(v.Context(), p.Edit)
	if err != nil {
		return view{}, err
	}
	typed, reasons := p.spec(v.now)
	raw, err := client.MergePatch(p.base, typed)
	if err != nil {
		return view{}, fmt.Errorf("the difference of two specs: %w", err)
	}
	var patch specTree
	if err := json.Unmarshal(raw, &patch); err != nil {
		return view{}, fmt.Errorf("the difference of two specs: %w", err)
	}
	now := specOf(got.Value.Spec)
	d := fill(specOf([]byte(jsonText(merged(now, patch)))), v.now)
	d.Name, d.Edit, d.ETag, d.base = p.Edit, p.Edit, got.ETag, now
	p.draft = d
	if len(reasons) > 0 {
		p.refuse(reasons)
		return s.form(v, p, http.StatusUnprocessableEntity)
	}
	return s.form(v, p, http.StatusOK)
}
