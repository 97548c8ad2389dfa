package lab

import (
	"time"

	"golang.org/x/crypto/ssh"
)

// An sshHost is the switch behind an SSH door. Its methods may be called from
// any goroutine.
type sshHost interface {
	// settings is what does not change while the door is open.
	settings() sshSettings
	// signer is the host key of the next connection.
	signer() ssh.Signer
	// admits reports whether a further connection is taken while so many are
	// open.
	admits(open int) bool
	// login opens a command line for a user that has authenticated.
	login(user string, privilege int, from string) dialogue
	// pace is how slow the switch is now.
	pace() pace
	// trouble is what goes wrong now: what stays as it is, and what counts.
	trouble() (trouble, tamperer)
	// commandArrives is told of each command before it is carried out.
	commandArrives()
	// lineArrives is told of each line of a configuration before it is carried
	// out, and reports whether the connection is lost there.
	lineArrives() bool
	// reload restarts the switch, which drops all connections.
	reload()
}

// sshSettings describe a door.
type sshSettings struct {
	style style
	// banner is shown before the password is asked; "" = none.
	banner string
	// methods are the ways to log in: password, keyboard-interactive,
	// publickey. None means all.
	methods []string
	// legacy offers only what an old switch has: SHA-1 key exchange, CBC
	// ciphers, ssh-rsa host key.
	legacy bool
	users  []sshUser
}

// An sshUser may log in by password ("" = not) or with one of the keys.
type sshUser struct {
	name, password string
	keys           []ssh.PublicKey
	privilege      int
}

// A pace is how slow a switch is.
type pace struct {
	latency       time.Duration // of every round trip
	authorization time.Duration // before a command is carried out
	thinkTime     time.Duration // between a command and its output
	saveTime      time.Duration // while the configuration is written
	promptDelay   time.Duration // between output and the next prompt
}

// A trouble is what goes wrong at a door for as long as it is set.
type trouble struct {
	wrongPassword bool          // every login is refused
	silent        bool          // connections are accepted, nothing is said
	forcePaging   bool          // pages although the length was set to 0
	earlyEcho     string        // "behind" echoes what is typed ahead at once, "all" the first line, too
	idleTimeout   time.Duration // hangs up when no key was pressed for so long; 0 = never
}

// A tamperer is what goes wrong and is counted while it does.
type tamperer interface {
	// mutes reports that nothing more is said after a line.
	mutes(line string) bool
	// configLine counts a line of a configuration and tells its fate.
	configLine() cut
	// refusal is the text that a line is refused with.
	refusal(forms ...string) (text string, refused bool)
	// question is what is asked before a line is carried out.
	question(forms ...string) (prompt string, anyKey, ask bool)
	// distort changes the output of a command.
	distort(text string, forms ...string) string
	// input counts octets of input and returns how many of them still arrive,
	// and whether the connection is lost then.
	input(n int) (arrive int, lost bool)
	// keep returns what is left of input that arrived at once.
	keep(in []byte) []byte
	// broadcast is text printed before the echo of a line; "" = none.
	broadcast(line string) string
}

// A cut says what becomes of a line during which the connection is lost.
type cut int

// The fates of a line: it is carried out, lost with the connection, or carried
// out and then the connection is lost.
const (
	cutNone cut = iota
	cutBefore
	cutAfter
)
