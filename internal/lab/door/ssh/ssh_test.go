package ssh

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/door"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A box is a switch whose terminal is like no other's.
type box struct {
	set Settings
	key Signer
	mu  sync.Mutex
	ran []string
}

func (b *box) Settings() Settings           { return b.set }
func (b *box) Signer() Signer               { return b.key }
func (b *box) Admits(int) bool              { return true }
func (b *box) Pace() Pace                   { return Pace{} }
func (b *box) Trouble() (Trouble, Tamperer) { return Trouble{}, healthy{} }
func (b *box) CommandArrives()              {}
func (b *box) LineArrives() bool            { return false }
func (b *box) Reload()                      {}

func (b *box) Login(user string, privilege int, _ string) cmdline.Dialogue {
	return &talk{box: b, user: user, privilege: privilege}
}

type healthy struct{}

func (healthy) Mutes(string) bool                       { return false }
func (healthy) ConfigLine() Fate                        { return Happens }
func (healthy) Refusal(...string) (string, bool)        { return "", false }
func (healthy) Question(...string) (string, bool, bool) { return "", false, false }
func (healthy) Distort(text string, _ ...string) string { return text }
func (healthy) Input(n int) (int, bool)                 { return n, false }
func (healthy) Keep(in []byte) []byte                   { return in }
func (healthy) Broadcast(string) string                 { return "" }
func (t *talk) Greeting() string                        { return "hello\n" }
func (t *talk) Prompt() string                          { return t.user + "> " }
func (t *talk) Configuring() bool                       { return false }
func (t *talk) Canonical(line string) string            { return line }
func (t *talk) Control(byte) cmdline.Reply              { return cmdline.Reply{Text: "left\n"} }
func (t *talk) Help(string) string                      { return "helped" }
func (t *talk) Complete(partial string) string          { return partial + "pleted" }
func (t *talk) Screen() (int, bool)                     { return 3, true }
func (t *talk) Close()                                  {}

type talk struct {
	box       *box
	user      string
	privilege int
}

func (t *talk) Run(line string) cmdline.Reply {
	t.box.mu.Lock()
	defer t.box.mu.Unlock()
	t.box.ran = append(t.box.ran, line)
	switch line {
	case "bye":
		return cmdline.Reply{Hangup: true}
	case "long":
		return cmdline.Reply{Text: "1\n2\n3\n4\n"}
	}
	return cmdline.Reply{}
}

// What a terminal looks like and which keys it knows is the platform's to say:
// nothing of it is built into the door.
func TestTheStyleIsThePlatforms(t *testing.T) {
	key, err := NewKey("seed", false)
	if err != nil {
		t.Fatal(err)
	}
	b := &box{key: key, set: Settings{Users: []User{{Name: "u", Password: "p", Privilege: 3}}, Style: cmdline.Style{
		Version: "SSH-2.0-Box", Comment: "%%", More: "<more>", Wipe: "<wiped>",
		Keys: map[byte]cmdline.KeyAction{'@': cmdline.EraseLetter, 2: cmdline.LeaveModes, ' ': cmdline.CompleteWord},
	}}}
	var wg sync.WaitGroup
	meter := &door.Meter{}
	s, err := Open(context.Background(), &wg, "127.0.0.1:0", b, meter)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close(); wg.Wait() }()
	c, err := ssh.Dial("tcp", s.Addr(), &ssh.ClientConfig{User: "u", Auth: []ssh.AuthMethod{ssh.Password("p")},
		HostKeyCallback: func(_ string, _ net.Addr, k ssh.PublicKey) error {
			if AuthorizedLine(k) != AuthorizedLine(key.PublicKey()) {
				t.Error("another host key")
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := string(c.ServerVersion()); got != "SSH-2.0-Box" {
		t.Errorf("the server is %q", got)
	}
	session, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	session.Stdin = strings.NewReader("%%said\n!run\na?bx@\ncom \n\x02long\n \x02bye\n")
	out := &strings.Builder{}
	session.Stdout = out
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	if err := session.Wait(); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	want := "hello\nu> %%said\nu> !run\nu> a?bx\b \b\nu> com\nu> completed\nu> ^B\nleft\nu> long\n1\n2\n<more><wiped>3\n4\nu> ^B\nleft\nu> bye\n"
	if got := strings.ReplaceAll(out.String(), "\r", ""); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if got, want := strings.Join(b.ran, ","), "!run,a?b,completed,long,bye"; got != want {
		t.Errorf("ran %q, want %q", got, want)
	}
	if n := meter.Commands.Load(); n != 5 {
		t.Errorf("%d commands counted, want 5: a comment is none", n)
	}
}
