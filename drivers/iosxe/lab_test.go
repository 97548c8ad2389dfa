package iosxe

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bench is a virtual switch and a connection to it.
type bench struct {
	t         *testing.T
	sw        *lab.Switch
	conn      *held
	sent      []string // what the connection sent
	timeouts  cli.Timeouts
	typeAhead string // of the next connection
}

const foreignLines = "monitor session 1 source interface Gi1/0/20 rx\nmonitor session 1 destination interface Gi1/0/21\n"

func startLab(t *testing.T, change func(*lab.SwitchSpec)) *bench {
	t.Helper()
	spec := lab.SwitchSpec{Name: "acc-1", Platform: "cisco_iosxe", Model: "C9300-48T",
		Config: "vlan 999\n remote-span\ninterface TenGigabitEthernet1/1/1\n switchport mode trunk\n" +
			"ip access-list extended voice\n permit udp any any eq 5060\n" + foreignLines}
	if change != nil {
		change(&spec)
	}
	l, err := lab.Start(context.Background(), lab.Spec{Fabric: lab.FabricSpec{Switches: []lab.SwitchSpec{spec},
		Hosts: []lab.HostSpec{{At: "acc-1:Gi1/0/5", Name: "pc", MAC: "0011.2233.4455", LLDP: true},
			{At: "acc-1:Gi1/0/23", Name: "phone-in-the-entrance-hall", CDP: true}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	b := &bench{t: t, sw: l.Switch("acc-1")}
	b.connect()
	return b
}

func (b *bench) connect() {
	b.t.Helper()
	host, port, err := net.SplitHostPort(b.sw.Addr())
	if err != nil {
		b.t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	target := mirror.Target{Device: mirror.Device{Name: "acc-1"}, Login: mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("admin"), Password: mirror.NewSecret("admin")},
		Transport: mirror.Transport{Protocol: Protocol, Address: host, Port: n, HostKey: cli.HostKeyInsecure, Tuning: mirror.Tuning{TypeAhead: b.typeAhead}}}
	conn, err := Connect(b.ctx(), target, Options{Timeouts: b.timeouts, Transcript: func(e cli.Event) {
		if e.Sent {
			b.sent = append(b.sent, e.Text)
		}
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.conn = &held{Conn: conn}
	b.t.Cleanup(func() { _ = conn.Close() })
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	b.t.Cleanup(cancel)
	return ctx
}

func (b *bench) observe() mirror.Observation {
	b.t.Helper()
	o, err := b.conn.reread(b.ctx())
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// push renders and sends changes, and returns the results.
func (b *bench) push(changes ...mirror.Change) []mirror.BlockResult {
	b.t.Helper()
	p, err := Render(b.conn.Facts(), b.observe(), changes)
	if err != nil {
		b.t.Fatal(err)
	}
	report, err := b.conn.Push(b.ctx(), "tx", p)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(report.Blocks) != len(changes) {
		b.t.Fatalf("%d results of %d changes", len(report.Blocks), len(changes))
	}
	return report.Blocks
}

func (b *bench) mustPush(changes ...mirror.Change) {
	b.t.Helper()
	for _, r := range b.push(changes...) {
		if r.Err != nil {
			b.t.Fatal(r.Err)
		}
	}
}

func (b *bench) session(id string) mirror.NativeSession {
	b.t.Helper()
	n := find(b.observe().Natives, id)
	if n == nil {
		b.t.Fatalf("no session %s", id)
	}
	return *n
}

func (b *bench) holds(id string, want mirror.NativeSpec) mirror.NativeSession {
	b.t.Helper()
	n := b.session(id)
	if n.Opaque != "" {
		b.t.Errorf("session %s is opaque: %s", id, n.Opaque)
	}
	if d := cmp.Diff(want.Normalize(), n.Spec); d != "" {
		b.t.Errorf("session %s (-want +got):\n%s", id, d)
	}
	return n
}

var voice = local("GigabitEthernet1/0/47", preserve, port("GigabitEthernet1/0/1", mirror.Both), port("GigabitEthernet1/0/2", mirror.RX))

func create(id string, s mirror.NativeSpec) mirror.Change {
	return mirror.Change{Mark: "nm-" + id, After: native(id, s)}
}

func (b *bench) change(id string, s mirror.NativeSpec) mirror.Change {
	before := b.session(id)
	return mirror.Change{Mark: "nm-" + id, Was: "nm-" + id, Before: &before, After: native(id, s)}
}

func (b *bench) remove(id string) mirror.Change {
	before := b.session(id)
	return mirror.Change{Mark: "nm-" + id, Was: "nm-" + id, Before: &before}
}

// Every role: made, read back as wanted, in the hardware; changed; deleted
// without a trace. The foreign session stays as it is.
func TestSessionsOfEveryRoleOnASwitch(t *testing.T) {
	b := startLab(t, nil)
	start := b.sw.RunningConfig()
	foreign := b.session("1")
	tunnel := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", mirror.RX)},
		Options: mirror.Options{Collector: "192.0.2.10", FilterVLANs: []int{10, 11}, ERSPAN: &mirror.ERSPAN{ID: 101, Origin: "192.0.2.1", TTL: 32, DSCP: 8, MTU: 1464, Type: 3}}}
	tunnel2 := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", mirror.Both), port("GigabitEthernet1/0/4", mirror.TX)},
		Options: mirror.Options{Collector: "192.0.2.11", ERSPAN: &mirror.ERSPAN{ID: 102, Origin: "192.0.2.1"}}}
	for name, c := range map[string]struct{ first, second mirror.NativeSpec }{
		"local": {voice, filtered(local("GigabitEthernet1/0/48", strip, port("GigabitEthernet1/0/1", mirror.TX), port("TenGigabitEthernet1/1/1", mirror.Both)), "voice", 110, 120, 121)},
		"vlans": {local("GigabitEthernet1/0/47", strip, vlanSources(mirror.RX, 110, 120, 121)...), local("GigabitEthernet1/0/47", strip, port("GigabitEthernet1/0/6", mirror.RX))},
		"rspan source": {mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 999, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", mirror.RX)}},
			mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 999, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/4", mirror.RX)}}},
		"rspan destination": {mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 999, Destinations: []mirror.PortName{"GigabitEthernet1/0/47"}, Options: mirror.Options{Tags: strip, Ingress: mirror.IngressDisabled}},
			mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 999, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"}, Options: mirror.Options{Tags: preserve, Ingress: mirror.IngressDisabled}}},
		"erspan source": {tunnel, tunnel2},
		"erspan destination": {mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{"GigabitEthernet1/0/47"}, Options: mirror.Options{Collector: "192.0.2.1", ERSPAN: &mirror.ERSPAN{ID: 7}}},
			mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"}, Options: mirror.Options{Collector: "192.0.2.1", ERSPAN: &mirror.ERSPAN{ID: 8}}}},
		"local becomes erspan": {voice, tunnel},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.mustPush(create("66", c.first))
			n := b.holds("66", c.first)
			if n.Programmed != mirror.True {
				t.Errorf("programmed %s: %s", n.Programmed, n.ProgrammedReason)
			}
			first := b.sw.RunningConfig()
			b.mustPush(b.change("66", c.second))
			b.holds("66", c.second)
			b.mustPush(b.change("66", c.first))
			if d := cmp.Diff(first, b.sw.RunningConfig()); d != "" {
				t.Errorf("there and back (-want +got):\n%s", d)
			}
			b.mustPush(b.remove("66"))
			if d := cmp.Diff(start, b.sw.RunningConfig()); d != "" {
				t.Errorf("a trace is left (-want +got):\n%s", d)
			}
			if d := cmp.Diff(foreign, b.session("1")); d != "" {
				t.Errorf("foreign session (-want +got):\n%s", d)
			}
		})
	}
}

// The planner sees nothing to do after a push, so that a second run is silent.
func TestSecondRunIsSilent(t *testing.T) {
	b := startLab(t, nil)
	info := func() plan.DeviceInfo {
		return plan.DeviceInfo{Device: mirror.Device{Name: "acc-1", Platform: Platform}, Instance: "i", Ports: Ports,
			Capabilities: Capabilities(b.conn.Facts()), Observation: b.observe(), Ledger: []mirror.Native{}}
	}
	desired := plan.Compose("i", "acc-1", []mirror.Fragment{{Session: "voice", Device: "acc-1", Spec: voice}})
	di := info()
	changes, err := plan.AssignIDs(plan.Diff(desired, di), nil, di)
	if len(changes) != 1 || err[0] != nil || changes[0].After.ID != "66" {
		t.Fatalf("%+v, %v: numbers come from the top of the range", changes[0].After, err)
	}
	b.mustPush(changes...)
	di = info()
	di.Ledger = []mirror.Native{{Device: "acc-1", Mark: desired[0].Mark, ID: "66", Spec: voice}}
	if again := plan.Diff(desired, di); len(again) != 0 {
		t.Errorf("a second run would push %+v", again)
	}
}

// A manual change is seen through the narrow read, and led back.
func TestDriftIsSeenAndRepaired(t *testing.T) {
	b := startLab(t, nil)
	b.mustPush(create("66", voice))
	b.observe()
	good := b.sw.RunningConfig()
	b.sw.Exec("configure terminal", "no monitor session 66 source interface Gi1/0/2", "monitor session 66 source interface Gi1/0/9 tx",
		"no monitor session 66 destination interface Gi1/0/47", "monitor session 66 destination interface Gi1/0/47 ingress untagged vlan 5", "end")
	n := b.session("66")
	if n.Spec.Equal(voice) || n.Spec.Options.Ingress != mirror.IngressEnabled {
		t.Fatalf("drift was not seen: %+v", n)
	}
	b.mustPush(b.change("66", voice))
	if d := cmp.Diff(good, b.sw.RunningConfig()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// An ERSPAN session that came back disabled is shut, and is opened by one line.
func TestDisabledERSPANIsNoticed(t *testing.T) {
	b := startLab(t, nil)
	s := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", mirror.RX)},
		Options: mirror.Options{Collector: "192.0.2.10", ERSPAN: &mirror.ERSPAN{ID: 101, Origin: "192.0.2.1"}}}
	b.mustPush(create("66", s))
	if saved, why, err := b.conn.Save(b.ctx(), true, nil); !saved || err != nil {
		t.Fatalf("save: %v, %q, %v", saved, why, err)
	}
	b.sw.Reload()
	b.connect()
	n := b.session("66")
	if n.Opaque != "" || !n.Spec.Shut || n.Programmed != mirror.False {
		t.Fatalf("after a restart: opaque %q, shut %v, programmed %s", n.Opaque, n.Spec.Shut, n.Programmed)
	}
	if text, err := driver.Text(b.conn.Facts(), b.change("66", s)); err != nil || text != "monitor session 66 type erspan-source\n no shutdown\n" {
		t.Errorf("opened by %q, %v", text, err)
	}
	b.mustPush(b.change("66", s))
	b.holds("66", s)
	opened := b.session("66")
	closed := opened
	closed.Spec.Shut = true
	b.mustPush(mirror.Change{Mark: "m", Before: &opened, After: &closed})
	if n = b.session("66"); !n.Spec.Shut {
		t.Error("what was shut before cannot be put back")
	}
	// Removed, and refused when made anew: what it was before is then nothing.
	if err := b.sw.SetFaults(lab.Faults{Refuse: []lab.Refusal{{Line: "^no shutdown", Answer: "% Not now", Times: 1}}}); err != nil {
		t.Fatal(err)
	}
	results := b.push(mirror.Change{Mark: "m", Before: &n}, create("66", s))
	if results[0].Err != nil || results[1].Err == nil || strings.Contains(results[1].Err.Error(), "taking session") {
		t.Errorf("%v, %v", results[0].Err, results[1].Err)
	}
	if find(b.observe().Natives, "66") != nil {
		t.Error("a part of the refused session is left")
	}
	b.mustPush(create("66", s))
	b.holds("66", s)
}

func TestSaveOnlyIfClean(t *testing.T) {
	b := startLab(t, nil)
	b.mustPush(create("66", voice))
	b.observe()
	saved, why, err := b.conn.Save(b.ctx(), true, nil)
	if !saved || why != "" || err != nil || b.sw.StartupConfig() != b.sw.RunningConfig() {
		t.Fatalf("clean: %v, %q, %v", saved, why, err)
	}
	startup := b.sw.StartupConfig()
	b.sw.Exec("configure terminal", "interface Gi1/0/9", "description by hand", "end")
	b.mustPush(b.change("66", local("GigabitEthernet1/0/48", preserve, port("GigabitEthernet1/0/1", mirror.Both))))
	b.observe()
	saved, why, err = b.conn.Save(b.ctx(), true, nil)
	if saved || !strings.HasPrefix(why, "not saved") || !strings.Contains(why, "GigabitEthernet1/0/9") || err != nil || b.sw.StartupConfig() != startup {
		t.Errorf("foreign changes: %v, %q, %v", saved, why, err)
	}
	// A foreign monitor session is foreign too.
	b.sw.Exec("configure terminal", "interface Gi1/0/9", "no description", "monitor session 1 source interface Gi1/0/22", "end")
	if saved, why, err = b.conn.Save(b.ctx(), true, nil); saved || !strings.Contains(why, "monitor session 1") || err != nil {
		t.Errorf("foreign session: %v, %q, %v", saved, why, err)
	}
	if saved, why, err = b.conn.Save(b.ctx(), false, nil); !saved || err != nil || b.sw.StartupConfig() != b.sw.RunningConfig() {
		t.Errorf("always: %v, %q, %v", saved, why, err)
	}
}

// Figures of DESIGN section 11: what each step costs in round trips.
func TestRoundTrips(t *testing.T) {
	b := startLab(t, nil)
	trips := func(what string, want int, f func()) {
		t.Helper()
		before, _ := b.conn.Stats()
		f()
		after, _ := b.conn.Stats()
		if got := after.RoundTrips - before.RoundTrips; got != want {
			t.Errorf("%s: %d round trips, want %d", what, got, want)
		}
	}
	b.observe()
	b.observe()
	var payload mirror.Payload
	trips("resync of an unchanged device", 1, func() { b.observe() })
	if last := b.sent[len(b.sent)-1]; strings.Count(last, "show ") != 1 {
		t.Errorf("the resync sent %q", last)
	}
	trips("create: observe, enter, push, read, save", 5, func() {
		var err error
		if payload, err = Render(b.conn.Facts(), b.observe(), []mirror.Change{create("66", voice)}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.conn.Push(b.ctx(), "tx", payload); err != nil {
			t.Fatal(err)
		}
		b.holds("66", voice)
		if saved, why, err := b.conn.Save(b.ctx(), true, nil); !saved || err != nil {
			t.Fatalf("%q, %v", why, err)
		}
	})
	trips("resync afterwards", 1, func() { b.observe() })
	removal := func() {
		b.mustPush(b.remove("66"))
		b.observe()
		if saved, why, err := b.conn.Save(b.ctx(), true, nil); !saved || err != nil {
			t.Fatalf("%q, %v", why, err)
		}
	}
	b.observe()
	trips("delete: observe (twice here), push, read, save", 5, removal)
	b.mustPush(create("66", filtered(voice, "", 110)))
	b.observe()
	trips("with a filter: its line waits for the others", 6, removal)
}

func TestWhatIsKnownOfThePorts(t *testing.T) {
	b := startLab(t, func(s *lab.SwitchSpec) {
		s.Config += "interface Port-channel1\n switchport mode trunk\ninterface GigabitEthernet1/0/30\n channel-group 1 mode active\n" +
			"interface GigabitEthernet1/0/31\n no switchport\n ip address 192.0.2.1 255.255.255.0\ninterface GigabitEthernet1/0/32\n switchport access vlan 110\n"
	})
	o := b.observe()
	uses := func(name mirror.PortName) string {
		p, ok := o.Port(name)
		if !ok {
			return "no port"
		}
		var out []string
		for _, u := range p.Uses {
			out = append(out, u.Kind+": "+u.Detail)
		}
		return strings.Join(out, "; ")
	}
	for name, want := range map[mirror.PortName]string{
		"TenGigabitEthernet1/1/1": "trunk: switchport mode trunk",
		"GigabitEthernet1/0/30":   "trunk: switchport mode trunk; lag-member: member of Port-channel1",
		"GigabitEthernet1/0/31":   "addressed: ip address 192.0.2.1",
		"GigabitEthernet1/0/5":    "learned: 1 learned MAC address; neighbour: LLDP neighbour pc",
		"GigabitEthernet1/0/32":   "",
		"GigabitEthernet1/0/23":   "neighbour: CDP neighbour phone-in-the-entrance-hall",
		"GigabitEthernet1/0/21":   "",
	} {
		if got := uses(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	b.mustPush(create("66", voiceOf("GigabitEthernet1/0/5")))
	o = b.observe()
	if p, _ := o.Port("GigabitEthernet1/0/5"); len(p.Uses) != 0 || p.Up != mirror.True {
		t.Errorf("a destination of ours: %+v; what it learned before must not keep a second session away", p)
	}
	if p, _ := o.Port("GigabitEthernet1/0/32"); p.Access != 110 {
		t.Errorf("access VLAN %d", p.Access)
	}
	if p, _ := o.Port("GigabitEthernet1/0/5"); p.Speed != 1e9 {
		t.Errorf("port 5: %+v", p)
	}
	if v, ok := o.VLAN(999); !ok || !v.Remote {
		t.Errorf("remote VLAN %+v among %+v", v, o.VLANs)
	}
	if v, ok := o.VLAN(1); !ok || v.Remote || v.Name != "default" {
		t.Errorf("VLAN 1 %+v among %+v", v, o.VLANs)
	}
	if got := o.Handles[handleACLs]; got != "voice" {
		t.Errorf("access lists %q", got)
	}
	f := b.conn.Facts()
	if f.Hostname != "acc-1" || f.Model != "C9300-48T" || f.Version == "" || f.Serial == "" {
		t.Errorf("facts %+v", f)
	}
}

func TestOldSwitchesHaveNoHardwareState(t *testing.T) {
	b := startLab(t, func(s *lab.SwitchSpec) { s.Model = "WS-C3750X-24T"; s.Config = "" })
	b.mustPush(create("66", voiceOf("GigabitEthernet1/0/24")))
	n := b.holds("66", voiceOf("GigabitEthernet1/0/24"))
	if n.Programmed != mirror.Unknown {
		t.Errorf("programmed %q", n.Programmed)
	}
	if slices.ContainsFunc(b.sent, func(s string) bool { return strings.Contains(s, "show platform") }) {
		t.Error("it was asked for platform commands")
	}
}

func voiceOf(dest mirror.PortName) mirror.NativeSpec {
	s := voice.Normalize()
	s.Destinations = []mirror.PortName{dest}
	return s
}

func TestServiceModuleSessionsAreLeftAlone(t *testing.T) {
	b := startLab(t, func(s *lab.SwitchSpec) {
		s.NativeSessions = []lab.NativeSessionSpec{{ID: 2, Type: "Service Module Session", Fields: []string{"Modules allowed        : 1-9", "BPDUs allowed          : Yes"}}}
	})
	n := b.session("2")
	if n.Opaque != `type "Service Module Session"` {
		t.Errorf("opaque %q", n.Opaque)
	}
	if _, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{{Mark: "m", Before: &n}}); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("delete: %v", err)
	}
}

func TestCountersOfPorts(t *testing.T) {
	b := startLab(t, nil)
	some, err := b.conn.Counters(b.ctx(), mirror.CounterAsk{Ports: []mirror.PortName{"GigabitEthernet1/0/5", "GigabitEthernet9/0/1", "TenGigabitEthernet1/1/1"}})
	if err != nil || len(some.Ports) != 2 || some.Ports[0].Port != "GigabitEthernet1/0/5" || some.Ports[1].Bandwidth != 1e10 || len(some.Missing) != 1 {
		t.Errorf("%+v, %v", some, err)
	}
	if _, err := b.conn.Counters(b.ctx(), mirror.CounterAsk{Ports: []mirror.PortName{"Gi1/0/5\nreload"}}); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

// Another hand makes a session of the number that was free when it was read: the
// device adds our lines to it. They are taken out again, and it is as it was.
func TestASessionThatAppearsBeforeThePushIsLeftAsItWas(t *testing.T) {
	for name, theirs := range map[string][]string{
		"other ports": {"monitor session 66 source interface Gi1/0/9 rx", "monitor session 66 destination interface Gi1/0/30"},
		"one of ours": {"monitor session 66 source interface Gi1/0/1 rx", "monitor session 66 source interface Gi1/0/9", "monitor session 66 destination interface Gi1/0/30"},
		"no ports":    {"monitor session 66 filter vlan 10"},
		"remote":      {"vlan 900", "remote-span", "exit", "monitor session 66 source interface Gi1/0/9", "monitor session 66 destination remote vlan 900"},
	} {
		t.Run(name, func(t *testing.T) {
			b := startLab(t, nil)
			p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{create("66", voiceOf("GigabitEthernet1/0/5"))})
			if err != nil {
				t.Fatal(err)
			}
			b.sw.Exec(append(append([]string{"configure terminal"}, theirs...), "end")...)
			before := stable(b.sw.RunningConfig())
			report, err := b.conn.Push(b.ctx(), "tx", p)
			if err != nil {
				t.Fatal(err)
			}
			if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrChanged) && !errors.Is(err, mirror.ErrRejected) {
				t.Errorf("%v", err)
			}
			if after := stable(b.sw.RunningConfig()); after != before {
				t.Errorf("the configuration was\n%s\nand is\n%s", before, after)
			}
		})
	}
}
