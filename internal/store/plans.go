package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// What is kept of plans. Older ones are dropped as new ones come.
const (
	KeepPlans      = 1000
	KeepPlansFor   = 7 * 24 * time.Hour
	KeepPlanOctets = 64 << 20 // of all documents together; the newest stays in any case
)

// Plan reads a plan.
func (t *tx) Plan(id string) (mirror.StoredPlan, error) {
	p := mirror.StoredPlan{ID: id}
	var created int64
	var head, doc string
	if err := t.row(fmt.Sprintf("plan %q", id), `SELECT created, head, doc FROM plans WHERE id = $1`, []any{id}, &created, &head, &doc); err != nil {
		return mirror.StoredPlan{}, err
	}
	p.Created, p.Head, p.Document = time.UnixMicro(created).UTC(), json.RawMessage(head), json.RawMessage(doc)
	return p, nil
}

// Plans lists what is told of the newest plans, newest first, without their documents;
// which each have their "id" in the head; before, when not "", is the plan after which the list begins, limit 0 means all.
func (t *tx) Plans(before string, limit int) ([]mirror.StoredPlan, error) {
	from := int64(math.MaxInt64)
	if before != "" {
		err := t.row(fmt.Sprintf("plan %q", before), `SELECT seq FROM plans WHERE id = $1`, []any{before}, &from)
		if errors.Is(err, mirror.ErrNotFound) { // dropped meanwhile, as all before it
			return []mirror.StoredPlan{}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	if limit <= 0 {
		limit = math.MaxInt32
	}
	heads, err := many[json.RawMessage](t, "plans", `SELECT head FROM plans WHERE seq < $1 ORDER BY seq DESC LIMIT $2`, from, limit)
	if err != nil {
		return nil, err
	}
	out := make([]mirror.StoredPlan, len(heads))
	for i, h := range heads {
		var of struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(h, &of); err != nil {
			return nil, fmt.Errorf("store: plans: stored document: %w", err)
		}
		out[i] = mirror.StoredPlan{ID: of.ID, Head: h}
	}
	return out, nil
}

// PutPlan stores a plan, and drops those that are too old or too many. One that is stored
// again keeps its place.
func (t *tx) PutPlan(p mirror.StoredPlan) error {
	what := fmt.Sprintf("plan %q", p.ID)
	if err := named(what, p.ID); err != nil {
		return err
	}
	known, err := t.changes(what, `UPDATE plans SET size = $2, head = $3, doc = $4 WHERE id = $1`, p.ID, len(p.Document), string(p.Head), string(p.Document))
	if err != nil || known > 0 {
		return err
	}
	seq, err := t.next(what, "plan")
	if err != nil {
		return err
	}
	if err := t.exec(what, `INSERT INTO plans (id, created, seq, size, head, doc) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, p.Created.UnixMicro(), seq, len(p.Document), string(p.Head), string(p.Document)); err != nil {
		return err
	}
	if err := t.exec("drop old plans", `DELETE FROM plans WHERE seq < $1 AND (seq <= $1 - $2 OR created < $3)`,
		seq, KeepPlans, p.Created.Add(-KeepPlansFor).UnixMicro()); err != nil {
		return err
	}
	// The running sum is made only where the plans together are too large.
	return t.exec("drop large plans", `DELETE FROM plans WHERE (SELECT SUM(size) FROM plans) > $2 AND seq < $1 AND id IN (
		SELECT id FROM (SELECT id, SUM(size) OVER (ORDER BY seq DESC) AS total FROM plans) WHERE total > $2)`, seq, KeepPlanOctets)
}
