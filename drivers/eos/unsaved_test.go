package eos

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

const someDiffs = `--- flash:/startup-config
+++ system:/running-config
@@ -1,4 +1,4 @@
-! device: leaf1 (cEOSLab, EOS-4.34.1F)
+! device: sw1 (cEOSLab, EOS-4.34.1F)
 !
 no aaa root
@@ -18,6 +18,9 @@
 !
+monitor session nm-abcdefghij source Ethernet1 both
-monitor session old destination Ethernet9
+monitor session default encapsulation gre payload inner-packet
 !
 interface Ethernet10
-   no switchport
+   description oops
@@ -70,7 +73,8 @@
    no shutdown
+   mtu 9000
 !
+snmp-server community secret ro
`

func TestUnsavedLines(t *testing.T) {
	got, err := parseDiffs(someDiffs)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		line    console.Difference
		session string
		subject string
	}{
		{console.Difference{Line: "+monitor session nm-abcdefghij source Ethernet1 both"}, "nm-abcdefghij", `"monitor session nm-abcdefghij"`},
		{console.Difference{Line: "-monitor session old destination Ethernet9"}, "old", `"monitor session old"`},
		{console.Difference{Line: "+monitor session default encapsulation gre payload inner-packet"}, "", `"monitor session default encapsulation gre payload inner-packet"`},
		{console.Difference{Block: "interface Ethernet10", Line: "-no switchport"}, "", `"interface Ethernet10"`},
		{console.Difference{Block: "interface Ethernet10", Line: "+description oops"}, "", `"interface Ethernet10"`},
		{console.Difference{Block: notShown, Line: "+mtu 9000"}, "", `"mtu"`},
		{console.Difference{Line: "+snmp-server community secret ro"}, "", `"snmp-server"`},
	} {
		if i >= len(got) || got[i] != want.line {
			t.Fatalf("line %d of %+v, want %+v", i+1, got, want.line)
		}
		if a := about(got[i]); a.Session != want.session || a.Subject != want.subject {
			t.Errorf("%+v is about %+v", got[i], a)
		}
	}
}

func TestLinesOfAConfiguration(t *testing.T) {
	got := configLines("! Command: show startup-config\n! Startup-config last modified at  Fri Nov 28 14:00:00 2026 by admin\nhostname sw1\n!\ninterface Ethernet1\n   shutdown\n!\nmonitor session a source Ethernet1\nend\n")
	want := map[console.Difference]int{{Line: "hostname sw1"}: 1, {Line: "interface Ethernet1"}: 1, {Block: "interface Ethernet1", Line: "shutdown"}: 1, {Line: "monitor session a source Ethernet1"}: 1}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := configLines("% Authorization denied for command 'show startup-config'"); len(got) > 0 {
		t.Errorf("a refusal has lines: %v", got)
	}
}

func TestWhatIsNoDifference(t *testing.T) {
	if got, err := parseDiffs("\r\n"); err != nil || len(got) > 0 {
		t.Errorf("equal configurations: %v, %v", got, err)
	}
	for _, text := range []string{"% Invalid input", "--- flash:/startup-config\n", "+++ a\n--- b\n", "--- a\n+++ b\n@@ -1 +1 @@\nhostname a\n", "+monitor session a source Ethernet1"} {
		if got, err := parseDiffs(text); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v, %v, want ErrParse", text, got, err)
		}
	}
}
