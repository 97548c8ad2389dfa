package nxos

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
)

// configLines counts the lines of a configuration, each with its block; none where the
// device does not show it.
func configLines(reply string) map[console.Difference]int {
	out := map[console.Difference]int{}
	if _, refused := showRefusal(reply); !refused {
		noise.ConfigLines(reply, noConfig, func(string) bool { return false }, func(head, line string) { out[console.Difference{Block: head, Line: line}]++ })
	}
	return out
}

// noConfig are lines around a configuration.
var noConfig = regexp.MustCompile(`^(?:!|version |(?:show|copy) |\S+# ?$)`)

// about tells what a difference is about, without quoting more of it than names: a line
// of a configuration may hold a secret.
func about(d console.Difference) console.About {
	line := strings.TrimSpace(d.Line[1:])
	head := d.Block
	if head == "" {
		head = line
	}
	a := console.About{Subject: text.Subject(head, "interface", "vlan", "monitor"), Filter: lists.Named(head)}
	if m := sessionHead.FindStringSubmatch(strings.TrimPrefix(head, "no ")); m != nil {
		a.Session = m[1]
	}
	if o := originLine.FindStringSubmatch(line); o != nil && d.Block == "" {
		a.Origin = o[2]
	}
	if name, ok := strings.CutPrefix(d.Block, "interface "); ok {
		a.Port = portNamed(name)
		a.Switch = slices.Contains(portLines, line)
	}
	return a
}

// portLines are what a destination port is made of.
var portLines = []string{"shutdown", "no shutdown", "switchport", noSwitchport, "switchport monitor", "no switchport monitor"}
