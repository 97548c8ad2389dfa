// Package smon is a switch of the lab whose mirror sessions are rows of the portCopyTable
// of SMON-MIB (RFC 2613), written over SNMP and by no other way. It is no vendor's: what
// the RFC leaves to the agent is a setting, and what it leaves open is marked here as
// assumed and chosen so that a careless manager fails.
package smon

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/lab/plain"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// Settings are what agents differ in, as a description has them.
type Settings struct {
	// NoCreateAndGo: rows are made by createAndWait alone; NoCreateAndWait: never.
	NoCreateAndGo   bool `yaml:"noCreateAndGo"`
	NoCreateAndWait bool `yaml:"noCreateAndWait"`
	// FixedDirection refuses another direction for an active row.
	FixedDirection bool `yaml:"fixedDirection"`
	// AcceptsDown makes a row with an interface that is down, which is notReady then.
	// Else it is refused.
	AcceptsDown bool `yaml:"acceptsDown"`
	// MaxRows and MaxDestinations are how many there may be, 0 = no limit.
	MaxRows         int `yaml:"maxRows"`
	MaxDestinations int `yaml:"maxDestinations"`
	// NoVLANs has no VLAN as a data source.
	NoVLANs bool `yaml:"noVLANs"`
	// Joins has rows of one destination belong to a session, with the side effects that
	// CISCO-RMON-CONFIG-MIB tells (fact sheet, 3.3), and its columns.
	Joins bool `yaml:"joins"`
	// MonitorOnly takes a destination out of switching (rlPortCopyMode of
	// CISCOSB-SMON-MIB). Else it goes on forwarding, as the RFC has it.
	MonitorOnly bool `yaml:"monitorOnly"`
	// NoCapabilities leaves dataSourceCapsTable and smonCapabilities out.
	NoCapabilities bool `yaml:"noCapabilities"`
	// Keeps saves each change at once.
	Keeps bool `yaml:"keeps"`
}

// Platform is the switch as the lab's catalogue has it.
func Platform() plant.Platform {
	return plant.Platform{Name: "snmp_smon", Canonical: plain.Canonical, Short: plain.Short, Ports: portsOf, Privileges: []int{15}, NoTerminals: true,
		Settings: func(decode func(any) error) error { _, err := settings(decode); return err }, Check: plant.NoNative, Open: open}
}

func settings(decode func(any) error) (s Settings, err error) {
	err = decode(&s)
	switch {
	case err != nil:
	case s.MaxRows < 0 || s.MaxDestinations < 0:
		err = fmt.Errorf("a limit is negative")
	case s.NoCreateAndGo && s.NoCreateAndWait:
		err = fmt.Errorf("noCreateAndGo and noCreateAndWait: then no row can be made")
	}
	return s, err
}

// portsOf are 24 ports of 1 Gb/s unless the description says otherwise.
func portsOf(s plant.Spec) ([]fabric.PortSpec, error) {
	if len(s.Ports) == 0 {
		return plain.Expand([]fabric.PortSpec{{Name: "gi1-24"}})
	}
	return plain.Expand(s.Ports)
}

func open(sw plant.Host) (plant.Device, error) {
	set, err := settings(sw.Spec().Settings)
	if err != nil {
		return nil, err
	}
	a := agent{set}
	k := plain.Kind{New: func() plain.Mirror { return &rows{row: map[key]row{}} }, Show: a.show, Set: a.set, Copies: copies, Check: check, Keeps: set.Keeps,
		Model: cmp.Or(sw.Spec().Model, "SMON switch")}
	if set.MonitorOnly {
		k.Prepare = func(v plain.View, pl *fabric.Plane) {
			for _, c := range copies(v) {
				state := pl.Ports[c.Name]
				state.Monitor, state.Ingress = true, true
				pl.Ports[c.Name] = state
			}
		}
	}
	d, err := plain.Open(sw, k)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// check finds rows whose ends there are not.
func check(c *plain.Config, ports map[string]*fabric.Port) error {
	for _, k := range c.Mirror.(*rows).keys() {
		vlan, is := vlanOf(k.src)
		if ports[k.dst] == nil || is && !slices.Contains(c.Known(), vlan) || !is && ports[k.src] == nil {
			return fmt.Errorf("portCopy %s %s: there is no such port or VLAN", k.src, k.dst)
		}
	}
	return nil
}

// An agent is how one of them behaves.
type agent struct{ is Settings }

// Objects of SMON-MIB.
var (
	smonCapabilities = mib.Must("1.3.6.1.2.1.16.19.15")
	rmonCaps         = mib.Must("1.3.6.1.2.1.16.22.1.1.1.1.2")
	copyCaps         = mib.Must("1.3.6.1.2.1.16.22.1.1.1.1.3")
	capsIfIndex      = mib.Must("1.3.6.1.2.1.16.22.1.1.1.1.4")
	ifIndex          = mib.Must("1.3.6.1.2.1.2.2.1.1")
	vlanSource       = mib.Must("1.3.6.1.2.1.16.22.1.4.1")
	dropEvents       = mib.Must("1.3.6.1.2.1.16.22.1.3.1.1.3")
	direction        = mib.Must("1.3.6.1.2.1.16.22.1.3.1.1.4")
	rowStatus        = mib.Must("1.3.6.1.2.1.16.22.1.3.1.1.5")
)

// The columns that CISCO-RMON-CONFIG-MIB adds to a row.
var (
	sessionNo   = mib.Must("1.3.6.1.4.1.9.9.103.1.2.1.1.6")
	sessionType = mib.Must("1.3.6.1.4.1.9.9.103.1.2.1.1.7")
	removeSrc   = mib.Must("1.3.6.1.4.1.9.9.103.1.2.1.1.8")
)

const (
	// groups are dataSource(2) and portCopy(4): bit 0 is the top one.
	groups = "\x28"
	// portCaps are source, destination, both directions, drop events and all good
	// frames; vlanCaps are those without a destination. Both are assumed.
	portCaps = "\xf9"
	vlanCaps = "\xb1"
	// vlanIndex is added to a VLAN for the ifIndex of its interface; assumed, as the RFC
	// only wants one of type propVirtual.
	vlanIndex   = 20000000
	propVirtual = 53
)

func (a agent) show(v plain.View, p *mib.Picture) {
	if !a.is.NoCapabilities {
		p.Objects = append(p.Objects, smonCapabilities, rmonCaps, copyCaps, capsIfIndex)
		p.Add(smonCapabilities, mib.Text(groups), 0)
		for _, name := range v.Names {
			source(p, ifIndex.Under(v.Index[name]), portCaps, v.Index[name])
		}
	}
	if !a.is.NoVLANs {
		for _, vlan := range v.Config.Known() {
			index := uint32(vlanIndex + vlan)
			p.Virtual = append(p.Virtual, mib.Interface{Index: index, Name: fmt.Sprintf("VLAN %d", vlan), Type: propVirtual})
			if !a.is.NoCapabilities {
				source(p, vlanSource.Under(uint32(vlan)), vlanCaps, index)
			}
		}
	}
	p.Objects = append(p.Objects, dropEvents, direction, rowStatus)
	if a.is.Joins {
		p.Objects = append(p.Objects, sessionNo, sessionType, removeSrc)
	}
	lost := v.Drops()
	for k, r := range v.Config.Mirror.(*rows).row {
		src, there := index(v, k.src)
		dst, too := index(v, k.dst)
		if !there || !too {
			continue
		}
		p.Add(dropEvents, mib.Count32(events(lost[k.dst])), src, dst)
		p.Add(direction, mib.Int(int(r.dir)), src, dst)
		p.Add(rowStatus, mib.Int(int(r.status(a, v, k))), src, dst)
		if a.is.Joins {
			p.Add(sessionNo, mib.Int(r.session), src, dst)
			p.Add(sessionType, mib.Int(r.kind), src, dst)
			p.Add(removeSrc, mib.Truth(!r.keepSrc), src, dst)
		}
	}
}

// source is a row of dataSourceCapsTable, whose index is an object without its length.
// What is counted of it is assumed: RMON tables are not modelled.
func source(p *mib.Picture, of mib.OID, caps string, index uint32) {
	p.Add(rmonCaps, mib.Text("\x00"), of...)
	p.Add(copyCaps, mib.Text(caps), of...)
	p.Add(capsIfIndex, mib.Int(int(index)), of...)
}

// events are the drop events of a destination: moments, not packets. That one covers up
// to sixteen packets is assumed.
func events(lost fabric.Tally) uint64 { return (lost.LostFrames + 15) / 16 }

// copies are one session for each destination, of its rows that are active.
func copies(v plain.View) (out []fabric.CopySession) {
	t := v.Config.Mirror.(*rows)
	at := map[string]int{}
	for _, k := range t.keys() {
		r := t.row[k]
		if !r.active {
			continue
		}
		i, known := at[k.dst]
		if !known {
			i, at[k.dst] = len(out), len(out)
			out = append(out, fabric.CopySession{Name: k.dst, ToPorts: []string{k.dst}})
		}
		rx, tx := r.dir&plant.RX != 0, r.dir&plant.TX != 0
		if vlan, is := vlanOf(k.src); is {
			out[i].VLANs = append(out[i].VLANs, fabric.CopyVLAN{VLAN: vlan, RX: rx, TX: tx})
		} else {
			out[i].Ports = append(out[i].Ports, fabric.CopySource{Port: k.src, RX: rx, TX: tx})
		}
	}
	return out
}
