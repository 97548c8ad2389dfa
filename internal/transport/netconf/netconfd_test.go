package netconf

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
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
    leaf best { type leafref { path "../entry/name"; } }
  }
}
`

// A netconfd is Debian's server (yuma123) behind Debian's OpenSSH: nothing of ours.
type netconfd struct{ sshd *testkit.OpenSSH }

func startNetconfd(t *testing.T) *netconfd {
	t.Helper()
	return &netconfd{testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")}
}

func (n *netconfd) dial(t *testing.T, only10 bool) *Conn {
	t.Helper()
	f := fake{addr: n.sshd.Addr}
	target := f.target(t)
	target.Username, target.Password, target.Key = mirror.NewSecret(n.sshd.User), mirror.Secret{}, mirror.NewSecret(n.sshd.Key)
	return n.open(t, target, Options{Only10: only10})
}

// open opens a session that answers. netconfd 2.13 never answers a request that it reads
// together with our hello, before which it speaks the other framing, and nothing tells
// when it has read that.
func (n *netconfd) open(t *testing.T, target mirror.Target, o Options) *Conn {
	t.Helper()
	for range 5 {
		c, err := Dial(t.Context(), target, o)
		if err != nil {
			t.Fatalf("%v\nsshd: %s", err, n.sshd.Log())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err = c.Do(ctx, GetConfig(Running, topFilter))
		cancel()
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
			return c
		}
		_ = c.Close()
		if !errors.Is(err, mirror.ErrTimeout) {
			t.Fatal(err)
		}
	}
	t.Fatal("netconfd answers no session")
	return nil
}

func (n *netconfd) do(t *testing.T, c *Conn, op Operation) Reply {
	t.Helper()
	r, err := c.Do(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const topFilter = `<top xmlns="urn:netmirror:test"/>`

func entry(name string, mtu int) Operation {
	return EditConfig(Edit{Target: Candidate, Config: fmt.Sprintf(`<top xmlns="urn:netmirror:test"><entry><name>%s</name><mtu>%d</mtu></entry></top>`, name, mtu)})
}

// has reports whether an entry is in a configuration, as another session sees it.
func (n *netconfd) has(t *testing.T, c *Conn, from Datastore, name string) bool {
	t.Helper()
	return strings.Contains(string(n.do(t, c, GetConfig(from, topFilter)).Body), "<name>"+name+"</name>")
}

func TestNetconfdHello(t *testing.T) {
	n := startNetconfd(t)
	for _, only10 := range []bool{true, false} {
		c := n.dial(t, only10)
		caps := c.Capabilities()
		for _, want := range []string{CandidateConfig, ConfirmedCommit11, RollbackOnError, Validate11, Notifications} {
			if !caps.Has(want) {
				t.Errorf("%s is not announced", want)
			}
		}
		if !slices.ContainsFunc(caps, func(x Capability) bool {
			return x.URI == "urn:netmirror:test" && x.Params.Get("module") == "nm-test" && x.Params.Get("revision") == "2026-01-01"
		}) {
			t.Errorf("%+v", caps)
		}
		if c.in.chunked == only10 || c.SessionID() == 0 {
			t.Errorf("chunked %v, session %d", c.in.chunked, c.SessionID())
		}
		if r := n.do(t, c, Get()); len(r.Body) < 10000 {
			t.Errorf("get has %d octets", len(r.Body))
		}
	}
}

func TestNetconfdLockEditCommit(t *testing.T) {
	for _, only10 := range []bool{true, false} {
		n := startNetconfd(t)
		c, other := n.dial(t, only10), n.dial(t, only10)
		n.do(t, c, Lock(Candidate))

		err := other.AcquireLock(t.Context(), Candidate, time.Now().Add(2*askFirst))
		wantKind(t, err, mirror.ErrBusy, fmt.Sprintf("NETCONF session %d", c.SessionID()))
		_, err = other.Do(t.Context(), entry("theirs", 1500))
		wantKind(t, err, mirror.ErrBusy)

		// An edit comes behind validate: netconfd 2.13 takes a candidate that it has validated
		// for unchanged, and its commit then does nothing.
		for _, r := range c.Pipeline(t.Context(), entry("a", 1500), Validate(Candidate), entry("c", 9000)) {
			if r.Err != nil {
				t.Error(r.Err)
			}
		}
		if n.has(t, other, Running, "a") {
			t.Error("it is running before the commit")
		}
		n.do(t, c, Commit())
		if !n.has(t, other, Running, "a") || !n.has(t, other, Running, "c") {
			t.Error("it is not what was committed")
		}
		for i, r := range c.Pipeline(t.Context(), entry("d", 1500), entry("b", 63), entry("e", 1500)) {
			if (i == 1) != (r.Err != nil) {
				t.Errorf("%d: %v", i, r.Err)
			}
			if i == 1 {
				wantKind(t, r.Err, mirror.ErrRejected, "edit-config candidate", "mtu")
			}
		}
		n.do(t, c, DiscardChanges())
		if n.has(t, c, Candidate, "d") || n.has(t, c, Candidate, "e") {
			t.Error("it was not discarded")
		}
		n.do(t, c, Unlock(Candidate))
		if err := other.AcquireLock(t.Context(), Candidate, time.Time{}); err != nil {
			t.Error(err)
		}
	}
}

// The lock goes with the connection that held it.
func TestNetconfdLockIsGivenBackByClosing(t *testing.T) {
	n := startNetconfd(t)
	c, other := n.dial(t, false), n.dial(t, false)
	n.do(t, c, Lock(Candidate))
	waited := make(chan error)
	go func() { waited <- other.AcquireLock(t.Context(), Candidate, time.Now().Add(testkit.Patience)) }()
	_ = c.Close()
	if err := <-waited; err != nil {
		t.Error(err)
	}
}

func TestNetconfdConfirmedCommit(t *testing.T) {
	n := startNetconfd(t)
	for _, persist := range []string{"", "nm-4f2a17"} {
		arm := func(name string) *Conn {
			c := n.dial(t, false)
			n.do(t, c, Lock(Candidate))
			n.do(t, c, entry(name, 1500))
			n.do(t, c, CommitConfirmed(time.Minute, persist, ""))
			if !n.has(t, c, Running, name) {
				t.Fatalf("%s is not running", name)
			}
			return c
		}
		c := arm("kept" + persist)
		if persist != "" { // from another connection
			_ = c.Close()
			c = n.dial(t, false)
		}
		n.do(t, c, Confirm(persist))
		if !n.has(t, c, Running, "kept"+persist) {
			t.Error("it was confirmed and is gone")
		}
		_ = c.Close()

		c = arm("cancelled" + persist)
		n.do(t, c, CancelCommit(persist))
		if n.has(t, c, Running, "cancelled"+persist) {
			t.Error("it was cancelled and is there")
		}
		_ = c.Close()
	}
	t.Run("lost", func(t *testing.T) {
		c := n.dial(t, false)
		n.do(t, c, entry("lost", 1500))
		n.do(t, c, CommitConfirmed(time.Minute, "", ""))
		_ = c.Close()
		other := n.dial(t, false)
		testkit.Eventually(t, testkit.Patience, "it went back with its session", func() bool { return !n.has(t, other, Running, "lost") })
	})
	t.Run("another's name", func(t *testing.T) {
		c := n.dial(t, false)
		n.do(t, c, entry("named", 1500))
		n.do(t, c, CommitConfirmed(time.Minute, "one", ""))
		_, err := c.Do(t.Context(), Confirm("two"))
		wantKind(t, err, mirror.ErrRejected)
		n.do(t, c, CancelCommit("one"))
	})
}

func TestNetconfdErrors(t *testing.T) {
	n := startNetconfd(t)
	c := n.dial(t, false)
	_, err := c.Do(t.Context(), RPC("reboot", `<no-such-thing xmlns="urn:nobody"/>`))
	wantKind(t, err, mirror.ErrRejected, "reboot")
	n.do(t, c, EditConfig(Edit{Target: Candidate, TestOption: "set", Config: `<top xmlns="urn:netmirror:test"><best>nobody</best></top>`}))
	_, err = c.Do(t.Context(), Validate(Candidate))
	wantKind(t, err, mirror.ErrRejected, "best")
	var reply *ErrorReply
	if !errors.As(err, &reply) || reply.Errors[0].Path == "" || reply.Errors[0].Tag == "" || reply.Errors[0].Type == "" {
		t.Errorf("%+v", reply)
	}
	_, err = c.Do(t.Context(), EditConfig(Edit{Target: Candidate, Config: `<top xmlns="urn:netmirror:test"><entry xmlns:nc="` + BaseNamespace + `" nc:operation="delete"><name>x</name></entry></top>`}))
	wantKind(t, err, mirror.ErrRejected, "edit-config")
	if !c.Alive() {
		t.Error("an error is no reason to break off")
	}
}

// What another session commits is told.
func TestNetconfdNotifications(t *testing.T) {
	n := startNetconfd(t)
	f := fake{addr: n.sshd.Addr}
	target := f.target(t)
	target.Username, target.Password, target.Key = mirror.NewSecret(n.sshd.User), mirror.Secret{}, mirror.NewSecret(n.sshd.Key)
	told := make(chan Notification, 100)
	c := n.open(t, target, Options{OnNotification: func(x Notification) { told <- x }})
	n.do(t, c, CreateSubscription(""))
	other := n.dial(t, false)
	n.do(t, other, entry("told", 1500))
	n.do(t, other, Commit())
	late := time.After(testkit.Patience)
	for {
		select {
		case x := <-told:
			if _, err := time.Parse(time.RFC3339, x.EventTime); err != nil {
				t.Error(err)
			}
			if strings.Contains(string(x.Body), "netconf-config-change") || strings.Contains(string(x.Body), "sysConfigChange") {
				return
			}
		case <-late:
			t.Fatal("nothing was told")
		}
	}
}
