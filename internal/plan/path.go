package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Around is what the planner knows of the managed devices that a session does
// not name and that its devices hear as neighbours, as far as they were read.
type Around struct {
	Names   map[string]string // of Names
	Devices map[string]DeviceInfo
}

// anyDomain stands for the domain of a device that tells its name without one.
const anyDomain = ".*"

// Names maps system names, in lower case, to devices: host holds the name that
// each device tells of itself. A name that may be that of several devices is
// left out: it proves nothing.
func Names(hosts map[string]string) map[string]string {
	out, twice := map[string]string{}, map[string]bool{}
	add := func(name, device string) {
		if other, ok := out[name]; ok && other != device {
			twice[name] = true
		}
		out[name] = device
	}
	for device, host := range hosts {
		host = strings.ToLower(host)
		short, _, dotted := strings.Cut(host, ".")
		switch {
		case host == "":
			continue
		case dotted:
			add(host, device)
		default:
			add(short+anyDomain, device)
		}
		add(short, device)
	}
	for name := range twice {
		delete(out, name)
	}
	return out
}

// Device finds the managed device behind a neighbour, "" when none is known for
// sure. The domain counts where both tell it.
func (a Around) Device(n mirror.Neighbour) string {
	name := strings.ToLower(n.System)
	short, _, dotted := strings.Cut(name, ".")
	switch {
	case !dotted && n.Cut:
		return "" // the name may go on
	case !dotted:
		return a.Names[short]
	}
	exact, loose := a.Names[name], a.Names[short+anyDomain]
	switch {
	case n.Cut:
		return loose
	case exact != "" && loose != "":
		return ""
	}
	return cmp.Or(exact, loose)
}

// Neighbours are those that a device hears on the ways by which copies in a
// remote VLAN may leave it.
func (a Around) Neighbours(info DeviceInfo, vlan int, named []mirror.PortName) []string {
	var out []string
	for _, p := range ways(info, vlan, named) {
		for _, n := range heard(info, p) {
			if device := a.Device(n); device != "" && device != info.Device.Name {
				out = append(out, device)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Leads lists the managed devices at the other end of a port, as far as one is known
// for sure.
func (a Around) Leads(info DeviceInfo, port mirror.PortName) []string {
	var out []string
	for _, n := range heard(info, port) {
		if device := a.Device(n); device != "" && device != info.Device.Name && !slices.Contains(out, device) {
			out = append(out, device)
		}
	}
	return out
}

// ways are the ports by which copies in a remote VLAN may leave a device: the
// trunks that the session names there, and those that carry the VLAN already.
func ways(info DeviceInfo, vlan int, named []mirror.PortName) []mirror.PortName {
	out := slices.Clone(named)
	for _, p := range info.Observation.Carriers(vlan) {
		if !slices.Contains(out, p.Name) {
			out = append(out, p.Name)
		}
	}
	return out
}

// heard are the neighbours on a port, or on the members of a port-channel, which
// is where they are heard.
func heard(info DeviceInfo, port mirror.PortName) []mirror.Neighbour {
	p, _ := info.Observation.Port(port)
	out := slices.Clone(p.Neighbours)
	for _, m := range p.Members {
		member, _ := info.Observation.Port(m)
		out = append(out, member.Neighbours...)
	}
	return out
}

// CheckPath asks whether the copies of an RSPAN session can come from every
// source to the destination, by what the devices tell of their neighbours. What
// may be missing is a warning, because remote VLANs made by hand on the way are
// legal and not every device tells. A session is refused only when every way out
// of a source is known to end at a managed device that the session does not name
// and that does not carry the VLAN.
func CheckPath(ex Expansion, site Site) (refused, warned []mirror.Reason) {
	w := walker{ex: ex, site: site, trunks: map[string][]mirror.PortName{}}
	var ends []string // the devices of the destinations
	for _, f := range ex.Fragments {
		if f.Spec.RemoteVLAN == 0 {
			continue
		}
		w.trunks[f.Device] = f.Spec.Trunks
		w.vlan = f.Spec.RemoteVLAN
		if f.Spec.Role == mirror.RoleRSPANDestination && !slices.Contains(ends, f.Device) {
			ends = append(ends, f.Device)
		}
	}
	for _, w.end = range ends {
		for _, f := range ex.Fragments {
			if f.Spec.Role == mirror.RoleRSPANSource {
				no, maybe := w.from(f.Device)
				refused, warned = append(refused, no...), append(warned, maybe...)
			}
		}
	}
	return once(refused), once(warned)
}

func once(list []mirror.Reason) []mirror.Reason {
	var out []mirror.Reason
	for _, r := range list {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// A walker follows the copies of a session from device to device.
type walker struct {
	ex     Expansion
	site   Site
	vlan   int
	end    string // the destination's device
	trunks map[string][]mirror.PortName
}

// A stop is where a way ends, as far as is known.
type stop struct {
	reason mirror.Reason
	named  bool // by a trunk that the session names
	proof  bool // a managed hop is missing there
}

// from follows the copies of one source. Where they arrive there is nothing to
// say.
func (w walker) from(source string) (refused, warned []mirror.Reason) {
	seen, queue := map[string]bool{source: true}, []string{source}
	var stops []stop
	unseen := false // a way whose other end nobody tells
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at == w.end {
			return nil, nil
		}
		for _, p := range ways(w.info(at), w.vlan, w.trunks[at]) {
			next, found, told := w.over(at, p)
			stops, unseen = append(stops, found...), unseen || !told
			for _, n := range next {
				if !seen[n] {
					seen[n] = true
					queue = append(queue, n)
				}
			}
		}
	}
	for _, f := range w.ex.Fragments {
		if s, ok := w.lacking(f.Device); ok {
			stops = append(stops, s)
		}
	}
	proven := !unseen && slices.ContainsFunc(stops, func(s stop) bool { return s.proof }) &&
		!slices.ContainsFunc(stops, func(s stop) bool { return !s.proof && s.reason.Code != "path-unnamed" })
	for _, s := range stops {
		switch {
		case proven && s.proof:
			refused = append(refused, s.reason)
		case s.named || len(w.trunks[source]) == 0:
			warned = append(warned, s.reason)
		}
	}
	return refused, warned
}

func (w walker) info(device string) DeviceInfo {
	if info, ok := w.site.Devices[device]; ok {
		return info
	}
	return w.site.Around.Devices[device]
}

func (w walker) stop(device string, p mirror.PortName, code, format string, args ...any) stop {
	return stop{named: slices.Contains(w.trunks[device], p),
		reason: mirror.Reason{Pointer: w.ex.TrunkPointer(device, p), Code: code, Message: fmt.Sprintf(format, args...)}}
}

// over tells where a port leads: to devices that take the copies on, or to a
// stop; told is false when nobody tells.
func (w walker) over(at string, p mirror.PortName) (next []string, stops []stop, told bool) {
	for _, n := range heard(w.info(at), p) {
		device := w.site.Around.Device(n)
		switch _, named := w.trunks[device]; {
		case device == at:
			continue
		case device == "":
			stops = append(stops, w.stop(at, p, "path-unmanaged", "trunk %s of device %s leads to %q, which is no device that netmirror manages and has read: VLAN %d must be a remote VLAN there and on its trunks",
				p, at, n.System, w.vlan))
		case named && !w.takes(device, at):
			stops = append(stops, w.stop(at, p, "path-broken", "trunk %s of device %s leads to device %s, whose trunk towards it is not named in rspan.transit and does not carry VLAN %d",
				p, at, device, w.vlan))
		case named || w.carries(device):
			next = append(next, device)
		case !w.read(device):
			stops = append(stops, w.stop(at, p, "path-unknown", "trunk %s of device %s leads to device %s, which does not answer: whether it carries VLAN %d is not known",
				p, at, device, w.vlan))
		default:
			s := w.stop(at, p, "path-hop-missing", "trunk %s of device %s leads to device %s, which does not carry VLAN %d; name it with its trunks in rspan.transit, or make the remote VLAN there by hand",
				p, at, device, w.vlan)
			s.proof = true
			stops = append(stops, s)
		}
		told = true
	}
	return next, stops, told
}

func (w walker) read(device string) bool {
	_, ok := w.site.Around.Devices[device]
	return ok
}

// takes reports whether a named device takes copies in by the port at which it
// hears another; where it does not tell, it does.
func (w walker) takes(device, from string) bool {
	info := w.info(device)
	in := ways(info, w.vlan, w.trunks[device])
	hears := false
	for _, p := range info.Observation.Ports {
		if !slices.ContainsFunc(p.Neighbours, func(n mirror.Neighbour) bool { return w.site.Around.Device(n) == from }) {
			continue
		}
		hears = true
		for _, name := range in {
			port, _ := info.Observation.Port(name)
			if name == p.Name || slices.Contains(port.Members, p.Name) {
				return true
			}
		}
	}
	return !hears
}

// carries reports whether a managed device that the session does not name takes
// the copies on, by hand or because the devices spread their VLANs themselves.
func (w walker) carries(device string) bool {
	o := w.site.Around.Devices[device].Observation
	_, exists := o.VLAN(w.vlan)
	for named := range w.trunks {
		spread := w.info(named).Observation.Spread
		exists = exists || spread.By != "" && spread.By == o.Spread.By && w.vlan <= spread.UpTo
	}
	return (exists || len(o.VLANs) == 0) && slices.ContainsFunc(o.Ports, func(p mirror.Port) bool { return p.Carries(w.vlan) })
}

// lacking is a warning about a device of the session whose own part of the path
// is not said, or is a dead end.
func (w walker) lacking(device string) (stop, bool) {
	trunks, named := w.trunks[device]
	if !named {
		return stop{}, false
	}
	all := ways(w.info(device), w.vlan, trunks)
	var texts []string
	for _, p := range all {
		texts = append(texts, string(p))
	}
	switch transit := slices.ContainsFunc(w.ex.Fragments, func(f mirror.Fragment) bool { return f.Device == device && f.Spec.Role == mirror.RoleRSPANTransit }); {
	case len(trunks) == 0:
		return stop{named: true, reason: mirror.Reason{Pointer: "/rspan/transit", Code: "path-unnamed",
			Message: fmt.Sprintf("device %s is not in rspan.transit: its copies travel by what carries VLAN %d there now (%s), which netmirror does not keep; whether they reach device %s is not known",
				device, w.vlan, cmp.Or(strings.Join(texts, ", "), "nothing"), w.end)}}, true
	case transit && len(all) < 2:
		s := w.stop(device, trunks[0], "path-broken", "device %s has one trunk for VLAN %d (%s): copies enter there and do not leave", device, w.vlan, strings.Join(texts, ", "))
		s.named = true
		return s, true
	}
	return stop{}, false
}
