package junos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// An edit is a change as the template sees it. Lists hold what stands behind the
// analyzer's name.
type edit struct {
	Path           string // of the analyzer
	Delete         bool   // the whole of it
	Activate, Shut bool
	Remove, Add    []string
}

// edits compares what is with what shall be. An output
// is taken away before another comes, because its kinds exclude each other
// (juniper-junos.md 1.4).
func edits(f mirror.Facts, c mirror.Change) edit {
	n := c.After
	if n == nil {
		n = c.Before
	}
	e := edit{Path: hierarchy(f) + " analyzer " + n.ID, Delete: c.After == nil}
	if e.Delete {
		return e
	}
	var old, oldOutput []string
	wasShut := false
	if c.Before != nil {
		old, oldOutput = leaves(f, c.Before.Spec)
		wasShut = c.Before.Spec.Shut
	}
	now, output := leaves(f, n.Spec)
	e.Activate, e.Shut = wasShut && !n.Spec.Shut, !wasShut && n.Spec.Shut
	e.Add = text.Beyond(now, old)
	for _, gone := range text.Beyond(old, now) {
		if i := strings.LastIndexByte(gone, ' '); single[gone[:i]] {
			gone = gone[:i] // a value is taken away by its name alone
		}
		e.Remove = append(e.Remove, gone)
	}
	if !slices.Equal(oldOutput, output) {
		if len(oldOutput) > 0 {
			e.Remove = append(e.Remove, "output")
		}
		e.Add = append(e.Add, output...)
	}
	return e
}

// single are the leaves that have one value.
var single = map[string]bool{"input rate": true, "ratio": true, "input maximum-packet-length": true, "loss-priority": true}

// leaves are what an analyzer consists of, behind its name. What it has of a filter is
// said by the filter.
func leaves(f mirror.Facts, n mirror.NativeSpec) (input, output []string) {
	n = n.Normalize()
	add := func(to *[]string, is bool, format string, args ...any) {
		if is {
			*to = append(*to, fmt.Sprintf(format, args...))
		}
	}
	rate := "input rate"
	if legacy(f) {
		rate = "ratio"
	}
	o, remote := n.Options, n.RemoteVLAN != 0
	add(&input, o.Sample != 0, "%s %d", rate, o.Sample)
	add(&input, o.Truncate != 0, "input maximum-packet-length %d", o.Truncate)
	add(&input, n.Role == mirror.RoleRSPANSource && legacy(f), "loss-priority high") // advised where copies go into a VLAN (1.2)
	if n.Role == mirror.RoleRSPANDestination {
		n.Sources = []mirror.NativeSource{{VLAN: n.RemoteVLAN, Direction: mirror.RX}}
	}
	for _, way := range []struct {
		words string
		not   mirror.Direction
	}{{"ingress", mirror.TX}, {"egress", mirror.RX}} {
		for _, s := range grammar.InOrder(n.Sources) {
			switch {
			case o.Filter != "" || s.Direction == way.not:
			case s.VLAN != 0:
				add(&input, true, "input %s vlan %d", way.words, s.VLAN)
			case s.All:
				add(&input, true, "input %s interface all", way.words)
			default:
				add(&input, true, "input %s interface %s", way.words, logical(s.Port))
			}
		}
	}
	add(&output, n.Role == mirror.RoleRSPANSource && remote, "output vlan %d", n.RemoteVLAN)
	for _, d := range n.Destinations {
		add(&output, true, "output interface %s", logical(d))
	}
	six := ""
	if strings.Contains(o.Collector, ":") {
		six = "v6"
	}
	add(&output, o.Collector != "", "output ip%s-address %s", six, o.Collector)
	if e := o.ERSPAN; e != nil {
		add(&output, e.Origin != "", "output source-ip%s-address %s", six, e.Origin)
		add(&output, e.DSCP != 0, "output dscp %d", e.DSCP)
	}
	return input, output
}
