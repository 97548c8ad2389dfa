package cmdline

import (
	"slices"
	"strings"
	"testing"
)

var testLayout = &Layout{Syntax: Syntax{Comment: "!", End: "end", Step: "   "}, Top: []string{"host", "port", "copy"}, Body: []string{"about", "mode"}, Compare: strings.Compare, Apart: []string{"port"}}

const testText = "host a\n!\nport 1\n   about one\n   mode x\n!\nport 2\n!\ncopy a to b\ncopy c to d\n!\nend\n"

func TestDocumentKeepsItsOrder(t *testing.T) {
	d := testLayout.New()
	for _, h := range []string{"copy c to d", "port 2", "copy a to b", "host a", "port 1"} {
		d.Ensure(h)
	}
	d.Block("port 1").Set("mode y", "mode")
	d.Block("port 1").Set("about one", "about")
	d.Ensure("port 1").Set("mode x", "mode")
	if got := d.Text(); got != testText {
		t.Errorf("%s", got)
	}
	if got := testLayout.Read(testText).Text(); got != testText {
		t.Errorf("read and written again:\n%s", got)
	}
}

func TestSeparatorsMayBeEmptyLines(t *testing.T) {
	blank := *testLayout
	blank.Blank = true
	const want = "host a\n\nport 1\n   mode x\n\nport 2\n\ncopy a to b\ncopy c to d\n"
	if got := blank.Read(want).Text(); got != want {
		t.Errorf("%s", got)
	}
}

func TestSectionsAreWholeBlocks(t *testing.T) {
	has := func(word string) func(string) bool {
		return func(line string) bool { return strings.Contains(line, word) }
	}
	for word, want := range map[string]string{"mode": "port 1\n   about one\n   mode x\n", "copy": "copy a to b\ncopy c to d\n", "nothing": ""} {
		if got := testLayout.Sections(testText, has(word)); got != want {
			t.Errorf("%s: %q", word, got)
		}
	}
}

func TestBlocksAreFoundAndChanged(t *testing.T) {
	d := testLayout.Read(testText)
	none := d.Block("port 3")
	if none.Has("mode x") || none.Value("mode") != "" || none.Lines() != nil || d.Has("port 3") || !d.Has("port 1") || d.Value("host") != "a" {
		t.Error("a block that is not there has nothing")
	}
	was := d.Clone()
	d.Block("port 1").Unset("mode")
	d.Block("port 2").Replace([]string{"mode z", "about two"})
	d.Remove("copy")
	if want := "host a\n!\nport 1\n   about one\n!\nport 2\n   mode z\n   about two\n!\nend\n"; d.Text() != want {
		t.Errorf("%s", d.Text())
	}
	d.Take(was, "port 1")
	d.Take(was, "copy a to b")
	d.Take(was, "port 7")
	if b := d.Block("port 1"); b.Value("mode") != "x" || b.Written() != "port 1\n   about one\n   mode x\n" || was.Text() != testText {
		t.Errorf("%q", b.Written())
	}
	if want := []string{"host a", "port 1", "port 2", "copy a to b"}; !slices.Equal(d.Heads(), want) || len(d.Blocks()) != 4 {
		t.Errorf("%q", d.Heads())
	}
}

func TestChangedNamesWhatChangedOnOneSide(t *testing.T) {
	base := map[string]string{"a": "1", "b": "1", "c": "1", "d": "1"}
	mine := map[string]string{"a": "2", "b": "1", "d": "3", "e": "1"} // a changed, c removed, d changed, e added
	now := map[string]string{"a": "1", "b": "9", "c": "1", "d": "3"}
	keys, ok := Changed(base, mine, now)
	if slices.Sort(keys); !ok || !slices.Equal(keys, []string{"a", "c", "e"}) {
		t.Errorf("%q, %t", keys, ok)
	}
	for key, text := range map[string]string{"a": "7", "c": "7", "e": "7"} {
		other := map[string]string{"a": "1", "b": "1", "c": "1", "d": "1"}
		other[key] = text
		if _, ok := Changed(base, mine, other); ok {
			t.Errorf("%s was changed by both and is no conflict", key)
		}
	}
}
