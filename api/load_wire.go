package api

import (
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// WireFlow is traffic per second, also in bits on the wire.
type WireFlow struct {
	Octets float64 `json:"octets" doc:"of frames with checksum, without preamble and gap"`
	Frames float64 `json:"frames"`
	Bits   uint64  `json:"bitsPerSecond" doc:"on the wire: octets x 8, and 20 octets of preamble and gap a frame"`
}

// EndLoad is what is offered to one end of copies now, and what becomes of it.
type EndLoad struct {
	Device    string `json:"device,omitempty"`
	Interface string `json:"interface,omitempty"`
	IP        string `json:"ip,omitempty" doc:"of a collector"`
	Tool      string `json:"tool,omitempty" doc:"that a session names there"`
	Link      bool   `json:"link,omitempty" doc:"a link between switches that the copies pass"`

	MeasuredAt     *time.Time `json:"measuredAt,omitempty" doc:"when the newest of the figures was measured; left out while none was"`
	Sessions       []string   `json:"sessions" doc:"whose copies come to it"`
	Capacity       uint64     `json:"capacity,omitempty" doc:"bits per second on the wire; left out where it is not known"`
	CapacityFrom   string     `json:"capacityFrom,omitempty" doc:"what the capacity is"`
	Offered        uint64     `json:"offered" doc:"bits per second on the wire, with encapsulation"`
	OfferedKnown   bool       `json:"offeredKnown" doc:"false: of a source nothing is known, see terms"`
	UpperBound     bool       `json:"upperBound,omitempty" doc:"offered may be less"`
	Up             string     `json:"up,omitempty" doc:"the link of the port by the platform's rule: True, False or Unknown"`
	Sent           *WireFlow  `json:"sent,omitempty" doc:"what leaves the port; left out where it was not counted"`
	Drops          *float64   `json:"drops,omitempty" doc:"frames per second that were to leave the port and did not"`
	Oversubscribed bool       `json:"oversubscribed" doc:"offered was above 95 % of the capacity for 3 readings, and not yet below 80 % for 6"`
	Terms          []Term     `json:"terms" doc:"of what offered consists, the largest first"`
}

// CopyLoad is how many of the expected copies were counted.
type CopyLoad struct {
	Device     string     `json:"device"`
	NativeID   string     `json:"nativeId,omitempty"`
	Interface  string     `json:"interface,omitempty" doc:"the destination whose counters tell; left out where a counter of the native session does"`
	Sessions   []string   `json:"sessions,omitempty" doc:"whose copies are counted together"`
	CountedAt  string     `json:"countedAt,omitempty" doc:"out-counters, mirror-counter, session-counter or unverified; left out where the platform counts copies nowhere"`
	State      string     `json:"state" doc:"True: copies flow; False: they do not; Unknown: nobody can tell"`
	Reason     string     `json:"reason"`
	Message    string     `json:"message"`
	Ratio      *float64   `json:"ratio,omitempty" doc:"counted copies by expected ones, in frames"`
	Confidence float64    `json:"confidence" doc:"in the ratio, 0 to 1"`
	Expected   float64    `json:"expected" doc:"frames between from and to"`
	Counted    float64    `json:"counted"`
	From       *time.Time `json:"from,omitempty"`
	To         *time.Time `json:"to,omitempty"`
}

// PortLoad is what a port carries.
type PortLoad struct {
	Interface  string     `json:"interface"`
	MeasuredAt *time.Time `json:"measuredAt,omitempty" doc:"when it was last read"`
	Up         string     `json:"up,omitempty" doc:"True, False or Unknown"`
	Speed      uint64     `json:"speed,omitempty" doc:"bits per second; left out where it is not known"`
	In         *WireFlow  `json:"in,omitempty" doc:"in the last interval; left out where it is not known"`
	Out        *WireFlow  `json:"out,omitempty"`
	Drops      *float64   `json:"drops,omitempty" doc:"frames per second"`
	Unknown    string     `json:"unknown,omitempty" doc:"why nothing is known"`
}

// LoadPoint is what was measured at one place in one reading, or as means of a minute.
type LoadPoint struct {
	At    time.Time   `json:"at" doc:"the end of the interval, or the beginning of the minute"`
	Place string      `json:"place" doc:"a device, or the address of a collector"`
	Ports []PortPoint `json:"ports,omitempty"`
	Ends  []EndPoint  `json:"ends,omitempty"`
}

// PortPoint is what a port carried, per second.
type PortPoint struct {
	Interface string  `json:"interface"`
	InOctets  float64 `json:"inOctets" doc:"of frames with checksum, without preamble and gap"`
	InFrames  float64 `json:"inFrames"`
	OutOctets float64 `json:"outOctets"`
	OutFrames float64 `json:"outFrames"`
	Drops     float64 `json:"drops"`
}

// EndPoint is what was offered to an end, in bits per second on the wire.
type EndPoint struct {
	Interface string `json:"interface,omitempty" doc:"left out of a collector"`
	Offered   uint64 `json:"offered"`
	Peak      uint64 `json:"peak" doc:"of the readings of a minute"`
	Capacity  uint64 `json:"capacity,omitempty"`
}

// SessionLoad is what is measured of a session.
type SessionLoad struct {
	DestinationHealthy Check       `json:"destinationHealthy" doc:"the condition, with figures of now"`
	Effective          Check       `json:"effective" doc:"the condition, with figures of now"`
	Ends               []EndLoad   `json:"ends" doc:"destinations, and links on the way"`
	Copies             []CopyLoad  `json:"copies" doc:"whether the copies flow, by native session or destination"`
	History            []LoadPoint `json:"history,omitempty" doc:"by place and time; left out unless asked for"`
}

// ToolLoad is what is measured at a tool.
type ToolLoad struct {
	Ends    []EndLoad   `json:"ends" doc:"none while no copies come to it"`
	History []LoadPoint `json:"history,omitempty" doc:"by time; left out unless asked for"`
}

// DeviceLoad is what is measured on a device.
type DeviceLoad struct {
	Interfaces []PortLoad  `json:"interfaces" doc:"those whose counters were read, by name"`
	Ends       []EndLoad   `json:"ends" doc:"destinations on the device, and links by which copies leave it"`
	History    []LoadPoint `json:"history,omitempty" doc:"by time; left out unless asked for"`
}

// LoadSummary sums up what is measured of a session.
type LoadSummary struct {
	Offered        uint64   `json:"offered" doc:"bits per second on the wire, to the destination that is used most"`
	Capacity       uint64   `json:"capacity,omitempty" doc:"of that one; left out where it is not known"`
	Drops          *float64 `json:"drops,omitempty" doc:"frames per second that were to leave the destinations and did not; left out where they are not counted"`
	Oversubscribed bool     `json:"oversubscribed" doc:"one of the destinations is"`
	DeliveryRatio  *float64 `json:"deliveryRatio,omitempty" doc:"counted copies by expected ones in the last minute or more, the least; left out where nobody can tell"`
	CountedAt      string   `json:"countedAt,omitempty" doc:"where the copies are counted"`
}

func wireFlowOf(f capacity.Flow) WireFlow { return WireFlow{f.Octets, f.Frames, uint64(f.Wire())} }

func known[T any](v T, is bool) *T {
	if !is {
		return nil
	}
	return &v
}

func endLoadOf(l capacity.EndLoad) EndLoad {
	out := EndLoad{Device: l.End.Device, Interface: string(l.End.Port), IP: l.End.IP, Tool: l.End.Tool, Link: l.End.Link, MeasuredAt: timeOrNil(l.At),
		Sessions: orEmpty(l.Sessions), Capacity: uint64(l.Capacity), CapacityFrom: l.CapacityFrom, Offered: uint64(l.Offered), OfferedKnown: l.Known,
		UpperBound: l.Bound, Sent: known(wireFlowOf(l.Sent), l.Counted), Drops: known(l.Drops, l.Counted && !l.NoDrops), Oversubscribed: l.Over,
		Terms: orEmpty(translateAll(l.Terms[:min(len(l.Terms), maxTerms)], termOf))}
	if l.End.Port != "" {
		out.Up = stateOf(l.Up)
	}
	return out
}

func copyLoadOf(c capacity.CopyLoad) CopyLoad {
	d := c.Delivery
	return CopyLoad{Device: c.Device, NativeID: c.Native, Interface: string(c.Port), Sessions: c.Sessions, CountedAt: string(d.At), State: stateOf(d.State),
		Reason: d.Reason, Message: d.Message, Ratio: d.Ratio, Confidence: d.Confidence, Expected: d.Expected, Counted: d.Counted,
		From: timeOrNil(d.From), To: timeOrNil(d.To)}
}

func portLoadOf(p capacity.PortLoad) PortLoad {
	out := PortLoad{Interface: string(p.Port), MeasuredAt: timeOrNil(p.At), Up: stateOf(p.Up), Speed: uint64(p.Speed),
		In: known(wireFlowOf(p.In), p.Known), Out: known(wireFlowOf(p.Out), p.Known), Drops: known(p.Drops, p.Known && !p.NoDrops)}
	if !p.Known {
		out.Unknown = p.Why
	}
	return out
}

func pointOf(m mirror.LoadMinute) LoadPoint {
	return LoadPoint{At: m.At, Place: m.Place,
		Ports: translateAll(m.Ports, func(p mirror.PortMinute) PortPoint {
			return PortPoint{string(p.Port), p.InOctets, p.InFrames, p.OutOctets, p.OutFrames, p.Drops}
		}),
		Ends: translateAll(m.Ends, func(e mirror.EndMinute) EndPoint {
			return EndPoint{string(e.Port), uint64(e.Offered), uint64(e.Peak), uint64(e.Capacity)}
		})}
}

func sessionLoadOf(v engine.LoadView) SessionLoad {
	return SessionLoad{DestinationHealthy: placementCheck(v.Healthy), Effective: placementCheck(v.Effective), Ends: orEmpty(translateAll(v.Ends, endLoadOf)),
		Copies: orEmpty(translateAll(v.Copies, copyLoadOf)), History: translateAll(v.History, pointOf)}
}

// summaryOf is nil before anything was measured.
func summaryOf(l *capacity.SessionLoad) *LoadSummary {
	if l == nil || len(l.Ends)+len(l.Copies) == 0 {
		return nil
	}
	out := &LoadSummary{}
	most := -1.0
	drops, counted := 0.0, false
	for _, e := range l.Ends {
		if e.End.Link {
			continue
		}
		used := 0.0
		if e.Capacity != 0 {
			used = float64(e.Offered) / float64(e.Capacity)
		}
		if used > most {
			most, out.Offered, out.Capacity = used, uint64(e.Offered), uint64(e.Capacity)
		}
		drops, counted = drops+e.Drops, counted || e.Counted && !e.NoDrops
		out.Oversubscribed = out.Oversubscribed || e.Over
	}
	out.Drops = known(drops, counted)
	for _, c := range l.Copies {
		if c.Delivery.Ratio != nil && (out.DeliveryRatio == nil || *c.Delivery.Ratio < *out.DeliveryRatio) {
			out.DeliveryRatio = c.Delivery.Ratio
		}
		if c.Delivery.At != "" {
			out.CountedAt = string(c.Delivery.At)
		}
	}
	return out
}
