package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	mark1 = "! nm000000000001"
	mark2 = "! nm000000000002"
)

func exactly(prompt string) isPrompt {
	return func(_, x string) (bool, bool) { return strings.TrimSpace(x) == prompt, false }
}

// divide is what a connection does with a reply that has arrived.
func divide(text string, lines []string, ok isPrompt) ([]answer, bool) {
	tidied, _ := tidy([]byte(text))
	m, found := findMark(tidied, lines[len(lines)-1], ok)
	if !found {
		return nil, false
	}
	return split(tidied[:m.after], lines, m, ok)
}

func TestFindMarkWantsPromptMarkerAndPrompt(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		rest string // behind the prompt
		ok   bool
	}{
		"complete":               {"x\nsw1#" + mark1 + "\nsw1#", "", true},
		"with a rest":            {"sw1#" + mark1 + "\nsw1#\n*log\n", "\n*log\n", true},
		"marker answered":        {"sw1#" + mark1 + "\n% Invalid\n\nsw1#", "", true},
		"prompt not yet there":   {"sw1#" + mark1 + "\nsw1", "", false},
		"no newline":             {"sw1#" + mark1, "", false},
		"early echo only":        {"sw1#show a\n" + mark1 + "\nsw1#", "", false},
		"early echo, then real":  {"sw1#show a\n" + mark1 + "\nout\nsw1#" + mark1 + "\nsw1#", "", true},
		"behind another prompt":  {"sw2#" + mark1 + "\nsw1#", "", false},
		"wholly at another":      {"sw2#" + mark1 + "\nsw2#", "", false},
		"another prompt after":   {"sw1#" + mark1 + "\nsw2#", "", false},
		"in the middle of words": {"sw1#" + mark1 + " x\nsw1#", "", false},
		"as the output shows it": {"the log says sw1#" + mark1 + "\nsw1#", "", false},
		"redrawn prompt":         {"\rsw1#" + mark1 + " \n\rsw1#", "", true},
	} {
		m, ok := findMark(tc.text, mark1, exactly("sw1#"))
		if ok != tc.ok || ok && tc.text[m.after:] != tc.rest {
			t.Errorf("%s: got %+v %v", name, m, ok)
		}
	}
}

func TestSplitOfATwoLinePrompt(t *testing.T) {
	p, err := LoadPlatform("nokia_srl")
	if err != nil {
		t.Fatal(err)
	}
	const head = "--{ running }--[  ]--\n"
	ok := func(before, x string) (bool, bool) { return p.at("exec", before, x) }
	const m = "# nm000000000001"
	got, good := divide("show a\nalpha\n"+head+"A:srl1# show b\nbeta\n\n"+head+"A:srl1# "+m+"\n"+head+"A:srl1# ", []string{"show a", "show b", m}, ok)
	if !good || got[0].text != "alpha" || got[1].text != "beta" {
		t.Errorf("%+v %v", got, good)
	}
}

func TestSplitFailsRatherThanGuess(t *testing.T) {
	for name, text := range map[string]string{
		"second echo missing":    "show a\nalpha\nsw1#" + mark2 + "\nsw1#",
		"echoes in wrong order":  "show b\nbeta\nsw1#show a\nalpha\nsw1#" + mark2 + "\nsw1#",
		"garbled echo":           "show a\nalpha\nsw1#shw b\nbeta\nsw1#" + mark2 + "\nsw1#",
		"prompt of another host": "show a\nalpha\nsw2#show b\nbeta\nsw1#" + mark2 + "\nsw1#",
	} {
		if got, ok := divide(text, []string{"show a", "show b", mark2}, exactly("sw1#")); ok {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// Whatever a device prints, as long as it cannot know the nonce: two replies
// come back as they were printed.
func TestAnyOutputIsDividedRight(t *testing.T) {
	words := rapid.SampledFrom([]string{"sw1#", "sw1>", "show a", "show b", "! nm", "! nm0123", "\n", " ", "rack 12#", "sw1(config)#", "--More--",
		"Session 1", "----", "Password:", "%", "$", "!"})
	rapid.Check(t, func(t *rapid.T) {
		out := func(name string) string {
			return clean(strings.Join(rapid.SliceOf(words).Draw(t, name), ""))
		}
		a, b := out("a"), out("b")
		var lines []string
		screen := ""
		for i, text := range []string{a, b, a} {
			command := []string{"show a", "show b", "show a"}[i]
			m := fmt.Sprintf("! nmfedcba98765%d", i)
			lines = append(lines, command, m)
			screen += command + "\n" + text
			if text != "" {
				screen += "\n"
			}
			screen += "sw1#" + m + "\nsw1#"
		}
		got, ok := divide(strings.ReplaceAll(screen, "\n", "\r\n"), lines, exactly("sw1#"))
		if !ok {
			t.Fatalf("not divided: %q", screen)
		}
		if diff := cmp.Diff([]string{a, b, a}, []string{got[0].text, got[2].text, got[4].text}); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// A reply is never complete before its last octet but the noise behind it, so
// no packet border can cut it short.
func TestAReplyIsNotCompleteEarly(t *testing.T) {
	screen := "show a\r\nsw1#\r\nsw1#" + mark1[:len(mark1)-1] + "9\r\nsw1#show b\r\nout\r\nsw1#" + mark1 + "\r\nsw1#"
	for i := range len(screen) {
		text, _ := tidy([]byte(screen[:i]))
		if _, ok := findMark(text, mark1, exactly("sw1#")); ok {
			t.Errorf("complete after %q", screen[:i])
		}
	}
}

// FuzzSplit: arbitrary bytes from a device never panic, never give more answers
// than lines, and every answer is text that the device printed.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("show a\r\nout\r\nsw1#"+mark1+"\r\nsw1#show b\r\nsw1#"+mark2+"\r\nsw1#"), 3)
	f.Add([]byte("\x1b[?2004hsw1#show a\r\n --More-- \b\b\x1b[K\r\nsw1#"+mark1+"\r\n% no\r\nsw1#show b\r\nsw1#"+mark2+"\r\nsw1# "), 17)
	f.Add([]byte(mark1+"\n"+mark2+"\nsw1#"+mark2+"\nsw1#\x1b["), 0)
	lines := []string{"show a", mark1, "show b", mark2}
	f.Fuzz(func(t *testing.T, raw []byte, cut int) {
		text, rest := tidy(raw)
		if again, none := tidy([]byte(text)); again != text || len(none) != 0 {
			t.Fatalf("tidying %q twice gives %q", text, again)
		}
		if len(raw) > 0 {
			cut = min(max(cut, 0), len(raw))
			first, unfinished := tidy(raw[:cut])
			joined, rest2 := tidy(append(append([]byte(first), unfinished...), raw[cut:]...))
			if joined != text || string(rest2) != string(rest) {
				t.Fatalf("cut at %d: %q, at once %q", cut, joined, text)
			}
		}
		(&pagerWatch{pager: defaultPager}).look(raw)
		m, found := findMark(text, mark2, exactly("sw1#"))
		if !found {
			return
		}
		if m.after > len(text) || !strings.HasSuffix(strings.TrimRight(text[:m.after], " "), "#") {
			t.Fatalf("mark %+v in %q", m, text)
		}
		got, ok := split(text[:m.after], lines, m, exactly("sw1#"))
		if !ok {
			return
		}
		if len(got) != len(lines) {
			t.Fatalf("%d answers to %d lines", len(got), len(lines))
		}
		shown := clean(text)
		for _, a := range got {
			for l := range strings.Lines(a.text) {
				if !strings.Contains(shown, strings.TrimRight(l, " \n")) {
					t.Fatalf("answer %q is not in %q", a.text, shown)
				}
			}
		}
	})
}
