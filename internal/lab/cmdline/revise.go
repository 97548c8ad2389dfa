package cmdline

import (
	"slices"
	"strings"
)

// EditVerbs are the commands of Statement.Edit.
var EditVerbs = []string{"set", "delete", "deactivate", "activate", "insert", "annotate"}

// Edit carries a command out that edits a configuration below n; at is the place where
// it was typed. It reports whether there is what it is about.
func (n *Statement) Edit(at []Token, verb string, toks []Token) (found bool, fault *Fault) {
	end := 0
	if len(toks) > 0 {
		last := toks[len(toks)-1]
		end = last.Col + len(last.Text) + 1
	}
	incomplete := &Fault{Kind: Incomplete, Col: end}
	note := ""
	if verb == "annotate" && len(toks) > 0 {
		note, toks = toks[len(toks)-1].Text, toks[:len(toks)-1]
	}
	if len(toks) == 0 {
		return false, incomplete
	}
	full := slices.Concat(at, toks)
	switch verb {
	case "set":
		for _, one := range bracketed(full) {
			path, fault := n.form.Path(one, true)
			if fault != nil {
				return false, fault
			}
			n.Set(path)
		}
		return true, nil
	case "insert":
		return n.insert(full, incomplete)
	}
	path, fault := n.form.Path(full, false)
	if last := len(path) - 1; fault == nil && verb != "delete" {
		switch path[last].form.kind {
		case value:
			path = path[:last] // that is about the leaf
		case entries:
			return false, incomplete
		}
	}
	k := n.Find(path)
	switch {
	case fault != nil || k == nil:
		return false, fault
	case verb == "delete":
		n.Delete(path)
	case verb == "annotate":
		k.Note = note
	case verb == "deactivate" || verb == "activate":
		k.Inactive = verb == "deactivate"
	default:
		return false, &Fault{Kind: Invalid}
	}
	return true, nil
}

// bracketed makes a line for each word between brackets.
func bracketed(toks []Token) (out [][]Token) {
	open := slices.IndexFunc(toks, func(t Token) bool { return t.Text == "[" })
	if n := len(toks); open < 0 || toks[n-1].Text != "]" {
		return [][]Token{toks}
	}
	for _, t := range toks[open+1 : len(toks)-1] {
		out = append(out, append(slices.Clone(toks[:open]), t))
	}
	return out
}

// insert moves a name: "term a before term b".
func (n *Statement) insert(toks []Token, incomplete *Fault) (bool, *Fault) {
	i := slices.IndexFunc(toks, func(t Token) bool { return t.Text == "before" || t.Text == "after" })
	if i < 2 || i+2 >= len(toks) {
		return false, incomplete
	}
	path, fault := n.form.Path(toks[:i], true)
	if fault != nil {
		return false, fault
	}
	k := n.Find(path[:len(path)-1])
	return k != nil && k.Move(path[len(path)-1].Word, toks[len(toks)-1].Text, toks[i].Text == "before"), nil
}

// Merge puts what was changed from base to work into a copy of now.
func Merge(base, work, now *Statement) *Statement {
	out := now.Clone()
	was, is := base.Lines("", false), work.Lines("", false)
	apply := func(list, other []string, verbs map[string]string) {
		for _, l := range list {
			if verb, rest, _ := strings.Cut(l, " "); !slices.Contains(other, l) {
				out.Edit(nil, verbs[verb], Quoted(rest))
			}
		}
	}
	apply(was, is, map[string]string{"set": "delete", "deactivate": "activate"})
	apply(is, was, map[string]string{"set": "set", "deactivate": "deactivate"})
	return out
}
