package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A path is Open vSwitch bridges in a row, joined by trunks, each a device of
// its own: alice and bob at the first in VLAN 10, carol at the first and dave
// at the last in VLAN 20, the analyser at the last.
type path struct {
	*controller
	lab                               *ovslab.Lab
	bridges                           []string
	up, down                          []string // trunk ports of bridge i towards the next, and towards the one before
	alice, bob, carol, dave, analyser *ovslab.Host
}

func newPath(t *testing.T, bridges int, trunks string) *path {
	t.Helper()
	testkit.Need(t, "ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl", "ip", "ping", "ethtool")
	testkit.NeedRoot(t)
	p := &path{}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	p.lab, err = ovslab.Start(t.Context(), t.TempDir())
	must(err)
	t.Cleanup(func() {
		if err := p.lab.Close(); err != nil {
			t.Error(err)
		}
	})
	for range bridges {
		b, err := p.lab.AddBridge(t.Context())
		must(err)
		p.bridges = append(p.bridges, b)
	}
	p.up, p.down = make([]string, bridges), make([]string, bridges)
	for i := range bridges - 1 {
		p.up[i], p.down[i+1], err = p.lab.Link(t.Context(), p.bridges[i], p.bridges[i+1], trunks)
		must(err)
	}
	last := p.bridges[bridges-1]
	for _, h := range []struct {
		to           **ovslab.Host
		bridge, name string
		tag          string
	}{{&p.alice, p.bridges[0], "alice", "tag=10"}, {&p.bob, p.bridges[0], "bob", "tag=10"}, {&p.carol, p.bridges[0], "carol", "tag=20"},
		{&p.dave, last, "dave", "tag=20"}, {&p.analyser, last, "analyser", "tag=30"}} {
		*h.to, err = p.lab.AddHost(t.Context(), h.bridge, h.name, fmt.Sprintf("10.20.%s.%d/24", h.tag[4:], len(h.name)), h.tag)
		must(err)
	}
	p.vsctl(t, "set", "Port", p.analyser.Port, "tag=[]", "trunks=30,31") // a port of its own VLANs
	p.controller = newController(t, "--resync", "1h")
	p.start()
	for i, b := range p.bridges {
		p.call("PUT", fmt.Sprintf("/devices/sw%d", i), fmt.Sprintf(`{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":%q,"bridge":%q}}}`, p.lab.Socket(), b), 201)
	}
	return p
}

func (p *path) vsctl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := p.lab.Vsctl(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// dump is the database; the first read is awaited, since a port's row that
// has just been made is still being filled.
func (p *path) dump(t *testing.T) string {
	t.Helper()
	d, err := p.lab.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// session is an RSPAN session from alice's port to the analyser.
func (p *path) session(more string) string {
	var transit []string
	for i := range p.bridges {
		var trunks []string
		for _, port := range []string{p.up[i], p.down[i]} {
			if port != "" {
				trunks = append(trunks, fmt.Sprintf("%q", port))
			}
		}
		transit = append(transit, fmt.Sprintf(`{"device":"sw%d","trunks":[%s]}`, i, strings.Join(trunks, ",")))
	}
	return fmt.Sprintf(`{"sources":[{"device":"sw0","interface":%q}],"destinations":[{"device":"sw%d","interface":%q}],"force":true,"kind":"rspan",
		"rspan":{"vlan":999,"transit":[%s]}%s}`, p.alice.Port, len(p.bridges)-1, p.analyser.Port, strings.Join(transit, ","), more)
}

// TestRSPANOverBridges: a ping on the first bridge arrives at the analyser on
// the last, exactly counted, tagged or untagged as asked; another VLAN's traffic
// on the trunks is undisturbed; afterwards the database is as before.
func TestRSPANOverBridges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		bridges int
		trunks  string // of the links
		tags    string
		vlan    int // of the copies at the analyser
	}{{"two-untagged", 2, "trunks=10,20", "strip", 0}, {"three-tagged", 3, "trunks=10,20", "preserve", 999},
		{"three-all-vlans", 3, "vlan_mode=trunk", "strip", 0}} {
		t.Run(c.name, func(t *testing.T) {
			p := newPath(t, c.bridges, c.trunks)
			before := p.dump(t)
			a := p.call("PUT", "/sessions/watch", p.session(fmt.Sprintf(`,"tags":%q`, c.tags)), 201)
			for _, want := range []string{`"phase":"Active"`, `"kind":"rspan"`, "rspan-source", "rspan-destination"} {
				if !strings.Contains(a.String(), want) {
					t.Errorf("%q is missing in %s", want, a)
				}
			}
			if c.bridges > 2 && !strings.Contains(a.String(), "rspan-transit") {
				t.Errorf("no transit in %s", a)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			for _, pair := range [][2]*ovslab.Host{{p.alice, p.bob}, {p.carol, p.dave}} {
				if err := p.lab.Reach(ctx, pair[0], pair[1]); err != nil {
					t.Fatal(err)
				}
			}
			at, err := p.analyser.StartCapture()
			if err != nil {
				t.Fatal(err)
			}
			defer at.Close()
			other, err := p.dave.StartCapture()
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			for _, capture := range []*ovslab.Capture{at, other} {
				if _, err := capture.Wait(ctx, 0, 100*time.Millisecond); err != nil {
					t.Fatal(err)
				}
				capture.Reset()
			}
			if got, err := p.lab.Ping(ctx, p.alice, p.bob, 3); err != nil || got != 3 {
				t.Fatalf("%d of 3 pings came back: %v", got, err)
			}
			if got, err := p.lab.PingEstablished(ctx, p.carol, p.dave, 4); err != nil || got != 4 {
				t.Fatalf("another VLAN: %d of 4 pings came back: %v", got, err)
			}
			got, err := at.Wait(ctx, 6, 200*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			echoes := 0
			for _, f := range at.Frames() {
				if f.Request || f.Reply {
					echoes++
					if f.VLAN != c.vlan {
						t.Errorf("a copy in VLAN %d, want %d", f.VLAN, c.vlan)
					}
				}
			}
			if got.Echoes() != 6 || echoes != 6 {
				t.Errorf("%d copies at the analyser, want 6", got.Echoes())
			}
			// Dave sees his own four requests, and no copy.
			if got, err := other.Wait(ctx, 4, 100*time.Millisecond); err != nil || got.Requests != 4 {
				t.Errorf("another VLAN's host saw %+v, want 4 requests: %v", got, err)
			}
			p.call("DELETE", "/sessions/watch", "", 204)
			if after := p.dump(t); after != before {
				t.Errorf("the database changed:\n%s", lineDiff(before, after))
			}
		})
	}
}

// TestTwoSessionsShareARemoteVLAN: the first to leave takes nothing away that
// the second stands on.
func TestTwoSessionsShareARemoteVLAN(t *testing.T) {
	t.Parallel()
	p := newPath(t, 3, "trunks=10,20")
	before := p.dump(t)
	p.call("PUT", "/sessions/one", p.session(""), 201)
	two := p.call("PUT", "/sessions/two", strings.Replace(p.session(""), p.alice.Port, p.bob.Port, 1), 201)
	if strings.Contains(two.String(), "shared-vlan") { // the copies of both end at one port, as was asked for
		t.Errorf("warned: %s", two)
	}
	p.call("DELETE", "/sessions/one", "", 204)
	p.reach("two", "Active")
	for i, b := range p.bridges {
		if got := p.vsctl(t, "get", "Bridge", b, "flood_vlans"); got != "[999]" {
			t.Errorf("bridge %d floods %s", i, got)
		}
	}
	p.call("DELETE", "/sessions/two", "", 204)
	if after := p.dump(t); after != before {
		t.Errorf("the database changed:\n%s", lineDiff(before, after))
	}
}

// TestERSPANToACollector: every copy arrives in the tunnel, decoded by tshark,
// with the id that was asked for.
func TestERSPANToACollector(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "tshark")
	s := newSite(t, "--resync", "1h")
	s.foreignMirror("theirs")
	const near, far = "10.231.77.1", "10.231.77.2"
	under, err := s.lab.AddBridge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	collector, err := s.lab.AddHost(t.Context(), under, "collector", far+"/24")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.lab.Address(t.Context(), under, near+"/24"); err != nil {
		t.Fatal(err)
	}
	before := s.dump()
	s.start()
	s.addDevice()
	for _, c := range []struct {
		name, erspan string
		filter       string // of tshark, for the outer frames
		fields       map[string]string
	}{
		{"type II", `{"id":42,"origin":"` + near + `"}`, "erspan.version == 1", map[string]string{"erspan.spanid": "42", "gre.proto": "0x88be"}},
		{"type III", `{"id":7,"origin":"` + near + `","type":3}`, "erspan.version == 2", map[string]string{"erspan.spanid": "7", "gre.proto": "0x22eb"}},
		{"GRE", `{"id":9,"origin":"` + near + `","encapsulation":"gre"}`, "gre.proto == 0x6558", map[string]string{"gre.key": "9"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			a := s.call("PUT", "/sessions/tunnel", fmt.Sprintf(`{"sources":[{"device":"sw1","interface":%q}],"destinations":[{"ip":%q}],"kind":"erspan","erspan":%s}`, s.a.Port, far, c.erspan), 200, 201)
			if !strings.Contains(a.String(), `"phase":"Active"`) || !strings.Contains(a.String(), "erspan-source") {
				t.Errorf("%s", a)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			// One packet of the collector tells the switch its address.
			testkit.Eventually(t, patience, "the tunnel's next hop is known", func() bool {
				n, err := s.lab.PingAddress(ctx, collector, near, 1)
				return err == nil && n == 1
			})
			if err := s.lab.Reach(ctx, s.a, s.b); err != nil {
				t.Fatal(err)
			}
			at, err := collector.StartCapture()
			if err != nil {
				t.Fatal(err)
			}
			defer at.Close()
			if got, err := s.lab.Ping(ctx, s.a, s.b, 3); err != nil || got != 3 {
				t.Fatalf("%d of 3 pings came back: %v", got, err)
			}
			file := filepath.Join(t.TempDir(), "copies.pcap")
			var rows []string
			testkit.Eventually(t, patience, "six copies are decoded", func() bool {
				writePcap(t, file, at.Frames())
				rows = tshark(t, file, c.filter+" && icmp", append(slices.Sorted(mapKeys(c.fields)), "gre.sequence_number")...)
				return len(rows) >= 6
			})
			if len(rows) != 6 {
				t.Errorf("%d copies, want 6: %q", len(rows), rows)
			}
			for _, row := range rows {
				cells := strings.Split(row, "\t")
				for i, field := range slices.Sorted(mapKeys(c.fields)) {
					if !sameNumber(cells[i], c.fields[field]) {
						t.Errorf("%s is %q, want %s", field, cells[i], c.fields[field])
					}
				}
			}
		})
	}
	s.t = t
	s.call("DELETE", "/sessions/tunnel", "", 204)
	if after := s.dump(); after != before {
		t.Errorf("the database changed:\n%s", lineDiff(before, after))
	}
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// sameNumber compares "0x0000002a" and "42", and "0x88be" and "0x88be".
func sameNumber(a, b string) bool {
	parse := func(s string) (n uint64) { _, _ = fmt.Sscan(s, &n); return n }
	return parse(a) == parse(b)
}

// writePcap writes frames as a capture file (libpcap, link type Ethernet).
func writePcap(t *testing.T, file string, frames []ovslab.Frame) {
	t.Helper()
	le := binary.LittleEndian
	out := le.AppendUint32(nil, 0xa1b2c3d4)
	for _, n := range []uint32{2 | 4<<16, 0, 0, 65535, 1} {
		out = le.AppendUint32(out, n)
	}
	for _, f := range frames {
		size := uint32(len(f.Raw))
		for _, n := range []uint32{0, 0, size, size} {
			out = le.AppendUint32(out, n)
		}
		out = append(out, f.Raw...)
	}
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
}

// tshark lists fields of the frames that match.
func tshark(t *testing.T, file, filter string, fields ...string) []string {
	t.Helper()
	args := []string{"-r", file, "-Y", filter, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.CommandContext(t.Context(), "tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	if strings.TrimSpace(string(out)) == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

// A remote VLAN that netmirror made, and on which another engineer's session has
// come to stand, stays for that one's sake.
func TestARemoteVLANThatAnotherUsesStays(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, false, 1, "--resync", "1h")
	from := f.switches[1]
	before := stripTimes(from.RunningConfig())
	f.call("PUT", "/sessions/far", `{"sources":[{"device":"acc-1","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/36"}],
		"rspan":{"vlan":905,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23"]}]}}`, 201)
	from.Exec("configure terminal", "monitor session 5 source interface Gi1/0/9", "monitor session 5 destination remote vlan 905", "end", "write memory")
	f.call("POST", "/devices/acc-1:sync", "", 200)
	f.call("DELETE", "/sessions/far", "", 204)
	f.call("POST", "/devices/acc-1:sync", "", 200)
	if c := from.RunningConfig(); !strings.Contains(c, "vlan 905\n") || !strings.Contains(c, "monitor session 5 destination remote vlan 905") || strings.Contains(c, "monitor session 66") {
		t.Errorf("the other's session:\n%s", c)
	}
	from.Exec("configure terminal", "no monitor session 5", "end", "write memory")
	testkit.Eventually(t, patience, "now it goes", func() bool {
		f.call("POST", "/devices/acc-1:sync", "", 200)
		return stripTimes(from.RunningConfig()) == before
	})
}
