package iosxe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// readAround reads what the guard asks. Commands that the device does not have
// tell nothing; output that is not understood is an error.
func readAround(r console.Replies) (a around, err error) {
	a.handles = map[string]string{}
	if brief, read := answered(r, showVLANs); read {
		if a.vlans, err = readVLANs(brief, r[showRemote]); err != nil {
			return a, err
		}
	}
	if vtp, read := answered(r, showVTP); read {
		if a.noVLANs, a.spread, err = parseVTP(vtp); err != nil {
			return a, err
		}
	}
	if heads, read := answered(r, showACLs); read {
		lists, err := parseAccessLists(heads)
		if err != nil {
			return a, err
		}
		a.handles[handleACLs] = strings.Join(lists, ",")
	}
	return a, nil
}

// readVLANs lists the VLANs of the device, with those that are for copies.
func readVLANs(brief, remote string) ([]mirror.VLAN, error) {
	vlans, err := vlanTable.Read(brief)
	if err != nil {
		return nil, err
	}
	if absent(remote) {
		return vlans, nil // a device without RSPAN
	}
	copies, err := parseRemoteVLANs(remote)
	for i := range vlans {
		_, vlans[i].Remote = slices.BinarySearch(copies, vlans[i].ID)
	}
	return vlans, err
}

// usedVLANs tells which VLANs the switch itself has an interface in.
func usedVLANs(vlans []mirror.VLAN, cfg *config) []mirror.VLAN {
	out := slices.Clone(vlans)
	for _, own := range cfg.interfacesOfVLANs() {
		i := slices.IndexFunc(out, func(v mirror.VLAN) bool { return v.ID == own.vlan })
		if i < 0 {
			continue
		}
		detail := "the switch has an interface in it"
		if own.address != "" {
			detail = "the switch has address " + own.address + " in it"
		}
		out[i].Uses = append(slices.Clone(out[i].Uses), mirror.PortUse{Kind: "addressed", Detail: detail})
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
	var rows []text.PortRow
	if !absent(reply) {
		var err error
		if rows, err = statusTable.Read(reply); err != nil {
			return nil, err
		}
	} else if cfg != nil {
		for _, i := range cfg.interfaces {
			rows = append(rows, text.PortRow{Name: i.name})
		}
	}
	slices.SortFunc(rows, func(x, y text.PortRow) int { return x.Name.Compare(y.Name) })
	s := newSurroundings(cfg, a.traffic)
	var out []mirror.Port
	for _, row := range rows {
		if p := portOf(row, s); len(out) == 0 || out[len(out)-1].Name != p.Name {
			out = append(out, p)
		}
	}
	return out, nil
}

// surroundings are what speaks against the use of ports, by port.
type surroundings struct {
	cfg     *config // nil = not shown
	members map[int][]mirror.PortName
	traffic console.Traffic
}

func newSurroundings(cfg *config, t console.Traffic) surroundings {
	s := surroundings{cfg: cfg, members: map[int][]mirror.PortName{}, traffic: t}
	if cfg != nil {
		for _, i := range cfg.interfaces {
			s.members[i.group] = append(s.members[i.group], i.name.Full())
		}
	}
	return s
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

// port is what an observation has of a row.
func portOf(row text.PortRow, s surroundings) mirror.Port {
	p := mirror.Port{Name: row.Name.Full(), Up: up(row.Word), Speed: row.Speed, LAG: row.Name.LAG(), Access: row.Access}
	i, told := s.cfg.port(p.Name)
	if p.LAG {
		p.Members = slices.Clone(s.members[row.Name.Path[0]])
		slices.SortFunc(p.Members, grammar.Compare)
	}
	use := func(is bool, kind, format string, args ...any) {
		if is {
			p.Uses = append(p.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	trunk := row.VLAN == "trunk" || i.trunk
	if trunk {
		p.Access, p.Trunk = 0, i.carries()
	}
	p.Admin, p.Stanza = mirror.True, strings.Join(i.lines, "\n")
	if i.shutdown || row.Word == "disabled" {
		p.Admin = mirror.False
	}
	use(!row.Name.Known(), "unknown", "this name of a port is not understood")
	use(s.cfg != nil && !told && row.Name.Known(), "unknown", "its configuration is not shown")
	use(!vlanWord.MatchString(row.VLAN), "unknown", "VLAN %q", text.Quote(row.VLAN))
	use(trunk, "trunk", "switchport mode trunk")
	use(i.group != 0, "lag-member", "member of Port-channel%d", i.group)
	use(i.address != "", "addressed", "ip address %s", i.address)
	use(i.address == "" && (i.routed || row.VLAN == "routed"), "addressed", "a routed port")
	s.traffic.Tell(&p, row.Word == "monitoring")
	return p
}
