package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func is(label string, values ...string) mirror.Requirement {
	return mirror.Requirement{Label: label, Values: values}
}

func not(label string, values ...string) mirror.Requirement {
	return mirror.Requirement{Label: label, Values: values, Not: true}
}

// selections have each kind of requirement as what is walked and as what is asked.
var selections = []mirror.Selection{
	{},
	{Labels: []mirror.Requirement{is("half", "a")}},
	{Labels: []mirror.Requirement{is("half", "a"), is("rare", "yes")}},
	{Labels: []mirror.Requirement{is("half", "a"), is("other", "b")}},
	{Labels: []mirror.Requirement{is("half"), not("rare")}},
	{Labels: []mirror.Requirement{not("half", "a")}},
	{Labels: []mirror.Requirement{is("half", "a", "b"), not("other", "a")}},
	{Device: "sw1"},
	{Tool: "ids", Labels: []mirror.Requirement{is("rare", "yes", "no")}},
	{Tool: "ids", Device: "sw1", Filter: "web"},
}

// No selection reads a table from one end to the other, nor sorts what it has read; the
// sessions of a device, of which there are few, are put in order.
func TestSelectionsWalkIndexes(t *testing.T) {
	s := openAt(t, dbPath(t))
	check := func(q *text) {
		t.Helper()
		for _, step := range queryPlan(t, s, q.String(), q.args) {
			known := strings.Contains(step, "INDEX") || strings.Contains(step, "CORRELATED") || strings.Contains(q.String(), "UNION") && !strings.HasPrefix(step, "SCAN terms") && !strings.HasPrefix(step, "SCAN placements")
			if !known || !strings.Contains(q.String(), "UNION") && strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s: %s", q, step)
			}
		}
	}
	for _, sel := range selections {
		all := predicatesOf(mirror.ResourceSession, sel)
		check(matching("sessions", all, "s"))
		check(selecting(everything("sessions"), all, "a", "z", 9))
		for i, p := range all {
			if p.from != nil {
				check(bounding(p, "a"))
				check(selecting(p, slices.Concat(all[:i], all[i+1:]), "a", "z", 9))
			}
		}
	}
}

// Pages of a selection, each with a bounded look, hold together exactly what is asked
// for, in order, also where thousands match one requirement and not the other.
func TestSelectionsOfManyArePaged(t *testing.T) {
	s := openAt(t, dbPath(t))
	const n = 2*mirror.MaxLooked + 700
	record := func(i int) mirror.SessionRecord {
		r := mirror.SessionRecord{Session: mirror.Session{Name: fmt.Sprintf("s-%06d", i), Labels: map[string]string{"half": string(rune('a' + i%2))}}}
		if i >= mirror.MaxLooked {
			r.Session.Labels["other"] = string(rune('a' + i%2))
		}
		if i%997 == 0 {
			r.Session.Labels["rare"] = "yes"
			r.Session.Destinations = []mirror.Destination{{Tool: "ids"}}
		}
		if i%1999 == 0 {
			r.Session.Sources, r.Session.Filter = []mirror.Source{{Device: "sw1"}}, "web"
		}
		return r
	}
	update(t, s, func(tx mirror.Tx) error {
		for i := range n {
			if err := tx.PutSession(record(i)); err != nil {
				return err
			}
		}
		return tx.PutPlacement(placement("s-000003", "sw1", "local"))
	})
	concerned := func(r mirror.SessionRecord, sel mirror.Selection) bool {
		x := r.Session
		return !slices.ContainsFunc(sel.Labels, func(q mirror.Requirement) bool { return !q.Met(x.Labels) }) &&
			(sel.Device == "" || slices.Contains(x.Devices(), sel.Device) || x.Name == "s-000003") &&
			(sel.Tool == "" || len(x.Destinations) > 0) && (sel.Filter == "" || x.Filter == sel.Filter)
	}
	for _, sel := range selections {
		var want []string
		for i := range n {
			if r := record(i); concerned(r, sel) {
				want = append(want, r.Session.Name)
			}
		}
		for _, limit := range []int{7, 400} {
			if limit == 7 && len(want) > 1000 {
				continue // that many pages tell nothing new
			}
			var got []string
			view(t, s, func(tx mirror.Tx) error {
				for after, pages := "", 0; ; pages++ {
					names, next, err := tx.Select(mirror.ResourceSession, sel, mirror.Page{After: after, Limit: limit})
					if err != nil || len(names) > limit || pages > n {
						return fmt.Errorf("page %d of %d names: %w", pages, len(names), err)
					}
					if got = append(got, names...); next == "" {
						return nil
					}
					after = next
				}
			})
			if !slices.Equal(got, want) {
				t.Errorf("%+v in pages of %d: %d names, want %d", sel, limit, len(got), len(want))
			}
		}
	}
}

// What an earlier version stored can be selected after the first start of this one.
func TestStoredEntriesGetTheirTerms(t *testing.T) {
	path := dbPath(t)
	s := openAt(t, path)
	labels := map[string]string{"team": "voice"}
	update(t, s, func(tx mirror.Tx) error {
		if _, err := tx.PutDevice(mirror.Device{Name: "d", Labels: labels}); err != nil {
			return err
		}
		return tx.PutSession(mirror.SessionRecord{Session: mirror.Session{Name: "s", Labels: labels, Sources: []mirror.Source{{Device: "d"}}, Destinations: []mirror.Destination{{Tool: "ids"}}}})
	})
	for _, undo := range []string{`DELETE FROM terms`, `DELETE FROM goose_db_version WHERE version_id >= 13`,
		`DROP TABLE operation_devices`, `DROP INDEX operations_by_seq`, `DROP INDEX operations_by_kind`, `DROP INDEX operations_of_session`, `DROP INDEX operations_kept`, `DROP INDEX operations_open_repairs`,
		`ALTER TABLE operations DROP COLUMN kind`, `ALTER TABLE operations DROP COLUMN device`,
		`DROP TABLE webhooks`, `DROP TABLE outlets`, `DROP TABLE dead_letters`, `DROP TABLE triggers`, `DROP TABLE trigger_states`, `DROP TABLE IF EXISTS copies`, `DROP TABLE revisions`, `DELETE FROM meta WHERE name = 'copies whole'`} {
		if _, err := s.writes.ExecContext(t.Context(), undo); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	s = openAt(t, path)
	for kind, sel := range map[mirror.Resource]mirror.Selection{
		mirror.ResourceDevice:  {Labels: []mirror.Requirement{is("team", "voice")}},
		mirror.ResourceSession: {Labels: []mirror.Requirement{is("team", "voice")}, Device: "d", Tool: "ids"},
	} {
		view(t, s, func(tx mirror.Tx) error {
			names, _, err := tx.Select(kind, sel, mirror.Page{})
			if len(names) != 1 {
				t.Errorf("%s: %v", kind, names)
			}
			return err
		})
	}
}
