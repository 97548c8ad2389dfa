package gnmi

import (
	"crypto/tls"
	"time"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// A Host is the switch behind a gNMI door. Its methods may be called from any goroutine.
type Host interface {
	// Settings is what does not change while the door is open.
	Settings() Settings
	// Certificate is that of the next connection.
	Certificate() (*tls.Certificate, error)
	// Admits reports whether calls are taken: not while the switch boots.
	Admits() bool
	// Device is the data model of the switch, CommandLine its command line: one may be nil.
	Device() model.Device
	CommandLine() CommandLine
	Pace() Pace
	Trouble() Trouble
	// CallArrives is told of each call before it is carried out.
	CallArrives()
	// EditArrives is told of each part of a Set before the Set is carried out, and what
	// becomes of the connection.
	EditArrives() Fate
	// Refusal is the text that a part of a Set, or a Get, is refused with.
	Refusal(forms ...string) (text string, refused bool)
	// Distort changes a value that is read.
	Distort(value string, forms ...string) string
}

// Settings describe a door.
type Settings struct {
	// Plain has no TLS.
	Plain bool
	// Clients have to show a certificate of this authority; nil: they need none.
	Clients *Authority
	Users   []User
}

// A User may call. One who does not write may not Set; on a command line the privilege
// decides.
type User struct {
	Name, Password string
	Writes         bool
	Privilege      int
}

// A Pace is how slow a switch is.
type Pace struct {
	Latency    time.Duration // of every round trip
	ThinkTime  time.Duration // before an answer
	CommitTime time.Duration // between the commit of a Set and its answer
}

// A Trouble is what goes wrong for as long as it is set.
type Trouble struct {
	WrongPassword bool // every call is refused
	Silent        bool // calls are not answered
	Unavailable   bool // calls are answered so
	BreakStream   int  // a stream breaks after so many answers, 0 = never
}

// A Fate says what becomes of a Set during which the connection is lost.
type Fate int

// The fates: it is carried out, lost with the connection, or carried out and its answer
// is lost.
const (
	Happens Fate = iota
	LostBefore
	LostAfter
)
