package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// An Oversubscribed is a refusal for load: its reasons are the sentences, and it has
// the arithmetic of every end, and changes of the session that would be accepted.
type Oversubscribed struct {
	*mirror.Refusal
	Forecasts []capacity.Forecast
	Proposals []capacity.Proposal
}

// Unwrap gives the refusal to errors.As.
func (o *Oversubscribed) Unwrap() error { return o.Refusal }

// crowds gathers for each end of a session what all sessions feed to it, the session
// itself by the fragments given, whatever is stored of it.
func (s *sight) crowds(of mirror.Session, fragments []mirror.Fragment) ([]endFeeds, error) {
	own := capacity.FeedsOf(of.Name, fragments, s)
	if err := s.listeners(of.Name, own, fragments); err != nil {
		return nil, err
	}
	var out []endFeeds
	for _, end := range ends(own) {
		if unpacked(end, fragments) {
			continue // what comes out of the tunnel is judged where it ends
		}
		at, err := s.at(end, of)
		if err != nil {
			return nil, err
		}
		theirs, err := s.others(end, of.Name)
		if err != nil {
			return nil, err
		}
		at.crowded = len(theirs) > 0
		mine := to(own, end, nil)
		if end.Link {
			if err := s.running(of.Name, mine); err != nil {
				return nil, err
			}
		}
		at.feeds = append(mine, theirs...)
		out = append(out, at)
	}
	return out, s.fault
}

// unpacked reports whether an address is that of a device of the session which takes
// the copies out of their tunnel.
func unpacked(end capacity.End, fragments []mirror.Fragment) bool {
	return end.IP != "" && slices.ContainsFunc(fragments, func(f mirror.Fragment) bool {
		return f.Spec.Role == mirror.RoleERSPANDestination && f.Spec.Options.Collector == end.IP
	})
}

// listeners adds to feeds in a remote VLAN the destinations of other sessions that get
// them, too, since they listen to the VLAN on a device of the path.
func (s *sight) listeners(name string, feeds []capacity.Feed, fragments []mirror.Fragment) error {
	for i := range feeds {
		vlan := feeds[i].RemoteVLAN
		if vlan == 0 || !arrives(feeds[i]) {
			continue
		}
		for _, f := range fragments {
			if f.Spec.RemoteVLAN != vlan {
				continue
			}
			rows, err := s.tx.PlacementsByDevice(f.Device)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if row.Session == name || row.Role != mirror.RoleRSPANDestination {
					continue
				}
				for _, c := range claims(row) {
					feeds[i].Ends = listening(feeds[i].Ends, c, vlan)
				}
			}
		}
	}
	return nil
}

func listening(to []capacity.End, f mirror.Fragment, vlan int) []capacity.End {
	for _, port := range f.Spec.Destinations {
		end := capacity.End{Device: f.Device, Port: port}
		if f.Spec.RemoteVLAN == vlan && !slices.ContainsFunc(to, end.Same) {
			to = append(slices.Clip(to), end)
		}
	}
	return to
}

// A judgement is what admission says of a session.
type judgement struct {
	forecasts []capacity.Forecast
	crowded   []capacity.End // to which others copy, too
}

// judge reckons the load of every end of a session, beside everything accepted so far.
// Nothing is reckoned where the session does not want it.
func (e *Engine) judge(tx mirror.Tx, s mirror.Session, fragments []mirror.Fragment) (out judgement, err error) {
	see := e.sight(remembering(tx))
	crowds, err := see.crowds(s, fragments)
	if err != nil {
		return out, err
	}
	for _, c := range crowds {
		if c.crowded {
			out.crowded = append(out.crowded, c.end)
		}
		if s.Admission == nil || s.Admission.Mode != mirror.AdmissionOff {
			out.forecasts = append(out.forecasts, capacity.Judge(see.question(c, s), see))
		}
	}
	return out, see.fault
}

// admitLoad decides about the load of an intent. before is the record of what it
// changes, nil for none. Who asks for no more than is there already is not refused:
// nobody is evicted for what others asked for since.
func (e *Engine) admitLoad(tx mirror.Tx, before *mirror.SessionRecord, rec *mirror.SessionRecord, ex plan.Expansion, fragments []mirror.Fragment, now time.Time) (judgement, error) {
	rec.Judged = nil
	if rec.Waiting != nil || len(fragments) == 0 {
		return judgement{}, nil
	}
	j, err := e.judge(tx, rec.Session, fragments)
	if err != nil {
		return j, err
	}
	if before != nil && slices.ContainsFunc(j.forecasts, func(f capacity.Forecast) bool { return f.Verdict == capacity.Refuse }) {
		if err := e.noMore(tx, *before, rec.Session, fragments, j.forecasts, now); err != nil {
			return j, err
		}
	}
	var refused []mirror.Reason
	for _, f := range j.forecasts {
		rec.Judged = append(rec.Judged, judgedOf(f, now))
		r := mirror.Reason{Pointer: endPointer(ex, f.End), Code: wordOf(f.Reason), Message: f.End.String() + ": " + f.Message}
		switch f.Verdict {
		case capacity.Refuse:
			refused = append(refused, r)
		case capacity.Warn:
			rec.Warnings = append(rec.Warnings, r)
		}
	}
	if len(refused) > 0 {
		return j, &Oversubscribed{Refusal: &mirror.Refusal{Kind: mirror.ErrOversubscribed, Reasons: refused}, Forecasts: j.forecasts}
	}
	return j, nil
}

// noMore turns refusals into warnings where the session copies to an end already and
// asks for no more there, under the same terms.
func (e *Engine) noMore(tx mirror.Tx, before mirror.SessionRecord, s mirror.Session, fragments []mirror.Fragment, forecasts []capacity.Forecast, now time.Time) error {
	if _, on := plan.Effective(plan.AsAsked(before), now); !on || before.Waiting != nil || before.Refused == before.Generation || !sameTerms(before.Session.Admission, s.Admission) {
		return nil
	}
	rows, err := tx.Placements(s.Name)
	if err != nil {
		return err
	}
	see := e.sight(remembering(tx))
	was, is := capacity.FeedsOf(s.Name, targets(rows), see), capacity.FeedsOf(s.Name, fragments, see)
	for i, f := range forecasts {
		old := to(was, f.End, nil)
		if f.Verdict != capacity.Refuse || len(old) == 0 {
			continue
		}
		own := func(feeds []capacity.Feed) mirror.BitsPerSecond {
			return capacity.Judge(capacity.Question{End: f.End, Session: s.Name, Basis: f.Basis, Feeds: feeds}, see).Own
		}
		if own(to(is, f.End, nil)) <= own(old) {
			forecasts[i].Verdict = capacity.Warn
		}
	}
	return see.fault
}

func sameTerms(a, b *mirror.Admission) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// wordOf is the code of a reason.
func wordOf(reason string) string {
	switch reason {
	case capacity.ReasonOversubscribed:
		return "oversubscribed"
	case capacity.ReasonUpperBound:
		return "upper-bound"
	case capacity.ReasonCapacityUnknown:
		return "capacity-unknown"
	}
	return "load-unknown"
}

func endPointer(ex plan.Expansion, end capacity.End) string {
	switch {
	case end.Link:
		return ex.TrunkPointer(end.Device, end.Port)
	case end.Port != "":
		return ex.DestinationPointer(end.Device, end.Port)
	}
	for _, f := range ex.Fragments {
		if f.Spec.Options.Collector == end.IP {
			return ex.EndPointer(f)
		}
	}
	return "/destinations"
}

// judgedOf sums a forecast up for the store.
func judgedOf(f capacity.Forecast, now time.Time) mirror.Judged {
	state := mirror.Unknown
	switch f.Reason {
	case capacity.ReasonFits:
		state = mirror.True
	case capacity.ReasonOversubscribed:
		state = mirror.False
	}
	return mirror.Judged{Device: f.End.Device, Port: f.End.Port, IP: f.End.IP, Tool: f.End.Tool, Link: f.End.Link,
		Admitted: state, Reason: f.Reason, Message: f.Message, Basis: f.Basis, Offered: f.Offered, Own: f.Own, Peak: f.Peak,
		Capacity: f.Capacity, CapacityFrom: f.CapacityFrom, Utilization: f.MaxUtilization, Limit: f.Limit, At: now}
}

// maxTrying bounds how long proposals are looked for.
const maxTrying = 2 * time.Second

// propose looks for changes of a session that was refused for its load which would be
// accepted. It writes nothing, and holds nobody up who writes.
func (e *Engine) propose(ctx context.Context, s mirror.Session, over *Oversubscribed) {
	err := e.store.View(ctx, func(tx mirror.Tx) error {
		return e.proposeIn(ctx, remembering(tx), s, over, time.Now().Add(maxTrying))
	})
	if err != nil && ctx.Err() == nil {
		e.log.Warn("what could be proposed is not known", "session", s.Name, "err", err)
	}
}

// proposeOn is propose beside what a plan has written.
func (e *Engine) proposeOn(ctx context.Context, tx mirror.Tx, s mirror.Session, over *Oversubscribed, until time.Time) {
	if err := e.proposeIn(ctx, tx, s, over, until); err != nil && ctx.Err() == nil {
		e.log.Warn("what could be proposed is not known", "session", s.Name, "err", err)
	}
}

func (e *Engine) proposeIn(ctx context.Context, tx mirror.Tx, s mirror.Session, over *Oversubscribed, until time.Time) error {
	others, err := elsewhere(tx, s)
	if err != nil {
		return err
	}
	var fault error
	over.Proposals = capacity.Propose(s, others, func(alt mirror.Session) ([]capacity.Forecast, bool) {
		if fault != nil || time.Now().After(until) || ctx.Err() != nil || accept(alt) != nil {
			return nil, false
		}
		var list []capacity.Forecast
		var legal bool
		list, legal, fault = e.try(tx, alt)
		return list, legal && fault == nil
	})
	return fault
}

// try plans a session that nobody has asked for.
func (e *Engine) try(tx mirror.Tx, s mirror.Session) ([]capacity.Forecast, bool, error) {
	now := time.Now().UTC()
	rec := mirror.SessionRecord{Session: s}
	ex, reasons, _, err := e.expand(tx, rec, now)
	if err != nil || len(reasons) > 0 {
		return nil, false, err
	}
	j, err := e.judge(tx, s, ex.Fragments)
	return j.forecasts, err == nil, err
}

// elsewhere are tools that a session does not copy to.
func elsewhere(tx mirror.Tx, s mirror.Session) ([]string, error) {
	tools, err := tx.Tools(mirror.Page{})
	var out []string
	for _, t := range tools {
		named := slices.ContainsFunc(s.Destinations, func(d mirror.Destination) bool { return d.Tool == t.Name })
		if !named {
			out = append(out, t.Name)
		}
	}
	return out, err
}

// overloaded gives a refusal for load its proposals.
func (e *Engine) overloaded(ctx context.Context, s mirror.Session, err error) error {
	if over := (*Oversubscribed)(nil); errors.As(err, &over) {
		e.propose(ctx, s, over)
	}
	return err
}
