package cmdline

import (
	"fmt"
	"slices"
	"strings"
)

// A Grammar matches typed lines against patterns, with every keyword
// abbreviated as far as it stays unique among its alternatives. Patterns are
// words, parameters and groups:
//
//	mirror <n:number> from <ports:interfaces> [both | rx | tx]
//
// <name:type> takes one or more tokens as its type says, [ ] is optional,
// { | } is a choice. H is what the caller runs on a match.
type Grammar[H any] struct {
	root  *grammarNode[H]
	types map[string]ParamType
}

// A ParamType reads a value from the front of tokens. It returns the tokens
// used, or, when the text does not fit, the column where it goes wrong.
// env is the caller's, for parameters that depend on the switch.
type ParamType func(env any, tokens []Token) (value any, used int, fault *Fault)

type grammarNode[H any] struct {
	words  []string // sorted; keys of next
	next   map[string]*grammarNode[H]
	params []grammarParam[H]
	run    *H
}

type grammarParam[H any] struct {
	name, typ string
	node      *grammarNode[H]
}

// A Token is one word of a line and the column where it starts.
type Token struct {
	Text string
	Col  int
}

// Args are the values of a matched line.
type Args struct {
	Values map[string]any
	words  map[string]bool
	Spoken []string // the line with its keywords spelled out
}

// Has reports whether a keyword was typed.
func (a *Args) Has(word string) bool { return a.words[word] }

// Str is the text of a parameter, empty when it was not given.
func (a *Args) Str(name string) string { s, _ := a.Values[name].(string); return s }

// Num is the number of a parameter, 0 when it was not given.
func (a *Args) Num(name string) int { n, _ := a.Values[name].(int); return n }

// A FaultKind is in which way a line does not match.
type FaultKind int

const (
	Invalid FaultKind = iota
	Incomplete
	Ambiguous
)

// A Fault is why a line does not match, and at which column.
type Fault struct {
	Kind FaultKind
	Col  int
}

// New is a grammar without patterns; types are the parameter types by name.
func New[H any](types map[string]ParamType) *Grammar[H] {
	return &Grammar[H]{root: &grammarNode[H]{}, types: types}
}

// Add compiles one pattern. A faulty pattern is a programming mistake.
func (g *Grammar[H]) Add(pattern string, run H) {
	p := &patternReader{toks: strings.Fields(spaceOut(pattern))}
	seqs := p.alternatives("")
	if p.pos != len(p.toks) {
		panic(fmt.Sprintf("cmdline: pattern %q: stray %q", pattern, p.toks[p.pos]))
	}
	for _, seq := range seqs {
		n := g.root
		for _, w := range seq {
			n = g.child(n, w, pattern)
		}
		if n.run == nil {
			n.run = &run
		}
	}
}

func (g *Grammar[H]) child(n *grammarNode[H], w, pattern string) *grammarNode[H] {
	if strings.HasPrefix(w, "<") {
		name, typ, _ := strings.Cut(strings.Trim(w, "<>"), ":")
		if g.types[typ] == nil {
			panic(fmt.Sprintf("cmdline: pattern %q: type %q is unknown", pattern, typ))
		}
		for _, p := range n.params {
			if p.name == name && p.typ == typ {
				return p.node
			}
		}
		c := &grammarNode[H]{}
		n.params = append(n.params, grammarParam[H]{name, typ, c})
		return c
	}
	if c := n.next[w]; c != nil {
		return c
	}
	if n.next == nil {
		n.next = map[string]*grammarNode[H]{}
	}
	c := &grammarNode[H]{}
	n.next[w] = c
	at, _ := slices.BinarySearch(n.words, w)
	n.words = slices.Insert(n.words, at, w)
	return c
}

func spaceOut(s string) string {
	for _, c := range []string{"[", "]", "{", "}", "|"} {
		s = strings.ReplaceAll(s, c, " "+c+" ")
	}
	return s
}

// A patternReader expands a pattern into all plain sequences of words.
type patternReader struct {
	toks []string
	pos  int
}

func (p *patternReader) alternatives(closing string) [][]string {
	var all [][]string
	for {
		all = append(all, p.sequence()...)
		if p.pos < len(p.toks) && p.toks[p.pos] == "|" {
			p.pos++
			continue
		}
		if closing != "" && p.pos < len(p.toks) && p.toks[p.pos] == closing {
			p.pos++
		}
		return all
	}
}

func (p *patternReader) sequence() [][]string {
	seqs := [][]string{nil}
	for p.pos < len(p.toks) {
		var next [][]string
		switch t := p.toks[p.pos]; t {
		case "|", "]", "}":
			return seqs
		case "[":
			p.pos++
			next = append([][]string{nil}, p.alternatives("]")...)
		case "{":
			p.pos++
			next = p.alternatives("}")
		default:
			p.pos++
			next = [][]string{{t}}
		}
		var joined [][]string
		for _, a := range seqs {
			for _, b := range next {
				joined = append(joined, append(slices.Clone(a), b...))
			}
		}
		seqs = joined
	}
	return seqs
}

// Tokenize splits a line at blanks.
func Tokenize(line string) []Token {
	var out []Token
	for i := 0; i < len(line); {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		out = append(out, Token{line[start:i], start})
	}
	return out
}

// Parse matches a whole line.
func (g *Grammar[H]) Parse(env any, line string) (*H, *Args, *Fault) {
	a := &Args{Values: map[string]any{}, words: map[string]bool{}}
	toks := Tokenize(line)
	n := g.root
	for len(toks) > 0 {
		word, child, fault := n.keyword(toks[0])
		if child != nil {
			a.words[word] = true
			a.Spoken = append(a.Spoken, word)
			n, toks = child, toks[1:]
			continue
		}
		next, used, pf := g.parameter(n, env, toks, a)
		if next == nil {
			if fault.Kind == Ambiguous || pf == nil {
				pf = fault
			}
			return nil, a, pf
		}
		n, toks = next, toks[used:]
	}
	if n.run == nil {
		return nil, a, &Fault{Kind: Incomplete, Col: len(line)}
	}
	return n.run, a, nil
}

func (g *Grammar[H]) parameter(n *grammarNode[H], env any, toks []Token, a *Args) (*grammarNode[H], int, *Fault) {
	var worst *Fault
	for _, p := range n.params {
		v, used, fault := g.types[p.typ](env, toks)
		if fault == nil {
			a.Values[p.name] = v
			for _, t := range toks[:used] {
				a.Spoken = append(a.Spoken, t.Text)
			}
			return p.node, used, nil
		}
		if worst == nil || fault.Col > worst.Col {
			worst = fault
		}
	}
	return nil, 0, worst
}

// keyword finds the alternative that a token abbreviates.
func (n *grammarNode[H]) keyword(t Token) (string, *grammarNode[H], *Fault) {
	low := strings.ToLower(t.Text)
	if c := n.next[low]; c != nil {
		return low, c, nil
	}
	var found []string
	longest := 0
	for _, w := range n.words {
		if strings.HasPrefix(w, low) {
			found = append(found, w)
		}
		longest = max(longest, commonPrefix(w, low))
	}
	switch len(found) {
	case 1:
		return found[0], n.next[found[0]], nil
	case 0:
		return "", nil, &Fault{Kind: Invalid, Col: t.Col + longest}
	}
	return "", nil, &Fault{Kind: Ambiguous, Col: t.Col}
}

func commonPrefix(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

// Choices lists what may follow a partial line: keywords and parameter names.
// The last word counts as unfinished unless the line ends in a blank.
func (g *Grammar[H]) Choices(env any, partial string) (words []string, stem string, end bool) {
	toks := Tokenize(partial)
	if len(toks) > 0 && !strings.HasSuffix(partial, " ") {
		stem = strings.ToLower(toks[len(toks)-1].Text)
		toks = toks[:len(toks)-1]
	}
	a := &Args{Values: map[string]any{}, words: map[string]bool{}}
	n := g.root
	for len(toks) > 0 {
		if _, c, _ := n.keyword(toks[0]); c != nil {
			n, toks = c, toks[1:]
			continue
		}
		next, used, _ := g.parameter(n, env, toks, a)
		if next == nil {
			return nil, stem, false
		}
		n, toks = next, toks[used:]
	}
	for _, w := range n.words {
		if strings.HasPrefix(w, stem) {
			words = append(words, w)
		}
	}
	if stem == "" {
		for _, p := range n.params {
			words = append(words, "<"+p.name+">")
		}
		end = n.run != nil
	}
	return words, stem, end
}
