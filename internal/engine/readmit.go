package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// What admission said of a session is reckoned again when something changes at one of
// its ends: another session comes or goes, the tool there takes more or less, a link
// becomes faster or slower, or a load becomes known. It changes the condition Admitted
// and never takes a session off: who was admitted stays. Each end is reckoned once for
// all sessions that copy to it, beside everything else, and what comes of it is written
// in small transactions.

const (
	// readmitPause lets changes of one end gather.
	readmitPause = 250 * time.Millisecond
	// longestRest bounds the pause after much work, which leaves the processors to others.
	longestRest = 30 * time.Second
	// readmitTick is how often it is looked whether a load has become known.
	readmitTick = 15 * time.Second
	// readmitBatch bounds the sessions that are written in one transaction.
	readmitBatch = 50
)

// readmits are the ends that are to be reckoned again. They are a hint: the stored
// sessions decide.
type readmits struct {
	queue *keyQueue

	mu     sync.Mutex
	ends   map[string]capacity.End                             // by key, those in the queue
	speeds map[string]map[mirror.PortName]mirror.BitsPerSecond // of ends by device, as last reckoned
	dark   map[string]darkEnd                                  // whose load is not known, by key
}

type darkEnd struct {
	end   capacity.End
	ports []portKey
}

func newReadmits() *readmits {
	return &readmits{queue: newKeyQueue(), ends: map[string]capacity.End{}, speeds: map[string]map[mirror.PortName]mirror.BitsPerSecond{}, dark: map[string]darkEnd{}}
}

// add has ends reckoned again.
func (r *readmits) add(ends ...capacity.End) {
	for _, end := range ends {
		end.Tool = ""
		key := endKey(end)
		r.mu.Lock()
		r.ends[key] = end
		r.mu.Unlock()
		r.queue.add(key)
	}
}

func (r *readmits) take() (end capacity.End, ok bool) {
	key, _, ok := r.queue.take()
	if !ok {
		return end, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	end = r.ends[key]
	delete(r.ends, key)
	return end, true
}

// accepted takes note of an intent that was accepted just now.
func (r *readmits) accepted(res SubmitResult) {
	r.remember(res.View.Record)
	for _, f := range res.Forecasts {
		r.note(f.End, []capacity.Forecast{f})
	}
	r.add(res.crowded...)
}

// remember notes the ends of a stored session.
func (r *readmits) remember(rec mirror.SessionRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range rec.Judged {
		if j.Port == "" {
			continue
		}
		if r.speeds[j.Device] == nil {
			r.speeds[j.Device] = map[mirror.PortName]mirror.BitsPerSecond{}
		}
		if _, there := r.speeds[j.Device][j.Port]; !there {
			r.speeds[j.Device][j.Port] = unseenSpeed
		}
	}
}

// unseenSpeed is that of a port whose speed was not looked at yet.
const unseenSpeed = ^mirror.BitsPerSecond(0)

// note remembers of which ports the load was not known when an end was reckoned.
func (r *readmits) note(end capacity.End, forecasts []capacity.Forecast) {
	end.Tool = ""
	var ports []portKey
	for _, f := range forecasts {
		for _, t := range f.Terms {
			if k := (portKey{t.Device, mirror.PortName(t.Source)}); t.Unknown != "" && !slices.Contains(ports, k) {
				ports = append(ports, k)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(ports) == 0 {
		delete(r.dark, endKey(end))
	} else {
		r.dark[endKey(end)] = darkEnd{end, ports}
	}
}

// lit are the ends whose load was not known and of which something is known now.
func (e *Engine) lit() (out []capacity.End) {
	e.readmits.mu.Lock()
	defer e.readmits.mu.Unlock()
	for _, d := range e.readmits.dark {
		if slices.ContainsFunc(d.ports, func(k portKey) bool { return e.carried(k.device, k.port).Known }) {
			out = append(out, d.end)
		}
	}
	return out
}

// linksRead looks at the links of the ends on a device that was read.
func (e *Engine) linksRead(device string) {
	r := e.readmits
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.speeds[device]
	if len(known) == 0 {
		return
	}
	see := e.sight(nil)
	if !see.fromMemory(device) {
		return
	}
	d := see.device(device)
	for port, before := range known {
		p, _ := d.Observation.Port(port)
		now, _ := see.speed(d, p)
		known[port] = now
		if now != before && before != unseenSpeed {
			for _, end := range []capacity.End{{Device: device, Port: port}, {Device: device, Port: port, Link: true}} {
				r.ends[endKey(end)] = end
				r.queue.add(endKey(end))
			}
		}
	}
}

// readmit reckons ends again until ctx ends.
func (e *Engine) readmit(ctx context.Context) {
	tick := time.NewTicker(readmitTick)
	defer tick.Stop()
	rest := readmitPause
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.readmits.add(e.lit()...)
			continue
		case <-e.readmits.queue.signal:
		}
		pause := time.NewTimer(rest)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
		began := time.Now()
		for end, ok := e.readmits.take(); ok && ctx.Err() == nil; end, ok = e.readmits.take() {
			if err := e.readmitEnd(ctx, end); err != nil && ctx.Err() == nil {
				e.log.Error("the load of an end is not reckoned again", "end", end.String(), "err", err)
			}
		}
		rest = min(max(readmitPause, 5*time.Since(began)), longestRest)
	}
}

// A readmission is what is to be said of a session from now on.
type readmission struct {
	session    string
	generation int64
	judged     mirror.Judged
}

// readmitEnd reckons an end for all sessions that copy to it, and writes what changed.
func (e *Engine) readmitEnd(ctx context.Context, end capacity.End) error {
	var due []readmission
	err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		due, err = e.readmissions(tx, end, time.Now().UTC())
		return err
	})
	for len(due) > 0 && err == nil {
		batch := due[:min(readmitBatch, len(due))]
		due = due[len(batch):]
		err = e.update(ctx, func(tx mirror.Tx) error {
			for _, r := range batch {
				if err := r.write(tx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

// readmissions reckons an end once for sessions with the same settings, and lists what
// differs from what is stored so much that it is worth writing.
func (e *Engine) readmissions(tx mirror.Tx, end capacity.End, now time.Time) (out []readmission, err error) {
	see := e.sight(remembering(tx))
	feeds, err := see.others(end, "")
	if err != nil {
		return nil, err
	}
	type settings struct {
		tool, basis, mode string
		share             float64
	}
	reckoned := map[settings]capacity.Forecast{}
	var all []capacity.Forecast
	for i, f := range feeds {
		if slices.ContainsFunc(feeds[:i], func(o capacity.Feed) bool { return o.Session == f.Session }) {
			continue
		}
		rec, err := tx.Session(f.Session)
		if errors.Is(err, mirror.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		at, err := see.at(end, rec.Session)
		if err != nil {
			return nil, err
		}
		i := judgedAt(rec, end)
		if i < 0 || !readmittable(rec, now) {
			continue
		}
		at.feeds = feeds
		q := see.question(at, rec.Session)
		q.Session = ""
		key := settings{at.end.Tool, q.Basis, q.Mode, q.MaxUtilization}
		forecast, there := reckoned[key]
		if !there {
			forecast = capacity.Judge(q, see)
			reckoned[key], all = forecast, append(all, forecast)
		}
		forecast.Own = ownOf(forecast, f.Session)
		next := asLastKnown(rec.Judged[i], judgedOf(forecast, now))
		if worthWriting(rec.Judged[i], next) {
			out = append(out, readmission{f.Session, rec.Generation, next})
		}
	}
	e.readmits.note(end, all)
	return out, see.fault
}

// judgedAt finds what was said of an end, -1 = nothing.
func judgedAt(rec mirror.SessionRecord, end capacity.End) int {
	return slices.IndexFunc(rec.Judged, func(j mirror.Judged) bool {
		return end.Same(capacity.End{Device: j.Device, Port: j.Port, IP: j.IP}) && j.Link == end.Link
	})
}

// readmittable reports whether anything may be said of a session: it is decided about,
// and stands.
func readmittable(rec mirror.SessionRecord, now time.Time) bool {
	return !rec.Deleting && rec.Waiting == nil && rec.Session.Enabled && !plan.Lapsed(rec, now) && (rec.Refused == 0 || rec.Refused != rec.Generation)
}

// ownOf is the part of a forecast that a session wants.
func ownOf(f capacity.Forecast, session string) (own mirror.BitsPerSecond) {
	for _, t := range f.Terms {
		if t.Session == session || slices.Contains(t.Others, session) {
			own += t.Offered
		}
	}
	return own
}

// asLastKnown is what is said from now on. A load that was known and is not at present
// changes nothing, but for what the end can take: then the load that was known counts.
func asLastKnown(before, now mirror.Judged) mirror.Judged {
	unknown := now.Reason == capacity.ReasonLoadUnknown || now.Reason == capacity.ReasonPartlyUnknown
	known := before.Reason == capacity.ReasonFits || before.Reason == capacity.ReasonOversubscribed
	if !unknown || !known || before.Basis != now.Basis {
		return now
	}
	if before.Limit == now.Limit {
		return before
	}
	before.Capacity, before.CapacityFrom, before.Utilization, before.Limit, before.At = now.Capacity, now.CapacityFrom, now.Utilization, now.Limit, now.At
	before.Admitted, before.Reason = mirror.True, capacity.ReasonFits
	if before.Offered > before.Limit {
		before.Admitted, before.Reason = mirror.False, capacity.ReasonOversubscribed
	}
	before.Message = capacity.Rate(before.Offered) + " offered, as last known, against " + capacity.Rate(before.Limit)
	if now.CapacityFrom != "" {
		before.Message += " (" + now.CapacityFrom + ")"
	}
	return before
}

// worthWriting leaves small moves of the load alone: a tool of a thousand sessions
// would be a thousand writes for each that comes.
func worthWriting(before, now mirror.Judged) bool {
	if before.Admitted != now.Admitted || before.Reason != now.Reason || before.Limit != now.Limit || before.Tool != now.Tool || before.CapacityFrom != now.CapacityFrom {
		return true
	}
	moved := max(before.Offered, now.Offered) - min(before.Offered, now.Offered)
	return moved > now.Limit/10 || now.Limit == 0 && moved > before.Offered/10
}

// write stores it, unless the session has changed meanwhile.
func (r readmission) write(tx mirror.Tx) error {
	rec, err := tx.Session(r.session)
	if errors.Is(err, mirror.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	i := judgedAt(rec, capacity.End{Device: r.judged.Device, Port: r.judged.Port, IP: r.judged.IP, Link: r.judged.Link})
	if i < 0 || rec.Generation != r.generation || !readmittable(rec, r.judged.At) {
		return nil
	}
	judged := slices.Clone(rec.Judged)
	judged[i] = r.judged
	changed := plan.ReAdmit(&rec, judged, r.judged.At)
	if err := tx.PutSession(rec); err != nil || !changed {
		return err
	}
	c := rec.Condition(mirror.CondAdmitted)
	return mirror.Tell(tx, "AdmissionChanged", mirror.ActorSystem, rec.Session.Name, "", "Admitted %s, %s: %s", c.Status, c.Reason, c.Message)
}

// endsAt are the ends of fragments, without a look at where trunks lead.
func endsAt(fragments []mirror.Fragment) (out []capacity.End) {
	add := func(e capacity.End) {
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	for _, f := range fragments {
		for _, d := range f.Spec.Destinations {
			add(capacity.End{Device: f.Device, Port: d})
		}
		for _, t := range f.Spec.Trunks {
			add(capacity.End{Device: f.Device, Port: t, Link: true})
		}
		if f.Spec.Role == mirror.RoleERSPANSource {
			add(capacity.End{IP: f.Spec.Options.Collector})
		}
	}
	return out
}

// left are the ends at which less may come since a rollout ended.
func left(before, after []mirror.Placement) []capacity.End {
	was, is := united(before), united(after)
	for _, f := range was {
		if !slices.ContainsFunc(is, func(o mirror.Fragment) bool { return o.Device == f.Device && o.Spec.Equal(f.Spec) }) {
			return endsAt(was)
		}
	}
	return nil
}
