package nxos

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Where the levels come from (cisco-nxos.md and access-lists.md, in vendors/ beside the
// checkout, name the pages).
const (
	srcSheet  = "public NX-OS SPAN notes that follow Cisco's configuration steps"
	srcSeen   = "recorded configurations and show monitor session outputs of Nexus 7000 and 9000"
	srcModel  = "Cisco-NX-OS-device.yang of 9.3(2)"
	srcAPI    = "Cisco Nexus 3000 and 9000 Series NX-API REST SDK guide 9.3(x), Configuring SPAN and ERSPAN"
	src9000   = "Cisco Nexus 9000 Series NX-OS System Management Configuration Guide 7.x and 6.x, Configuring SPAN"
	src7000   = "recorded configuration and outputs of a Nexus 7000 (sample_01.nxos of ciscoconfparse2, ShowMonitorSession of genieparser)"
	src6000   = "Cisco Nexus 6000 and 5600 Series NX-OS System Management Configuration Guides 6.x and 7.x, Configuring SPAN"
	src5000   = "Cisco Nexus 5000 Series CLI Configuration Guide OL-16597-01, page 674"
	src3548   = "Cisco Nexus 3548 Series NX-OS System Management Configuration Guide, Configuring SPAN"
	src3000   = "Cisco Nexus 3000 Series NX-OS System Management Configuration Guide 5.0(3)U2(2), Configuring ERSPAN"
	srcLists  = "batfish/batfish, grammar of NX-OS; ansible-collections cisco.nxos, access lists; Cisco Nexus 5600 guide"
	srcACL    = "Cisco documents 116044 and 116107, ACL capture"
	srcFigure = "recorded show interface outputs (ntc-templates)"
	srcNone   = "Cisco NX-OS guides named in capabilities.go of the driver; none has it"
)

// A series is what differs between the families. A figure of 0 is not told.
type series struct {
	source string
	lastID int
	// Native sessions at once; sources and destinations of one; sessions that a source is
	// in.
	sessions, sources, destinations, perSource int
	scope                                      string // of sessions
	truncate                                   mirror.Values
	erspan, ends, lag, filter                  mirror.Level
}

// caution is what is allowed where no document tells a number.
const caution = 4

var allSeries = map[family]series{
	nexus9000: {source: src9000, lastID: 32, sessions: 4, scope: "forwarding engine", sources: 48, destinations: 1,
		truncate: mirror.Values{From: 64, To: wholeFrames - 1}, erspan: mirror.Yes, ends: mirror.Unverified, lag: mirror.Unverified, filter: mirror.Unverified},
	nexus3000: {source: src3000, lastID: 32, destinations: 1, truncate: mirror.Values{From: 64, To: wholeFrames - 1},
		erspan: mirror.Unverified, ends: mirror.Unverified, filter: mirror.Unverified},
	nexus3548: {source: src3548, lastID: 32, destinations: 1, truncate: mirror.Values{From: 64, To: 1518}, erspan: mirror.Unverified, filter: mirror.Unverified},
	nexus5000: {source: src5000, lastID: 32, sessions: 4, scope: "switch", sources: 128, destinations: 1},
	nexus5600: {source: src6000, lastID: 32, sessions: 16, scope: "switch", sources: 128, destinations: 16, perSource: 1,
		erspan: mirror.Unverified, ends: mirror.Unverified, filter: mirror.Unverified},
	nexus7000: {source: src7000, lastID: 48, sources: 128, destinations: 32, truncate: mirror.Values{From: 64, To: wholeFrames - 1}, erspan: mirror.Yes, ends: mirror.Yes},
}

// early is the line of the Nexus 9300 that truncates in a range of its own.
var early = regexp.MustCompile(`C93\w*-EX\b`)

// Capabilities of a switch by its model (Facts.Model, as show version tells it). Zero
// facts give those of a Nexus 9000.
func Capabilities(f mirror.Facts) mirror.Capabilities {
	of := familyOf(f)
	s := allSeries[of]
	if early.MatchString(f.Model) {
		s.truncate = mirror.Values{From: 320, To: 1518}
	}
	seen := mirror.Support{Level: mirror.Yes, Source: srcSeen}
	told := mirror.Support{Level: mirror.Unverified, Source: s.source}
	level := func(l mirror.Level, what, remark string) mirror.Support {
		if l == mirror.No {
			return no("no document shows "+what+" on "+string(of), srcNone)
		}
		return mirror.Support{Level: l, Source: s.source, Remark: remark}
	}
	noRSPAN := no("no native session of NX-OS sends into a remote VLAN or takes copies out of one; ask for erspan instead of rspan", srcModel)
	erspan := level(s.erspan, "ERSPAN", "type II and III; the address that copies are sent from is one for the whole switch, and the VRF must have a route to the collector")
	ports := map[mirror.Direction]mirror.Support{mirror.RX: seen, mirror.TX: seen, mirror.Both: seen}
	bundles := map[mirror.Direction]mirror.Support{mirror.RX: told, mirror.TX: told, mirror.Both: told}
	return mirror.Capabilities{
		Roles: map[mirror.Role]mirror.Support{
			mirror.RoleLocal: seen, mirror.RoleERSPANSource: erspan,
			mirror.RoleERSPANDestination: level(s.ends, "a session that ends ERSPAN", "a port is in one such session only; Nexus 9000: recent models"),
			mirror.RoleRSPANSource:       noRSPAN, mirror.RoleRSPANTransit: noRSPAN, mirror.RoleRSPANDestination: noRSPAN,
		},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{
			mirror.SourcePort: ports, mirror.SourceLAG: bundles, mirror.SourceVLAN: vlanSources(f, told), mirror.SourceCPU: cpuSources(of),
			mirror.SourceSub: {mirror.RX: noSub, mirror.TX: noSub, mirror.Both: noSub}},
		CPUDestination:    no("copies to the processor (sup-eth 0) reach no tool outside the switch", srcSheet),
		MixedSources:      mirror.Support{Level: mirror.Unverified, Source: srcAPI, Remark: "any combination, on Nexus 3000 and 9000; not told of others"},
		LAGDestination:    lagDestination(s, of),
		SharedDestination: no("a destination port is in one session only", src9000+"; "+src3000),
		TagsPreserve:      mirror.Support{Level: mirror.Unverified, Source: srcSheet, Remark: "there is no option for tags; frames are copied as they are"},
		TagsStrip:         no("there is no option for tags", srcSheet),
		IngressEnabled:    no("what arrives on a destination port is taken on some Nexus 7000 only, by a setting of the port (switchport monitor ingress)", srcModel),
		Shut:              seen,
		PortSetup:         mirror.Support{Level: mirror.Unverified, Source: srcSheet, Remark: "makes it a port for copies (switchport monitor), switches on one that is shut down, and puts both back"},
		DestinationSetup:  mirror.PortSetup{Monitor: true},
		DeviceOrigin:      true, NeedsOrigin: true,
		ERSPANHeader: erspan, VRF: erspan, TTL: erspan, DSCP: erspan,
		GRE:            no("the tunnel is ERSPAN", srcModel),
		IPv6:           no("the commands for a tunnel over IPv6 are not documented where ours come from", srcModel),
		MTU:            no("mtu of a session truncates the copies; ask for truncate", src9000+"; "+src3548),
		TunnelDefaults: mirror.ERSPAN{TTL: 255, Type: 2},
		FilterVLANs:    mirror.Support{Level: mirror.Unverified, Source: src9000 + "; " + src7000, Remark: "not beside VLAN sources"},
		Filter:         filter(f, s, of),
		RuleVLANs:      no("whether a session honours the VLAN of an entry is not documented", srcLists),
		Counting: mirror.Counting{At: mirror.CountedUnverified, Source: srcFigure,
			Remark: "output packets of the destination port; no recording shows that copies are among them, and a session has no counter",
			Drops:  mirror.Support{Level: mirror.Unverified, Source: srcFigure, Remark: "output discard of the destination port; drops of a session are not counted"}},
		Truncate: truncate(s, of),
		Sample:   sample(of),
		Ranges: mirror.Ranges{Truncate: s.truncate, Sample: mirror.Values{From: 2, To: 1023}, ERSPANID: mirror.Values{From: 1, To: 1023},
			TTL: mirror.Values{From: 1, To: 255}, DSCP: mirror.Values{From: 0, To: 63}, Type: mirror.Values{Only: []int{2, 3}}},
		Naming: mirror.Numbered, Marks: true, NativeIDs: &mirror.IDRange{From: 1, To: s.lastID},
		Limits: limits(s, of),
	}
}

func no(remark, source string) mirror.Support { return mirror.Support{Remark: remark, Source: source} }

var noSub = no("a layer 3 subinterface is no source", src9000)

// vlanSources: what arrives in a VLAN, and on a Nexus 9200 what leaves in it too.
func vlanSources(f mirror.Facts, told mirror.Support) map[mirror.Direction]mirror.Support {
	out := map[mirror.Direction]mirror.Support{mirror.RX: told}
	other := no("a VLAN is mirrored in direction rx only", src9000+"; "+srcAPI)
	if strings.HasPrefix(number(f), "92") {
		other = mirror.Support{Level: mirror.Unverified, Source: src9000, Remark: "Nexus 9200"}
	}
	out[mirror.TX], out[mirror.Both] = other, other
	return out
}

func cpuSources(of family) map[mirror.Direction]mirror.Support {
	rx := no("the processor is no source on "+string(of), src9000)
	if of == nexus9000 {
		rx = mirror.Support{Level: mirror.Unverified, Source: src9000, Remark: "sup-eth0, on Nexus 9300-EX and later"}
	}
	other := no("of the processor only rx is mirrored", src9000)
	return map[mirror.Direction]mirror.Support{mirror.RX: rx, mirror.TX: other, mirror.Both: other}
}

func lagDestination(s series, of family) mirror.Support {
	if s.lag == mirror.No {
		return no("a port-channel is no destination on "+string(of), src6000+"; "+src9000)
	}
	return mirror.Support{Level: s.lag, Source: s.source, Remark: "spread over at most 8 members; not on a 9500 with -EX or -FX cards"}
}

func filter(f mirror.Facts, s series, of family) mirror.Support {
	switch {
	case of == nexus7000:
		return no("ACL capture of a Nexus 7000 marks entries of the list that filters the live traffic, and the words of its session are not documented where ours come from", srcACL)
	case number(f) == "34180":
		return no("a Nexus 34180YC has no filter access-group", srcLists)
	case s.filter == mirror.No:
		return no("no document shows access list filters on "+string(of), srcNone)
	}
	remark := "an IP access list that netmirror makes; a Nexus 9000 may need room carved for it, and a reload"
	if of == nexus3548 {
		remark = "an IP access list that netmirror makes; it filters what arrives only"
	}
	return mirror.Support{Level: s.filter, Source: srcLists, Remark: remark}
}

func truncate(s series, of family) mirror.Support {
	if !s.truncate.Known() {
		return no("no document shows truncation on "+string(of), srcNone)
	}
	out := mirror.Support{Level: mirror.Unverified, Source: srcModel + "; " + s.source}
	switch of {
	case nexus3548:
		out.Remark = "a copy may be up to 4 octets longer"
	case nexus7000:
		out.Remark = "it depends on the modules, and the device has the last word"
	}
	return out
}

func sample(of family) mirror.Support {
	if of == nexus3548 {
		return mirror.Support{Level: mirror.Unverified, Source: src3548}
	}
	return no("sampling is documented for Nexus 3548 alone", src3548)
}

// limits: a Nexus 7000 counts what sends copies (VDC resource monitor-session) apart from
// what ends tunnels. Too many are taken by any device, and stay down.
func limits(s series, of family) []mirror.Limit {
	out := []mirror.Limit{{Counts: mirror.LimitSessions, Scope: cmp.Or(s.scope, "switch"), Max: cmp.Or(s.sessions, caution), Source: s.source}}
	switch {
	case of == nexus7000:
		out = []mirror.Limit{{Counts: mirror.LimitSourceSessions, Scope: "virtual device context", Max: 2, Source: s.source + ", VDC resource monitor-session"},
			{Counts: mirror.LimitSessions, Scope: "virtual device context", Max: 2 + 23, Source: s.source + ", VDC resources monitor-session and monitor-session-erspan-dst"}}
	case s.sessions == 0:
		out[0].Source = "a caution of netmirror's; no document tells a number for " + string(of)
	}
	for _, l := range []mirror.Limit{{Counts: mirror.LimitSourcesPerSession, Max: s.sources}, {Counts: mirror.LimitDestinations, Max: s.destinations}, {Counts: mirror.LimitSessionsPerSource, Max: s.perSource}} {
		if l.Scope, l.Source = "switch", s.source; l.Max > 0 {
			out = append(out, l)
		}
	}
	return out
}
