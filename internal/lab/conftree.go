package lab

import (
	"strings"
)

// A confNode is one line of a configuration with the lines below it. indent
// and text together are the line byte for byte.
type confNode struct {
	indent, text string
	kids         []*confNode
	// step is the indentation of new lines below it, "" = one blank.
	step string
}

func (n *confNode) line() string { return n.indent + n.text }

func (n *confNode) clone() *confNode {
	c := &confNode{indent: n.indent, text: n.text, step: n.step}
	for _, k := range n.kids {
		c.kids = append(c.kids, k.clone())
	}
	return c
}

// find returns the first line below n that satisfies match.
func (n *confNode) find(match func(string) bool) *confNode {
	for _, k := range n.kids {
		if match(k.text) {
			return k
		}
	}
	return nil
}

// has reports whether a line stands below n.
func (n *confNode) has(text string) bool {
	return n.find(func(s string) bool { return s == text }) != nil
}

// value returns what follows prefix in the first line below n that has it.
func (n *confNode) value(prefix string) (string, bool) {
	for _, k := range n.kids {
		if rest, ok := strings.CutPrefix(k.text, prefix+" "); ok {
			return rest, true
		}
	}
	return "", false
}

// remove deletes the lines below n that satisfy match and reports how many.
func (n *confNode) remove(match func(string) bool) int {
	kept := n.kids[:0]
	for _, k := range n.kids {
		if !match(k.text) {
			kept = append(kept, k)
		}
	}
	gone := len(n.kids) - len(kept)
	clear(n.kids[len(kept):])
	n.kids = kept
	return gone
}

// set puts a line below n: in place of the first line that satisfies match,
// else in the order that rank gives (equal ranks in order of arrival).
func (n *confNode) set(text string, match func(string) bool, rank func(string) int) *confNode {
	if match != nil {
		if k := n.find(match); k != nil {
			k.text = text
			return k
		}
	}
	k := &confNode{indent: n.childIndent(), text: text, step: n.step}
	at := len(n.kids)
	if rank != nil {
		r := rank(text)
		for at > 0 && rank(n.kids[at-1].text) > r {
			at--
		}
	}
	n.kids = append(n.kids, nil)
	copy(n.kids[at+1:], n.kids[at:])
	n.kids[at] = k
	return k
}

// childIndent is one step more than the node's own; the root (empty text) has
// no indentation below it.
func (n *confNode) childIndent() string {
	switch {
	case n.text == "":
		return ""
	case n.step != "":
		return n.indent + n.step
	}
	return n.indent + " "
}

// write appends the node and all below it, a line each.
func (n *confNode) write(b *strings.Builder) {
	b.WriteString(n.line())
	b.WriteByte('\n')
	for _, k := range n.kids {
		k.write(b)
	}
}

// A syntax is how a platform writes an indented configuration.
type syntax struct {
	// comment begins lines that separate and are not kept; "" = there are none.
	comment string
	// end closes a configuration and is not kept; "" = nothing does.
	end string
	// delimiter ends a text of several lines that begins in the given line; it
	// returns "" for every other line. May be nil.
	delimiter func(line string) string
	// step is the indentation of a block below its first line, "" = one blank.
	step string
}

// parse reads an indented configuration. What separates is not kept, every
// other line is kept byte for byte. A text of several lines is one node with
// raw lines.
func (x syntax) parse(text string) *confNode {
	root := &confNode{step: x.step}
	type open struct {
		depth int
		node  *confNode
	}
	stack := []open{{-1, root}}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		body := strings.TrimLeft(lines[i], " \t")
		depth := len(lines[i]) - len(body)
		if body == "" || x.comment != "" && strings.HasPrefix(body, x.comment) || x.end != "" && lines[i] == x.end {
			continue
		}
		n := &confNode{indent: lines[i][:depth], text: body, step: x.step}
		for stack[len(stack)-1].depth >= depth {
			stack = stack[:len(stack)-1]
		}
		parent := stack[len(stack)-1].node
		parent.kids = append(parent.kids, n)
		stack = append(stack, open{depth, n})
		delim := ""
		if x.delimiter != nil && depth == 0 {
			delim = x.delimiter(body)
		}
		for delim != "" && i+1 < len(lines) {
			i++
			n.text += "\n" + lines[i]
			if strings.Contains(lines[i], delim) {
				break
			}
		}
	}
	return root
}

// diffConf compares two configurations block by block in the form of a
// contextual difference: lines only in b have a plus, lines only in a have a
// minus, and a block that both have stands without a sign above its changed
// lines. The order of lines is not compared.
func diffConf(a, b *confNode, indent string) []string {
	var added, gone, inner []string
	for _, n := range b.kids {
		m := a.find(func(s string) bool { return s == n.text })
		if m == nil {
			added = append(added, signed("+", n, indent)...)
			continue
		}
		if sub := diffConf(m, n, indent+" "); len(sub) > 0 {
			inner = append(inner, indent+n.text)
			inner = append(inner, sub...)
		}
	}
	for _, n := range a.kids {
		if !b.has(n.text) {
			gone = append(gone, signed("-", n, indent)...)
		}
	}
	return append(append(inner, added...), gone...)
}

func signed(sign string, n *confNode, indent string) []string {
	out := []string{indent + sign + n.text}
	for _, k := range n.kids {
		out = append(out, signed(sign, k, indent+" ")...)
	}
	return out
}

// index returns the position of the first line below n that satisfies match,
// or -1.
func (n *confNode) index(match func(string) bool) int {
	for i, k := range n.kids {
		if match(k.text) {
			return i
		}
	}
	return -1
}

// insert puts k at position at below n.
func (n *confNode) insert(at int, k *confNode) {
	n.kids = append(n.kids, nil)
	copy(n.kids[at+1:], n.kids[at:])
	n.kids[at] = k
}
