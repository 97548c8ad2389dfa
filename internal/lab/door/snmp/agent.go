package snmp

import (
	"crypto/subtle"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netmirror/netmirror/internal/lab/mib"
)

const (
	// maxMessage is the longest answer, in octets: what fits into an Ethernet frame
	// with IP and UDP.
	maxMessage = 1472
	// maxRepetitions bounds a GETBULK before it is cut to the length.
	maxRepetitions = 100
)

// A Host is the switch behind an agent.
type Host interface {
	System() System
	// Agent is what the switch shows and takes itself, nil = nothing.
	Agent() mib.Agent
	Engine() Engine
	// Silent agents answer nothing: while the switch boots, for example.
	Silent() bool
	// Delay is what is added to an answer, more to that to a SET.
	Delay(set bool) time.Duration
	Trouble() Trouble
	// Lost tells whether the next datagram is lost: a request, or a reply.
	Lost(request bool) bool
	// Arrives is told of each SET that may be carried out.
	Arrives() Fate
}

// A Fate is what becomes of a SET.
type Fate int

// A SET is carried out and answered; or it never came; or its answer is lost.
const (
	Happens Fate = iota
	LostBefore
	LostAfter
)

// An Engine is who an agent is in version 3.
type Engine struct {
	ID          string // 5 to 32 octets
	Boots, Time int64  // restarts, and seconds since the last
}

// Trouble is what goes wrong with an agent.
type Trouble struct {
	// OtherPasswords: no community and no password is the right one.
	OtherPasswords bool
	// MaxBindings is how many of a request are not too big, 0 = all.
	MaxBindings int
	// NotWritable are objects that the agent does not let be written.
	NotWritable []mib.OID
	// CommitFails is the binding of a SET, from 1, that fails when all were found right;
	// 0 = none, and the last one of a shorter SET. Unless HalfDone, nothing stays.
	CommitFails int
	HalfDone    bool
}

// Settings of an agent.
type Settings struct {
	Community      string // may read; empty = nobody by this
	WriteCommunity string // may write, too; empty = nobody by this
	Users          []*User
	Narrow         bool // no 64-bit columns
}

// A Meter counts what an agent heard.
type Meter struct {
	Requests atomic.Int64 // that were answered, or would have been
	Unknown  atomic.Int64 // with another community
	Sets     atomic.Int64 // that might be carried out
	// RoundTrips is how often something was taken when an answer had been sent, or first.
	RoundTrips atomic.Int64
	waited     atomic.Bool // for an answer since the last was sent

	mu      sync.Mutex
	reports map[string]int64
}

// take counts a request.
func (m *Meter) take() {
	m.Requests.Add(1)
	if !m.waited.Swap(true) {
		m.RoundTrips.Add(1)
	}
}

// report counts a report and gives the number of those of its kind.
func (m *Meter) report(counter mib.OID) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reports == nil {
		m.reports = map[string]int64{}
	}
	m.reports[counter.String()]++
	return m.reports[counter.String()]
}

// Reports is how many reports of a kind were due, by the object that they name.
func (m *Meter) Reports(counter string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reports[counter]
}

// A Server is the agent of one switch.
type Server struct {
	host  Host
	set   Settings
	meter *Meter
	conn  *net.UDPConn
}

// Open opens an agent at a UDP address. It answers until Close; wg counts its
// goroutine.
func Open(wg *sync.WaitGroup, addr string, host Host, set Settings, m *Meter) (*Server, error) {
	at, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, err
	}
	s := &Server{host: host, set: set, meter: m, conn: conn}
	wg.Go(s.serve)
	return s, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return s.conn.LocalAddr().String() }

// Close ends the agent.
func (s *Server) Close() { s.conn.Close() }

func (s *Server) serve() {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if s.host.Lost(true) {
			continue
		}
		answer, delay := s.answer(buf[:n])
		if answer == nil || s.host.Lost(false) {
			continue
		}
		if delay > 0 {
			time.AfterFunc(delay, func() { s.send(answer, from) })
			continue
		}
		s.send(answer, from)
	}
}

func (s *Server) send(answer []byte, to netip.AddrPort) {
	s.meter.waited.Store(false)
	_, _ = s.conn.WriteToUDPAddrPort(answer, to)
}

// access is what one may do who asked: none is nothing at all.
type access struct{ write, none bool }

// answer is what a message is answered with, nil = nothing, and after how long.
func (s *Server) answer(raw []byte) ([]byte, time.Duration) {
	m, err := decode(raw)
	if err != nil {
		return nil, 0
	}
	if m.version == version3 {
		out, kind := s.answer3(m, raw)
		return out, s.host.Delay(kind == set)
	}
	is := func(community string) bool {
		return community != "" && subtle.ConstantTimeCompare([]byte(m.community), []byte(community)) == 1
	}
	may := access{write: is(s.set.WriteCommunity)}
	if !may.write && !is(s.set.Community) || s.host.Trouble().OtherPasswords {
		s.meter.Unknown.Add(1)
		return nil, 0
	}
	s.meter.take()
	if s.host.Silent() {
		return nil, 0
	}
	return s.respond(m.pdu, may, maxMessage, func(p pdu) []byte {
		return enclose(sequence, integer(version2c), octets(m.community), p.encode())
	}), s.host.Delay(m.pdu.kind == set)
}

// respond is the message that answers a request, of at most so many octets.
func (s *Server) respond(request pdu, may access, most int, encode func(pdu) []byte) []byte {
	out := pdu{kind: response, id: request.id}
	sees := s.view()
	tooMany := s.host.Trouble().MaxBindings
	add := func(name mib.OID, v mib.Value) {
		out.bindings = append(out.bindings, mib.Binding{Name: name, Value: v})
	}
	switch {
	case request.kind != get && request.kind != getNext && request.kind != getBulk && request.kind != set:
		return nil
	case may.none:
		out.bindings, out.status = request.bindings, int64(mib.AuthorizationError)
	case tooMany > 0 && len(request.bindings) > tooMany:
		out.status = int64(mib.TooBig)
	case request.kind == get:
		for _, b := range request.bindings {
			add(b.Name, sees.get(b.Name))
		}
	case request.kind == getNext:
		for _, b := range request.bindings {
			add(sees.next(b.Name))
		}
	case request.kind == getBulk:
		bulk(sees, request, add)
	default:
		out.bindings = request.bindings
		status, index, fate := s.write(request.bindings, may)
		if out.status, out.index = int64(status), int64(index); fate != Happens {
			return nil
		}
	}
	return fitted(out, request, most, encode)
}

// bulk is RFC 3416 section 4.2.3.
func bulk(sees view, request pdu, add func(mib.OID, mib.Value)) {
	once := min(max(int(request.status), 0), len(request.bindings))
	for _, b := range request.bindings[:once] {
		add(sees.next(b.Name))
	}
	at := slices.Clone(request.bindings[once:])
	for range min(max(request.index, 0), maxRepetitions) {
		over := true
		for i, b := range at {
			next, v := sees.next(b.Name)
			add(next, v)
			at[i].Name = next
			over = over && v.Kind == mib.EndOfView
		}
		if over {
			return
		}
	}
}

// fitted is the message of a response that is not too long.
func fitted(out, request pdu, most int, encode func(pdu) []byte) []byte {
	for {
		message := encode(out)
		n := len(out.bindings)
		switch {
		case len(message) <= most:
			return message
		case request.kind == getBulk && n > 1:
			out.bindings = out.bindings[:min(n-1, n*most/len(message))]
		case out.status == int64(mib.TooBig):
			return nil
		default:
			out.bindings, out.status, out.index = nil, int64(mib.TooBig), 0
		}
	}
}

// write is a SET: found right, then carried out, whole or not at all.
func (s *Server) write(bindings []mib.Binding, may access) (mib.Status, int, Fate) {
	agent, trouble := s.host.Agent(), s.host.Trouble()
	switch {
	case agent == nil:
		return mib.NotWritable, 1, Happens // so it was answered before there was anything to write
	case !may.write:
		return mib.AuthorizationError, 0, Happens // there is no view to write in (RFC 3413, section 3.2)
	}
	for i, b := range bindings {
		for _, object := range trouble.NotWritable {
			if len(b.Name) >= len(object) && slices.Equal(b.Name[:len(object)], object) {
				return mib.NotWritable, i + 1, Happens
			}
		}
	}
	s.meter.Sets.Add(1)
	fate := s.host.Arrives()
	if fate == LostBefore {
		return 0, 0, fate
	}
	fails := min(trouble.CommitFails, len(bindings))
	if fails == 0 {
		status, index := agent.Set(bindings)
		return status, index, fate
	}
	if trouble.HalfDone && fails > 1 {
		if status, index := agent.Set(bindings[:fails-1]); status != mib.NoError {
			return status, index, fate
		}
	}
	return mib.CommitFailed, fails, fate
}
