package cmdline

import (
	"slices"
	"strings"
)

// Keys are the words by which the lines of a configuration are found: a line with the
// key of another takes its place.
type Keys struct {
	*Layout
	// Of is the key of a line. It begins with the line's first word.
	Of func(line string) string
	// Closed reports whether a line is written with its separator behind it, even when
	// nothing stands below it.
	Closed func(n *Node, depth int) bool
}

// A Keyed is a configuration whose lines have keys, at every depth. Blocks are closed by
// a separator of their own.
type Keyed struct {
	*Document
	keys *Keys
}

// New is an empty configuration.
func (k *Keys) New() *Keyed { return &Keyed{k.Layout.New(), k} }

// Clone copies a configuration.
func (c *Keyed) Clone() *Keyed { return &Keyed{c.Document.Clone(), c.keys} }

// below finds the line with a key.
func (k *Keys) below(n *Node, key string) *Node {
	first, _, _ := strings.Cut(key, " ")
	return n.Find(func(l string) bool { return strings.HasPrefix(l, first) && k.Of(l) == key })
}

// Find is the block with the key of a line.
func (c *Keyed) Find(line string) Block {
	return Block{c.keys.below(c.root, c.keys.Of(line)), c.layout}
}

// Put puts a line below lines, or to the margin, in place of the one with its key; what
// stands below that one stays. Lines above it that are missing are made.
func (c *Keyed) Put(above []string, line string) *Node {
	key := c.keys.Of(line)
	if len(above) == 0 {
		n := c.Find(line).Node
		if n == nil {
			n = c.Ensure(line).Node
		}
		n.Text = line
		return n
	}
	b := c.At(above)
	n := c.keys.below(b.Node, key)
	if n == nil {
		b.Keep(line)
		n = c.keys.below(b.Node, key)
	}
	n.Text = line
	return n
}

// At is the block below lines; those that are missing are made.
func (c *Keyed) At(path []string) Block {
	b := c.Find(path[0])
	if b.Node == nil {
		b = c.Ensure(path[0])
	}
	for _, line := range path[1:] {
		n := c.keys.below(b.Node, c.keys.Of(line))
		if n == nil {
			b.Keep(line)
			n = c.keys.below(b.Node, c.keys.Of(line))
		}
		b = Block{n, c.layout}
	}
	return b
}

// Drop removes the line below others, or at the margin, that has a key; where none has,
// those that begin with its words.
func (c *Keyed) Drop(above []string, key string) {
	n := c.root
	if len(above) > 0 {
		n = c.At(above).Node
	}
	if n.Remove(func(l string) bool { return c.keys.Of(l) == key }) == 0 {
		n.Remove(func(l string) bool { return Begins(l, key) })
	}
}

// Begins reports whether a line begins with whole words.
func Begins(line, key string) bool { return begins(line, key) }

// Text writes the configuration.
func (c *Keyed) Text() string {
	var b strings.Builder
	for _, n := range c.root.Kids {
		c.keys.write(&b, n, 0)
	}
	return b.String() + c.layout.End + "\n"
}

// Only writes the blocks that begin with whole words; formal writes each line behind
// those that it stands below, without separators.
func (c *Keyed) Only(words string, formal bool) string {
	var b strings.Builder
	for _, n := range c.root.Kids {
		switch {
		case words != "" && !begins(n.Text, words):
		case formal:
			spread(&b, n, "")
		default:
			c.keys.write(&b, n, 0)
		}
	}
	return b.String()
}

func spread(b *strings.Builder, n *Node, before string) {
	b.WriteString(before + n.Text + "\n")
	for _, k := range n.Kids {
		spread(b, k, before+n.Text+" ")
	}
}

// write writes a line with what is below it and closes it where it is a block.
func (k *Keys) write(b *strings.Builder, n *Node, depth int) {
	indent := strings.Repeat(" ", depth)
	for _, note := range n.Notes {
		b.WriteString(indent + k.Comment + note + "\n")
	}
	b.WriteString(indent + n.Text + "\n")
	for _, kid := range n.Kids {
		k.write(b, kid, depth+1)
	}
	if len(n.Kids) > 0 || k.Closed(n, depth) {
		b.WriteString(indent + k.Comment + "\n")
	}
}

// A step is a line that comes ('+'), goes ('-') or stays (' ') above some that do.
type step struct {
	sign byte
	*Node
	kids []step
}

// steps compares lines with what is below them; what goes stands before what comes.
func steps(was, now *Node) (out []step) {
	for _, n := range was.Kids {
		if !now.Has(n.Text) {
			out = append(out, step{'-', n, nil})
		}
	}
	for _, n := range now.Kids {
		o := was.Find(func(l string) bool { return l == n.Text })
		if o == nil {
			out = append(out, step{'+', n, nil})
		} else if kids := steps(o, n); len(kids) > 0 || !slices.Equal(o.Notes, n.Notes) {
			out = append(out, step{' ', n, kids})
		}
	}
	return out
}

// Delta is what leads from a configuration to c, as it is typed: what goes has a "no"
// before it, unless something with its key comes.
func (c *Keyed) Delta(was *Keyed) string {
	var b strings.Builder
	var add func(list []step, depth int)
	add = func(list []step, depth int) {
		indent, come := strings.Repeat(" ", depth), map[string]bool{}
		for _, s := range list {
			come[c.keys.Of(s.Text)] = come[c.keys.Of(s.Text)] || s.sign == '+'
		}
		for _, s := range list {
			switch {
			case s.sign == '+':
				c.keys.write(&b, s.Node, depth)
			case s.sign == '-' && !come[c.keys.Of(s.Text)]:
				b.WriteString(indent + "no " + s.Text + "\n")
			case s.sign == ' ':
				b.WriteString(indent + s.Text + "\n")
				add(s.kids, depth+1)
				b.WriteString(indent + c.layout.Comment + "\n")
			}
		}
	}
	add(steps(was.root, c.root), 0)
	return b.String()
}

// Signed is the same with a sign before each line: what comes, goes, or stays above
// some that do.
func (c *Keyed) Signed(was *Keyed) string {
	var b strings.Builder
	sign := func(s byte, text string) {
		for l := range strings.Lines(text) {
			b.WriteString(string(s) + "  " + l)
		}
	}
	var add func(list []step, depth int)
	add = func(list []step, depth int) {
		indent := strings.Repeat(" ", depth)
		for _, s := range list {
			if s.sign != ' ' {
				var whole strings.Builder
				c.keys.write(&whole, s.Node, depth)
				sign(s.sign, whole.String())
				continue
			}
			sign(' ', indent+s.Text+"\n")
			add(s.kids, depth+1)
			sign(' ', indent+c.layout.Comment+"\n")
		}
	}
	add(steps(was.root, c.root), 0)
	return b.String()
}
