package cmdline

// Commands makes the commands that every configuration of blocks has. R is what a
// platform carries out on a match.
type Commands[R any] struct {
	// Global makes one of a change of the document, Inner one of a change of each open
	// block.
	Global func(change func(d *Document, a *Args)) R
	Inner  func(Edit) R
}

// Kept are lines at the margin that are kept as they are typed: all that begin with the
// words. The negation takes away what begins so.
func (c Commands[R]) Kept(g *Grammar[R], kinds ...string) {
	for _, k := range kinds {
		g.Add(k+" <rest:line>", c.Global(func(d *Document, a *Args) { d.Ensure(a.Line()) }))
		c.Gone(g, k+" <rest:line>")
	}
}

// Gone is the negation of a line or block at the margin.
func (c Commands[R]) Gone(g *Grammar[R], pattern string) {
	g.Add("no "+pattern, c.Global(func(d *Document, a *Args) { d.Remove(a.Line()[len("no "):]) }))
}

// Only is a line at the margin of which there is one.
func (c Commands[R]) Only(g *Grammar[R], key, param string) {
	g.Add(key+" "+param, c.Global(func(d *Document, a *Args) { d.Remove(key); d.Ensure(a.Line()) }))
	g.Add("no "+key+" ["+param+"]", c.Global(func(d *Document, _ *Args) { d.Remove(key) }))
}

// Usual are lines at the margin that hold when nothing is said, and are then not shown.
func (c Commands[R]) Usual(g *Grammar[R], lines ...string) {
	for _, line := range lines {
		g.Add(line, c.Global(func(d *Document, _ *Args) { d.Remove("no " + line) }))
		g.Add("no "+line, c.Global(func(d *Document, _ *Args) { d.Ensure("no " + line) }))
	}
}

// Edits are lines of blocks.
func (c Commands[R]) Edits(g *Grammar[R], sets ...map[string]Edit) {
	for _, lines := range sets {
		for pattern, edit := range lines {
			g.Add(pattern, c.Inner(edit))
		}
	}
}

// Change does with the entries of a list what a line says: "[no] [N] permit ...", "no N",
// with the number as n. ok is false for what is no entry, taken true where the number is
// taken already.
func (w EntryWords) Change(family string, body *Entries, a *Args) (ok, taken bool) {
	words := a.Spoken
	if a.Has("no") {
		words = words[1:]
	}
	if a.Num("n") > 0 {
		words = words[1:]
	}
	line := Args{Spoken: words}
	entry, ok := w.Entry(family, line.Line())
	switch {
	case a.Has("no"):
		body.Remove(a.Num("n"), entry)
		return true, false
	case ok && body.Has(a.Num("n")):
		return true, true
	case ok:
		body.Add(a.Num("n"), entry)
	}
	return ok, false
}
