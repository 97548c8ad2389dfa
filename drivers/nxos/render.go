package nxos

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// An edit is a change as the template sees it. Lines of a session are without "no".
type edit struct {
	ID     string
	Delete bool // the whole session

	Head        string // opens its mode
	Shut, Open  bool
	Remove, Add []string
}

// types are the words for the roles, behind "monitor session N".
var types = map[mirror.Role]string{mirror.RoleLocal: "", mirror.RoleERSPANSource: " type erspan-source", mirror.RoleERSPANDestination: " type erspan-destination"}

// write compares what is with what shall be. A new session is born shut. While more
// than sources, destinations and the description change, the session is shut, so that
// nothing is copied that neither state would copy.
func write(f mirror.Facts, c mirror.Change) (string, any, error) {
	const template = "session.tmpl"
	if c.After == nil {
		return template, edit{ID: c.Before.ID, Delete: true}, nil
	}
	word, ok := types[c.After.Spec.Role]
	if !ok {
		return template, nil, mirror.Unsupported("a session of role %q has no words here", c.After.Spec.Role)
	}
	var before mirror.NativeSession
	if c.Before != nil {
		before = *c.Before
	}
	old, now := before.Spec.Normalize(), c.After.Spec.Normalize()
	e := edit{ID: c.After.ID, Head: "monitor session " + c.After.ID + word}
	e.replace("description", describedBy(before), describedBy(*c.After))
	described := len(e.Add) + len(e.Remove)
	was, is := settings(old), settings(now)
	for i := range is {
		e.replace(is[i].key, was[i].value, is[i].value)
	}
	for _, l := range filters(text.Beyond(old.Options.FilterVLANs, now.Options.FilterVLANs), without(old.Options.Filter, now.Options.Filter)) {
		e.Remove = append(e.Remove, l)
	}
	e.Add = append(e.Add, filters(text.Beyond(now.Options.FilterVLANs, old.Options.FilterVLANs), without(now.Options.Filter, old.Options.Filter))...)
	around := len(e.Add)+len(e.Remove) > described && c.Before != nil && !old.Shut
	e.Shut = around || now.Shut && c.Before != nil && !old.Shut
	e.Open = !now.Shut && (c.Before == nil || old.Shut || around)
	e.Remove = append(e.Remove, sources(f, text.Beyond(old.Sources, now.Sources), true)...)
	e.Add = append(e.Add, sources(f, text.Beyond(now.Sources, old.Sources), false)...)
	e.Remove = append(e.Remove, destinations(text.Beyond(old.Destinations, now.Destinations))...)
	e.Add = append(e.Add, destinations(text.Beyond(now.Destinations, old.Destinations))...)
	if e.Open || e.Shut || len(e.Add)+len(e.Remove) > 0 || c.Before == nil {
		return template, e, nil
	}
	return template, edit{ID: e.ID}, nil
}

// replace sets what there is one of, and takes it away with its value as it stands.
func (e *edit) replace(key, was, is string) {
	switch {
	case was == is:
	case is == "" && key == "description":
		e.Remove = append(e.Remove, key)
	case is == "":
		e.Remove = append(e.Remove, key+" "+was)
	default:
		e.Add = append(e.Add, key+" "+is)
	}
}

// described is the line of a description in the text of a session.
var described = regexp.MustCompile(`(?m)^ *description ([\x21-\x3e\x40-\x7e][\x20-\x3e\x40-\x7e]{0,31})$`)

// describedBy is our mark, or the words that somebody gave a session: those are put back
// where we leave it.
func describedBy(n mirror.NativeSession) string {
	if n.Mark != "" {
		return n.Mark
	}
	if m := described.FindStringSubmatch(n.Text); m != nil {
		return m[1]
	}
	return modelDescription(n.Text) // it may have been adopted over gNMI
}

// A setting is a line that there is one of; an empty value is the device's default.
type setting struct{ key, value string }

// settings are those of a session, in the order in which they are typed.
func settings(n mirror.NativeSpec) []setting {
	o, number := n.Options, func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	t, vrf, end := mirror.ERSPAN{}, "", "destination ip"
	if o.ERSPAN != nil {
		t = *o.ERSPAN
		switch vrf = t.VRF; vrf {
		case "":
			vrf = defaultVRF
		case noVRF:
			vrf = ""
		}
	}
	if n.Role == mirror.RoleERSPANDestination {
		end = "source ip"
	}
	kind := ""
	if t.Type == 3 { // type II is the default
		kind = "3"
	}
	return []setting{{"header-type", kind}, {"vrf", vrf}, {"erspan-id", number(t.ID)}, {end, o.Collector},
		{"ip ttl", number(t.TTL)}, {"ip dscp", number(t.DSCP)}, {"mtu", number(o.Truncate)}, {"sampling", number(o.Sample)}}
}

func without(a, b string) string {
	if a == b {
		return ""
	}
	return a
}

// most bounds the VLANs and ranges of one line.
const most = 16

func filters(vlans []int, list string) (out []string) {
	for _, part := range text.WriteVLANs(vlans, ",", "-", most) {
		out = append(out, "filter vlan "+part)
	}
	if list != "" {
		out = append(out, "filter access-group "+list)
	}
	return out
}

// sources are lines of sources: a port each, as the device shows them, and VLANs of one
// direction together. What goes is named without its direction.
func sources(f mirror.Facts, list []mirror.NativeSource, gone bool) (out []string) {
	vlans := map[mirror.Direction][]int{}
	for _, s := range grammar.InOrder(list) {
		if s.Port == "" {
			vlans[s.Direction] = append(vlans[s.Direction], s.VLAN)
			continue
		}
		line := "source interface " + string(s.Port)
		if !gone {
			line += " " + string(s.Direction)
		}
		out = append(out, line)
	}
	for _, d := range []mirror.Direction{mirror.RX, mirror.TX, mirror.Both} {
		for _, part := range text.WriteVLANs(vlans[d], ",", "-", most) {
			if part = "source vlan " + part; !gone && familyOf(f) != nexus5600 {
				part += " " + string(d)
			}
			out = append(out, part)
		}
	}
	return out
}

func destinations(ports []mirror.PortName) (out []string) {
	for _, d := range slices.SortedFunc(slices.Values(ports), grammar.Compare) {
		out = append(out, "destination interface "+string(d))
	}
	return out
}

var vrfName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

// firstExtender is the lowest number of a fabric extender: the first of its ports' numbers
// (general knowledge).
const firstExtender = 100

// against lists reasons beside those of the capabilities: names that are none, a port of a
// fabric extender as a destination, an access list that the device does not have, and a source in several sessions of which one
// has a filter.
func against(f mirror.Facts, o mirror.Observation, n mirror.NativeSpec) (reasons []mirror.Reason) {
	refuse := func(bad bool, source, format string, args ...any) {
		if bad {
			reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf(format, args...), Source: source})
		}
	}
	for _, s := range n.Sources {
		named, ok := grammar.Read(string(s.Port))
		refuse(s.Port != "" && (!ok || named.Full() != s.Port), "", "%q is no port of this platform", s.Port)
		refuse(ok && named.Sub >= 0, src9000, "subinterface %s as a source", s.Port)
	}
	for _, d := range n.Destinations {
		named, ok := grammar.Read(string(d))
		refuse(d == supEth, srcSheet, "copies to the processor (%s) reach no tool outside the switch", d)
		refuse(d != supEth && (!ok || named.Full() != d || named.Sub >= 0), "", "%q is no port that can be a destination", d)
		p, _ := o.Port(d)
		refuse(!p.Monitor && hides(p.Stanza), "",
			"port %s is routed with a secret in its configuration, which is not kept, so that it could not be put back as it was", d)
		refuse(ok && familyOf(f) == nexus9000 && !named.LAG() && named.Path[0] >= firstExtender, src9000, "a port of a fabric extender (%s) is no destination", d)
	}
	refuse(n.Role == mirror.RoleLocal && (n.Options.Tags == "" || n.Options.Ingress == ""), "", "tags %q and ingress %q: a destination port has one of each", n.Options.Tags, n.Options.Ingress)
	if list := n.Options.Filter; list != "" {
		known, read := o.Handles[handleLists]
		_, made := o.Footing(mirror.FootingFilter, list)
		refuse(!text.ListName.MatchString(list) || strings.Contains(list, ":"), "", "%q is no name of an IP access list", list)
		refuse(read && !slices.Contains(strings.Split(known, ","), list) && !made, "", "there is no IP access list %s on the device", list)
	}
	if t := n.Options.ERSPAN; t != nil {
		refuse(t.VRF != "" && !vrfName.MatchString(t.VRF), "", "%q is no name of a VRF", t.VRF)
	}
	for _, other := range o.Natives {
		refuse(familyOf(f) == nexus9000 && other.Spec.DestinationKey() != n.DestinationKey() && clash(n, other.Spec), src9000,
			"a source of session %s as well: sources can be shared where no session has a filter, or each another access list", other.ID)
	}
	return reasons
}

// clash: two sessions of a Nexus 9000 share a source, and not as they may.
func clash(a, b mirror.NativeSpec) bool {
	shared := slices.ContainsFunc(a.Sources, func(s mirror.NativeSource) bool {
		return slices.ContainsFunc(b.Sources, func(o mirror.NativeSource) bool { return s.Port == o.Port && s.VLAN == o.VLAN })
	})
	x, y := a.Options, b.Options
	return shared && (len(x.FilterVLANs)+len(y.FilterVLANs) > 0 || (x.Filter != "" || y.Filter != "") && (x.Filter == "" || y.Filter == "" || x.Filter == y.Filter))
}
