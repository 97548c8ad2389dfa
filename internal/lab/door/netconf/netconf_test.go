package netconf

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	gossh "golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/lab/door"
	"github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A box is a device like no other: it has a running configuration, which is written
// directly, and persist ids.
type box struct {
	Host
	schema *model.Schema
	bases  []string
	mu     sync.Mutex
	tree   *model.Node
	order  rpc.Order
}

func newBox(bases ...string) *box {
	m := &model.Module{Name: "box", Namespace: "urn:box"}
	s := model.NewSchema(model.Container("top", model.List("entry", "id", model.Leaf("id", model.Uint(8, "")), model.Leaf("text", model.String("0..5")))).In(m))
	return &box{schema: s, bases: bases, tree: s.New()}
}

func (b *box) Device() rpc.Device                           { return b }
func (b *box) Pace() ssh.Pace                               { return ssh.Pace{} }
func (b *box) Arrives(bool, ...string) Fate                 { return Happens }
func (b *box) Refusal(...string) (string, bool)             { return "", false }
func (b *box) Distort(text string, _ ...string) string      { return text }
func (b *box) Input(n int) (int, bool)                      { return n, false }
func (b *box) Schema() *model.Schema                        { return b.schema }
func (b *box) Open(string, int, string) rpc.Session         { return b }
func (b *box) ID() uint32                                   { return 7 }
func (b *box) Lock(rpc.Datastore) error                     { return nil }
func (b *box) Unlock(rpc.Datastore) error                   { return nil }
func (b *box) Config(rpc.Datastore) (*model.Node, error)    { return b.tree.Clone(), nil }
func (b *box) State() *model.Node                           { return b.tree.Clone() }
func (b *box) Validate(rpc.Datastore, *model.Element) error { return nil }
func (b *box) Commit(o rpc.Order) error                     { b.order = o; return nil }
func (b *box) CancelCommit(string) error                    { return nil }
func (b *box) Discard() error                               { return nil }
func (b *box) Other(*model.Element) (string, bool, error)   { return "", false, nil }
func (b *box) Kinds(*model.Element) (bool, bool)            { return false, false }
func (b *box) Close()                                       {}

func (b *box) Features(string) rpc.Features {
	return rpc.Features{Bases: b.bases, Datastores: []rpc.Datastore{rpc.Running}, Writable: []rpc.Datastore{rpc.Running}, Confirms: true, Persist: true, Tests: true}
}

func (b *box) Edit(e rpc.Edit) error {
	next, err := b.schema.Edit(b.tree, e.Config, e.By, nil)
	if err == nil && e.Test != "test-only" {
		b.tree = next
	}
	return err
}

// A pipe is a channel of SSH in memory.
type pipe struct {
	io.Reader
	io.WriteCloser
}

func (pipe) CloseWrite() error                              { return nil }
func (pipe) SendRequest(string, bool, []byte) (bool, error) { return false, errors.New("none") }
func (pipe) Stderr() io.ReadWriter                          { return nil }

var _ gossh.Channel = pipe{}

// caller serves a box to a client that has both ends; stop waits for the server.
func caller(t *testing.T, b *box) (out *bufio.Reader, in io.WriteCloser, stop func()) {
	t.Helper()
	theirs, in := io.Pipe()
	reader, ours := io.Pipe()
	near, far := net.Pipe()
	var wg sync.WaitGroup
	wire := door.NewWire(near, func() time.Duration { return 0 }, &door.Meter{}, &wg)
	wg.Add(1)
	go func() {
		defer wg.Done()
		New(b).Serve(context.Background(), ssh.Caller{Channel: pipe{theirs, ours}, User: "u", Wire: wire, Meter: &door.Meter{}})
		ours.Close()
		theirs.Close()
	}()
	return bufio.NewReader(reader), in, func() { in.Close(); reader.Close(); far.Close(); near.Close(); wg.Wait() }
}

const ns = `xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"`

func hello(bases ...string) string {
	var b strings.Builder
	for _, v := range bases {
		b.WriteString("<capability>urn:ietf:params:netconf:base:" + v + "</capability>")
	}
	return "<hello " + ns + "><capabilities>" + b.String() + "</capabilities></hello>]]>]]>"
}

// Both framings, as the two hellos have them.
func TestBases(t *testing.T) {
	for _, tc := range []struct {
		ours, theirs []string
		chunked      bool
		ends         bool
	}{
		{[]string{"1.0"}, []string{"1.0"}, false, false}, {[]string{"1.0", "1.1"}, []string{"1.0"}, false, false}, {[]string{"1.0"}, []string{"1.0", "1.1"}, false, false},
		{[]string{"1.0", "1.1"}, []string{"1.0", "1.1"}, true, false}, {[]string{"1.1"}, []string{"1.1"}, true, false},
		{[]string{"1.1"}, []string{"1.0"}, false, true}, {[]string{"1.0"}, []string{"1.1"}, false, true},
	} {
		out, in, stop := caller(t, newBox(tc.ours...))
		f := framer{r: out, w: in}
		if _, err := f.read(); err != nil {
			t.Fatal(err)
		}
		io.WriteString(in, hello(tc.theirs...))
		f.chunked = tc.chunked
		if tc.ends {
			if _, err := f.read(); err == nil {
				t.Errorf("%v: the session goes on", tc)
			}
			stop()
			continue
		}
		if tc.chunked { // in pieces
			io.WriteString(in, "\n#5\n<rpc \n#"+fmt.Sprint(len(ns)+29)+"\n"+ns+` message-id="1"><get/></rpc>`+" \n##\n")
		} else {
			f.write("<rpc " + ns + ` message-id="1"><get/></rpc>`)
		}
		got, err := f.read()
		if err != nil || !bytes.Contains(got, []byte(`message-id="1">`)) || !bytes.Contains(got, []byte("<data>")) {
			t.Errorf("%v: %q, %v", tc, got, err)
		}
		stop()
	}
}

func TestOperations(t *testing.T) {
	b := newBox("1.1")
	out, in, stop := caller(t, b)
	defer stop()
	f := framer{r: out, w: in}
	if _, err := f.read(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, hello("1.1"))
	f.chunked = true
	edit := func(inner, options string) string {
		return `<edit-config><target><running/></target>` + options + `<config>` + inner + `</config></edit-config>`
	}
	entry := `<top xmlns="urn:box"><entry><id>5</id><text>five</text></entry></top>`
	for _, tc := range []struct{ op, want string }{
		{edit(entry, ""), "<ok/>"},
		{`<get-config><source><running/></source></get-config>`, entry},
		{`<get-config><source><running/></source><filter><top xmlns="urn:box"><entry><id>6</id></entry></top></filter></get-config>`, "<data>\n\n</data>"},
		{edit(`<top xmlns="urn:box"><entry xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="create"><id>5</id></entry></top>`, ""), "<error-tag>data-exists</error-tag>"},
		{edit(`<top xmlns="urn:box"><entry operation="create"><id>5</id></entry></top>`, ""), "<error-tag>unknown-attribute</error-tag>"},
		{edit(`<top><entry><id>5</id></entry></top>`, ""), "<error-tag>unknown-namespace</error-tag>"},
		{edit(`<top xmlns="urn:box"><entry><id>5</id><text>sixsix</text></entry></top>`, ""), "<error-path>/box:top/entry[id='5']/text</error-path>"},
		{edit(entry, "<error-option>rollback-on-error</error-option><test-option>test-only</test-option><default-operation>none</default-operation>"), "<ok/>"},
		{edit(entry, "<default-operation>delete</default-operation>"), "invalid-value"},
		{edit(entry, "<what/>"), "unknown-element"},
		{`<lock><target/></lock>`, "missing-element"},
		{`<lock><target><candidate/></target></lock>`, "operation-not-supported"},
		{`<what/>`, "operation-not-supported"}, {`<get xmlns="urn:other"/>`, "operation-not-supported"},
		{`<commit><confirmed/><persist>a</persist></commit>`, "<ok/>"}, {`<commit><persist-id>a</persist-id></commit>`, "<ok/>"},
		{`<commit><confirmed/><confirm-timeout>0</confirm-timeout></commit>`, "invalid-value"},
		{`<kill-session><session-id>7</session-id></kill-session>`, "invalid-value"},
		{``, "missing-element"}, {`<get/><get/>`, "missing-element"},
		{`<close-session/>`, "<ok/>"},
	} {
		f.write(`<rpc xmlns:x="urn:x" x:own="a&quot;b" message-id="m" ` + ns + `>` + tc.op + `</rpc>`)
		got, err := f.read()
		if err != nil || !strings.Contains(string(got), tc.want) || !strings.Contains(string(got), `:own="a&quot;b" message-id="m">`) {
			t.Errorf("%s:\n%s\n%v", tc.op, got, err)
		}
		switch {
		case strings.Contains(tc.op, "<persist>") && b.order != (rpc.Order{Confirmed: true, Window: 600 * time.Second, Persist: "a"}),
			strings.Contains(tc.op, "<persist-id>") && b.order != (rpc.Order{PersistID: "a"}):
			t.Errorf("%+v", b.order)
		}
	}
	if _, err := f.read(); err == nil {
		t.Error("it goes on behind close-session")
	}
}

// What was written is read, and nothing that is read makes a reader fail badly.
func FuzzFrames(f *testing.F) {
	for _, s := range []string{"", "a", "\n#1\na\n##\n", "\n#4294967295\n", "\n#0\n", "\n##\n", "<a/>]]>]]>", "]]>]]", "\n#2\na"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, chunked bool) {
		in := framer{r: bufio.NewReader(strings.NewReader(text)), chunked: chunked}
		for {
			msg, err := in.read()
			if err != nil {
				break
			}
			if len(msg) > len(text) {
				t.Fatalf("%q is longer than %q", msg, text)
			}
		}
		if text == "" || !chunked && strings.Contains(text+"\n", "]]>") {
			return
		}
		var wire bytes.Buffer
		out := framer{w: &wire, r: bufio.NewReader(&wire), chunked: chunked}
		if err := out.write(text); err != nil {
			t.Fatal(err)
		}
		got, err := out.read()
		if err != nil || strings.TrimRight(string(got), "\n") != strings.TrimRight(text, "\n") {
			t.Fatalf("%q was %q, %v", got, text, err)
		}
	})
}
