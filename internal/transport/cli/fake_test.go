package cli

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testUser     = "admin"
	testPassword = "s3cret-login"
	testEnable   = "s3cret-enable"
)

// fake is a switch with an IOS-like shell over real SSH: its line editor echoes
// a line when it reads it, not when it arrives. It knows a handful of commands
// and remembers what was configured.
type fake struct {
	hostname string
	userExec bool   // log in below privileged mode
	enable   string // secret; "" = enable asks for none
	banner   string
	replies  map[string]string // exec command -> output
	refuse   map[string]string // line in configuration -> the device's words
	// hook sees each line before the switch does; true = it dealt with it.
	hook      func(sh *shell, line string) bool
	prompts   func(sh *shell) string   // instead of the usual ones; nil = none
	before    func(line string) string // text between the prompt and the echo of a line
	quiet     bool                     // before is not asked
	shellMode string                   // of the shell that read the line
	// arrives sees the input of a shell as it arrives and returns what the
	// shell gets of it; nil = all. before counts the octets that came earlier.
	arrives func(before int, in []byte) []byte
	ssh     ssh.ServerConfig
	key     ssh.Signer
	// probed sees each keepalive; false = it is not answered. nil: all are.
	probed func(raw net.Conn) bool

	mu        sync.Mutex
	config    []string // accepted lines, "mode: line"
	typed     []string // every line read
	passwords []string // tried in authentication
	requests  []string // on the session channel, with want-reply
	wg        sync.WaitGroup
	conns     map[net.Conn]bool
	stopped   bool
}

func newKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newFake(t testing.TB) *fake {
	f := &fake{hostname: "sw1", replies: map[string]string{}, refuse: map[string]string{}, key: newKey(t), conns: map[net.Conn]bool{}}
	f.ssh.PasswordCallback = func(_ ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
		return nil, f.judge(string(p))
	}
	return f
}

// set changes the fake while it serves.
func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fake) judge(password string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.passwords = append(f.passwords, password)
	if password != testPassword {
		return errors.New("no")
	}
	return nil
}

// listen serves on loopback until the test ends.
func (f *fake) listen(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.wg.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); f.stop() })
	return l.Addr().String()
}

func (f *fake) stop() {
	f.hangUp()
	f.wg.Wait()
}

// hangUp ends all connections and takes no new ones.
func (f *fake) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	for c := range f.conns {
		_ = c.Close()
	}
}

func (f *fake) serve(raw net.Conn) {
	defer raw.Close()
	f.mu.Lock()
	if f.stopped {
		f.mu.Unlock()
		return
	}
	f.conns[raw] = true
	cfg := f.ssh
	cfg.AddHostKey(f.key)
	f.mu.Unlock()
	conn, chans, reqs, err := ssh.NewServerConn(raw, &cfg)
	if err != nil {
		return
	}
	defer conn.Close()
	f.wg.Go(func() { ssh.DiscardRequests(reqs) })
	for nc := range chans {
		switch nc.ChannelType() {
		case "session":
			ch, rs, err := nc.Accept()
			if err != nil {
				return
			}
			f.wg.Go(func() { f.session(ch, rs, raw) })
		case "direct-tcpip":
			f.wg.Go(func() { f.tunnel(nc) })
		default:
			_ = nc.Reject(ssh.UnknownChannelType, "no")
		}
	}
}

func (f *fake) session(ch ssh.Channel, reqs <-chan *ssh.Request, raw net.Conn) {
	for r := range reqs {
		f.mu.Lock()
		f.requests = append(f.requests, fmt.Sprintf("%s %v", r.Type, r.WantReply))
		f.mu.Unlock()
		if strings.HasPrefix(r.Type, "keepalive") && f.probed != nil && !f.probed(raw) {
			continue
		}
		if r.WantReply {
			_ = r.Reply(r.Type == "pty-req" || r.Type == "shell", nil)
		}
		if r.Type == "shell" {
			f.wg.Go(func() {
				defer ch.Close()
				(&shell{f: f, in: bufio.NewReader(&lossy{f: f, from: ch}), out: ch, raw: raw}).run()
			})
		}
	}
}

func (f *fake) tunnel(nc ssh.NewChannel) {
	var open struct {
		Host   string
		Port   uint32
		Origin string
		OPort  uint32
	}
	if err := ssh.Unmarshal(nc.ExtraData(), &open); err != nil {
		_ = nc.Reject(ssh.ConnectionFailed, "bad request")
		return
	}
	to, err := net.Dial("tcp", net.JoinHostPort(open.Host, fmt.Sprint(open.Port)))
	if err != nil {
		_ = nc.Reject(ssh.ConnectionFailed, "connect refused")
		return
	}
	ch, reqs, err := nc.Accept()
	if err != nil {
		_ = to.Close()
		return
	}
	f.wg.Go(func() { ssh.DiscardRequests(reqs) })
	f.wg.Go(func() { _, _ = io.Copy(to, ch); _ = to.Close() })
	_, _ = io.Copy(ch, to)
	_ = ch.Close()
}

// asked are the requests on session channels, with want-reply.
func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

// attempts is how many passwords were tried.
func (f *fake) attempts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.passwords)
}

func (f *fake) configured() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.config)
}

func (f *fake) lines() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.typed)
}

// lossy is the input of a shell through f.arrives.
type lossy struct {
	f      *fake
	from   io.Reader
	before int
}

func (l *lossy) Read(b []byte) (int, error) {
	n, err := l.from.Read(b)
	if l.f.arrives == nil || n == 0 {
		return n, err
	}
	kept := l.f.arrives(l.before, b[:n])
	l.before += n
	if len(kept) == 0 && err == nil {
		return l.Read(b)
	}
	return copy(b, kept), err
}

// shell is one login.
type shell struct {
	f    *fake
	in   *bufio.Reader
	out  io.Writer
	raw  net.Conn
	priv bool
	mode string
	done bool
}

func (sh *shell) print(format string, args ...any) { fmt.Fprintf(sh.out, format, args...) }

// say prints text with the line ends of a terminal.
func (sh *shell) say(text string) {
	if text != "" {
		sh.print("%s\r\n", strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\r\n"))
	}
}

func (sh *shell) prompt() string {
	switch {
	case sh.f.prompts != nil:
		return sh.f.prompts(sh)
	case sh.mode != "":
		return sh.f.hostname[:min(20, len(sh.f.hostname))] + "(" + sh.mode + ")#"
	case sh.priv:
		return sh.f.hostname + "#"
	}
	return sh.f.hostname + ">"
}

func (sh *shell) readLine(echo bool) (string, bool) {
	var line []byte
	for {
		b, err := sh.in.ReadByte()
		if err != nil {
			return "", false
		}
		if b == '\n' || b == '\r' {
			if echo {
				sh.print("\r\n")
			}
			return string(line), true
		}
		line = append(line, b)
		if echo {
			_, _ = sh.out.Write([]byte{b})
		}
	}
}

func (sh *shell) run() {
	sh.priv = !sh.f.userExec
	sh.print("%s", strings.ReplaceAll(sh.f.banner, "\n", "\r\n"))
	for !sh.done {
		sh.print("%s", sh.prompt())
		line, ok := sh.readLine(sh.f.before == nil)
		if !ok {
			return
		}
		if sh.f.before != nil { // it echoes the line as a whole then
			text := ""
			sh.f.mu.Lock()
			sh.f.shellMode = sh.mode
			if !sh.f.quiet {
				text = sh.f.before(line)
			}
			sh.f.mu.Unlock()
			sh.print("%s%s\r\n", text, line)
		}
		sh.f.mu.Lock()
		sh.f.typed = append(sh.f.typed, line)
		sh.f.mu.Unlock()
		if sh.f.hook != nil && sh.f.hook(sh, line) {
			continue
		}
		if sh.mode == "" {
			sh.exec(strings.TrimSpace(line))
		} else {
			sh.configure(strings.TrimSpace(line))
		}
	}
}

func (sh *shell) exec(line string) {
	reply, known := sh.f.replies[line]
	switch {
	case line == "" || line[0] == '!' || strings.HasPrefix(line, "terminal "):
	case known:
		sh.say(reply)
	case line == "enable":
		sh.escalate()
	case (line == "configure terminal" || line == "configure exclusive") && sh.priv:
		sh.say("Enter configuration commands, one per line.  End with CNTL/Z.")
		sh.mode = "config"
	case line == "exit":
		sh.done = true
	default:
		sh.say("            ^\n% Invalid input detected at '^' marker.\n")
		sh.print("\r\n")
	}
}

func (sh *shell) escalate() {
	if sh.priv = sh.priv || sh.f.enable == ""; sh.priv {
		return
	}
	for range 3 {
		sh.print("Password: ")
		secret, ok := sh.readLine(false)
		if !ok {
			return
		}
		sh.print("\r\n")
		if sh.priv = secret == sh.f.enable; sh.priv {
			return
		}
	}
	sh.say("% Bad secrets\n")
	sh.print("\r\n")
}

func (sh *shell) configure(line string) {
	if line == "" || line[0] == '!' {
		return
	}
	if words, ok := sh.f.refuse[line]; ok {
		sh.say(words)
		return
	}
	at := sh.mode
	switch {
	case line == "end":
		sh.mode = ""
		return
	case line == "exit":
		if i := strings.LastIndex(sh.mode, "-dst"); i > 0 {
			sh.mode = sh.mode[:i]
		} else if sh.mode != "config" {
			sh.mode = "config"
		} else {
			sh.mode = ""
		}
		return
	case strings.HasSuffix(line, "type erspan-source"):
		sh.mode = "config-mon-erspan-src"
	case line == "destination" && sh.mode == "config-mon-erspan-src":
		sh.mode = "config-mon-erspan-src-dst"
	}
	sh.f.mu.Lock()
	defer sh.f.mu.Unlock()
	sh.f.config = append(sh.f.config, at+": "+line)
}
