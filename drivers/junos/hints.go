package junos

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are commands that show an analyzer, of the Junos port mirroring guide (juniper-junos.md
// 2), spelled as the switch has them. One that stands in a group is shown by display
// inheritance alone.
func Hints(f mirror.Facts, n mirror.NativeSession) []mirror.Hint {
	const source = "Junos OS port mirroring and analyzers guide, show forwarding-options analyzer"
	out := []mirror.Hint{
		{Command: mirror.Typed(spell(f, showState), n.ID), Shows: "the output interface is up, with ingress and egress monitored interfaces as they are wanted", Source: source},
		{Command: "show configuration " + hierarchy(f) + " | display set", Shows: "the lines of the analyzer, and of others", Reasons: mirror.HintsOnText, Source: "Junos OS CLI guide, show configuration"},
	}
	for _, d := range n.Spec.Destinations {
		if c := mirror.TypedAt("show interfaces", []mirror.PortName{d}); len(c) > 0 {
			out = append(out, mirror.Hint{Command: c[0] + " extensive", Shows: "output octets grow by the copies; dropped frames of the queues stay", Reasons: mirror.HintsOnPort, Source: "Junos OS interfaces guide, show interfaces extensive"})
		}
	}
	if n.Spec.RemoteVLAN != 0 {
		out = append(out, mirror.Hint{Command: "show vlans", Shows: "the remote VLAN with the trunks of the path", Reasons: mirror.HintsOnPath, Source: "Junos OS Ethernet switching guide, show vlans"})
	}
	return out
}
