package iosxe

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
)

const (
	writeMemory = "write memory"
	// "+" is what only the running configuration has.
	showUnsaved = "show archive config differences nvram:startup-config system:running-config"
)

// overwrite matches the one question that a save answers: startup was written by
// another version of the software (Unicon, iosxe/patterns.py).
var overwrite = regexp.MustCompile(`(?i)overwrite the previous nvram configuration\?\s*\[confirm\]\s*$`)

// startupLines counts the lines of a configuration, each with its block; none where
// the device does not show it.
func startupLines(reply string) map[console.Difference]int {
	out := map[console.Difference]int{}
	if _, refused := showRefusal(reply); !refused {
		noise.ConfigLines(reply, noConfig, classicMonitor, func(head, line string) { out[console.Difference{Block: head, Line: line}]++ })
	}
	return out
}

// noConfig are lines that stand in a configuration and are no part of it.
var noConfig = regexp.MustCompile(`^(?:!|end$|Using )`)

// aboutLine tells what a difference is about.
func aboutLine(d console.Difference) console.About {
	line := strings.TrimSpace(d.Line[1:])
	head := d.Block
	if head == "" {
		head = line
	}
	a := console.About{Subject: text.Subject(head, "interface", "vlan", "monitor"), Filter: filterLists.Named(head)}
	if m := monitorHead.FindStringSubmatch(head); m != nil {
		a.Session = m[1]
	}
	if m := vlanBlock.FindStringSubmatch(head); m != nil {
		a.VLAN, _ = text.Decimal(m[1])
	}
	if name, ok := strings.CutPrefix(d.Block, "interface "); ok {
		if n, ok := grammar.Read(name); ok {
			a.Port = n.Full()
			a.Switch = slices.Contains([]string{"shutdown", "no shutdown"}, line)
		}
		if list, ok := strings.CutPrefix(line, "switchport trunk allowed vlan "); ok {
			a.List = strings.TrimPrefix(list, "add ")
		}
	}
	return a
}

var vlanBlock = regexp.MustCompile(`^vlan (\d+)$`)
