package snmp

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// A crowd is an agent that sees from where it is asked. handle is called for each message,
// one at a time.
func newCrowd(t *testing.T, handle func(from netip.AddrPort, request *gosnmp.SnmpPacket, send func(netip.AddrPort, []byte))) int {
	t.Helper()
	l, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 65535)
		for {
			n, from, err := l.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			request, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(append([]byte(nil), buf[:n]...))
			if err != nil {
				t.Error(err)
				return
			}
			handle(from, request, func(to netip.AddrPort, raw []byte) { _, _ = l.WriteToUDPAddrPort(raw, to) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.LocalAddr().(*net.UDPAddr).Port
}

// oneRow answers a GETBULK for columns that have one row each; most is how many variables
// fit into a message.
func oneRow(request *gosnmp.SnmpPacket, most int) []byte {
	if request.PDUType != gosnmp.GetBulkRequest {
		return reply(request, nil)
	}
	if len(request.Variables)*int(request.MaxRepetitions) > most {
		return reply(request, func(p *gosnmp.SnmpPacket) { p.Error = gosnmp.TooBig })
	}
	return reply(request, func(p *gosnmp.SnmpPacket) {
		p.Variables = nil
		at := slices.Clone(request.Variables)
		for range request.MaxRepetitions {
			for i, v := range at {
				next := gosnmp.SnmpPDU{Name: v.Name + ".1", Type: gosnmp.Integer, Value: 7}
				if strings.HasSuffix(v.Name, ".1") {
					next = gosnmp.SnmpPDU{Name: v.Name, Type: gosnmp.EndOfMibView}
				}
				at[i].Name = next.Name
				p.Variables = append(p.Variables, next)
			}
		}
	})
}

// wide are more columns than may be on the way at a time.
func wide() (out []OID) {
	for i := range uint32(3 * together * inFlight) {
		out = append(out, OID("1.3.6.1.4.1.99999.2").Row(100+i))
	}
	return out
}

func whole(t *testing.T, conn *Conn, columns []OID) {
	t.Helper()
	rows, err := conn.Walk(t.Context(), columns...)
	if err != nil || len(rows) != len(columns) {
		t.Fatalf("%d columns, %v", len(rows), err)
	}
	for i, r := range rows {
		if len(r) != 1 || r[0].Index != "1" || r[0].Number != 7 {
			t.Errorf("column %s: %+v", columns[i], r)
		}
	}
}

// TestWhatIsReadTogetherIsAskedSideBySide: an agent that answers nothing before it was asked
// twice has the whole table read.
func TestWhatIsReadTogetherIsAskedSideBySide(t *testing.T) {
	var mu sync.Mutex
	first, most := true, 0
	var waiting []func()
	port := newCrowd(t, func(from netip.AddrPort, request *gosnmp.SnmpPacket, send func(netip.AddrPort, []byte)) {
		mu.Lock()
		defer mu.Unlock()
		if first {
			first = false
			send(from, reply(request, nil))
			return
		}
		waiting = append(waiting, func() { send(from, oneRow(request, 60)) })
		if most = max(most, len(waiting)); len(waiting)%2 == 0 {
			for _, answer := range waiting {
				answer()
			}
			waiting = nil
		}
	})
	conn := mustOpen(t, target(port, v2c(community), patient))
	whole(t, conn, wide()[:2*together])
	mu.Lock()
	defer mu.Unlock()
	if s := conn.Stats(); most != 2 || s.Sent != 3 || s.Received != 3 {
		t.Errorf("%d at a time, %+v", most, s)
	}
}

// TestNoMoreIsOnTheWayThanAnAgentBears: each socket has one request on the way, and there
// are inFlight of them; an answer that does not fit is asked for in parts.
func TestNoMoreIsOnTheWayThanAnAgentBears(t *testing.T) {
	var mu sync.Mutex
	from := map[netip.AddrPort]bool{}
	port := newCrowd(t, func(who netip.AddrPort, request *gosnmp.SnmpPacket, send func(netip.AddrPort, []byte)) {
		mu.Lock()
		from[who] = true
		mu.Unlock()
		send(who, oneRow(request, 2))
	})
	conn := mustOpen(t, target(port, v2c(community), patient))
	var all sync.WaitGroup
	for range 2 * inFlight {
		all.Go(func() { whole(t, conn, wide()) })
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(from) < 2 || len(from) > inFlight {
		t.Errorf("asked from %d sockets", len(from))
	}
}

// TestAnAgentThatAnswersOneAtATimeIsAskedSo: what it drops while it is busy is asked again
// alone, and from then on nothing is asked beside another thing. A Set never is.
func TestAnAgentThatAnswersOneAtATimeIsAskedSo(t *testing.T) {
	var mu sync.Mutex
	var home netip.AddrPort
	dropped := 0
	port := newCrowd(t, func(from netip.AddrPort, request *gosnmp.SnmpPacket, send func(netip.AddrPort, []byte)) {
		mu.Lock()
		defer mu.Unlock()
		if !home.IsValid() {
			home = from
		}
		if from != home {
			dropped++
			if request.PDUType == gosnmp.SetRequest {
				t.Error("a Set beside another request")
			}
			return
		}
		send(from, oneRow(request, 60))
	})
	conn := mustOpen(t, target(port, v2c(community), 3*time.Second))
	whole(t, conn, wide()[:2*together])
	mu.Lock()
	was := dropped
	mu.Unlock()
	if was == 0 {
		t.Error("nothing was asked side by side")
	}
	var all sync.WaitGroup
	for i := range uint32(4) {
		all.Go(func() {
			if err := conn.Set(t.Context(), Variable{Name: column.Row(i), Value: Number(Integer, 1)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Go(func() { whole(t, conn, wide()) })
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	if dropped != was {
		t.Errorf("%d more dropped", dropped-was)
	}
}
