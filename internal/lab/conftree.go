package lab

import (
	"strings"
)

// A confNode is one line of a configuration with the lines below it. indent
// and text together are the line byte for byte.
type confNode struct {
	indent, text string
	kids         []*confNode
}

func (n *confNode) line() string { return n.indent + n.text }

func (n *confNode) clone() *confNode {
	c := &confNode{indent: n.indent, text: n.text}
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
	k := &confNode{indent: n.childIndent(), text: text}
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

// childIndent is one blank more than the node's own; the root (empty text)
// has no indentation below it.
func (n *confNode) childIndent() string {
	if n.text == "" {
		return ""
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

// parseConf reads an indented configuration. Comment lines ("!") and the
// closing "end" are separators and not kept; every other line is kept byte
// for byte. A banner runs to its delimiter and is one node with raw lines.
func parseConf(text string) *confNode {
	root := &confNode{}
	type open struct {
		depth int
		node  *confNode
	}
	stack := []open{{-1, root}}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		body := strings.TrimLeft(lines[i], " \t")
		depth := len(lines[i]) - len(body)
		if body == "" || body[0] == '!' || lines[i] == "end" {
			continue
		}
		n := &confNode{indent: lines[i][:depth], text: body}
		for stack[len(stack)-1].depth >= depth {
			stack = stack[:len(stack)-1]
		}
		parent := stack[len(stack)-1].node
		parent.kids = append(parent.kids, n)
		stack = append(stack, open{depth, n})
		if delim := bannerDelimiter(body); delim != "" && depth == 0 {
			for i+1 < len(lines) {
				i++
				n.text += "\n" + lines[i]
				if strings.Contains(lines[i], delim) {
					break
				}
			}
		}
	}
	return root
}

// bannerDelimiter returns the delimiter of a banner that does not end on its
// first line, else "". "^C" written as two characters is how IOS shows ETX.
func bannerDelimiter(line string) string {
	f := strings.SplitN(line, " ", 3)
	if len(f) < 3 || f[0] != "banner" || f[2] == "" {
		return ""
	}
	delim := f[2][:1]
	if strings.HasPrefix(f[2], "^C") {
		delim = "^C"
	}
	if strings.Contains(f[2][len(delim):], delim) {
		return ""
	}
	return delim
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
