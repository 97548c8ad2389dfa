package plant

import (
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A Platform is what the lab knows of one kind of switch before one is built.
type Platform struct {
	Name string
	// Canonical expands an abbreviated port name.
	Canonical func(string) (string, bool)
	// Short abbreviates a canonical port name as the platform prints it.
	Short func(string) string
	// Ports lists the ports of a switch with names and speeds filled in.
	Ports func(Spec) ([]fabric.PortSpec, error)
	// Privileges are the levels a user may have; the last is the default.
	Privileges []int
	// CopiesReadDown says that an SNMP agent tells a port that sends copies as down.
	CopiesReadDown bool
	// NoTerminals says that nobody can log in and type: the device is no
	// cmdline.Speaker, and an SNMP agent is its only door.
	NoTerminals bool
	// Settings reads a description's settings, which are the platform's own, and tells
	// what is wrong with them; nil = it has none.
	Settings func(decode func(any) error) error
	// GNMI says that its switches have a gNMI server.
	GNMI bool
	// NETCONF says that its switches have a NETCONF server.
	NETCONF bool
	// Check finds further faults of a description; may be nil.
	Check func(Spec) []error
	// Open builds a switch's control plane on its node of the fabric.
	Open func(Host) (Device, error)
}

// Highest is the privilege of a user who has all.
func (p Platform) Highest() int { return p.Privileges[len(p.Privileges)-1] }

// A Device is the control plane of one switch. It locks itself. What it speaks
// on its doors are further interfaces, such as cmdline.Speaker.
type Device interface {
	// RunningConfig is the configuration without what changes by itself.
	RunningConfig() string
	// StartupConfig is the configuration that was saved last.
	StartupConfig() string
	// Boot forgets the running configuration and loads the startup one; reason
	// is why, in plain words.
	Boot(reason string)
	// Stop ends what runs by itself.
	Stop()
}

// A Host is the switch that a control plane runs on. Its methods may be called
// from any goroutine.
type Host interface {
	Spec() Spec
	Fabric() *fabric.Fabric
	Node() *fabric.Node
	// Faults is what goes wrong now.
	Faults() Faults
	// Saved is told that the configuration was written to memory.
	Saved()
	// Uptime is the time since the last restart.
	Uptime() time.Duration
	// Clock is the one of timers that commands set.
	Clock() Clock
}

// A Spec describes a switch. Empty fields mean the platform's default.
type Spec struct {
	Name     string // in the description
	Hostname string // in its configuration at first
	Model    string
	Version  string
	Serial   string
	Banner   string // shown after login
	Config   string // merged into the default configuration
	// Secret raises the rights of a user who has not all.
	Secret string
	Users  []User
	Ports  []fabric.PortSpec
	// Native are mirror sessions that nobody can type.
	Native []NativeSession
	Limits Limits
	// FirstIndex is the ifIndex of the first port.
	FirstIndex uint32
	// Settings are the platform's own.
	Settings func(into any) error
}

// A User may log in.
type User struct {
	Name      string
	Privilege int
}

// A NativeSession is a mirror session that no command makes.
type NativeSession struct {
	ID     int
	Type   string   // as the platform prints it
	Fields []string // further lines of what it prints of the session
	Config []string // lines of the configuration
}

// Limits override the figures of a model; 0 keeps the model's.
type Limits struct {
	SourceSessions int
	Destinations   int // ports per session
	SourcePorts    int // per session
}

// NoNative is the Check of a platform of which every session can be typed.
func NoNative(s Spec) (errs []error) {
	if len(s.Native) > 0 {
		errs = append(errs, errors.New("nativeSessions: this platform has none"))
	}
	return errs
}

// Faults is what goes wrong in a control plane.
type Faults struct {
	NotProgrammed bool // sessions do not reach the hardware, and it says so
	KeepShells    bool // a session stays when its last line is taken away
	WrongSecret   bool // nobody gets more rights
	TrialsEnd     bool // a commit that waits goes back when its NETCONF session ends
	Log           bool // log messages are printed into every terminal
	// Unresolved are next hops that do not answer who has an address.
	Unresolved []string
}
