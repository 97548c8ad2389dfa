package models

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

const testModule = `module nm-test {
  namespace "urn:netmirror:test";
  prefix t;
  revision 2026-01-01;
  container top {
    list entry {
      key name;
      leaf name { type string; }
      leaf mtu { type uint16 { range "64..9000"; } }
    }
  }
}
`

// testNETCONF is for Debian's netconfd, which takes a candidate that it has validated for
// unchanged (2.13) and would commit nothing.
var testNETCONF = NETCONF{Keys: map[string][]string{"/top/entry": {"name"}}, Unchecked: true}

// entries writes a session, whose text is an MTU, as an entry.
func entries() Platform {
	p := fakePlatform()
	p.Namespaces = testSpaces
	p.Can = func(mirror.Facts) mirror.Capabilities {
		return mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleRSPANTransit: {Level: mirror.Yes}}} // which asks for nothing else
	}
	p.Facts = func(s Server, _ Answers) (mirror.Facts, error) {
		if m, ok := s.Model("nm-test"); !ok || m.Version != "2026-01-01" || m.Namespace != "urn:netmirror:test" {
			return mirror.Facts{}, fmt.Errorf("%+v: %w", s, mirror.ErrUnsupported)
		}
		return mirror.Facts{}, nil
	}
	p.Narrow = func(mirror.Facts) []Read { return []Read{{Path: data.Names("t:top")}} }
	p.Around = func(mirror.Facts) []Read { return []Read{{Path: data.Names("t:top"), State: true}} }
	p.Observe = func(_ mirror.Facts, a Answers) (mirror.Observation, error) {
		var o mirror.Observation
		for _, e := range a.Config.Child("top").All("entry") {
			o.Natives = append(o.Natives, mirror.NativeSession{ID: e.Text("name"), Text: e.Text("mtu")})
		}
		if len(a.State.Child("top").All("entry")) != len(o.Natives) {
			return o, fmt.Errorf("state and configuration differ: %w", mirror.ErrParse)
		}
		return o, nil
	}
	at := func(c mirror.Change) data.Path { return data.P(data.S("t:top"), data.S("entry", "name", c.ID())) }
	p.Write = func(_ mirror.Facts, _ mirror.Observation, c mirror.Change) ([]data.Edit, error) {
		if c.After == nil {
			return []data.Edit{data.Del(at(c))}, nil
		}
		return []data.Edit{data.Set(at(c).To(data.S("mtu")), c.After.Text)}, nil
	}
	p.Allowed = func(c mirror.Change, path string) bool { return strings.HasPrefix(path, "/top/entry[name="+c.ID()+"]") }
	return p
}

// netconfdTarget is a server as a device.
func netconfdTarget(t *testing.T, d *testkit.OpenSSH) mirror.Target {
	t.Helper()
	host, port, err := net.SplitHostPort(d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return mirror.Target{Device: mirror.Device{Name: "sw1"}, Transport: mirror.Transport{Protocol: "netconf", Address: host, Port: n, HostKey: "insecure"},
		Login: mirror.Login{Username: mirror.NewSecret(d.User), Key: mirror.NewSecret(d.Key), For: mirror.Bindings{mirror.Any}}}
}

func openNETCONF(t *testing.T, d *testkit.OpenSSH, window time.Duration) *Conn {
	t.Helper()
	target := netconfdTarget(t, d)
	p := entries()
	var wire Wire
	// netconfd 2.13 never answers a request that it reads together with our hello.
	for range 5 {
		w, err := testNETCONF.Dial(t.Context(), target, p, netconf.Options{})
		if err != nil {
			t.Fatalf("%v\nsshd: %s", err, d.Log())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err = w.(*netconfWire).conn.Do(ctx, netconf.GetConfig(netconf.Running, `<top xmlns="urn:netmirror:test"/>`))
		cancel()
		if err == nil {
			wire = w
			break
		}
		_ = w.Close()
		if !errors.Is(err, mirror.ErrTimeout) {
			t.Fatal(err)
		}
	}
	if wire == nil {
		t.Fatal("netconfd answers no session")
	}
	c, err := testNETCONF.Driver(p).Open(t.Context(), target, wire, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// has is what a whole look sees.
func has(t *testing.T, c *Conn) string {
	t.Helper()
	k, err := c.Observe(t.Context(), mirror.Look{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, n := range k.Observation.Natives {
		ids = append(ids, n.ID+"="+n.Text)
	}
	return strings.Join(ids, " ")
}

// texts makes an entry of each "name=mtu", and removes that of a name alone.
func texts(t *testing.T, c *Conn, ids ...string) mirror.Payload {
	t.Helper()
	var changes []mirror.Change
	for _, id := range ids {
		name, mtu, made := strings.Cut(id, "=")
		change := mirror.Change{Mark: "nm-" + name, Before: &mirror.NativeSession{ID: name}}
		if made {
			change.Before, change.After = nil, &mirror.NativeSession{ID: name, Text: mtu, Spec: mirror.NativeSpec{Role: mirror.RoleRSPANTransit}}
		}
		changes = append(changes, change)
	}
	p, err := c.d.Render(c.Facts(), mirror.Observation{}, changes)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func push(t *testing.T, c *Conn, tx string, ids ...string) mirror.PushReport {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience) // a lock may be on its way back
	defer cancel()
	r, err := c.Push(ctx, tx, texts(t, c, ids...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNETCONFRefusalsStayWithTheirBlocks(t *testing.T) {
	for _, target := range []string{"candidate", "running"} {
		t.Run(target, func(t *testing.T) {
			d := testkit.StartNetconfd(t, "nm-test", testModule, "--target="+target)
			c, other := openNETCONF(t, d, 0), openNETCONF(t, d, 0)
			r := push(t, c, "nm-1", "a=1500", "bad=63", "b=9000", "worse=9001")
			for i, b := range r.Blocks {
				if i%2 == 0 && b.Err != nil {
					t.Errorf("%d: %v", i, b.Err)
				}
				var device *mirror.DeviceError
				if i%2 == 1 && (!errors.Is(b.Err, mirror.ErrRejected) || !errors.As(b.Err, &device) || device.Device != "sw1") {
					t.Errorf("%d: %v", i, b.Err)
				}
			}
			if !r.Until.IsZero() {
				t.Errorf("it waits until %v", r.Until)
			}
			if got := has(t, other); got != "a=1500 b=9000" {
				t.Errorf("it has %q", got)
			}
			if r := push(t, other, "nm-2", "a", "c=70"); r.Blocks[0].Err != nil || r.Blocks[1].Err != nil {
				t.Errorf("%+v", r)
			}
			if got := has(t, c); got != "b=9000 c=70" {
				t.Errorf("it has %q", got)
			}
			if r := push(t, c, "nm-3", "nothing"); !errors.Is(r.Blocks[0].Err, mirror.ErrRejected) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// What another hand changed since it was read is not overwritten, and the lock is given
// back whatever of a push is left.
func TestNETCONFWhatChangedSinceItWasReadIsNotSent(t *testing.T) {
	for _, target := range []string{"candidate", "running"} {
		t.Run(target, func(t *testing.T) {
			d := testkit.StartNetconfd(t, "nm-test", testModule, "--target="+target)
			c, other := openNETCONF(t, d, 0), openNETCONF(t, d, 0)
			push(t, c, "nm-1", "a=1500", "b=1500")
			has(t, c)
			has(t, other)
			push(t, other, "nm-2", "a")
			push(t, other, "nm-2", "a=9000")
			for i, ids := range [][]string{{"a"}, {"a", "b"}} {
				r := push(t, c, "nm-3", ids...)
				if !errors.Is(r.Blocks[0].Err, mirror.ErrChanged) || i == 1 && r.Blocks[1].Err != nil {
					t.Errorf("%v: %+v", ids, r)
				}
				if i == 0 {
					has(t, other)
					push(t, other, "nm-2", "c=1500") // nobody has the lock
					c.last = mirror.Known{Observation: mirror.Observation{At: time.Now(), Natives: []mirror.NativeSession{{ID: "a", Text: "1500"}, {ID: "b", Text: "1500"}}}}
				}
			}
			if got := has(t, other); got != "a=9000 c=1500" {
				t.Errorf("it has %q", got)
			}
		})
	}
}

func TestNETCONFRoundTrips(t *testing.T) {
	d := testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")
	c := openNETCONF(t, d, time.Minute)
	trips := 0
	ctx := mirror.WithRoundTrips(t.Context(), func() { trips++ })
	look := func() {
		if _, err := c.Observe(ctx, mirror.Look{Whole: true}); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if _, err := c.Push(ctx, "nm-1", texts(t, c, "a=1500", "b=1500")); err != nil {
		t.Fatal(err)
	}
	look()
	if err := c.Confirm(ctx, "nm-1"); err != nil {
		t.Fatal(err)
	}
	if trips > 6 {
		t.Errorf("%d round trips", trips)
	}
}

func TestNETCONFALockOfAnotherIsABusyDevice(t *testing.T) {
	d := testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")
	c, other := openNETCONF(t, d, 0), openNETCONF(t, d, 0)
	theirs := other.wire.(*netconfWire)
	if err := theirs.conn.AcquireLock(t.Context(), netconf.Candidate, time.Time{}); err != nil {
		t.Fatal(err)
	}
	r, err := c.Push(t.Context(), "nm-1", texts(t, c, "a=1500"))
	if err != nil || !errors.Is(r.Blocks[0].Err, mirror.ErrBusy) || !strings.Contains(r.Blocks[0].Err.Error(), fmt.Sprintf("session %d", theirs.conn.SessionID())) {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := theirs.conn.Do(t.Context(), netconf.Unlock(netconf.Candidate)); err != nil {
		t.Fatal(err)
	}
	if r := push(t, c, "nm-1", "a=1500"); r.Blocks[0].Err != nil {
		t.Error(r.Blocks[0].Err)
	}
}

// What somebody has left uncommitted is neither committed nor dropped.
func TestNETCONFACandidateOfAnotherStays(t *testing.T) {
	d := testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")
	c, other := openNETCONF(t, d, 0), openNETCONF(t, d, 0)
	theirs := other.wire.(*netconfWire)
	text := theirs.Encode([]data.Edit{data.Set(data.P(data.S("t:top"), data.S("entry", "name", "theirs"), data.S("mtu")), 1500)})
	if _, err := theirs.conn.Do(t.Context(), netconf.EditConfig(netconf.Edit{Target: netconf.Candidate, Config: text})); err != nil {
		t.Fatal(err)
	}
	r, err := c.Push(t.Context(), "nm-1", texts(t, c, "a=1500"))
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(r.Blocks[0].Err, mirror.ErrBusy) {
		t.Errorf("pushed over another's changes: %v", r.Blocks[0].Err)
	}
	if got := has(t, c); got != "" {
		t.Errorf("running has %q", got)
	}
	reply, err := theirs.conn.Do(t.Context(), netconf.GetConfig(netconf.Candidate))
	if err != nil || !strings.Contains(string(reply.Body), "theirs") {
		t.Errorf("the candidate has %s %v", reply.Body, err)
	}
}

func TestNETCONFConfirmedPushes(t *testing.T) {
	d := testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")
	c := openNETCONF(t, d, time.Minute)
	before := time.Now()
	r := push(t, c, "nm-1", "a=1500", "bad=1", "b=1500")
	if r.Blocks[0].Err != nil || r.Blocks[1].Err == nil || r.Blocks[2].Err != nil || r.Until.Before(before.Add(time.Minute)) || r.Until.After(time.Now().Add(time.Minute)) {
		t.Errorf("%+v", r)
	}
	waits, err := c.Pending(t.Context())
	if err != nil || len(waits) != 1 || waits[0] != (mirror.Pending{Kind: mirror.WaitTimer, Tx: "nm-1", Ours: true, Until: r.Until}) {
		t.Errorf("%+v %v", waits, err)
	}
	if r := push(t, c, "nm-1", "c=1500"); r.Blocks[0].Err != nil { // goes with what waits
		t.Error(r.Blocks[0].Err)
	}
	_ = c.Close()

	c = openNETCONF(t, d, time.Minute) // as behind a crash
	if got := has(t, c); got != "a=1500 b=1500 c=1500" {
		t.Errorf("it has %q", got)
	}
	if err := c.Confirm(t.Context(), "nm-0"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
	if err := c.Confirm(t.Context(), "nm-1"); err != nil {
		t.Error(err)
	}
	if err := c.Confirm(t.Context(), "nm-1"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	push(t, c, "nm-2", "d=1500", "a")
	_ = c.Close()
	c = openNETCONF(t, d, time.Minute)
	if err := c.Abort(t.Context(), "nm-2"); err != nil {
		t.Error(err)
	}
	if got := has(t, c); got != "a=1500 b=1500 c=1500" {
		t.Errorf("it has %q", got)
	}
	if err := c.Abort(t.Context(), "nm-2"); !errors.Is(err, mirror.ErrRejected) { // netconfd does not tell why
		t.Errorf("a second time: %v", err)
	}
}

// Where commits have no names they are bound to their session: it alone confirms them,
// and they go back with it.
func TestNETCONFPushesThatAreBoundToTheirSession(t *testing.T) {
	d := testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")
	bound := func() *Conn {
		c := openNETCONF(t, d, time.Minute)
		c.wire.(*netconfWire).persists = false
		return c
	}
	c, other := bound(), bound()
	push(t, c, "nm-1", "a=1500")
	waits, err := c.Pending(t.Context())
	if err != nil || len(waits) != 1 || waits[0].Kind != mirror.WaitTrial {
		t.Errorf("%+v %v", waits, err)
	}
	for _, settle := range []func(context.Context, string) error{other.Confirm, other.Abort} {
		if err := settle(t.Context(), "nm-1"); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("over another session: %v", err)
		}
	}
	if err := c.Confirm(t.Context(), "nm-1"); err != nil {
		t.Error(err)
	}
	push(t, c, "nm-2", "b=1500")
	if err := c.Abort(t.Context(), "nm-2"); err != nil {
		t.Error(err)
	}
	testkit.Eventually(t, testkit.Patience, "it went back with its session", func() bool { return has(t, other) == "a=1500" })
	c = bound()
	push(t, c, "nm-3", "c=1500")
	_ = c.Close()
	testkit.Eventually(t, testkit.Patience, "it went back with its session", func() bool { return has(t, other) == "a=1500" })
	if r := push(t, other, "nm-4", "d=1500"); r.Blocks[0].Err != nil { // the lock went, too
		t.Error(r.Blocks[0].Err)
	}
}

// Before the commit it is known that nothing happened.
func TestNETCONFAConnectionThatIsLostBeforeTheCommit(t *testing.T) {
	d := testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")
	c := openNETCONF(t, d, time.Minute)
	d.Signal(syscall.SIGKILL)
	report, err := c.Push(t.Context(), "nm-1", texts(t, c, "a=1500", "b=1500"))
	if !errors.Is(err, mirror.ErrNotSent) || !errors.Is(err, mirror.ErrUnreachable) || len(report.Blocks) > 0 {
		t.Errorf("%+v %v", report, err)
	}
}
