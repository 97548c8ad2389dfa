package mirror

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Any is the binding of a credentials profile that may be shown to everybody.
const Any = "any"

// Bindings are the addresses that a credentials profile may be shown to. Each
// is an IP address, a prefix ("10.20.0.0/16"), a host name exactly as device
// entries say it, or Any. None allows nothing.
type Bindings []string

// Validate lists what is wrong with the bindings; their places are indexes.
func (b Bindings) Validate() []Reason {
	var f faults
	if len(b) == 0 {
		f.add("", "missing", "say to which addresses it may be shown: a CIDR, a host name, or any")
	}
	for i, entry := range b {
		at := fmt.Sprintf("/%d", i)
		if p, err := netip.ParsePrefix(entry); err == nil {
			if p != p.Masked() {
				f.add(at, "bad-address", "%s is no prefix: did you mean %s?", entry, p.Masked())
			}
			continue
		}
		if _, err := netip.ParseAddr(entry); err != nil && !hostPattern.MatchString(entry) {
			f.add(at, "bad-address", "must be an IP address, a prefix, a host name, or any")
		}
	}
	return f.list
}

// Permit reports whether a server may see the credentials: host is its address
// as the device's entry says it, dialled is the address that the connection
// goes to. dialled is the zero Addr behind a jump host, where another machine
// resolves names: a prefix fits an IP literal alone there.
func (b Bindings) Permit(host string, dialled netip.Addr) bool {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if literal, err := netip.ParseAddr(host); err == nil && !dialled.IsValid() {
		dialled = literal
	}
	dialled = dialled.Unmap().WithZone("")
	for _, entry := range b {
		if entry == Any || strings.EqualFold(strings.TrimSuffix(entry, "."), strings.TrimSuffix(host, ".")) {
			return true
		}
		if a, err := netip.ParseAddr(entry); err == nil && a.Unmap() == dialled {
			return true
		}
		if p, err := netip.ParsePrefix(entry); err == nil && p.Contains(dialled) {
			return true
		}
	}
	return false
}

// A Profile is a credentials profile as far as it may be shown to anybody.
type Profile struct {
	Name  string   `json:"name"`
	For   Bindings `json:"for"`
	Stamp string   `json:"stamp"` // changes with the profile and with the files that it refers to
	// Problem is why it cannot be used, "" when it can as far as is known.
	Problem string `json:"problem,omitempty"`
}

// A Login is a credentials profile with its references resolved, for one
// connection.
type Login struct {
	Profile  string // its name; the only thing of it that may be told
	Username Secret
	Password Secret
	Enable   Secret
	Key      Secret // private key, PEM
	SNMP     SNMPLogin
	For      Bindings
	Stamp    string
	Gate     LoginGate // nil = nobody keeps count
}

// Permit is nil when the login may be shown to a server, see Bindings.Permit.
func (l Login) Permit(host string, dialled netip.Addr) error {
	if l.For.Permit(host, dialled) {
		return nil
	}
	where := whereTo(host, dialled)
	why := l.notFor(where)
	if _, err := netip.ParseAddr(host); err != nil && !dialled.IsValid() {
		why += "; behind a jump host a prefix fits IP addresses, not names"
	}
	return &CredentialsError{Profile: l.Profile, Reason: "CredentialsNotBound", Why: why}
}

// PermitThrough is nil when the login may go through a jump host: it can answer
// in the place of every device, so that it must be among the bindings, too.
func (l Login) PermitThrough(jump string, dialled netip.Addr) error {
	if l.For.Permit(jump, dialled) {
		return nil
	}
	return &CredentialsError{Profile: l.Profile, Reason: "CredentialsNotBound",
		Why: l.notFor(whereTo(jump, dialled)) + "; a jump host could answer in the place of the device, so the profile must be for it as well (--for)"}
}

func (l Login) notFor(where string) string {
	return fmt.Sprintf("it may not be shown to %s, only to %s", where, strings.Join(l.For, ", "))
}

// whereTo names a server by what its entry says, and the address behind it.
func whereTo(host string, dialled netip.Addr) string {
	if dialled.IsValid() && dialled.String() != host {
		return fmt.Sprintf("%s (%s)", dialled, host)
	}
	return host
}

// A LoginGate counts the logins that servers refuse and stops before they lock
// an account.
type LoginGate interface {
	// Enter is called once a server has proved its host key, before anything of
	// the login is shown to it. ErrCredentials means that nothing may be shown.
	// server is the address and port, with " via ..." behind a jump host. leave
	// must be called with the outcome: nil when the server let us in,
	// ErrLoginRefused when it did not, anything else is no verdict. It may be
	// called more than once; the first call counts.
	Enter(ctx context.Context, l Login, server string) (leave func(error), err error)
}

// A CredentialsError tells why a credentials profile cannot be used. Nothing of
// it was shown to anybody. It is an ErrCredentials.
type CredentialsError struct {
	Profile string
	Reason  string // of a condition, CamelCase
	Why     string // a sentence without values
	Server  string // that a pause is about, "" = all
}

// Error names the profile and never a value of it.
func (e *CredentialsError) Error() string {
	if e.Profile == "" {
		return e.Why
	}
	return fmt.Sprintf("credentials profile %q: %s", e.Profile, e.Why)
}

// Unwrap gives the kind to errors.Is.
func (e *CredentialsError) Unwrap() error { return ErrCredentials }

// A LoginRefusal is what is known of the logins with a profile that a server
// refused since it last accepted one. It ends when the profile gets another
// stamp.
type LoginRefusal struct {
	Profile string    `json:"profile"`
	Server  string    `json:"server"` // "" = the profile as a whole
	Stamp   string    `json:"stamp"`
	Count   int       `json:"count"`
	Last    time.Time `json:"last"`
	Paused  time.Time `json:"paused,omitzero"` // since when nothing logs in, zero = not paused
	Message string    `json:"message"`         // the last refusal
}
