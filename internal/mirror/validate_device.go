package mirror

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	platformPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)
	hostPattern     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	pathPattern     = regexp.MustCompile(`^(unix:)?/[A-Za-z0-9._/@+-]{1,255}$`)
	envPattern      = regexp.MustCompile(`^env:[A-Za-z_][A-Za-z0-9_]{0,127}$`)
	filePattern     = regexp.MustCompile(`^file:/[^\x00-\x1f\x7f]{1,512}$`)
	// A host name, or a common name as ovs-pki(8) makes them: "sw1 id:1f0e...".
	serverNamePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ._:@/-]{0,251}[A-Za-z0-9])?$`)
	bridgePattern     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._:@-]{0,62}[A-Za-z0-9])?$`)
)

// InventoryProfile begins the names of the profiles that an inventory file
// holds itself. Entries of the API cannot name them.
const InventoryProfile = "inventory/"

// ValidReference reports whether s refers to a credential: env:NAME or
// file:/PATH.
func ValidReference(s string) bool { return envPattern.MatchString(s) || filePattern.MatchString(s) }

// MaxNativeSessions bounds how many native sessions a device can be said to hold.
const MaxNativeSessions = 1024

// WithDefaults fills the fields a user may leave out.
func (d Device) WithDefaults() Device {
	if d.Mode == "" {
		d.Mode = ModeFull
	}
	if len(d.Labels) == 0 {
		d.Labels = nil
	}
	if len(d.Links) == 0 {
		d.Links = nil
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
	if !slices.Contains([]string{"", ConfirmTimer, ConfirmNone}, d.Confirm) {
		f.add("/confirm", "bad-value", "must be timer or none, or left out")
	}
	if w := d.ConfirmWindow.Std(); w != 0 && (w < time.Second || w > MaxConfirmWindow) {
		f.add("/confirmWindow", "out-of-range", "%v is not between a second and %v: what others change within it may go back with ours", w, MaxConfirmWindow)
	}
	if g := d.ConfirmGrace.Std(); g != 0 && (g < time.Second || g > 10*time.Minute) {
		f.add("/confirmGrace", "out-of-range", "%v is not between a second and ten minutes", g)
	}
	if d.Confirm == ConfirmNone && (d.ConfirmWindow != 0 || d.ConfirmGrace != 0) {
		f.add("/confirm", "contradiction", "window and grace are of pushes that are confirmed")
	}
	f.oneOf("/managedBy", d.ManagedBy, append([]string{ManagedByAPI, ManagedByFile}, Imports()...)...)
	f.labels("/labels", d.Labels)
	f.links("/links", d.Links)
	if d.Resync != 0 && (d.Resync.Std() < time.Second || d.Resync.Std() > 24*time.Hour) {
		f.add("/resync", "out-of-range", "%v is not between a second and a day", d.Resync)
	}
	if d.MaxSessions < 0 || d.MaxSessions > MaxNativeSessions {
		f.add("/maxSessions", "out-of-range", "%d is not between 1 and %d", d.MaxSessions, MaxNativeSessions)
	}
	if r := d.NativeIDs; r != nil && (r.From < 1 || r.To < r.From) {
		f.add("/nativeIds", "out-of-range", "from %d to %d is no range of positive numbers", r.From, r.To)
	}
	for _, p := range d.Transports.All() {
		t := *p.Transport
		if d.ManagedBy == ManagedByFile {
			t.Credentials = strings.TrimPrefix(t.Credentials, InventoryProfile)
			t.JumpHost.Credentials = strings.TrimPrefix(t.JumpHost.Credentials, InventoryProfile)
		}
		f.transport(p.Pointer, t)
	}
	return f.list
}

// Valid reports whether a cable can be declared so.
func (l Link) Valid() bool {
	var f faults
	f.links("", []Link{l})
	return len(f.list) == 0
}

// links looks at declared cables. Whether the interfaces are some of the platform's is
// not for here.
func (f *faults) links(at string, links []Link) {
	if len(links) > MaxLinks {
		f.add(at, "too-many", "%d cables; at most %d", len(links), MaxLinks)
		return
	}
	seen := map[Link]bool{}
	for i, l := range links {
		at := at + "/" + strconv.Itoa(i)
		for _, field := range []struct {
			name, value string
			needed      bool
		}{{"interface", l.Interface, true}, {"device", l.Device, true}, {"peerInterface", l.PeerInterface, false}} {
			if field.value == "" && field.needed {
				f.add(at+"/"+field.name, "missing", "say what is cabled to what")
			}
			f.match(at+"/"+field.name, field.value, interfacePattern, "a name")
		}
		if seen[l] {
			f.add(at, "duplicate", "this cable is there twice")
		}
		seen[l] = true
	}
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
	if !slices.Contains([]string{"", "strict", "insecure"}, t.HostKey) && !IsFingerprint(t.HostKey) {
		f.add(at+"/hostKey", "bad-value", "must be strict, insecure or the fingerprint of a key (SHA256:...), or left out")
	}
	f.tls(at, t)
	f.tuning(at, t.Tuning)
	f.profile(at+"/credentials", t.Credentials)
	if j := t.JumpHost; j != (JumpHost{}) {
		if !validJump(j.Address) {
			f.add(at+"/jumpHost/address", "bad-address", "must be host[:port]")
		}
		f.profile(at+"/jumpHost/credentials", j.Credentials)
		if j.Credentials == "" {
			f.add(at+"/jumpHost/credentials", "missing", "name the credentials profile of the jump host")
		}
	}
}

// tls looks at what is said of certificates. Over ovsdb TLS is asked for, over gnmi it is
// what there is.
func (f *faults) tls(at string, t Transport) {
	always := t.Protocol == "gnmi"
	if t.TLS && t.Protocol != "ovsdb" {
		why := "TLS is served over ovsdb and gnmi only"
		if always {
			why = "leave it out: gnmi is over TLS unless insecure says otherwise"
		}
		f.add(at+"/tls", "unsupported", "%s", why)
	}
	if t.Insecure != "" {
		if !always {
			f.add(at+"/insecure", "unsupported", "is about the TLS of gnmi")
		}
		f.oneOf(at+"/insecure", t.Insecure, InsecureSkipVerify, InsecurePlaintext)
	}
	switch {
	case t.ServerName == "":
	case always && t.Insecure != "":
		f.add(at+"/serverName", "contradiction", "is the name in a certificate, which nobody checks with insecure")
	case !always && !t.TLS:
		f.add(at+"/serverName", "contradiction", "is the name in a certificate; there is none without tls")
	}
	f.match(at+"/serverName", t.ServerName, serverNamePattern, "the name in a certificate")
}

func (f *faults) profile(at, name string) {
	if name != "" && !ValidName(name) {
		f.add(at, "bad-name", "must be the name of a credentials profile: 1 to 63 of a-z, 0-9 and '-'")
	}
}

func validAddress(a string) bool {
	if _, err := netip.ParseAddr(a); err == nil {
		return true
	}
	return hostPattern.MatchString(a) || pathPattern.MatchString(a)
}

func validJump(j string) bool {
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
		f.oneOf("/accepts", a, AcceptUntagged, AcceptTagged, AcceptERSPAN2, AcceptERSPAN3, AcceptGRE)
	}
	f.labels("/labels", t.Labels)
	return f.list
}
