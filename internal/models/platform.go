package models

import (
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A Platform is all that differs between platforms of one protocol: data, and pure
// functions. Functions that may be nil say so.
//
// What a block rests on is read again right before it is sent (Conn.Push), and a block of
// which that has changed since the last Observe is not sent. A platform takes part by what
// Observe tells, without a word of its own:
//   - of a session: ID, Mark, and in Text all of its configuration and nothing that
//     changes by itself;
//   - of a port that a footing changes: Stanza, and Lists where filters stand there;
//   - of a VLAN that one makes: the entry in VLANs; of all else that has a name, the
//     footing as it stands, and in Handles what writes it needs beside;
//   - what Narrow shows differs whenever a session, or a footing that has a name, does. Of a
//     footing with a port or trunks Around is read, too.
type Platform struct {
	Key string // in the catalogue

	Ports func(text string) ([]mirror.PortName, error)
	Can   func(mirror.Facts) mirror.Capabilities

	// Hello is read once a connection, beside what the server announces.
	Hello []Read
	// Facts reads who the device is. mirror.ErrParse when it is not understood,
	// mirror.ErrUnsupported for a device without the models that it takes.
	Facts func(Server, Answers) (mirror.Facts, error)

	// Narrow shows all mirror sessions and what they stand on, configuration and state.
	// It is all that an undisturbed device is asked: while it stays the same, so does
	// the rest.
	Narrow func(mirror.Facts) []Read
	// Around is what Observe reads beside: ports, VLANs, neighbours. It may be older.
	Around func(mirror.Facts) []Read
	// Observe reads all of them. mirror.ErrParse for what is not understood, never an
	// empty list.
	Observe func(mirror.Facts, Answers) (mirror.Observation, error)
	// Volatile is a part of what Narrow shows that changes by itself, such as a
	// counter, and is left out of the comparison. May be nil.
	Volatile func(*data.Node) bool

	// Against are reasons not to make a session beside those of Capabilities.Forbids. May
	// be nil.
	Against func(mirror.Facts, mirror.Observation, mirror.NativeSpec) []mirror.Reason
	// Write is one change as edits, in the order in which the protocol carries them out
	// (data.Op). It can write any change, whether or not it may be asked for: every undo is
	// such a change. The observation is empty in a preview.
	Write func(mirror.Facts, mirror.Observation, mirror.Change) ([]data.Edit, error)
	// Allowed: may a block of this change touch this path, in gNMI's form and without
	// prefixes of modules? Nothing else is ever sent.
	Allowed func(c mirror.Change, path string) bool
	// Origin is that of all paths over gNMI; "" is the device's own models.
	Origin string
	// Namespaces are those of the modules, for XML. May be nil over gNMI.
	Namespaces map[string]string
	// Spaces are Namespaces where they differ between devices. May be nil.
	Spaces func(mirror.Facts) map[string]string

	// Watched are the paths whose changes have the device read at once. Nil: it is not
	// watched.
	Watched []data.Path

	// Count reads counters from what CountReads asked. Nil: none are read.
	CountReads func(mirror.Facts, mirror.CounterAsk) []Read
	Count      func(mirror.Facts, mirror.CounterAsk, Answers) (mirror.CounterRead, error)
}

// A Read asks for a subtree.
type Read struct {
	Path data.Path
	// Optional is one that may be no path of the device's models: what it refuses is as
	// what it does not have.
	Optional bool
	State    bool // operational state, which over some servers holds the configuration too; else configuration alone
}

// Answers are the data trees that were read, from their roots: what several Reads gave
// is in one tree. What the device does not have is not in it. Neither is ever nil.
type Answers struct{ Config, State *data.Node }

// A Server is what the peer of a connection announced.
type Server struct {
	Protocol string            // gnmi or netconf
	Models   []Model           // sorted by name
	Features map[string]string // capabilities of NETCONF by URI with their parameters, of gNMI "version" and "encodings"
}

// A Model is one that the device has.
type Model struct{ Name, Namespace, Version string }

// Model finds one by its name, ok is false where the device has none.
func (s Server) Model(name string) (Model, bool) {
	for _, m := range s.Models {
		if m.Name == name {
			return m, true
		}
	}
	return Model{}, false
}
