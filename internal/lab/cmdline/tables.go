package cmdline

import (
	"slices"
	"strings"
)

// Tables are the grammars that may have a line, in the order in which they are
// asked: that of a mode before that of the mode around it.
type Tables[H any] []*Grammar[H]

// Table is a grammar filled by functions that add patterns.
func Table[H any](types map[string]ParamType, fill ...func(*Grammar[H])) *Grammar[H] {
	g := New[H](types)
	for _, f := range fill {
		f(g)
	}
	return g
}

// Match finds the first grammar that has a line. The fault of a line that none
// has is the first that is ambiguous, or else the one that came furthest.
func (t Tables[H]) Match(env any, line string) (by *Grammar[H], run *H, a *Args, fault *Fault) {
	for _, g := range t {
		h, a, f := g.Parse(env, line)
		if f == nil {
			return g, h, a, nil
		}
		if fault == nil || fault.Kind != Ambiguous && (f.Kind == Ambiguous || f.Col > fault.Col) {
			fault = f
		}
	}
	return nil, nil, nil, fault
}

// Furthest is the fault that came furthest into a line that no grammar has,
// whatever its kind: some platforms report that one instead.
func (t Tables[H]) Furthest(env any, line string) (fault *Fault) {
	for _, g := range t {
		if _, _, f := g.Parse(env, line); f != nil && (fault == nil || f.Col > fault.Col) {
			fault = f
		}
	}
	return fault
}

// Spell is a line with its keywords spelled out, or the line itself where no
// grammar has it.
func (t Tables[H]) Spell(env any, line string) string {
	if _, _, a, fault := t.Match(env, line); fault == nil {
		return strings.Join(a.Spoken, " ")
	}
	return line
}

// Choices lists what may follow a partial line, in order.
func (t Tables[H]) Choices(env any, partial string) (all []string, stem string) {
	for _, g := range t {
		words, s, _ := g.Choices(env, partial)
		all, stem = append(all, words...), s
	}
	slices.Sort(all)
	return slices.Compact(all), stem
}

// Complete spells out the last word of a partial line where it is the only one.
func (t Tables[H]) Complete(env any, partial string) string {
	if words, stem := t.Choices(env, partial); len(words) == 1 && stem != "" {
		return partial[:len(partial)-len(stem)] + words[0] + " "
	}
	return partial
}
