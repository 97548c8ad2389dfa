package models

import (
	"context"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A Wire is an open connection over one protocol, used by one goroutine at a time.
// Errors are of the kinds of its transport; those of the kinds ErrUnreachable and
// ErrTimeout mean that it is broken.
type Wire interface {
	Server() Server
	// Read reads everything that is asked at once, in one round trip where the protocol
	// has room for it.
	Read(ctx context.Context, reads []Read) (Answers, error)
	// Encode writes the edits of one block as the text that is sent; Touched lists the
	// paths that a text touches, in gNMI's form without prefixes, mirror.ErrInvalid for a
	// text that is none of Encode's.
	Encode(edits []data.Edit) string
	Touched(text string) ([]string, error)
	// Push sends texts as one transaction: all is in force afterwards, or nothing. A
	// window above 0 has the device take it back unless Confirm comes in time, and then
	// until is when. A refusal is a *mirror.DeviceError in refused, with the index of the
	// text that it is about, or -1; err is of the connection, with mirror.ErrNotSent where
	// nothing was sent.
	Push(ctx context.Context, tx string, texts []string, window time.Duration) (until time.Time, refused *Refusal, err error)
	Close() error
}

// A Refusal is the device's answer to a transaction that it did not take.
type Refusal struct {
	Text int // which of the texts, -1 = the device does not tell
	// All: it is about none of them, and would be the same for each alone.
	All bool
	Err error
}

// A Holder is a Wire that keeps other hands off from the look before a push until its end.
type Holder interface {
	// Hold is Read behind the lock that Push needs, and finds then: one round trip where
	// nobody else has it. refused is why nothing can be pushed now, such as a lock of
	// another; nothing is held then, and nothing after an error.
	Hold(ctx context.Context, reads []Read) (a Answers, refused *Refusal, err error)
	// Release gives the lock back where nothing is pushed.
	Release(ctx context.Context) error
}

// A Settler is a Wire over which pushes that wait can be settled; its methods are those
// of the worker's Confirmer.
type Settler interface {
	Pending(ctx context.Context) ([]mirror.Pending, error)
	Confirm(ctx context.Context, tx string) error
	Abort(ctx context.Context, tx string) error
}

// A Keeper is a Wire of a platform whose running configuration must be saved; see the
// worker's Saver.
type Keeper interface {
	Save(ctx context.Context, onlyIfClean bool, ours []mirror.Unsaved) (saved bool, why string, err error)
}
