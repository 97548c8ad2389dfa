package cmdline

// A Shape is what kind of word a Form is of, for who shows a configuration otherwise than
// as words.
type Shape int

// The shapes: a word that groups; one that stands by itself; one with a value; one with
// values; one before names; a name; a value; one that is kept as it is typed.
const (
	ShapeGroup Shape = iota
	ShapeFlag
	ShapeLeaf
	ShapeValues
	ShapeEntries
	ShapeEntry
	ShapeValue
	ShapeLoose
)

// Shape is that of the word.
func (f *Form) Shape() Shape { return Shape(f.kind) }

// Words are those that may stand below it, in the order of the configuration; whatever
// else may be typed there is not among them.
func (f *Form) Words() []string {
	if f.like != nil {
		return f.like.words
	}
	return f.words
}

// Kid is the form of a word below it, nil = there is none.
func (f *Form) Kid(word string) *Form {
	if f.like != nil {
		f = f.like
	}
	return f.kids[word]
}

// Names is the form of the names or values that stand below it, nil = none do; byHand
// says that their order is a person's choice.
func (f *Form) Names() (names *Form, byHand bool) { return f.names, f.byHand }

// Loose reports whether whatever else is typed below it is kept.
func (f *Form) Loose() bool { return f.loose }

// Whole reports whether a whole configuration stands below it.
func (f *Form) Whole() bool { return f.like != nil }

// Spelled is a name or value as it is kept, false where it is wrong.
func (f *Form) Spelled(word string) (string, bool) {
	if f.spell == nil {
		return word, true
	}
	return f.spell(word)
}

// Put makes what words lead to and returns it; nil where they cannot be read.
func (n *Statement) Put(words ...string) *Statement {
	toks := make([]Token, len(words))
	for i, w := range words {
		toks[i].Text = w
	}
	path, fault := n.form.Path(toks, false)
	if fault != nil {
		return nil
	}
	n.Set(path)
	return n.Find(path)
}
