package cmdline

import (
	"maps"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// An Edit changes an open block by what was typed. Edits come with the patterns
// that lead to them, as further lines of a platform's grammar.
type Edit func(b Block, a *Args)

// Line is the line with its keywords spelled out.
func (a *Args) Line() string { return strings.Join(a.Spoken, " ") }

// A Negation is the pattern of the words that take a line away.
type Negation string

// The usual negations.
const (
	No          Negation = "no"
	NoOrDefault Negation = "{no | default}"
)

// Slot is a line with one value: typing it again replaces it, the negation
// removes it, with the value or without.
func (n Negation) Slot(key, param string) map[string]Edit {
	return map[string]Edit{
		key + " " + param:                          func(b Block, a *Args) { b.Set(a.Line(), key) },
		string(n) + " " + key + " [" + param + "]": func(b Block, _ *Args) { b.Unset(key) },
	}
}

// Flag is a line without a value: put sets it, away removes it.
func (n Negation) Flag(key, put, away string) map[string]Edit {
	out := map[string]Edit{
		put: func(b Block, _ *Args) {
			b.Remove(func(l string) bool { return l == away })
			b.Set(put, put)
		},
		away: func(b Block, _ *Args) { b.Unset(put) },
	}
	if n == NoOrDefault {
		out["default "+key] = out[away]
	}
	return out
}

// Any is whatever begins with key, each line once: the negation of a whole line
// removes it, that of the key all of them.
func (n Negation) Any(key string) map[string]Edit {
	out := Once(key)
	maps.Copy(out, Once(key+" <rest:line>"))
	out[string(n)+" "+key] = func(b Block, _ *Args) { b.Unset(key) }
	out[string(n)+" "+key+" <rest:line>"] = func(b Block, a *Args) { b.Drop(strings.Join(a.Spoken[1:], " ")) }
	return out
}

// Once is a line that stands once, as it is spelled out.
func Once(pattern string) map[string]Edit {
	return map[string]Edit{pattern: func(b Block, a *Args) { b.Keep(a.Line()) }}
}

// Slot is that of the negations "no" and "default".
func Slot(key, param string) map[string]Edit { return NoOrDefault.Slot(key, param) }

// Flag is that of the negations "no" and "default".
func Flag(key, put, away string) map[string]Edit { return NoOrDefault.Flag(key, put, away) }

// KeepTyped keeps a line as it is typed; "no" before it removes it, where it is
// there, and is a line of its own where it is not.
func KeepTyped(b Block, typed string) {
	line := strings.Join(strings.Fields(typed), " ")
	if rest, no := strings.CutPrefix(line, "no "); no && b.Has(rest) {
		b.Unset(rest)
	} else {
		b.Set(line, line)
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
