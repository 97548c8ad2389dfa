package lab

import (
	"fmt"
	"slices"
	"strings"
)

// A grammar matches typed lines against patterns, with every keyword
// abbreviated as far as it stays unique among its alternatives. Patterns are
// words, parameters and groups:
//
//	monitor session <n:session> source interface <ports:interfaces> [both | rx | tx]
//
// <name:type> takes one or more tokens as its type says, [ ] is optional,
// { | } is a choice. H is what the caller runs on a match.
type grammar[H any] struct {
	root  *grammarNode[H]
	types map[string]paramType
}

// A paramType reads a value from the front of tokens. It returns the tokens
// used, or, when the text does not fit, the column where it goes wrong.
// env is the caller's, for parameters that depend on the switch.
type paramType func(env any, tokens []token) (value any, used int, fault *parseFault)

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

// A token is one word of a line and the column where it starts.
type token struct {
	text string
	col  int
}

// args are the values of a matched line.
type args struct {
	values map[string]any
	words  map[string]bool
	spoken []string // the line with its keywords spelled out
}

func (a *args) has(word string) bool { return a.words[word] }

// str is the text of a parameter, empty when it was not given.
func (a *args) str(name string) string { s, _ := a.values[name].(string); return s }

// num is the number of a parameter, 0 when it was not given.
func (a *args) num(name string) int { n, _ := a.values[name].(int); return n }

type faultKind int

const (
	invalidInput faultKind = iota
	incompleteCommand
	ambiguousCommand
)

// A parseFault is why a line does not match, and at which column.
type parseFault struct {
	kind faultKind
	col  int
}

func newGrammar[H any](types map[string]paramType) *grammar[H] {
	return &grammar[H]{root: &grammarNode[H]{}, types: types}
}

// add compiles one pattern. A faulty pattern is a programming mistake.
func (g *grammar[H]) add(pattern string, run H) {
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

func (g *grammar[H]) child(n *grammarNode[H], w, pattern string) *grammarNode[H] {
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

// tokenize splits a line at blanks.
func tokenize(line string) []token {
	var out []token
	for i := 0; i < len(line); {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		out = append(out, token{line[start:i], start})
	}
	return out
}

// parse matches a whole line.
func (g *grammar[H]) parse(env any, line string) (*H, *args, *parseFault) {
	a := &args{values: map[string]any{}, words: map[string]bool{}}
	toks := tokenize(line)
	n := g.root
	for len(toks) > 0 {
		word, child, fault := n.keyword(toks[0])
		if child != nil {
			a.words[word] = true
			a.spoken = append(a.spoken, word)
			n, toks = child, toks[1:]
			continue
		}
		next, used, pf := g.parameter(n, env, toks, a)
		if next == nil {
			if fault.kind == ambiguousCommand || pf == nil {
				pf = fault
			}
			return nil, a, pf
		}
		n, toks = next, toks[used:]
	}
	if n.run == nil {
		return nil, a, &parseFault{kind: incompleteCommand, col: len(line)}
	}
	return n.run, a, nil
}

func (g *grammar[H]) parameter(n *grammarNode[H], env any, toks []token, a *args) (*grammarNode[H], int, *parseFault) {
	var worst *parseFault
	for _, p := range n.params {
		v, used, fault := g.types[p.typ](env, toks)
		if fault == nil {
			a.values[p.name] = v
			for _, t := range toks[:used] {
				a.spoken = append(a.spoken, t.text)
			}
			return p.node, used, nil
		}
		if worst == nil || fault.col > worst.col {
			worst = fault
		}
	}
	return nil, 0, worst
}

// keyword finds the alternative that a token abbreviates.
func (n *grammarNode[H]) keyword(t token) (string, *grammarNode[H], *parseFault) {
	low := strings.ToLower(t.text)
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
		return "", nil, &parseFault{kind: invalidInput, col: t.col + longest}
	}
	return "", nil, &parseFault{kind: ambiguousCommand, col: t.col}
}

func commonPrefix(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

// choices lists what may follow a partial line: keywords and parameter names.
// The last word counts as unfinished unless the line ends in a blank.
func (g *grammar[H]) choices(env any, partial string) (words []string, stem string, end bool) {
	toks := tokenize(partial)
	if partial != "" && !strings.HasSuffix(partial, " ") {
		stem = strings.ToLower(toks[len(toks)-1].text)
		toks = toks[:len(toks)-1]
	}
	a := &args{values: map[string]any{}, words: map[string]bool{}}
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
