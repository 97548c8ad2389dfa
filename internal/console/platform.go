package console

import (
	"regexp"
	"time"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Replies are what a device said, by command. A command that was not asked is
// absent. Some are refusals: Reads.Absent tells.
type Replies map[string]string

// A Platform is all that differs between command lines: data, and pure functions.
// Functions that may be nil say so.
type Platform struct {
	// Key names the platform in the catalogue, its prompts and modes
	// (cli.LoadPlatform) and its folder of templates.
	Key     string
	Ports   *text.Grammar
	Noise   *text.Noise
	Can     func(mirror.Facts) mirror.Capabilities
	Hello   Hello
	Reads   Reads
	Words   Words
	Send    Send
	Footing *Footing // nil: nothing but sessions is changed
	Save    *Save    // nil: what was pushed survives a reboot
	Count   *Count   // nil: ports are not counted over the command line
	Commit  *Commit  // nil: no candidate takes itself back
	Check   Check
}

// Hello is what is asked once a connection.
type Hello struct {
	Ask []string // who the device is
	// Facts reads the replies to Ask. mirror.ErrParse when they are not understood.
	Facts func(Replies) (mirror.Facts, error)
	// More is asked of a device that is not known to be the same as before: what
	// its model and software decide. May be empty.
	More []string
	// Learn fills in Facts.Extra from the replies to More, under Kept; a device that
	// is known keeps what it had. May be nil.
	Learn func(Replies, mirror.Facts)
	Kept  []string
	// Redact finds secrets that a configuration shows; its first group stays. May be nil.
	Redact *regexp.Regexp
}

// Reads are the commands of an observation, and what their replies mean.
type Reads struct {
	// Narrow shows all mirror sessions. It is all that an undisturbed device is
	// asked: while its text stays the same, so does the rest.
	Narrow string
	// Views are further commands that show the sessions. Where they and Narrow
	// disagree (NativeSession.Disputed), all are asked once more.
	Views []string
	Ports []string // what the ports are; read with Views
	// Around is what the destination guard and Render ask beside; it may be older.
	Around []string
	// Grounds are those of Around that must be of now before a footing is changed.
	Grounds []string
	// Beside are commands that go with Narrow, and are compared as text like it,
	// where something of ours may stand on more than a session. May be nil.
	Beside func(mirror.Observation) []string
	// Named are commands for the ports of a look. With whole, Views and Ports are read
	// as well, with around also Around. May be nil: then everything is read at once for
	// a look that names ports.
	Named func(look mirror.Look, whole, around bool) []string
	// Older is how some systems spell the beginning of commands: {now, formerly}. A
	// device that refuses the one is asked the other. May be empty.
	Older [2]string

	// Spell is a command as a device with these facts has it, where systems of one
	// platform differ in it. May be nil.
	Spell func(f mirror.Facts, command string) string

	// Refused finds the device's words in the reply to a command that shows
	// something; Absent is true where the device does not have it, or does not let
	// us see it: then the command tells nothing.
	Refused func(reply string) (words string, refused bool)
	Absent  func(reply string) bool

	// Surroundings reads what is around, old (nil = nothing) brought up to date with what
	// was asked; it is kept, and handed to Observe. Its type is the platform's own. May
	// be nil.
	Surroundings func(old any, look mirror.Look, r Replies) (any, error)
	// Observe reads the rest. Replies that were not asked leave their part of the
	// observation empty: of Narrow alone it tells the sessions that Narrow shows.
	// mirror.ErrParse for what is not understood, never an empty list.
	Observe func(f mirror.Facts, r Replies, around any) (mirror.Observation, error)
	// Port reads one port of a look anew from replies to Named; ok is false where the
	// device does not answer such questions. Nil where Named is.
	Port func(f mirror.Facts, old mirror.Port, r Replies, around any) (p mirror.Port, ok bool, err error)

	// Ask are the commands that tell whether a session is in the hardware; last is
	// the one that told it before (Verdict.By). Nil: nobody knows.
	Ask func(f mirror.Facts, n mirror.NativeSession, last string) []string
	// Live: Ask is one cheap command for all sessions. It is asked with every resync, and
	// not only while something is not programmed.
	Live bool
	// Judge reads the replies to Ask.
	Judge func(f mirror.Facts, n mirror.NativeSession, last string, r Replies) Verdict

	// Author tells who configured the device last, in its words. May be "".
	Author string
	Wrote  func(reply string) string
}

// A Verdict is what the hardware says of one session.
type Verdict struct {
	Programmed mirror.State
	Reason     string // the device's words
	Waits      string // what the device waits for, see mirror.NativeSession
	Ask        string // what has to be asked first; "" = all is said
	By         string // the command that told it
	// Linkless: False may be for want of a link at the destination ports alone, which the
	// words do not tell. Count.One asks for it; where no port has one, the session waits.
	Linkless bool
}

// Words are how a change is said.
type Words struct {
	// Write prepares one change for a template of the platform: its name and what
	// it reads. It can write any change, whether or not it may be asked for: what was
	// there before is put back by it. Every undo is such a change.
	Write func(f mirror.Facts, c mirror.Change) (template string, data any, err error)
	// Against are reasons not to make a session beside those of
	// Capabilities.Forbids: what the command line cannot say, and what the
	// device lacks by its observation.
	Against func(f mirror.Facts, o mirror.Observation, s mirror.NativeSpec) []mirror.Reason
	// Rebuild: the session cannot become the other one in place. May be nil.
	Rebuild func(f mirror.Facts, before, after mirror.NativeSpec) bool
	// ByID: a session like this goes away by its id, and not by the names of what
	// is in it. Nil: all do.
	ByID func(mirror.NativeSpec) bool
	// ID reports whether a session can have this id.
	ID func(id string) bool
}

// Send is how lines go out, and what their answers mean.
type Send struct {
	// Refused finds the device's words when it refused a line.
	Refused func(answer string) (words string, refused bool)
	// Took: a line that was refused with this answer is in force all the same. May be
	// nil.
	Took func(answer string) bool
	// Later: it asks for another time. May be nil.
	Later func(words string) bool
	// Modes are opened by lines, and what is typed in them takes effect at once: so
	// the prompt is awaited.
	Modes []Mode
	// Alone are lines that would do harm if they arrived cut short or run together
	// with another. May be nil.
	Alone func(line string) bool
	// Allowed: may a block of this change hold this line, which stands below within
	// ("" = at the top)? Templates can be overridden; nothing else is ever sent.
	Allowed func(c mirror.Change, within, line string) bool
	// LookAll is Reads.Narrow as it is typed where lines are typed. It stands behind the
	// lines in place of Look, so that the read that proves a push need not ask it again.
	// "" where there is none.
	LookAll string
	// Look shows one session from where lines are typed, as Narrow does. It goes in
	// the same write as the lines, where the id of a session is a number that
	// anybody may take. Nil: ids are names that nobody else gives.
	Look func(id string) string
}

// A Mode is opened by a line. Within is the prompt of the mode in which that line is
// typed, "" = at the top; Prompt is the text in the prompt's parentheses.
type Mode struct {
	Within string
	Line   *regexp.Regexp
	Prompt string
}

// A Footing is how what sessions stand on is changed: remote VLANs with their trunks,
// destination ports, and access lists. The template footing.tmpl reads a Ground.
type Footing struct {
	VLAN func(id int) bool // can it be a remote VLAN? Nil: there are none
	// Shut reports whether a port's stanza has it switched off. Nil: ports stay as
	// they are.
	Shut func(stanza string) bool
	// Lists are the access lists of filters. Nil: there are none.
	Lists *text.FilterLists
	// Entries writes a list as a whole where its lines have no numbers, instead of
	// Lists: rules that copy to a native session, and behind them one that forwards all.
	// One that stands is replaced by it (Ground.Anew), so that the platform must have a
	// candidate. May be nil.
	Entries func(rules []mirror.Entry, session string) ([]string, error)
	// Monitor: a destination port is made one for copies (PortSetup.Monitor) by
	// Ground.Prepare, and put back by Ground.Restore.
	Monitor bool
	// Back says, in lines for Ground.Restore, how a port goes back from its stanza of now
	// ("" = it is not known) to the former one, where a template cannot tell. May be nil.
	Back func(former, now string) []string
	// Origin: the device has one address that it sends copies from.
	Origin bool
	// Tunnel reports whether a name is that of a tunnel interface. Nil: copies leave by none.
	Tunnel func(name string) bool
	// Address is that of a tunnel interface itself, for Ground.Address, where it needs one.
	// May be nil.
	Address func(tunnel string) string
}

// Check is what a first day proves beside the command line itself.
type Check struct {
	Ask  []string
	Read func(Replies) []mirror.Proof
	// Show is typed in configuration mode; Unknown finds the words of a device that
	// does not take it there. "": the mode is not tried.
	Show    string
	Unknown func(answer string) bool
}

// Save is how running becomes startup.
type Save struct {
	// Compare shows what running has that startup has not. "": the device has no such
	// command, and Running is compared with Startup.
	Compare string
	Unsaved func(reply string) ([]Difference, error)
	// Running shows the running configuration, where Compare is "".
	Running string
	// Startup shows the startup configuration, Lines counts the lines of it. "":
	// others' lines that come in between are not seen.
	Startup string
	Lines   func(reply string) map[Difference]int
	// About tells what a difference is about.
	About func(Difference) About
	// Write saves. "": over this transport nothing does, and Itself says, for people, when
	// the device saves by itself.
	Write  string
	Itself string
	// Question is the one that the save may ask; it is answered with Enter. May be nil.
	Question *regexp.Regexp
	Done     func(answer string) bool
}

// A Difference is one line that only one of two configurations has: Line begins
// with + or -, Block is the line above it, "" at the top.
type Difference struct{ Block, Line string }

// About is what a line of a configuration belongs to. Of all else it is zero.
type About struct {
	Session string          // native id
	VLAN    int             // the VLAN itself
	Port    mirror.PortName // a port's line
	Switch  bool            // that switches it on or off, or makes it one for copies
	List    string          // that lists the VLANs which it carries
	Filter  string          // name of an access list
	Tunnel  string          // name of a tunnel interface
	Origin  string          // address that the device sends copies from
	Subject string          // words for people that hold no secret
}

// Count is how the counters of ports are read.
type Count struct {
	One func(mirror.PortName) string // the command for one port
	All string                       // that for all
	// Read reads one reply. Ports whose figures are not all told are not Complete; an age
	// of counters is a Cleared of ages, see text.Figures.
	Read func(reply string, now time.Time) ([]mirror.PortCounters, error)
}
