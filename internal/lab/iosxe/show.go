package iosxe

import (
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// showCommands are the reading commands. The running configuration and what
// belongs to it needs privilege; privilegedShow lists it.
func showCommands(g *cmdline.Grammar[run]) {
	add := func(pattern string, run run) { g.Add("show "+pattern, run) }
	add("privilege", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Text: fmt.Sprintf("Current privilege level is %d\n", c.privilege)}
	})
	add("version", showVersion)
	add("inventory", showInventory)
	add("clock", func(*cli, *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Text: time.Now().UTC().Format("*15:04:05.000 UTC Mon Jan 2 2006") + "\n"}
	})
	add("users", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Text: fmt.Sprintf("    Line       User       Host(s)              Idle       Location\n*   1 vty 0     %-10s idle                 00:00:00 %s\n", c.user, c.from)}
	})
	add("memory statistics", func(*cli, *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Text: "                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)\n" +
			"Processor   7F5C6A1C3010   1363476424   246783340   1116693084   1114970068   1048576404\n"}
	})
	add("interfaces [<if:if>]", showInterfaces)
	add("interfaces [<if:if>] status", showInterfacesStatus)
	add("interfaces trunk", showTrunks)
	add("interfaces [<if:if>] counters errors", showErrors)
	add("ip interface brief", showIPBrief)
	add("ip interface [<if:if>]", showIPInterface)
	add("ipv6 interface [<if:if>]", func(*cli, *cmdline.Args) cmdline.Reply { return cmdline.Reply{} })
	add("vlan [brief]", showVLANs)
	add("vlan remote-span", showRemoteVLANs)
	add("vtp status", showVTP)
	add("lldp", showLLDP)
	add("lldp neighbors", showNeighbours)
	add("lldp neighbors detail", showNeighboursDetail)
	add("cdp", showCDP)
	add("cdp neighbors", showCDPNeighbours)
	add("cdp neighbors detail", showCDPNeighboursDetail)
	add("mac address-table [dynamic] [interface <if:if>]", showMACs)
	add("etherchannel summary", showEtherChannel)
	add("monitor [detail]", showMonitor)
	add("monitor session {<n:sid> | all | local | remote | erspan-source | erspan-destination | range <r:sidrange>} [detail]", showMonitor)
	add("capability feature monitor {erspan-source | erspan-destination}", showCapability)
	add("platform software fed [switch] active monitor [<n:sid>]", showFED)
	add("platform software monitor session <n:sid>", showPlatformSession)
	privilegedShow(g)
}

// privilegedShow commands answer a user without privilege as if they did not
// exist, as IOS does.
func privilegedShow(g *cmdline.Grammar[run]) {
	add := func(pattern string, run run) {
		g.Add("show "+pattern, func(c *cli, a *cmdline.Args) cmdline.Reply {
			if c.privilege < 15 {
				return c.complain("", &cmdline.Fault{Kind: cmdline.Invalid, Col: len("show ")})
			}
			return run(c, a)
		})
	}
	add("running-config", showRunning)
	add("running-config interface <if:if>", showRunningInterface)
	add("startup-config", showStartup)
	add("configuration", showStartup)
	add("access-lists", showAccessLists)
	add("ip access-lists", showAccessLists)
	add("archive", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		if !c.d.Running.lines.Has("archive") {
			return cmdline.Reply{Text: "Archive feature not enabled\n"}
		}
		return cmdline.Reply{Text: "The maximum archive configurations allowed is 10.\nThere are currently 0 archive configurations saved.\n"}
	})
	add("archive config rollback timer", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		if c.d.Waiting == nil {
			return cmdline.Reply{Text: "%No Rollback Confirmed Change pending\n"}
		}
		return cmdline.Reply{Text: "Time configured(in minutes): pending\n"}
	})
	add("archive config differences [<a:word> [<b:word>]]", showDifferences)
}

func showRunning(c *cli, _ *cmdline.Args) cmdline.Reply {
	d := c.d
	text := d.Running.render()
	var head strings.Builder
	fmt.Fprintf(&head, "Building configuration...\n\nCurrent configuration : %d bytes\n!\n", len(text))
	if !d.ChangedAt.IsZero() {
		fmt.Fprintf(&head, "! Last configuration change at %s by %s\n", iosTime(d.ChangedAt), d.ChangedBy)
	}
	if !d.SavedAt.IsZero() {
		fmt.Fprintf(&head, "! NVRAM config last updated at %s by %s\n", iosTime(d.SavedAt), d.SavedBy)
	}
	return cmdline.Reply{Text: head.String() + text + "\n"}
}

func iosTime(t time.Time) string { return t.UTC().Format("15:04:05 UTC Mon Jan 2 2006") }

func showRunningInterface(c *cli, a *cmdline.Args) cmdline.Reply {
	n := c.d.iface(a.Str("if"))
	if n == nil {
		n = &cmdline.Node{Text: "interface " + a.Str("if")}
	}
	var b strings.Builder
	n.Write(&b)
	return cmdline.Reply{Text: fmt.Sprintf("Building configuration...\n\nCurrent configuration : %d bytes\n!\n%send\n\n", b.Len(), b.String())}
}

func showStartup(c *cli, _ *cmdline.Args) cmdline.Reply {
	return cmdline.Reply{Text: fmt.Sprintf("Using %d out of 2097152 bytes\n%s\n", len(c.d.Startup), c.d.Startup)}
}

// showDifferences compares two configurations, by default the running one
// with the startup one: "+" is what only the second has. One name alone is
// the second, and the running configuration the first (the direction that
// public articles report). Only these two files exist.
func showDifferences(c *cli, a *cmdline.Args) cmdline.Reply {
	d := c.d
	first, second := "system:running-config", "nvram:startup-config"
	if x := a.Str("a"); x != "" {
		second = x
		if y := a.Str("b"); y != "" {
			first, second = x, y
		}
	}
	var trees [2]*cmdline.Node
	for i, name := range []string{first, second} {
		switch name {
		case "system:running-config":
			trees[i] = d.Running.tree()
		case "nvram:startup-config":
			trees[i] = parseConf(d.Startup)
		default:
			return cmdline.Reply{Text: fmt.Sprintf("%%Error opening %s (No such file or directory)\n", name)}
		}
	}
	lines := cmdline.Difference(trees[0], trees[1], "")
	if len(lines) == 0 {
		lines = []string{"!No changes were found"}
	}
	return cmdline.Reply{Text: "\n!Contextual Config Diffs:\n" + strings.Join(lines, "\n") + "\n\n"}
}

func showAccessLists(c *cli, _ *cmdline.Args) cmdline.Reply {
	var b strings.Builder
	for _, n := range c.d.Running.lines.Kids {
		f := strings.Fields(n.Text)
		if len(f) < 4 || f[1] != "access-list" {
			continue
		}
		family := map[string]string{"ip": "IP", "mac": "MAC"}[f[0]]
		fmt.Fprintf(&b, "Extended %s access list %s\n", family, f[3])
		for i, k := range n.Kids {
			rule := k.Text
			if rule[0] < '0' || rule[0] > '9' {
				rule = fmt.Sprintf("%d %s", (i+1)*10, rule)
			}
			fmt.Fprintf(&b, "    %s\n", rule)
		}
	}
	return cmdline.Reply{Text: b.String()}
}

func showVersion(c *cli, _ *cmdline.Args) cmdline.Reply {
	d := c.d
	var b strings.Builder
	p := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	m := d.model
	host, serial, up := d.hostname(), d.serial(), uptimeText(d.host.Uptime())
	switch {
	case m.classic:
		p("Cisco IOS Software, %s Software (%s-UNIVERSALK9-M), Version %s, RELEASE SOFTWARE (fc3)", m.family, m.family, m.version)
	case m.router || m.family == "ASR1000":
		p("Cisco IOS XE Software, Version %s", padVersion(m.version))
		p("Cisco IOS Software [Simulated], %s Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version %s, RELEASE SOFTWARE (fc3)", m.family, m.version)
	default:
		p("Cisco IOS XE Software, Version %s", padVersion(m.version))
		p("Cisco IOS Software [Simulated], Catalyst L3 Switch Software (%s_IOSXE), Version %s, RELEASE SOFTWARE (fc3)", m.family, m.version)
	}
	p("Technical Support: http://www.cisco.com/techsupport")
	p("This is a simulation by netmirror lab, not a Cisco product.\n")
	p("ROM: Bootstrap program is simulated\n")
	p("%s uptime is %s", host, up)
	p("System returned to ROM by %s", d.reason)
	p("System image file is \"flash:packages.conf\"")
	p("Last reload reason: %s\n", d.reason)
	p("cisco %s (simulated) processor with 1331514K/6147K bytes of memory.", m.sku)
	p("Processor board ID %s", serial)
	p("%d Ethernet interfaces", len(d.host.Node().Ports))
	p("2048K bytes of non-volatile configuration memory.\n")
	p("Base Ethernet MAC Address          : %s", d.host.Node().MAC.Groups(1, ":"))
	p("Model Number                       : %s", m.sku)
	p("System Serial Number               : %s\n", serial)
	if !m.router && m.family != "ASR1000" {
		p("Switch Ports Model              SW Version        SW Image              Mode   ")
		p("------ ----- -----              ----------        ----------            ----   ")
		p("*    1 %-5d %-18s %-17s %-21s INSTALL\n", len(d.host.Node().Ports), m.sku, padVersion(m.version), m.family+"_IOSXE")
	}
	p("Configuration register is 0x102\n")
	return cmdline.Reply{Text: b.String()}
}

// padVersion writes 17.9.4 as the install view does: 17.09.04.
func padVersion(v string) string {
	parts := strings.Split(v, ".")
	if strings.Contains(v, "(") {
		return v
	}
	for i, s := range parts[1:] {
		if digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz"); len(digits) == 1 {
			parts[i+1] = "0" + s
		}
	}
	return strings.Join(parts, ".")
}

func (d *device) serial() string {
	if s := d.spec.Serial; s != "" {
		return s
	}
	return "SIM" + strings.ToUpper(d.host.Node().MAC.Groups(6, ""))[4:12]
}

// dotted writes an address as these switches do, 0011.2233.4455.
func dotted(m fabric.MAC) string { return m.Groups(2, ".") }

// uptimeText words a duration as IOS does.
func uptimeText(d time.Duration) string {
	units := []struct {
		name string
		n    int
	}{{"week", int(d.Hours()) / 168}, {"day", int(d.Hours()) / 24 % 7}, {"hour", int(d.Hours()) % 24}, {"minute", int(d.Minutes()) % 60}}
	var parts []string
	for _, u := range units {
		switch {
		case u.n == 1:
			parts = append(parts, "1 "+u.name)
		case u.n > 1 || u.name == "minute":
			parts = append(parts, fmt.Sprintf("%d %ss", u.n, u.name))
		}
	}
	return strings.Join(parts, ", ")
}

func showInventory(c *cli, _ *cmdline.Args) cmdline.Reply {
	d := c.d
	return cmdline.Reply{Text: fmt.Sprintf("NAME: \"Switch 1\", DESCR: \"%s simulated by netmirror lab\"\nPID: %-18s, VID: V01  , SN: %s\n\n", d.model.sku, d.model.sku, d.serial())}
}
