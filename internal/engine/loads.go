package engine

import (
	"context"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A Span says how much of the past is wanted.
type Span string

// The spans.
const (
	SpanNone Span = ""
	SpanHour Span = "hour" // reading by reading
	SpanDay  Span = "day"  // by the minute
)

// A LoadView is what is measured of a session, at a tool or on a device.
type LoadView struct {
	// Healthy and Effective are the conditions of a session, with figures of now.
	Healthy, Effective mirror.Check
	Ends               []capacity.EndLoad  // sorted by device, port and address
	Copies             []capacity.CopyLoad // of a session
	Ports              []capacity.PortLoad // of a device
	// History is sorted by place and time: of ports and ends that it is about.
	History []mirror.LoadMinute
}

// SessionLoad is what is measured of a session.
func (e *Engine) SessionLoad(ctx context.Context, name string, past Span) (LoadView, error) {
	if _, err := e.Session(ctx, name); err != nil {
		return LoadView{}, err
	}
	load, ok := e.cfg.Watch.Load(name)
	if !ok {
		return LoadView{Healthy: mirror.NotWatchedYet(), Effective: mirror.NotWatchedYet()}, nil
	}
	view := LoadView{Healthy: load.Healthy, Effective: load.Effective, Ends: load.Ends, Copies: load.Copies}
	err := e.addHistory(ctx, &view, past, about(load.Ends))
	return view, err
}

// about are the ports of ends and of their sources, by place; "" is the collector
// itself.
func about(ends []capacity.EndLoad) map[string][]mirror.PortName {
	out := map[string][]mirror.PortName{}
	add := func(place string, port mirror.PortName) {
		if place != "" && !slices.Contains(out[place], port) {
			out[place] = append(out[place], port)
		}
	}
	for _, l := range ends {
		if l.End.Port != "" {
			add(l.End.Device, l.End.Port)
		} else {
			add(l.End.IP, "")
		}
		for _, t := range l.Terms {
			add(t.Device, mirror.PortName(t.Source))
		}
	}
	return out
}

// addHistory adds what was measured of some ports in the past.
func (e *Engine) addHistory(ctx context.Context, view *LoadView, past Span, of map[string][]mirror.PortName) error {
	if past == SpanNone {
		return nil
	}
	since := time.Now().Add(-time.Hour)
	if past == SpanDay {
		since = time.Now().Add(-24 * time.Hour)
	}
	places := make([]string, 0, len(of))
	for place := range of {
		places = append(places, place)
	}
	slices.Sort(places)
	for _, place := range places {
		rows, err := e.cfg.Watch.History(ctx, place, since, past == SpanDay)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if ports := of[place]; ports != nil {
				r.Ports = slices.DeleteFunc(r.Ports, func(p mirror.PortMinute) bool { return !slices.Contains(ports, p.Port) })
				r.Ends = slices.DeleteFunc(r.Ends, func(p mirror.EndMinute) bool { return !slices.Contains(ports, p.Port) })
			}
			if len(r.Ports)+len(r.Ends) > 0 {
				view.History = append(view.History, r)
			}
		}
	}
	return nil
}

// ToolLoad is what is measured at a tool.
func (e *Engine) ToolLoad(ctx context.Context, name string, past Span) (view LoadView, err error) {
	var end capacity.End
	var found bool
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		tool, _, err := tx.Tool(name)
		if err != nil {
			return err
		}
		end, found, err = e.toolEnd(tx, tool)
		return err
	})
	if err != nil || !found {
		return view, err
	}
	for _, l := range e.cfg.Watch.EndLoads() {
		if l.End.Same(end) {
			view.Ends = append(view.Ends, l)
		}
	}
	of := map[string][]mirror.PortName{end.Device: {end.Port}}
	if end.Port == "" {
		of = map[string][]mirror.PortName{end.IP: {""}}
	}
	return view, e.addHistory(ctx, &view, past, of)
}

// DeviceLoad is what is measured on a device.
func (e *Engine) DeviceLoad(ctx context.Context, name string, past Span) (view LoadView, err error) {
	if _, err := e.Device(ctx, name); err != nil {
		return view, err
	}
	view.Ports = e.cfg.Watch.PortLoads(name)
	for _, l := range e.cfg.Watch.EndLoads() {
		if l.End.Device == name {
			view.Ends = append(view.Ends, l)
		}
	}
	return view, e.addHistory(ctx, &view, past, map[string][]mirror.PortName{name: nil})
}

// An EndView is what is measured at one end, and of the copies that end there.
type EndView struct {
	Load capacity.EndLoad
	// Copies are those of a destination port, or of the native sessions whose copies
	// come to the end; of a link there are none.
	Copies []capacity.CopyLoad
}

// Loads are all ends that copies come to, sorted by device, port and address. They
// are in memory: nothing is read.
func (e *Engine) Loads() []EndView {
	ends := e.cfg.Watch.EndLoads()
	out := make([]EndView, len(ends))
	for i, l := range ends {
		out[i].Load = l
		if l.End.Link {
			continue
		}
		for _, session := range l.Sessions {
			load, _ := e.cfg.Watch.Load(session)
			for _, c := range load.Copies {
				same := func(o capacity.CopyLoad) bool {
					return o.Device == c.Device && o.Native == c.Native && o.Port == c.Port
				}
				here := c.Port == "" || c.Device == l.End.Device && c.Port == l.End.Port
				if here && !slices.ContainsFunc(out[i].Copies, same) {
					out[i].Copies = append(out[i].Copies, c)
				}
			}
		}
	}
	return out
}
