package srl

import (
	"fmt"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// countReads asks for the counters of ports, and of instances where they have some.
func countReads(f mirror.Facts, ask mirror.CounterAsk) []models.Read {
	var out []models.Read
	names := []string{"*"}
	if !ask.All && !(ask.Natives && counted(f) == countAtPort) {
		names = nil
		for _, p := range ask.Distinct() {
			names = append(names, string(p))
		}
	}
	for _, name := range names {
		for _, below := range [][]string{{"oper-state"}, {"ethernet", "port-speed"}, {"statistics"}} {
			out = append(out, models.Read{Path: data.P(data.S("interface", "name", name)).To(data.Names(below...)...), State: true})
		}
	}
	if ask.Natives && counted(f) != "" {
		out = append(out, models.Read{Path: data.Names("system", "mirroring"), State: true})
		if counted(f) == countAtPort {
			out = append(out, models.Read{Path: data.Names("system", "mirroring")})
		}
	}
	return out
}

// count reads the counters that were asked for.
func count(f mirror.Facts, ask mirror.CounterAsk, a models.Answers) (mirror.CounterRead, error) {
	out := mirror.CounterRead{At: time.Now(), Missing: map[mirror.PortName]string{}}
	all, err := entries(a.State, "interface", "name")
	if err != nil {
		return out, err
	}
	for name, n := range all {
		p, err := portCounters(mirror.PortName(name), n)
		if err != nil {
			return out, err
		}
		if _, index := base(p.Port); index < 0 && ask.Wants(p) {
			out.Ports = append(out.Ports, p)
		}
	}
	for _, p := range ask.Distinct() {
		if all[string(p)] == nil {
			out.Missing[p] = "the device does not tell counters of it"
		}
	}
	if ask.Natives {
		out.Natives, err = copies(f, a, all)
	}
	return out, err
}

// counterOf reads a counter; those of 64 bits are strings in JSON (RFC 7951 section 6.1).
func counterOf(n *data.Node, name string) (v uint64, told bool, err error) {
	text := n.Text(name)
	if text == "" {
		return 0, false, nil
	}
	v, err = strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("%s %q: %w", name, text, mirror.ErrParse)
	}
	return v, true, nil
}

// packets are all of one way, which older releases tell by their kinds alone (recording
// of 23.10).
func packets(n *data.Node, way string) (uint64, bool, error) {
	if v, told, err := counterOf(n, way+"-packets"); told || err != nil {
		return v, told, err
	}
	var sum uint64
	for _, kind := range []string{"unicast", "broadcast", "multicast"} {
		v, told, err := counterOf(n, way+"-"+kind+"-packets")
		if !told || err != nil {
			return 0, false, err
		}
		sum += v
	}
	return sum, true, nil
}

func portCounters(name mirror.PortName, n *data.Node) (p mirror.PortCounters, err error) {
	p = mirror.PortCounters{Port: name, Up: operState(n), Complete: true, Discontinuity: n.Text("statistics", "last-clear")}
	if p.Bandwidth, err = speed(n.Text("ethernet", "port-speed")); err != nil {
		return p, fmt.Errorf("interface %s: %w", name, err)
	}
	s := n.Child("statistics")
	for leaf, to := range map[string]*uint64{"in-octets": &p.InOctets, "out-octets": &p.OutOctets, "out-discarded-packets": &p.OutDrops} {
		v, told, err := counterOf(s, leaf)
		if err != nil {
			return p, fmt.Errorf("interface %s: %w", name, err)
		}
		*to, p.Complete = v, p.Complete && told
	}
	for way, to := range map[string]*uint64{"in": &p.InPackets, "out": &p.OutPackets} {
		v, told, err := packets(s, way)
		if err != nil {
			return p, fmt.Errorf("interface %s: %w", name, err)
		}
		*to, p.Complete = v, p.Complete && told
	}
	return p, nil
}

// copies are the counters of instances. What several instances, or tunnels, send out of
// one interface is one figure: it is told of a local destination alone.
func copies(f mirror.Facts, a models.Answers, ports map[string]*data.Node) (out []mirror.NativeCopies, err error) {
	state, err := instances(a.State.Child("system"))
	if err != nil {
		return nil, err
	}
	config, err := instances(a.Config.Child("system"))
	if err != nil {
		return nil, err
	}
	at := counted(f)
	if at == countAtPort {
		for name, n := range config {
			port, _ := base(mirror.PortName(n.Text("mirror-destination", "local")))
			c, err := figures(ports[string(port)].Child("statistics"), "out-mirror-packets", "out-mirror-octets")
			if err != nil {
				return nil, err
			}
			out = append(out, named(name, c))
		}
		return out, nil
	}
	for name, n := range state {
		s := n.At("mirror-destination", "statistics")
		in, err := figures(s, "ingress-mirrored-packets", "ingress-mirrored-octets")
		if err != nil {
			return nil, err
		}
		eg, err := figures(s, "egress-mirrored-packets", "egress-mirrored-octets")
		if err != nil {
			return nil, err
		}
		out = append(out, named(name, mirror.Copies{Known: in.Known || eg.Known, Packets: in.Packets + eg.Packets, Octets: in.Octets + eg.Octets}))
	}
	return out, nil
}

func figures(n *data.Node, packets, octets string) (c mirror.Copies, err error) {
	if c.Packets, c.Known, err = counterOf(n, packets); err != nil {
		return c, err
	}
	c.Octets, _, err = counterOf(n, octets)
	return c, err
}

func named(id string, c mirror.Copies) mirror.NativeCopies {
	out := mirror.NativeCopies{ID: id, Copies: c}
	if markName.MatchString(id) {
		out.Mark = id
	}
	return out
}
