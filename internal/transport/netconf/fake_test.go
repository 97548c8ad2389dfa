package netconf

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const testPassword = "pa55-word"

// A fake is a NETCONF server over real SSH. What it says is the test's business.
type fake struct {
	capabilities []string
	hello        string                     // in the place of the one that is made of capabilities
	refuse       bool                       // the subsystem
	mute         bool                       // says no hello
	answer       func(p *peer, rpc request) // nil = <ok/>
	chop         int                        // octets of one packet; 0 = as they come

	addr string
	mu   sync.Mutex
	got  []string // operations
}

// A request is an <rpc> as the fake reads it.
type request struct {
	ID        string `xml:"message-id,attr"`
	Operation struct {
		XMLName xml.Name
		Inner   string `xml:",innerxml"`
	} `xml:",any"`
}

// A peer is one session at the fake.
type peer struct {
	f       *fake
	ch      ssh.Channel
	id      int
	chunked bool
	conn    ssh.Conn
}

var bothBases = []string{base10, base11}

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{capabilities: bothBases}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &ssh.ServerConfig{PasswordCallback: func(_ ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
		if string(p) != testPassword {
			return nil, fmt.Errorf("no")
		}
		return nil, nil
	}}
	cfg.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = l.Addr().String()
	var wg sync.WaitGroup
	var conns sync.Map
	wg.Go(func() {
		for id := 1; ; id++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Store(c, nil)
			wg.Go(func() {
				defer c.Close()
				f.serve(&wg, c, cfg, id)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		conns.Range(func(c, _ any) bool { _ = c.(net.Conn).Close(); return true })
		wg.Wait()
	})
	return f
}

func (f *fake) serve(wg *sync.WaitGroup, c net.Conn, cfg *ssh.ServerConfig, id int) {
	conn, chans, reqs, err := ssh.NewServerConn(c, cfg)
	if err != nil {
		return
	}
	wg.Go(func() { ssh.DiscardRequests(reqs) })
	for n := range chans {
		ch, reqs, err := n.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			for r := range reqs {
				ok := r.Type == "subsystem" && string(r.Payload[4:]) == "netconf" && !f.refuse
				_ = r.Reply(ok, nil)
				if ok {
					wg.Go(func() { f.talk(&peer{f: f, ch: ch, id: id, conn: conn}) })
				}
			}
		})
	}
}

// talk says hello and answers what comes.
func (f *fake) talk(p *peer) {
	defer p.ch.Close()
	if f.mute {
		_, _ = io.Copy(io.Discard, p.ch)
		return
	}
	text := f.hello
	if text == "" {
		text = `<hello xmlns="` + BaseNamespace + `"><capabilities>`
		for _, c := range f.capabilities {
			text += "<capability>" + Escape(c) + "</capability>"
		}
		text += fmt.Sprintf("</capabilities><session-id>%d</session-id></hello>", p.id)
	}
	p.raw(text + "]]>]]>")
	in := &frames{from: p.ch, limit: 1 << 24}
	theirs, err := in.next()
	if err != nil {
		return
	}
	p.chunked = strings.Contains(string(theirs), base11) && strings.Contains(text, base11)
	in.chunked = p.chunked
	for {
		text, err := in.next()
		if err != nil {
			return
		}
		var rpc request
		if xml.Unmarshal(text, &rpc) != nil {
			return
		}
		f.mu.Lock()
		f.got = append(f.got, rpc.Operation.XMLName.Local)
		f.mu.Unlock()
		if f.answer == nil {
			p.reply(rpc, "<ok/>")
		} else {
			f.answer(p, rpc)
		}
	}
}

func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.got...)
}

func (p *peer) raw(text string) {
	for n := p.f.chop; n > 0 && len(text) > n; text = text[n:] {
		_, _ = p.ch.Write([]byte(text[:n]))
	}
	_, _ = p.ch.Write([]byte(text))
}

// send frames a message, in as many chunks as there are parts.
func (p *peer) send(parts ...string) {
	if !p.chunked {
		p.raw(strings.Join(parts, "") + "]]>]]>")
		return
	}
	var b strings.Builder
	for _, x := range parts {
		fmt.Fprintf(&b, "\n#%d\n%s", len(x), x)
	}
	p.raw(b.String() + "\n##\n")
}

func (p *peer) reply(rpc request, body string) { p.send(replyTo(rpc.ID, body)) }

func replyTo(id, body string) string {
	return fmt.Sprintf(`<rpc-reply xmlns="%s" message-id="%s">%s</rpc-reply>`, BaseNamespace, id, body)
}

// rpcError is one in the grammar of RFC 6241.
func rpcError(kind, tag, severity, message, info string) string {
	return fmt.Sprintf("<rpc-error><error-type>%s</error-type><error-tag>%s</error-tag><error-severity>%s</error-severity>"+
		"<error-message xml:lang=\"en\">%s</error-message><error-info>%s</error-info></rpc-error>", kind, tag, severity, message, info)
}

func (f *fake) target(t testing.TB) mirror.Target {
	t.Helper()
	host, port, err := net.SplitHostPort(f.addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return mirror.Target{Device: mirror.Device{Name: "sw1"},
		Transport: mirror.Transport{Protocol: "netconf", Address: host, Port: n, HostKey: "insecure"},
		Login:     mirror.Login{Profile: "campus", Username: mirror.NewSecret("operator"), Password: mirror.NewSecret(testPassword), For: mirror.Bindings{mirror.Any}}}
}

func dial(t testing.TB, f *fake, change func(*mirror.Target, *Options)) *Conn {
	t.Helper()
	target, opts := f.target(t), Options{}
	if change != nil {
		change(&target, &opts)
	}
	c, err := Dial(t.Context(), target, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// wantKind checks an error's kind and words.
func wantKind(t testing.TB, err, kind error, words ...string) {
	t.Helper()
	if err == nil || !errorsIs(err, kind) {
		t.Errorf("got %v, want the kind %q", err, kind)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%v\nlacks %q", err, w)
		}
	}
	if strings.Contains(err.Error(), testPassword) {
		t.Errorf("%v\nshows the password", err)
	}
}

var patience = testkit.Patience

// named finds what an operation is about: the datastore.
var named = regexp.MustCompile(`<(?:target|source)><(\w+)/>`)

// within is a context that ends soon.
const soon = 200 * time.Millisecond
