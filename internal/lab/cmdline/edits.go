package cmdline

import (
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// An Edit changes an open block by what was typed. Edits come with the patterns
// that lead to them, as further lines of a platform's grammar.
type Edit func(b Block, a *Args)

// Line is the line with its keywords spelled out.
func (a *Args) Line() string { return strings.Join(a.Spoken, " ") }

// Slot is a line with one value: typing it again replaces it, "no" and
// "default" remove it, with the value or without.
func Slot(key, param string) map[string]Edit {
	return map[string]Edit{
		key + " " + param: func(b Block, a *Args) { b.Set(a.Line(), key) },
		"{no | default} " + key + " [" + param + "]": func(b Block, _ *Args) { b.Unset(key) },
	}
}

// Flag is a line without a value: put sets it, away and "default" remove it.
func Flag(key, put, away string) map[string]Edit {
	return map[string]Edit{
		put:              func(b Block, _ *Args) { b.Set(put, put) },
		away:             func(b Block, _ *Args) { b.Unset(put) },
		"default " + key: func(b Block, _ *Args) { b.Unset(put) },
	}
}

// VLANList is a list of VLANs that words add to and remove from; a bare list
// replaces it, and a block without the line has all. The grammar needs the type
// vlans (VLANCompact).
func VLANList(key string) map[string]Edit {
	return map[string]Edit{
		key + " {<list:vlans> | add <list:vlans> | remove <list:vlans> | all | none}": func(b Block, a *Args) {
			list, _ := a.Values["list"].(fabric.VLANSet)
			set := list // empty for none
			switch {
			case a.Has("all"):
				set = fabric.AllVLANs()
			case a.Has("add"):
				set.Union(b.VLANs(key))
			case a.Has("remove"):
				set = b.VLANs(key)
				set.Minus(list)
			}
			switch text := set.Format(",", "-"); {
			case set == fabric.AllVLANs():
				b.Unset(key)
			case text == "":
				b.Set(key+" none", key)
			default:
				b.Set(key+" "+text, key)
			}
		},
		"{no | default} " + key: func(b Block, _ *Args) { b.Unset(key) },
	}
}

// VLANs is such a list of a block.
func (b Block) VLANs(key string) fabric.VLANSet {
	text := b.Value(key)
	if set, ok := fabric.ParseVLANs(text); ok || text == "none" {
		return set
	}
	return fabric.AllVLANs()
}
