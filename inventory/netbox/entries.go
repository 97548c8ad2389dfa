package netbox

import (
	"cmp"
	"encoding/json"
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
	m := maker{answer: a, options: o, byID: map[int64]*mirror.Device{}, names: map[string]int64{}}
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
}

// platform is ours of a device, by its platform and those that this one is below; "" where none is known.
func (m *maker) platform(d device) (platform, protocol string) {
	for _, slug := range m.answer.lineage(d.Platform) {
		ours := cmp.Or(m.options.Platforms[slug], platforms[slug], platforms[strings.ReplaceAll(slug, "_", "-")])
		f := driver.FindStringSubmatch(ours)
		if f == nil {
			continue
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
	return "", ""
}

func (m *maker) device(d device) {
	if d.Name == "" {
		m.found.Skip(d.Display, "it has no name")
		return
	}
	name := inventory.Name(d.Name)
	platform, protocol := m.platform(d)
	at := d.primary()
	if m.options.OOB {
		at = address(d.OOB)
	}
	switch {
	case name == "":
		m.found.Skip(d.Name, "no name can be made of its own")
		return
	case m.names[name] != 0:
		m.found.Skip(d.Name, "its name would be %s, as that of device %d of NetBox is", name, m.names[name])
		return
	case d.Platform.Slug == "":
		m.found.Skip(d.Name, "it has no platform in NetBox")
		return
	case platform == "":
		m.found.Skip(d.Name, "platform %s is not known; --platform %[1]s=PLATFORM says what drives it", d.Platform.Slug)
		return
	case !m.options.Catalogue.Serves(platform, protocol):
		m.found.Skip(d.Name, "netmirror has no driver for platform %s over %s", platform, protocol)
		return
	}
	ip, err := netip.ParseAddr(at)
	if err != nil {
		m.found.Skip(d.Name, "it has no %s address", map[bool]string{false: "primary", true: "out-of-band"}[m.options.OOB])
		return
	}
	out := mirror.Device{Name: name, Platform: platform, Labels: labels(d),
		Transports: mirror.Transports{Config: mirror.Transport{Protocol: protocol, Address: ip.Unmap().WithZone("").String()}}}
	if faults := out.WithDefaults().Validate(); len(faults) > 0 {
		m.found.Skip(d.Name, "%s: %s", faults[0].Pointer, faults[0].Message)
		return
	}
	m.names[name] = d.ID
	t := &out.Transports.Config
	if protocol != "ovsdb" {
		if t.Credentials = inventory.Profile(m.options.Profiles, m.options.Profile, t.Address); t.Credentials == "" {
			m.found.Want(cmp.Or(m.options.Profile, mirror.ManagedByNetBox), "", name, t.Address)
		}
	}
	m.byID[d.ID] = &out
}

var labelText = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$`)

// labels are where and what a device is, and tag/SLUG of each of its tags.
func labels(d device) map[string]string {
	out := map[string]string{}
	put := func(key, value string) {
		if labelText.MatchString(key) && labelText.MatchString(value) && len(out) < mirror.MaxLabels {
			out[key] = value
		}
	}
	put("site", d.Site.Slug)
	put("role", d.Role.Slug)
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
	unmatched := map[int64][]string{}
	for _, p := range m.answer.ports {
		d := m.byID[p.Device.ID]
		if d == nil || p.EndsType != "dcim.interface" || p.Reachable != nil && !*p.Reachable {
			continue
		}
		here, err := m.port(d, p.Name)
		if err != nil {
			unmatched[p.Device.ID] = append(unmatched[p.Device.ID], p.Name)
			continue
		}
		for _, raw := range p.Ends {
			var e endpoint
			if json.Unmarshal(raw, &e) != nil || e.Device.ID == 0 {
				continue
			}
			link := mirror.Link{Interface: here, Device: e.Device.Name, PeerInterface: e.Name}
			if peer := m.byID[e.Device.ID]; peer != nil {
				link.Device = peer.Name
				if name, err := m.port(peer, e.Name); err == nil {
					link.PeerInterface = name
				}
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
	}
}

// some are the first of many.
func some(list []string) string {
	const most = 5
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
