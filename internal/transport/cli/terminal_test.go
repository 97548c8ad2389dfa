package cli

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTidyAndClean(t *testing.T) {
	for raw, want := range map[string]string{
		"a\r\nb\r\n":                 "a\nb",
		"a\r\r\nb":                   "a\nb",
		"\r\n\r\na\r\n\r\nb\r\n\r\n": "a\n\nb",
		"a\x00b\ac\x7f":              "abc",
		"\x1b[1;31mred\x1b[0m":       "red",
		"\x1b[?2004hsw1#":            "sw1#",
		"\x1b]0;title\asw1#":         "sw1#",
		"\x1b]0;title\x1b\\sw1#":     "sw1#",
		"\x1b(Bsw1#\x1b=":            "sw1#",
		"abc\b\b\bxyz":               "xyz",
		"abc\b \bx":                  "abx",
		"long line\rshort\x1b[K\r\n": "short",
		"long line\rshort\r\n":       "shortline",
		" --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bVlan1 is up\r\n": "Vlan1 is up",
		"trailing blanks   \r\nb": "trailing blanks\nb",
		"  indented\r\n   more":   "  indented\n   more",
		"tab\there":               "tab\there",
		"M\xc3\xbcnchen":          "M\xc3\xbcnchen",
		"\b\b\bx":                 "x",
	} {
		text, unfinished := tidy([]byte(raw))
		if got := clean(text); got != want || len(unfinished) != 0 {
			t.Errorf("%q: got %q, want %q (unfinished %q)", raw, got, want, unfinished)
		}
	}
}

// However the output is cut into packets, tidying the parts as they come gives
// the same as tidying it at once, provided that what is unfinished is kept.
func TestTidyDoesNotDependOnPackets(t *testing.T) {
	alphabet := []string{"a", " ", "#", "\r\n", "\r", "\b", "\x1b[K", "\x1b[1;3m", "\x1b]0;t\a", "\x1b", "\x1b[", "\x00", "sw1#"}
	rapid.Check(t, func(t *rapid.T) {
		raw := []byte(strings.Join(rapid.SliceOf(rapid.SampledFrom(alphabet)).Draw(t, "raw"), ""))
		cut := rapid.IntRange(0, len(raw)).Draw(t, "cut")
		whole, rest := tidy(raw)
		first, unfinished := tidy(raw[:cut])
		second, rest2 := tidy(append(append([]byte(first), unfinished...), raw[cut:]...))
		if whole != second || string(rest) != string(rest2) {
			t.Fatalf("at once %q %q, in two %q %q", whole, rest, second, rest2)
		}
	})
}

func TestEchoed(t *testing.T) {
	const list = "access-list 101 permit tcp 131.108.2.5 255.255.255.0 131.108.1.20 255.255.255.0 eq smtp"
	for _, tc := range []struct {
		name, text, line string
		after            int // -1 = no echo
	}{
		{"plain", "show a\nx", "show a", 7},
		{"blanks around", "  show a  \nx", " show a", 11},
		{"nothing yet", "show a", "show a", -1},
		{"longer line", "show ab\n", "show a", -1},
		{"shorter line", "show\n", "show a", -1},
		{"redrawn", "shw a\b\b\bow a\nx", "show a", 13},
		{"redrawn after a return", "sho\rshow a\nx", "show a", 11},
		{"scrolled to the left", "$permit tcp 131.108.2.5 255.255.255.0 131.108.1.20 255.255.255.0 eq smtp\nx", list, 73},
		{"scrolled, as documented", " $ 101 permit tcp 131.108.2.5 255.255.255.0 131.108.1.20 255.255.255.0 eq smtp\nx", list, 79},
		{"a dollar and too little", "$eq smtp\n", list, -1},
		{"a dollar and another end", "$permit tcp 131.108.2.5 255.255.255.0 131.108.1.20 255.255.255.0 eq http\n", list, -1},
		{"scrolled while typed", "access-list 101 per" + strings.Repeat("\b", 19) + "$ess-list 101 permit\n", "x access-list 101 permit", 59},
		{"wrapped by readline", "show int \rerfaces\nx", "show interfaces", 18},
		{"wrapped by readline at a blank", "show  \rinterfaces\nx", "show interfaces", 18},
		{"wrapped, next character twice", "show ii\rinterfaces\nx", "show iinterfaces", 19},
		{"wrapped by a newline", "show int\nerfaces\nx", "show interfaces", 17},
		{"two lines of output are no echo", "sho\nversion\n", "show", -1},
	} {
		after, ok := echoed(tc.text, tc.line)
		if ok != (tc.after >= 0) || ok && after != tc.after {
			t.Errorf("%s: got %d %v, want %d", tc.name, after, ok, tc.after)
		}
	}
}

func TestMode(t *testing.T) {
	for prompt, want := range map[string]string{"sw1(config)#": "config", "sw1#": "", "sw1(config-mon-erspan-src-dst)#": "config-mon-erspan-src-dst",
		"(odd)sw1(config-if)#": "config-if", "sw1)(#": "", "": ""} {
		if got := mode(prompt); got != want {
			t.Errorf("%q: got %q, want %q", prompt, got, want)
		}
	}
}
