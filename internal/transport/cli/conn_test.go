package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func run(t *testing.T, c *Conn, commands ...string) []Reply {
	t.Helper()
	r, err := c.Run(t.Context(), commands...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantKind fails unless err is of the kind and names the words.
func wantKind(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got error %v, want kind %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q lacks %q", err, w)
		}
	}
	for _, secret := range []string{testPassword, testEnable} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("error %q shows a secret", err)
		}
	}
}

// The measured hazard: a line of output that looks like a prompt, even like the
// exact one with a command behind it, must not end or divide a reply.
func TestOutputThatLooksLikeAPromptIsNotTruncated(t *testing.T) {
	evil := strings.Join([]string{
		"Session 1", "---------", "rack 12#", "sw1#", "sw1#show version", "sw1(config)#end",
		"sw1#! nm0123456789ab", "sw1#", "Password:", "  --More-- is only a word here", "Type : Local Session",
	}, "\n")
	for _, platform := range []string{"cisco_iosxe", "arista_eos"} {
		t.Run(platform, func(t *testing.T) {
			p, err := LoadPlatform(platform)
			if err != nil {
				t.Fatal(err)
			}
			f := newFake(t)
			f.replies["show monitor session all detail"] = evil
			f.replies["show version"] = "Version 17.12\nsw1#"
			c := open(t, f, func(c *Config) { c.Platform = p })
			before := c.Stats().RoundTrips
			got := run(t, c, "show version", "show monitor session all detail", "show version")
			want := []Reply{{"show version", "Version 17.12\nsw1#"}, {"show monitor session all detail", evil}, {"show version", "Version 17.12\nsw1#"}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := c.Stats().RoundTrips - before; n != 1 {
				t.Errorf("%d round trips for three commands, want 1", n)
			}
		})
	}
}

func TestRunInManyPieces(t *testing.T) {
	f := newFake(t)
	f.hook = func(sh *shell, line string) bool {
		if line != "show slow" {
			return false
		}
		for _, b := range []byte("a\r\nsw1#\r\nsw1#! nm\r\nb\r\n") { // each octet in a packet of its own
			_, _ = sh.out.Write([]byte{b})
		}
		return true
	}
	c := open(t, f, nil)
	if got := run(t, c, "show slow")[0].Text; got != "a\nsw1#\nsw1#! nm\nb" {
		t.Errorf("got %q", got)
	}
}

func TestRunOfManyCommandsKeepsWritesShort(t *testing.T) {
	f := newFake(t)
	var commands []string
	for i := range 25 {
		command := fmt.Sprintf("show thing %d", i)
		commands = append(commands, command)
		f.replies[command] = fmt.Sprintf("thing %d", i)
	}
	c := open(t, f, nil)
	before := c.Stats().RoundTrips
	for i, r := range run(t, c, commands...) {
		if want := fmt.Sprintf("thing %d", i); r.Text != want || r.Command != commands[i] {
			t.Errorf("reply %d is %+v", i, r)
		}
	}
	if n := c.Stats().RoundTrips - before; n != 3 {
		t.Errorf("%d round trips, want 3", n)
	}
}

func TestARefusedCommandIsAReply(t *testing.T) {
	c := open(t, newFake(t), nil)
	r := run(t, c, "show nonsense")[0]
	if !strings.Contains(r.Text, "% Invalid input detected") || !c.platform.Failed(r.Text) {
		t.Errorf("reply %q", r.Text)
	}
	if !c.Alive() {
		t.Error("connection is gone")
	}
}

func TestRunRefusesWhatIsNotOneLine(t *testing.T) {
	f := newFake(t)
	c := open(t, f, nil)
	before := len(f.lines())
	for _, bad := range []string{"", "  ", "show a\nreload", "show ?", "show \x03", "show \u00e4", "show a\treload"} {
		_, err := c.Run(t.Context(), "show version", bad)
		wantKind(t, err, mirror.ErrInvalid)
	}
	if len(f.lines()) != before {
		t.Error("something was sent")
	}
}

func TestLogLinesBetweenPromptsDoNoHarm(t *testing.T) {
	const log = "\r\n*Mar  1 00:01:02.003: %SYS-5-CONFIG_I: Configured from console by vty0\r\n"
	f := newFake(t)
	f.replies["show a"] = "alpha"
	f.hook = func(sh *shell, line string) bool {
		if isMarker(line) {
			sh.print("%s", log) // after the marker, before the prompt
			sh.print("%s%s", sh.prompt(), log)
		}
		return false
	}
	c := open(t, f, nil)
	for range 3 {
		if got := run(t, c, "show a")[0].Text; got != "alpha" {
			t.Errorf("got %q", got)
		}
	}
}

func TestPagerIsAnErrorAtOnce(t *testing.T) {
	pages := map[string]func(*shell){
		"waiting": func(sh *shell) {
			_, _ = sh.in.ReadString('\n') // the marker is lost
			sh.print("line 1\r\n --More-- ")
			_, _ = sh.in.ReadByte()
		},
		"it ate the marker": func(sh *shell) {
			sh.print("line 1\r\n --More-- ")
			_, _ = sh.in.ReadByte()
			sh.print("\b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b")
		},
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.hook = func(sh *shell, line string) bool {
				if line == "show long" {
					page(sh)
				}
				return line == "show long"
			}
			c := open(t, f, func(c *Config) { c.Timeouts.Quiet = 50 * time.Millisecond; c.Timeouts.Command = time.Minute })
			_, err := c.Run(t.Context(), "show long")
			wantKind(t, err, mirror.ErrParse, "pager")
			_, err = c.Run(t.Context(), "show long")
			wantKind(t, err, mirror.ErrUnreachable)
		})
	}
}

func TestTimeoutBreaksTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		release := make(chan bool)
		f.hook = func(sh *shell, line string) bool {
			if line == "show tech" {
				sh.say("Do you really want that [confirm]")
				<-release
			}
			return false
		}
		c, err := Open(t.Context(), lateConfig(t, f))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = c.Run(ctx, "show tech")
		wantKind(t, err, mirror.ErrTimeout, "show tech", "[confirm]")
		if c.Alive() {
			t.Error("still alive after a timeout")
		}
		_, err = c.Run(t.Context(), "show version")
		wantKind(t, err, mirror.ErrUnreachable)
		close(release)
		_ = c.Close()
		f.stop()
	})
}

// A reply may take longer than a silence: the wait moves while output arrives.
func TestASlowReplyIsAwaitedAndASilenceIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		f.hook = func(sh *shell, line string) bool {
			switch line {
			case "show slow":
				for range 6 {
					<-time.After(2 * time.Minute)
					sh.say("a line")
				}
				return true
			case "show silent":
				<-ctx.Done()
				return true
			}
			return false
		}
		cfg := lateConfig(t, f)
		cfg.Timeouts = Timeouts{}
		c, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := run(t, c, "show slow")[0].Text; strings.Count(got, "a line") != 6 {
			t.Errorf("got %q", got)
		}
		start := time.Now()
		_, err = c.Run(t.Context(), "show silent")
		wantKind(t, err, mirror.ErrTimeout, "nothing came for 3m0s", "show silent")
		if d := time.Since(start); d < 3*time.Minute || d > 4*time.Minute {
			t.Errorf("waited %v", d)
		}
		cancel()
		_ = c.Close()
		f.stop()
	})
}

func TestTheSettingsOfTheDeviceAreUsed(t *testing.T) {
	cfg := configFor(t, "192.0.2.1:22")
	cfg.Timeouts = Timeouts{}
	cfg.Target.Transport.Tuning = mirror.Tuning{TypeAhead: mirror.TypeAheadOff, MaxWriteBytes: 300, Keepalive: mirror.Duration(time.Minute),
		Timeouts: mirror.WaitingLimits{Dial: mirror.Duration(2 * time.Minute), Read: mirror.Duration(20 * time.Minute)}}
	got := cfg.withDefaults()
	if got.Timeouts.Open != 2*time.Minute || got.Timeouts.Read != 20*time.Minute || got.Timeouts.Command != 40*time.Minute ||
		got.Timeouts.Keepalive != time.Minute || !got.lineByLine() || got.maxBytes() != 300 {
		t.Errorf("%+v", got.Timeouts)
	}
	got = Config{}.withDefaults()
	if got.Timeouts.Open != time.Minute || got.Timeouts.Read != 3*time.Minute || got.Timeouts.Keepalive != 0 || got.lineByLine() || got.maxBytes() != 900 {
		t.Errorf("defaults %+v", got.Timeouts)
	}
}

func TestCancelIsObeyedAtOnce(t *testing.T) {
	f := newFake(t)
	release, reached := make(chan bool), make(chan bool)
	defer close(release)
	f.hook = func(sh *shell, line string) bool {
		if line == "show tech" {
			close(reached)
			<-release
		}
		return false
	}
	c := open(t, f, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	start := time.Now()
	_, err := c.Run(ctx, "show tech")
	wantKind(t, err, mirror.ErrUnreachable)
	wantKind(t, err, context.Canceled)
	if d := time.Since(start); d > testkit.Patience {
		t.Errorf("took %v", d)
	}
	if c.Alive() {
		t.Error("the socket is still open")
	}
}

// A peer that reads nothing blocks the write itself.
func TestABlockedWriteObeysItsDeadline(t *testing.T) {
	f := newFake(t)
	release := make(chan bool)
	defer close(release)
	f.hook = func(sh *shell, line string) bool {
		if line == "show tech" {
			<-release
		}
		return false
	}
	c := open(t, f, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := c.Run(ctx, "show tech", "show "+strings.Repeat("x", 8<<20))
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, mirror.ErrTimeout) {
			t.Errorf("got %.200v", err)
		}
	case <-time.After(testkit.Patience):
		t.Fatal("the write still blocks")
	}
}

func TestUnusableConfigurations(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no address":          func(c *Config) { c.Target.Transport.Address = "" },
		"host key mode":       func(c *Config) { c.Target.Transport.HostKey = "whatever" },
		"no user":             func(c *Config) { c.Target.Username = mirror.Secret{} },
		"type ahead":          func(c *Config) { c.Target.Transport.TypeAhead = "perhaps" },
		"too short writes":    func(c *Config) { c.Target.Transport.MaxWriteBytes = 50 },
		"too few lines":       func(c *Config) { c.MaxLines = 3 },
		"no platform":         func(c *Config) { c.Platform = nil },
		"bad jump host":       func(c *Config) { c.Target.Transport.JumpHost.Address = "a:b:c@" },
		"unreadable host key": func(c *Config) { c.HostKeys = &memoryKeys{keys: map[string]string{"192.0.2.1:22": "junk"}} },
	} {
		cfg := configFor(t, "192.0.2.1:22")
		cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return end{newLate(), newLate()}, nil }
		change(&cfg)
		_, err := Open(t.Context(), cfg)
		if !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestACancelledContextSendsNothing(t *testing.T) {
	f := newFake(t)
	c := open(t, f, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := len(f.lines())
	_, err := c.Run(ctx, "show version")
	wantKind(t, err, context.Canceled)
	if len(f.lines()) != n || !c.Alive() {
		t.Error("the connection was touched")
	}
}

func TestPeerVanishesInTheMiddle(t *testing.T) {
	f := newFake(t)
	f.hook = func(sh *shell, line string) bool {
		if line == "show half" {
			sh.say("the first half\n% Connection closed by the administrator")
			sh.done = true
		}
		return line == "show half"
	}
	c := open(t, f, nil)
	_, err := c.Run(t.Context(), "show half")
	wantKind(t, err, mirror.ErrUnreachable, "hung up", "closed by the administrator")
	testkit.Eventually(t, testkit.Patience, "not alive", func() bool { return !c.Alive() })
}

func TestPeerHangsUpWhileIdle(t *testing.T) {
	f := newFake(t)
	c := open(t, f, nil)
	f.hangUp()
	testkit.Eventually(t, testkit.Patience, "not alive", func() bool { return !c.Alive() })
	_, err := c.Run(t.Context(), "show version")
	wantKind(t, err, mirror.ErrUnreachable, "hung up")
}

func TestSilentPeerEndsWithTheOpenTimeout(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // accepts in the kernel, says nothing
	cfg := configFor(t, l.Addr().String())
	cfg.Timeouts.Open = 150 * time.Millisecond
	start := time.Now()
	_, err = Open(t.Context(), cfg)
	wantKind(t, err, mirror.ErrTimeout, l.Addr().String())
	if d := time.Since(start); d > testkit.Patience {
		t.Errorf("took %v", d)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cfg.Timeouts.Open = time.Hour
	stop := time.AfterFunc(50*time.Millisecond, cancel)
	defer stop.Stop()
	_, err = Open(ctx, cfg)
	wantKind(t, err, context.Canceled)
	wantKind(t, err, mirror.ErrUnreachable)
}

func TestSilentShellEndsWithTheOpenTimeout(t *testing.T) {
	f := newFake(t)
	f.hostname = "no prompt here" // blanks: matches no level
	cfg := configFor(t, f.listen(t))
	cfg.Timeouts.Open = 300 * time.Millisecond
	_, err := Open(t.Context(), cfg)
	wantKind(t, err, mirror.ErrTimeout, "first prompt", "no prompt here")
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, err = Open(t.Context(), configFor(t, addr))
	wantKind(t, err, mirror.ErrUnreachable, "refused", "no terminal line is free")
}

func TestKeepalivesAreOffByDefault(t *testing.T) {
	if d := (Config{}).withDefaults().Timeouts.Keepalive; d != 0 {
		t.Errorf("probed after %v", d)
	}
}

// A server that answers a keepalive with SSH_MSG_UNIMPLEMENTED ends the
// connection with it: the error says so, and the next one goes without.
func TestAConnectionThatEndsAtAKeepaliveSaysSo(t *testing.T) {
	f := newFake(t)
	opened := make(chan struct{}) // a probe in the middle of the login waits for its end
	f.probed = func(raw net.Conn) bool {
		<-opened
		_ = raw.Close()
		return false
	}
	c := open(t, f, func(c *Config) { c.Timeouts.Keepalive, c.Timeouts.Reply = time.Millisecond, 10*time.Second })
	close(opened)
	testkit.Eventually(t, testkit.Patience, "not alive", func() bool { return !c.Alive() })
	_, err := c.Run(t.Context(), "show version")
	wantKind(t, err, mirror.ErrProbed, "keepalive")
	wantKind(t, err, mirror.ErrUnreachable)
}

func TestKeepaliveLeavesAnAnsweringPeerAlone(t *testing.T) {
	f := newFake(t)
	f.replies["show a"] = "alpha"
	c := open(t, f, func(c *Config) {
		c.Timeouts.Keepalive, c.Timeouts.Reply = time.Millisecond, 5*time.Second
	})
	before := c.impl.HandshakeRoundTrips()
	testkit.Eventually(t, testkit.Patience, "some probes were answered", func() bool { return c.impl.HandshakeRoundTrips() >= before+5 })
	if got := run(t, c, "show a")[0].Text; got != "alpha" {
		t.Errorf("got %q", got)
	}
}

func TestCloseEndsAWaitingCall(t *testing.T) {
	f := newFake(t)
	release, reached := make(chan bool), make(chan bool)
	defer close(release)
	f.hook = func(sh *shell, line string) bool {
		if line == "show tech" {
			close(reached)
			<-release
		}
		return false
	}
	c := open(t, f, nil)
	go func() { <-reached; _ = c.Close() }()
	_, err := c.Run(t.Context(), "show tech")
	wantKind(t, err, mirror.ErrUnreachable, "closed")
	if err := c.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestTranscriptHidesSecrets(t *testing.T) {
	f := newFake(t)
	f.userExec, f.enable = true, testEnable
	f.replies["show running-config"] = "enable secret " + testEnable + "\nsnmp-server community public ro\nusername admin password " + testPassword
	var sent, received strings.Builder
	c := open(t, f, func(c *Config) {
		c.Redact = func(s string) string { return strings.ReplaceAll(s, "public", "<removed>") }
		c.Transcript = func(e Event) {
			if e.Sent {
				sent.WriteString(e.Text)
			} else {
				received.WriteString(e.Text)
			}
		}
	})
	r := run(t, c, "show running-config")
	if !strings.Contains(r[0].Text, testEnable) {
		t.Error("the reply itself is data and must not be changed")
	}
	for _, hidden := range []string{testEnable, testPassword, "public"} {
		if strings.Contains(sent.String()+received.String(), hidden) {
			t.Errorf("transcript shows %q", hidden)
		}
	}
	for _, want := range []string{"enable\n", stars + "\n", "show running-config\n"} {
		if !strings.Contains(sent.String(), want) {
			t.Errorf("transcript lacks what was sent: %q", want)
		}
	}
	if !strings.Contains(received.String(), "community <removed> ro") {
		t.Error("transcript lacks what was received")
	}
}
