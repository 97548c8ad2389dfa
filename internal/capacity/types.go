package capacity

import (
	"math"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Flow is traffic per second in one direction: octets of frames with checksum,
// without preamble and gap, and frames.
type Flow struct {
	Octets float64 `json:"octets"`
	Frames float64 `json:"frames"`
}

// Wire is the flow in bits per second on the wire.
func (f Flow) Wire() mirror.BitsPerSecond {
	return mirror.BitsPerSecond(math.Round((f.Octets + gap*f.Frames) * 8))
}

// Plus is both together.
func (f Flow) Plus(o Flow) Flow { return Flow{f.Octets + o.Octets, f.Frames + o.Frames} }

// minus is what is left of it without a part, never less than nothing.
func (f Flow) minus(o Flow) Flow {
	return Flow{max(0, f.Octets-o.Octets), max(0, f.Frames-o.Frames)}
}

// gap is what a frame takes on the wire beside its octets: preamble, start of frame
// and the gap between two frames.
const gap = 20

// A Stat sums up a flow over a while.
type Stat struct {
	P95  Flow `json:"p95"`
	Peak Flow `json:"peak"`
}

// A Port is what is known of a port when load is reckoned.
type Port struct {
	Speed mirror.BitsPerSecond // 0 = not known
	Up    mirror.State
	// In and Out are what it carries. Known says that they are; How says where they come
	// from ("the last hour, 360 readings", "the device's own mean over 5 minutes"),
	// Why what keeps them from being known.
	In, Out  Stat
	Known    bool
	How, Why string
	Members  []mirror.PortName // of a port-channel
}

// A Site tells what is known of ports.
type Site interface {
	Port(device string, name mirror.PortName) Port
	// InVLAN lists the ports of a device that carry a VLAN.
	InVLAN(device string, vlan int) []mirror.PortName
}

// An End is where copies come to: a port of a device, which may be a tool's, an
// address, or a link between switches that copies pass on their way (Link).
type End struct {
	Device string          `json:"device,omitempty"`
	Port   mirror.PortName `json:"interface,omitempty"`
	IP     string          `json:"ip,omitempty"`
	Tool   string          `json:"tool,omitempty"`
	Link   bool            `json:"link,omitempty"`
}

// A Feed is what one session copies on one device to the ends of one native session.
type Feed struct {
	Session string
	Device  string // with the sources
	// Native names the native session that makes the copies: feeds of one device with
	// the same share it, and a source that several of them want is copied once. It is
	// anything that is equal exactly then, such as NativeSpec.ShareKey of a part; "" =
	// nobody shares it.
	Native  string
	Sources []mirror.NativeSource
	// Truncate is the longest part of a frame that is copied, in octets, Sample one of
	// how many; 0 = whole frames, every frame.
	Truncate, Sample int
	// Overhead is what encapsulation adds to each copy, in octets.
	Overhead int
	// Filtered says that an access list or a list of VLANs lets only a part through:
	// then what is reckoned is an upper bound.
	Filtered bool
	// Running says that its copies flowed all the while that the figures of ports are
	// of: what a link is read to carry has them in it.
	Running bool
	// RemoteVLAN is that which carries its copies, 0 = none.
	RemoteVLAN int
	// Ends are all ends that it comes to, the links of the way among them, and those of
	// other sessions that listen to the same remote VLAN.
	Ends []End
}

// A Term is one summand of an offered load: a source in one direction.
type Term struct {
	// Session is whose it is, "" of what a link carries beside the copies. Others want
	// the same copy, which is made once.
	Session   string               `json:"session,omitempty"`
	Others    []string             `json:"others,omitempty"`
	Device    string               `json:"device"`
	Source    string               `json:"source"` // a port as the device names it, or "VLAN 110"
	Direction mirror.Direction     `json:"direction"`
	Carried   Flow                 `json:"carried"`        // by the source, at p95
	Copied    Flow                 `json:"copied"`         // after sampling, truncation and encapsulation
	Offered   mirror.BitsPerSecond `json:"offered"`        // Copied on the wire
	Peak      mirror.BitsPerSecond `json:"peak,omitempty"` // the same at the peak
	// Bound says that it is an upper bound: of a VLAN, of a port-channel reckoned by its
	// members, or of a filtered session.
	Bound bool `json:"upperBound,omitempty"`
	// Part says that only a part of it may be copied, nobody knows which: of a VLAN, or
	// of a filtered session. Whoever needs to be sure leaves it out.
	Part bool `json:"-"`
	// Unknown is why the source's load is not known; its other figures are 0 then.
	Unknown string `json:"unknown,omitempty"`
	How     string `json:"how,omitempty"` // where the figures come from
}

// A Verdict is what admission says.
type Verdict string

// The verdicts, the mildest first.
const (
	Admit  Verdict = "admit"
	Warn   Verdict = "warn"
	Refuse Verdict = "refuse"
)

// A Question is whether an end can take what is fed to it.
type Question struct {
	End      End
	Session  string // the one that asks
	Mode     string // mirror.AdmissionEnforce, ...
	Basis    string // mirror.BasisMeasured, ...
	Capacity mirror.BitsPerSecond
	// From says what the capacity is ("speed of the port", "capacity of tool ids-1").
	From string
	// MaxUtilization is the share of the capacity that may be used, 0..1.
	MaxUtilization float64
	Feeds          []Feed // of all sessions that come to the end, the asking one's among them
}

// A Forecast is the answer for one end, with its arithmetic.
type Forecast struct {
	End            End                  `json:"end"`
	Verdict        Verdict              `json:"verdict"`
	Reason         string               `json:"reason"`  // one CamelCase word: Fits, Oversubscribed, LoadUnknown, CapacityUnknown, UpperBound, ...
	Message        string               `json:"message"` // the arithmetic as a sentence
	Basis          string               `json:"basis"`
	Capacity       mirror.BitsPerSecond `json:"capacity,omitempty"`
	CapacityFrom   string               `json:"capacityFrom,omitempty"`
	MaxUtilization float64              `json:"maxUtilization"`
	Limit          mirror.BitsPerSecond `json:"limit,omitempty"` // Capacity x MaxUtilization
	Offered        mirror.BitsPerSecond `json:"offered"`
	Peak           mirror.BitsPerSecond `json:"peak,omitempty"`
	Own            mirror.BitsPerSecond `json:"own"`   // the copies that the asking session wants, shared ones too
	Terms          []Term               `json:"terms"` // the largest first
}

// A Proposal is a change of the asking session that would fit, reckoned again.
type Proposal struct {
	Kind    string               `json:"kind"` // rx-only, tx-only, truncate, sample, shed-sources, other-tool, wait, ...
	Message string               `json:"message"`
	Patch   any                  `json:"patch"` // a JSON merge patch of the session
	Offered mirror.BitsPerSecond `json:"offered"`
	Limit   mirror.BitsPerSecond `json:"limit"`
}

// An Interval is what a port carried between two readings.
type Interval struct {
	From, To time.Time
	// Gap is why nothing is known of it, "" = it is.
	Gap     string
	Seconds float64 // by the clock of what counts where it tells one
	In, Out Flow
	// Drops are frames per second that were to go out and were not sent. NoDrops says
	// that what counts does not tell them, and that Drops is 0 therefore.
	Drops   float64
	NoDrops bool
	// OutFrames are the frames sent in the interval.
	InFrames, OutFrames, DropFrames uint64
}
