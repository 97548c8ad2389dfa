package iosxe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// configLines is a session as the configuration prints it: the classic form is one
// line per group of sources with one direction, names abbreviated, ranges
// between blanks, "both" left out. Which group comes first and where the
// filters stand is not recorded; here the group with the lowest port is first
// and filters are last.
func (s *monSession) configLines() []*cmdline.Node {
	switch s.kind {
	case kindNative:
		return s.raw
	case kindERSource, kindERDest:
		return []*cmdline.Node{s.block()}
	}
	var out []*cmdline.Node
	line := func(format string, a ...any) {
		out = append(out, &cmdline.Node{Text: fmt.Sprintf("monitor session %d ", s.id) + fmt.Sprintf(format, a...)})
	}
	for _, l := range s.sourceLines() {
		line("%s", l)
	}
	if s.FromVLAN != 0 {
		line("source remote vlan %d", s.FromVLAN)
	}
	for _, l := range s.destLines() {
		line("%s", l)
	}
	if s.ToVLAN != 0 {
		line("destination remote vlan %d%s", s.ToVLAN, s.reflectorText())
	}
	for _, l := range s.filterLines() {
		line("%s", l)
	}
	return out
}

func (s *monSession) reflectorText() string {
	if s.reflector == "" {
		return ""
	}
	return " reflector-port " + shortOf(s.reflector)
}

func (s *monSession) sourceLines() []string {
	type group struct {
		first, line string
	}
	var groups []group
	for _, dir := range []direction{both, rx, tx} {
		var names []string
		for p, d := range s.Ports {
			if d == dir {
				names = append(names, p)
			}
		}
		// A bundle stands on a line of its own, as in the fact sheet's sample.
		bundles := slices.DeleteFunc(slices.Clone(names), func(p string) bool { return !strings.HasPrefix(p, "Port-channel") })
		names = slices.DeleteFunc(names, func(p string) bool { return strings.HasPrefix(p, "Port-channel") })
		sortIfNames(bundles)
		sortIfNames(names)
		if len(names) > 0 {
			groups = append(groups, group{names[0], "source interface " + compactIfs(names, " , ", " - ") + suffix(dir)})
		}
		if len(bundles) > 0 {
			groups = append(groups, group{bundles[0], "source interface " + compactIfs(bundles, " , ", " - ") + suffix(dir)})
		}
	}
	slices.SortStableFunc(groups, func(a, b group) int { // bundles last
		x, y := strings.HasPrefix(a.first, "Port-channel"), strings.HasPrefix(b.first, "Port-channel")
		if x != y {
			if x {
				return 1
			}
			return -1
		}
		return compareIfNames(a.first, b.first)
	})
	var lines []string
	for _, g := range groups {
		lines = append(lines, g.line)
	}
	for _, dir := range []direction{both, rx, tx} {
		if set := s.vlanSet(dir); !set.Empty() {
			lines = append(lines, "source vlan "+set.Format(" , ", " - ")+suffix(dir))
		}
	}
	return lines
}

func (s *monSession) vlanSet(dir direction) fabric.VLANSet {
	var set fabric.VLANSet
	for v, d := range s.VLANs {
		if d == dir {
			set.Add(v)
		}
	}
	return set
}

// destLines groups destination ports of the same options.
func (s *monSession) destLines() []string {
	var lines, seen []string
	for _, d := range s.Destinations {
		if slices.Contains(seen, d.Options) {
			continue
		}
		seen = append(seen, d.Options)
		var names []string
		for _, o := range s.Destinations {
			if o.Options == d.Options {
				names = append(names, o.Port)
			}
		}
		lines = append(lines, strings.TrimSpace("destination interface "+compactIfs(names, " , ", " - ")+" "+d.Options))
	}
	return lines
}

func (s *monSession) filterLines() []string {
	var lines []string
	if !s.FilterVLANs.Empty() {
		lines = append(lines, "filter vlan "+s.FilterVLANs.Format(" , ", " - "))
	}
	for _, family := range []string{"ip", "ipv6", "mac", ""} {
		if acl := s.filterACL[family]; acl != "" {
			lines = append(lines, strings.Join(strings.Fields("filter "+family+" access-group "+acl), " "))
		}
	}
	return lines
}

// block is a sub-mode session. The default is shut down, and both states are
// printed: which of them a device prints is not recorded.
func (s *monSession) block() *cmdline.Node {
	kind, inner := "erspan-source", "destination"
	if s.kind == kindERDest {
		kind, inner = "erspan-destination", "source"
	}
	top := &cmdline.Node{Text: fmt.Sprintf("monitor session %d type %s", s.id, kind)}
	add := func(n *cmdline.Node, text string) *cmdline.Node {
		k := &cmdline.Node{Indent: n.Indent + " ", Text: text}
		n.Kids = append(n.Kids, k)
		return k
	}
	if s.description != "" {
		add(top, "description "+s.description)
	}
	if s.header3 {
		add(top, "header-type 3")
	}
	if s.shutdown {
		add(top, "shutdown")
	} else {
		add(top, "no shutdown")
	}
	for _, l := range slices.Concat(s.sourceLines(), s.destLines(), s.filterLines()) {
		add(top, l)
	}
	if s.inner {
		in := add(top, inner)
		for _, k := range tunnelOrder {
			if v := s.tunnel[k]; v != "" {
				add(in, k+" "+v)
			}
		}
	}
	return top
}

// tunnelOrder is the order of the lines below destination or source.
var tunnelOrder = []string{"erspan-id", "ip address", "ipv6 address", "ip prec", "ip dscp", "ip ttl", "ipv6 dscp", "ipv6 ttl", "mtu", "origin ip address",
	"origin ipv6 address", "vrf"}
