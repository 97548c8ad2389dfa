package drivertest

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// OnAgent starts a fabric, a description as the lab takes it, and gives its switch sw1
// behind its SNMP agent, which is written with the community contract-write and refuses what
// it is told to. The lines of Device.Drop are its Sets. ports and nowhere are as for OnLab.
func OnAgent(t *testing.T, fabric string, ports map[string]string, nowhere mirror.PortName) *Simulated {
	t.Helper()
	s := simulated(t, fabric, ports, nowhere)
	w := newWire(t, s.Switch.SNMPAddr())
	s.Target = mirror.Target{Transport: mirror.Transport{Protocol: "snmp", Address: "127.0.0.1", Port: w.port(), Credentials: "contract"},
		Login: mirror.Login{Profile: "contract", For: mirror.Bindings{mirror.Any}, SNMP: mirror.SNMPLogin{Community: mirror.NewSecret("contract-write")}}}
	s.Drop, s.Stall, s.Refusals = w.cutAt, w.stall, s.refusals
	s.Target.Transport.Timeouts.Read = mirror.Duration(wireWait)
	return s
}

// refusals has the agent refuse each object of a block in turn, and all of it when it
// commits.
func (s *Simulated) refusals(b mirror.Block) []Refusal {
	arm := func(name, words string, set func(*lab.Faults)) Refusal {
		return Refusal{Name: name, Words: words, Arm: func() (disarm func()) {
			s.Faults(set)
			return func() { s.Faults(func(f *lab.Faults) { f.SNMP = lab.SNMPFaults{} }) }
		}}
	}
	out := []Refusal{arm("commitFailed", "commitFailed", func(f *lab.Faults) { f.SNMP.CommitFails = 1000 })}
	for line := range strings.Lines(b.Text) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "set" {
			out = append(out, arm("notWritable "+words[1], "notWritable", func(f *lab.Faults) { f.SNMP.NotWritable = []string{words[1]} }))
		}
	}
	return out
}

// wireWait is how long a request waits on a wire that may be cut.
const wireWait = time.Second

// A wire is between a driver and an agent. Over UDP a connection is lost when nothing of
// it arrives any more: what comes from another port is another connection.
type wire struct {
	in, out *net.UDPConn
	wg      sync.WaitGroup

	mu      sync.Mutex
	asked   map[uint32]*net.UDPAddr // by request
	lost    map[string]bool         // by who asked
	sets    int                     // until the cut, 0 = none is ordered
	after   bool
	stalled bool
}

func newWire(t *testing.T, agent string) *wire {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp", agent)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{asked: map[uint32]*net.UDPAddr{}, lost: map[string]bool{}}
	if w.in, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	if w.out, err = net.DialUDP("udp", nil, to); err != nil {
		t.Fatal(err)
	}
	w.wg.Go(func() { carry(w.in, w.request) })
	w.wg.Go(func() { carry(w.out, w.response) })
	t.Cleanup(func() { _ = w.in.Close(); _ = w.out.Close(); w.wg.Wait() })
	return w
}

// carry hands on what arrives until the socket is closed.
func carry(from *net.UDPConn, on func(*net.UDPAddr, []byte, *gosnmp.SnmpPacket)) {
	buf := make([]byte, 65535)
	for {
		n, sender, err := from.ReadFromUDP(buf)
		if err != nil {
			return
		}
		message := append([]byte(nil), buf[:n]...)
		if p, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(message); err == nil {
			on(sender, buf[:n], p)
		}
	}
}

func (w *wire) port() int { return w.in.LocalAddr().(*net.UDPAddr).Port }

// cutAt has the n-th Set from now on be the last that a connection carries.
func (w *wire) cutAt(n int, after bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sets, w.after = n, after
}

func (w *wire) stall() (release func()) {
	set := func(yes bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stalled = yes
	}
	set(true)
	return func() { set(false) }
}

func (w *wire) request(from *net.UDPAddr, datagram []byte, p *gosnmp.SnmpPacket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stalled || w.lost[from.String()] {
		return
	}
	w.asked[p.RequestID] = from
	if w.sets > 0 && p.PDUType == gosnmp.SetRequest {
		if w.sets--; w.sets == 0 {
			w.lost[from.String()] = true
			if !w.after {
				return
			}
		}
	}
	_, _ = w.out.Write(datagram)
}

func (w *wire) response(_ *net.UDPAddr, datagram []byte, p *gosnmp.SnmpPacket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if to := w.asked[p.RequestID]; to != nil && !w.stalled && !w.lost[to.String()] {
		_, _ = w.in.WriteToUDP(datagram, to)
	}
}
