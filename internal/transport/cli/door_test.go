package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// gate notes what it is asked and told.
type gate struct {
	mu      sync.Mutex
	refusal error
	seen    []string
}

func (g *gate) note(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = append(g.seen, fmt.Sprintf(format, args...))
}

func (g *gate) Enter(_ context.Context, l mirror.Login, server string) (func(error), error) {
	g.note("%s at %s", l.Profile, server)
	return func(err error) {
		switch {
		case err == nil:
			g.note("in")
		case errors.Is(err, mirror.ErrLoginRefused):
			g.note("refused")
		default:
			g.note("no verdict")
		}
	}, g.refusal
}

func TestCredentialsAreShownToTheirOwnAddressesAlone(t *testing.T) {
	f := newFake(t)
	cfg := configFor(t, f.listen(t))
	for _, c := range []struct {
		host  string
		bound mirror.Bindings
		ok    bool
	}{
		{"127.0.0.1", mirror.Bindings{"127.0.0.0/8"}, true},
		{"127.0.0.1", mirror.Bindings{"192.0.2.0/24", "127.0.0.1"}, true},
		{"localhost", mirror.Bindings{"127.0.0.0/8", "::1"}, true},
		{"localhost", mirror.Bindings{"LOCALHOST."}, true},
		{"127.0.0.1", mirror.Bindings{"localhost"}, false}, // the entry says an address
		{"localhost", mirror.Bindings{"10.0.0.0/8"}, false},
		{"localhost", mirror.Bindings{"sw1.example.net"}, false},
		{"127.0.0.1", nil, false},
	} {
		cfg.Target.Transport.Address, cfg.Target.For = c.host, c.bound
		tried := f.attempts()
		err := tryOpen(t, cfg)
		switch {
		case c.ok && err != nil:
			t.Errorf("%s, for %v: %v", c.host, c.bound, err)
		case c.ok:
		case f.attempts() != tried:
			t.Errorf("%s, for %v: the password was shown", c.host, c.bound)
		default:
			wantKind(t, err, mirror.ErrCredentials, `"campus"`, "may not be shown to")
			if errors.Is(err, mirror.ErrAuth) || strings.Contains(err.Error(), testUser) {
				t.Errorf("%v", err)
			}
		}
	}
}

// The name may lead elsewhere when it is asked again: what counts is where the
// connection has gone.
func TestABindingIsCheckedOnTheAddressThatIsConnectedTo(t *testing.T) {
	f := newFake(t)
	addr := f.listen(t)
	cfg := configFor(t, addr)
	cfg.Target.Transport.Address, cfg.Target.For = "sw1.example.net", mirror.Bindings{"192.0.2.0/24"}
	cfg.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr) // a poisoned name server
	}
	wantKind(t, tryOpen(t, cfg), mirror.ErrCredentials, "127.0.0.1 (sw1.example.net)", "192.0.2.0/24")
	if f.attempts() != 0 {
		t.Error("the password was shown")
	}
}

func TestBindingsBehindAJumpHost(t *testing.T) {
	device, jump := newFake(t), newFake(t)
	cfg := configFor(t, device.listen(t))
	cfg.Target.Transport.JumpHost = mirror.JumpHost{Address: jump.listen(t), Credentials: "jump"}
	cfg.Target.Jump = cfg.Target.Login
	cfg.Target.Jump.Profile, cfg.Target.Jump.For = "jump", mirror.Bindings{"127.0.0.1/32"}
	cfg.Target.For = mirror.Bindings{"127.0.0.0/8"} // fits the literal that the entry says
	if err := tryOpen(t, cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Target.Transport.Address = "localhost" // which only the jump host resolves
	wantKind(t, tryOpen(t, cfg), mirror.ErrCredentials, `"campus"`, "behind a jump host")
	cfg.Target.For = mirror.Bindings{"localhost", "127.0.0.1"}
	if err := tryOpen(t, cfg); err != nil {
		t.Error(err)
	}
	tried := jump.attempts()
	cfg.Target.Jump.For = mirror.Bindings{"192.0.2.0/24"}
	wantKind(t, tryOpen(t, cfg), mirror.ErrCredentials, `"jump"`)
	if jump.attempts() != tried {
		t.Error("the jump host's password was shown")
	}
}

// Whoever may name a jump host could name a machine of his own, which answers in
// the place of any device: a profile goes only through one that it may be shown to.
func TestAJumpHostSeesNothingOfAProfileThatIsNotBoundToIt(t *testing.T) {
	device, jump := newFake(t), newFake(t)
	cfg := configFor(t, device.listen(t))
	cfg.Target.Transport.JumpHost = mirror.JumpHost{Address: strings.Replace(jump.listen(t), "127.0.0.1", "localhost", 1), Credentials: "jump"}
	cfg.Target.Jump = cfg.Target.Login
	cfg.Target.Jump.Profile, cfg.Target.Jump.For = "jump", mirror.Bindings{mirror.Any}
	cfg.Target.Transport.Address = "device.example.net"
	for _, c := range []struct {
		bound mirror.Bindings
		ok    bool
	}{
		{mirror.Bindings{"device.example.net"}, false},
		{mirror.Bindings{"device.example.net", "192.0.2.0/24", "jump.example.net"}, false},
		{mirror.Bindings{"device.example.net", "127.0.0.1", "::1"}, true},
		{mirror.Bindings{"device.example.net", "localhost"}, true},
		{mirror.Bindings{mirror.Any}, true},
	} {
		cfg.Target.For = c.bound
		tried := [2]int{jump.attempts(), device.attempts()}
		err := tryOpen(t, cfg)
		switch {
		case c.ok: // the fake jump host does not know the device's name
			if errors.Is(err, mirror.ErrCredentials) || jump.attempts() == tried[0] {
				t.Errorf("for %v: %v", c.bound, err)
			}
		case [2]int{jump.attempts(), device.attempts()} != tried:
			t.Errorf("for %v: a password was shown", c.bound)
		default:
			wantKind(t, err, mirror.ErrCredentials, `"campus"`, "may not be shown to", "(localhost)", "jump host")
		}
	}
}

func TestTheGateIsAskedBeforeAnythingIsShown(t *testing.T) {
	device, jump := newFake(t), newFake(t)
	device.userExec, device.enable = true, testEnable
	named := ""
	device.ssh.PasswordCallback = func(m ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
		named = m.User()
		return nil, device.judge(string(p))
	}
	cfg := configFor(t, device.listen(t))
	g := &gate{}
	cfg.Target.Gate = g
	label := net.JoinHostPort(cfg.Target.Transport.Address, fmt.Sprint(cfg.Target.Transport.Port))
	told := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(g.seen, want) {
			t.Errorf("%s: %q, want %q", what, g.seen, want)
		}
		g.seen = nil
	}
	if err := tryOpen(t, cfg); err != nil {
		t.Fatal(err)
	}
	told("accepted", "campus at "+label, "in")

	g.refusal = &mirror.CredentialsError{Profile: "campus", Reason: "CredentialsPaused", Why: "it is paused"}
	named = ""
	wantKind(t, tryOpen(t, cfg), mirror.ErrCredentials, "paused")
	if named != "" {
		t.Error("the user's name was shown to a server that nothing may log in to")
	}
	g.seen, g.refusal = nil, nil

	cfg.Target.Enable = mirror.NewSecret("wrong-enable")
	wantKind(t, tryOpen(t, cfg), mirror.ErrLoginRefused)
	told("wrong enable secret", "campus at "+label, "refused")
	cfg.Target.Password = mirror.NewSecret("wrong-password")
	wantKind(t, tryOpen(t, cfg), mirror.ErrLoginRefused)
	told("wrong password", "campus at "+label, "refused")

	cfg.Target.Transport.JumpHost = mirror.JumpHost{Address: jump.listen(t), Credentials: "jump"}
	cfg.Target.Jump = cfg.Target.Login
	cfg.Target.Jump.Profile = "jump"
	wantKind(t, tryOpen(t, cfg), mirror.ErrLoginRefused, `"jump"`)
	told("jump host refuses", "jump at "+cfg.Target.Transport.JumpHost.Address, "refused")
}

func TestAUsersNameIsReplacedWhereWeLogInAndNowhereElse(t *testing.T) {
	r := newRedactor(nil, mirror.Login{Username: mirror.NewSecret("admin"), Password: mirror.NewSecret("pass-word")})
	if got := r.text("admin@sw's Password for admin, administrator, sub-admin: pass-word"); got != "********@sw's Password for ********, administrator, sub-admin: ********" {
		t.Errorf("while we log in: %s", got)
	}
	in := r.loggedIn("admin@sw1>")
	if got := in.text("username admin privilege 15\nadmin@sw1> show pass-word"); got != "username admin privilege 15\n********@sw1> show ********" {
		t.Errorf("afterwards: %s", got)
	}
	if got := r.loggedIn("sw1#").text("sw1# vlan admin"); got != "sw1# vlan admin" {
		t.Errorf("afterwards: %s", got)
	}
	odd := newRedactor(nil, mirror.Login{Username: mirror.NewSecret("root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:")})
	if got := odd.text("Password for root:x:0:0:root:/root:/bin/bash\ndaemon:x:1::"); strings.Contains(got, "root") {
		t.Errorf("a name that is none: %s", got)
	}
}

// What a server says of a login may hold the user's name.
func TestARefusalDoesNotTellTheUsersName(t *testing.T) {
	f := newFake(t)
	f.ssh.PasswordCallback = nil
	f.ssh.KeyboardInteractiveCallback = func(m ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		_, err := ask("", "Hello "+m.User(), []string{m.User() + ", your code:"}, []bool{true})
		return nil, err
	}
	cfg := configFor(t, f.listen(t))
	cfg.Target.Username = mirror.NewSecret("svc.netmirror")
	err := tryOpen(t, cfg)
	wantKind(t, err, mirror.ErrLoginRefused, "your code:", `"campus"`)
	if strings.Contains(err.Error(), "svc.netmirror") {
		t.Errorf("%v", err)
	}
}

func TestRedactKnowsTheSecretsOfTheLogin(t *testing.T) {
	c := open(t, newFake(t), nil)
	if got := c.Redact("a " + testPassword + " b " + testEnable + " c"); strings.Contains(got, testPassword) || strings.Contains(got, testEnable) {
		t.Error(got)
	}
}

// One switch in two spellings is no two switches that refuse a profile.
func TestTheGateKnowsOneServerInAllSpellings(t *testing.T) {
	f := newFake(t)
	cfg := configFor(t, f.listen(t))
	g := &gate{refusal: &mirror.CredentialsError{Profile: "campus", Reason: "CredentialsPaused", Why: "it is paused"}}
	cfg.Target.Gate = g
	for _, c := range [][]string{{"127.0.0.1", "::ffff:127.0.0.1", "::FFFF:7f00:1"}, {"localhost", "LocalHost"}} {
		g.seen = nil
		for _, host := range c {
			cfg.Target.Transport.Address = host
			wantKind(t, tryOpen(t, cfg), mirror.ErrCredentials, "paused")
		}
		if want := fmt.Sprintf("campus at %s:%d", c[0], cfg.Target.Transport.Port); slices.ContainsFunc(g.seen, func(s string) bool { return s != want && s != "no verdict" }) || len(g.seen) == 0 {
			t.Errorf("%q, want %q", g.seen, want)
		}
	}
}
