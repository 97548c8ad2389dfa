package ssh

import (
	"context"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/door"
)

// A Host is the switch behind an SSH door. Its methods may be called from
// any goroutine.
type Host interface {
	// Settings is what does not change while the door is open.
	Settings() Settings
	// Signer is the host key of the next connection.
	Signer() ssh.Signer
	// Admits reports whether a further connection is taken while so many are
	// open.
	Admits(open int) bool
	// Login opens a command line for a user that has authenticated.
	Login(user string, privilege int, from string) cmdline.Dialogue
	// Pace is how slow the switch is now.
	Pace() Pace
	// Trouble is what goes wrong now: what stays as it is, and what counts.
	Trouble() (Trouble, Tamperer)
	// CommandArrives is told of each command before it is carried out.
	CommandArrives()
	// LineArrives is told of each line of a configuration before it is carried
	// out, and reports whether the connection is lost there.
	LineArrives() bool
	// Reload restarts the switch, which drops all connections.
	Reload()
}

// Settings describe a door.
type Settings struct {
	Style cmdline.Style
	// Banner is shown before the password is asked; "" = none.
	Banner string
	// Methods are the ways to log in: password, keyboard-interactive,
	// publickey. None means all.
	Methods []string
	// Legacy offers only what an old switch has: SHA-1 key exchange, CBC
	// ciphers, ssh-rsa host key.
	Legacy bool
	Users  []User
	// Subsystems are spoken over a channel that asks for one by its name, until they
	// return; the connection ends then.
	Subsystems map[string]func(context.Context, Caller)
	// NoShell has no command line: subsystems alone.
	NoShell bool
}

// A Caller is who asked for a subsystem, and the channel to speak over.
type Caller struct {
	Channel    ssh.Channel
	User, From string
	Privilege  int
	Wire       *door.Wire
	Meter      *door.Meter
}

// A User may log in by password ("" = not) or with one of the keys.
type User struct {
	Name, Password string
	Keys           []ssh.PublicKey
	Privilege      int
}

// A Pace is how slow a switch is.
type Pace struct {
	Latency       time.Duration // of every round trip
	Authorization time.Duration // before a command is carried out
	ThinkTime     time.Duration // between a command and its output
	SaveTime      time.Duration // while the configuration is written
	CommitTime    time.Duration // between the commit of a candidate and its answer
	PromptDelay   time.Duration // between output and the next prompt
}

// A Trouble is what goes wrong at a door for as long as it is set.
type Trouble struct {
	WrongPassword bool          // every login is refused
	Silent        bool          // connections are accepted, nothing is said
	ForcePaging   bool          // pages although the length was set to 0
	EarlyEcho     string        // "behind" echoes what is typed ahead at once, "all" the first line, too
	IdleTimeout   time.Duration // hangs up when no key was pressed for so long; 0 = never
}

// A Tamperer is what goes wrong and is counted while it does.
type Tamperer interface {
	// Mutes reports that nothing more is said after a line.
	Mutes(line string) bool
	// ConfigLine counts a line of a configuration and tells its fate.
	ConfigLine() Fate
	// Refusal is the text that a line is refused with.
	Refusal(forms ...string) (text string, refused bool)
	// Question is what is asked before a line is carried out.
	Question(forms ...string) (prompt string, anyKey, ask bool)
	// Distort changes the output of a command.
	Distort(text string, forms ...string) string
	// Input counts octets of input and returns how many of them still arrive,
	// and whether the connection is lost then.
	Input(n int) (arrive int, lost bool)
	// Keep returns what is left of input that arrived at once.
	Keep(in []byte) []byte
	// Broadcast is text printed before the echo of a line; "" = none.
	Broadcast(line string) string
}

// A Fate says what becomes of a line during which the connection is lost.
type Fate int

// The fates of a line: it is carried out, lost with the connection, or carried
// out and then the connection is lost.
const (
	Happens Fate = iota
	LostBefore
	LostAfter
)
