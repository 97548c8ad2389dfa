package lab

import (
	"context"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a lab for one test.
func start(t testing.TB, yamlText string) *Lab {
	t.Helper()
	spec, err := Load(strings.NewReader(yamlText))
	if err != nil {
		t.Fatal(err)
	}
	return startSpec(t, spec)
}

func startSpec(t testing.TB, spec Spec) *Lab {
	t.Helper()
	l, err := Start(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

const oneSwitch = `
fabric:
  switches:
    - name: acc-1
      platform: cisco_iosxe
      model: C9300-24T
      credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]
      enableSecret: en
`

// dial logs in; the connection ends with the test.
func dial(t testing.TB, sw *Switch, user, password string) *ssh.Client {
	t.Helper()
	c, err := tryDial(sw, user, ssh.Password(password))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func tryDial(sw *Switch, user string, auth ...ssh.AuthMethod) (*ssh.Client, error) {
	return ssh.Dial("tcp", sw.Addr(), &ssh.ClientConfig{User: user, Auth: auth, Timeout: testkit.Patience,
		HostKeyCallback: func(_ string, _ net.Addr, k ssh.PublicKey) error {
			if sshdoor.AuthorizedLine(k) != sw.HostKey() {
				return io.ErrUnexpectedEOF
			}
			return nil
		}})
}

// A term is a raw terminal: it keeps all output and waits for patterns.
type term struct {
	t    testing.TB
	in   io.WriteCloser
	mu   sync.Mutex
	cond *sync.Cond
	out  []byte
	pos  int
	done bool
}

func shell(t testing.TB, c *ssh.Client, rows int) *term {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if rows > 0 {
		if err := s.RequestPty("xterm", rows, 80, ssh.TerminalModes{}); err != nil {
			t.Fatal(err)
		}
	}
	in, _ := s.StdinPipe()
	out, _ := s.StdoutPipe()
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	x := &term{t: t, in: in}
	x.cond = sync.NewCond(&x.mu)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		buf := make([]byte, 4096)
		for {
			n, err := out.Read(buf)
			x.mu.Lock()
			x.out = append(x.out, buf[:n]...)
			if err != nil {
				x.done = true
			}
			x.cond.Broadcast()
			x.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		c.Close()
		<-finished
	})
	return x
}

func (x *term) send(s string) {
	x.t.Helper()
	if _, err := io.WriteString(x.in, s); err != nil {
		x.t.Fatalf("send %q: %v", s, err)
	}
}

// until waits for a pattern in what came since the last call and returns it
// all, CR removed.
func (x *term) until(pattern string) string {
	x.t.Helper()
	re := regexp.MustCompile(pattern)
	timer := time.AfterFunc(testkit.Patience, func() {
		x.mu.Lock()
		x.done = true
		x.cond.Broadcast()
		x.mu.Unlock()
	})
	defer timer.Stop()
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		if loc := re.FindIndex(x.out[x.pos:]); loc != nil {
			s := string(x.out[x.pos : x.pos+loc[1]])
			x.pos += loc[1]
			return strings.ReplaceAll(s, "\r", "")
		}
		if x.done {
			x.t.Fatalf("no %q in %q", pattern, x.out[x.pos:])
		}
		x.cond.Wait()
	}
}

// eof waits for the end of the connection and returns what was left.
func (x *term) eof() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	for !x.done {
		x.cond.Wait()
	}
	return strings.ReplaceAll(string(x.out[x.pos:]), "\r", "")
}

// cmd sends a line and returns the output between its echo and the prompt.
func (x *term) cmd(line, prompt string) string {
	x.t.Helper()
	x.send(line + "\n")
	x.until(regexp.QuoteMeta(line) + `\r\n`)
	out := x.until(`(?m)^` + regexp.QuoteMeta(prompt) + `$`)
	return strings.TrimSuffix(out, prompt)
}

// gi is the full name of a port of a switch by its number.
func gi(n string) string { return "GigabitEthernet1/0/" + n }
