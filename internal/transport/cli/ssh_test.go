package cli

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// tryOpen opens and closes.
func tryOpen(t *testing.T, cfg Config) error {
	t.Helper()
	c, err := Open(t.Context(), cfg)
	if err == nil {
		_ = c.Close()
	}
	return err
}

func TestWrongPasswordIsTriedOnce(t *testing.T) {
	f := newFake(t)
	f.ssh.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		a, err := ask("", "", []string{"Password: "}, []bool{false})
		if err != nil || len(a) != 1 {
			return nil, errors.New("no answer")
		}
		return nil, f.judge(a[0])
	}
	cfg := configFor(t, f.listen(t))
	cfg.Target.Password = mirror.NewSecret("wrong-password")
	err := tryOpen(t, cfg)
	wantKind(t, err, mirror.ErrLoginRefused, "log in to 127.0.0.1:", `"campus"`)
	if strings.Contains(err.Error(), "wrong-password") {
		t.Error("the error shows the password")
	}
	if f.attempts() != 1 {
		t.Errorf("%d attempts with a wrong password: that locks accounts", f.attempts())
	}
}

func TestKeyboardInteractive(t *testing.T) {
	ask := func(f *fake, questions []string, echos []bool, check func([]string) error) {
		f.ssh.PasswordCallback = nil
		f.ssh.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			a, err := ask("", "Welcome", questions, echos)
			if err != nil {
				return nil, err
			}
			if err := check(a); err != nil {
				return nil, err
			}
			_, err = ask("", "Last login yesterday", nil, nil) // an announcement
			return nil, err
		}
	}
	t.Run("password", func(t *testing.T) {
		f := newFake(t)
		ask(f, []string{"Password: "}, []bool{false}, func(a []string) error { return f.judge(a[0]) })
		open(t, f, nil)
	})
	t.Run("user and password", func(t *testing.T) {
		f := newFake(t)
		ask(f, []string{"Username:", "Password:"}, []bool{true, false}, func(a []string) error {
			if a[0] != testUser {
				return errors.New("no")
			}
			return f.judge(a[1])
		})
		open(t, f, nil)
	})
	t.Run("one-time code", func(t *testing.T) {
		f := newFake(t)
		ask(f, []string{"Code from your token:"}, []bool{true}, func([]string) error { return errors.New("no") })
		wantKind(t, tryOpen(t, configFor(t, f.listen(t))), mirror.ErrAuth, "Code from your token:")
	})
}

func TestPrivateKey(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, private := range map[string]any{"rsa": rsaKey, "ecdsa": ecKey} {
		t.Run(name, func(t *testing.T) {
			block, err := ssh.MarshalPrivateKey(private.(crypto.PrivateKey), "")
			if err != nil {
				t.Fatal(err)
			}
			signer, err := ssh.NewSignerFromKey(private)
			if err != nil {
				t.Fatal(err)
			}
			f := newFake(t)
			f.ssh.PasswordCallback = nil
			f.ssh.PublicKeyCallback = func(_ ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
				if !bytes.Equal(k.Marshal(), signer.PublicKey().Marshal()) {
					return nil, errors.New("no")
				}
				return nil, nil
			}
			cfg := configFor(t, f.listen(t))
			cfg.Target.Key, cfg.Target.Password = mirror.NewSecret(string(pem.EncodeToMemory(block))), mirror.Secret{}
			if err := tryOpen(t, cfg); err != nil {
				t.Error(err)
			}
			cfg.Target.Key = mirror.NewSecret("-----BEGIN nonsense")
			err = tryOpen(t, cfg)
			wantKind(t, err, mirror.ErrCredentials, "private key is not readable")
			if strings.Contains(err.Error(), "nonsense") {
				t.Error("the error quotes the key")
			}
			locked, err := ssh.MarshalPrivateKeyWithPassphrase(private.(crypto.PrivateKey), "", []byte("x"))
			if err != nil {
				t.Fatal(err)
			}
			cfg.Target.Key = mirror.NewSecret(string(pem.EncodeToMemory(locked)))
			wantKind(t, tryOpen(t, cfg), mirror.ErrCredentials, "passphrase")
		})
	}
}

func TestConnectionLostDuringLoginIsNotARefusal(t *testing.T) {
	f := newFake(t)
	f.ssh.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
		f.hangUp()
		return nil, errors.New("gone")
	}
	err := tryOpen(t, configFor(t, f.listen(t)))
	wantKind(t, err, mirror.ErrUnreachable)
	if errors.Is(err, mirror.ErrAuth) {
		t.Errorf("%v would make an operator look for a wrong password", err)
	}
}

func TestHostKeyIsPinnedAtFirstAndThenRefusedWhenChanged(t *testing.T) {
	f := newFake(t)
	cfg := configFor(t, f.listen(t))
	keys := cfg.HostKeys.(*memoryKeys)
	label := net.JoinHostPort(cfg.Target.Transport.Address, strconv.Itoa(cfg.Target.Transport.Port))
	first := f.key.PublicKey()
	for range 2 {
		if err := tryOpen(t, cfg); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{label: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(first)))}
		if diff := cmp.Diff(want, keys.keys); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
	f.set(func() { f.key = newKey(t) })
	tried := f.attempts()
	err := tryOpen(t, cfg)
	wantKind(t, err, mirror.ErrHostKeyChanged, label, ssh.FingerprintSHA256(first), ssh.FingerprintSHA256(f.key.PublicKey()), "changed")
	if f.attempts() != tried {
		t.Error("the password was given to a stranger")
	}
	cfg.Target.Transport.HostKey = HostKeyInsecure
	if err := tryOpen(t, cfg); err != nil {
		t.Errorf("insecure: %v", err)
	}
	cfg.Target.Transport.HostKey = HostKeyStrict
	wantKind(t, tryOpen(t, cfg), mirror.ErrHostKeyChanged, "changed")
	cfg.HostKeys = &memoryKeys{}
	wantKind(t, tryOpen(t, cfg), mirror.ErrHostKey, "not known", ssh.FingerprintSHA256(f.key.PublicKey()))
	if f.attempts() != tried+1 {
		t.Error("strict gave the password away")
	}
	// A fingerprint: another key is refused before anything is said, its own is pinned.
	cfg.Target.Transport.HostKey = ssh.FingerprintSHA256(first)
	wantKind(t, tryOpen(t, cfg), mirror.ErrHostKey, "is not known and not "+ssh.FingerprintSHA256(first), ssh.FingerprintSHA256(f.key.PublicKey()))
	if f.attempts() != tried+1 || len(cfg.HostKeys.(*memoryKeys).keys) > 0 {
		t.Error("another key than that of the fingerprint was taken")
	}
	cfg.Target.Transport.HostKey = ssh.FingerprintSHA256(f.key.PublicKey())
	if err := tryOpen(t, cfg); err != nil || len(cfg.HostKeys.(*memoryKeys).keys) != 1 {
		t.Errorf("the key of the fingerprint: %v", err)
	}
}

func TestAServerWithSeveralKeysKeepsShowingThePinnedOne(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(t)
	f.ssh.AddHostKey(signer) // beside the ed25519 key, which is preferred
	cfg := configFor(t, f.listen(t))
	label := net.JoinHostPort(cfg.Target.Transport.Address, strconv.Itoa(cfg.Target.Transport.Port))
	cfg.HostKeys = &memoryKeys{keys: map[string]string{label: string(ssh.MarshalAuthorizedKey(signer.PublicKey()))}}
	if err := tryOpen(t, cfg); err != nil {
		t.Error(err)
	}
}

// failingKeys is a store that is out of order.
type failingKeys struct{ lookup, pin error }

func (k failingKeys) Lookup(context.Context, string) (string, error) { return "", k.lookup }
func (k failingKeys) Pin(context.Context, string, string) error      { return k.pin }

func TestAStoreOutOfOrderLetsNobodyIn(t *testing.T) {
	f := newFake(t)
	cfg := configFor(t, f.listen(t))
	for _, keys := range []failingKeys{{lookup: errors.New("disk full")}, {pin: errors.New("disk full")}} {
		cfg.HostKeys = keys
		if err := tryOpen(t, cfg); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("got %v", err)
		}
	}
	if f.attempts() != 0 {
		t.Error("a password was sent")
	}
	cfg.HostKeys = nil
	wantKind(t, tryOpen(t, cfg), mirror.ErrInvalid)
}

func TestLegacyAlgorithms(t *testing.T) {
	f := newFake(t)
	f.ssh.KeyExchanges = []string{ssh.InsecureKeyExchangeDH1SHA1}
	f.ssh.Ciphers = []string{ssh.InsecureCipherAES128CBC}
	f.ssh.MACs = []string{"hmac-sha1"}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	if f.key, err = ssh.NewSignerWithAlgorithms(signer.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA}); err != nil {
		t.Fatal(err)
	}
	cfg := configFor(t, f.listen(t))
	wantKind(t, tryOpen(t, cfg), mirror.ErrUnsupported, "legacyAlgorithms", ssh.InsecureKeyExchangeDH1SHA1)
	cfg.Target.Transport.Legacy = true
	if err := tryOpen(t, cfg); err != nil {
		t.Error(err)
	}
}

func TestPTYAndShellWithoutReplies(t *testing.T) {
	for _, want := range []bool{false, true} {
		f := newFake(t)
		open(t, f, func(c *Config) { c.Target.Transport.WantReply = want })
		if diff := cmp.Diff([]string{fmt.Sprintf("pty-req %v", want), fmt.Sprintf("shell %v", want)}, f.asked()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestJumpHost(t *testing.T) {
	device, jump := newFake(t), newFake(t)
	device.replies["show a"] = "alpha"
	cfg := configFor(t, device.listen(t))
	var user string
	jump.ssh.PasswordCallback = func(m ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
		user = m.User()
		return nil, jump.judge(string(p))
	}
	jumpAddr := jump.listen(t)
	cfg.Target.Transport.JumpHost = mirror.JumpHost{Address: jumpAddr, Credentials: "jump"}
	cfg.Target.Jump = cfg.Target.Login
	cfg.Target.Jump.Username = mirror.NewSecret("jumper")
	dialled := ""
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled = address
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	c, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := run(t, c, "show a")[0].Text; got != "alpha" {
		t.Errorf("got %q", got)
	}
	if dialled != jumpAddr || user != "jumper" {
		t.Errorf("dialled %s as %q", dialled, user)
	}
	last := net.JoinHostPort(cfg.Target.Transport.Address, strconv.Itoa(cfg.Target.Transport.Port))
	keys := cfg.HostKeys.(*memoryKeys)
	if keys.keys[jumpAddr] == "" || keys.keys[last+" via "+jumpAddr] == "" || len(keys.keys) != 2 {
		t.Errorf("pinned %v", keys.keys)
	}

	// Everything behind: the socket is one, so its end is everybody's.
	jump.hangUp()
	_, err = c.Run(t.Context(), "show a")
	wantKind(t, err, mirror.ErrUnreachable)
}

func TestJumpHostRefusals(t *testing.T) {
	device, jump := newFake(t), newFake(t)
	cfg := configFor(t, device.listen(t))
	jumpAddr := jump.listen(t)
	cfg.Target.Transport.JumpHost = mirror.JumpHost{Address: jumpAddr, Credentials: "campus"}
	cfg.Target.Jump = cfg.Target.Login
	if err := tryOpen(t, cfg); err != nil {
		t.Fatal(err)
	}
	t.Run("device key changed", func(t *testing.T) {
		device.set(func() { device.key = newKey(t) })
		wantKind(t, tryOpen(t, cfg), mirror.ErrHostKeyChanged, "changed", "via "+jumpAddr)
	})
	t.Run("jump key changed", func(t *testing.T) {
		jump.set(func() { jump.key = newKey(t) })
		wantKind(t, tryOpen(t, cfg), mirror.ErrHostKeyChanged, "changed", "host key of "+jumpAddr)
	})
	cfg.HostKeys = &memoryKeys{}
	t.Run("device out of reach", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		bad := cfg
		bad.Target.Transport.Port = l.Addr().(*net.TCPAddr).Port
		l.Close()
		wantKind(t, tryOpen(t, bad), mirror.ErrUnreachable, "from jump host "+jumpAddr)
	})
	t.Run("device refuses the password", func(t *testing.T) {
		device.set(func() {
			device.ssh.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, errors.New("no") }
		})
		wantKind(t, tryOpen(t, cfg), mirror.ErrAuth, "via "+jumpAddr)
	})
}

func TestIPv6Literal(t *testing.T) {
	for _, text := range []string{"::1", "[::1]"} {
		cfg := configFor(t, "192.0.2.1:2222")
		cfg.Target.Transport.Address = text
		seen := ""
		cfg.Dial = func(_ context.Context, _, address string) (net.Conn, error) { seen = address; return nil, io.EOF }
		wantKind(t, tryOpen(t, cfg), mirror.ErrUnreachable)
		if seen != "[::1]:2222" {
			t.Errorf("%s was dialled as %s", text, seen)
		}
	}
}

// cutConn ends behind a number of arrivals.
type cutConn struct {
	net.Conn
	left int
}

func (c *cutConn) Read(b []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	c.left--
	return c.Conn.Read(b)
}

// A connection that ends while somebody logs in is lost, whenever it ends: nobody has
// refused a password that was not heard. Refusals are counted, and pause the profile.
func TestAConnectionThatEndsDuringLoginIsNoRefusal(t *testing.T) {
	f := newFake(t)
	addr := f.listen(t)
	for arrivals := 1; ; arrivals++ {
		cut := false
		for range 10 { // what is noticed first, that nothing comes or that nothing can be sent, is chance
			cfg := configFor(t, addr)
			var conn *cutConn
			cfg.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
				conn = &cutConn{c, arrivals}
				return conn, err
			}
			err := tryOpen(t, cfg)
			if err == nil {
				continue
			}
			cut = true
			if errors.Is(err, mirror.ErrAuth) || !errors.Is(err, mirror.ErrUnreachable) {
				t.Errorf("cut behind %d arrivals: %v", arrivals, err)
			}
		}
		if !cut {
			break
		}
	}
}
