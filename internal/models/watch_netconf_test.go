package models

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

func TestNotificationsOfChanges(t *testing.T) {
	const ns = ` xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"`
	const by = "<changed-by><username>u</username><session-id>7</session-id></changed-by>"
	for _, c := range []struct {
		name, body string
		want       bool
	}{
		{"what runs", "<netconf-config-change" + ns + ">" + by + "<datastore>running</datastore></netconf-config-change>", true},
		{"running is the default", "<netconf-config-change" + ns + "><changed-by><server/></changed-by></netconf-config-change>", true},
		{"a prefix", `<n:netconf-config-change xmlns:n="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"><n:datastore>running</n:datastore></n:netconf-config-change>`, true},
		{"what was saved", "<netconf-config-change" + ns + ">" + by + "<datastore>startup</datastore></netconf-config-change>", false},
		{"a commit that was taken back", "<netconf-confirmed-commit" + ns + "><confirm-event>timeout</confirm-event></netconf-confirmed-commit>", true},
		{"a login", "<netconf-session-start" + ns + "><username>u</username></netconf-session-start>", false},
		{"somebody else's event of that name", `<netconf-config-change xmlns="urn:x"/>`, false},
		{"behind another", `<other xmlns="urn:x"/><netconf-config-change` + ns + "/>", true},
		{"nothing", "", false},
	} {
		if got, err := isChange([]byte(c.body)); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if _, err := isChange([]byte(strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000))); err == nil {
		t.Error("depth without end was taken")
	}
}

// watchNetconfd watches a server, and returns when it listens. As in openNETCONF, a session
// may never be answered.
func watchNetconfd(t *testing.T, d *testkit.OpenSSH) (news chan struct{}, done chan error, cancel func()) {
	t.Helper()
	target := netconfdTarget(t, d)
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		news, done := make(chan struct{}, 100), make(chan error, 1)
		go func() { done <- testNETCONF.Watch(ctx, target, netconf.Options{}, func() { news <- struct{}{} }) }()
		select {
		case <-news:
			t.Cleanup(cancel)
			return news, done, cancel
		case err := <-done:
			t.Fatalf("the watch ended: %v\nsshd: %s", err, d.Log())
		case <-time.After(10 * time.Second):
		}
		cancel()
		<-done
	}
	t.Fatal("netconfd answers no session")
	return nil, nil, nil
}

// What another session commits on Debian's netconfd is told, and what it only edits is not.
func TestNetconfdIsWatched(t *testing.T) {
	d := testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")
	news, done, cancel := watchNetconfd(t, d)
	next := func(what string) {
		t.Helper()
		select {
		case <-news:
		case err := <-done:
			t.Fatalf("%s: the watch ended: %v\nsshd: %s", what, err, d.Log())
		case <-time.After(testkit.Patience):
			t.Fatalf("%s was not told", what)
		}
	}
	c := openNETCONF(t, d, 0)
	if r, err := c.Push(t.Context(), "tx-1", texts(t, c, "a=1500")); err != nil || len(r.Blocks) != 1 || r.Blocks[0].Err != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	next("a commit")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the watch ended with %v", err)
	}
}

// Its end is told with a kind, and soon.
func TestALostWatchOverNETCONFIsTold(t *testing.T) {
	d := testkit.StartNetconfd(t, "nm-test", testModule, "--target=candidate")
	_, done, _ := watchNetconfd(t, d)
	d.Signal(syscall.SIGKILL)
	select {
	case err := <-done:
		if !errors.Is(err, mirror.ErrUnreachable) {
			t.Errorf("the watch ended with %v", err)
		}
	case <-time.After(testkit.Patience):
		t.Fatal("its end was not told")
	}
}
