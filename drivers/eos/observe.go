package eos

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The commands that tell of one port what the destination guard decides on.
func showPortStanza(p mirror.PortName) string { return "show running-config interfaces " + string(p) }
func showPortStatus(p mirror.PortName) string {
	return "show interfaces " + string(p) + " status | json"
}
func showPort(p mirror.PortName) string { return "show interfaces " + string(p) + " | json" }
func showPortMACs(p mirror.PortName) string {
	return "show mac address-table dynamic interface " + string(p) + " | json"
}

// named asks for the ports of a look. Neighbours are few, so all are listed.
func named(look mirror.Look, whole, around bool) (out []string) {
	for _, p := range look.Ports {
		if !whole {
			out = append(out, showPortStanza(p), showPortStatus(p))
		}
	}
	for _, p := range look.Traffic {
		out = append(out, showPort(p))
		if !around {
			out = append(out, showPortMACs(p))
		}
	}
	if len(look.Traffic) > 0 && !around {
		out = append(out, showLLDP)
	}
	return out
}

// around is what the destination guard and Render ask beside the sessions. What was
// handed out is never changed.
type around struct {
	neighbours map[mirror.PortName][]mirror.Neighbour
	macs       map[mirror.PortName]int
	received   map[mirror.PortName]string // the device's figures, of ports that were asked for
	handles    map[string]string
	lists      []mirror.Footing // of netmirror's
}

// answered finds the reply to a command that was asked and that the device has.
func answered(r console.Replies, command string) (reply string, read bool) {
	reply, read = r[command]
	return reply, read && !absent(reply)
}

// surroundingsOf brings what is around up to date.
func surroundingsOf(old any, look mirror.Look, r console.Replies) (any, error) {
	a, _ := old.(around)
	var err error
	if reply, read := answered(r, showLists); read {
		names, err := parseLists(reply)
		if err != nil {
			return a, err
		}
		a.lists, a.handles = lists.Read(withoutBanners(reply))
		a.handles[handleLists] = strings.Join(names, ",")
	}
	if reply, read := answered(r, showLLDP); read {
		if a.neighbours, err = parseLLDP(reply); err != nil {
			return a, err
		}
	}
	if reply, read := answered(r, showMACs); read {
		if a.macs, err = parseMACs(reply); err != nil {
			return a, err
		}
	}
	macs, received := map[mirror.PortName]int{}, map[mirror.PortName]string{}
	maps.Copy(macs, a.macs)
	maps.Copy(received, a.received)
	for _, p := range look.Traffic {
		if reply, read := answered(r, showPortMACs(p)); read {
			found, err := parseMACs(reply)
			if err != nil {
				return a, err
			}
			macs[p] = found[p]
		}
		if reply, read := answered(r, showPort(p)); read {
			if received[p], err = parseReceived(reply, p); err != nil {
				return a, err
			}
		}
	}
	a.macs, a.received = macs, received
	return a, nil
}

// observe makes an observation of replies.
func observe(_ mirror.Facts, r console.Replies, known any) (o mirror.Observation, err error) {
	a, _ := known.(around)
	o.Handles, o.Footings = a.handles, a.lists
	if o.Natives, err = parseSessions(r[showSessions]); err != nil {
		return mirror.Observation{}, err
	}
	status, read := r[showStatus]
	if !read {
		return o, nil
	}
	rows, err := parseStatus(status)
	if err != nil {
		return mirror.Observation{}, err
	}
	stanzas, err := readStanzas(r[showStanzas])
	if err != nil {
		return mirror.Observation{}, err
	}
	o.Ports = around.ports(a, stanzas, rows)
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
	status, read := answered(r, showPortStatus(old.Name))
	config, shown := answered(r, showPortStanza(old.Name))
	if !read || !shown {
		return p, false, nil
	}
	rows, err := parseStatus(status)
	if err != nil {
		return p, false, err
	}
	stanzas, err := parseStanzas(config)
	if err != nil {
		return p, false, err
	}
	row, listed := rows[string(old.Name)]
	if _, told := stanzas[old.Name]; !told || !listed {
		return p, false, nil
	}
	p = a.port(old.Name, row, stanzas)
	p.Members = old.Members // those of a port-channel stand in their own stanzas
	return p, true, nil
}

// judge reads the state of a session. Devices that have it not in JSON are asked for
// it in words. No whole answer of a switch is public (arista-eos.md 7): one that is not
// understood leaves the state unknown, and the configuration says what there is.
func judge(_ mirror.Facts, n mirror.NativeSession, _ string, r console.Replies) console.Verdict {
	for _, command := range []string{showState, showWords} {
		reply, asked := r[command]
		switch {
		case !asked:
			return console.Verdict{Ask: command}
		case absent(reply):
			continue
		}
		all, err := parseShown(reply)
		if err != nil {
			return console.Verdict{Programmed: mirror.Unknown, Reason: err.Error()}
		}
		if s, found := stateOf(all, n.ID); found {
			v := s.verdict()
			v.By = command
			return v
		}
		return console.Verdict{Programmed: mirror.Unknown, Reason: fmt.Sprintf("%q does not tell of it", command), By: command}
	}
	return console.Verdict{}
}

// stateOf finds the state of a session. Its name differs in letter case at times
// (arista-eos.md 2.3).
func stateOf(all []shown, id string) (shown, bool) {
	i := slices.IndexFunc(all, func(s shown) bool { return s.id == id })
	if i < 0 {
		i = slices.IndexFunc(all, func(s shown) bool { return strings.EqualFold(s.id, id) })
	}
	if i < 0 {
		return shown{}, false
	}
	return all[i], true
}
