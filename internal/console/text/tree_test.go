package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func treeOf(t *testing.T, first, second string) *Tree {
	t.Helper()
	tree := &Tree{}
	for i, text := range []string{first, second} {
		if strange := tree.Read(strings.Split(text, "\n"), i == 1); strange != "" {
			t.Fatalf("%q is not understood", strange)
		}
	}
	return tree
}

func TestATreeOfWords(t *testing.T) {
	tree := treeOf(t, "# a comment\nset a b c\nset a b d \"two words\"\nset a e\nset a b c\ndeactivate a e\nprotect a\n", "set a b c\nset a b f\nset g \"\\\"h\\\"\"")
	var leaves []string
	tree.Walk(func(words []string, leaf *Tree, off bool) {
		line := strings.Join(words, "/")
		if leaf.Added {
			line += " added"
		}
		if off {
			line += " off"
		}
		leaves = append(leaves, line)
	})
	if want := []string{"a/b/c", "a/b/d/two words", "a/b/f added", "a/e off", `g/\"h\" added`}; !slices.Equal(leaves, want) {
		t.Errorf("leaves %q", leaves)
	}
	if got := tree.InForce().Lines(); !slices.Equal(got, []string{"a b c", "a b d two words", "a b f", `g \"h\"`}) {
		t.Errorf("in force: %q", got)
	}
	if !tree.Has("a", "e") || tree.InForce().Has("a", "e") || tree.Has("a", "x") || tree.Value("a", "b", "d") != "two words" || tree.Value("x") != "" || len(tree.Below("a", "b")) != 3 {
		t.Errorf("%+v", tree)
	}
	if got := tree.Own().Lines(); !slices.Equal(got, []string{"a b c", "a b d two words", "a e"}) || !tree.Own().At("a", "e").Off || tree.At("g").Own().Word != "" {
		t.Errorf("its own: %q", got)
	}
	var none *Tree
	if none.At("a") != nil || none.Has("a") || none.Below("a") != nil || none.Words() != nil || none.Value("a") != "" || none.Lines() != nil {
		t.Error("nothing has something in it")
	}
}

// Lists between brackets, comments of several lines, and annotations with the way to them.
func TestATreeAsPeopleWriteIt(t *testing.T) {
	tree := treeOf(t, "/* one\n set no more */\nset a members [ x 10 20-30 ]\nset a note \"[ x ]\"\nedit a members\nannotate x \"why [ ]\"\ntop\nedit b\nset c\nexit\ndeactivate a members [ x 10 ]\nset d", "")
	if got := tree.Lines(); !slices.Equal(got, []string{"a members x", "a members 10", "a members 20-30", "a note [ x ]", "b c", "d"}) {
		t.Errorf("%q", got)
	}
	if got := tree.At("a").Inactive(); !slices.Equal(got, []string{"members x", "members 10"}) {
		t.Errorf("inactive: %q", got)
	}
	if x := tree.At("a", "members", "x"); !slices.Equal(x.Inactive(), []string{"x"}) || x.InForce().Word != "" || tree.At("b").Inactive() != nil || tree.At("z").Inactive() != nil || tree.At("z").InForce() == nil {
		t.Error("what is deactivated itself, and what is not there")
	}
}

func TestWhatIsNoTree(t *testing.T) {
	for _, line := range []string{"set", "a b", `set "a`, "interface x", `set "a\"`, "delete a b", "/* no end", "edit", "top b", "up"} {
		if strange := (&Tree{}).Read([]string{"", "set a b", line}, false); strange != line {
			t.Errorf("%q: %q", line, strange)
		}
	}
}

func TestALargeTree(t *testing.T) {
	tree := &Tree{}
	var lines []string
	for i := range 20000 {
		lines = append(lines, fmt.Sprintf("set a k%d v", i))
	}
	if strange := tree.Read(slices.Concat(lines, lines), false); strange != "" || len(tree.Below("a")) != 20000 || tree.Value("a", "k19999") != "v" || tree.Has("a", "k20000") || len(tree.InForce().Lines()) != 20000 {
		t.Errorf("%q, %d", strange, len(tree.Below("a")))
	}
}
