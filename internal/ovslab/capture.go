package ovslab

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"golang.org/x/sys/unix"
)

// A Frame is one frame that reached a host.
type Frame struct {
	Raw  []byte // as on the wire, VLAN tag included
	VLAN int    // of the outer tag, 0 = untagged

	// Request and Reply say that it is an ICMPv4 echo request or reply. A
	// frame cut by a mirror's snaplen counts when the ICMP type is left.
	Request, Reply bool
}

// Counts sums frames up.
type Counts struct {
	Requests, Replies int // ICMPv4 echo
	Frames            int // of any kind
}

// Echoes is the number of ICMPv4 echo requests and replies.
func (c Counts) Echoes() int { return c.Requests + c.Replies }

// A Capture collects the frames that arrive at a host's eth0. It sees them from
// the moment StartCapture returns, in promiscuous mode; frames that the host
// itself sends are left out.
type Capture struct {
	file *os.File
	wg   sync.WaitGroup

	mu     sync.Mutex
	frames []Frame
	came   chan struct{} // closed and replaced at each frame
	err    error
}

// StartCapture opens the capture.
func (h *Host) StartCapture() (*Capture, error) {
	c := &Capture{came: make(chan struct{})}
	if err := h.inNamespace(func() error {
		fd, err := packetSocket("eth0")
		if err != nil {
			return fmt.Errorf("ovslab: capture on %s: %w", h.Name, err)
		}
		c.file = os.NewFile(uintptr(fd), "capture "+h.Name)
		return nil
	}); err != nil {
		return nil, err
	}
	c.wg.Go(c.read)
	return c, nil
}

// packetSocket opens an AF_PACKET socket that delivers the VLAN tag, which the
// kernel takes out of the frame, as auxiliary data.
func packetSocket(device string) (int, error) {
	all := int(binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL})) // network order
	// Protocol 0 receives nothing until bind names device and protocol, so no
	// frame of another device slips in.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	index, err := deviceIndex(device)
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1)
	}
	if err == nil {
		err = unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
			&unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC})
	}
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: index})
	}
	if err != nil {
		_ = unix.Close(fd) // the first error counts
		return -1, err
	}
	return fd, nil
}

// deviceIndex asks the calling thread's namespace; package net would open its
// socket on any thread.
func deviceIndex(device string) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("socket: %w", err)
	}
	defer func() { _ = unix.Close(fd) }() // asked and done
	req, err := unix.NewIfreq(device)
	if err != nil {
		return 0, fmt.Errorf("device %s: %w", device, err)
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, req); err != nil {
		return 0, fmt.Errorf("device %s: %w", device, err)
	}
	return int(req.Uint32()), nil
}

// read runs until the file is closed.
func (c *Capture) read() {
	raw, err := c.file.SyscallConn()
	if err != nil {
		c.fail(err)
		return
	}
	buf, aux := make([]byte, 1<<16), make([]byte, 256)
	for {
		var n, oobn int
		var from unix.Sockaddr
		var got error
		err := raw.Read(func(fd uintptr) bool {
			n, oobn, _, from, got = unix.Recvmsg(int(fd), buf, aux, 0)
			return got != unix.EAGAIN
		})
		if err != nil {
			return // closed
		}
		if got != nil {
			c.fail(got)
			return
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); ok && ll.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		c.add(parseFrame(withTag(buf[:n], aux[:oobn])))
	}
}

// withTag puts the VLAN tag back where the kernel took it out (struct
// tpacket_auxdata of linux/if_packet.h).
func withTag(frame, oob []byte) []byte {
	out := append([]byte(nil), frame...)
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(out) < 12 {
		return out
	}
	for _, m := range messages {
		if m.Header.Level != unix.SOL_PACKET || m.Header.Type != unix.PACKET_AUXDATA || len(m.Data) < 20 {
			continue
		}
		status := binary.NativeEndian.Uint32(m.Data[0:])
		if status&unix.TP_STATUS_VLAN_VALID == 0 {
			continue
		}
		tpid := uint16(0x8100)
		if status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
			tpid = binary.NativeEndian.Uint16(m.Data[18:])
		}
		tag := binary.BigEndian.AppendUint16(nil, tpid)
		tag = binary.BigEndian.AppendUint16(tag, binary.NativeEndian.Uint16(m.Data[16:]))
		return append(append(append([]byte(nil), out[:12]...), tag...), out[12:]...)
	}
	return out
}

func parseFrame(raw []byte) Frame {
	f := Frame{Raw: raw}
	p := gopacket.NewPacket(raw, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: false, NoCopy: true})
	if q, ok := p.Layer(layers.LayerTypeDot1Q).(*layers.Dot1Q); ok {
		f.VLAN = int(q.VLANIdentifier)
	}
	if icmp, ok := p.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); ok {
		f.Request = icmp.TypeCode.Type() == layers.ICMPv4TypeEchoRequest
		f.Reply = icmp.TypeCode.Type() == layers.ICMPv4TypeEchoReply
	}
	return f
}

func (c *Capture) add(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, f)
	close(c.came)
	c.came = make(chan struct{})
}

func (c *Capture) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

// Frames are those of now, oldest first.
func (c *Capture) Frames() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Frame(nil), c.frames...)
}

func (c *Capture) state() (Counts, <-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := Counts{Frames: len(c.frames)}
	for _, f := range c.frames {
		if f.Request {
			n.Requests++
		}
		if f.Reply {
			n.Replies++
		}
	}
	return n, c.came, c.err
}

// Wait returns the counts when the expected number of ICMP echoes has come and
// then nothing for quiet, so that one too many is seen as well. When fewer
// come it gives up after ten times quiet without a frame; the counts tell.
// With echoes 0 it waits for a quiet line.
func (c *Capture) Wait(ctx context.Context, echoes int, quiet time.Duration) (Counts, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		n, came, err := c.state()
		if err != nil {
			return n, fmt.Errorf("ovslab: capture: %w", err)
		}
		if n.Echoes() < echoes {
			timer.Reset(10 * quiet)
		} else {
			timer.Reset(quiet)
		}
		select {
		case <-came:
		case <-timer.C:
			n, _, err := c.state()
			return n, err
		case <-ctx.Done():
			return n, fmt.Errorf("ovslab: %d of %d echoes captured: %w", n.Echoes(), echoes, ctx.Err())
		}
	}
}

// Reset forgets the frames so far.
func (c *Capture) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = nil
}

// Close ends the capture.
func (c *Capture) Close() error {
	err := c.file.Close()
	c.wg.Wait()
	return err
}
