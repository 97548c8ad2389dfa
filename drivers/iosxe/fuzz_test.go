package iosxe

import (
	"errors"
	"os"
	"path/filepath"
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
		_, _ = builtin.change(quirk{}, mirror.Change{After: &n})
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

func FuzzTables(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		check := func(err error) {
			if err != nil && !errors.Is(err, mirror.ErrParse) {
				t.Fatalf("%v is not ErrParse", err)
			}
		}
		_, err := parseStatus(text)
		check(err)
		_, err = parseRemoteVLANs(text)
		check(err)
		vlans, err := parseVLANs(text)
		check(err)
		for _, v := range vlans {
			if v.ID < 1 || v.ID > mirror.MaxVLAN {
				t.Fatalf("VLAN %d", v.ID)
			}
		}
		_, _, err = parseVTP(text)
		check(err)
		_, err = parseNeighbours("LLDP", text)
		check(err)
		_, err = parseInterfaces(text)
		check(err)
		_, err = parseCapability(text)
		check(err)
		_, err = parseMACs(text)
		check(err)
		_, err = parseAccessLists(text)
		check(err)
	})
}

func FuzzPlatform(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		check := func(err error) {
			if err != nil && !errors.Is(err, mirror.ErrParse) {
				t.Fatalf("%v is not ErrParse", err)
			}
		}
		_, _, err := parseFED(text)
		check(err)
		_, _, _, err = parsePlatformSession(text)
		check(err)
		_, err = parseVersion(text)
		check(err)
		_, err = parseDifferences(text)
		check(err)
		refusal(text)
	})
}
