package srl_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/worker"
)

// A driven device is brought to what is wanted by the planner and the driver, as a worker
// does it.
type driven struct {
	t      *testing.T
	driver worker.Driver
	conn   worker.Conn
	device mirror.Device
	ledger []mirror.Native
	known  mirror.Known
	pushes int
}

const controller = "rack-3"

func (d *driven) info() plan.DeviceInfo {
	d.t.Helper()
	known, err := d.conn.Observe(d.t.Context(), mirror.Look{Known: d.known})
	if err != nil {
		d.t.Fatal(err)
	}
	d.known = known
	return plan.DeviceInfo{Device: d.device, Ports: d.driver.Ports, Capabilities: d.driver.Capabilities(d.conn.Facts()), Observation: known.Observation, Ledger: d.ledger, Instance: controller}
}

// lead pushes what leads to the fragments once, and demands that nothing is left to do.
func (d *driven) lead(fragments ...mirror.Fragment) []mirror.Change {
	d.t.Helper()
	wanted, info := plan.Compose(controller, d.device.Name, fragments), d.info()
	list, errs := plan.AssignIDs(plan.Stage(plan.Diff(wanted, info), true), nil, info)
	for _, err := range errs {
		if err != nil {
			d.t.Fatal(err)
		}
	}
	payload, err := d.driver.Render(d.conn.Facts(), info.Observation, plan.Together(list))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range list {
		d.ledger = slices.DeleteFunc(d.ledger, func(n mirror.Native) bool { return n.Mark == c.Mark || n.Mark == c.Was })
		if c.After != nil {
			d.ledger = append(d.ledger, mirror.Native{Device: d.device.Name, Mark: c.Mark, ID: c.After.ID, Spec: c.After.Spec})
		}
	}
	d.pushes++
	report, err := d.conn.Push(d.t.Context(), "parts-"+strconv.Itoa(d.pushes), payload)
	if err != nil {
		d.t.Fatal(err)
	}
	for i, b := range report.Blocks {
		if b.Err != nil {
			d.t.Fatalf("%v\n%s", b.Err, payload.Blocks[i].Text)
		}
	}
	for _, c := range plan.Diff(wanted, d.info()) {
		d.t.Errorf("there is still to %s %s: %+v to %+v", c.Verb(), c.Mark, c.Before, c.After)
	}
	return list
}

// A list that stands at some of a port's sub-interfaces is drift, which is repaired; and it
// goes with its session from wherever it stands.
func TestAListThatStandsInPart(t *testing.T) {
	dev, sw := contractSwitch(t)
	dev.Target.Device.Name, dev.Target.Device.Platform = "sw1", "nokia_srl"
	d := &driven{t: t, driver: entry(t), device: dev.Target.Device}
	var err error
	if d.conn, err = d.driver.Connect(t.Context(), dev.Target); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.conn.Close() })
	hand := func(lines ...string) {
		sw.Exec(slices.Concat([]string{"enter candidate private"}, lines, []string{"commit now"})...)
	}
	hand("set / interface ethernet-1/2 vlan-tagging true", "set / interface ethernet-1/2 subinterface 0 vlan encap single-tagged vlan-id 7",
		"set / interface ethernet-1/2 subinterface 9 type bridged", "set / interface ethernet-1/2 subinterface 9 vlan encap single-tagged vlan-id 9",
		"set / acl interface theirs interface-ref interface ethernet-1/2", "set / acl interface theirs interface-ref subinterface 0")
	clean := dev.Config()
	f := mirror.Fragment{Session: "s", Device: "sw1", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Rules: rules, FilterAt: mirror.FilterAtSources,
		Sources: []mirror.NativeSource{{Port: "ethernet-1/2", Direction: mirror.RX}}, Destinations: []mirror.PortName{"ethernet-1/47"}, Setup: &mirror.PortSetup{Monitor: true},
		Options: mirror.Options{Filter: "nm-listaaaaaa", Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	d.lead(f)
	whole := dev.Config()
	at := func(sub int) string { // the line that puts the list there
		id := map[int]string{0: "theirs", 9: "nm-ethernet-1/2.9"}[sub]
		return "acl interface " + id + " input acl-filter nm-listaaaaaa type ipv4"
	}
	for _, sub := range []int{0, 9} {
		if !strings.Contains(whole, at(sub)) {
			t.Fatalf("the list does not stand at sub-interface %d:\n%s", sub, whole)
		}
		hand("delete / " + at(sub))
		if changes := d.lead(f); len(changes) == 0 {
			t.Errorf("that it does not stand at sub-interface %d was not seen", sub)
		}
		if got := dev.Config(); got != whole {
			t.Errorf("after the repair of sub-interface %d (-want +got):\n%s", sub, cmp.Diff(whole, got))
		}
	}
	hand("set / interface ethernet-1/2 subinterface 11 type bridged", "set / interface ethernet-1/2 subinterface 11 vlan encap single-tagged vlan-id 11")
	if d.lead(f); !strings.Contains(dev.Config(), "nm-ethernet-1/2.11 input acl-filter nm-listaaaaaa") {
		t.Errorf("it does not stand at a sub-interface that is new:\n%s", dev.Config())
	}
	hand("delete / interface ethernet-1/2 subinterface 11", "delete / acl interface nm-ethernet-1/2.11", "delete / acl interface nm-ethernet-1/2.9")
	d.info()
	d.lead()
	if got := dev.Config(); got != clean {
		t.Errorf("after all (-want +got):\n%s", cmp.Diff(clean, got))
	}
}
