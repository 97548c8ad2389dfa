package ovs

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// What changes every few seconds by itself wakes nobody: counters are selected.
func TestCountersAreNotWatched(t *testing.T) {
	for table, columns := range watched(true) {
		for _, c := range []string{"statistics", "link_state", "link_speed", "admin_state", "status"} {
			if slices.Contains(columns, c) {
				t.Errorf("column %s of table %s is watched", c, table)
			}
		}
	}
	for _, op := range counterOps("br0", mirror.CounterAsk{Ports: []mirror.PortName{"p1", "p1"}, Natives: true}, partsOf{"p1": {"u1"}}) {
		if op.Op != "select" {
			t.Errorf("%+v", op)
		}
	}
	if n := len(counterOps("br0", mirror.CounterAsk{Ports: []mirror.PortName{"p2", "p1", "p1"}}, partsOf{"p1": {"u1"}})); n != 4 {
		t.Errorf("%d operations for two ports, of which one is known, want 4", n)
	}
}

// row is a row as a server sends it.
func row(t *testing.T, columns map[string]string) ovsdb.Row {
	t.Helper()
	out := ovsdb.Row{}
	for name, text := range columns {
		out[name] = []byte(text)
	}
	return out
}

// A bond counts what its members do; frames are counted with their checksum; an interface
// that does not tell a figure leaves the port incomplete, and one without a link speed
// has none.
func TestTheStatisticsOfAPort(t *testing.T) {
	iface := func(id, statistics, link string) ovsdb.Result {
		return ovsdb.Result{Rows: []ovsdb.Row{row(t, map[string]string{"_uuid": `["uuid","` + id + `"]`, "name": `"` + id + `"`, "type": `""`, "admin_state": `"up"`,
			"link_state": `"` + link + `"`, "link_speed": `1000000000`, "mtu": `1500`, "ifindex": `7`, "statistics": statistics})}}
	}
	port := func(id, name, interfaces string) ovsdb.Result {
		return ovsdb.Result{Rows: []ovsdb.Row{row(t, map[string]string{"_uuid": `["uuid","` + id + `"]`, "name": `"` + name + `"`, "interfaces": interfaces, "bond_mode": `["set",[]]`})}}
	}
	results := []ovsdb.Result{
		{Rows: []ovsdb.Row{row(t, map[string]string{"_uuid": `["uuid","b"]`, "ports": `["set",[["uuid","a"],["uuid","c"]]]`, "mirrors": `["uuid","m"]`})}},
		port("a", "bond0", `["set",[["uuid","i1"],["uuid","i2"]]]`), port("c", "tun", `["uuid","i3"]`), port("e", "other", `["uuid","i1"]`),
		iface("i1", `["map",[["rx_packets",1],["rx_bytes",60],["tx_packets",2],["tx_bytes",120],["tx_dropped",3]]]`, "down"),
		iface("i2", `["map",[["rx_packets",10],["rx_bytes",600],["tx_packets",20],["tx_bytes",1200],["tx_dropped",0]]]`, "up"),
		iface("i3", `["map",[["rx_packets",1]]]`, "up"),
		{Rows: []ovsdb.Row{row(t, map[string]string{"_uuid": `["uuid","m"]`, "name": `"nm-1"`, "external_ids": `["map",[["netmirror-mark","nm-1"],["netmirror-instance","i"]]]`,
			"statistics": `["map",[["tx_packets",5],["tx_bytes",300]]]`})}},
	}
	got, err := readTally(results, mirror.CounterAsk{Ports: []mirror.PortName{"bond0", "tun", "other"}, Natives: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []mirror.PortCounters{
		{Port: "bond0", Up: mirror.True, Bandwidth: 1e9, InPackets: 11, InOctets: 704, OutPackets: 22, OutOctets: 1408, OutDrops: 3, Complete: true, Discontinuity: "i1[7] i2[7]"},
		{Port: "tun", Up: mirror.True, Bandwidth: 1e9, InPackets: 1, InOctets: 4, Discontinuity: "i3[7]"},
	}
	if d := cmp.Diff(want, got.ports); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]mirror.NativeCopies{{ID: "nm-1", Mark: "nm-1", Copies: mirror.Copies{Known: true, Packets: 5, Octets: 300}}}, got.natives); d != "" {
		t.Error(d)
	}
	if r := got.answer(mirror.CounterAsk{Ports: []mirror.PortName{"tun", "other"}}); len(r.Missing) != 1 || r.Missing["other"] == "" {
		t.Errorf("%+v", r.Missing)
	}
}
