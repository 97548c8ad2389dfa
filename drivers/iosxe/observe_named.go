package iosxe

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The commands that tell of one port what the destination guard decides on. The
// configuration of one interface is asked for, because the device need not build
// the whole of it for that. Neighbours are listed in few rows, so the whole list
// is read.
func showPortConfig(p mirror.PortName) string { return "show running-config interface " + string(p) }
func showPortStatus(p mirror.PortName) string { return "show interfaces " + string(p) + " status" }
func showPortRates(p mirror.PortName) string  { return "show interfaces " + string(p) }
func showPortMACs(p mirror.PortName) string {
	return "show mac address-table dynamic interface " + string(p)
}

// namedCommands ask for the ports of a look, and what they learn, hear and receive.
func namedCommands(look mirror.Look, whole, around bool) (out []string) {
	for _, p := range look.Ports {
		if !whole {
			out = append(out, showPortConfig(p), showPortStatus(p))
		}
	}
	for _, p := range look.Traffic {
		out = append(out, showPortRates(p))
		if !around {
			out = append(out, showPortMACs(p))
		}
	}
	if len(look.Traffic) > 0 && !around {
		out = append(out, showLLDP, showCDP)
	}
	return out
}

// readPort reads one port anew.
func readPort(_ mirror.Facts, old mirror.Port, r console.Replies, known any) (p mirror.Port, ok bool, err error) {
	a, _ := known.(around)
	config, status := r[showPortConfig(old.Name)], r[showPortStatus(old.Name)]
	if absent(config) || absent(status) {
		return p, false, nil
	}
	cfg, err := parseSection(config)
	if err != nil {
		return p, false, err
	}
	rows, err := statusTable.Read(status)
	if err != nil {
		return p, false, err
	}
	if _, told := cfg.port(old.Name); len(rows) != 1 || rows[0].Name.Full() != old.Name || !told {
		return p, false, nil
	}
	p = portOf(rows[0], newSurroundings(&cfg, a))
	p.Members = old.Members // those of a port-channel stand in their own stanzas
	return p, true, nil
}

// with is what is around, with what replies tell of the traffic of a look's
// ports. A question that the device does not know leaves what was known.
func (a around) with(look mirror.Look, replies console.Replies) (around, error) {
	if len(look.Traffic) == 0 {
		return a, nil
	}
	a.macs, a.received = maps.Clone(a.macs), maps.Clone(a.received)
	for _, p := range look.Traffic {
		if reply, read := answered(replies, showPortMACs(p)); read {
			if a.macs == nil {
				a.macs = map[mirror.PortName]int{}
			}
			found, err := macTable.Count(reply)
			if err != nil {
				return a, err
			}
			a.macs[p] = found[p]
		}
		if reply, read := answered(replies, showPortRates(p)); read {
			words, err := parseReceived(reply)
			if err != nil {
				return a, err
			}
			if a.received == nil {
				a.received = map[mirror.PortName]string{}
			}
			a.received[p] = words
		}
	}
	if _, asked := replies[showLLDP]; !asked {
		return a, nil
	}
	var err error
	a.neighbours, err = readNeighbours(replies)
	return a, err
}

// readNeighbours reads who is heard, by the two protocols that tell it. A device
// without one of them hears nobody over it.
func readNeighbours(replies console.Replies) (out []text.Neighbour, err error) {
	for _, table := range []*text.Neighbours{lldpTable, cdpTable} {
		reply, read := answered(replies, table.Command)
		if !read {
			continue
		}
		found, err := table.Read(reply)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// answered finds the reply to a command that was asked and not refused.
func answered(replies console.Replies, command string) (reply string, read bool) {
	reply, read = replies[command]
	return reply, read && !absent(reply)
}

// inputRate is the device's own figure, a mean over its load interval: "  5
// minute input rate 2000 bits/sec, 3 packets/sec"
// (fixtures/cisco-iosxe/show_interfaces__gigabit_output_drops.txt).
var inputRate = regexp.MustCompile(`^\s*(\d+ (?:minute|second) input rate (\d+) bits/sec, (\d+) packets/sec)`)

// parseReceived finds what a port receives in show interfaces of it: the
// device's words for a rate above zero, "" for none. A text without any
// interface is mirror.ErrParse.
func parseReceived(reply string) (words string, err error) {
	head := false
	for _, line := range noise.Lines(reply) {
		head = head || interfaceFigures.Head.MatchString(line)
		if m := inputRate.FindStringSubmatch(line); m != nil && (m[2] != "0" || m[3] != "0") {
			words = strings.TrimSpace(m[1])
		}
	}
	if !head {
		return "", fmt.Errorf("what a port receives: %w", text.ParseError("show interfaces", text.FirstLine(reply)))
	}
	return words, nil
}
