package iosxe

import (
	"errors"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestWhatASwitchSaysOfALine(t *testing.T) {
	for answer, want := range map[string]struct{ refused, later bool }{
		"": {},
		"% Applying VLAN changes may take few minutes.  Please wait...":                               {},
		"%Warning: portfast has been configured on GigabitEthernet1/0/1":                              {},
		"% Access VLAN does not exist. Creating vlan 900":                                             {},
		"% Invalid input detected at '^' marker.":                                                     {refused: true},
		"% Applying VLAN changes may take few minutes.  Please wait...\n% Invalid input detected":     {refused: true},
		"Configuration mode is locked by process '101' user 'x' from terminal '1'. Please try later.": {refused: true, later: true},
		"% Config update in progress; please wait and retry":                                          {refused: true, later: true},
		"Configuration rejected due to previous vlan change is in process, please try later":          {refused: true, later: true},
		"% Interface(s) Gi1/0/9 is in use as monitor destination":                                     {refused: true},
		"a remark that nobody knows":                                                                  {},
		"*Mar  1 00:01:02.003: %SYS-5-CONFIG_I: Configured from console by vty0":                      {},
	} {
		if _, refused := refusal(answer); refused != want.refused || text.Says(answer, later) != want.later {
			t.Errorf("%q: refused %v, later %v", answer, refused, text.Says(answer, later))
		}
	}
}

// A switch that is busy has not refused: the kind says so, and its words; a
// remark that is in no table is shown.
func TestABusySwitchAndARemark(t *testing.T) {
	b := startLab(t, nil)
	b.observe()
	faults := func(line, answer string) {
		t.Helper()
		if err := b.sw.UpdateFaults(func(f *lab.Faults) { f.Refuse = []lab.Refusal{{Line: line, Answer: answer, Times: 1}} }); err != nil {
			t.Fatal(err)
		}
	}
	before := b.sw.RunningConfig()
	for _, line := range []string{"^configure terminal$", "destination interface"} {
		faults(line, "Configuration mode is locked by process '101' user 'x' from terminal '1'. Please try later.")
		r := b.push(create("66", voice))[0]
		if d := (*mirror.DeviceError)(nil); !errors.Is(r.Err, mirror.ErrBusy) || !errors.As(r.Err, &d) || !strings.Contains(d.Answer, "locked by process") {
			t.Errorf("%s: %v", line, r.Err)
		}
		if after := b.sw.RunningConfig(); after != before {
			t.Errorf("%s: something stays:\n%s", line, after)
		}
	}
	faults("! never", "x")
	if err := b.sw.UpdateFaults(func(f *lab.Faults) {
		f.Refuse = nil
		f.Replace = []lab.Replacement{{Command: "destination interface", Output: "the moon is full"}}
	}); err != nil {
		t.Fatal(err)
	}
	if r := b.push(create("66", voice))[0]; r.Err != nil || !strings.Contains(r.Answer, "the moon is full") {
		t.Errorf("%q, %v", r.Answer, r.Err)
	}
}

// Startup was written by another version: the save that asks is answered, and
// whatever else asks is not.
func TestASaveThatAsks(t *testing.T) {
	for question, saves := range map[string]bool{
		"Overwrite the previous NVRAM configuration?[confirm]":          true,
		"Warning: startup is write-protected. Erase it first?[confirm]": false,
	} {
		b := startLab(t, nil)
		b.typeAhead = mirror.TypeAheadOff
		b.connect()
		b.observe()
		if err := b.sw.UpdateFaults(func(f *lab.Faults) {
			f.Terminal.Questions = []lab.Question{{Line: "^write memory$", Prompt: question, AnyKey: true}}
		}); err != nil {
			t.Fatal(err)
		}
		before := b.sw.Stats().Saves
		saved, why, err := b.conn.Save(b.ctx(), true, nil)
		if saved != saves || (err == nil) != saves || b.sw.Stats().Saves > before != saves {
			t.Errorf("%q: saved %v (%d), %q, %v", question, saved, b.sw.Stats().Saves-before, why, err)
		}
		if !saves && !strings.Contains(err.Error(), question) {
			t.Errorf("the error lacks the question: %v", err)
		}
	}
}
