package fastpath

import (
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	sourceTable = "FASTPATH-SWITCHING-MIB, agentPortMirrorTable (NETGEAR-SWITCHING-MIB, EdgeSwitch-SWITCHING-MIB)"
	sourceMask  = "BROADCOM-REF-MIB, AgentPortMask"
	sourceVLAN  = "NETGEAR-SWITCHING-MIB, agentPortMirrorSourceVlan, agentPortMirrorReflectorPort"
	sourceIF    = "RFC 2863, ifOutDiscards"
)

// Capabilities of a switch. What is there rests on the texts of the MIBs alone, so that
// nothing is more than unverified. How many sessions there are, and whether a VLAN can be
// a source, the facts say.
func Capabilities(f mirror.Facts) mirror.Capabilities {
	told := func(remark string) mirror.Support {
		return mirror.Unsure(remark, sourceTable)
	}
	none := func(what string) mirror.Support {
		return mirror.Cannot("agentPortMirrorTable has no column for "+what, sourceTable)
	}
	ports := map[mirror.Direction]mirror.Support{mirror.RX: told(""), mirror.TX: told(""), mirror.Both: told("")}
	oneWay := mirror.Cannot("the text does not say which direction of a VLAN is copied; ask for both", sourceVLAN)
	vlan := mirror.Cannot("the agent's table has no column for a source VLAN", sourceVLAN)
	mixed := mirror.Cannot("the agent's table has no column for a source VLAN", sourceVLAN)
	if f.Extra[factNewer] == "yes" {
		vlan = mirror.Unsure("one VLAN, 2 to 4093", sourceVLAN)
		mixed = mirror.Cannot("the text does not say that ports and a VLAN go together", sourceVLAN)
	}
	channel := mirror.Cannot("a mask counts ports, and no text says that port-channels have numbers in it", sourceMask)
	remote := mirror.Cannot("the source side needs a reflector port, which netmirror does not choose; such sessions are read alone", sourceVLAN)
	last, err := strconv.Atoi(f.Extra[factSessions])
	if err != nil || last < 1 {
		last = 1
	}
	return mirror.Capabilities{
		Roles: map[mirror.Role]mirror.Support{
			mirror.RoleLocal:       told("a fixed set of sessions, often one; netmirror does not save it, so that a restart of the switch may end it"),
			mirror.RoleRSPANSource: remote, mirror.RoleRSPANTransit: remote, mirror.RoleRSPANDestination: remote,
			mirror.RoleERSPANSource: none("a tunnel"), mirror.RoleERSPANDestination: none("a tunnel"),
		},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: ports,
			mirror.SourceLAG:  {mirror.RX: channel, mirror.TX: channel, mirror.Both: channel},
			mirror.SourceVLAN: {mirror.RX: oneWay, mirror.TX: oneWay, mirror.Both: vlan}},
		MixedSources:      mixed,
		LAGDestination:    channel,
		CPUDestination:    none("the processor"),
		SharedDestination: mirror.Cannot("no text says that a port may be the destination of two sessions", sourceTable),
		TagsPreserve:      told("nothing is said of tags"),
		TagsStrip:         none("tags"),
		IngressEnabled:    none("what arrives on a destination"),
		Shut:              told("mode disable"),
		PortSetup:         mirror.Cannot("ports are configured by other means", sourceTable),
		ERSPANHeader:      none("a tunnel"), GRE: none("a tunnel"), VRF: none("a tunnel"), TTL: none("a tunnel"), DSCP: none("a tunnel"), MTU: none("a tunnel"), IPv6: none("a tunnel"),
		FilterVLANs: none("a filter by VLAN"),
		Filter:      mirror.Cannot("access lists of a session are read alone", sourceVLAN), RuleVLANs: none("a filter by VLAN"),
		Truncate: none("a length"), Sample: none("a rate"),
		Ranges:    mirror.Ranges{VLAN: mirror.Values{From: 2, To: 4093}},
		Naming:    mirror.Numbered,
		NativeIDs: &mirror.IDRange{From: 1, To: last},
		Limits: []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "device", Max: last, Source: sourceTable},
			{Counts: mirror.LimitDestinations, Scope: "device", Max: 1, Source: sourceTable}},
		Counting: mirror.Counting{At: mirror.CountedUnverified, Source: sourceIF, Remark: "what a destination sends is counted by its interface; no text says that copies are among it",
			Drops: mirror.Unsure("discards of the destination; copies that never came to its queue may be counted nowhere", sourceIF)},
	}
}
