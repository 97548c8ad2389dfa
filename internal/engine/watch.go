package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// A Watcher measures what ports carry and what becomes of copies. It asks the WatchDesk
// what is to be watched. None of its methods blocks, nor uses the store, but History.
type Watcher interface {
	// SessionChanged says that what devices hold of a session may have changed,
	// DeviceChanged that the entry of a device may have, ToolChanged that of a tool, and
	// DeviceRead that a device was read or found out not to answer.
	SessionChanged(session string)
	DeviceChanged(device string)
	ToolChanged(tool string)
	DeviceRead(device string)
	// Load is what is measured of a session; false before anything was since the start,
	// or since the session came to its devices.
	Load(session string) (capacity.SessionLoad, bool)
	// EndLoads are all ends, sorted by device, port and address.
	EndLoads() []capacity.EndLoad
	// PortLoads are the ports of a device that are watched, sorted by name.
	PortLoads(device string) []capacity.PortLoad
	// Port is what a port carried in the last hour.
	Port(device string, port mirror.PortName) (capacity.Port, bool)
	// Carried is what a port carried in the newest interval.
	Carried(device string, port mirror.PortName) (in, out capacity.Flow, known bool)
	// History is what was measured since a time at a device, or with its address at a
	// collector: reading by reading within the last hour, else by the minute.
	History(ctx context.Context, place string, since time.Time, minutes bool) ([]mirror.LoadMinute, error)
}

// noWatcher watches nothing.
type noWatcher struct{}

func (noWatcher) SessionChanged(string) {}
func (noWatcher) DeviceChanged(string)  {}
func (noWatcher) ToolChanged(string)    {}
func (noWatcher) DeviceRead(string)     {}
func (noWatcher) Load(string) (capacity.SessionLoad, bool) {
	not := mirror.Check{State: mirror.Unknown, Reason: mirror.ReasonNotWatched, Message: "this controller is told not to watch"}
	return capacity.SessionLoad{Healthy: not, Effective: not}, true
}
func (noWatcher) EndLoads() []capacity.EndLoad         { return nil }
func (noWatcher) PortLoads(string) []capacity.PortLoad { return nil }
func (noWatcher) Port(string, mirror.PortName) (capacity.Port, bool) {
	return capacity.Port{}, false
}
func (noWatcher) Carried(string, mirror.PortName) (in, out capacity.Flow, known bool) {
	return in, out, false
}
func (noWatcher) History(context.Context, string, time.Time, bool) ([]mirror.LoadMinute, error) {
	return nil, nil
}

// takeMeasured brings what the watch found of a session into its record, with old messages
// where neither state nor reason changed. What was found before the start stands until
// there is something newer; who asks is told otherwise, see viewSession.
func (e *Engine) takeMeasured(rec *mirror.SessionRecord) {
	load, ok := e.cfg.Watch.Load(rec.Session.Name)
	if !ok {
		return
	}
	now := mirror.Measured{Healthy: load.Healthy, Effective: load.Effective}
	if rec.Measured != nil {
		now = rec.Measured.Moved(now)
	}
	rec.Measured = &now
}

// A WatchDesk is the engine as its watcher sees it.
type WatchDesk struct{ e *Engine }

// WatchDesk is what a watcher of this engine is to be run with.
func (e *Engine) WatchDesk() WatchDesk { return WatchDesk{e} }

// Devices lists all devices by name.
func (d WatchDesk) Devices(ctx context.Context) (names []string, err error) {
	err = d.e.store.View(ctx, func(tx mirror.Tx) error {
		list, err := tx.Devices(mirror.Page{})
		for _, device := range list {
			names = append(names, device.Name)
		}
		return err
	})
	return names, err
}

// Device is what is to be known of a device; mirror.ErrNotFound when it is gone.
func (d WatchDesk) Device(ctx context.Context, name string) (out capacity.WatchedDevice, err error) {
	out.Name = name
	err = d.e.store.View(ctx, func(tx mirror.Tx) error {
		device, _, err := tx.Device(name)
		if err != nil {
			return err
		}
		if device.Retired {
			out.Why = "the device's entry vanished from its source"
			return nil
		}
		drv, err := d.e.driver(device)
		if err != nil {
			out.Why = err.Error()
			return nil
		}
		st, err := d.e.states.Of(tx, name)
		if err != nil {
			return err
		}
		out.Counting = drv.Capabilities(st.Facts).Counting
		if out.Every, out.Cheap = d.e.CountsEvery(device); out.Every == 0 {
			out.Why = "counters of platform " + device.Platform + " are not read over " + device.Transports.Config.Protocol
		}
		return nil
	})
	return out, err
}

// Session is what devices hold of a session; mirror.ErrNotFound when it is gone.
func (d WatchDesk) Session(ctx context.Context, name string) (out capacity.WatchedSession, err error) {
	err = d.e.store.View(ctx, func(tx mirror.Tx) error {
		out, err = d.e.watchedSession(tx, name)
		return err
	})
	return out, err
}

func (e *Engine) watchedSession(tx mirror.Tx, name string) (capacity.WatchedSession, error) {
	out := capacity.WatchedSession{Name: name}
	rec, err := tx.Session(name)
	if err != nil {
		return out, err
	}
	rows, err := tx.Placements(name)
	if err != nil {
		return out, err
	}
	var fragments, asked []mirror.Fragment
	relieved := false
	for _, row := range rows {
		relieved = relieved || row.Asked != nil
		if f := row.Intended(); f != nil {
			asked = append(asked, *f)
		}
		if row.Applied == nil {
			continue
		}
		fragments = append(fragments, *row.Applied)
		if n := row.Applied.Spec; !n.Role.OnlyFootings() {
			out.Natives = append(out.Natives, capacity.WatchedNative{Device: row.Device, ID: row.NativeID, Mark: row.Mark, Role: n.Role,
				Ports: n.Destinations, Collector: n.Options.Collector, Makes: len(n.Sources) > 0})
		}
	}
	look := e.sight(tx)
	out.Feeds = capacity.FeedsOf(name, fragments, look)
	if relieved {
		out.Asked = capacity.FeedsOf(name, asked, look)
	}
	if look.fault != nil {
		return out, look.fault
	}
	out.Tools, err = e.watchedTools(tx, rec.Session)
	return out, err
}

// watchedTools are the tools that a session names.
func (e *Engine) watchedTools(tx mirror.Tx, s mirror.Session) (out []capacity.WatchedTool, err error) {
	for _, dest := range s.Destinations {
		if dest.Tool == "" {
			continue
		}
		tool, _, err := tx.Tool(dest.Tool)
		if errors.Is(err, mirror.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		end, found, err := e.toolEnd(tx, tool)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		out = append(out, capacity.WatchedTool{Name: tool.Name, End: end, Capacity: tool.Capacity})
	}
	return out, nil
}

// toolEnd is where a tool is, as long as its device and port are such.
func (e *Engine) toolEnd(tx mirror.Tx, tool mirror.Tool) (end capacity.End, found bool, err error) {
	if tool.Device == "" {
		return capacity.End{IP: tool.IP}, true, nil
	}
	device, _, err := tx.Device(tool.Device)
	if errors.Is(err, mirror.ErrNotFound) {
		return end, false, nil
	}
	if err != nil {
		return end, false, err
	}
	drv, err := e.driver(device)
	if err != nil {
		return end, false, nil //nolint:nilerr // a platform without a driver has no ports
	}
	ports, err := drv.Ports(tool.Interface)
	if err != nil || len(ports) != 1 {
		return end, false, nil //nolint:nilerr // nor is this one
	}
	return capacity.End{Device: tool.Device, Port: ports[0]}, true, nil
}

// State is what was last read of a device, and whether that was since the start.
func (d WatchDesk) State(device string) (mirror.DeviceState, bool) {
	return d.e.states.Known(device), d.e.reads.Seen(device)
}

// Counters reads counters of a device.
func (d WatchDesk) Counters(ctx context.Context, device string, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	return d.e.Counters(ctx, device, ask)
}

// Found says that a condition of a session has another state or reason than before.
func (d WatchDesk) Found(session string) { d.e.sessions.addLater(session) }

// Measured tells the ends at which something new was measured.
func (d WatchDesk) Measured(ends []capacity.EndLoad) { d.e.Measured(ends, d.e.newest()) }

// newest tells what ports carried in their newest reading, each device looked up once.
func (e *Engine) newest() Carried {
	var mu sync.Mutex
	known := map[string]map[mirror.PortName]capacity.PortLoad{}
	return func(device string, port mirror.PortName) (in, out capacity.Flow, is bool) {
		mu.Lock()
		defer mu.Unlock()
		ports, seen := known[device]
		if !seen {
			ports = map[mirror.PortName]capacity.PortLoad{}
			for _, p := range e.cfg.Watch.PortLoads(device) {
				ports[p.Port] = p
			}
			known[device] = ports
		}
		p := ports[port]
		return p.In, p.Out, p.Known
	}
}

// tellMeasured writes events of conditions that rest on measurements, when they become
// False, change their reason then, or are False no more.
func (r *rollout) tellMeasured(tx mirror.Tx, old mirror.SessionRecord) error {
	for _, typ := range []string{mirror.CondDestinationHealthy, mirror.CondEffective} {
		was, is := old.Condition(typ), r.rec.Condition(typ)
		if was.Status == is.Status && (is.Status != mirror.False || was.Reason == is.Reason) || was.Status != mirror.False && is.Status != mirror.False {
			continue
		}
		words := measuredEvents[typ][is.Status]
		if err := mirror.Tell(tx, words, mirror.ActorSystem, r.rec.Session.Name, "", "%s is %s (%s); was %s (%s)", typ,
			is.Status, told(is.Reason, is.Message), was.Status, was.Reason); err != nil {
			return err
		}
	}
	return nil
}

// measuredEvents are the types of events, by condition and its new state.
var measuredEvents = map[string]map[mirror.State]string{
	mirror.CondDestinationHealthy: {mirror.False: "DestinationUnhealthy", mirror.True: "DestinationHealthy", mirror.Unknown: "DestinationUnknown"},
	mirror.CondEffective:          {mirror.False: "CopiesNotFlowing", mirror.True: "CopiesFlowing", mirror.Unknown: "CopiesUnknown"},
}

// explained is why a session is in its phase.
func explained(rec mirror.SessionRecord) string {
	c := plan.Worst(rec)
	return c.Type + " " + string(c.Status) + ", " + told(c.Reason, c.Message)
}
