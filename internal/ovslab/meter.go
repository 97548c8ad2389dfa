package ovslab

import (
	"fmt"
	"os"
	"sync"

	"time"

	"golang.org/x/sys/unix"
)

// A Meter is a capture that counts the frames which arrive at a host's eth0 and keeps
// none, for traffic that is too much to be kept. It counts frames of one size alone, so
// that what hosts say by themselves is not among it.
type Meter struct {
	Tally

	file *os.File
	wg   sync.WaitGroup
}

// meterBuffer holds what arrives while nobody reads.
const meterBuffer = 8 << 20

// StartMeter counts frames of so many octets, checksum included and VLAN tag not.
func (h *Host) StartMeter(octets int) (*Meter, error) {
	m := &Meter{}
	if err := h.inNamespace(func() error {
		fd, err := packetSocket("eth0")
		if err == nil {
			if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, meterBuffer); err != nil {
				_ = unix.Close(fd) // the first error counts
			}
		}
		if err != nil {
			return fmt.Errorf("ovslab: meter on %s: %w", h.Name, err)
		}
		m.file = os.NewFile(uintptr(fd), "meter "+h.Name)
		return nil
	}); err != nil {
		return nil, err
	}
	m.wg.Go(func() { m.read(octets) })
	return m, nil
}

// read runs until the file is closed.
func (m *Meter) read(octets int) {
	raw, err := m.file.SyscallConn()
	if err != nil {
		return
	}
	head := make([]byte, 64)
	for {
		var n int
		var from unix.Sockaddr
		var got error
		if err := raw.Read(func(fd uintptr) bool {
			n, from, got = unix.Recvfrom(int(fd), head, unix.MSG_TRUNC) // n is of the whole frame
			return got != unix.EAGAIN
		}); err != nil {
			return // closed
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); got != nil || ok && ll.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		if n+checksum == octets {
			m.add(time.Now(), 1, octets)
		}
	}
}

// Close ends the meter.
func (m *Meter) Close() error {
	err := m.file.Close()
	m.wg.Wait()
	return err
}
