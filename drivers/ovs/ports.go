package ovs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// port reads one Port row of the bridge with its interfaces. Ports are Port
// rows, not Interface rows: a bond is one port.
func (r reading) port(id ovsdb.UUID, row ovsdb.Row, bridge string) (mirror.Port, error) {
	name, err1 := row.String("name")
	interfaces, err2 := row.UUIDs("interfaces")
	tags, err3 := row.Ints("tag")
	trunks, err4 := row.Ints("trunks")
	modes, err5 := row.Strings("vlan_mode")
	bondModes, err6 := row.Strings("bond_mode")
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return mirror.Port{}, err
	}
	p := mirror.Port{Name: mirror.PortName(name), Handle: string(id), Switch: bridge}
	var parts []iface
	for _, i := range interfaces {
		row, ok := r.interfaces[i]
		if !ok {
			return p, fmt.Errorf("interface %s has no row: %w", i, mirror.ErrParse)
		}
		part, err := decodeInterface(row)
		if err != nil {
			return p, fmt.Errorf("interface %s: %w", i, err)
		}
		parts = append(parts, part)
	}
	slices.SortFunc(parts, func(a, b iface) int { return strings.Compare(a.name, b.name) })
	if len(parts) > 1 {
		p.LAG = true
		mode := bondMode(bondModes)
		for _, i := range parts {
			p.Members = append(p.Members, mirror.PortName(i.name))
		}
		p.Uses = append(p.Uses, mirror.PortUse{Kind: "lag", Detail: fmt.Sprintf("bond (%s) of %d interfaces", mode, len(parts))})
		p.Speed = bondSpeed(parts, mode)
	}
	p.Up = up(parts)
	for _, i := range parts {
		if !p.LAG {
			p.Speed = i.speed
		}
		if i.mtu > 0 && (p.MTU == 0 || i.mtu < p.MTU) {
			p.MTU = i.mtu
		}
		if use, ok := i.use(); ok {
			p.Uses = append(p.Uses, use)
		}
	}
	vlans(&p, tags, trunks, modes)
	if p.Access == 0 {
		mode := ""
		if len(modes) > 0 {
			mode = modes[0]
		}
		var err error
		if p.Trunk, err = trunkOf(tags, trunks, mode); err != nil {
			return p, fmt.Errorf("trunks: %w: %w", mirror.ErrParse, err)
		}
	}
	var err error
	p.Stanza, err = stanza(row)
	return p, err
}

// vlans tells an access port from a trunk. Without tag and vlan_mode a port is
// a trunk of all VLANs; that is the default of a new port, so it is no sign of
// use. An access port, and dot1q-tunnel, sends copies untagged.
func vlans(p *mirror.Port, tags, trunks []int64, modes []string) {
	mode := ""
	if len(modes) > 0 {
		mode = modes[0]
	}
	switch mode {
	case "", "access", "dot1q-tunnel":
		if len(tags) > 0 {
			p.Access = int(tags[0])
		}
	case "trunk", "native-tagged", "native-untagged":
		p.Uses = append(p.Uses, mirror.PortUse{Kind: "trunk", Detail: "vlan_mode is " + mode})
		return
	}
	if len(trunks) > 0 {
		p.Uses = append(p.Uses, mirror.PortUse{Kind: "trunk", Detail: fmt.Sprintf("trunks names %d VLANs", len(trunks))})
	}
}

// An iface is what matters of an Interface row.
type iface struct {
	name, kind  string
	admin, link string // "up", "down" or "" when not told
	speed       mirror.BitsPerSecond
	mtu         int
}

func decodeInterface(row ovsdb.Row) (iface, error) {
	var i iface
	var errs [6]error
	var admin, link []string
	var speed, mtu []int64
	i.name, errs[0] = row.String("name")
	i.kind, errs[1] = row.String("type")
	admin, errs[2] = row.Strings("admin_state")
	link, errs[3] = row.Strings("link_state")
	speed, errs[4] = row.Ints("link_speed")
	mtu, errs[5] = row.Ints("mtu")
	if err := errors.Join(errs[:]...); err != nil {
		return i, err
	}
	if len(admin) > 0 {
		i.admin = admin[0]
	}
	if len(link) > 0 {
		i.link = link[0]
	}
	if len(speed) > 0 && speed[0] > 0 {
		i.speed = mirror.BitsPerSecond(speed[0])
	}
	if len(mtu) > 0 && mtu[0] > 0 {
		i.mtu = int(mtu[0])
	}
	return i, nil
}

// up: a port is up when one of its interfaces is, down when all are known to
// be down.
func up(parts []iface) mirror.State {
	state := mirror.False
	for _, i := range parts {
		switch {
		case i.admin == "up" && i.link == "up":
			return mirror.True
		case i.admin != "down" && i.link != "down":
			state = mirror.Unknown
		}
	}
	if len(parts) == 0 {
		return mirror.Unknown
	}
	return state
}

// bondMode is the mode of a bond; the column may be empty.
func bondMode(column []string) string {
	if len(column) == 0 {
		return "active-backup"
	}
	return column[0]
}

// bondSpeed is what the bond can carry at once: the fastest member where one
// is active at a time, else the sum of those that tell.
func bondSpeed(parts []iface, mode string) mirror.BitsPerSecond {
	var sum, most mirror.BitsPerSecond
	for _, i := range parts {
		sum += i.speed
		most = max(most, i.speed)
	}
	if mode == "active-backup" {
		return most
	}
	return sum
}

// tunnels are the interface types that encapsulate (vswitch.xml, table
// Interface, column type).
var tunnels = []string{"bareudp", "erspan", "geneve", "gre", "gtpu", "ip6erspan", "ip6gre", "lisp", "srv6", "stt", "vxlan"}

// plain are the types of interfaces that lead to another machine or guest.
var plain = []string{"", "system", "tap", "dummy", "afxdp", "afxdp-nonpmd", "dpdk", "dpdkr", "dpdkvhostuser", "dpdkvhostuserclient"}

// use says why the interface's type makes its port no idle one.
func (i iface) use() (mirror.PortUse, bool) {
	switch {
	case slices.Contains(plain, i.kind):
		return mirror.PortUse{}, false
	case i.kind == "internal":
		return mirror.PortUse{Kind: "addressed", Detail: "internal: an interface of the host itself, which may hold its address"}, true
	case i.kind == "patch":
		return mirror.PortUse{Kind: "patch", Detail: "a patch to another bridge"}, true
	case slices.Contains(tunnels, i.kind):
		return mirror.PortUse{Kind: "tunnel", Detail: "a tunnel of type " + i.kind}, true
	}
	return mirror.PortUse{Kind: "unknown", Detail: fmt.Sprintf("interface type %q", i.kind)}, true
}
