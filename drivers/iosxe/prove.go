package iosxe

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

const showPrivilege = "show privilege"

var privilegeLevel = regexp.MustCompile(`(?i)current privilege level is (\d+)`)

// prover is a terminal that can be tried.
type prover interface {
	Prove(ctx context.Context, command string) (cli.Proof, error)
	Alive() bool
}

// Prove tries what the driver relies on: that the configuration is shown whole,
// that configuration mode has a prompt and takes "do show", and that comment
// lines typed ahead come back as they were typed. It changes nothing.
func (c *Conn) Prove(ctx context.Context) (p mirror.Proofs, broken bool, err error) {
	defer func() { err = hide(c.term, err) }()
	add := func(name string, st mirror.State, format string, args ...any) {
		p.Items = append(p.Items, mirror.Proof{Name: name, State: st, Message: fmt.Sprintf(format, args...)})
	}
	term, ok := c.term.(prover)
	if !ok {
		return p, false, nil
	}
	if err := c.provePrivilege(ctx, add); err != nil {
		return p, true, err
	}
	proof, err := term.Prove(ctx, lookCommand+"1")
	if d := (*mirror.DeviceError)(nil); errors.As(err, &d) && proof.ConfigPrompt == "" {
		add("configuration", mirror.False, "%q was answered with %q", d.Sent, text.Quote(d.Answer))
		return p, !term.Alive(), nil
	}
	if errors.Is(err, mirror.ErrUnsupported) {
		add("configuration-prompt", mirror.False, "%v", err)
		return p, true, nil
	}
	if proof.ConfigPrompt != "" {
		add("configuration-prompt", mirror.True, "%s", proof.ConfigPrompt)
	}
	if err != nil {
		return p, true, err
	}
	// The words for "there is no such session" differ; those for a command that
	// is not known do not.
	if words, refused := showRefusal(proof.Answer); refused && strings.Contains(words, "Invalid input") || strings.Contains(proof.Answer, "authorization failed") {
		add("do-show", mirror.False, "%q was answered with %q: what is there is not seen between the lines of a push", lookCommand+"1", text.Quote(proof.Answer))
	} else {
		add("do-show", mirror.True, "show commands are taken in configuration mode")
	}
	if proof.Lost != nil {
		p.TypeAhead = mirror.TypeAheadOff
		add("type-ahead", mirror.False, "%d octets of comment lines typed ahead did not come back as they were typed; one line is sent at a time: %v", proof.Typed, proof.Lost)
		return p, !term.Alive(), nil
	}
	p.TypeAhead = mirror.TypeAheadAuto
	add("type-ahead", mirror.True, "%d octets of comment lines typed ahead came back as they were typed", proof.Typed)
	return p, !term.Alive(), nil
}

// provePrivilege: below level 15 the device leaves out of the configuration, without
// a word, what the user may not configure.
func (c *Conn) provePrivilege(ctx context.Context, add func(string, mirror.State, string, ...any)) error {
	replies, err := c.run(ctx, showPrivilege)
	if err != nil {
		return err
	}
	m := privilegeLevel.FindStringSubmatch(replies[showPrivilege])
	switch {
	case m == nil:
		add("privilege-level", mirror.Unknown, "%q was answered with %q", showPrivilege, text.Quote(replies[showPrivilege]))
	case m[1] == "15":
		add("privilege-level", mirror.True, "level 15: the configuration is shown whole")
	default:
		add("privilege-level", mirror.False, "level %s: the device leaves out of the configuration what this user may not configure", m[1])
	}
	return nil
}
