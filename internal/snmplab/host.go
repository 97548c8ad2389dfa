package snmplab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A Host is a namespace with one interface, eth0, behind a port.
type Host struct {
	Address string

	t         testing.TB
	namespace string
}

// Ping sends echo requests to another host; each must be answered.
func (h *Host) Ping(to *Host, count int) {
	h.t.Helper()
	out, err := exec.Command("ip", "netns", "exec", h.namespace, "ping", "-n", "-c", strconv.Itoa(count), "-i", "0.05", "-W", "10", to.Address).CombinedOutput()
	if err != nil {
		h.t.Fatalf("ping: %v: %s", err, out)
	}
}

// inNamespace runs fn on a thread of its own inside a namespace. Sockets that fn opens
// stay there.
func inNamespace(name string, fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		done <- func() error {
			ns, err := os.Open("/run/netns/" + name)
			if err != nil {
				return err
			}
			defer func() { _ = ns.Close() }() // a handle for reading
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter the namespace %s: %w", name, err)
			}
			return fn()
		}()
	}()
	return <-done
}

// A Capture counts the echo requests and replies that arrive at a host, whomever they are
// for.
type Capture struct {
	file *os.File
	wg   sync.WaitGroup

	mu                sync.Mutex
	requests, replies int
	came              chan struct{}
}

// Capture begins to count, until the test ends.
func (h *Host) Capture() *Capture {
	h.t.Helper()
	c := &Capture{came: make(chan struct{}, 1)}
	if err := inNamespace(h.namespace, func() error {
		device, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			return err
		}
		c.file = os.NewFile(uintptr(fd), "capture")
		all := binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}) // network order
		return errors.Join(unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &unix.PacketMreq{Ifindex: int32(device.Index), Type: unix.PACKET_MR_PROMISC}),
			unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: device.Index}))
	}); err != nil {
		h.t.Fatalf("capture: %v", err)
	}
	c.wg.Go(c.read)
	h.t.Cleanup(func() {
		_ = c.file.Close()
		c.wg.Wait()
	})
	return c
}

func (c *Capture) read() {
	buf := make([]byte, 1<<16)
	raw, err := c.file.SyscallConn()
	for err == nil {
		var n int
		var from unix.Sockaddr
		err = raw.Read(func(fd uintptr) bool {
			var got error
			n, from, got = unix.Recvfrom(int(fd), buf, 0)
			return !errors.Is(got, unix.EAGAIN)
		})
		// IPv4 without options, ICMP; what the host sends itself is left out.
		if ll, ok := from.(*unix.SockaddrLinklayer); !ok || err != nil || ll.Pkttype == unix.PACKET_OUTGOING || n < 35 ||
			binary.BigEndian.Uint16(buf[12:]) != 0x0800 || buf[14] != 0x45 || buf[23] != 1 {
			continue
		}
		c.mu.Lock()
		switch buf[34] {
		case 8:
			c.requests++
		case 0:
			c.replies++
		}
		c.mu.Unlock()
		select {
		case c.came <- struct{}{}:
		default:
		}
	}
}

// Counts forgets what came when it has returned it: when so many echoes have come and then
// none for a tenth of a second, or fewer and none for two seconds.
func (c *Capture) Counts(echoes int) (requests, replies int) {
	for {
		c.mu.Lock()
		requests, replies = c.requests, c.replies
		c.mu.Unlock()
		quiet := 2 * time.Second
		if requests+replies >= echoes {
			quiet = 100 * time.Millisecond
		}
		select {
		case <-c.came:
			continue
		case <-time.After(quiet):
		}
		c.mu.Lock()
		requests, replies = c.requests, c.replies
		c.requests, c.replies = 0, 0
		c.mu.Unlock()
		return requests, replies
	}
}
