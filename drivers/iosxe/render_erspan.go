package iosxe

import (
	"net/netip"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// erspan fills what only the sub-mode form has. A new session is shut down
// until "no shutdown", which is its last line.
func (e *edit) erspan(old, now mirror.NativeSpec, created bool) {
	switch now.Role {
	case mirror.RoleERSPANSource:
		e.Type, e.Inner = "erspan-source", "destination"
	case mirror.RoleERSPANDestination:
		e.Type, e.Inner = "erspan-destination", "source"
	default:
		return
	}
	e.Enable = !now.Shut && (created || old.Shut)
	e.Shut = now.Shut && !created && !old.Shut
	was, is := tunnelOf(old), tunnelOf(now)
	switch { // type II has no line of its own: it is the default, and some releases know no other word for it
	case was.Type != 3 && is.Type == 3:
		e.Header = []string{"header-type 3"}
	case was.Type == 3 && is.Type != 3:
		e.Header = []string{"no header-type 3"}
	}
	before, after := tunnelLines(now.Role, was, old.Options.Collector), tunnelLines(now.Role, is, now.Options.Collector)
	for _, l := range before {
		if l.value != "" && valueOf(after, l.key) == "" {
			e.Tunnel = append(e.Tunnel, "no "+l.key+" "+l.value) // the line as it stands, which every release takes
		}
	}
	for _, l := range after {
		if l.value != "" && valueOf(before, l.key) != l.value {
			e.Tunnel = append(e.Tunnel, l.key+" "+l.value)
		}
	}
}

func tunnelOf(s mirror.NativeSpec) mirror.ERSPAN {
	if s.Options.ERSPAN == nil {
		return mirror.ERSPAN{}
	}
	return *s.Options.ERSPAN
}

// A tunnelLine is one line of the inner sub-mode; an empty value is the
// device's default.
type tunnelLine struct{ key, value string }

func valueOf(lines []tunnelLine, key string) string {
	for _, l := range lines {
		if l.key == key {
			return l.value
		}
	}
	return ""
}

// tunnelLines lists the inner lines in the order of the configuration guide.
func tunnelLines(role mirror.Role, t mirror.ERSPAN, collector string) []tunnelLine {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	ours := func(v6 bool, address string) string {
		if a, err := netip.ParseAddr(address); err != nil || a.Is6() != v6 {
			return ""
		}
		return address
	}
	family := "ip" // of the outer header
	if ours(true, collector) != "" {
		family = "ipv6"
	}
	lines := []tunnelLine{
		{"erspan-id", number(t.ID)},
		{"ip address", ours(false, collector)},
		{"ipv6 address", ours(true, collector)},
	}
	if role == mirror.RoleERSPANSource {
		lines = append(lines,
			tunnelLine{"origin ip address", ours(false, t.Origin)},
			tunnelLine{"origin ipv6 address", ours(true, t.Origin)},
			tunnelLine{family + " ttl", number(t.TTL)},
			tunnelLine{family + " dscp", number(t.DSCP)},
			tunnelLine{"mtu", number(t.MTU)})
	}
	return append(lines, tunnelLine{"vrf", t.VRF})
}
