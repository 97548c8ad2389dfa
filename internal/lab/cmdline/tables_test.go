package cmdline

import "testing"

func TestTablesAreAskedInOrder(t *testing.T) {
	inner, outer := New[string](map[string]ParamType{"word": Word}), New[string](map[string]ParamType{"word": Word})
	inner.Add("copy from <port:word>", "inner")
	inner.Add("exit", "inner")
	outer.Add("copy to <port:word>", "outer")
	outer.Add("exit", "outer")
	both := Tables[string]{inner, outer}
	for line, want := range map[string]string{"exit": "inner", "copy from 1": "inner", "co to 1": "outer"} {
		if _, run, _, fault := both.Match(nil, line); fault != nil || *run != want {
			t.Errorf("%q: %v", line, fault)
		}
	}
	if _, _, _, fault := both.Match(nil, "copy to"); fault == nil || fault.Kind != Incomplete {
		t.Errorf("the fault that came furthest counts: %+v", fault)
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
	if got := both.Complete(nil, "copy t"); got != "copy to " {
		t.Errorf("completed: %q", got)
	}
	if got := both.Complete(nil, ""); got != "" {
		t.Errorf("completed: %q", got)
	}
}
