package junos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

const notFound = "warning: statement not found\n"

// verbs are the commands that edit a candidate.
var verbs = []string{"set", "delete", "deactivate", "activate", "insert", "annotate"}

// change carries a command out that edits a configuration; at is the place where it
// was typed.
func change(root config, at []cmdline.Token, verb string, toks []cmdline.Token) (answer string, fault *cmdline.Fault) {
	end := 0
	if n := len(toks); n > 0 {
		end = toks[n-1].Col + len(toks[n-1].Text) + 1
	}
	incomplete := &cmdline.Fault{Kind: cmdline.Incomplete, Col: end}
	if len(toks) == 0 {
		return "", incomplete
	}
	note := ""
	if verb == "annotate" {
		note, toks = toks[len(toks)-1].Text, toks[:len(toks)-1]
	}
	full := slices.Concat(at, toks)
	switch verb {
	case "set":
		for _, one := range bracketed(full) {
			path, fault := root.Form().Path(one, true)
			if fault != nil {
				return "", fault
			}
			root.Set(path)
		}
		return "", nil
	case "insert":
		return insert(root, full, incomplete)
	case "delete", "deactivate", "activate", "annotate":
	default:
		return "", &cmdline.Fault{Kind: cmdline.Invalid}
	}
	path, fault := root.Form().Path(full, false)
	if fault != nil {
		return "", fault
	}
	n := root.Find(path)
	switch {
	case n == nil:
		return notFound, nil
	case verb == "delete":
		root.Delete(path)
	case verb == "annotate":
		n.Note = note
	default:
		n.Inactive = verb == "deactivate"
	}
	return "", nil
}

// bracketed makes a line for each word between brackets.
func bracketed(toks []cmdline.Token) (out [][]cmdline.Token) {
	open := slices.IndexFunc(toks, func(t cmdline.Token) bool { return t.Text == "[" })
	if n := len(toks); open < 0 || toks[n-1].Text != "]" {
		return [][]cmdline.Token{toks}
	}
	for _, t := range toks[open+1 : len(toks)-1] {
		out = append(out, append(slices.Clone(toks[:open]), t))
	}
	return out
}

// insert moves a name: "term a before term b".
func insert(root config, toks []cmdline.Token, incomplete *cmdline.Fault) (string, *cmdline.Fault) {
	i := slices.IndexFunc(toks, func(t cmdline.Token) bool { return t.Text == "before" || t.Text == "after" })
	if i < 2 || i+2 >= len(toks) {
		return "", incomplete
	}
	path, fault := root.Form().Path(toks[:i], true)
	if fault != nil {
		return "", fault
	}
	n := root.Find(path[:len(path)-1])
	if n == nil || !n.Move(path[len(path)-1].Word, toks[len(toks)-1].Text, toks[i].Text == "before") {
		return notFound, nil
	}
	return "", nil
}

// faultText is what is said to a line that cannot be read.
func faultText(f *cmdline.Fault, toks []cmdline.Token) string {
	word := ""
	for _, t := range toks {
		if t.Col == f.Col {
			word = t.Text
		}
	}
	_, err := strconv.Atoi(word)
	switch {
	case f.Kind == cmdline.Incomplete:
		return "missing mandatory argument.\n"
	case f.Kind == cmdline.Ambiguous:
		return "'" + word + "' is ambiguous.\n"
	case err == nil:
		return "invalid numeric value: '" + word + "'.\n"
	}
	return "syntax error.\n"
}

// merge puts what was changed from base to work into a copy of now.
func merge(base, work, now config) config {
	out := now.Clone()
	was, is := base.Lines("", false), work.Lines("", false)
	apply := func(list, other []string, verbs map[string]string) {
		for _, l := range list {
			if verb, rest, _ := strings.Cut(l, " "); !slices.Contains(other, l) {
				change(out, nil, verbs[verb], cmdline.Quoted(rest))
			}
		}
	}
	apply(was, is, map[string]string{"set": "delete", "deactivate": "activate"})
	apply(is, was, map[string]string{"set": "set", "deactivate": "deactivate"})
	return out
}
