package junos

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A remote VLAN learns nothing, in the words of both generations, is carried by a trunk
// that had a list, and goes with what netmirror added alone.
func TestARemoteVLANOnATrunk(t *testing.T) {
	const mark = "nm-dddddddddd"
	for model, c := range map[string]struct{ mode, learns string }{
		switches[0]: {"interface-mode", "set vlans " + mark + " switch-options no-mac-learning\n"},
		switches[1]: {"port-mode", "set vlans " + mark + " no-mac-learning\n"},
	} {
		b := startLab(t, model, 0)
		b.typed("set interfaces ge-0/0/9 unit 0 family ethernet-switching "+c.mode+" trunk", "set interfaces ge-0/0/9 unit 0 family ethernet-switching vlan members phones")
		before := b.sw.RunningConfig()
		f := mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 999, Trunks: []mirror.PortName{"ge-0/0/9"}, Made: true}
		n := mirror.NativeSession{ID: f.ID(), Mark: mark, Spec: f.Spec()}
		b.mustPush(mirror.Change{Mark: mark, After: &n})
		if err := b.conn.Confirm(b.ctx(), tx); err != nil {
			t.Fatal(err)
		}
		o := b.observe()
		v, _ := o.VLAN(999)
		p, _ := o.Port("ge-0/0/9")
		if config := b.sw.RunningConfig(); !strings.Contains(config, c.learns) || !v.Remote || v.Name != mark || !p.Carries(999) || !p.Carries(110) {
			t.Errorf("%s: %+v, %+v\n%s", model, v, p, config)
		}
		b.mustPush(mirror.Change{Mark: mark, Was: mark, Before: &n})
		if err := b.conn.Confirm(b.ctx(), tx); err != nil {
			t.Fatal(err)
		}
		if b.sw.RunningConfig() != before {
			t.Errorf("%s: afterwards\n%s", model, b.sw.RunningConfig())
		}
	}
}

// A destination port that another hand described meanwhile keeps that.
func TestADestinationPortKeepsWhatOthersAdded(t *testing.T) {
	b := startLab(t, switches[0], 0)
	b.typed("delete interfaces ge-0/0/7")
	f := mirror.Footing{Kind: mirror.FootingPort, Port: "ge-0/0/7", Setup: &mirror.PortSetup{Monitor: true}}
	n := mirror.NativeSession{ID: f.ID(), Mark: first, Spec: f.Spec()}
	b.mustPush(mirror.Change{Mark: first, After: &n})
	if err := b.conn.Confirm(b.ctx(), tx); err != nil {
		t.Fatal(err)
	}
	b.typed("set interfaces ge-0/0/7 description theirs")
	b.mustPush(mirror.Change{Mark: first, Was: first, Before: &n})
	if err := b.conn.Confirm(b.ctx(), tx); err != nil {
		t.Fatal(err)
	}
	if config := b.sw.RunningConfig(); !strings.Contains(config, "set interfaces ge-0/0/7 description theirs\n") || strings.Contains(config, "ge-0/0/7 unit 0") {
		t.Error(config)
	}
}

// A filter at the source ports copies what its rules permit, and lets everything through.
func TestAFilterForwardsEverything(t *testing.T) {
	b := startLab(t, switches[0], 0)
	before := b.sw.RunningConfig()
	rules := []mirror.Entry{{Permit: true, Protocol: mirror.ProtoUDP, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any(), DestinationPort: mirror.PortRange{From: 5060, To: 5060}}}
	f := mirror.Footing{Kind: mirror.FootingFilter, Name: ownList, Rules: rules, Ports: []mirror.PortName{"ge-0/0/1"}, Session: first, Made: true}
	list := mirror.NativeSession{ID: f.ID(), Mark: second, Spec: f.Spec()}
	w := want{id: first, sources: "rx ge-0/0/1", to: []mirror.PortName{"ge-0/0/7"}, options: mirror.Options{Filter: ownList}}
	s := makes(t, first, w)
	b.mustPush(mirror.Change{Mark: second, After: &list}, s)
	if err := b.conn.Confirm(b.ctx(), tx); err != nil {
		t.Fatal(err)
	}
	o := b.observe()
	p, _ := o.Port("ge-0/0/1")
	got, there := o.Footing(mirror.FootingFilter, ownList)
	if !there || len(got.Rules) != 1 || got.Rules[0] != rules[0] || got.Session != first || len(got.Ports) != 1 || len(p.Lists) != 1 {
		t.Errorf("%+v\n%+v", got, p)
	}
	checkAll(t, []want{w}, o.Natives)
	for line := range strings.Lines(b.sw.RunningConfig()) {
		if strings.Contains(line, "discard") || strings.Contains(line, "reject") {
			t.Errorf("it drops: %s", line)
		}
	}
	gone := *s.After
	b.mustPush(mirror.Change{Mark: first, Was: first, Before: &gone}, mirror.Change{Mark: second, Was: second, Before: &list})
	if err := b.conn.Confirm(b.ctx(), tx); err != nil {
		t.Fatal(err)
	}
	if b.sw.RunningConfig() != before {
		t.Error(b.sw.RunningConfig())
	}
}

// What a group gives to every port goes with the port that netmirror made.
func TestADestinationPortOfAGroup(t *testing.T) {
	b := startLab(t, switches[0], 0)
	b.typed("delete interfaces ge-0/0/7", "set groups ALL interfaces <ge-*> mtu 9000", "set apply-groups ALL")
	before := b.sw.RunningConfig()
	f := mirror.Footing{Kind: mirror.FootingPort, Port: "ge-0/0/7", Setup: &mirror.PortSetup{Monitor: true}}
	n := mirror.NativeSession{ID: f.ID(), Mark: first, Spec: f.Spec()}
	for _, c := range []mirror.Change{{Mark: first, After: &n}, {Mark: first, Was: first, Before: &n}} {
		b.mustPush(c)
		if err := b.conn.Confirm(b.ctx(), tx); err != nil {
			t.Fatal(err)
		}
		if p, _ := b.observe().Port("ge-0/0/7"); p.Monitor != (c.After != nil) {
			t.Errorf("%+v", p)
		}
	}
	if b.sw.RunningConfig() != before {
		t.Errorf("afterwards\n%s", b.sw.RunningConfig())
	}
}
