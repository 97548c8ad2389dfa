package iosxr

import (
	"regexp"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The commands that are sent.
const (
	showVersion  = "show version"
	showHostname = "show running-config hostname"
	// showSessions shows what a session is and what it copies, which stand in two places of
	// the configuration, in lines that each say where they stand.
	showSessions = "show running-config formal | include monitor-session"
	showConfig   = "show running-config interface"
	showStatus   = "show monitor-session status"
	showPorts    = "show interfaces"
	showLists    = "show running-config ipv4 access-list"
	showLLDP     = "show lldp neighbors"
	showCDP      = "show cdp neighbors"
	// showGroups and showTunnels are what footings of netmirror's stand in, beside lists.
	showGroups  = "show running-config formal | include access-group"
	showTunnels = "show running-config formal | include tunnel"
)

func showPortConfig(p mirror.PortName) string { return showConfig + " " + string(p) }
func showPort(p mirror.PortName) string       { return showPorts + " " + string(p) }

// traffic is what the destination guard asks beside. Which addresses are learned where is
// not told by port.
var traffic = &console.TrafficReads{
	PortRates: showPort, Received: parseReceived, Absent: absent,
	Heard: []*text.Neighbours{neighbours("LLDP", showLLDP), neighbours("CDP", showCDP)},
}

// neighbours is a table of who is heard (general knowledge).
func neighbours(protocol, command string) *text.Neighbours {
	return &text.Neighbours{
		Command: command, Protocol: protocol, Noise: noise, Ports: grammar,
		Head:   regexp.MustCompile(`^\s*Device[ -]ID\s+Local Int\S+\s+H(?:old-?)?[Ttl]\S*me?\b`),
		Column: "Local",
		Off:    regexp.MustCompile(`(?i)^\s*% ?(?:LLDP|CDP) is not enabled`),
		Total:  regexp.MustCompile(`(?i)^\s*Total (?:cdp )?entries displayed\s*:\s*(\d{1,6})`),
		Legend: regexp.MustCompile(`^\s*Capability [Cc]odes:`),
	}
}

// named asks for the ports of a look.
func named(look mirror.Look, whole, around bool) (out []string) {
	for _, p := range look.Ports {
		if !whole {
			out = append(out, showPortConfig(p), showPort(p))
		}
	}
	return append(out, traffic.Named(look, around)...)
}

// around is what the destination guard and Render ask beside the sessions. What was
// handed out is never changed.
type around struct {
	traffic console.Traffic
	lists   []mirror.Footing // of netmirror's
	groups  []string         // lists that groups of the configuration put at ports
	handles map[string]string
}

// answered finds the reply to a command that was asked and that the device has.
func answered(r console.Replies, command string) (reply string, read bool) {
	reply, read = r[command]
	return reply, read && !absent(reply)
}

// surroundings brings what is around up to date.
func surroundings(old any, look mirror.Look, r console.Replies) (any, error) {
	a, _ := old.(around)
	if reply, read := answered(r, showLists); read {
		if _, err := statements(showLists, reply); err != nil {
			return a, err
		}
		a.lists, a.handles = lists.Read(said(reply))
	}
	if reply, read := answered(r, showGroups); read {
		lines, err := statements(showGroups, reply)
		if err != nil {
			return a, err
		}
		a.groups = nil
		for _, words := range lines {
			if i := inherited(words, "access-group"); i > 0 && words[0] == "group" && len(words) > i+1 && slices.Contains(words, "ingress") {
				a.groups = append(a.groups, words[i+1]+" of group "+words[1])
			}
		}
	}
	var err error
	a.traffic, err = traffic.Read(a.traffic, look, r)
	return a, err
}

// observe makes an observation of replies.
func observe(f mirror.Facts, r console.Replies, known any) (o mirror.Observation, err error) {
	a, _ := known.(around)
	var at map[string]*iface
	if config, read := answered(r, showConfig); read {
		if at, err = parseInterfaces(config); err != nil {
			return mirror.Observation{}, err
		}
	}
	if o.Natives, err = parseSessions(r[showSessions], at, portLevel(f)); err != nil {
		return mirror.Observation{}, err
	}
	o.Handles, o.Footings = a.handles, slices.Concat(standing(a.lists, at), tunnels(at))
	reply, read := r[showPorts]
	if !read {
		return o, nil
	}
	var rows []mirror.PortCounters
	if !absent(reply) {
		if rows, err = interfaceFigures.Read(reply, time.Time{}); err != nil {
			return mirror.Observation{}, err
		}
	}
	o.Ports = ports(a, at, rows)
	return o, nil
}

// standing are the access lists of netmirror's with the ports at whose ingress they stand.
func standing(all []mirror.Footing, at map[string]*iface) (out []mirror.Footing) {
	for _, f := range all {
		for name, i := range at {
			if slices.Contains(i.lists(), f.Name) {
				f.Ports = append(slices.Clip(f.Ports), mirror.PortName(name))
			}
		}
		slices.SortFunc(f.Ports, grammar.Compare)
		out = append(out, f)
	}
	return out
}

// beside: what footings of netmirror's stand in, where there are some.
func beside(o mirror.Observation) (out []string) {
	for kind, commands := range map[mirror.FootingKind][]string{mirror.FootingFilter: {showLists, showGroups}, mirror.FootingTunnel: {showTunnels}} {
		if slices.ContainsFunc(o.Footings, func(f mirror.Footing) bool { return f.Kind == kind }) {
			out = append(out, commands...)
		}
	}
	slices.Sort(out)
	return out
}

// readPort reads one port of a look anew.
func readPort(_ mirror.Facts, old mirror.Port, r console.Replies, known any) (p mirror.Port, ok bool, err error) {
	a, _ := known.(around)
	state, read := answered(r, showPort(old.Name))
	config, shown := answered(r, showPortConfig(old.Name))
	if !read || !shown {
		return p, false, nil
	}
	rows, err := interfaceFigures.Read(state, time.Time{})
	if err != nil {
		return p, false, err
	}
	at, err := parseInterfaces(config)
	if err != nil {
		return p, false, err
	}
	i := slices.IndexFunc(rows, func(row mirror.PortCounters) bool { return row.Port == old.Name })
	if i < 0 {
		return p, false, nil
	}
	if base := at[string(old.Name)]; base != nil { // subinterfaces and members stand in stanzas of their own
		base.subinterfaces = slices.ContainsFunc(old.Uses, func(u mirror.PortUse) bool { return u == carriesParts })
	}
	p = port(a, at, rows[i])
	p.Members = old.Members
	return p, true, nil
}
