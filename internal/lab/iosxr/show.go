package iosxr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// showCommands are those that need no rights, as task groups give them to an operator.
func showCommands(g *grammar) {
	for pattern, show := range map[string]func(*cli, *args) string{
		"version": showVersion, "inventory": showInventory, "running-config [<what:line>]": showRunning, "clock": func(c *cli, _ *args) string {
			return time.Now().UTC().Format("15:04:05.000 UTC Mon Jan 02 2006") + "\n"
		},
		"configuration sessions [detail]":                     func(c *cli, a *args) string { return c.d.showSessions(a.Has("detail")) },
		"configuration commit list [<n:1-1024>] [detail]":     showCommits,
		"configuration history [detail] [last <n:1-1024>]":    showCommits,
		"configuration commit changes last <n:1-1024> [diff]": showCommitted,
		"monitor-session [<name:session>] status":             showStatus, "monitor-session [<name:session>] status {detail | internal | error}": showStatusDetail,
		"monitor-session [<name:session>] counters": showCounters, "lldp neighbors [detail]": showLLDP, "lldp": showLLDP, "interfaces [<if:if>]": showInterfaces,
		"interfaces [<if:if>] brief": showBrief, "interfaces [<if:if>] description": showDescription, "bundle [<if:if>]": showBundle,
		"access-lists [{ipv4 | ipv6 | afi-all}] [<name:word>]": showAccessLists} {
		g.Add("show "+pattern, tells(show))
	}
}

// header is what stands above a configuration.
func (d *device) header() string {
	return "Building configuration...\n!! IOS XR Configuration " + d.model.version + "\n"
}

// noSuch answers a question for lines that are not there (general knowledge).
const noSuch = "% No such configuration item(s)\n\n"

// showRunning prints the configuration, or the blocks that begin with the words asked
// for, formal or not.
func showRunning(c *cli, a *args) string {
	run, what := c.d.Running, strings.Fields(a.Str("what"))
	isFormal := len(what) > 0 && strings.HasPrefix("formal", what[len(what)-1])
	if isFormal {
		what = what[:len(what)-1]
	}
	if len(what) > 1 && strings.HasPrefix("interface", what[0]) {
		full, ok := names.Canonical(strings.Join(what[1:], ""))
		if !ok {
			return c.complain("", &cmdline.Fault{Col: len("show running-config interface ")}).Text
		}
		what = []string{"interface", full}
	}
	if len(what) > 0 && strings.HasPrefix("monitor-session", what[0]) && len(what[0]) > 2 {
		what[0] = "monitor-session"
	}
	var b strings.Builder
	for _, n := range run.Blocks() {
		switch {
		case len(what) > 0 && !begins(n.Text, strings.Join(what, " ")):
		case isFormal:
			formal(&b, n.Node, "")
		default:
			write(&b, n.Node, 0)
		}
	}
	switch {
	case len(what) > 0 && b.Len() == 0:
		return noSuch
	case len(what) > 0:
		return b.String() + "\n"
	}
	changed := ""
	if len(c.d.commits) > 0 {
		changed = "!! Last configuration change at " + c.d.commits[0].at.UTC().Format(time.ANSIC) + " by " + c.d.commits[0].user + "\n"
	}
	return c.d.header() + changed + "!\n" + b.String() + "end\n\n"
}

func showVersion(c *cli, _ *args) string {
	m, minutes := c.d.model, int(c.d.sw.Uptime().Minutes())
	kind := map[family]string{ncs: "NCS-5500", asr9000: "ASR9K", cisco8000: "8000"}[m.family]
	return fmt.Sprintf("Cisco IOS XR Software, Version %[1]s\nCopyright (c) 2013-2022 by Cisco Systems, Inc.\n\nBuild Information:\n Built By     : netmirror-lab\n Workspace    : simulation\n Version      : %[1]s\n Location     : /opt/cisco/XR/packages/\n Label        : %[1]s\n\ncisco %[2]s () processor\nSystem uptime is %[3]d weeks %[4]d days %[5]d hours %[6]d minutes\n\n",
		m.version, kind, minutes/10080, minutes/1440%7, minutes/60%24, minutes%60)
}

func showInventory(c *cli, _ *args) string {
	serial := cmp.Or(c.d.sw.Spec().Serial, "SIM"+strings.ToUpper(c.d.sw.Node().MAC.Groups(6, "")))
	return fmt.Sprintf("NAME: \"Rack 0\", DESCR: \"simulated by netmirror lab\"\nPID: %s, VID: V01, SN: %s\n\n", c.d.model.pid, serial)
}

// each calls f for every session by name, those that only attachments name among them;
// m is nil for such a one.
func (c *cli) each(only string, f func(name string, m *span, from []attachment)) {
	run := c.d.Running
	from, list := map[string][]attachment{}, []string(nil)
	for _, a := range run.attachments() {
		from[a.name] = append(from[a.name], a)
		list = append(list, a.name)
	}
	for _, m := range run.spans() {
		list = append(list, m.name)
	}
	slices.Sort(list)
	for _, name := range slices.Compact(list) {
		if only == "" || only == name {
			f(name, run.span(name), from[name])
		}
	}
}

// ends are the lines that a status begins with.
func (d *device) ends(m *span) (out []string) {
	told := func(what, port string) {
		switch bad := d.end(port); {
		case port == "":
			out = append(out, strings.TrimSpace(what+"destination is not specified"))
		case bad != "":
			out = append(out, bad)
		default:
			out = append(out, what+"destination interface "+port)
		}
	}
	switch {
	case m == nil:
		return []string{"Session is not configured globally"}
	case m.split():
		told("rx ", m.destination(plant.RX))
		told("tx ", m.destination(plant.TX))
		return out
	case m.Has("destination pseudowire"):
		return []string{"Destination pseudowire is not configured"} // of a kind that the lab lacks
	}
	told("", m.destination(plant.RX))
	return []string{strings.ToUpper(out[0][:1]) + out[0][1:]}
}

var directions = map[plant.Direction]string{plant.RX: "Rx", plant.TX: "Tx", plant.Both: "Both"}

// showStatus has the recorded columns.
func showStatus(c *cli, a *args) string {
	t := cmdline.Columns{Format: "%-21s %-4s  %s"}
	c.each(a.Str("name"), func(name string, m *span, from []attachment) {
		t.WriteString("Monitor-session " + name + "\n" + strings.Join(c.d.ends(m), "\n") + "\n" + strings.Repeat("=", 80) + "\n")
		t.Row("Source Interface", "Dir", "Status")
		t.Row(strings.Repeat("-", 21), "----", strings.Repeat("-", 52))
		for _, s := range from {
			port := names.ShortOf(s.port)
			if s.has("port-level") {
				port += " (port)"
			}
			t.Row(port, directions[s.direction()], c.d.status(s))
		}
		t.WriteString("\n")
	})
	return t.String()
}

// showStatusDetail: the layout is general knowledge.
func showStatusDetail(c *cli, a *args) string {
	var b strings.Builder
	c.each(a.Str("name"), func(name string, m *span, from []attachment) {
		fmt.Fprintf(&b, "Monitor-session %s\n  %s\n  Source Interfaces\n  -----------------\n", name, strings.Join(c.d.ends(m), "\n  "))
		for _, s := range from {
			portion, every := "Full packet", "Mirror all packets"
			if m != nil && s.truncate(m) > 0 {
				portion = fmt.Sprintf("First %d bytes", s.truncate(m))
			}
			if m != nil && s.sample(m) > 0 {
				every = fmt.Sprintf("Mirror every %d packets", s.sample(m))
			}
			status := c.d.status(s)
			if strings.HasPrefix(status, "Error") {
				status = "Error: the hardware refused the session (simulation)"
			}
			fmt.Fprintf(&b, "  %s\n    Direction:  %s\n    Port level: %s\n    ACL match:  %s\n    Portion:    %s\n    Interval:   %s\n    Status:     %s\n", s.port, directions[s.direction()],
				map[bool]string{true: "True", false: "False"}[s.has("port-level")], map[bool]string{true: "Enabled", false: "Disabled"}[s.listed()], portion, every, status)
		}
		b.WriteString("\n")
	})
	return b.String()
}

// showAccessLists as recorded: with the numbers, without counts.
func showAccessLists(c *cli, a *args) string {
	text := ""
	for _, family := range []string{"ipv4", "ipv6"} {
		for _, b := range c.d.Running.Blocks() {
			other := a.Has("ipv4") && family == "ipv6" || a.Has("ipv6") && family == "ipv4"
			if begins(b.Text, family+" access-list") && !other && (a.Str("name") == "" || a.Str("name") == word(b.Text, 2)) {
				text += b.Text + "\n"
				for _, l := range b.Lines() {
					text += " " + l + "\n"
				}
			}
		}
	}
	return text
}
