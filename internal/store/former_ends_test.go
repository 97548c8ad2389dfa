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
	untouched := map[string]string{"natives": "doc", "journal": "doc", "sessions": "doc", "device_states": "doc", "events": "doc",
		"meta": "name || value", "claims": "device || epoch", "counters": "name || value", "host_keys": "doc", "tokens": "doc"}
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
