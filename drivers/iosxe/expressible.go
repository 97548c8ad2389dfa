package iosxe

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Keys of Observation.Handles.
const (
	handleACLs = "access-lists" // IP access lists by name, ",a,b,"
)

// vrfName and the patterns of names keep anything that is not a word away from
// the command line, whatever was validated before.
var vrfName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

// checker collects the reasons against a spec.
type checker struct{ reasons []mirror.Reason }

func (c *checker) refuse(bad bool, format string, args ...any) {
	if bad {
		c.reasons = append(c.reasons, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf(format, args...)})
	}
}

// inexpressible refuses what the command line of a model cannot say, or what
// would not copy: every reason at once.
func inexpressible(s mirror.NativeSpec, q quirk, o mirror.Observation) []mirror.Reason {
	c := &checker{}
	switch s.Role {
	case mirror.RoleLocal, mirror.RoleRSPANSource, mirror.RoleRSPANDestination, mirror.RoleERSPANSource, mirror.RoleERSPANDestination:
	default:
		c.refuse(true, "role %q has no session on this platform; it takes a VLAN and trunks, which are not changed", s.Role)
		return c.reasons
	}
	c.sources(s)
	c.destinations(s, q)
	c.remote(s, o)
	c.options(s, q, o)
	switch s.Role {
	case mirror.RoleLocal:
		c.refuse(q.NoLocal, "%s has no SPAN between its ports", q.Name)
	case mirror.RoleRSPANSource, mirror.RoleRSPANDestination:
		c.refuse(q.NoLocal, "no document shows RSPAN on %s", q.Name)
	case mirror.RoleERSPANSource, mirror.RoleERSPANDestination:
		c.refuse(q.ERSPAN == mirror.No, "no document shows ERSPAN on %s", q.Name)
		c.tunnel(s, q)
	}
	return c.reasons
}

func (c *checker) sources(s mirror.NativeSpec) {
	ports, vlans := 0, 0
	for _, src := range s.Sources {
		switch {
		case src.All:
			c.refuse(true, "a source of everything is never made")
		case src.VLAN != 0:
			vlans++
			c.refuse(src.VLAN < 1 || src.VLAN > 4094, "VLAN %d is not between 1 and 4094", src.VLAN)
			c.refuse(src.VLAN == s.RemoteVLAN, "VLAN %d is the remote VLAN itself", src.VLAN)
		default:
			ports++
			c.refuse(!grammar.Canonical(src.Port), "%q is no port of this platform", src.Port)
			c.refuse(slices.Contains(s.Destinations, src.Port), "port %s is source and destination", src.Port)
		}
		c.refuse(!slices.Contains([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}, src.Direction), "direction %q", src.Direction)
	}
	sends := s.Role != mirror.RoleRSPANDestination && s.Role != mirror.RoleERSPANDestination
	c.refuse(sends && ports+vlans == 0, "a session without sources")
	c.refuse(!sends && ports+vlans > 0, "role %s has no sources of its own", s.Role)
	c.refuse(ports > 0 && vlans > 0, "source interfaces and source VLANs cannot be in one session")
	c.refuse(vlans > 0 && len(s.Options.FilterVLANs) > 0, "filterVlans beside VLAN sources")
}

func (c *checker) destinations(s mirror.NativeSpec, q quirk) {
	ends := s.Role == mirror.RoleLocal || s.Role == mirror.RoleRSPANDestination || s.Role == mirror.RoleERSPANDestination
	c.refuse(ends && len(s.Destinations) == 0, "a session without a destination")
	c.refuse(!ends && len(s.Destinations) > 0, "role %s has no destination port", s.Role)
	c.refuse(q.SessionPorts > 0 && len(s.Destinations) > q.SessionPorts, "%d destinations; %s allows %d", len(s.Destinations), q.Name, q.SessionPorts)
	for _, d := range s.Destinations {
		c.refuse(!grammar.Canonical(d), "%q is no port of this platform", d)
		c.refuse(grammar.IsLAG(d) && q.LAGDestination == mirror.No, "port-channel %s cannot be a destination on %s", d, q.Name)
	}
}

func (c *checker) remote(s mirror.NativeSpec, o mirror.Observation) {
	c.refuse(len(s.Trunks) > 0 || s.VLANMade || s.Setup != nil, "a session without its footings cannot be told to change them")
	if s.Role != mirror.RoleRSPANSource && s.Role != mirror.RoleRSPANDestination {
		c.refuse(s.RemoteVLAN != 0, "role %s has no remote VLAN", s.Role)
		return
	}
	v := s.RemoteVLAN
	c.refuse(v < 2 || v > 4094 || v > 1001 && v < 1006, "remote VLAN %d is not in 2-1001 or 1006-4094", v)
	if known, read := o.VLAN(v); read {
		c.refuse(!known.Remote, "VLAN %d is no remote-span VLAN on the device", v)
	}
}

func (c *checker) options(s mirror.NativeSpec, q quirk, observed mirror.Observation) {
	o := s.Options
	if s.Role == mirror.RoleLocal || s.Role == mirror.RoleRSPANDestination {
		c.refuse(o.Tags != mirror.TagsPreserve && o.Tags != mirror.TagsStrip, "tags %q", o.Tags)
		c.refuse(o.Ingress == mirror.IngressEnabled, "ingress enabled: the device asks for a VLAN, which a session cannot name yet")
		c.refuse(o.Ingress != mirror.IngressEnabled && o.Ingress != mirror.IngressDisabled, "ingress %q", o.Ingress)
		c.refuse(o.ERSPAN != nil || o.Collector != "", "a tunnel in a session of role %s", s.Role)
	} else {
		c.refuse(o.Tags != "" || o.Ingress != "", "role %s has no option for tags (%s) and ingress (%s)", s.Role, o.Tags, o.Ingress)
	}
	receives := s.Role == mirror.RoleRSPANDestination || s.Role == mirror.RoleERSPANDestination
	c.refuse(receives && (o.Filter != "" || len(o.FilterVLANs) > 0), "role %s has no filter: filters narrow sources", s.Role)
	c.refuse(o.Truncate != 0, "truncation to %d octets", o.Truncate)
	c.refuse(o.Sample != 0, "sampling of one in %d frames", o.Sample)
	for _, v := range o.FilterVLANs {
		c.refuse(v < 1 || v > 4094, "VLAN %d is not between 1 and 4094", v)
	}
	if o.Filter == "" {
		return
	}
	c.refuse(!text.ListName.MatchString(o.Filter) || strings.Contains(o.Filter, ":"), "%q is no name of an IP access list", o.Filter)
	c.refuse(q.ACL == mirror.No, "no document shows access list filters on %s", q.Name)
	if known, read := observed.Handles[handleACLs]; read {
		c.refuse(!slices.Contains(strings.Split(known, ","), o.Filter), "there is no IP access list %s on the device", o.Filter)
	}
}

func (c *checker) tunnel(s mirror.NativeSpec, q quirk) {
	t := tunnelOf(s)
	source := s.Role == mirror.RoleERSPANSource
	c.refuse(t.ID < 1 || t.ID > 1023, "ERSPAN id %d is not between 1 and 1023", t.ID)
	c.refuse(t.VRF != "" && !vrfName.MatchString(t.VRF), "%q is no name of a VRF", t.VRF)
	collector, err := netip.ParseAddr(s.Options.Collector)
	c.refuse(err != nil || collector.Zone() != "" || collector.String() != s.Options.Collector, "%q is no IP address where the copies end", s.Options.Collector)
	if !source {
		c.refuse(t.Origin != "" || t.TTL != 0 || t.DSCP != 0 || t.MTU != 0 || t.Type != 0, "origin, TTL, DSCP, MTU and type are of the sending side")
		return
	}
	c.refuse(t.Origin == "", "a tunnel needs an origin, an address of the device itself")
	origin, err := netip.ParseAddr(t.Origin)
	c.refuse(t.Origin != "" && (err != nil || origin.Zone() != "" || origin.String() != t.Origin), "%q is no IP address as origin", t.Origin)
	c.refuse(err == nil && origin.Is4() != collector.Is4(), "origin %s and collector %s are of two families", t.Origin, s.Options.Collector)
	c.refuse(t.TTL != 0 && (t.TTL < 2 || t.TTL > 255), "TTL %d is not between 2 and 255", t.TTL)
	c.refuse(t.DSCP < 0 || t.DSCP > 63, "DSCP %d is not between 0 and 63", t.DSCP)
	c.refuse(t.MTU != 0 && q.MTU.To != 0 && (t.MTU < q.MTU.From || t.MTU > q.MTU.To), "MTU %d is not between %d and %d, which %s takes", t.MTU, q.MTU.From, q.MTU.To, q.Name)
	c.refuse(t.MTU < 0 || t.MTU > 9216, "MTU %d", t.MTU)
	c.refuse(t.Type != 0 && t.Type != 2 && t.Type != 3, "ERSPAN type %d", t.Type)
}
