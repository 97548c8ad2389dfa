package rpc

import (
	"time"

	"github.com/netmirror/netmirror/internal/lab/model"
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
	// Notifies says that a session may subscribe to notifications (RFC 5277) and go on with
	// its operations meanwhile; the device is a Teller then.
	Notifies bool
}

// A Teller is a Device that says when its configuration in force may be another one.
type Teller interface {
	// Changed is closed as soon as it may be.
	Changed() <-chan struct{}
	// Config is a copy of it.
	Config() *model.Node
	// LastChange is who changed it last: the user, and the NETCONF session, 0 for another way.
	LastChange() (user string, session uint32)
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
