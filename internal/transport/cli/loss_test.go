package cli

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The tables of faults: whatever is lost of what is typed, no line that was not
// sent takes effect unnoticed, nothing is told as taken that was not, and what
// is typed line by line comes through in the end.

// listing is n different lines of about 50 octets.
func listing(n int) []Line {
	out := make([]Line, n)
	for i := range out {
		out[i].Text = fmt.Sprintf("monitor session %d source interface Gi1/0/%d rx", 1+i/8, 101+i*7)
	}
	return out
}

// attempt pushes lines over a new connection and checks what is told against
// what the fake did.
func attempt(t *testing.T, f *fake, lines []Line, typeAhead string) (BlockResult, error) {
	t.Helper()
	f.set(func() { f.config = nil })
	cfg := lateConfig(t, f)
	cfg.Target.Transport.TypeAhead = typeAhead
	c, err := Open(t.Context(), cfg)
	if err != nil {
		return BlockResult{}, err
	}
	defer c.Close()
	results, err := c.Configure(t.Context(), []Block{{Lines: lines, Refused: percent}})
	r := results[0]
	sent, did := map[string]bool{}, f.configured()
	for _, l := range lines {
		sent["config: "+l.Text] = true
	}
	for _, line := range did {
		if !sent[line] && err == nil && r.Err == nil {
			t.Errorf("%q took effect unnoticed", line)
		}
	}
	for _, l := range r.Lines {
		there := slices.Contains(did, "config: "+l.Text)
		switch l.Outcome() {
		case "taken":
			if !there {
				t.Errorf("%q is told as taken and is not there", l.Text)
			}
		case "refused", "not sent":
			if there {
				t.Errorf("%q is told as %s and is there", l.Text, l.Outcome())
			}
		}
		if l.Outcome() == "unknown" && err == nil {
			t.Errorf("%q is unknown, and there is no error", l.Text)
		}
	}
	return r, err
}

// reach pushes lines as a worker does: when input was lost, once more line by
// line.
func reach(t *testing.T, f *fake, lines []Line) (fellBack bool) {
	t.Helper()
	r, err := attempt(t, f, lines, mirror.TypeAheadAuto)
	if errors.Is(err, mirror.ErrInputLost) {
		fellBack = true
		r, err = attempt(t, f, lines, mirror.TypeAheadOff)
	}
	if err != nil || r.Err != nil {
		t.Errorf("in the end: %v, %v", err, r.Err)
		return fellBack
	}
	if did := f.configured(); len(did) != len(lines) {
		t.Errorf("%d of %d lines took effect", len(did), len(lines))
	}
	return fellBack
}

// sizes is a small table, or with NETMIRROR_FAULTS the whole one.
func sizes(small []int, all func() []int) []int {
	if os.Getenv("NETMIRROR_FAULTS") != "" {
		return all()
	}
	return small
}

func TestAnInputBufferThatDropsItsTail(t *testing.T) {
	lines := sizes([]int{1, 2, 3, 9, 17, 18, 19, 60}, func() (all []int) {
		for n := range 60 {
			all = append(all, n+1)
		}
		return all
	})
	for _, buffer := range []int{128, 256, 512, 900, 4096} {
		for _, n := range lines {
			t.Run(fmt.Sprintf("%d octets, %d lines", buffer, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFake(t)
					f.arrives = func(_ int, in []byte) []byte { return in[:min(len(in), buffer)] }
					defer f.stop()
					fell := reach(t, f, listing(n))
					if buffer >= mirror.DefaultWriteBytes && fell {
						t.Error("fell back although a write is never that long")
					}
					if buffer <= 512 && n >= 18 && !fell {
						t.Error("nothing was lost: the test proves nothing")
					}
				})
			})
		}
	}
}

func TestOctetsLostInTheMiddle(t *testing.T) {
	step := sizes([]int{23}, func() []int { return []int{1} })[0]
	for _, lost := range []int{1, 7, 60} {
		for at := 100; at < 700; at += step {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				gone := false
				f.arrives = func(before int, in []byte) []byte {
					if gone || before+len(in) <= at {
						return in
					}
					gone = true
					from := max(0, at-before)
					return slices.Concat(in[:from], in[min(len(in), from+lost):])
				}
				defer f.stop()
				_, err := attempt(t, f, listing(10), mirror.TypeAheadAuto)
				if whole := len(f.configured()) == 10; gone && !whole && !errors.Is(err, mirror.ErrInputLost) {
					t.Errorf("%d octets lost at %d: %v", lost, at, err)
				}
			})
			if t.Failed() {
				return
			}
		}
	}
}

// What the device has of a line that stopped in the middle must not be made a
// line: nothing more is typed.
func TestNothingIsTypedBehindHalfALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		half := false
		f.arrives = func(_ int, in []byte) []byte {
			if i := strings.Index(string(in), "Gi1/0/115"); i >= 0 && !half {
				half = true
				return in[:i+7] // "... Gi1/0/1"
			}
			if half {
				t.Errorf("typed behind half a line: %q", in)
			}
			return in
		}
		defer f.stop()
		r, err := attempt(t, f, listing(6), mirror.TypeAheadAuto)
		wantKind(t, err, mirror.ErrInputLost, "middle of a line", `taken: "monitor session 1 source interface Gi1/0/101 rx"`, "unknown: ")
		var told []string
		for _, l := range r.Lines {
			told = append(told, l.Outcome())
		}
		if want := []string{"taken", "taken", "unknown", "unknown", "unknown", "unknown"}; !slices.Equal(told, want) {
			t.Errorf("told as %q", told)
		}
	})
}

// A marker that is lost alone gets one more chance, and then nothing is lost.
func TestALostMarkerIsTypedOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.replies["show a"], f.replies["show b"] = "alpha", "beta"
		c := lateOpen(t, f, nil)
		lose := true
		f.set(func() {
			f.arrives = func(_ int, in []byte) []byte {
				if i := strings.LastIndex(string(in), "!"); lose && i > 0 {
					lose = false
					return in[:i]
				}
				return in
			}
		})
		if got := run(t, c, "show a", "show b"); got[0].Text != "alpha" || got[1].Text != "beta" {
			t.Errorf("got %+v", got)
		}
		lose = true
		if r := configure(t, c, Block{Lines: listing(3)}); r[0].Err != nil || len(f.configured()) != 3 {
			t.Errorf("%+v", r)
		}
		if n := c.Stats().RoundTrips; n > 8 {
			t.Errorf("%d round trips", n)
		}
	})
}

// lateOpen opens over the virtual clock and closes at the end of the test.
func lateOpen(t *testing.T, f *fake, change func(*Config)) *Conn {
	t.Helper()
	cfg := lateConfig(t, f)
	if change != nil {
		change(&cfg)
	}
	c, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); f.stop() })
	return c
}

// Text for everybody comes between the prompt and the echo, with no new prompt.
func TestABroadcastWithoutANewPrompt(t *testing.T) {
	const text = "\r\n***\r\n*** --- SHUTDOWN in 0:05:00 ---\r\n***\r\n"
	for _, before := range []string{"marker", "show b", "vlan 2"} { // once each, as it happens
		t.Run(before, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				f.replies["show a"], f.replies["show b"] = "alpha", "beta"
				told := map[bool]bool{} // of a marker in exec, in configuration
				f.before = func(line string) string {
					switch configuring := f.shellMode != ""; {
					case line == before:
						return text
					case before == "marker" && isMarker(line) && !told[configuring]:
						told[configuring] = true
						return text
					}
					return ""
				}
				for _, mode := range []string{mirror.TypeAheadAuto, mirror.TypeAheadOff} {
					cfg := lateConfig(t, f)
					cfg.Target.Transport.TypeAhead = mode
					f.set(func() { f.quiet = true })
					c, err := Open(t.Context(), cfg)
					if err != nil {
						t.Fatal(err)
					}
					f.set(func() { f.quiet = false; clear(told) })
					got, err := c.Run(t.Context(), "show a", "show b")
					if err != nil || got[1].Text != "beta" || got[0].Text != "alpha" {
						t.Errorf("%s: got %+v, %v", mode, got, err)
					}
					r, err := c.Configure(t.Context(), []Block{{Lines: Lines("vlan 2", "vlan 1", "vlan 2", "vlan 3")}})
					if err != nil || r[0].Err != nil || len(f.configured()) != 4 {
						t.Errorf("%s: %+v, %v, %q", mode, r, err, f.configured())
					}
					f.set(func() { f.config = nil })
					_ = c.Close()
				}
				f.stop()
			})
		})
	}
}

// A question ends the wait with the device's words, and is not answered.
func TestAQuestionIsNotAnswered(t *testing.T) {
	for _, question := range []string{"Overwrite the previous NVRAM configuration?[confirm]", "Continue? [yes/no]: ", "Really (y/n)[n]? ",
		"Do you want to kill that session and continue [no]: ", "Destination filename [startup-config]? "} {
		for _, mode := range []string{mirror.TypeAheadAuto, mirror.TypeAheadOff} {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				answers := 0
				f.hook = func(sh *shell, line string) bool {
					if line != "configure terminal" && line != "show x" {
						return false
					}
					sh.print("%s", question)
					for {
						if _, err := sh.in.ReadByte(); err != nil {
							sh.done = true
							return true
						}
						answers++
					}
				}
				c := lateOpen(t, f, func(c *Config) { c.Target.Transport.TypeAhead = mode })
				_, err := c.Configure(t.Context(), []Block{{Lines: Lines("vlan 1")}})
				wantKind(t, err, mirror.ErrRejected, "configure terminal", strings.TrimSpace(question), "no line was sent")
				if answers > 0 {
					t.Errorf("%q was answered with %d octets", question, answers)
				}
				if c.Alive() {
					t.Error("the connection is still used")
				}
			})
		}
	}
}

func TestOnlyTheExpectedQuestionIsAnswered(t *testing.T) {
	for _, question := range []string{"Overwrite the previous NVRAM configuration?[confirm]", "Erase everything?[confirm]"} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(t)
			f.hook = func(sh *shell, line string) bool {
				if line != "write memory" {
					return false
				}
				sh.print("%s", question)
				if b, err := sh.in.ReadByte(); err != nil || b != '\n' {
					sh.done = err != nil
					return true
				}
				sh.say("\nBuilding configuration...\n[OK]")
				return true
			}
			c := lateOpen(t, f, nil)
			r, err := c.RunConfirmed(t.Context(), "write memory", regexp.MustCompile(`^Overwrite the previous NVRAM configuration`))
			if strings.HasPrefix(question, "Erase") {
				wantKind(t, err, mirror.ErrRejected, "Erase everything?[confirm]")
				return
			}
			if err != nil || !strings.HasSuffix(r.Text, "Building configuration...\n[OK]") {
				t.Fatalf("%q, %v", r.Text, err)
			}
			run(t, c, "show nothing")
		})
	}
}

// A device that sends and sends costs what the limit allows, no more.
func TestAReplyHasALimit(t *testing.T) {
	for _, when := range []string{"reply", "first prompt"} {
		f := newFake(t)
		pour := func(sh *shell) {
			for _, err := sh.out.Write([]byte(garbage)); err == nil; _, err = sh.out.Write([]byte(garbage)) {
			}
			sh.done = true
		}
		f.hook = func(sh *shell, line string) bool {
			if line == "show tech" {
				pour(sh)
			}
			return sh.done
		}
		cfg := configFor(t, f.listen(t))
		cfg.Target.Transport.MaxReplyBytes = 1 << 20
		if when == "first prompt" {
			f.banner = strings.Repeat(garbage, 1<<21/len(garbage))
			_, err := Open(t.Context(), cfg)
			wantKind(t, err, mirror.ErrParse, "1048576 octets", "maxReplyBytes")
			continue
		}
		c, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = c.Run(t.Context(), "show tech")
		runtime.ReadMemStats(&after)
		// The fake's own sending included. What was looked at anew with each
		// arrival would be a hundred times the reply.
		if n := after.TotalAlloc - before.TotalAlloc; n > 48<<20 {
			t.Errorf("%d MiB were allocated for a reply of 1 MiB", n>>20)
		} else {
			t.Logf("%d MiB allocated", n>>20)
		}
		wantKind(t, err, mirror.ErrParse, "show tech", "1048576 octets", "maxReplyBytes")
		if got := c.Stats().BytesReceived; got > 1<<20+2*readSize {
			t.Errorf("%d octets were read", got)
		}
		_ = c.Close()
	}
}

var garbage = strings.Repeat("\x00\xff~#garbage sw1 rack 12# \t\x1b[3m%%\r", 20) + "\n"

// Whatever is lost while we log in is found out long before the login's limit.
func TestOctetsLostAtLogin(t *testing.T) {
	for _, mode := range []string{mirror.TypeAheadAuto, mirror.TypeAheadOff} {
		for at := 1; at < 130; at += sizes([]int{5}, func() []int { return []int{1} })[0] {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				f.userExec, f.enable = true, testEnable
				gone := false
				var whole atomic.Bool
				f.arrives = func(before int, in []byte) []byte {
					if gone || before+len(in) <= at {
						return in
					}
					gone = true
					from := max(0, at-before)
					kept := slices.Concat(in[:from], in[min(len(in), from+7):])
					whole.Store(len(kept) == 0) // nothing is heard then, as from a device that is gone: only the limit tells
					return kept
				}
				cfg := lateConfig(t, f)
				cfg.Target.Transport.TypeAhead = mode
				start := time.Now()
				c, err := Open(t.Context(), cfg)
				if err == nil {
					_, err = c.Run(t.Context(), "show nothing")
					_ = c.Close()
				}
				if d := time.Since(start); err != nil && !whole.Load() && (errors.Is(err, mirror.ErrTimeout) || d > 40*time.Second) {
					t.Errorf("%s, at %d: found out after %v: %v", mode, at, d, err)
				}
				f.stop()
			})
		}
	}
}
