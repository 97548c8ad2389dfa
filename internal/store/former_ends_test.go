package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/netmirror/netmirror/internal/mirror"
)

// version5 makes the database that a controller of schema version 5 left when it
// was killed: testdata/version5.sql is a dump of it. It held sessions of every
// kind on three switches, had just sent the switch acc-2 the session "cut" and
// acc-0 another destination of "moved", and had read neither back.
func version5(t *testing.T, path string) {
	t.Helper()
	dump, err := os.ReadFile("testdata/version5.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), string(dump)); err != nil {
		t.Fatal(err)
	}
}

// rows reads a whole table as texts, by the columns given, in their order.
func rows(t *testing.T, path, table, columns string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.QueryContext(t.Context(), fmt.Sprintf(`SELECT %s FROM %s ORDER BY 1`, columns, table))
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var out []string
	for found.Next() {
		var row string
		if err := found.Scan(&row); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPlacementsOfVersion5 get the names of their destinations; nothing else of
// them, of the ledger or of the journal changes.
func TestPlacementsOfVersion5(t *testing.T) {
	path := dbPath(t)
	version5(t, path)
	before := map[string]mirror.Placement{}
	for _, doc := range rows(t, path, "placements", "doc") {
		var p mirror.Placement
		if err := json.Unmarshal([]byte(doc), &p); err != nil {
			t.Fatal(err)
		}
		before[p.Session+" "+p.Device+" "+string(p.Role)] = p
	}
	untouched := map[string]string{"natives": "device || mark || native_id", "journal": "doc", "sessions": "doc", "events": "doc",
		"meta WHERE name <> 'copies whole'": "name || value", "claims": "device || epoch", "counters WHERE name <> 'copy'": "name || value", "host_keys": "doc", "tokens": "doc"}
	was := map[string][]string{}
	for table, columns := range untouched {
		was[table] = rows(t, path, table, columns)
	}
	s := openAt(t, path)
	ends := map[string]string{
		"moved acc-0 local": "GigabitEthernet1/0/10", "local acc-1 local": "GigabitEthernet1/0/9", "shared acc-1 local": "GigabitEthernet1/0/9",
		"far acc-0 rspan-transit": "", "far acc-1 rspan-source": "", "far acc-2 rspan-destination": "GigabitEthernet1/0/9",
		"forced acc-2 local": "GigabitEthernet1/0/12", "tunnel acc-1 erspan-source": "192.0.2.9", "cut acc-2 local": "GigabitEthernet1/0/11",
	}
	if len(before) != len(ends) {
		t.Fatalf("%d placements in the dump", len(before))
	}
	footings := map[string]mirror.Footing{}
	view(t, s, func(tx mirror.Tx) error {
		instance, err := tx.Instance()
		for _, device := range []string{"acc-0", "acc-1", "acc-2"} {
			lines, err := tx.Natives(device)
			if err != nil {
				return err
			}
			for _, l := range lines {
				if l.Mark != mirror.Mark(instance, device, l.Spec) || (l.Spec.Role == "") != (l.Spec.Footing != nil) {
					t.Errorf("the mark of %+v is another now", l)
				}
				if f := l.Spec.Footing; f != nil {
					footings[device+" "+l.ID] = *f
					if l.ID != f.ID() {
						t.Errorf("%s is called %s now", l.ID, f.ID())
					}
				}
			}
		}
		return err
	})
	want := map[string]mirror.Footing{
		"acc-0 vlan-907": {Kind: mirror.FootingVLAN, VLAN: 907, Made: true, Trunks: []mirror.PortName{"GigabitEthernet1/0/15", "GigabitEthernet1/0/16"}},
		"acc-1 vlan-907": {Kind: mirror.FootingVLAN, VLAN: 907, Made: true}, "acc-2 vlan-907": {Kind: mirror.FootingVLAN, VLAN: 907, Made: true},
		"acc-2 port-GigabitEthernet1/0/12": {Kind: mirror.FootingPort, Port: "GigabitEthernet1/0/12", Setup: &mirror.PortSetup{Up: true, Former: " shutdown"}},
	}
	if diff := cmp.Diff(want, footings); diff != "" {
		t.Error(diff)
	}
	view(t, s, func(tx mirror.Tx) error {
		for _, session := range []string{"moved", "local", "shared", "far", "forced", "tunnel", "cut"} {
			found, err := tx.Placements(session)
			if err != nil {
				return err
			}
			for _, p := range found {
				name := p.Session + " " + p.Device + " " + string(p.Role)
				want := before[name]
				want.Ends = ends[name]
				if diff := cmp.Diff(want, p); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
				delete(before, name)
			}
		}
		tunnels, err := tx.PlacementsByCollector("192.0.2.9")
		if err != nil || len(tunnels) != 1 {
			t.Errorf("tunnels %v %v", tunnels, err)
		}
		open, err := tx.OpenOperations()
		if err != nil || len(open) != 2 {
			t.Fatalf("open operations %+v %v", open, err)
		}
		for _, op := range open {
			found, err := tx.Placements(op.Session)
			if err != nil {
				return err
			}
			if len(op.Steps) != 1 || !op.Steps[0].Of(found[0]) {
				t.Errorf("the step of %s moves no placement: %+v", op.Session, op.Steps)
			}
		}
		return nil
	})
	if len(before) > 0 {
		t.Errorf("lost: %v", before)
	}
	for table, columns := range untouched {
		if diff := cmp.Diff(was[table], rows(t, path, table, columns)); diff != "" {
			t.Errorf("table %s changed: %s", table, diff)
		}
	}
	update(t, s, func(tx mirror.Tx) error { return tx.DeleteSession("far") })
	view(t, s, func(tx mirror.Tx) error {
		if left, err := tx.PlacementsByDevice("acc-2"); err != nil || len(left) != 2 {
			t.Errorf("with the session go its placements: %v %v", left, err)
		}
		return nil
	})
}

// TestFootingsOfVersion5 in an open journal entry, and among what was never saved.
func TestFootingsOfVersion5(t *testing.T) {
	path := dbPath(t)
	version5(t, path)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	const vlan = `{"role":"rspan-transit","remoteVlan":908,"trunks":["t1"],"vlanMade":true,"options":{}}`
	const port = `{"role":"destination-port","destinations":["d1"],"setup":{"up":true,"former":" shutdown"},"options":{}}`
	for _, q := range []string{
		`INSERT INTO journal VALUES ('acc-1', 'tx', '{"device":"acc-1","tx":"tx","epoch":1,"changes":[{"mark":"m","before":{"id":"port-d1","spec":` + port + `}},{"mark":"n","after":{"id":"vlan-908","spec":` + vlan + `}}],"at":"2026-11-28T14:30:50Z"}')`,
		`UPDATE device_states SET doc = '{"device":"acc-1","reachable":{"state":"True"},"facts":{},"observation":{"at":"0001-01-01T00:00:00Z"},"changed":"2026-11-28T14:30:50Z","unsaved":[{"id":"vlan-908","mark":"n","at":"2026-11-28T14:30:50Z","set":true,"spec":` + vlan + `}]}' WHERE device = 'acc-1'`,
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path)
	made := mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 908, Trunks: []mirror.PortName{"t1"}, Made: true}.Spec()
	up := mirror.Footing{Kind: mirror.FootingPort, Port: "d1", Setup: &mirror.PortSetup{Up: true, Former: " shutdown"}}.Spec()
	view(t, s, func(tx mirror.Tx) error {
		entries, err := tx.Journal("acc-1")
		if err != nil {
			return err
		}
		if diff := cmp.Diff([]mirror.Change{{Mark: "m", Before: &mirror.NativeSession{ID: "port-d1", Spec: up}}, {Mark: "n", After: &mirror.NativeSession{ID: "vlan-908", Spec: made}}}, entries[0].Changes); diff != "" {
			t.Error(diff)
		}
		state, err := tx.DeviceState("acc-1")
		if err == nil {
			if diff := cmp.Diff(made, state.Unsaved[0].Spec); diff != "" {
				t.Error(diff)
			}
		}
		return err
	})
}
