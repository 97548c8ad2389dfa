package junos

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

var (
	elsSwitch    = mirror.Facts{Model: "ex4300-48t", Version: "21.4R3"}
	legacySwitch = mirror.Facts{Model: "ex4200-48t", Version: "12.3R6.6", Extra: map[string]string{extraHierarchy: hierarchyOld}}
	qfxSwitch    = mirror.Facts{Model: "qfx5120-48y", Version: "23.4R2.13"}
	mxRouter     = mirror.Facts{Model: "mx240", Version: "22.4R1"}
)

const first = "nm-aaaaaaaaaa"

// lines are a session's lines without what each begins with.
func linesOf(path string, lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		verb, rest, _ := strings.Cut(l, " ")
		b.WriteString(strings.TrimRight(verb+" "+path+" analyzer "+first+" "+rest, " ") + "\n")
	}
	return b.String()
}

func TestChangesAreWritten(t *testing.T) {
	to := func(p mirror.PortName) []mirror.PortName { return []mirror.PortName{p} }
	els, old := hierarchyELS, hierarchyOld
	for name, c := range map[string]struct {
		facts         mirror.Facts
		before, after *want
		text          string
	}{
		"create": {elsSwitch, nil, &want{sources: "both ge-0/0/1; rx ae5 ge-0/0/2.7 vlan110; tx irb.9", to: to("ge-0/0/47"), options: mirror.Options{Sample: 10, Truncate: 128}},
			linesOf(els, "set input rate 10", "set input maximum-packet-length 128", "set input ingress interface ge-0/0/1.0", "set input ingress interface ge-0/0/2.7",
				"set input ingress interface ae5.0", "set input ingress vlan 110", "set input egress interface ge-0/0/1.0", "set input egress interface irb.9", "set output interface ge-0/0/47.0")},
		"delete": {elsSwitch, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/47")}, nil, linesOf(els, "delete")},
		"sources, direction and options": {elsSwitch, &want{sources: "both ge-0/0/1; rx ge-0/0/2", to: to("ge-0/0/47"), options: mirror.Options{Sample: 10, Truncate: 128}},
			&want{sources: "rx ge-0/0/1; tx ge-0/0/3", to: to("ge-0/0/47"), options: mirror.Options{Sample: 20}},
			linesOf(els, "delete input rate", "delete input maximum-packet-length", "delete input ingress interface ge-0/0/2.0", "delete input egress interface ge-0/0/1.0", "set input rate 20", "set input egress interface ge-0/0/3.0")},
		"another output": {elsSwitch, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/47")}, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/48")},
			linesOf(els, "delete output", "set output interface ge-0/0/48.0")},
		"another kind of output": {elsSwitch, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/47")}, &want{role: mirror.RoleRSPANSource, sources: "rx ge-0/0/1", vlan: 999},
			linesOf(els, "delete output", "set output vlan 999")},
		"out of a remote VLAN": {elsSwitch, nil, &want{role: mirror.RoleRSPANDestination, vlan: 999, to: to("ge-0/0/46")}, linesOf(els, "set input ingress vlan 999", "set output interface ge-0/0/46.0")},
		"to an address":        {elsSwitch, nil, &want{role: mirror.RoleERSPANSource, sources: "rx ge-0/0/1", options: gre("", "192.0.2.9")}, linesOf(els, "set input ingress interface ge-0/0/1.0", "set output ip-address 192.0.2.9")},
		"from an address": {qfxSwitch, nil, &want{role: mirror.RoleERSPANSource, sources: "rx ge-0/0/1", options: mirror.Options{Collector: "2001:db8::9", ERSPAN: &mirror.ERSPAN{Encapsulation: mirror.EncapGRE, Origin: "2001:db8::1", DSCP: 8}}},
			linesOf(els, "set input ingress interface ge-0/0/1.0", "set output ipv6-address 2001:db8::9", "set output source-ipv6-address 2001:db8::1", "set output dscp 8")},
		"activated":            {elsSwitch, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/47"), shut: true}, &want{sources: "rx ge-0/0/1 ge-0/0/2", to: to("ge-0/0/47")}, linesOf(els, "activate", "set input ingress interface ge-0/0/2.0")},
		"put out of service":   {elsSwitch, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/47")}, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/47"), shut: true}, linesOf(els, "deactivate")},
		"fed by a filter":      {elsSwitch, nil, &want{sources: "rx ge-0/0/1 ge-0/0/2", to: to("ge-0/0/47"), options: mirror.Options{Filter: ownList}}, linesOf(els, "set output interface ge-0/0/47.0")},
		"legacy":               {legacySwitch, nil, &want{sources: "both ge-0/0/1; rx vlan110", to: to("ge-0/0/47"), options: mirror.Options{Sample: 200}}, linesOf(old, "set ratio 200", "set input ingress interface ge-0/0/1.0", "set input ingress vlan 110", "set input egress interface ge-0/0/1.0", "set output interface ge-0/0/47.0")},
		"legacy, into a VLAN":  {legacySwitch, nil, &want{role: mirror.RoleRSPANSource, sources: "rx ge-0/0/1", vlan: 999}, linesOf(old, "set loss-priority high", "set input ingress interface ge-0/0/1.0", "set output vlan 999")},
		"legacy, another rate": {legacySwitch, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/47"), options: mirror.Options{Sample: 200}}, &want{sources: "rx ge-0/0/1", to: to("ge-0/0/47")}, linesOf(old, "delete ratio")},
	} {
		change := mirror.Change{Mark: first}
		for _, side := range []struct {
			w  *want
			to **mirror.NativeSession
		}{{c.before, &change.Before}, {c.after, &change.After}} {
			if side.w != nil {
				*side.to = &mirror.NativeSession{ID: first, Mark: first, Spec: side.w.spec(t)}
			}
		}
		got, err := driver.Text(c.facts, change)
		if d := cmp.Diff(c.text, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
	}
}

func TestWhatASwitchCannot(t *testing.T) {
	one := want{sources: "rx ge-0/0/1", to: []mirror.PortName{"ge-0/0/47"}}
	with := func(change func(*want)) want { w := one; change(&w); return w }
	for name, c := range map[string]struct {
		facts mirror.Facts
		w     want
		words string // "" = it can
	}{
		"els": {elsSwitch, one, ""}, "legacy": {legacySwitch, one, ""}, "mx": {mxRouter, one, "instances of port-mirroring"},
		"legacy, truncated":       {legacySwitch, with(func(w *want) { w.options.Truncate = 128 }), "no leaf"},
		"legacy, rate":            {legacySwitch, with(func(w *want) { w.options.Sample = 2048 }), "2048"},
		"els, rate":               {elsSwitch, with(func(w *want) { w.options.Sample = 2048 }), ""},
		"legacy, VLAN egress":     {legacySwitch, with(func(w *want) { w.sources = "tx vlan110" }), "ingress"},
		"els, VLAN egress":        {elsSwitch, with(func(w *want) { w.sources = "tx vlan110" }), ""},
		"to a unit":               {elsSwitch, with(func(w *want) { w.to = []mirror.PortName{"ge-0/0/47.7"} }), "no port that can be a destination"},
		"to irb":                  {elsSwitch, with(func(w *want) { w.to = []mirror.PortName{"irb.7"} }), "no port that can be a destination"},
		"to ae":                   {elsSwitch, with(func(w *want) { w.to = []mirror.PortName{"ae7"} }), "no document shows ae"},
		"two outputs":             {elsSwitch, with(func(w *want) { w.to = append(w.to, "ge-0/0/48") }), "1 are allowed"},
		"no port":                 {elsSwitch, with(func(w *want) { w.sources = "rx Ethernet1" }), "no port of this platform"},
		"a filter on a unit":      {elsSwitch, with(func(w *want) { w.sources, w.options.Filter = "rx ge-0/0/1.7", ownList }), "unit 0"},
		"an origin, ex":           {elsSwitch, want{role: mirror.RoleERSPANSource, sources: "rx ge-0/0/1", options: gre("192.0.2.1", "192.0.2.9")}, "QFX and NFX from 23.4R2"},
		"an origin, qfx":          {qfxSwitch, want{role: mirror.RoleERSPANSource, sources: "rx ge-0/0/1", options: gre("192.0.2.1", "192.0.2.9")}, ""},
		"an origin, an older qfx": {mirror.Facts{Model: "qfx5120-48y", Version: "23.4R1"}, want{role: mirror.RoleERSPANSource, sources: "rx ge-0/0/1", options: gre("192.0.2.1", "192.0.2.9")}, "from 23.4R2"},
		"erspan.id":               {elsSwitch, want{role: mirror.RoleERSPANSource, sources: "rx ge-0/0/1", options: mirror.Options{Collector: "192.0.2.9", ERSPAN: &mirror.ERSPAN{ID: 42}}}, "no command for an id"},
		"ttl":                     {qfxSwitch, want{role: mirror.RoleERSPANSource, sources: "rx ge-0/0/1", options: mirror.Options{Collector: "192.0.2.9", ERSPAN: &mirror.ERSPAN{Encapsulation: mirror.EncapGRE, TTL: 9}}}, "no leaf"},
	} {
		n := mirror.NativeSession{ID: first, Mark: first, Spec: c.w.spec(t)}
		_, err := Render(c.facts, mirror.Observation{}, []mirror.Change{{Mark: first, After: &n}})
		if c.words == "" && err != nil || c.words != "" && (!errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), c.words)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the device lacks by its observation.
func TestWhatAnObservationForbids(t *testing.T) {
	o := mirror.Observation{VLANs: []mirror.VLAN{{ID: 999, Remote: true}}, Ports: []mirror.Port{{Name: "ge-0/0/1"}, {Name: "ge-0/0/2", Monitor: true}, {Name: "ge-0/0/47"}},
		Footings: []mirror.Footing{{Kind: mirror.FootingFilter, Name: ownList}}}
	for words, w := range map[string]want{
		"remote VLAN":                  {sources: "rx vlan999", to: []mirror.PortName{"ge-0/0/47"}},
		"no family ethernet-switching": {sources: "rx ge-0/0/1", to: []mirror.PortName{"ge-0/0/47"}, options: mirror.Options{Filter: ownList}},
		"":                             {sources: "rx ge-0/0/2", to: []mirror.PortName{"ge-0/0/47"}, options: mirror.Options{Filter: ownList}},
	} {
		n := mirror.NativeSession{ID: first, Mark: first, Spec: w.spec(t)}
		_, err := Render(elsSwitch, o, []mirror.Change{{Mark: first, After: &n}})
		if words == "" && err != nil || words != "" && (err == nil || !strings.Contains(err.Error(), words)) {
			t.Errorf("%s: %v", words, err)
		}
	}
}

// Nothing but the lines of a block's own change is ever sent, whatever a template says.
func TestOnlyOwnLinesAreAllowed(t *testing.T) {
	session := mirror.Change{Mark: first, After: &mirror.NativeSession{ID: first}}
	foot := func(f mirror.Footing) mirror.Change {
		return mirror.Change{Mark: "nm-dddddddddd", After: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
	}
	vlan := foot(mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 999, Made: true})
	list := foot(mirror.Footing{Kind: mirror.FootingFilter, Name: ownList, Made: true})
	port := foot(mirror.Footing{Kind: mirror.FootingPort, Port: "ge-0/0/47"})
	for _, c := range []struct {
		change mirror.Change
		line   string
		ok     bool
	}{
		{session, "set forwarding-options analyzer " + first + " input rate 10", true}, {session, "delete ethernet-switching-options analyzer " + first, true}, {session, "deactivate forwarding-options analyzer " + first, true},
		{session, "delete forwarding-options", false}, {session, "delete forwarding-options analyzer " + first + "x", false}, {session, "delete forwarding-options analyzer", false}, {session, "set system host-name x", false},
		{session, "rollback 1", false}, {session, "commit", false}, {session, "run set cli x", false},
		{vlan, "set vlans nm-dddddddddd vlan-id 999", true}, {vlan, "delete vlans nm-dddddddddd", true}, {vlan, "delete vlans other", false}, {vlan, "delete vlans", false},
		{vlan, "delete interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members 999", true}, {vlan, "delete interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members 99", false},
		{vlan, "delete interfaces ge-0/0/1 unit 0 family ethernet-switching vlan", false}, {vlan, "activate vlans nm-dddddddddd", false},
		{list, "set firewall family ethernet-switching filter " + ownList + " term zz then accept", true}, {list, "delete firewall family ethernet-switching filter guests", false},
		{list, "set interfaces ge-0/0/1 unit 0 family ethernet-switching filter input " + ownList, true}, {list, "delete interfaces ge-0/0/1 unit 0 family ethernet-switching filter", false},
		{port, "set interfaces ge-0/0/47 unit 0 family ethernet-switching", true}, {port, "delete interfaces ge-0/0/47 unit 0", true}, {port, "delete interfaces ge-0/0/47", true}, {port, "set interfaces ge-0/0/47", false},
		{port, "delete interfaces ge-0/0/47 disable", true}, {port, "delete interfaces ge-0/0/4", false}, {port, "set interfaces ge-0/0/47 unit 0", false},
	} {
		if got := allowed(c.change, "", c.line); got != c.ok {
			t.Errorf("%s: %q is allowed: %t", c.change.After.ID, c.line, got)
		}
	}
	if allowed(session, "interface x", "set forwarding-options analyzer "+first) {
		t.Error("a line below another is allowed")
	}
}

// A destination port goes back as far as nobody else stands there.
func TestADestinationPortGoesBack(t *testing.T) {
	ours := "unit 0 family ethernet-switching"
	for name, c := range map[string]struct{ former, now, want string }{
		"nothing was there":           {"", ours, "delete interfaces ge-0/0/47\n"},
		"it is not known":             {"", "", "delete interfaces ge-0/0/47 unit 0 family ethernet-switching\n"},
		"a description was there":     {"description x", "description x\n" + ours, "delete interfaces ge-0/0/47 unit 0\n"},
		"a description came":          {"", ours + "\ndescription x", "delete interfaces ge-0/0/47 unit 0\n"},
		"the unit was there":          {"unit 0", ours, "delete interfaces ge-0/0/47 unit 0 family ethernet-switching\n"},
		"the unit has something else": {"", ours + "\nunit 0 description x\nmtu 9000", "delete interfaces ge-0/0/47 unit 0 family ethernet-switching\n"},
		"somebody built on it":        {"", ours + " vlan members 7", ""},
	} {
		f := mirror.Footing{Kind: mirror.FootingPort, Port: "ge-0/0/47", Setup: &mirror.PortSetup{Monitor: true, Former: c.former}}
		n := mirror.NativeSession{ID: f.ID(), Mark: first, Spec: f.Spec()}
		o := mirror.Observation{Ports: []mirror.Port{{Name: "ge-0/0/47", Monitor: true, Stanza: c.now}}}
		p, err := Render(elsSwitch, o, []mirror.Change{{Mark: first, Before: &n}})
		if err != nil || p.Blocks[0].Text != c.want {
			t.Errorf("%s: %q, %v", name, p.Blocks[0].Text, err)
		}
	}
}
