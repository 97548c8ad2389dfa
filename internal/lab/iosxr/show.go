package iosxr

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// showCommands are those that need no rights, as task groups give them to an operator.
func showCommands(g *grammar) {
	runningCommands(g)
	for pattern, show := range map[string]func(*cli, *args) string{
		"version": showVersion, "inventory": showInventory, "clock": showClock,
		"configuration sessions [detail]":                  func(c *cli, a *args) string { return c.d.showSessions(a.Has("detail")) },
		"configuration commit list [<n:1-1024>] [detail]":  showCommits,
		"configuration history [detail] [last <n:1-1024>]": showCommits,
		"monitor-session [<name:session>] status":          showStatus, "monitor-session [<name:session>] status {detail | internal | error}": showStatusDetail,
		"monitor-session [<name:session>] counters": showCounters, "lldp [neighbors [detail]]": showLLDP, "cdp neighbors": func(*cli, *args) string { return "% CDP is not enabled\n" }, "interfaces [<if:if>]": showInterfaces,
		"interfaces [<if:if>] brief": showBrief, "interfaces [<if:if>] description": showDescription, "bundle [<if:if>]": showBundle,
		"access-lists [{ipv4 | ipv6 | afi-all}] [<name:word>]": showAccessLists} {
		g.Add("show "+pattern, tells(show))
	}
}

func showClock(*cli, *args) string {
	return time.Now().UTC().Format("15:04:05.000 UTC Mon Jan 02 2006") + "\n"
}

// header is what stands above a configuration.
func (d *device) header() string {
	return "Building configuration...\n!! IOS XR Configuration " + d.model.version + "\n"
}

// runningCommands show the configuration, or the blocks that begin with the words asked
// for.
func runningCommands(g *grammar) {
	for _, what := range []string{"[<what:line>]", "formal", "interface [<if:if>] [formal]", "monitor-session [<name:session> [{" + classes + "}]] [formal]"} {
		g.Add("show running-config "+what, tells(showRunning))
	}
}

func showRunning(c *cli, a *args) string {
	what := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(typed(a), "show running-config"), " formal"))
	text := c.d.Running.Only(what, a.Has("formal"))
	switch {
	case text == "": // general knowledge
		return "% No such configuration item(s)\n\n"
	case what != "" || a.Has("formal"):
		return text + "\n"
	}
	changed := ""
	if all := c.d.Commits(); len(all) > 0 {
		changed = "!! Last configuration change at " + all[0].At.UTC().Format(time.ANSIC) + " by " + all[0].User + "\n"
	}
	return c.d.header() + changed + "!\n" + text + "end\n\n"
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
	run, from := c.d.Running, map[string][]attachment{}
	for _, m := range run.spans() {
		from[m.name] = nil
	}
	for _, a := range run.attachments() {
		from[a.name] = append(from[a.name], a)
	}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if only == "" || only == name {
			f(name, run.span(name), from[name])
		}
	}
}

// ends are the lines that a status begins with.
func (d *device) ends(m *span) string {
	told := func(what, port string) string {
		if port == "" {
			return what + "estination is not specified"
		}
		return cmp.Or(d.end(port), what+"estination interface "+port)
	}
	switch {
	case m == nil:
		return "Session is not configured globally"
	case m.split():
		return told("rx d", m.destination(plant.RX)) + "\n" + told("tx d", m.destination(plant.TX))
	case m.Has("destination pseudowire"):
		return "Destination pseudowire is not configured" // of a kind that the lab lacks
	}
	return told("D", m.destination(plant.RX))
}

var directions = map[plant.Direction]string{plant.RX: "Rx", plant.TX: "Tx", plant.Both: "Both"}

// showStatus has the recorded columns.
func showStatus(c *cli, a *args) string {
	t := cmdline.Columns{Format: "%-21s %-4s  %s"}
	c.each(a.Str("name"), func(name string, m *span, from []attachment) {
		t.WriteString("Monitor-session " + name + "\n" + c.d.ends(m) + "\n" + strings.Repeat("=", 80) + "\n")
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
		fmt.Fprintf(&b, "Monitor-session %s\n  %s\n  Source Interfaces\n  -----------------\n", name, strings.ReplaceAll(c.d.ends(m), "\n", "\n  "))
		for _, s := range from {
			portion, every, status := "Full packet", "Mirror all packets", c.d.status(s)
			if n := s.truncate(m); n > 0 {
				portion = fmt.Sprintf("First %d bytes", n)
			}
			if n := s.sample(m); n > 0 {
				every = fmt.Sprintf("Mirror every %d packets", n)
			}
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
