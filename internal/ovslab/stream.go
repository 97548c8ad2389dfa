package ovslab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// The octets of a UDP datagram's frame beside its payload, checksum included.
const (
	checksum   = 4
	udpFraming = 14 + 20 + 8 + checksum // Ethernet, IPv4, UDP
)

// A Stream sends UDP frames of one size from one host to another at an even pace. What
// it cannot send in time it leaves out: its Tally tells what was sent in truth.
type Stream struct {
	Tally

	from, to *net.UDPConn
	stop     chan struct{}
	wg       sync.WaitGroup
	mu       sync.Mutex
	err      error
}

// streamTick is the time between two bursts of a stream, streamLate how many bursts may
// be sent at once: more would not fit into the switch's buffers.
const (
	streamTick = 5 * time.Millisecond
	streamLate = 20
)

// StartStream starts frames of so many octets, checksum included, to a UDP port of
// another host, which takes them and says nothing.
func (h *Host) StartStream(to *Host, port uint16, octets int, perSecond float64) (*Stream, error) {
	if octets < 64 || octets > 1518 || perSecond <= 0 {
		return nil, fmt.Errorf("ovslab: no stream of %v frames of %d octets a second", perSecond, octets)
	}
	s := &Stream{stop: make(chan struct{})}
	var err error
	if s.to, err = to.socket(port, netip.AddrPort{}); err != nil {
		return nil, err
	}
	if s.from, err = h.socket(0, netip.AddrPortFrom(to.Addr.Addr(), port)); err != nil {
		return nil, errors.Join(err, s.to.Close())
	}
	s.wg.Go(func() { s.send(octets, perSecond) })
	return s, nil
}

// socket opens a UDP socket in the host's namespace.
func (h *Host) socket(port uint16, to netip.AddrPort) (conn *net.UDPConn, err error) {
	err = h.inNamespace(func() error {
		local := net.UDPAddrFromAddrPort(netip.AddrPortFrom(h.Addr.Addr(), port))
		if to.IsValid() {
			conn, err = net.DialUDP("udp4", local, net.UDPAddrFromAddrPort(to))
		} else {
			conn, err = net.ListenUDP("udp4", local)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ovslab: stream at %s: %w", h.Name, err)
	}
	return conn, nil
}

func (s *Stream) send(octets int, perSecond float64) {
	payload := make([]byte, octets-udpFraming)
	most := max(1, int(perSecond*streamTick.Seconds()*streamLate))
	tick := time.NewTicker(streamTick)
	defer tick.Stop()
	began, due := time.Now(), 0
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		now := time.Now()
		n := int(now.Sub(began).Seconds()*perSecond) - due
		due += n
		sent := 0
		for range min(n, most) {
			_, err := s.from.Write(payload)
			if errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN) {
				break // left out
			}
			if err != nil {
				s.mu.Lock()
				s.err = err
				s.mu.Unlock()
				return
			}
			sent++
		}
		if sent > 0 {
			s.add(now, sent, sent*octets)
		}
	}
}

// Close ends the stream, and tells what ended it before.
func (s *Stream) Close() error {
	close(s.stop)
	s.wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.err, s.from.Close(), s.to.Close())
}
