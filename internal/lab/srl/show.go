package srl

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// show is what is not the data model.
func (c *cli) show(said string) reply {
	d := c.d
	if said != "show version" {
		return fail(fmt.Errorf("unknown report '%s'%s", strings.TrimPrefix(said, "show "), notRecorded))
	}
	line := strings.Repeat("-", 50) + "\n"
	row := func(name, value string) string { return fmt.Sprintf("%-21s: %s\n", name, value) }
	return say(line + row("Hostname", d.hostname()) + row("Chassis Type", d.kind.name) + row("Serial Number", d.serial()) + row("System HW MAC Address", strings.ToUpper(d.sw.Node().MAC.Groups(1, ":"))) +
		row("OS", "SR Linux") + row("Software Version", "v"+d.kind.version) + line)
}

// table writes the counters of interfaces that mirroring has; each column is as wide as
// recorded.
func table(part *model.Node) string {
	const rule, heads = "+---------------------+----------------------+----------------------+\n", "+=====================+======================+======================+\n"
	var b strings.Builder
	b.WriteString(rule + fmt.Sprintf("|%s|%s|%s|\n", centred("Interface", 21), centred("Out-mirror-octets", 22), centred("Out-mirror-packets", 22)) + heads)
	for _, i := range part.All("interface") {
		s := i.At("statistics")
		fmt.Fprintf(&b, "| %-19s | %20s | %20s |\n", i.Text("name"), s.Text("out-mirror-octets"), s.Text("out-mirror-packets"))
	}
	return b.String() + rule
}

func centred(text string, width int) string {
	left := (width - len(text)) / 2
	return strings.Repeat(" ", left) + text + strings.Repeat(" ", width-len(text)-left)
}
