package cmdline

import (
	"strings"
	"sync"
	"testing"
)

func TestEditsOfABlock(t *testing.T) {
	layout := &Layout{Syntax: Syntax{Comment: "!", End: "end", Step: "   "}, Body: []string{"about", "vlans", "off"}}
	g := New[Edit](map[string]ParamType{"line": RestOfLine, "vlans": VLANCompact})
	for _, edits := range []map[string]Edit{Slot("about", "<text:line>"), Flag("off", "off", "no off"), Flag("bridge", "no bridge", "bridge"), VLANList("vlans")} {
		for pattern, e := range edits {
			g.Add(pattern, e)
		}
	}
	for _, tc := range []struct{ typed, want string }{
		{"off; about a b; about c d", "about c d,off"},
		{"about a; off; no about", "off"},
		{"about a; no about a", ""},
		{"about a; default about", ""},
		{"off; no off", ""},
		{"off; default off", ""},
		{"no bridge", "no bridge"},
		{"no bridge; default bridge", ""},
		{"no bridge; bridge", ""},
		{"vlans 5,7-9", "vlans 5,7-9"},
		{"vlans 5; vlans add 6,8", "vlans 5-6,8"},
		{"vlans 5-9; vlans remove 6-8", "vlans 5,9"},
		{"vlans 5; vlans remove 5", "vlans none"},
		{"vlans none; vlans add 3", "vlans 3"},
		{"vlans 5; vlans all", ""},
		{"vlans remove 2-4094", "vlans 1"},
		{"vlans 5; no vlans", ""},
	} {
		b := layout.New().Ensure("port 1")
		for _, line := range strings.Split(tc.typed, ";") {
			e, a, fault := g.Parse(nil, line)
			if fault != nil {
				t.Fatalf("%q: %+v", line, fault)
			}
			(*e)(b, a)
		}
		if got := strings.Join(b.Lines(), ","); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.typed, got, tc.want)
		}
	}
}

func TestLinesAreKeptAsTyped(t *testing.T) {
	b := (&Layout{}).New().Ensure("block")
	for _, line := range []string{" one  two", "no three", "four", "no four", "one two"} {
		KeepTyped(b, line)
	}
	if got := strings.Join(b.Lines(), ","); got != "one two,no three" {
		t.Errorf("%q", got)
	}
}

func TestTypedLinesAreSpelledAndHelped(t *testing.T) {
	g := New[int](map[string]ParamType{"line": RestOfLine})
	g.Add("show version", 1)
	g.Add("show vlan", 1)
	g.Add("about <text:line>", 1)
	var mu sync.Mutex
	x := Typed[int]{Lock: func() func() { mu.Lock(); return mu.Unlock }, Tables: func() Tables[int] { return Tables[int]{g} }, Shows: "show", Unknown: "% none", Rows: 7, Asked: true}
	for line, want := range map[string]string{"sh ver": "show version", "sh ver |  inc x | no-more": "show version | inc x | no-more", "do sho vl": "show vlan",
		"ab a | b": "about a | b", "nothing | x": "nothing | x"} {
		if got := x.Canonical(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if got := x.Help("show v"); got != "  version\n  vlan" {
		t.Errorf("help: %q", got)
	}
	if got := x.Help("show x"); got != "% none" {
		t.Errorf("help: %q", got)
	}
	if got := x.Complete("show ve"); got != "show version " {
		t.Errorf("complete: %q", got)
	}
	if rows, asked := x.Screen(); rows != 7 || !asked {
		t.Errorf("screen: %d, %t", rows, asked)
	}
	if command, filters, piped := x.Cut("about a | b"); piped || command != "about a | b" || filters != "" {
		t.Error("a bar of a text is no filter")
	}
}

func TestFiltersInAChain(t *testing.T) {
	p := Pipes{Invalid: "bad\n", Counted: "%d\n", Others: map[string]func(text, rest string) (string, *Fault){
		"upper": func(text, _ string) (string, *Fault) { return strings.ToUpper(text), nil },
		"never": func(string, string) (string, *Fault) { return "", &Fault{Kind: Incomplete} },
	}}
	const text = "one\ntwo\nthree\n"
	for filters, want := range map[string]string{" include t": "two\nthree\n", " include t | exclude h": "two\n", "upper | inc T": "TWO\nTHREE\n", "inc two|one": "one\ntwo\n", " count t | upper": "2\n", " include (": "bad\n"} {
		if got, fault := p.Chain(text, filters); fault != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", filters, got, fault, want)
		}
	}
	for _, filters := range []string{"", "what", "include", "upper | never"} {
		if _, fault := p.Chain(text, filters); fault == nil {
			t.Errorf("%q is no fault", filters)
		}
	}
}

// What a platform takes away with "no" alone has no "default".
func TestEditsWithoutDefault(t *testing.T) {
	layout := &Layout{Body: []string{"about", "off"}}
	g := New[Edit](map[string]ParamType{"line": RestOfLine})
	for _, edits := range []map[string]Edit{No.Slot("about", "<text:line>"), No.Flag("off", "off", "no off"), No.Any("tree"), Once("first <text:line>")} {
		for pattern, e := range edits {
			g.Add(pattern, e)
		}
	}
	for _, tc := range []struct{ typed, want string }{
		{"tree a; tree b; tree a", "tree a,tree b"},
		{"tree a; tree a b; no tree a", "tree a b"},
		{"tree; tree a; off; no tree", "off"},
		{"first x; first x; first y; about z", "about z,first x,first y"},
		{"off; no off; about x; no about", ""},
	} {
		b := layout.Block(&Node{Text: "port 1", Kids: []*Node{{Indent: " ", Text: "no off"}}})
		for _, line := range strings.Split("off; no off; "+tc.typed, ";") {
			e, a, fault := g.Parse(nil, line)
			if fault != nil {
				t.Fatalf("%q: %+v", line, fault)
			}
			(*e)(b, a)
		}
		if got := strings.Join(b.Lines(), ","); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.typed, got, tc.want)
		}
	}
	if _, _, fault := g.Parse(nil, "default off"); fault == nil {
		t.Error("default is a word here")
	}
}

func TestColumnsEndWithoutBlanks(t *testing.T) {
	c := Columns{Format: "%-4s %4v %-6s"}
	c.Row("a", 1, "")
	c.Row("abcde", "x", "y")
	if want := "a       1\nabcde    x y\n"; c.String() != want {
		t.Errorf("%q", c.String())
	}
}
