package ssh

import (
	"errors"
	"fmt"
	"regexp"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// userQuestion matches a keyboard-interactive question for the user's name.
var userQuestion = regexp.MustCompile(`(?i)\b(user ?name|user|login)\b`)

// credentials answer a server's demands during one handshake.
type credentials struct {
	user     string
	password mirror.Secret
	used     bool  // the password was given once
	failure  error // why an answer was not given
	wire     *meter
	shown    bool // credentials were given to the library to send
	trips    int  // that the wire had seen then
}

// show notes that credentials are about to be sent.
func (c *credentials) show() { c.shown, c.trips = true, c.wire.count() }

// judged reports whether the server said something after it saw credentials: had it
// accepted them, there would be no error.
func (c *credentials) judged() bool { return c.shown && c.wire.count() > c.trips }

// methods lists what can be offered: key, password, keyboard-interactive. One
// password is given once per handshake, whichever method asks for it: a wrong
// one must not count twice towards a lock-out.
func (c *credentials) methods(key mirror.Secret) ([]ssh.AuthMethod, error) {
	var out []ssh.AuthMethod
	if !key.IsZero() {
		signer, err := ssh.ParsePrivateKey([]byte(key.Reveal()))
		var locked *ssh.PassphraseMissingError
		if errors.As(err, &locked) {
			return nil, errors.New("the private key is protected by a passphrase")
		}
		if err != nil { // the library's words could quote the key
			return nil, errors.New("the private key is not readable")
		}
		out = append(out, ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			c.show()
			return []ssh.Signer{signer}, nil
		}))
	}
	if !c.password.IsZero() {
		out = append(out, ssh.PasswordCallback(c.givePassword), ssh.KeyboardInteractive(c.answer))
	}
	return out, nil
}

func (c *credentials) givePassword() (string, error) {
	if c.used {
		c.failure = errors.New("the password was refused")
		return "", c.failure
	}
	c.used = true
	c.show()
	return c.password.Reveal(), nil
}

// answer replies to one round of keyboard-interactive questions.
func (c *credentials) answer(_, instruction string, questions []string, echos []bool) ([]string, error) {
	answers := make([]string, len(questions))
	for i, q := range questions {
		switch {
		case !echos[i]:
			p, err := c.givePassword()
			if err != nil {
				return nil, err
			}
			answers[i] = p
		case userQuestion.MatchString(q):
			answers[i] = c.user
		default:
			c.failure = fmt.Errorf("the server asks %q, which nobody can answer (%q)", q, instruction)
			return nil, c.failure
		}
	}
	return answers, nil
}

// algorithms are the library's secure ones; legacy adds those of old switches
// behind them, so that they are used only when nothing better is common.
func algorithms(legacy bool) ssh.Config {
	good := ssh.SupportedAlgorithms()
	c := ssh.Config{KeyExchanges: good.KeyExchanges, Ciphers: good.Ciphers, MACs: good.MACs}
	if legacy {
		old := ssh.InsecureAlgorithms()
		c.KeyExchanges = append(c.KeyExchanges, old.KeyExchanges...)
		c.Ciphers = append(c.Ciphers, old.Ciphers...)
		c.MACs = append(c.MACs, old.MACs...)
	}
	return c
}
