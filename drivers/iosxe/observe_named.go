package iosxe

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

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

// namedCommands ask for the ports of a look, beside the narrow view.
func namedCommands(look mirror.Look) []string {
	var out []string
	for _, p := range look.Ports {
		if grammar.Canonical(p) {
			out = append(out, showPortConfig(p), showPortStatus(p))
		}
	}
	return append(out, trafficCommands(look, false)...)
}

// trafficCommands ask what the ports of a look learn, hear and receive; with
// around, everything but what they receive is read already.
func trafficCommands(look mirror.Look, around bool) []string {
	var out []string
	for _, p := range look.Traffic {
		if !grammar.Canonical(p) {
			continue
		}
		out = append(out, showPortRates(p))
		if !around {
			out = append(out, showPortMACs(p))
		}
	}
	if len(out) > 0 && !around {
		out = append(out, showLLDP, showCDP)
	}
	return out
}

// readNamed brings the ports of a look up to date from replies to
// namedCommands. It is false when the device does not answer such questions:
// then everything has to be read.
func (c *Conn) readNamed(look mirror.Look, replies map[string]string) (bool, error) {
	if len(look.Ports)+len(look.Traffic) == 0 {
		return true, nil
	}
	for _, p := range look.Traffic { // of what is stored nobody knows yet which command there is
		if absent(replies[showPortMACs(p)]) && c.state.looked.IsZero() {
			return false, nil
		}
	}
	next := c.state.clone()
	var err error
	if next.around, err = next.around.with(look, replies); err != nil {
		return false, err
	}
	for i, old := range next.observation.Ports {
		if !slices.Contains(look.Ports, old.Name) {
			continue
		}
		config, status := replies[showPortConfig(old.Name)], replies[showPortStatus(old.Name)]
		if absent(config) || absent(status) {
			return false, nil
		}
		cfg, err := parseSection(config)
		if err != nil {
			return false, err
		}
		rows, err := parseStatus(status)
		if err != nil {
			return false, err
		}
		named := func(full mirror.PortName) bool { return full == old.Name }
		if len(rows) != 1 || !named(rows[0].name.Full()) || !slices.ContainsFunc(cfg.interfaces, func(i iface) bool { return named(i.name.Full()) }) {
			return false, nil
		}
		port := rows[0].port(newSurroundings(&cfg, next.around))
		port.Members = old.Members // those of a port-channel stand in their own stanzas
		next.observation.Ports[i] = port
	}
	c.state = next
	return true, nil
}

// with is what is around, with what replies tell of the traffic of a look's
// ports. A question that the device does not know leaves what was known.
func (a around) with(look mirror.Look, replies map[string]string) (around, error) {
	if len(look.Traffic) == 0 {
		return a, nil
	}
	a.macs, a.received = maps.Clone(a.macs), maps.Clone(a.received)
	for _, p := range look.Traffic {
		if reply, read := answered(replies, showPortMACs(p)); read {
			if a.macs == nil {
				a.macs = map[mirror.PortName]int{}
			}
			found, err := parseMACs(reply)
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
func readNeighbours(replies map[string]string) ([]neighbour, error) {
	var out []neighbour
	for _, by := range []struct{ protocol, command string }{{"LLDP", showLLDP}, {"CDP", showCDP}} {
		reply, read := answered(replies, by.command)
		if !read {
			continue
		}
		found, err := parseNeighbours(by.protocol, reply)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// The command for learned addresses has a hyphen more in older systems
// (general knowledge: IOS 12.1 on Catalyst, and switch modules of routers).
const macTable, hyphenMACTable = "show mac address-table ", "show mac-address-table "

// spoken is a command as this device knows it.
func (c *Conn) spoken(command string) string {
	if rest, ok := strings.CutPrefix(command, macTable); ok && c.state != nil && c.state.around.hyphen {
		return hyphenMACTable + rest
	}
	return command
}

// hyphenated asks for the addresses with the older command where the device
// refused the other, and reports which one it knows.
func (c *Conn) hyphenated(ctx context.Context, replies map[string]string) (hyphen bool, err error) {
	was := c.state != nil && c.state.around.hyphen
	reply, asked := replies[showMACs]
	if !asked || !absent(reply) || was {
		return was, nil
	}
	other := hyphenMACTable + strings.TrimPrefix(showMACs, macTable)
	more, err := c.run(ctx, other)
	if err != nil {
		return false, err
	}
	if absent(more[other]) {
		return false, nil
	}
	replies[showMACs] = more[other]
	return true, nil
}

// answered finds the reply to a command that was asked and not refused.
func answered(replies map[string]string, command string) (reply string, read bool) {
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
		head = head || interfaceLine.MatchString(line)
		if m := inputRate.FindStringSubmatch(line); m != nil && (m[2] != "0" || m[3] != "0") {
			words = strings.TrimSpace(m[1])
		}
	}
	if !head {
		return "", fmt.Errorf("what a port receives: %w", text.ParseError("show interfaces", text.FirstLine(reply)))
	}
	return words, nil
}
