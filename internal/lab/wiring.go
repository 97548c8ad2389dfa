package lab

import (
	"errors"
	"fmt"
)

// wire adds links, hosts and generators. References are valid: Validate ran.
func (l *Lab) wire(s FabricSpec, platforms map[string]platform) error {
	var errs []error
	at := func(ref string) *port {
		sw, name, err := splitRef(platforms, ref)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		p := l.byName[sw].node.byName[name]
		if p == nil {
			errs = append(errs, fmt.Errorf("switch %s has no port %s", sw, name))
		}
		return p
	}
	for _, k := range s.Links {
		if a, b := at(k.A), at(k.B); a != nil && b != nil {
			l.fabric.link(a, b)
		}
	}
	for _, h := range s.Hosts {
		if p := at(h.At); p != nil {
			l.fabric.plug(p, h.neutral())
		}
	}
	for _, t := range s.Traffic {
		if p := at(t.At); p != nil {
			p.addTraffic(t.Direction == "out", t.neutral())
		}
	}
	return errors.Join(errs...)
}

// neutral is a host as the fabric knows it.
func (h HostSpec) neutral() host {
	address, _ := parseMAC(h.MAC) // Validate has seen what is none
	out := host{name: h.Name, mac: address, vlan: h.VLAN}
	if h.LLDP {
		out.speaks = append(out.speaks, "lldp")
	}
	if h.CDP {
		out.speaks = append(out.speaks, "cdp")
	}
	return out
}

// neutral is a generator as the fabric knows it.
func (t TrafficSpec) neutral() traffic {
	return traffic{vlan: t.VLAN, bits: rate(t.BitsPerSecond), frames: t.FramesPerSecond}
}
