package iosxe

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
	for _, text := range []string{"", "\r\n", "\x00", "Session 99999999999999999999\nType : x\n", "monitor session 1 ", "monitor session 1 type erspan-source\n mtu",
		"Session 1\nType : Local Session\nBoth :", "% Invalid input", "monitor session 1 destination interface Gi1/0/1 encapsulation",
		"monitor session 1 source interface Gi1/0/1-2147483648", "monitor session 1 filter vlan 1-4094,1-4094"} {
		f.Add(text)
	}
}

// checkRead holds for whatever was read: an error is ErrParse, and sessions
// that are not opaque can be compared and rendered without a panic.
func checkRead(t *testing.T, natives []mirror.NativeSession, err error) {
	if err != nil {
		if !errors.Is(err, mirror.ErrParse) {
			t.Fatalf("%v is not ErrParse", err)
		}
		return
	}
	seen := map[string]bool{}
	for _, n := range natives {
		if seen[n.ID] {
			t.Fatalf("session %s twice", n.ID)
		}
		seen[n.ID] = true
		if !n.Spec.Equal(n.Spec.Normalize()) {
			t.Fatalf("session %s is not normal", n.ID)
		}
		if n.Opaque == "" && n.Spec.Role == "" {
			t.Fatalf("session %s has no role and is not opaque", n.ID)
		}
		_, _ = Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Before: &n}})
		_, _ = driver.Text(mirror.Facts{}, mirror.Change{After: &n})
	}
}

func FuzzMonitor(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		views, err := parseMonitor(text)
		checkRead(t, merge(views, nil), err)
	})
}

func FuzzConfig(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := parseConfig(text)
		checkRead(t, merge(nil, &cfg), err)
	})
}

func FuzzPorts(f *testing.F) {
	for _, s := range []string{"Gi1/0/1 - 4 , Gi1/0/9", "gi 1/0/14", "Po1", "Gi2/2/0.100", "Gi1/0/1-Gi1/0/3", "Te1/1/1,,"} {
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

// FuzzReaders holds for every parser: an error is ErrParse, nothing panics, and
// what was read stays the same when a message to the terminal stands between two
// lines.
func FuzzReaders(f *testing.F) {
	names := slices.Sorted(maps.Keys(readers))
	for file, text := range fixtures(f) {
		for i, name := range names {
			if strings.HasPrefix(filepath.Base(file), name) {
				f.Add(uint8(i), text, uint8(3), uint8(0))
			}
		}
	}
	for i := range names {
		for _, text := range []string{"", "\x00", "% Invalid input detected", "Command is currently busy\n", "\r\n \r\n", strings.Repeat("Both : 1-4094,", 40)} {
			f.Add(uint8(i), text, uint8(0), uint8(1))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string, at, noise uint8) {
		name := names[int(which)%len(names)]
		read := readers[name]
		want, err := read(text)
		if err != nil {
			if !errors.Is(err, mirror.ErrParse) {
				t.Fatalf("%s: %v is not ErrParse", name, err)
			}
			return
		}
		if strings.Contains(text, "banner") || strings.ContainsRune(text, '\r') {
			return // a banner may hold what it likes
		}
		lines := strings.Split(text, "\n")
		messages := interrupting[:len(interrupting)-2] // without prompts, which a service module's session may hold
		line := messages[int(noise)%len(messages)]
		got, err := read(strings.Join(slices.Insert(lines, int(at)%(len(lines)+1), line), "\n"))
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s: with %q in line %d: %v\n%q\nwant\n%q", name, line, int(at)%(len(lines)+1), err, got, want)
		}
	})
}

func FuzzOthers(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parseReceived(text); err != nil && !errors.Is(err, mirror.ErrParse) {
			t.Fatalf("%v is not ErrParse", err)
		}
		if err := checkTrunks(text); err != nil && !errors.Is(err, mirror.ErrParse) {
			t.Fatalf("%v is not ErrParse", err)
		}
		if c, err := parseSection(text); err != nil && !errors.Is(err, mirror.ErrParse) {
			t.Fatalf("%v is not ErrParse", err)
		} else if err == nil && len(c.interfaces)+len(c.svis) == 0 {
			t.Fatal("nothing was read, and nothing said")
		}
		refusal(text)
		showRefusal(text)
	})
}
