package mirror

import "slices"

// Level says how sure we are that a platform can do a thing.
type Level string

// The levels. The zero value means it cannot, or nobody knows that it can.
const (
	No         Level = ""
	Yes        Level = "yes"
	Unverified Level = "unverified" // documented, never seen on recorded output
)

// Support is one entry of a platform's abilities, with its evidence.
type Support struct {
	Level  Level  `json:"level"`
	Remark string `json:"remark,omitempty"`
	Source string `json:"source,omitempty"`
}

// Cannot is what a platform cannot do: why, and where that is told.
func Cannot(remark, source string) Support { return Support{Remark: remark, Source: source} }

// Unsure is what a text says and no recording proves.
func Unsure(remark, source string) Support {
	return Support{Level: Unverified, Remark: remark, Source: source}
}

// OK reports whether the thing may be asked for.
func (s Support) OK() bool { return s.Level != No }

// Capabilities are what a platform, or one device of it, can do. They are
// data: the planner decides with them and the README's table is made of them.
type Capabilities struct {
	Roles map[Role]Support `json:"roles"`

	// Sources are the kinds that a source may be of, with the directions each may have.
	Sources map[SourceKind]map[Direction]Support `json:"sources"`
	// Grain says how much a native session holds of what is copied to one destination.
	Grain Grain `json:"grain,omitempty"`
	// MixedSources allows ports and VLANs in one native session.
	MixedSources Support `json:"mixedSources"`

	LAGDestination Support `json:"lagDestination"`
	// CPUDestination allows copies to the switch's own processor.
	CPUDestination Support `json:"cpuDestination"`
	// SharedDestination allows a port to be the destination of several native
	// sessions that cannot be united: of different roles, remote VLANs or tunnels.
	SharedDestination Support `json:"sharedDestination"`

	TagsPreserve Support `json:"tagsPreserve"`
	TagsStrip    Support `json:"tagsStrip"`
	// AccessUntags says that the destination port decides about tags: an
	// access port sends copies untagged, any other sends them tagged.
	AccessUntags   bool    `json:"accessUntags,omitempty"`
	IngressEnabled Support `json:"ingressEnabled"`
	// Shut says that a native session can be shut down and stay as it is; the driver
	// tells it (NativeSpec.Shut) and opens it again.
	Shut Support `json:"shut"`
	// PortSetup says that the driver can make a destination port fit (see
	// PortSetup) and put it back.
	PortSetup Support `json:"portSetup"`
	// DestinationSetup is what every destination port is made of, whether or not the
	// session says force; it is put back when the last session leaves. The zero
	// value: a port is taken as it stands.
	DestinationSetup PortSetup `json:"destinationSetup,omitzero"`
	// ERSPANHeader says that an ERSPAN source may send an ERSPAN header (type II or
	// III) behind the GRE header, and GRE that it may send none.
	ERSPANHeader Support `json:"erspanHeader"`
	GRE          Support `json:"gre"`
	// VRF, TTL, DSCP, MTU and IPv6 say what an ERSPAN tunnel may be asked for; NeedsOrigin that
	// an ERSPAN source must be told the address that it sends from. EndVRF is VRF where a
	// tunnel ends; nil: it is the same there.
	VRF         Support  `json:"vrf"`
	EndVRF      *Support `json:"endVrf,omitempty"`
	TTL         Support  `json:"ttl"`
	DSCP        Support  `json:"dscp"`
	MTU         Support  `json:"mtu"`
	IPv6        Support  `json:"ipv6"`
	NeedsOrigin bool     `json:"needsOrigin,omitempty"`
	// NoOrigin is why an ERSPAN source cannot be told the address that it sends from, which
	// the device chooses itself; "" = it can.
	NoOrigin string `json:"noOrigin,omitempty"`
	// TunnelDefaults are what an ERSPAN source has where nothing is said of TTL, MTU
	// and type; 0 = not known. Asked for by their value they are the same.
	TunnelDefaults ERSPAN  `json:"tunnelDefaults,omitzero"`
	FilterVLANs    Support `json:"filterVlans"`
	Filter         Support `json:"filter"`
	// FilterAt says where the list of a filter stands.
	FilterAt FilterPlace `json:"filterAt,omitempty"`
	// RuleVLANs says that a rule of a filter may be of one VLAN.
	RuleVLANs Support `json:"ruleVlans"`
	Truncate  Support `json:"truncate"`
	Sample    Support `json:"sample"`
	Ranges    Ranges  `json:"ranges,omitzero"`

	// Tunnels are the interfaces that copies to a collector leave by, one for each way
	// there; nil: a session names the collector itself.
	Tunnels *Tunnels `json:"tunnels,omitempty"`
	// DeviceOrigin says that the address which copies to collectors are sent from is one
	// for the whole device.
	DeviceOrigin bool `json:"deviceOrigin,omitempty"`
	// Atomic says that a push is one commit: footings and the sessions on them go
	// together.
	Atomic bool `json:"atomic,omitempty"`

	// Naming says what tells the native sessions of a device apart; "" = numbered
	// where NativeIDs is a range, named elsewhere. See NamedBy.
	Naming Naming `json:"naming,omitempty"`
	// NativeIDs is the range of numbers that netmirror may give, nil where native
	// sessions have none.
	NativeIDs *IDRange `json:"nativeIds,omitempty"`
	// Marks says that the device has room for the ownership mark beside the id of a
	// native session, whatever that is: a description, a column of its row.
	Marks bool `json:"marks"`
	// Persistent says that what a push did survives a reboot without a save.
	Persistent bool `json:"persistent"`

	Limits []Limit `json:"limits,omitempty"`

	// Counting says where copies and those that did not fit are counted.
	Counting Counting `json:"counting,omitzero"`
}

// A FilterPlace says where the access list of a filter stands.
type FilterPlace string

// The places of a filter.
const (
	FilterAtSession FilterPlace = "" // the list selects what a session copies, and nothing else
	// FilterAtSources: it is the ingress list of the source ports, and decides about their
	// live traffic too. So every entry of it forwards, and its last forwards all; only
	// what arrives is copied (RX), and a port that has a list of another's is refused.
	FilterAtSources FilterPlace = "sources"
)

// Tunnels are interfaces whose names are a word and a number, such as tunnel-ip7.
type Tunnels struct {
	Prefix string `json:"prefix"`
	From   int    `json:"from"` // the numbers that netmirror gives
	To     int    `json:"to"`
}

// Naming says what tells the native sessions of a device apart.
type Naming string

// The namings.
const (
	Numbered Naming = "numbered" // a number of NativeIDs, which netmirror chooses
	Named    Naming = "named"    // a name, which netmirror makes of the mark
	Keyed    Naming = "keyed"    // an id that the device itself gives when the session is made
	// Placed: the one port at which its copies end. What is copied there has an entry of
	// its own on the device, with nothing that says who made it, so that a native session
	// of ours may hold more than ours: sources that the ledger does not name are another
	// hand's, and stay.
	Placed Naming = "placed"
)

// NamedBy is Naming, never "".
func (c Capabilities) NamedBy() Naming {
	switch {
	case c.Naming != "":
		return c.Naming
	case c.NativeIDs != nil:
		return Numbered
	}
	return Named
}

// On is what a platform can do on a device with settings of its own: how many native
// sessions a model takes is not always public.
func (c Capabilities) On(d Device) Capabilities {
	if d.MaxSessions == 0 {
		return c
	}
	own := Limit{Counts: LimitSessions, Scope: "device", Max: d.MaxSessions, Source: "the device's setting maxSessions"}
	c.Limits = append([]Limit{own}, slices.DeleteFunc(slices.Clone(c.Limits), func(l Limit) bool { return l.Counts == LimitSessions })...)
	return c
}

// Plain is a spec in which what is the platform's default is not said, so that a
// session that names it and one that does not are equal. Of a native session that a
// driver read it tells the part that it is.
func (c Capabilities) Plain(n NativeSpec) NativeSpec {
	if n.Grain == PerDestination && n.Part == "" {
		n.Part = c.Grain.part(n.Sources)
	}
	if n.Footing != nil && n.Footing.Tunnel != nil {
		f, way := *n.Footing, *n.Footing.Tunnel
		if way.TTL == c.TunnelDefaults.TTL {
			way.TTL = 0
		}
		f.Tunnel, n.Footing = &way, &f
	}
	if n.Options.ERSPAN == nil {
		return n
	}
	tunnel := *n.Options.ERSPAN
	for _, field := range []struct{ value, usual *int }{{&tunnel.TTL, &c.TunnelDefaults.TTL},
		{&tunnel.MTU, &c.TunnelDefaults.MTU}, {&tunnel.Type, &c.TunnelDefaults.Type}} {
		if *field.value == *field.usual {
			*field.value = 0
		}
	}
	n.Options.ERSPAN = &tunnel
	return n
}

// What a Limit counts.
const (
	LimitSessions          = "sessions" // native sessions, foreign ones too
	LimitSourcesPerSession = "sources-per-session"
	LimitSourceSessions    = "source-sessions" // native sessions with sources on the device (local, RSPAN and ERSPAN source)
	LimitRXSessions        = "rx-sessions"
	LimitTXSessions        = "tx-sessions"
	LimitDestinations      = "destinations" // of one native session
	// LimitSessionsPerSource counts the native sessions, foreign ones too, in which one
	// source stands.
	LimitSessionsPerSource = "sessions-per-source"
)

// A Limit is one entry of a platform's limit vector.
type Limit struct {
	Counts string `json:"counts"`
	Scope  string `json:"scope"` // device, switch (one virtual switch), stack, asic
	Max    int    `json:"max"`
	Source string `json:"source"`
}
