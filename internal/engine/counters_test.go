package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// Counters of the ports that are asked for and that the switch has.
func (c fakeConn) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	if err := c.s.silence(ctx); err != nil {
		return mirror.CounterRead{}, err
	}
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polls++
	if c.line <= s.hungUp || s.down {
		return mirror.CounterRead{}, fmt.Errorf("fake: hung up: %w", mirror.ErrUnreachable)
	}
	out := mirror.CounterRead{At: time.Now()}
	for _, p := range s.ports {
		if c := (mirror.PortCounters{Port: p.Name, Up: p.Up, InOctets: uint64(s.polls), Complete: true}); ask.Wants(c) {
			if mean, told := s.means[p.Name]; told {
				c.In, c.Out = &mean[0], &mean[1]
			}
			out.Ports = append(out.Ports, c)
		}
	}
	return out, nil
}

// An agent counts over a transport of its own.
type agent struct {
	mu       sync.Mutex
	opened   int
	closed   int
	at       int // readings at this moment
	most     int // of them at one time
	reads    int
	err      error // the answer, nil = counters
	login    mirror.Login
	platform string
	limits   mirror.WaitingLimits
	onRead   func()
}

func (a *agent) driver() worker.CounterDriver {
	return worker.CounterDriver{Protocol: "snmp", Every: 10 * time.Second,
		Connect: func(_ context.Context, t mirror.Target, platform worker.Driver) (worker.CounterConn, error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.opened++
			a.login, a.platform, a.limits = t.Login, platform.Platform, t.Transport.Timeouts
			return a, nil
		}}
}

func (a *agent) Counters(_ context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	a.mu.Lock()
	a.at++
	a.most, a.reads = max(a.most, a.at), a.reads+1
	err, hook := a.err, a.onRead
	a.mu.Unlock()
	if hook != nil {
		hook()
	}
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.at--
	}()
	out := mirror.CounterRead{At: time.Now(), Uptime: time.Hour, Missing: map[mirror.PortName]string{}}
	for _, p := range ask.Ports {
		if p == "d1" {
			out.Missing[p] = "the agent has no such port"
			continue
		}
		out.Ports = append(out.Ports, mirror.PortCounters{Port: p, Complete: true, InOctets: 4711})
	}
	return out, err
}

func (a *agent) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed++
	return nil
}

func (a *agent) set(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

// is demands how often connections were opened, closed and read over.
func (a *agent) is(t *testing.T, opened, closed, reads int) {
	t.Helper()
	testkit.Eventually(t, patience, fmt.Sprintf("%d connections opened, %d closed, %d reads", opened, closed, reads), func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.opened == opened && a.closed == closed && a.reads == reads
	})
}

// turning is a host whose one profile is changed now and then.
type turning struct {
	mu    sync.Mutex
	login mirror.Login
}

func (p *turning) Login(string) (mirror.Login, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.login, nil
}
func (p *turning) List() ([]mirror.Profile, error) { return nil, nil }
func (p *turning) Known(string) bool               { return true }

func (p *turning) turn(stamp string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.login = mirror.Login{Profile: "campus", Username: mirror.NewSecret("nms"), Password: mirror.NewSecret("hunter2"), Stamp: stamp,
		SNMP: mirror.SNMPLogin{Community: mirror.NewSecret("c0mmunity"), Username: mirror.NewSecret("poller"),
			AuthPassword: mirror.NewSecret("authpass1"), PrivacyPassword: mirror.NewSecret("privpass1")}}
}

// counted is a bench of one switch with an agent.
func counted(t *testing.T, a *agent, config func(*engine.Config)) *bench {
	t.Helper()
	profiles := &turning{}
	profiles.turn("1")
	b := newBench(t, func(c *engine.Config) {
		c.Counters, c.Profiles = []worker.CounterDriver{a.driver()}, profiles
		if config != nil {
			config(c)
		}
	}, one())
	b.change("sw1", func(d *mirror.Device) {
		d.Transports.Counters = &mirror.Transport{Protocol: "snmp", Address: "192.0.2.7", Credentials: "campus"}
	})
	return b
}

func onPorts(ports ...mirror.PortName) mirror.CounterAsk { return mirror.CounterAsk{Ports: ports} }

// unmeasured is an intent for which nobody reads counters.
func unmeasured(s mirror.Session) mirror.Session {
	s.Admission = &mirror.Admission{Mode: mirror.AdmissionOff}
	return s
}

// Counters of a device without a transport for them come over the connection of its
// worker.
func TestCountersComeOverTheWorkersConnection(t *testing.T) {
	sw := newSwitch("p1", "d1")
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": sw})
	b.put(unmeasured(intent("s", "sw1:d1", "sw1:p1")))
	for range 5 {
		read, err := b.Counters(t.Context(), "sw1", onPorts("p1", "p9"))
		if err != nil || len(read.Ports) != 1 || read.Ports[0].Port != "p1" {
			t.Fatalf("%+v, %v", read, err)
		}
	}
	sw.mu.Lock()
	if sw.lines != 1 || sw.polls != 5 {
		t.Errorf("%d connections, %d polls", sw.lines, sw.polls)
	}
	sw.mu.Unlock()
	if _, err := b.Counters(t.Context(), "sw9", onPorts("p1")); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("of no device: %v", err)
	}
	if read, err := b.Counters(t.Context(), "sw1", mirror.CounterAsk{}); err != nil || len(read.Ports) > 0 {
		t.Errorf("of nothing: %+v, %v", read, err)
	}
}

func TestCountersComeOverATransportOfTheirOwn(t *testing.T) {
	a := &agent{}
	b := counted(t, a, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			read, err := b.Counters(t.Context(), "sw1", onPorts("p1"))
			if err != nil || len(read.Ports) != 1 || read.Ports[0].InOctets != 4711 {
				t.Errorf("%+v, %v", read, err)
			}
		})
	}
	all.Wait()
	a.is(t, 1, 0, 8)
	if a.most != 1 || a.platform != "fake" || b.switches["sw1"].polls != 0 {
		t.Errorf("%d at a time, over platform %q, %d over the worker's connection", a.most, a.platform, b.switches["sw1"].polls)
	}
	d, err := b.Device(t.Context(), "sw1")
	if err != nil {
		t.Fatal(err)
	}
	if every, all := b.CountsEvery(d.Device); every != 10*time.Second || !all {
		t.Errorf("every %v, all %t", every, all)
	}
	// A changed entry, another profile and the end of the entry close it.
	b.change("sw1", func(d *mirror.Device) { d.Transports.Counters.Port = 1161 })
	a.is(t, 1, 1, 8)
	_, err = b.Counters(t.Context(), "sw1", onPorts("p1"))
	a.is(t, 2, 1, 9)
	b.change("sw1", func(d *mirror.Device) { d.Transports.Counters = nil })
	a.is(t, 2, 2, 9)
	if _, err2 := b.Counters(t.Context(), "sw1", onPorts("p1")); err != nil || err2 != nil || b.switches["sw1"].polls != 1 {
		t.Errorf("%v, %v, %d over the worker's connection", err, err2, b.switches["sw1"].polls)
	}
}

// How long a command line may be silent is no measure for an agent: its requests go again
// when they are lost.
func TestHowLongAnAgentIsWaitedForIsItsTransportsToSay(t *testing.T) {
	a := &agent{}
	b := counted(t, a, func(c *engine.Config) { c.Timeouts.Read, c.Timeouts.Dial = 3*time.Minute, time.Minute })
	for _, want := range []mirror.WaitingLimits{{Dial: mirror.Duration(time.Minute)}, {Dial: mirror.Duration(2 * time.Second), Read: mirror.Duration(9 * time.Second)}} {
		if want.Read != 0 {
			b.change("sw1", func(d *mirror.Device) { d.Transports.Counters.Timeouts = want })
		}
		if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); err != nil || a.limits != want {
			t.Errorf("%+v, %v, want %+v", a.limits, err, want)
		}
	}
}

func TestOtherCredentialsMeanAnotherConnection(t *testing.T) {
	a := &agent{}
	profiles := &turning{}
	profiles.turn("1")
	b := counted(t, a, func(c *engine.Config) { c.Profiles = profiles })
	read := func() error { _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); return err }
	if err := errors.Join(read(), read()); err != nil {
		t.Fatal(err)
	}
	a.is(t, 1, 0, 2)
	profiles.turn("2")
	if err := read(); err != nil {
		t.Fatal(err)
	}
	a.is(t, 2, 1, 3)
	b.stop()
	a.is(t, 2, 2, 3)
}

func TestAConnectionForCountersIsClosedWhenNobodyReads(t *testing.T) {
	a := &agent{}
	b := counted(t, a, func(c *engine.Config) { c.Timeouts.Idle = time.Millisecond })
	if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); err != nil {
		t.Fatal(err)
	}
	a.is(t, 1, 1, 1)
	// So it is after a reading that failed and says nothing against the connection.
	a.set(fmt.Errorf("what is this: %w", mirror.ErrParse))
	if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); !errors.Is(err, mirror.ErrParse) {
		t.Fatal(err)
	}
	a.is(t, 2, 2, 2)
}

// An agent that does not answer is not asked again at once, but for a check; what it said
// is told without the credentials.
func TestAnAgentThatDoesNotAnswerIsLeftAloneForAWhile(t *testing.T) {
	a := &agent{err: fmt.Errorf("user nms, community hunter2, c0mmunity, poller, authpass1, privpass1: no answer: %w", mirror.ErrTimeout)}
	b := counted(t, a, nil)
	for range 3 {
		_, err := b.Counters(t.Context(), "sw1", onPorts("p1"))
		if !errors.Is(err, mirror.ErrTimeout) || !strings.Contains(err.Error(), "no answer") || shown(err.Error()) {
			t.Errorf("%v", err)
		}
	}
	a.is(t, 1, 1, 1)
	check, err := b.CheckDevice(t.Context(), engine.Write{}, "sw1")
	last := check.Items[len(check.Items)-1]
	if err != nil || check.OK || last.Name != "counters" || last.State != mirror.False || shown(last.Message) {
		t.Errorf("%+v %v", check, err)
	}
	a.is(t, 2, 2, 2)
	// A fault of one answer says nothing against the connection.
	a.set(nil)
	if check, err = b.CheckDevice(t.Context(), engine.Write{}, "sw1"); err != nil || !check.OK {
		t.Errorf("%+v %v", check, err)
	}
	a.set(fmt.Errorf("what is this: %w", mirror.ErrParse))
	if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); !errors.Is(err, mirror.ErrParse) {
		t.Error(err)
	}
	a.set(nil)
	if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); err != nil {
		t.Error(err)
	}
	a.is(t, 3, 2, 5)
}

// shown reports whether a text holds anything that the agent is shown.
func shown(text string) bool {
	return slices.ContainsFunc([]string{"nms", "hunter2", "c0mmunity", "poller", "authpass1", "privpass1"}, func(s string) bool { return strings.Contains(text, s) })
}

// Who gives up a reading, such as a user who leaves a check, says nothing of the agent: the
// next reading is made at once.
func TestAReadingThatIsGivenUpPausesNothing(t *testing.T) {
	a := &agent{}
	b := counted(t, a, nil)
	ctx, cancel := context.WithCancel(t.Context())
	a.set(fmt.Errorf("given up: %w", mirror.ErrUnreachable))
	a.mu.Lock()
	a.onRead = cancel
	a.mu.Unlock()
	if _, err := b.Counters(ctx, "sw1", onPorts("p1")); !errors.Is(err, mirror.ErrUnreachable) {
		t.Fatalf("%v", err)
	}
	a.set(nil)
	if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); err != nil {
		t.Error(err)
	}
	a.is(t, 2, 1, 2)
}

func TestACheckSaysWhatItReadOfCounters(t *testing.T) {
	b := counted(t, &agent{}, nil)
	check, err := b.CheckDevice(t.Context(), engine.Write{}, "sw1")
	last := check.Items[len(check.Items)-1]
	want := "snmp to 192.0.2.7: the counters of 4 of the first 5 ports that are up were read; d1 was not: the agent has no such port"
	if err != nil || !check.OK || last.State != mirror.True || last.Message != want {
		t.Errorf("%+v %v", last, err)
	}
}

func TestATransportForCountersMustBeServed(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Counters = []worker.CounterDriver{{Protocol: "snmp"}, {Protocol: "gnmi"}} }, one())
	view, err := b.Device(t.Context(), "sw1")
	if err != nil {
		t.Fatal(err)
	}
	d := view.Device
	d.Transports.Counters = &mirror.Transport{Protocol: "fake", Address: "192.0.2.7"}
	_, _, err = b.PutDevice(t.Context(), admin, d)
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, mirror.ErrInvalid) {
		t.Fatal(err)
	}
	want := []mirror.Reason{{Pointer: "/transports/counters/protocol", Code: "unsupported",
		Message: "counters are not read over fake; served are gnmi, snmp. Left out, they are read over the transport config"}}
	if diff := cmp.Diff(want, slices.Clone(refusal.Reasons)); diff != "" {
		t.Error(diff)
	}
}
