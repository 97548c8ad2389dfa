package iosxe

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are commands that show a monitor session. The list of show commands, and which of them
// tell what the hardware does, is of the command references of Catalyst 9000 and ASR 1000
// (cisco-iosxe.md 3); the detailed view is the one that the driver reads itself. The lines of
// the configuration are the only view with the text as it was typed.
func Hints(f mirror.Facts, n mirror.NativeSession) []mirror.Hint {
	const source = "Cisco command reference, show monitor session"
	out := []mirror.Hint{
		{Command: mirror.Typed("show monitor session", n.ID) + " detail", Shows: "type, sources with their directions, and destination ports as they are wanted", Source: source},
		{Command: "show running-config | section monitor session", Shows: "the lines of the session, and of others", Reasons: mirror.HintsOnText, Source: source},
	}
	if n.ID == "" {
		out[0].Command = "show monitor session all detail"
	}
	if quirkOf(f).State != stateUnknown && mirror.Typed("", n.ID) != "" {
		out = append(out, mirror.Hint{Command: platformQuestion(n.ID), Shows: "that the session is in the hardware, and its number there",
			Reasons: mirror.HintsOnHardware, Source: "Cisco command reference, show platform software monitor session"})
	}
	for _, c := range mirror.TypedAt("show interfaces", n.Spec.Destinations) {
		out = append(out, mirror.Hint{Command: c, Shows: "the line protocol is down (monitoring), which is right; the output rate is that of the copies; total output drops stay", Reasons: mirror.HintsOnPort, Source: "Cisco command reference, show interfaces"})
	}
	if n.Spec.RemoteVLAN != 0 {
		out = append(out, mirror.Hint{Command: "show vlan remote-span", Shows: "the remote VLAN is among them", Source: "Cisco command reference, show vlan remote-span"},
			mirror.Hint{Command: "show interfaces trunk", Shows: "the remote VLAN is allowed, active and not pruned on the trunks of the path", Reasons: mirror.HintsOnPath, Source: "Cisco command reference, show interfaces trunk"})
	}
	return out
}
