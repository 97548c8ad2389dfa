package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// WaysAsk is a session of which nobody has said yet how its copies travel.
type WaysAsk struct {
	Name  string `json:"name,omitempty" minLength:"1" doc:"of the session; what a stored one of the name has now is not in its own way. Left out: it is new"`
	VLANs string `json:"vlans,omitempty" minLength:"1" doc:"remote VLANs that may be proposed, such as 900-949,1200; left out: those that the controller is set to (remote-vlans)"`
	SessionSpec
}

// WayList are the ways that would be accepted, and why the other kinds would not.
type WayList struct {
	Ways  []Way      `json:"ways" doc:"that which asks least of the network first: on one device, in a remote VLAN over the fewest links, over IP"`
	Unfit []Unfit    `json:"unfit" doc:"the kinds that do not do"`
	Read  *time.Time `json:"readAt,omitempty" doc:"when that device of the session was read that was read the longest ago; ways rest on what was last read"`
}

// Way is how the copies of a session may travel.
type Way struct {
	Kind     string      `json:"kind" doc:"span, rspan or erspan"`
	Message  string      `json:"message" doc:"why this way, for people"`
	Patch    any         `json:"patch" doc:"JSON merge patch (RFC 7396) of the session that was sent"`
	Spec     SessionSpec `json:"spec" doc:"the session with it: what PUT takes"`
	Hops     []Hop       `json:"hops" doc:"of rspan: the devices that the copies cross, sources first; empty elsewhere"`
	Forecast []Forecast  `json:"forecast" doc:"what was reckoned of the load of each end of the copies, and of each link"`
	Warnings []Reason    `json:"warnings"`
}

// Hop is a device that copies in a remote VLAN cross.
type Hop struct {
	Device string     `json:"device"`
	Trunks []HopTrunk `json:"trunks"`
}

// HopTrunk is a trunk of a hop.
type HopTrunk struct {
	Interface string `json:"interface" doc:"canonical"`
	To        string `json:"to" doc:"the device at the other end"`
}

// Unfit is a kind that does not do.
type Unfit struct {
	Kind    string   `json:"kind"`
	Reasons []Reason `json:"reasons" doc:"all that were met; a pointer into a part that was tried and not sent leads to where it would stand"`
}

type waysOutput struct{ Body WayList }

func (s *server) registerWays() {
	register(s, endpoint{id: "propose-session", method: http.MethodPost, path: Base + "/sessions:propose", tag: "sessions",
		summary: "Propose how the copies of a session travel",
		doc: "For sources and destinations: on one device; in a remote VLAN over the trunks between switches, over the fewest links, of those the least full, with a VLAN that nobody uses; over IP. " +
			"Links are those that devices declare, and what they hear of each other where each hears the other on one port. Every way was checked as PUT would, by what was last read of the devices: " +
			"none is asked, nothing is stored, nothing is sent. kind and rspan.transit of the body are not looked at; rspan.vlan and what erspan says are kept. Where nothing does, ways is empty and unfit tells why.",
		access: mirror.Operator, body: reflect.TypeFor[WaysAsk](),
		answers:  []answer{{status: http.StatusOK, body: reflect.TypeFor[WayList]()}},
		problems: []int{http.StatusUnprocessableEntity}}, s.proposeSession)
}

func (a WaysAsk) domain() mirror.Session {
	s := a.SessionSpec.domain(a.Name)
	s.Enabled = true
	return s
}

// validate checks what is not looked for.
func (a WaysAsk) validate() []mirror.Reason {
	s := a.domain()
	s.Name, s.Kind, s.RSPAN, s.ERSPAN = cmp.Or(s.Name, "new"), mirror.KindAuto, nil, nil
	out := s.WithDefaults().Validate()
	if _, err := mirror.ParseVLANs(a.VLANs); err != nil {
		out = append(out, mirror.Reason{Pointer: "/vlans", Code: "invalid", Message: "no list of VLANs such as 900-949,1200"})
	}
	return out
}

func (s *server) proposeSession(ctx context.Context, _ *struct{}) (*waysOutput, error) {
	ask, err := decode(s, bodyOf(ctx), WaysAsk.validate)
	if err != nil {
		return nil, err
	}
	vlans, err := mirror.ParseVLANs(ask.VLANs)
	if err != nil {
		return nil, err
	}
	w, err := s.engine.Ways(ctx, ask.domain(), vlans)
	if err != nil {
		return nil, err
	}
	return &waysOutput{wayListOf(ask, w)}, nil
}

func wayListOf(ask WaysAsk, w engine.Ways) WayList {
	out := WayList{Ways: []Way{}, Unfit: []Unfit{}, Read: timeOrNil(w.Read)}
	for i, x := range w.Ways {
		way := Way{Kind: string(x.Kind), Message: x.Message, Hops: orEmpty(translateAll(x.Hops, hopOf)), Forecast: orEmpty(translateAll(w.Forecasts[i], forecastOf)),
			Warnings: reasonsOf(x.Warned), Patch: wayPatch(ask.SessionSpec, x.Session)}
		way.Spec = ask.SessionSpec
		to := sessionSpecOf(x.Session)
		way.Spec.Kind, way.Spec.RSPAN, way.Spec.ERSPAN, way.Spec.Destinations = to.Kind, to.RSPAN, to.ERSPAN, to.Destinations
		out.Ways = append(out.Ways, way)
	}
	for _, u := range w.Unfit {
		out.Unfit = append(out.Unfit, Unfit{Kind: string(u.Kind), Reasons: reasonsOf(u.Reasons)})
	}
	return out
}

func hopOf(h engine.WayHop) Hop {
	return Hop{Device: h.Device, Trunks: orEmpty(translateAll(h.Trunks, func(t engine.WayTrunk) HopTrunk { return HopTrunk{Interface: string(t.Port), To: t.To} }))}
}

// wayPatch is what of a session changes so that its copies travel so; what it says and the
// way has no place for is taken away.
func wayPatch(from SessionSpec, with mirror.Session) map[string]any {
	to := sessionSpecOf(with)
	out := map[string]any{"kind": to.Kind}
	if to.RSPAN != nil {
		out["rspan"] = to.RSPAN
	} else if from.RSPAN != nil {
		out["rspan"] = nil
	}
	if to.ERSPAN != nil {
		out["erspan"] = to.ERSPAN
	} else if from.ERSPAN != nil {
		out["erspan"] = nil
	}
	if !slices.Equal(from.Destinations, to.Destinations) {
		out["destinations"] = to.Destinations
	}
	return out
}
