package nxos

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// showCommands are those of every role.
func showCommands(g *grammar) {
	for pattern, show := range map[string]func(*cli, *args) (string, object){"version": showVersion, "interface [<ifs:interfaces>]": showInterface, "interface [<ifs:interfaces>] status": showStatus} {
		g.Add("show "+pattern, shows(show))
	}
	for pattern, show := range map[string]func(c *cli, a *args) string{
		"inventory": showInventory, "vlan [brief]": showVLAN, "{lldp | cdp} neighbors": showNeighbours, "mac address-table [dynamic] [interface <ifs:interfaces>]": showMACs,
		"port-channel summary": showBundles, "interface [<ifs:interfaces>] switchport": showSwitchport, "interface [<ifs:interfaces>] counters [errors]": showCounters,
		"hostname": func(c *cli, _ *args) string { return c.d.hostname() + "\n" },
		"monitor":  showMonitor, "monitor session {<id:sid> | all | range <list:sids>} [brief]": showSessions,
		"running-config [all]": func(c *cli, a *args) string { return c.d.config(a, c.d.Running.text()) },
		"running-config monitor [all]": func(c *cli, a *args) string {
			return c.d.config(a, c.d.Running.sessions(layout.New(), a.Has("all")).Begin("monitor")+c.d.Running.Begin(originKey))
		},
		"startup-config":         func(c *cli, a *args) string { return c.d.config(a, c.d.Startup) },
		"startup-config monitor": func(c *cli, a *args) string { return c.d.config(a, layout.Begin(c.d.Startup, "monitor")) },
		"running-config interface [<ifs:interfaces>]": func(c *cli, a *args) string {
			wanted := []string{"interface"}
			for i, n := range ports(a) {
				wanted = append(wanted[:i], "interface "+n)
			}
			return c.d.config(a, c.d.Running.Begin(wanted...))
		},
		"running-config {vlan | aclmgr}": func(c *cli, a *args) string {
			return c.d.config(a, c.d.Running.whole().Begin(map[bool][]string{true: {"vlan"}, false: {"ip access-list", "ipv6 access-list"}}[a.Has("vlan")]...))
		},
		"access-lists [<name:word>]": showAccessLists, "{ip | ipv6} access-lists [<name:word>]": showAccessLists,
		"running-config diff": func(c *cli, _ *args) string {
			return cmdline.Unified("Startup-config", "Running-config", c.d.Startup, c.d.Running.text())
		},
		"clock": func(*cli, *args) string { return time.Now().UTC().Format("15:04:05.000 UTC Mon Jan 02 2006") + "\n" },
	} {
		g.Add("show "+pattern, shows(func(c *cli, a *args) (string, object) { return show(c, a), nil }))
	}
}

// execCommands are those of every role besides.
func execCommands(g *grammar) {
	g.Add("{exit | quit}", func(*cli, *args) reply { return reply{Hangup: true} })
	g.Add("terminal length <n:0-511>", quiet(func(c *cli, a *args) { c.Rows, c.Asked = a.Num("n"), true }))
	g.Add("terminal width <n:24-511>", quiet(func(*cli, *args) {}))
	g.Add("terminal monitor", quiet(func(c *cli, _ *args) { c.logs = true }))
	g.Add("terminal no monitor", quiet(func(c *cli, _ *args) { c.logs = false }))
	g.Add("terminal dont-ask", quiet(func(c *cli, _ *args) { c.unasked = true }))
}

// adminCommands are those of network-admin alone.
func adminCommands(g *grammar) {
	g.Add("configure [terminal]", func(c *cli, _ *args) reply {
		c.mode = modeConfig
		return say("Enter configuration commands, one per line. End with CNTL/Z.\n")
	})
	g.Add("enable [<level:0-63>]", quiet(func(*cli, *args) {}))
	g.Add("copy running-config startup-config", func(c *cli, _ *args) reply {
		c.d.Save(c.user)
		half := strings.Repeat("#", 20)
		return reply{Text: fmt.Sprintf("\r[%-40s]   0%%\r[%-40s]  50%%\r[%s%[2]s] 100%%\nCopy complete.\n", "", half, half), Save: true}
	})
	g.Add("reload", func(c *cli, _ *args) reply {
		if c.unasked {
			return reply{Reboot: true}
		}
		return reply{Ask: &cmdline.Question{Prompt: "This command will reboot the system. (y/n)?  [n] ", Then: func(answer string) reply {
			return reply{Reboot: strings.HasPrefix(strings.ToLower(answer), "y")}
		}}}
	})
	g.Add("clear counters [interface] [{all | <ifs:interfaces>}]", quiet(func(c *cli, a *args) {
		for _, v := range c.views(a) {
			for _, p := range c.d.behind(v.Name) {
				c.d.sw.Fabric().ClearCounters(c.d.sw.Node(), p)
			}
		}
	}))
}

// config is a configuration with its comments at the top.
func (d *device) config(a *args, text string) string {
	stamp := func(t time.Time) string { return t.UTC().Format("Mon Jan _2 15:04:05 2006") }
	at := "!Startup config saved at: " + stamp(d.SavedAt)
	if a.Has("running-config") {
		at = "!Running configuration last done at: " + stamp(d.ChangedAt)
	}
	return fmt.Sprintf("\n!Command: %s\n%s\n!Time: %s\n\nversion %s\n%s\n", a.Line(), at, stamp(time.Now()), d.model.version, text)
}

func (d *device) serial() string {
	return cmp.Or(d.sw.Spec().Serial, "SIM"+strings.ToUpper(d.sw.Node().MAC.Groups(6, ""))[:9])
}

func showVersion(c *cli, _ *args) (string, object) {
	m, s := c.d.model, int(c.d.sw.Uptime().Seconds())
	image := "  NXOS: version " + m.version + "\n  NXOS image file is: bootflash:///nxos.bin\n"
	if m.layered() {
		image = "  kickstart: version " + m.version + "\n  system:    version " + m.version + "\n  kickstart image file is: bootflash:///kickstart.bin\n  system image file is:    bootflash:///system.bin\n"
	}
	const product = "Cisco Nexus Operating System (NX-OS) Software, a simulation by netmirror lab\n"
	return fmt.Sprintf(product+"\nSoftware\n  BIOS: version 07.69\n%s\n\nHardware\n  cisco %s \n  Processor Board ID %s\n\n  Device name: %s\n  bootflash:   53298520 kB\n"+
			"Kernel uptime is %d day(s), %d hour(s), %d minute(s), %d second(s)\n\nLast reset \n  Reason: %s\n  System version: %s\n\nplugin\n  Core Plugin, Ethernet Plugin\n\n",
			image, m.chassis, c.d.serial(), c.d.hostname(), s/86400, s/3600%24, s/60%60, s%60, c.d.reason, m.version),
		object{"header_str": product, "bios_ver_str": "07.69", "kickstart_ver_str": m.version, "nxos_ver_str": m.version, "kick_file_name": "bootflash:///nxos.bin", "nxos_file_name": "bootflash:///nxos.bin",
			"chassis_id": m.chassis, "proc_board_id": c.d.serial(), "host_name": c.d.hostname(), "manufacturer": "Cisco Systems, Inc.", "rr_reason": c.d.reason,
			"kern_uptm_days": s / 86400, "kern_uptm_hrs": s / 3600 % 24, "kern_uptm_mins": s / 60 % 60, "kern_uptm_secs": s % 60}
}

func showInventory(c *cli, _ *args) string {
	return fmt.Sprintf("NAME: \"Chassis\",  DESCR: \"%s\"\nPID: %-18s ,  VID: V01 ,  SN: %s\n\n", c.d.model.chassis, c.d.model.sku, c.d.serial())
}

// showAccessLists as recorded, without counts.
func showAccessLists(c *cli, a *args) string {
	var out strings.Builder
	for _, b := range c.d.Running.Blocks() {
		f := strings.Fields(b.Text + " . .")
		if f[1] == "access-list" && (a.Has(f[0]) || !a.Has("ip") && !a.Has("ipv6")) && (a.Str("name") == "" || a.Str("name") == f[2]) {
			fmt.Fprintf(&out, "\n%s access list %s\n", strings.Replace(strings.ToUpper(f[0]), "V", "v", 1), f[2])
			for _, l := range b.Lines() {
				out.WriteString("        " + l + " \n")
			}
		}
	}
	return out.String()
}

// showMonitor is a table; its layout is general knowledge.
func showMonitor(c *cli, _ *args) string {
	if len(c.d.Running.mon) == 0 {
		return noSessions
	}
	t := cmdline.Columns{Format: "%-7v  %-11s  %-34s  %s"}
	t.Row("Session", "State", "Reason", "Description")
	t.Row("-------", "-----------", "----------------------------------", "--------------------------------")
	for _, m := range c.d.Running.sorted() {
		state, reason := c.d.state(m)
		t.Row(m.id, state, reason, m.options["description"])
	}
	return t.String()
}

// noSessions: what is said of none is general knowledge.
const noSessions = "Note: No sessions configured\n"

// showSessions prints sessions in the layout of the recordings; brief leaves out
// what an ERSPAN session has besides (general knowledge).
func showSessions(c *cli, a *args) string {
	list := vlansOf(a)
	var parts []string
	for _, m := range c.d.Running.sorted() {
		if a.Has("all") || m.id == a.Num("id") || list.Has(m.id) {
			parts = append(parts, c.d.shown(m, a.Has("brief")))
		}
	}
	if len(parts) == 0 {
		return noSessions
	}
	return strings.Join(parts, "\n")
}
