package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// ErrTooBig is an answer that does not fit into a message: ask for less, or set less.
var ErrTooBig = fmt.Errorf("the answer does not fit into a message: %w", mirror.ErrRejected)

// errEngine is an agent whose engine is not the one that we knew, or whose clock is not.
var errEngine = fmt.Errorf("its SNMP engine is another one than before, and stays so when it is asked again: %w", mirror.ErrUnreachable)

var (
	errLevel   = fmt.Errorf("it does not take this security level from the SNMP user (authentication, privacy): %w", mirror.ErrLoginRefused)
	errPrivacy = fmt.Errorf("the SNMP privacy password or protocol is wrong: %w", mirror.ErrLoginRefused)
	// errUndeciphered is silence that may mean that the agent cannot decrypt us.
	errUndeciphered = fmt.Errorf("some agents do not answer what they cannot decrypt: %w", mirror.ErrTimeout)
)

// reports are the Reports of RFC 3414 section 5 and RFC 3412 section 7.1 by their
// object, with what they mean to us.
var reports = map[OID]error{
	"1.3.6.1.6.3.15.1.1.1.0": errLevel,
	"1.3.6.1.6.3.15.1.1.2.0": errEngine,
	"1.3.6.1.6.3.15.1.1.3.0": fmt.Errorf("it does not know the SNMP user: %w", mirror.ErrLoginRefused),
	"1.3.6.1.6.3.15.1.1.4.0": errEngine,
	"1.3.6.1.6.3.15.1.1.5.0": fmt.Errorf("the SNMP authentication password or protocol is wrong: %w", mirror.ErrLoginRefused),
	"1.3.6.1.6.3.15.1.1.6.0": errPrivacy,
	"1.3.6.1.6.3.11.2.1.1.0": fmt.Errorf("it does not serve SNMP version 3 with users: %w", mirror.ErrUnsupported),
}

// failed are gosnmp's words for Reports that it saw itself.
var failed = []struct {
	err error
	oid OID
}{
	{gosnmp.ErrUnknownSecurityLevel, "1.3.6.1.6.3.15.1.1.1.0"},
	{gosnmp.ErrNotInTimeWindow, "1.3.6.1.6.3.15.1.1.2.0"},
	{gosnmp.ErrUnknownUsername, "1.3.6.1.6.3.15.1.1.3.0"},
	{gosnmp.ErrUnknownEngineID, "1.3.6.1.6.3.15.1.1.4.0"},
	{gosnmp.ErrWrongDigest, "1.3.6.1.6.3.15.1.1.5.0"},
	{gosnmp.ErrDecryption, "1.3.6.1.6.3.15.1.1.6.0"},
	{gosnmp.ErrUnknownSecurityModels, "1.3.6.1.6.3.11.2.1.1.0"},
}

// failure says why there is no response.
func (c *Conn) failure(ctx context.Context, sock *socket, reply *gosnmp.SnmpPacket, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", kindOf(ctx, nil), ctx.Err())
	}
	for _, f := range failed {
		if errors.Is(err, f.err) {
			return reports[f.oid]
		}
	}
	if err == nil && reply != nil && reply.PDUType == gosnmp.Report {
		return reportError(reply)
	}
	var timeout net.Error
	switch {
	case errors.Is(err, gosnmp.ErrMaxRetriesExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return c.silence()
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: no agent listens there", mirror.ErrUnreachable)
	case errors.Is(err, net.ErrClosed):
		return fmt.Errorf("%w: closed", mirror.ErrUnreachable)
	case errors.As(err, new(*net.OpError)):
		return fmt.Errorf("%w: %w", mirror.ErrUnreachable, c.words(err))
	}
	if report := unauthenticated(sock.heard()); report != nil {
		return reportError(report)
	}
	if err == nil {
		return fmt.Errorf("it answers with a %s: %w", reply.PDUType, mirror.ErrParse)
	}
	return fmt.Errorf("its answer cannot be read: %w: %w", mirror.ErrParse, c.words(err))
}

// silence is a request that was not answered, with what else than a device that is down
// may be behind it: agents do not answer a wrong community (RFC 3584 section 5.2.1).
func (c *Conn) silence() error {
	none := fmt.Sprintf("no answer within %v to %d messages", c.wait, tries)
	usm, ok := c.snmp.SecurityParameters.(*gosnmp.UsmSecurityParameters)
	switch {
	case !ok:
		return fmt.Errorf("%w: %s; neither a wrong community is answered nor an address that the agent's access list keeps out", mirror.ErrTimeout, none)
	case usm.AuthoritativeEngineID != "" && usm.PrivacyProtocol > gosnmp.NoPriv:
		return fmt.Errorf("%s, though it has told its engine id; %w", none, errUndeciphered)
	}
	return fmt.Errorf("%w: %s; an address that the agent's access list keeps out is not answered either", mirror.ErrTimeout, none)
}

func reportError(p *gosnmp.SnmpPacket) error {
	if len(p.Variables) == 0 {
		return fmt.Errorf("it answers with a Report that names nothing: %w", mirror.ErrParse)
	}
	name := OID(strings.TrimPrefix(p.Variables[0].Name, "."))
	if err := reports[name]; err != nil {
		return err
	}
	return fmt.Errorf("it answers with a Report of %s: %w", name, mirror.ErrRejected)
}

// unauthenticated is a Report that needs no password to be read, nil when the datagram
// is anything else. Agents send these about what they could not authenticate.
func unauthenticated(datagram []byte) *gosnmp.SnmpPacket {
	if len(datagram) == 0 {
		return nil
	}
	reader := gosnmp.GoSNMP{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.NoAuthNoPriv,
		SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: "nobody"}}
	p, err := reader.SnmpDecodePacket(datagram)
	if err != nil || p.Version != gosnmp.Version3 || p.PDUType != gosnmp.Report {
		return nil
	}
	return p
}

// words are gosnmp's, without what an agent is shown and without stacks.
func (c *Conn) words(err error) error {
	text, _, _ := strings.Cut(err.Error(), " Stack:")
	return errors.New(hide(c.target.SNMP, text))
}
