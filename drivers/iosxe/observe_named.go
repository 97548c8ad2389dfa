package iosxe

import (
	"fmt"
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

// traffic is what the destination guard asks beside.
var traffic = &console.TrafficReads{
	MACs: showMACs, PortMACs: showPortMACs, PortRates: showPortRates, Absent: absent,
	Count: macTable.Count, Received: parseReceived, Heard: []*text.Neighbours{lldpTable, cdpTable},
}

// namedCommands ask for the ports of a look, and what they learn, hear and receive.
func namedCommands(look mirror.Look, whole, around bool) (out []string) {
	for _, p := range look.Ports {
		if !whole {
			out = append(out, showPortConfig(p), showPortStatus(p))
		}
	}
	return append(out, traffic.Named(look, around)...)
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
	p = portOf(rows[0], newSurroundings(&cfg, a.traffic))
	p.Members = old.Members // those of a port-channel stand in their own stanzas
	return p, true, nil
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
