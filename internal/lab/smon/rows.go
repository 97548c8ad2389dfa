package smon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/lab/plain"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A key is a row's source, a port or "vlan:10", and its destination.
type key struct{ src, dst string }

// A row is one of the portCopyTable.
type row struct {
	dir    plant.Direction // as the MIB numbers it, too
	active bool            // wanted; whether it is ready is seen from its interfaces
	// of a session with side effects:
	session, kind int
	keepSrc       bool // portCopyRemoveSrc is false
}

// The types of sessions of CISCO-RMON-CONFIG-MIB as far as the lab has them.
const (
	notSpecified = 1
	local        = 2
)

// rows is the table.
type rows struct{ row map[key]row }

// Clone copies the table.
func (t *rows) Clone() plain.Mirror { return &rows{maps.Clone(t.row)} }

// keys are those of the rows in the order of names.
func (t *rows) keys() []key {
	return slices.SortedFunc(maps.Keys(t.row), func(a, b key) int { return cmp.Or(cmp.Compare(a.dst, b.dst), cmp.Compare(a.src, b.src)) })
}

// Lines are such as "portCopy gi1 gi24 both active", with "session 1" and "keepSource"
// behind them where rows join sessions.
func (t *rows) Lines() (out []string) {
	for _, k := range t.keys() {
		r := t.row[k]
		line := fmt.Sprintf("portCopy %s %s %s %s", k.src, k.dst, r.dir, map[bool]string{true: "active", false: "notInService"}[r.active])
		if r.session != 0 {
			line += fmt.Sprintf(" session %d", r.session)
		}
		if r.keepSrc {
			line += " keepSource"
		}
		out = append(out, line)
	}
	return out
}

// Line reads one of Lines.
func (t *rows) Line(words []string) (mine bool, err error) {
	if words[0] != "portCopy" {
		return false, nil
	}
	bad := fmt.Errorf("want portCopy SOURCE DESTINATION rx|tx|both active|notInService [session N] [keepSource]")
	if len(words) < 5 {
		return true, bad
	}
	r := row{active: words[4] == "active", kind: notSpecified}
	for _, d := range []plant.Direction{plant.RX, plant.TX, plant.Both} {
		if words[3] == d.String() {
			r.dir = d
		}
	}
	rest := words[5:]
	if len(rest) >= 2 && rest[0] == "session" {
		if r.session, err = strconv.Atoi(rest[1]); err != nil || r.session < 1 {
			return true, bad
		}
		r.kind, rest = local, rest[2:]
	}
	if len(rest) > 0 && rest[0] == "keepSource" {
		r.keepSrc, rest = true, rest[1:]
	}
	if len(rest) > 0 || r.dir == 0 || !r.active && words[4] != "notInService" {
		return true, bad
	}
	t.row[key{words[1], words[2]}] = r
	return true, nil
}

// vlanOf is the VLAN of a source that is one.
func vlanOf(src string) (int, bool) {
	text, is := strings.CutPrefix(src, "vlan:")
	n, err := strconv.Atoi(text)
	return n, is && err == nil
}

// index is the ifIndex of a source or destination.
func index(v plain.View, name string) (uint32, bool) {
	if vlan, is := vlanOf(name); is {
		return uint32(vlanIndex + vlan), slices.Contains(v.Config.Known(), vlan)
	}
	i, there := v.Index[name]
	return i, there
}

// named is the source or destination with an ifIndex.
func (a agent) named(v plain.View, index uint32) (string, bool) {
	if name, there := v.At[index]; there {
		return name, true
	}
	vlan := int(index) - vlanIndex
	return fmt.Sprintf("vlan:%d", vlan), !a.is.NoVLANs && slices.Contains(v.Config.Known(), vlan)
}

// ready reports whether both interfaces of a row are up. The one of a VLAN always is.
func ready(v plain.View, k key) bool {
	_, is := vlanOf(k.src)
	return (is || v.Up[k.src]) && v.Up[k.dst]
}

// status is what the row reads as.
func (r row) status(_ agent, v plain.View, k key) mib.RowStatus {
	switch {
	case !ready(v, k):
		return mib.NotReady
	case r.active:
		return mib.Active
	}
	return mib.NotInService
}
