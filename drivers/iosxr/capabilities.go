package iosxr

import (
	"slices"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Where the levels come from. No live recording of a monitor session on IOS-XR is
// public: what Cisco's guides show with an example counts as yes, what a model or a
// table names as unverified.
const (
	srcGuide = "Cisco, Configuring Traffic Mirroring, NCS 560 7.0.x and 7.1.x, NCS 5500 7.4.x"
	srcRan   = "xrdocs/ncs5500, user-defined-field tutorial (ERSPAN by a GRE tunnel, a lab of its author)"
	srcYANG  = "YangModels/yang, vendor/cisco/xr: Cisco-IOS-XR-um-monitor-session-cfg, Cisco-IOS-XR-Ethernet-SPAN-cfg"
	src8000  = "Cisco 8000 Traffic Mirroring guide, Restrictions for traffic mirroring"
	srcLists = "Cisco 8000 Traffic Mirroring guide, Restrictions for local SPAN; xrdocs/ncs5500"
	src9000  = "Cisco ASR 9000 guides 5.1.x and 6.3.x, Configuring Traffic Mirroring"
	srcRates = "networktocode/ntc-templates, cisco_xr show interfaces"
	src1     = srcGuide
)

// Capabilities of a device. What a card refuses beyond the families that the sheet tells
// apart, the device says.
func Capabilities(f mirror.Facts) mirror.Capabilities {
	k := familyOf(f)
	yes := mirror.Support{Level: mirror.Yes, Source: srcGuide}
	named := func(remark string) mirror.Support {
		return mirror.Support{Level: mirror.Unverified, Source: srcYANG, Remark: remark}
	}
	each := func(rx, tx mirror.Support) map[mirror.Direction]mirror.Support {
		return map[mirror.Direction]mirror.Support{mirror.RX: rx, mirror.TX: tx, mirror.Both: tx}
	}
	all := func(s mirror.Support) map[mirror.Direction]mirror.Support { return each(s, s) }
	sent, bundle := yes, mirror.Support{Level: mirror.Unverified, Source: srcGuide, Remark: "limited by the card"}
	switch k {
	case cisco8000:
		sent = no("only what arrives is mirrored", src8000)
	case anyFamily:
		sent = mirror.Support{Level: mirror.Unverified, Source: srcGuide, Remark: "not on the Cisco 8000"}
	}
	noRSPAN := no("there are no VLANs for copies: name a port, or a collector", srcGuide)
	noVLAN := no("VLANs are no sources: name the subinterfaces that carry them", srcGuide)
	noWord := no("no document shows the word for it", srcYANG)
	c := mirror.Capabilities{
		Roles: map[mirror.Role]mirror.Support{
			mirror.RoleLocal:            yes,
			mirror.RoleRSPANSource:      noRSPAN,
			mirror.RoleRSPANTransit:     noRSPAN,
			mirror.RoleRSPANDestination: noRSPAN,
			mirror.RoleERSPANSource: {Level: mirror.Yes, Source: srcRan,
				Remark: "out of a tunnel interface that netmirror makes; no document shows how an ERSPAN id is given: ask for id 0, the device's own"},
			mirror.RoleERSPANDestination: no("no session ends a tunnel", srcGuide),
		},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{
			mirror.SourcePort: each(yes, sent),
			mirror.SourceSub:  each(yes, sent),
			mirror.SourceLAG:  each(bundle, less(bundle, sent)),
			mirror.SourceVLAN: all(noVLAN),
		},
		MixedSources:      noVLAN,
		LAGDestination:    named("newer releases; limited by the card"),
		CPUDestination:    no("copies to a file of the device reach no tool outside it", srcYANG),
		SharedDestination: no("no document shows a port as the destination of several sessions", srcYANG),
		TagsPreserve:      mirror.Support{Level: mirror.Unverified, Source: srcGuide, Remark: "there is no option for tags; frames are copied as they are"},
		TagsStrip:         no("there is no option for tags", srcYANG),
		IngressEnabled:    no("there is no option for what arrives on a destination port", srcYANG),
		Shut:              no("a session cannot be shut down", srcYANG),
		PortSetup:         mirror.Support{Level: mirror.Unverified, Source: srcGuide, Remark: "switches a destination port on that is shut down, and off again"},
		ERSPANHeader:      mirror.Support{Level: mirror.Yes, Source: srcRan, Remark: "with the device's own ERSPAN id"},
		GRE:               no("copies carry an ERSPAN header", srcRan),
		VRF:               general("tunnel vrf"), TTL: general("tunnel ttl"), DSCP: general("tunnel tos"),
		MTU: noWord, IPv6: no("the tunnel is over IPv4", srcRan), NeedsOrigin: true,
		FilterVLANs: no("there is no filter by VLAN", srcYANG),
		Filter: mirror.Support{Level: mirror.Yes, Source: srcLists,
			Remark: "an access list that netmirror makes at the ingress of the sources, of which every entry permits; refused where another list stands"},
		FilterAt:  mirror.FilterAtSources,
		RuleVLANs: no("an access list of IPv4 knows no VLANs", srcLists),
		Truncate:  named("mirror first, at each source"),
		Sample:    named("mirror interval, at each source"),
		Ranges: mirror.Ranges{Truncate: mirror.Values{From: 1, To: 10000}, Sample: powers(2, 16<<10), ERSPANID: mirror.Values{Only: []int{0}},
			Type: mirror.Values{Only: []int{0}}, TTL: mirror.Values{From: 1, To: 255}},
		Tunnels: &ourTunnels,
		Atomic:  true, Persistent: true, Naming: mirror.Named,
		Counting: mirror.Counting{At: mirror.CountedUnverified, Source: srcRates,
			Remark: "in the packets output of the destination port; no recording shows that copies are among them",
			Drops:  mirror.Support{Level: mirror.Unverified, Source: srcRates, Remark: "total output drops of the destination port"}},
		Limits: []mirror.Limit{{Counts: mirror.LimitDestinations, Scope: "device", Max: 1, Source: srcYANG}},
	}
	c.Limits = append(c.Limits, most(k))
	if !from(f.Version, 7, 4, 2) { // from then on a source is a list of sessions (cisco-iosxr.md 3.1, 3.2)
		c.Limits = append(c.Limits, mirror.Limit{Counts: mirror.LimitSessionsPerSource, Scope: "device", Max: 1,
			Source: srcYANG + " (up to 7.2.1 a source holds one session of a kind; a second takes its place)"})
	}
	if k == asr9000 {
		c.Truncate = mirror.Support{Level: mirror.Unverified, Source: src9000, Remark: "partial packet mirroring"}
		c.Ranges.Truncate = mirror.Values{From: 64, To: 256}
	}
	return c
}

// most is how many sessions a device holds: figures of general knowledge.
func most(k family) mirror.Limit {
	l := mirror.Limit{Counts: mirror.LimitSessions, Scope: "device", Max: 4, Source: "a caution of netmirror's: the figure for the NCS and 8000 families is general knowledge"}
	if k == asr9000 {
		l.Max, l.Source = 8, src9000+" (history and examples; the figure is general knowledge)"
	}
	return l
}

// from reports whether a version is that of a release, or later.
func from(version string, release ...int) bool {
	return slices.Compare(text.Release(version), release) >= 0
}

// powers are the powers of two between two of them.
func powers(from, to int) (v mirror.Values) {
	for ; from <= to; from *= 2 {
		v.Only = append(v.Only, from)
	}
	return v
}

func no(remark, source string) mirror.Support { return mirror.Support{Remark: remark, Source: source} }

// less is the smaller of two abilities.
func less(a, b mirror.Support) mirror.Support {
	if !b.OK() {
		return b
	}
	return a
}

// general is what only general knowledge says of the tunnel.
func general(word string) mirror.Support {
	return mirror.Support{Level: mirror.Unverified, Source: "general knowledge of IOS-XR tunnel interfaces", Remark: word}
}
