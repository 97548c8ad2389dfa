// Code generated from the OpenAPI document by internal/clientgen (make generate). DO NOT EDIT.

package client

import (
	"encoding/json"
	"time"
)

// Admission is part of AdoptRequest, SessionSpec, WaysAsk, ManifestSession.
type Admission struct {
	// measured (default): p95 of the last hour; worst-case: speeds of links
	Basis string `json:"basis,omitempty"`
	// share of the capacity, default 0.8 or that of the tool; the smaller of both counts
	MaxUtilization *float64 `json:"maxUtilization,omitempty"`
	// enforce (default): what does not fit is refused; warn; off: nothing is reckoned for this session
	Mode string `json:"mode,omitempty"`
}

// AdoptRequest is taken by AdoptSession.
type AdoptRequest struct {
	Admission *Admission `json:"admission,omitempty"`
	// remove (default), or orphan: leave it on the device
	DeletePolicy string `json:"deletePolicy,omitempty"`
	Description  string `json:"description,omitempty"`
	Device       string `json:"device"`
	// repair (default) or report
	DriftPolicy string            `json:"driftPolicy,omitempty"`
	Labels      map[string]string `json:"labels,omitzero"`
	Lease       *Lease            `json:"lease,omitempty"`
	// number or name, as observed-sessions tells it
	NativeID string   `json:"nativeId"`
	Purpose  *Purpose `json:"purpose,omitempty"`
}

// Block is part of Payload.
type Block struct {
	Mark string `json:"mark"`
	// what it does, in plain words
	Summary string `json:"summary"`
	Text    string `json:"text"`
	Verb    string `json:"verb"`
}

// Brake is part of DeviceStatus.
type Brake struct {
	Message string `json:"message"`
	// device, or platform: many devices of one platform at once
	Scope string    `json:"scope"`
	Since time.Time `json:"since"`
}

// Cable is part of Interface.
type Cable struct {
	Device    string `json:"device"`
	Interface string `json:"interface,omitempty"`
}

// Capabilities is part of DeviceStatus.
type Capabilities struct {
	// a push is one commit: all of it, or nothing
	Atomic bool `json:"atomic,omitempty"`
	// where copies are counted
	Counting Counting `json:"counting"`
	// copies to the switch's own processor
	CPUDestination Support `json:"cpuDestination"`
	// the address that copies to collectors are sent from is one for the whole device
	DeviceOrigin bool    `json:"deviceOrigin,omitempty"`
	DSCP         Support `json:"dscp"`
	// vrf where a tunnel ends, where that is not as where it begins
	EndVRF *Support `json:"endVrf,omitempty"`
	// an ERSPAN header behind the GRE header of an erspan session
	ERSPANHeader Support `json:"erspanHeader"`
	Filter       Support `json:"filter"`
	// where the access list of a filter stands: session (it selects copies alone), or sources (at the ingress of
	// the source ports, so that it takes only what they receive; all its entries forward); left out where there
	// are no filters
	FilterAt    string  `json:"filterAt,omitempty"`
	FilterVLANs Support `json:"filterVlans"`
	// how much of what is copied to one destination a native session holds: all of it (destination), one
	// direction or one source
	Grain string `json:"grain"`
	// plain GRE as the tunnel of an erspan session
	GRE            Support `json:"gre"`
	IngressEnabled Support `json:"ingressEnabled"`
	IPv6           Support `json:"ipv6"`
	LAGDestination Support `json:"lagDestination"`
	// by direction
	LAGSource map[string]Support `json:"lagSource,omitzero"`
	Limits    []Limit            `json:"limits,omitzero"`
	// the device has room for the ownership mark
	Marks bool `json:"marks"`
	// ports and VLANs in one native session
	MixedSources Support `json:"mixedSources"`
	MTU          Support `json:"mtu"`
	// what tells native sessions apart: numbered (a number that netmirror chooses), named (by the ownership
	// mark), keyed (an id that the device gives)
	Naming string `json:"naming"`
	// left out where native sessions have no numbers
	NativeIDs *IDRange `json:"nativeIds,omitempty"`
	// an erspan source must be told the address that it sends from
	NeedsOrigin bool `json:"needsOrigin"`
	// why an erspan source cannot be told the address that it sends from; empty: it can
	NoOrigin string `json:"noOrigin,omitempty"`
	// a push survives a reboot without a save
	Persistent bool `json:"persistent"`
	// making a destination port fit on request (force), and putting it back
	PortSetup Support `json:"portSetup"`
	// by direction
	PortSource map[string]Support `json:"portSource,omitzero"`
	// by the field of a session
	Ranges map[string]Values  `json:"ranges,omitzero"`
	Roles  map[string]Support `json:"roles,omitzero"`
	// a rule of a filter may be of one VLAN
	RuleVLANs Support `json:"ruleVlans"`
	Sample    Support `json:"sample"`
	// one port as destination of native sessions of different kinds
	SharedDestination Support `json:"sharedDestination"`
	// a native session can be shut down and stay as it is
	Shut Support `json:"shut"`
	// by kind (port, port-channel, subinterface, cpu, vlan, none) and direction; those before are parts of it
	Sources      map[string]map[string]Support `json:"sources,omitzero"`
	TagsPreserve Support                       `json:"tagsPreserve"`
	TagsStrip    Support                       `json:"tagsStrip"`
	Truncate     Support                       `json:"truncate"`
	// octets; steps and exceptions are in ranges
	TruncateRange *IDRange `json:"truncateRange,omitempty"`
	TTL           Support  `json:"ttl"`
	// interfaces that netmirror makes for copies to collectors to leave by; left out where a session names the
	// collector itself
	Tunnels *Tunnels `json:"tunnels,omitempty"`
	// by direction
	VLANSource map[string]Support `json:"vlanSource,omitzero"`
	// of an erspan tunnel, like ttl, dscp, mtu and ipv6
	VRF Support `json:"vrf"`
}

// Change is part of PlanDevice.
type Change struct {
	After  *NativeSpec `json:"after,omitempty"`
	Before *NativeSpec `json:"before,omitempty"`
	// ownership mark of the native session
	Mark string `json:"mark"`
	// create, change or delete
	Verb string `json:"verb"`
}

// Check is part of SessionLoad, FragmentStatus.
type Check struct {
	Message string `json:"message,omitempty"`
	Reason  string `json:"reason,omitempty"`
	// True, False or Unknown
	State string `json:"state"`
}

// CheckItem is part of DeviceCheck, LastCheck.
type CheckItem struct {
	Message string `json:"message"`
	// reachable, model, slots, ...
	Name string `json:"name"`
	// True, False or Unknown
	State string `json:"state"`
}

// Concern is part of ConcernList.
type Concern struct {
	// the one that is False; left out where it is about something else
	Condition string `json:"condition,omitempty"`
	// what such a case is
	Means string `json:"means,omitempty"`
	// what is the case; quotes the device where it spoke
	Message string      `json:"message,omitempty"`
	Object  EventObject `json:"object"`
	// one word for programs
	Reason string `json:"reason"`
	// critical (copies are lost or missing, or nothing is pushed), error (a device does not hold what it shall,
	// or is away), warning, notice
	Severity string     `json:"severity"`
	Since    *time.Time `json:"since,omitempty"`
	// what to do about it
	Todo string `json:"todo,omitempty"`
	// when it comes about, of what is ahead: the end of a lease
	Until *time.Time `json:"until,omitempty"`
}

// ConcernList is answered by ListProblems.
type ConcernList struct {
	// the worst first, then the newest
	Items []Concern `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// Condition is part of DeviceStatus, SessionStatus.
type Condition struct {
	// for people; quotes the device where it spoke
	Message string `json:"message,omitempty"`
	// one word for programs
	Reason string `json:"reason,omitempty"`
	// when status last changed
	Since *time.Time `json:"since,omitempty"`
	// True, False or Unknown
	Status string `json:"status"`
	Type   string `json:"type"`
}

// Controller is answered by GetController, ResumeController.
type Controller struct {
	// there after a restore, until :resume
	Hold *Hold `json:"hold,omitempty"`
	// its identity, which its marks on devices bear
	Instance string `json:"instance"`
	// why nothing is pushed
	Message string `json:"message,omitempty"`
	// full, or observe: everything is read and nothing is pushed
	Mode string `json:"mode"`
}

// Copies is part of ObservedSession.
type Copies struct {
	Octets  int64 `json:"octets"`
	Packets int64 `json:"packets"`
}

// Copy is part of CopyPage.
type Copy struct {
	// name of the token that asked for it, or system
	Actor string `json:"actor"`
	// when the device was first read to copy it
	Began time.Time `json:"began"`
	// it was copied before began already, when nothing was recorded, or for another hand's session
	Earlier bool `json:"earlier,omitempty"`
	// when the device was first read not to copy it any more; left out: it is copied, as last read
	Ended *time.Time `json:"ended,omitempty"`
	// why it ended: changed, disabled, expired or deleted was the session; released: deleted, and the device not
	// touched, which may still copy it; relief took it off; drift: the device was found not to copy it
	Ending string `json:"ending,omitempty"`
	// of the session, when it began
	Generation int64 `json:"generation"`
	// the end of the lease, as it was last
	Lease    *time.Time `json:"lease,omitempty"`
	NativeID string     `json:"nativeId,omitempty"`
	// why, as the session says
	Purpose *Purpose `json:"purpose,omitempty"`
	// that the copies go through
	RemoteVLAN *int64        `json:"remoteVlan,omitempty"`
	Session    string        `json:"session"`
	Source     TrafficSource `json:"source"`
	// where the copies end, and as which tool that was known when it began
	To []TrafficDestination `json:"to,omitzero"`
}

// CopyLoad is part of SessionLoad, Load.
type CopyLoad struct {
	// in the ratio, 0 to 1
	Confidence float64 `json:"confidence"`
	Counted    float64 `json:"counted"`
	// out-counters, mirror-counter, session-counter or unverified; left out where the platform counts copies
	// nowhere
	CountedAt string `json:"countedAt,omitempty"`
	Device    string `json:"device"`
	// frames between from and to
	Expected float64    `json:"expected"`
	From     *time.Time `json:"from,omitempty"`
	// the destination whose counters tell; left out where a counter of the native session does
	Interface string `json:"interface,omitempty"`
	Message   string `json:"message"`
	NativeID  string `json:"nativeId,omitempty"`
	// counted copies by expected ones, in frames
	Ratio  *float64 `json:"ratio,omitempty"`
	Reason string   `json:"reason"`
	// whose copies are counted together
	Sessions []string `json:"sessions,omitzero"`
	// True: copies flow; False: they do not; Unknown: nobody can tell
	State string     `json:"state"`
	To    *time.Time `json:"to,omitempty"`
}

// CopyPage is answered by ListCopies.
type CopyPage struct {
	// in the order in which they began
	Items []Copy `json:"items,omitzero"`
	// there may be a next page; this one may even be empty
	NextCursor string `json:"nextCursor,omitempty"`
	// since when nothing is missing: what had ended before is not kept any more, or was never recorded
	Whole time.Time `json:"whole"`
}

// Count is part of Summary.
type Count struct {
	Total int64 `json:"total"`
}

// Counting is part of Capabilities.
type Counting struct {
	// nowhere, out-counters (among what the destination port sends), mirror-counter, session-counter, or
	// unverified: a document says the counters of the destination port, and no recording shows it
	At string `json:"at"`
	// copies that did not fit through the destination are counted
	Drops Support `json:"drops"`
	// a frame that several sources match is copied once, so that there are fewer copies than the sources carry
	// frames
	Once bool `json:"once,omitempty"`
	// what leaves a destination port is counted too, beside the counter of the mirror or session: copies that
	// were made and did not leave are told
	Ports  bool   `json:"ports,omitempty"`
	Remark string `json:"remark,omitempty"`
	Source string `json:"source,omitempty"`
}

// CredentialsList is answered by ListCredentials.
type CredentialsList struct {
	// by name
	Items []CredentialsProfile `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// CredentialsProfile is part of CredentialsList.
type CredentialsProfile struct {
	// addresses that it may be shown to: IP addresses, prefixes, host names, or any
	For []string `json:"for,omitzero"`
	// what devices name; inventory/... are the references of the inventory file
	Name string `json:"name"`
	// where nothing logs in with it, because it was refused
	Pauses []LoginPause `json:"pauses,omitzero"`
	// why it cannot be used; left out when nothing is known against it
	Problem string `json:"problem,omitempty"`
}

// Delivery is part of DeliveryList.
type Delivery struct {
	Attempts *int64 `json:"attempts,omitempty"`
	// of the last attempt
	Error string `json:"error,omitempty"`
	Event Event  `json:"event"`
	// the number of the event, for :resend
	ID          string     `json:"id"`
	LastAttempt *time.Time `json:"lastAttempt,omitempty"`
	NextAttempt *time.Time `json:"nextAttempt,omitempty"`
	// pending: it is tried, or waits for its turn; dead: it was given up
	State string `json:"state"`
}

// DeliveryList is answered by ListDeliveries.
type DeliveryList struct {
	// the oldest event first
	Items []Delivery `json:"items,omitzero"`
	// left out on the last page; a page before it may be empty
	NextCursor string `json:"nextCursor,omitempty"`
}

// Destination is part of SessionSpec, WaysAsk, ManifestSession.
type Destination struct {
	Device string `json:"device,omitempty"`
	// of the device, in the platform's words
	Interface string `json:"interface,omitempty"`
	IP        string `json:"ip,omitempty"`
	Tool      string `json:"tool,omitempty"`
}

// DestinationStatus is part of Plan, SessionStatus.
type DestinationStatus struct {
	Device    string `json:"device,omitempty"`
	Interface string `json:"interface,omitempty"`
	IP        string `json:"ip,omitempty"`
	// what kind auto became for it
	Kind string `json:"kind,omitempty"`
	// why it became that
	KindReason string `json:"kindReason,omitempty"`
	Tool       string `json:"tool,omitempty"`
}

// Device is answered by GetDevice, PatchDevice, PutDevice, ReleaseDevice, SyncDevice; part of DeviceList.
type Device struct {
	Name string `json:"name"`
	// what PUT takes
	Spec   DeviceSpec   `json:"spec"`
	Status DeviceStatus `json:"status"`
}

// DeviceCheck is answered by CheckDevice.
type DeviceCheck struct {
	Device string      `json:"device"`
	Items  []CheckItem `json:"items,omitzero"`
	OK     bool        `json:"ok"`
}

// DeviceCounts is part of Summary.
type DeviceCounts struct {
	// whose repairs have stopped and wait for :release
	Braked int64 `json:"braked"`
	// native sessions that netmirror did not make, on all devices
	Foreign int64 `json:"foreign"`
	// devices that hold one
	ForeignOn int64 `json:"foreignOn"`
	// in maintenance
	Maintenance int64 `json:"maintenance"`
	// full or observe
	Modes     map[string]int64 `json:"modes,omitzero"`
	Platforms map[string]int64 `json:"platforms,omitzero"`
	// by True, False and Unknown (not read since the start)
	Reachable map[string]int64 `json:"reachable,omitzero"`
	// vanished from their source
	Retired int64 `json:"retired"`
	Total   int64 `json:"total"`
}

// DeviceList is answered by ListDevices.
type DeviceList struct {
	// by name
	Items []Device `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// DeviceLoad is answered by GetDeviceLoad.
type DeviceLoad struct {
	// destinations on the device, and links by which copies leave it
	Ends []EndLoad `json:"ends,omitzero"`
	// by time; left out unless asked for
	History []LoadPoint `json:"history,omitzero"`
	// those whose counters were read, by name
	Interfaces []PortLoad `json:"interfaces,omitzero"`
}

// DeviceSpec is taken by PutDevice; part of Device, ImportedDevice.
type DeviceSpec struct {
	// timer: the device takes a push back by itself unless it is confirmed, where the platform has that; none: a
	// push stands; default: as usual on the platform (timer where that hurts nobody else, none elsewhere)
	Confirm string `json:"confirm,omitempty"`
	// how late the device may be in taking it back; default 1m30s
	ConfirmGrace *Duration `json:"confirmGrace,omitempty"`
	// within how long a push is to be confirmed; at most 1m, which is the default
	ConfirmWindow *Duration `json:"confirmWindow,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	// cables, as somebody declares them; what devices hear of each other is apart
	Links []Link `json:"links,omitzero"`
	// no pushes until it ends
	Maintenance *bool `json:"maintenance,omitempty"`
	// native sessions that the device may hold, foreign ones too; default: the platform's limit, which is
	// cautious where the vendor publishes none
	MaxSessions *int64 `json:"maxSessions,omitempty"`
	// full (default), or observe: everything but pushes
	Mode string `json:"mode,omitempty"`
	// native session numbers netmirror may use, taken from the top; default: all of the platform
	NativeIDs *IDRange `json:"nativeIds,omitempty"`
	// saving running to startup after a push: if-clean (default), always or never
	Persist string `json:"persist,omitempty"`
	// catalogue key, such as openvswitch or cisco_iosxe
	Platform string `json:"platform"`
	// how often the device is read when undisturbed; default: the controller's setting, else what the platform
	// asks for (5m on a command line, 1m elsewhere)
	Resync *Duration `json:"resync,omitempty"`
	// how the device is reached
	Transports Transports `json:"transports"`
}

// DeviceStatus is part of Device.
type DeviceStatus struct {
	// drift repairs have stopped and wait for :release
	Brake *Brake `json:"brake,omitempty"`
	// what this device can do, as far as it is known; left out of brief lists
	Capabilities *Capabilities `json:"capabilities,omitempty"`
	CreatedAt    *time.Time    `json:"createdAt,omitempty"`
	// name of the token; left out of what an earlier version of netmirror stored
	CreatedBy string `json:"createdBy,omitempty"`
	Facts     Facts  `json:"facts"`
	// what the last :check came to; left out before the first
	LastCheck *LastCheck `json:"lastCheck,omitempty"`
	// the door through which it is managed: api, file, ...; a write by another is 409
	ManagedBy string `json:"managedBy"`
	// what nativeTotal counts: sessions, source-sessions, ...
	NativeCounts string `json:"nativeCounts,omitempty"`
	// the limit that will be reached first; left out when none is known
	NativeTotal *int64 `json:"nativeTotal,omitempty"`
	// native sessions on the device, foreign ones too, that count against nativeTotal
	NativeUsed int64 `json:"nativeUsed"`
	// when a device that could not be reached is tried again by itself, which is more and more rarely; left out
	// while it answers
	NextRead *time.Time `json:"nextRead,omitempty"`
	// last good read; left out before the first
	ObservedAt *time.Time `json:"observedAt,omitempty"`
	Reachable  Condition  `json:"reachable"`
	// vanished from its source; never deleted by itself
	Retired bool `json:"retired,omitempty"`
	// every limit of native sessions, as far as it is taken
	Slots []Slot `json:"slots,omitzero"`
	// what was learned of how the device may be spoken to; left out while nothing was
	Transport *Manners `json:"transport,omitempty"`
	// native ids changed by netmirror and not saved to startup yet
	Unsaved []string `json:"unsaved,omitzero"`
	// last change of the spec
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
	UpdatedBy string     `json:"updatedBy,omitempty"`
	// of the entry; the ETag; left out in lists
	Version *int64 `json:"version,omitempty"`
}

// ERSPAN is part of SessionSpec, WaysAsk, ManifestSession, NativeSpec.
type ERSPAN struct {
	DSCP *int64 `json:"dscp,omitempty"`
	// erspan (default), or gre: plain GRE of Ethernet frames, where id is the key
	Encapsulation string `json:"encapsulation,omitempty"`
	// what the platforms take is in their capabilities (ranges); an ERSPAN header has room for 1023
	ID  int64  `json:"id"`
	MTU *int64 `json:"mtu,omitempty"`
	// source address of the tunnel
	Origin string `json:"origin,omitempty"`
	// source addresses of single devices with sources; each goes before origin
	Origins []Origin `json:"origins,omitzero"`
	TTL     *int64   `json:"ttl,omitempty"`
	// 2 or 3
	Type *int64 `json:"type,omitempty"`
	VRF  string `json:"vrf,omitempty"`
}

// EndLoad is part of DeviceLoad, SessionLoad, ToolLoad.
type EndLoad struct {
	// bits per second on the wire; left out where it is not known
	Capacity *int64 `json:"capacity,omitempty"`
	// what the capacity is
	CapacityFrom string `json:"capacityFrom,omitempty"`
	Device       string `json:"device,omitempty"`
	// frames per second that were to leave the port and did not
	Drops     *float64 `json:"drops,omitempty"`
	Interface string   `json:"interface,omitempty"`
	// of a collector
	IP string `json:"ip,omitempty"`
	// a link between switches that the copies pass
	Link bool `json:"link,omitempty"`
	// when the newest of the figures was measured; left out while none was
	MeasuredAt *time.Time `json:"measuredAt,omitempty"`
	// bits per second on the wire, with encapsulation
	Offered int64 `json:"offered"`
	// false: of a source nothing is known, see terms
	OfferedKnown bool `json:"offeredKnown"`
	// offered was above 95 % of the capacity for 3 readings, and not yet below 80 % for 6
	Oversubscribed bool `json:"oversubscribed"`
	// what leaves the port; left out where it was not counted
	Sent *WireFlow `json:"sent,omitempty"`
	// whose copies come to it
	Sessions []string `json:"sessions,omitzero"`
	// of what offered consists, the largest first
	Terms []Term `json:"terms,omitzero"`
	// that a session names there
	Tool string `json:"tool,omitempty"`
	// the link of the port by the platform's rule: True, False or Unknown
	Up string `json:"up,omitempty"`
	// offered may be less
	UpperBound bool `json:"upperBound,omitempty"`
}

// EndPoint is part of LoadPoint.
type EndPoint struct {
	Capacity *int64 `json:"capacity,omitempty"`
	// left out of a collector
	Interface string `json:"interface,omitempty"`
	Offered   int64  `json:"offered"`
	// of the readings of a minute
	Peak int64 `json:"peak"`
}

// EntryPlan is answered by DryRunDeleteDevice, DryRunDeleteFilter, DryRunDeleteTool, DryRunDeleteTrigger,
// DryRunDeleteWebhook, DryRunPatchDevice, DryRunPatchTool, DryRunPatchTrigger, DryRunPatchWebhook,
// DryRunPutDevice, DryRunPutTool, DryRunPutTrigger, DryRunPutWebhook.
type EntryPlan struct {
	// created, changed, unchanged or deleted
	Action string `json:"action"`
	// the spec as it will be, with its defaults; left out where nothing will be, or nothing changes
	After json.RawMessage `json:"after,omitempty"`
	// the spec as it is stored; left out where nothing is, or nothing changes
	Before json.RawMessage `json:"before,omitempty"`
	// fields that change
	Changed []string `json:"changed,omitzero"`
	// what devices would be sent: one that the entry lets be pushed to again (mode, maintenance), by how it
	// differs from what its sessions want; drift that a session only reports stays
	Devices []PlanDevice `json:"devices,omitzero"`
	// device, tool, filter, webhook or trigger
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Warnings []Reason `json:"warnings,omitzero"`
}

// Event is part of EventPage, Delivery.
type Event struct {
	// name of the token that caused it, system, or host: somebody on the controller's machine; or
	// trigger/NAME/TOKEN: a trigger that a token fired
	Actor string `json:"actor"`
	// what is, or shall be, copied; left out when that is nothing
	After *Traffic  `json:"after,omitempty"`
	At    time.Time `json:"at"`
	// what was copied; left out when that was nothing
	Before *Traffic `json:"before,omitempty"`
	// the fields of the object that a change touched
	Changed []string `json:"changed,omitzero"`
	Device  string   `json:"device,omitempty"`
	// opaque; as cursor it continues after this event
	ID      string `json:"id"`
	Message string `json:"message"`
	// what it is about; session and device name what it concerns as well
	Object  *EventObject `json:"object,omitempty"`
	Session string       `json:"session,omitempty"`
	// such as SessionAccepted, DriftRepaired
	Type string `json:"type"`
}

// EventObject is part of Concern, Event.
type EventObject struct {
	// session, device, tool, filter, plan, token, credentials, controller, webhook or trigger
	Kind string `json:"kind"`
	// of a plan its id; the controller has none
	Name string `json:"name,omitempty"`
}

// EventPage is answered by ListEvents.
type EventPage struct {
	// in the order asked for
	Items []Event `json:"items,omitzero"`
	// some of what happened after the cursor is not kept any more
	Lost bool `json:"lost,omitempty"`
	// there may be a next page already; this one may even be empty
	More bool `json:"more,omitempty"`
	// oldest first it is always there: ask again with it for what happens later; newest first it is empty after
	// the last page
	NextCursor string `json:"nextCursor"`
}

// Exchange is part of Operation.
type Exchange struct {
	Answer string    `json:"answer,omitempty"`
	At     time.Time `json:"at"`
	Device string    `json:"device"`
	Error  string    `json:"error,omitempty"`
	// ownership mark of the native session; none of a save
	Mark string `json:"mark,omitempty"`
	Sent string `json:"sent"`
}

// Facts is part of DeviceStatus.
type Facts struct {
	// platform-specific
	Extra     map[string]string `json:"extra,omitzero"`
	Hostname  string            `json:"hostname,omitempty"`
	LearnedAt *time.Time        `json:"learnedAt,omitempty"`
	Model     string            `json:"model,omitempty"`
	Serial    string            `json:"serial,omitempty"`
	// a duration, at learnedAt
	Uptime string `json:"uptime,omitempty"`
	// of the device's software
	Version string `json:"version,omitempty"`
}

// Filter is answered by GetFilter, PatchFilter, PutFilter; part of FilterList.
type Filter struct {
	Name string `json:"name"`
	// what PUT takes
	Spec   FilterSpec   `json:"spec"`
	Status FilterStatus `json:"status"`
}

// FilterList is answered by ListFilters.
type FilterList struct {
	// by name
	Items []Filter `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// FilterPlan is answered by DryRunPatchFilter, DryRunPutFilter.
type FilterPlan struct {
	Name string `json:"name"`
	// what each session that the filter is of would change to, by name
	Sessions []Plan `json:"sessions,omitzero"`
	// the entry with its defaults
	Spec FilterSpec `json:"spec"`
}

// FilterRollout is part of FilterStatus.
type FilterRollout struct {
	// id of its operation
	Operation string `json:"operation"`
	Session   string `json:"session"`
	State     string `json:"state"`
}

// FilterRule is part of FilterSpec, ManifestFilter.
type FilterRule struct {
	// permit (copied) or deny (not copied)
	Action string `json:"action"`
	// as source
	Destination string `json:"destination,omitempty"`
	// as sourcePort
	DestinationPort NumberOrName `json:"destinationPort,omitempty"`
	// a number of 0 to 255, or ah, eigrp, esp, gre, icmp, icmpv6, igmp, ospf, pim, tcp, udp
	Protocol NumberOrName `json:"protocol,omitempty"`
	// an address, or a prefix such as 10.1.0.0/16; 0.0.0.0/0 is any of IPv4, ::/0 any of IPv6
	Source string `json:"source,omitempty"`
	// of tcp or udp: 443, or a range such as 5060-5061
	SourcePort NumberOrName `json:"sourcePort,omitempty"`
	VLAN       *int64       `json:"vlan,omitempty"`
}

// FilterSpec is taken by PutFilter; part of Filter, FilterPlan.
type FilterSpec struct {
	Description string `json:"description,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	// in order; the first that matches decides, and what matches none is not copied
	Rules []FilterRule `json:"rules,omitzero"`
}

// FilterStatus is part of Filter.
type FilterStatus struct {
	CreatedAt *time.Time `json:"createdAt,omitempty"`
	// name of the token; left out of what an earlier version of netmirror stored
	CreatedBy string `json:"createdBy,omitempty"`
	// in the answer to a write: those that it began, one of each session that the filter is of and that is
	// enabled
	Rollouts []FilterRollout `json:"rollouts,omitzero"`
	// last change of the spec
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
	UpdatedBy string     `json:"updatedBy,omitempty"`
	// of the entry; the ETag; left out in lists
	Version *int64 `json:"version,omitempty"`
}

// FiredAlert is part of FiredAlerts.
type FiredAlert struct {
	Device string `json:"device,omitempty"`
	// when its lease ends
	Expires *time.Time `json:"expires,omitempty"`
	// by its canonical name
	Interface string `json:"interface,omitempty"`
	// id of the rollout that was started
	Operation string `json:"operation,omitempty"`
	// all of them, why it was refused or ignored
	Reasons []Reason `json:"reasons,omitzero"`
	// started, renewed, ended, refused or ignored; started and renewed mean accepted: the session's phase tells
	// of its devices
	Result string `json:"result"`
	// name of the session of the port
	Session string `json:"session,omitempty"`
	// of a session that is accepted and not decided: for what device it waits; its lease runs already
	Waiting string `json:"waiting,omitempty"`
}

// FiredAlerts is answered by FireTrigger, DryRunFireTrigger.
type FiredAlerts struct {
	// in the order of the body
	Alerts []FiredAlert `json:"alerts,omitzero"`
	// nothing was stored, and what is told is what would have become of them
	DryRun bool `json:"dryRun"`
}

// Flow is part of Term.
type Flow struct {
	Frames float64 `json:"frames"`
	// of frames with checksum, without preamble and gap
	Octets float64 `json:"octets"`
}

// Forecast is part of Plan, Problem, StoredPlan, SessionStatus, Way.
type Forecast struct {
	// True: it fits; False: it does not; Unknown: the load or the capacity is not known, or the load is an upper
	// bound
	Admitted string `json:"admitted"`
	// when it was reckoned, in a status
	At *time.Time `json:"at,omitempty"`
	// measured (p95 of the last hour, or what the device tells) or worst-case (speeds of links)
	Basis string `json:"basis"`
	// of the port or tool; left out: not known
	Capacity *int64 `json:"capacity,omitempty"`
	// what the capacity is
	CapacityFrom string `json:"capacityFrom,omitempty"`
	Device       string `json:"device,omitempty"`
	Interface    string `json:"interface,omitempty"`
	IP           string `json:"ip,omitempty"`
	// capacity x maxUtilization
	Limit *int64 `json:"limit,omitempty"`
	// a link between switches that the copies pass
	Link bool `json:"link,omitempty"`
	// share of the capacity that may be used
	MaxUtilization float64 `json:"maxUtilization"`
	// the arithmetic as a sentence
	Message string `json:"message"`
	// smaller terms that are left out here; offered has them
	MoreTerms *int64 `json:"moreTerms,omitempty"`
	// by all sessions together, without relief: bits per second on the wire, as all rates here
	Offered int64 `json:"offered"`
	// the part that this session wants, shared copies included
	Own int64 `json:"own"`
	// of offered
	Peak *int64 `json:"peak,omitempty"`
	// Fits, Oversubscribed, UpperBound, LoadUnknown, PartlyUnknown or CapacityUnknown
	Reason string `json:"reason"`
	// of what offered consists, the largest first; left out in a status
	Terms []Term `json:"terms,omitzero"`
	Tool  string `json:"tool,omitempty"`
	// admit, warn or refuse; left out in a status
	Verdict string `json:"verdict,omitempty"`
}

// Fragment is part of Plan.
type Fragment struct {
	Device string     `json:"device"`
	Native NativeSpec `json:"native"`
}

// FragmentStatus is part of SessionStatus.
type FragmentStatus struct {
	// what it was last seen to hold
	AppliedRevision int64      `json:"appliedRevision"`
	CheckedAt       *time.Time `json:"checkedAt,omitempty"`
	Configured      Check      `json:"configured"`
	// where the copies end that it makes: ports, or the address of a collector
	Destinations []string `json:"destinations,omitzero"`
	Device       string   `json:"device"`
	// why the device refused the goal, in its words
	Failure string `json:"failure,omitempty"`
	// what the device's worker is told to reach
	GoalRevision int64 `json:"goalRevision"`
	// ownership mark of that native session
	Mark string `json:"mark,omitempty"`
	// of the native session that carries it
	NativeID   string `json:"nativeId,omitempty"`
	Persisted  Check  `json:"persisted"`
	Programmed Check  `json:"programmed"`
	// local, rspan-source, rspan-transit, ...
	Role string `json:"role"`
}

// Health is answered by Healthz, Readyz.
type Health struct {
	// of readyz: full, or observe: nothing is pushed to any device
	Mode string `json:"mode,omitempty"`
	// ok, or ready
	Status string `json:"status"`
	// of netmirror
	Version string `json:"version"`
}

// Hint is part of PlanDevice, Holding, PlannedStep.
type Hint struct {
	Command string `json:"command"`
	// of conditions at which it helps; left out: it always does
	Reasons []string `json:"reasons,omitzero"`
	// what to look for
	Shows string `json:"shows"`
	// the document that has the command
	Source string `json:"source"`
}

// Hold is part of Controller.
type Hold struct {
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// Holding is part of HoldingList.
type Holding struct {
	Device string `json:"device"`
	// between held and wanted, in words; left out: none
	Difference string `json:"difference,omitempty"`
	// what a repair would send; no blocks: nothing
	Forward Payload `json:"forward"`
	// left out: nothing of it was seen, or it is no native session but a remote VLAN, of which difference tells
	Held *NativeSpec `json:"held,omitempty"`
	// what was seen, in the device's words
	HeldText string `json:"heldText,omitempty"`
	// commands by which a person sees it on the device
	Hints []Hint `json:"hints,omitzero"`
	// ownership mark of the native session
	Mark string `json:"mark"`
	// its number or name on the device
	NativeID string `json:"nativeId,omitempty"`
	// why nothing would be sent although it differs
	NoForward string `json:"noForward,omitempty"`
	// why wantedText is not known
	NoText string `json:"noText,omitempty"`
	// of what was seen: netmirror (this controller), netmirror-other or foreign
	Owner string `json:"owner,omitempty"`
	// when the device was last read; left out before it was
	ReadAt *time.Time `json:"readAt,omitempty"`
	// local, rspan-source, ...
	Role string `json:"role"`
	// left out: it is to go
	Wanted *NativeSpec `json:"wanted,omitempty"`
	// what would make it where nothing of it is, in the device's words
	WantedText string `json:"wantedText,omitempty"`
}

// HoldingList is answered by GetSessionHoldings.
type HoldingList struct {
	// by device
	Items []Holding `json:"items,omitzero"`
}

// Hop is part of Way.
type Hop struct {
	Device string     `json:"device"`
	Trunks []HopTrunk `json:"trunks,omitzero"`
}

// HopTrunk is part of Hop.
type HopTrunk struct {
	// canonical
	Interface string `json:"interface"`
	// the device at the other end
	To string `json:"to"`
}

// IDRange is part of DeviceSpec, ManifestDevice, Capabilities.
type IDRange struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// ImportBody is taken by Import.
type ImportBody struct {
	// all of them: one that came from the source before and is missing becomes retired
	Devices []ImportedDevice `json:"devices,omitzero"`
	// likewise
	Tools []ImportedTool `json:"tools,omitzero"`
}

// ImportResult is answered by Import, DryRunImport.
type ImportResult struct {
	// nothing was stored
	DryRun bool `json:"dryRun"`
	// in the order of the body, those that vanished last
	Objects []ImportedObject `json:"objects,omitzero"`
	Source  string           `json:"source"`
}

// ImportedDevice is part of ImportBody.
type ImportedDevice struct {
	Name string     `json:"name"`
	Spec DeviceSpec `json:"spec"`
}

// ImportedObject is part of ImportResult.
type ImportedObject struct {
	// created, changed, unchanged, retired or refused
	Action string `json:"action"`
	// fields that changed
	Changed []string `json:"changed,omitzero"`
	// device or tool
	Kind string `json:"kind"`
	Name string `json:"name"`
	// why it is refused; what is stored under the name stays as it is
	Reasons []Reason `json:"reasons,omitzero"`
}

// ImportedTool is part of ImportBody.
type ImportedTool struct {
	Name string   `json:"name"`
	Spec ToolSpec `json:"spec"`
}

// Interface is part of InterfaceList.
type Interface struct {
	AccessVLAN *int64 `json:"accessVlan,omitempty"`
	// what the device's entry, or the source that it came from, says is at the other end
	CabledTo []Cable `json:"cabledTo,omitzero"`
	// subinterface, cpu, ...; left out of a port or port-channel
	Kind string `json:"kind,omitempty"`
	// is a port-channel
	LAG bool `json:"lag,omitempty"`
	// of a port-channel
	Members []string `json:"members,omitzero"`
	MTU     *int64   `json:"mtu,omitempty"`
	// canonical
	Name string `json:"name"`
	// the port that a subinterface is a part of
	Parent string `json:"parent,omitempty"`
	// bits per second; left out when not told
	Speed *int64 `json:"speed,omitempty"`
	// the virtual switch it belongs to
	Switch string `json:"switch,omitempty"`
	// True, False or Unknown
	Up string `json:"up"`
	// why it is no idle port; the guard of destinations refuses such ones
	Uses []PortUse `json:"uses,omitzero"`
}

// InterfaceList is answered by ListInterfaces.
type InterfaceList struct {
	// by name
	Items []Interface `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
	// when the device told so; left out before it ever did
	ObservedAt *time.Time `json:"observedAt,omitempty"`
}

// JumpHost is part of Transport.
type JumpHost struct {
	// host[:port]
	Address string `json:"address"`
	// the name of its credentials profile
	Credentials string `json:"credentials"`
}

// LastCheck is part of DeviceStatus.
type LastCheck struct {
	// who asked for it
	Actor string    `json:"actor"`
	At    time.Time `json:"at"`
	// long messages are cut; left out of brief lists
	Items []CheckItem `json:"items,omitzero"`
	OK    bool        `json:"ok"`
}

// Lease is taken by RenewSession; part of AdoptRequest, SessionSpec, WaysAsk, ManifestSession.
type Lease struct {
	// from its acceptance, such as 4h or 1h30m
	Duration *Duration  `json:"duration,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
}

// Limit is part of Capabilities.
type Limit struct {
	// sessions, rx-sessions, ...
	Counts string `json:"counts"`
	Max    int64  `json:"max"`
	// device, switch, stack or asic
	Scope string `json:"scope"`
	// where it is documented
	Source string `json:"source"`
}

// Link is part of DeviceSpec, ManifestDevice.
type Link struct {
	// who is at the other end: the name of a device, or of anything else
	Device string `json:"device"`
	// of the device, in the platform's words
	Interface string `json:"interface"`
	// of the other end; left out where it is not known
	PeerInterface string `json:"peerInterface,omitempty"`
}

// Load is part of LoadList.
type Load struct {
	// bits per second on the wire; left out where it is not known
	Capacity *int64 `json:"capacity,omitempty"`
	// what the capacity is
	CapacityFrom string `json:"capacityFrom,omitempty"`
	// whether the copies of a destination flow, by native session or destination port
	Copies []CopyLoad `json:"copies,omitzero"`
	Device string     `json:"device,omitempty"`
	// frames per second that were to leave the port and did not
	Drops     *float64 `json:"drops,omitempty"`
	Interface string   `json:"interface,omitempty"`
	// of a collector
	IP string `json:"ip,omitempty"`
	// a link between switches that the copies pass
	Link bool `json:"link,omitempty"`
	// when the newest of the figures was measured; left out while none was
	MeasuredAt *time.Time `json:"measuredAt,omitempty"`
	// bits per second on the wire, with encapsulation
	Offered int64 `json:"offered"`
	// false: of a source nothing is known, see terms
	OfferedKnown bool `json:"offeredKnown"`
	// offered was above 95 % of the capacity for 3 readings, and not yet below 80 % for 6
	Oversubscribed bool `json:"oversubscribed"`
	// what leaves the port; left out where it was not counted
	Sent *WireFlow `json:"sent,omitempty"`
	// whose copies come to it
	Sessions []string `json:"sessions,omitzero"`
	// of what offered consists, the largest first
	Terms []Term `json:"terms,omitzero"`
	// that a session names there
	Tool string `json:"tool,omitempty"`
	// the link of the port by the platform's rule: True, False or Unknown
	Up string `json:"up,omitempty"`
	// offered may be less
	UpperBound bool `json:"upperBound,omitempty"`
}

// LoadList is answered by ListLoads.
type LoadList struct {
	Items []Load `json:"items,omitzero"`
	// there while there is more
	NextCursor string `json:"nextCursor,omitempty"`
}

// LoadPoint is part of DeviceLoad, SessionLoad, ToolLoad.
type LoadPoint struct {
	// the end of the interval, or the beginning of the minute
	At   time.Time  `json:"at"`
	Ends []EndPoint `json:"ends,omitzero"`
	// a device, or the address of a collector
	Place string      `json:"place"`
	Ports []PortPoint `json:"ports,omitzero"`
}

// LoadSummary is part of SessionStatus.
type LoadSummary struct {
	// of that one; left out where it is not known
	Capacity *int64 `json:"capacity,omitempty"`
	// where the copies are counted
	CountedAt string `json:"countedAt,omitempty"`
	// counted copies by expected ones in the last minute or more, the least; left out where nobody can tell
	DeliveryRatio *float64 `json:"deliveryRatio,omitempty"`
	// frames per second that were to leave the destinations and did not; left out where they are not counted
	Drops *float64 `json:"drops,omitempty"`
	// bits per second on the wire, to the destination that is used most
	Offered int64 `json:"offered"`
	// one of the destinations is
	Oversubscribed bool `json:"oversubscribed"`
}

// LoginPause is part of CredentialsProfile.
type LoginPause struct {
	Message string `json:"message"`
	// address and port; left out when the profile is paused for all
	Server string    `json:"server,omitempty"`
	Since  time.Time `json:"since"`
}

// Manifest is taken by MakePlan.
type Manifest struct {
	// taken away once no session of the manifest uses it
	Delete   *ManifestDelete   `json:"delete,omitempty"`
	Devices  []ManifestDevice  `json:"devices,omitzero"`
	Filters  []ManifestFilter  `json:"filters,omitzero"`
	Sessions []ManifestSession `json:"sessions,omitzero"`
	Tools    []ManifestTool    `json:"tools,omitzero"`
}

// ManifestDelete is part of Manifest.
type ManifestDelete struct {
	Devices  []string `json:"devices,omitzero"`
	Filters  []string `json:"filters,omitzero"`
	Sessions []string `json:"sessions,omitzero"`
	Tools    []string `json:"tools,omitzero"`
}

// ManifestDevice is part of Manifest.
type ManifestDevice struct {
	// timer: the device takes a push back by itself unless it is confirmed, where the platform has that; none: a
	// push stands; default: as usual on the platform (timer where that hurts nobody else, none elsewhere)
	Confirm string `json:"confirm,omitempty"`
	// how late the device may be in taking it back; default 1m30s
	ConfirmGrace *Duration `json:"confirmGrace,omitempty"`
	// within how long a push is to be confirmed; at most 1m, which is the default
	ConfirmWindow *Duration `json:"confirmWindow,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	// cables, as somebody declares them; what devices hear of each other is apart
	Links []Link `json:"links,omitzero"`
	// no pushes until it ends
	Maintenance *bool `json:"maintenance,omitempty"`
	// native sessions that the device may hold, foreign ones too; default: the platform's limit, which is
	// cautious where the vendor publishes none
	MaxSessions *int64 `json:"maxSessions,omitempty"`
	// full (default), or observe: everything but pushes
	Mode string `json:"mode,omitempty"`
	Name string `json:"name"`
	// native session numbers netmirror may use, taken from the top; default: all of the platform
	NativeIDs *IDRange `json:"nativeIds,omitempty"`
	// saving running to startup after a push: if-clean (default), always or never
	Persist string `json:"persist,omitempty"`
	// catalogue key, such as openvswitch or cisco_iosxe
	Platform string `json:"platform"`
	// how often the device is read when undisturbed; default: the controller's setting, else what the platform
	// asks for (5m on a command line, 1m elsewhere)
	Resync *Duration `json:"resync,omitempty"`
	// how the device is reached
	Transports Transports `json:"transports"`
}

// ManifestFilter is part of Manifest.
type ManifestFilter struct {
	Description string `json:"description,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	Name   string            `json:"name"`
	// in order; the first that matches decides, and what matches none is not copied
	Rules []FilterRule `json:"rules,omitzero"`
}

// ManifestSession is part of Manifest.
type ManifestSession struct {
	Admission *Admission `json:"admission,omitempty"`
	// remove (default), or orphan: leave what is on the devices
	DeletePolicy string `json:"deletePolicy,omitempty"`
	Description  string `json:"description,omitempty"`
	// where copies go; several on one device where its platform can: in one native session, or in one each
	Destinations []Destination `json:"destinations,omitzero"`
	// repair (default) or report
	DriftPolicy string `json:"driftPolicy,omitempty"`
	// default true; false takes the session off the devices and keeps the intent
	Enabled *bool   `json:"enabled,omitempty"`
	ERSPAN  *ERSPAN `json:"erspan,omitempty"`
	// name of a filter
	Filter string `json:"filter,omitempty"`
	// copy only frames of these VLANs
	FilterVLANs []int64 `json:"filterVlans,omitzero"`
	// overrides the guard of the destination; recorded
	Force *bool `json:"force,omitempty"`
	// traffic that the destination sends in: disabled (default) or enabled
	Ingress string `json:"ingress,omitempty"`
	// auto (default), span, rspan or erspan
	Kind string `json:"kind,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	Lease  *Lease            `json:"lease,omitempty"`
	Name   string            `json:"name"`
	// pins the native session's number or name
	NativeID string `json:"nativeId,omitempty"`
	// rollback (default) or retry
	OnFailure  string      `json:"onFailure,omitempty"`
	OnOverload *OnOverload `json:"onOverload,omitempty"`
	// for a device that is away: refuse (default), or queue: accept on what was last known (phase Pending,
	// reason DeviceUnreachable), decide and make it when the device is back
	OnUnreachable string `json:"onUnreachable,omitempty"`
	// default 50; higher is shed later
	Priority *int64   `json:"priority,omitempty"`
	Purpose  *Purpose `json:"purpose,omitempty"`
	RSPAN    *RSPAN   `json:"rspan,omitempty"`
	// copy one of so many frames; 0 = every frame
	Sample *int64 `json:"sample,omitempty"`
	// what is copied
	Sources []Source `json:"sources,omitzero"`
	// VLAN tags of the copies: preserve (default) or strip
	Tags string `json:"tags,omitempty"`
	// octets kept of each frame; 0 = whole frames
	Truncate *int64 `json:"truncate,omitempty"`
}

// ManifestTool is part of Manifest.
type ManifestTool struct {
	// untagged, tagged, erspan2, erspan3, gre
	Accepts []string `json:"accepts,omitzero"`
	// bits per second on the wire; default: the port's speed
	Capacity    *int64 `json:"capacity,omitempty"`
	Description string `json:"description,omitempty"`
	// where it is connected
	Device string `json:"device,omitempty"`
	// of the device, in the platform's words
	Interface string `json:"interface,omitempty"`
	// instead of device and interface
	IP string `json:"ip,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	// share of the capacity that copies may use
	MaxUtilization *float64 `json:"maxUtilization,omitempty"`
	Name           string   `json:"name"`
	// whom to ask
	Owner string `json:"owner,omitempty"`
}

// Manners is part of DeviceStatus.
type Manners struct {
	// off: the peer is not probed any more
	Keepalive string `json:"keepalive,omitempty"`
	// why, in the words of the error that told it
	Reason string     `json:"reason"`
	Since  *time.Time `json:"since,omitempty"`
	// off: one line is sent at a time, whatever the entry says
	TypeAhead string `json:"typeAhead,omitempty"`
}

// NativeSource is part of NativeSpec.
type NativeSource struct {
	All       bool   `json:"all,omitempty"`
	Direction string `json:"direction"`
	// canonical name
	Port string `json:"port,omitempty"`
	VLAN *int64 `json:"vlan,omitempty"`
}

// NativeSpec is part of Holding, ObservedSession, Fragment, Change, PlannedChange.
type NativeSpec struct {
	// IP address of an ERSPAN destination
	Collector string `json:"collector,omitempty"`
	// canonical names of ports
	Destinations []string `json:"destinations,omitzero"`
	ERSPAN       *ERSPAN  `json:"erspan,omitempty"`
	Filter       string   `json:"filter,omitempty"`
	FilterVLANs  []int64  `json:"filterVlans,omitzero"`
	Ingress      string   `json:"ingress,omitempty"`
	// of role origin: the address from which the device sends the copies of all its sessions
	Origin string `json:"origin,omitempty"`
	// of role filter: source ports at whose ingress the list stands; in a change only those at which netmirror
	// puts it
	Ports      []string `json:"ports,omitzero"`
	RemoteVLAN *int64   `json:"remoteVlan,omitempty"`
	// local, rspan-source, ...
	Role   string `json:"role"`
	Sample *int64 `json:"sample,omitempty"`
	// what is made of a destination port, on request (force) or because the platform wants it of every one
	Setup *PortSetup `json:"setup,omitempty"`
	// it is there and copies nothing, because it is shut down
	Shut    bool           `json:"shut,omitempty"`
	Sources []NativeSource `json:"sources,omitzero"`
	Tags    string         `json:"tags,omitempty"`
	// octets
	Truncate *int64 `json:"truncate,omitempty"`
	// that must carry the remote VLAN; in a change only those that netmirror itself extends
	Trunks []string `json:"trunks,omitzero"`
	// the interface that copies to a collector leave by, on platforms where they leave by one
	Tunnel *Tunnel `json:"tunnel,omitempty"`
	// the remote VLAN is made by netmirror and goes with its last user
	VLANMade bool `json:"vlanMade,omitempty"`
}

// ObservedList is answered by ListDeviceObservedSessions, ListObservedSessions.
type ObservedList struct {
	// by device and id
	Items []ObservedSession `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// ObservedSession is part of ObservedList.
type ObservedSession struct {
	// the native session's own counters, where the platform has them
	Copies *Copies `json:"copies,omitempty"`
	Device string  `json:"device"`
	// when this controller first read it with this name, mark and destination; it may be older
	FirstSeen *time.Time `json:"firstSeen,omitempty"`
	// what speaks for that owner
	Guess string `json:"guess"`
	// number or name on the device
	ID string `json:"id"`
	// ownership mark, as read from the device
	Mark       string     `json:"mark,omitempty"`
	Native     NativeSpec `json:"native"`
	ObservedAt *time.Time `json:"observedAt,omitempty"`
	// why netmirror cannot express it; it is never changed then
	Opaque string `json:"opaque,omitempty"`
	// netmirror (this controller), netmirror-other or foreign
	Owner string `json:"owner"`
	// True, False or Unknown: has it taken effect in the box
	Programmed string `json:"programmed"`
	// in the device's words
	ProgrammedReason string `json:"programmedReason,omitempty"`
	// that it carries, when it is ours
	Sessions []string `json:"sessions,omitzero"`
	// in the device's words
	Text string `json:"text,omitempty"`
	// what the device waits for before it copies, in its words
	Waits string `json:"waits,omitempty"`
}

// OnOverload is part of SessionSpec, WaysAsk, ManifestSession.
type OnOverload struct {
	// report (default) or relieve
	Action string `json:"action,omitempty"`
	// of relieve: the steps in the order in which they are taken, of truncate, sample, rx-only, shed-sources
	// (the source of the lowest priority first, never an essential one) and suspend; one at a time, released in
	// reverse
	Ladder []string `json:"ladder,omitzero"`
}

// Operation is answered by GetOperation; part of OperationList.
type Operation struct {
	// name of the token that asked, or system
	Actor string `json:"actor"`
	// plan-stale: it was turned back, since a device would have been sent what its plan does not say
	Code    string    `json:"code,omitempty"`
	Created time.Time `json:"created"`
	// of a repair and a save; the steps of a rollout have theirs
	Device   string     `json:"device,omitempty"`
	Finished *time.Time `json:"finished,omitempty"`
	// of the session, of a rollout
	Generation *int64 `json:"generation,omitempty"`
	ID         string `json:"id"`
	Message    string `json:"message,omitempty"`
	// id of the plan that was applied
	Plan string `json:"plan,omitempty"`
	// none of a save
	Session string `json:"session,omitempty"`
	// running, rolling-back, succeeded, failed or superseded
	State string `json:"state"`
	Steps []Step `json:"steps,omitzero"`
	// id of the operation that took over
	SupersededBy string `json:"supersededBy,omitempty"`
	// what was sent to devices and what they answered, without secrets
	Transcript []Exchange `json:"transcript,omitzero"`
	// apply, delete, expire, adopt or relief, which are rollouts; repair or save
	Type string `json:"type"`
	// why a running one goes on no further until somebody acts: a device, or the controller, is in observe mode,
	// under maintenance or held back; not told in lists
	Waits string `json:"waits,omitempty"`
}

// OperationList is answered by ListOperations.
type OperationList struct {
	// newest first
	Items      []Operation `json:"items,omitzero"`
	NextCursor string      `json:"nextCursor,omitempty"`
}

// OperationRef is part of Session.
type OperationRef struct {
	Href    string `json:"href"`
	ID      string `json:"id"`
	Message string `json:"message,omitempty"`
	// as of this answer
	State string `json:"state"`
	// why it goes on no further until somebody acts, as of this answer
	Waits string `json:"waits,omitempty"`
}

// Origin is part of ERSPAN.
type Origin struct {
	// an IP address of the device
	Address string `json:"address"`
	Device  string `json:"device"`
}

// Payload is part of PlanDevice, Holding, PlannedStep.
type Payload struct {
	Blocks []Block `json:"blocks,omitzero"`
	// cli, ovsdb, ...
	Format string `json:"format"`
}

// Plan is answered by DryRunAdoptSession, DryRunClearRelief, DryRunDeleteSession, DryRunDisableSession,
// DryRunEnableSession, DryRunPatchSession, DryRunPinRelief, DryRunPutSession, DryRunRenewSession; part of
// FilterPlan.
type Plan struct {
	// while relief is in force: what each device would be sent without it
	Asked []PlanDevice `json:"asked,omitzero"`
	// how copies travel to each destination, in the order of the intent
	Destinations []DestinationStatus `json:"destinations,omitzero"`
	// what each device would be sent
	Devices []PlanDevice `json:"devices,omitzero"`
	// what was reckoned of the load of each end of the copies; empty where admission.mode is off
	Forecast []Forecast `json:"forecast,omitzero"`
	// what each device must hold for the session
	Fragments []Fragment `json:"fragments,omitzero"`
	// what auto became
	Kind string `json:"kind"`
	// why it became that
	KindReason string `json:"kindReason,omitempty"`
	// of the session
	Name string `json:"name"`
	// in force: fragments and devices are as relief makes them
	Relief *Relief `json:"relief,omitempty"`
	// the intent with its defaults
	Spec     SessionSpec `json:"spec"`
	Warnings []Reason    `json:"warnings,omitzero"`
}

// PlanDevice is answered by DryRunReleaseDevice; part of EntryPlan, Plan.
type PlanDevice struct {
	Changes []Change `json:"changes,omitzero"`
	Device  string   `json:"device"`
	// exactly what would be sent
	Forward Payload `json:"forward"`
	// commands by which a person sees on the device that it worked
	Hints []Hint `json:"hints,omitzero"`
	// its reverse as of now; the one that is executed is made from what is observed then
	Undo Payload `json:"undo"`
}

// PlanList is answered by ListPlans.
type PlanList struct {
	// the newest first; a page is shorter than its limit where those of its plans that may be applied have 2,000
	// objects, since what each rests on is looked up
	Items []PlanSummary `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// PlanResult is part of StoredPlan.
type PlanResult struct {
	Actor   string          `json:"actor"`
	At      time.Time       `json:"at"`
	Objects []PlannedObject `json:"objects,omitzero"`
	// something is deleted once sessions that use it are gone: apply the plan again
	Pending bool `json:"pending,omitempty"`
}

// PlanSummary is part of PlanList.
type PlanSummary struct {
	Actor   string     `json:"actor"`
	Applied *time.Time `json:"applied,omitempty"`
	Created time.Time  `json:"created"`
	// that are sent something
	Devices []string  `json:"devices,omitzero"`
	Expires time.Time `json:"expires"`
	ID      string    `json:"id"`
	// how many of them are created, changed, ...
	Objects map[string]int64 `json:"objects,omitzero"`
	// whether it may be applied, by what was last read of the devices: holds, stale, expired or applied
	State string `json:"state"`
}

// PlannedChange is part of PlannedStep.
type PlannedChange struct {
	After  *NativeSpec `json:"after,omitempty"`
	Before *NativeSpec `json:"before,omitempty"`
	// whether it interrupts copies that are wanted on: no, maybe (nobody knows how the platform does it) or yes
	Interrupts string `json:"interrupts"`
	// ownership mark of the native session
	Mark string `json:"mark"`
	// of the plan, that it is for
	Sessions []string `json:"sessions,omitzero"`
	// in plain words
	Summary string `json:"summary"`
	// create, change or delete
	Verb string `json:"verb"`
	Why  string `json:"why,omitempty"`
}

// PlannedObject is part of Problem, StoredPlan, PlanResult.
type PlannedObject struct {
	// created, changed, unchanged, deleted or refused
	Action string `json:"action"`
	// the spec as it will be, with its defaults; left out where nothing will be, or nothing changes
	After json.RawMessage `json:"after,omitempty"`
	// the spec as it is stored; left out where nothing is, or nothing changes
	Before json.RawMessage `json:"before,omitempty"`
	// fields that change
	Changed []string `json:"changed,omitzero"`
	// of a session, once applied
	Generation *int64 `json:"generation,omitempty"`
	// device, tool, filter or session
	Kind string `json:"kind"`
	// why it became that
	KindReason string `json:"kindReason,omitempty"`
	// of the rollout, as of this answer
	Message string `json:"message,omitempty"`
	Name    string `json:"name"`
	// a device that is not stored, so that nobody has read it: it is planned by the least that its family can do
	NotRead bool `json:"notRead,omitempty"`
	// id of its rollout, once applied
	Operation string `json:"operation,omitempty"`
	// as of this answer, of a plan that is being applied
	OperationState string `json:"operationState,omitempty"`
	// where it stands in the manifest; left out: a session that changes because its filter does
	Pointer string `json:"pointer,omitempty"`
	// of a session that is too much for its destination: changes that would be accepted, the best first
	Proposals []Proposal `json:"proposals,omitzero"`
	// why it is refused, with pointers into the manifest
	Reasons []Reason `json:"reasons,omitzero"`
	// of a session: what kind auto became
	SessionKind string `json:"sessionKind,omitempty"`
	// a session of which it is decided when a device is back
	Waiting  string   `json:"waiting,omitempty"`
	Warnings []Reason `json:"warnings,omitzero"`
}

// PlannedStep is part of StoredPlan.
type PlannedStep struct {
	// each of the block at the same place of forward
	Changes []PlannedChange `json:"changes,omitzero"`
	Device  string          `json:"device"`
	// exactly what is sent: where it would be another text, nothing is
	Forward Payload `json:"forward"`
	// commands by which a person sees on the device that it worked
	Hints []Hint `json:"hints,omitzero"`
	// the device is not stored, so that nobody has read it: this is by the least that its family can do
	NotRead bool `json:"notRead,omitempty"`
	// from 1: steps of one stage go on side by side, and for one session a stage begins when the one before is
	// done
	Stage int64 `json:"stage"`
	// its reverse as of now; the one that is executed is made from what is found then
	Undo Payload `json:"undo"`
	// why there is no text
	Unsaid string `json:"unsaid,omitempty"`
}

// PortLoad is part of DeviceLoad.
type PortLoad struct {
	// frames per second
	Drops *float64 `json:"drops,omitempty"`
	// in the last interval; left out where it is not known
	In        *WireFlow `json:"in,omitempty"`
	Interface string    `json:"interface"`
	// when it was last read
	MeasuredAt *time.Time `json:"measuredAt,omitempty"`
	Out        *WireFlow  `json:"out,omitempty"`
	// bits per second; left out where it is not known
	Speed *int64 `json:"speed,omitempty"`
	// why nothing is known
	Unknown string `json:"unknown,omitempty"`
	// True, False or Unknown
	Up string `json:"up,omitempty"`
}

// PortPoint is part of LoadPoint.
type PortPoint struct {
	Drops    float64 `json:"drops"`
	InFrames float64 `json:"inFrames"`
	// of frames with checksum, without preamble and gap
	InOctets  float64 `json:"inOctets"`
	Interface string  `json:"interface"`
	OutFrames float64 `json:"outFrames"`
	OutOctets float64 `json:"outOctets"`
}

// PortSetup is part of NativeSpec.
type PortSetup struct {
	// access port of this VLAN: copies leave it untagged
	Access *int64 `json:"access,omitempty"`
	// the port's configuration before, in the device's words
	Former string `json:"former,omitempty"`
	// a port for copies, in the platform's own way
	Monitor bool `json:"monitor,omitempty"`
	// no access port: copies keep their tags
	Tagged bool `json:"tagged,omitempty"`
	// switched on
	Up bool `json:"up,omitempty"`
}

// PortUse is part of Interface.
type PortUse struct {
	Detail string `json:"detail"`
	// trunk, lag-member, addressed, learned, neighbour, receiving, management, tunnel, patch, unknown
	Kind string `json:"kind"`
}

// Problem is what is told of a request that was refused: see Problem.Error.
type Problem struct {
	// stable word for programs, such as invalid-request, cannot-be-done, conflict
	Code string `json:"code"`
	// this occurrence, for people
	Detail string `json:"detail,omitempty"`
	// every reason at once
	Errors []Reason `json:"errors,omitzero"`
	// of code oversubscribed: what was reckoned for each end of the copies
	Forecast []Forecast `json:"forecast,omitzero"`
	// of a plan that is refused: what would become of each object, and why not
	Objects []PlannedObject `json:"objects,omitzero"`
	// of code oversubscribed: changes of the session that would be accepted, the best first
	Proposals []Proposal `json:"proposals,omitzero"`
	// finds the request in netmirror's log
	RequestID string `json:"requestId,omitempty"`
	// the HTTP status
	Status int64 `json:"status"`
	// what kind of problem it is; the same for every occurrence of the code
	Title string `json:"title"`
	// urn:netmirror:problem: followed by the code
	Type string `json:"type"`
}

// Proposal is part of Problem, PlannedObject.
type Proposal struct {
	// rx-only, tx-only, truncate, sample, shed-sources, other-tool, ...
	Kind string `json:"kind"`
	// of that end
	Limit int64 `json:"limit"`
	// for people
	Message string `json:"message"`
	// at the fullest end then, bits per second on the wire
	Offered int64 `json:"offered"`
	// JSON merge patch (RFC 7396) of the session
	Patch json.RawMessage `json:"patch"`
}

// Purpose is part of AdoptRequest, SessionSpec, WaysAsk, Copy, ManifestSession.
type Purpose struct {
	Reason string `json:"reason,omitempty"`
	Ticket string `json:"ticket,omitempty"`
}

// RSPAN is part of SessionSpec, WaysAsk, ManifestSession.
type RSPAN struct {
	Transit []Transit `json:"transit,omitzero"`
	VLAN    int64     `json:"vlan"`
}

// Reason is part of EntryPlan, Plan, Problem, StoredPlan, FiredAlert, ImportedObject, PlannedObject,
// SessionStatus, TriggerStatus, Unfit, Way.
type Reason struct {
	// stable word for programs
	Code string `json:"code"`
	// one sentence for people
	Message string `json:"message"`
	// path, query or header parameter at fault, such as query.limit
	Parameter string `json:"parameter,omitempty"`
	// JSON pointer (RFC 6901) into the request body
	Pointer string `json:"pointer,omitempty"`
	// where a platform's limit is documented
	Source string `json:"source,omitempty"`
}

// Relief is part of Plan, SessionStatus.
type Relief struct {
	// who pinned it
	By string `json:"by,omitempty"`
	// nothing is taken or released until an operator clears it
	Pinned bool `json:"pinned,omitempty"`
	// why, with the figures
	Reason string `json:"reason,omitempty"`
	// changes that devices refused and that were undone; they are tried again later
	Refused []ReliefRefusal `json:"refused,omitzero"`
	// the last step
	Since *time.Time `json:"since,omitempty"`
	// in force, in the order in which they were taken
	Steps []ReliefStep `json:"steps,omitzero"`
}

// ReliefPin is taken by PinRelief.
type ReliefPin struct {
	// truncate, sample, rx-only, shed-sources, suspend, or none; left out: as it stands
	Rung string `json:"rung,omitempty"`
}

// ReliefRefusal is part of Relief.
type ReliefRefusal struct {
	At *time.Time `json:"at,omitempty"`
	// what the devices said
	Message string `json:"message"`
	// the step was to be released
	Release bool   `json:"release,omitempty"`
	Rung    string `json:"rung"`
	// in a row
	Times int64 `json:"times"`
}

// ReliefStep is part of Relief.
type ReliefStep struct {
	At *time.Time `json:"at,omitempty"`
	// the destination that was oversubscribed; left out: an operator took the step
	End  string `json:"end,omitempty"`
	Rung string `json:"rung"`
	// one of so many frames is copied
	Sample *int64 `json:"sample,omitempty"`
	// sources that are not copied
	Shed []Source `json:"shed,omitzero"`
	// octets that are copied of each frame
	Truncate *int64 `json:"truncate,omitempty"`
}

// Resent is answered by ResendDeliveries, ResendDelivery.
type Resent struct {
	Deliveries int64 `json:"deliveries"`
}

// Session is answered by AdoptSession, ClearRelief, DeleteSession, DisableSession, EnableSession, GetSession,
// PatchSession, PinRelief, PutSession, RenewSession; part of SessionList.
type Session struct {
	Name string `json:"name"`
	// answers to writes only: the rollout they started, or the newest one
	Operation *OperationRef `json:"operation,omitempty"`
	// the intent: what PUT takes
	Spec   SessionSpec   `json:"spec"`
	Status SessionStatus `json:"status"`
}

// SessionCounts is part of Summary.
type SessionCounts struct {
	// by condition and its status, such as Configured: {True: 7, False: 1}
	Conditions map[string]map[string]int64 `json:"conditions,omitzero"`
	// by phase; one that no session has is left out
	Phases map[string]int64 `json:"phases,omitzero"`
	Total  int64            `json:"total"`
}

// SessionList is answered by ListSessions.
type SessionList struct {
	// by name; with a filter a page may hold fewer than limit and still have a next
	Items []Session `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// SessionLoad is answered by GetSessionLoad.
type SessionLoad struct {
	// whether the copies flow, by native session or destination
	Copies []CopyLoad `json:"copies,omitzero"`
	// the condition, with figures of now
	DestinationHealthy Check `json:"destinationHealthy"`
	// the condition, with figures of now
	Effective Check `json:"effective"`
	// destinations, and links on the way
	Ends []EndLoad `json:"ends,omitzero"`
	// by place and time; left out unless asked for
	History []LoadPoint `json:"history,omitzero"`
}

// SessionSpec is taken by PutSession; part of Plan, Session, TriggerSpec, Way.
type SessionSpec struct {
	Admission *Admission `json:"admission,omitempty"`
	// remove (default), or orphan: leave what is on the devices
	DeletePolicy string `json:"deletePolicy,omitempty"`
	Description  string `json:"description,omitempty"`
	// where copies go; several on one device where its platform can: in one native session, or in one each
	Destinations []Destination `json:"destinations,omitzero"`
	// repair (default) or report
	DriftPolicy string `json:"driftPolicy,omitempty"`
	// default true; false takes the session off the devices and keeps the intent
	Enabled *bool   `json:"enabled,omitempty"`
	ERSPAN  *ERSPAN `json:"erspan,omitempty"`
	// name of a filter
	Filter string `json:"filter,omitempty"`
	// copy only frames of these VLANs
	FilterVLANs []int64 `json:"filterVlans,omitzero"`
	// overrides the guard of the destination; recorded
	Force *bool `json:"force,omitempty"`
	// traffic that the destination sends in: disabled (default) or enabled
	Ingress string `json:"ingress,omitempty"`
	// auto (default), span, rspan or erspan
	Kind string `json:"kind,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	Lease  *Lease            `json:"lease,omitempty"`
	// pins the native session's number or name
	NativeID string `json:"nativeId,omitempty"`
	// rollback (default) or retry
	OnFailure  string      `json:"onFailure,omitempty"`
	OnOverload *OnOverload `json:"onOverload,omitempty"`
	// for a device that is away: refuse (default), or queue: accept on what was last known (phase Pending,
	// reason DeviceUnreachable), decide and make it when the device is back
	OnUnreachable string `json:"onUnreachable,omitempty"`
	// default 50; higher is shed later
	Priority *int64   `json:"priority,omitempty"`
	Purpose  *Purpose `json:"purpose,omitempty"`
	RSPAN    *RSPAN   `json:"rspan,omitempty"`
	// copy one of so many frames; 0 = every frame
	Sample *int64 `json:"sample,omitempty"`
	// what is copied
	Sources []Source `json:"sources,omitzero"`
	// VLAN tags of the copies: preserve (default) or strip
	Tags string `json:"tags,omitempty"`
	// octets kept of each frame; 0 = whole frames
	Truncate *int64 `json:"truncate,omitempty"`
}

// SessionStatus is part of Session.
type SessionStatus struct {
	// Admitted, Configured, Programmed, Effective, DestinationHealthy, Persisted
	Conditions []Condition `json:"conditions,omitzero"`
	// createdAt
	Created   time.Time  `json:"created"`
	CreatedAt *time.Time `json:"createdAt,omitempty"`
	// name of the token; left out of what an earlier version of netmirror stored
	CreatedBy string `json:"createdBy,omitempty"`
	Deleting  bool   `json:"deleting,omitempty"`
	// how copies travel to each destination, in the order of the intent
	Destinations []DestinationStatus `json:"destinations,omitzero"`
	// when the lease ends; then the session leaves its devices and the intent stays
	Expires *time.Time `json:"expires,omitempty"`
	// what admission reckoned for each end of the copies, last; no terms
	Forecast []Forecast `json:"forecast,omitzero"`
	// the session on each device
	Fragments []FragmentStatus `json:"fragments,omitzero"`
	// grows with every change of the intent; the ETag
	Generation int64 `json:"generation"`
	// what kind auto became; mixed where the destinations have several
	Kind string `json:"kind,omitempty"`
	// why it became that
	KindReason string `json:"kindReason,omitempty"`
	// what is measured now; left out before anything was. sessions/{name}/load tells more
	Load *LoadSummary `json:"load,omitempty"`
	// newest generation that every device was seen to hold
	ObservedGeneration int64 `json:"observedGeneration"`
	// id of the newest rollout
	Operation string `json:"operation,omitempty"`
	// Pending, Applying, Active, Degraded, Unknown (was Active, and what the devices hold is not known:
	// unreachable, or not read since the start), Suspended, Expired, Deleting or Failed
	Phase string `json:"phase"`
	// generation whose rollout failed and was undone
	RefusedGeneration *int64 `json:"refusedGeneration,omitempty"`
	// what is reduced at present because the destination was oversubscribed; left out: nothing, it is as asked
	Relief *Relief `json:"relief,omitempty"`
	// updatedAt
	Updated time.Time `json:"updated"`
	// last change of the spec
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
	UpdatedBy string     `json:"updatedBy,omitempty"`
	// what was noticed at acceptance and forbids nothing
	Warnings []Reason `json:"warnings,omitzero"`
}

// Slot is part of DeviceStatus.
type Slot struct {
	// sessions, source-sessions, ...
	Counts string `json:"counts"`
	Max    int64  `json:"max"`
	// device, switch, stack or asic
	Scope string `json:"scope"`
	// where it is documented
	Source string `json:"source"`
	// native sessions that count against it, foreign ones too
	Used int64 `json:"used"`
}

// Source is part of SessionSpec, WaysAsk, ManifestSession, ReliefStep.
type Source struct {
	Device string `json:"device"`
	// rx (enters the switch), tx or both (default)
	Direction string `json:"direction,omitempty"`
	// never shed by shed-sources, nor left out by rx-only; suspend takes the session as a whole
	Essential *bool `json:"essential,omitempty"`
	// or a range, in the platform's words; either this or vlan
	Interface string `json:"interface,omitempty"`
	// default 50; higher is shed later
	Priority *int64 `json:"priority,omitempty"`
	VLAN     *int64 `json:"vlan,omitempty"`
}

// Step is part of Operation.
type Step struct {
	// apply, remove, undo or repair
	Action string    `json:"action"`
	At     time.Time `json:"at"`
	// where the copies end that it makes, as in a session's fragments
	Destinations []string `json:"destinations,omitzero"`
	Device       string   `json:"device"`
	Message      string   `json:"message,omitempty"`
	// local, rspan-source, ...
	Role string `json:"role"`
	// moving, done or failed
	State string `json:"state"`
}

// StoredPlan is answered by ApplyPlan, GetPlan, MakePlan, DryRunMakePlan.
type StoredPlan struct {
	// name of the token that asked for it
	Actor string `json:"actor"`
	// what became of it; left out: it was not applied
	Applied *PlanResult `json:"applied,omitempty"`
	Created time.Time   `json:"created"`
	// of everything that the plan rests on: it is stale when this is another now
	Digest string `json:"digest"`
	// until when it may be applied
	Expires time.Time `json:"expires"`
	// of everything that the plan tells, but for loads and warnings; give it as ifFingerprint to have what was
	// shown kept as a plan, and nothing else
	Fingerprint string `json:"fingerprint,omitempty"`
	// what was reckoned for each end of the copies, with everything of the plan; own is the part of the session
	// that was reckoned last
	Forecast []Forecast `json:"forecast,omitzero"`
	// left out of a dry run: that plan is not kept
	ID string `json:"id,omitempty"`
	// what becomes of each object of the manifest
	Objects []PlannedObject `json:"objects,omitzero"`
	// of state stale: what is not as it was
	Stale []Reason `json:"stale,omitzero"`
	// whether it may be applied, by what was last read of the devices: holds, stale, expired or applied
	State string `json:"state"`
	// what devices are sent, in the order of execution
	Steps []PlannedStep `json:"steps,omitzero"`
	// of the netmirror that wrote the texts
	Version  string   `json:"version"`
	Warnings []Reason `json:"warnings,omitzero"`
}

// Summary is answered by GetSummary.
type Summary struct {
	At      time.Time    `json:"at"`
	Devices DeviceCounts `json:"devices"`
	Filters Count        `json:"filters"`
	// why nothing is pushed to any device; left out when it is
	Message string `json:"message,omitempty"`
	// objects with a problem, by the severity of their worst: critical, error, warning, notice
	Problems map[string]int64 `json:"problems,omitzero"`
	Sessions SessionCounts    `json:"sessions"`
	Tools    Count            `json:"tools"`
}

// Support is part of Capabilities, Counting.
type Support struct {
	// yes, no, or unverified: documented, never seen on recorded output
	Level  string `json:"level"`
	Remark string `json:"remark,omitempty"`
	Source string `json:"source,omitempty"`
}

// Term is part of EndLoad, Load, Forecast.
type Term struct {
	// by the source
	Carried Flow `json:"carried"`
	// after sampling, truncation and encapsulation
	Copied Flow   `json:"copied"`
	Device string `json:"device"`
	// rx or tx
	Direction string `json:"direction"`
	// where the figures come from
	How string `json:"how,omitempty"`
	// copied, in bits per second on the wire
	Offered int64 `json:"offered"`
	// sessions that want the same copy, which is made once
	Others []string `json:"others,omitzero"`
	Peak   *int64   `json:"peak,omitempty"`
	// whose copies; left out: what the link carries beside them
	Session string `json:"session,omitempty"`
	// an interface as the device names it, or VLAN and its number
	Source string `json:"source"`
	// why the load of the source is not known; it counts nothing then
	Unknown string `json:"unknown,omitempty"`
	// it may be less: of a VLAN, of the members of a port-channel, or of a filtered session
	UpperBound bool `json:"upperBound,omitempty"`
}

// Tool is answered by GetTool, PatchTool, PutTool; part of ToolList.
type Tool struct {
	Name string `json:"name"`
	// what PUT takes
	Spec   ToolSpec   `json:"spec"`
	Status ToolStatus `json:"status"`
}

// ToolList is answered by ListTools.
type ToolList struct {
	// by name
	Items []Tool `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// ToolLoad is answered by GetToolLoad.
type ToolLoad struct {
	// none while no copies come to it
	Ends []EndLoad `json:"ends,omitzero"`
	// by time; left out unless asked for
	History []LoadPoint `json:"history,omitzero"`
}

// ToolSpec is taken by PutTool; part of Tool, ImportedTool.
type ToolSpec struct {
	// untagged, tagged, erspan2, erspan3, gre
	Accepts []string `json:"accepts,omitzero"`
	// bits per second on the wire; default: the port's speed
	Capacity    *int64 `json:"capacity,omitempty"`
	Description string `json:"description,omitempty"`
	// where it is connected
	Device string `json:"device,omitempty"`
	// of the device, in the platform's words
	Interface string `json:"interface,omitempty"`
	// instead of device and interface
	IP string `json:"ip,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	// share of the capacity that copies may use
	MaxUtilization *float64 `json:"maxUtilization,omitempty"`
	// whom to ask
	Owner string `json:"owner,omitempty"`
}

// ToolStatus is part of Tool.
type ToolStatus struct {
	CreatedAt *time.Time `json:"createdAt,omitempty"`
	// name of the token; left out of what an earlier version of netmirror stored
	CreatedBy string `json:"createdBy,omitempty"`
	// the source that it is imported from; a write by another door is 409
	ManagedBy string `json:"managedBy,omitempty"`
	// vanished from its source; never deleted by itself
	Retired bool `json:"retired,omitempty"`
	// last change of the spec
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
	UpdatedBy string     `json:"updatedBy,omitempty"`
	// of the entry; the ETag; left out in lists
	Version *int64 `json:"version,omitempty"`
}

// Traffic is part of Event.
type Traffic struct {
	Destinations []TrafficDestination `json:"destinations,omitzero"`
	ERSPANID     *int64               `json:"erspanId,omitempty"`
	Expires      *time.Time           `json:"expires,omitempty"`
	Filter       string               `json:"filter,omitempty"`
	FilterVLANs  []int64              `json:"filterVlans,omitzero"`
	Ingress      string               `json:"ingress,omitempty"`
	// span, rspan or erspan
	Kind     string `json:"kind,omitempty"`
	NativeID string `json:"nativeId,omitempty"`
	// why nothing of it is copied
	Off        string `json:"off,omitempty"`
	RemoteVLAN *int64 `json:"remoteVlan,omitempty"`
	// of a native session
	Role    string          `json:"role,omitempty"`
	Sample  *int64          `json:"sample,omitempty"`
	Sources []TrafficSource `json:"sources,omitzero"`
	Tags    string          `json:"tags,omitempty"`
	// in one sentence
	Text string `json:"text"`
	// octets kept of each frame
	Truncate *int64 `json:"truncate,omitempty"`
	// that must carry the remote VLAN; of what a session stands on
	Trunks []string `json:"trunks,omitzero"`
}

// TrafficDestination is part of Copy, Traffic.
type TrafficDestination struct {
	Device    string `json:"device,omitempty"`
	Interface string `json:"interface,omitempty"`
	IP        string `json:"ip,omitempty"`
	Tool      string `json:"tool,omitempty"`
}

// TrafficSource is part of Copy, Traffic.
type TrafficSource struct {
	Device string `json:"device"`
	// rx, tx or both
	Direction string `json:"direction"`
	Interface string `json:"interface,omitempty"`
	VLAN      *int64 `json:"vlan,omitempty"`
}

// Transit is part of RSPAN.
type Transit struct {
	Device string   `json:"device"`
	Trunks []string `json:"trunks,omitzero"`
}

// Transport is part of Transports.
type Transport struct {
	// host name, IP address, or path of a unix socket
	Address string `json:"address"`
	// the virtual switch meant, when the address has several
	Bridge string `json:"bridge,omitempty"`
	// the name of a credentials profile, made on the controller's host by netmirror credentials set
	Credentials string `json:"credentials,omitempty"`
	// strict: no unknown key; SHA256:...: none but this one; or insecure; default: pinned on first use
	HostKey string `json:"hostKey,omitempty"`
	// how long a connection that nothing needs stays open, where the platform does not tell of changes; default
	// 2m
	IdleClose *Duration `json:"idleClose,omitempty"`
	// of gnmi, for labs. skip-verify: TLS with whoever answers, who is shown the login; plaintext: no TLS, so
	// that the login goes in clear text; default: the server's certificate is verified
	Insecure string `json:"insecure,omitempty"`
	// an SSH server on the way
	JumpHost *JumpHost `json:"jumpHost,omitempty"`
	// silence after which the server is probed; default: never over SSH, 5s over OVSDB
	Keepalive *Duration `json:"keepalive,omitempty"`
	// offer the SSH algorithms that old switches need
	LegacyAlgorithms *bool `json:"legacyAlgorithms,omitempty"`
	// most octets of one reply; default 4194304
	MaxReplyBytes *int64 `json:"maxReplyBytes,omitempty"`
	// most octets in one write to a command line; default 900
	MaxWriteBytes *int64 `json:"maxWriteBytes,omitempty"`
	// default: that of the protocol
	Port *int64 `json:"port,omitempty"`
	// such as ovsdb, cli, netconf, gnmi or snmp
	Protocol string `json:"protocol"`
	// the name that the server's certificate must bear; default: the address
	ServerName string `json:"serverName,omitempty"`
	// how long the device is waited for; default: the controller's settings
	Timeouts *WaitingLimits `json:"timeouts,omitempty"`
	// speak TLS over ovsdb (gnmi is over TLS anyway), with the authorities and the certificate of the
	// controller's settings --device-ca, --device-cert, --device-key
	TLS *bool `json:"tls,omitempty"`
	// auto (default): lines are sent before the one before was answered, until a loss is seen; off: one line at
	// a time
	TypeAhead string `json:"typeAhead,omitempty"`
	// wait for the answers to the requests for a terminal and a shell
	WantReply *bool `json:"wantReply,omitempty"`
}

// Transports is part of DeviceSpec, ManifestDevice.
type Transports struct {
	// for configuring
	Config Transport `json:"config"`
	// for counters; default: config
	Counters *Transport `json:"counters,omitempty"`
	// for operational state; default: config
	State *Transport `json:"state,omitempty"`
}

// Trigger is answered by GetTrigger, PatchTrigger, PutTrigger; part of TriggerList.
type Trigger struct {
	Name string `json:"name"`
	// what PUT takes
	Spec   TriggerSpec   `json:"spec"`
	Status TriggerStatus `json:"status"`
}

// TriggerAllow is part of TriggerSpec.
type TriggerAllow struct {
	// names of devices; * is any text
	Devices []string `json:"devices,omitzero"`
	// interfaces or ranges in any spelling of the platform; or patterns, in which * is any text, of whole names
	// such as GigabitEthernet1/0/*
	Interfaces []string `json:"interfaces,omitzero"`
}

// TriggerFrom is part of TriggerSpec.
type TriggerFrom struct {
	// the name of a device
	Device TriggerPick `json:"device"`
	// rx, tx or both; left out: both
	Direction *TriggerPick `json:"direction,omitempty"`
	// one interface of it, in any spelling of its platform
	Interface TriggerPick `json:"interface"`
	// for purpose and description; left out: the name of the trigger
	Reason *TriggerPick `json:"reason,omitempty"`
}

// TriggerList is answered by ListTriggers.
type TriggerList struct {
	// by name
	Items []Trigger `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// TriggerPick is part of TriggerFrom.
type TriggerPick struct {
	// the value is looked up in it, last; what it does not have is refused
	Map map[string]string `json:"map,omitzero"`
	// names with dots between them, such as labels.ifName, or a JSON pointer, such as /labels/ifName
	Path string `json:"path,omitempty"`
	// a regular expression (RE2) that the text must match; its first group is the value, without one the whole
	// match
	Pattern string `json:"pattern,omitempty"`
	// where nothing stands at path; without a path, always
	Value string `json:"value,omitempty"`
}

// TriggerSpec is taken by PutTrigger; part of Trigger.
type TriggerSpec struct {
	// the ports that alerts may have copied; what no line has is refused
	Allow       []TriggerAllow `json:"allow,omitzero"`
	Description string         `json:"description,omitempty"`
	// default true; false refuses every alert
	Enabled *bool `json:"enabled,omitempty"`
	// of format alertmanager: a resolved alert deletes its session; else it ends with its lease
	EndOnResolve *bool `json:"endOnResolve,omitempty"`
	// of the alerts: alertmanager (the body of a webhook of Prometheus Alertmanager, version 4), eve (events of
	// Suricata, one, several or a list; those of type alert count) or json (an object, or a list of objects)
	Format string `json:"format"`
	// where in an alert the values of the placeholders stand
	From TriggerFrom `json:"from"`
	// how long a session stays stored after its lease has ended, 1s to 2160h; then it is deleted, once its
	// devices are clean and rest is over. Default 24h
	Keep *Duration `json:"keep,omitempty"`
	// for selectors; of the trigger, not of its sessions
	Labels map[string]string `json:"labels,omitzero"`
	// of a session, from the last alert on; 1s to 168h
	Lease Duration `json:"lease"`
	// texts by path, * in them is any text: an alert is passed over whose field at the path is none of them
	Match map[string][]string `json:"match,omitzero"`
	// of a session with all its renewals; left out: alerts may renew it for ever
	MaxAge *Duration `json:"maxAge,omitempty"`
	// alive at one time, default 4
	MaxSessions *int64 `json:"maxSessions,omitempty"`
	// starts in any hour, default 12; a start that a device refuses counts, a renewal does not
	Rate *int64 `json:"rate,omitempty"`
	// how long a port is left alone whose session has reached maxAge; default: maxAge
	Rest *Duration `json:"rest,omitempty"`
	// the template, without a lease. Placeholders: {device} and {interface} as device and interface of a source,
	// {device} as the device of a destination, {direction} as a direction; in description, purpose and labels
	// also {trigger}, and {reason}, which no label can hold
	Session SessionSpec `json:"session"`
	// pattern of the names of its sessions, with {trigger}, {device} and {interface}; default
	// {trigger}-{device}-{interface}, written in lower case with hyphens
	SessionName string `json:"sessionName,omitempty"`
}

// TriggerStatus is part of Trigger.
type TriggerStatus struct {
	CreatedAt *time.Time `json:"createdAt,omitempty"`
	// name of the token; left out of what an earlier version of netmirror stored
	CreatedBy string `json:"createdBy,omitempty"`
	Ended     int64  `json:"ended"`
	// alerts that asked for nothing: resolved, not matched, or their session is there for long enough
	Ignored  int64      `json:"ignored"`
	LastPost *time.Time `json:"lastPost,omitempty"`
	// trigger/NAME/ and the name of the token
	LastPostBy  string     `json:"lastPostBy,omitempty"`
	LastRefusal *time.Time `json:"lastRefusal,omitempty"`
	// bodies that came
	Posts int64 `json:"posts"`
	// of the last refusal
	RefusalReasons []Reason `json:"refusalReasons,omitzero"`
	Refused        int64    `json:"refused"`
	Renewed        int64    `json:"renewed"`
	// that it started and that are alive, by name
	Sessions []string `json:"sessions,omitzero"`
	// alerts that started a session
	Started int64 `json:"started"`
	// what counts for rate at present
	StartsInHour int64 `json:"startsInHour"`
	// last change of the spec
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
	UpdatedBy string     `json:"updatedBy,omitempty"`
	// of the entry; the ETag; left out in lists
	Version *int64 `json:"version,omitempty"`
}

// Tunnel is part of NativeSpec.
type Tunnel struct {
	DSCP *int64 `json:"dscp,omitempty"`
	From string `json:"from,omitempty"`
	Name string `json:"name"`
	To   string `json:"to,omitempty"`
	// 0 = the platform's own
	TTL *int64 `json:"ttl,omitempty"`
	VRF string `json:"vrf,omitempty"`
}

// Tunnels is part of Capabilities.
type Tunnels struct {
	// the lowest number that netmirror gives
	From int64 `json:"from"`
	// such as tunnel-ip
	Prefix string `json:"prefix"`
	// the highest
	To int64 `json:"to"`
}

// Unfit is part of WayList.
type Unfit struct {
	Kind string `json:"kind"`
	// all that were met; a pointer into a part that was tried and not sent leads to where it would stand
	Reasons []Reason `json:"reasons,omitzero"`
}

// Values is part of Capabilities.
type Values struct {
	Except []int64 `json:"except,omitzero"`
	// inclusive
	From *int64 `json:"from,omitempty"`
	// all that are allowed, beside none of the other fields
	Only []int64 `json:"only,omitzero"`
	// its multiples alone
	Step *int64 `json:"step,omitempty"`
	// inclusive
	To *int64 `json:"to,omitempty"`
}

// WaitingLimits is part of Transport.
type WaitingLimits struct {
	// connecting, login included
	Dial *Duration `json:"dial,omitempty"`
	// one write of configuration with all its answers
	Push *Duration `json:"push,omitempty"`
	// silence while output is waited for; it moves while output arrives
	Read *Duration `json:"read,omitempty"`
}

// Way is part of WayList.
type Way struct {
	// what was reckoned of the load of each end of the copies, and of each link
	Forecast []Forecast `json:"forecast,omitzero"`
	// of rspan: the devices that the copies cross, sources first; empty elsewhere
	Hops []Hop `json:"hops,omitzero"`
	// span, rspan or erspan
	Kind string `json:"kind"`
	// why this way, for people
	Message string `json:"message"`
	// JSON merge patch (RFC 7396) of the session that was sent
	Patch json.RawMessage `json:"patch"`
	// the session with it: what PUT takes
	Spec     SessionSpec `json:"spec"`
	Warnings []Reason    `json:"warnings,omitzero"`
}

// WayList is answered by ProposeSession.
type WayList struct {
	// when that device of the session was read that was read the longest ago; ways rest on what was last read
	ReadAt *time.Time `json:"readAt,omitempty"`
	// the kinds that do not do
	Unfit []Unfit `json:"unfit,omitzero"`
	// that which asks least of the network first: on one device, in a remote VLAN over the fewest links, over IP
	Ways []Way `json:"ways,omitzero"`
}

// WaysAsk is taken by ProposeSession.
type WaysAsk struct {
	Admission *Admission `json:"admission,omitempty"`
	// remove (default), or orphan: leave what is on the devices
	DeletePolicy string `json:"deletePolicy,omitempty"`
	Description  string `json:"description,omitempty"`
	// where copies go; several on one device where its platform can: in one native session, or in one each
	Destinations []Destination `json:"destinations,omitzero"`
	// repair (default) or report
	DriftPolicy string `json:"driftPolicy,omitempty"`
	// default true; false takes the session off the devices and keeps the intent
	Enabled *bool   `json:"enabled,omitempty"`
	ERSPAN  *ERSPAN `json:"erspan,omitempty"`
	// name of a filter
	Filter string `json:"filter,omitempty"`
	// copy only frames of these VLANs
	FilterVLANs []int64 `json:"filterVlans,omitzero"`
	// overrides the guard of the destination; recorded
	Force *bool `json:"force,omitempty"`
	// traffic that the destination sends in: disabled (default) or enabled
	Ingress string `json:"ingress,omitempty"`
	// auto (default), span, rspan or erspan
	Kind string `json:"kind,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	Lease  *Lease            `json:"lease,omitempty"`
	// of the session; what a stored one of the name has now is not in its own way. Left out: it is new
	Name string `json:"name,omitempty"`
	// pins the native session's number or name
	NativeID string `json:"nativeId,omitempty"`
	// rollback (default) or retry
	OnFailure  string      `json:"onFailure,omitempty"`
	OnOverload *OnOverload `json:"onOverload,omitempty"`
	// for a device that is away: refuse (default), or queue: accept on what was last known (phase Pending,
	// reason DeviceUnreachable), decide and make it when the device is back
	OnUnreachable string `json:"onUnreachable,omitempty"`
	// default 50; higher is shed later
	Priority *int64   `json:"priority,omitempty"`
	Purpose  *Purpose `json:"purpose,omitempty"`
	RSPAN    *RSPAN   `json:"rspan,omitempty"`
	// copy one of so many frames; 0 = every frame
	Sample *int64 `json:"sample,omitempty"`
	// what is copied
	Sources []Source `json:"sources,omitzero"`
	// VLAN tags of the copies: preserve (default) or strip
	Tags string `json:"tags,omitempty"`
	// octets kept of each frame; 0 = whole frames
	Truncate *int64 `json:"truncate,omitempty"`
	// remote VLANs that may be proposed, such as 900-949,1200; left out: those that the controller is set to
	// (remote-vlans)
	VLANs string `json:"vlans,omitempty"`
}

// Webhook is answered by GetWebhook, PatchWebhook, PutWebhook; part of WebhookList.
type Webhook struct {
	Name string `json:"name"`
	// what PUT takes
	Spec   WebhookSpec   `json:"spec"`
	Status WebhookStatus `json:"status"`
}

// WebhookFilter is part of WebhookSpec.
type WebhookFilter struct {
	// that the event concerns
	Device string `json:"device,omitempty"`
	// of the object that an event is about, such as session; one of them
	Kinds []string `json:"kinds,omitzero"`
	// that the event concerns
	Session string `json:"session,omitempty"`
	// such as SessionAccepted, DriftRepaired; one of them
	Types []string `json:"types,omitzero"`
}

// WebhookList is answered by ListWebhooks.
type WebhookList struct {
	// by name
	Items []Webhook `json:"items,omitzero"`
	// left out on the last page
	NextCursor string `json:"nextCursor,omitempty"`
}

// WebhookSpec is taken by PutWebhook; part of Webhook.
type WebhookSpec struct {
	// permits addresses of link-local scope, where clouds keep credentials of their machines
	AllowLinkLocal *bool `json:"allowLinkLocal,omitempty"`
	// certificates in PEM of the authorities that sign the receiver's; left out: the system's
	Ca          string `json:"ca,omitempty"`
	Description string `json:"description,omitempty"`
	// default true; what happens while it is false is told later, as far as it is kept
	Enabled *bool `json:"enabled,omitempty"`
	// which events; left out: all
	Filter *WebhookFilter `json:"filter,omitempty"`
	// skip-verify: whoever answers is believed; plaintext: http to another machine
	Insecure string `json:"insecure,omitempty"`
	// for selectors
	Labels map[string]string `json:"labels,omitzero"`
	// for one event, before it becomes a dead letter; default 12, some 20 minutes
	MaxAttempts *int64 `json:"maxAttempts,omitempty"`
	// name of a credentials profile: its password signs what is sent, and it must be for the receiver's host;
	// left out: nothing is signed
	Secret string `json:"secret,omitempty"`
	// the name that the receiver's certificate must bear; left out: the host of url
	ServerName string `json:"serverName,omitempty"`
	// of one attempt, 1s to 1m; default 10s
	Timeout *Duration `json:"timeout,omitempty"`
	// https; http to this machine alone, or with insecure: plaintext. No user name or password in it
	URL string `json:"url"`
}

// WebhookStatus is part of Webhook.
type WebhookStatus struct {
	// that failed for the event that comes next
	Attempts *int64 `json:"attempts,omitempty"`
	// events that it has not come to yet, those that the filter does not take included
	Behind int64 `json:"behind"`
	// the time of the first of them
	BehindSince *time.Time `json:"behindSince,omitempty"`
	CreatedAt   *time.Time `json:"createdAt,omitempty"`
	// name of the token; left out of what an earlier version of netmirror stored
	CreatedBy string `json:"createdBy,omitempty"`
	// events that are given up, and can be sent again
	DeadLetters int64 `json:"deadLetters"`
	// events that the receiver took
	Delivered int64 `json:"delivered"`
	// of the last attempt
	Error string `json:"error,omitempty"`
	// attempts that it did not
	Failed int64 `json:"failed"`
	// since when nothing got through
	FailingSince *time.Time `json:"failingSince,omitempty"`
	// the receiver answered 410 Gone then, and the webhook was disabled
	GoneSince    *time.Time `json:"goneSince,omitempty"`
	LastDelivery *time.Time `json:"lastDelivery,omitempty"`
	// events that went from the log before they were delivered, and dead letters that were too many
	Lost        int64      `json:"lost"`
	NextAttempt *time.Time `json:"nextAttempt,omitempty"`
	// last change of the spec
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
	UpdatedBy string     `json:"updatedBy,omitempty"`
	// of the entry; the ETag; left out in lists
	Version *int64 `json:"version,omitempty"`
}

// WebhookTest is answered by TestWebhook.
type WebhookTest struct {
	// the receiver took it
	Delivered bool `json:"delivered"`
	// why it did not
	Error string `json:"error,omitempty"`
	// of the receiver's answer; left out where there was none
	Status *int64   `json:"status,omitempty"`
	Took   Duration `json:"took"`
}

// Whoami is answered by Whoami.
type Whoami struct {
	// viewer, operator or admin; each may do what those before may. Or trigger: it may fire one, and nothing
	// else
	Access string `json:"access"`
	// of the token; events and operations name it as their actor
	Name string `json:"name"`
	// of access trigger: which one it may fire
	Trigger string `json:"trigger,omitempty"`
}

// WireFlow is part of EndLoad, PortLoad, Load.
type WireFlow struct {
	// on the wire: octets x 8, and 20 octets of preamble and gap a frame
	BitsPerSecond int64   `json:"bitsPerSecond"`
	Frames        float64 `json:"frames"`
	// of frames with checksum, without preamble and gap
	Octets float64 `json:"octets"`
}
