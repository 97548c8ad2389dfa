package main

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// A column of a table: its head, and where in the resource its text stands.
type column struct {
	head string
	text func(resource) string
	is   columnIs
	need int // on a narrow screen, columns of the least need are left out first
	min  int // a text is never cut shorter; 0 = leastText
}

type columnIs uint

const (
	isName   columnIs = 1 << iota // never cut, never left out
	isNumber                      // on the right; never cut
	isWide                        // of -o wide alone
)

func (c column) name() column           { c.is |= isName; return c }
func (c column) number() column         { c.is |= isNumber; return c }
func (c column) wide() column           { c.is |= isWide; return c }
func (c column) needed(n int) column    { c.need = n; return c }
func (c column) least(n int) column     { c.min = n; return c }
func (c column) has(what columnIs) bool { return c.is&what != 0 }

// defaultWidth is that of a table where nobody knows how wide the screen is.
const defaultWidth = 80

// leastText is how narrow a text becomes before columns are left out.
const leastText = 12

// A table is rows of text under the heads of columns.
type table struct {
	columns []column
	rows    [][]string
	widths  []int // of an earlier table that this one goes on from
}

func (t *table) add(r resource) {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = plain(c.text(r))
	}
	t.rows = append(t.rows, cells)
}

// fit gives the table a width, 0 for no bound: wide columns go, then empty ones, the widest
// texts are cut, and then whole columns are left out. Names and numbers are never cut, so
// that a table of long names may be wider.
func (t *table) fit(width int) {
	if width > 0 {
		t.leave(func(c column) bool { return c.has(isWide) })
		if t.widths = t.natural(); t.total() > width {
			t.leave(t.empty)
		}
	}
	for {
		t.widths = t.natural()
		over := t.total() - width
		if width == 0 || over <= 0 || t.squeeze(over) {
			return
		}
		i := t.needless()
		if i < 0 {
			return
		}
		out := t.columns[i].head
		t.leave(func(c column) bool { return c.head == out })
	}
}

// empty reports whether no row says anything in a column.
func (t *table) empty(c column) bool {
	i := slices.IndexFunc(t.columns, func(x column) bool { return x.head == c.head })
	return !c.has(isName) && !slices.ContainsFunc(t.rows, func(row []string) bool { return row[i] != "" })
}

// natural are the widths that show everything.
func (t *table) natural() []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = utf8.RuneCountInString(c.head)
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	return widths
}

func (t *table) total() int {
	n := 2 * (len(t.widths) - 1)
	for _, w := range t.widths {
		n += w
	}
	return n
}

// squeeze takes from the widest texts, and reports whether that was enough.
func (t *table) squeeze(over int) bool {
	for ; over > 0; over-- {
		widest := -1
		for i, c := range t.columns {
			if !c.has(isName|isNumber) && t.widths[i] > max(cmp.Or(c.min, leastText), utf8.RuneCountInString(c.head)) && (widest < 0 || t.widths[i] > t.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return false
		}
		t.widths[widest]--
	}
	return true
}

// needless is the column that is missed the least, -1 where all are names.
func (t *table) needless() int {
	least := -1
	for i, c := range t.columns {
		if !c.has(isName) && (least < 0 || c.need <= t.columns[least].need) {
			least = i
		}
	}
	return least
}

func (t *table) leave(out func(column) bool) {
	keep := make([]bool, len(t.columns))
	for i, c := range t.columns {
		keep[i] = !out(c)
	}
	kept := func(i int) bool { return keep[i] }
	t.columns = only(t.columns, kept)
	for i, row := range t.rows {
		t.rows[i] = only(row, kept)
	}
}

func only[T any](list []T, kept func(int) bool) (out []T) {
	for i, x := range list {
		if kept(i) {
			out = append(out, x)
		}
	}
	return out
}

// lines are the rows as text, without blanks at their ends.
func (t *table) lines(rows [][]string, paint func(head, cell string) style) []line {
	out := make([]line, len(rows))
	for r, row := range rows {
		for i, c := range t.columns {
			cell := row[i]
			if !c.has(isName | isNumber) {
				cell = cut(cell, t.widths[i])
			}
			fill := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(cell)))
			before, after := "", fill
			if c.has(isNumber) {
				before, after = fill, ""
			}
			if i < len(t.columns)-1 {
				after += "  "
			} else {
				after = ""
			}
			out[r] = append(out[r], span{before, ""}, span{cell, paint(c.head, cell)}, span{after, ""})
		}
		out[r] = out[r].trimmed()
	}
	return out
}

func (t *table) head() line {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = c.head
	}
	return t.lines([][]string{cells}, func(_, _ string) style { return bold })[0]
}

// body are the rows, each in the colours of what it says.
func (t *table) body() []line { return t.lines(t.rows, coloured) }

// A line is text in colours.
type line []span

type span struct {
	text string
	style
}

// A style is what switches it on, on a terminal.
type style string

const (
	bold   style = "\x1b[1m"
	red    style = "\x1b[31m"
	yellow style = "\x1b[33m"
	green  style = "\x1b[32m"
	off          = "\x1b[0m"
)

// trimmed leaves out the blanks at the end.
func (l line) trimmed() line {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].text = strings.TrimRight(l[i].text, " "); l[i].text != "" {
			return l[:i+1]
		}
	}
	return nil
}

// coloured is the colour of a phase, a state or a severity under its head.
func coloured(head, cell string) style {
	if !slices.Contains([]string{"PHASE", "REACHABLE", "STATUS", "STATE", "SEVERITY", "RESULT"}, head) {
		return ""
	}
	return colourOf(cell)
}

func colourOf(word string) style {
	switch word {
	case "Active", "True", "succeeded", "ok":
		return green
	case "Degraded", "Failed", "False", "failed", "critical", "error", "FAILED":
		return red
	case "Pending", "Applying", "Unknown", "Deleting", "running", "rolling-back", "warning":
		return yellow
	}
	return ""
}

// A paper is what lines are written on.
type paper struct {
	out    io.Writer // that lets nothing through but text
	raw    io.Writer // what is behind it
	colour bool
	width  int // columns of a table
}

// paperOf looks at where output goes: colours are for terminals, unless NO_COLOR or
// --no-color says otherwise. COLUMNS, or a terminal, says how wide a table may be.
func (f *clientFlags) paper() paper {
	p := paper{out: f.console.out, raw: f.console.out, width: defaultWidth}
	if v, ok := p.out.(visibleWriter); ok {
		p.raw = v.w
	}
	env := func(name string) string { v, _ := f.console.env(name); return v }
	if t := screenOf(p.out).terminal; t != nil {
		p.colour = !f.noColour && env("NO_COLOR") == "" && env("TERM") != "dumb"
		p.width = widthOf(t)
	}
	if n, err := strconv.Atoi(env("COLUMNS")); err == nil && n > 0 {
		p.width = n
	}
	return p
}

func widthOf(t *os.File) int {
	width, _, err := term.GetSize(int(t.Fd()))
	if err != nil || width <= 0 {
		return defaultWidth
	}
	return width
}

// write writes lines, in one piece.
func (p paper) write(lines ...line) error {
	var b bytes.Buffer
	text := visibleWriter{&b}
	for _, l := range lines {
		for _, s := range l {
			if p.colour && s.style != "" {
				b.WriteString(string(s.style))
				_, _ = io.WriteString(text, s.text) // into memory
				b.WriteString(off)
				continue
			}
			_, _ = io.WriteString(text, s.text)
		}
		b.WriteByte('\n')
	}
	_, err := p.raw.Write(b.Bytes())
	return err
}

// table writes a table as wide as the paper, or as it wants to be.
func (p paper) table(t *table, wide bool) error {
	width := p.width
	if wide {
		width = 0
	}
	t.fit(width)
	return p.write(slices.Concat([]line{t.head()}, t.body())...)
}
