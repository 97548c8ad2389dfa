package worker

import (
	"context"
	"regexp"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Driver is what netmirror knows about one platform over one transport. Only
// Connect and Watch do I/O; the rest works while the device is down. It is a
// struct of functions so that a driver package never imports the worker.
type Driver struct {
	Platform, Protocol string // together the key of the catalogue

	// Ports turns a port, or a range in the platform's own words, into
	// canonical names. ErrInvalid when it is no port of this platform.
	Ports func(text string) ([]mirror.PortName, error)
	// Capabilities of a device with these facts; zero facts give the family's
	// minimum.
	Capabilities func(mirror.Facts) mirror.Capabilities
	// Render turns changes into what is sent, one block a change and in the
	// same order. The observation supplies row ids and whatever else of the
	// device's present state the text depends on; an empty one renders a
	// preview. ErrUnsupported when a change cannot be expressed.
	Render func(mirror.Facts, mirror.Observation, []mirror.Change) (mirror.Payload, error)
	// Hints are commands by which a person sees on a device how a native session fares. Its
	// id is "" before it has one.
	Hints func(mirror.Facts, mirror.NativeSession) []mirror.Hint
	// Resync is how often an undisturbed device of the platform is read unless
	// the device or the controller says otherwise; 0 = every minute. It is longer
	// where reading is dear.
	Resync time.Duration
	// CountEvery is how often the counters of the ports that matter are read; 0 = the
	// platform has none to be read. While they are, the connection stays open: on a
	// command line that is one of few terminal lines, and every command may be a line in
	// somebody's log. A device that closes it earlier (idleClose below CountEvery) gets a
	// login for each reading; one that can spare neither is given transports.counters. CountAll says that reading those of all ports is
	// cheap, so that figures exist before the first session.
	CountEvery time.Duration
	CountAll   bool
	// CopiesReadDown says that a port that sends copies may be told as down by whoever
	// does not know of monitoring, such as an SNMP agent.
	CopiesReadDown bool
	// Confirms is of a platform whose connections are Confirmers, nil elsewhere.
	Confirms *Confirms
	// Notices say which messages of a device mean that it may have changed.
	Notices Notices
	// Connect opens the one connection of a device's worker.
	Connect func(context.Context, mirror.Target) (Conn, error)
	// Watch calls changed once when it has begun to listen, and then whenever
	// the device may have changed, until ctx ends or the connection is lost. It
	// has its own connection and is a hint only. Nil where the platform cannot
	// tell.
	Watch func(ctx context.Context, t mirror.Target, changed func()) error
}

// Notices are messages that devices send by themselves, to whoever is set up to get
// them. They are hints.
type Notices struct {
	// Logged finds in a message of the device's log that somebody configured it; nil: no
	// message says so.
	Logged *regexp.Regexp
	// Notified are object identifiers of SNMP notifications (1.3.6..., without a dot in
	// front) beside those of every agent: restarts, links, changes of hardware.
	Notified []string
}

// Confirms says how a platform confirms pushes, as data.
type Confirms struct {
	// Wait is what a push becomes that is not confirmed yet: WaitTimer where any
	// connection can end it, WaitTrial where the one that made it alone can.
	Wait mirror.WaitKind
	// Usual has the pushes of a device taken back unless they are confirmed, without
	// its setting confirm: timer; confirm: none turns it off.
	Usual bool
	// Keep has a push that the device does not hold confirmed and its lines removed,
	// instead of taken back: where taking back replaces the whole configuration, what
	// others have changed since would go with it.
	Keep bool
	// Unlisted says that a device does not tell what waits, and that whoever knows the name
	// of a push can end it: one that was cut off is confirmed or taken back by its name.
	Unlisted bool
}

// A Conn is an open connection to one device, owned by its worker and used by
// one goroutine at a time. An error of the kinds ErrUnreachable and ErrTimeout
// means that the connection is broken: the worker closes it and dials again.
type Conn interface {
	// Facts learned at connect.
	Facts() mirror.Facts
	// Observe reads everything mirror-relevant, as new as the look asks for. What
	// it returns is the worker's to keep, and to hand to the next read, over
	// whatever connection. Output that does not parse is ErrParse, never an empty
	// observation.
	Observe(ctx context.Context, look mirror.Look) (mirror.Known, error)
	// Push sends the blocks in order; tx is in the journal before it is
	// called. The error is of the connection (what was sent is unknown then, nothing with
	// mirror.ErrNotSent); what the device said to a block is in the report. On a device
	// whose pushes are confirmed (mirror.Device.Window) it is taken back by the device
	// unless Confirm follows within the window; the report says until when, nothing where
	// nothing was to be committed.
	Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error)
	Close() error
}

// A Saver is a Conn of a platform whose running configuration must be saved.
type Saver interface {
	// Save writes running to startup. With onlyIfClean it does so only when
	// nothing would be saved but what is listed as ours; why tells what kept it
	// from saving, or, when it has saved, what of another hand was typed too late to
	// keep it from that, and is saved too. ours is what was changed since the last save, over whatever
	// connection. ErrUnsupported: nothing can be told to save over this transport, and
	// the device has not done so by itself.
	Save(ctx context.Context, onlyIfClean bool, ours []mirror.Unsaved) (saved bool, why string, err error)
}

// A Quoter is a Saver that tells what its last save said to the device, and what the
// device answered, without secrets. Device and At are left to the worker.
type Quoter interface{ SaveSaid() []mirror.Exchange }

// A Confirmer is a Conn of a platform that takes a push back by itself unless it
// is confirmed in time, or whose configuration others can lock.
type Confirmer interface {
	// Pending lists what waits or keeps from pushing now, whoever made it, and what
	// bears a name of netmirror's. What is another hand's and keeps nobody from
	// pushing is left out.
	Pending(ctx context.Context) ([]mirror.Pending, error)
	// Confirm makes a push last; ErrNotFound: it does not wait any more; ErrBusy: another
	// hand keeps from it.
	Confirm(ctx context.Context, tx string) error
	// Abort takes a push back, or drops its candidate. ErrNotFound: there is
	// neither; ErrUnsupported where only the connection that made it, or time, can.
	Abort(ctx context.Context, tx string) error
}

// A Counter is a connection that reads counters: a Conn of a platform that has
// them, or a connection that does nothing else.
type Counter interface {
	// Counters reads at once what is asked for. A port that the device does not have,
	// or of which it does not tell every figure, is left out or not Complete.
	Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error)
}

// A CounterDriver opens connections that read counters and do nothing else, for
// devices whose transports.counters says so. One serves every platform.
type CounterDriver struct {
	Protocol string
	// Every is how often the ports that matter are read.
	Every time.Duration
	// Connect opens the connection of a device; Target.Transport is that for counters.
	// platform is the driver of the device's configuration: its Ports say which name of
	// the agent is which port.
	Connect func(ctx context.Context, t mirror.Target, platform Driver) (CounterConn, error)
}

// A CounterConn is such a connection.
type CounterConn interface {
	Counter
	Close() error
}

// A Witness is a Conn of a platform that tells who configured it last.
type Witness interface {
	// LastChange quotes the device, "" when it does not tell.
	LastChange(ctx context.Context) (string, error)
}

// A Prover is a Conn that can try on the device what its driver relies on. It
// changes nothing there.
type Prover interface {
	// Prove gives what was found out also with an error; the error is of the
	// connection, which is then closed. broken says that it is of no use any more
	// although nothing failed.
	Prove(ctx context.Context) (p mirror.Proofs, broken bool, err error)
}
