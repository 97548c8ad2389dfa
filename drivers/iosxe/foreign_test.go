package iosxe

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TestTakingBackSparesAnotherHand: between our read and our push somebody makes
// a session under the number that we chose, and the device refuses part of our
// block. What is theirs stays, whatever it is; what is ours goes.
func TestTakingBackSparesAnotherHand(t *testing.T) {
	for name, c := range map[string]struct {
		theirs []string
		refuse string // a pattern of our lines, "" = the device finds one itself
		kept   string
	}{
		"a remote VLAN as destination": {[]string{"monitor session 66 destination remote vlan 999"}, "", "monitor session 66 destination remote vlan 999"},
		"a remote VLAN as source":      {[]string{"monitor session 66 source remote vlan 999"}, "", "monitor session 66 source remote vlan 999"},
		"a filter":                     {[]string{"monitor session 66 filter vlan 10"}, "destination", "monitor session 66 filter vlan 10"},
		"another type":                 {[]string{"monitor session 66 type erspan-source", "description x"}, "", "monitor session 66 type erspan-source\n description x"},
		"another source":               {[]string{"monitor session 66 source interface Gi1/0/30 rx"}, "destination", "monitor session 66 source interface Gi1/0/30 rx"},
	} {
		t.Run(name, func(t *testing.T) {
			b := startLab(t, nil)
			payload, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{create("66", voice)})
			if err != nil {
				t.Fatal(err)
			}
			b.sw.Exec(append(append([]string{"configure terminal"}, c.theirs...), "end")...)
			before := b.sw.RunningConfig()
			if c.refuse != "" {
				if err := b.sw.SetFaults(lab.Faults{Refuse: []lab.Refusal{{Line: c.refuse, Answer: "% No", Times: 1}}}); err != nil {
					t.Fatal(err)
				}
			}
			report, err := b.conn.Push(b.ctx(), "tx", payload)
			if err != nil || report.Blocks[0].Err == nil {
				t.Fatalf("%+v %v", report, err)
			}
			after := b.sw.RunningConfig()
			if !strings.Contains(after, c.kept) {
				t.Errorf("theirs is gone:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

// TestSavingLeavesAnotherHandsWorkUnsaved, however it looks and wherever it
// stands.
func TestSavingLeavesAnotherHandsWorkUnsaved(t *testing.T) {
	spare := local("GigabitEthernet1/0/46", preserve, port("GigabitEthernet1/0/5", mirror.Both))
	for name, work := range map[string]func(b *bench){
		"a line that looks like a prompt": func(b *bench) {
			b.mustPush(create("66", voice))
			b.sw.Exec("configure terminal", "interface Gi1/0/3", "description <core>", "end")
		},
		"a number that we freed": func(b *bench) {
			b.mustPush(create("66", voice))
			b.mustPush(b.remove("66"))
			b.sw.Exec("configure terminal", "monitor session 66 source interface Gi1/0/30 rx", "end")
			b.mustPush(create("65", spare))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := startLab(t, nil)
			if saved, why, err := b.conn.Save(b.ctx(), false, nil); err != nil || !saved {
				t.Fatal(saved, why, err)
			}
			work(b)
			startup := b.sw.StartupConfig()
			b.conn.dirty = true
			b.observe()
			saved, why, err := b.conn.Save(b.ctx(), true, nil)
			if err != nil || saved || !strings.Contains(why, "not saved") || b.sw.StartupConfig() != startup {
				t.Errorf("saved %v, %q, %v", saved, why, err)
			}
		})
	}
}

// TestWhatIsTypedDuringASaveIsTold: another hand types before any command of a save.
// Either its lines are not saved, or it is said that they are, and what they are
// about.
func TestWhatIsTypedDuringASaveIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		typed   []string
		subject string
		saved   func(startup string) bool
	}{
		"lines put in":    {[]string{"interface Gi1/0/9", "description by hand"}, "GigabitEthernet1/0/9", func(s string) bool { return strings.Contains(s, "by hand") }},
		"lines taken out": {[]string{"no monitor session 1"}, "monitor session 1", func(s string) bool { return !strings.Contains(s, "monitor session 1 ") }},
	} {
		typed := func(t *testing.T, typeAhead string) {
			told := 0
			for command, more := 1, true; more; command++ {
				b := startLab(t, nil)
				if b.typeAhead = typeAhead; typeAhead == mirror.TypeAheadOff {
					b.connect()
				}
				b.mustPush(create("66", voice))
				b.observe()
				more = false
				b.sw.OnCommand(func(n int) {
					if n == command {
						more = true
						b.sw.Exec(append(append([]string{"configure terminal"}, c.typed...), "end")...)
					}
				})
				saved, why, err := b.conn.Save(b.ctx(), true, nil)
				b.sw.OnCommand(nil)
				if err != nil {
					t.Fatal(err)
				}
				foreign := c.saved(b.sw.StartupConfig())
				if foreign {
					told++
				}
				switch {
				case !saved && (foreign || !strings.HasPrefix(why, "not saved") || !strings.Contains(why, c.subject)),
					saved && (foreign != strings.Contains(why, c.subject) || foreign != (why != "")):
					t.Errorf("before command %d: saved %v, theirs too %v: %q", command, saved, foreign, why)
				}
			}
			// Line by line it is too late only between the comparison and the save.
			if want := map[string]int{mirror.TypeAheadOff: 1, mirror.TypeAheadAuto: 3}[typeAhead]; told != want {
				t.Errorf("theirs was saved at %d commands, want %d", told, want)
			}
		}
		t.Run(name, func(t *testing.T) { typed(t, mirror.TypeAheadAuto) })
		t.Run(name+", line by line", func(t *testing.T) { typed(t, mirror.TypeAheadOff) })
	}
}

// hands are what a person types about number 66 at one moment of a push.
var hands = map[string][]string{
	"takes the number": {"no monitor session 66", "monitor session 66 source interface Gi1/0/30 rx", "monitor session 66 source interface Gi1/0/31",
		"monitor session 66 filter vlan 120", "monitor session 66 destination interface Gi1/0/32"},
	"types into it": {"monitor session 66 source interface Gi1/0/30 rx", "monitor session 66 filter vlan 110", "monitor session 66 destination interface Gi1/0/32 encapsulation replicate"},
}

// TestAForeignSessionAtAnyLineOfAPushStands: another hand gives the number to a
// session of its own before any line of a push. When the push is over it stands
// byte for byte, and nothing of ours is in it.
func TestAForeignSessionAtAnyLineOfAPushStands(t *testing.T) {
	narrow := filtered(voice, "", 110)
	wide := local("GigabitEthernet1/0/47", preserve, port("GigabitEthernet1/0/2", mirror.Both), port("GigabitEthernet1/0/3", mirror.TX))
	rspan := mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 999, Sources: voice.Sources}
	for name, c := range map[string]struct {
		before, after *mirror.NativeSpec
		hands         []string
	}{
		"create":                 {nil, &narrow, []string{"takes the number"}},
		"change":                 {&voice, &wide, []string{"takes the number"}},
		"a filter is taken away": {&narrow, &voice, []string{"takes the number"}},
		"another kind":           {&voice, &rspan, []string{"takes the number"}},
		"delete":                 {&voice, nil, []string{"takes the number", "types into it"}},
		"delete an RSPAN source": {&rspan, nil, []string{"takes the number"}},
		"delete with a filter":   {&narrow, nil, []string{"takes the number"}},
	} {
		for _, hand := range c.hands {
			t.Run(name+", "+hand, func(t *testing.T) {
				for line := 1; ; line++ {
					if typed := foreignAtLine(t, c.before, c.after, hands[hand], line); !typed {
						if line < 3 {
							t.Errorf("the push has %d lines", line-1)
						}
						return
					}
				}
			})
		}
	}
}

// foreignAtLine makes one push, with a person who types at the given line of it,
// and reports whether the push had that line.
func foreignAtLine(t *testing.T, before, after *mirror.NativeSpec, hand []string, line int) (typed bool) {
	t.Helper()
	b := startLab(t, nil)
	clean := stable(b.sw.RunningConfig())
	var change mirror.Change
	switch {
	case before == nil:
		change = create("66", *after)
	default:
		b.mustPush(create("66", *before))
		if change = b.remove("66"); after != nil {
			change = b.change("66", *after)
		}
	}
	p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{change})
	if err != nil {
		t.Fatal(err)
	}
	b.sw.OnConfigLine(func(n int) bool {
		if n == line {
			typed = true
			b.sw.Exec(append(append([]string{"configure terminal"}, hand...), "end")...)
		}
		return false
	})
	report, err := b.conn.Push(b.ctx(), "tx", p)
	b.sw.OnConfigLine(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !typed {
		return false
	}
	got := stable(b.sw.RunningConfig())
	b.sw.Exec(append(append([]string{"configure terminal", "no monitor session 66"}, hand...), "end")...)
	if want := stable(b.sw.RunningConfig()); got != want {
		t.Errorf("line %d: theirs is (-want +got)\n%s\n%v\n%s", line, cmp.Diff(want, got), report.Blocks[0].Err, strings.Join(b.sent, ""))
	}
	b.sw.Exec("configure terminal", "no monitor session 66", "end")
	if got := stable(b.sw.RunningConfig()); got != clean {
		t.Errorf("line %d: more than theirs is left", line)
	}
	return true
}

// TestADeleteByNumberLooksFirst: where only the number can go, a stranger's session
// that is there when the device looks stays. What cannot be saved is what is typed
// between that look and the line itself.
func TestADeleteByNumberLooksFirst(t *testing.T) {
	tunnel := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: voice.Sources,
		Options: mirror.Options{Collector: "192.0.2.10", ERSPAN: &mirror.ERSPAN{ID: 101, Origin: "192.0.2.1"}}}
	for name, shells := range map[string]bool{"ERSPAN": false, "an empty shell that stays": true} {
		t.Run(name, func(t *testing.T) {
			var destroyed []string
			for line, more := 1, true; more; line++ {
				b := startLab(t, nil)
				spec := tunnel
				if shells {
					spec = voice
				}
				if err := b.sw.SetFaults(lab.Faults{KeepShells: shells}); err != nil {
					t.Fatal(err)
				}
				b.mustPush(create("66", spec))
				p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{b.remove("66")})
				if err != nil {
					t.Fatal(err)
				}
				b.sent, more = nil, false
				b.sw.OnConfigLine(func(n int) bool {
					if n == line {
						more = true
						b.sw.Exec(append(append([]string{"configure terminal"}, hands["takes the number"]...), "end")...)
					}
					return false
				})
				_, err = b.conn.Push(b.ctx(), "tx", p)
				b.sw.OnConfigLine(nil)
				if err != nil {
					t.Fatal(err)
				}
				config, lines := b.sw.RunningConfig(), configLines(b.sent)
				switch {
				case !more && (strings.Contains(config, "monitor session 66") || strings.Contains(b.sw.Exec("show monitor session 66"), "Type")):
					t.Errorf("the session is still there:\n%s", b.sw.Exec("show monitor session 66"))
				case more && strings.Count(config, "monitor session 66 ") != len(hands["takes the number"])-1:
					destroyed = append(destroyed, lines[line-1])
				}
			}
			if !slices.Equal(destroyed, []string{"no monitor session 66"}) {
				t.Errorf("a stranger's session is destroyed when it is typed before %q", destroyed)
			}
		})
	}
}

// configLines are the lines that were sent to configuration mode.
func configLines(sent []string) []string {
	var out []string
	inside := false
	for _, l := range strings.Split(strings.Join(sent, "\n"), "\n") {
		switch l = strings.TrimSpace(l); {
		case l == "configure terminal":
			inside = true
		case strings.HasPrefix(l, "!") || l == "":
		case inside:
			out = append(out, l)
			inside = l != "end"
		}
	}
	return out
}

// The look sees one of the two ways in which a disputed session is shown: a number
// whose other view still holds something is not taken away as an empty shell.
func TestAShellThatTheConfigurationDoesNotCallEmptyStays(t *testing.T) {
	b := startLab(t, nil)
	faults := lab.Faults{KeepShells: true}
	for _, theirs := range []bool{true, false} {
		if err := b.sw.SetFaults(faults); err != nil {
			t.Fatal(err)
		}
		b.mustPush(create("66", voice))
		if theirs {
			shown := faults
			shown.Noise = []lab.Noise{{Command: "^show running-config", Line: "monitor session 66 source interface Gi1/0/7"}}
			if err := b.sw.SetFaults(shown); err != nil {
				t.Fatal(err)
			}
			b.connect() // which reads everything
		}
		b.observe()
		gone := b.remove("66")
		if gone.Before.Disputed != theirs {
			t.Fatalf("%+v", gone.Before)
		}
		gone.Before.Spec = gone.Before.Spec.Within(voice)
		b.sent = nil
		results := b.push(gone)
		number := slices.Contains(configLines(b.sent), "no monitor session 66")
		if results[0].Err != nil || number == theirs || (results[0].Stranger != nil) != theirs {
			t.Errorf("theirs %v: the number was taken away %v, %+v", theirs, number, results)
		}
		if err := b.sw.SetFaults(faults); err != nil {
			t.Fatal(err)
		}
		b.sw.Exec("configure terminal", "no monitor session 66", "end")
		b.connect()
	}
}
