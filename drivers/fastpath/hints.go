package fastpath

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are commands of the switch's own command line, of the EdgeSwitch and M4300 manuals
// (other-cli.md 7; its show command is recorded).
func Hints(_ mirror.Facts, n mirror.NativeSession) []mirror.Hint {
	const source = "EdgeSwitch CLI command reference, show monitor session"
	id := n.ID
	if mirror.Typed("", id) == "" {
		id = "1"
	}
	return []mirror.Hint{
		{Command: "show monitor session " + id, Shows: "Admin Mode Enable, the probe port, and each mirrored port with its type (Rx, Tx or both)", Source: source},
	}
}
