package plant

import (
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
		n.ByName[p].AddTraffic(false, fabric.Traffic{Bits: 8 * fabric.Mbps, Frames: 100})
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
	down["L1"] = true
	if got := views()[3]; got.Up || got.Members != nil {
		t.Errorf("a bundle that is shut down: %+v", got)
	}
}
