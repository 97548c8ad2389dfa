package console

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// guardNumber is that of an entry which stands first while a list is edited, so that
// the list is never empty, whatever is refused or cut off. It is of a protocol that is
// reserved (IANA: 255), so that nothing else is like it; what no entry permits is not
// copied.
const guardNumber = "1"

// list is the ground of an access list: made with its entries, or taken away. One that
// stands with other entries, which another hand put there or a push that broke off,
// becomes what it shall be in place, so that a session which points to it never has an
// empty or a missing list.
func (d *Driver) list(g *Ground, o mirror.Observation, before, after mirror.Footing) error {
	lists := d.p.Footing.Lists
	if lists == nil {
		return mirror.Unsupported("this platform has no access lists that filter copies")
	}
	if g.List = cmp.Or(after.Name, before.Name); !text.OwnList.MatchString(g.List) {
		return fmt.Errorf("%q is no name of an access list of netmirror's: %w", g.List, mirror.ErrInvalid)
	}
	if g.Drop = before.Made && !after.Made; g.Drop || !after.Made {
		return nil
	}
	if before.Made && slices.Equal(before.Rules, after.Rules) || len(after.Rules) == 0 {
		return nil // one without entries that can be written is no list to go back to
	}
	n, _ := strconv.Atoi(o.Handles[text.HandleList(g.List)])
	if n > 0 {
		g.Renumber, g.Edits = lists.Anew(g.List), []string{guardNumber + " deny 255 any any"}
	}
	for i := range n {
		g.Edits = append(g.Edits, "no "+strconv.Itoa((i+1)*text.EntryStep))
	}
	for i, e := range after.Rules {
		if !slices.Contains(e.Families(), mirror.IPv4) {
			return mirror.Unsupported("an access list of IPv6 is not written on this platform")
		}
		words, err := lists.Form.Write(e, mirror.IPv4)
		if err != nil {
			return err
		}
		g.Edits = append(g.Edits, strconv.Itoa((i+1)*text.EntryStep)+" "+words)
	}
	if n > 0 {
		g.Edits = append(g.Edits, "no "+guardNumber)
	}
	return nil
}
