package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

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
	show := c.d.p.Check.Show
	if err := c.proveReads(ctx, &p); err != nil {
		return p, true, err
	}
	if show == "" {
		return p, false, nil
	}
	proof, err := term.Prove(ctx, show)
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
	if c.d.p.Check.Unknown != nil && c.d.p.Check.Unknown(proof.Answer) {
		add("do-show", mirror.False, "%q was answered with %q: what is there is not seen between the lines of a push", show, text.Quote(proof.Answer))
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

// proveReads has the platform judge what its own commands say.
func (c *Conn) proveReads(ctx context.Context, p *mirror.Proofs) error {
	check := &c.d.p.Check
	if check.Read == nil {
		return nil
	}
	replies, err := c.run(ctx, check.Ask...)
	if err != nil {
		return err
	}
	p.Items = append(p.Items, check.Read(replies)...)
	return nil
}
