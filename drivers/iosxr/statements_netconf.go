package iosxr

import (
	"cmp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A configuration over NETCONF is the same lines as elements (cisco-iosxr.md 3.1): it is
// turned into the words of lines, and read as the command line is. Elements that nobody
// knows become words as well, so that a session with one is opaque, and a port with one is
// in use.

// hollow are containers that mean nothing by being there.
var hollow = map[string]bool{"destination": true, "mirror": true, "rate-limit": true, "next-hop": true, "direction": true, "monitor-sessions": true, "monitor-session-deprecated": true,
	"buffer-type": true, "format": true, "acl-ipv4": true, "acl-ipv6": true, "acl-mpls-ipv4": true, "acl-mpls-ipv6": true}

// spelled are elements that the command line has another word for, "" = none.
var spelled = map[string]string{"ipv4-address": "ipv4", "ipv6-address": "ipv6", "acl-name": ""}

// linesOf are the words that an element stands for, one line for each leaf below it, behind
// what stands before them.
func linesOf(before []string, n *data.Node) (out [][]string) {
	word, known := spelled[n.Name]
	if !known {
		word = n.Name
	}
	words := slices.Clip(before)
	if word != "" {
		words = append(slices.Clone(words), word)
	}
	if len(n.Children) == 0 {
		value := strings.Fields(n.Text())
		if len(value) == 0 && hollow[n.Name] {
			return nil
		}
		return [][]string{append(slices.Clone(words), value...)}
	}
	for _, c := range n.Children {
		out = append(out, linesOf(words, c)...)
	}
	return out
}

// sessionLines are the sessions themselves, as lines. What is of all sessions is no line.
func sessionLines(all *data.Node) (out [][]string, err error) {
	if all == nil {
		return nil, nil
	}
	for _, n := range all.All("monitor-session") {
		name := n.Text("session-name")
		if name == "" {
			return nil, strange("a session without a name", []byte(n.Print()))
		}
		head := []string{"monitor-session", name}
		if t := n.Text("traffic-type"); t != "" {
			head = append(head, t)
		}
		out = append(out, head)
		for _, c := range n.Children {
			switch {
			case c.Name == "session-name", c.Name == "traffic-type":
			case (c.Name == "rx" || c.Name == "tx") && len(c.Children) == 0:
			case c.Name == "rx", c.Name == "tx": // the command line has them behind "destination"
				out = append(out, linesOf(append(slices.Clone(head), "destination"), c)...)
			default:
				out = append(out, linesOf(head, c)...)
			}
		}
	}
	return out, nil
}

// attachmentLines are what stands at interfaces for sessions.
func attachmentLines(all *data.Node) (out [][]string, err error) {
	if all == nil {
		return nil, nil
	}
	for _, n := range all.Children {
		name := n.Text("interface-name")
		if name == "" {
			return nil, strange("an interface without a name", []byte(n.Print()))
		}
		head := []string{"interface", name}
		if n.Name == "interface-preconfigure" {
			head = []string{"interface", "preconfigure", name}
		}
		for _, of := range []struct {
			at   *data.Node
			head []string
		}{{n.At("monitor-sessions"), head}, {n.At("l2transport", "monitor-sessions"), append(slices.Clone(head), "l2transport")}} {
			for _, s := range of.at.All("monitor-session") {
				session := s.Text("session-name")
				if session == "" {
					return nil, strange("a source without a session", []byte(n.Print()))
				}
				out = append(out, attachmentOf(append(slices.Clone(of.head), "monitor-session", session), s)...)
			}
		}
		for _, at := range []*data.Node{n.Child("monitor-session-deprecated"), n.At("l2transport", "monitor-session-deprecated")} {
			if at == nil {
				continue
			}
			for _, s := range at.Children { // one for each kind, which is not written here
				line := append(slices.Clone(head), "monitor-session", cmp.Or(s.Text("session-name"), "?"), s.Name)
				out = append(out, append(line, "monitor-session-deprecated"))
			}
		}
	}
	return out, nil
}

// attachmentOf are the lines of one source.
func attachmentOf(head []string, s *data.Node) (out [][]string) {
	for _, class := range classes {
		if s.Has(class) {
			head = append(head, class)
		}
	}
	out = append(out, head)
	for _, c := range s.Children {
		switch {
		case c.Name == "session-name", slices.Contains(classes, c.Name) && len(c.Children) == 0:
		case strings.HasPrefix(c.Name, "acl-"): // "acl ipv4 NAME"
			for _, l := range linesOf(nil, c) {
				out = append(out, append(append(slices.Clone(head), "acl", strings.TrimPrefix(c.Name, "acl-")), l[1:]...))
			}
		default:
			out = append(out, linesOf(head, c)...)
		}
	}
	return out
}

// interfacesOf are the interfaces of a configuration, by name, with their lines.
func interfacesOf(all *data.Node) (map[string]*iface, error) {
	out := map[string]*iface{}
	if all == nil {
		return out, nil
	}
	for _, n := range all.Children {
		if n.Name != "interface" && n.Name != "interface-preconfigure" {
			return nil, strange(treeInterfaces, []byte(n.Print()))
		}
		words := []string{"interface", n.Text("interface-name")}
		if words[1] == "" {
			return nil, strange("an interface without a name", []byte(n.Print()))
		}
		h, _ := headerOf(words)
		h.preconfigured = n.Name == "interface-preconfigure"
		i := out[h.name]
		if i == nil {
			i = &iface{header: h}
			out[h.name] = i
		}
		i.lines = append(i.lines, portLines(n)...)
	}
	for name := range out {
		if n, ok := grammar.Read(name); ok && n.Sub >= 0 {
			if base := out[string(parent(n))]; base != nil {
				base.subinterfaces = true
			}
		}
	}
	return out, nil
}

// portLines are the lines of one interface, in their order.
func portLines(n *data.Node) (out []string) {
	add := func(words ...string) { out = append(out, strings.Join(words, " ")) }
	for _, c := range n.Children {
		switch c.Name {
		case "interface-name", "sub-interface-type", "monitor-sessions", "monitor-session-deprecated":
		case "ipv4", "ipv6":
			familyLines(c, add)
		case "bundle":
			if id := c.Text("id", "bundle-id"); id != "" {
				add("bundle", "id", id, "mode", cmp.Or(c.Text("id", "mode"), "on"))
			}
		case "encapsulation", "l2transport-encapsulation":
			if vlan := c.Text("dot1q", "vlan-id"); vlan != "" {
				add("encapsulation", "dot1q", vlan)
				continue
			}
			plainLines(c, add)
		case "tunnel":
			tunnelLines(c, add)
		case "description":
			add("description", c.Text())
		case "l2transport":
			add("l2transport")
		default:
			plainLines(c, add)
		}
	}
	slices.Sort(out) // elements have no order
	return out
}

func plainLines(n *data.Node, add func(...string)) {
	for _, l := range linesOf(nil, n) {
		add(l...)
	}
}

// familyLines are addresses and access lists; of a list that stands with others, or in
// words that are not known, the name is not told.
func familyLines(n *data.Node, add func(...string)) {
	for _, c := range n.Children {
		switch c.Name {
		case "addresses":
			for _, a := range c.Children {
				addressLines(n.Name, a, add)
			}
		case "access-group":
			for _, way := range c.Children {
				if way.Name != "ingress" && way.Name != "egress" {
					add(n.Name, "access-group", "?", "?", "ingress")
					continue
				}
				lists := slices.DeleteFunc(slices.Clone(way.Children), func(l *data.Node) bool { return len(l.Children) == 0 })
				switch name := listName(way); {
				case len(lists) == 1 && name != "":
					add(n.Name, "access-group", name, way.Name)
				case len(way.Children) > 0:
					add(n.Name, "access-group", "?", "?", way.Name)
				}
			}
		case "enable":
			add(n.Name, "enable")
		default:
			for _, l := range linesOf([]string{n.Name}, c) {
				add(l...)
			}
		}
	}
}

// listName is the list of a direction (a public program's names).
func listName(way *data.Node) string {
	return cmp.Or(way.Text("access-list-name-1", "name"), way.Text("access-list-name", "name"))
}

// addressLines are those of one kind of address.
func addressLines(family string, a *data.Node, add func(...string)) {
	switch a.Name {
	case "address":
		add(family, "address", a.Text("address"), a.Text("netmask"))
	case "secondaries":
		for _, s := range a.Children {
			add(family, "address", s.Text("address"), s.Text("netmask"), "secondary")
		}
	case "unnumbered":
		add(family, "unnumbered", a.Text())
	case "ipv6-address":
		add(family, "address", a.Text("address")+"/"+a.Text("prefix-length"))
	default:
		for _, l := range linesOf([]string{family, "address"}, a) {
			add(l...)
		}
	}
}

// tunnelLines are those of a tunnel (a public program's names). The container is there only
// where something of it is set.
func tunnelLines(n *data.Node, add func(...string)) {
	for _, c := range n.Children {
		switch c.Name {
		case "source", "destination", "ttl":
			for _, v := range c.Children {
				switch v.Name {
				case "ipv4-address", "interface-name", "ttl-value":
					add("tunnel", c.Name, v.Text())
				default:
					for _, l := range linesOf([]string{"tunnel", c.Name}, v) {
						add(l...)
					}
				}
			}
		default:
			for _, l := range linesOf([]string{"tunnel"}, c) {
				add(l...)
			}
		}
	}
}

// harmless modules give an interface what carries nobody's frames. The first are those whose
// nodes are read above.
var harmlessModules = []string{"interface", "monitor-session", "if-l2transport", "if-ip-address", "if-access-group", "if-bundle", "if-tunnel", "if-vrf",
	"l2-ethernet", "if-ethernet", "statistics", "lldp", "cdp", "if-mac-address", "if-ipv4", "if-ipv6", "if-arp", "if-service-policy-qos", "flow"}

// strangers are what speaks against an interface as a destination because nobody knows
// what it is: elements of modules that are not looked at.
func strangers(n *data.Node) (out []mirror.PortUse) {
	for _, c := range n.Children {
		name := strings.TrimSuffix(strings.TrimPrefix(c.Module, yangOf("Cisco-IOS-XR-um-")), "-cfg")
		if !slices.Contains(harmlessModules, name) {
			out = append(out, mirror.PortUse{Kind: "unknown", Detail: "it has " + c.Name + " of " + c.Module})
		}
	}
	return out
}
