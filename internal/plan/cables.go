package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Cables are the declared links of a device by port. ports is that of its driver, see
// DeviceInfo; what is no port of it any more is left out.
func Cables(d mirror.Device, ports func(string) ([]mirror.PortName, error)) map[mirror.PortName][]mirror.Link {
	var out map[mirror.PortName][]mirror.Link
	for _, l := range d.Links {
		at, err := ports(l.Interface)
		if err != nil || len(at) != 1 {
			continue
		}
		if out == nil {
			out = map[mirror.PortName][]mirror.Link{}
		}
		out[at[0]] = append(out[at[0]], l)
	}
	return out
}

// Peers names the devices to which destinations and trunks of a session are cabled by what
// is declared, for CheckCables.
func Peers(ex Expansion, site Site) []string {
	var out []string
	for _, f := range ex.Fragments {
		for _, l := range site.Devices[f.Device].Device.Links {
			if l.Device != f.Device && !slices.Contains(out, l.Device) {
				out = append(out, l.Device)
			}
		}
	}
	slices.Sort(out)
	return out
}

// CheckCables warns of what is declared to be cabled otherwise than the session takes it
// to be: a destination behind which there is a switch and no tool, and trunks of which none
// is a cable to another device of the session. peers are the stored devices among Peers. A
// cable counts where both ends declare it: what people write down may be old, so that it
// never refuses.
func CheckCables(ex Expansion, site Site, peers map[string]mirror.Device) (warned []mirror.Reason) {
	named := map[string]bool{}
	for _, f := range ex.Fragments {
		named[f.Device] = named[f.Device] || f.Spec.RemoteVLAN != 0
	}
	for _, f := range ex.Fragments {
		info := site.Devices[f.Device]
		if len(info.Device.Links) == 0 || info.Ports == nil {
			continue
		}
		cables := Cables(info.Device, info.Ports)
		c := checker{f: f, ex: ex, info: info}
		for _, p := range f.Spec.Destinations {
			if slices.Contains(info.Tools, p) {
				continue
			}
			for _, l := range info.cabled(cables, p) {
				if mutual(peers, f.Device, l) {
					c.add(c.end(p), "cabled-to-switch", "port %s of device %s is declared to be cabled to %s, which is a switch and no tool: copies would go into its network", p, f.Device, peer(l))
				}
			}
		}
		warned = append(warned, c.reasons...)
		if r, off := info.offTheCables(f, cables, named, peers); off {
			warned = append(warned, r)
		}
	}
	return once(warned)
}

// cabled are the declared links of a port, and of the members of a port-channel.
func (d DeviceInfo) cabled(cables map[mirror.PortName][]mirror.Link, port mirror.PortName) []mirror.Link {
	out := slices.Clone(cables[port])
	p, _ := d.Observation.Port(port)
	for _, m := range p.Members {
		out = append(out, cables[m]...)
	}
	return out
}

// mutual reports whether the device at the other end of a link is stored, and says the same.
func mutual(peers map[string]mirror.Device, device string, l mirror.Link) bool {
	return slices.ContainsFunc(peers[l.Device].Links, func(back mirror.Link) bool { return back.Device == device })
}

func peer(l mirror.Link) string { return strings.TrimSpace(l.Device + " " + l.PeerInterface) }

// offTheCables tells when a device is cabled to others of the session, and no trunk that is
// named there is such a cable.
func (d DeviceInfo) offTheCables(f mirror.Fragment, cables map[mirror.PortName][]mirror.Link, named map[string]bool, peers map[string]mirror.Device) (mirror.Reason, bool) {
	if f.Spec.RemoteVLAN == 0 || len(f.Spec.Trunks) == 0 {
		return mirror.Reason{}, false
	}
	between := func(l mirror.Link) bool { return named[l.Device] && mutual(peers, f.Device, l) }
	var there []string
	for _, l := range d.Device.Links {
		if between(l) {
			there = append(there, l.Interface+" to "+peer(l))
		}
	}
	for _, t := range f.Spec.Trunks {
		if slices.ContainsFunc(d.cabled(cables, t), between) {
			return mirror.Reason{}, false
		}
	}
	if len(there) == 0 {
		return mirror.Reason{}, false
	}
	return mirror.Reason{Pointer: "/rspan/transit", Code: "trunk-not-cabled",
		Message: fmt.Sprintf("of the trunks that carry the copies on device %s, none is declared to be cabled to another device of the session; declared are %s", f.Device, strings.Join(there, ", "))}, true
}
