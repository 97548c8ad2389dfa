package inventory

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Found is what a source of inventory knows, in words of ours.
type Found struct {
	Devices []mirror.Device
	Tools   []mirror.Tool
	// Skipped are entries of the source that become nothing here, and why.
	Skipped []Remark
	// Warnings are about entries that were taken all the same.
	Warnings []Remark
	// Missing are credentials profiles that devices need and nobody has made yet.
	Missing []Missing
}

// A Remark is something that a person should know of an entry of a source.
type Remark struct {
	About   string // the entries, as the source names them, with commas between; "" = all of it
	Message string
}

// Missing is a credentials profile that is to be made on the controller's host.
type Missing struct {
	Profile  string
	For      []string // addresses that it is to be shown to
	Username string   // "" = not known
	Devices  []string // that need it
}

// Command is what makes the profile. It asks for the password.
func (m Missing) Command() string {
	user := cmp.Or(m.Username, "USER")
	return fmt.Sprintf("netmirror credentials set %s --for %s --username %s", m.Profile, strings.Join(m.For, ","), user)
}

// Skip notes an entry that becomes nothing.
func (f *Found) Skip(about, format string, args ...any) {
	f.Skipped = noted(f.Skipped, about, fmt.Sprintf(format, args...))
}

// Warn notes something about an entry.
func (f *Found) Warn(about, format string, args ...any) {
	f.Warnings = noted(f.Warnings, about, fmt.Sprintf(format, args...))
}

// noted adds a remark; the same of another entry stays one.
func noted(list []Remark, about, message string) []Remark {
	for i := range list {
		if r := &list[i]; r.Message == message {
			if !slices.Contains(strings.Split(r.About, ", "), about) {
				r.About += ", " + about
			}
			return list
		}
	}
	return append(list, Remark{about, message})
}

// Want notes that a device needs a profile that is not there. A profile has one user:
// devices with another one need another profile.
func (f *Found) Want(profile, username, device, address string) {
	of := func(name string) int {
		return slices.IndexFunc(f.Missing, func(m Missing) bool { return m.Profile == name })
	}
	i := of(profile)
	if i >= 0 && f.Missing[i].Username != username {
		profile = Name(profile + "-" + cmp.Or(username, "other"))
		i = of(profile)
	}
	if i < 0 {
		f.Missing = append(f.Missing, Missing{Profile: profile, Username: username})
		i = len(f.Missing) - 1
	}
	m := &f.Missing[i]
	m.Devices = append(m.Devices, device)
	if !slices.Contains(m.For, address) {
		m.For = append(m.For, address)
	}
}

// A Catalogue tells what platforms there are.
type Catalogue struct {
	// Serves reports whether a platform is configured over a protocol.
	Serves func(platform, protocol string) bool
	// Port is the canonical name of one port; an error where name is none of the platform's.
	Port func(platform, protocol, name string) (string, error)
}

// Profile chooses a credentials profile for an address. A wanted one must be among those
// there are, and for the address. Without one it is the profile that fits most narrowly:
// by the address itself, or else by the longest prefix. One that may be shown to anybody
// is never chosen: its password is nobody's business in a lab. "" = none fits, or several
// do that are equally narrow.
func Profile(there []mirror.Profile, wanted, address string) string {
	ip, _ := netip.ParseAddr(address)
	best, most, several := "", -1, false
	for _, p := range there {
		if wanted != "" && p.Name != wanted || p.Problem != "" || strings.HasPrefix(p.Name, mirror.InventoryProfile) {
			continue
		}
		for _, bound := range p.For {
			if !(mirror.Bindings{bound}).Permit(address, ip) || bound == mirror.Any && wanted == "" {
				continue
			}
			narrow := 1000
			if prefix, err := netip.ParsePrefix(bound); err == nil {
				narrow = prefix.Bits()
			}
			switch {
			case narrow > most:
				best, most, several = p.Name, narrow, false
			case narrow == most && best != p.Name:
				several = true
			}
		}
	}
	if several {
		return ""
	}
	return best
}

// Name makes a name of ours out of one of a source: lower case, and a hyphen in the place
// of each other run of characters. "" = nothing is left of it.
func Name(theirs string) string {
	name := strings.Trim(noWord.ReplaceAllString(strings.ToLower(theirs), "-"), "-")
	if len(name) > 63 {
		name = strings.Trim(name[:63], "-")
	}
	return name
}
