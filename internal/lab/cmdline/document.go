package cmdline

import (
	"slices"
	"strings"
)

// A Layout is the order of a configuration of blocks.
type Layout struct {
	Syntax
	// Top is how the lines at the margin begin, in their order. A line of none
	// of these kinds stands behind, in order of arrival.
	Top []string
	// Body is the same for the lines of a block.
	Body []string
	// Compare orders two lines at the margin of one kind; 0 = in order of
	// arrival. May be nil.
	Compare func(a, b string) int
	// Apart are the first words of lines that always stand between separators.
	Apart []string
	// Blank says that separators are empty lines, and that nothing closes a
	// configuration.
	Blank bool
}

// A Document is a configuration of blocks: lines at the margin, with lines below
// them or without.
type Document struct {
	root   *Node
	layout *Layout
}

// A Block is a line at the margin with what is below it. The zero Block is one
// that is not there: it has nothing, and must not be changed.
type Block struct {
	*Node
	layout *Layout
}

// Block is a line with what is below it, with the order of this layout.
func (x *Layout) Block(n *Node) Block { return Block{n, x} }

// New is an empty document.
func (x *Layout) New() *Document { return &Document{&Node{Step: x.Step}, x} }

// Read reads a text as it is: its order is kept.
func (x *Layout) Read(text string) *Document { return &Document{x.Parse(text), x} }

// Begin are the blocks of a text that begin with one of the words, without separators.
func (x *Layout) Begin(text string, words ...string) string { return x.Read(text).Begin(words...) }

// Begin are the blocks that begin with one of the words, without separators.
func (d *Document) Begin(words ...string) string {
	var out strings.Builder
	for _, b := range d.Blocks() {
		if slices.ContainsFunc(words, func(w string) bool { return begins(b.Text, w) }) {
			b.Write(&out)
		}
	}
	return out.String()
}

// Sections are the blocks of a text in which a line matches, whole and without
// separators.
func (x *Layout) Sections(text string, match func(line string) bool) string {
	var out strings.Builder
	for _, b := range x.Read(text).Blocks() {
		if match(b.Text) || slices.ContainsFunc(b.Lines(), match) {
			b.Write(&out)
		}
	}
	return out.String()
}

// rank is the place of a line among the kinds.
func rank(line string, order []string) int {
	at := slices.IndexFunc(order, func(p string) bool { return begins(line, p) })
	if at < 0 {
		return len(order)
	}
	return at
}

// begins reports whether a line begins with whole words.
func begins(line, key string) bool {
	rest, ok := strings.CutPrefix(line, key)
	return ok && (rest == "" || rest[0] == ' ')
}

// Clone copies the document.
func (d *Document) Clone() *Document { return &Document{d.root.Clone(), d.layout} }

// Heads are the lines at the margin.
func (d *Document) Heads() []string {
	out := make([]string, len(d.root.Kids))
	for i, n := range d.root.Kids {
		out[i] = n.Text
	}
	return out
}

// Blocks are all blocks.
func (d *Document) Blocks() []Block {
	out := make([]Block, len(d.root.Kids))
	for i, n := range d.root.Kids {
		out[i] = Block{n, d.layout}
	}
	return out
}

// Block finds a block by its whole first line.
func (d *Document) Block(head string) Block {
	return Block{d.root.Find(func(s string) bool { return s == head }), d.layout}
}

// Has reports whether a line stands at the margin.
func (d *Document) Has(head string) bool { return d.root.Has(head) }

// Value is what follows a key in the first line at the margin that begins with
// it, "" when none does.
func (d *Document) Value(key string) string { v, _ := d.root.Value(key); return v }

// Ensure finds a block or makes it in its place.
func (d *Document) Ensure(head string) Block {
	if b := d.Block(head); b.Node != nil {
		return b
	}
	at, r := len(d.root.Kids), rank(head, d.layout.Top)
	for ; at > 0; at-- {
		before := d.root.Kids[at-1].Text
		if o := rank(before, d.layout.Top); o < r || o == r && (d.layout.Compare == nil || d.layout.Compare(before, head) <= 0) {
			break
		}
	}
	n := &Node{Text: head, Step: d.layout.Step}
	d.root.Insert(at, n)
	return Block{n, d.layout}
}

// Put replaces a block by a copy of another, or adds the copy.
func (d *Document) Put(b Block) { d.Ensure(b.Text).Kids = b.Clone().Kids }

// Remove removes the blocks whose first line begins with the words of key.
func (d *Document) Remove(key string) {
	d.root.Remove(func(h string) bool { return begins(h, key) })
}

// Take makes the block of a first line what it is in another document.
func (d *Document) Take(from *Document, head string) {
	if b := from.Block(head); b.Node != nil {
		d.Put(b)
	} else {
		d.root.Remove(func(h string) bool { return h == head })
	}
}

// Text writes the document: blocks between separators, lines of one kind
// without a block together.
func (d *Document) Text() string {
	var b strings.Builder
	prev, separator, closing := "", d.layout.Comment+"\n", d.layout.Comment+"\n"+d.layout.End+"\n"
	if d.layout.Blank {
		separator, closing = "\n", ""
	}
	for _, n := range d.root.Kids {
		first, _, _ := strings.Cut(n.Text, " ")
		if prev != "" && (first != prev || len(n.Kids) > 0 || slices.Contains(d.layout.Apart, first)) {
			b.WriteString(separator)
		}
		n.Write(&b)
		if prev = first; len(n.Kids) > 0 {
			prev = d.layout.Comment
		}
	}
	return b.String() + closing
}

// Lines are those below the block's first, as they are written but for their
// indentation.
func (b Block) Lines() []string {
	var out []string
	if b.Node != nil {
		for _, k := range b.Kids {
			out = append(out, k.Text)
		}
	}
	return out
}

// Has reports whether a line stands in the block.
func (b Block) Has(line string) bool { return b.Node != nil && b.Node.Has(line) }

// Value is what follows a key in the block, "" when nothing does.
func (b Block) Value(key string) string {
	if b.Node == nil {
		return ""
	}
	v, _ := b.Node.Value(key)
	return v
}

// Set puts a line in: in place of the first that begins with the words of key,
// else in its order.
func (b Block) Set(line, key string) {
	b.Node.Set(line, func(l string) bool { return begins(l, key) }, func(l string) int { return rank(l, b.layout.Body) })
}

// Keep puts a line in once, in its order.
func (b Block) Keep(line string) {
	b.Node.Set(line, func(l string) bool { return l == line }, func(l string) int { return rank(l, b.layout.Body) })
}

// Drop removes one line.
func (b Block) Drop(line string) { b.Remove(func(l string) bool { return l == line }) }

// Unset removes the lines that begin with the words of key.
func (b Block) Unset(key string) { b.Remove(func(l string) bool { return begins(l, key) }) }

// Replace puts other lines in place of all; those that were there keep their notes.
func (b Block) Replace(lines []string) {
	was := Node{Kids: b.Kids}
	b.Kids = nil
	for _, l := range lines {
		n := &Node{Indent: b.childIndent(), Text: l, Step: b.Step}
		if o := was.Find(func(t string) bool { return t == l }); o != nil {
			n.Notes = o.Notes
		}
		b.Kids = append(b.Kids, n)
	}
}

// Written is the block as it is written.
func (b Block) Written() string {
	var text strings.Builder
	b.Write(&text)
	return text.String()
}

// Changed compares three states of a set of blocks, by their keys: those whose
// text is another in mine than in base, and not yet so in now. ok is false when
// one of them is another in now, too.
func Changed(base, mine, now map[string]string) (keys []string, ok bool) {
	ok = true
	look := func(key string) {
		if base[key] != mine[key] && mine[key] != now[key] {
			keys, ok = append(keys, key), ok && base[key] == now[key]
		}
	}
	for key := range mine {
		look(key)
	}
	for key := range base {
		if _, both := mine[key]; !both {
			look(key)
		}
	}
	return keys, ok
}
