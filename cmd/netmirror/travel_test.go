package main

import (
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestCopiesTravelSimulatedTrunks: an RSPAN session over three simulated
// switches makes copies cross every trunk of the path, tagged, and no other; a
// trunk from which somebody prunes the remote VLAN stops them until it is
// repaired; a trunk that is too thin drops what does not fit.
func TestCopiesTravelSimulatedTrunks(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 4, false, 1, "--resync", "1h")
	core, from, to := f.switches[0], f.switches[1], f.switches[2]
	const frames, tag = 10_000, 4
	traffic := func(rate lab.BitRate) {
		t.Helper()
		if err := from.SetTraffic("Gi1/0/2", "in", lab.TrafficSpec{At: "acc-1:Gi1/0/2", BitsPerSecond: rate, FramesPerSecond: frames}); err != nil {
			t.Fatal(err)
		}
	}
	traffic(80 * lab.Mbps)
	f.call("PUT", "/sessions/far", `{"sources":[{"device":"acc-1","interface":"Gi1/0/2","direction":"rx"}],"destinations":[{"device":"acc-2","interface":"Gi1/0/36"}],
		"rspan":{"vlan":907,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23","Gi1/0/22"]},{"device":"acc-2","trunks":["Te1/1/1"]}]}}`, 201)
	f.reach("far", "Active")

	type place struct {
		sw   *lab.Switch
		port string
	}
	tool, first, second := place{to, "GigabitEthernet1/0/36"}, place{from, "TenGigabitEthernet1/1/1"}, place{core, "GigabitEthernet1/0/22"}
	aside := place{core, "GigabitEthernet1/0/21"} // towards acc-3, which is not on the path
	sent := func(p place) (rate, bits uint64) {
		c := p.sw.Counters()[p.port]
		return c.OutRate, c.OutBits
	}
	flows := func(what string) {
		t.Helper()
		if rate, bits := sent(tool); rate != frames || bits != 80_000_000 {
			t.Errorf("%s: the tool gets %d frames and %d bits per second", what, rate, bits)
		}
		for _, trunk := range []place{first, second} {
			if rate, bits := sent(trunk); rate != frames || bits != 80_000_000+frames*tag*8 {
				t.Errorf("%s: %s of %s carries %d frames and %d bits per second", what, trunk.port, trunk.sw.Name(), rate, bits)
			}
		}
		if rate, _ := sent(aside); rate != 0 {
			t.Errorf("%s: %d frames per second go where nobody asked for them", what, rate)
		}
	}
	flows("undisturbed")

	core.Exec("configure terminal", "interface GigabitEthernet1/0/22", "switchport trunk allowed vlan remove 907", "end")
	if rate, _ := sent(tool); rate != 0 {
		t.Errorf("%d frames per second over a trunk that does not carry the VLAN", rate)
	}
	f.sync()
	testkit.Eventually(t, patience, "the trunk carries the VLAN again", func() bool { rate, _ := sent(tool); return rate == frames })
	flows("repaired")

	traffic(950 * lab.Mbps) // leaves by a trunk of 10 Gbit/s, and then by one of 1 Gbit/s with a tag more
	f.call("PUT", "/sessions/both", `{"sources":[{"device":"acc-1","interface":"Gi1/0/3","direction":"rx"}],"destinations":[{"device":"acc-2","interface":"Gi1/0/36"}],
		"rspan":{"vlan":907,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23","Gi1/0/22"]},{"device":"acc-2","trunks":["Te1/1/1"]}]}}`, 201)
	f.reach("both", "Active")
	if err := from.SetTraffic("Gi1/0/3", "in", lab.TrafficSpec{At: "acc-1:Gi1/0/3", BitsPerSecond: 950 * lab.Mbps, FramesPerSecond: frames}); err != nil {
		t.Fatal(err)
	}
	if rate, _ := sent(first); rate != 2*frames {
		t.Errorf("the 10 Gbit/s trunk carries %d frames per second of two sessions", rate)
	}
	if rate, bits := sent(second); rate >= 2*frames || bits > 1_000_000_000 {
		t.Errorf("the 1 Gbit/s trunk carries %d frames and %d bits per second", rate, bits)
	}
	for _, s := range []string{"far", "both"} {
		f.call("DELETE", "/sessions/"+s, "", 204)
	}
	for _, p := range []place{tool, first, second} {
		if rate, _ := sent(p); rate != 0 {
			t.Errorf("%d frames per second leave %s of %s for a session that is gone", rate, p.port, p.sw.Name())
		}
	}
	f.invariants("at the end")
}

// TestAPathThatMovesIsSaved: a path moves to another remote VLAN, and every switch
// on it saves that, because nothing but ours would be saved.
func TestAPathThatMovesIsSaved(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3, false, 1, "--resync", "1h")
	for _, sw := range f.switches {
		sw.Exec("write memory")
		f.call("PATCH", "/devices/"+sw.Name(), `{"persist":"if-clean"}`, 200)
	}
	path := func(vlan string) string {
		return `{"sources":[{"device":"acc-1","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-2","interface":"Gi1/0/36"}],
		"rspan":{"vlan":` + vlan + `,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23","Gi1/0/22"]},{"device":"acc-2","trunks":["Te1/1/1"]}]}}`
	}
	f.call("PUT", "/sessions/far", path("907"), 201)
	f.call("PUT", "/sessions/far", path("908"), 200)
	got := f.reach("far", "Active")
	for _, sw := range f.switches {
		if stripTimes(sw.StartupConfig()) != stripTimes(sw.RunningConfig()) {
			t.Errorf("%s has not saved:\n%s\n%+v", sw.Name(), lineDiff(sw.StartupConfig(), sw.RunningConfig()), got.Status.Conditions)
		}
	}
}
