package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestKilledAfterAnotherHandTookTheNumber: another hand gives the number to
// something else before one line of a push, and the controller is killed at a later
// one, so that it cannot take out again what landed in theirs. After the restart
// theirs stands byte for byte, nothing of ours is in it, and ours has another number.
func TestKilledAfterAnotherHandTookTheNumber(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	const before = `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/36"}]}`
	after := strings.Replace(before, "Gi1/0/2", "Gi1/0/3-4", 1)
	theirs := slices.Sorted(slices.Values(theirSession))
	at66 := func() []string {
		var lines []string
		for line := range strings.Lines(sw.RunningConfig()) {
			if strings.HasPrefix(line, "monitor session 66 ") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		return slices.Sorted(slices.Values(lines))
	}
	landed := 0
	for taken := 2; taken <= 4; taken++ {
		for line := taken + 1; line <= 5; line++ {
			what := fmt.Sprintf("taken before line %d, killed at line %d", taken, line)
			f.call("PUT", "/sessions/s1", before, 201)
			f.reach("s1", "Active")
			cmd := f.cmd
			sw.OnConfigLine(func(n int) bool {
				switch n {
				case taken:
					sw.Exec(append(append([]string{"configure terminal", "no monitor session 66"}, theirSession...), "end")...)
				case line:
					_ = cmd.Process.Kill()
				}
				return n == line
			})
			_, _ = f.try("PUT", "/sessions/s1", after)
			f.died()
			sw.OnConfigLine(nil)
			dirty := !slices.Equal(at66(), theirs)
			if dirty {
				landed++
			}
			f.startWith()
			f.reach("s1", "Active")
			if got := at66(); !slices.Equal(got, theirs) {
				t.Errorf("%s: session 66 is now\n%s", what, strings.Join(got, "\n"))
			}
			if config := sw.RunningConfig(); !strings.Contains(config, "monitor session 65 source interface Gi1/0/3 - 4") {
				t.Errorf("%s: ours is not under another number:\n%s", what, config)
			}
			if dirty {
				if told := strings.Count(f.call("GET", "/events?limit=500", "", 200).String(), `"NumberTaken"`); told < landed {
					t.Errorf("%s: told %d times of %d", what, told, landed)
				}
			}
			f.call("DELETE", "/sessions/s1", "", 204)
			if got := at66(); !slices.Equal(got, theirs) {
				t.Errorf("%s, deleted: session 66 is now\n%s", what, strings.Join(got, "\n"))
			}
			sw.Exec("configure terminal", "no monitor session 66", "end")
			f.sync()
		}
	}
	if landed == 0 {
		t.Error("no line of ours landed in theirs")
	}
}
