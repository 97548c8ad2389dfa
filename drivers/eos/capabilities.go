package eos

import "github.com/netmirror/netmirror/internal/mirror"

// Where the levels come from. Yes is what ran on a switch in public; unverified is
// what Arista's own AVD renders, or a release note names.
const (
	srcRan   = "public programs and notes that were run against EOS switches (eAPI-port-mirroring-tool, factum2, an ERSPAN lab note)"
	srcAVD   = "aristanetworks/avd, eos_cli_config_gen, schema of monitor_sessions"
	srcNotes = "Arista EOS release notes and TOI pages on mirroring (titles and versions; the pages need a login)"
	srcLists = "batfish/batfish, grammar of EOS; ansible-collections arista.eos, access lists"
	srcRates = "public recordings of show interfaces | json"
	srcInput = "monitor session NAME source ? on a lab switch (factum2); " + srcNotes
)

// mostSessions is a caution, no figure of the vendor's: none is public per
// platform, and the device has the last word (arista-eos.md 4).
const mostSessions = 4

// Capabilities of any EOS switch: what differs by model is not public in a form
// that could be quoted. The device's refusal is the final word.
func Capabilities(mirror.Facts) mirror.Capabilities {
	ran := mirror.Support{Level: mirror.Yes, Source: srcRan}
	rendered := mirror.Support{Level: mirror.Unverified, Source: srcAVD}
	all := func(s mirror.Support) map[mirror.Direction]mirror.Support {
		return map[mirror.Direction]mirror.Support{mirror.RX: s, mirror.TX: s, mirror.Both: s}
	}
	noRSPAN := no("EOS has no RSPAN: copies go to ports, to its processor or into a GRE tunnel", srcAVD+"; "+srcNotes)
	noWord := no("no document shows the word for it", srcAVD)
	sub := mirror.Support{Level: mirror.Unverified, Source: srcNotes, Remark: "together with mirroring ACLs, from 4.21.3F"}
	return mirror.Capabilities{
		Roles: map[mirror.Role]mirror.Support{
			mirror.RoleLocal:            ran,
			mirror.RoleRSPANSource:      noRSPAN,
			mirror.RoleRSPANTransit:     noRSPAN,
			mirror.RoleRSPANDestination: noRSPAN,
			mirror.RoleERSPANSource: {Level: mirror.Yes, Source: srcRan,
				Remark: "plain GRE (encapsulation gre, id 0): a frame behind a GRE header of protocol 0x88be, without an ERSPAN header; the collector must be routed"},
			mirror.RoleERSPANDestination: no("no document shows that a session ends a tunnel", srcAVD),
		},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{
			mirror.SourcePort: all(ran),
			mirror.SourceSub: {mirror.RX: sub, mirror.TX: sub,
				mirror.Both: no("a subinterface is mirrored in one direction at a time", srcNotes)},
			mirror.SourceLAG:  all(mirror.Support{Level: mirror.Unverified, Source: srcInput}),
			mirror.SourceVLAN: all(no("mirroring of an ingress VLAN (from 4.28.1F) is known by name only, not by its command", srcNotes))},
		CPUDestination:    no("copies to the processor (destination Cpu) reach no tool outside the switch", srcAVD),
		MixedSources:      no("there are no VLAN sources", srcInput),
		LAGDestination:    mirror.Support{Level: mirror.Unverified, Source: srcAVD + "; " + srcNotes, Remark: "balanced by the hash of all port-channels"},
		SharedDestination: no("no document shows a port as the destination of several sessions", srcAVD),
		TagsPreserve:      mirror.Support{Level: mirror.Unverified, Source: srcAVD, Remark: "there is no option for tags; frames are copied as they are"},
		TagsStrip:         no("there is no option for tags", srcAVD),
		IngressEnabled:    no("there is no option for what arrives on a destination port", srcAVD),
		PortSetup:         mirror.Support{Level: mirror.Unverified, Source: srcAVD, Remark: "switches a destination port on that is shut down, and off again"},
		ERSPANHeader:      no("the tunnel is plain GRE without an ERSPAN header; ask for encapsulation gre and id 0", srcRan),
		GRE:               ran,
		FilterVLANs:       no("there is no filter by VLAN", srcAVD),
		Filter: mirror.Support{Level: mirror.Yes, Source: srcRan,
			Remark: "an IP access list that netmirror makes"},
		RuleVLANs: mirror.Support{Level: mirror.Unverified, Source: srcLists, Remark: "an entry can be of one VLAN; whether a mirror session honours it is not documented"},
		Counting: mirror.Counting{At: mirror.CountedUnverified, Source: srcRates,
			Remark: "in outOctets of the destination port; no recording shows that copies are among them, and a session has no counter",
			Drops:  mirror.Support{Level: mirror.Unverified, Source: srcRates, Remark: "outDiscards of the destination port"}},
		Truncate:    rendered,
		TTL:         noWord,
		DSCP:        noWord,
		MTU:         noWord,
		VRF:         noWord,
		IPv6:        no("the tunnel is over IPv4", srcAVD),
		NeedsOrigin: true,
		// No range of truncation is public: the device has the last word.
		Ranges: mirror.Ranges{Truncate: mirror.Values{From: 14, To: 65535}, Sample: mirror.Values{From: 2, To: 1 << 24}, GREKey: mirror.Values{Only: []int{0}}},
		Sample: mirror.Support{Level: mirror.Unverified, Source: srcAVD + "; " + srcNotes, Remark: "from 4.18.1F, on some platforms"},
		Naming: mirror.Named,
		Limits: []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "switch", Max: mostSessions,
			Source: "a caution of netmirror's; Arista publishes no number per platform"}},
	}
}

func no(remark, source string) mirror.Support { return mirror.Support{Remark: remark, Source: source} }
