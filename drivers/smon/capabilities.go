package smon

import "github.com/netmirror/netmirror/internal/mirror"

const (
	sourceTable = "RFC 2613 section 6, portCopyTable"
	sourceCaps  = "RFC 2613 section 6, dataSourceCapsTable"
	sourceRow   = "RFC 2579, RowStatus"
	sourceIF    = "RFC 2863, ifOutDiscards"
)

// Capabilities of an agent. What is there rests on the RFC alone, so that nothing is more
// than unverified. VLANs can be sources where the facts say that the agent has an
// interface for them.
func Capabilities(f mirror.Facts) mirror.Capabilities {
	told := func(remark string) mirror.Support {
		return mirror.Unsure(remark, sourceTable)
	}
	all := func(s mirror.Support) map[mirror.Direction]mirror.Support {
		return map[mirror.Direction]mirror.Support{mirror.RX: s, mirror.TX: s, mirror.Both: s}
	}
	vlan := mirror.Cannot("the agent has no data source for a VLAN (smonVlanDataSource)", sourceCaps)
	mixed := mirror.Cannot("only ports are data sources", sourceCaps)
	if f.Extra[factVLANs] == "yes" {
		vlan = mirror.Unsure("where the agent has an interface that stands for the VLAN", sourceCaps)
		mixed = told("")
	}
	remote := mirror.Cannot("portCopyTable copies from interfaces of the device to interfaces of the device", sourceTable)
	none := func(what string) mirror.Support {
		return mirror.Cannot("portCopyTable has no column for "+what, sourceTable)
	}
	return mirror.Capabilities{
		Roles: map[mirror.Role]mirror.Support{
			mirror.RoleLocal: told("a row for each source, as far as dataSourceCopyCaps of each port allows; netmirror does not save it, " +
				"and whether a restart of the device leaves it there is the agent's own; whether the destination goes on with its own traffic, too"),
			mirror.RoleRSPANSource: remote, mirror.RoleRSPANTransit: remote, mirror.RoleRSPANDestination: remote,
			mirror.RoleERSPANSource: remote, mirror.RoleERSPANDestination: remote,
		},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: all(told("")),
			mirror.SourceLAG: all(told("any interface may be a source; which are the agent says in dataSourceCopyCaps")), mirror.SourceVLAN: all(vlan)},
		MixedSources:      mixed,
		LAGDestination:    told("any interface may be a destination; which are the agent says in dataSourceCopyCaps"),
		SharedDestination: mirror.Cannot("what is copied to one port is one native session", sourceTable),
		TagsPreserve:      told("nothing is said of tags; dataSourceCopyCaps tells in copyUnalteredFrames that frames are copied without alteration"),
		TagsStrip:         none("tags"),
		IngressEnabled:    none("what arrives on a destination"),
		Shut:              mirror.Unsure("rows that are notInService", sourceRow),
		PortSetup:         mirror.Cannot("ports are configured by other means", sourceTable),
		ERSPANHeader:      remote, GRE: remote, VRF: remote, TTL: remote, DSCP: remote, MTU: remote, IPv6: remote,
		FilterVLANs: none("a filter"), Filter: none("a filter"), RuleVLANs: none("a filter"),
		Truncate: none("a length"), Sample: none("a rate"),
		CPUDestination: none("a processor"),
		Naming:         mirror.Placed,
		Limits:         []mirror.Limit{{Counts: mirror.LimitDestinations, Scope: "device", Max: 1, Source: sourceTable}},
		Counting: mirror.Counting{At: mirror.CountedUnverified, Source: sourceTable,
			Remark: "the counters of a destination count copies among what it sends",
			Drops: mirror.Support{Level: mirror.Unverified, Source: sourceIF,
				Remark: "discards of the destination; copies that never came to its queue may be counted nowhere, and portCopyDestDropEvents counts events, not frames"}},
	}
}
