package cmdline

import (
	"slices"
	"strconv"
	"strings"
)

// A formKind is what kind of word a Form is of.
type formKind int

const (
	container formKind = iota // is nothing without what stands below it
	flag                      // stands by itself, with or without something below it
	leaf                      // has one value
	values                    // has values
	entries                   // a word before each of the names below it
	entry                     // a name
	value                     // of a leaf
	loose                     // kept as it is typed, with all below it
)

// A Form says what may stand below a word of a configuration that is a tree of
// words (Statement).
type Form struct {
	kind formKind
	// words are those that may stand below it, in the order of the configuration.
	words []string
	kids  map[string]*Form
	// names is the form of names that stand below it; they are sorted unless their
	// order was a person's choice.
	names  *Form
	byHand bool
	loose  bool  // whatever else stands below it is kept as it is typed
	like   *Form // has the same below it
	// spell is a value or a name as it is kept; false where it is none.
	spell Spelling
}

// A Spelling is a word as it is kept, false where it is wrong.
type Spelling func(word string) (kept string, ok bool)

// anything is the form below a loose one.
var anything = &Form{kind: loose, loose: true}

// NewForm reads the form of a whole configuration. A word is followed by what it
// is: nothing (it groups what stands in the braces behind it), ! (stands by itself,
// too), = (has a value), + (has values), # (stands before names, which are sorted),
// * (the same, in the order in which they came); then, behind a colon, how its
// values or names are spelled: a key of spellings, or a range of numbers "1-63". In
// braces, a # or * without a word is for names that stand there alone, ~ keeps
// what else is typed, and @ stands for the whole configuration:
//
//	system{host-name= ~} vlans{#{vlan-id=:1-4094 no-learning!}} groups{#{@}}
func NewForm(text string, spellings map[string]Spelling) *Form {
	root := &Form{}
	root.read(strings.Fields(strings.NewReplacer("{", " { ", "}", " } ").Replace(text)), root, spellings)
	return root
}

func (f *Form) read(toks []string, root *Form, spellings map[string]Spelling) []string {
	f.kids = map[string]*Form{}
	for len(toks) > 0 {
		word, spelling, _ := strings.Cut(toks[0], ":")
		toks = toks[1:]
		switch word {
		case "}":
			return toks
		case "~":
			f.loose = true
			continue
		case "@":
			f.like = root
			continue
		}
		kid := &Form{kind: map[byte]formKind{'!': flag, '=': leaf, '+': values, '#': entries, '*': entries}[word[len(word)-1]]}
		name, below := strings.TrimRight(word, "!=+#*"), kid
		switch kid.kind {
		case leaf, values:
			kid.names, kid.byHand = &Form{kind: value, spell: spellingOf(spelling, spellings)}, true
		case entries:
			kid.names, kid.byHand = &Form{kind: entry, spell: spellingOf(spelling, spellings)}, strings.HasSuffix(word, "*")
			below = kid.names
		}
		if name == "" {
			f.names, f.byHand = kid.names, kid.byHand
		} else {
			f.words, f.kids[name] = append(f.words, name), kid
		}
		if len(toks) > 0 && toks[0] == "{" {
			toks = below.read(toks[1:], root, spellings)
		}
	}
	return nil
}

func spellingOf(key string, spellings map[string]Spelling) Spelling {
	if s := spellings[key]; s != nil || key == "" {
		return s
	}
	low, high, _ := strings.Cut(key, "-")
	return func(word string) (string, bool) {
		n, err := strconv.Atoi(word)
		return word, err == nil && n >= Atoi(low, 0) && n <= Atoi(high, 0)
	}
}

// inherits is the word before the names of groups whose content is added; it may
// stand everywhere.
const inherits = "apply-groups"

var inheriting = &Form{kind: values, names: &Form{kind: value}, byHand: true}

// below finds what a word below f is, and how it is kept.
func (f *Form) below(t Token) (next *Form, kept string, fault *Fault) {
	at := f
	if f.like != nil {
		at = f.like
	}
	if k := at.kids[t.Text]; k != nil {
		return k, t.Text, nil
	}
	switch f.kind {
	case container, flag, entry:
		if t.Text == inherits {
			return inheriting, t.Text, nil
		}
	}
	var found []string
	for _, w := range at.words {
		if strings.HasPrefix(w, t.Text) && at.names == nil {
			found = append(found, w)
		}
	}
	switch {
	case at.names != nil && at.names.spell != nil:
		word, ok := at.names.spell(t.Text)
		if !ok {
			return nil, "", &Fault{Kind: Invalid, Col: t.Col}
		}
		return at.names, word, nil
	case at.names != nil:
		return at.names, t.Text, nil
	case len(found) == 1:
		return at.kids[found[0]], found[0], nil
	case at.loose:
		return anything, t.Text, nil
	case len(found) > 1:
		return nil, "", &Fault{Kind: Ambiguous, Col: t.Col}
	}
	return nil, "", &Fault{Kind: Invalid, Col: t.Col}
}

// A Step is one word of a path into a tree.
type Step struct {
	Word string
	form *Form
}

// Path reads a path below f. Whole paths lead to something that can stand there;
// others may end at a word that wants a value or a name.
func (f *Form) Path(toks []Token, whole bool) (path []Step, fault *Fault) {
	end := 0
	for _, t := range toks {
		next, kept, fault := f.below(t)
		if fault != nil {
			return nil, fault
		}
		path, f, end = append(path, Step{kept, next}), next, t.Col+len(t.Text)
	}
	if whole && (f.kind == leaf || f.kind == values || f.kind == entries) {
		return nil, &Fault{Kind: Incomplete, Col: end + 1}
	}
	return path, nil
}

// Form is the form of what a path leads to: of f where it is empty.
func (f *Form) Form(path []Step) *Form {
	if len(path) == 0 {
		return f
	}
	return path[len(path)-1].form
}

// order compares two words that stand below f.
func (f *Form) order(a, b string) int {
	at := f
	if f.like != nil {
		at = f.like
	}
	if a == inherits || b == inherits {
		return slices.Index([]string{b, a}, inherits)
	}
	rank := func(w string) int {
		if i := slices.Index(at.words, w); i >= 0 {
			return i
		}
		return len(at.words)
	}
	if c := rank(a) - rank(b); c != 0 || at.names == nil || at.byHand {
		return c
	}
	return natural(a, b)
}

// natural compares words with the numbers in them as numbers.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, y := leadingNumber(a), leadingNumber(b)
		switch {
		case x != "" && y != "":
			if c := Atoi(x, 0) - Atoi(y, 0); c != 0 {
				return c
			}
			a, b = a[len(x):], b[len(y):]
		case a[0] != b[0]:
			return int(a[0]) - int(b[0])
		default:
			a, b = a[1:], b[1:]
		}
	}
	return len(a) - len(b)
}

func leadingNumber(s string) string { return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))] }

// Quoted reads the words of a line; what stands between double quotes is one word.
func Quoted(line string) (toks []Token) {
	for at := 0; at < len(line); {
		switch start := at; line[at] {
		case ' ', '\t':
			at++
		case '"':
			end := strings.IndexByte(line[at+1:], '"')
			if end < 0 {
				end = len(line) - at - 1
			}
			toks = append(toks, Token{line[at+1 : at+1+end], start})
			at += end + 2
		default:
			end := strings.IndexAny(line[at:], " \t\"")
			if end < 0 {
				end = len(line) - at
			}
			toks = append(toks, Token{line[at : at+end], start})
			at += end
		}
	}
	return toks
}

// Quote writes a word so that Quoted reads it.
func Quote(word string) string {
	if word == "" || strings.ContainsAny(word, " \t;{}#$()|&\\") {
		return `"` + word + `"`
	}
	return word
}
