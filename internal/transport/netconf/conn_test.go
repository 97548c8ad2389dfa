package netconf

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/ssh"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func errorsIs(err, kind error) bool { return errors.Is(err, kind) }

func TestHelloChoosesTheFraming(t *testing.T) {
	for name, c := range map[string]struct {
		capabilities []string
		only10       bool
		chunked      bool
	}{
		"both":     {bothBases, false, true},
		"old":      {[]string{base10}, false, false},
		"new only": {[]string{base11}, false, true},
		"we old":   {bothBases, true, false},
		"junos":    {[]string{BaseNamespace}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.capabilities = append(c.capabilities, "urn:ietf:params:netconf:capability:candidate:1.0",
				"http://example.net/m?module=m&revision=2020-01-01&features=a,b")
			conn := dial(t, f, func(_ *mirror.Target, o *Options) { o.Only10 = c.only10 })
			if conn.in.chunked != c.chunked || conn.SessionID() != 1 {
				t.Errorf("chunked %v, session %d", conn.in.chunked, conn.SessionID())
			}
			caps := conn.Capabilities()
			if !caps.Has(CandidateConfig) || caps.Has(WritableRunning) {
				t.Errorf("%+v", caps)
			}
			want := Capability{URI: "http://example.net/m", Params: url.Values{"module": {"m"}, "revision": {"2020-01-01"}, "features": {"a,b"}}}
			if got := caps[len(caps)-1]; !cmp.Equal(got, want) {
				t.Errorf("%+v", got)
			}
			if r, err := conn.Do(t.Context(), Lock(Candidate)); err != nil || !r.OK {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}

func TestAHelloThatIsNoneEndsTheConnection(t *testing.T) {
	for name, c := range map[string]struct {
		hello string
		kind  error
		words string
	}{
		"no base":         {`<hello xmlns="` + BaseNamespace + `"><capabilities/><session-id>4</session-id></hello>`, mirror.ErrUnsupported, "base version"},
		"no session":      {`<hello xmlns="` + BaseNamespace + `"><capabilities><capability>` + base10 + `</capability></capabilities></hello>`, mirror.ErrParse, "session-id"},
		"session 0":       {`<hello xmlns="` + BaseNamespace + `"><capabilities><capability>` + base10 + `</capability></capabilities><session-id>0</session-id></hello>`, mirror.ErrParse, "session-id"},
		"two":             {`<hello xmlns="` + BaseNamespace + `"><session-id>1</session-id></hello><hello/>`, mirror.ErrParse, "second element"},
		"a banner":        {"Welcome!", mirror.ErrParse, "Welcome!"},
		"something":       {`<greeting/>`, mirror.ErrParse, "greeting"},
		"other schema":    {`<hello xmlns="urn:x"><session-id>1</session-id></hello>`, mirror.ErrParse, "hello"},
		"not finished":    {`<hello xmlns="` + BaseNamespace + `">`, mirror.ErrParse, "hello"},
		"with a DTD":      {`<!DOCTYPE hello><hello/>`, mirror.ErrParse, "document type"},
		"another charset": {`<?xml version="1.0" encoding="latin-1"?><hello/>`, mirror.ErrParse, "latin-1"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.hello = c.hello
			_, err := Dial(t.Context(), f.target(t), Options{})
			wantKind(t, err, c.kind, "hello", c.words)
		})
	}
}

func TestDialFailsWithAKind(t *testing.T) {
	t.Run("no subsystem", func(t *testing.T) {
		f := newFake(t)
		f.refuse = true
		_, err := Dial(t.Context(), f.target(t), Options{})
		wantKind(t, err, mirror.ErrUnsupported, "netconf subsystem")
	})
	t.Run("no hello", func(t *testing.T) {
		f := newFake(t)
		f.mute = true
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		_, err := Dial(ctx, f.target(t), Options{})
		wantKind(t, err, mirror.ErrTimeout)
	})
	t.Run("wrong password", func(t *testing.T) {
		f := newFake(t)
		target := f.target(t)
		target.Password = mirror.NewSecret("another")
		_, err := Dial(t.Context(), target, Options{})
		wantKind(t, err, mirror.ErrLoginRefused, "campus")
	})
	t.Run("host key", func(t *testing.T) {
		f := newFake(t)
		target := f.target(t)
		target.Transport.HostKey = ""
		_, err := Dial(t.Context(), target, Options{})
		wantKind(t, err, mirror.ErrInvalid, "host keys")
	})
}

// Whatever the packets, the messages are the same.
func TestRepliesInAnyPackets(t *testing.T) {
	for _, bases := range [][]string{{base10}, bothBases} {
		for chop := 1; chop < 9; chop++ {
			f := newFake(t)
			f.capabilities, f.chop = bases, chop
			f.answer = func(p *peer, rpc request) {
				text := replyTo(rpc.ID, "<data><a xmlns='urn:a'>]]&gt; ]] #3\n#4\n##</a></data>")
				p.send(text[:7], text[7:8], text[8:])
			}
			c := dial(t, f, nil)
			r, err := c.Do(t.Context(), GetConfig(Running, "<a xmlns='urn:a'/>"))
			if err != nil {
				t.Fatal(err)
			}
			if want := `<data xmlns="` + BaseNamespace + `"><a xmlns='urn:a'>]]&gt; ]] #3` + "\n#4\n##</a></data>"; string(r.Body) != want {
				t.Errorf("packets of %d: %s", chop, r.Body)
			}
		}
	}
}

func TestSeveralRPCsInOneWriteAreToldApart(t *testing.T) {
	f := newFake(t)
	var late []request
	f.answer = func(p *peer, rpc request) { // the last comes first
		if late = append(late, rpc); len(late) < 20 {
			return
		}
		for i := len(late) - 1; i >= 0; i-- {
			if i%5 == 3 {
				p.reply(late[i], rpcError("application", "invalid-value", "error", "no "+late[i].Operation.XMLName.Local, ""))
				continue
			}
			p.reply(late[i], "<x>"+late[i].Operation.XMLName.Local+"</x>")
		}
	}
	c := dial(t, f, nil)
	var ops []Operation
	for i := range 20 {
		ops = append(ops, RPC(fmt.Sprint("try ", i), fmt.Sprintf("<n%d xmlns='urn:n'/>", i)))
	}
	trips := 0
	for i, r := range c.Pipeline(mirror.WithRoundTrips(t.Context(), func() { trips++ }), ops...) {
		if i%5 == 3 {
			wantKind(t, r.Err, mirror.ErrRejected, fmt.Sprint("no n", i), fmt.Sprintf(`"try %d"`, i), "sw1")
		} else if r.Err != nil || !strings.Contains(string(r.Reply.Body), fmt.Sprintf(">n%d<", i)) {
			t.Errorf("%d: %s %v", i, r.Reply.Body, r.Err)
		}
	}
	if trips != 1 {
		t.Errorf("%d round trips", trips)
	}
}

func TestManyCallersShareAConnection(t *testing.T) {
	f := newFake(t)
	f.answer = func(p *peer, rpc request) { p.reply(rpc, "<x>"+rpc.Operation.XMLName.Local+"</x>") }
	c := dial(t, f, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				name := fmt.Sprintf("n%d-%d", i, j)
				if r, err := c.Do(t.Context(), RPC(name, "<"+name+"/>")); err != nil || !strings.Contains(string(r.Body), ">"+name+"<") {
					t.Errorf("%s: %s %v", name, r.Body, err)
				}
			}
		})
	}
	wg.Wait()
}

// What is no message of the protocol ends the connection, and everybody who waits hears why.
func TestAMalformedMessageEndsTheConnection(t *testing.T) {
	for name, answer := range map[string]func(p *peer, rpc request){
		"framing":        func(p *peer, _ request) { p.raw("\n#12x\n") },
		"size zero":      func(p *peer, _ request) { p.raw("\n#0\n\n##\n") },
		"leading zero":   func(p *peer, _ request) { p.raw("\n#012\nabcdefghijkl\n##\n") },
		"size too large": func(p *peer, _ request) { p.raw("\n#4294967296\n") },
		"old framing":    func(p *peer, rpc request) { p.raw(replyTo(rpc.ID, "<ok/>") + "]]>]]>") },
		"XML":            func(p *peer, rpc request) { p.reply(rpc, "<a></b>") },
		"cut": func(p *peer, rpc request) {
			p.send("<rpc-reply xmlns='" + BaseNamespace + "' message-id='" + rpc.ID + "'><data>")
		},
		"a second root": func(p *peer, rpc request) { p.send(replyTo(rpc.ID, "<ok/>") + "<more/>") },
		"a hello":       func(p *peer, _ request) { p.send("<hello xmlns='" + BaseNamespace + "'/>") },
		"another schema": func(p *peer, rpc request) {
			p.send("<rpc-reply xmlns='urn:x' message-id='" + rpc.ID + "'><ok/></rpc-reply>")
		},
		"text":             func(p *peer, rpc request) { p.reply(rpc, "done") },
		"an entity":        func(p *peer, rpc request) { p.reply(rpc, "<data>&lol;</data>") },
		"a DTD":            func(p *peer, rpc request) { p.send("<!DOCTYPE a [<!ENTITY lol 'lol'>]>" + replyTo(rpc.ID, "<ok/>")) },
		"another's id":     func(p *peer, _ request) { p.send(replyTo("77", "<ok/>")) },
		"no id":            func(p *peer, _ request) { p.send("<rpc-reply xmlns='" + BaseNamespace + "'><ok/></rpc-reply>") },
		"more than agreed": func(p *peer, rpc request) { p.reply(rpc, strings.Repeat("<a/>", 20<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.answer = answer
			c := dial(t, f, func(target *mirror.Target, _ *Options) { target.Transport.MaxReplyBytes = 64 << 10 })
			for _, r := range c.Pipeline(t.Context(), Get(), Get()) {
				wantKind(t, r.Err, mirror.ErrParse, "get on sw1")
			}
			if c.Alive() {
				t.Error("it is still alive")
			}
			_, err := c.Do(t.Context(), Get())
			wantKind(t, err, mirror.ErrNotSent)
			wantKind(t, err, mirror.ErrUnreachable, "gone")
		})
	}
}

func TestAReplyWithoutAnIdTellsItsWords(t *testing.T) {
	f := newFake(t)
	f.answer = func(p *peer, _ request) {
		p.send("<rpc-reply xmlns='" + BaseNamespace + "'>" + rpcError("rpc", "malformed-message", "error", "I cannot read "+testPassword, "") + "</rpc-reply>")
	}
	_, err := dial(t, f, nil).Do(t.Context(), Get())
	wantKind(t, err, mirror.ErrParse, "I cannot read ********")
}

func TestALateReplyBreaksTheConnection(t *testing.T) {
	f := newFake(t)
	f.answer = func(*peer, request) {}
	t.Run("deadline", func(t *testing.T) {
		c := dial(t, f, nil)
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		_, err := c.Do(ctx, Validate(Candidate))
		wantKind(t, err, mirror.ErrTimeout, "validate candidate on sw1")
		if c.Alive() {
			t.Error("it is still alive")
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		c := dial(t, f, nil)
		ctx, cancel := context.WithCancel(t.Context())
		calls, err := c.Send(ctx, Get(), Commit())
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		_, err = calls[0].Wait(ctx)
		wantKind(t, err, context.Canceled)
		_, err = calls[1].Wait(t.Context()) // ended with it
		wantKind(t, err, mirror.ErrUnreachable, "commit")
	})
	t.Run("silence", func(t *testing.T) {
		c := dial(t, f, func(_ *mirror.Target, o *Options) { o.Timeouts.Reply = soon })
		_, err := c.Do(t.Context(), Commit())
		wantKind(t, err, mirror.ErrTimeout, "silent")
	})
	t.Run("ended before", func(t *testing.T) {
		c := dial(t, f, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Do(ctx, Get())
		wantKind(t, err, context.Canceled)
		if !c.Alive() {
			t.Error("nothing was sent, and it is gone")
		}
	})
}

// Silence is what is counted, not how long a reply takes.
func TestASlowReplyIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Conn{stream: ssh.New(ssh.Config{}), opts: Options{Timeouts: Timeouts{Reply: 10 * time.Second, Command: time.Hour}}}
		call := &Call{c: c, op: Get(), sent: time.Now(), done: make(chan struct{})}
		c.waiting = map[string]*Call{"1": call}
		start := time.Now()
		go func() {
			for range 5 {
				<-time.After(8 * time.Second)
				c.mu.Lock()
				c.heard = time.Now()
				c.mu.Unlock()
			}
		}()
		_, err := call.Wait(t.Context())
		wantKind(t, err, mirror.ErrTimeout, "silent")
		if d := time.Since(start); d != 50*time.Second {
			t.Errorf("given up after %v", d)
		}
	})
}

func TestALostConnection(t *testing.T) {
	for name, lose := range map[string]func(p *peer, rpc request){
		"before the reply": func(p *peer, _ request) { _ = p.conn.Close() },
		"inside the reply": func(p *peer, _ request) { p.raw("\n#400\n<rpc-reply"); _ = p.conn.Close() },
		"inside the head":  func(p *peer, _ request) { p.raw("\n#4"); _ = p.conn.Close() },
		"channel closed":   func(p *peer, _ request) { _ = p.ch.Close() },
		"channel at EOF":   func(p *peer, _ request) { _ = p.ch.CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.answer = lose
			c := dial(t, f, nil)
			_, err := c.Do(t.Context(), Commit())
			wantKind(t, err, mirror.ErrUnreachable, "commit on sw1", "hung up")
			if errors.Is(err, mirror.ErrNotSent) {
				t.Error("it was sent")
			}
			_, err = c.Do(t.Context(), Commit())
			wantKind(t, err, mirror.ErrNotSent)
		})
	}
	t.Run("between calls", func(t *testing.T) {
		f := newFake(t)
		f.answer = func(p *peer, rpc request) { p.reply(rpc, "<ok/>"); _ = p.conn.Close() }
		c := dial(t, f, nil)
		_, _ = c.Do(t.Context(), Get())
		<-c.Done()
		testkit.Eventually(t, patience, "it is known to be gone", func() bool { return !c.Alive() })
		_, err := c.Do(t.Context(), Commit())
		wantKind(t, err, mirror.ErrNotSent)
	})
}

func TestCloseEndsWhoeverWaits(t *testing.T) {
	f := newFake(t)
	reached := make(chan bool)
	f.answer = func(*peer, request) { close(reached) }
	c := dial(t, f, nil)
	failed := make(chan error)
	go func() {
		_, err := c.Do(context.Background(), Commit())
		failed <- err
	}()
	<-reached
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wantKind(t, <-failed, mirror.ErrUnreachable, "closed")
}

// A peer that does not read holds nobody longer than the caller's deadline.
func TestAPeerThatDoesNotRead(t *testing.T) {
	f := newFake(t)
	block := make(chan bool)
	f.answer = func(*peer, request) { <-block }
	defer close(block)
	c := dial(t, f, nil)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	_, err := c.Do(ctx, RPC("a long one", "<a>"+strings.Repeat("x", 8<<20)+"</a>"))
	if err == nil {
		_, err = c.Do(ctx, Get())
	}
	wantKind(t, err, mirror.ErrTimeout)
}

func TestWhatIsNotOneRPCIsNotSent(t *testing.T) {
	f := newFake(t)
	c := dial(t, f, nil)
	for _, config := range []string{"<a>", "</config><b/>", "<a>]]>]]></a>", "<a b=']]>]]>'/>", "</config></edit-config><x/><edit-config><config>", "<?xml version='1.0'?><a/>", "<!DOCTYPE a><a/>", "<a>&b;</a>"} {
		_, err := c.Do(t.Context(), EditConfig(Edit{Target: Candidate, Config: config}))
		wantKind(t, err, mirror.ErrInvalid, "edit-config candidate")
	}
	if !c.Alive() {
		t.Error("it is gone")
	}
}
