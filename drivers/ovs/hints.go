package ovs

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are commands of ovs-vsctl(8) on the host of the switch (ovs.md 2; recorded). No
// command of ovs-appctl lists mirrors.
func Hints(_ mirror.Facts, n mirror.NativeSession) []mirror.Hint {
	const source = "ovs-vsctl(8), ovs-vswitchd.conf.db(5): table Mirror"
	out := []mirror.Hint{
		{Command: mirror.Typed("ovs-vsctl list Mirror", n.ID), Shows: "sources, output port, and statistics whose tx_packets grow with the copies", Source: source},
		{Command: "ovs-vsctl list Bridge", Shows: "mirrors names the mirror: one that no bridge names does nothing", Reasons: append([]string{"NotProgrammed"}, mirror.HintsOnText...), Source: source},
	}
	for _, c := range mirror.TypedAt("ovs-vsctl list Interface", n.Spec.Destinations) {
		out = append(out, mirror.Hint{Command: c, Shows: "link_state up; statistics: tx_bytes grow, tx_dropped stay", Reasons: mirror.HintsOnPort, Source: "ovs-vswitchd.conf.db(5): table Interface"})
	}
	return out
}
