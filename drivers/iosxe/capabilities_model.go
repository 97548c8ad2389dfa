package iosxe

import (
	"fmt"
	"maps"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	srcNative = "Cisco-IOS-XE-native, container monitor (YangModels, 17.12.1 and 17.18.1)"
	byModel   = "by the model alone, which no device was seen to take"
)

// ModelCapabilities of a device over a data model: what the command line can do and
// Cisco-IOS-XE-native can say, in the revision that the device announces. Nothing of it
// was seen on a device.
func ModelCapabilities(f mirror.Facts) mirror.Capabilities {
	c := Capabilities(f)
	c.Roles = maps.Clone(c.Roles)
	for role, s := range c.Roles {
		c.Roles[role] = modelled(s)
	}
	for _, r := range []mirror.Role{mirror.RoleRSPANTransit, mirror.RoleRSPANSource, mirror.RoleRSPANDestination} {
		c.Roles[r] = no("over this transport no VLAN for copies is made, on which RSPAN stands: the model of VLANs is another one, which is not written", srcNative)
	}
	if !canEnable(f) {
		old := no("the device's model has no way to enable a session: shutdown-source came with the revision of 2020-03-01 (17.2.1)", srcNative)
		c.Roles[mirror.RoleERSPANSource], c.Roles[mirror.RoleERSPANDestination] = old, old
	}
	tunnel := c.Roles[mirror.RoleERSPANSource]
	c.Shut.Level, c.ERSPANHeader, c.TTL, c.DSCP, c.MTU = tunnel.Level, tunnel, tunnel, tunnel, tunnel
	c.VRF = no("the model has a VRF where a tunnel begins, and none where it ends", srcNative)
	sources := map[mirror.SourceKind]map[mirror.Direction]mirror.Support{}
	for kind, directions := range c.Sources {
		sources[kind] = map[mirror.Direction]mirror.Support{}
		for d, s := range directions {
			sources[kind][d] = modelled(s)
		}
	}
	c.Sources = sources
	c.TagsPreserve, c.TagsStrip, c.FilterVLANs, c.PortSetup = modelled(c.TagsPreserve), modelled(c.TagsStrip), modelled(c.FilterVLANs), modelled(c.PortSetup)
	if !hasFilterVLANs(f) {
		c.FilterVLANs = no("the device's model has no filter of VLANs for SPAN: it came with the revision of 2025-07-01 (17.18.1)", srcNative)
	}
	c.Filter = no("over this transport no access list is made: their model is another one, which is not written", srcNative)
	c.IPv6 = no("the model has no IPv6 address for ERSPAN", srcNative)
	mtu := c.Ranges.MTU
	c.Ranges.MTU = mirror.Values{From: max(mtu.From, 176), To: min(mtu.To, 9000)}
	c.Counting = mirror.Counting{Remark: "nothing is counted over this transport; transports.counters may name one that counts", Source: srcNative,
		Drops: no("nothing is counted over this transport", srcNative)}
	return c
}

// modelled is what the model can say, where the device can do it.
func modelled(s mirror.Support) mirror.Support {
	if s.Level == mirror.Yes {
		s.Level = mirror.Unverified
	}
	if s.OK() {
		s.Source += "; " + srcNative
		if s.Remark != "" {
			s.Remark += "; "
		}
		s.Remark += byModel
	}
	return s
}

// modelAgainst refuses what Capabilities.Forbids does not know: what the command line
// refuses, and what the model of the device cannot say.
func modelAgainst(f mirror.Facts, o mirror.Observation, n mirror.NativeSpec) []mirror.Reason {
	reasons := against(f, o, n)
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf(format, args...), Source: srcNative})
		}
	}
	vlans := 0
	for _, s := range n.Sources {
		if s.VLAN != 0 {
			vlans++
		}
	}
	classic := !subMode(n.Role)
	refuse(classic && vlans > 1 && !hasVLANList(f), "%d VLANs are sources, and over this transport the device takes one: vlan-list came with the revision of 2024-07-01 (17.15.1)", vlans)
	return reasons
}
