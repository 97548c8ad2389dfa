package engine_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// closed is a host whose profiles cannot be read any more.
type closed struct {
	gone atomic.Bool
	why  string
}

func (c *closed) Login(name string) (mirror.Login, error) {
	if c.gone.Load() {
		return mirror.Login{}, fmt.Errorf("credentials profile %q: no such file%s: %w", name, c.why, mirror.ErrCredentials)
	}
	return mirror.Login{Profile: name}, nil
}
func (c *closed) List() ([]mirror.Profile, error) { return []mirror.Profile{{Name: "campus"}}, nil }
func (c *closed) Known(string) bool               { return true }

// TestACheckWithoutCredentialsIsNoSuccess: a connection that is open proves
// nothing about the next login.
func TestACheckWithoutCredentialsIsNoSuccess(t *testing.T) {
	profiles := &closed{}
	b := newBench(t, func(c *engine.Config) { c.Profiles = profiles }, one())
	b.change("sw1", func(d *mirror.Device) { d.Transports.Config.Credentials = "campus" })
	check, err := b.CheckDevice(t.Context(), engine.Write{}, "sw1")
	if err != nil || !check.OK {
		t.Fatalf("%+v %v", check, err)
	}
	profiles.gone.Store(true)
	check, err = b.CheckDevice(t.Context(), engine.Write{}, "sw1")
	if err != nil || check.OK || len(check.Items) != 1 || check.Items[0].Name != "credentials" || check.Items[0].State != mirror.False {
		t.Errorf("%+v %v", check, err)
	}
}

// TestTheLastCheckIsKept, beside the reads that follow, over a restart, and in short.
func TestTheLastCheckIsKept(t *testing.T) {
	profiles := &closed{}
	b := newBench(t, func(c *engine.Config) { c.Profiles = profiles }, one())
	b.change("sw1", func(d *mirror.Device) { d.Transports.Config.Credentials = "campus" })
	kept := func() *mirror.LastCheck {
		t.Helper()
		view, err := b.Device(t.Context(), "sw1")
		if err != nil {
			t.Fatal(err)
		}
		return view.State.LastCheck
	}
	if c := kept(); c != nil {
		t.Errorf("before the first check: %+v", c)
	}
	w := engine.Write{Actor: engine.Actor{Name: "alice"}}
	began := time.Now()
	check, err := b.CheckDevice(t.Context(), w, "sw1")
	if c := kept(); err != nil || c == nil || !c.OK || c.Actor != "alice" || c.At.Before(began) || !slices.Equal(c.Items, check.Items) {
		t.Fatalf("%+v %v, of %+v", c, err, check)
	}
	if _, err := b.Sync(t.Context(), w, "sw1"); err != nil || kept() == nil {
		t.Errorf("after a read: %+v %v", kept(), err)
	}
	var stored mirror.DeviceState
	if err := b.db.View(t.Context(), func(tx mirror.Tx) (err error) { stored, err = tx.DeviceState("sw1"); return err }); err != nil || !reflect.DeepEqual(stored.LastCheck, kept()) {
		t.Errorf("in the store: %+v %v", stored.LastCheck, err)
	}

	gone, leave := context.WithCancel(t.Context())
	leave()
	_, err = b.CheckDevice(gone, w, "sw1")
	if c := kept(); !c.OK {
		t.Errorf("whoever asked has left (%v), and is kept as %+v", err, c)
	}
	profiles.gone.Store(true)
	profiles.why = strings.Repeat("ä", 300)
	check, err = b.CheckDevice(t.Context(), w, "sw1")
	c := kept()
	if err != nil || c.OK || len(c.Items) != 1 || len([]rune(check.Items[0].Message)) < 300 {
		t.Fatalf("%+v %v", c, err)
	}
	if short := c.Items[0].Message; len([]rune(short)) > 250 || !strings.HasSuffix(short, "ä ...") {
		t.Errorf("in short: %q", short)
	}
}

// TestACheckReadsTheTransportForState, and one that the platform has no driver for is
// refused.
func TestACheckReadsTheTransportForState(t *testing.T) {
	b := newBench(t, nil, one())
	var config string
	b.change("sw1", func(d *mirror.Device) {
		config = d.Transports.Config.Protocol
		d.Transports.State = &mirror.Transport{Protocol: config, Address: "192.0.2.7"}
	})
	check, err := b.CheckDevice(t.Context(), engine.Write{}, "sw1")
	last := check.Items[len(check.Items)-1]
	if err != nil || !check.OK || last.Name != "state" || last.State != mirror.True || last.Message != config+" to 192.0.2.7 tells whether sessions are programmed" {
		t.Errorf("%+v %v", check, err)
	}
	view, err := b.Device(t.Context(), "sw1")
	if err != nil {
		t.Fatal(err)
	}
	view.Device.Transports.State.Protocol = "telegraph"
	_, _, err = b.PutDevice(t.Context(), engine.Write{}, view.Device)
	if !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), "is not read over telegraph; served are "+config) {
		t.Error(err)
	}
}

// TestACheckSaysWhatWasWaitedFor: the check of a silent device is over before the
// device's own deadlines.
func TestACheckSaysWhatWasWaitedFor(t *testing.T) {
	sw := muted()
	b := newBench(t, func(c *engine.Config) { c.Timeouts.Submit = time.Millisecond }, map[string]*fakeSwitch{"sw1": sw})
	testkit.Eventually(t, patience, "it is connected to", func() bool { return sw.tried() > 0 })
	check, err := b.CheckDevice(t.Context(), engine.Write{}, "sw1")
	if err != nil || check.OK || !strings.Contains(check.Items[0].Message, "it is waited for: SSH handshake with sw1") {
		t.Errorf("%+v %v", check, err)
	}
}

// TestAChangedHostKeyIsNoRefusedLogin in the check, the device and its sessions.
func TestAChangedHostKeyIsNoRefusedLogin(t *testing.T) {
	sw := newSwitch("p1")
	sw.impostor = true
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": sw})
	check, err := b.CheckDevice(t.Context(), engine.Write{}, "sw1")
	if err != nil || check.OK || len(check.Items) != 2 || check.Items[0].State != mirror.True || check.Items[1].Name != "host-key" {
		t.Errorf("%+v %v", check, err)
	}
	if c := b.reachable("sw1"); c.Reason != "HostKeyChanged" {
		t.Errorf("%+v", c)
	}
	if _, err := b.Sync(t.Context(), admin, "sw1"); !errors.Is(err, mirror.ErrHostKeyChanged) || errors.Is(err, mirror.ErrAuth) {
		t.Errorf("%v", err)
	}
}
