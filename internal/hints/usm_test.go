package hints

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const (
	authPassword = "auth-password"
	privPassword = "priv-password"
	linkDown     = "1.3.6.1.6.3.1.1.5.3"
	senderEngine = "80001f8804736e6d706c6162" // of a sender
)

// A receiver is a listener that hears the users of one device.
type receiver struct {
	*Listener
	t     *testing.T
	hints chan string

	mu      sync.Mutex
	users   []mirror.Login
	refused map[Refusal]int
}

func userOf(name, auth, privacy string) mirror.Login {
	l := mirror.Login{Profile: "snmp", For: mirror.Bindings{"127.0.0.0/8"}, SNMP: mirror.SNMPLogin{Username: mirror.NewSecret(name), Auth: auth, AuthPassword: mirror.NewSecret(authPassword), Privacy: privacy}}
	if privacy != "" {
		l.SNMP.PrivacyPassword = mirror.NewSecret(privPassword)
	}
	return l
}

func receive(t *testing.T, known bool, users ...mirror.Login) *receiver {
	t.Helper()
	r := &receiver{t: t, hints: make(chan string, 8), users: users, refused: map[Refusal]int{}}
	l, err := Listen(Settings{Traps: "127.0.0.1:0", Instance: "test", Log: slog.New(slog.DiscardHandler), Hint: func(d string) { r.hints <- d },
		Refused: func(why Refusal) { r.mu.Lock(); defer r.mu.Unlock(); r.refused[why]++ },
		Devices: func(netip.Addr, []string) []Device {
			if !known {
				return nil
			}
			return []Device{{Name: "other", Users: func() []mirror.Login { return []mirror.Login{userOf("somebody", "sha", "")} }}, {Name: "none"},
				{Name: "here", Users: func() []mirror.Login { r.mu.Lock(); defer r.mu.Unlock(); return r.users }}}
		}})
	if err != nil {
		t.Fatal(err)
	}
	r.Listener = l
	done := make(chan struct{})
	go func() { l.Run(t.Context()); close(done) }()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return r
}

func (r *receiver) count(why Refusal) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused[why]
}

// counted waits until a refusal was counted, and demands that no other was but the
// questions for our engine, and no hint was given.
func (r *receiver) counted(why Refusal, n int) {
	r.t.Helper()
	defer func() {
		if r.t.Failed() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.t.Logf("refused: %v", r.refused)
		}
	}()
	testkit.Eventually(r.t, 10*time.Second, fmt.Sprintf("%s is counted %d times", why, n), func() bool {
		return r.count(why) == n
	})
	if len(r.hints) > 0 {
		r.t.Errorf("a hint of %s", <-r.hints)
	}
}

func (r *receiver) hinted() {
	r.t.Helper()
	select {
	case d := <-r.hints:
		if d != "here" {
			r.t.Errorf("a hint of %s", d)
		}
	case <-time.After(10 * time.Second):
		r.mu.Lock()
		defer r.mu.Unlock()
		r.t.Errorf("no hint; refused: %v", r.refused)
	}
}

// net-snmp's words for the protocols.
var theirs = map[string]string{"md5": "MD5", "sha": "SHA", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
	"des": "DES", "aes128": "AES", "aes192": "AES-192", "aes256": "AES-256"}

// tool runs snmptrap or snmpinform of Debian; options come behind those of the user, and
// so go before them.
func (r *receiver) tool(name string, l mirror.Login, options ...string) error {
	r.t.Helper()
	testkit.Need(r.t, name)
	level := "authNoPriv"
	args := []string{"-v3", "-m", "", "-t", "2", "-r", "2", "-u", l.SNMP.Username.Reveal(), "-a", theirs[l.SNMP.Auth], "-A", authPassword}
	if l.SNMP.Privacy != "" {
		level = "authPriv"
		args = append(args, "-x", theirs[l.SNMP.Privacy], "-X", privPassword)
	}
	args = append(append(args, "-l", level), options...)
	_, _, at := r.Addrs()
	cmd := exec.CommandContext(r.t.Context(), name, append(args, at, "", linkDown, "1.3.6.1.2.1.2.2.1.1.7", "i", "7")...)
	cmd.Env = append(cmd.Environ(), "SNMP_PERSISTENT_DIR="+r.t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// TestNotificationsOfVersion3 are those of Debian's snmptrap and snmpinform, in each
// protocol. An inform asks for our engine and waits for an answer that proves itself.
func TestNotificationsOfVersion3(t *testing.T) {
	for _, c := range [][2]string{{"md5", "des"}, {"sha", "aes128"}, {"sha224", "aes192"}, {"sha256", "aes128"}, {"sha384", "aes256"}, {"sha512", ""}} {
		t.Run(c[0]+" "+c[1], func(t *testing.T) {
			user := userOf("monitor", c[0], c[1])
			r := receive(t, true, userOf("monitor", "sha256", ""), user) // an older login of the same name is tried first
			if err := r.tool("snmptrap", user, "-e", "0x"+senderEngine); err != nil {
				t.Fatal(err)
			}
			r.hinted()
			if err := r.tool("snmpinform", user); err != nil {
				t.Errorf("it got no answer: %v", err)
			}
			r.hinted()
		})
	}
}

// TestWhatIsNotBelievedOfVersion3 is counted, gives no hint, and is told to one of ours
// who asks.
func TestWhatIsNotBelievedOfVersion3(t *testing.T) {
	user := userOf("monitor", "sha256", "aes128")
	engine := []string{"-e", "0x" + senderEngine}
	for name, c := range map[string]struct {
		why     Refusal
		options []string
		says    string // to an inform
	}{
		"another user":            {UnknownUser, []string{"-u", "stranger"}, "Unknown user name"},
		"another password":        {WrongDigest, []string{"-A", "wrong-password"}, "Authentication failure"},
		"another digest":          {WrongDigest, []string{"-a", "SHA"}, "Authentication failure"},
		"another privacy":         {Undecipherable, []string{"-X", "wrong-password"}, "Decryption error"},
		"no authentication":       {UnsupportedLevel, []string{"-l", "noAuthNoPriv"}, "Unsupported security level"},
		"the user of other ports": {UnknownUser, []string{"-u", "bound"}, "Unknown user name"},
	} {
		t.Run(name, func(t *testing.T) {
			bound := userOf("bound", "sha256", "aes128")
			bound.For = mirror.Bindings{"192.0.2.1"}
			r := receive(t, true, bound, user)
			if err := r.tool("snmptrap", user, append(engine, c.options...)...); err != nil {
				t.Fatal(err)
			}
			r.counted(c.why, 1)
			if err := r.tool("snmpinform", user, c.options...); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("an inform is told %v, want %q", err, c.says)
			}
		})
	}
}

// TestAStrangerIsNotAnswered: a sender that is no device of ours gets no word.
func TestAStrangerIsNotAnswered(t *testing.T) {
	user := userOf("monitor", "sha256", "aes128")
	r := receive(t, false, user)
	if err := r.tool("snmptrap", user, "-e", "0x"+senderEngine); err != nil {
		t.Fatal(err)
	}
	r.counted(UnknownUser, 1)
	if err := r.tool("snmpinform", user, "-t", "1", "-r", "0"); err == nil || !strings.Contains(err.Error(), "imeout") {
		t.Errorf("%v", err)
	}
	r.counted(UnknownEngine, 1)
}

// TestOldNotificationsAreNotBelieved: the clock of a sender's engine goes on, and ours is
// told to one who has it wrong.
func TestOldNotificationsAreNotBelieved(t *testing.T) {
	user := userOf("monitor", "sha256", "aes128")
	r := receive(t, true, user)
	trap := func(boots, at int) {
		t.Helper()
		if err := r.tool("snmptrap", user, "-e", "0x"+senderEngine, "-Z", fmt.Sprintf("%d,%d", boots, at)); err != nil {
			t.Fatal(err)
		}
	}
	trap(5, 1000)
	r.hinted()
	trap(5, 900)
	r.hinted()
	trap(5, 700)
	r.counted(NotInTimeWindow, 1)
	trap(4, 5000)
	r.counted(NotInTimeWindow, 2)
	trap(6, 1)
	r.hinted()
	trap(5, 1001)
	r.counted(NotInTimeWindow, 3)
	ours := []string{"-e", fmt.Sprintf("0x%x", r.usm.engine)}
	if err := r.tool("snmpinform", user, append(ours, "-Z", "1,1")...); err != nil {
		t.Errorf("a sender with an older clock of ours: %v", err)
	}
	r.hinted()
	asked := r.count(UnknownEngine)
	if err := r.tool("snmptrap", user, append(ours, "-Z", fmt.Sprintf("%d,%d", r.usm.boots, r.usm.time()+1))...); err != nil {
		t.Fatal(err)
	}
	r.counted(UnknownEngine, asked+1) // a trap of our own engine
	if err := r.tool("snmpinform", user, "-e", "0x"+senderEngine, "-r", "0"); err == nil {
		t.Error("an inform to another engine was answered")
	}
	if r.counted(UnknownEngine, r.count(UnknownEngine)); r.count(UnknownEngine) < asked+2 {
		t.Error("an inform to another engine is not counted")
	}
}

// TestTheEngineIsTheInstances, and starts later each time.
func TestTheEngineIsTheInstances(t *testing.T) {
	at := bootsBegin.Add(1e9 * time.Second)
	first, again := newUSM("a", func() time.Time { return at }), newUSM("a", func() time.Time { return at.Add(time.Second) })
	if first.engine != again.engine || first.engine == newUSM("b", time.Now).engine || len(first.engine) != 17 || again.boots != first.boots+1 || first.boots != 1e9 {
		t.Errorf("%x %d, %x %d", first.engine, first.boots, again.engine, again.boots)
	}
}

func FuzzNotificationsOfVersion3(f *testing.F) {
	testkit.Need(f, "snmptrap")
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	user := userOf("monitor", "sha256", "aes128")
	cmd := exec.CommandContext(f.Context(), "snmptrap", "-v3", "-m", "", "-u", "monitor", "-l", "authPriv", "-a", "SHA-256", "-A", authPassword, "-x", "AES", "-X", privPassword,
		"-e", "0x"+senderEngine, l.LocalAddr().String(), "", linkDown)
	cmd.Env = append(cmd.Environ(), "SNMP_PERSISTENT_DIR="+f.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		f.Fatalf("%v: %s", err, out)
	}
	buf := make([]byte, 64<<10)
	n, _, err := l.ReadFrom(buf)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(buf[:n])
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, ok := headerOf(raw)
		if !ok {
			return
		}
		p, why := unseal(h, raw, user.SNMP)
		if why == "" && h.has(authenticated) && string(raw) != string(buf[:n]) && p.usm.UserName != "monitor" {
			t.Errorf("%x is believed to be of %q", raw, p.usm.UserName)
		}
	})
}
