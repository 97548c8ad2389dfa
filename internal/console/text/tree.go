package text

import (
	"cmp"
	"slices"
	"strings"
)

// A Tree is a configuration that is a tree of words, as some systems show it: by the
// commands that would make it, each of which is the way from the root to a leaf. The
// root has no word. Methods of a nil tree are those of one with nothing in it.
type Tree struct {
	Word string
	Kids []*Tree // in the order in which they were shown
	// Off: it is deactivated, with all below it.
	Off bool
	// Added: only a later reading had it, see Read.
	Added bool

	index map[string]*Tree // of Kids, where they are many
}

// many is from how many on an index is worth its room.
const many = 32

// Read takes lines "set WORDS" and "deactivate WORDS" up; words between double quotes
// are one, and each of a list between brackets makes a line. What lines of a second
// reading add to those of the first is Added. Comments are passed over, and so are
// annotations, with the way to what they are about ("edit WORDS", "top"), which later lines
// would begin at. It returns the first line that is none of a configuration, "" = all are.
func (t *Tree) Read(lines []string, added bool) (strange string) {
	var place []string
	comment := "" // the line that began one which has not ended
	for _, line := range lines {
		trimmed := strings.TrimSpace(line)
		if comment != "" || strings.HasPrefix(trimmed, "/*") {
			if comment = cmp.Or(comment, line); strings.HasSuffix(trimmed, "*/") {
				comment = ""
			}
			continue
		}
		words, ok := quotedWords(trimmed)
		switch {
		case ok && (len(words) == 0 || words[0] == "protect" || words[0] == "annotate"):
		case ok && (words[0] == "top" || words[0] == "exit") && len(words) == 1: // one "edit" goes before
			place = nil
		case ok && words[0] == "edit" && len(words) > 1 && place == nil:
			place = words[1:]
		case !ok || len(words) < 2 || words[0] != "set" && words[0] != "deactivate":
			return line
		default:
			for _, way := range listed(words[1:]) {
				at := t.Put(added, slices.Concat(place, way)...)
				at.Off = at.Off || words[0] == "deactivate"
			}
		}
	}
	return comment
}

// listed are the ways that one with a list between brackets stands for.
func listed(words []string) (out [][]string) {
	from, to := slices.Index(words, "["), slices.Index(words, "]")
	if from < 0 || to < from {
		return [][]string{words}
	}
	for _, w := range words[from+1 : to] {
		out = append(out, slices.Concat(words[:from], []string{w}, words[to+1:]))
	}
	return out
}

// Put makes the way that words are, as a line of Read would, and returns its end.
func (t *Tree) Put(added bool, words ...string) *Tree {
	for _, w := range words {
		t = t.below(w, added)
	}
	return t
}

func (t *Tree) below(word string, added bool) *Tree {
	if k := t.At(word); k != nil {
		return k
	}
	k := &Tree{Word: word, Added: added}
	t.Kids = append(t.Kids, k)
	switch {
	case t.index != nil:
		t.index[word] = k
	case len(t.Kids) >= many:
		t.index = map[string]*Tree{}
		for _, k := range t.Kids {
			t.index[k.Word] = k
		}
	}
	return k
}

// quotedWords are the words of a line, quotes taken off; none of a comment. ok is false
// for a quote without an end.
func quotedWords(line string) (words []string, ok bool) {
	if strings.HasPrefix(line, "#") {
		return nil, true
	}
	for line != "" {
		word, rest, _ := strings.Cut(line, " ")
		if line[0] == '"' {
			end := 1
			for end < len(line) && line[end] != '"' {
				if line[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(line) {
				return nil, false
			}
			word, rest = line[1:end], line[end+1:]
		}
		words, line = append(words, word), strings.TrimLeft(rest, " ")
	}
	return words, true
}

// At is what words lead to, nil where nothing is.
func (t *Tree) At(words ...string) *Tree {
	for _, w := range words {
		if t == nil {
			return nil
		}
		if t.index != nil {
			t = t.index[w]
			continue
		}
		i := slices.IndexFunc(t.Kids, func(k *Tree) bool { return k.Word == w })
		if i < 0 {
			return nil
		}
		t = t.Kids[i]
	}
	return t
}

// Has reports whether words lead to something.
func (t *Tree) Has(words ...string) bool { return t.At(words...) != nil }

// Below lists what stands below words.
func (t *Tree) Below(words ...string) []*Tree {
	if t = t.At(words...); t == nil {
		return nil
	}
	return t.Kids
}

// Words are those that stand below words.
func (t *Tree) Words(words ...string) (out []string) {
	for _, k := range t.Below(words...) {
		out = append(out, k.Word)
	}
	return out
}

// Value is the first of them, "" = none.
func (t *Tree) Value(words ...string) string {
	if kids := t.Below(words...); len(kids) > 0 {
		return kids[0].Word
	}
	return ""
}

// Walk visits the leaves below t, each with the words that lead there from t, and
// whether something on the way is deactivated. A tree without any is its own leaf.
func (t *Tree) Walk(visit func(words []string, leaf *Tree, off bool)) { t.walk(nil, false, visit) }

func (t *Tree) walk(words []string, off bool, visit func([]string, *Tree, bool)) {
	if len(t.Kids) == 0 {
		visit(words, t, off)
	}
	for _, k := range t.Kids {
		k.walk(append(slices.Clip(words), k.Word), off || k.Off, visit)
	}
}

// Inactive are the ways to what is deactivated, its own word where that is the tree itself.
func (t *Tree) Inactive() (out []string) {
	switch {
	case t == nil:
		return nil
	case t.Off:
		return []string{t.Word}
	}
	for _, k := range t.Kids {
		for _, way := range k.Inactive() {
			if !k.Off {
				way = k.Word + " " + way
			}
			out = append(out, way)
		}
	}
	return out
}

// InForce is the tree without what is deactivated.
func (t *Tree) InForce() *Tree {
	if t == nil || t.Off {
		return &Tree{}
	}
	out := &Tree{Word: t.Word, Added: t.Added}
	for _, k := range t.Kids {
		if !k.Off {
			out.Kids = append(out.Kids, k.InForce())
		}
	}
	return out
}

// Own is the tree without what was added by a later reading.
func (t *Tree) Own() *Tree {
	out := &Tree{}
	if t == nil || t.Added {
		return out
	}
	out.Word, out.Off = t.Word, t.Off
	for _, k := range t.Kids {
		if !k.Added {
			out.Kids = append(out.Kids, k.Own())
		}
	}
	return out
}

// Lines are the ways to the leaves, a line each.
func (t *Tree) Lines() (out []string) {
	if t == nil || len(t.Kids) == 0 {
		return nil
	}
	t.Walk(func(words []string, _ *Tree, _ bool) { out = append(out, strings.Join(words, " ")) })
	return out
}
