package ifmib

import (
	"context"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// FuzzAgents: whatever an agent tells, a reading has each port once, only ports that
// were asked for and that one row alone names, and a port is told or missing.
func FuzzAgents(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 1, 1, 2, 3, 2, 5, 1, 9, 40, 1, 1, 1})
	f.Add([]byte{9, 1, 1, 0, 9, 2, 1, 0, 12, 1, 6, 200})
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := newMemory()
		for i := range uint32(4) {
			m.row(i+1, "Gi1/0/"+string(rune('1'+i)), "", uint64(i)*1000)
		}
		columns := slices.Concat([]snmp.OID{ifName, ifDescr, ifAdminStatus}, always, wideOctets, widePackets, narrowOctets, narrowPackets)
		texts := []string{"Gi1/0/1", "Gi1/0/2", "GigabitEthernet1/0/3", "Gi1/0/1-4", "Vl1", ""}
		// Each four octets are one change: column, row, kind, value; some come while it
		// is read.
		change := func() bool {
			if len(raw) < 4 {
				return false
			}
			column, at := columns[int(raw[0])%len(columns)], uint32(raw[1]%6)
			v := snmp.Value{Kind: snmp.Kind(raw[2] % 8), Number: uint64(raw[3])}
			if v.Kind == snmp.Text {
				v.Text = texts[int(raw[3])%len(texts)]
			}
			m.objects[column.Row(at)] = v
			if raw[2] >= 128 {
				m.uptime(uint64(raw[3]))
			}
			raw = raw[4:]
			return true
		}
		for range len(raw) / 8 {
			change()
		}
		m.onGet = func([]snmp.OID) { change() }
		c := newConn(m, Platform{Ports: iosxe.Ports, CopiesReadDown: true})
		asked := []mirror.PortName{gi1, gi2, gi3, gi3}
		for range 4 {
			r, err := c.Counters(context.Background(), mirror.CounterAsk{Ports: asked})
			if err != nil {
				continue
			}
			got := names(r)
			for p := range r.Missing {
				got = append(got, p)
			}
			slices.Sort(got)
			if want := []mirror.PortName{gi1, gi2, gi3}; !slices.Equal(got, want) {
				t.Fatalf("told or missing are %v", got)
			}
		}
	})
}
