package snmp

import (
	"crypto/subtle"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gosnmp/gosnmp"
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
	// Silent agents answer nothing: while the switch boots, for example.
	Silent() bool
	// Latency is added to every answer.
	Latency() time.Duration
}

// Settings of an agent.
type Settings struct {
	Community string
	Narrow    bool // no 64-bit columns
}

// A Meter counts what an agent heard.
type Meter struct {
	Requests atomic.Int64 // that were answered, or would have been
	Unknown  atomic.Int64 // with another community
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
	buf := make([]byte, 4096)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		answer := s.answer(buf[:n])
		if answer == nil {
			continue
		}
		if d := s.host.Latency(); d > 0 {
			time.AfterFunc(d, func() { _, _ = s.conn.WriteToUDPAddrPort(answer, from) })
			continue
		}
		_, _ = s.conn.WriteToUDPAddrPort(answer, from)
	}
}

// answer is what a message is answered with, nil = nothing.
func (s *Server) answer(message []byte) []byte {
	decoder := gosnmp.GoSNMP{Version: gosnmp.Version2c}
	request, err := decoder.SnmpDecodePacket(append([]byte(nil), message...))
	if err != nil || request.Version != gosnmp.Version2c {
		return nil
	}
	if subtle.ConstantTimeCompare([]byte(request.Community), []byte(s.set.Community)) != 1 {
		s.meter.Unknown.Add(1)
		return nil
	}
	s.meter.Requests.Add(1)
	if s.host.Silent() {
		return nil
	}
	return s.respond(request)
}

// respond makes the response to a request.
func (s *Server) respond(request *gosnmp.SnmpPacket) []byte {
	response := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: request.Community, PDUType: gosnmp.GetResponse, RequestID: request.RequestID}
	names := make([]oid, len(request.Variables))
	for i, v := range request.Variables {
		var ok bool
		if names[i], ok = parse(v.Name); !ok {
			return nil
		}
	}
	system := s.host.System()
	sees := view{&system, s.set.Narrow}
	add := func(name oid, v value) {
		response.Variables = append(response.Variables, gosnmp.SnmpPDU{Name: name.String(), Type: v.kind, Value: v.v})
	}
	switch request.PDUType {
	case gosnmp.GetRequest:
		for _, name := range names {
			add(name, sees.get(name))
		}
	case gosnmp.GetNextRequest:
		for _, name := range names {
			add(sees.next(name))
		}
	case gosnmp.GetBulkRequest:
		bulk(sees, names, int(request.NonRepeaters), int(request.MaxRepetitions), add)
	case gosnmp.SetRequest:
		response.Variables, response.Error, response.ErrorIndex = request.Variables, gosnmp.NotWritable, 1
	default:
		return nil
	}
	return fitted(response, request)
}

// bulk is RFC 3416 section 4.2.3.
func bulk(sees view, names []oid, once, repetitions int, add func(oid, value)) {
	once = min(max(once, 0), len(names))
	for _, name := range names[:once] {
		add(sees.next(name))
	}
	at := names[once:]
	for range min(max(repetitions, 0), maxRepetitions) {
		over := true
		for i, name := range at {
			next, v := sees.next(name)
			add(next, v)
			at[i] = next
			over = over && v.kind == gosnmp.EndOfMibView
		}
		if over {
			return
		}
	}
}

// fitted is the message of a response that is not too long.
func fitted(response, request *gosnmp.SnmpPacket) []byte {
	for {
		message, err := response.MarshalMsg()
		if err != nil {
			return nil
		}
		n := len(response.Variables)
		switch {
		case len(message) <= maxMessage:
			return message
		case request.PDUType == gosnmp.GetBulkRequest && n > 1:
			response.Variables = response.Variables[:min(n-1, n*maxMessage/len(message))]
		case response.Error == gosnmp.TooBig:
			return nil
		default:
			response.Variables, response.Error, response.ErrorIndex = nil, gosnmp.TooBig, 0
		}
	}
}
