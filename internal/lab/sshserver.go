package lab

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"
)

// serverVersion is how the SSH server of IOS introduces itself, with the
// comment that RFC 4253 allows.
const serverVersion = "SSH-2.0-Cisco-1.25 netmirror-lab-simulation"

// handshakeTime bounds the SSH handshake and login.
const handshakeTime = 2 * time.Minute

// legacyAlgorithms are what switches of the 2960/3750 age offer (general
// knowledge, not from a recording).
func legacyAlgorithms(c *ssh.ServerConfig) {
	c.PublicKeyAuthAlgorithms = append(ssh.SupportedAlgorithms().PublicKeyAuths, ssh.KeyAlgoRSA)
	c.KeyExchanges = []string{ssh.InsecureKeyExchangeDH14SHA1, ssh.InsecureKeyExchangeDH1SHA1}
	c.Ciphers = []string{ssh.InsecureCipherAES128CBC, ssh.InsecureCipherTripleDESCBC}
	c.MACs = []string{ssh.HMACSHA1, ssh.InsecureHMACSHA196}
}

// hostKey makes a host key. With a seed it is the same in every run, except
// for the RSA keys of legacy switches, which are random.
func hostKey(seed string, legacy bool) (ssh.Signer, error) {
	if legacy {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		s, err := ssh.NewSignerFromKey(key)
		if err != nil {
			return nil, err
		}
		return ssh.NewSignerWithAlgorithms(s.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA})
	}
	raw := make([]byte, ed25519.SeedSize)
	if seed == "" {
		if _, err := rand.Read(raw); err != nil {
			return nil, err
		}
	} else {
		sum := sha256.Sum256([]byte("netmirror lab host key " + seed))
		copy(raw, sum[:])
	}
	return ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(raw))
}

func parseAuthorized(lines []string) ([]ssh.PublicKey, error) {
	var keys []ssh.PublicKey
	for _, l := range lines {
		k, _, _, _, err := ssh.ParseAuthorizedKey([]byte(l))
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

var errDenied = errors.New("denied")

// serverConfig is the SSH side of a switch as its faults now stand.
func (sw *Switch) serverConfig() *ssh.ServerConfig {
	faults, _ := sw.currentFaults()
	c := &ssh.ServerConfig{ServerVersion: serverVersion, MaxAuthTries: 3}
	if sw.spec.SSH.LegacyAlgorithms {
		legacyAlgorithms(c)
	}
	if b := sw.spec.LoginBanner; b != "" {
		c.BannerCallback = func(ssh.ConnMetadata) string { return ensureNewline(b) }
	}
	check := func(meta ssh.ConnMetadata, ok func(CredentialSpec) bool) (*ssh.Permissions, error) {
		for _, cred := range sw.credentials() {
			if cred.Username == meta.User() && !faults.WrongPassword && ok(cred) {
				return &ssh.Permissions{Extensions: map[string]string{"privilege": fmt.Sprint(cred.Privilege)}}, nil
			}
		}
		return nil, errDenied
	}
	samePassword := func(given string) func(CredentialSpec) bool {
		return func(cred CredentialSpec) bool {
			return cred.Password != "" && subtle.ConstantTimeCompare([]byte(cred.Password), []byte(given)) == 1
		}
	}
	if sw.offers("password") {
		c.PasswordCallback = func(meta ssh.ConnMetadata, pw []byte) (*ssh.Permissions, error) {
			return check(meta, samePassword(string(pw)))
		}
	}
	if sw.offers("keyboard-interactive") {
		c.KeyboardInteractiveCallback = func(meta ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err != nil || len(answers) != 1 {
				return nil, errDenied
			}
			return check(meta, samePassword(answers[0]))
		}
	}
	if sw.offers("publickey") {
		c.PublicKeyCallback = func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			return check(meta, func(cred CredentialSpec) bool {
				keys, _ := parseAuthorized(cred.PublicKeys)
				return slices.ContainsFunc(keys, func(k ssh.PublicKey) bool {
					return string(k.Marshal()) == string(key.Marshal())
				})
			})
		}
	}
	c.AuthLogCallback = func(_ ssh.ConnMetadata, method string, err error) {
		if err != nil && method != "none" {
			sw.stats.failures.Add(1)
		}
	}
	c.AddHostKey(sw.signer())
	return c
}

func (sw *Switch) offers(method string) bool {
	return len(sw.spec.SSH.Auth) == 0 || slices.Contains(sw.spec.SSH.Auth, method)
}

// accept is the only goroutine of a switch that nobody talks to.
func (sw *Switch) accept() {
	defer sw.lab.wg.Done()
	for {
		c, err := sw.listener.Accept()
		if err != nil {
			return // closed
		}
		if !sw.admit() {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // a reset, as from a port on which nobody listens
			}
			c.Close()
			continue
		}
		w := newWire(c, sw.latency, sw.stats, &sw.lab.wg)
		if !sw.track(w) {
			w.kill()
			continue
		}
		sw.lab.wg.Add(1)
		go sw.serve(w)
	}
}

// serve is one connection from handshake to end.
func (sw *Switch) serve(w *wire) {
	defer sw.lab.wg.Done()
	defer sw.untrack(w)
	sw.stats.total.Add(1)
	sw.stats.open.Add(1)
	defer sw.stats.open.Add(-1)
	ctx, cancel := context.WithCancel(sw.lab.ctx)
	defer cancel()
	if f, _ := sw.currentFaults(); f.Silent {
		b := make([]byte, 64)
		for { // swallow until the client gives up
			if _, err := w.Read(b); err != nil {
				w.kill()
				return
			}
		}
	}
	w.SetDeadline(time.Now().Add(handshakeTime))
	conn, channels, requests, err := ssh.NewServerConn(w, sw.serverConfig())
	if err != nil {
		w.Close()
		return
	}
	w.SetDeadline(time.Time{})
	defer conn.Close()
	sw.stats.logins.Add(1)
	sw.lab.wg.Add(1)
	go func() {
		defer sw.lab.wg.Done()
		ssh.DiscardRequests(requests)
	}()
	for nc := range channels {
		if nc.ChannelType() != "session" {
			nc.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		ch, reqs, err := nc.Accept()
		if err != nil {
			return
		}
		sw.lab.wg.Add(1)
		go func() {
			defer sw.lab.wg.Done()
			sw.session(ctx, w, conn, ch, reqs)
		}()
	}
}

// session serves one channel: a terminal after "shell", one command after
// "exec". IOS gives one session per connection and closes the connection
// with it.
func (sw *Switch) session(ctx context.Context, w *wire, conn *ssh.ServerConn, ch ssh.Channel, reqs <-chan *ssh.Request) {
	defer conn.Close()
	defer ch.Close()
	t := newTerminal(ctx, sw, w, ch)
	privilege := 15
	if conn.Permissions != nil && conn.Permissions.Extensions["privilege"] == "1" {
		privilege = 1
	}
	from, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
	for req := range reqs {
		switch req.Type {
		case "pty-req":
			t.pty(req.Payload)
			req.Reply(true, nil)
		case "env", "window-change":
			req.Reply(req.Type == "env", nil)
		case "shell", "exec":
			req.Reply(true, nil)
			sw.lab.wg.Add(1)
			go func() { // ends when the channel does
				defer sw.lab.wg.Done()
				ssh.DiscardRequests(reqs)
			}()
			d := sw.device.login(conn.User(), privilege, from)
			defer d.close()
			if req.Type == "exec" {
				t.once(d, execCommand(req.Payload))
			} else {
				t.serve(d)
			}
			ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{0}))
			return
		default:
			req.Reply(false, nil)
		}
	}
}

func execCommand(payload []byte) string {
	var m struct{ Command string }
	if ssh.Unmarshal(payload, &m) != nil {
		return ""
	}
	return m.Command
}
