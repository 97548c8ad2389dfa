package eos

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// showCommands are those that need no privilege.
func showCommands(g *grammar) {
	for pattern, show := range map[string]func(*cli, *args) (string, object){
		"version": showVersion, "hostname": showHostname, "monitor session [<name:session>] [detail]": showMonitor, "vlan [brief]": showVLAN, "lldp neighbors": showLLDP,
		"mac address-table [dynamic] [interface <ifs:interfaces>]": showMACs, "{ip | ipv6 | mac} access-lists [<name:word>]": showAccessLists, "interfaces [<ifs:interfaces>]": showInterfaces,
		"interfaces [<ifs:interfaces>] status": showStatus, "interfaces [<ifs:interfaces>] switchport": showSwitchport, "interfaces [<ifs:interfaces>] trunk": showTrunk,
		"interfaces [<ifs:interfaces>] counters [{rates | discards}]": showCounters} {
		g.Add("show "+pattern, shows(show))
	}
}

// privilegedCommands are those of enable mode alone.
func privilegedCommands(g *grammar) {
	configureCommands(g)
	for _, line := range []string{"write [memory]", "copy running-config startup-config"} {
		g.Add(line, func(c *cli, _ *args) reply {
			c.d.Save(c.user)
			return reply{Text: "Copy completed successfully.\n", Save: true}
		})
	}
	g.Add("reload now", func(*cli, *args) reply { return reply{Reboot: true} })
	g.Add("reload", func(*cli, *args) reply {
		return reply{Ask: &question{Prompt: "Proceed with reload? [confirm]", AnyKey: true, Then: func(key string) reply {
			return reply{Reboot: key == "" || strings.ContainsAny(key, "\r\nyY")}
		}}}
	})
	g.Add("clear counters [<ifs:interfaces>]", quiet(func(c *cli, a *args) {
		list, named := a.Values["ifs"].([]string)
		if !named {
			list = []string{""} // all
		}
		for _, p := range list {
			c.d.sw.Fabric().ClearCounters(c.d.sw.Node(), p)
		}
	}))
	for pattern, show := range map[string]func(c *cli, a *args) string{
		"show running-config [all]":             func(c *cli, _ *args) string { return c.d.header("running", "") + c.d.Running.text() },
		"show running-config section <re:line>": func(c *cli, a *args) string { return sections(c.d.Running.text(), a.Str("re")) },
		"show running-config interfaces <ifs:interfaces>": func(c *cli, a *args) (text string) {
			for _, n := range a.Values["ifs"].([]string) {
				if b := c.d.Running.Block("interface " + n); b.Node != nil {
					text += b.Written()
				}
			}
			return text
		},
		"show running-config diffs": func(c *cli, _ *args) string {
			return cmdline.Unified("flash:/startup-config", "system:/running-config", c.d.Startup, c.d.Running.text())
		},
		"show startup-config": func(c *cli, _ *args) string {
			saved := ""
			if !c.d.SavedAt.IsZero() {
				saved = fmt.Sprintf("! Startup-config last modified at %s by %s\n", c.d.SavedAt.UTC().Format(time.ANSIC), c.d.SavedBy)
			}
			return c.d.header("startup", saved) + c.d.Startup
		},
		"show logging": func(c *cli, _ *args) string { return strings.Join(c.d.logged, "") },
		"dir all-filesystems": func(*cli, *args) string {
			return "Directory of flash:/\n\n       -rwx     1073741824            Jan 1 00:00  EOS.swi\n\n3440291840 bytes total (1904779264 bytes free)\n"
		},
		"bash timeout <n:1-600> cat /mnt/flash/boot-config": func(*cli, *args) string { return "SWI=flash:/EOS.swi\n" },
	} {
		g.Add(pattern, shows(func(c *cli, a *args) (string, object) { return show(c, a), nil }))
	}
	g.Add("show configuration sessions [detail]", shows(showConfigurationSessions))
	g.Add("show configuration lock", shows(showConfigurationLock))
}

// header stands at the top of a configuration, as comments.
func (d *device) header(which, saved string) string {
	return fmt.Sprintf("! Command: show %s-config\n%s! device: %s (%s, EOS-%s)\n!\n", which, saved, d.hostname(), d.model.sku, d.model.version)
}

// execCommands are those of every level of exec.
func execCommands(g *grammar) {
	g.Add("enable [<level:0-15>]", func(c *cli, _ *args) reply {
		secret := c.d.sw.Spec().Secret
		if c.privilege >= 15 || secret == "" {
			c.privilege = 15
			return reply{}
		}
		return reply{Ask: &question{Prompt: "Password: ", Secret: true, Then: func(given string) reply {
			if given != secret || c.d.sw.Faults().WrongSecret {
				return say("% Bad secret\n")
			}
			c.privilege = 15
			return reply{}
		}}}
	})
	g.Add("disable", quiet(func(c *cli, _ *args) { c.privilege = 1 }))
	g.Add("{exit | quit | logout}", func(*cli, *args) reply { return reply{Hangup: true} })
	g.Add("terminal length <n:0-32767>", func(c *cli, a *args) reply {
		c.Rows, c.Asked = a.Num("n"), true
		return say(map[bool]string{true: "Pagination disabled.\n", false: fmt.Sprintf("Pagination set to %d lines.\n", c.Rows)}[c.Rows == 0])
	})
	g.Add("terminal width <n:10-32767>", func(c *cli, a *args) reply {
		// cEOS was seen to close the channel at 32767, and to take 500.
		return reply{Text: fmt.Sprintf("Width set to %d columns.\n", a.Num("n")), Hangup: c.d.model.container && a.Num("n") == 32767}
	})
	g.Add("!! <rest:line>", quiet(func(*cli, *args) {})) // a comment
	g.Add("terminal [no] monitor", quiet(func(*cli, *args) {}))
}

func showHostname(c *cli, _ *args) (string, object) {
	h := c.d.hostname()
	return "Hostname: " + h + "\nFQDN:     " + h + "\n", object{"hostname": h, "fqdn": h}
}

func showVersion(c *cli, _ *args) (string, object) {
	const total, free = 8155180, 5432100
	m, up, mac := c.d.model, c.d.sw.Uptime(), c.d.sw.Node().MAC
	serial, minutes := cmp.Or(c.d.sw.Spec().Serial, "SIM"+strings.ToUpper(mac.Groups(6, ""))), int(up.Minutes())
	text := fmt.Sprintf("Arista %s\nHardware version: 11.01\nSerial number: %s\nHardware MAC address: %[3]s\nSystem MAC address: %[3]s\n\nSoftware image version: %[4]s\nArchitecture: x86_64\n"+
		"Internal build version: %[4]s\nInternal build ID: simulated-by-netmirror-lab\nImage format version: 3.0\nImage optimization: None\n\n", m.sku, serial, mac.Groups(2, "."), m.version) +
		fmt.Sprintf("Uptime: %d weeks, %d days, %d hours and %d minutes\nTotal memory: %d kB\nFree memory: %d kB\n\n", minutes/10080, minutes/1440%7, minutes/60%24, minutes%60, total, free)
	return text, object{"mfgName": "Arista", "modelName": m.sku, "hardwareRevision": "11.01", "serialNumber": serial, "systemMacAddress": mac.Groups(1, ":"), "version": m.version,
		"architecture": "x86_64", "internalVersion": m.version, "bootupTimestamp": epoch(time.Now().Add(-up)), "uptime": up.Seconds(), "memTotal": total, "memFree": free}
}

// showMonitor prints the sessions. Rx and Tx have headings of their own as far
// as is known; what "detail" adds is not recorded.
func showMonitor(c *cli, a *args) (string, object) {
	text, all := "", object{}
	for _, m := range c.d.Running.sorted() {
		if n := a.Str("name"); n != "" && n != m.name {
			continue
		}
		row, device, targets := object{}, "", []object{}
		text += fmt.Sprintf("\nSession %s\n------------------------\nSource Ports:\n", m.name)
		for i, head := range []string{"Rx", "Tx", "Both"} {
			list := []string{}
			for _, p := range m.sources() {
				if m.Ports[p] == plant.Direction(i+1) {
					list = append(list, p)
				}
			}
			if row["source"+head+"Interfaces"] = list; len(list) > 0 {
				text += "   " + head + ": " + names.ShortList(list, ", ") + "\n"
			}
		}
		text += "Destination Ports:\n"
		for _, end := range m.Destinations {
			state, kernel := c.d.state(m, end.Port)
			text += "   " + names.ShortOf(end.Port) + " :  " + state
			if kernel != "" {
				device, text = kernel, text+" ("+kernel+")"
			}
			text, targets = text+"\n", append(targets, object{"name": end.Port, "operState": state})
		}
		for _, k := range optionOrder {
			if v, ok := m.options[k]; ok && a.Has("detail") {
				text += strings.TrimSpace(k+" "+v) + "\n"
			}
		}
		row["targetInterfaces"], row["mirrorDeviceName"], all[m.name] = targets, device, row
	}
	return text, object{"sessions": all}
}

// showAccessLists as recorded, without counts.
func showAccessLists(c *cli, a *args) (string, object) {
	text := ""
	for kind, title := range map[string]string{"ip": "IP", "ipv6": "IPV6", "mac": "MAC"} {
		for _, s := range c.d.Running.Blocks() {
			n, ok := strings.CutPrefix(s.Text, kind+" access-list ")
			if ok && a.Has(kind) && (a.Str("name") == "" || a.Str("name") == n) {
				text += title + " Access List " + n + "\n" + strings.Join(append([]string{""}, s.Lines()...), "\n        ")[min(1, len(s.Kids)):] + "\n"
			}
		}
	}
	return text, nil
}
