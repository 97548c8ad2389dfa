package api

import (
	"cmp"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// DeviceSpec is the entry of a device: what PUT takes.
type DeviceSpec struct {
	Platform      string            `json:"platform" doc:"catalogue key, such as openvswitch or cisco_iosxe"`
	Transports    Transports        `json:"transports" doc:"how the device is reached"`
	Labels        map[string]string `json:"labels,omitempty" doc:"for selectors"`
	Mode          string            `json:"mode,omitempty" minLength:"1" doc:"full (default), or observe: everything but pushes"`
	Maintenance   bool              `json:"maintenance,omitempty" doc:"no pushes until it ends"`
	Resync        string            `json:"resync,omitempty" format:"go-duration" doc:"how often the device is read when undisturbed; default: the controller's setting, else what the platform asks for (5m on a command line, 1m elsewhere)"`
	Persist       string            `json:"persist,omitempty" minLength:"1" doc:"saving running to startup after a push: if-clean (default), always or never"`
	Confirm       string            `json:"confirm,omitempty" minLength:"1" doc:"timer: the device takes a push back by itself unless it is confirmed, where the platform has that; none: a push stands; default: as usual on the platform (timer where that hurts nobody else, none elsewhere)"`
	ConfirmWindow string            `json:"confirmWindow,omitempty" format:"go-duration" doc:"within how long a push is to be confirmed; at most 1m, which is the default"`
	ConfirmGrace  string            `json:"confirmGrace,omitempty" format:"go-duration" doc:"how late the device may be in taking it back; default 1m30s"`

	Links       []Link   `json:"links,omitempty" maxItems:"4096" doc:"cables, as somebody declares them; what devices hear of each other is apart"`
	NativeIDs   *IDRange `json:"nativeIds,omitempty" doc:"native session numbers netmirror may use, taken from the top; default: all of the platform"`
	MaxSessions int      `json:"maxSessions,omitempty" doc:"native sessions that the device may hold, foreign ones too; default: the platform's limit, which is cautious where the vendor publishes none"`
}

// Link is a cable at an interface of a device, as somebody declares it.
type Link struct {
	Interface     string `json:"interface" doc:"of the device, in the platform's words"`
	Device        string `json:"device" doc:"who is at the other end: the name of a device, or of anything else"`
	PeerInterface string `json:"peerInterface,omitempty" minLength:"1" doc:"of the other end; left out where it is not known"`
}

// IDRange is an inclusive range of numbers.
type IDRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Transports says how a device is reached.
type Transports struct {
	Config   Transport  `json:"config" doc:"for configuring"`
	Counters *Transport `json:"counters,omitempty" doc:"for counters; default: config"`
	State    *Transport `json:"state,omitempty" doc:"for operational state; default: config"`
}

// Transport is one way to a device.
type Transport struct {
	Protocol         string    `json:"protocol" doc:"such as ovsdb, cli, netconf, gnmi or snmp"`
	Address          string    `json:"address" doc:"host name, IP address, or path of a unix socket"`
	Port             int       `json:"port,omitempty" minimum:"1" maximum:"65535" doc:"default: that of the protocol"`
	Bridge           string    `json:"bridge,omitempty" minLength:"1" doc:"the virtual switch meant, when the address has several"`
	Credentials      string    `json:"credentials,omitempty" minLength:"1" doc:"the name of a credentials profile, made on the controller's host by netmirror credentials set"`
	HostKey          string    `json:"hostKey,omitempty" minLength:"1" doc:"strict: no unknown key; SHA256:...: none but this one; or insecure; default: pinned on first use"`
	JumpHost         *JumpHost `json:"jumpHost,omitempty" doc:"an SSH server on the way"`
	LegacyAlgorithms bool      `json:"legacyAlgorithms,omitempty" doc:"offer the SSH algorithms that old switches need"`
	TLS              bool      `json:"tls,omitempty" doc:"speak TLS over ovsdb (gnmi is over TLS anyway), with the authorities and the certificate of the controller's settings --device-ca, --device-cert, --device-key"`
	ServerName       string    `json:"serverName,omitempty" minLength:"1" doc:"the name that the server's certificate must bear; default: the address"`
	Insecure         string    `json:"insecure,omitempty" minLength:"1" doc:"of gnmi, for labs. skip-verify: TLS with whoever answers, who is shown the login; plaintext: no TLS, so that the login goes in clear text; default: the server's certificate is verified"`

	TypeAhead     string         `json:"typeAhead,omitempty" minLength:"1" doc:"auto (default): lines are sent before the one before was answered, until a loss is seen; off: one line at a time"`
	MaxWriteBytes int            `json:"maxWriteBytes,omitempty" minimum:"128" maximum:"65536" doc:"most octets in one write to a command line; default 900"`
	MaxReplyBytes int            `json:"maxReplyBytes,omitempty" minimum:"65536" maximum:"268435456" doc:"most octets of one reply; default 4194304"`
	Keepalive     string         `json:"keepalive,omitempty" format:"go-duration" doc:"silence after which the server is probed; default: never over SSH, 5s over OVSDB"`
	WantReply     bool           `json:"wantReply,omitempty" doc:"wait for the answers to the requests for a terminal and a shell"`
	IdleClose     string         `json:"idleClose,omitempty" format:"go-duration" doc:"how long a connection that nothing needs stays open, where the platform does not tell of changes; default 2m"`
	Timeouts      *WaitingLimits `json:"timeouts,omitempty" doc:"how long the device is waited for; default: the controller's settings"`
}

// WaitingLimits are how long a device is waited for.
type WaitingLimits struct {
	Dial string `json:"dial,omitempty" format:"go-duration" doc:"connecting, login included"`
	Read string `json:"read,omitempty" format:"go-duration" doc:"silence while output is waited for; it moves while output arrives"`
	Push string `json:"push,omitempty" format:"go-duration" doc:"one write of configuration with all its answers"`
}

// JumpHost is an SSH server on the way to a device.
type JumpHost struct {
	Address     string `json:"address" doc:"host[:port]"`
	Credentials string `json:"credentials" doc:"the name of its credentials profile"`
}

// Device is a device with what is known of it.
type Device struct {
	Name   string       `json:"name"`
	Spec   DeviceSpec   `json:"spec" doc:"what PUT takes"`
	Status DeviceStatus `json:"status"`
}

// DeviceStatus is what is known of a device apart from its entry.
type DeviceStatus struct {
	Version int64 `json:"version,omitempty" doc:"of the entry; the ETag; left out in lists"`
	Authorship
	ManagedBy    string        `json:"managedBy" doc:"the door through which it is managed: api, file, ...; a write by another is 409"`
	Retired      bool          `json:"retired,omitempty" doc:"vanished from its source; never deleted by itself"`
	Reachable    Condition     `json:"reachable"`
	Facts        Facts         `json:"facts"`
	Capabilities *Capabilities `json:"capabilities,omitempty" doc:"what this device can do, as far as it is known; left out of brief lists"`
	NativeUsed   int           `json:"nativeUsed" doc:"native sessions on the device, foreign ones too, that count against nativeTotal"`
	NativeTotal  int           `json:"nativeTotal,omitempty" doc:"the limit that will be reached first; left out when none is known"`
	NativeCounts string        `json:"nativeCounts,omitempty" doc:"what nativeTotal counts: sessions, source-sessions, ..."`
	Slots        []Slot        `json:"slots,omitempty" doc:"every limit of native sessions, as far as it is taken"`
	ObservedAt   *time.Time    `json:"observedAt,omitempty" doc:"last good read; left out before the first"`
	NextRead     *time.Time    `json:"nextRead,omitempty" doc:"when a device that could not be reached is tried again by itself, which is more and more rarely; left out while it answers"`
	Brake        *Brake        `json:"brake,omitempty" doc:"drift repairs have stopped and wait for :release"`
	Transport    *Manners      `json:"transport,omitempty" doc:"what was learned of how the device may be spoken to; left out while nothing was"`
	Unsaved      []string      `json:"unsaved,omitempty" doc:"native ids changed by netmirror and not saved to startup yet"`
	LastCheck    *LastCheck    `json:"lastCheck,omitempty" doc:"what the last :check came to; left out before the first"`
}

// Manners is what was learned of how a device may be spoken to.
type Manners struct {
	TypeAhead string     `json:"typeAhead,omitempty" doc:"off: one line is sent at a time, whatever the entry says"`
	Keepalive string     `json:"keepalive,omitempty" doc:"off: the peer is not probed any more"`
	Reason    string     `json:"reason" doc:"why, in the words of the error that told it"`
	Since     *time.Time `json:"since,omitempty"`
}

// Brake says why drift repairs have stopped on a device.
type Brake struct {
	Scope   string    `json:"scope" doc:"device, or platform: many devices of one platform at once"`
	Message string    `json:"message"`
	Since   time.Time `json:"since"`
}

// Facts are what a connection learned.
type Facts struct {
	Hostname  string            `json:"hostname,omitempty"`
	Model     string            `json:"model,omitempty"`
	Version   string            `json:"version,omitempty" doc:"of the device's software"`
	Serial    string            `json:"serial,omitempty"`
	Uptime    string            `json:"uptime,omitempty" doc:"a duration, at learnedAt"`
	Extra     map[string]string `json:"extra,omitempty" doc:"platform-specific"`
	LearnedAt *time.Time        `json:"learnedAt,omitempty"`
}

// Support is one ability with its evidence.
type Support struct {
	Level  string `json:"level" doc:"yes, no, or unverified: documented, never seen on recorded output"`
	Remark string `json:"remark,omitempty"`
	Source string `json:"source,omitempty"`
}

// Capabilities are what a device can do.
type Capabilities struct {
	Roles      map[string]Support `json:"roles"`
	PortSource map[string]Support `json:"portSource" doc:"by direction"`
	LAGSource  map[string]Support `json:"lagSource" doc:"by direction"`
	VLANSource map[string]Support `json:"vlanSource" doc:"by direction"`
	// The three above are what Sources says of the most usual kinds.
	Sources           map[string]map[string]Support `json:"sources" doc:"by kind (port, port-channel, subinterface, cpu, vlan, none) and direction; those before are parts of it"`
	Grain             string                        `json:"grain" doc:"how much of what is copied to one destination a native session holds: all of it (destination), one direction or one source"`
	CPUDestination    Support                       `json:"cpuDestination" doc:"copies to the switch's own processor"`
	MixedSources      Support                       `json:"mixedSources" doc:"ports and VLANs in one native session"`
	LAGDestination    Support                       `json:"lagDestination"`
	SharedDestination Support                       `json:"sharedDestination" doc:"one port as destination of native sessions of different kinds"`
	TagsPreserve      Support                       `json:"tagsPreserve"`
	TagsStrip         Support                       `json:"tagsStrip"`
	IngressEnabled    Support                       `json:"ingressEnabled"`
	PortSetup         Support                       `json:"portSetup" doc:"making a destination port fit on request (force), and putting it back"`
	ERSPANHeader      Support                       `json:"erspanHeader" doc:"an ERSPAN header behind the GRE header of an erspan session"`
	GRE               Support                       `json:"gre" doc:"plain GRE as the tunnel of an erspan session"`
	FilterVLANs       Support                       `json:"filterVlans"`
	Filter            Support                       `json:"filter"`
	FilterAt          string                        `json:"filterAt,omitempty" doc:"where the access list of a filter stands: session (it selects copies alone), or sources (at the ingress of the source ports, so that it takes only what they receive; all its entries forward); left out where there are no filters"`
	RuleVLANs         Support                       `json:"ruleVlans" doc:"a rule of a filter may be of one VLAN"`
	Truncate          Support                       `json:"truncate"`
	TruncateRange     *IDRange                      `json:"truncateRange,omitempty" doc:"octets; steps and exceptions are in ranges"`
	Sample            Support                       `json:"sample"`
	Shut              Support                       `json:"shut" doc:"a native session can be shut down and stay as it is"`
	VRF               Support                       `json:"vrf" doc:"of an erspan tunnel, like ttl, dscp, mtu and ipv6"`
	EndVRF            *Support                      `json:"endVrf,omitempty" doc:"vrf where a tunnel ends, where that is not as where it begins"`
	TTL               Support                       `json:"ttl"`
	DSCP              Support                       `json:"dscp"`
	MTU               Support                       `json:"mtu"`
	IPv6              Support                       `json:"ipv6"`
	NeedsOrigin       bool                          `json:"needsOrigin" doc:"an erspan source must be told the address that it sends from"`
	NoOrigin          string                        `json:"noOrigin,omitempty" doc:"why an erspan source cannot be told the address that it sends from; empty: it can"`
	DeviceOrigin      bool                          `json:"deviceOrigin,omitempty" doc:"the address that copies to collectors are sent from is one for the whole device"`
	Tunnels           *Tunnels                      `json:"tunnels,omitempty" doc:"interfaces that netmirror makes for copies to collectors to leave by; left out where a session names the collector itself"`
	Atomic            bool                          `json:"atomic,omitempty" doc:"a push is one commit: all of it, or nothing"`
	Ranges            map[string]Values             `json:"ranges" doc:"by the field of a session"`
	Naming            string                        `json:"naming" doc:"what tells native sessions apart: numbered (a number that netmirror chooses), named (by the ownership mark), keyed (an id that the device gives)"`
	NativeIDs         *IDRange                      `json:"nativeIds,omitempty" doc:"left out where native sessions have no numbers"`
	Marks             bool                          `json:"marks" doc:"the device has room for the ownership mark"`
	Persistent        bool                          `json:"persistent" doc:"a push survives a reboot without a save"`
	Limits            []Limit                       `json:"limits"`
	Counting          Counting                      `json:"counting" doc:"where copies are counted"`
}

// Tunnels are interfaces whose names are a word and a number.
type Tunnels struct {
	Prefix string `json:"prefix" doc:"such as tunnel-ip"`
	From   int    `json:"from" doc:"the lowest number that netmirror gives"`
	To     int    `json:"to" doc:"the highest"`
}

// Counting says how copies are counted.
type Counting struct {
	At     string  `json:"at" doc:"nowhere, out-counters (among what the destination port sends), mirror-counter, session-counter, or unverified: a document says the counters of the destination port, and no recording shows it"`
	Remark string  `json:"remark,omitempty"`
	Source string  `json:"source,omitempty"`
	Once   bool    `json:"once,omitempty" doc:"a frame that several sources match is copied once, so that there are fewer copies than the sources carry frames"`
	Ports  bool    `json:"ports,omitempty" doc:"what leaves a destination port is counted too, beside the counter of the mirror or session: copies that were made and did not leave are told"`
	Drops  Support `json:"drops" doc:"copies that did not fit through the destination are counted"`
}

// Values are those that a number may have; left out where no document tells.
type Values struct {
	From   int   `json:"from,omitempty" doc:"inclusive"`
	To     int   `json:"to,omitempty" doc:"inclusive"`
	Step   int   `json:"step,omitempty" doc:"its multiples alone"`
	Except []int `json:"except,omitempty"`
	Only   []int `json:"only,omitempty" doc:"all that are allowed, beside none of the other fields"`
}

// rangesOf names the values by the field of a session that they bound.
func rangesOf(r mirror.Ranges) map[string]Values {
	out := map[string]Values{}
	for name, v := range map[string]mirror.Values{"truncate": r.Truncate, "sample": r.Sample, "rspan.vlan": r.RemoteVLAN, "erspan.id": r.ERSPANID,
		"erspan.id of gre": r.GREKey, "erspan.ttl": r.TTL, "erspan.dscp": r.DSCP, "erspan.mtu": r.MTU, "erspan.type": r.Type} {
		if v.Known() {
			out[name] = Values(v)
		}
	}
	return out
}

// Limit is one entry of a platform's limits.
type Limit struct {
	Counts string `json:"counts" doc:"sessions, rx-sessions, ..."`
	Scope  string `json:"scope" doc:"device, switch, stack or asic"`
	Max    int    `json:"max"`
	Source string `json:"source" doc:"where it is documented"`
}

// Slot is a limit of native sessions with how much of it is taken.
type Slot struct {
	Counts string `json:"counts" doc:"sessions, source-sessions, ..."`
	Scope  string `json:"scope" doc:"device, switch, stack or asic"`
	Max    int    `json:"max"`
	Source string `json:"source" doc:"where it is documented"`
	Used   int    `json:"used" doc:"native sessions that count against it, foreign ones too"`
}

// DeviceList is one page of devices.
type DeviceList struct {
	Items      []Device `json:"items" doc:"by name"`
	NextCursor string   `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

// DeviceCheck is the first-day check of a device.
type DeviceCheck struct {
	Device string      `json:"device"`
	OK     bool        `json:"ok"`
	Items  []CheckItem `json:"items"`
}

// LastCheck is what the last first-day check of a device came to.
type LastCheck struct {
	At    time.Time   `json:"at"`
	Actor string      `json:"actor" doc:"who asked for it"`
	OK    bool        `json:"ok"`
	Items []CheckItem `json:"items,omitempty" doc:"long messages are cut; left out of brief lists"`
}

// CheckItem is one line of a DeviceCheck.
type CheckItem struct {
	Name    string `json:"name" doc:"reachable, model, slots, ..."`
	State   string `json:"state" doc:"True, False or Unknown"`
	Message string `json:"message"`
}

func (d DeviceSpec) domain(name string) mirror.Device {
	return mirror.Device{Name: name, Platform: d.Platform, Labels: d.Labels, Mode: d.Mode, Maintenance: d.Maintenance, Persist: d.Persist,
		Confirm: d.Confirm, ConfirmWindow: durationOf(d.ConfirmWindow), ConfirmGrace: durationOf(d.ConfirmGrace),
		NativeIDs: (*mirror.IDRange)(d.NativeIDs), MaxSessions: d.MaxSessions, Links: linksDomain(d.Links), ManagedBy: mirror.ManagedByAPI, Resync: durationOf(d.Resync),
		Transports: mirror.Transports{Config: d.Transports.Config.domain(),
			Counters: translate1(d.Transports.Counters, Transport.domain), State: translate1(d.Transports.State, Transport.domain)}}
}

func (t Transport) domain() mirror.Transport {
	out := mirror.Transport{Protocol: t.Protocol, Address: t.Address, Port: t.Port, Bridge: t.Bridge,
		Credentials: t.Credentials, HostKey: t.HostKey, Legacy: t.LegacyAlgorithms, TLS: t.TLS, ServerName: t.ServerName, Insecure: t.Insecure, Tuning: t.tuning()}
	if t.JumpHost != nil {
		out.JumpHost = mirror.JumpHost(*t.JumpHost)
	}
	return out
}

func (t Transport) tuning() mirror.Tuning {
	out := mirror.Tuning{TypeAhead: t.TypeAhead, MaxWriteBytes: t.MaxWriteBytes, MaxReplyBytes: t.MaxReplyBytes,
		Keepalive: durationOf(t.Keepalive), WantReply: t.WantReply, IdleClose: durationOf(t.IdleClose)}
	if l := t.Timeouts; l != nil {
		out.Timeouts = mirror.WaitingLimits{Dial: durationOf(l.Dial), Read: durationOf(l.Read), Push: durationOf(l.Push)}
	}
	return out
}

// durationOf reads a duration that the checker has let pass; "" is zero.
func durationOf(text string) mirror.Duration {
	d, _ := time.ParseDuration(text)
	return mirror.Duration(d)
}

func durationText(d mirror.Duration) string {
	if d == 0 {
		return ""
	}
	return formatDur(d.Std())
}

// translate1 applies f to what p points to.
func translate1[A, B any](p *A, f func(A) B) *B {
	if p == nil {
		return nil
	}
	b := f(*p)
	return &b
}

func linksDomain(in []Link) []mirror.Link {
	return translateAll(in, func(l Link) mirror.Link { return mirror.Link(l) })
}

func linksOf(in []mirror.Link) []Link {
	return translateAll(in, func(l mirror.Link) Link { return Link(l) })
}

func deviceSpecOf(d mirror.Device) DeviceSpec {
	return DeviceSpec{Platform: d.Platform, Labels: d.Labels, Mode: d.Mode, Maintenance: d.Maintenance, Persist: d.Persist,
		Confirm: d.Confirm, ConfirmWindow: durationText(d.ConfirmWindow), ConfirmGrace: durationText(d.ConfirmGrace),
		NativeIDs: (*IDRange)(d.NativeIDs), MaxSessions: d.MaxSessions, Links: linksOf(d.Links), Resync: durationText(d.Resync),
		Transports: Transports{Config: transportOf(d.Transports.Config),
			Counters: translate1(d.Transports.Counters, transportOf), State: translate1(d.Transports.State, transportOf)}}
}

func transportOf(t mirror.Transport) Transport {
	out := Transport{Protocol: t.Protocol, Address: t.Address, Port: t.Port, Bridge: t.Bridge,
		Credentials: t.Credentials, HostKey: t.HostKey, LegacyAlgorithms: t.Legacy, TLS: t.TLS, ServerName: t.ServerName, Insecure: t.Insecure,
		TypeAhead: t.TypeAhead, MaxWriteBytes: t.MaxWriteBytes, MaxReplyBytes: t.MaxReplyBytes,
		Keepalive: durationText(t.Keepalive), WantReply: t.WantReply, IdleClose: durationText(t.IdleClose)}
	if l := t.Timeouts; l != (mirror.WaitingLimits{}) {
		out.Timeouts = &WaitingLimits{Dial: durationText(l.Dial), Read: durationText(l.Read), Push: durationText(l.Push)}
	}
	if t.JumpHost != (mirror.JumpHost{}) {
		j := JumpHost(t.JumpHost)
		out.JumpHost = &j
	}
	return out
}

func deviceOf(v engine.DeviceView) Device {
	f := v.State.Facts
	facts := Facts{Hostname: f.Hostname, Model: f.Model, Version: f.Version, Serial: f.Serial, Extra: f.Extra, LearnedAt: timeOrNil(f.LearnedAt)}
	if f.Uptime > 0 {
		facts.Uptime = formatDur(f.Uptime)
	}
	reachable := conditionOf(mirror.Condition{Type: "Reachable", Status: v.State.Reachable.State,
		Reason: v.State.Reachable.Reason, Message: v.State.Reachable.Message, Since: v.State.Changed})
	return Device{Name: v.Device.Name, Spec: deviceSpecOf(v.Device), Status: DeviceStatus{
		Version: v.Version, Authorship: authorshipOf(v.Author), ManagedBy: v.Device.ManagedBy, Retired: v.Device.Retired, Reachable: reachable, Facts: facts,
		Capabilities: new(capabilitiesOf(v.Capabilities)), NativeUsed: nativeUsed(v), NativeTotal: v.Binding.Max, NativeCounts: v.Binding.Counts,
		Slots: translateAll(v.Slots, func(s engine.Slot) Slot {
			return Slot{Counts: s.Counts, Scope: s.Scope, Max: s.Max, Source: s.Source, Used: s.Used}
		}),
		ObservedAt: timeOrNil(v.State.Observation.At), NextRead: timeOrNil(v.NextRead),
		Brake:     translate1(v.State.Brake, func(b mirror.Brake) Brake { return Brake(b) }),
		Transport: mannersOf(v.State.Transport),
		Unsaved:   translateAll(v.State.Unsaved, func(u mirror.Unsaved) string { return u.ID }),
		LastCheck: translate1(v.State.LastCheck, func(c mirror.LastCheck) LastCheck {
			return LastCheck{At: c.At, Actor: c.Actor, OK: c.OK, Items: checkItemsOf(c.Items)}
		})}}
}

// nativeUsed counts against the limit that binds, or all where none is known.
func nativeUsed(v engine.DeviceView) int {
	if v.Binding.Max == 0 {
		return len(v.State.Observation.Natives)
	}
	return v.Binding.Used
}

func mannersOf(s mirror.TransportState) *Manners {
	if s == (mirror.TransportState{}) {
		return nil
	}
	m := &Manners{TypeAhead: s.TypeAhead, Reason: s.Reason, Since: timeOrNil(s.Since)}
	if s.NoKeepalive {
		m.Keepalive = "off"
	}
	return m
}

func capabilitiesOf(c mirror.Capabilities) Capabilities {
	out := Capabilities{
		Roles: supports(c.Roles), PortSource: supports(c.Sources[mirror.SourcePort]), LAGSource: supports(c.Sources[mirror.SourceLAG]), VLANSource: supports(c.Sources[mirror.SourceVLAN]),
		MixedSources: support(c.MixedSources), LAGDestination: support(c.LAGDestination), SharedDestination: support(c.SharedDestination), TagsPreserve: support(c.TagsPreserve),
		TagsStrip: support(c.TagsStrip), IngressEnabled: support(c.IngressEnabled), PortSetup: support(c.PortSetup), ERSPANHeader: support(c.ERSPANHeader), GRE: support(c.GRE), FilterVLANs: support(c.FilterVLANs),
		Filter: support(c.Filter), RuleVLANs: support(c.RuleVLANs), Truncate: support(c.Truncate), Sample: support(c.Sample),
		Naming: string(c.NamedBy()), NativeIDs: (*IDRange)(c.NativeIDs), Marks: c.Marks, Persistent: c.Persistent, Limits: make([]Limit, len(c.Limits))}
	if v := c.Ranges.Truncate; v.Known() && len(v.Only) == 0 {
		out.TruncateRange = &IDRange{From: v.From, To: v.To}
	}
	out.Shut, out.VRF, out.TTL, out.DSCP, out.MTU, out.IPv6, out.NeedsOrigin, out.NoOrigin = support(c.Shut), support(c.VRF), support(c.TTL), support(c.DSCP), support(c.MTU), support(c.IPv6), c.NeedsOrigin, c.NoOrigin
	if c.EndVRF != nil {
		end := support(*c.EndVRF)
		out.EndVRF = &end
	}
	if c.Filter.OK() {
		out.FilterAt = cmp.Or(string(c.FilterAt), "session")
	}
	out.DeviceOrigin, out.Tunnels, out.Atomic = c.DeviceOrigin, (*Tunnels)(c.Tunnels), c.Atomic
	out.Ranges, out.CPUDestination, out.Grain = rangesOf(c.Ranges), support(c.CPUDestination), string(cmp.Or(c.Grain, "destination"))
	out.Counting = Counting{At: cmp.Or(string(c.Counting.At), "nowhere"), Remark: c.Counting.Remark, Source: c.Counting.Source, Once: c.Counting.Once, Ports: c.Counting.Ports, Drops: support(c.Counting.Drops)}
	out.Sources = map[string]map[string]Support{}
	for kind, each := range c.Sources {
		out.Sources[string(kind)] = supports(each)
	}
	for i, l := range c.Limits {
		out.Limits[i] = Limit(l)
	}
	return out
}

func supports[K ~string](in map[K]mirror.Support) map[string]Support {
	out := map[string]Support{}
	for k, s := range in {
		out[string(k)] = support(s)
	}
	return out
}

func support(s mirror.Support) Support {
	out := Support{Level: string(s.Level), Remark: s.Remark, Source: s.Source}
	if s.Level == mirror.No {
		out.Level = "no"
	}
	return out
}

func checkOf(c engine.DeviceCheck) DeviceCheck {
	return DeviceCheck{Device: c.Device, OK: c.OK, Items: checkItemsOf(c.Items)}
}

func checkItemsOf(list []mirror.CheckItem) []CheckItem {
	return orEmpty(translateAll(list, func(i mirror.CheckItem) CheckItem {
		return CheckItem{Name: i.Name, State: stateOf(i.State), Message: i.Message}
	}))
}
