package iosxr

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

var (
	ncs5500 = mirror.Facts{Model: "NCS-5500", Version: "7.5.2"}
	old8000 = mirror.Facts{Model: "8201", Version: "7.5.2"}
)

func native(id string, w want) *mirror.NativeSession {
	w.id = id
	return &mirror.NativeSession{ID: id, Spec: w.spec()}
}

func written(t *testing.T, f mirror.Facts, before, after *mirror.NativeSession) string {
	t.Helper()
	text, err := driver.Text(f, mirror.Change{Before: before, After: after})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRenderedSessions(t *testing.T) {
	nine, eight := []mirror.PortName{"TenGigE0/0/0/9"}, []mirror.PortName{"TenGigE0/0/0/8"}
	small := mirror.Options{Truncate: 128, Sample: 2048}
	for name, tt := range map[string]struct {
		facts         mirror.Facts
		before, after *want
		text          string
	}{
		"create": {ncs5500, nil, &want{sources: "both Te0/0/0/1; rx Te0/0/0/2.100; tx BE1", to: nine, options: small}, `monitor-session s ethernet
 destination interface TenGigE0/0/0/9
interface TenGigE0/0/0/1
 monitor-session s ethernet port-level
  mirror first 128
  mirror interval 2K
interface TenGigE0/0/0/2.100
 monitor-session s ethernet direction rx-only
  mirror first 128
  mirror interval 2K
interface Bundle-Ether1
 monitor-session s ethernet direction tx-only port-level
  mirror first 128
  mirror interval 2K
`},
		"create on an 8000": {old8000, nil, &want{sources: "rx Te0/0/0/1", to: nine}, `monitor-session s ethernet
 destination interface TenGigE0/0/0/9
interface TenGigE0/0/0/1
 monitor-session s ethernet direction rx-only
`},
		"filtered": {ncs5500, nil, &want{sources: "rx Te0/0/0/1", to: nine, options: mirror.Options{Filter: "nm-bbbbbbbbbb"}}, `monitor-session s ethernet
 destination interface TenGigE0/0/0/9
interface TenGigE0/0/0/1
 monitor-session s ethernet direction rx-only port-level
  acl
`},
		"one source less and one more, another direction": {ncs5500, &want{sources: "both Te0/0/0/1 Te0/0/0/2 Te0/0/0/4", to: nine}, &want{sources: "both Te0/0/0/3 Te0/0/0/4; rx Te0/0/0/1", to: nine},
			`interface TenGigE0/0/0/1
 no monitor-session s
interface TenGigE0/0/0/2
 no monitor-session s
interface TenGigE0/0/0/1
 monitor-session s ethernet direction rx-only port-level
interface TenGigE0/0/0/3
 monitor-session s ethernet port-level
`},
		"another destination": {ncs5500, &want{sources: "both Te0/0/0/1", to: nine}, &want{sources: "both Te0/0/0/1", to: eight}, `monitor-session s ethernet
 destination interface TenGigE0/0/0/8
`},
		"truncated": {ncs5500, &want{sources: "both Te0/0/0/1", to: nine}, &want{sources: "both Te0/0/0/1", to: nine, options: mirror.Options{Truncate: 64}}, `interface TenGigE0/0/0/1
 no monitor-session s
interface TenGigE0/0/0/1
 monitor-session s ethernet port-level
  mirror first 64
`},
		"delete": {ncs5500, &want{sources: "both Te0/0/0/1; rx BE1", to: nine}, nil, `no monitor-session s
interface TenGigE0/0/0/1
 no monitor-session s
interface Bundle-Ether1
 no monitor-session s
`},
		"what was left at an interface is made whole": {ncs5500, &want{sources: "both Te0/0/0/1"}, &want{sources: "both Te0/0/0/1", to: nine}, `monitor-session s ethernet
 destination interface TenGigE0/0/0/9
`},
		"what was left at an interface goes": {ncs5500, &want{sources: "both Te0/0/0/1"}, nil, `no monitor-session s
interface TenGigE0/0/0/1
 no monitor-session s
`},
		"into a tunnel": {ncs5500, nil, &want{sources: "rx Te0/0/0/1", options: through("tunnel-ip20017", "192.0.2.1", "198.51.100.7")}, `monitor-session s ethernet
 destination interface tunnel-ip20017
interface TenGigE0/0/0/1
 monitor-session s ethernet direction rx-only port-level
`},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after *mirror.NativeSession
			if tt.before != nil {
				before = native("s", *tt.before)
			}
			if tt.after != nil {
				after = native("s", *tt.after)
			}
			if d := cmp.Diff(tt.text, written(t, tt.facts, before, after)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// What is read of a configuration, written and read again, is the same. Interfaces are
// not written by a session: they stay.
func TestWrittenConfigurationsReadTheSame(t *testing.T) {
	for _, config := range []string{observed(t, "config.txt"), observed(t, "formal.txt"),
		"monitor-session 5\n destination interface BE7\ninterface Te0/0/0/1\n monitor-session 5\ninterface Hu0/0/1/0.7\n monitor-session 5 direction tx-only\n"} {
		var ground strings.Builder // what sessions stand on
		at, err := parseInterfaces(config)
		if err != nil {
			t.Fatal(err)
		}
		for name, i := range at {
			ground.WriteString("interface " + name + "\n")
			for _, l := range i.lines {
				if !strings.Contains(l, "monitor-session") {
					ground.WriteString(" " + l + "\n")
				}
			}
		}
		var want []mirror.NativeSession
		text := ground.String()
		for _, n := range read(t, config) {
			if n.Opaque == "" && len(n.Spec.Destinations)+len(n.Spec.Options.Tunnel) > 0 {
				want = append(want, n)
				text += written(t, ncs5500, nil, &n)
			}
		}
		if len(want) == 0 {
			t.Error("no session can be written")
		}
		got := read(t, text)
		for i := range got {
			got[i].Text, want[i].Text = "", ""
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s\n%s", d, text)
		}
	}
}

// Whatever a change leads to, its lines lead there from what it starts from.
func TestChangesLeadWhereTheySay(t *testing.T) {
	nine, eight := []mirror.PortName{"TenGigE0/0/0/9"}, []mirror.PortName{"TenGigE0/0/0/8"}
	states := []*want{nil, {sources: "both Te0/0/0/1", to: nine}, {sources: "rx Te0/0/0/1; tx Te0/0/0/2", to: nine}, {sources: "rx Te0/0/0/1 BE1", to: eight, options: mirror.Options{Truncate: 64}},
		{sources: "rx Te0/0/0/3", to: eight, options: mirror.Options{Sample: 4}}}
	for _, before := range states {
		for _, after := range states {
			var from, to *mirror.NativeSession
			config := running{}
			if before != nil {
				from = native("s", *before)
				config.take(written(t, ncs5500, nil, from))
			}
			if after != nil {
				to = native("s", *after)
			}
			if from == nil && to == nil {
				continue
			}
			config.take(written(t, ncs5500, from, to))
			got := read(t, config.String())
			if to == nil {
				if len(got) > 0 {
					t.Errorf("%+v is left of %+v", got, before)
				}
				continue
			}
			after.id = "s"
			checkAll(t, got, *after)
		}
	}
}

// Below an interface the words of a session are about that interface; so nothing that
// stands at the margin is ever written behind an interface.
func TestNothingOfTheDeviceStandsBehindAnInterface(t *testing.T) {
	nine := []mirror.PortName{"TenGigE0/0/0/9"}
	a, b := native("s", want{sources: "both Te0/0/0/1", to: nine}), native("s", want{sources: "rx Te0/0/0/2"})
	for _, text := range []string{written(t, ncs5500, nil, a), written(t, ncs5500, a, nil), written(t, ncs5500, a, b), written(t, ncs5500, b, a)} {
		inside := false
		for line := range strings.Lines(text) {
			if inside = inside || strings.HasPrefix(line, "interface "); inside && line[0] != ' ' && !strings.HasPrefix(line, "interface ") {
				t.Errorf("%q stands behind an interface:\n%s", line, text)
			}
		}
	}
	if commit.Top != "root" {
		t.Errorf("between two blocks %q is typed", commit.Top)
	}
}

// A running configuration takes what is written as a commit does.
type running map[string]bool // statements

func (r running) take(text string) {
	var above []string
	for line := range strings.Lines(text) {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		line = strings.TrimSpace(line)
		above = above[:min(indent, len(above))]
		at := strings.Join(append(append([]string{}, above...), line), " ")
		if gone, ok := strings.CutPrefix(line, "no "); ok {
			gone = strings.Join(append(append([]string{}, above...), gone), " ")
			for s := range r {
				if s == gone || strings.HasPrefix(s, gone+" ") {
					delete(r, s)
				}
			}
			continue
		}
		if to, _, ok := strings.Cut(at, " destination interface "); ok {
			for s := range r {
				if strings.HasPrefix(s, to+" destination") {
					delete(r, s)
				}
			}
		}
		above = append(above, line)
		r[at] = true
	}
}

func (r running) String() string {
	var out strings.Builder
	for s := range r {
		out.WriteString(s + "\n")
	}
	return out.String()
}

func TestTunnelAddresses(t *testing.T) {
	for name, want := range map[string]string{
		"tunnel-ip20000": "169.254.1.0 255.255.255.254", "tunnel-ip20017": "169.254.1.34 255.255.255.254", "tunnel-ip20128": "169.254.2.0 255.255.255.254",
		"tunnel-ip52511": "169.254.254.254 255.255.255.254", "tunnel-ip52512": "", "tunnel-ip19999": "", "tunnel-ipx": "",
	} {
		if ourTunnels.Ours(name) != (want != "") || want != "" && tunnelAddress(name) != want {
			t.Errorf("%s: %q", name, tunnelAddress(name))
		}
	}
}

// A list that stays is taken from a port of which nothing is copied any more, and from
// that one alone.
func TestAListIsTakenFromASourceThatGoes(t *testing.T) {
	list := func(ports ...mirror.PortName) *mirror.NativeSession {
		f := mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-bbbbbbbbbb", Made: true, Ports: ports,
			Rules: []mirror.Entry{{Permit: true, Protocol: 6, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any()}}}
		return &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}
	}
	got := written(t, ncs5500, list("TenGigE0/0/0/1", "TenGigE0/0/0/2"), list("TenGigE0/0/0/1"))
	if want := "interface TenGigE0/0/0/2\n no ipv4 access-group nm-bbbbbbbbbb ingress\n"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// What a family cannot do with ports as they are, is said before anything is sent.
func TestPortsThatCannotBeMirrored(t *testing.T) {
	at, err := parseInterfaces("interface TenGigE0/0/0/1\n flow ipv4 monitor M sampler S ingress\n!\ninterface TenGigE0/0/0/2\n description flow\n!\ninterface TenGigE0/0/0/2.7 l2transport\n encapsulation dot1q 7\n!\n")
	if err != nil {
		t.Fatal(err)
	}
	o := mirror.Observation{Ports: ports(around{}, at, nil)}
	for _, tt := range []struct {
		model, source string
		options       mirror.Options
		reason        string
	}{
		{"8201", "TenGigE0/0/0/1", mirror.Options{}, "TenGigE0/0/0/1 has NetFlow or sFlow"},
		{"8201", "TenGigE0/0/0/1", mirror.Options{Tunnel: "tunnel-ip20017"}, ""},
		{"NCS-5500", "TenGigE0/0/0/1", mirror.Options{}, ""},
		{"8201", "TenGigE0/0/0/2", mirror.Options{}, "TenGigE0/0/0/2 has subinterfaces, which cannot be mirrored with it"},
		{"NCS-5500", "TenGigE0/0/0/2", mirror.Options{}, ""},
		{"NCS-5500", "TenGigE0/0/0/2", mirror.Options{Filter: "nm-aaaaaaaaaa"}, "TenGigE0/0/0/2 has subinterfaces, from whose frames an access list at TenGigE0/0/0/2 does not select"},
		{"NCS-5500", "TenGigE0/0/0/2.7", mirror.Options{Filter: "nm-aaaaaaaaaa"}, ""},
	} {
		n := want{sources: "rx " + tt.source, options: tt.options}.spec()
		reasons := against(mirror.Facts{Model: tt.model}, o, n)
		if tt.reason == "" && len(reasons) > 0 || tt.reason != "" && (len(reasons) != 1 || !strings.HasPrefix(reasons[0].Message, tt.reason)) {
			t.Errorf("%s of a %s: %+v, want %q", tt.source, tt.model, reasons, tt.reason)
		}
	}
}
