package eos

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// handleLists is the key of Observation.Handles under which the IP access lists of
// the device stand, by name, with commas between.
const handleLists = "access-lists"

var sessionName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/@+-]{0,99}$`)

// An edit is a change as the template sees it. Lists hold what stands behind the
// words that the template writes.
type edit struct {
	Name   string
	Delete bool // the whole session

	RemoveDestinations, RemoveSources, RemoveOptions    []string
	AddFilters, AddSources, AddOptions, AddDestinations []string
}

// edits compares what is with what shall be. While an option changes the session
// has no destination, so that nothing is copied that neither state would copy.
func edits(c mirror.Change) edit {
	if c.After == nil {
		return edit{Name: c.Before.ID, Delete: true}
	}
	e, old := edit{Name: c.After.ID}, mirror.NativeSpec{}
	if c.Before != nil {
		old = c.Before.Spec.Normalize()
	}
	now := c.After.Spec.Normalize()
	e.RemoveSources, e.AddSources = sourceEdits(old, now)
	options := func(n mirror.NativeSpec) (filters, rest []string) {
		if f := n.Options.Filter; f != "" {
			kind, name, other := strings.Cut(f, ":")
			if !other {
				kind, name = "ip", f
			}
			filters = []string{kind + " access-group " + name}
		}
		if v := n.Options.Truncate; v != 0 {
			rest = append(rest, "truncate size "+strconv.Itoa(v))
		}
		if v := n.Options.Sample; v != 0 {
			rest = append(rest, "sample "+strconv.Itoa(v))
		}
		return filters, rest
	}
	oldFilters, oldRest := options(old)
	newFilters, newRest := options(now)
	filters, gone := text.Beyond(newFilters, oldFilters), []string(nil)
	for _, o := range slices.Concat(text.Beyond(oldFilters, newFilters), text.Beyond(oldRest, newRest)) {
		word, rest, _ := strings.Cut(o, " ") // "no" names an option, not its value (arista-eos.md 1.3)
		if strings.HasPrefix(rest, "access-group ") {
			word += " access-group"
		}
		gone = append(gone, word)
	}
	e.RemoveOptions, e.AddFilters, e.AddOptions = gone, filters, text.Beyond(newRest, oldRest)
	before, after := ends(old), ends(now)
	if len(gone)+len(filters)+len(e.AddOptions) > 0 {
		e.RemoveDestinations, e.AddDestinations = before, after
	} else {
		e.RemoveDestinations, e.AddDestinations = text.Beyond(before, after), text.Beyond(after, before)
	}
	return e
}

// sourceEdits: a source whose direction changes is removed without direction and
// added again.
func sourceEdits(old, now mirror.NativeSpec) (remove, add []string) {
	for _, s := range grammar.InOrder(text.Beyond(old.Sources, now.Sources)) {
		remove = append(remove, string(s.Port))
	}
	for _, s := range grammar.InOrder(text.Beyond(now.Sources, old.Sources)) {
		add = append(add, string(s.Port)+" "+string(s.Direction))
	}
	return remove, add
}

// ends are where the copies of a session go, in the device's words.
func ends(n mirror.NativeSpec) []string {
	var out []string
	for _, d := range slices.SortedFunc(slices.Values(n.Destinations), grammar.Compare) {
		out = append(out, string(d))
	}
	if t := n.Options.ERSPAN; t != nil {
		out = append(out, "tunnel mode gre source "+t.Origin+" destination "+n.Options.Collector)
	}
	return out
}

// against lists reasons beside those of the capabilities: names of ports and lists that
// are none, and an access list that the device does not have.
func against(_ mirror.Facts, observed mirror.Observation, s mirror.NativeSpec) (reasons []mirror.Reason) {
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf(format, args...)})
		}
	}
	for _, src := range s.Sources {
		n, ok := grammar.Read(string(src.Port))
		refuse(src.Port != "" && (!ok || n.Full() != src.Port), "%q is no port of this platform", src.Port)
		refuse(ok && n.Sub >= 0 && src.Direction == mirror.Both, "subinterface %s in both directions at once", src.Port)
	}
	for _, d := range s.Destinations {
		n, ok := grammar.Read(string(d))
		refuse(d == cpu, "copies to the processor (destination Cpu) reach no tool outside the switch")
		refuse(d != cpu && (!ok || n.Full() != d || n.Sub >= 0), "%q is no port that can be a destination", d)
	}
	if list := s.Options.Filter; list != "" {
		refuse(!listName.MatchString(list) || strings.Contains(list, ":"), "%q is no name of an IP access list", list)
		known, read := observed.Handles[handleLists]
		_, made := observed.Footing(mirror.FootingFilter, list)
		refuse(read && !slices.Contains(strings.Split(known, ","), list) && !made, "there is no IP access list %s on the device", list)
	}
	return reasons
}
