package netconf

import (
	"time"

	"github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/model"
)

// A Host is the switch behind a NETCONF door. Its methods may be called from any
// goroutine.
type Host interface {
	Device() Device
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
	// Input counts octets of input and returns how many of them still arrive, and whether
	// the connection is lost then.
	Input(n int) (arrive int, lost bool)
}

// A Fate says what becomes of an operation.
type Fate int

// The fates: it happens; the connection is lost before it, or behind it and before its
// answer; the server ends its side of the channel before it and says nothing more; it is
// read, and nothing more is said.
const (
	Happens Fate = iota
	LostBefore
	LostAfter
	HalfClosed
	Muted
)

// A Device is a switch as its NETCONF server sees it. It locks itself.
type Device interface {
	Features(user string) Features
	Schema() *model.Schema
	// Open begins a session of a user.
	Open(user string, privilege int, from string) Session
}

// Features are what a server announces, and its manners.
type Features struct {
	// Bases are the versions of the protocol, "1.0" and "1.1".
	Bases []string
	// Capabilities are the others, as they are written in its hello.
	Capabilities []string
	// Attributes are written in the first tag of each reply behind its namespace.
	Attributes string
	// Preamble stands before the hello.
	Preamble string
	// BareNames takes operations without their namespace, and without a message-id.
	BareNames bool
	// Tests says that an edit without a test-option is validated first.
	Tests bool
	// Datastores are those that it has.
	Datastores []Datastore
	// Writable are those that can be edited.
	Writable []Datastore
	// Persist says that a confirmed commit may have a persist id (confirmed-commit:1.1);
	// Confirms that there is one.
	Confirms, Persist bool
}

// A Datastore is a configuration by its name.
type Datastore string

// The datastores.
const (
	Running   Datastore = "running"
	Candidate Datastore = "candidate"
	Startup   Datastore = "startup"
)

// An Edit is an edit-config.
type Edit struct {
	Target Datastore
	By     model.Op
	// Test is what is done before: "test-then-set", "set" or "test-only".
	Test string
	// Config holds the top level nodes as its kids.
	Config *model.Element
}

// An Order is a commit.
type Order struct {
	Confirmed bool
	// Window is the time to confirm in, as it was asked for.
	Window             time.Duration
	Persist, PersistID string
}

// A Session is what one client does. Its methods are called by one goroutine. An
// error of one is an *Error, Errors, or one of package model.
type Session interface {
	// ID is that of the hello.
	ID() uint32
	Lock(Datastore) error
	Unlock(Datastore) error
	// Config is a copy of a configuration.
	Config(Datastore) (*model.Node, error)
	// State is a copy of the configuration in force, and of what is none.
	State() *model.Node
	Edit(Edit) error
	// Validate checks a datastore, or what is given as a whole configuration.
	Validate(from Datastore, inline *model.Element) error
	Commit(Order) error
	CancelCommit(persistID string) error
	Discard() error
	// Other carries out what no RFC has: ok is false where the device has no such
	// operation. The reply is the content of <rpc-reply>; "" is <ok/>.
	Other(op *model.Element) (reply string, ok bool, err error)
	// Kinds says what an operation of its own does: whether it may change something, and
	// whether it is a commit.
	Kinds(op *model.Element) (edits, commits bool)
	// Close ends the session, however it came to that.
	Close()
}
