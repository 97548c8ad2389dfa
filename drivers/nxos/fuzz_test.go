package nxos

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
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
	for _, text := range []string{"", "\r\n", "\x00", "monitor session ", "monitor session 1\n  source interface ,", "monitor session 0", "monitor session 1\n  source interface Eth1/1-2147483648",
		"monitor session 1 type erspan-source\n  vrf", "monitor session 1\n  description \x01", "monitor session 01", "session 1\n-\nrx :", "session 1\nsource intf :\nrx : Eth1/1,\n Eth1/2", "interface ", "% Invalid command", "!", "^"} {
		f.Add(text)
	}
}

// What is read is in order: an error is ErrParse, a session is there once and normal, and
// can be rendered without a panic.
func FuzzSessions(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, config string) {
		natives, origin, err := parseConfig(n9k, config)
		if err != nil && !errors.Is(err, mirror.ErrParse) {
			t.Fatalf("%v is not ErrParse", err)
		}
		seen := map[string]bool{}
		for _, n := range natives {
			if seen[n.ID] || !n.Spec.Equal(n.Spec.Normalize()) || n.Spec.Role == "" && n.Opaque == "" {
				t.Fatalf("session %+v", n)
			}
			seen[n.ID] = true
			_, _ = Render(n9k, mirror.Observation{}, []mirror.Change{{Before: &n}})
			p, err := Render(n9k, mirror.Observation{}, []mirror.Change{{After: &n}})
			if err != nil || n.Opaque != "" {
				continue
			}
			// What can be asked for is read back as it was.
			again, _, err := parseConfig(n9k, p.Blocks[0].Text+"monitor erspan origin ip-address "+origin+" global")
			can := Capabilities(n9k)
			if err != nil || len(again) != 1 || !can.Plain(again[0].Spec).Equal(can.Plain(n.Spec)) || again[0].Opaque != "" {
				t.Fatalf("%s\nis read as %+v, %v", p.Blocks[0].Text, again, err)
			}
		}
	})
}

func FuzzPorts(f *testing.F) {
	for _, s := range []string{"Ethernet1/10-15", "Eth1/1, Po7", "ethernet 1/5", "Ethernet101/1/1-4,Eth2/1", "Ethernet1/1.100", "sup-eth 0", "port-channel1,,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		ports, err := Ports(list)
		if err != nil {
			if !errors.Is(err, mirror.ErrInvalid) {
				t.Fatalf("%v is not ErrInvalid", err)
			}
			return
		}
		for _, p := range ports {
			again, err := Ports(string(p))
			if err != nil || len(again) != 1 || again[0] != p || !utf8.ValidString(string(p)) {
				t.Fatalf("%q gave %q, which is %v, %v", list, p, again, err)
			}
		}
	})
}

func FuzzOthers(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, reply string) {
		for name, read := range map[string]func() error{
			"shown": func() error {
				all, err := parseShown(reply)
				for _, s := range all {
					s.verdict(mirror.NativeSpec{Role: s.Spec.Role, Destinations: []mirror.PortName{"Ethernet1/1"}})
				}
				return err
			},
			"stanzas":  func() error { _, err := parseStanzas(reply); return err },
			"status":   func() error { _, err := around{}.ports(reply, nil); return err },
			"lldp":     func() error { _, err := lldpTable.Read(reply); return err },
			"cdp":      func() error { _, err := cdpTable.Read(reply); return err },
			"macs":     func() error { _, err := macTable.Count(reply); return err },
			"lists":    func() error { _, err := parseLists(reply); return err },
			"figures":  func() error { _, err := interfaceFigures.Read(reply, time.Time{}); return err },
			"received": func() error { _, err := parseReceived(reply); return err },
			"facts":    func() error { _, err := parseFacts(reply); return err },
		} {
			if err := read(); err != nil && !errors.Is(err, mirror.ErrParse) {
				t.Fatalf("%s: %v is not ErrParse", name, err)
			}
		}
		refusal(reply)
		absent(reply)
		for d := range configLines(reply) {
			d.Line = "+" + d.Line
			about(d)
		}
	})
}
