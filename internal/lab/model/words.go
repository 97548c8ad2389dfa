package model

import (
	"slices"
	"strings"
)

// QuoteWord is a word as it is written in a line of words.
func QuoteWord(word string) string {
	if word == "" || strings.ContainsAny(word, " \t\r\n\"{}[]#;\\") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(word) + `"`
	}
	return word
}

// What groups words is not a word: the same in quotation marks is one.
const (
	openList, closeList   = "\x00[", "\x00]"
	openBlock, closeBlock = "\x00{", "\x00}"
)

// SplitWords takes a text apart: words, texts in quotation marks, and what groups words. What
// follows a # that begins a word is a remark.
func SplitWords(line string) (out []string) {
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#':
			return out
		case c == '"':
			var b strings.Builder
			for i++; i < len(line) && line[i] != '"'; i++ {
				c := line[i]
				if c == '\\' && i+1 < len(line) {
					i++
					if c = line[i]; c == 'n' {
						c = '\n'
					} else if c == 'r' {
						c = '\r'
					}
				}
				b.WriteByte(c)
			}
			i++
			out = append(out, b.String())
		default:
			end := i
			for end < len(line) && !strings.ContainsRune(" \t\r", rune(line[end])) {
				end++
			}
			word := line[i:end]
			if len(word) == 1 && strings.Contains("[]{}", word) {
				word = "\x00" + word
			}
			out = append(out, word)
			i = end
		}
	}
	return out
}

// Statements reads a text of lines ("set / a b", "/ a b") and of blocks ("/ a {", "b c",
// "}") as lines: each of them begins with its verb. The words of a path are absolute.
func Statements(text string) (out [][]string) {
	var open [][]string
	var list []string // a list of values that goes over lines
	for line := range strings.Lines(text) {
		toks := append(list, SplitWords(strings.TrimSuffix(line, "\n"))...)
		if list = nil; slices.Contains(toks, openList) && !slices.Contains(toks, closeList) {
			list = toks
			continue
		}
		verb := "set"
		if len(toks) > 0 && (toks[0] == "set" || toks[0] == "delete") && len(open) == 0 {
			verb, toks = toks[0], toks[1:]
		}
		if len(toks) > 0 && strings.HasPrefix(toks[0], "/") && len(open) == 0 {
			if toks[0] = toks[0][1:]; toks[0] == "" {
				toks = toks[1:]
			}
		}
		switch {
		case len(toks) == 0:
			continue
		case len(toks) == 1 && toks[0] == closeBlock:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
			continue
		}
		within := slices.Concat(open...)
		if toks[len(toks)-1] == openBlock {
			toks = toks[:len(toks)-1]
			open = append(open, toks)
		}
		out = append(out, slices.Concat([]string{verb}, within, toks))
	}
	return out
}

// A Place is where words lead: the path of names with keys, and the value that is left.
type Place struct {
	Path   Path
	Def    *Def
	Values []string
}

// Where reads words as a path below another: an entry is named by its keys, the first of
// which stands alone and the others behind their names. Behind a leaf its value stands.
func (s *Schema) Where(at Path, toks []string) (p Place, err error) {
	p.Path, p.Def = slices.Clone(at), s.Root
	for _, e := range at {
		p.Def = p.Def.Kid(e.Name)
	}
	for i := 0; i < len(toks); {
		k := p.Def.Kid(toks[i])
		if k == nil {
			return p, s.unknown(p.Path, p.Def, strings.TrimPrefix(toks[i], "\x00"))
		}
		e := Elem{Name: k.Name}
		i++
		switch k.Kind {
		case KindLeaf, KindLeafList:
			p.Path, p.Def, p.Values = append(p.Path, e), k, toks[i:]
			return p, nil
		case KindList:
			for n, key := range k.Keys {
				if n > 0 && i < len(toks) && toks[i] == key {
					i++
				} else if n > 0 {
					break
				}
				if i < len(toks) {
					if e.Keys == nil {
						e.Keys = map[string]string{}
					}
					e.Keys[key] = toks[i]
					i++
				}
			}
		}
		p.Path, p.Def = append(p.Path, e), k
	}
	return p, nil
}

// EditWords carries out a line that changes a candidate; its first word is the verb.
func (s *Schema) EditWords(root *Node, at Path, toks []string) error {
	p, err := s.Where(at, toks[1:])
	if err != nil {
		return err
	}
	targets, err := s.Expand(root, p)
	if err != nil {
		return err
	}
	for _, path := range targets {
		if toks[0] == "delete" {
			err = s.Delete(root, path)
		} else {
			err = s.setWords(root, path, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Expand gives the paths that a path with wildcards stands for: what is there.
func (s *Schema) Expand(root *Node, p Place) ([]Path, error) {
	wild := -1
	for i, e := range p.Path {
		for _, v := range e.Keys {
			if strings.Contains(v, "*") {
				wild = i
			}
		}
	}
	if wild < 0 {
		return []Path{p.Path}, nil
	}
	loose := slices.Clone(p.Path[:wild+1])
	for i, e := range loose {
		loose[i] = Elem{Name: e.Name}
	}
	found, err := s.Find(root, loose)
	if err != nil {
		return nil, err
	}
	var out []Path
	for _, n := range found {
		full := n.Path().Bare()
		if slices.EqualFunc(full, p.Path[:wild+1], matches) {
			out = append(out, append(full, p.Path[wild+1:]...))
		}
	}
	if len(out) == 0 {
		return nil, s.fault(Error{Tag: TagDataMissing, AppTag: "no-match", At: p.Path[:wild+1], Name: p.Path[wild].Name}, "nothing there fits '%s'", p.Path[wild].Name)
	}
	return out, nil
}

func matches(is, wanted Elem) bool {
	for key, value := range wanted.Keys {
		before, after, wild := strings.Cut(value, "*")
		v := is.Keys[key]
		if !wild && v != value || wild && (len(v) < len(before)+len(after) || !strings.HasPrefix(v, before) || !strings.HasSuffix(v, after)) {
			return false
		}
	}
	return is.Name == wanted.Name
}

func (s *Schema) setWords(root *Node, path Path, p Place) error {
	values := slices.DeleteFunc(slices.Clone(p.Values), func(v string) bool { return v == openList || v == closeList })
	if p.Def.Kind != KindLeaf && p.Def.Kind != KindLeafList {
		return s.update(root, Update{Path: path, JSON: []byte("{}")}, false)
	}
	switch {
	case p.Def.Type.Base == BaseEmpty:
		values = []string{""}
	case len(values) == 0:
		return s.fault(Error{Tag: TagMissingElement, At: path, Name: p.Def.Name}, "'%s' has no value", p.Def.Name)
	case len(values) > 1 && p.Def.Kind == KindLeaf:
		return s.badValue(path, p.Def.Name, values[1], "one value too many")
	}
	for _, v := range values {
		if err := s.update(root, Update{Path: path, Text: &v}, false); err != nil {
			return err
		}
	}
	return nil
}
