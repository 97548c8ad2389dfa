package ifmib

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// labConn is a connection with the agent of a simulated switch with traffic on ten
// ports.
func labConn(t testing.TB, spec lab.SNMPSpec) (*Conn, *lab.Switch, []mirror.PortName) {
	t.Helper()
	spec.Community = "lab"
	fabric := lab.FabricSpec{Switches: []lab.SwitchSpec{{Name: "acc-1", Platform: "cisco_iosxe", Model: "C9300-48P", SNMP: &spec}}}
	var ports []mirror.PortName
	for i := range 10 {
		at := fmt.Sprintf("GigabitEthernet1/0/%d", 3*i+2)
		fabric.Traffic = append(fabric.Traffic, lab.TrafficSpec{At: "acc-1:" + at, Direction: "in", BitsPerSecond: 100_000_000})
		ports = append(ports, mirror.PortName(at))
	}
	l, err := lab.Start(context.Background(), lab.Spec{Fabric: fabric})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	sw := l.Switch("acc-1")
	host, port, _ := net.SplitHostPort(sw.SNMPAddr())
	to := mirror.Target{Login: mirror.Login{Profile: "p", For: mirror.Bindings{"any"}, SNMP: mirror.SNMPLogin{Community: mirror.NewSecret("lab")}}}
	to.Transport.Address = host
	to.Transport.Port, _ = strconv.Atoi(port)
	to.Transport.Timeouts.Read = mirror.Duration(time.Minute)
	c, err := Connect(context.Background(), to, campus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, sw, ports
}

// TestMessages: how many messages a reading takes, and that what is read lies between
// what the switch had counted before and after.
func TestMessages(t *testing.T) {
	c, sw, ten := labConn(t, lab.SNMPSpec{})
	messages := func(ask mirror.CounterAsk) (mirror.CounterRead, int64) {
		t.Helper()
		before := c.Stats().Received
		r := read(t, c, ask)
		return r, c.Stats().Received - before
	}
	if _, n := messages(ports(ten...)); n > 12 {
		t.Errorf("the first reading takes %d messages", n)
	}
	r, n := messages(ports(ten...))
	if n != 3 || len(r.Ports) != 10 {
		t.Errorf("%d of ten ports take %d messages", len(r.Ports), n)
	}
	counted := func() map[mirror.PortName]uint64 {
		out := map[mirror.PortName]uint64{}
		list, _ := sw.Interfaces()
		for _, i := range list {
			out[mirror.PortName(i.Port)] = i.InOctets
		}
		return out
	}
	low := counted()
	all, n := messages(mirror.CounterAsk{All: true})
	high := counted()
	if got := names(all); !slices.Equal(got, slices.Sorted(slices.Values(ten))) || n > 7 {
		t.Errorf("all ports that are up are %v, with %d messages", got, n)
	}
	for _, p := range all.Ports {
		if p.InOctets < low[p.Port] || p.InOctets > high[p.Port] || p.Up != mirror.True || p.Bandwidth != 1e9 || !p.Complete || p.Uptime == 0 {
			t.Errorf("%+v, the switch counted %d to %d", p, low[p.Port], high[p.Port])
		}
	}
	t.Logf("messages: 3 for ten ports, %d for all of %d rows with ten up; octets a reading: %d", n, len(low), c.Stats().Octets)
}

// TestRowsMoveWhileTheyAreRead: whenever the switch numbers its ports anew, a port is
// told with its own counters, or missing.
func TestRowsMoveWhileTheyAreRead(t *testing.T) {
	c, sw, ten := labConn(t, lab.SNMPSpec{})
	// Each port has octets that no other ever has.
	for i, p := range ten {
		if err := sw.SetTraffic(string(p), "in"); err != nil {
			t.Fatal(err)
		}
		var to = sw.Counters()[string(p)].Sums
		to.InOctets = uint64(i+1) * 1_000_000
		if err := sw.PutCounters(string(p), to); err != nil {
			t.Fatal(err)
		}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				sw.Renumber()
			}
		}
	}()
	told := 0
	testkit.Eventually(t, testkit.Patience, "some readings", func() bool {
		r := read(t, c, ports(ten...))
		if len(r.Ports)+len(r.Missing) != len(ten) {
			t.Fatalf("%v and %v", names(r), r.Missing)
		}
		for _, p := range r.Ports {
			if i := slices.Index(ten, p.Port); p.InOctets != uint64(i+1)*1_000_000 {
				t.Fatalf("%+v is another port's", p)
			}
		}
		told++
		return told == 30
	})
	close(stop)
	<-stopped
	if r := read(t, c, ports(ten...)); len(r.Ports) != len(ten) {
		t.Errorf("when it rests: %v, missing %v", names(r), r.Missing)
	}
}

func TestAnAgentWith32BitsOnly(t *testing.T) {
	c, _, ten := labConn(t, lab.SNMPSpec{Only32Bits: true})
	for _, p := range read(t, c, ports(ten...)).Ports {
		if !p.Narrow || !p.Complete {
			t.Errorf("%+v", p)
		}
	}
}

// BenchmarkReading is one reading of ten ports, the agent's part included.
func BenchmarkReading(b *testing.B) {
	c, _, ten := labConn(b, lab.SNMPSpec{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Counters(context.Background(), mirror.CounterAsk{Ports: ten}); err != nil {
			b.Fatal(err)
		}
	}
	s := c.Stats()
	b.ReportMetric(float64(s.Received)/float64(b.N), "messages/op")
}
