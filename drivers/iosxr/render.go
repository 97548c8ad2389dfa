package iosxr

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// sessionName: up to 79 characters (cisco-iosxr.md 1.1).
var sessionName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,78}$`)

// isName keeps anything that is not one word away from the command line, and words that
// begin lines of the whole device.
func isName(id string) bool {
	return sessionName.MatchString(id) && !deviceWide[id]
}

// An edit is a change as the template sees it.
type edit struct {
	Name        string
	Delete      bool   // the session itself, which holds the destination
	Destination string // interface that copies go to, "" = it stays
	Remove      []mirror.PortName
	Add         []source
}

// A source is what stands at an interface.
type source struct {
	Port      mirror.PortName
	Direction string // "" = both
	PortLevel bool
	Lines     []string // that stand below it
}

// edits compares what is with what shall be. All of it is one commit, so that nothing is
// copied on the way. A source of which anything changes is taken away and put in again.
// What takes the session away takes what stands at its sources as well.
func edits(f mirror.Facts, c mirror.Change) edit {
	var before, after mirror.NativeSpec
	e := edit{}
	if c.Before != nil {
		e.Name, before = c.Before.ID, c.Before.Spec.Normalize()
	}
	if c.After != nil {
		e.Name, after = c.After.ID, c.After.Spec.Normalize()
	}
	is, was := end(after), end(before)
	switch {
	case is == "" && c.Before != nil:
		e.Delete = true
	case is != was || c.Before == nil:
		e.Destination = is
	}
	old, now := sources(f, before), sources(f, after)
	for _, s := range beyond(old, now) {
		e.Remove = append(e.Remove, s.Port)
	}
	e.Add = beyond(now, old)
	return e
}

// end is the interface that copies of a session go to, "" = none.
func end(n mirror.NativeSpec) string {
	if n.Options.Tunnel != "" {
		return n.Options.Tunnel
	}
	for _, d := range n.Destinations {
		return string(d)
	}
	return ""
}

// sources are those of a session in the device's words, in a person's order.
func sources(f mirror.Facts, n mirror.NativeSpec) (out []source) {
	var lines []string
	if n.Options.Filter != "" {
		lines = append(lines, "acl")
	}
	if v := n.Options.Truncate; v != 0 {
		lines = append(lines, "mirror first "+strconv.Itoa(v))
	}
	if v := n.Options.Sample; v != 0 {
		lines = append(lines, "mirror interval "+thousands(v))
	}
	for _, s := range grammar.InOrder(n.Sources) {
		out = append(out, source{
			Port: s.Port, Lines: lines, PortLevel: portLevel(f) && grammar.Named(s.Port).Sub < 0,
			Direction: map[mirror.Direction]string{mirror.RX: "rx-only", mirror.TX: "tx-only"}[s.Direction],
		})
	}
	return out
}

// thousands is how numbers from 1024 on are written (cisco-iosxr.md 3.1).
func thousands(n int) string {
	if n >= 1024 && n%1024 == 0 {
		return strconv.Itoa(n/1024) + "K"
	}
	return strconv.Itoa(n)
}

// beyond are the sources of a that b has not, or not so.
func beyond(a, b []source) (out []source) {
	same := map[string]bool{}
	for _, s := range b {
		same[fmt.Sprint(s)] = true
	}
	for _, s := range a {
		if !same[fmt.Sprint(s)] {
			out = append(out, s)
		}
	}
	return out
}

// tunnelAddress is the address of a tunnel interface. It needs one to be up, and nothing
// is ever sent to it: one of a pair of link-local addresses (RFC 3927, RFC 3021) that its
// number gives. The first and the last 256 of all are reserved.
func tunnelAddress(name string) string {
	n, _ := text.Decimal(strings.TrimPrefix(name, tunnelPrefix)) // one of netmirror's
	at := 256 + 2*(n-firstTunnel)
	return fmt.Sprintf("169.254.%d.%d 255.255.255.254", at/256, at%256)
}

// The numbers of netmirror's tunnel interfaces: as many as there are pairs of addresses,
// above what people take.
const (
	firstTunnel = 20000
	lastTunnel  = firstTunnel + 254*128 - 1
)

var ourTunnels = mirror.Tunnels{Prefix: tunnelPrefix, From: firstTunnel, To: lastTunnel}

// flows are lines of an interface whose traffic is sampled.
var flows = regexp.MustCompile(`(?m)^s?flow\b`)

// against lists reasons beside those of the capabilities: names that are none, and what
// the hardware cannot do with ports as they are.
func against(f mirror.Facts, observed mirror.Observation, s mirror.NativeSpec) (reasons []mirror.Reason) {
	refuse := func(bad bool, source, format string, args ...any) {
		if bad {
			reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf(format, args...), Source: source})
		}
	}
	old := familyOf(f) == cisco8000
	has := func(p mirror.Port, kind string) bool {
		return slices.ContainsFunc(p.Uses, func(u mirror.PortUse) bool { return u.Kind == kind })
	}
	for _, src := range s.Sources {
		n, ok := grammar.Read(string(src.Port))
		p, _ := observed.Port(src.Port)
		refuse(src.Port != "" && (!ok || n.Full() != src.Port), src1, "%q is no port of this platform that can be mirrored", src.Port)
		refuse(old && has(p, "lag-member"), src8000, "%s is a member of a bundle, which cannot be mirrored; mirror the bundle", src.Port)
		refuse(old && slices.Contains(p.Uses, carriesParts), src8000, "%s has subinterfaces, which cannot be mirrored with it; name them as sources", src.Port)
		refuse(old && s.Role == mirror.RoleLocal && flows.MatchString(p.Stanza), src8000, "%s has NetFlow or sFlow, beside which it cannot be mirrored to a port", src.Port)
		refuse(s.Options.Filter != "" && slices.Contains(p.Uses, carriesParts), srcLists, "%[1]s has subinterfaces, from whose frames an access list at %[1]s does not select; name them as sources", src.Port)
	}
	for _, d := range s.Destinations {
		n, ok := grammar.Read(string(d))
		p, _ := observed.Port(d)
		refuse(!ok || n.Full() != d || n.Sub >= 0, src1, "%q is no port that can be a destination", d)
		refuse(old && has(p, "lag-member"), src8000, "%s is a member of a bundle, which cannot be a destination", d)
	}
	if list := s.Options.Filter; list != "" {
		refuse(!text.OwnList.MatchString(list), srcLists, "%q is no access list of netmirror's", list)
	}
	return reasons
}
