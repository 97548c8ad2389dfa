package srl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

func port(p mirror.PortName) data.Path { return data.P(data.S("interface", "name", string(p))) }

func zeroOf(p mirror.PortName) data.Path {
	return port(p).To(data.S("subinterface", "index", "0"))
}

func writeFooting(f mirror.Facts, o mirror.Observation, c mirror.Change) ([]data.Edit, error) {
	var before, after mirror.Footing
	if c.Before != nil && c.Before.Spec.Footing != nil {
		before = *c.Before.Spec.Footing
	}
	if c.After != nil && c.After.Spec.Footing != nil {
		after = *c.After.Spec.Footing
	}
	kind := after.Kind
	if kind == "" {
		kind = before.Kind
	}
	switch kind {
	case mirror.FootingPort:
		return writePort(o, before, after)
	case mirror.FootingFilter:
		return writeList(f, o, before, after)
	}
	return nil, mirror.Unsupported("a footing of kind %q has no words here", kind)
}

// writePort makes a port one for copies, or puts it back as it was.
func writePort(o mirror.Observation, before, after mirror.Footing) ([]data.Edit, error) {
	if after.Setup == nil || !after.Setup.Monitor && !after.Setup.Up {
		if before.Setup == nil {
			return nil, fmt.Errorf("a destination port without a setup: %w", mirror.ErrInvalid)
		}
		return restore(o, before.Port, *before.Setup)
	}
	if why := inUse(o, after.Port); why != "" && before.Setup == nil {
		return nil, mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: "/destinations/0", Code: "unsupported", Message: why, Source: srcYANG}})
	}
	var out []data.Edit
	if after.Setup.Up {
		out = append(out, data.Set(port(after.Port).To(data.S("admin-state")), "enable"))
	}
	if after.Setup.Monitor {
		out = append(out, data.Rep(zeroOf(after.Port), data.V("type", moduleInterfaces+mirrorDest), data.V("admin-state", "enable"),
			data.C(moduleLocalDest+"local-mirror-destination", data.V("admin-state", "enable"))))
	}
	return out, nil
}

// inUse is why sub-interface 0 of a port cannot become one for copies (sheet 5), ""
// when it can.
func inUse(o mirror.Observation, p mirror.PortName) string {
	at, ok := o.Port(sub(p, "0"))
	switch {
	case !ok || at.Monitor:
		return ""
	case len(at.Uses) > 0:
		return fmt.Sprintf("sub-interface %s is in use (%s): one for copies has no address and is in no network-instance", at.Name, at.Uses[0].Detail)
	case len(at.Lists) > 0:
		return fmt.Sprintf("access list %s stands at sub-interface %s, and none may stand at one for copies", at.Lists[0], at.Name)
	}
	return ""
}

// stanza reads what a port's configuration was; nil for none.
func stanza(text string) (*data.Node, error) {
	if text == "" {
		return nil, nil
	}
	nodes, err := data.FromJSON("interface", []byte(text))
	if err != nil || len(nodes) != 1 {
		return nil, fmt.Errorf("the former state of the port is not kept as it was: %w", mirror.ErrInvalid)
	}
	return nodes[0], nil
}

// restore puts back what a setup changed. An interface that was not configured goes,
// where nothing of another hand has come to it.
func restore(o mirror.Observation, p mirror.PortName, setup mirror.PortSetup) ([]data.Edit, error) {
	was, err := stanza(setup.Former)
	if err != nil {
		return nil, err
	}
	now, _ := o.Port(p)
	is, err := stanza(now.Stanza)
	if err != nil {
		return nil, err
	}
	if was == nil && (is == nil || bare(is)) {
		return []data.Edit{data.Del(port(p))}, nil
	}
	var out []data.Edit
	if setup.Monitor {
		if z := zero(was); z != nil {
			out = append(out, data.Edit{Op: data.Replace, Path: zeroOf(p), Value: without(z, "index")})
		} else {
			out = append(out, data.Del(zeroOf(p)))
		}
	}
	if setup.Up {
		leaf := port(p).To(data.S("admin-state"))
		if admin := was.Text("admin-state"); admin != "" {
			out = append(out, data.Set(leaf, admin))
		} else {
			out = append(out, data.Del(leaf))
		}
	}
	return out, nil
}

// bare: an interface of which nothing is configured but what a setup makes.
func bare(n *data.Node) bool {
	return only(n, "name", "admin-state", "subinterface") && len(n.All("subinterface")) <= 1 && (!n.Has("subinterface") || zero(n) != nil)
}

func without(n *data.Node, name string) *data.Node {
	out := *n
	out.Children = slices.DeleteFunc(slices.Clone(n.Children), func(c *data.Node) bool { return c.Name == name })
	return &out
}

// writeList makes, changes or takes away an access list, puts it at sub-interfaces, and
// has its session copy what it permits.
func writeList(f mirror.Facts, o mirror.Observation, before, after mirror.Footing) ([]data.Edit, error) {
	name := after.Name
	if name == "" {
		name = before.Name
	}
	if !markName.MatchString(name) {
		return nil, mirror.Unsupported("access list %q bears no name of netmirror's", name)
	}
	var out []data.Edit
	kind := kindOf(before.Rules)
	if after.Name != "" {
		families := mirror.FilterFamilies(after.Rules)
		switch {
		case !renamed(f):
			return nil, mirror.Unsupported("where an access list stands at a sub-interface is known from 24.3 on")
		case len(families) != 1:
			return nil, mirror.Unsupported("a sub-interface takes one list of one family, and the filter has rules of %d", len(families))
		}
		kind = string(families[0])
		if !slices.Equal(before.Rules, after.Rules) || !before.Made || before.Session != after.Session {
			out = append(out, data.Rep(list(name, kind), writeEntries(after.Rules, families[0])...))
			if after.Session != "" {
				out = append(out, data.Rep(copied(after.Session, name, kind), permits(after.Rules)...))
			}
		}
	}
	was, is := places(o, before.Ports), places(o, after.Ports)
	for _, p := range was {
		if !slices.Contains(is, p) {
			out = append(out, unbind(o, p, name, kind)...)
		}
	}
	for _, p := range is {
		if !slices.Contains(was, p) {
			out = append(out, bind(o, p, name, kind)...)
		}
	}
	if after.Name == "" && before.Made {
		for _, k := range kindsOf(kind) {
			if before.Session != "" {
				out = append(out, data.Del(copied(before.Session, name, k)))
			}
			out = append(out, data.Del(list(name, k)))
		}
	}
	return out, nil
}

// kindOf is the type of a list of these rules, "" where they are not known.
func kindOf(rules []mirror.Entry) string {
	if families := mirror.FilterFamilies(rules); len(families) == 1 {
		return string(families[0])
	}
	return ""
}

// kindsOf are the types that a list may have: what is not there is deleted all the same
// (gNMI specification section 3.4.6).
func kindsOf(kind string) []string {
	if kind == "" {
		return []string{string(mirror.IPv4), string(mirror.IPv6)}
	}
	return []string{kind}
}

func list(name, kind string) data.Path {
	return data.P(data.S("acl"), data.S("acl-filter", "name", name, "type", kind))
}

// copied is where an instance says of which entries of a list it copies.
func copied(session, name, kind string) data.Path {
	return instance(session).To(data.S("mirror-source"), data.S("acl"), data.S("acl-filter", "name", name, "type", kind))
}

// places are the sub-interfaces that ports mean: of a port all that it has, and 0
// where the device was not read.
func places(o mirror.Observation, ports []mirror.PortName) (out []mirror.PortName) {
	for _, p := range ports {
		if _, index := base(p); index >= 0 {
			out = append(out, p)
			continue
		}
		subs := subsOf(o, p)
		if len(subs) == 0 {
			subs = []mirror.PortName{sub(p, "0")}
		}
		out = append(out, subs...)
	}
	slices.SortFunc(out, byName)
	return slices.Compact(out)
}

// subsOf are the sub-interfaces of a port.
func subsOf(o mirror.Observation, p mirror.PortName) (out []mirror.PortName) {
	for _, s := range o.Ports {
		if s.Parent == p {
			out = append(out, s.Name)
		}
	}
	return out
}

func entryOf(id string) data.Path {
	return data.P(data.S("acl"), data.S("interface", "interface-id", id))
}

func standing(id, name, kind string) data.Path {
	return entryOf(id).To(data.S("input"), data.S("acl-filter", "name", name, "type", kind))
}

// bind puts a list at a sub-interface, in place of another of netmirror's. An entry of
// another hand gets the list and nothing else.
func bind(o mirror.Observation, p mirror.PortName, name, kind string) (out []data.Edit) {
	id := o.Handles[handleBinding+string(p)]
	if id == "" {
		id = bindingPrefix + string(p)
	}
	at, _ := o.Port(p)
	for _, other := range at.Lists {
		if other != name && markName.MatchString(other) {
			for _, k := range kindsOf("") {
				out = append(out, data.Del(standing(id, other, k)))
			}
		}
	}
	if id != bindingPrefix+string(p) {
		return append(out, data.Upd(standing(id, name, kind), data.V("name", name), data.V("type", kind)))
	}
	of, index, _ := strings.Cut(string(p), ".")
	return append(out, data.Upd(entryOf(id), data.C("interface-ref", data.V("interface", of), data.V("subinterface", number0(index))),
		data.C("input", data.E("acl-filter", data.V("name", name), data.V("type", kind)))))
}

// number0 is an index as a number of the model.
func number0(index string) int {
	n, _ := number(index, nil, 9999)
	return n
}

// unbind takes a list from a sub-interface, and with it the entry of the sub-interface
// where that is netmirror's and nothing else is in it.
func unbind(o mirror.Observation, p mirror.PortName, name, kind string) (out []data.Edit) {
	id := o.Handles[handleBinding+string(p)]
	at, _ := o.Port(p)
	if id == "" || o.Handles[handleAlone+string(p)] != "" && !slices.ContainsFunc(at.Lists, func(l string) bool { return l != name }) {
		return []data.Edit{data.Del(entryOf(bindingPrefix + string(p)))}
	}
	for _, k := range kindsOf(kind) {
		out = append(out, data.Del(standing(id, name, k)))
	}
	return out
}
