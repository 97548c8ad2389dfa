package cmdline

import "testing"

func TestTablesAreAskedInOrder(t *testing.T) {
	types := map[string]ParamType{"word": Word, "x": WordThat(func(s string) bool { return s == "x" })}
	exit := func(by string) func(*Grammar[string]) { return func(g *Grammar[string]) { g.Add("exit", by) } }
	inner := Table(types, exit("inner"), func(g *Grammar[string]) { g.Add("copy from <port:word>", "inner") })
	outer := Table(types, exit("outer"), func(g *Grammar[string]) { g.Add("copy to <port:x>", "outer") })
	both := Tables[string]{inner, outer}
	for line, want := range map[string]string{"exit": "inner", "copy from 1": "inner", "co to x": "outer"} {
		if _, run, _, fault := both.Match(nil, line); fault != nil || *run != want {
			t.Errorf("%q: %v", line, fault)
		}
	}
	if _, _, _, fault := both.Match(nil, "copy to"); fault == nil || fault.Kind != Incomplete {
		t.Errorf("the fault that came furthest counts: %+v", fault)
	}
	if _, _, _, fault := both.Match(nil, "copy to y"); fault == nil {
		t.Error("a word that is not right")
	}
	if Atoi("7", 3) != 7 || Atoi("x", 3) != 3 {
		t.Error("numbers")
	}
	outer.Add("examine", "outer")
	outer.Add("expand", "outer")
	if _, _, _, fault := both.Match(nil, "exp x"); fault == nil || fault.Kind != Invalid {
		t.Errorf("%+v", fault)
	}
	if _, _, _, fault := (Tables[string]{outer, inner}).Match(nil, "ex"); fault != nil {
		t.Errorf("what the second table has is not ambiguous: %+v", fault)
	}
	if _, _, _, fault := both.Match(nil, "e x"); fault == nil || fault.Kind != Ambiguous {
		t.Errorf("ambiguous in the second table: %+v", fault)
	}
	if got := both.Spell(nil, "c t x"); got != "copy to x" {
		t.Errorf("spelled out: %q", got)
	}
	if got := both.Spell(nil, "nothing"); got != "nothing" {
		t.Errorf("spelled out: %q", got)
	}
	if words, _ := both.Choices(nil, "copy "); len(words) != 2 || words[0] != "from" || words[1] != "to" {
		t.Errorf("choices: %q", words)
	}
	if words, stem := both.Choices(nil, "\t"); len(words) != 4 || stem != "" {
		t.Errorf("choices behind a tab: %q, %q", words, stem)
	}
	if got := both.Complete(nil, "copy t"); got != "copy to " {
		t.Errorf("completed: %q", got)
	}
	if got := both.Complete(nil, ""); got != "" {
		t.Errorf("completed: %q", got)
	}
}
