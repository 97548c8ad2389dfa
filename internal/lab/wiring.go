package lab

import (
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// wire adds links, hosts and generators. References are valid: Validate ran.
func (l *Lab) wire(s FabricSpec, platforms map[string]plant.Platform) error {
	var errs []error
	at := func(ref string) *fabric.Port {
		sw, name, err := splitRef(platforms, ref)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		p := l.byName[sw].node.ByName[name]
		if p == nil {
			errs = append(errs, fmt.Errorf("switch %s has no port %s", sw, name))
		}
		return p
	}
	for _, k := range s.Links {
		if a, b := at(k.A), at(k.B); a != nil && b != nil {
			l.fabric.Link(a, b)
		}
	}
	for _, h := range s.Hosts {
		if p := at(h.At); p != nil {
			l.fabric.Plug(p, h.neutral())
		}
	}
	for _, t := range s.Traffic {
		if p := at(t.At); p != nil {
			l.fabric.AddTraffic(p, t.Direction == "out", t.neutral())
		}
	}
	return errors.Join(errs...)
}

// neutral is a host as the fabric knows it.
func (h HostSpec) neutral() fabric.Host {
	address, _ := fabric.ParseMAC(h.MAC) // Validate has seen what is none
	out := fabric.Host{Name: h.Name, MAC: address, VLAN: h.VLAN}
	if h.LLDP {
		out.Speaks = append(out.Speaks, "lldp")
	}
	if h.CDP {
		out.Speaks = append(out.Speaks, "cdp")
	}
	return out
}

// neutral is what a platform is told of a switch.
func (sw SwitchSpec) neutral() plant.Spec {
	out := plant.Spec{Name: sw.Name, Hostname: sw.Hostname, Model: sw.Model, Version: sw.Version, Serial: sw.Serial, Banner: sw.Banner,
		Config: sw.Config, Secret: sw.EnableSecret, FirstIndex: sw.SNMP.firstIndex(), Settings: sw.decodeSettings}
	for _, c := range sw.Credentials {
		out.Users = append(out.Users, plant.User{Name: c.Username, Privilege: c.Privilege})
	}
	for _, p := range sw.Ports {
		out.Ports = append(out.Ports, fabric.PortSpec{Name: p.Name, Speed: fabric.BitRate(p.Speed)})
	}
	for _, n := range sw.NativeSessions {
		out.Native = append(out.Native, plant.NativeSession{ID: n.ID, Type: n.Type, Fields: n.Fields, Config: n.Config})
	}
	if l := sw.Limits; l != nil {
		out.Limits = plant.Limits{SourceSessions: l.SourceSessions, Destinations: l.Destinations, SourcePorts: l.SourcePorts}
	}
	return out
}

// decodeSettings reads the platform's own settings; unknown keys are errors.
func (sw SwitchSpec) decodeSettings(into any) error {
	if sw.Settings.IsZero() {
		return nil
	}
	if err := decodeStrict(&sw.Settings, into); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}
