package iosxe

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

func TestWhatIsProvedOnTheFirstDay(t *testing.T) {
	b := startLab(t, nil)
	before := b.sw.RunningConfig()
	told := func() (mirror.Proofs, string) {
		t.Helper()
		p, broken, err := b.conn.Prove(b.ctx())
		if err != nil {
			t.Fatal(err)
		}
		if broken {
			if err := b.sw.SetFaults(lab.Faults{}); err != nil {
				t.Fatal(err)
			}
			b.connect()
		}
		var out strings.Builder
		for _, i := range p.Items {
			out.WriteString(i.Name + " " + string(i.State) + ": " + i.Message + "\n")
		}
		return p, out.String()
	}
	p, text := told()
	for _, want := range []string{"privilege-level True: level 15", "configuration-prompt True: acc-1(config)#", "do-show True", "type-ahead True"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if p.TypeAhead != mirror.TypeAheadAuto {
		t.Errorf("type ahead %q", p.TypeAhead)
	}
	for name, c := range map[string]struct {
		faults lab.Faults
		want   string
		ahead  string
	}{
		"loss":      {lab.Faults{Terminal: lab.TerminalFaults{InputBuffer: 300}}, "type-ahead False: 900 octets", mirror.TypeAheadOff},
		"privilege": {lab.Faults{Replace: []lab.Replacement{{Command: "show privilege", Output: "Current privilege level is 7"}}}, "privilege-level False: level 7", mirror.TypeAheadAuto},
		"do show": {lab.Faults{Refuse: []lab.Refusal{{Line: "^do show", Answer: "     ^\n% Invalid input detected at '^' marker."}}},
			"do-show False", mirror.TypeAheadAuto},
		"no way in": {lab.Faults{Refuse: []lab.Refusal{{Line: "^configure terminal", Answer: "Command authorization failed."}}},
			"configuration False: \"configure terminal\" was answered with \"Command authorization failed.", ""},
	} {
		if c.ahead == mirror.TypeAheadOff { // it takes silence to find out
			b.timeouts = cli.Timeouts{Idle: time.Second, Stall: time.Second}
			b.connect()
			b.timeouts = cli.Timeouts{}
		}
		if err := b.sw.SetFaults(c.faults); err != nil {
			t.Fatal(err)
		}
		p, text := told()
		if !strings.Contains(text, c.want) || p.TypeAhead != c.ahead {
			t.Errorf("%s: %q is missing, or %q is wrong, in\n%s", name, c.want, p.TypeAhead, text)
		}
	}
	if after := b.sw.RunningConfig(); after != before {
		t.Errorf("something changed:\n%s", after)
	}
}
