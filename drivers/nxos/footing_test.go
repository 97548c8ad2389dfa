package nxos

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// prepares is the change that makes a port one for copies; the ledger has its former state.
func (b *bench) prepares(name mirror.PortName) mirror.Change {
	b.t.Helper()
	p, _ := b.observe().Port(name)
	f := mirror.Footing{Kind: mirror.FootingPort, Port: name, Setup: &mirror.PortSetup{Monitor: true, Up: p.Admin == mirror.False, Former: p.Stanza}}
	return mirror.Change{Mark: "nm-port", After: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
}

func undo(c mirror.Change) mirror.Change {
	return mirror.Change{Mark: c.Mark, Before: c.After, After: c.Before}
}

// A port becomes one for copies, whatever it was, and is put back: a routed one with the
// lines that go with its address, one that was shut down shut down.
func TestPortsForCopies(t *testing.T) {
	b := startLab(t, "")
	b.typed("interface Ethernet1/21", "no switchport", "vrf member tools", "ip address 203.0.113.1/30")
	for name, lines := range map[mirror.PortName]string{"Ethernet1/21": "  switchport monitor\n", "Ethernet1/30": "  switchport monitor\n", "Ethernet1/23": "  switchport monitor\n", "port-channel1": "  switchport monitor\n", "Ethernet1/22": "  switchport monitor\n"} {
		before := b.sw.RunningConfig()
		change := b.prepares(name)
		b.mustPush(change)
		got := b.part("interface " + string(name))
		if p, _ := b.observe().Port(name); !p.Monitor || p.Admin != mirror.True || !strings.Contains(got, lines) || strings.Contains(got, "shutdown\n") {
			t.Errorf("%s is\n%s", name, got)
		}
		b.mustPush(undo(change))
		if got := b.sw.RunningConfig(); got != before {
			t.Errorf("%s is put back as\n%s", name, b.part("interface "+string(name)))
		}
	}
}

// What goes with the address of a routed port is put back behind it; whether a switch
// keeps it meanwhile is not known.
func TestLinesOfAPort(t *testing.T) {
	f := mirror.Footing{Kind: mirror.FootingPort, Port: "Ethernet1/21", Setup: &mirror.PortSetup{Monitor: true, Up: true,
		Former: "description to core\nno switchport\nvrf member tools\nip address 203.0.113.1/30\nipv6 address 2001:db8::1/64\nshutdown"}}
	n := &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}
	const head = "interface Ethernet1/21\n"
	for _, c := range []struct {
		before, after *mirror.NativeSession
		want          string
	}{
		{nil, n, head + "  switchport\n  switchport monitor\n" + head + "  no shutdown\n"},
		{n, nil, head + "  no switchport monitor\n  no switchport\n  vrf member tools\n  ip address 203.0.113.1/30\n  ipv6 address 2001:db8::1/64\n" + head + "  shutdown\n"},
	} {
		if got := written(t, n9k, c.before, c.after); got != c.want {
			t.Errorf("%s", got)
		}
	}
}

// Whichever line of it is refused, the port is as it was.
func TestARefusedPort(t *testing.T) {
	b := startLab(t, "")
	b.typed("interface Ethernet1/21", "no switchport", "ip address 203.0.113.1/30")
	before := b.sw.RunningConfig()
	change := b.prepares("Ethernet1/21")
	refused := func(line string, c mirror.Change) {
		t.Helper()
		was := b.sw.RunningConfig()
		if err := b.sw.UpdateFaults(refuse("^"+line+"$", "ERROR: no")); err != nil {
			t.Fatal(err)
		}
		if r := b.push(c).Blocks[0]; r.Err == nil || !strings.Contains(r.Err.Error(), "ERROR: no") {
			t.Errorf("%q: %v", line, r.Err)
		}
		if got := b.sw.RunningConfig(); got != was {
			t.Errorf("%q left\n%s", line, b.part("interface Ethernet1/21"))
		}
	}
	for _, line := range []string{"switchport", "switchport monitor"} {
		refused(line, change)
	}
	b.mustPush(change)
	for _, line := range []string{"no switchport monitor", "no switchport", "ip address 203.0.113.1/30"} {
		refused(line, undo(change))
	}
	b.mustPush(undo(change))
	if got := b.sw.RunningConfig(); got != before {
		t.Errorf("in the end\n%s", b.part("interface Ethernet1/21"))
	}
}

// The address of the switch goes with the last of our sessions, and not from under
// another's.
func TestTheOriginOfASwitch(t *testing.T) {
	b := startLab(t, "")
	before := b.sw.RunningConfig()
	f := mirror.Footing{Kind: mirror.FootingOrigin, Name: "192.0.2.1", Made: true}
	origin := mirror.Change{Mark: "nm-origin", After: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
	b.mustPush(origin)
	if is, there := b.observe().Footing(mirror.FootingOrigin, "192.0.2.1"); !there || !strings.Contains(b.sw.RunningConfig(), "\nmonitor erspan origin ip-address 192.0.2.1 global\n") {
		t.Errorf("%+v", is)
	}
	b.typed("monitor session 9 type erspan-source", "erspan-id 9", "vrf default", "destination ip 198.51.100.9", "source interface Ethernet1/3", "no shut")
	if r := b.push(undo(origin)).Blocks[0]; r.Err == nil {
		t.Errorf("the address goes from under another's session:\n%s", b.sw.RunningConfig())
	}
	b.typed("no monitor session 9")
	b.mustPush(undo(origin))
	if got := b.sw.RunningConfig(); got != before {
		t.Errorf("in the end\n%s", got)
	}
}
