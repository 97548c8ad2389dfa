package eos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A stanza is an interface of the running configuration.
type stanza struct {
	name  string
	lines []string
}

// parseStanzas reads the interfaces of a running configuration, of a section or
// whole. Lines of a stanza are indented. mirror.ErrParse for a refusal.
func parseStanzas(reply string) (map[mirror.PortName]stanza, error) {
	out := map[mirror.PortName]stanza{}
	var now *stanza
	keep := func() {
		if now != nil {
			out[portNamed(now.name)] = *now
		}
		now = nil
	}
	for _, line := range withoutBanners(reply) {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line[0] == '%':
			return nil, text.ParseError(showStanzas, line)
		case line[0] == ' ':
			if now != nil {
				now.lines = append(now.lines, strings.TrimSpace(line))
			}
		case word == "interface" && rest != "":
			keep()
			now = &stanza{name: rest}
		default:
			keep()
		}
	}
	keep()
	return out, nil
}

// portNamed is the canonical name of what a device calls a port; a name that is
// not understood stays as it is.
func portNamed(name string) mirror.PortName {
	if n, ok := grammar.Read(name); ok {
		return n.Full()
	}
	return mirror.PortName(text.Quote(name))
}

// value is what stands behind the words of a line of a stanza, "" when there is
// none.
func (s stanza) value(words string) string {
	for _, l := range s.lines {
		if rest, ok := strings.CutPrefix(l, words+" "); ok {
			return rest
		}
	}
	return ""
}

func (s stanza) has(line string) bool { return slices.Contains(s.lines, line) }

// A status is a row of "show interfaces status | json".
type status struct {
	LinkStatus      string
	Bandwidth       float64
	VLANInformation struct {
		InterfaceMode, VLANExplanation string
		VLANID                         int
	}
}

// parseStatus reads "show interfaces status | json".
func parseStatus(reply string) (map[string]status, error) {
	var s struct{ InterfaceStatuses map[string]status }
	err := object(showStatus, reply, &s, func() bool { return s.InterfaceStatuses != nil })
	return s.InterfaceStatuses, err
}

// parseLLDP reads "show lldp neighbors | json"; the names are whole.
func parseLLDP(reply string) (map[mirror.PortName][]mirror.Neighbour, error) {
	var s struct {
		LLDPNeighbors []struct{ Port, NeighborDevice string }
	}
	err := object(showLLDP, reply, &s, func() bool { return s.LLDPNeighbors != nil })
	out := map[mirror.PortName][]mirror.Neighbour{}
	for _, n := range s.LLDPNeighbors {
		p := portNamed(n.Port)
		out[p] = append(out[p], mirror.Neighbour{System: n.NeighborDevice})
	}
	return out, err
}

// parseMACs counts the addresses of "show mac address-table dynamic | json", by
// port.
func parseMACs(reply string) (map[mirror.PortName]int, error) {
	var s struct {
		UnicastTable struct{ TableEntries []struct{ Interface string } }
	}
	err := object(showMACs, reply, &s, func() bool { return s.UnicastTable.TableEntries != nil })
	out := map[mirror.PortName]int{}
	for _, e := range s.UnicastTable.TableEntries {
		out[portNamed(e.Interface)]++
	}
	return out, err
}

// group is the channel group that a stanza is in: "channel-group 1 mode active".
func (s stanza) group() string {
	id, _, _ := strings.Cut(s.value("channel-group"), " ")
	return id
}

// membersOf are the ports of a port-channel.
func membersOf(group string, stanzas map[mirror.PortName]stanza) (out []mirror.PortName) {
	for p, st := range stanzas {
		if st.group() == group {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, grammar.Compare)
	return out
}

// ports lists the ports that the device shows, and the subinterfaces of its
// configuration, with what speaks against them as a destination.
func (a around) ports(stanzas map[mirror.PortName]stanza, rows map[string]status) []mirror.Port {
	all := map[mirror.PortName]status{}
	for name, row := range rows {
		all[portNamed(name)] = row
	}
	for p := range stanzas {
		if n, ok := grammar.Read(string(p)); ok && n.Sub >= 0 {
			if _, listed := all[p]; !listed {
				all[p] = status{}
			}
		}
	}
	var out []mirror.Port
	for p, row := range all {
		out = append(out, a.port(p, row, stanzas))
	}
	out = append(out, mirror.Port{Name: cpu, Kind: mirror.SourceCPU, Up: mirror.Unknown})
	text.Sort(grammar, out, func(p mirror.Port) mirror.PortName { return p.Name })
	return out
}

// parent is the port that a subinterface is a part of.
func parent(n text.Name) mirror.PortName {
	n.Sub = -1
	return n.Full()
}

// up of the words of linkStatus.
func (row status) up() mirror.State {
	switch row.LinkStatus {
	case "connected":
		return mirror.True
	case "notconnect", "disabled", "errdisabled":
		return mirror.False
	}
	return mirror.Unknown
}

// port is what an observation has of a port.
func (a around) port(p mirror.PortName, row status, stanzas map[mirror.PortName]stanza) mirror.Port {
	out := mirror.Port{Name: p, Up: row.up(), Speed: mirror.BitsPerSecond(row.Bandwidth), Admin: mirror.True}
	st, told := stanzas[p]
	n, known := grammar.Read(string(p))
	use := func(is bool, kind, format string, args ...any) {
		if is {
			out.Uses = append(out.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	out.Stanza = strings.Join(st.lines, "\n")
	if st.has("shutdown") || row.LinkStatus == "disabled" {
		out.Admin = mirror.False
	}
	if n.LAG() {
		out.LAG, out.Members = true, membersOf(fmt.Sprint(n.Path[0]), stanzas)
	}
	if known && n.Sub >= 0 {
		out.Kind, out.Parent = mirror.SourceSub, parent(n)
	}
	mode, info := st.value("switchport mode"), row.VLANInformation
	routed := st.has("no switchport") || info.InterfaceMode == "routed" || known && n.Sub >= 0
	switch {
	case mode == "trunk" || info.InterfaceMode == "trunk":
		out.Trunk = st.trunk()
	case !routed && st.group() == "" && info.VLANID > 0:
		out.Access = info.VLANID
	}
	use(strings.HasPrefix(string(p), "Management"), "management", "a port for management")
	use(!known && !strings.HasPrefix(string(p), "Management"), "unknown", "this name of a port is not understood")
	use(known && !told, "unknown", "its configuration is not shown")
	use(out.Trunk != nil, "trunk", "switchport mode trunk")
	use(mode != "" && mode != "trunk" && mode != "access", "unknown", "switchport mode %s", text.Quote(mode))
	use(st.group() != "", "lag-member", "member of Port-Channel%s", st.group())
	use(st.group() == "" && info.InterfaceMode == "dataLink", "lag-member", "%s", text.Quote(info.VLANExplanation))
	address := st.value("ip address")
	use(address != "", "addressed", "ip address %s", address)
	use(address == "" && routed, "addressed", "a routed port")
	out.Neighbours = a.neighbours[p]
	use(a.macs[p] > 0, "learned", "%s", console.Learned(a.macs[p]))
	for _, nb := range out.Neighbours {
		use(true, "neighbour", "LLDP neighbour %s", text.Quote(nb.System))
	}
	use(a.received[p] != "", "receiving", "%s", a.received[p])
	return out
}

// trunk carries all VLANs unless the configuration limits it. A list that is not
// understood is taken for one that carries all.
func (s stanza) trunk() *mirror.Trunk {
	t := &mirror.Trunk{Allowed: mirror.AllVLANs(), Native: 1}
	if list := s.value("switchport trunk allowed vlan"); list != "" {
		if allowed, err := mirror.ParseVLANs(list); err == nil {
			t.Allowed = allowed
		}
	}
	if v, err := text.Decimal(s.value("switchport trunk native vlan")); err == nil {
		t.Native = v
	}
	return t
}
