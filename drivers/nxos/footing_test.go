package nxos

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/console"
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

// A routed port gets back what it lost, and nothing else: lines with those below them, each
// of which is typed in the mode of its own, and left again.
func TestLinesOfAPort(t *testing.T) {
	const former = `description to core
no switchport
mtu 9216
vrf member tools
no ip redirects
ip address 203.0.113.1/30
hsrp version 2
hsrp 1
  preempt
  ip 203.0.113.2
hsrp 2 ipv6
  track
    ip 2001:db8::3
  ip 2001:db8::2
vrrp 7
  shutdown
ip router ospf 1 area 0.0.0.0
speed 10000
shutdown`
	f := mirror.Footing{Kind: mirror.FootingPort, Port: "Ethernet1/21", Setup: &mirror.PortSetup{Monitor: true, Up: true, Former: former}}
	n := &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}
	const head = "interface Ethernet1/21\n"
	if got := written(t, n9k, nil, n); got != head+"  switchport\n  switchport monitor\n"+head+"  no shutdown\n" {
		t.Errorf("prepared by\n%s", got)
	}
	routed := strings.NewReplacer("\nshutdown", "\nno shutdown\nswitchport monitor", "no switchport\n", "", "description to core", "description from another hand").Replace(former)
	without := func(lines ...string) string {
		out := routed
		for _, l := range lines {
			out = strings.Replace(out, l+"\n", "", 1)
		}
		return out
	}
	rest := `  no ip redirects
  ip address 203.0.113.1/30
  hsrp version 2
  hsrp 1
    preempt
    ip 203.0.113.2
    exit
  hsrp 2 ipv6
    track
      ip 2001:db8::3
      exit
    ip 2001:db8::2
    exit
  vrrp 7
    shutdown
    exit
  ip router ospf 1 area 0.0.0.0
`
	for name, c := range map[string]struct{ now, want string }{
		"all is lost":              {"switchport monitor", "  mtu 9216\n  vrf member tools\n" + rest},
		"nothing is lost":          {routed, ""},
		"a VRF takes all with it":  {without("vrf member tools"), "  vrf member tools\n" + rest},
		"a line of a group":        {without("  ip 203.0.113.2"), "  hsrp 1\n    ip 203.0.113.2\n    exit\n"},
		"a line two modes deep":    {without("    ip 2001:db8::3"), "  hsrp 2 ipv6\n    track\n      ip 2001:db8::3\n      exit\n    exit\n"},
		"what others took is gone": {without("description from another hand", "speed 10000"), ""},
		"lines that are denied":    {without("no ip redirects"), "  no ip redirects\n"},
	} {
		o := mirror.Observation{Ports: []mirror.Port{{Name: "Ethernet1/21", Monitor: true, Stanza: c.now}}}
		p, err := Render(n9k, o, []mirror.Change{{Mark: "nm-port", Before: n}})
		if err != nil {
			t.Fatal(name, err)
		}
		if got, want := p.Blocks[0].Text, head+"  no switchport monitor\n  no switchport\n"+c.want+head+"  shutdown\n"; got != want {
			t.Errorf("%s:\n%s, want\n%s", name, got, want)
		}
	}
	f.Setup.Former = strings.Replace(former, "no switchport\n", "", 1)
	if got := written(t, n9k, &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}, nil); got != head+"  no switchport monitor\n"+head+"  shutdown\n" {
		t.Errorf("a switched port is put back by\n%s", got)
	}
}

// Only the former lines of the port are sent, each where it stood.
func TestLinesThatGoBack(t *testing.T) {
	f := mirror.Footing{Kind: mirror.FootingPort, Port: "Ethernet1/21", Setup: &mirror.PortSetup{Monitor: true, Former: "no switchport\nhsrp 1\n  ip 203.0.113.2\nip address 203.0.113.1/30"}}
	c := mirror.Change{Mark: "nm-port", Before: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
	const head = "interface Ethernet1/21\n"
	for text, good := range map[string]bool{
		head + "  hsrp 1\n    ip 203.0.113.2\n    exit\n  ip address 203.0.113.1/30\n": true,
		head + "  ip 203.0.113.2\n":                           false,
		head + "  hsrp 1\n    ip 203.0.113.9\n":               false,
		head + "  hsrp 1\n    ip address 203.0.113.1/30\n":    false,
		head + "  hsrp 2\n    ip 203.0.113.2\n":               false,
		head + "  exit\n":                                     false,
		"interface Ethernet1/22\n  ip address 203.0.113.1/30": false,
	} {
		if err := driver.Vet(mirror.Block{Change: c, Text: text}); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A secret of a port is not kept, so a routed port that has one is no destination: it could
// not be put back.
func TestSecretsOfAPort(t *testing.T) {
	b := startLab(t, "")
	b.typed("interface Ethernet1/21", "no switchport", "ip address 203.0.113.1/29", "description key hunter22")
	p, _ := b.observe().Port("Ethernet1/21")
	again, _ := b.read(mirror.Look{Ports: []mirror.PortName{"Ethernet1/21"}}).Port("Ethernet1/21")
	if strings.Contains(p.Stanza+again.Stanza, "hunter22") || !strings.Contains(p.Stanza, "ip address 203.0.113.1/29") || p.Stanza != again.Stanza {
		t.Errorf("kept is\n%s\n%s", p.Stanza, again.Stanza)
	}
	for line, secret := range map[string]string{"ip ospf message-digest-key 1 md5 3 c2VjcmV0": "c2VjcmV0", "ip ospf authentication-key 3 hunter23": "hunter23",
		"hsrp 1\n  authentication md5 key-string 7 hunter24": "hunter24", "vrrp 1\n  authentication text hunter25": "hunter25", "ip address 203.0.113.1/29": ""} {
		kept := platform.Hello.Redact.ReplaceAllString(line, "$1 "+console.Hidden)
		if secret != "" && strings.Contains(kept, secret) {
			t.Errorf("%q is shown as %q", line, kept)
		}
		for former, refused := range map[string]bool{"no switchport\n" + kept: secret != "", kept: false, "no switchport\ndescription key " + console.Hidden: false} {
			o := mirror.Observation{Ports: []mirror.Port{{Name: "Ethernet1/47", Stanza: former}}}
			got := against(n9k, o, want{id: "32", mark: first, sources: "both Ethernet1/1", to: []mirror.PortName{"Ethernet1/47"}}.spec(t))
			if refused != (len(got) == 1 && strings.Contains(got[0].Message, "secret")) {
				t.Errorf("%q: %v", former, got)
			}
		}
		if got := strings.Join(back("no switchport\n"+kept, ""), "\n"); strings.Contains(got, console.Hidden) {
			t.Errorf("typed is %q", got)
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
