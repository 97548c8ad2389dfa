package mirror_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A pattern is what a regular expression of the same meaning says.
func TestLikeIsARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern, text := rapid.StringMatching(`[ab/*]{0,6}`).Draw(t, "pattern"), rapid.StringMatching(`[ab/]{0,8}`).Draw(t, "text")
		want := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(text)
		if got := mirror.Like(pattern, text); got != want {
			t.Fatalf("%q like %q: %v", text, pattern, got)
		}
	})
}

// In no hour are there more starts than the rate, whatever the times at which they are
// asked for; and who waits as long as he is told gets one.
func TestInNoHourAreThereMoreStartsThanTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, now := rapid.IntRange(1, 5).Draw(t, "rate"), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		var state mirror.TriggerState
		var starts []time.Time
		for range rapid.IntRange(1, 40).Draw(t, "alerts") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(30*time.Minute)).Draw(t, "later")))
			after, wait, ok := state.Take(rate, now)
			if !ok {
				if wait <= 0 || wait > mirror.Window {
					t.Fatalf("wait %v", wait)
				}
				if _, _, ok := after.Take(rate, now.Add(wait)); !ok {
					t.Fatalf("none after %v", wait)
				}
			} else {
				starts = append(starts, now)
			}
			state = after
			if len(state.Starts) > rate {
				t.Fatalf("%d starts are kept", len(state.Starts))
			}
		}
		for i := range starts {
			if i >= rate && starts[i].Sub(starts[i-rate]) < mirror.Window {
				t.Fatalf("%d starts from %v to %v", rate+1, starts[i-rate], starts[i])
			}
		}
	})
}

// The name is one of a session, whatever the trigger's pattern and the port are, and the
// same for the same port.
func TestNamesOfSessions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trigger := mirror.Trigger{Name: "ids", SessionName: mirror.DefaultSessionName}
		device := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`).Draw(t, "device")
		port := mirror.PortName(rapid.StringMatching(`[A-Za-z0-9]([A-Za-z0-9 ,/._:@-]{0,40}[A-Za-z0-9])?`).Draw(t, "port"))
		s := trigger.Instance(port, mirror.AlertValues{Device: device})
		if !mirror.ValidName(s.Name) || trigger.Instance(port, mirror.AlertValues{Device: device, Reason: "x"}).Name != s.Name {
			t.Fatalf("%q of %s %s", s.Name, device, port)
		}
	})
}
