package mirror

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Role is what a device does for a session.
type Role string

// The roles of a fragment.
const (
	RoleLocal             Role = "local"
	RoleRSPANSource       Role = "rspan-source"
	RoleRSPANTransit      Role = "rspan-transit"
	RoleRSPANDestination  Role = "rspan-destination"
	RoleERSPANSource      Role = "erspan-source"
	RoleERSPANDestination Role = "erspan-destination"
)

// A Fragment is what one device must hold for one session. Policy fields
// travel with it so that a device's worker needs nothing but fragments.
type Fragment struct {
	Session     string     `json:"session"`
	Device      string     `json:"device"`
	Spec        NativeSpec `json:"spec"`
	DriftPolicy string     `json:"driftPolicy"`
	Force       bool       `json:"force,omitempty"`
	Pin         string     `json:"pin,omitempty"` // wanted native id
}

// NativeSpec is the configuration of one native session in neutral words.
// Normalize sorts it; two specs describe the same thing exactly when their
// normalized values are equal.
type NativeSpec struct {
	Role         Role           `json:"role"`
	Sources      []NativeSource `json:"sources,omitempty"`
	Destinations []PortName     `json:"destinations,omitempty"`
	RemoteVLAN   int            `json:"remoteVlan,omitempty"` // where an RSPAN source sends, or a destination listens
	Trunks       []PortName     `json:"trunks,omitempty"`     // that must carry RemoteVLAN
	Setup        *PortSetup     `json:"setup,omitempty"`      // what is made of the destination ports
	Needs        []Footing      `json:"needs,omitempty"`      // what else it stands on
	// Shut says that the session is there and copies nothing, because it is shut down.
	// What is wanted never is, so that one of ours that was shut by hand is opened
	// again by an ordinary change.
	Shut bool `json:"shut,omitempty"`
	// Grain, of a fragment, says that several native sessions hold it (see Parts);
	// Part says which of them this one is.
	Grain Grain  `json:"grain,omitempty"`
	Part  string `json:"part,omitempty"`
	// Rules are those of the access list that Options.Filter names, in order, where
	// netmirror makes it. FilterAt says, of a fragment, where that list stands.
	Rules    []Entry     `json:"rules,omitempty"`
	FilterAt FilterPlace `json:"filterAt,omitempty"`
	Options  Options     `json:"options"`
	// Footing is set instead of everything else where a change, or a line of the
	// ledger, is that of a footing.
	Footing *Footing `json:"footing,omitempty"`
}

// NativeSource is a port or a VLAN with a direction; exactly one is set.
// All marks a source of everything that crosses the switch, which netmirror
// never renders but must be able to read. A source without a direction stands on the
// device and was stopped there, apart from the rest of its session.
type NativeSource struct {
	Port      PortName  `json:"port,omitempty"`
	VLAN      int       `json:"vlan,omitempty"`
	All       bool      `json:"all,omitempty"`
	Direction Direction `json:"direction"`
}

// Options of a native session. Fragments with one destination must agree on
// them to share a native session.
type Options struct {
	Tags        string  `json:"tags,omitempty"`
	Ingress     string  `json:"ingress,omitempty"`
	FilterVLANs []int   `json:"filterVlans,omitempty"`
	Filter      string  `json:"filter,omitempty"`
	Truncate    int     `json:"truncate,omitempty"`
	Sample      int     `json:"sample,omitempty"`
	ERSPAN      *ERSPAN `json:"erspan,omitempty"`
	Collector   string  `json:"collector,omitempty"` // IP address at which an ERSPAN tunnel ends
	// Tunnel names the interface that copies leave by, where Capabilities.Tunnels says
	// that there is one.
	Tunnel string `json:"tunnel,omitempty"`
}

func compareSources(a, b NativeSource) int {
	return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.VLAN, b.VLAN), cmp.Compare(a.Direction, b.Direction))
}

// Normalize returns the spec with sorted lists and one entry per source, the
// directions united. Nil and empty lists become nil.
func (n NativeSpec) Normalize() NativeSpec {
	type key struct {
		port PortName
		vlan int
		all  bool
	}
	at := map[key]int{}
	var out []NativeSource
	for _, s := range n.Sources {
		k := key{s.Port, s.VLAN, s.All}
		if i, ok := at[k]; ok {
			out[i].Direction = out[i].Direction.Union(s.Direction)
			continue
		}
		at[k] = len(out)
		out = append(out, s)
	}
	slices.SortFunc(out, compareSources)
	n.Sources = out
	n.Destinations = sorted(n.Destinations)
	n.Trunks = sorted(n.Trunks)
	n.Options.FilterVLANs = sorted(n.Options.FilterVLANs)
	if n.Footing != nil {
		f := n.Footing.Plus(Footing{})
		n.Footing = &f
	}
	return n
}

func sorted[T cmp.Ordered](in []T) []T {
	if len(in) == 0 {
		return nil
	}
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}

// Equal reports whether both describe the same configuration.
func (n NativeSpec) Equal(o NativeSpec) bool { return n.text() == o.text() }

func (n NativeSpec) text() string {
	b, err := json.Marshal(n.Normalize())
	if err != nil { // plain structs of strings and numbers always marshal
		panic(err)
	}
	return string(b)
}

// ShareKey names the native session that the spec belongs in: everything but
// the sources, the footings it stands on, and whether it is shut down. Marks are
// made of it, so that what it says of a spec never changes. A footing is named by
// its kind and its VLAN, port or name alone.
func (n NativeSpec) ShareKey() string {
	if n.Footing != nil {
		return n.Footing.former().text()
	}
	n.Sources, n.Trunks, n.Setup, n.Needs, n.Shut = nil, nil, nil, nil, false
	n.Rules, n.FilterAt = nil, FilterAtSession // the name of their list, an option, tells them apart
	return n.text()
}

// DestinationKey names where copies end on the device, whatever the options:
// a platform holds one native session per such key. A tunnel is known by its
// collector and id.
func (n NativeSpec) DestinationKey() string {
	key := NativeSpec{Role: n.Role, Part: n.Part, Destinations: n.Destinations, RemoteVLAN: n.RemoteVLAN,
		Options: Options{Collector: n.Options.Collector}}
	if n.Options.ERSPAN != nil {
		key.Options.ERSPAN = &ERSPAN{ID: n.Options.ERSPAN.ID}
	}
	return key.text()
}

// Common lists the destination ports of both, sorted, and whether copies come to
// them in the same way: in one role, out of one remote VLAN or tunnel. Where they
// do, no port can tell whose options it follows.
func (n NativeSpec) Common(o NativeSpec) (ports []PortName, sameWay bool) {
	for _, d := range sorted(n.Destinations) {
		if slices.Contains(o.Destinations, d) {
			ports = append(ports, d)
		}
	}
	n.Destinations, o.Destinations = nil, nil
	return ports, n.DestinationKey() == o.DestinationKey()
}

// Ends names where the copies end that leave the native session: its destination
// ports, sorted and joined by commas, else the address of the collector; "" for
// copies that go into a remote VLAN and for footings. It tells apart the native
// sessions that a session takes on one device in one role.
func (n NativeSpec) Ends() string {
	var ports []string
	for _, d := range sorted(n.Destinations) {
		ports = append(ports, string(d))
	}
	if len(ports) == 0 {
		return n.Options.Collector
	}
	return strings.Join(ports, ",")
}

// MarkPrefix begins every mark.
const MarkPrefix = "nm-"

// Mark is the native name and ownership mark of a spec on a device: "nm-" and
// 10 base32 characters (50 bits) of a hash of (instance, device, destination,
// role, options), which fits every platform's length and alphabet.
// A fragment of several native sessions has that of the first of them.
func Mark(instance, device string, spec NativeSpec) string {
	if spec.Grain != PerDestination {
		spec = spec.split()[0]
	}
	return hashed(instance, device, spec.ShareKey())
}

func hashed(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return MarkPrefix + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:10])
}

// FilterList is the name of the access list on a device that holds the entries. It
// is made of their meaning: a list of other entries has another name, so that it can
// stand beside the one of before until sessions point to it.
func FilterList(instance, device string, entries []Entry) string {
	b, err := json.Marshal(entries)
	if err != nil { // plain structs of numbers and prefixes always marshal
		panic(err)
	}
	return hashed(instance, device, "filter", string(b))
}

// SessionList is the name of the access list that selects what one native session
// copies, where its entries name the session (FilterAtSources): it is made of the rules
// and of all that tells the session apart, so that no two native sessions share a list.
func SessionList(instance, device string, spec NativeSpec) string {
	b, err := json.Marshal(spec.Rules)
	if err != nil {
		panic(err)
	}
	spec.Options.Filter = ""
	return hashed(instance, device, "filter at sources", string(b), spec.ShareKey())
}

// State is a truth value that may be unknown.
type State string

// The states of a condition.
const (
	True    State = "True"
	False   State = "False"
	Unknown State = "Unknown"
)

// A NativeSession is a mirror session as a device holds it.
type NativeSession struct {
	ID       string     `json:"id"`                 // number, name or key, unique on the device
	Handle   string     `json:"handle,omitempty"`   // row id, on platforms that push by row
	Mark     string     `json:"mark,omitempty"`     // read from the device, where it has room for one
	Instance string     `json:"instance,omitempty"` // whose mark it is, "" where the device has no room to tell
	Spec     NativeSpec `json:"spec"`
	Opaque   string     `json:"opaque,omitempty"` // why the driver cannot express it; never changed then
	// Disputed: the device itself shows it in two ways, of which Opaque tells. What
	// it holds is not known then, and nothing of ours is repaired on the strength of it.
	Disputed bool `json:"disputed,omitempty"`
	// Other is the second way in which a disputed session is shown, with what both
	// views tell: role, sources, destinations, remote VLAN and filters. nil = it was
	// not understood.
	Other *NativeSpec `json:"other,omitempty"`
	Text  string      `json:"text,omitempty"` // the device's own words for it

	Programmed       State  `json:"programmed,omitempty"`
	ProgrammedReason string `json:"programmedReason,omitempty"` // the device's own words
	// Waits is what the device waits for before it copies, in its own words: a route, an
	// answer to ARP. Then it is neither programmed nor refused, and nothing is wrong
	// with its configuration.
	Waits  string `json:"waits,omitempty"`
	Copies Copies `json:"copies,omitzero"`
}

// Copies are a native session's own counters, where the platform has them.
type Copies struct {
	Known   bool   `json:"known,omitempty"`
	Packets uint64 `json:"packets,omitempty"`
	Octets  uint64 `json:"octets,omitempty"`
}

// An Observation is everything mirror-relevant that one read of a device gave.
type Observation struct {
	At      time.Time         `json:"at"`
	Natives []NativeSession   `json:"natives,omitempty"`
	Ports   []Port            `json:"ports,omitempty"`
	VLANs   []VLAN            `json:"vlans,omitempty"`   // known to exist, where the platform lists them
	NoVLANs string            `json:"noVlans,omitempty"` // why no VLAN can be made on the device (VTP client mode), "" = it can
	Spread  VLANSpread        `json:"spread,omitzero"`
	Handles map[string]string `json:"handles,omitempty"` // further row ids a push needs, by driver-private key
	// Footings are the filters, tunnels and origins that are there, whoever made
	// them, where the platform has such and its driver lists them.
	Footings []Footing `json:"footings,omitempty"`
}

// A VLANSpread says that VLANs made on a device are made on others by the devices
// themselves.
type VLANSpread struct {
	By   string `json:"by,omitempty"`   // what spreads them, such as a VTP domain; "" = nothing does
	UpTo int    `json:"upTo,omitempty"` // the highest id that is spread
}

// Port finds a port by its canonical name.
func (o Observation) Port(name PortName) (Port, bool) {
	i := slices.IndexFunc(o.Ports, func(p Port) bool { return p.Name == name })
	if i < 0 {
		return Port{}, false
	}
	return o.Ports[i], true
}

// A Change takes one native session from Before to After: nil Before creates,
// nil After deletes. Mark names the native session in the ledger; Was is the
// ledger's mark of Before, which differs when options changed.
type Change struct {
	Mark   string         `json:"mark"`
	Was    string         `json:"was,omitempty"`
	Before *NativeSession `json:"before,omitempty"`
	After  *NativeSession `json:"after,omitempty"`
}

// Verb is create, change or delete.
func (c Change) Verb() string {
	switch {
	case c.Before == nil:
		return "create"
	case c.After == nil:
		return "delete"
	}
	return "change"
}

// A Payload is what a push sends, in blocks of one native session each.
type Payload struct {
	Format string  `json:"format"` // cli, ovsdb, ...
	Blocks []Block `json:"blocks"`
}

// A Block is one change in a device's words. Text is exactly what is sent and
// what a preview shows; a transport adds only framing.
type Block struct {
	Change Change `json:"change"`
	Text   string `json:"text"`
}

// Mark is that of the change.
func (b Block) Mark() string { return b.Change.Mark }

// Verb is create, change or delete.
func (b Block) Verb() string { return b.Change.Verb() }

// A PushReport tells what became of each block, in the order of the payload.
// A block without a result was not sent.
type PushReport struct {
	Blocks []BlockResult
	// Until is when the device takes back what it took, unless the push is
	// confirmed; zero = it stands.
	Until time.Time
}

// BlockResult is the device's answer to one block. Err is nil when it was
// taken; ErrChanged asks for a new observation; ErrRejected carries the
// device's words in a DeviceError.
type BlockResult struct {
	Mark   string
	Answer string
	Err    error
	// Stranger is what another hand put under the number of the block's native
	// session between the last read and the push, as it was left: with nothing of
	// ours in it. Nil = nobody did.
	Stranger *NativeSession
}

// Started is when the device started, zero when it does not tell.
func (f Facts) Started() time.Time {
	if f.Uptime == 0 || f.LearnedAt.IsZero() {
		return time.Time{}
	}
	return f.LearnedAt.Add(-f.Uptime)
}

// Same reports whether both are of one device with one software: it was neither
// exchanged nor upgraded. Facts of a device that was never read are the same as
// nothing.
func (f Facts) Same(o Facts) bool {
	return f.Model == o.Model && f.Version == o.Version && f.Serial == o.Serial && f.Version != ""
}
