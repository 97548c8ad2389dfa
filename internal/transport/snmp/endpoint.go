package snmp

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// DefaultPort is IANA's for agents.
const DefaultPort = 161

// endpoint is where a target's agent listens: what its entry says, and the port.
func endpoint(t mirror.Transport) (host string, port uint16, err error) {
	var reasons []mirror.Reason
	refuse := func(bad bool, field, why string) {
		if bad {
			reasons = append(reasons, mirror.Reason{Pointer: "/" + field, Code: "unsupported", Message: why})
		}
	}
	host = strings.TrimSuffix(strings.TrimPrefix(t.Address, "["), "]")
	refuse(host == "", "address", "there is no address")
	refuse(strings.HasPrefix(strings.TrimPrefix(host, "unix:"), "/"), "address", "an SNMP agent has no socket of this machine")
	refuse(t.Bridge != "", "bridge", "SNMP has no bridges to choose from")
	refuse(t.JumpHost != (mirror.JumpHost{}), "jumpHost", "a jump host is not served over SNMP")
	refuse(t.HostKey != "", "hostKey", "SNMP has no host key; version 3 proves both sides by its passwords")
	refuse(t.Legacy, "legacyAlgorithms", "the protocols of SNMP are in the credentials profile")
	refuse(t.TLS || t.ServerName != "", "tls", "SNMP over TLS is not served")
	refuse(t.TypeAhead != "", "typeAhead", "SNMP has no command line")
	refuse(t.MaxWriteBytes != 0, "maxWriteBytes", "SNMP has no command line")
	refuse(t.MaxReplyBytes != 0, "maxReplyBytes", "SNMP has no command line")
	refuse(t.WantReply, "wantReply", "SNMP has no terminal")
	refuse(t.Keepalive != 0, "keepalive", "SNMP has no connection to keep alive")
	port = DefaultPort
	if t.Port != 0 {
		port = uint16(t.Port)
	}
	return host, port, mirror.Refuse(mirror.ErrInvalid, reasons)
}

// resolve finds an address that the login may be shown to. gosnmp is given the
// address, so that no name is resolved a second time after the check.
func resolve(ctx context.Context, host string, l mirror.Login) (netip.Addr, error) {
	addresses := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		addresses = append(addresses, a)
	} else if addresses, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host); err != nil {
		return netip.Addr{}, fmt.Errorf("%w: %w", kindOf(ctx, mirror.ErrUnreachable), err)
	}
	err := fmt.Errorf("%w: no address", mirror.ErrUnreachable)
	for i, a := range addresses {
		a = a.Unmap()
		refused := l.Permit(host, a)
		if refused == nil {
			return a, nil
		}
		if i == 0 {
			err = refused
		}
	}
	return netip.Addr{}, err
}

// kindOf is that of a context that has ended, else another.
func kindOf(ctx context.Context, other error) error {
	switch ctx.Err() {
	case nil:
		return other
	case context.DeadlineExceeded:
		return mirror.ErrTimeout
	}
	return mirror.ErrUnreachable // the caller gave up
}
