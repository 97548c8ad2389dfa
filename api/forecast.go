package api

import (
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Forecast is what admission reckoned for one end of the copies: a destination, or a
// link between switches on their way.
type Forecast struct {
	Tool      string `json:"tool,omitempty"`
	Device    string `json:"device,omitempty"`
	Interface string `json:"interface,omitempty"`
	IP        string `json:"ip,omitempty"`
	Link      bool   `json:"link,omitempty" doc:"a link between switches that the copies pass"`

	Verdict  string `json:"verdict,omitempty" doc:"admit, warn or refuse; left out in a status"`
	Admitted string `json:"admitted" doc:"True: it fits; False: it does not; Unknown: the load or the capacity is not known, or the load is an upper bound"`
	Reason   string `json:"reason" doc:"Fits, Oversubscribed, UpperBound, LoadUnknown, PartlyUnknown or CapacityUnknown"`
	Message  string `json:"message" doc:"the arithmetic as a sentence"`
	Basis    string `json:"basis" doc:"measured (p95 of the last hour, or what the device tells) or worst-case (speeds of links)"`

	Offered        uint64     `json:"offered" doc:"by all sessions together, without relief: bits per second on the wire, as all rates here"`
	Own            uint64     `json:"own" doc:"the part that this session wants, shared copies included"`
	Peak           uint64     `json:"peak,omitempty" doc:"of offered"`
	Capacity       uint64     `json:"capacity,omitempty" doc:"of the port or tool; left out: not known"`
	CapacityFrom   string     `json:"capacityFrom,omitempty" doc:"what the capacity is"`
	MaxUtilization float64    `json:"maxUtilization" doc:"share of the capacity that may be used"`
	Limit          uint64     `json:"limit,omitempty" doc:"capacity x maxUtilization"`
	At             *time.Time `json:"at,omitempty" doc:"when it was reckoned, in a status"`

	Terms []Term `json:"terms,omitempty" doc:"of what offered consists, the largest first; left out in a status"`
	More  int    `json:"moreTerms,omitempty" doc:"smaller terms that are left out here; offered has them"`
}

// Flow is traffic per second.
type Flow struct {
	Octets float64 `json:"octets" doc:"of frames with checksum, without preamble and gap"`
	Frames float64 `json:"frames"`
}

// Term is one source in one direction.
type Term struct {
	Session    string   `json:"session,omitempty" doc:"whose copies; left out: what the link carries beside them"`
	Others     []string `json:"others,omitempty" doc:"sessions that want the same copy, which is made once"`
	Device     string   `json:"device"`
	Source     string   `json:"source" doc:"an interface as the device names it, or VLAN and its number"`
	Direction  string   `json:"direction" doc:"rx or tx"`
	Carried    Flow     `json:"carried" doc:"by the source"`
	Copied     Flow     `json:"copied" doc:"after sampling, truncation and encapsulation"`
	Offered    uint64   `json:"offered" doc:"copied, in bits per second on the wire"`
	Peak       uint64   `json:"peak,omitempty"`
	UpperBound bool     `json:"upperBound,omitempty" doc:"it may be less: of a VLAN, of the members of a port-channel, or of a filtered session"`
	Unknown    string   `json:"unknown,omitempty" doc:"why the load of the source is not known; it counts nothing then"`
	How        string   `json:"how,omitempty" doc:"where the figures come from"`
}

// Proposal is a change of the session that would be accepted, reckoned again.
type Proposal struct {
	Kind    string `json:"kind" doc:"rx-only, tx-only, truncate, sample, shed-sources, other-tool, ..."`
	Message string `json:"message" doc:"for people"`
	Patch   any    `json:"patch" doc:"JSON merge patch (RFC 7396) of the session"`
	Offered uint64 `json:"offered" doc:"at the fullest end then, bits per second on the wire"`
	Limit   uint64 `json:"limit" doc:"of that end"`
}

// maxTerms bounds the terms of one end in an answer.
const maxTerms = 500

func flowOf(f capacity.Flow) Flow { return Flow(f) }

func forecastOf(f capacity.Forecast) Forecast {
	admitted := mirror.Unknown
	switch f.Reason {
	case capacity.ReasonFits:
		admitted = mirror.True
	case capacity.ReasonOversubscribed:
		admitted = mirror.False
	}
	out := Forecast{Tool: f.End.Tool, Device: f.End.Device, Interface: string(f.End.Port), IP: f.End.IP, Link: f.End.Link,
		Verdict: string(f.Verdict), Admitted: string(admitted), Reason: f.Reason, Message: f.Message, Basis: f.Basis,
		Offered: uint64(f.Offered), Own: uint64(f.Own), Peak: uint64(f.Peak), Capacity: uint64(f.Capacity), CapacityFrom: f.CapacityFrom,
		MaxUtilization: f.MaxUtilization, Limit: uint64(f.Limit)}
	terms := f.Terms
	if n := len(terms) - maxTerms; n > 0 {
		terms, out.More = terms[:maxTerms], n
	}
	out.Terms = translateAll(terms, termOf)
	return out
}

func termOf(t capacity.Term) Term {
	return Term{Session: t.Session, Others: t.Others, Device: t.Device, Source: t.Source, Direction: string(t.Direction),
		Carried: flowOf(t.Carried), Copied: flowOf(t.Copied), Offered: uint64(t.Offered), Peak: uint64(t.Peak),
		UpperBound: t.Bound, Unknown: t.Unknown, How: t.How}
}

// judgedOf is a forecast as it is kept with a session.
func judgedOf(j mirror.Judged) Forecast {
	return Forecast{Tool: j.Tool, Device: j.Device, Interface: string(j.Port), IP: j.IP, Link: j.Link,
		Admitted: stateOf(j.Admitted), Reason: j.Reason, Message: j.Message, Basis: j.Basis,
		Offered: uint64(j.Offered), Own: uint64(j.Own), Peak: uint64(j.Peak), Capacity: uint64(j.Capacity), CapacityFrom: j.CapacityFrom,
		MaxUtilization: j.Utilization, Limit: uint64(j.Limit), At: timeOrNil(j.At)}
}

func proposalOf(p capacity.Proposal) Proposal {
	return Proposal{Kind: p.Kind, Message: p.Message, Patch: p.Patch, Offered: uint64(p.Offered), Limit: uint64(p.Limit)}
}
