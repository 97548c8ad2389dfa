package eos

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are commands that show a monitor session, of the EOS manual's chapter on port
// mirroring (arista-eos.md 2). Just after a change a destination may be shown as unknown for
// some seconds.
func Hints(_ mirror.Facts, n mirror.NativeSession) []mirror.Hint {
	const source = "Arista EOS user manual, Port Mirroring: show monitor session"
	out := []mirror.Hint{
		{Command: mirror.Typed("show monitor session", n.ID), Shows: "sources by direction as they are wanted, and each destination active", Source: source},
		{Command: "show running-config section monitor session", Shows: "the lines of the session, and of others", Reasons: mirror.HintsOnText, Source: source},
	}
	for _, c := range mirror.TypedAt("show interfaces", n.Spec.Destinations) {
		out = append(out, mirror.Hint{Command: c, Shows: "the output rate is that of the copies", Reasons: mirror.HintsOnPort, Source: "Arista EOS user manual, Ethernet Ports: show interfaces"})
		break
	}
	if len(n.Spec.Destinations) > 0 {
		out = append(out, mirror.Hint{Command: "show interfaces counters discards", Shows: "discards on the way out of the destination port stay", Reasons: mirror.HintsOnPort, Source: "Arista EOS user manual, Ethernet Ports: show interfaces counters"})
	}
	return out
}
