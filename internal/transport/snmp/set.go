package snmp

import (
	"context"
	"errors"
	"fmt"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// ErrUnanswered is a Set that was sent and not answered: nobody knows whether the agent
// has done it. Read before judging, since a Set that is sent again is not the same Set.
var ErrUnanswered = errors.New("it was not answered, so nobody knows whether it was done")

// Set gives objects values, all of them or none (RFC 3416 section 4.2.5), in one message
// that is sent once: what a lost answer means the caller has to find out. Values are
// Integer, Gauge32, Text and ObjectID. The agent's refusal is a *StatusError, of which
// ErrTooBig asks for fewer objects; an answer that did not come is ErrUnanswered with
// mirror.ErrTimeout or ErrUnreachable; with any other error nothing was done.
func (c *Conn) Set(ctx context.Context, objects ...Variable) error {
	if len(objects) == 0 {
		return fmt.Errorf("a set of nothing: %w", mirror.ErrInvalid)
	}
	names, pdus := make([]OID, len(objects)), make([]gosnmp.SnmpPDU, len(objects))
	for i, v := range objects {
		names[i] = v.Name
		var err error
		if pdus[i], err = pduOf(v); err != nil {
			return err
		}
	}
	before := c.Stats().Sent
	reply, err := c.inTurn(ctx, names, func(s *gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error) {
		tries := s.Retries
		s.Retries = 0
		defer func() { s.Retries = tries }()
		return s.Set(pdus)
	})
	switch {
	case err == nil && len(reply.Variables) != len(names):
		err = fmt.Errorf("it answers %d objects to a set of %d: %w: %w", len(reply.Variables), len(names), ErrUnanswered, mirror.ErrTimeout)
	case err == nil, c.Stats().Sent == before, refused(err):
	case errors.Is(err, mirror.ErrTimeout) && ctx.Err() == nil:
		err = fmt.Errorf("%w: %w: no answer within %v", ErrUnanswered, mirror.ErrTimeout, c.wait/tries)
	case !errors.Is(err, mirror.ErrTimeout) && !errors.Is(err, mirror.ErrUnreachable): // an answer that nobody understands
		err = fmt.Errorf("%w: %w: %w", ErrUnanswered, mirror.ErrUnreachable, err)
	default:
		err = fmt.Errorf("%w: %w", ErrUnanswered, err)
	}
	if err != nil {
		return fmt.Errorf("SNMP agent %s: %w", c.where, err)
	}
	return nil
}

// refused: the agent has said that it did nothing.
func refused(err error) bool {
	var status *StatusError
	return errors.As(err, &status) || errors.Is(err, mirror.ErrLoginRefused) || errors.Is(err, mirror.ErrUnsupported)
}

func pduOf(v Variable) (gosnmp.SnmpPDU, error) {
	out := gosnmp.SnmpPDU{Name: "." + string(v.Name)}
	switch v.Kind {
	case Integer:
		out.Type, out.Value = gosnmp.Integer, int(v.Number)
	case Gauge32:
		out.Type, out.Value = gosnmp.Gauge32, uint32(v.Number)
	case Text:
		out.Type, out.Value = gosnmp.OctetString, []byte(v.Text)
	case ObjectID:
		out.Type, out.Value = gosnmp.ObjectIdentifier, "."+v.Text
	default:
		return out, fmt.Errorf("%s cannot be set to a value of this kind: %w", v.Name, mirror.ErrInvalid)
	}
	return out, nil
}

// Next asks for what stands behind names, MaxVariables at most, in one message: the
// first instance of an object, where its name is given. What has nothing behind it is
// Missing.
func (c *Conn) Next(ctx context.Context, names ...OID) ([]Variable, error) {
	dotted := dot(names)
	reply, err := c.ask(ctx, names, func(s *gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error) { return s.GetNext(dotted) })
	if err == nil && len(reply.Variables) != len(names) {
		err = fmt.Errorf("it answers %d objects to a question for %d: %w", len(reply.Variables), len(names), mirror.ErrParse)
	}
	if err != nil {
		return nil, fmt.Errorf("SNMP agent %s: %w", c.where, err)
	}
	out := make([]Variable, len(names))
	for i, v := range reply.Variables {
		if out[i] = variableOf(v); out[i].Kind != Missing && !out[i].Name.after(names[i]) {
			return nil, fmt.Errorf("SNMP agent %s: it answers %s to a question for what is behind %s: %w", c.where, out[i].Name, names[i], mirror.ErrParse)
		}
	}
	return out, nil
}
