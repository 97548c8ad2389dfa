package mirror

import (
	"slices"
	"time"
)

// Direction is seen from the switch port: rx enters the switch.
type Direction string

// The directions of a source.
const (
	RX   Direction = "rx"
	TX   Direction = "tx"
	Both Direction = "both"
)

// Union is the direction that covers d and o: rx and tx make both.
func (d Direction) Union(o Direction) Direction {
	if d == o || o == "" {
		return d
	}
	if d == "" {
		return o
	}
	return Both
}

// Without is the direction of what d covers and o does not, "" for nothing.
func (d Direction) Without(o Direction) Direction {
	switch {
	case o == d, o == Both:
		return ""
	case d == Both && o == RX:
		return TX
	case d == Both && o == TX:
		return RX
	}
	return d
}

// Kind says how copies travel.
type Kind string

// The kinds of sessions. KindAuto lets the planner choose.
const (
	KindAuto   Kind = "auto"
	KindSPAN   Kind = "span"
	KindRSPAN  Kind = "rspan"
	KindERSPAN Kind = "erspan"
)

// KindMixed is what a session is whose destinations are reached in different
// ways. It is found, never asked for.
const KindMixed Kind = "mixed"

// A DestinationKind says how copies travel to one destination, and why so.
type DestinationKind struct {
	Kind   Kind   `json:"kind"`
	Reason string `json:"reason,omitempty"`
}

// Values of the policies and options of a session.
const (
	TagsPreserve    = "preserve"
	TagsStrip       = "strip"
	IngressDisabled = "disabled"
	IngressEnabled  = "enabled"

	DriftRepair = "repair"
	DriftReport = "report"

	DeleteRemove = "remove"
	DeleteOrphan = "orphan"

	FailureRollback = "rollback"
	FailureRetry    = "retry"

	UnreachableRefuse = "refuse"
	UnreachableQueue  = "queue"
)

// DefaultPriority of a session and of a source; 100 is shed last.
const DefaultPriority = 50

// A Session is a user's intent: which traffic is copied where.
// DESIGN.md section 3 lists the fields; Validate says which values are legal.
type Session struct {
	Name         string        `json:"name"`
	Description  string        `json:"description,omitempty"`
	Sources      []Source      `json:"sources"`
	Destinations []Destination `json:"destinations"`
	Kind         Kind          `json:"kind"`
	Tags         string        `json:"tags"`
	Ingress      string        `json:"ingress"`
	FilterVLANs  []int         `json:"filterVlans,omitempty"`
	Filter       string        `json:"filter,omitempty"`   // name of a filter resource
	Truncate     int           `json:"truncate,omitempty"` // octets kept of each frame, 0 = whole frames
	Sample       int           `json:"sample,omitempty"`   // one of so many frames, 0 = every frame
	NativeID     string        `json:"nativeId,omitempty"` // pins the native id
	Force        bool          `json:"force,omitempty"`    // overrides the destination guard
	RSPAN        *RSPAN        `json:"rspan,omitempty"`
	ERSPAN       *ERSPAN       `json:"erspan,omitempty"`
	Enabled      bool          `json:"enabled"`
	Priority     int           `json:"priority"` // 1..100, higher is shed later
	Admission    *Admission    `json:"admission,omitempty"`
	OnOverload   *OnOverload   `json:"onOverload,omitempty"`
	DriftPolicy  string        `json:"driftPolicy"`
	DeletePolicy string        `json:"deletePolicy"`
	OnFailure    string        `json:"onFailure"`
	// OnUnreachable says what becomes of an intent for a device that is away:
	// refuse, or queue: it is decided and made when the device is back.
	OnUnreachable string            `json:"onUnreachable,omitempty"`
	Lease         *Lease            `json:"lease,omitempty"`
	Purpose       *Purpose          `json:"purpose,omitempty"`
	Labels        map[string]string `json:"labels,omitempty"`
}

// A Source is an interface (or a range in the platform's own words) or a VLAN
// of a device; exactly one of Interface and VLAN is set.
type Source struct {
	Device    string    `json:"device"`
	Interface string    `json:"interface,omitempty"`
	VLAN      int       `json:"vlan,omitempty"`
	Direction Direction `json:"direction"`
	Priority  int       `json:"priority"`
	Essential bool      `json:"essential,omitempty"`
}

// A Destination is a tool, a port of a device, or an IP address.
type Destination struct {
	Tool      string `json:"tool,omitempty"`
	Device    string `json:"device,omitempty"`
	Interface string `json:"interface,omitempty"`
	IP        string `json:"ip,omitempty"`
}

// RSPAN names the remote VLAN and the trunks that carry it.
type RSPAN struct {
	VLAN    int       `json:"vlan"`
	Transit []Transit `json:"transit,omitempty"`
}

// Transit is one device on the path of a remote VLAN.
type Transit struct {
	Device string   `json:"device"`
	Trunks []string `json:"trunks"`
}

// ERSPAN holds what the GRE tunnel of copies needs.
type ERSPAN struct {
	ID     int    `json:"id"`
	Origin string `json:"origin,omitempty"`
	VRF    string `json:"vrf,omitempty"`
	TTL    int    `json:"ttl,omitempty"`
	DSCP   int    `json:"dscp,omitempty"`
	MTU    int    `json:"mtu,omitempty"`
	Type   int    `json:"type,omitempty"` // 2 or 3
	// Encapsulation is erspan (the default, "") or gre: plain GRE of Ethernet
	// frames, where ID is the key.
	Encapsulation string `json:"encapsulation,omitempty"`
	// Origins are the source addresses of single devices, and go before Origin.
	// They are of an intent only: what a device holds has its own in Origin.
	Origins []Origin `json:"origins,omitempty"`
}

// An Origin is the address from which a device with sources sends its copies.
type Origin struct {
	Device  string `json:"device"`
	Address string `json:"address"`
}

// From is the tunnel as a device with sources holds it.
func (e ERSPAN) From(device string) ERSPAN {
	for _, o := range e.Origins {
		if o.Device == device {
			e.Origin = o.Address
		}
	}
	e.Origins = nil
	return e
}

// The encapsulations of an ERSPAN session.
const (
	EncapERSPAN = "erspan"
	EncapGRE    = "gre"
)

// Admission says how the predicted load is judged.
type Admission struct {
	Mode           string  `json:"mode,omitempty"`
	Basis          string  `json:"basis,omitempty"`
	MaxUtilization float64 `json:"maxUtilization,omitempty"` // share of capacity, 0..1
}

// OnOverload says what happens when the destination is oversubscribed.
type OnOverload struct {
	Action string   `json:"action,omitempty"`
	Ladder []string `json:"ladder,omitempty"`
}

// Relieves lists the rungs that may be taken of a session, in its order; none where
// overload is only reported.
func (s Session) Relieves() []string {
	if s.OnOverload == nil || s.OnOverload.Action != OverloadRelieve {
		return nil
	}
	return s.OnOverload.Ladder
}

// A Lease limits how long a session lives.
type Lease struct {
	Duration time.Duration `json:"duration,omitempty"`
	Until    time.Time     `json:"until,omitzero"`
}

// Purpose says why the session exists.
type Purpose struct {
	Reason string `json:"reason,omitempty"`
	Ticket string `json:"ticket,omitempty"`
}

// Devices lists the devices that the session names itself, sorted, each once.
// A destination tool may add another.
func (s Session) Devices() []string {
	var out []string
	for _, src := range s.Sources {
		out = append(out, src.Device)
	}
	for _, d := range s.Destinations {
		if d.Device != "" {
			out = append(out, d.Device)
		}
	}
	if s.RSPAN != nil {
		for _, t := range s.RSPAN.Transit {
			out = append(out, t.Device)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// WithDefaults fills the fields a user may leave out. It returns a new value;
// slices are copied where an element changes.
func (s Session) WithDefaults() Session {
	def := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	if s.Kind == "" {
		s.Kind = KindAuto
	}
	def(&s.Tags, TagsPreserve)
	def(&s.Ingress, IngressDisabled)
	def(&s.DriftPolicy, DriftRepair)
	def(&s.DeletePolicy, DeleteRemove)
	def(&s.OnFailure, FailureRollback)
	def(&s.OnUnreachable, UnreachableRefuse)
	if len(s.Labels) == 0 {
		s.Labels = nil
	}
	if len(s.FilterVLANs) == 0 {
		s.FilterVLANs = nil
	}
	s.Sources = slices.Clone(s.Sources)
	for i := range s.Sources {
		if s.Sources[i].Direction == "" {
			s.Sources[i].Direction = Both
		}
		if s.Sources[i].Priority == 0 {
			s.Sources[i].Priority = DefaultPriority
		}
	}
	if s.Priority == 0 {
		s.Priority = DefaultPriority
	}
	if o := s.OnOverload; o != nil {
		set := OnOverload{Action: o.Action, Ladder: o.Ladder}
		def(&set.Action, OverloadReport)
		if len(set.Ladder) == 0 {
			set.Ladder = nil
		}
		s.OnOverload = &set
	}
	if s.Lease != nil { // so that equal leases are equal values
		s.Lease = &Lease{Duration: s.Lease.Duration, Until: s.Lease.Until.UTC()}
	}
	return s
}
