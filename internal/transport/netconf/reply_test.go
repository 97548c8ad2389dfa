package netconf

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func parsed(t *testing.T, body string) message {
	t.Helper()
	m, err := parseMessage([]byte("<!-- said before --><rpc-reply xmlns='" + BaseNamespace + "' xmlns:v='urn:vendor?a&amp;b' message-id='8'>\n" + body + "\n</rpc-reply> "))
	if err != nil {
		t.Fatal(err)
	}
	if m.id != "8" || m.notification {
		t.Errorf("%+v", m)
	}
	return m
}

func TestReplies(t *testing.T) {
	const base = ` xmlns="` + BaseNamespace + `" xmlns:v="urn:vendor?a&amp;b"`
	for name, c := range map[string]struct {
		body string
		want Reply
	}{
		"ok":             {"<ok/>", Reply{OK: true}},
		"nothing":        {"", Reply{}},
		"data":           {`<data><a xmlns="urn:a"><b>1</b></a></data>`, Reply{Body: []byte(`<data` + base + `><a xmlns="urn:a"><b>1</b></a></data>`)}},
		"empty data":     {`<data/>`, Reply{Body: []byte(`<data` + base + `/>`)}},
		"own namespaces": {`<data xmlns:v="urn:other" xmlns="` + BaseNamespace + `"><v:x/></data>`, Reply{Body: []byte(`<data xmlns:v="urn:other" xmlns="` + BaseNamespace + `"><v:x/></data>`)}},
		"a vendor's":     {`<v:result a="1">saved</v:result>`, Reply{Body: []byte(`<v:result` + base + ` a="1">saved</v:result>`)}},
		"comments":       {"<!-- withheld --><data/>", Reply{Body: []byte(`<!-- withheld --><data` + base + `/>`)}},
		"two elements":   {"<v:a/>\n<v:b />", Reply{Body: []byte(`<v:a` + base + `/><v:b` + base + ` />`)}},
		"no error inside of data": {`<data><v:counters><v:rpc-error>3</v:rpc-error></v:counters></data>`,
			Reply{Body: []byte(`<data` + base + `><v:counters><v:rpc-error>3</v:rpc-error></v:counters></data>`)}},
	} {
		t.Run(name, func(t *testing.T) {
			m := parsed(t, c.body)
			if diff := cmp.Diff(c.want, m.reply); diff != "" || len(m.errs) > 0 {
				t.Errorf("%v (-want +got):\n%s", m.errs, diff)
			}
		})
	}
}

func TestErrorsOfAReply(t *testing.T) {
	m := parsed(t, `<rpc-error><error-type>application</error-type><error-tag>invalid-value</error-tag><error-severity>error</error-severity>
		<error-app-tag>range</error-app-tag><error-path xmlns:t="urn:t">
			/t:top/t:mtu
		</error-path><error-message xml:lang="en">
			the value
			is out of range
		</error-message><error-info><bad-element>mtu</bad-element><v:more><v:line>7</v:line><v:col>2</v:col></v:more></error-info></rpc-error>
		<rpc-error><error-type>protocol</error-type><error-tag>data-missing</error-tag><error-severity>warning</error-severity><error-message>statement not found</error-message></rpc-error>
		<rpc-error><error-tag>operation-failed</error-tag></rpc-error>`)
	want := []RPCError{
		{Type: "application", Tag: "invalid-value", Severity: "error", AppTag: "range", Path: "/t:top/t:mtu", Message: "the value is out of range",
			Info: []Detail{{"bad-element", "mtu"}, {"line", "7"}, {"col", "2"}}},
		{Tag: "operation-failed"},
	}
	if diff := cmp.Diff(want, m.errs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]RPCError{{Type: "protocol", Tag: "data-missing", Severity: "warning", Message: "statement not found"}}, m.reply.Warnings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	err := refusal("sw1", "edit-config candidate", m.errs, nil)
	if want := `sw1 answered "the value is out of range (/t:top/t:mtu, line 7, col 2); operation-failed" to "edit-config candidate"`; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// Junos answers a commit with its own element, errors inside of it, and <ok/> at times.
func TestErrorsInsideOfResults(t *testing.T) {
	m := parsed(t, `<commit-results><rpc-error><error-type>application</error-type><error-tag>operation-failed</error-tag><error-severity>error</error-severity>
		<error-message>configuration check-out failed</error-message></rpc-error><rpc-error><error-severity>warning</error-severity><error-message>licence</error-message></rpc-error></commit-results><ok/>`)
	if len(m.errs) != 1 || len(m.reply.Warnings) != 1 || !m.reply.OK {
		t.Errorf("%+v", m)
	}
}

func TestKindsOfErrors(t *testing.T) {
	f := newFake(t)
	f.answer = func(p *peer, rpc request) { p.reply(rpc, rpc.Operation.Inner) }
	c := dial(t, f, func(_ *mirror.Target, o *Options) {
		o.Redact = func(s string) string { return strings.ReplaceAll(s, "snmp-key", "<removed>") }
	})
	ask := func(body string) (Reply, error) { return c.Do(t.Context(), RPC("try", "<say>"+body+"</say>")) }
	for tag, kind := range map[string]error{
		"lock-denied": mirror.ErrBusy, "in-use": mirror.ErrBusy, "access-denied": mirror.ErrAuth, "operation-not-supported": mirror.ErrUnsupported,
		"data-exists": mirror.ErrRejected, "operation-failed": mirror.ErrRejected, "": mirror.ErrRejected, "resource-denied": mirror.ErrRejected,
	} {
		_, err := ask(rpcError("protocol", tag, "error", "no", "<session-id>12</session-id>"))
		wantKind(t, err, kind, "no", "sw1", `"try"`)
		if owner, ok := LockOwner(err); ok != (tag == "lock-denied") || ok && owner != "12" {
			t.Errorf("%s: %q %v", tag, owner, ok)
		}
		var device *mirror.DeviceError
		if !errors.As(err, &device) || device.Device != "sw1" || device.Answer != "no (session-id 12)" {
			t.Errorf("%+v", device)
		}
	}
	_, err := ask(rpcError("", "lock-denied", "error", "held", "") + rpcError("", "invalid-value", "error", "bad", ""))
	wantKind(t, err, mirror.ErrRejected, "held; bad")
	if errors.Is(err, mirror.ErrBusy) {
		t.Error("two kinds are none")
	}
	r, err := ask(rpcError("application", "data-missing", "warning", "statement not found", "") + "<ok/>")
	if err != nil || !r.OK || len(r.Warnings) != 1 || r.Warnings[0].Message != "statement not found" {
		t.Errorf("%+v %v", r, err)
	}
	_, err = ask(rpcError("", "invalid-value", "error", "not "+testPassword+" nor snmp-key", "<bad-element>"+testPassword+"</bad-element>"))
	wantKind(t, err, mirror.ErrRejected, "not ******** nor <removed>")
	if !c.Alive() {
		t.Error("an error is no reason to break off")
	}
}

func TestASecondReplyIsOneTooMany(t *testing.T) {
	f := newFake(t)
	f.answer = func(p *peer, rpc request) { p.reply(rpc, "<ok/>"); p.reply(rpc, "<ok/>") }
	c := dial(t, f, nil)
	if _, err := c.Do(t.Context(), Get()); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
}

func TestTheLockIsWaitedFor(t *testing.T) {
	f := newFake(t)
	var asked atomic.Int32
	f.answer = func(p *peer, rpc request) {
		if asked.Add(1) < 3 {
			p.reply(rpc, rpcError("protocol", "lock-denied", "error", "Lock failed", "<session-id>12</session-id>"))
			return
		}
		p.reply(rpc, "<ok/>")
	}
	c := dial(t, f, nil)
	if err := c.AcquireLock(t.Context(), Candidate, time.Now().Add(patience)); err != nil || asked.Load() != 3 {
		t.Errorf("%v after %d", err, asked.Load())
	}
}

func TestALockThatIsNotGivenBackTellsItsOwner(t *testing.T) {
	for id, words := range map[string]string{"12": "NETCONF session 12", "0": "not NETCONF's", "": "not given"} {
		f := newFake(t)
		f.answer = func(p *peer, rpc request) {
			info := ""
			if id != "" {
				info = "<session-id>" + id + "</session-id>"
			}
			p.reply(rpc, rpcError("protocol", "lock-denied", "error", "Lock failed, "+rpc.Operation.XMLName.Local, info))
		}
		c := dial(t, f, nil)
		wantKind(t, c.AcquireLock(t.Context(), Candidate, time.Time{}), mirror.ErrBusy, words, "Lock failed, lock")
		if n := len(f.asked()); n != 1 {
			t.Errorf("without a time it was asked %d times", n)
		}
		wantKind(t, c.AcquireLock(t.Context(), Candidate, time.Now().Add(2*askFirst)), mirror.ErrBusy, words)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantKind(t, c.AcquireLock(ctx, Candidate, time.Time{}), context.Canceled)
		if !c.Alive() {
			t.Error("the connection is gone")
		}
	}
}

// Whatever a server calls the changes that others have left, they are waited for; what
// asking again cannot change is not.
func TestALockIsRefusedForManyReasons(t *testing.T) {
	for tag, kind := range map[string]error{"operation-failed": nil, "resource-denied": nil,
		"access-denied": mirror.ErrAuth, "operation-not-supported": mirror.ErrUnsupported} {
		f := newFake(t)
		var asked atomic.Int32
		f.answer = func(p *peer, rpc request) {
			if asked.Add(1) == 2 {
				p.reply(rpc, "<ok/>")
				return
			}
			p.reply(rpc, rpcError("protocol", tag, "error", "database modified", ""))
		}
		err := dial(t, f, nil).AcquireLock(t.Context(), Candidate, time.Now().Add(patience))
		if kind != nil {
			wantKind(t, err, kind, "database modified")
		}
		if n := asked.Load(); (n == 2) != (kind == nil) || (err == nil) != (kind == nil) {
			t.Errorf("%s: asked %d times, %v", tag, n, err)
		}
	}
}

func TestNotifications(t *testing.T) {
	const note = `<notification xmlns="` + notificationNamespace + `"><eventTime>2026-01-02T03:04:05Z</eventTime><netconf-config-change xmlns="urn:n"><n>%d</n></netconf-config-change></notification>`
	const sent = notesKept + 40
	f := newFake(t)
	f.answer = func(p *peer, rpc request) {
		if rpc.Operation.XMLName == (xml.Name{Space: notificationNamespace, Local: "create-subscription"}) {
			p.reply(rpc, "<ok/>")
			return
		}
		if strings.Contains(rpc.Operation.Inner, "again") {
			p.send(fmt.Sprintf(note, sent))
		} else {
			for i := range sent {
				p.send(fmt.Sprintf(note, i))
			}
		}
		p.reply(rpc, "<ok/>")
	}
	var mu sync.Mutex
	var got []Notification
	busy := make(chan bool)
	c := dial(t, f, func(_ *mirror.Target, o *Options) {
		o.OnNotification = func(n Notification) {
			mu.Lock()
			got = append(got, n)
			mu.Unlock()
			<-busy
		}
	})
	if _, err := c.Do(t.Context(), CreateSubscription("NETCONF", "<a/>")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), RPC("notify", "<notify/>")); err != nil { // the callback is busy all the time
		t.Fatal(err)
	}
	seen := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(got)
	}
	close(busy)
	testkit.Eventually(t, patience, "what was kept was told", func() bool { return seen() >= notesKept })
	if _, err := c.Do(t.Context(), RPC("notify", "<notify>again</notify>")); err != nil {
		t.Fatal(err)
	}
	last := func() Notification {
		mu.Lock()
		defer mu.Unlock()
		return got[len(got)-1]
	}
	testkit.Eventually(t, patience, "the last one was told", func() bool { return strings.Contains(string(last().Body), fmt.Sprintf("<n>%d</n>", sent)) })
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if missed := last().Missed; missed < sent-notesKept-1 || missed+len(got) != sent+1 {
		t.Errorf("%d missed, %d told", missed, len(got))
	}
	want := Notification{EventTime: "2026-01-02T03:04:05Z", Body: []byte(`<netconf-config-change xmlns="urn:n"><n>0</n></netconf-config-change>`)}
	if diff := cmp.Diff(want, got[0], cmpopts.IgnoreFields(Notification{}, "Missed")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOperations(t *testing.T) {
	for _, c := range []struct {
		op         Operation
		name, body string
	}{
		{Get(), "get", "<get></get>"},
		{GetConfig(Running, "<a/>", "<b/>"), "get-config running", `<get-config><source><running/></source><filter type="subtree"><a/><b/></filter></get-config>`},
		{EditConfig(Edit{Target: Running, DefaultOperation: "none", TestOption: "test-then-set", ErrorOption: "rollback-on-error", Config: "<a/>"}), "edit-config running",
			"<edit-config><target><running/></target><default-operation>none</default-operation><test-option>test-then-set</test-option><error-option>rollback-on-error</error-option><config><a/></config></edit-config>"},
		{Unlock(Candidate), "unlock candidate", "<unlock><target><candidate/></target></unlock>"},
		{Validate(Candidate), "validate candidate", "<validate><source><candidate/></source></validate>"},
		{CommitConfirmed(90001e6, "nm<1>", ""), "commit confirmed", "<commit><confirmed/><confirm-timeout>91</confirm-timeout><persist>nm&lt;1&gt;</persist></commit>"},
		{CommitConfirmed(60e9, "", ""), "commit confirmed", "<commit><confirmed/><confirm-timeout>60</confirm-timeout></commit>"},
		{CommitConfirmed(60e9, "nm", "nm"), "commit confirmed", "<commit><confirmed/><confirm-timeout>60</confirm-timeout><persist>nm</persist><persist-id>nm</persist-id></commit>"},
		{Confirm("nm"), "confirm the commit", "<commit><persist-id>nm</persist-id></commit>"},
		{Confirm(""), "confirm the commit", "<commit/>"},
		{CancelCommit("nm"), "cancel-commit", "<cancel-commit><persist-id>nm</persist-id></cancel-commit>"},
		{CancelCommit(""), "cancel-commit", "<cancel-commit/>"},
		{CreateSubscription("", "<a/>"), "create-subscription", `<create-subscription xmlns="` + notificationNamespace + `"><filter type="subtree"><a/></filter></create-subscription>`},
	} {
		if c.op.Name != c.name || c.op.Body != c.body {
			t.Errorf("%+v, want %q %q", c.op, c.name, c.body)
		}
		if err := c.op.check(); err != nil {
			t.Error(err)
		}
	}
}

func TestTranscriptHidesSecrets(t *testing.T) {
	f := newFake(t)
	f.answer = func(p *peer, rpc request) { p.reply(rpc, "<data>key "+testPassword+"</data>") }
	var mu sync.Mutex
	var text [2]strings.Builder
	c := dial(t, f, func(_ *mirror.Target, o *Options) {
		o.Transcript = func(sent bool, message string) {
			mu.Lock()
			defer mu.Unlock()
			text[map[bool]int{true: 1}[sent]].WriteString(message)
		}
	})
	r, err := c.Do(t.Context(), Get())
	if err != nil || !strings.Contains(string(r.Body), testPassword) {
		t.Errorf("the reply itself is data: %s %v", r.Body, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := text[0].String(); strings.Contains(got, testPassword) || !strings.Contains(got, "key ********") || !strings.Contains(got, "<hello") {
		t.Error(got)
	}
	if got := text[1].String(); !strings.Contains(got, "<get>") || !strings.Contains(got, "<hello") {
		t.Error(got)
	}
}
