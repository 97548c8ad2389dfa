package srl

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are paths that show a mirroring instance, of the SR Linux OAM guide and of a recorded
// lab (nokia-srlinux.md 3). No path is made of a name with a wildcard in it.
func Hints(_ mirror.Facts, n mirror.NativeSession) []mirror.Hint {
	const source = "Nokia SR Linux OAM and diagnostics guide, Mirroring"
	instance := " /system mirroring"
	if typed := mirror.Typed("mirroring-instance", n.ID); typed != "mirroring-instance" {
		instance += " " + typed
	}
	out := []mirror.Hint{
		{Command: "info from state" + instance, Shows: "oper-state up; oper-down-reason tells why it is not", Source: source},
		{Command: "info from running" + instance, Shows: "the configuration of the instance", Reasons: mirror.HintsOnText, Source: source},
	}
	for _, c := range mirror.TypedAt("info from state / interface", n.Spec.Destinations) {
		out = append(out, mirror.Hint{Command: c, Shows: "out-mirror-packets and out-mirror-octets of its statistics grow", Reasons: mirror.HintsOnPort, Source: source})
	}
	return out
}
