package mirror

import (
	"cmp"
	"context"
	"time"
)

// PortName is a port's canonical name on its platform; two names are one port
// exactly when they are equal.
type PortName string

// BitsPerSecond is a rate on the wire.
type BitsPerSecond uint64

// Modes of a device, and of the whole controller.
const (
	ModeFull    = "full"
	ModeObserve = "observe" // everything but pushes
)

// Policies of saving running to startup after a push.
const (
	PersistIfClean = "if-clean" // only when both were equal before it
	PersistAlways  = "always"
	PersistNever   = "never"
)

// Settings of whether pushes are taken back by the device itself unless they are
// confirmed in time. Without one it is as usual on the platform.
const (
	ConfirmTimer = "timer"
	ConfirmNone  = "none"
)

// Bounds and defaults of confirmed pushes.
const (
	MaxConfirmWindow = time.Minute // also the default
	// DefaultConfirmGrace bears the lateness of devices, 35 s at most as seen.
	DefaultConfirmGrace = 90 * time.Second
)

// Doors through which a device may be managed; a write by another is a conflict.
const (
	ManagedByAPI          = "api"
	ManagedByFile         = "file"
	ManagedByContainerlab = "containerlab"
	ManagedByNetBox       = "netbox"
)

// Imports are the sources whose entries are brought in as a whole, again and again.
func Imports() []string { return []string{ManagedByContainerlab, ManagedByNetBox} }

// A Device is a switch under management.
type Device struct {
	Name        string            `json:"name"`
	Platform    string            `json:"platform"` // catalogue key: openvswitch, cisco_iosxe, ...
	Transports  Transports        `json:"transports"`
	Labels      map[string]string `json:"labels,omitempty"`
	Mode        string            `json:"mode"`
	Maintenance bool              `json:"maintenance,omitempty"` // no pushes until it ends
	Resync      Duration          `json:"resync,omitempty"`      // how often it is read when undisturbed; 0 = the controller's or the platform's interval
	Persist     string            `json:"persist"`               // if-clean, always or never
	// Confirm is timer where the platform has it: a push is taken back by the device
	// unless it is confirmed within ConfirmWindow. ConfirmGrace later at the latest it has
	// done so. With none a push simply stands; "" is as usual on the platform. Zero windows and graces take defaults.
	Confirm       string   `json:"confirm,omitempty"`
	ConfirmWindow Duration `json:"confirmWindow,omitempty"`
	ConfirmGrace  Duration `json:"confirmGrace,omitempty"`

	NativeIDs *IDRange `json:"nativeIds,omitempty"` // numbers netmirror may use; nil = the platform's
	// MaxSessions is how many native sessions the device may hold, foreign ones too;
	// 0 = the platform's limit.
	MaxSessions int `json:"maxSessions,omitempty"`
	// Links are cables that a person, or the source of the entry, says there are. What
	// devices hear of each other is Port.Neighbours.
	Links     []Link `json:"links,omitempty"`
	ManagedBy string `json:"managedBy"`
	Retired   bool   `json:"retired,omitempty"` // vanished from its source
}

// A Link is a cable at an interface of a device, as somebody declares it.
type Link struct {
	Interface string `json:"interface"` // of the device, in the platform's words
	// Device is who is at the other end: the name of a device, or of anything else.
	Device        string `json:"device"`
	PeerInterface string `json:"peerInterface,omitempty"` // "" = not known
}

// MaxLinks bounds the cables of one device.
const MaxLinks = 4096

// Window is within how long a push must be confirmed, 0 where pushes simply
// stand. usual: pushes of the platform are confirmed unless the device says otherwise.
func (d Device) Window(usual bool) time.Duration {
	if d.Confirm != ConfirmTimer && (d.Confirm != "" || !usual) {
		return 0
	}
	return cmp.Or(d.ConfirmWindow.Std(), MaxConfirmWindow)
}

// Grace is how long after its time a push that was not confirmed may still be
// there.
func (d Device) Grace() time.Duration { return cmp.Or(d.ConfirmGrace.Std(), DefaultConfirmGrace) }

// IDRange is an inclusive range of native session numbers, taken from the top.
type IDRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Transports says how a device is reached. Counters and State default to Config.
type Transports struct {
	Config   Transport  `json:"config"`
	Counters *Transport `json:"counters,omitempty"`
	State    *Transport `json:"state,omitempty"`
}

// A Transport is one way to a device. Credentials are the name of a profile
// that lives with the controller's host; the store holds no more of them.
type Transport struct {
	Protocol    string   `json:"protocol"`
	Address     string   `json:"address"`               // host, IP literal, or path of a unix socket
	Port        int      `json:"port,omitempty"`        // 0 = the protocol's default
	Bridge      string   `json:"bridge,omitempty"`      // the virtual switch meant, when the address has several
	Credentials string   `json:"credentials,omitempty"` // the name of a profile
	HostKey     string   `json:"hostKey,omitempty"`     // "", strict, insecure or a fingerprint
	JumpHost    JumpHost `json:"jumpHost,omitzero"`
	Legacy      bool     `json:"legacyAlgorithms,omitempty"`
	TLS         bool     `json:"tls,omitempty"`        // certificates and authorities are the controller's own settings
	ServerName  string   `json:"serverName,omitempty"` // the name that the server's certificate must bear; "" = the address
	Insecure    string   `json:"insecure,omitempty"`   // of a protocol that is over TLS (gnmi): "" = the server's certificate is verified, skip-verify or plaintext
	Tuning
	// Former are references that an earlier version stored. Nothing resolves
	// them; an operator on the controller's host makes profiles of them.
	Former *FormerCredentials `json:"formerCredentials,omitempty"`
}

// What Transport.Insecure may allow, for labs.
const (
	InsecureSkipVerify = "skip-verify" // TLS with whoever answers
	InsecurePlaintext  = "plaintext"   // no TLS: the login goes in clear text
)

// A JumpHost is an SSH server on the way to a device.
type JumpHost struct {
	Address     string `json:"address"`               // host[:port], an IPv6 literal with a port in brackets
	Credentials string `json:"credentials,omitempty"` // the name of its profile
}

// FormerCredentials are references of the form env:NAME or file:PATH, as
// versions without profiles stored them.
type FormerCredentials struct {
	Username string `json:"username,omitempty"` // may be a plain name
	Password string `json:"password,omitempty"`
	Enable   string `json:"enable,omitempty"`
	Key      string `json:"key,omitempty"`      // private key, PEM
	JumpHost string `json:"jumpHost,omitempty"` // [user@]host[:port], with the same credentials
}

// A PlacedTransport is a transport with the JSON pointer to it.
type PlacedTransport struct {
	Pointer string
	*Transport
}

// All lists the transports that a device names.
func (t *Transports) All() []PlacedTransport {
	out := []PlacedTransport{{"/transports/config", &t.Config}}
	if t.Counters != nil {
		out = append(out, PlacedTransport{"/transports/counters", t.Counters})
	}
	if t.State != nil {
		out = append(out, PlacedTransport{"/transports/state", t.State})
	}
	return out
}

// Target is a device with its credentials resolved: what a driver connects to.
type Target struct {
	Device    Device
	Transport Transport
	Login            // on the device
	Jump      Login  // on the jump host
	Instance  string // the controller's instance id, for marks
	HostKeys  HostKeys
	// Facts are those of an earlier connection, zero for none: a driver may spare
	// questions whose answers cannot have changed since.
	Facts Facts
}

// HostKeys remembers the host keys of SSH servers, see HostKey.
type HostKeys interface {
	// Lookup returns the pinned key, or "" when there is none.
	Lookup(ctx context.Context, host string) (key string, err error)
	// Pin stores the key of a host that had none; ErrConflict when another key
	// was pinned meanwhile.
	Pin(ctx context.Context, host, key string) error
}

// A Tool is a long-lived receiver of copies: an IDS, a recorder, a broker.
type Tool struct {
	Name           string            `json:"name"`
	Description    string            `json:"description,omitempty"`
	Device         string            `json:"device,omitempty"`
	Interface      string            `json:"interface,omitempty"`
	IP             string            `json:"ip,omitempty"`
	Capacity       BitsPerSecond     `json:"capacity,omitempty"` // 0 = the port's speed
	MaxUtilization float64           `json:"maxUtilization,omitempty"`
	Owner          string            `json:"owner,omitempty"`
	Accepts        []string          `json:"accepts,omitempty"` // of AcceptUntagged, ...; none = everything
	Labels         map[string]string `json:"labels,omitempty"`
	ManagedBy      string            `json:"managedBy,omitempty"` // the source that it is imported from, see Imports; "" = none
	Retired        bool              `json:"retired,omitempty"`   // vanished from that source
}

// What a tool may say that it accepts: frames without and with VLAN tags, and what
// comes to an address.
const (
	AcceptUntagged = "untagged"
	AcceptTagged   = "tagged"
	AcceptERSPAN2  = "erspan2" // in GRE with a header of type II
	AcceptERSPAN3  = "erspan3"
	AcceptGRE      = "gre" // Ethernet frames in GRE
)

// Facts are what a connection learned about a device.
type Facts struct {
	Protocol string        `json:"protocol,omitempty"` // over which they were learned
	Hostname string        `json:"hostname,omitempty"`
	Model    string        `json:"model,omitempty"`
	Version  string        `json:"version,omitempty"`
	Serial   string        `json:"serial,omitempty"`
	Uptime   time.Duration `json:"uptime,omitempty"` // at LearnedAt; 0 = unknown
	// Extra holds what only the platform's own driver reads (schema version,
	// supported columns), sorted when printed.
	Extra     map[string]string `json:"extra,omitempty"`
	LearnedAt time.Time         `json:"learnedAt,omitzero"`
}

// A Port is a port as the device tells it.
type Port struct {
	Name    PortName      `json:"name"`
	Handle  string        `json:"handle,omitempty"` // row id, on platforms that push by row
	Switch  string        `json:"switch,omitempty"` // the virtual switch it belongs to
	Up      State         `json:"up"`
	Admin   State         `json:"admin,omitempty"` // False = shut down by configuration, "" = not told
	Speed   BitsPerSecond `json:"speed,omitempty"` // 0 = not told
	MTU     int           `json:"mtu,omitempty"`
	Members []PortName    `json:"members,omitempty"` // of a port-channel
	LAG     bool          `json:"lag,omitempty"`
	Kind    SourceKind    `json:"kind,omitempty"`    // "" = a port, or a port-channel where LAG says so; see Is
	Parent  PortName      `json:"parent,omitempty"`  // the port that a subinterface is a part of
	Access  int           `json:"access,omitempty"`  // access VLAN, 0 = none or trunk
	Trunk   *Trunk        `json:"trunk,omitempty"`   // nil = no trunk
	Monitor bool          `json:"monitor,omitempty"` // a port for copies, in the platform's own way, see PortSetup
	// Lists are the names of the access lists, or filters, that stand at its ingress, where
	// FilterAt is FilterAtSources; "?" is one whose name is not told.
	Lists  []string  `json:"lists,omitempty"`
	Stanza string    `json:"stanza,omitempty"` // its configuration in the device's own words, where it is read
	Uses   []PortUse `json:"uses,omitempty"`   // why it is no idle port
	// Neighbours are heard there; those of a port-channel on its members.
	Neighbours []Neighbour `json:"neighbours,omitempty"`
}

// A Neighbour is a system that a device hears on a port (LLDP, CDP).
type Neighbour struct {
	System string `json:"system"`        // its name as it tells it
	Cut    bool   `json:"cut,omitempty"` // the device shows the beginning of the name only
}

// PortUse is one reason of the destination guard.
type PortUse struct {
	Kind   string `json:"kind"` // trunk, lag, lag-member, addressed, learned, neighbour, receiving, management, tunnel, patch, shutdown, unknown
	Detail string `json:"detail"`
}
