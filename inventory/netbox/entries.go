package netbox

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/inventory"
)

// Options are how entries are made of an answer.
type Options struct {
	Catalogue inventory.Catalogue
	Profiles  []mirror.Profile // that there are
	Profile   string           // that is wanted, "" = whichever fits
	Platforms map[string]string
	OOB       bool // the out-of-band address is meant, not the primary one
	// PlatformFlag is what remarks call that by which Platforms are given; "" = --platform.
	PlatformFlag string
}

// platforms are usual slugs with ours. Slugs are free text; Options.Platforms goes before.
var platforms = map[string]string{
	"ios": "cisco_iosxe", "cisco-ios": "cisco_iosxe", "ios-xe": "cisco_iosxe", "iosxe": "cisco_iosxe", "cisco-ios-xe": "cisco_iosxe", "cisco-iosxe": "cisco_iosxe",
	"nxos": "cisco_nxos", "nx-os": "cisco_nxos", "cisco-nxos": "cisco_nxos", "cisco-nx-os": "cisco_nxos",
	"ios-xr": "cisco_iosxr", "iosxr": "cisco_iosxr", "cisco-ios-xr": "cisco_iosxr", "cisco-iosxr": "cisco_iosxr",
	"eos": "arista_eos", "arista-eos": "arista_eos", "junos": "juniper_junos", "juniper-junos": "juniper_junos",
	"srlinux": "nokia_srl", "sr-linux": "nokia_srl", "nokia-srlinux": "nokia_srl", "nokia-sr-linux": "nokia_srl", "nokia-srl": "nokia_srl",
	"openvswitch": "openvswitch", "open-vswitch": "openvswitch", "ovs": "openvswitch",
}

var driver = regexp.MustCompile(`^([a-z][a-z0-9_]{0,40})(?:/([a-z][a-z0-9_]{0,40}))?$`)

// Platforms reads SLUG=PLATFORM[/PROTOCOL] each.
func Platforms(given []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range given {
		slug, ours, ok := strings.Cut(text, "=")
		if !ok || slug == "" || !driver.MatchString(ours) {
			return nil, fmt.Errorf("netbox: %q is not SLUG=PLATFORM[/PROTOCOL]: %w", text, mirror.ErrInvalid)
		}
		out[slug] = ours
	}
	return out, nil
}

// Entries makes devices and their cables of an answer. What becomes nothing is among
// Skipped with its reason.
func (a Answer) Entries(o Options) inventory.Found {
	m := maker{answer: a, options: o, byID: map[int64]*mirror.Device{}, names: map[string]int64{}, at: map[string]string{}}
	if len(a.devices) == 0 {
		m.found.Warn("", "NetBox tells of no device with %s; what the user of the token may not view is missing without a word", a.asked)
	}
	for _, d := range a.devices {
		m.device(d)
	}
	m.links()
	for _, d := range a.devices {
		if made := m.byID[d.ID]; made != nil {
			m.found.Devices = append(m.found.Devices, *made)
		}
	}
	return m.found
}

type maker struct {
	answer  Answer
	options Options
	found   inventory.Found
	byID    map[int64]*mirror.Device
	names   map[string]int64
	at      map[string]string // addresses, of which device of NetBox each is
}

// ownField is a custom field of devices that says PLATFORM[/PROTOCOL] of one of them.
const ownField = "netmirror_driver"

// platform is ours of a device: by its custom field, or by its platform and those that this
// one is below, or, where it has none, by what it was made as; "" where none is known.
func (m *maker) platform(d device) (platform, protocol string) {
	if own, _ := d.Custom[ownField].(string); own != "" {
		return m.driver(own)
	}
	slugs := m.answer.lineage(d.Platform)
	if len(slugs) == 0 {
		slugs = []string{d.made(), d.DeviceType.Manufacturer.Slug}
	}
	for _, slug := range slugs {
		ours := m.options.Platforms[slug]
		if d.Platform.Slug != "" {
			ours = cmp.Or(ours, platforms[slug], platforms[strings.ReplaceAll(slug, "_", "-")])
		}
		if p, protocol := m.driver(ours); p != "" {
			return p, protocol
		}
	}
	return "", ""
}

// made is what Options.Platforms may call a device that has no platform.
func (d device) made() string { return d.DeviceType.Manufacturer.Slug + "/" + d.DeviceType.Slug }

// driver reads PLATFORM[/PROTOCOL].
func (m *maker) driver(text string) (platform, protocol string) {
	f := driver.FindStringSubmatch(text)
	if f == nil {
		return "", ""
	}
	if f[2] != "" {
		return f[1], f[2]
	}
	for _, p := range []string{"cli", "gnmi", "netconf", "ovsdb", "snmp"} {
		if m.options.Catalogue.Serves(f[1], p) {
			return f[1], p
		}
	}
	return f[1], "cli"
}

func (m *maker) device(d device) {
	if d.Name == "" {
		m.found.Skip(d.Display, "it has no name")
		return
	}
	name := inventory.Name(d.Name)
	at := d.primary()
	if m.options.OOB {
		at = address(d.OOB)
	}
	if name == "" {
		m.found.Skip(d.Name, "no name can be made of its own")
		return
	}
	if m.names[name] != 0 {
		m.found.Skip(d.Name, "its name would be %s, as that of device %d of NetBox is", name, m.names[name])
		return
	}
	if d.stackOf() != 0 && d.primary() == "" {
		m.found.Skip(d.Name, "it is a member of a stack, and the master stands for the stack")
		return
	}
	platform, protocol := m.platform(d)
	if why := m.undriven(d, platform, protocol); why != "" {
		m.found.Skip(d.Name, "%s", why)
		return
	}
	ip, err := netip.ParseAddr(at)
	if err != nil {
		m.found.Skip(d.Name, "it has no %s address", map[bool]string{false: "primary", true: "out-of-band"}[m.options.OOB])
		return
	}
	out := mirror.Device{Name: name, Platform: platform, Labels: m.labels(d),
		Transports: mirror.Transports{Config: mirror.Transport{Protocol: protocol, Address: ip.Unmap().WithZone("").String()}}}
	if faults := out.WithDefaults().Validate(); len(faults) > 0 {
		m.found.Skip(d.Name, "%s: %s", faults[0].Pointer, faults[0].Message)
		return
	}
	t := &out.Transports.Config
	if other := m.at[t.Address]; other != "" {
		// In NetBox they differ by VRF, of which nobody here knows: one of the two would be
		// written to in place of the other.
		m.found.Skip(d.Name, "its address %s is that of %s, too: which of the two answers there is not known", t.Address, other)
		return
	}
	m.at[t.Address], m.names[name] = d.Name, d.ID
	if protocol != "ovsdb" {
		if t.Credentials = inventory.Profile(m.options.Profiles, m.options.Profile, t.Address); t.Credentials == "" {
			m.found.Want(cmp.Or(m.options.Profile, mirror.ManagedByNetBox), "", name, t.Address)
		}
	}
	m.byID[d.ID] = &out
}

// undriven says why nothing drives a device; "" = something does.
func (m *maker) undriven(d device, platform, protocol string) string {
	own := d.Custom[ownField]
	flag := cmp.Or(m.options.PlatformFlag, "--platform")
	switch {
	case platform == "" && own != nil && own != "":
		return fmt.Sprintf("its custom field %s is %q and not PLATFORM[/PROTOCOL], such as arista_eos/gnmi", ownField, cut(fmt.Sprint(own)))
	case platform == "" && d.Platform.Slug == "" && d.made() != "/":
		return fmt.Sprintf("it has no platform in NetBox; give it one there, or say what drives it with %s %s=PLATFORM", flag, d.made())
	case platform == "" && d.Platform.Slug == "":
		return "it has no platform in NetBox"
	case platform == "":
		return fmt.Sprintf("platform %s is not known; %[2]s %[1]s=PLATFORM says what drives it", d.Platform.Slug, flag)
	case !m.options.Catalogue.Serves(platform, protocol):
		return fmt.Sprintf("netmirror has no driver for platform %s over %s; `netmirror platforms` lists those there are", platform, protocol)
	}
	return ""
}

var labelText = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$`)

// labels are where and what a device is, and tag/SLUG of each of its tags. What is no label
// here is told: a selector for it would find nothing.
func (m *maker) labels(d device) map[string]string {
	out := map[string]string{}
	put := func(key, value string) {
		switch {
		case value == "":
		case !labelText.MatchString(key) || !labelText.MatchString(value):
			m.found.Warn(d.Name, "%s=%s becomes no label: a label has letters, digits and . _ / - with a letter or digit at both ends, 63 at most", key, value)
		case len(out) >= mirror.MaxLabels:
			m.found.Warn(d.Name, "some of its tags become no labels: a device has %d at most", mirror.MaxLabels)
		default:
			out[key] = value
		}
	}
	put("site", d.Site.Slug)
	put("role", d.role())
	put("tenant", d.Tenant.Slug)
	put("location", d.Location.Slug)
	for _, t := range d.Tags {
		put("tag/"+t.Slug, "true")
	}
	return out
}

// port is the canonical name of an interface that people called something.
func (m *maker) port(d *mirror.Device, name string) (string, error) {
	return m.options.Catalogue.Port(d.Platform, d.Transports.Config.Protocol, name)
}

// links declares cables. What people call a port may be none to its platform.
func (m *maker) links() {
	unmatched, unequal := map[int64][]string{}, map[int64][]string{}
	speeds := map[int64]mirror.BitsPerSecond{}
	for _, p := range m.answer.ports {
		speeds[p.ID] = p.speed()
	}
	for _, p := range m.answer.ports {
		d := m.byID[p.Device.ID]
		ends := p.ends()
		if d == nil || len(ends) == 0 {
			continue
		}
		here, err := m.port(d, p.Name)
		if err != nil {
			unmatched[p.Device.ID] = append(unmatched[p.Device.ID], p.Name)
			continue
		}
		for _, e := range ends {
			link := mirror.Link{Interface: here, Device: e.Device.Name, PeerInterface: e.Name}
			if peer := m.byID[cmp.Or(m.answer.members[e.Device.ID], e.Device.ID)]; peer != nil {
				link.Device = peer.Name
				if name, err := m.port(peer, e.Name); err == nil {
					link.PeerInterface = name
				}
			}
			if mine, other := speeds[p.ID], speeds[e.ID]; len(ends) == 1 && p.ID < e.ID && mine != 0 && other != 0 && mine != other {
				unequal[p.Device.ID] = append(unequal[p.Device.ID], fmt.Sprintf("%s (%s) to %s %s (%s)", here, megabits(mine), link.Device, link.PeerInterface, megabits(other)))
			}
			if link.Valid() && !slices.Contains(d.Links, link) && len(d.Links) < mirror.MaxLinks {
				d.Links = append(d.Links, link)
			}
		}
	}
	for _, d := range m.answer.devices {
		if made := m.byID[d.ID]; made != nil {
			slices.SortStableFunc(made.Links, func(a, b mirror.Link) int { return cmp.Compare(a.Interface, b.Interface) })
		}
		if list := unmatched[d.ID]; len(list) > 0 {
			slices.Sort(list)
			m.found.Warn(d.Name, "cables are left out: platform %s knows no port called %s", m.byID[d.ID].Platform, some(list))
		}
		if list := unequal[d.ID]; len(list) > 0 {
			slices.Sort(list)
			m.found.Warn(d.Name, "the ends of a cable have two speeds in NetBox, so that it may be another cable: %s", some(list))
		}
	}
}

func megabits(b mirror.BitsPerSecond) string { return fmt.Sprintf("%d Mbit/s", b/1e6) }

// some are the first of many.
func some(list []string) string {
	const most = 5
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
