package mirror

import "time"

// A JournalEntry is written before a push and closed after its verification.
type JournalEntry struct {
	Device  string    `json:"device"`
	Tx      string    `json:"tx"`
	Epoch   int64     `json:"epoch"`
	Changes []Change  `json:"changes"`
	At      time.Time `json:"at"`
	// Until is when the device takes the push back by itself unless it is
	// confirmed: before the push the latest that it can be, then what it turned out
	// to be. Zero: what was pushed stands. Wait is of what kind that is.
	Until time.Time `json:"until,omitzero"`
	Wait  WaitKind  `json:"wait,omitempty"`
}

// WaitKind is what kind of thing waits on a device.
type WaitKind string

// The kinds of what waits on a device, or keeps others from configuring it.
const (
	// WaitTimer is a commit that the device takes back at its time, unless any
	// connection confirms it before.
	WaitTimer WaitKind = "timer"
	// WaitTrial is one that only the connection which made it can confirm.
	WaitTrial WaitKind = "trial"
	// WaitLock is a lock of the configuration.
	WaitLock WaitKind = "lock"
	// WaitCandidate is a change that is not committed: of another hand in a
	// candidate that all share, or one that bears a name of netmirror's.
	WaitCandidate WaitKind = "candidate"
	// WaitFull is that as many candidates of others are open as the device takes. Only
	// a push that needs a candidate waits for it.
	WaitFull WaitKind = "full"
)

// A Pending is what waits on a device to be ended, or keeps others from
// configuring it.
type Pending struct {
	Kind WaitKind
	// Tx is the transaction of a push of netmirror's, "" where the device does not
	// show one.
	Tx string
	// Holder is who made or holds it, in the device's words. Of a candidate that
	// bears a name of netmirror's it is who is in it; "" = nobody.
	Holder string
	// Ours says that it bears a name of netmirror's, of whichever controller, or
	// that this connection made it.
	Ours  bool
	Until time.Time // when it ends by itself, zero = the device does not tell
}

// A Claim is the right of one controller to drive one device. Every write of a
// worker checks the epoch; a push's deadline ends before the claim does.
type Claim struct {
	Device   string    `json:"device"`
	Owner    string    `json:"owner"`
	Epoch    int64     `json:"epoch"`
	Deadline time.Time `json:"deadline"`
}
