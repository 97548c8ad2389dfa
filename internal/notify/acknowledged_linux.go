package notify

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// established is the state TCP_ESTABLISHED of tcp(7).
const established = 1

// acknowledged reports whether the other end has acknowledged all that was written to a
// connection. One that is not whole any more is an error: its queue says nothing then.
func acknowledged(conn *net.TCPConn) (bool, error) {
	control, err := conn.SyscallConn()
	if err != nil {
		return false, err
	}
	var left int
	var info *unix.TCPInfo
	var faults [2]error
	if err := control.Control(func(fd uintptr) {
		// In this order: a queue that is empty because the connection broke is not
		// taken for one that was acknowledged.
		left, faults[0] = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
		info, faults[1] = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}); err != nil {
		return false, err
	}
	if err := errors.Join(faults[:]...); err != nil {
		return false, err
	}
	if info.State != established {
		return false, errors.New("the receiver closed the connection")
	}
	return left == 0, nil
}
