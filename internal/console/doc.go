// Package console is what every driver of a command line does: connect, know who the
// device is, read as little as will do, push blocks, tell whose answer is whose, take
// back what was refused, meet strangers under our ids, save what is ours. It knows no
// platform's words, and must not: a Platform is data and pure functions.
//
// # How a platform is put on it
//
// Package text first: a Grammar of its ports, a Noise of what its terminal shows
// between answers, and pure parsers from replies to values. Then one Platform:
//
//	Hello     commands that tell who the device is, and their parser
//	Reads     Narrow, the one command of every resync; Views and Ports, read with it
//	          after a push and when Narrow's text changed; Around, what may be older;
//	          one parser Observe from replies to an observation
//	Words     Write, which prepares a change for a template
//	Send      what a refusal looks like, which lines open modes, which lines a block
//	          may hold, and Look where ids are numbers that anybody may take
//	Footing, Save, Count, Commit, Check    where the platform has such things
//
// and one line `var driver = console.Must(platform)`; the methods of Driver are what the
// catalogue asks for, and a Conn satisfies the worker's interfaces. A field that does not
// fit the platform stays nil.
//
// # What a read may rest on
//
// What was read is kept by the caller and handed in with the next look (mirror.Known),
// over whatever connection. While Narrow's text stays, and Beside's, everything else is
// taken for granted until it is older than the look bears. Observe is handed the
// replies that there are: of Narrow alone it must tell the sessions that Narrow shows,
// because that is what a look in the middle of a push gives. TrafficReads are commands of
// the destination guard that most platforms have.
//
// # How a push is safe
//
// A block carries its change. It is written anew for this device, and not sent when that
// gives another text, or a line that Send.Allowed does not bear. It goes in stages: what
// takes a session away is seen to be done before what makes it anew. When a line is
// refused the session is read and taken back at once, by writing the change from what is
// there to what was there.
//
// Nothing reads the lines that were sent. Which line puts what into a session is found
// by writing the change without one piece of it: the lines that are missing then are
// that piece's (lines.go). So the templates are the one place that knows the words.
//
// Where ids are numbers, a look goes with every write, in front of the lines and behind
// them (sitting.go). Where the id is a name that nobody else gives, Look is nil; then a
// line that takes away what is gone already may be refused, and the session is read.
//
// # What sessions stand on
//
// The block of a footing is a Ground, which footing.tmpl reads, and a list of steps
// (steps.go): what each is about is read again before the first line, and must be as it
// was; the line that takes the thing itself away goes alone behind a read that shows
// nobody on it. A block that broke off is undone step by step, and what it had taken the
// place of (the list of a port, the device's origin) comes back. In footing.tmpl the
// lines of a list come before those that put it at ports, and those that take it from
// ports before the one that drops it, which is the last.
//
// # Candidates
//
// On a device whose setting is confirm: timer, or whose platform has no other way, the
// blocks go into one candidate of the platform's Commit instead (commit.go, candidate.go):
// what is refused is left out of a new one, with what stands on it; a difference that holds
// lines of others refuses the push, and an empty one is not committed. Confirming and
// taking back (waiting.go) are the worker's to decide.
//
// A candidate that is typed from within is left in every case: dropped and left, or the
// connection is closed, which frees it and its lock. Only a trial that the one connection
// can confirm keeps it there, until it is ended.
//
// # Transactions
//
// A Terminal may put the lines of a whole push in force or none (whole.go), as the command
// line over gNMI does. Then there is no candidate to look at and nothing to take back, and
// the blocks are left out, or halved, in the same way.
package console
