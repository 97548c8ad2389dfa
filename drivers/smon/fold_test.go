package smon

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

func drawTable(t *rapid.T) []row {
	rows := rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) row {
		return row{src: uint32(rapid.IntRange(1, 9).Draw(t, "source")), dst: uint32(rapid.IntRange(1, 9).Draw(t, "destination")),
			direction: uint64(rapid.IntRange(copyRxOnly, copyBoth).Draw(t, "direction")), status: uint64(rapid.IntRange(active, notReady).Draw(t, "status"))}
	}), func(r row) snmp.OID { return r.index() }).Draw(t, "rows")
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.dst, b.dst), cmp.Compare(a.src, b.src)) })
	return rows
}

// TestFoldingLosesNothing: each row is in one native session, with its direction or, where a
// hand has stopped a part of the session, without one; a session is of one destination;
// only what is no port is not expressed.
func TestFoldingLosesNothing(t *testing.T) {
	ports := map[uint32]mirror.Port{}
	for i, name := range []mirror.PortName{"p1", "p2", "p3", "p4", "p5"} {
		ports[uint32(i+1)] = mirror.Port{Name: name, Handle: mib.Interface{Index: uint32(i + 1), Column: mib.IfName}.Handle()}
	}
	vlans := map[uint32]int{7: 110}
	rapid.Check(t, func(t *rapid.T) {
		rows := drawTable(t)
		out := fold(rows, ports, vlans)
		ids, expressed := map[string]bool{}, 0
		for _, n := range out {
			if ids[n.ID] {
				t.Fatalf("two sessions are called %s", n.ID)
			}
			ids[n.ID] = true
			if n.Opaque != "" {
				continue
			}
			if len(n.Spec.Destinations) != 1 || n.ID != string(n.Spec.Destinations[0]) {
				t.Fatalf("%+v", n)
			}
			expressed += len(n.Spec.Sources)
		}
		for _, r := range rows {
			_, to := ports[r.dst]
			src, from := sourceOf(r, ports, vlans)
			i := slices.IndexFunc(out, func(n mirror.NativeSession) bool { return to && n.ID == string(ports[r.dst].Name) })
			if i >= 0 && r.status == notInService && !out[i].Spec.Shut {
				src.Direction = ""
			}
			switch {
			case !from || !to || r.src == r.dst:
				if n := strange(r, ports, vlans); !slices.ContainsFunc(out, func(x mirror.NativeSession) bool { return x.ID == n.ID && x.Opaque != "" }) {
					t.Fatalf("row %+v is in none of %+v", r, out)
				}
			case !slices.Contains(out[i].Spec.Sources, src):
				t.Fatalf("row %+v is not in %+v", r, out[i])
			default:
				expressed--
			}
		}
		if expressed != 0 {
			t.Fatalf("%d sources more than rows: %+v", expressed, out)
		}
	})
}

// TestReadingTheTable: what is no row of it is an error, never a table without it.
func TestReadingTheTable(t *testing.T) {
	number := func(n uint64) snmp.Value { return snmp.Number(snmp.Integer, n) }
	table := func(direction, status map[snmp.OID]snmp.Value) mib.Tables {
		return mib.Tables{copyDirection: direction, copyStatus: status}
	}
	type column = map[snmp.OID]snmp.Value
	for name, bad := range map[string]mib.Tables{
		"three numbers":     table(column{"1.2.3": number(1)}, column{"1.2.3": number(1)}),
		"one number":        table(column{"1": number(1)}, column{"1": number(1)}),
		"no direction":      table(column{}, column{"1.2": number(1)}),
		"no status":         table(column{"1.2": number(1)}, column{}),
		"unknown direction": table(column{"1.2": number(4)}, column{"1.2": number(1)}),
		"unknown status":    table(column{"1.2": number(1)}, column{"1.2": number(4)}),
		"a text":            table(column{"1.2": snmp.Octets("1")}, column{"1.2": number(1)}),
		"interface zero":    table(column{"0.2": number(1)}, column{"0.2": number(1)}),
	} {
		if rows, err := readRows(bad); !errors.Is(err, mirror.ErrParse) || rows != nil {
			t.Errorf("%s: %+v %v", name, rows, err)
		}
	}
	rows, err := readRows(table(column{"2.9": number(1), "10.1": number(3), "1.9": number(2)}, column{"2.9": number(1), "10.1": number(3), "1.9": number(2)}))
	if err != nil || len(rows) != 3 || rows[0].dst != 1 || rows[1].src != 1 || rows[2].src != 2 {
		t.Errorf("%+v %v", rows, err)
	}
}

// TestWhatAnAgentCannotCopyIsRefused, in its own words.
func TestWhatAnAgentCannotCopyIsRefused(t *testing.T) {
	f := newFake(t)
	for i, caps := range []string{"\xf0", "\xb0", "\xd0", "\x40", "\xe0"} { // all; no dest; no tx; no source; no rx
		f.Put(string(copyCaps)+".1.3.6.1.2.1.2.2.1.1."+string(rune('1'+i)), caps)
	}
	f.Put(string(capsIfIndex)+".1.3.6.1.2.1.16.22.1.4.1.110", 20)
	h := newHand(t, f)
	o := h.look()
	facts := h.conn.Facts()
	if facts.Extra[factVLANs] != "yes" || facts.Model != "Fake switch" || facts.Version != "1.2.3" {
		t.Errorf("%+v", facts)
	}
	for dest, c := range map[string]map[string]bool{
		"Port 1": {"Port 2/both": true, "Port 3/rx": true, "Port 3/both": false, "Port 4/rx": false, "Port 5/tx": true, "Port 5/rx": false, "Port 9/both": true},
		"Port 2": {"Port 1/both": false},
	} {
		for source, can := range c {
			_, err := Render(facts, o, []mirror.Change{{Mark: "nm-test", After: native(spec(dest, source))}})
			var refusal *mirror.Refusal
			if can && err != nil || !can && (!errors.Is(err, mirror.ErrUnsupported) || !errors.As(err, &refusal) || refusal.Reasons[0].Source == "") {
				t.Errorf("%s to %s: %v", source, dest, err)
			}
		}
	}
	vlan := spec("Port 1")
	vlan.Sources = []mirror.NativeSource{{VLAN: 110, Direction: mirror.RX}}
	if r := h.do(nil, native(vlan)); r.Err != nil || f.rows() != "20.1 1 1" {
		t.Errorf("%v: %s", r.Err, f.rows())
	}
	if n := h.look().Natives; len(n) != 1 || !n[0].Spec.Equal(vlan) {
		t.Errorf("%+v", n)
	}
	vlan.Sources[0].VLAN = 111
	if _, err := Render(facts, o, []mirror.Change{{Mark: "nm-test", After: native(vlan)}}); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}
