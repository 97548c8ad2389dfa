package cmdline

import (
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

func TestPortsAreReadOutOfBlocks(t *testing.T) {
	d := testLayout.Read("vlan 7\n   name phones\ninterface A1\n   description one\n   channel-group 5 mode on\ninterface A2\n   shutdown\n   channel-group 6\n" +
		"interface Pile5\n   forward mode trunk\n   forward trunk native vlan 9\n   forward trunk allowed vlan 9-10\ninterface Pile5.1\ninterface A3\n   forward access vlan 4\n")
	r := PortReader{Bundle: "Pile", Word: "forward"}
	if b := r.Bundles(d); !slices.Equal(b, []string{"Pile5"}) || r.BundleOf(d, "A1") != "Pile5" || r.BundleOf(d, "A3") != "" {
		t.Errorf("bundles %q", b)
	}
	if p, own, whole := r.State(d, "A1"); p.Description != "one" || !p.Trunk || p.Access != 9 || p.Allowed != fabric.VLANs(9, 10) || p.Down || own.Text != "interface A1" || whole.Text != "interface Pile5" {
		t.Errorf("a member: %+v", p)
	}
	if p, _, whole := r.State(d, "A2"); !p.Down || p.Trunk || p.Access != 1 || whole.Text != "interface A2" {
		t.Errorf("in a bundle that has no block: %+v", p)
	}
	if p, _, _ := r.State(d, "A3"); p.Access != 4 {
		t.Errorf("%+v", p)
	}
	if p, own, _ := r.State(d, "A9"); p.Access != 1 || own.Node != nil {
		t.Errorf("not there: %+v", p)
	}
	if d.VLANName(7) != "phones" || d.VLANName(1) != "default" || d.VLANName(8) != "VLAN0008" {
		t.Error("names of VLANs")
	}
}
