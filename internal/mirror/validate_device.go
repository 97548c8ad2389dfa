package mirror

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

var (
	platformPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)
	hostPattern     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	pathPattern     = regexp.MustCompile(`^(unix:)?/[A-Za-z0-9._/@+-]{1,255}$`)
	userPattern     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}$`)
	envPattern      = regexp.MustCompile(`^env:[A-Za-z_][A-Za-z0-9_]{0,127}$`)
	filePattern     = regexp.MustCompile(`^file:/[^\x00-\x1f\x7f]{1,512}$`)
	bridgePattern   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._:@-]{0,62}[A-Za-z0-9])?$`)
)

// ValidReference reports whether s refers to a credential: env:NAME or
// file:/PATH.
func ValidReference(s string) bool { return envPattern.MatchString(s) || filePattern.MatchString(s) }

// WithDefaults fills the fields a user may leave out.
func (d Device) WithDefaults() Device {
	if d.Mode == "" {
		d.Mode = ModeFull
	}
	if len(d.Labels) == 0 {
		d.Labels = nil
	}
	if d.Persist == "" {
		d.Persist = PersistIfClean
	}
	if d.ManagedBy == "" {
		d.ManagedBy = ManagedByAPI
	}
	return d
}

// Validate lists every fault of the entry that needs no connection.
func (d Device) Validate() []Reason {
	var f faults
	f.name("/name", d.Name)
	if !platformPattern.MatchString(d.Platform) {
		f.add("/platform", "bad-name", "a platform is a catalogue key such as openvswitch")
	}
	f.oneOf("/mode", d.Mode, ModeFull, ModeObserve)
	f.oneOf("/persist", d.Persist, PersistIfClean, PersistAlways, PersistNever)
	f.oneOf("/managedBy", d.ManagedBy, ManagedByAPI, ManagedByFile)
	f.labels("/labels", d.Labels)
	if r := d.NativeIDs; r != nil && (r.From < 1 || r.To < r.From) {
		f.add("/nativeIds", "out-of-range", "from %d to %d is no range of positive numbers", r.From, r.To)
	}
	f.transport("/transports/config", d.Transports.Config)
	if t := d.Transports.Counters; t != nil {
		f.transport("/transports/counters", *t)
	}
	if t := d.Transports.State; t != nil {
		f.transport("/transports/state", *t)
	}
	return f.list
}

func (f *faults) transport(at string, t Transport) {
	if !platformPattern.MatchString(t.Protocol) {
		f.add(at+"/protocol", "bad-name", "a protocol such as ovsdb or cli is needed")
	}
	if !validAddress(t.Address) {
		f.add(at+"/address", "bad-address", "must be a host name, an IP address or the path of a socket")
	}
	f.between(at+"/port", t.Port, 0, 65535)
	f.match(at+"/bridge", t.Bridge, bridgePattern, "the name of a bridge")
	if !slices.Contains([]string{"", "strict", "insecure"}, t.HostKey) {
		f.add(at+"/hostKey", "bad-value", "must be strict or insecure, or left out")
	}
	if t.JumpHost != "" && !validJump(t.JumpHost) {
		f.add(at+"/jumpHost", "bad-address", "must be [user@]host[:port]")
	}
	f.tuning(at, t.Tuning)
	c := t.Credentials
	if c.Username != "" && !userPattern.MatchString(c.Username) && !ValidReference(c.Username) {
		f.add(at+"/credentials/username", "bad-characters", "must be a user name, env:NAME or file:/PATH")
	}
	for _, secret := range []struct{ name, ref string }{{"password", c.Password}, {"enable", c.Enable}, {"key", c.Key}} {
		if secret.ref != "" && !ValidReference(secret.ref) {
			f.add(at+"/credentials/"+secret.name, "not-a-reference", "must be a reference, env:NAME or file:/PATH; a value is never stored")
		}
	}
}

func validAddress(a string) bool {
	if _, err := netip.ParseAddr(a); err == nil {
		return true
	}
	return hostPattern.MatchString(a) || pathPattern.MatchString(a)
}

func validJump(j string) bool {
	if user, rest, ok := strings.Cut(j, "@"); ok {
		if !userPattern.MatchString(user) {
			return false
		}
		j = rest
	}
	if _, err := netip.ParseAddrPort(j); err == nil {
		return true
	}
	host, port, ok := strings.Cut(j, ":")
	if ok && !regexp.MustCompile(`^[0-9]{1,5}$`).MatchString(port) {
		return validAddress(j)
	}
	return validAddress(host)
}

// Validate lists every fault of the tool that needs no connection.
func (t Tool) Validate() []Reason {
	var f faults
	f.name("/name", t.Name)
	f.text("/description", t.Description)
	f.text("/owner", t.Owner)
	f.destination("", "", t.Device, t.Interface, t.IP)
	if t.MaxUtilization < 0 || t.MaxUtilization > 1 || t.MaxUtilization != t.MaxUtilization {
		f.add("/maxUtilization", "out-of-range", "must be between 0 and 1")
	}
	for _, a := range t.Accepts {
		f.oneOf("/accepts", a, "untagged", "tagged", "erspan2", "erspan3", "gre")
	}
	f.labels("/labels", t.Labels)
	return f.list
}
