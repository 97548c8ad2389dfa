package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestThePastIsBounded: old rollouts that are over go, open ones and other
// sessions' stay.
func TestThePastIsBounded(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		if err := tx.PutOperation(operation("open", "s", mirror.OpRunning, at(0))); err != nil {
			return err
		}
		if err := tx.PutOperation(operation("other", "t", mirror.OpSucceeded, at(0))); err != nil {
			return err
		}
		for i := range KeepOperations + 20 {
			if err := tx.PutOperation(operation(fmt.Sprintf("op-%03d", i), "s", mirror.OpSucceeded, at(i+1))); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx mirror.Tx) error {
		ops, err := tx.Operations("s", 0)
		if err != nil {
			return err
		}
		if len(ops) != KeepOperations+1 || ops[0].ID != fmt.Sprintf("op-%03d", KeepOperations+19) || ops[len(ops)-1].ID != "open" {
			t.Errorf("%d operations, from %s to %s", len(ops), ops[0].ID, ops[len(ops)-1].ID)
		}
		_, err = tx.Operation("other")
		return err
	})
}

func plan(id string, created time.Time, text string) mirror.StoredPlan {
	doc, err := json.Marshal(map[string]string{"id": id, "text": text})
	if err != nil {
		panic(err)
	}
	return mirror.StoredPlan{ID: id, Created: created, Head: doc, Document: doc}
}

// TestPlansAreBounded: those that are too old go, then the oldest of those that are too
// many, and the newest stays however large it is.
func TestPlansAreBounded(t *testing.T) {
	s := openAt(t, dbPath(t))
	first := at(0)
	put := func(plans ...mirror.StoredPlan) {
		t.Helper()
		update(t, s, func(tx mirror.Tx) error {
			for _, p := range plans {
				if err := tx.PutPlan(p); err != nil {
					return err
				}
			}
			return nil
		})
	}
	ids := func() (out []string) {
		view(t, s, func(tx mirror.Tx) error {
			list, err := tx.Plans("", 0)
			for _, p := range list {
				out = append(out, p.ID)
			}
			return err
		})
		return out
	}
	put(plan("old", first, ""), plan("young", first.Add(time.Hour), ""), plan("new", first.Add(KeepPlansFor+time.Minute), ""))
	if got := fmt.Sprint(ids()); got != "[new young]" {
		t.Errorf("after the first has become too old: %s", got)
	}
	// All but two by hand: each put has all of them to look at.
	if _, err := s.writes.Exec(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 3)
		INSERT INTO plans SELECT printf('p-%04d', i), $2, 4 + i, 2, json_object('id', printf('p-%04d', i)), '{}' FROM n`,
		KeepPlans, first.Add(KeepPlansFor+time.Minute).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writes.Exec(`UPDATE counters SET value = $1 + 1 WHERE name = 'plan'`, KeepPlans); err != nil {
		t.Fatal(err)
	}
	put(plan("last", first.Add(KeepPlansFor+time.Minute), ""))
	if got := ids(); len(got) != KeepPlans || got[len(got)-1] != "new" {
		t.Errorf("%d plans, down to %s", len(got), got[len(got)-1])
	}
	put(plan("one-more", first.Add(KeepPlansFor+time.Minute), ""))
	if got := ids(); len(got) != KeepPlans || got[0] != "one-more" || got[len(got)-1] != "p-0000" {
		t.Errorf("%d plans, down to %s", len(got), got[len(got)-1])
	}
	huge := plan("huge", first.Add(KeepPlansFor+time.Hour), "")
	huge.Document = bytes.Repeat([]byte(" "), KeepPlanOctets+1)
	put(huge)
	if got := fmt.Sprint(ids()); got != "[huge]" {
		t.Errorf("after one that takes all the room: %.200s", got)
	}
	put(plan("next", first.Add(KeepPlansFor+time.Hour), ""))
	if got := fmt.Sprint(ids()); got != "[next]" {
		t.Errorf("after the next: %.200s", got)
	}
}

// TestPagesOfOperations: every one comes once, the newest first, and those of a device that
// only its rollouts' steps name are found.
func TestPagesOfOperations(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		for i := range 10 {
			o := operation(fmt.Sprintf("op-%d", i), "s", mirror.OpSucceeded, at(i))
			if i%3 == 0 {
				o = mirror.Operation{ID: o.ID, Device: "acc-2", Type: mirror.OpSave, State: mirror.OpSucceeded, Created: at(i)}
			}
			if err := tx.PutOperation(o); err != nil {
				return err
			}
		}
		return nil
	})
	for want, q := range map[string]mirror.OperationQuery{
		"[op-9 op-8 op-7 op-6 op-5 op-4 op-3 op-2 op-1 op-0]": {},
		"[op-8 op-7 op-5 op-4 op-2 op-1]":                     {Device: "acc-1"},
		"[op-9 op-6 op-3 op-0]":                               {Kind: mirror.OpSave, Device: "acc-2"},
		"[]":                                                  {Kind: mirror.OpSave, Session: "s"},
	} {
		got := []string{}
		for q.Limit, q.Before = 4, 0; ; {
			var page mirror.OperationPage
			view(t, s, func(tx mirror.Tx) (err error) { page, err = tx.FindOperations(q); return err })
			for _, o := range page.Operations {
				got = append(got, o.ID)
			}
			if q.Before = page.Next; q.Before == 0 {
				break
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%+v: %v, want %s", q, got, want)
		}
		query, args := findOperations(q)
		for _, step := range queryPlan(t, s, query, args) {
			if strings.Contains(step, "SCAN") && !strings.Contains(step, "INDEX") || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%+v: %s", q, step)
			}
		}
	}
}

// TestTheLastRolloutOfASessionStays, however old it is: its session rests on it.
func TestTheLastRolloutOfASessionStays(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		repair := mirror.Operation{ID: "repair", Session: "there", Device: "d", Type: mirror.OpRepair, State: mirror.OpFailed, Created: at(9)}
		return errors.Join(tx.PutSession(session("there")),
			tx.PutOperation(operation("first", "there", mirror.OpSucceeded, at(1))), tx.PutOperation(operation("last", "there", mirror.OpSucceeded, at(2))),
			tx.PutOperation(operation("of a session that is gone", "gone", mirror.OpSucceeded, at(3))),
			tx.PutOperation(operation("open", "gone", mirror.OpRunning, at(4))), tx.PutOperation(repair))
	})
	old := func(before time.Time, keep int64) (out []string) {
		view(t, s, func(tx mirror.Tx) error {
			ids, next, err := tx.OldOperations(before, keep, 0)
			if out = ids; next != 0 {
				t.Errorf("next %d", next)
			}
			return err
		})
		return out
	}
	if got := fmt.Sprint(old(at(9), 100)); got != "[first of a session that is gone]" {
		t.Errorf("too old: %s", got)
	}
	if got := fmt.Sprint(old(at(0), 1)); got != "[first of a session that is gone]" {
		t.Errorf("too many: %s", got)
	}
	if got := fmt.Sprint(old(at(0), 0)); got != "[first of a session that is gone repair]" {
		t.Errorf("all too many: %s", got)
	}
}
