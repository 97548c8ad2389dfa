package ssh

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// hostKeyCheck decides on the key of one server for one connection.
type hostKeyCheck struct {
	ctx      context.Context // of opening: the callback has none
	mode     string
	store    mirror.HostKeys
	host     string
	pinned   ssh.PublicKey // nil when unknown
	accepted ssh.PublicKey // after the first exchange, for later ones
	before   ssh.PublicKey // of the jump host that leads here, nil = none does
	refusal  error
}

// newHostKeyCheck looks the pinned key up before the handshake, because its
// type decides which algorithms are preferred.
func newHostKeyCheck(ctx context.Context, mode string, store mirror.HostKeys, host string) (*hostKeyCheck, error) {
	c := &hostKeyCheck{ctx: ctx, mode: mode, store: store, host: host}
	if mode == HostKeyInsecure {
		return c, nil
	}
	line, err := store.Lookup(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("host key of %s: %w", host, err)
	}
	if line == "" {
		return c, nil
	}
	if c.pinned, _, _, _, err = ssh.ParseAuthorizedKey([]byte(line)); err != nil {
		return nil, fmt.Errorf("pinned host key of %s: %w: %w", host, mirror.ErrInvalid, err)
	}
	return c, nil
}

// verify is the ssh.HostKeyCallback. It runs after the server has proved that
// it holds the key, and again whenever keys are exchanged anew.
func (c *hostKeyCheck) verify(_ string, _ net.Addr, key ssh.PublicKey) error {
	if c.accepted != nil {
		if !sameKey(c.accepted, key) {
			return c.refuse(mirror.ErrHostKeyChanged, "changed during the connection: was %s, now %s", show(c.accepted), show(key))
		}
		return nil
	}
	switch {
	case c.mode == HostKeyInsecure:
	case c.pinned != nil && !sameKey(c.pinned, key):
		return c.refuse(mirror.ErrHostKeyChanged, "changed: pinned %s, offered %s; if the switch or its key was replaced, on the controller's host: netmirror hostkey forget %s", show(c.pinned), show(key), c.host)
	case c.pinned != nil:
	case c.mode == HostKeyStrict:
		return c.refuse(mirror.ErrHostKey, "is not known and the mode is strict: offered %s", show(key))
	case c.mode != HostKeyPin && ssh.FingerprintSHA256(key) != c.mode:
		return c.refuse(mirror.ErrHostKey, "is not known and not %s: offered %s", c.mode, show(key))
	case c.mode != HostKeyPin && c.before != nil && sameKey(c.before, key):
		// The fingerprint is that of the jump host: it must not stand for the device as well.
		return c.refuse(mirror.ErrHostKey, "is not known and that of its jump host: offered %s", show(key))
	default:
		line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
		if err := c.store.Pin(c.ctx, c.host, line); err != nil {
			c.refusal = fmt.Errorf("pin host key of %s: %w", c.host, err)
			return c.refusal
		}
	}
	c.accepted = key
	return nil
}

func (c *hostKeyCheck) refuse(kind error, format string, args ...any) error {
	c.refusal = keyRefusal{kind, fmt.Sprintf("host key of %s %s", c.host, fmt.Sprintf(format, args...))}
	return c.refusal
}

// A keyRefusal is a host key that is not trusted. Its sentence says so already,
// without the words of the kind.
type keyRefusal struct {
	kind error
	text string
}

func (r keyRefusal) Error() string { return r.text }
func (r keyRefusal) Unwrap() error { return r.kind }

// algorithms orders the host key algorithms: those of the pinned key first, so
// that a server with several keys keeps showing the one that was pinned.
// Certificates are left out, because a plain key is what is pinned.
func (c *hostKeyCheck) algorithms(legacy bool) []string {
	names := []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	for _, n := range ssh.SupportedAlgorithms().HostKeys {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if legacy {
		names = append(names, ssh.InsecureAlgorithms().HostKeys...)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return strings.Contains(n, "-cert-") })
	if c.pinned == nil {
		return names
	}
	pinned := map[bool][]string{}
	for _, n := range names {
		fits := n == c.pinned.Type() || c.pinned.Type() == ssh.KeyAlgoRSA && strings.HasPrefix(n, "rsa-sha2-")
		pinned[fits] = append(pinned[fits], n)
	}
	return append(pinned[true], pinned[false]...)
}

func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

func show(k ssh.PublicKey) string { return ssh.FingerprintSHA256(k) + " (" + k.Type() + ")" }
