package eos

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	want := []difference{
		{line: "monitor session nm-abcdefghij source Ethernet1 both"},
		{line: "monitor session old destination Ethernet9", gone: true},
		{line: "monitor session default encapsulation gre payload inner-packet"},
		{block: "interface Ethernet10", line: "no switchport", gone: true},
		{block: "interface Ethernet10", line: "description oops"},
		{line: "mtu 9000", inner: true},
		{line: "snmp-server community secret ro"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(difference{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	var sessions, subjects []string
	for _, d := range got {
		sessions, subjects = append(sessions, d.session()), append(subjects, d.subject())
	}
	if want := []string{"nm-abcdefghij", "old", "", "", "", "", ""}; !slices.Equal(sessions, want) {
		t.Errorf("sessions %q", sessions)
	}
	if want := []string{"monitor session nm-abcdefghij", "monitor session old", "monitor", "interface Ethernet10", "interface Ethernet10", "mtu", "snmp-server"}; !slices.Equal(subjects, want) {
		t.Errorf("subjects %q", subjects)
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
