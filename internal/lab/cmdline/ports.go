package cmdline

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A PortReader reads the lines that many platforms have of ports out of a configuration
// of blocks: whether a port is shut down, what it is called, and how it forwards.
type PortReader struct {
	// Bundle is the kind of a bundle, whose members have the line "channel-group N ...".
	Bundle string
	// Word begins the lines of forwarding: "WORD mode trunk".
	Word string
}

// BundleOf is the bundle that a port is a member of, "" when it is none.
func (r PortReader) BundleOf(d *Document, port string) string {
	group, _, _ := strings.Cut(d.Block("interface "+port).Value("channel-group"), " ")
	if group == "" {
		return ""
	}
	return r.Bundle + group
}

// Blocks are the block of a port, and the one that says how it forwards: its bundle's,
// where it is in one.
func (r PortReader) Blocks(d *Document, name string) (own, whole Block) {
	own = d.Block("interface " + name)
	if po := d.Block("interface " + cmp.Or(r.BundleOf(d, name), name)); po.Node != nil {
		return own, po
	}
	return own, own
}

// State is what the lines say.
func (r PortReader) State(d *Document, name string) (p fabric.PortState, own, whole Block) {
	own, whole = r.Blocks(d, name)
	p = fabric.PortState{Down: own.Has("shutdown"), Description: own.Value("description"), Trunk: whole.Value(r.Word+" mode") == "trunk", Access: Atoi(whole.Value(r.Word+" access vlan"), 1)}
	if p.Trunk {
		p.Access, p.Allowed = Atoi(whole.Value(r.Word+" trunk native vlan"), 1), whole.VLANs(r.Word+" trunk allowed vlan")
	}
	return p, own, whole
}

// Bundles are the bundles that have a block.
func (r PortReader) Bundles(d *Document) (out []string) {
	for _, h := range d.Heads() {
		if name, ok := strings.CutPrefix(h, "interface "); ok && KindOf(name) == r.Bundle && PortOf(name) == name {
			out = append(out, name)
		}
	}
	return out
}

// VLANName is what a VLAN is called.
func (d *Document) VLANName(v int) string {
	name := fmt.Sprintf("VLAN%04d", v)
	if v == 1 {
		name = "default"
	}
	return cmp.Or(d.Block(fmt.Sprintf("vlan %d", v)).Value("name"), name)
}
