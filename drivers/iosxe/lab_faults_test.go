package iosxe

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A block refused at any line leaves nothing: byte for byte the configuration
// of before, and the device's words.
func TestRefusedBlockLeavesNothing(t *testing.T) {
	tunnel := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", mirror.RX)},
		Options: mirror.Options{Collector: "192.0.2.10", ERSPAN: &mirror.ERSPAN{ID: 101, Origin: "192.0.2.1"}}}
	tunnel2 := tunnel.Normalize()
	tunnel2.Sources = []mirror.NativeSource{port("GigabitEthernet1/0/4", mirror.RX)}
	tunnel2.Options.Collector = "192.0.2.99"
	for name, c := range map[string]struct {
		before  *mirror.NativeSpec
		after   mirror.NativeSpec
		refuse  string
		answer  string
		answers string
	}{
		"first line": {nil, voice, "source interface GigabitEthernet1/0/1 both", "% Local Session limit has been exceeded", "limit has been exceeded"},
		"middle":     {nil, voice, "GigabitEthernet1/0/2 rx", "% Interface(s) Gi1/0/2 already configured as monitor destinations", "already configured"},
		"last":       {nil, voice, "destination interface", "Only NGIO switch is supported for Local SPAN.\nSPAN Session Validation failed.", "Only NGIO switch"},
		"change":     {&voice, local("GigabitEthernet1/0/48", strip, port("GigabitEthernet1/0/1", mirror.TX)), "^monitor session 66 destination", "% Only one Dst port is supported\nSPAN Session Validation failed.", "Only one Dst port"},
		"removal": {&voice, local("GigabitEthernet1/0/48", strip, port("GigabitEthernet1/0/1", mirror.TX)), "^no monitor session 66 destination",
			"% Not now", "Not now"}, // leaves two destinations with two options, which no single line undoes
		"erspan mode":       {nil, tunnel, "type erspan-source", "% Invalid input detected at '^' marker.", "Invalid input"},
		"erspan inner":      {nil, tunnel, "ip address 192", "% Bad address", "Bad address"},
		"erspan last":       {nil, tunnel, "^no shutdown", "% Not now", "Not now"},
		"erspan change":     {&tunnel, tunnel2, "ip address 192.0.2.99", "% Bad address", "Bad address"},
		"local to erspan":   {&voice, tunnel, "ip address 192", "% Bad address", "Bad address"},
		"delete is refused": {&voice, mirror.NativeSpec{}, "^no monitor session 66", "% Session 66 Used by Service Module", "Service Module"},
	} {
		t.Run(name, func(t *testing.T) {
			b := startLab(t, nil)
			change := create("66", c.after)
			if c.before != nil {
				b.mustPush(create("66", *c.before))
				change = b.change("66", c.after)
				if c.after.Role == "" {
					change = b.remove("66")
				}
			}
			b.observe()
			before := b.sw.RunningConfig()
			if err := b.sw.SetFaults(lab.Faults{Refuse: []lab.Refusal{{Line: c.refuse, Answer: c.answer, Times: 1}}}); err != nil {
				t.Fatal(err)
			}
			other := local("GigabitEthernet1/0/40", strip, port("GigabitEthernet1/0/41", mirror.RX))
			results := b.push(change, create("65", other))
			var said *mirror.DeviceError
			if err := results[0].Err; !errors.As(err, &said) || !errors.Is(err, mirror.ErrRejected) || !strings.Contains(said.Answer, c.answers) || strings.Contains(err.Error(), "taking session") {
				t.Fatalf("%v", err)
			}
			if results[1].Err != nil {
				t.Errorf("the block behind it: %v", results[1].Err)
			}
			b.holds("65", other)
			b.mustPush(b.remove("65"))
			if d := cmp.Diff(before, b.sw.RunningConfig()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// What another hand put under the same number between the read and the push
// stays when the block is refused.
func TestRefusedCreateSparesWhatAnotherHandPutThere(t *testing.T) {
	b := startLab(t, nil)
	payload, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{create("66", voice)})
	if err != nil {
		t.Fatal(err)
	}
	b.sw.Exec("configure terminal", "monitor session 66 source interface Gi1/0/30 rx", "end")
	theirs := b.sw.RunningConfig()
	if err := b.sw.SetFaults(lab.Faults{Refuse: []lab.Refusal{{Line: "destination", Answer: "% No", Times: 1}}}); err != nil {
		t.Fatal(err)
	}
	report, err := b.conn.Push(b.ctx(), "tx", payload)
	if err != nil || report.Blocks[0].Err == nil || strings.Contains(report.Blocks[0].Err.Error(), "taking session") {
		t.Fatalf("%+v, %v", report, err)
	}
	if d := cmp.Diff(theirs, b.sw.RunningConfig()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The connection is cut at every line; a new one finds what is there and leads
// it to what was wanted.
func TestConnectionLostAtEveryLineIsRepairedByTheNextRun(t *testing.T) {
	after := filtered(local("GigabitEthernet1/0/48", preserve, port("GigabitEthernet1/0/1", mirror.TX), port("GigabitEthernet1/0/7", mirror.RX)), "voice", 110)
	for _, drop := range []string{"before", "after"} {
		for line := 1; line <= 9; line++ {
			b := startLab(t, nil)
			b.mustPush(create("66", voice))
			change := b.change("66", after)
			payload, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{change})
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Count(payload.Blocks[0].Text, "\n")
			if line > lines {
				break
			}
			faults := lab.Faults{DropAtConfigLine: line}
			if drop == "after" {
				faults = lab.Faults{DropAfterConfigLine: line}
			}
			if err := b.sw.SetFaults(faults); err != nil {
				t.Fatal(err)
			}
			_, err = b.conn.Push(b.ctx(), "tx", payload)
			if !errors.Is(err, mirror.ErrUnreachable) {
				t.Fatalf("%s line %d: %v", drop, line, err)
			}
			b.connect()
			// With everything removed and nothing added yet there is no session.
			now := find(b.observe().Natives, "66")
			if now != nil && now.Opaque != "" {
				t.Fatalf("%s line %d: opaque: %s", drop, line, now.Opaque)
			}
			b.mustPush(mirror.Change{Mark: "m", Before: now, After: native("66", after)})
			b.holds("66", after)
		}
	}
}

// Output that is not understood is an error, not an empty switch; the next read
// is a whole one.
func TestOutputThatIsNotUnderstoodIsAnError(t *testing.T) {
	b := startLab(t, nil)
	b.observe()
	for _, output := range []string{"the control plane is busy", "Session 1\n---------\n", "% Invalid input detected at '^' marker."} {
		if err := b.sw.SetFaults(lab.Faults{Replace: []lab.Replacement{{Command: "show monitor", Output: output}}}); err != nil {
			t.Fatal(err)
		}
		o, err := b.conn.reread(b.ctx())
		if err == nil || len(o.Natives) != 0 || !errors.Is(err, mirror.ErrParse) && !errors.Is(err, mirror.ErrRejected) {
			t.Errorf("%q: %+v, %v", output, o, err)
		}
	}
	if err := b.sw.SetFaults(lab.Faults{}); err != nil {
		t.Fatal(err)
	}
	if n := b.observe().Natives; len(n) != 1 {
		t.Errorf("afterwards: %+v", n)
	}
}

// "Accepts the configuration and is not in the hardware" is told in the
// device's words, and noticed when it ends, without a whole read.
func TestProgrammed(t *testing.T) {
	b := startLab(t, nil)
	if err := b.sw.SetFaults(lab.Faults{NotProgrammed: true}); err != nil {
		t.Fatal(err)
	}
	b.mustPush(create("66", voice))
	if n := b.session("66"); n.Programmed != mirror.False || n.ProgrammedReason != "FED Session NotMapped" {
		t.Errorf("%s: %s", n.Programmed, n.ProgrammedReason)
	}
	if err := b.sw.SetFaults(lab.Faults{}); err != nil {
		t.Fatal(err)
	}
	if n := b.session("66"); n.Programmed != mirror.True {
		t.Errorf("%s: %s", n.Programmed, n.ProgrammedReason)
	}
	if last := b.sent[len(b.sent)-1]; strings.Contains(last, "running-config") {
		t.Errorf("a whole read for it: %q", last)
	}
}

func TestNoiseInTheTerminal(t *testing.T) {
	b := startLab(t, nil)
	if err := b.sw.SetFaults(lab.Faults{ConsoleLog: true, Noise: []lab.Noise{{Command: "show monitor", Line: "rack 12#", After: 3}}}); err != nil {
		t.Fatal(err)
	}
	b.mustPush(create("66", voice))
	b.holds("66", voice)
}

// Nothing but lines of a session is ever sent.
func TestBlocksOfOtherThingsAreNotSent(t *testing.T) {
	b := startLab(t, nil)
	before := b.sw.RunningConfig()
	for _, text := range []string{"reload\n", "hostname x\n", "monitor session 66 source interface Gi1/0/1 rx\nmonitor session 65 source interface Gi1/0/2 rx\n",
		"monitor session 66 source interface Gi1/0/1 rx\nhostname x\n", "no monitor session all\n"} {
		report, err := b.conn.Push(b.ctx(), "tx", mirror.Payload{Format: format, Blocks: []mirror.Block{{Change: create("66", voice), Text: text}}})
		if err != nil || len(report.Blocks) != 1 || !errors.Is(report.Blocks[0].Err, mirror.ErrInvalid) {
			t.Errorf("%q: %+v, %v", text, report, err)
		}
	}
	if _, err := b.conn.Push(b.ctx(), "tx", mirror.Payload{Format: "ovsdb"}); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("another format: %v", err)
	}
	if d := cmp.Diff(before, b.sw.RunningConfig()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
