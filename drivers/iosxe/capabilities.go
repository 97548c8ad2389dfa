package iosxe

import (
	"github.com/netmirror/netmirror/internal/mirror"
)

// Where the levels come from: outputs of real devices, see testdata/SOURCES.md.
const (
	seenMonitor = "recorded show monitor session outputs"
	seenFED     = "recorded show platform software fed active monitor outputs"
	srcLists    = "Cisco IOS IP Access List Entry Sequence Numbering; recorded show access-lists outputs"
	srcFigures  = "recorded show interfaces outputs"
	srcSheet    = "Cisco IOS LAN Switching Command Reference, monitor session; " + src3750
)

// Numbers of sessions. Routers have numbers above 66 as well; the range that
// every model takes is used.
const (
	firstSession = 1
	lastSession  = 66
)

// Capabilities of a device by its model (Facts.Model, as show version tells
// it). Zero facts give what every switch of the family can do.
func Capabilities(f mirror.Facts) mirror.Capabilities {
	q := quirkOf(f)
	seen := mirror.Support{Level: mirror.Yes, Source: seenMonitor}
	documented := mirror.Support{Level: mirror.Unverified, Source: srcSheet}
	roles := roles(q, f.Extra[factERSPAN], seen)
	tunnel := roles[mirror.RoleERSPANSource]
	return mirror.Capabilities{
		Roles: roles,
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{
			mirror.SourcePort: {mirror.RX: seen, mirror.TX: seen, mirror.Both: seen},
			mirror.SourceLAG: {mirror.RX: documented, mirror.TX: documented,
				mirror.Both: {Level: mirror.Yes, Source: seenFED}},
			mirror.SourceVLAN: {mirror.RX: documented, mirror.TX: documented, mirror.Both: seen}},
		MixedSources:      no("source interfaces and source VLANs cannot be in one session", srcSheet),
		LAGDestination:    lagDestination(q),
		SharedDestination: no("a destination port is in one session only, SPAN, RSPAN and ERSPAN together", srcSheet+"; "+src9300),
		TagsPreserve:      mirror.Support{Level: mirror.Yes, Source: seenMonitor, Remark: "encapsulation replicate"},
		TagsStrip:         mirror.Support{Level: mirror.Yes, Source: seenMonitor, Remark: "native encapsulation: layer 2 control frames are lost too"},
		IngressEnabled:    no("the device asks for a VLAN for what arrives on the destination, which a session cannot name yet", srcSheet),
		Shut:              mirror.Support{Level: tunnel.Level, Source: tunnel.Source, Remark: "ERSPAN sessions"},
		PortSetup:         mirror.Support{Level: mirror.Unverified, Source: srcSheet, Remark: "switches a destination port on that is shut down, and off again"},
		ERSPANHeader:      tunnel,
		GRE:               no("the tunnel is ERSPAN", srcSheet),
		TunnelDefaults:    mirror.ERSPAN{TTL: 255, MTU: q.DefaultMTU, Type: 2},
		FilterVLANs: mirror.Support{Level: mirror.Yes, Source: seenMonitor,
			Remark: "limits trunk sources; not beside VLAN sources"},
		Filter:    filter(q),
		RuleVLANs: no("an entry of an IP access list is of no VLAN", srcLists),
		Truncate:  no("frames are copied whole", srcSheet),
		Sample:    no("there is no sampling of mirrored frames", srcSheet),
		VRF:       tunnel, TTL: tunnel, DSCP: tunnel, MTU: tunnel, IPv6: tunnel,
		NeedsOrigin: true,
		Ranges: mirror.Ranges{RemoteVLAN: mirror.Values{From: 2, To: mirror.MaxVLAN, Except: []int{1002, 1003, 1004, 1005}},
			ERSPANID: mirror.Values{From: 1, To: 1023}, TTL: mirror.Values{From: 2, To: 255}, DSCP: mirror.Values{From: 0, To: 63},
			MTU: mtuOf(q), Type: mirror.Values{Only: []int{2, 3}}},
		Counting: mirror.Counting{At: mirror.CountedUnverified, Source: srcFigures,
			Remark: "packets output of the destination port; no recording shows that copies are among them, and a session has no counter",
			Drops:  mirror.Support{Level: mirror.Unverified, Source: srcFigures, Remark: "Total output drops of the destination port"}},
		Naming:    mirror.Numbered,
		NativeIDs: &mirror.IDRange{From: firstSession, To: lastSession},
		Limits:    limits(q),
	}
}

// mtuOf is the range of a model, or what the command takes on any.
func mtuOf(q quirk) mirror.Values {
	if q.MTU.To == 0 {
		return mirror.Values{From: 1, To: 9216}
	}
	return mirror.Values{From: q.MTU.From, To: q.MTU.To}
}

func no(remark, source string) mirror.Support { return mirror.Support{Remark: remark, Source: source} }

func roles(q quirk, told string, seen mirror.Support) map[mirror.Role]mirror.Support {
	local, rspan := seen, seen
	transit := mirror.Support{Level: mirror.Unverified, Source: srcSheet, Remark: "a remote VLAN is made, and added to the trunks that are named"}
	if q.NoLocal {
		local = no(q.Name+" has no SPAN between its ports; ERSPAN has", srcASR)
		rspan = no("no document shows RSPAN on "+q.Name, srcASR)
		transit = rspan
	}
	erspan := no("no document shows ERSPAN on "+q.Name, q.Source)
	if told == erspanNo {
		erspan = no("the device says that it has no ERSPAN", "show capability feature monitor erspan-source, on the device")
	}
	if q.ERSPAN != mirror.No {
		erspan = mirror.Support{Level: q.ERSPAN, Source: q.Source,
			Remark: "type II and III; sessions come back disabled when a saved configuration is restored, and are enabled again"}
		if told != "" {
			erspan.Source, erspan.Remark = "show capability feature monitor erspan-source, on the device", erspan.Remark+"; "+told
		}
	}
	return map[mirror.Role]mirror.Support{
		mirror.RoleLocal:             local,
		mirror.RoleRSPANSource:       rspan,
		mirror.RoleRSPANDestination:  rspan,
		mirror.RoleRSPANTransit:      transit,
		mirror.RoleERSPANSource:      erspan,
		mirror.RoleERSPANDestination: erspan,
	}
}

func lagDestination(q quirk) mirror.Support {
	if q.LAGDestination != mirror.No {
		return mirror.Support{Level: q.LAGDestination, Source: src6500, Remark: "a static bundle (mode on)"}
	}
	return no("a port-channel cannot be a destination; a member port can, and leaves its bundle meanwhile", srcSheet)
}

func filter(q quirk) mirror.Support {
	if q.ACL == mirror.No {
		return no("no document shows access list filters on "+q.Name, q.Source)
	}
	return mirror.Support{Level: q.ACL, Source: seenMonitor + " of a Catalyst 9300",
		Remark: "an IP access list that netmirror makes"}
}

func limits(q quirk) []mirror.Limit {
	out := []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "stack", Max: lastSession, Source: srcSheet}}
	add := func(counts string, max int) {
		if max > 0 {
			out = append(out, mirror.Limit{Counts: counts, Scope: "stack", Max: max, Source: q.Source})
		}
	}
	add(mirror.LimitSourceSessions, q.SourceSessions)
	add(mirror.LimitRXSessions, q.RX)
	add(mirror.LimitTXSessions, q.TX)
	add(mirror.LimitDestinations, q.SessionPorts)
	add(mirror.LimitSourcesPerSession, q.SourcePorts)
	return out
}
