package lab

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// interfaceCommands are the lines below an interface.
func interfaceCommands(g *grammar[iosxeRun]) {
	slot(g, "description", "<text:line>")
	flag(g, "shutdown", false)
	slot(g, "speed", "<speed:word>")
	slot(g, "duplex", "<duplex:word>")
	slot(g, "mtu", "<mtu:68-9216>")
	slot(g, "load-interval", "<seconds:30-600>")
	flag(g, "switchport", true)
	for _, m := range []string{"access", "trunk", "dynamic auto", "dynamic desirable"} {
		g.add("switchport mode "+m, blockLine(func(s string) bool { return strings.HasPrefix(s, "switchport mode ") }))
	}
	g.add("no switchport mode", removeKey("switchport mode"))
	g.add("switchport access vlan <v:1-4094>", accessVLAN)
	g.add("no switchport access vlan [<v:1-4094>]", removeKey("switchport access vlan"))
	slot(g, "switchport voice vlan", "<v:1-4094>")
	slot(g, "switchport trunk native vlan", "<v:1-4094>")
	g.add("switchport trunk encapsulation dot1q", blockLine(nil))
	flag(g, "switchport nonegotiate", false)
	g.add("switchport trunk allowed vlan {<list:compact> | add <list:compact> | remove <list:compact> | except <list:compact> | all | none}", allowedVLANs)
	g.add("no switchport trunk allowed vlan", removeKey("switchport trunk allowed vlan"))
	g.add("channel-group <group:1-128> mode {active | passive | on | auto | desirable}", channelGroup)
	g.add("no channel-group", removeKey("channel-group"))
	g.add("ip address <addr:ipv4> <mask:mask>", func(c *iosxeCLI, a *args) reply {
		for _, n := range c.at {
			n.remove(func(s string) bool { return s == "no ip address" })
		}
		return blockLine(func(s string) bool { return strings.HasPrefix(s, "ip address ") })(c, a)
	})
	g.add("no ip address [<addr:ipv4> <mask:mask>]", removeKey("ip address"))
	for _, k := range []string{"spanning-tree", "storm-control", "ip access-group", "service-policy", "cdp enable", "lldp transmit", "lldp receive", "udld", "switchport port-security",
		"authentication", "dot1x", "mab", "power inline", "auto qos", "ip dhcp", "logging event", "vrf forwarding", "negotiation"} {
		keepAny(g, k)
	}
}

// accessVLAN also makes the VLAN when it is missing, with a remark that
// begins like a refusal (general knowledge).
func accessVLAN(c *iosxeCLI, a *args) reply {
	r := blockLine(func(s string) bool { return strings.HasPrefix(s, "switchport access vlan ") })(c, a)
	v := a.num("v")
	if text := fmt.Sprintf("vlan %d", v); v != 1 && !c.d.conf.has(text) && !c.d.booting {
		c.d.ensureBlock(text)
		r.text = fmt.Sprintf("%% Access VLAN does not exist. Creating vlan %d\n", v)
	}
	return r
}

// trunkVLANs is the allowed list of a block; all when nothing is said.
func trunkVLANs(n *confNode) fabric.VLANSet {
	set := fabric.AllVLANs()
	limited := false
	for _, k := range n.kids {
		list, ok := strings.CutPrefix(k.text, "switchport trunk allowed vlan ")
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
func allowedVLANs(c *iosxeCLI, a *args) reply {
	list, _ := a.values["list"].(fabric.VLANSet)
	for _, n := range c.at {
		set := trunkVLANs(n)
		switch {
		case a.has("all"):
			set = fabric.AllVLANs()
		case a.has("none"):
			set = fabric.VLANSet{}
		case a.has("add"):
			set.Union(list)
		case a.has("remove"):
			set.Minus(list)
		case a.has("except"):
			set = fabric.AllVLANs()
			set.Minus(list)
		default:
			set = list
		}
		const key = "switchport trunk allowed vlan"
		n.remove(func(s string) bool { return strings.HasPrefix(s, key+" ") })
		text := set.Format(",", "-")
		if text == "" {
			text = "none"
		}
		if set != fabric.AllVLANs() {
			n.set(key+" "+text, nil, blockRank)
		}
	}
	return reply{}
}

// channelGroup bundles ports and makes the bundle's interface.
func channelGroup(c *iosxeCLI, a *args) reply {
	name := fmt.Sprintf("interface Port-channel%d", a.num("group"))
	r := blockLine(func(s string) bool { return strings.HasPrefix(s, "channel-group ") })(c, a)
	if !c.d.conf.has(name) && !c.d.booting {
		c.d.ensureBlock(name)
		r.text = fmt.Sprintf("Creating a port-channel interface Port-channel %d\n\n", a.num("group"))
	}
	return r
}
