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
	overRemoteVLAN(f, &c)
	if !canEnable(f) {
		old := no("the device's model has no way to enable a session: shutdown-source came with the revision of 2020-03-01 (17.2.1)", srcNative)
		c.Roles[mirror.RoleERSPANSource], c.Roles[mirror.RoleERSPANDestination] = old, old
	}
	tunnel := c.Roles[mirror.RoleERSPANSource]
	c.Shut.Level, c.ERSPANHeader, c.TTL, c.DSCP, c.MTU = tunnel.Level, tunnel, tunnel, tunnel, tunnel
	c.VRF = tunnel
	noEnd := no("the model has a VRF where a tunnel begins, and none where it ends", srcNative)
	c.EndVRF = &noEnd
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

// overRemoteVLAN is RSPAN in a VLAN that is there and that the trunks carry: the models of
// VLANs and of trunks are other ones, which are not written.
func overRemoteVLAN(f mirror.Facts, c *mirror.Capabilities) {
	for _, r := range []mirror.Role{mirror.RoleRSPANTransit, mirror.RoleRSPANSource, mirror.RoleRSPANDestination} {
		s := c.Roles[r]
		if s.OK() {
			s.Remark = "in a remote VLAN that is on the device, over trunks that carry it: over this transport neither is changed; " + byModel
			c.Roles[r] = s
		}
	}
	switch {
	case hasVLANList(f):
	case f.Extra[factNative] == "" && f.Version == "":
		c.Roles[mirror.RoleRSPANSource] = no("which remote VLANs the device's model takes is not known: it was not read", srcNative)
	default:
		c.Ranges.RemoteVLAN = mirror.Values{From: 1006, To: mirror.MaxVLAN} // up to 17.14.1, where copies go to the VLAN
	}
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
