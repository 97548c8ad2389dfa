package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// ObservedSession is a native session that a device was seen to hold, declared
// or not.
type ObservedSession struct {
	Device           string     `json:"device"`
	ID               string     `json:"id" doc:"number or name on the device"`
	Owner            string     `json:"owner" doc:"netmirror (this controller), netmirror-other or foreign"`
	Guess            string     `json:"guess" doc:"what speaks for that owner"`
	Sessions         []string   `json:"sessions" doc:"that it carries, when it is ours"`
	Mark             string     `json:"mark,omitempty" doc:"ownership mark, as read from the device"`
	Native           NativeSpec `json:"native"`
	Opaque           string     `json:"opaque,omitempty" doc:"why netmirror cannot express it; it is never changed then"`
	Text             string     `json:"text,omitempty" doc:"in the device's words"`
	Programmed       string     `json:"programmed" doc:"True, False or Unknown: has it taken effect in the box"`
	ProgrammedReason string     `json:"programmedReason,omitempty" doc:"in the device's words"`
	Waits            string     `json:"waits,omitempty" doc:"what the device waits for before it copies, in its words"`
	Copies           *Copies    `json:"copies,omitempty" doc:"the native session's own counters, where the platform has them"`
	ObservedAt       *time.Time `json:"observedAt,omitempty"`
	FirstSeen        *time.Time `json:"firstSeen,omitempty" doc:"when this controller first read it with this name, mark and destination; it may be older"`
}

// Copies are counters of a native session.
type Copies struct {
	Packets uint64 `json:"packets"`
	Octets  uint64 `json:"octets"`
}

// ObservedList is one page of observed sessions.
type ObservedList struct {
	Items      []ObservedSession `json:"items" doc:"by device and id"`
	NextCursor string            `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

// Interface is a port as the device tells it.
type Interface struct {
	Name    string    `json:"name" doc:"canonical"`
	Up      string    `json:"up" doc:"True, False or Unknown"`
	Speed   uint64    `json:"speed,omitempty" doc:"bits per second; left out when not told"`
	MTU     int       `json:"mtu,omitempty"`
	LAG     bool      `json:"lag,omitempty" doc:"is a port-channel"`
	Kind    string    `json:"kind,omitempty" doc:"subinterface, cpu, ...; left out of a port or port-channel"`
	Parent  string    `json:"parent,omitempty" doc:"the port that a subinterface is a part of"`
	Members []string  `json:"members,omitempty" doc:"of a port-channel"`
	Access  int       `json:"accessVlan,omitempty"`
	Switch  string    `json:"switch,omitempty" doc:"the virtual switch it belongs to"`
	Cabled  []Cable   `json:"cabledTo,omitempty" doc:"what the device's entry, or the source that it came from, says is at the other end"`
	Uses    []PortUse `json:"uses" doc:"why it is no idle port; the guard of destinations refuses such ones"`
}

// Cable is the other end of a declared link.
type Cable struct {
	Device    string `json:"device"`
	Interface string `json:"interface,omitempty"`
}

// PortUse is one reason why a port is not idle.
type PortUse struct {
	Kind   string `json:"kind" doc:"trunk, lag-member, addressed, learned, neighbour, receiving, management, tunnel, patch, unknown"`
	Detail string `json:"detail"`
}

// InterfaceList is one page of a device's interfaces.
type InterfaceList struct {
	Items      []Interface `json:"items" doc:"by name"`
	ObservedAt *time.Time  `json:"observedAt,omitempty" doc:"when the device told so; left out before it ever did"`
	NextCursor string      `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

const (
	listObserved   = "observed-sessions"
	listInterfaces = "interfaces"
)

type (
	// OwnerParam filters by whose a native session is.
	OwnerParam struct {
		Owner string `query:"owner" enum:"netmirror,netmirror-other,foreign" doc:"only those of this owner"`
	}
	observedInput struct {
		PageParams
		OwnerParam
	}
	deviceObservedInput struct {
		NameParam
		PageParams
		OwnerParam
		Interface string `query:"interface" maxLength:"63" doc:"only those that copy this one, written as on the device or vlan 7, or may do so: a port may be a member of any VLAN that is copied"`
	}
	interfacesInput struct {
		NameParam
		PageParams
	}
	observedOutput   struct{ Body ObservedList }
	interfacesOutput struct{ Body InterfaceList }
)

func (s *server) registerObserved() {
	list := []answer{{status: http.StatusOK, body: reflect.TypeFor[ObservedList]()}}
	register(s, endpoint{id: "list-observed-sessions", method: http.MethodGet, path: Base + "/observed-sessions", tag: "observed",
		summary: "List native sessions of all devices", doc: "What was last seen on all boxes, declared or not.", access: mirror.Viewer,
		answers: list}, func(ctx context.Context, in *observedInput) (*observedOutput, error) {
		return s.observed(ctx, engine.ObservedQuery{Owner: in.Owner}, in.PageParams)
	})
	register(s, endpoint{id: "list-device-observed-sessions", method: http.MethodGet, path: Base + "/devices/{name}/observed-sessions", tag: "devices",
		summary: "List native sessions of a device", doc: "What was last seen on it, declared or not.", access: mirror.Viewer,
		answers: list, problems: []int{http.StatusNotFound}}, func(ctx context.Context, in *deviceObservedInput) (*observedOutput, error) {
		return s.observed(ctx, engine.ObservedQuery{Device: in.Name, Copies: in.Interface, Owner: in.Owner}, in.PageParams)
	})
	register(s, endpoint{id: "list-interfaces", method: http.MethodGet, path: Base + "/devices/{name}/interfaces", tag: "devices",
		summary: "List interfaces of a device", doc: "As they were last seen.", access: mirror.Viewer,
		answers:  []answer{{status: http.StatusOK, body: reflect.TypeFor[InterfaceList]()}},
		problems: []int{http.StatusNotFound}}, s.listInterfaces)
}

func (s *server) observed(ctx context.Context, q engine.ObservedQuery, p PageParams) (*observedOutput, error) {
	after, err := p.after(listObserved)
	if err != nil {
		return nil, err
	}
	q.From, _, _ = strings.Cut(after, "\n")
	q.Most = p.Limit + 1
	all, err := s.engine.Observed(ctx, q)
	if err != nil {
		return nil, err
	}
	// A device's name holds no newline, so the key sorts by device first.
	items, next, err := slicePage(listObserved, p, all, func(v engine.ObservedSession) string { return v.Device + "\n" + v.Native.ID })
	if err != nil {
		return nil, err
	}
	return &observedOutput{ObservedList{Items: orEmpty(translateAll(items, observedOf)), NextCursor: next}}, nil
}

func observedOf(v engine.ObservedSession) ObservedSession {
	n := v.Native
	out := ObservedSession{Device: v.Device, ID: n.ID, Owner: v.Owner, Guess: v.Guess, Sessions: orEmpty(v.Sessions), Mark: n.Mark,
		Native: nativeSpecOf(n.Spec), Opaque: n.Opaque, Text: n.Text, Programmed: stateOf(n.Programmed),
		ProgrammedReason: n.ProgrammedReason, Waits: n.Waits, ObservedAt: timeOrNil(v.At), FirstSeen: timeOrNil(v.FirstSeen)}
	if n.Copies.Known {
		out.Copies = &Copies{Packets: n.Copies.Packets, Octets: n.Copies.Octets}
	}
	return out
}

func (s *server) listInterfaces(ctx context.Context, in *interfacesInput) (*interfacesOutput, error) {
	v, err := s.engine.Device(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	o := v.State.Observation
	items, next, err := slicePage(listInterfaces, in.PageParams, o.Ports, func(p mirror.Port) string { return string(p.Name) })
	if err != nil {
		return nil, err
	}
	list := orEmpty(translateAll(items, interfaceOf))
	for i, p := range items {
		list[i].Cabled = translateAll(v.Cables[p.Name], func(l mirror.Link) Cable { return Cable{Device: l.Device, Interface: l.PeerInterface} })
	}
	return &interfacesOutput{InterfaceList{Items: list, ObservedAt: timeOrNil(o.At), NextCursor: next}}, nil
}

func interfaceOf(p mirror.Port) Interface {
	return Interface{Name: string(p.Name), Up: stateOf(p.Up), Speed: uint64(p.Speed), MTU: p.MTU, LAG: p.LAG, Kind: string(p.Kind), Parent: string(p.Parent),
		Members: portNames(p.Members), Access: p.Access, Switch: p.Switch,
		Uses: orEmpty(translateAll(p.Uses, func(u mirror.PortUse) PortUse { return PortUse(u) }))}
}
