package lab

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// nexusTerminal is a terminal of an admin whose output is not paged.
func nexusTerminal(t *testing.T, sw *Switch, lines ...string) *term {
	t.Helper()
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`n9# $`)
	for _, l := range append([]string{"terminal length 0"}, lines...) {
		x.send(l + "\n")
		x.until(`\r\n\r\x1b\[Kn9\S*# $`)
	}
	return x
}

func TestNexusFaults(t *testing.T) {
	sw := start(t, oneNexus).Switch("n9")
	faults := func(f Faults) {
		t.Helper()
		if err := sw.SetFaults(f); err != nil {
			t.Fatal(err)
		}
	}
	// Refusals match lines with their words spelled out, too.
	x := nexusTerminal(t, sw, "configure terminal", "monitor session 1")
	faults(Faults{Refuse: []Refusal{{Line: `^source interface `, Answer: "ERROR: no more resources", Times: 1}}})
	x.send("so int e1/1 rx\n")
	x.until(`ERROR: no more resources\r\r\n`)
	if got := spans(sw); got != "monitor session 1\n" {
		t.Errorf("refused, and there is %q", got)
	}
	// The connection is lost at a line, and the session is half made.
	faults(Faults{DropAfterConfigLine: 2})
	x.send("source interface e1/1 rx\nsource interface e1/2 rx\ndestination interface e1/48\n")
	x.eof()
	if got := spans(sw); got != "monitor session 1\n  source interface Ethernet1/1 rx\n  source interface Ethernet1/2 rx\n" {
		t.Errorf("%q", got)
	}
	// Log messages, text in the midst of output, other output.
	faults(Faults{ConsoleLog: true, Noise: []Noise{{Command: `^show version`, Line: "rack 12#", After: 2}}, Replace: []Replacement{{Command: `^show monitor`, Output: "SPAN v2"}}})
	x = nexusTerminal(t, sw, "configure", "monitor session 1")
	x.send("end\n")
	x.until(`%VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin on 127\.0\.0\.1@pts/\d+\r\r\n\r\x1b\[Kn9# $`)
	x.send("show version\nshow monitor session all\n")
	x.until(`(?s)rack 12#\r\r\n.*SPAN v2\r\r\n`)
	// Paging comes with escapes.
	faults(Faults{ForcePaging: true})
	x.send("show running-config\n")
	x.until(`\x1b\[7m--More--\x1b\[27m$`)
	x.send("q")
	x.until(`\r\x1b\[K\r\x1b\[Kn9# $`)
	// Of many lines at once the tail is lost without a word.
	faults(Faults{Terminal: TerminalFaults{InputBuffer: 64}})
	x = nexusTerminal(t, sw, "configure terminal", "vlan 100")
	x.send(strings.Repeat("vlan 11\n", 8) + "vlan 12\n")
	x.until(`(?s)(vlan 11\r\r\n.*){8}\(config-vlan\)# $`)
	if got := told(sw, "show running-config vlan"); !strings.Contains(got, "\nvlan 1,11,100\n") {
		t.Errorf("%s", got)
	}
	// A restart forgets what was not saved.
	sw.Reload()
	x.eof()
	testkit.Eventually(t, testkit.Patience, "the end of the connections", func() bool { return sw.Stats().ConnectionsOpen == 0 })
	if got := spans(sw); got != "" {
		t.Errorf("after a restart: %q", got)
	}
}

// A line of 746 letters is taken, and then nothing more runs in that terminal.
func TestNexusIsDeafBehindALongLine(t *testing.T) {
	sw := start(t, oneNexus).Switch("n9")
	x := nexusTerminal(t, sw, "configure terminal")
	x.send("vlan " + strings.Repeat("1000-1008,", 74) + "2\nvlan 7\n") // 746 letters
	x.until(`vlan 7\r\r\n\r\x1b\[Kn9\(config-vlan\)# $`)
	if got := told(sw, "show running-config vlan"); !strings.Contains(got, "\nvlan 1-2,1000-1008\n") {
		t.Errorf("%s", got)
	}
	nexusTerminal(t, sw, "configure terminal", "vlan 7")
	if got := told(sw, "show running-config vlan"); !strings.Contains(got, "\nvlan 1-2,7,1000-1008\n") {
		t.Errorf("%s", got)
	}
}
