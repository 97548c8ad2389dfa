package iosxe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// readAround reads what the guard asks. Commands that the device does not have
// tell nothing; output that is not understood is an error.
func readAround(replies map[string]string) (around, error) {
	a := around{handles: map[string]string{}}
	has := func(command string) bool {
		_, refused := showRefusal(replies[command])
		return !refused
	}
	if has(showVLANs) {
		var err error
		if a.vlans, err = readVLANs(replies[showVLANs], replies[showRemote]); err != nil {
			return a, err
		}
	}
	if has(showVTP) {
		a.noVLANs, a.spread = parseVTP(replies[showVTP])
	}
	if has(showACLs) {
		a.handles[handleACLs] = strings.Join(parseAccessLists(replies[showACLs]), ",")
	}
	if has(showLLDP) {
		var err error
		if a.neighbours, err = parseNeighbours(replies[showLLDP]); err != nil {
			return a, err
		}
	}
	if has(showMACs) {
		a.macs = parseMACs(replies[showMACs])
	}
	return a, nil
}

// readVLANs lists the VLANs of the device, with those that are for copies.
func readVLANs(brief, remote string) ([]mirror.VLAN, error) {
	vlans, err := parseVLANs(brief)
	if err != nil {
		return nil, err
	}
	if _, refused := showRefusal(remote); refused {
		return vlans, nil // a device without RSPAN
	}
	copies, err := parseRemoteVLANs(remote)
	for i := range vlans {
		vlans[i].Remote = slices.Contains(copies, vlans[i].ID)
	}
	return vlans, err
}

// usedVLANs tells which VLANs the switch itself has an interface in.
func usedVLANs(vlans []mirror.VLAN, cfg *config) []mirror.VLAN {
	out := slices.Clone(vlans)
	for i := range out {
		for _, s := range cfg.interfacesOfVLANs() {
			if s.vlan != out[i].ID {
				continue
			}
			detail := "the switch has an interface in it"
			if s.address != "" {
				detail = "the switch has address " + s.address + " in it"
			}
			out[i].Uses = append(out[i].Uses, mirror.PortUse{Kind: "addressed", Detail: detail})
		}
	}
	return out
}

// interfacesOfVLANs is empty for a device that does not show its configuration.
func (c *config) interfacesOfVLANs() []svi {
	if c == nil {
		return nil
	}
	return c.svis
}

// readPorts lists the ports with what speaks against using them as a
// destination. A router without show interfaces status has the ports of its
// configuration, of unknown state.
func readPorts(reply string, cfg *config, a around) ([]mirror.Port, error) {
	var rows []status
	if _, refused := showRefusal(reply); !refused {
		var err error
		if rows, err = parseStatus(reply); err != nil {
			return nil, err
		}
	} else if cfg != nil {
		for _, i := range cfg.interfaces {
			rows = append(rows, status{name: i.name})
		}
	}
	var out []mirror.Port
	for _, row := range rows {
		out = append(out, portOf(row, cfg, a))
	}
	slices.SortFunc(out, func(x, y mirror.Port) int { return comparePorts(x.Name, y.Name) })
	return slices.CompactFunc(out, func(x, y mirror.Port) bool { return x.Name == y.Name }), nil
}

// carries is what a trunk carries: all VLANs unless the configuration limits
// them. A list that is not understood is taken for one that carries all, because
// then nothing is ever added to it, or taken away.
func (i iface) carries() *mirror.Trunk {
	t := &mirror.Trunk{Allowed: mirror.AllVLANs(), Native: max(i.native, 1)}
	if allowed, err := mirror.ParseVLANs(i.allowed); err == nil && i.allowed != "" {
		t.Allowed = allowed
	}
	return t
}

func portOf(row status, cfg *config, a around) mirror.Port {
	p := mirror.Port{Name: row.name.full(), Up: row.up(), Speed: row.speed, LAG: row.name.lag(), Access: row.access}
	var i iface
	if cfg != nil {
		for _, other := range cfg.interfaces {
			if other.name.full() == p.Name {
				i = other
			}
			if p.LAG && other.group == row.name.path[0] {
				p.Members = append(p.Members, other.name.full())
			}
		}
	}
	slices.SortFunc(p.Members, comparePorts)
	use := func(is bool, kind, format string, args ...any) {
		if is {
			p.Uses = append(p.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	trunk := row.vlan == "trunk" || i.trunk
	if trunk {
		p.Access, p.Trunk = 0, i.carries()
	}
	p.Admin, p.Stanza = mirror.True, strings.Join(i.lines, "\n")
	if i.shutdown || row.word == "disabled" {
		p.Admin = mirror.False
	}
	use(trunk, "trunk", "switchport mode trunk")
	use(i.group != 0, "lag-member", "member of Port-channel%d", i.group)
	use(i.address != "", "addressed", "ip address %s", i.address)
	use(i.address == "" && (i.routed || row.vlan == "routed"), "addressed", "a routed port")
	if row.word == "monitoring" {
		return p // a destination learns nothing; what is remembered is older
	}
	use(a.macs[p.Name] > 0, "learned", "%d learned MAC addresses", a.macs[p.Name])
	for _, n := range a.neighbours {
		use(n.port.full() == p.Name, "neighbour", "LLDP neighbour %s", quote(n.device))
	}
	use(a.received[p.Name] != "", "receiving", "%s", a.received[p.Name])
	return p
}
