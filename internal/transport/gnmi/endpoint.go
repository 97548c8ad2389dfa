package gnmi

import (
	"cmp"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// Port is IANA's for gNMI; most vendors have one of their own.
const Port = 9339

// What holds where a target does not say otherwise.
const (
	defaultDial  = time.Minute
	defaultRead  = 3 * time.Minute
	defaultPush  = 5 * time.Minute
	defaultReply = 64 << 20 // octets; the whole tree of a large chassis is a few
	// window is how much of an answer may be on its way before anything of it was read.
	// HTTP/2 begins with 64 KiB, so that what a switch has of its ports took a round trip
	// for each of them.
	window = 8 << 20
	// defaultKeepalive is longer than the five minutes that grpc-go's servers want
	// between two pings; they end the connection at the third that comes earlier.
	defaultKeepalive = 6 * time.Minute
)

// Options are what the controller's host and the driver give to a connection. The zero
// value is fine.
type Options struct {
	TLS  certs.Files
	Port int // where the target names none; 0 = Port
}

// An endpoint is where a server listens, and how it is waited for.
type endpoint struct {
	host             string // as the device's entry says it
	server           string // host:port
	read, push, dial time.Duration
	reply            int
}

// endpointOf takes it from a target, or refuses what gNMI does not have.
func endpointOf(t mirror.Transport, o Options) (endpoint, error) {
	var reasons []mirror.Reason
	refuse := func(bad bool, field, why string) {
		if bad {
			reasons = append(reasons, mirror.Reason{Pointer: "/" + field, Code: "unsupported", Message: why})
		}
	}
	host := strings.TrimSuffix(strings.TrimPrefix(t.Address, "["), "]")
	_, err := netip.ParseAddr(host)
	refuse(host == "", "address", "there is no address")
	refuse(strings.Contains(host, "/"), "address", "a gNMI server has no socket of this machine")
	refuse(err != nil && !strings.Contains(host, "/") && strings.Contains(host, ":"), "address", "the port has its own field")
	refuse(t.Bridge != "", "bridge", "gNMI has no bridges to choose from")
	refuse(t.JumpHost != (mirror.JumpHost{}), "jumpHost", "a jump host is not served over gNMI; forward the port instead")
	refuse(t.HostKey != "", "hostKey", "gNMI has no host key; the server proves itself by its certificate (insecure says what holds without)")
	refuse(t.Legacy, "legacyAlgorithms", "they are of SSH")
	refuse(t.TLS, "tls", "gNMI is spoken over TLS anyway, unless insecure says otherwise")
	refuse(t.TypeAhead != "", "typeAhead", "gNMI has no command line")
	refuse(t.MaxWriteBytes != 0, "maxWriteBytes", "gNMI has no command line")
	refuse(t.WantReply, "wantReply", "gNMI has no terminal")
	refuse(t.Insecure != "" && t.ServerName != "", "serverName", "nobody checks the certificate that it would be in, as insecure says")
	e := endpoint{host: host, server: net.JoinHostPort(host, strconv.Itoa(cmp.Or(t.Port, o.Port, Port))),
		dial: cmp.Or(t.Timeouts.Dial.Std(), defaultDial), read: cmp.Or(t.Timeouts.Read.Std(), defaultRead), push: cmp.Or(t.Timeouts.Push.Std(), defaultPush),
		reply: cmp.Or(t.MaxReplyBytes, defaultReply)}
	return e, mirror.Refuse(mirror.ErrInvalid, reasons)
}

// checkLogin is nil when a target's login is one that gNMI can show, or none: a server
// may know us by our certificate.
func checkLogin(l mirror.Login) error {
	unfit := func(why string) error {
		return &mirror.CredentialsError{Profile: l.Profile, Reason: "CredentialsUnfit", Why: why}
	}
	switch {
	case !l.SNMP.IsZero():
		return unfit("it holds what an SNMP agent is shown; gNMI wants a user name and a password")
	case l.Profile != "" && (l.Username.IsZero() || l.Password.IsZero()):
		return unfit("gNMI wants a user name and a password")
	case !printable(l.Username.Reveal()) || !printable(l.Password.Reveal()):
		return unfit("gNMI can carry printable ASCII alone in a user name and a password")
	}
	return nil
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
