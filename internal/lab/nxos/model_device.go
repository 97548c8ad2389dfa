package nxos

import (
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	yang "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// The methods that gNMI asks for: one Set is one transaction (fact sheet, 3).

// Schema is that of the device.
func (d *device) Schema() *yang.Schema { return d.schema }

// About tells what public clients see: JSON without JSON_IETF. Trials are there from
// 10.6(2) on (fact sheet on transactions, 4).
func (d *device) About() yang.About {
	return yang.About{Models: []yang.ModelName{{Name: dme.Name, Organization: dme.Organization, Version: dme.Revision}}, Encodings: []string{"JSON", "PROTO"}, GNMI: "0.5.0",
		Origins: []string{"device"}, Trials: d.confirms()}
}

func (d *device) confirms() bool {
	var r [3]int
	_, _ = fmt.Sscanf(d.model.version, "%d.%d(%d", &r[0], &r[1], &r[2]) // what cannot be read is old
	return slices.Compare(r[:], []int{10, 6, 2}) >= 0
}

// Config is the configuration, with defaults: which of them a device tells is not
// recorded, and so a careless client takes them for wishes.
func (d *device) Config() *yang.Node { defer d.locked()(); return d.tree(d.Running).WithDefaults() }

// State is what is in force, and what of it works.
func (d *device) State() *yang.Node {
	defer d.locked()()
	root := d.tree(d.Running).WithDefaults()
	sys := root.Sub("System")
	sys.Fill("serial", d.sw.Spec().Serial)
	sys.Sub("ch-items").Set("model", d.model.sku)
	sys.Sub("showversion-items").Set("nxosVersion", d.model.version)
	for _, n := range sys.At("span-items", "monitor-items").All("Monitor-list") {
		_, reason := d.state(d.Running.mon[numberIn("monitor session "+n.Text("id"))])
		n.Set("operState", enums[reason])
	}
	views := d.views()
	for _, v := range views {
		for _, list := range [][3]string{{"phys-items", "PhysIf-list", "phys-items"}, {"aggr-items", "AggrIf-list", "aggrif-items"}} {
			if n := sys.At("intf-items", list[0]).Entry(list[1], short(v.Name)); n != nil {
				n.Sub(list[2]).Fill("operSt", map[bool]string{true: "up", false: "down"}[v.Up], "operSpeed", speedWord(v.Speed))
			}
		}
	}
	for protocol, on := range map[string]bool{"lldp": d.Running.Has("feature lldp"), "cdp": true} {
		for _, e := range d.sw.Fabric().Neighbours(d.sw.Node(), protocol) {
			if on {
				sys.Sub(protocol+"-items").Sub("inst-items").Sub("if-items").Item("If-list", short(e.Local.Name)).Sub("adj-items").Item("AdjEp-list", "1").Set("sysName", e.System)
			}
		}
	}
	for _, l := range plant.LearnedMACs(d.sw, views) {
		n := sys.Sub("mac-items").Sub("table-items").Sub("vlan-items").Item("MacAddressEntry-list", vlanKey(l.VLAN), l.MAC.Groups(2, "."))
		n.Fill("port", short(l.Port), "type", "primary")
	}
	return root.Tidy()
}

func speedWord(speed fabric.BitRate) string {
	if speed >= fabric.Gbps {
		return fmt.Sprintf("%dG", int64(speed/fabric.Gbps))
	}
	return fmt.Sprintf("%dM", int64(speed/fabric.Mbps))
}

// Put carries out a Set.
func (d *device) Put(user string, change func(*yang.Node) (*yang.Node, error), t yang.Trial) error {
	defer d.locked()()
	if d.Waiting != nil {
		return yang.ErrWaits
	}
	next, err := d.dmeView().Change(d.Running, change)
	if err != nil {
		return err
	}
	if t.Window > 0 {
		if err := d.Guard(t.ID, t.Window); err != nil {
			return yang.ErrWaits
		}
	}
	d.Running = next
	d.Store.Changed(user)
	d.publish()
	return nil
}

// Changed is closed at the next change.
func (d *device) Changed() <-chan struct{} { defer d.locked()(); return d.changed }

func (d *device) ends(id string, do func()) error {
	defer d.locked()()
	if d.Waiting == nil || d.Waiting.Name != id {
		return yang.ErrNothing
	}
	do()
	return nil
}

// Confirm keeps a trial.
func (d *device) Confirm(user, id string) error {
	return d.ends(id, func() { _ = d.Store.Confirm(user) }) // it waits
}

// Cancel takes a trial back.
func (d *device) Cancel(user, id string) error {
	return d.ends(id, func() { _ = d.TakeBack(user) }) // it waits
}

// Extend gives a trial another window.
func (d *device) Extend(id string, window time.Duration) error {
	return d.ends(id, func() { _ = d.Store.Extend(window) }) // it waits
}
