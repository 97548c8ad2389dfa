package plant

import (
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// portHost is a Host that has ports and nothing else.
type portHost struct {
	Host
	fabric *fabric.Fabric
	node   *fabric.Node
}

func (h portHost) Fabric() *fabric.Fabric { return h.fabric }
func (h portHost) Node() *fabric.Node     { return h.node }

func TestBundlesAreWhatTheirPortsAre(t *testing.T) {
	f := fabric.New(time.Now)
	n := f.AddNode("a", []fabric.PortSpec{{Name: "1", Speed: fabric.Gbps}, {Name: "2", Speed: fabric.Gbps}, {Name: "3", Speed: fabric.Gbps}}, func(s string) string { return "p" + s })
	for _, p := range []string{"1", "2"} {
		f.AddTraffic(n.ByName[p], false, fabric.Traffic{Bits: 8 * fabric.Mbps, Frames: 100})
	}
	f.Configure(n, fabric.Plane{})
	down := map[string]bool{}
	views := func() []PortView {
		return PortViews(portHost{fabric: f, node: n}, func(name string) fabric.PortState {
			return fabric.PortState{Down: down[name], Description: "of " + name}
		},
			func(port string) string { return map[string]string{"1": "L1", "2": "L1", "3": "L2"}[port] }, []string{"L1", "L2", "L3"})
	}
	got := views()
	if len(got) != 6 || got[0].Name != "1" || got[0].Bundle != "L1" || got[0].MAC != n.ByName["1"].MAC() {
		t.Fatalf("%+v", got)
	}
	both, dark, empty := got[3], got[4], got[5]
	if !both.Up || both.Speed != 2*fabric.Gbps || len(both.Members) != 2 || both.InBits != 16e6 || both.InRate != 200 || both.Description != "of L1" || both.MAC != n.ByName["2"].MAC() {
		t.Errorf("two ports that are up: %+v", both)
	}
	if dark.Up || dark.Speed != 0 || dark.Members != nil || empty.Up || empty.Name != "L3" {
		t.Errorf("ports without a link: %+v; none: %+v", dark, empty)
	}
	bundleOf := func(port string) string { return map[string]string{"1": "L1", "2": "L1"}[port] }
	for name, want := range map[string][]string{"L1": {"1", "2"}, "3": {"3"}, "L2": nil, "9": nil} {
		if got := PortsBehind(portHost{fabric: f, node: n}, bundleOf, name); !slices.Equal(got, want) {
			t.Errorf("behind %s: %q", name, got)
		}
	}
	down["L1"] = true
	if got := views()[3]; got.Up || got.Members != nil {
		t.Errorf("a bundle that is shut down: %+v", got)
	}
}

func TestAddressesAreLearnedWherePortsForward(t *testing.T) {
	f := fabric.New(time.Now)
	ports := []fabric.PortSpec{{Name: "1", Speed: fabric.Gbps}, {Name: "2", Speed: fabric.Gbps}, {Name: "3", Speed: fabric.Gbps}, {Name: "4", Speed: fabric.Gbps}}
	n, far := f.AddNode("a", ports, func(s string) string { return s }), f.AddNode("b", ports, func(s string) string { return s })
	f.Link(n.ByName["1"], far.ByName["1"])
	phone := fabric.MAC{2, 0, 0, 0, 0, 9}
	for _, p := range []string{"2", "3", "4"} {
		f.Plug(n.ByName[p], fabric.Host{MAC: phone, VLAN: 30})
	}
	f.Plug(n.ByName["2"], fabric.Host{}) // never speaks
	states := map[string]fabric.PortState{"1": {Access: 7}, "3": {Monitor: true}, "4": {Routed: true}}
	f.Configure(n, fabric.Plane{Ports: states})
	f.Configure(far, fabric.Plane{})
	h := portHost{fabric: f, node: n}
	got := LearnedMACs(h, PortViews(h, func(name string) fabric.PortState { return states[name] }, func(port string) string { return map[string]string{"2": "L1"}[port] }, []string{"L1"}))
	if want := []Learned{{7, far.ByName["1"].MAC(), "1"}, {30, phone, "L1"}}; !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
