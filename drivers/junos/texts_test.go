package junos

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The texts here are written from the grammar of Junos, not recorded.

func configured(t *testing.T, config string, p mirror.PortName) mirror.Port {
	t.Helper()
	o, err := observe(mirror.Facts{}, console.Replies{showAnalyzers: "", showPorts: config}, around{vlans: []mirror.VLAN{{ID: 7, Name: "v7"}}})
	if err != nil {
		t.Fatal(err)
	}
	got, there := o.Port(p)
	if !there {
		t.Fatalf("no port %s", p)
	}
	return got
}

func kinds(p mirror.Port) (out []string) {
	for _, u := range p.Uses {
		out = append(out, u.Kind)
	}
	return out
}

// Taking a port with deactivated statements and putting it back would lose them, so none
// is taken, and they are told.
func TestDeactivatedStatementsOfADestinationPort(t *testing.T) {
	const one = "set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members 10\ndeactivate interfaces ge-0/0/1"
	for rest, off := range map[string]string{" unit 0": "unit 0", " unit 0 family ethernet-switching": "unit 0 family ethernet-switching", "": "ge-0/0/1"} {
		p := configured(t, one+rest+"\n", "ge-0/0/1")
		if p.Monitor || p.Access != 0 || p.Stanza != "unit 0 family ethernet-switching vlan members 10" || len(p.Uses) != 1 || p.Uses[0].Detail != deactivated+off {
			t.Errorf("%q: %+v", rest, p)
		}
		reasons := against(mirror.Facts{}, mirror.Observation{Ports: []mirror.Port{p}}, mirror.NativeSpec{Destinations: []mirror.PortName{"ge-0/0/1"}})
		if len(reasons) != 1 || !strings.Contains(reasons[0].Message, deactivated+off) {
			t.Errorf("%q: %v", rest, reasons)
		}
		// What somebody deactivated meanwhile stays.
		if got := back("", p.Stanza); got != nil {
			t.Errorf("%q: %q goes", rest, got)
		}
	}
	if p := configured(t, one+" unit 0 family ethernet-switching vlan members 10\n", "ge-0/0/1"); !p.Monitor || len(p.Uses) != 0 {
		t.Errorf("a family in force: %+v", p)
	}
}

func TestPortsInOtherWords(t *testing.T) {
	trunk := configured(t, "set interfaces ge-0/0/1 native-vlan-id v7\nset interfaces ge-0/0/1 unit 0 family ethernet-switching interface-mode trunk\n"+
		"set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members [ v7 10 20-30 ]\nset interfaces interface-range R member-range ge-0/0/2 to ge-0/0/4\n", "ge-0/0/1")
	if trunk.Trunk == nil || trunk.Trunk.Allowed.String() != "7,10,20-30" || trunk.Trunk.Native != 7 {
		t.Errorf("%+v", trunk.Trunk)
	}
	for config, want := range map[string][]string{
		"set interfaces xe-0/0/0:1 unit 0 family ccc filter input F\n": {"unknown"}, "set interfaces xe-0/0/0:1 unit 0 encapsulation vlan-bridge\nset interfaces xe-0/0/0:1 unit 0 vlan-id 10\n": {"unknown"},
		"set interfaces xe-0/0/0:1 fastether-options 802.3ad ae0\n": {"lag-member"}, "set interfaces xe-0/0/0:1 unit 0 family inet address 192.0.2.1/24\n": {"addressed"},
	} {
		if got := kinds(configured(t, config, "xe-0/0/0:1")); !slices.Equal(got, want) {
			t.Errorf("%q: %v", config, got)
		}
	}
	if p := configured(t, "set interfaces et-0/0/1 unit 0 filter input F\n", "et-0/0/1"); !slices.Equal(p.Lists, []string{"F"}) {
		t.Errorf("a filter of any family: %v", p.Lists)
	}
}

// What a port inherits once it has a unit (the usual group of all ports) is neither what it
// was nor what another hand put there: the port goes as it came.
func TestADestinationPortThatInherits(t *testing.T) {
	const own = "set interfaces ge-0/0/1 unit 0 family ethernet-switching\n"
	whole := own + "set interfaces ge-0/0/1 mtu 9216\nset interfaces ge-0/0/1 unit 0 family ethernet-switching storm-control default\n"
	for asked, want := range map[string][]string{own: {""}, own + "set interfaces ge-0/0/1 description theirs\n": {"unit 0"}, "error: permission denied: interfaces": nil} {
		o, err := observe(mirror.Facts{}, console.Replies{showAnalyzers: "", showPorts: whole, showOwnPorts: asked}, nil)
		if p, _ := o.Port("ge-0/0/1"); err != nil || !p.Monitor || !slices.Equal(back("", p.Stanza), want) {
			t.Errorf("%q: %v, %q goes of %+v", asked, err, back("", p.Stanza), p)
		}
	}
}

// The figures of an interface whose heading holds more are not those of the one before.
func TestHeadingsOfInterfaces(t *testing.T) {
	got, err := parseInterfaces(showStatus, "Physical interface: ge-0/0/0, Enabled, Physical link is Up\nPhysical interface: ae0 (MC-AE-1, active), Administratively down, Physical link is Down\n  Speed: 2.5Gbps\n"+
		"Physical interface: dsc, , Physical link is Up\n  Input rate     : 512 bps (1 pps)\n")
	if err != nil || len(got) != 3 || len(got[0].figures) != 0 || got[1].name != "ae0" || !got[1].disabled || got[1].up != mirror.False || got[1].speed != 25e8 || got[2].figures["Input bps"] != 512 {
		t.Errorf("%+v, %v", got, err)
	}
}

// What does not run and what may not be seen tell nothing; they are no empty answers, and
// no reason that the rest is not read.
func TestWhatIsNotTold(t *testing.T) {
	for _, reply := range []string{"warning: lldp subsystem not running - not needed by configuration.\n", "error: the l2-learning subsystem is not running\n",
		"/* ACCESS-DENIED */\n", "set forwarding-options sampling input rate 1\n{master:0}\nset forwarding-options analyzer /* ACCESS-DENIED */\n"} {
		if words, refused := showRefusal(reply); !absent(reply) || !refused || words == "" {
			t.Errorf("%q: %q", reply, words)
		}
		if _, err := surroundingsOf(nil, mirror.Look{}, console.Replies{showLLDP: reply, showMACs: reply, showVLANs: reply}); err != nil {
			t.Errorf("%q: %v", reply, err)
		}
	}
	if absent("set interfaces ge-0/0/1 description \"/* ACCESS-DENIED */\"\n") {
		t.Error("a description")
	}
}

// An error is quoted in the device's words, whatever stands before it, and no others.
func TestWordsOfRefusals(t *testing.T) {
	place := "[edit interfaces xe-0/0/1 unit 0 family ethernet-switching " + strings.Repeat("vlan members ", 20) + "v]"
	for answer, want := range map[string]string{
		place + "\n'members'\nerror: commit failed: (statements constraint check failed)\n":    "error: commit failed: (statements constraint check failed)",
		strings.Repeat("words ", 40) + "\n      ^\nValue 5000 is not within range (1..4094)\n": "Value 5000 is not within range (1..4094)",
		"error: configuration database locked by:\n  root terminal p0 (pid 14)\n":              "error: configuration database locked by: root terminal p0 (pid 14)",
	} {
		if words, refused := refusal(answer); !refused || !strings.HasSuffix(words, want) {
			t.Errorf("%q: %q", answer, words)
		}
	}
	for _, words := range reasons(place + "\n  'members'\n    VLAN 7 must not be here\n") {
		if !strings.HasPrefix(words, "[edit interfaces") || !strings.HasSuffix(words, "VLAN 7 must not be here") {
			t.Errorf("%q", words)
		}
	}
	for reply, want := range map[string]string{"set forwarding-options analyzer /* ACCESS-DENIED */\n": denied, "error: permission denied: analyzer\n": "error: permission denied: analyzer"} {
		if words, _ := showRefusal(reply); words != want {
			t.Errorf("%q: %q", reply, words)
		}
		v := judge(mirror.Facts{}, mirror.NativeSession{ID: "a"}, "", console.Replies{showState: reply})
		if v.Programmed != mirror.Unknown || !strings.HasSuffix(v.Reason, want) {
			t.Errorf("%q: %+v", reply, v)
		}
	}
}

func TestAddressesBehindTunnels(t *testing.T) {
	got, err := addresses.Count("MAC flags (S - static MAC, D - dynamic MAC\n           GBP - group based policy, B - Blocked MAC)\n\nEthernet switching table : 2 entries, 2 learned\nRouting instance : default-switch\n" +
		"    Vlan                MAC                 MAC         GBP    Logical                SVLBNH/      Active\n    name                address             flags       tag    interface              VENH Index   source\n" +
		"    v100                00:00:5e:00:53:01   DLR                ae1.0\n    v100                00:00:5e:00:53:02   DR          100    vtep-11.32770                       192.0.2.1\n")
	if d := cmp.Diff(map[mirror.PortName]int{"ae1": 1}, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}

func TestAVLANCalledLikeTheNumberOfAnother(t *testing.T) {
	a := around{vlans: []mirror.VLAN{{ID: 300, Name: "200"}, {ID: 100, Name: "100"}}}
	for word, want := range map[string]bool{"200": false, "300": true, "100": true, "400": true, "no": false} {
		if _, ok := a.vlanID(word); ok != want {
			t.Errorf("%s: %t", word, ok)
		}
	}
}

// A broadcast has a second line, in the middle of whatever is shown.
func TestABroadcastInTheMiddle(t *testing.T) {
	text := "set forwarding-options analyzer A output interface ge-0/0/3.0\r\n\r\nBroadcast Message from root@sw          \r\n        (no tty) at 15:12 UTC...\r\n\r\n" +
		"Commit was not confirmed; automatic rollback complete.\r\nset forwarding-options analyzer A input ingress interface [ ge-0/0/4.0 et-0/0/0:1.0 ]\r\n{master:0}\r\n"
	checkAll(t, []want{{id: "A", sources: "rx ge-0/0/4 et-0/0/0:1", to: []mirror.PortName{"ge-0/0/3"}}}, readAnalyzers(configOf(t, text, ""), around{}))
	if _, err := parseConfig(showAnalyzers, "forwarding-options {\n    inactive: analyzer A {\n", ""); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("%v", err)
	}
}

func TestModelsInBrackets(t *testing.T) {
	f, err := parseFacts("Hostname: r1\r\nModel: jnp10003-160c [MX10003]\r\nJunos: 20.4R3.8\r\n", "")
	if err != nil || f.Model != "MX10003" || hierarchy(f) != hierarchyNone {
		t.Errorf("%+v, %v", f, err)
	}
}

// The rescue configuration is listed behind the commits and is the comment of none.
func TestARescueConfigurationIsNoComment(t *testing.T) {
	got, err := waits(mirror.Facts{}, console.Replies{showCommits: "0   2026-09-20 23:16:51 UTC by admin via cli commit confirmed, rollback in 2mins\n    nm-abcdefghijklmnop\n    rollback pending\nrescue  2026-01-01 12:23:06 UTC by root via cli\n"}, noon)
	if err != nil || len(got) != 1 || !got[0].Ours {
		t.Errorf("%+v, %v", got, err)
	}
}
