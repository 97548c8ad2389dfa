package cmdline

import (
	"slices"
	"strings"
)

// A Node is one line of a configuration with the lines below it. Indent
// and Text together are the line byte for byte.
type Node struct {
	Indent, Text string
	Kids         []*Node
	// Step is the indentation of new lines below it, "" = one blank.
	Step string
	// Notes are comments about it, without what begins a comment.
	Notes []string
}

// Line is the line byte for byte.
func (n *Node) Line() string { return n.Indent + n.Text }

// Clone copies a line with all below it.
func (n *Node) Clone() *Node {
	c := &Node{Indent: n.Indent, Text: n.Text, Step: n.Step, Notes: slices.Clone(n.Notes)}
	for _, k := range n.Kids {
		c.Kids = append(c.Kids, k.Clone())
	}
	return c
}

// Find returns the first line below n that satisfies match.
func (n *Node) Find(match func(string) bool) *Node {
	for _, k := range n.Kids {
		if match(k.Text) {
			return k
		}
	}
	return nil
}

// Has reports whether a line stands below n.
func (n *Node) Has(text string) bool {
	return n.Find(func(s string) bool { return s == text }) != nil
}

// Value returns what follows prefix in the first line below n that has it.
func (n *Node) Value(prefix string) (string, bool) {
	for _, k := range n.Kids {
		if rest, ok := strings.CutPrefix(k.Text, prefix+" "); ok {
			return rest, true
		}
	}
	return "", false
}

// Remove deletes the lines below n that satisfy match and reports how many.
func (n *Node) Remove(match func(string) bool) int {
	kept := n.Kids[:0]
	for _, k := range n.Kids {
		if !match(k.Text) {
			kept = append(kept, k)
		}
	}
	gone := len(n.Kids) - len(kept)
	clear(n.Kids[len(kept):])
	n.Kids = kept
	return gone
}

// Set puts a line below n: in place of the first line that satisfies match,
// else in the order that rank gives (equal ranks in order of arrival).
func (n *Node) Set(text string, match func(string) bool, rank func(string) int) *Node {
	if match != nil {
		if k := n.Find(match); k != nil {
			k.Text = text
			return k
		}
	}
	k := &Node{Indent: n.childIndent(), Text: text, Step: n.Step}
	at := len(n.Kids)
	if rank != nil {
		r := rank(text)
		for at > 0 && rank(n.Kids[at-1].Text) > r {
			at--
		}
	}
	n.Kids = append(n.Kids, nil)
	copy(n.Kids[at+1:], n.Kids[at:])
	n.Kids[at] = k
	return k
}

// childIndent is one step more than the node's own; the root (empty text) has
// no indentation below it.
func (n *Node) childIndent() string {
	switch {
	case n.Text == "":
		return ""
	case n.Step != "":
		return n.Indent + n.Step
	}
	return n.Indent + " "
}

// Write appends the node and all below it, a line each.
func (n *Node) Write(b *strings.Builder) {
	b.WriteString(n.Line())
	b.WriteByte('\n')
	for _, k := range n.Kids {
		k.Write(b)
	}
}

// commented reports whether a line begins as a comment, and not as one that is
// kept.
func commented(line, comment, kept string) bool {
	return comment != "" && strings.HasPrefix(line, comment) && (kept == "" || !strings.HasPrefix(line, kept))
}

// A Syntax is how a platform writes an indented configuration.
type Syntax struct {
	// Comment begins lines that separate and are not kept; "" = there are none.
	Comment string
	// Kept begins comments that are lines all the same; "" = there are none.
	Kept string
	// Notes says that a comment with a text belongs to the next line, unless it begins
	// with Comment twice.
	Notes bool
	// End closes a configuration and is not kept; "" = nothing does.
	End string
	// Delimiter ends a text of several lines that begins in the given line; it
	// returns "" for every other line. May be nil.
	Delimiter func(line string) string
	// Step is the indentation of a block below its first line, "" = one blank.
	Step string
}

// Parse reads an indented configuration. What separates is not kept, every
// other line is kept byte for byte. A text of several lines is one node with
// raw lines.
func (x Syntax) Parse(text string) *Node {
	root := &Node{Step: x.Step}
	type open struct {
		depth int
		node  *Node
	}
	stack, notes := []open{{-1, root}}, []string(nil)
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		body := strings.TrimLeft(lines[i], " \t")
		depth := len(lines[i]) - len(body)
		if note := strings.TrimPrefix(body, x.Comment); x.Notes && len(note) < len(body) && note != "" && !strings.HasPrefix(note, x.Comment) {
			notes = append(notes, note)
			continue
		}
		if body == "" || commented(body, x.Comment, x.Kept) || x.End != "" && lines[i] == x.End {
			continue
		}
		n := &Node{Indent: lines[i][:depth], Text: body, Step: x.Step, Notes: notes}
		notes = nil
		for stack[len(stack)-1].depth >= depth {
			stack = stack[:len(stack)-1]
		}
		parent := stack[len(stack)-1].node
		parent.Kids = append(parent.Kids, n)
		stack = append(stack, open{depth, n})
		delim := ""
		if x.Delimiter != nil && depth == 0 {
			delim = x.Delimiter(body)
		}
		for delim != "" && i+1 < len(lines) {
			i++
			n.Text += "\n" + lines[i]
			if strings.Contains(lines[i], delim) {
				break
			}
		}
	}
	return root
}

// Difference compares two configurations block by block in the form of a
// contextual difference: lines only in b have a plus, lines only in a have a
// minus, and a block that both have stands without a sign above its changed
// lines. The order of lines is not compared.
func Difference(a, b *Node, indent string) []string {
	var added, gone, inner []string
	for _, n := range b.Kids {
		m := a.Find(func(s string) bool { return s == n.Text })
		if m == nil {
			added = append(added, signed("+", n, indent)...)
			continue
		}
		if sub := Difference(m, n, indent+" "); len(sub) > 0 {
			inner = append(inner, indent+n.Text)
			inner = append(inner, sub...)
		}
	}
	for _, n := range a.Kids {
		if !b.Has(n.Text) {
			gone = append(gone, signed("-", n, indent)...)
		}
	}
	return append(append(inner, added...), gone...)
}

func signed(sign string, n *Node, indent string) []string {
	out := []string{indent + sign + n.Text}
	for _, k := range n.Kids {
		out = append(out, signed(sign, k, indent+" ")...)
	}
	return out
}

// Index returns the position of the first line below n that satisfies match,
// or -1.
func (n *Node) Index(match func(string) bool) int {
	for i, k := range n.Kids {
		if match(k.Text) {
			return i
		}
	}
	return -1
}

// Insert puts k at position at below n.
func (n *Node) Insert(at int, k *Node) {
	n.Kids = append(n.Kids, nil)
	copy(n.Kids[at+1:], n.Kids[at:])
	n.Kids[at] = k
}
