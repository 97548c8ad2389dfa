package cli

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A house is how a system looks that is configured in a candidate which the connection
// stays in (dialogues of transactions.md 2 and 3).
type house struct {
	platform string
	exec     string // prompts, with what stands above them
	config   string
	enter    string
	entered  string            // what entering says
	read     string            // a command of normal mode as it is typed in configuration
	leave    string            // asks question, and leaves when it is answered
	question string            // "" = leaving asks nothing
	replies  map[string]string // in configuration
}

var houses = map[string]house{
	"Junos": {platform: "juniper_junos", exec: "admin@sw1> ", config: "\r\n[edit]\r\nadmin@sw1# ", enter: "configure exclusive",
		entered: "warning: uncommitted changes will be discarded on exit\nEntering configuration mode", read: "run show system commit",
		leave: "exit", question: "The configuration has been changed but not committed\nExit with uncommitted changes? [yes,no] (yes) ",
		replies: map[string]string{"commit confirmed 1 comment nm-tx": "commit confirmed will be automatically rolled back in 1 minutes unless confirmed\ncommit complete\n"}},
	"Junos with a banner": {platform: "juniper_junos", exec: "\r\n{master:0}\r\nadmin@sw1> ", config: "\r\n{master:0}[edit]\r\nadmin@sw1# ", enter: "configure exclusive",
		read: "run show system commit", leave: "exit", question: "Exit with uncommitted changes? [yes,no] (yes) ",
		replies: map[string]string{"commit confirmed 1 comment nm-tx": "commit complete"}},
	"Junos, Evolved": {platform: "juniper_junos", exec: "{primary:node0}\r\nadmin@sw1-re0> ", config: "{primary:node0}[edit]\r\nadmin@sw1-re0# ", enter: "configure exclusive",
		read: "run show system commit", leave: "exit", replies: map[string]string{"commit confirmed 1 comment nm-tx": "commit complete"}},
	"IOS-XR": {platform: "cisco_iosxr", exec: "RP/0/RP0/CPU0:r1#", config: "RP/0/RP0/CPU0:r1(config)#", enter: "configure exclusive",
		entered: "Thu Sep 17 10:00:00.000 UTC", read: "do show configuration sessions detail", leave: "end",
		question: "You are exiting after a 'commit confirm' with an active rollback session.  If you exit the configuration awaiting confirmation\nwill not be confirmed and the router will immediately rollback to the previous configuration.\nDo you wish to exit? [no]:",
		replies:  map[string]string{"commit confirmed 1 comment nm-tx": "Thu Sep 17 10:00:01.000 UTC"}},
}

// fake is a switch that looks so.
func (h house) fake(t testing.TB) *fake {
	f := newFake(t)
	f.prompts = func(sh *shell) string {
		if sh.mode != "" {
			return h.config
		}
		return h.exec
	}
	f.hook = func(sh *shell, line string) bool {
		said, known := h.replies[line]
		switch {
		case strings.HasPrefix(line, "#"), strings.HasPrefix(line, "do show clock | include"), strings.HasPrefix(line, "!") && sh.mode == "":
			f.set(func() { f.typed = f.typed[:len(f.typed)-1] }) // a marker
		case strings.HasPrefix(line, "set cli "), strings.HasPrefix(line, "terminal "):
		case sh.mode == "" && line == h.enter:
			sh.say(h.entered)
			sh.mode = "config"
		case sh.mode == "":
			sh.say("error: unknown command: " + line)
		case line == h.leave, line == "exit configuration-mode":
			if h.question != "" {
				sh.print("%s", strings.ReplaceAll(h.question, "\n", "\r\n"))
				if answer, _ := sh.readLine(true); answer != "yes" {
					return true
				}
			}
			sh.mode = ""
		case line == h.read:
			sh.say("0   2026-09-20 23:16:51 UTC by admin via cli\n1   2026-09-20 23:10:02 UTC by admin via cli")
		case known:
			sh.say(said)
		case line == "set bad":
			sh.say("                 ^\nsyntax error.")
		case strings.HasPrefix(line, "set "), strings.HasPrefix(line, "show | compare"):
		default:
			sh.say("unknown command.")
		}
		return true
	}
	return f
}

// open logs in.
func (h house) open(t testing.TB, f *fake) *Conn {
	t.Helper()
	return h.openWith(t, f, "")
}

func (h house) openWith(t testing.TB, f *fake, typeAhead string) *Conn {
	t.Helper()
	p, err := LoadPlatform(h.platform)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, f, func(c *Config) {
		c.Platform, c.Timeouts.Quiet, c.Target.Transport.TypeAhead = p, 100*time.Millisecond, typeAhead
	})
}

var staying = Block{Lines: Lines("set a", "set b", "show | compare"), Stay: true}

func (h house) stay(lines ...string) Block {
	b := staying
	b.Enter = []string{h.enter}
	if lines != nil {
		b.Lines = Lines(lines...)
	}
	b.Refused = func(_, answer string) bool { return strings.Contains(answer, "syntax error") }
	return b
}

// A block stays in configuration, is read from there, committed line by line, and left.
func TestAConnectionThatStaysInConfiguration(t *testing.T) {
	for name, h := range houses {
		t.Run(name, func(t *testing.T) { h.stayed(t, "") })
	}
	t.Run("line by line", func(t *testing.T) { houses["Junos with a banner"].stayed(t, mirror.TypeAheadOff) })
}

func (h house) stayed(t *testing.T, typeAhead string) {
	f := h.fake(t)
	c := h.openWith(t, f, typeAhead)
	before := c.Stats()
	r := configure(t, c, h.stay())
	if n := c.Stats().RoundTrips - before.RoundTrips; typeAhead == "" && n != 2 || r[0].Err != nil || !c.Inside() {
		t.Fatalf("%d round trips, %v, inside %v", n, r[0].Err, c.Inside())
	}
	for _, l := range r[0].Lines {
		if !l.Answered || l.Answer != "" {
			t.Errorf("%+v", l)
		}
	}
	before = c.Stats()
	replies, err := c.Run(t.Context(), h.read, h.read)
	if err != nil || len(replies) != 2 || !strings.HasSuffix(replies[0].Text, "23:10:02 UTC by admin via cli") || strings.Contains(replies[1].Text, "edit") || !c.Inside() {
		t.Errorf("read %q, %v", replies, err)
	}
	if n := c.Stats().RoundTrips - before.RoundTrips; typeAhead == "" && n != 1 {
		t.Errorf("%d round trips for two commands", n)
	}
	if _, err := c.Configure(t.Context(), []Block{h.stay()}); err == nil {
		t.Error("a second block was let in")
	}
	said, err := c.Converse(t.Context(), []string{"commit confirmed 1 comment nm-tx"}, nil, nil)
	if want := strings.TrimSpace(h.replies["commit confirmed 1 comment nm-tx"]); err != nil || len(said) != 1 || said[0].Text != want || !c.Inside() {
		t.Errorf("committed: %q, %v", said, err)
	}
	asked := map[string]string{"Do you wish to exit": "yes", "Exit with uncommitted": "yes"}
	if said, err = c.Converse(t.Context(), []string{h.leave}, asked, nil); err != nil || c.Inside() {
		t.Fatalf("left: %q, %v", said, err)
	}
	if r := run(t, c, "version"); r[0].Text != "error: unknown command: version" {
		t.Errorf("in normal mode: %q", r[0].Text)
	}
	want := []string{h.enter, "set a", "set b", "show | compare", h.read, h.read, "commit confirmed 1 comment nm-tx", h.leave, "version"}
	if got := f.lines(); !slices.Equal(got, append(got[:len(got)-len(want):len(got)-len(want)], want...)) {
		t.Errorf("typed %q", got)
	}
}

// At a door that stays shut nothing else is typed; behind a refused line the connection
// stays, so that the candidate can be dropped.
func TestAStayThatIsRefused(t *testing.T) {
	for name, h := range houses {
		t.Run(name, func(t *testing.T) {
			f := h.fake(t)
			hook := f.hook
			shut := true
			f.hook = func(sh *shell, line string) bool {
				if line == h.enter && shut {
					sh.say("error: configuration database locked by:\n  netadmin terminal p0 (pid 4681) on since 10:00\n      exclusive [edit]")
					return true
				}
				return hook(sh, line)
			}
			c := h.open(t, f)
			r := configure(t, c, h.stay())
			wantDevice(t, r[0].Err, h.enter, "netadmin terminal p0")
			if got := f.lines(); c.Inside() || got[len(got)-1] != h.enter || r[0].Lines[0].Sent {
				t.Errorf("inside %v, typed %q", c.Inside(), got)
			}
			shut = false
			r = configure(t, c, h.stay("set a", "set bad", "set b"))
			wantDevice(t, r[0].Err, "set bad", "syntax error")
			if !c.Inside() || !c.Alive() || !r[0].Lines[1].Refused || r[0].Lines[2].Refused {
				t.Errorf("inside %v: %+v", c.Inside(), r[0].Lines)
			}
		})
	}
}

// A question that nobody answers breaks the connection, and each answer counts once.
func TestAQuestionIsAnsweredAsItWasAgreed(t *testing.T) {
	h := houses["IOS-XR"]
	for _, answers := range []map[string]string{nil, {"another": "yes"}} {
		c := h.open(t, h.fake(t))
		configure(t, c, h.stay())
		_, err := c.Converse(t.Context(), []string{h.leave}, answers, nil)
		wantKind(t, err, mirror.ErrRejected, "Do you wish to exit? [no]:")
		if c.Alive() {
			t.Error("still alive behind a question")
		}
	}
	for _, asks := range []string{"Uncommitted changes found, commit them before exiting(yes/no/cancel)? [cancel]:", "Discard uncommitted changes? [yes,no] (yes) ",
		"Do you wish to proceed with this commit anyway? [no]:"} {
		h.question = asks
		c := h.open(t, h.fake(t))
		configure(t, c, h.stay())
		_, err := c.Converse(t.Context(), []string{h.leave}, map[string]string{"": "yes"}, nil)
		if err != nil || c.Inside() {
			t.Errorf("%s: %v, inside %v", asks, err, c.Inside())
		}
	}
}

// A commit may be silent for longer than other lines may.
func TestACommitMayBeSilentForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := houses["Junos"]
		f := h.fake(t)
		hook := f.hook
		f.hook = func(sh *shell, line string) bool {
			if strings.HasPrefix(line, "commit") {
				<-time.After(290 * time.Second)
			}
			return hook(sh, line)
		}
		cfg := lateConfig(t, f)
		cfg.Timeouts = Timeouts{Open: time.Minute}
		var err error
		if cfg.Platform, err = LoadPlatform(h.platform); err != nil {
			t.Fatal(err)
		}
		c, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		configure(t, c, h.stay())
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Second)
		defer cancel()
		said, err := c.Converse(ctx, []string{"commit confirmed 1 comment nm-tx"}, nil, nil)
		if err != nil || !strings.HasSuffix(said[0].Text, "commit complete") {
			t.Errorf("%q, %v", said, err)
		}
		_ = c.Close()
		f.stop()
	})
}

// What is said to every terminal may stand anywhere in a reply.
func TestABroadcastInConfiguration(t *testing.T) {
	const broadcast = "\r\nBroadcast Message from root@sw1\r\n        (no tty) at 10:00 UTC...\r\n\r\nCommit was not confirmed; automatic rollback complete.\r\n\r\n"
	h := houses["Junos with a banner"]
	h.question = ""
	for _, at := range []string{"set b", h.read, "commit confirmed 1 comment nm-tx", "exit"} {
		f := h.fake(t)
		f.before = func(line string) string {
			if line == at {
				return broadcast
			}
			return ""
		}
		c := h.open(t, f)
		configure(t, c, h.stay())
		if r, err := c.Run(t.Context(), h.read); err != nil || !strings.Contains(r[0].Text, "23:10:02") {
			t.Errorf("at %s: read %q, %v", at, r, err)
		}
		said, err := c.Converse(t.Context(), []string{"commit confirmed 1 comment nm-tx", "exit"}, nil, nil)
		if err != nil || !strings.Contains(said[0].Text, "commit complete") || c.Inside() {
			t.Errorf("at %s: %q, %v", at, said, err)
		}
	}
}

// What pushes rely on is tried where they are typed.
func TestProveInACandidate(t *testing.T) {
	for name, h := range houses {
		t.Run(name, func(t *testing.T) {
			h.question = ""
			f := h.fake(t)
			c := h.open(t, f)
			p, err := c.Prove(t.Context(), h.read)
			if err != nil || p.Lost != nil || p.ConfigPrompt == "" || !strings.Contains(p.Answer, "23:10:02") {
				t.Errorf("%+v, %v", p, err)
			}
			got := f.lines()
			if i := slices.Index(got, h.enter); i < 0 || slices.Contains(got, "configure terminal") || slices.Contains(got, "configure") || c.Inside() {
				t.Errorf("typed %q, inside %v", got, c.Inside())
			}
		})
	}
}
