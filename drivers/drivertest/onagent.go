package drivertest

import (
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// Community and User are what OnAgent's agents are shown, of version 2c and 3. A fabric has
// to let both write: AgentLogins.
func Community() mirror.SNMPLogin {
	return mirror.SNMPLogin{Community: mirror.NewSecret("contract-write")}
}

// User is the login of version 3, see Community.
func User() mirror.SNMPLogin {
	return mirror.SNMPLogin{Username: mirror.NewSecret("contract"), Auth: "sha256", AuthPassword: mirror.NewSecret("contract-auth"), Privacy: "aes128", PrivacyPassword: mirror.NewSecret("contract-privacy")}
}

// AgentLogins are the settings of a switch's snmp that let Community and User write.
const AgentLogins = "writeCommunity: contract-write, users: [{name: contract, auth: sha256, password: contract-auth, privacy: contract-privacy, write: true}]"

// OnDevice names the parts of the contract that need a device: for a second login, which
// changes nothing else.
func OnDevice() []string {
	return []string{"converge", "refusals", "outages", "cancellation", "drift", "counts"}
}

// OnAgent starts a fabric, a description as the lab takes it, and gives its switch sw1
// behind its SNMP agent, which is shown a login and refuses what it is told to. The lines
// of Device.Drop are its Sets. ports and nowhere are as for OnLab.
func OnAgent(t *testing.T, login mirror.SNMPLogin, fabric string, ports map[string]string, nowhere mirror.PortName) *Simulated {
	t.Helper()
	s := simulated(t, fabric, ports, nowhere)
	w := newWire(t, s.Switch.SNMPAddr(), login)
	s.Target = mirror.Target{Transport: mirror.Transport{Protocol: "snmp", Address: "127.0.0.1", Port: w.port(), Credentials: "contract"},
		Login: mirror.Login{Profile: "contract", For: mirror.Bindings{mirror.Any}, SNMP: login}}
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
	asked   map[uint32]*net.UDPAddr // by request, of version 3 by message
	lost    map[string]bool         // by who asked
	sets    int                     // until the cut, 0 = none is ordered
	after   bool
	stalled bool
}

func newWire(t *testing.T, agent string, login mirror.SNMPLogin) *wire {
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
	w.wg.Go(func() { carry(w.in, login, w.request) })
	w.wg.Go(func() { carry(w.out, login, w.response) })
	t.Cleanup(func() { _ = w.in.Close(); _ = w.out.Close(); w.wg.Wait() })
	return w
}

// A passing is a message on the wire: what its answer has in common with it, and whether it
// is a Set.
type passing struct {
	id  uint32
	set bool
}

// carry hands on what arrives until the socket is closed.
func carry(from *net.UDPConn, login mirror.SNMPLogin, on func(*net.UDPAddr, []byte, passing)) {
	buf := make([]byte, 65535)
	for {
		n, sender, err := from.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if p, ok := passes(slices.Clone(buf[:n]), login); ok {
			on(sender, buf[:n], p)
		}
	}
}

// passes reads a message. Of version 3 the user's own are deciphered; what he has not
// signed, the search for an engine, has a header that anybody reads.
func passes(message []byte, login mirror.SNMPLogin) (passing, bool) {
	if login.Username.IsZero() {
		p, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(message)
		if err != nil {
			return passing{}, false
		}
		return passing{p.RequestID, p.PDUType == gosnmp.SetRequest}, true
	}
	reader := gosnmp.GoSNMP{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.AuthPriv, SecurityParameters: snmp.UserOf(login)}
	if p, err := reader.UnmarshalTrap(slices.Clone(message), true); err == nil {
		return passing{p.MsgID, p.PDUType == gosnmp.SetRequest}, true
	}
	reader.MsgFlags, reader.SecurityParameters = gosnmp.NoAuthNoPriv, &gosnmp.UsmSecurityParameters{UserName: "nobody"}
	p, err := reader.SnmpDecodePacket(message)
	if err != nil {
		return passing{}, false
	}
	return passing{p.MsgID, false}, true
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

func (w *wire) request(from *net.UDPAddr, datagram []byte, p passing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stalled || w.lost[from.String()] {
		return
	}
	w.asked[p.id] = from
	if w.sets > 0 && p.set {
		if w.sets--; w.sets == 0 {
			w.lost[from.String()] = true
			if !w.after {
				return
			}
		}
	}
	_, _ = w.out.Write(datagram)
}

func (w *wire) response(_ *net.UDPAddr, datagram []byte, p passing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if to := w.asked[p.id]; to != nil && !w.stalled && !w.lost[to.String()] {
		_, _ = w.in.WriteToUDP(datagram, to)
	}
}
