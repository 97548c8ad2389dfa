package iosxr

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are commands that show a monitor-session, of the interface guide of IOS XR
// (cisco-iosxr.md 2). Its counters are the only ones of a session at Cisco, and packets that
// were not replicated a sign of a mirror that is overloaded.
func Hints(_ mirror.Facts, n mirror.NativeSession) []mirror.Hint {
	const source = "Cisco IOS XR interface guide, Configuring Traffic Mirroring: show monitor-session"
	session := mirror.Typed("show monitor-session", n.ID)
	out := []mirror.Hint{
		{Command: session + " status", Shows: "each source Operational; another word is why it copies nothing", Source: source},
		{Command: session + " status detail", Shows: "why a source is not operational, in the router's words", Reasons: append([]string{"Waiting"}, mirror.HintsOnHardware...), Source: source},
		{Command: session + " counters", Shows: "replicated frames grow for each source; those that were not replicated are lost", Reasons: append([]string{"Filtered"}, mirror.HintsOnPort...), Source: source},
		{Command: mirror.Typed("show running-config monitor-session", n.ID), Shows: "the destination of the session; its sources stand under their interfaces", Reasons: mirror.HintsOnText, Source: source},
	}
	for _, c := range mirror.TypedAt("show interfaces", n.Spec.Destinations) {
		out = append(out, mirror.Hint{Command: c, Shows: "the output rate is that of the copies; total output drops stay", Reasons: mirror.HintsOnPort, Source: "Cisco IOS XR interface command reference, show interfaces"})
	}
	return out
}
