// Package fastpath is a switch of the lab whose mirror sessions are the fixed rows of the
// agentPortMirrorTable that brands of one switch software have below their own numbers
// (FASTPATH-SWITCHING-MIB, NETGEAR-SWITCHING-MIB, EdgeSwitch-SWITCHING-MIB), written over
// SNMP and by no other way. What the texts leave open is marked as assumed and chosen so
// that a careless manager fails.
package fastpath

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/lab/plain"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// Settings are what switches differ in, as a description has them.
type Settings struct {
	// Brand is whose numbers the table is below, default netgear; see brands.
	Brand string `yaml:"brand"`
	// Older is the text with columns .1 to .4 alone: no VLANs, no remote mirroring.
	Older bool `yaml:"older"`
	// Sessions is how many there are, default 1, at most 4.
	Sessions int `yaml:"sessions"`
	// MaskOctets is the length of a mask of ports, default as many as the ports need.
	MaskOctets int `yaml:"maskOctets"`
	// Keeps saves each change at once.
	Keeps bool `yaml:"keeps"`
}

// brands are the agentPortMirroringGroup of each. lvl7 and dell are not confirmed by a
// text (fact sheet, 4), nor is the table below netgear-smart.
var brands = map[string]mib.OID{
	"netgear":       mib.Must("1.3.6.1.4.1.4526.10.1.2.10"),
	"netgear-smart": mib.Must("1.3.6.1.4.1.4526.11.1.2.10"),
	"edgeswitch":    mib.Must("1.3.6.1.4.1.4413.1.1.1.2.10"),
	"lvl7":          mib.Must("1.3.6.1.4.1.6132.1.1.1.2.10"),
	"dell":          mib.Must("1.3.6.1.4.1.674.10895.5000.2.6132.1.1.1.2.10"),
}

// Platform is the switch as the lab's catalogue has it.
func Platform() plant.Platform {
	return plant.Platform{Name: "snmp_fastpath", Canonical: plain.Canonical, Short: plain.Short, Ports: portsOf, Privileges: []int{15}, NoTerminals: true,
		Settings: func(decode func(any) error) error { _, err := settings(decode); return err }, Check: plant.NoNative, Open: open}
}

func settings(decode func(any) error) (s Settings, err error) {
	if err = decode(&s); err != nil {
		return s, err
	}
	s.Brand, s.Sessions = cmp.Or(s.Brand, "netgear"), cmp.Or(s.Sessions, 1)
	switch {
	case brands[s.Brand] == nil:
		err = fmt.Errorf("brand %q is not one of %s", s.Brand, strings.Join(slices.Sorted(maps.Keys(brands)), ", "))
	case s.Sessions < 1 || s.Sessions > 4:
		err = fmt.Errorf("sessions are 1 to 4")
	case s.MaskOctets < 0 || s.MaskOctets > 255:
		err = fmt.Errorf("maskOctets are 1 to 255")
	}
	return s, err
}

// portsOf are 24 ports of 1 Gb/s and two of 10 unless the description says otherwise.
func portsOf(s plant.Spec) ([]fabric.PortSpec, error) {
	if len(s.Ports) == 0 {
		return plain.Expand([]fabric.PortSpec{{Name: "1/0/1-24"}, {Name: "1/0/25-26", Speed: 10 * fabric.Gbps}})
	}
	return plain.Expand(s.Ports)
}

func open(sw plant.Host) (plant.Device, error) {
	set, err := settings(sw.Spec().Settings)
	if err != nil {
		return nil, err
	}
	a := agent{is: set, group: brands[set.Brand], octets: cmp.Or(set.MaskOctets, (len(sw.Node().Ports)+7)/8)}
	if a.octets*8 < len(sw.Node().Ports) {
		return nil, fmt.Errorf("settings: maskOctets: %d octets do not hold %d ports", a.octets, len(sw.Node().Ports))
	}
	d, err := plain.Open(sw, plain.Kind{New: func() plain.Mirror { return newSessions(set.Sessions) }, Show: a.show, Set: a.set, Check: a.check, Copies: copies, Prepare: prepare,
		Keeps: set.Keeps, Model: cmp.Or(sw.Spec().Model, "FASTPATH switch")})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// An agent is how one of them behaves.
type agent struct {
	is     Settings
	group  mib.OID
	octets int // of a mask
}

// The columns of agentPortMirrorTable.
const (
	destination       = 2
	sourceMask        = 3
	adminMode         = 4
	sourceVLAN        = 5
	remoteSource      = 6
	remoteDestination = 7
	reflector         = 8
	ipList            = 10
	macList           = 11
)

// objects are what is implemented: the columns, the directions, the remote VLANs.
func (a agent) objects() (columns []uint32, all []mib.OID) {
	columns = []uint32{destination, sourceMask, adminMode}
	all = []mib.OID{a.group.Under(5, 1, 2)}
	if !a.is.Older {
		columns = append(columns, sourceVLAN, remoteSource, remoteDestination, reflector, ipList, macList)
		all = append(all, a.group.Under(7, 1, 2))
	}
	for _, c := range columns {
		all = append(all, a.column(c))
	}
	return columns, all
}

func (a agent) column(c uint32) mib.OID { return a.group.Under(4, 1, c) }

func (a agent) show(v plain.View, p *mib.Picture) {
	// That a product's own number lies below the brand's is assumed.
	p.ObjectID = a.group[:8]
	columns, all := a.objects()
	p.Objects = append(p.Objects, all...)
	t := v.Config.Mirror.(*sessions)
	number := numbers(v)
	for i, s := range t.list {
		index := uint32(i + 1)
		for _, c := range columns {
			value := mib.Unsigned(0)
			switch c {
			case destination:
				value = mib.Unsigned(uint64(number[s.destination]))
			case sourceMask:
				value = mib.Text(a.mask(v, s))
			case adminMode:
				value = mib.Int(map[bool]int{true: enable, false: disable}[s.enabled])
			case sourceVLAN:
				value = mib.Unsigned(uint64(s.vlan))
			case remoteSource:
				value = mib.Unsigned(uint64(s.from))
			case remoteDestination:
				value = mib.Unsigned(uint64(s.to))
			case reflector:
				value = mib.Unsigned(uint64(number[s.reflector]))
			}
			p.Add(a.column(c), value, index)
		}
		for port, d := range s.sources {
			p.Add(a.group.Under(5, 1, 2), mib.Int(typeOf(d)), index, uint32(number[port]))
		}
	}
	if !a.is.Older {
		for vlan := range t.remote {
			p.Add(a.group.Under(7, 1, 2), mib.Int(int(mib.Active)), uint32(vlan))
		}
	}
}

// numbers are those of ports, which are their places: the texts do not say that they are
// ifIndexes.
func numbers(v plain.View) map[string]int {
	out := map[string]int{}
	for i, name := range v.Names {
		out[name] = i + 1
	}
	return out
}

// mask is a session's source ports: the first port is the top bit of the first octet.
func (a agent) mask(v plain.View, s session) string {
	out := make([]byte, a.octets)
	for i, name := range v.Names {
		if s.sources[name] != 0 {
			out[i/8] |= 0x80 >> (i % 8)
		}
	}
	return string(out)
}

// typeOf is agentPortMirrorTypeType, tx(1) rx(2) txrx(3), and dirOf the other way round.
func typeOf(d plant.Direction) int {
	return map[plant.Direction]int{plant.TX: 1, plant.RX: 2, plant.Both: 3}[d]
}
func dirOf(n int64) plant.Direction {
	return map[int64]plant.Direction{1: plant.TX, 2: plant.RX, 3: plant.Both}[n]
}

// copies are those of the sessions that are enabled and have both ends. A VLAN is copied
// in both directions: the texts do not say.
func copies(v plain.View) (out []fabric.CopySession) {
	for i, s := range v.Config.Mirror.(*sessions).list {
		if !s.enabled || s.destination == "" && s.to == 0 {
			continue
		}
		c := fabric.CopySession{Name: fmt.Sprint(i + 1), ToVLAN: s.to, FromVLAN: s.from}
		if s.destination != "" {
			c.ToPorts = []string{s.destination}
		}
		for _, name := range v.Names {
			if d := s.sources[name]; d != 0 {
				c.Ports = append(c.Ports, fabric.CopySource{Port: name, RX: d&plant.RX != 0, TX: d&plant.TX != 0})
			}
		}
		if s.vlan != 0 {
			c.VLANs = []fabric.CopyVLAN{{VLAN: s.vlan, RX: true, TX: true}}
		}
		out = append(out, c)
	}
	return out
}

// prepare takes probe ports and reflectors of enabled sessions out of switching, and
// floods remote VLANs without learning.
func prepare(v plain.View, pl *fabric.Plane) {
	t := v.Config.Mirror.(*sessions)
	for vlan := range t.remote {
		pl.Remote.Add(vlan)
	}
	for _, s := range t.list {
		for _, port := range []string{s.destination, s.reflector} {
			if s.enabled && port != "" {
				state := pl.Ports[port]
				state.Monitor = true
				pl.Ports[port] = state
			}
		}
	}
}
