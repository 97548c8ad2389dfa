package capacity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Same reports whether both are one place, whatever they are called: a port of a
// device, or an address.
func (e End) Same(o End) bool {
	switch {
	case e.Port != "" || o.Port != "":
		return e.Device == o.Device && e.Port == o.Port
	case e.IP != "" || o.IP != "":
		return e.IP == o.IP
	}
	return e.Tool != "" && e.Tool == o.Tool
}

// String reads "tool ids-1 at acc-1 Gi1/0/24", "acc-1 Gi1/0/24", "10.0.0.9" or "link
// acc-1 Te1/1/1".
func (e End) String() string {
	at := strings.TrimSpace(e.Device + " " + string(e.Port))
	if e.Port == "" && e.IP != "" {
		at = e.IP
	}
	switch {
	case e.Link:
		return "link " + at
	case e.Tool == "":
		return at
	case at == "":
		return "tool " + e.Tool
	}
	return "tool " + e.Tool + " at " + at
}

// A Pick is one source of copies in one direction, as one native session takes it.
type Pick struct {
	Sessions  []string // that want it, sorted
	Device    string
	Native    string           // see Feed.Native
	Source    string           // a port as the device names it, or "VLAN 110"
	Direction mirror.Direction // rx or tx
	// Ports are those whose traffic it is made of: the port itself, or those that carry
	// the VLAN. Lacking says why there are none.
	Ports   []mirror.PortName
	Lacking string
	// Members are those of the port-channels among Ports.
	Members map[mirror.PortName][]mirror.PortName
	// Part says that only a part of what the ports carry may be copied: that of a VLAN,
	// or what a filter lets through.
	Part                       bool
	Truncate, Sample, Overhead int
}

// Picks lists what is copied to an end, the sources of feeds that share a native
// session united, sorted by device, native session, source and direction. A feed
// without ends comes to every end; with a native session in common all of its feeds
// go where one of them goes.
func Picks(feeds []Feed, end End, site Site) []Pick {
	type key struct {
		device, native, source string
		direction              mirror.Direction
	}
	at := map[key]int{}
	var out []Pick
	for _, f := range feeds {
		if len(f.Ends) > 0 && !slices.ContainsFunc(f.Ends, end.Same) {
			continue
		}
		for _, s := range f.Sources {
			for _, d := range directions(s.Direction) {
				k := key{f.Device, f.Native, sourceName(s), d}
				if i, ok := at[k]; ok && f.Native != "" {
					out[i].Sessions = append(out[i].Sessions, f.Session)
					continue
				}
				at[k] = len(out)
				out = append(out, pick(f, s, d, site))
			}
		}
	}
	for i := range out {
		slices.Sort(out[i].Sessions)
		out[i].Sessions = slices.Compact(out[i].Sessions)
	}
	slices.SortStableFunc(out, func(a, b Pick) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Native, b.Native), cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.Direction, b.Direction), slices.Compare(a.Sessions, b.Sessions))
	})
	return out
}

func directions(d mirror.Direction) []mirror.Direction {
	switch d {
	case mirror.RX, mirror.TX:
		return []mirror.Direction{d}
	}
	return []mirror.Direction{mirror.RX, mirror.TX}
}

func sourceName(s mirror.NativeSource) string {
	switch {
	case s.All:
		return "everything"
	case s.VLAN != 0:
		return fmt.Sprintf("VLAN %d", s.VLAN)
	}
	return string(s.Port)
}

func pick(f Feed, s mirror.NativeSource, d mirror.Direction, site Site) Pick {
	p := Pick{Sessions: []string{f.Session}, Device: f.Device, Native: f.Native, Source: sourceName(s), Direction: d,
		Part: f.Filtered, Truncate: f.Truncate, Sample: f.Sample, Overhead: f.Overhead}
	switch {
	case s.All:
		p.Lacking = "everything that crosses the switch is copied"
	case s.VLAN != 0:
		p.Part = true
		if p.Ports = vlanPorts(f, s.VLAN, site); len(p.Ports) == 0 {
			p.Lacking = fmt.Sprintf("no port is known to carry VLAN %d", s.VLAN)
		}
	default:
		p.Ports = []mirror.PortName{s.Port}
	}
	for _, name := range p.Ports {
		if members := site.Port(f.Device, name).Members; len(members) > 0 && !slices.Contains(members, name) {
			if p.Members == nil {
				p.Members = map[mirror.PortName][]mirror.PortName{}
			}
			p.Members[name] = members
		}
	}
	return p
}

// vlanPorts are the ports that carry a VLAN, each once: no member of a port-channel
// beside it, and no port that the copies themselves leave by for good.
func vlanPorts(f Feed, vlan int, site Site) []mirror.PortName {
	ports := slices.Clone(site.InVLAN(f.Device, vlan))
	slices.Sort(ports)
	ports = slices.Compact(ports)
	var not []mirror.PortName
	for _, name := range ports {
		not = append(not, site.Port(f.Device, name).Members...)
	}
	for _, e := range f.Ends {
		if e.Device == f.Device && !e.Link {
			not = append(not, e.Port)
		}
	}
	return slices.DeleteFunc(ports, func(p mirror.PortName) bool { return slices.Contains(not, p) })
}
