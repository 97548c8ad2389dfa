package snmp

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A socket is what gosnmp speaks through. It ends waiting with the context of the
// request at once, which gosnmp does for deadlines alone, and keeps the last datagram:
// a Report that is not authenticated is dropped by gosnmp without a word of what it says.
type socket struct {
	net.Conn
	mu    sync.Mutex
	round int  // of requests
	cut   bool // the request of this round is over
	last  []byte

	sent, received, octets atomic.Int64
}

var past = time.Unix(1, 0)

// begin binds the socket to the context of a request until end is called.
func (s *socket) begin(ctx context.Context) (end func()) {
	s.mu.Lock()
	s.round++
	round := s.round
	s.cut, s.last = false, nil
	s.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.round == round {
			s.cut = true
			_ = s.Conn.SetDeadline(past)
		}
	})
	return func() { stop() }
}

// SetDeadline is gosnmp's, which does not know that a request was given up.
func (s *socket) SetDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut {
		t = past
	}
	return s.Conn.SetDeadline(t)
}

func (s *socket) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if n > 0 {
		s.received.Add(1)
		s.octets.Add(int64(n))
		s.mu.Lock()
		s.last = append(s.last[:0], b[:n]...)
		s.mu.Unlock()
	}
	return n, err
}

func (s *socket) Write(b []byte) (int, error) {
	s.sent.Add(1)
	s.octets.Add(int64(len(b)))
	return s.Conn.Write(b)
}

// heard is the last datagram since begin.
func (s *socket) heard() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.last...)
}
