package plan

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// firstTunnelID is the lowest id that is proposed for a tunnel; an ERSPAN header has room for ten
// bits of it (draft-foschiano-erspan).
const (
	firstTunnelID = 1
	lastTunnelID  = 1023
)

// erspan proposes a tunnel: to the address of each destination, with the lowest id that
// nobody sends there, from an address of each device where its platform must be told one.
// What the session says of the tunnel stays as it is.
func (p *proposer) erspan() (Way, []mirror.Reason) {
	kind := mirror.KindERSPAN
	if len(p.Session.Destinations) > 1 {
		kind = mirror.KindAuto
	}
	s := p.plain(kind)
	tunnel := mirror.ERSPAN{}
	if e := p.Session.ERSPAN; e != nil {
		tunnel = *e
	}
	asked := tunnel.ID != 0
	destinations, ends, reasons := p.collectors()
	s.Destinations = destinations
	froms, more := p.origins(&tunnel)
	if reasons = append(reasons, more...); len(reasons) > 0 {
		return Way{}, reasons
	}
	banned := map[int]bool{}
	var refusals []mirror.Reason
	for range maxTries {
		if !asked {
			if tunnel.ID = p.tunnelID(ends, banned); tunnel.ID == 0 {
				break
			}
		}
		with := tunnel
		s.ERSPAN = &with
		refused, warned := p.try(s)
		if len(refused) == 0 {
			text := "copies are sent over IP to " + strings.Join(ends, ", ")
			if len(froms) > 0 {
				text += " from " + strings.Join(froms, ", ")
			}
			return Way{Session: s, Warned: warned, Message: text + "; whether the network brings them there is not known here"}, nil
		}
		refusals = append(refusals, refused...)
		if asked || slices.ContainsFunc(refused, func(r mirror.Reason) bool { return r.Code != "erspan-id-in-use" }) {
			return Way{}, refusals
		}
		banned[tunnel.ID] = true
	}
	return Way{}, append(refusals, reason("/erspan/id", "no-free-id", "no id from %d to %d is free towards %s", firstTunnelID, lastTunnelID, strings.Join(ends, ", ")))
}

// collectors are the destinations with the addresses that tunnels end at. A port without
// one is reached where its switch takes copies out of a tunnel and has an address.
func (p *proposer) collectors() (out []mirror.Destination, ends []string, reasons []mirror.Reason) {
	for i, d := range p.Session.Destinations {
		l := p.landings()[i]
		at := "/destinations/" + strconv.Itoa(i)
		info := p.Network.Devices[l.device]
		switch role := info.Capabilities.Roles[mirror.RoleERSPANDestination]; {
		case l.ip != "":
		case d.Tool != "":
			reasons = append(reasons, reason(at+"/tool", "missing", "tool %q has no address, and a tunnel ends at one", d.Tool))
			continue
		case l.device == "":
			continue // it is told by the other kinds, and by Validate
		case !role.OK():
			r := reason(at, "unsupported", "platform %s of device %s takes no copies out of a tunnel", info.Device.Platform, l.device)
			r.Source = role.Source
			reasons = append(reasons, r)
			continue
		default:
			addresses := addressesOf(info.Observation)
			if len(addresses) == 0 {
				reasons = append(reasons, reason(at+"/ip", "missing", "device %s takes copies out of a tunnel at an address of its own, and none was read; give ip", l.device))
				continue
			}
			d.IP, l.ip = addresses[0], addresses[0]
		}
		out = append(out, d)
		if !slices.Contains(ends, l.ip) {
			ends = append(ends, l.ip)
		}
	}
	return out, ends, reasons
}

// origins gives each device with sources an address to send from where it must be told
// one, and nobody has: the one that the device sends all copies from, else one of its own, a
// loopback first.
func (p *proposer) origins(tunnel *mirror.ERSPAN) (froms []string, reasons []mirror.Reason) {
	devices := p.from()
	var found []mirror.Origin
	for _, device := range devices {
		info := p.Network.Devices[device]
		if told := tunnel.From(device).Origin; told != "" || !info.Capabilities.NeedsOrigin {
			continue
		}
		address := ""
		for _, f := range info.Observation.Footings {
			if f.Kind == mirror.FootingOrigin && info.Capabilities.DeviceOrigin {
				address = f.Name
			}
		}
		if all := addressesOf(info.Observation); address == "" && len(all) > 0 {
			address = all[0]
		}
		if address == "" {
			reasons = append(reasons, reason("/erspan/origin", "missing", "device %s must be told the address that it sends from, and none of its addresses was read; give erspan.origin", device))
			continue
		}
		found, froms = append(found, mirror.Origin{Device: device, Address: address}), append(froms, address)
	}
	if len(devices) == 1 && len(found) == 1 {
		tunnel.Origin = found[0].Address
	} else {
		tunnel.Origins = append(slices.Clone(tunnel.Origins), found...)
	}
	return froms, reasons
}

// tunnelID is the lowest id that every device takes and that nobody sends to the ends, 0 =
// there is none.
func (p *proposer) tunnelID(ends []string, banned map[int]bool) int {
	taken := map[int]bool{}
	for _, f := range p.Site.Tunnels {
		if f.Spec.Options.ERSPAN != nil && slices.Contains(ends, f.Spec.Options.Collector) {
			taken[f.Spec.Options.ERSPAN.ID] = true
		}
	}
	for id := firstTunnelID; id <= lastTunnelID; id++ {
		allowed := !slices.ContainsFunc(p.from(), func(device string) bool {
			return !p.Network.Devices[device].Capabilities.Ranges.ERSPANID.Allow(id)
		})
		if allowed && !taken[id] && !banned[id] {
			return id
		}
	}
	return 0
}

// addressesOf are the IPv4 addresses of a device as far as its ports tell them, without those of
// management: loopbacks first, then by port.
func addressesOf(o mirror.Observation) []string {
	type owned struct {
		address string
		port    mirror.PortName
	}
	var all []owned
	for _, p := range o.Ports {
		if p.Up == mirror.False || slices.ContainsFunc(p.Uses, func(u mirror.PortUse) bool { return u.Kind == "management" }) {
			continue
		}
		for _, u := range p.Uses {
			if u.Kind != "addressed" {
				continue
			}
			for _, word := range strings.Fields(u.Detail) {
				text, _, _ := strings.Cut(strings.Trim(word, ",;()"), "/")
				if a, err := netip.ParseAddr(text); err == nil && a.IsGlobalUnicast() && a.Is4() {
					all = append(all, owned{a.String(), p.Name})
				}
			}
		}
	}
	loopback := func(o owned) int {
		if strings.HasPrefix(strings.ToLower(string(o.port)), "lo") || strings.HasPrefix(string(o.port), "system") {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(a, b owned) int {
		return cmp.Or(cmp.Compare(loopback(a), loopback(b)), cmp.Compare(a.port, b.port), cmp.Compare(a.address, b.address))
	})
	var out []string
	for _, o := range all {
		if !slices.Contains(out, o.address) {
			out = append(out, o.address)
		}
	}
	return out
}
