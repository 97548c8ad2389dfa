package iosxe

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// interfaceCommands are the lines below an interface.
func interfaceCommands(g *cmdline.Grammar[run]) {
	edits(g, cmdline.No.Slot("description", "<text:line>"))
	edits(g, cmdline.No.Flag("shutdown", "shutdown", "no shutdown"))
	edits(g, cmdline.No.Slot("speed", "<speed:word>"))
	edits(g, cmdline.No.Slot("duplex", "<duplex:word>"))
	edits(g, cmdline.No.Slot("mtu", "<mtu:68-9216>"))
	edits(g, cmdline.No.Slot("load-interval", "<seconds:30-600>"))
	edits(g, cmdline.No.Flag("switchport", "no switchport", "switchport"))
	for _, m := range []string{"access", "trunk", "dynamic auto", "dynamic desirable"} {
		g.Add("switchport mode "+m, setKey("switchport mode"))
	}
	g.Add("no switchport mode", removeKey("switchport mode"))
	g.Add("switchport access vlan <v:1-4094>", accessVLAN)
	g.Add("no switchport access vlan [<v:1-4094>]", removeKey("switchport access vlan"))
	edits(g, cmdline.No.Slot("switchport voice vlan", "<v:1-4094>"))
	edits(g, cmdline.No.Slot("switchport trunk native vlan", "<v:1-4094>"))
	edits(g, cmdline.Once("switchport trunk encapsulation dot1q"))
	edits(g, cmdline.No.Flag("switchport nonegotiate", "switchport nonegotiate", "no switchport nonegotiate"))
	g.Add("switchport trunk allowed vlan {<list:compact> | add <list:compact> | remove <list:compact> | except <list:compact> | all | none}", allowedVLANs)
	g.Add("no switchport trunk allowed vlan", removeKey("switchport trunk allowed vlan"))
	g.Add("channel-group <group:1-128> mode {active | passive | on | auto | desirable}", channelGroup)
	g.Add("no channel-group", removeKey("channel-group"))
	g.Add("ip address <addr:ipv4> <mask:mask>", edit(func(b cmdline.Block, a *cmdline.Args) {
		b.Drop("no ip address")
		b.Set(a.Line(), "ip address")
	}))
	g.Add("no ip address [<addr:ipv4> <mask:mask>]", removeKey("ip address"))
	for _, k := range []string{"spanning-tree", "storm-control", "ip access-group", "service-policy", "cdp enable", "lldp transmit", "lldp receive", "udld", "switchport port-security",
		"authentication", "dot1x", "mab", "power inline", "auto qos", "ip dhcp", "logging event", "vrf forwarding", "negotiation"} {
		edits(g, cmdline.No.Any(k))
	}
}

// accessVLAN also makes the VLAN when it is missing, with a remark that
// begins like a refusal (general knowledge).
func accessVLAN(c *cli, a *cmdline.Args) cmdline.Reply {
	r := setKey("switchport access vlan")(c, a)
	v := a.Num("v")
	if text := fmt.Sprintf("vlan %d", v); v != 1 && !c.d.Running.lines.Has(text) && !c.d.booting {
		c.d.ensureBlock(text)
		r.Text = fmt.Sprintf("%% Access VLAN does not exist. Creating vlan %d\n", v)
	}
	return r
}

// trunkVLANs is the allowed list of a block; all when nothing is said.
func trunkVLANs(n *cmdline.Node) fabric.VLANSet {
	set := fabric.AllVLANs()
	limited := false
	for _, k := range n.Kids {
		list, ok := strings.CutPrefix(k.Text, "switchport trunk allowed vlan ")
		if !ok {
			continue
		}
		if !limited {
			set, limited = fabric.VLANSet{}, true
		}
		// A long list goes on in a second line with "add".
		part, _ := fabric.ParseVLANs(strings.TrimPrefix(list, "add "))
		set.Union(part)
	}
	return set
}

// allowedVLANs edits the list: a bare list replaces it.
func allowedVLANs(c *cli, a *cmdline.Args) cmdline.Reply {
	list, _ := a.Values["list"].(fabric.VLANSet)
	for _, n := range c.at {
		set := trunkVLANs(n.Node)
		switch {
		case a.Has("all"):
			set = fabric.AllVLANs()
		case a.Has("none"):
			set = fabric.VLANSet{}
		case a.Has("add"):
			set.Union(list)
		case a.Has("remove"):
			set.Minus(list)
		case a.Has("except"):
			set = fabric.AllVLANs()
			set.Minus(list)
		default:
			set = list
		}
		const key = "switchport trunk allowed vlan"
		n.Remove(func(s string) bool { return strings.HasPrefix(s, key+" ") })
		text := set.Format(",", "-")
		if text == "" {
			text = "none"
		}
		if set != fabric.AllVLANs() {
			n.Set(key+" "+text, key)
		}
	}
	return cmdline.Reply{}
}

// channelGroup bundles ports and makes the bundle's interface.
func channelGroup(c *cli, a *cmdline.Args) cmdline.Reply {
	name := fmt.Sprintf("interface Port-channel%d", a.Num("group"))
	r := setKey("channel-group")(c, a)
	if !c.d.Running.lines.Has(name) && !c.d.booting {
		c.d.ensureBlock(name)
		r.Text = fmt.Sprintf("Creating a port-channel interface Port-channel %d\n\n", a.Num("group"))
	}
	return r
}
