package iosxr

import (
	"fmt"
	"slices"
	"strings"

	yang "github.com/netmirror/netmirror/internal/lab/model"
)

// What is changed as data is typed: so a session over NETCONF has a target configuration as
// every other, which holds changes and no copy (fact sheet, 3.4: what one way sets shows over
// the other), and what the command line refuses is refused here.

// refusal is why something is not taken; the words are not recorded.
func refusal(n *yang.Node, format string, a ...any) error {
	return &yang.Error{Tag: yang.TagInvalidValue, At: n.Path(), Name: n.Def.Name, Text: fmt.Sprintf(format, a...) + " (simulation: the router's words are not recorded)"}
}

// typedFor are the lines that lead from one configuration to another.
func (d *device) typedFor(was, now *yang.Node) (out []string, err error) {
	old, next := was.At("monitor-sessions"), now.At("monitor-sessions")
	for _, n := range old.All("monitor-session") {
		if name := n.Text("session-name"); next.Entry("monitor-session", name) == nil {
			out = append(out, "no monitor-session "+name)
		}
	}
	for _, n := range next.All("monitor-session") {
		name := n.Text("session-name")
		if strings.ContainsAny(name, " \t\r\n") {
			return nil, refusal(n, "a name of several words cannot be kept by the simulation")
		}
		if o := old.Entry("monitor-session", name); !n.Equal(o) {
			out = append(append(append(out, "monitor-session "+name+" "+n.Text("traffic-type")), changes(lines(o, ofSession), lines(n, ofSession))...), "root")
		}
	}
	for _, list := range []string{"interface", "interface-preconfigure"} {
		before, after := was.At("interfaces").All(list), now.At("interfaces").All(list)
		head := "interface " + strings.TrimPrefix(strings.TrimPrefix(list, "interface"), "-")
		head = strings.TrimRight(head, " ") + " "
		for _, o := range before {
			if like(after, o) == nil {
				out = append(out, "no "+head+o.Text("interface-name"))
			}
		}
		for _, n := range after {
			o := like(before, n)
			if n.Equal(o) {
				continue
			}
			more, err := d.typedAt(head, o, n)
			if err != nil {
				return nil, err
			}
			out = append(append(out, more...), "root")
		}
	}
	return out, nil
}

// like is the entry with the name of another.
func like(among []*yang.Node, n *yang.Node) *yang.Node {
	for _, o := range among {
		if o.Text("interface-name") == n.Text("interface-name") {
			return o
		}
	}
	return nil
}

// typedAt are the lines for one interface; o is what it was, nil = nothing. An interface
// that is not there, and one that does not bear its full name, is refused.
func (d *device) typedAt(head string, o, n *yang.Node) (out []string, err error) {
	name := n.Text("interface-name")
	full, known := names.Canonical(name)
	parsed, _ := names.Parse(name)
	port := d.sw.Node().ByName[strings.Split(name, ".")[0]]
	l2, was := at(n, "sub-interface-type/l2transport") != nil, at(o, "sub-interface-type/l2transport") != nil
	switch {
	case !known || full != name:
		return nil, refusal(n, "'%s' is no interface", name)
	case head == "interface " && names.Kinds[parsed.Kind].Speed > 0 && port == nil:
		return nil, refusal(n, "interface '%s' is not there", name)
	case was && !l2:
		return nil, refusal(n, "l2transport of a sub-interface that is there cannot be taken away")
	case !at(n, "l2transport/monitor-sessions").Equal(at(o, "l2transport/monitor-sessions")):
		return nil, refusal(n, "a source below l2transport cannot be made")
	}
	if out = []string{head + name}; l2 {
		out[0] += " l2transport"
	}
	for _, l := range changes(interfaceLines(o), interfaceLines(n)) {
		if out = append(out, l); l == "l2transport" { // it opens a block
			out = append(out, "exit")
		}
	}
	old, next := o.At("monitor-sessions"), n.At("monitor-sessions")
	for _, a := range old.All("monitor-session") {
		if !a.Equal(next.Entry("monitor-session", a.Text("session-name"))) {
			out = append(out, "no monitor-session "+a.Text("session-name"))
		}
	}
	for _, a := range next.All("monitor-session") {
		if !a.Equal(old.Entry("monitor-session", a.Text("session-name"))) {
			out = append(out, attachmentLines(a)...)
		}
	}
	return out, nil
}

// interfaceLines are the lines of an interface that the model has, but for its sources.
func interfaceLines(n *yang.Node) []string {
	out := lines(n, ofInterface)
	if source := n.Text("tunnel", "source", "interface-name"); source != "" {
		out = append(out, "tunnel source "+source)
	}
	for _, a := range n.At("ipv6", "addresses").All("ipv6-address") {
		out = append(out, "ipv6 address "+a.Text("address")+"/"+a.Text("prefix-length"))
	}
	if vlan := n.Text("l2transport-encapsulation", "dot1q", "vlan-id"); vlan != "" {
		out = append(out, "encapsulation dot1q "+vlan)
	}
	return out
}

// attachmentLines make a source.
func attachmentLines(a *yang.Node) []string {
	head := "monitor-session " + a.Text("session-name")
	for _, class := range strings.Split(classes, " | ") {
		if a.At(class) != nil {
			head += " " + class
		}
	}
	for _, way := range []string{"rx-only", "tx-only"} {
		if a.At("direction", way) != nil {
			head += " direction " + way
		}
	}
	for _, w := range []string{"port-level", "acl"} {
		if n := a.At(w); n != nil && n.At("acl-name") == nil {
			head += " " + w
		}
	}
	return append([]string{head}, lines(a, ofAttachment)...)
}

// changes lead from some lines to others.
func changes(was, now []string) (out []string) {
	for _, l := range was {
		if !slices.Contains(now, l) && !slices.ContainsFunc(now, func(n string) bool { return keyOf(n) == keyOf(l) }) {
			out = append(out, "no "+l)
		}
	}
	for _, l := range now {
		if !slices.Contains(was, l) {
			out = append(out, l)
		}
	}
	return out
}
