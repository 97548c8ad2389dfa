package iosxr

import (
	"cmp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	yang "github.com/netmirror/netmirror/internal/lab/model"
)

// A sentence is a line of the configuration, and the nodes of the data model that say the
// same: "<a/b>" in it is the value of a leaf, which is below the node of its block; "..." in
// the brackets takes all words that are left. flag is a node that means something by being
// there.
type sentence struct{ text, flag string }

// ofSession, ofInterface and ofAttachment are the lines below them, longer ones before those
// that they begin like. A line that is none of them is not shown as data, and stays.
var (
	ofSession = slices.Concat(files(), []sentence{
		{"destination interface <destination/interface>", ""}, {"destination pseudowire", "destination/pseudowire"},
		{"destination next-hop ipv4 <destination/next-hop/ipv4-address> vrf <destination/next-hop/vrf>", ""}, {"destination next-hop ipv4 <destination/next-hop/ipv4-address>", ""},
		{"destination next-hop ipv6 <destination/next-hop/ipv6-address> vrf <destination/next-hop/vrf>", ""}, {"destination next-hop ipv6 <destination/next-hop/ipv6-address>", ""},
		{"destination rx interface <rx/interface>", ""}, {"destination tx interface <tx/interface>", ""},
		{"inject-interface <inject-interface>", ""}, {"discard-class <discard-class>", ""}, {"traffic-class <traffic-class>", ""},
		{"rate-limit rx <rate-limit/rx>", ""}, {"rate-limit tx <rate-limit/tx>", ""},
		{"forward-drop rx", "forward-drop/rx"}, {"forward-drop tx", "forward-drop/tx"}, {"protocol-capture rx", "protocol-capture/rx"}, {"protocol-capture tx", "protocol-capture/tx"},
	}, portion)
	ofAttachment = slices.Concat([]sentence{{"acl ipv4 <acl-ipv4/acl-name>", ""}, {"acl ipv6 <acl-ipv6/acl-name>", ""}, {"acl <acl/acl-name>", ""}}, portion)
	portion      = []sentence{{"mirror first <mirror/first>", ""}, {"mirror interval <mirror/interval>", ""}}
	ofInterface  = []sentence{
		{"description <description...>", ""}, {"mtu <mtu>", ""}, {"shutdown", "shutdown"}, {"vrf <vrf>", ""},
		{"bundle id <bundle/id/bundle-id> mode <bundle/id/mode>", ""}, {"l2transport", "l2transport"},
		{"ipv4 address <ipv4/addresses/address/address> <ipv4/addresses/address/netmask>", ""}, {"ipv4 unnumbered <ipv4/addresses/unnumbered>", ""}, {"ipv6 enable", "ipv6/enable"},
		{"ipv4 access-group <ipv4/access-group/ingress/access-list-name-1/name> ingress", ""}, {"ipv4 access-group <ipv4/access-group/egress/access-list-name/name> egress", ""},
		{"ipv6 access-group <ipv6/access-group/ingress/access-list-name-1/name> ingress", ""}, {"ipv6 access-group <ipv6/access-group/egress/access-list-name/name> egress", ""},
		{"encapsulation dot1q <encapsulation/dot1q/vlan-id>", ""},
		{"tunnel mode gre ipv4", "tunnel/mode/gre/ipv4"}, {"tunnel mode gre ipv6", "tunnel/mode/gre/ipv6"}, {"tunnel source <tunnel/source/ipv4-address>", ""},
		{"tunnel destination <tunnel/destination/ipv4-address>", ""}, {"tunnel vrf <tunnel/vrf>", ""}, {"tunnel tos <tunnel/tos>", ""}, {"tunnel ttl <tunnel/ttl/ttl-value>", ""},
	}
)

// files are the ways to say that copies go to a file.
func files() (out []sentence) {
	for _, size := range []string{" size <destination/file/size>", ""} {
		for _, buffer := range []string{" buffer-type linear", ""} {
			for _, format := range []string{" format pcapng", ""} {
				out = append(out, sentence{"destination file" + size + buffer + format, "destination/file"})
			}
		}
	}
	return out
}

// further are nodes that words of a line stand for beside its leaves and its flag.
var further = map[string]string{"buffer-type linear": "destination/file/buffer-type/linear", "format pcapng": "destination/file/format/pcapng"}

// leafOf is the path of the leaf that a word stands for.
func leafOf(word string) (path string, rest, is bool) {
	if !strings.HasPrefix(word, "<") {
		return "", false, false
	}
	path, rest = strings.CutSuffix(strings.Trim(word, "<>"), "...")
	return path, rest, true
}

// sub makes the node at a path.
func sub(n *yang.Node, path string) *yang.Node {
	for name := range strings.SplitSeq(path, "/") {
		if d := n.Def.Kid(name); d != nil && d.Kind == yang.KindLeaf {
			n.Set(name, "")
			return n.At(name)
		}
		n = n.Sub(name)
	}
	return n
}

func at(n *yang.Node, path string) *yang.Node { return n.At(strings.Split(path, "/")...) }

// tell puts what a line says into a node, where one of the sentences is it.
func tell(n *yang.Node, line string, sentences []sentence) {
	words := strings.Fields(line)
	for _, s := range sentences {
		values, fits := s.read(words)
		if !fits {
			continue
		}
		for path, value := range values {
			if where, leaf, below := cutLast(path); below {
				sub(n, where).Set(leaf, value)
			} else {
				n.Set(leaf, value)
			}
		}
		if s.flag != "" {
			sub(n, s.flag)
		}
		for part, path := range further {
			if strings.Contains(s.text, part) {
				sub(n, path)
			}
		}
		return
	}
}

// cutLast parts a path before its last name.
func cutLast(path string) (above, last string, below bool) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:], i >= 0
}

// read finds the values of leaves in the words of a line.
func (s sentence) read(words []string) (values map[string]string, fits bool) {
	pattern := strings.Fields(s.text)
	values = map[string]string{}
	for i, p := range pattern {
		if i >= len(words) {
			return nil, false
		}
		path, rest, is := leafOf(p)
		switch {
		case is && rest:
			values[path] = strings.Join(words[i:], " ")
			return values, true
		case is:
			values[path] = words[i]
		case p != words[i]:
			return nil, false
		}
	}
	return values, len(pattern) == len(words)
}

// lines are those that say what a node says, by the sentences that it has all nodes of.
func lines(n *yang.Node, sentences []sentence) (out []string) {
	said := map[string]bool{}
	for _, s := range sentences {
		if line, ok := s.write(n, said); ok {
			out = append(out, line)
		}
	}
	return out
}

func (s sentence) write(n *yang.Node, said map[string]bool) (line string, ok bool) {
	paths := map[string]bool{}
	if s.flag != "" {
		paths[s.flag] = true
	}
	for part, path := range further {
		if strings.Contains(s.text, part) {
			paths[path] = true
		}
	}
	words := strings.Fields(s.text)
	for i, w := range words {
		if path, _, is := leafOf(w); is {
			if leaf := at(n, path); leaf != nil {
				words[i] = leaf.Value
			}
			paths[path] = true
		}
	}
	for path := range paths {
		if at(n, path) == nil || said[path] {
			return "", false
		}
	}
	for path := range paths {
		said[path] = true
	}
	return strings.Join(words, " "), true
}

// tree is a configuration as data.
func (d *device) tree(c *config) *yang.Node {
	root := d.Schema().New()
	for _, m := range c.spans() {
		n := root.Sub("monitor-sessions").Item("monitor-session", m.name)
		if n == nil { // a release without the model
			break
		}
		n.Set("traffic-type", cmp.Or(word(m.Text, 2), "ethernet"))
		for _, l := range m.Lines() {
			tell(n, l, ofSession)
		}
	}
	all := root.Sub(umInterface.Name + ":interfaces")
	for _, b := range c.Blocks() {
		if begins(b.Text, "interface") && len(b.Kids) > 0 {
			list := map[bool]string{true: "interface-preconfigure", false: "interface"}[begins(b.Text, "interface preconfigure")]
			interfaceTree(all.Item(list, portIn(b.Text)), b)
		}
	}
	return root.Tidy()
}

// interfaceTree fills in an interface.
func interfaceTree(n *yang.Node, b cmdline.Block) {
	if strings.HasSuffix(b.Text, " l2transport") {
		sub(n, "sub-interface-type/l2transport")
	}
	for _, k := range b.Kids {
		switch {
		case begins(k.Text, "monitor-session"):
			attachmentTree(n.Sub("monitor-sessions"), layout.Block(k))
		case k.Text == "l2transport":
			for _, below := range k.Kids {
				if begins(below.Text, "monitor-session") {
					attachmentTree(n.Sub("l2transport").Sub("monitor-sessions"), layout.Block(below))
				}
			}
			n.Sub("l2transport")
		case begins(k.Text, "ipv6 address"):
			if a, length, is := strings.Cut(word(k.Text, 2), "/"); is {
				sub(n, "ipv6/addresses").Item("ipv6-address", a).Set("prefix-length", length)
			}
		case strings.HasSuffix(b.Text, " l2transport") && begins(k.Text, "encapsulation dot1q"):
			sub(n, "l2transport-encapsulation/dot1q").Set("vlan-id", word(k.Text, 2))
		case begins(k.Text, "tunnel source") && strings.ContainsAny(word(k.Text, 2), "abcdefghijklmnopqrstuvwxyz"):
			sub(n, "tunnel/source").Set("interface-name", word(k.Text, 2))
		default:
			tell(n, k.Text, ofInterface)
		}
	}
}

// attachmentTree fills in what makes an interface a source.
func attachmentTree(n *yang.Node, b cmdline.Block) {
	a := n.Item("monitor-session", word(b.Text, 1))
	if a == nil {
		return
	}
	words := strings.Fields(b.Text)
	sub(a, cmp.Or(word(b.Text, 2), "ethernet"))
	for _, w := range words[min(3, len(words)):] {
		switch w {
		case "rx-only", "tx-only":
			sub(a, "direction/"+w)
		case "port-level", "acl":
			sub(a, w)
		}
	}
	for _, l := range b.Lines() {
		if l == "acl" {
			sub(a, "acl")
			continue
		}
		if begins(l, "acl") && word(l, 1) != "ipv4" && word(l, 1) != "ipv6" {
			sub(a, "acl")
		}
		tell(a, l, ofAttachment)
	}
}
