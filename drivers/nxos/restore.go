package nxos

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A routed port that becomes one for copies is made a switched one, and loses the lines
// that go with routing. Which those are differs between releases, so they are what its
// former stanza has and the one of now has not.

// asWell are lines of routed and switched ports alike: one that is gone was taken away by
// another hand.
var asWell = regexp.MustCompile(`^(?:no )?(?:description|switchport|shutdown|channel-group|speed|duplex|negotiate|fec|flowcontrol|priority-flow-control|` +
	`storm-control|load-interval|spanning-tree|lldp|cdp|snmp|logging|beacon|power|udld)\b`)

// A statement is a line of a stanza with those that it stands below, the outermost first.
type statement struct {
	indent int
	line   string
	above  []string
}

func (s statement) way() string { return strings.Join(append(slices.Clip(s.above), s.line), "\n") }

func (s statement) top() string { return append(slices.Clip(s.above), s.line)[0] }

// statements takes a stanza apart.
func statements(stanza string) (out []statement) {
	var above []statement
	for l := range strings.SplitSeq(stanza, "\n") {
		s := statement{indent: len(l) - len(strings.TrimLeft(l, " ")), line: strings.TrimSpace(l)}
		for len(above) > 0 && above[len(above)-1].indent >= s.indent {
			above = above[:len(above)-1]
		}
		for _, a := range above {
			s.above = append(s.above, a.line)
		}
		if s.line != "" {
			above, out = append(above, s), append(out, s)
		}
	}
	return out
}

// hides reports whether a stanza could not be put back, because secrets are not kept.
func hides(former string) bool {
	return slices.ContainsFunc(statements(former), func(s statement) bool {
		return strings.Contains(s.line, console.Hidden) && !asWell.MatchString(s.top())
	}) && stanza{strings.Split(former, "\n")}.has(noSwitchport)
}

// back are the lines that a port is made a routed one with again, as they are typed: what
// stands below a line is typed in the mode that it opens, and "exit" leaves that. A VRF
// takes away the addresses that stand already, so that what comes behind it comes again.
func back(former, now string) (out []string) {
	was, is := statements(former), map[string]bool{}
	if !(stanza{strings.Split(former, "\n")}).has(noSwitchport) {
		return nil
	}
	for _, s := range statements(now) {
		is[s.way()] = true
	}
	lost, anew := make([]bool, len(was)), false
	for i, s := range was {
		lost[i] = !asWell.MatchString(s.top()) && (anew || !is[s.way()]) && !strings.Contains(s.line, console.Hidden)
		anew = anew || lost[i] && strings.HasPrefix(s.line, "vrf member ")
	}
	for i, below := len(was)-1, 0; i >= 0; i-- { // the lines that lost ones stand below
		if lost[i] = lost[i] || was[i].indent < below; lost[i] {
			below = was[i].indent
		}
	}
	out = []string{noSwitchport}
	var open []string // the indentation in each mode that is open below the port's
	leave := func(to string) {
		for n := len(open); n > 0 && open[n-1] > to; n-- {
			out, open = append(out, open[n-1]+"exit"), open[:n-1]
		}
	}
	for i, s := range was {
		if !lost[i] {
			continue
		}
		indent := strings.Repeat(" ", s.indent)
		if leave(indent); s.indent > 0 && !slices.Contains(open, indent) {
			open = append(open, indent)
		}
		out = append(out, indent+s.line)
	}
	leave("")
	return out
}

// formerly: a line goes back with the port of a footing, where it stands below within.
func formerly(c mirror.Change, head, within, line string) bool {
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n == nil || n.Spec.Footing.Setup == nil {
			continue
		}
		for _, s := range statements(strings.Join(back(n.Spec.Footing.Setup.Former, ""), "\n")) {
			if above := append([]string{head}, s.above...); s.line == line && above[len(above)-1] == within {
				return true
			}
		}
	}
	return false
}
