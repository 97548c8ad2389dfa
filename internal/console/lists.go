package console

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// guardNumber is that of an entry which stands first while a list is edited, so that
// the list is never empty, whatever is refused or cut off, see text.FilterLists.Guard.
const guardNumber = "1"

// list is the ground of an access list: made with its entries, put at ports and taken
// from them, or taken away. One that stands with other entries, which another hand put
// there or a push that broke off, becomes what it shall be in place, so that a session
// which points to it never has an empty or a missing list.
func (d *Driver) list(g *Ground, o mirror.Observation, before, after mirror.Footing) error {
	lists, whole := d.p.Footing.Lists, d.p.Footing.Entries
	if lists == nil && whole == nil {
		return mirror.Unsupported("this platform has no access lists that filter copies")
	}
	if g.List = cmp.Or(after.Name, before.Name); !text.OwnList.MatchString(g.List) {
		return fmt.Errorf("%q is no name of an access list of netmirror's: %w", g.List, mirror.ErrInvalid)
	}
	g.At, g.Off, g.Session = d.minus(after.Ports, before.Ports), d.minus(before.Ports, after.Ports), cmp.Or(after.Session, before.Session)
	if len(g.At)+len(g.Off) > 0 && whole == nil && lists.Copied == "" {
		return mirror.Unsupported("an access list that filters copies stands at no port on this platform")
	}
	if g.Drop = before.Made && !after.Made; g.Drop || !after.Made {
		return nil
	}
	same := slices.Equal(before.Rules, after.Rules) && (before.Session == "" || before.Session == after.Session)
	if before.Made && same || len(after.Rules) == 0 {
		return nil // one without entries that can be written is no list to go back to
	}
	if slices.ContainsFunc(after.Rules, func(e mirror.Entry) bool { return !slices.Contains(e.Families(), mirror.IPv4) }) {
		return mirror.Unsupported("an access list of IPv6 is not written on this platform")
	}
	if whole != nil {
		_, g.Anew = o.Footing(mirror.FootingFilter, g.List)
		var err error
		g.Edits, err = whole(after.Rules, after.Session)
		return err
	}
	entries, err := lists.Entries(after.Rules)
	if err != nil {
		return err
	}
	old := standing(o.Handles[text.HandleList(g.List)], lists.Renumber != "")
	if len(old) > 0 && lists.Renumber != "" {
		g.Renumber, g.Edits = lists.Anew(g.List), []string{guardNumber + " " + lists.Guard()}
	}
	for _, n := range old {
		g.Edits = append(g.Edits, "no "+n)
	}
	for i, e := range entries {
		g.Edits = append(g.Edits, strconv.Itoa((i+1)*text.EntryStep)+" "+e)
	}
	if g.Renumber != "" {
		g.Edits = append(g.Edits, "no "+guardNumber)
	}
	return nil
}

// standing are the numbers of the lines of a list that stands: those that the handle
// names, or where the list is numbered anew first, those that they have then.
func standing(handle string, renumbered bool) (out []string) {
	if !renumbered {
		return strings.Fields(handle)
	}
	n, _ := strconv.Atoi(handle)
	for i := range n {
		out = append(out, strconv.Itoa((i+1)*text.EntryStep))
	}
	return out
}
