package cmdline

import (
	"path"
	"slices"
	"strings"
)

// A Statement is a word of a configuration that is a tree of words, with what
// stands below it. The root has no word.
type Statement struct {
	Word string
	Kids []*Statement
	// Inactive: it is kept, with all below it, and means nothing.
	Inactive bool
	// Note is a remark about it.
	Note string
	// From is the group that it was inherited from, "" = none.
	From string

	form *Form
}

// NewStatement is an empty configuration of a form.
func NewStatement(f *Form) *Statement { return &Statement{form: f} }

// Form is what may stand below it.
func (n *Statement) Form() *Form { return n.form }

// Clone copies a statement with all below it.
func (n *Statement) Clone() *Statement {
	c := *n
	c.Kids = make([]*Statement, len(n.Kids))
	for i, k := range n.Kids {
		c.Kids[i] = k.Clone()
	}
	return &c
}

// At is what a path leads to, nil where nothing is.
func (n *Statement) At(words ...string) *Statement {
	for _, w := range words {
		if n == nil {
			return nil
		}
		i := slices.IndexFunc(n.Kids, func(k *Statement) bool { return k.Word == w })
		if i < 0 {
			return nil
		}
		n = n.Kids[i]
	}
	return n
}

// Words are the words below what a path leads to.
func (n *Statement) Words(words ...string) (out []string) {
	if at := n.At(words...); at != nil {
		for _, k := range at.Kids {
			out = append(out, k.Word)
		}
	}
	return out
}

// Value is the first of the words below what a path leads to, "" = none.
func (n *Statement) Value(words ...string) string {
	return append(n.Words(words...), "")[0]
}

// Find is At for a path that was read.
func (n *Statement) Find(path []Step) *Statement {
	words := make([]string, len(path))
	for i, s := range path {
		words[i] = s.Word
	}
	return n.At(words...)
}

// Set makes what a path leads to. A leaf has only the value that was set last.
func (n *Statement) Set(path []Step) {
	for _, s := range path {
		k := n.At(s.Word)
		if k == nil {
			k = n.put(s.Word, s.form)
		}
		n = k
	}
}

// put adds a word in its place.
func (n *Statement) put(word string, f *Form) *Statement {
	k := &Statement{Word: word, form: f}
	if n.form.kind == leaf {
		n.Kids = nil
	}
	at := len(n.Kids)
	for at > 0 && n.form.order(n.Kids[at-1].Word, word) > 0 {
		at--
	}
	n.Kids = slices.Insert(n.Kids, at, k)
	return k
}

// Delete takes away what a path leads to, with what only grouped it; an empty path
// takes all away. It reports whether something was there.
func (n *Statement) Delete(path []Step) bool {
	if len(path) == 0 {
		had := len(n.Kids) > 0
		n.Kids = nil
		return had
	}
	k := n.At(path[0].Word)
	if k == nil || len(path) > 1 && !k.Delete(path[1:]) {
		return false
	}
	groups := k.form.kind == container || k.form.kind == leaf || k.form.kind == values || k.form.kind == entries
	if len(path) == 1 || len(k.Kids) == 0 && groups {
		n.Kids = slices.DeleteFunc(n.Kids, func(o *Statement) bool { return o == k })
	}
	return true
}

// Move puts a name before or behind another one of the same kind. It reports
// whether both are there.
func (n *Statement) Move(word, to string, before bool) bool {
	k, anchor := n.At(word), n.At(to)
	if k == nil || anchor == nil || k == anchor {
		return false
	}
	n.Kids = slices.DeleteFunc(n.Kids, func(o *Statement) bool { return o == k })
	at := slices.Index(n.Kids, anchor)
	if !before {
		at++
	}
	n.Kids = slices.Insert(n.Kids, at, k)
	return true
}

// Lines are the commands that make what stands below n, where prefix leads to n:
// "set system host-name a", and behind what is inactive "deactivate ...". With notes
// the remarks are among them, "annotate ...".
func (n *Statement) Lines(prefix string, notes bool) (out []string) {
	for _, k := range n.Kids {
		at := prefix + " " + Quote(k.Word)
		if len(k.Kids) == 0 {
			out = append(out, "set"+at)
		}
		out = append(out, k.Lines(at, notes)...)
		if k.Note != "" && notes {
			out = append(out, "annotate"+at+` "`+k.Note+`"`)
		}
		if k.Inactive {
			out = append(out, "deactivate"+at)
		}
	}
	return out
}

// A member is what a block of text has at one level: a word with its value or
// values, or a word with a name.
type member struct {
	*Statement
	head string // as it is written
	path []string
	off  bool
}

func (n *Statement) members() (out []member) {
	for _, k := range n.Kids {
		if k.form.kind != entries {
			out = append(out, member{k, Quote(k.Word), []string{k.Word}, k.Inactive})
			continue
		}
		for _, e := range k.Kids {
			out = append(out, member{e, k.Word + " " + Quote(e.Word), []string{k.Word, e.Word}, k.Inactive || e.Inactive})
		}
	}
	return out
}

// one reports whether it is written in one line.
func (m member) one() bool {
	deep := slices.ContainsFunc(m.Kids, func(k *Statement) bool { return len(k.Kids) > 0 })
	switch m.form.kind {
	case leaf, values:
		return true
	case loose:
		return len(m.Kids) <= 1 && !deep
	}
	return len(m.Kids) == 0
}

// Text writes what stands below n as nested blocks, a line each, four blanks a
// level; with origins what was inherited is marked.
func (n *Statement) Text(origins bool) (out []string) {
	for _, m := range n.members() {
		out = append(out, m.text(origins && n.From == "")...)
	}
	return out
}

func (m member) text(origins bool) (out []string) {
	if origins && m.From != "" {
		out = append(out, "##", "## '"+m.Word+"' was inherited from group '"+m.From+"'", "##")
	}
	if m.Note != "" {
		out = append(out, "/* "+m.Note+" */")
	}
	head := m.head
	if m.off {
		head = "inactive: " + head
	}
	if m.one() {
		var words []string
		for _, k := range m.Kids {
			words = append(words, Quote(k.Word))
		}
		tail := strings.Join(words, " ")
		if len(words) > 1 {
			tail = "[ " + tail + " ]"
		}
		return append(out, strings.TrimRight(head+" "+tail, " ")+";")
	}
	out = append(out, head+" {")
	for _, l := range m.Statement.Text(origins) {
		out = append(out, "    "+l)
	}
	return append(out, "}")
}

// Compare writes what makes to of from: below the place of a change ("[edit a b]"),
// what goes with "-", what comes with "+", and what is moved or no longer or again in
// force with "!".
func Compare(from, to *Statement, prefix ...string) string {
	var b strings.Builder
	compare(&b, from, to, prefix)
	return b.String()
}

func compare(b *strings.Builder, from, to *Statement, at []string) {
	was, is := from.members(), to.members()
	find := func(list []member, head string) int {
		return slices.IndexFunc(list, func(m member) bool { return m.head == head })
	}
	headed := false
	write := func(sign string, lines []string) {
		if !headed {
			b.WriteString(strings.TrimRight("[edit "+strings.Join(at, " "), " ") + "]\n")
			headed = true
		}
		for _, l := range lines {
			b.WriteString(sign + strings.Repeat(" ", 2+len(at)) + l + "\n")
		}
	}
	var kept []string
	for _, m := range was {
		switch i := find(is, m.head); {
		case i < 0 || m.one() && is[i].one() && !slices.Equal(m.Statement.values(), is[i].Statement.values()):
			write("-", m.text(false))
		default:
			kept = append(kept, m.head)
		}
	}
	var after []string
	for _, m := range is {
		i := find(was, m.head)
		for sign, n := range map[string]member{"-": append(was, m)[max(i, 0)], "+": m} {
			if i >= 0 && was[i].Note != m.Note && n.Note != "" && slices.Contains(kept, m.head) {
				write(sign, []string{"/* " + n.Note + " */"})
			}
		}
		switch {
		case !slices.Contains(kept, m.head):
			write("+", m.text(false))
		case was[i].off != m.off:
			after = append(after, m.head)
			write("!", []string{map[bool]string{true: "inactive: ", false: "active: "}[m.off] + m.head + " { ... }"})
		default:
			if after = append(after, m.head); len(after) <= len(kept) && kept[len(after)-1] != m.head && to.form != nil {
				write("!", []string{m.head + " { ... }"})
			}
		}
	}
	for _, m := range is {
		if i := find(was, m.head); i >= 0 && slices.Contains(kept, m.head) && !(m.one() && was[i].one()) {
			compare(b, was[i].Statement, m.Statement, append(slices.Clip(at), m.path...))
		}
	}
}

func (n *Statement) values() []string { return n.Words() }

// Active is a copy without what is inactive.
func (n *Statement) Active() *Statement {
	c := *n
	c.Kids = nil
	for _, k := range n.Kids {
		if !k.Inactive {
			c.Kids = append(c.Kids, k.Active())
		}
	}
	return &c
}

// Inherit is a copy of a whole configuration with what its groups add: the groups
// that are named anywhere by apply-groups, for what stands at that place and below.
// What is there wins over what is inherited. A name in angle brackets is a pattern.
func (n *Statement) Inherit() *Statement {
	c := n.Clone()
	c.inherit(n, nil, nil)
	return c
}

// A source is a place in a group, and the group's name.
type source struct {
	*Statement
	group string
}

func (n *Statement) inherit(root *Statement, at []string, from []source) {
	for _, g := range n.Words(inherits) {
		if s := root.At(append([]string{"groups", g}, at...)...); s != nil && !n.At(inherits).Inactive {
			from = append(from, source{s, g})
		}
	}
	for _, s := range from {
		for _, k := range s.Kids {
			if n.At(k.Word) == nil && !strings.HasPrefix(k.Word, "<") && (n.form.kind != leaf || len(n.Kids) == 0) {
				n.put(k.Word, k.form).From = s.group
			}
		}
	}
	for _, k := range n.Kids {
		if len(at) == 0 && k.Word == "groups" {
			continue
		}
		var below []source
		for _, s := range from {
			for _, o := range s.Kids {
				if fits(o.Word, k.Word) {
					below = append(below, source{o, s.group})
				}
			}
		}
		k.inherit(root, append(slices.Clip(at), k.Word), below)
	}
}

// fits reports whether a word of a group is for a word of the configuration.
func fits(pattern, word string) bool {
	if !strings.HasPrefix(pattern, "<") {
		return pattern == word
	}
	flat := func(s string) string { return strings.ReplaceAll(s, "/", "_") }
	ok, err := path.Match(flat(strings.Trim(pattern, "<>")), flat(word))
	return ok && err == nil
}
