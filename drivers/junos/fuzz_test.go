package junos

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
	for _, text := range []string{"", "\r\n", "\x00", "set", "set forwarding-options analyzer", "set forwarding-options analyzer \"", "set groups", "deactivate", "set firewall family inet filter",
		"set interfaces ge-0/0/1 unit", "Physical interface: x, y, Physical link is z", "Local Interface", "  Analyzer name : ", "error:", "0   x"} {
		f.Add(text)
	}
}

// What is read is in order: an error is ErrParse, a session is there once, normal, with
// a role, and what can be asked for is read back as it was.
func FuzzAnalyzers(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConfig("x", text, "")
		if err != nil {
			if !errors.Is(err, mirror.ErrParse) {
				t.Fatalf("%v is not ErrParse", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, n := range readAnalyzers(c, around{}) {
			if seen[n.ID] || !n.Spec.Equal(n.Spec.Normalize()) || n.Spec.Role == "" {
				t.Fatalf("session %+v", n)
			}
			seen[n.ID] = true
			_, _ = Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Before: &n}})
			p, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{After: &n}})
			if err != nil || n.Opaque != "" {
				continue
			}
			again, err := parseConfig("x", p.Blocks[0].Text, "")
			if err != nil {
				t.Fatal(err)
			}
			if all := readAnalyzers(again, around{}); len(all) != 1 || !all[0].Spec.Equal(n.Spec) || all[0].Opaque != "" {
				t.Fatalf("%s\nis read as %+v", p.Blocks[0].Text, all)
			}
		}
	})
}

func FuzzPorts(f *testing.F) {
	for _, s := range []string{"ge-0/0/1-4", "xe-0/0/48:3", "ae5.0, irb.100", "ge-0/0/1.100", "et-0/0/0,,", "ge-0/0/1 - ge-0/0/3"} {
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
			if back := portNamed(logical(p)); back != p {
				t.Fatalf("%q is %q on the device, which is %q", p, logical(p), back)
			}
		}
	})
}

func FuzzOthers(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		replies := console.Replies{showVLANs: text, showFilters: text, showPorts: text, showStatus: text, showLLDP: text, showMACs: text, showAnalyzers: text, showOwn: text, showCommits: text}
		for name, read := range map[string]func() error{
			"around": func() error {
				_, err := surroundingsOf(nil, mirror.Look{Traffic: []mirror.PortName{"ge-0/0/1"}}, replies)
				return err
			},
			"vlans": func() error { return ParseVLANs([]byte(text)) },
			"lists": func() error { return ParseFilters([]byte(text)) },
			"all":   func() error { _, err := observe(mirror.Facts{}, replies, nil); return err },
			"state": func() error { _, err := parseShown(text); return err },
			"lldp":  func() error { _, err := parseLLDP(text); return err },
			"macs":  func() error { _, err := addresses.Count(text); return err },
			"facts": func() error { _, err := parseFacts(text, text); return err },
			"rates": func() error { _, err := readCounters(text, noon); return err },
			"waits": func() error {
				_, err := waits(mirror.Facts{}, replies, noon)
				if errors.Is(err, mirror.ErrRejected) {
					return nil // in the device's words
				}
				return err
			},
		} {
			if err := read(); err != nil && !errors.Is(err, mirror.ErrParse) {
				t.Fatalf("%s: %v is not ErrParse", name, err)
			}
		}
		refusal(text)
		absent(text)
		committed(text)
	})
}
