package nxos

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are commands that show a monitor session, of the NX-OS system management guide
// (cisco-nxos.md 3 and 9). Without a word "up" in its state a session copies nothing: it is
// born shut.
func Hints(_ mirror.Facts, n mirror.NativeSession) []mirror.Hint {
	const source = "Cisco Nexus 9000 system management guide, Configuring SPAN: show monitor session"
	session := mirror.Typed("show monitor session", n.ID)
	if n.ID == "" {
		session = "show monitor session all"
	}
	out := []mirror.Hint{
		{Command: session, Shows: "state up, with sources, directions and destination as they are wanted; behind state stands why it is down", Source: source},
		{Command: "show running-config monitor", Shows: "the lines of the session, no shut among them", Reasons: mirror.HintsOnText, Source: source},
	}
	for _, c := range mirror.TypedAt("show interface", n.Spec.Destinations) {
		out = append(out, mirror.Hint{Command: c, Shows: "Switchport monitor is on; the output rate is that of the copies; output discard stays", Reasons: mirror.HintsOnPort, Source: "Cisco Nexus interfaces guide, show interface"})
	}
	return out
}
