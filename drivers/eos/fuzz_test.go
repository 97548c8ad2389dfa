package eos

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// seed gives a fuzz target our own fixtures and some hard texts.
func seed(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "observe", "*.txt"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{"", "\r\n", "\x00", "monitor session ", "monitor session a ", "monitor session a source ,", "monitor session a source Ethernet1-2147483648",
		"monitor session a destination tunnel", "monitor session a destination tunnel mode gre source", "monitor session a ip access-group", "{\"sessions\":null}", "Session a\n-\n:",
		"--- a\n+++ b\n@@ -1 +1 @@\n+", "interface ", "% Invalid input"} {
		f.Add(text)
	}
}

// What is read is in order: an error is ErrParse, a session is there once, normal,
// with a role, and can be rendered without a panic.
func FuzzSessions(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		natives, err := parseSessions(text)
		if err != nil && !errors.Is(err, mirror.ErrParse) {
			t.Fatalf("%v is not ErrParse", err)
		}
		seen := map[string]bool{}
		for _, n := range natives {
			if seen[n.ID] || !n.Spec.Equal(n.Spec.Normalize()) || n.Spec.Role == "" {
				t.Fatalf("session %+v", n)
			}
			seen[n.ID] = true
			_, _ = Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Before: &n}})
			p, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{After: &n}})
			if err != nil || n.Opaque != "" {
				continue
			}
			// What can be asked for is read back as it was.
			again, err := parseSessions(p.Blocks[0].Text)
			if err != nil || len(again) != 1 || !again[0].Spec.Equal(n.Spec) || again[0].Opaque != "" {
				t.Fatalf("%s\nis read as %+v, %v", p.Blocks[0].Text, again, err)
			}
		}
	})
}

func FuzzPorts(f *testing.F) {
	for _, s := range []string{"Ethernet10-15", "Et3/1, Po7", "ethernet 5", "Ethernet1/1-4,2/1", "Ethernet1.100", "Recirc-Channel1,,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ports, err := Ports(text)
		if err != nil {
			if !errors.Is(err, mirror.ErrInvalid) {
				t.Fatalf("%v is not ErrInvalid", err)
			}
			return
		}
		for _, p := range ports {
			again, err := Ports(string(p))
			if err != nil || len(again) != 1 || again[0] != p || !utf8.ValidString(string(p)) {
				t.Fatalf("%q gave %q, which is %v, %v", text, p, again, err)
			}
		}
	})
}

func FuzzOthers(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		for name, read := range map[string]func() error{
			"state":   func() error { _, err := parseShown(text); return err },
			"stanzas": func() error { _, err := parseStanzas(text); return err },
			"status":  func() error { _, err := parseStatus(text); return err },
			"lldp":    func() error { _, err := parseLLDP(text); return err },
			"macs":    func() error { _, err := parseMACs(text); return err },
			"lists":   func() error { _, err := parseLists(text); return err },
			"figures": func() error { _, err := readCounters(text, noon); return err },
			"waits": func() error {
				_, err := waits(mirror.Facts{}, console.Replies{showCandidates: text, showLock: text}, noon)
				if errors.Is(err, mirror.ErrRejected) {
					return nil // in the device's words
				}
				return err
			},
			"diffs": func() error { _, err := parseDiffs(text); return err },
			"facts": func() error { _, err := parseFacts(text, text); return err },
		} {
			if err := read(); err != nil && !errors.Is(err, mirror.ErrParse) {
				t.Fatalf("%s: %v is not ErrParse", name, err)
			}
		}
		refusal(text)
		absent(text)
		configLines(text)
	})
}
