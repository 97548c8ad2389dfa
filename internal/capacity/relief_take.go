package capacity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A candidate is a step that may be taken.
type candidate struct {
	move  ReliefMove
	place int // in the ladder of its session
}

// take finds the step to be taken.
func (q ReliefQuestion) take() (*ReliefMove, []Passed) {
	var passed []Passed
	now := q.Predict(nil)
	turn := q.turn()
	for i := 0; i < len(turn); {
		var best *candidate
		j := i
		for ; j < len(turn) && turn[j].Session.Priority == turn[i].Session.Priority; j++ {
			c, skipped := q.next(turn[j], now)
			passed = append(passed, skipped...)
			if c != nil && (best == nil || cmp.Or(cmp.Compare(c.place, best.place), cmp.Compare(c.move.Predicted, best.move.Predicted)) < 0) {
				best = c
			}
		}
		if best != nil {
			return &best.move, passed
		}
		i = j
	}
	if move := q.jointly(turn, now); move != nil {
		return move, passed
	}
	return nil, passed
}

// turn lists the sessions that a step may be taken of, the next one first.
func (q ReliefQuestion) turn() (out []Relievable) {
	for _, s := range q.Sessions {
		if s.Here && len(s.Session.Relieves()) > 0 && !s.Relief.Pinned && !s.Relief.Suspends() {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Relievable) int {
		return cmp.Or(cmp.Compare(a.Session.Priority, b.Session.Priority), cmp.Compare(a.name(), b.name()))
	})
	return out
}

// next is the first rung of a session's ladder that can be taken and takes something
// away.
func (q ReliefQuestion) next(s Relievable, now Outlook) (*candidate, []Passed) {
	var passed []Passed
	for place, rung := range s.Session.Relieves() {
		tries, why := q.tries(s, rung, now)
		if why != "" {
			passed = append(passed, Passed{s.name(), rung, why})
		}
		for _, try := range tries {
			move, why := q.try(s.name(), try, now)
			if why == "" {
				return &candidate{*move, place}, passed
			}
			passed = append(passed, Passed{s.name(), rung, why})
		}
	}
	return nil, passed
}

// tries are the ways to take a rung of a session, or why there is none; a rung that
// is in force already has neither.
func (q ReliefQuestion) tries(s Relievable, rung string, now Outlook) (tries []map[string]mirror.ReliefStep, why string) {
	if rung != mirror.RungShedSources && slices.ContainsFunc(s.Relief.Steps, func(x mirror.ReliefStep) bool { return x.Rung == rung }) {
		return nil, ""
	}
	if why := q.bars(s, rung); why != "" {
		return nil, why
	}
	step := mirror.ReliefStep{Rung: rung, End: q.End.Key(), At: q.Now}
	switch rung {
	case mirror.RungTruncate, mirror.RungSample:
		return q.shared(s, step, now)
	case mirror.RungShedSources:
		for _, src := range s.shedding() {
			step.Shed = []mirror.Source{src}
			tries = append(tries, map[string]mirror.ReliefStep{s.name(): step})
		}
		if len(tries) == 0 {
			why = "no source is left that may be shed"
		}
		return tries, why
	}
	return []map[string]mirror.ReliefStep{{s.name(): step}}, ""
}

// bars is why a rung cannot be taken of a session, "" = it can.
func (q ReliefQuestion) bars(s Relievable, rung string) string {
	switch {
	case s.Busy != "":
		return s.Busy
	case s.Cannot[rung] != "":
		return s.Cannot[rung]
	}
	if said := s.refused(rung, false, q.Now, q.hold()); said != "" {
		return "it was refused: " + said
	}
	return ""
}

// shedding lists the sources that may be shed, the next one first: of the lowest
// priority, and of these the one named last. An essential one never is.
func (r Relievable) shedding() (out []mirror.Source) {
	var shed []mirror.Source
	for _, step := range r.Relief.Steps {
		shed = append(shed, step.Shed...)
	}
	left := 0
	for _, src := range slices.Backward(r.Session.Sources) {
		if slices.ContainsFunc(shed, func(x mirror.Source) bool { return sameSource(x, src) }) {
			continue
		}
		if left++; !src.Essential {
			out = append(out, src)
		}
	}
	if left < 2 {
		return nil // nothing would be left, and that is suspend
	}
	slices.SortStableFunc(out, func(a, b mirror.Source) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

func sameSource(a, b mirror.Source) bool {
	return a.Device == b.Device && a.Interface == b.Interface && a.VLAN == b.VLAN
}

// shared is an option of the native session, which all of its sessions take at once.
func (q ReliefQuestion) shared(s Relievable, step mirror.ReliefStep, now Outlook) ([]map[string]mirror.ReliefStep, string) {
	sharers, why := q.sharers(s, step.Rung)
	if why != "" {
		return nil, why
	}
	with := func(n int) map[string]mirror.ReliefStep {
		out := map[string]mirror.ReliefStep{}
		for _, o := range sharers {
			x := step
			if step.Rung == mirror.RungTruncate {
				x.Truncate = n
			} else {
				x.Sample = n
			}
			out[o.name()] = x
		}
		return out
	}
	var values []mirror.Values
	for _, o := range sharers {
		if step.Rung == mirror.RungTruncate {
			values = append(values, o.Truncate...)
		} else {
			values = append(values, o.Sample...)
		}
	}
	n := 0
	if step.Rung == mirror.RungTruncate {
		if n = octets(values, s.Session.Truncate); n == 0 {
			return nil, fmt.Sprintf("frames are cut to %d octets already, and there is no lower value that every device takes", s.Session.Truncate)
		}
	} else if n = q.frames(values, s.Session.Sample, now, with); n == 0 {
		return nil, "there is no rate of sampling that every device takes"
	}
	return []map[string]mirror.ReliefStep{with(n)}, ""
}

// sharers are the sessions that take an option together with one, itself first, or
// why they do not.
func (q ReliefQuestion) sharers(s Relievable, rung string) ([]Relievable, string) {
	out := []Relievable{s}
	for _, o := range q.Sessions {
		if !slices.Contains(s.Shares, o.name()) {
			continue
		}
		why := q.bars(o, rung)
		switch {
		case !slices.Contains(o.Session.Relieves(), rung):
			why = "its ladder does not have it"
		case o.Relief.Pinned:
			why = "its relief is pinned"
		}
		if why != "" {
			return nil, fmt.Sprintf("session %q shares the native session, and all of its sessions must agree: %s", o.name(), why)
		}
		out = append(out, o)
	}
	return out, ""
}

// headers are the octets of a frame that hold its headers up to those of TCP with
// options: 18 of Ethernet with a tag, 40 of IPv6, 60 of TCP, and what is left over.
const headers = 128

// octets is how many octets of a frame relief copies: enough for its headers, or, where
// that is no fewer than asked for, the next fewer that hold those without options.
// 0 = none that every device takes.
func octets(values []mirror.Values, asked int) int {
	for _, from := range []int{headers, headers / 2} {
		for n := from; n < 2*from && (asked == 0 || n < asked); n++ {
			if allowed(values, n) {
				return n
			}
		}
	}
	for _, v := range values { // a platform of few values has its own
		for _, n := range v.Only {
			if (asked == 0 || n < asked) && allowed(values, n) {
				return n
			}
		}
	}
	return 0
}

func allowed(values []mirror.Values, n int) bool {
	return !slices.ContainsFunc(values, func(v mirror.Values) bool { return !v.Allow(n) })
}

// maxSampling bounds one of how many frames relief copies: what a tool gets of less is
// of no use, and the next rung goes before it.
const maxSampling = 1000

// frames is one of how many frames has to be copied so that the load is little
// enough, by what one try would take away; 0 = none that every device takes.
func (q ReliefQuestion) frames(values []mirror.Values, asked int, now Outlook, sampled func(int) map[string]mirror.ReliefStep) int {
	asked = max(asked, 1)
	first := 0
	for n := asked + 1; n <= maxSampling && first == 0; n++ {
		if allowed(values, n) {
			first = n
		}
	}
	if first == 0 {
		return 0
	}
	less := float64(now.Offered) - float64(q.Predict(q.after(sampled(first))).Offered)
	if q.Capacity <= 0 || less <= 0 {
		return tenth(values, first)
	}
	all := less / (1/float64(asked) - 1/float64(first)) // of the sampled sources, every frame copied
	rest := float64(now.Offered) - all/float64(asked)
	best := first
	for n := first; n <= maxSampling; n++ {
		if !allowed(values, n) {
			continue
		}
		if best = n; rest+all/float64(n) < ReliefUnder*float64(q.Capacity) {
			break
		}
	}
	return best
}

// tenth is one of ten frames, or the next rate that every device takes, where no load
// says more.
func tenth(values []mirror.Values, first int) int {
	for n := max(10, first); n <= maxSampling; n++ {
		if allowed(values, n) {
			return n
		}
	}
	return first
}

// after are the steps in force with one more of some sessions.
func (q ReliefQuestion) after(steps map[string]mirror.ReliefStep) map[string][]mirror.ReliefStep {
	out := map[string][]mirror.ReliefStep{}
	for _, s := range q.Sessions {
		if step, of := steps[s.name()]; of {
			out[s.name()] = append(slices.Clone(s.Relief.Steps), step)
		}
	}
	return out
}

// try is a step, or why it is of no use.
func (q ReliefQuestion) try(session string, steps map[string]mirror.ReliefStep, now Outlook) (*ReliefMove, string) {
	all := q.after(steps)
	then := q.Predict(all)
	step := steps[session]
	what := ""
	if step.Rung == mirror.RungShedSources {
		what = strings.TrimPrefix(step.String(), mirror.RungShedSources+" ") + ": "
	}
	switch {
	case then.Unable != "":
		return nil, what + then.Unable
	case then.Holds == now.Holds:
		return nil, what + "the native session would stay the same: nothing of it is the session's alone"
	case then.Offered >= now.Offered:
		return nil, what + "it would take nothing away"
	}
	return &ReliefMove{Session: session, Step: step, Steps: all, Now: q.Offered, Predicted: then.Offered, Capacity: q.Capacity}, ""
}

// Pin is the step that an operator asks for of one session, whether or not its end is
// oversubscribed and its ladder has the rung; or why it cannot be taken. The ladders of
// others that share a native session have to have it.
func (q ReliefQuestion) Pin(session, rung string) (*ReliefMove, string) {
	i := slices.IndexFunc(q.Sessions, func(s Relievable) bool { return s.name() == session })
	if i < 0 {
		return nil, "nothing of it is on a device"
	}
	now := q.Predict(nil)
	tries, why := q.tries(q.Sessions[i], rung, now)
	for _, try := range tries {
		all := q.after(try)
		then := q.Predict(all)
		switch {
		case then.Unable != "":
			why = then.Unable
		case then.Holds == now.Holds:
			why = "the native session would stay the same: nothing of it is the session's alone"
		default:
			return &ReliefMove{Session: session, Step: try[session], Steps: all, Now: q.Offered, Predicted: then.Offered, Capacity: q.Capacity}, ""
		}
	}
	return nil, why
}

// jointly finds a step that sessions take together because the same source is copied
// for all of them, so that none of them alone changes anything: of as few sessions as
// possible, those of the lowest priority first.
func (q ReliefQuestion) jointly(turn []Relievable, now Outlook) *ReliefMove {
	for _, rung := range []string{mirror.RungRXOnly, mirror.RungSuspend} {
		steps := map[string]mirror.ReliefStep{}
		for _, s := range turn {
			if !slices.Contains(s.Session.Relieves(), rung) {
				continue
			}
			if tries, _ := q.tries(s, rung, now); len(tries) == 1 {
				steps[s.name()] = tries[0][s.name()]
			}
			if len(steps) < 2 {
				continue
			}
			if move, why := q.try(s.name(), steps, now); why == "" {
				return q.fewest(move, turn, steps, now)
			}
		}
	}
	return nil
}

// fewest is a joint step without the sessions that it does not need: what it brings
// is the same without them.
func (q ReliefQuestion) fewest(move *ReliefMove, turn []Relievable, steps map[string]mirror.ReliefStep, now Outlook) *ReliefMove {
	for _, s := range slices.Backward(turn) {
		step, in := steps[s.name()]
		if !in || s.name() == move.Session || len(steps) == 2 {
			continue
		}
		delete(steps, s.name())
		if less, why := q.try(move.Session, steps, now); why == "" && less.Predicted <= move.Predicted {
			move = less
			continue
		}
		steps[s.name()] = step
	}
	return move
}
