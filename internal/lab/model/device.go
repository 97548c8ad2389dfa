package model

import (
	"errors"
	"time"
)

// Why a Device does not end or begin a trial.
var (
	// ErrWaits: another commit waits to be confirmed.
	ErrWaits = errors.New("a commit waits to be confirmed")
	// ErrNothing: no commit with that id does.
	ErrNothing = errors.New("no such commit waits to be confirmed")
)

// A Device is a switch with a data model as its doors see it. Its methods may be called
// from any goroutine; it locks itself. Trees that it returns are copies.
type Device interface {
	Schema() *Schema
	// About is what it tells of itself.
	About() About
	// Config is the configuration in force, as it was configured.
	Config() *Node
	// State is all that it knows: the configuration with its defaults, and what is none.
	State() *Node
	// Put has a copy of the configuration changed and puts the result in force as one
	// transaction. With a trial it is taken back unless it is confirmed in time. Errors:
	// that of change, Errors of what is refused, ErrWaits.
	Put(user string, change func(*Node) (*Node, error), t Trial) error
	// Confirm and Cancel end a trial with that id. Error: ErrNothing.
	Confirm(user, id string) error
	Cancel(user, id string) error
	// Extend gives a trial another window from now on. Error: ErrNothing.
	Extend(id string, window time.Duration) error
	// Changed is closed as soon as something of State may be another, but for counters.
	Changed() <-chan struct{}
}

// A Telling is what a switch tells by itself. Its methods may be called from any goroutine.
type Telling interface {
	Schema() *Schema
	// State is a copy of all that is told.
	State() *Node
	// Changed is closed as soon as something of State may be another, but for counters.
	Changed() <-chan struct{}
}

// A Trial is a commit that waits to be confirmed; a Window of 0 is none.
type Trial struct {
	ID     string
	Window time.Duration
}

// About is what a device tells of itself to who may not read yet.
type About struct {
	// Models are names as the device writes them, with organization and version.
	Models []ModelName
	// Encodings are those of gNMI by their names, in the order in which they are told.
	Encodings []string
	// Origins are those of its paths, beside none and openconfig.
	Origins []string
	// GNMI is the version of gNMI that it speaks.
	GNMI string
	// Trials says that it has the commit-confirmed extension of gNMI.
	Trials bool
}

// A ModelName is one model of a device.
type ModelName struct{ Name, Organization, Version string }
