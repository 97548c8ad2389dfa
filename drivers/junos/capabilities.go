package junos

import (
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Where the levels come from. Yes is what public recordings or configurations of a
// device show; unverified is what Juniper's documents and models say.
const (
	srcSeen   = "public recordings of EX4300, ACX7000 and a legacy EX Virtual Chassis"
	srcYANG   = "Juniper/yang, *-conf-forwarding-options of 21.4R1 to 24.4R1"
	srcLegacy = "Juniper Junos 9.3 EX documents on analyzer, ratio and loss-priority"
	srcACX    = "public article on ACX7000 analyzers and Junos OS Evolved 22.4R1 notes"
	srcQFX    = "Juniper, Troubleshooting port mirroring, QFX Series, Junos 12.3"
	srcLocal  = "Juniper, Port Mirroring and Analyzers: Local and Remote Analysis"
	srcSheet  = "documents on analyzers that are named in capabilities.go of the driver"
	srcLists  = "ACX7000 mirroring article; batfish, grammar of Junos; Juniper 9.4 EX filter page"
	srcUsual  = "general knowledge of show interfaces extensive; no recording"
)

// mostSessions is a caution, no figure of the vendor's: for the EX switches of ELS none
// was found.
const mostSessions = 4

func no(remark, source string) mirror.Support { return mirror.Support{Remark: remark, Source: source} }

func unsure(source, remark string) mirror.Support {
	return mirror.Support{Level: mirror.Unverified, Source: source, Remark: remark}
}

// Capabilities of a device: by the hierarchy that its analyzers stand in, and by its
// family. Zero facts are those of an ELS switch.
func Capabilities(f mirror.Facts) mirror.Capabilities {
	c := ofELS()
	qfx := family(f.Model, "qfx", "nfx") && from(f, 23, 4, 2)
	switch {
	case hierarchy(f) == hierarchyNone:
		none := no("its copies are made by instances of port-mirroring, which firewall filters of the customer's policy feed; netmirror reads them and changes none", srcSheet)
		for role := range c.Roles {
			c.Roles[role] = none
		}
	case legacy(f):
		ofLegacy(&c)
	case family(f.Model, "acx"):
		c.DestinationSetup = mirror.PortSetup{} // no family is needed (1.1)
	}
	if qfx && !legacy(f) {
		c.DSCP, c.NoOrigin = unsure(srcYANG, "from 23.4R2"), ""
	}
	c.Limits = limits(f)
	return c
}

func ofELS() mirror.Capabilities {
	seen := mirror.Support{Level: mirror.Yes, Source: srcSeen}
	modelled := unsure(srcYANG, "")
	each := func(s mirror.Support) map[mirror.Direction]mirror.Support {
		return map[mirror.Direction]mirror.Support{mirror.RX: s, mirror.TX: s, mirror.Both: s}
	}
	noLeaf := no("an analyzer has no leaf for it", srcYANG)
	return mirror.Capabilities{
		Roles: map[mirror.Role]mirror.Support{
			mirror.RoleLocal:            seen,
			mirror.RoleRSPANSource:      unsure(srcLocal, "the output is a VLAN, in which no port of users may be"),
			mirror.RoleRSPANTransit:     unsure(srcLocal, "a VLAN that bears our mark as its name"),
			mirror.RoleRSPANDestination: unsure(srcLocal, "a second analyzer, whose input is the remote VLAN"),
			mirror.RoleERSPANSource: unsure(srcYANG+"; "+srcACX,
				"plain GRE (encapsulation gre, id 0): no document tells of an ERSPAN header; copies flow while the route to the collector resolves"),
			mirror.RoleERSPANDestination: no("no document shows that an analyzer ends a tunnel", srcYANG),
		},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{
			mirror.SourcePort: each(seen), mirror.SourceLAG: each(seen), mirror.SourceSub: each(modelled),
			mirror.SourceVLAN: {mirror.RX: seen, mirror.TX: modelled, mirror.Both: modelled},
		},
		MixedSources:      unsure(srcYANG, "an analyzer has a list of interfaces and one of VLANs"),
		LAGDestination:    no("no document shows ae as an output", srcSheet),
		CPUDestination:    no("an analyzer does not copy to the processor", srcYANG),
		SharedDestination: no("an output interface that another analyzer uses is refused", srcSheet),
		TagsPreserve:      unsure(srcYANG, "there is no option for tags; frames are copied as they are"),
		TagsStrip:         no("there is no option for tags", srcYANG),
		IngressEnabled:    no("there is no option for what arrives on an output interface", srcYANG),
		Shut:              unsure(srcSheet, "deactivate; netmirror activates it again"),
		PortSetup:         unsure(srcLocal, "unit 0 family ethernet-switching, and switches on a port that is disabled; both are put back"),
		DestinationSetup:  mirror.PortSetup{Monitor: true},
		ERSPANHeader:      no("no document tells of an ERSPAN header, and there is no command for an id; ask for encapsulation gre and id 0", srcYANG),
		GRE:               modelled,
		VRF:               noLeaf, TTL: noLeaf, MTU: noLeaf,
		DSCP:        no("there is a leaf for it on QFX and NFX from 23.4R2 alone", srcYANG),
		IPv6:        unsure(srcYANG, "output ipv6-address, from 21.4R1"),
		NoOrigin:    "there is a leaf for it on QFX and NFX from 23.4R2 alone; elsewhere it is the address of the interface towards the collector; leave the origin out",
		FilterVLANs: no("an analyzer is not narrowed to VLANs", srcYANG),
		Filter: unsure(srcLists,
			"a firewall filter that netmirror makes at the source ports, in which every term forwards; ingress alone, and at ports that have no other filter"),
		FilterAt: mirror.FilterAtSources, RuleVLANs: unsure(srcLists, "user-vlan-id"),
		Truncate: unsure(srcYANG, "maximum-packet-length"), Sample: unsure(srcYANG, "rate"),
		Ranges: mirror.Ranges{Truncate: mirror.Values{From: 1, To: 9216}, Sample: mirror.Values{From: 2, To: 65535}, GREKey: mirror.Values{Only: []int{0}}},
		Naming: mirror.Named, Atomic: true, Persistent: true, // a commit is the configuration that a reboot reads
		Counting: mirror.Counting{At: mirror.CountedUnverified, Source: srcUsual,
			Remark: "in output bytes of the destination port; no recording shows that copies are among them, and an analyzer has no counter",
			Drops:  unsure(srcUsual, "Drops of the output errors of the destination port")},
	}
}

// ofLegacy is an EX switch before ELS: what differs.
func ofLegacy(c *mirror.Capabilities) {
	never := no("an analyzer of a switch before ELS has no leaf for it", srcLegacy)
	c.Roles[mirror.RoleERSPANSource] = no("an output is an interface or a VLAN on a switch before ELS", srcLegacy)
	ingress := no("VLANs are mirrored as they arrive alone (ingress) on a switch before ELS", srcLegacy)
	c.Sources[mirror.SourceVLAN] = map[mirror.Direction]mirror.Support{mirror.RX: unsure(srcLegacy, ""), mirror.TX: ingress, mirror.Both: ingress}
	c.Truncate, c.GRE, c.IPv6 = never, never, never
	c.Filter = no("the conditions of its filters are not documented", srcLists)
	c.Sample, c.Ranges.Sample = unsure(srcLegacy, "ratio; on EX4500 one for all port-based sources, on EX8200 for ingress alone"), mirror.Values{From: 2, To: 2047}
	c.DestinationSetup = mirror.PortSetup{}
}

// limits by family.
func limits(f mirror.Facts) []mirror.Limit {
	limit := func(counts string, most int, source string) mirror.Limit {
		return mirror.Limit{Counts: counts, Scope: "switch", Max: most, Source: source}
	}
	one := limit(mirror.LimitDestinations, 1, srcYANG+": one output")
	switch {
	case legacy(f):
		return []mirror.Limit{one, limit(mirror.LimitSessions, 1, srcLegacy)}
	case family(f.Model, "acx"):
		return []mirror.Limit{one, limit(mirror.LimitRXSessions, 16, srcACX), limit(mirror.LimitTXSessions, 3, srcACX+", shared with sFlow")}
	case family(f.Model, "qfx3") || family(f.Model, "qfx") && strings.HasPrefix(f.Version, "12."):
		return []mirror.Limit{one, limit(mirror.LimitSessions, 4, srcQFX), limit(mirror.LimitRXSessions, 2, srcQFX), limit(mirror.LimitTXSessions, 2, srcQFX)}
	}
	return []mirror.Limit{one, limit(mirror.LimitSessions, mostSessions, "a caution of netmirror's; no number of Juniper's for this family was found")}
}
