package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
)

// many is a session of n ports, all in lines of their own: every other port, in
// alternating directions.
func many(n int) string {
	var sources []string
	for i := range n {
		sources = append(sources, fmt.Sprintf(`{"device":"acc-1","interface":"Gi1/0/%d","direction":%q}`, 3+2*i%18, []string{"rx", "tx"}[i%2]))
	}
	return `{"sources":[` + strings.Join(sources, ",") + `],"destinations":[{"device":"acc-1","interface":"Gi1/0/23"}]}`
}

// TestASwitchThatLosesWhatIsTypedAhead: whatever its input buffer holds, the
// session stands in the end as it does on a switch that loses nothing, no line
// of it or beside it is another, and the device's status says why it is typed
// to line by line.
func TestASwitchThatLosesWhatIsTypedAhead(t *testing.T) {
	t.Parallel()
	buffers := []int{128, 900}
	if os.Getenv("NETMIRROR_FAULTS") != "" {
		buffers = []int{128, 256, 512, 900, 4096}
	}
	for _, buffer := range buffers {
		t.Run(fmt.Sprint(buffer), func(t *testing.T) {
			t.Parallel()
			c := newCampus(t, "--resync", "1h")
			before := c.acc.RunningConfig()
			c.call("POST", "/devices/acc-1:sync", "", 200)
			c.call("PUT", "/sessions/whole", many(8), 201)
			want := c.acc.RunningConfig()
			c.call("DELETE", "/sessions/whole", "", 204)
			if err := c.acc.UpdateFaults(func(f *lab.Faults) { f.Terminal.InputBuffer = buffer }); err != nil {
				t.Fatal(err)
			}
			c.call("PUT", "/sessions/lost", many(8), 201)
			c.reach("lost", "Active")
			if got := c.acc.RunningConfig(); got != want {
				t.Errorf("the switch holds another session:\n%s", lineDiff(want, got))
			}
			if c.acc.StartupConfig() != c.acc.RunningConfig() {
				t.Error("it was not saved")
			}
			var device struct {
				Status struct {
					Transport *struct{ TypeAhead, Reason string }
				}
			}
			c.call("GET", "/devices/acc-1", "", 200).into(t, &device)
			told := device.Status.Transport
			if fell := told != nil; fell != (buffer < 900) {
				t.Errorf("fell back: %v, %+v", fell, told)
			} else if fell && (told.TypeAhead != "off" || !strings.Contains(told.Reason, "input typed ahead was lost")) {
				t.Errorf("the status says %+v", *told)
			}
			c.call("DELETE", "/sessions/lost", "", 204)
			if after := c.acc.RunningConfig(); after != before {
				t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
			}
		})
	}
}

// TestTheFirstDayCheckFindsALossyTerminal, decides how the switch is typed to,
// and finds out when that is over.
func TestTheFirstDayCheckFindsALossyTerminal(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	before := c.acc.RunningConfig()
	check := func() (ok bool, items map[string]string) {
		var got struct {
			OK    bool
			Items []struct{ Name, State, Message string }
		}
		c.call("POST", "/devices/acc-1:check", "", 200).into(t, &got)
		items = map[string]string{}
		for _, i := range got.Items {
			items[i.Name] = i.State + " " + i.Message
		}
		return got.OK, items
	}
	ahead := func() string {
		var device struct {
			Status struct {
				Transport *struct{ TypeAhead, Reason string }
			}
		}
		c.call("GET", "/devices/acc-1", "", 200).into(t, &device)
		if device.Status.Transport == nil {
			return ""
		}
		return device.Status.Transport.TypeAhead + " " + device.Status.Transport.Reason
	}
	for _, round := range []struct {
		buffer     int
		ok         bool
		item, says string
	}{{4096, true, "True ", ""}, {256, false, "False ", "off "}, {4096, true, "True ", ""}} {
		if err := c.acc.UpdateFaults(func(f *lab.Faults) { f.Terminal.InputBuffer = round.buffer }); err != nil {
			t.Fatal(err)
		}
		ok, items := check()
		if ok != round.ok || !strings.HasPrefix(items["type-ahead"], round.item) || !strings.HasPrefix(ahead(), round.says) || (ahead() == "") != (round.says == "") {
			t.Errorf("buffer of %d: ok %v, %q; status %q", round.buffer, ok, items, ahead())
		}
		for _, name := range []string{"privilege-level", "configuration-prompt", "do-show"} {
			if !strings.HasPrefix(items[name], "True ") {
				t.Errorf("%s: %q", name, items[name])
			}
		}
	}
	if after := c.acc.RunningConfig(); after != before {
		t.Errorf("the check changed something:\n%s", lineDiff(before, after))
	}
}

// TestACommandLineWithHabits: echoes that come early, a broadcast without a new
// prompt, and a server that is asked about each command disturb nothing.
func TestACommandLineWithHabits(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	c.call("POST", "/devices/acc-1:sync", "", 200)
	before := c.acc.RunningConfig()
	shutdown := "***\n*** --- SHUTDOWN in 0:05:00 ---\n***"
	c.acc.SetTiming(lab.Timing{Authorization: lab.Duration(5e6)})
	for name, f := range map[string]lab.TerminalFaults{
		"early echo": {EarlyEcho: "behind"},
		"all of it":  {EarlyEcho: "all"},
		"broadcast":  {Broadcasts: []lab.Broadcast{{Before: "^monitor session 66 source", Text: shutdown, Times: 1}}},
		"at a look":  {Broadcasts: []lab.Broadcast{{Before: "^do show", Text: shutdown, Times: 1}}},
	} {
		if err := c.acc.UpdateFaults(func(all *lab.Faults) { all.Terminal = f }); err != nil {
			t.Fatal(err)
		}
		c.call("PUT", "/sessions/phones", phones, 201)
		c.reach("phones", "Active")
		c.call("DELETE", "/sessions/phones", "", 204)
		if after := c.acc.RunningConfig(); after != before {
			t.Errorf("%s: the switch is not as it was:\n%s", name, lineDiff(before, after))
		}
		if got := c.call("GET", "/devices/acc-1", "", 200).String(); strings.Contains(got, "input typed ahead was lost") {
			t.Errorf("%s: taken for a loss: %s", name, got)
		}
	}
}

// TestOctetsLostInTheMiddleOfAPush join two lines, or change one: what that makes
// of the session, and of anything else, does not stay.
func TestOctetsLostInTheMiddleOfAPush(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	before := c.acc.RunningConfig()
	c.call("PUT", "/sessions/whole", many(6), 201)
	want := c.acc.RunningConfig()
	c.call("DELETE", "/sessions/whole", "", 204)
	offsets := []int{95, 161, 240}
	if os.Getenv("NETMIRROR_FAULTS") != "" {
		offsets = nil
		for at := 20; at < 600; at += 29 {
			offsets = append(offsets, at)
		}
	}
	fell := 0
	for _, at := range offsets {
		c.call("POST", "/devices/acc-1:check", "", 200) // it may be typed ahead again
		if err := c.acc.UpdateFaults(func(f *lab.Faults) { f.Terminal.LoseFrom, f.Terminal.LoseBytes = at, 11 }); err != nil {
			t.Fatal(err)
		}
		c.call("PUT", "/sessions/lost", many(6), 201)
		c.reach("lost", "Active")
		if got := c.acc.RunningConfig(); got != want {
			t.Errorf("lost at %d: the switch holds another session:\n%s", at, lineDiff(want, got))
		}
		if strings.Contains(c.call("GET", "/devices/acc-1", "", 200).String(), "input typed ahead was lost") {
			fell++
		}
		c.call("DELETE", "/sessions/lost", "", 204)
		if after := c.acc.RunningConfig(); after != before {
			t.Errorf("lost at %d: the switch is not as it was:\n%s", at, lineDiff(before, after))
		}
	}
	if fell == 0 {
		t.Error("nothing was lost that mattered: the test proves nothing")
	}
}
