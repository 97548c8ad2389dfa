package netconf

import (
	"github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
)

// A Host is the switch behind a NETCONF door. Its methods may be called from any
// goroutine.
type Host interface {
	Device() rpc.Device
	// Pace is how slow the switch is now; of it a door heeds Authorization, ThinkTime and
	// CommitTime.
	Pace() ssh.Pace
	// Arrives is told of each operation before it is carried out, and what becomes of it.
	// The forms are what expressions of faults are matched with; edits reports that it is
	// one that may change something.
	Arrives(edits bool, forms ...string) Fate
	// Refusal is the text that an operation is refused with.
	Refusal(forms ...string) (text string, refused bool)
	// Distort changes an answer.
	Distort(text string, forms ...string) string
	// Usurp has another session lock a datastore.
	Usurp(rpc.Datastore)
	// Input counts octets of input and returns how many of them still arrive, and whether
	// the connection is lost then.
	Input(n int) (arrive int, lost bool)
}

// A Fate says what becomes of an operation.
type Fate int

// The fates: it happens; the connection is lost before it, or behind it and before its
// answer; the server ends its side of the channel before it and says nothing more; it is
// read, and nothing more is said; it happens when another session has taken the lock of this
// one away.
const (
	Happens Fate = iota
	LostBefore
	LostAfter
	HalfClosed
	Muted
	Usurped
)
