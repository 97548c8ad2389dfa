package srl

import (
	"maps"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Where the levels come from. Yes is what public recordings and configurations of running
// nodes show; unverified is what Nokia's documents and models say.
const (
	srcSeen     = "srl-labs, lab of local and remote mirroring on SR Linux 24.7.1 (ixr-d2l): configurations, state, capture"
	srcYANG     = "nokia/srlinux-yang-models, srl_nokia-mirroring of 22.11 to 25.3"
	srcGuide    = "Nokia, SR Linux OAM and Diagnostics Guide, Mirroring, 22.11 and 24.7"
	srcLists    = "nokia/srlinux-yang-models v25.3.1, srl_nokia-acl; Nokia, SR Linux OAM and Diagnostics Guide, Mirroring"
	srcCounters = "srl-labs, recorded out-mirror-packets of an egress interface (24.7.1, ixr-d2l)"
	srcServer   = "nokia/srlinux-yang-models, srl_nokia-gnmi"
)

func no(remark, source string) mirror.Support { return mirror.Support{Remark: remark, Source: source} }

func unsure(source, remark string) mirror.Support {
	return mirror.Support{Level: mirror.Unverified, Source: source, Remark: remark}
}

// Capabilities of a device: by its features where it lists them, else by its model and by
// the release of its models.
func Capabilities(f mirror.Facts) mirror.Capabilities {
	c := ofAll(f)
	c.Limits = limits(f)
	c.Persistent = f.Extra[extraSaves] == "true"
	c.Counting = counting(f)
	if renamed(f) {
		byFeatures(&c, f)
	} else {
		byHardware(&c, f)
	}
	if family(f, "7220 IXR-D5") {
		never := no("a 7220 IXR-D5 does not copy what a sub-interface sends", srcGuide)
		c.Sources[mirror.SourceSub][mirror.TX], c.Sources[mirror.SourceSub][mirror.Both] = never, never
	}
	if s := f.Extra[extraTakeBack]; s != "" {
		never := no("the gNMI server takes back every commit after "+s+" s (commit-confirmed-timeout), and over gNMI none can be confirmed then; set it to 0", srcServer)
		for role := range c.Roles {
			c.Roles[role] = never
		}
	}
	return c
}

func ofAll(f mirror.Facts) mirror.Capabilities {
	seen := mirror.Support{Level: mirror.Yes, Source: srcSeen}
	each := func(s mirror.Support) map[mirror.Direction]mirror.Support {
		return map[mirror.Direction]mirror.Support{mirror.RX: s, mirror.TX: s, mirror.Both: s}
	}
	one := unsure(srcYANG+"; "+srcGuide, "one direction alone was not recorded")
	recorded := map[mirror.Direction]mirror.Support{mirror.RX: one, mirror.TX: one, mirror.Both: seen}
	noVLAN := no("copies do not go into a VLAN, nor is one a source: name the sub-interfaces", srcGuide)
	noLeaf := no("a tunnel has no leaf for it; copies leave with TTL 255", srcSeen)
	return mirror.Capabilities{
		Roles: map[mirror.Role]mirror.Support{
			mirror.RoleLocal:             seen,
			mirror.RoleRSPANSource:       noVLAN,
			mirror.RoleRSPANTransit:      noVLAN,
			mirror.RoleRSPANDestination:  noVLAN,
			mirror.RoleERSPANSource:      {Level: mirror.Yes, Source: srcSeen, Remark: "transparent Ethernet in GRE (encapsulation gre, id 0) and no ERSPAN header; copies are 38 octets longer than the frames"},
			mirror.RoleERSPANDestination: no("a tunnel of copies is not ended", srcYANG),
		},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{
			mirror.SourcePort: recorded, mirror.SourceLAG: each(unsure(srcGuide, "all its members")), mirror.SourceSub: maps.Clone(recorded), mirror.SourceVLAN: each(noVLAN),
		},
		MixedSources:      noVLAN,
		LAGDestination:    unsure(srcYANG, ""),
		CPUDestination:    no("copies do not go to the processor", srcYANG),
		SharedDestination: no("a destination is that of one instance", srcGuide),
		TagsPreserve:      unsure(srcYANG, "there is no option for tags; frames are copied as they are"),
		TagsStrip:         no("there is no option for tags", srcYANG),
		IngressEnabled:    no("there is no option for what arrives on a destination", srcYANG),
		Shut:              unsure(srcYANG, "admin-state disable; netmirror enables it again"),
		PortSetup:         unsure(srcYANG, "enables a port that is disabled"),
		DestinationSetup:  mirror.PortSetup{Monitor: true},
		ERSPANHeader:      no("copies in a tunnel have no ERSPAN header; ask for encapsulation gre and id 0", srcSeen),
		GRE:               seen,
		VRF:               unsure(srcYANG, "the name of a network-instance of type ip-vrf"),
		TTL:               noLeaf, DSCP: noLeaf, MTU: noLeaf,
		IPv6:           unsure(srcYANG, ""),
		NeedsOrigin:    true,
		TunnelDefaults: mirror.ERSPAN{TTL: 255},
		FilterVLANs:    no("an instance is not narrowed to VLANs: name the sub-interfaces", srcYANG),
		Filter: unsure(srcLists, "an access list that netmirror makes at the sub-interfaces of the sources, in which every entry accepts; "+
			"what arrives alone, at sub-interfaces that have no other list, and from 24.3"),
		FilterAt: mirror.FilterAtSources, RuleVLANs: no("lists of IP frames have no VLAN", srcLists),
		Truncate: no("slice-size comes with 25.3, on hardware that lists mirror-dest-slicing", srcYANG),
		Sample:   no("there is no option for it", srcYANG),
		Ranges:   mirror.Ranges{Truncate: mirror.Values{Only: []int{64, 128, 256, 512}}, GREKey: mirror.Values{Only: []int{0}}},
		Naming:   mirror.Named, Atomic: true,
	}
}

// byFeatures are models from 24.3, in which what depends on hardware has the name of a
// feature.
func byFeatures(c *mirror.Capabilities, f mirror.Facts) {
	lacks := func(name string) (mirror.Support, bool) {
		has, known := feature(f, name)
		return no("the device does not list "+name+" in /system/features", srcYANG), known && !has
	}
	sources := func(name string, kinds ...mirror.SourceKind) {
		if never, ok := lacks(name); ok {
			for _, kind := range kinds {
				c.Sources[kind] = map[mirror.Direction]mirror.Support{mirror.RX: never, mirror.TX: never, mirror.Both: never}
			}
		}
	}
	sources("mirror-source-intf", mirror.SourcePort, mirror.SourceLAG)
	sources("mirror-source-subintf", mirror.SourceSub)
	for _, need := range []struct {
		name string
		of   []*mirror.Support
		role mirror.Role
	}{
		{"mirror-source-acl", []*mirror.Support{&c.Filter}, ""},
		{"mirror-dest-local", []*mirror.Support{&c.LAGDestination}, mirror.RoleLocal},
		{"mirror-dest-remote", nil, mirror.RoleERSPANSource},
		{"mirror-dest-remote-tunnel-encap-l2ogre", nil, mirror.RoleERSPANSource},
		{"mirroring", nil, mirror.RoleLocal}, {"mirroring", nil, mirror.RoleERSPANSource},
	} {
		never, ok := lacks(need.name)
		if !ok {
			continue
		}
		for _, s := range need.of {
			*s = never
		}
		if need.role != "" {
			c.Roles[need.role] = never
		}
	}
	if has, _ := feature(f, "mirror-dest-slicing"); has && schema(f) >= schema25 {
		c.Truncate = unsure(srcYANG, "slice-size")
	}
	if _, known := feature(f, ""); family(f, "7250 IXR") && !known {
		byListsAlone(c, true)
	} else if family(f, "7250 IXR") {
		*c = c.Unseen(srcYANG)
	}
}

// byHardware are the models before 24.3, in which features name chips and chassis.
func byHardware(c *mirror.Capabilities, f mirror.Facts) {
	c.Filter = no("where an access list stands at a sub-interface is known from 24.3 on", srcLists)
	jericho, _ := feature(f, "jericho2cp")
	if !jericho && !family(f, "7250 IXR") {
		return
	}
	byListsAlone(c, schema(f) >= schema23)
	*c = c.Unseen(srcYANG)
}

// byListsAlone is a 7250 IXR of which nothing else is known; ethernet says whether tunnels
// of Ethernet frames are known to be missing.
func byListsAlone(c *mirror.Capabilities, ethernet bool) {
	never := no("a 7250 IXR mirrors by access lists alone, into tunnels without an Ethernet header, unless it lists more in /system/features", srcYANG+"; "+srcGuide)
	for _, kind := range []mirror.SourceKind{mirror.SourcePort, mirror.SourceLAG, mirror.SourceSub} {
		c.Sources[kind] = map[mirror.Direction]mirror.Support{mirror.RX: never, mirror.TX: never, mirror.Both: never}
	}
	if c.Roles[mirror.RoleLocal], c.LAGDestination = never, never; ethernet {
		c.Roles[mirror.RoleERSPANSource], c.GRE = never, never
	}
}

// limits (sheet 1 and 6): max-elements of the model, and Nokia's guide.
func limits(f mirror.Facts) []mirror.Limit {
	limit := func(counts string, most int, source string) mirror.Limit {
		return mirror.Limit{Counts: counts, Scope: "device", Max: most, Source: source}
	}
	instances := 8
	if v := f.Extra[extraModel]; revision.MatchString(v) && v < "2022-11-30" {
		instances = 4
	}
	out := []mirror.Limit{limit(mirror.LimitSessions, instances, srcYANG+": max-elements"), limit(mirror.LimitDestinations, 1, srcGuide),
		limit(mirror.LimitSessionsPerSource, 1, srcGuide+": a source does not go to two destinations")}
	if schema(f) == schema22 {
		out = append(out, limit(mirror.LimitSourcesPerSession, 128, srcYANG+": 128 interfaces and 128 sub-interfaces"))
	}
	return out
}

// How a device counts copies.
const (
	countAtPort     = "port"     // in out-mirror-packets of the interface that they leave by
	countAtInstance = "instance" // in the statistics of the instance
)

// counted is where copies are counted: D2 and D3 boards have counters of the interface,
// others of the instance (sheet 3). "" where neither is known.
func counted(f mirror.Facts) string {
	if has, known := feature(f, "mirror-dest-statistics"); known && has {
		return countAtInstance
	}
	if has, known := feature(f, "mirroring-intf-stats"); known && has || !known && family(f, "7220 IXR-D2", "7220 IXR-D3") {
		return countAtPort
	}
	return ""
}

func counting(f mirror.Facts) mirror.Counting {
	c := mirror.Counting{Drops: unsure(srcCounters, "out-discarded-packets of the destination port")}
	switch counted(f) {
	case countAtPort:
		c.At, c.Source = mirror.CountedMirror, srcCounters
		c.Remark = "in out-mirror-packets of the destination port; those of a tunnel are counted where they leave, with those of other tunnels, and not told"
	case countAtInstance:
		c.At, c.Source = mirror.CountedSession, srcYANG
		c.Remark = "in the statistics of the instance, which no recording shows"
	default:
		c.At, c.Source = mirror.CountedUnverified, srcCounters
		c.Remark = "counters of mirroring depend on the board; whether copies are in the octets of a port is not known"
	}
	return c
}
