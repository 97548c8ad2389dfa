package eos

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An interfaceReply is an interface of "show interfaces | json". Figures that are not
// told are nil.
type interfaceReply struct {
	LineProtocolStatus  string
	Bandwidth           float64
	InterfaceStatistics struct{ InBitsRate, InPktsRate float64 }
	InterfaceCounters   struct {
		InOctets, InUcastPkts, InMulticastPkts, InBroadcastPkts                  *uint64
		OutOctets, OutUcastPkts, OutMulticastPkts, OutBroadcastPkts, OutDiscards *uint64
	}
}

func parseInterfaces(reply string) (map[string]interfaceReply, error) {
	var s struct{ Interfaces map[string]interfaceReply }
	err := object("show interfaces | json", reply, &s, func() bool { return s.Interfaces != nil })
	return s.Interfaces, err
}

// parseReceived says what a port receives: the device's own figures, a mean over its
// load interval, "" for nothing.
func parseReceived(reply string, p mirror.PortName) (words string, err error) {
	all, err := parseInterfaces(reply)
	if s := all[string(p)].InterfaceStatistics; err == nil && (s.InBitsRate >= 1 || s.InPktsRate >= 1) {
		words = fmt.Sprintf("input rate %.0f bits/sec, %.0f packets/sec", s.InBitsRate, s.InPktsRate)
	}
	return words, err
}

// counterCommands ask for the counters of ports, of all when none is named.
func counterCommands(ports []mirror.PortName) (out []string) {
	if len(ports) == 0 {
		return []string{"show interfaces | json"}
	}
	for _, p := range ports {
		out = append(out, showPort(p))
	}
	return out
}

// readCounters leaves out ports whose figures are not all told.
func readCounters(reply string) (out []mirror.PortCounters, err error) {
	all, err := parseInterfaces(reply)
	for name, i := range all {
		c := i.InterfaceCounters
		p := mirror.PortCounters{Port: portNamed(name), Up: mirror.False, Bandwidth: mirror.BitsPerSecond(i.Bandwidth)}
		if i.LineProtocolStatus == "up" {
			p.Up = mirror.True
		}
		told := grammar.Canonical(p.Port)
		for _, sum := range []struct {
			to   *uint64
			from []*uint64
		}{{&p.InOctets, []*uint64{c.InOctets}}, {&p.InPackets, []*uint64{c.InUcastPkts, c.InMulticastPkts, c.InBroadcastPkts}},
			{&p.OutOctets, []*uint64{c.OutOctets}}, {&p.OutPackets, []*uint64{c.OutUcastPkts, c.OutMulticastPkts, c.OutBroadcastPkts}},
			{&p.OutDrops, []*uint64{c.OutDiscards}}} {
			for _, figure := range sum.from {
				if told = told && figure != nil; told {
					*sum.to += *figure
				}
			}
		}
		if told {
			out = append(out, p)
		}
	}
	return out, err
}
