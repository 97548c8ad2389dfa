package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// rc makes a device of bash: its line editor is a third party's, with echo,
// bracketed paste and type-ahead of its own. It dislikes comments: "! word" runs
// the word.
const rc = `
PS1='sw1#'
unset HISTFILE
terminal() { :; }
configure() { echo 'Enter configuration commands, one per line.  End with CNTL/Z.'; PS1='sw1(config)#'; }
end() { PS1='sw1#'; }
monitor() { case "$*" in *Gi9*) echo '% Interface does not exist';; *) echo "$*" >> "$DIR/configured";; esac; }
show() {
	case "$1" in
	evil) printf 'rack 12#\nsw1#\nsw1#show x\n  --More-- is a word\nend of output\n';;
	big) for i in $(seq 20000); do echo "line $i of the output sw1#"; done;;
	slow) sleep 0.3; echo slept;;
	half) echo first half; touch "$DIR/halfway"; sleep 1000;;
	size) stty size;;
	esac
}
`

// opensshd is a server behind which rc runs.
type opensshd struct{ *testkit.OpenSSH }

func startOpenSSH(t *testing.T) *opensshd {
	t.Helper()
	testkit.Need(t, "bash", "stty", "seq")
	return &opensshd{testkit.StartOpenSSH(t, func(d *testkit.OpenSSH) string {
		d.Write(t, "rc", rc)
		d.Write(t, "device", fmt.Sprintf("#!/bin/bash\nexport DIR=%s\nexec bash --noprofile --rcfile %s/rc -i\n", d.Dir, d.Dir))
		return fmt.Sprintf("ForceCommand %s/device\nAllowTcpForwarding yes\n", d.Dir)
	})}
}

func (d *opensshd) config(t *testing.T) Config {
	cfg := configFor(t, d.Addr)
	cfg.Target.Username, cfg.Target.Password, cfg.Target.Key = mirror.NewSecret(d.User), mirror.Secret{}, mirror.NewSecret(d.Key)
	return cfg
}

func (d *opensshd) open(t *testing.T, cfg Config) *Conn {
	t.Helper()
	c, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("%v\nserver's log:\n%s", err, d.Log())
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestOpenSSHRunAndConfigure(t *testing.T) {
	d := startOpenSSH(t)
	c := d.open(t, d.config(t))
	before := c.Stats().RoundTrips
	r := run(t, c, "show evil", "show slow", "show size", "show evil")
	const evil = "rack 12#\nsw1#\nsw1#show x\n  --More-- is a word\nend of output"
	for i, want := range []string{evil, "slept", fmt.Sprintf("%d %d", terminalRows, terminalColumns), evil} {
		// Typed-ahead lines that the terminal echoed early may stand in
		// an answer; nothing may be missing from it.
		if !strings.HasSuffix(r[i].Text, want) {
			t.Errorf("%s: got %q, want %q", r[i].Command, r[i].Text, want)
		}
	}
	if n := c.Stats().RoundTrips - before; n != 1 {
		t.Errorf("%d round trips, want 1", n)
	}
	big := strings.Split(run(t, c, "show big")[0].Text, "\n")
	if len(big) != 20000 || big[19999] != "line 20000 of the output sw1#" {
		t.Errorf("%d lines, last %q", len(big), big[len(big)-1])
	}
	res := configure(t, c, Block{Lines: Lines("monitor session 1 source interface Gi1", "monitor session 1 source interface Gi9", "monitor session 1 destination interface Gi2"), Refused: percent})
	wantDevice(t, res[0].Err, "monitor session 1 source interface Gi9", "does not exist")
	if l := res[0].Lines; l[0].Answer != "" || l[2].Answer != "" || l[2].Prompt != "sw1(config)#" {
		t.Errorf("%+v", l)
	}
	got, err := os.ReadFile(filepath.Join(d.Dir, "configured"))
	if want := "session 1 source interface Gi1\nsession 1 destination interface Gi2\n"; err != nil || string(got) != want {
		t.Errorf("configured %q, %v", got, err)
	}
}

func TestOpenSSHLongLinesWrapAtTheTerminal(t *testing.T) {
	d := startOpenSSH(t)
	c := d.open(t, d.config(t))
	long := "monitor session 1 source interface " + strings.Repeat("Gi1/0/1 , ", 120) + "Gi1/0/2"
	for _, lines := range [][]string{{long}, {"monitor a", long, "monitor b"}} {
		r := configure(t, c, Block{Lines: Lines(lines...)})
		for _, l := range r[0].Lines {
			if l.Answer != "" || l.Refused {
				t.Errorf("%.40s: answer %.80q", l.Text, l.Answer)
			}
		}
	}
	got, _ := os.ReadFile(filepath.Join(d.Dir, "configured"))
	if n := strings.Count(string(got), "Gi1/0/2\n"); n != 2 {
		t.Errorf("the long line arrived %d times, want 2", n)
	}
}

func TestOpenSSHKeysAndHostKey(t *testing.T) {
	d := startOpenSSH(t)
	cfg := d.config(t)
	d.open(t, cfg)
	pinned := cfg.HostKeys.(*memoryKeys).keys[d.Addr]
	if pinned != strings.TrimSpace(string(ssh.MarshalAuthorizedKey(d.Public))) {
		t.Errorf("pinned %q", pinned)
	}
	cfg.Target.Transport.HostKey = HostKeyStrict
	d.open(t, cfg)

	_, now := testkit.WriteSSHKey(t, filepath.Join(d.Dir, "host"))
	wantKind(t, tryOpen(t, cfg), mirror.ErrHostKeyChanged, ssh.FingerprintSHA256(d.Public), ssh.FingerprintSHA256(now))
	cfg.Target.Transport.HostKey = HostKeyInsecure
	d.open(t, cfg)

	other, _ := testkit.WriteSSHKey(t, filepath.Join(d.Dir, "other"))
	cfg.Target.Key = mirror.NewSecret(other)
	wantKind(t, tryOpen(t, cfg), mirror.ErrLoginRefused, `"campus"`)
}

func TestOpenSSHAsJumpHost(t *testing.T) {
	jump, device := startOpenSSH(t), startOpenSSH(t)
	cfg := device.config(t)
	cfg.Target.Transport.JumpHost, cfg.Target.Jump = mirror.JumpHost{Address: jump.Addr}, cfg.Target.Login
	// The same key opens both, as in a real estate.
	public, err := os.ReadFile(filepath.Join(device.Dir, "authorized"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(jump.Dir, "authorized"), public, 0o600); err != nil {
		t.Fatal(err)
	}
	c := device.open(t, cfg)
	if got := run(t, c, "show size")[0].Text; got != "255 511" {
		t.Errorf("got %q", got)
	}
	if n := len(cfg.HostKeys.(*memoryKeys).keys); n != 2 {
		t.Errorf("%d host keys were pinned, want 2", n)
	}
	jump.Signal(syscall.SIGKILL)
	testkit.Eventually(t, testkit.Patience, "the device is lost with the jump host", func() bool { return !c.Alive() })
}

func TestOpenSSHVanishesMidReply(t *testing.T) {
	d := startOpenSSH(t)
	c := d.open(t, d.config(t))
	result := make(chan error, 1)
	go func() {
		_, err := c.Run(t.Context(), "show half")
		result <- err
	}()
	testkit.Eventually(t, testkit.Patience, "half the reply was printed", func() bool {
		_, err := os.Stat(filepath.Join(d.Dir, "halfway"))
		return err == nil
	})
	d.Signal(syscall.SIGKILL)
	err := <-result
	wantKind(t, err, mirror.ErrUnreachable, "hung up")
}

// A frozen peer keeps its socket open and says nothing more.
func TestOpenSSHFreezes(t *testing.T) {
	t.Run("keepalive", func(t *testing.T) {
		d := startOpenSSH(t)
		cfg := d.config(t)
		cfg.Timeouts.Keepalive, cfg.Timeouts.Reply = 500*time.Millisecond, 5*time.Second
		c := d.open(t, cfg)
		before := c.impl.HandshakeRoundTrips()
		testkit.Eventually(t, testkit.Patience, "a keepalive was answered", func() bool { return c.impl.HandshakeRoundTrips() > before })
		d.Signal(syscall.SIGSTOP)
		_, err := c.Run(t.Context(), "show evil")
		wantKind(t, err, mirror.ErrUnreachable, "keepalive")
	})
	t.Run("deadline", func(t *testing.T) {
		d := startOpenSSH(t)
		c := d.open(t, d.config(t))
		d.Signal(syscall.SIGSTOP)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := c.Run(ctx, "show evil")
		wantKind(t, err, mirror.ErrTimeout, "show evil")
	})
	t.Run("cancel", func(t *testing.T) {
		d := startOpenSSH(t)
		c := d.open(t, d.config(t))
		d.Signal(syscall.SIGSTOP)
		ctx, cancel := context.WithCancel(t.Context())
		stop := time.AfterFunc(50*time.Millisecond, cancel)
		defer stop.Stop()
		start := time.Now()
		_, err := c.Run(ctx, "show evil")
		wantKind(t, err, context.Canceled)
		if d := time.Since(start); d > testkit.Patience {
			t.Errorf("took %v", d)
		}
	})
	t.Run("before the handshake", func(t *testing.T) {
		d := startOpenSSH(t)
		cfg := d.config(t)
		cfg.Timeouts.Open = 300 * time.Millisecond
		cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, address)
			started := d.Started()
			if started == 0 {
				testkit.Eventually(t, testkit.Patience, "the server started", func() bool { return d.Started() > 0 })
			}
			d.Signal(syscall.SIGSTOP)
			return c, err
		}
		wantKind(t, tryOpen(t, cfg), mirror.ErrTimeout)
	})
}
