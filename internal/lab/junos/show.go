package junos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// cliCommands set the terminal up.
func cliCommands(g *grammar) {
	for pattern, answer := range map[string]string{"screen-width <n:0-1024>": "Screen width set to %d\n", "screen-length <n:0-10000>": "Screen length set to %d\n", "idle-timeout <n:0-10000>": "Idle timeout set to %d minutes\n",
		"complete-on-space off": "Disabling complete-on-space\n", "complete-on-space on": "Enabling complete-on-space\n", "timestamp disable": "CLI timestamp disabled\n"} {
		g.Add("set cli "+pattern, func(c *cli, a *args) reply {
			n, numbered := a.Values["n"]
			if a.Has("screen-length") {
				c.Rows, c.Asked = a.Num("n"), true
			}
			if numbered {
				return say(fmt.Sprintf(answer, n))
			}
			return say(answer)
		})
	}
	g.Add("{exit | quit}", func(*cli, *args) reply { return reply{Hangup: true} })
}

// showCommands read.
func showCommands(g *grammar) {
	for pattern, show := range map[string]run{
		"version": showVersion, "system commit": showCommits, "system uptime": showUptime, "vlans [<name:word>]": showVLANs,
		"lldp neighbors": showLLDP, "ethernet-switching table": showMACs, "lacp interfaces": showLACP, "interfaces [<name:word>]": ports(showInterfaces), "interfaces extensive": ports(showInterfaces),
		"interfaces <name:word> extensive": ports(showInterfaces), "interfaces [<name:word>] terse": ports(showTerse), "interfaces terse <name:word>": ports(showTerse),
		"configuration [<path:line>]": showConfiguration} {
		g.Add("show "+pattern, show)
	}
	els := func(legacy bool, show run) run { // the other kind does not know the command
		return func(c *cli, a *args) reply {
			if c.d.model.legacy != legacy {
				return say(c.caret(len("show ")) + "syntax error.\n")
			}
			return show(c, a)
		}
	}
	g.Add("show forwarding-options analyzer [<name:word>]", els(false, showAnalyzers))
	g.Add("show forwarding-options port-mirroring", els(false, showMirroring))
	g.Add("show analyzer [<name:word>]", els(true, showAnalyzers))
}

// maintenance changes what is no configuration.
func maintenance(g *grammar) {
	g.Add("clear interfaces statistics [<name:word>]", func(c *cli, a *args) reply {
		c.d.sw.Fabric().ClearCounters(c.d.sw.Node(), strings.TrimPrefix(a.Str("name"), "all"))
		return reply{}
	})
	g.Add("request system reboot", func(*cli, *args) reply {
		return reply{Ask: &question{Prompt: "Reboot the system ? [yes,no] (no) ", Then: func(answer string) reply {
			return reply{Reboot: strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y")}
		}}}
	})
	g.Add("request system logout pid <n:1-99999>", func(c *cli, a *args) reply {
		for _, o := range c.d.clis {
			if o.pid == a.Num("n") {
				o.leave()
			}
		}
		for _, o := range c.d.sessions {
			if o.Editor.ID == a.Num("n") {
				o.Leave()
			}
		}
		return reply{}
	})
}

func showConfiguration(c *cli, _ *args) reply {
	command, _, _ := c.Cut(strings.TrimPrefix(c.line, "run "))
	f := strings.Fields(command)
	at := strings.Index(command, f[1]) + len(f[1])
	r := c.display(c.d.Running, nil, command[at:], at)
	if head := c.d.History[0]; len(f) == 2 && !c.view.set {
		r.Text = fmt.Sprintf("## Last commit: %s by %s\n", head.At.UTC().Format(stamp), head.By) + r.Text
	}
	return r
}

func showVersion(c *cli, _ *args) reply {
	m, text := c.d.model, ""
	for i := range m.members {
		if m.members > 1 {
			text += fmt.Sprintf("fpc%d:\n%s\n", i, strings.Repeat("-", 74))
		}
		text += fmt.Sprintf("Hostname: %s\nModel: %s\nJunos: %s\n", c.d.hostname(), m.sku, m.version)
		if !m.evolved {
			text += fmt.Sprintf("JUNOS OS Kernel [simulated by netmirror lab]\nJUNOS EX Software Suite [%s]\n", m.version)
		}
		if i+1 < m.members {
			text += "\n"
		}
	}
	return say(text)
}

// showCommits is the history. Only the marker says that a commit waits.
func showCommits(c *cli, _ *args) reply {
	var b strings.Builder
	for i, e := range c.d.History {
		fmt.Fprintf(&b, "%-4d%s by %s via %s", i, e.At.UTC().Format(stamp), e.By, e.Via)
		if e.Window > 0 {
			fmt.Fprintf(&b, " commit confirmed, rollback in %dmins", int(e.Window.Minutes()))
		}
		b.WriteByte('\n')
		if e.Comment != "" {
			b.WriteString("    " + e.Comment + "\n")
		}
		if i == 0 && c.d.Waiting != nil {
			b.WriteString("    rollback pending\n")
		}
	}
	return say(b.String())
}

func showUptime(c *cli, _ *args) reply {
	up := c.d.sw.Uptime()
	return say(fmt.Sprintf("Current time: %s\nSystem booted: %s (%s ago)\nLast configured: %s by %s\n", time.Now().UTC().Format(stamp), time.Now().Add(-up).UTC().Format(stamp),
		cmdline.Age(up), c.d.History[0].At.UTC().Format(stamp), c.d.History[0].By))
}

func (d *device) serial() string {
	return cmp.Or(d.sw.Spec().Serial, "SIM"+strings.ToUpper(d.sw.Node().MAC.Groups(6, "")))
}

// showVLANs has the members of each VLAN; a star is on those that are up.
func showVLANs(c *cli, a *args) reply {
	var b strings.Builder
	views := c.d.views()
	if c.d.model.legacy {
		b.WriteString("Name           Tag     Interfaces\n")
	} else {
		b.WriteString("\nRouting instance        VLAN name             Tag          Interfaces\n")
	}
	for _, name := range c.d.eff.Words("vlans") {
		id := c.d.vlanID(name)
		if only := a.Str("name"); only != "" && only != name || id == 0 {
			continue
		}
		var in []string
		for _, v := range views {
			if v.Bundle == "" && !v.Routed && (v.Trunk && v.Allowed.Has(id) || v.Untagged() == id && (!v.Trunk || v.Access > 0)) {
				in = append(in, v.Name+".0"+map[bool]string{true: "*"}[v.Up])
			}
		}
		if c.d.model.legacy {
			fmt.Fprintf(&b, "%-14s %-8d\n%-23s%s\n", name, id, "", cmp.Or(strings.Join(in, ", "), "None"))
			continue
		}
		fmt.Fprintf(&b, "default-switch          %-22s%-13d\n", name, id)
		for _, p := range in {
			fmt.Fprintf(&b, "%-61s%s\n", "", p)
		}
	}
	return say(b.String())
}

func showLLDP(c *cli, _ *args) reply {
	t := cmdline.Columns{Format: "%-18s %-19s %-19s %-18s %s"}
	t.Row("Local Interface", "Parent Interface", "Chassis Id", "Port info", "System Name")
	for _, n := range c.d.sw.Fabric().Neighbours(c.d.sw.Node(), "lldp") {
		t.Row(n.Local.Name, cmp.Or(c.d.bundle(n.Local.Name), "-"), n.Chassis.Groups(1, ":"), cmp.Or(n.PortDescription, n.PortName), n.System)
	}
	return say(t.String())
}

func showMACs(c *cli, _ *args) reply {
	list := plant.LearnedMACs(c.d.sw, c.d.views())
	var b strings.Builder
	if c.d.model.legacy {
		fmt.Fprintf(&b, "Ethernet-switching table: %d entries, %[1]d learned\n  VLAN              MAC address       Type         Age Interfaces\n", len(list))
		for _, l := range list {
			fmt.Fprintf(&b, "  %-17s %-17s Learn          0 %s.0\n", c.d.vlanName(l.VLAN), l.MAC.Groups(1, ":"), l.Port)
		}
		return say(b.String())
	}
	fmt.Fprintf(&b, "\nMAC flags (S - static MAC, D - dynamic MAC, L - locally learned, P - Persistent static\n           SE - statistics enabled, NM - non configured MAC, R - remote PE MAC, O - ovsdb MAC)\n\n\n"+
		"Ethernet switching table : %d entries, %[1]d learned\nRouting instance : default-switch\n   Vlan                MAC                 MAC      Age    Logical                NH        RTR\n"+
		"   name                address             flags           interface              Index     ID\n", len(list))
	for _, l := range list {
		fmt.Fprintf(&b, "   %-19s %-19s %-8s %-6s %-22s %-9d %d\n", c.d.vlanName(l.VLAN), l.MAC.Groups(1, ":"), "D", "-", l.Port+".0", 0, 0)
	}
	return say(b.String())
}

// showLACP has the ports of each aggregated interface that speaks LACP.
func showLACP(c *cli, _ *args) reply {
	var b strings.Builder
	for _, ae := range c.d.bundles() {
		if c.d.eff.At("interfaces", ae, "aggregated-ether-options", "lacp") == nil {
			continue
		}
		fmt.Fprintf(&b, "Aggregated interface: %s\n    LACP state:       Role   Exp   Def  Dist  Col  Syn  Aggr  Timeout  Activity\n", ae)
		members := plant.PortsBehind(c.d.sw, c.d.bundle, ae)
		for _, p := range members {
			for _, role := range []string{"Actor", "Partner"} {
				fmt.Fprintf(&b, "      %-12s %10s    No    No   Yes  Yes  Yes   Yes     Fast    Active\n", p, role)
			}
		}
		b.WriteString("    LACP protocol:        Receive State  Transmit State          Mux State \n")
		for _, p := range members {
			fmt.Fprintf(&b, "      %-24sCurrent   Fast periodic Collecting distributing\n", p)
		}
		b.WriteByte('\n')
	}
	return say(b.String())
}

// ports makes a command of what shows the ports and bundles that it asks for, by the
// name of one or of a unit of it.
func ports(show func(c *cli, a *args, list []plant.PortView) string) run {
	return func(c *cli, a *args) reply {
		name := a.Str("name")
		list := slices.DeleteFunc(c.d.views(), func(v plant.PortView) bool { return name != "" && v.Name != cmdline.PortOf(name) })
		if len(list) == 0 {
			return say("error: device " + name + " not found\n")
		}
		return say(show(c, a, list))
	}
}

func word(yes bool, words string) string {
	a, b, _ := strings.Cut(words, " ")
	return map[bool]string{true: a, false: b}[yes]
}

func showTerse(c *cli, _ *args, list []plant.PortView) string {
	t := cmdline.Columns{Format: "%-23s %-5s %-4s %-8s %-21s %s"}
	t.Row("Interface", "Admin", "Link", "Proto", "Local", "Remote")
	for _, v := range list {
		admin, link, told := word(v.Down, "down up"), word(v.Up, "up down"), ""
		t.Row(v.Name, admin, link, "", "", "")
		if v.Bundle != "" {
			t.Row(v.Name+".0", admin, link, "aenet", "--> "+v.Bundle+".0", "")
			continue
		}
		for _, f := range families(c.d.eff, v.Name) {
			cells := []any{f.ifl(), admin, link}
			if f.ifl() == told {
				cells = []any{"", "", ""}
			}
			told = f.ifl()
			t.Row(append(cells, strings.Replace(f.name, "ethernet-switching", "eth-switch", 1), f.Value("address"), "")...)
		}
		for _, unit := range c.d.eff.Words("interfaces", v.Name, "unit") {
			if c.d.eff.At("interfaces", v.Name, "unit", unit, "family") == nil {
				t.Row(v.Name+"."+unit, admin, link, "", "", "")
			}
		}
	}
	return t.String()
}

// showInterfaces prints a block for each port, with counters where it is extensive.
func showInterfaces(c *cli, a *args, list []plant.PortView) string {
	var b strings.Builder
	for _, v := range list {
		i := slices.IndexFunc(c.d.sw.Node().Ports, func(p *fabric.Port) bool { return p.Name == v.Name }) // -1 of a bundle
		if i < 0 {
			i = 200 + cmdline.Atoi(cmdline.NumberOf(v.Name), 0)
		}
		b.WriteString(c.physical(i, v, a.Has("extensive")))
		for _, unit := range c.d.eff.Words("interfaces", v.Name, "unit") {
			fmt.Fprintf(&b, "\n  Logical interface %s.%s\n    Flags: %s SNMP-Traps 0x24024000 Encapsulation: Ethernet-Bridge\n", v.Name, unit, word(v.Up, "Up Down"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (c *cli) physical(i int, v plant.PortView, extensive bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Physical interface: %s, %s, Physical link is %s\n  Interface index: %d, SNMP ifIndex: %d, Generation: %d\n", v.Name,
		map[bool]string{true: "Administratively down", false: "Enabled"}[v.Down], word(v.Up, "Up Down"), 640+i, 501+i, 140+i)
	if v.Description != "" {
		b.WriteString("  Description: " + v.Description + "\n")
	}
	speed := fmt.Sprintf("%dGbps", v.Speed/fabric.Gbps)
	if v.Speed <= fabric.Gbps {
		speed = fmt.Sprintf("%dmbps", v.Speed/fabric.Mbps)
	}
	fmt.Fprintf(&b, "  Link-level type: Ethernet, MTU: %s, LAN-PHY mode, Link-mode: Full-duplex, Speed: %s, BPDU Error: None, Loopback: Disabled, Flow control: Enabled, Auto-negotiation: Enabled\n",
		cmp.Or(c.d.eff.Value("interfaces", v.Name, "mtu"), "1514"), speed)
	fmt.Fprintf(&b, "  Device flags   : Present Running%s\n  Interface flags: SNMP-Traps Internal: 0x4000\n  Link flags     : None\n  Current address: %s, Hardware address: %[2]s\n", map[bool]string{false: " Down"}[v.Up], v.MAC.Groups(1, ":"))
	if !extensive {
		fmt.Fprintf(&b, "  Input rate     : %d bps (%d pps)\n  Output rate    : %d bps (%d pps)\n", v.Mean.InBits, v.Mean.InRate, v.Mean.OutBits, v.Mean.OutRate)
		return b.String()
	}
	cleared := "Never"
	if !v.Cleared.IsZero() {
		cleared = v.Cleared.UTC().Format(stamp) + " (" + cmdline.Age(v.ClearedAgo) + " ago)"
	}
	fmt.Fprintf(&b, "  Statistics last cleared: %s\n  Traffic statistics:\n", cleared)
	for _, row := range []struct {
		label     string
		sum, rate uint64
		unit      string
	}{{"Input  bytes  :", v.InOctets, v.Mean.InBits, "bps"}, {"Output bytes  :", v.OutOctets, v.Mean.OutBits, "bps"}, {"Input  packets:", v.InFrames, v.Mean.InRate, "pps"}, {"Output packets:", v.OutFrames, v.Mean.OutRate, "pps"}} {
		fmt.Fprintf(&b, "   %s %20d %20d %s\n", row.label, row.sum, row.rate, row.unit)
	}
	fmt.Fprintf(&b, "  Input errors:\n    Errors: 0, Drops: 0, Framing errors: 0, Runts: 0, Policed discards: 0, L3 incompletes: 0, L2 channel errors: 0, L2 mismatch timeouts: 0, FIFO errors: 0, Resource errors: 0\n"+
		"  Output errors:\n    Carrier transitions: 1, Errors: 0, Drops: %d, Collisions: 0, Aged packets: 0, FIFO errors: 0, HS link CRC errors: 0, MTU errors: 0, Resource errors: 0\n", v.OutDrops)
	return b.String()
}
