package eos

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// showPorts tells of all ports what showPort tells of one.
const showPorts = "show interfaces | json"

// An interfaceReply is an interface of "show interfaces | json". Figures that are not
// told are nil.
type interfaceReply struct {
	LineProtocolStatus  string
	Bandwidth           float64
	InterfaceStatistics *struct {
		InBitsRate, InPktsRate, OutBitsRate, OutPktsRate *float64
		UpdateInterval                                   float64
	}
	InterfaceCounters *struct {
		InOctets, InUcastPkts, InMulticastPkts, InBroadcastPkts                  *uint64
		OutOctets, OutUcastPkts, OutMulticastPkts, OutBroadcastPkts, OutDiscards *uint64
		// LastClear is in seconds since 1970, by the clock of the switch, and missing where
		// the counters were never cleared (public recordings; arista-eos.md is silent).
		LastClear float64
	}
}

func parseInterfaces(reply string) (map[string]interfaceReply, error) {
	var s struct{ Interfaces map[string]interfaceReply }
	err := object(showPorts, reply, &s, func() bool { return s.Interfaces != nil })
	return s.Interfaces, err
}

// parseReceived says what a port receives: the device's own figures, a mean over its
// load interval, "" for nothing.
func parseReceived(reply string, p mirror.PortName) (words string, err error) {
	all, err := parseInterfaces(reply)
	if in := all[string(p)].counters(p).In; in != nil && (in.Bits >= 1 || in.Packets >= 1) {
		words = fmt.Sprintf("input rate %d bits/sec, %.0f packets/sec", in.Bits, in.Packets)
	}
	return words, err
}

// readCounters reads the ports among the interfaces, by name.
func readCounters(reply string, _ time.Time) (out []mirror.PortCounters, err error) {
	all, err := parseInterfaces(reply)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if p := all[name].counters(portNamed(name)); grammar.Canonical(p.Port) {
			out = append(out, p)
		}
	}
	return out, err
}

func (i interfaceReply) counters(name mirror.PortName) mirror.PortCounters {
	p := mirror.PortCounters{Port: name, Up: mirror.False}
	switch i.LineProtocolStatus {
	case "up":
		p.Up = mirror.True
	case "", "unknown":
		p.Up = mirror.Unknown
	}
	if i.Bandwidth > 0 && i.Bandwidth < mostRate {
		p.Bandwidth = mirror.BitsPerSecond(i.Bandwidth)
	}
	if s := i.InterfaceStatistics; s != nil {
		p.In, p.Out = mean(s.InBitsRate, s.InPktsRate, s.UpdateInterval), mean(s.OutBitsRate, s.OutPktsRate, s.UpdateInterval)
	}
	c := i.InterfaceCounters
	if c == nil {
		return p
	}
	p.Discontinuity = "never"
	if c.LastClear > 0 {
		p.Discontinuity = strconv.FormatFloat(c.LastClear, 'f', -1, 64)
	}
	p.Complete = true
	for _, sum := range []struct {
		to   *uint64
		from []*uint64
	}{{&p.InOctets, []*uint64{c.InOctets}}, {&p.InPackets, []*uint64{c.InUcastPkts, c.InMulticastPkts, c.InBroadcastPkts}},
		{&p.OutOctets, []*uint64{c.OutOctets}}, {&p.OutPackets, []*uint64{c.OutUcastPkts, c.OutMulticastPkts, c.OutBroadcastPkts}},
		{&p.OutDrops, []*uint64{c.OutDiscards}}} {
		for _, figure := range sum.from {
			p.Complete = p.Complete && figure != nil
			*sum.to += *cmp.Or(figure, new(uint64))
		}
	}
	return p
}

// mostRate is more than any port carries, in bits or packets a second.
const mostRate = 1 << 50

// mean is a rate that the device reckoned, nil where it does not tell one that can be;
// updateInterval is in seconds.
func mean(bits, packets *float64, interval float64) *mirror.MeanRate {
	can := func(rate *float64) bool { return rate != nil && *rate >= 0 && *rate < mostRate }
	if !can(bits) || !can(packets) {
		return nil
	}
	r := &mirror.MeanRate{Bits: mirror.BitsPerSecond(*bits), Packets: *packets}
	if interval > 0 && interval < 1e6 {
		r.Over = time.Duration(interval * float64(time.Second))
	}
	return r
}
