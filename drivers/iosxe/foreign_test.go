package iosxe

import (
	"strings"
	"testing"

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
			if err != nil || saved || !strings.Contains(why, ReasonForeignUnsaved) || b.sw.StartupConfig() != startup {
				t.Errorf("saved %v, %q, %v", saved, why, err)
			}
		})
	}
}
