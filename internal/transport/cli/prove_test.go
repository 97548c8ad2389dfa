package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestProof(t *testing.T) {
	for name, tc := range map[string]struct {
		buffer    int
		typeAhead string
		lost      bool
	}{
		"nothing is lost":               {4096, mirror.TypeAheadAuto, false},
		"nothing is lost, line by line": {4096, mirror.TypeAheadOff, false},
		"a short buffer":                {512, mirror.TypeAheadAuto, true},
		"a short buffer, line by line":  {512, mirror.TypeAheadOff, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				f.arrives = func(_ int, in []byte) []byte { return in[:min(len(in), tc.buffer)] }
				longest := 0
				f.hook = func(sh *shell, line string) bool {
					longest = max(longest, len(line))
					if line == "do show x" {
						sh.say("the answer")
					}
					return line == "do show x"
				}
				c := lateOpen(t, f, func(c *Config) { c.Target.Transport.TypeAhead = tc.typeAhead })
				sent := writesOf(c)
				p, err := c.Prove(t.Context(), "do show x")
				if err != nil || p.ConfigPrompt != "sw1(config)#" || p.Answer != "the answer" || (p.Lost != nil) != tc.lost {
					t.Fatalf("%+v, %v", p, err)
				}
				most := 0
				for _, w := range *sent {
					most = max(most, len(w))
				}
				if p.Typed > 900 || p.Typed < 860 || most != p.Typed || longest > 120 {
					t.Errorf("%d octets typed ahead, the longest write had %d, the longest line %d", p.Typed, most, longest)
				}
				if did := f.configured(); len(did) != 0 {
					t.Errorf("something took effect: %q", did)
				}
				if c.Alive() == tc.lost {
					t.Errorf("alive: %v", c.Alive())
				}
				if !tc.lost {
					run(t, c, "show nothing")
				}
			})
		})
	}
}

func TestAConfigurationModeWithoutAPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.hook = func(sh *shell, line string) bool {
			if line != "configure terminal" {
				return false
			}
			sh.say("Enter configuration commands, one per line.  End with CNTL/Z.")
			for { // "no service prompt config"
				if _, ok := sh.readLine(true); !ok {
					sh.done = true
					return true
				}
			}
		}
		for _, try := range []func(*Conn) error{
			func(c *Conn) error { _, err := c.Prove(t.Context(), "do show x"); return err },
			func(c *Conn) error { _, err := c.Configure(t.Context(), []Block{{Lines: Lines("vlan 1")}}); return err },
		} {
			cfg := lateConfig(t, f)
			c, err := Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			wantKind(t, try(c), mirror.ErrUnsupported, "no service prompt config")
			if d := time.Since(start); d > time.Minute {
				t.Errorf("found out after %v", d)
			}
			_ = c.Close()
		}
		f.stop()
	})
}

func TestAPromptOfMaintenanceMode(t *testing.T) {
	f := newFake(t)
	f.hostname = "sw1(maint-mode)"
	cfg := configFor(t, f.listen(t))
	_, err := Open(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), "maintenance mode") {
		t.Errorf("got %v", err)
	}
}
