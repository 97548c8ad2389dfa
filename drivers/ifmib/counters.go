package ifmib

import (
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// A row is what was told of one row, by column.
type row map[snmp.OID]snmp.Value

// valuesOf sorts an answer by rows. Scalars are left out.
func valuesOf(answer []snmp.Variable) map[uint32]row {
	out := map[uint32]row{}
	for _, v := range answer {
		cut := strings.LastIndexByte(string(v.Name), '.')
		index, ok := v.Name[cut+1:].Index()
		if !ok || index == 0 || v.Kind == snmp.Missing {
			continue
		}
		if out[index] == nil {
			out[index] = row{}
		}
		out[index][v.Name[:cut]] = v.Value
	}
	return out
}

// columns are what is asked of a row.
func (f *iface) columns(copiesReadDown bool) []snmp.OID {
	out := append([]snmp.OID{f.column}, always...)
	if copiesReadDown {
		out = append(out, ifAdminStatus)
	}
	octets, packets := wideOctets, widePackets
	if f.narrowOctets {
		octets = narrowOctets
	}
	if f.narrowPackets {
		packets = narrowPackets
	}
	return append(append(out, octets...), packets...)
}

// narrow notes which columns of 64 bits the agent does not have, and reports whether
// it is to be asked for others therefore.
func (f *iface) narrow(v row) (again bool) {
	lacks := func(columns []snmp.OID) bool {
		for _, c := range columns {
			if v[c].Kind != snmp.Counter64 {
				return true
			}
		}
		return false
	}
	if !f.narrowOctets && lacks(wideOctets) {
		f.narrowOctets, again = true, true
	}
	if !f.narrowPackets && lacks(widePackets) {
		f.narrowPackets, again = true, true
	}
	return again
}

// counters are what a row tells of its port. What is not told leaves it incomplete,
// but for discards: agents that have the port in ifXTable alone have none.
func (f *iface) counters(v row, copiesReadDown bool) mirror.PortCounters {
	p := mirror.PortCounters{Port: f.port, Up: up(v, copiesReadDown), Complete: true, Narrow: f.narrowOctets}
	p.Bandwidth = mib.Speed(v[ifOperStatus], v[ifHighSpeed], snmp.Value{})
	take := func(into *uint64, kind snmp.Kind, columns ...snmp.OID) bool {
		sum := uint64(0)
		for _, c := range columns {
			if v[c].Kind != kind {
				return false
			}
			sum += v[c].Number
		}
		if kind == snmp.Counter32 { // one of them going over is the sum going over
			sum %= 1 << 32
		}
		*into = sum
		return true
	}
	need := func(told bool) { p.Complete = p.Complete && told }
	if f.narrowOctets {
		need(take(&p.InOctets, snmp.Counter32, ifInOctets))
		need(take(&p.OutOctets, snmp.Counter32, ifOutOctets))
	} else {
		need(take(&p.InOctets, snmp.Counter64, hcInOctets))
		need(take(&p.OutOctets, snmp.Counter64, hcOutOctets))
	}
	if f.narrowPackets {
		need(take(&p.InPackets, snmp.Counter32, ifInUcast, ifInMulticast, ifInBroadcast) || take(&p.InPackets, snmp.Counter32, ifInUcast, ifInNUcast))
		need(take(&p.OutPackets, snmp.Counter32, ifOutUcast, ifOutMulticast, ifOutBroadcast) || take(&p.OutPackets, snmp.Counter32, ifOutUcast, ifOutNUcast))
	} else {
		need(take(&p.InPackets, snmp.Counter64, hcInUcast, hcInMulticast, hcInBroadcast))
		need(take(&p.OutPackets, snmp.Counter64, hcOutUcast, hcOutMulticast, hcOutBroadcast))
	}
	p.NoDrops = !take(&p.OutDrops, snmp.Counter32, ifOutDiscards)
	// An interface in another row has counters of its own, and so have columns of another
	// width.
	p.Discontinuity = strconv.FormatUint(uint64(f.index), 10)
	if f.narrowOctets {
		p.Discontinuity += "/32-bit octets"
	}
	if f.narrowPackets {
		p.Discontinuity += "/32-bit packets"
	}
	if d := v[discontinuity]; d.Kind == snmp.Ticks {
		p.Discontinuity += "/" + strconv.FormatUint(d.Number, 10)
	}
	return p
}

// up is the link. One that is down and not shut down may send copies all the same.
func up(v row, copiesReadDown bool) mirror.State {
	if status := v[ifOperStatus]; status.Kind == snmp.Integer && status.Number == statusDown && copiesReadDown && v[ifAdminStatus].Number != statusDown {
		return mirror.Unknown
	}
	return mib.Link(v[ifOperStatus])
}
