package nxos

import (
	"maps"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The commands that tell of one port what the destination guard decides on. Neighbours
// are listed in few rows, so all are.
func showPortStanza(p mirror.PortName) string { return "show running-config interface " + string(p) }
func showPortStatus(p mirror.PortName) string { return "show interface " + string(p) + " status" }
func showPort(p mirror.PortName) string       { return "show interface " + string(p) }
func showPortMACs(p mirror.PortName) string {
	return "show mac address-table dynamic interface " + string(p)
}

// named asks for the ports of a look, and for what they learn, hear and receive.
func named(look mirror.Look, whole, around bool) (out []string) {
	for _, p := range look.Ports {
		if !whole && p != supEth {
			out = append(out, showPortStanza(p), showPortStatus(p))
		}
	}
	return append(out, traffic.Named(look, around)...)
}

// around is what the destination guard and Render ask beside the sessions. What was
// handed out is never changed.
type around struct {
	traffic console.Traffic
	handles map[string]string
	lists   []mirror.Footing // of netmirror's
}

// answered finds the reply to a command that was asked and that the device has.
func answered(r console.Replies, command string) (reply string, read bool) {
	reply, read = r[command]
	return reply, read && !absent(reply)
}

// surroundingsOf brings what is around up to date.
func surroundingsOf(old any, look mirror.Look, r console.Replies) (any, error) {
	a, _ := old.(around)
	if reply, read := answered(r, showLists); read {
		names, err := parseLists(reply)
		if err != nil {
			return a, err
		}
		a.lists, a.handles = lists.Read(said(reply))
		a.handles[handleLists] = strings.Join(names, ",")
	}
	var err error
	a.traffic, err = traffic.Read(a.traffic, look, r)
	return a, err
}

// observe makes an observation of replies.
func observe(f mirror.Facts, r console.Replies, known any) (o mirror.Observation, err error) {
	a, _ := known.(around)
	natives, origin, err := parseConfig(f, r[showSessions])
	if err != nil {
		return o, err
	}
	o = mirror.Observation{Natives: natives, Handles: maps.Clone(a.handles), Footings: a.lists}
	if origin != "" {
		o.Footings = append([]mirror.Footing{{Kind: mirror.FootingOrigin, Name: origin}}, a.lists...)
	}
	if status, read := r[showStatus]; read {
		stanzas, err := readStanzas(r[showStanzas])
		if err != nil {
			return mirror.Observation{}, err
		}
		if o.Ports, err = a.ports(status, stanzas); err != nil {
			return mirror.Observation{}, err
		}
	}
	return o, nil
}

// readStanzas has nothing of a device that does not show its configuration to us.
func readStanzas(reply string) (map[mirror.PortName]stanza, error) {
	if absent(reply) {
		return nil, nil
	}
	return parseStanzas(reply)
}

// readPort reads one port of a look anew.
func readPort(_ mirror.Facts, old mirror.Port, r console.Replies, known any) (p mirror.Port, ok bool, err error) {
	a, _ := known.(around)
	if old.Name == supEth {
		return old, true, nil
	}
	status, read := answered(r, showPortStatus(old.Name))
	config, shown := answered(r, showPortStanza(old.Name))
	if !read || !shown {
		return p, false, nil
	}
	rows, err := statusTable.Read(status)
	if err != nil {
		return p, false, err
	}
	stanzas, err := parseStanzas(config)
	if err != nil {
		return p, false, err
	}
	if _, told := stanzas[old.Name]; !told || len(rows) != 1 || rows[0].Name.Full() != old.Name {
		return p, false, nil
	}
	p = a.port(rows[0], stanzas)
	p.Members = old.Members // those of a port-channel stand in their own stanzas
	return p, true, nil
}

// judge reads the state of a session. What is not understood leaves it unknown: the
// configuration says what there is.
func judge(_ mirror.Facts, n mirror.NativeSession, _ string, r console.Replies) console.Verdict {
	reply, asked := r[showState]
	if !asked {
		return console.Verdict{Ask: showState}
	}
	unknown := func(why string) console.Verdict {
		return console.Verdict{Programmed: mirror.Unknown, Reason: text.Quote(why)}
	}
	if words, refused := showRefusal(reply); refused {
		return unknown("the device does not tell: " + words)
	}
	all, err := readShown(reply, n.ID)
	if err != nil {
		return unknown(err.Error())
	}
	for _, s := range all {
		if s.id == n.ID {
			return s.verdict(n.Spec)
		}
	}
	return unknown("the device shows no state of it")
}
