package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The kinds of proposals beside the rungs of relief (mirror.RungRXOnly, ...), which
// bear their names. Two of them together are joined by a plus.
const (
	ProposeOtherTool      = "other-tool"
	ProposeTXOnly         = "tx-only"
	ProposeMaxUtilization = "max-utilization"
	ProposeMeasured       = "measured"
)

// Bounds of what is tried.
const (
	maxTries  = 56
	maxOthers = 12 // tools
	maxFound  = 2  // of them
	maxDepth  = 3  // values of sampling, from the first that may do
	// mostUsed is the share of a capacity above which copies are at risk: no proposal
	// goes beyond what would raise the alarm.
	mostUsed = RaiseAt
)

// What is tried of options that have many values, the mildest first.
var (
	truncates = []int{1024, 512, 256, 128, 64}
	samples   = []int{2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000}
)

// A Try plans a session anew and reckons the load of every end of it; false: it is not
// legal on its platforms.
type Try func(mirror.Session) ([]Forecast, bool)

// Propose lists changes of a session that does not fit which would fit, the best
// first, each as try found it. First comes what loses nothing: another tool, of
// others. Then what keeps whole frames of one direction, what keeps the heads of all
// frames, what leaves out the sources that their user ranks lowest, and samples, which
// break every conversation; then what uses up the margin, or gives up the guarantee,
// that was asked for. Two changes at once are proposed where none alone will do. Nil
// where the session fits, is not legal, or nothing would help.
func Propose(s mirror.Session, others []string, try Try) []Proposal {
	p := &proposer{asked: s.WithDefaults(), try: try, left: maxTries}
	first, legal := p.tried(p.asked)
	if !legal || fits(first) {
		return nil
	}
	p.first = first
	p.otherTools(others)
	reducing := len(p.found)
	p.reduce("", p.asked, first)
	if len(p.found) == reducing {
		if s, ok := oneWay(p.asked, mirror.RX); ok {
			if list, legal := p.tried(s); legal {
				p.reduce(mirror.RungRXOnly, s, list)
			}
		}
	}
	p.settings()
	return p.found
}

// fits reports whether nothing is over its limit for sure.
func fits(list []Forecast) bool {
	return !slices.ContainsFunc(list, func(f Forecast) bool { return f.Verdict == Refuse || f.Reason == ReasonOversubscribed })
}

type proposer struct {
	asked mirror.Session
	first []Forecast // of what was asked for
	try   Try
	left  int // tries
	found []Proposal
}

func (p *proposer) tried(s mirror.Session) ([]Forecast, bool) {
	if p.left == 0 {
		return nil, false
	}
	p.left--
	return p.try(s)
}

// offer proposes a session if it fits.
func (p *proposer) offer(kind, what string, s mirror.Session) bool {
	list, legal := p.tried(s)
	if !legal || len(list) == 0 || !fits(list) || slices.ContainsFunc(list, p.doubtful) {
		return false
	}
	tight := tightest(list)
	offered, limit := apart(tight.Offered, tight.Limit)
	p.found = append(p.found, Proposal{Kind: kind, Message: fmt.Sprintf("%s: %s against %s at %s", what, offered, limit, tight.End),
		Patch: patch(p.asked, s), Offered: tight.Offered, Limit: tight.Limit})
	return true
}

// doubtful reports whether nobody knows that a change helps: something is unknown of
// an end, or rests on upper bounds, of which that was not so before.
func (p *proposer) doubtful(f Forecast) bool {
	if f.Reason == ReasonFits || f.Reason == ReasonPartlyUnknown {
		return false
	}
	return !slices.ContainsFunc(p.first, func(o Forecast) bool { return o.End.Same(f.End) && o.Reason == f.Reason })
}

// tightest is the end that is used most.
func tightest(list []Forecast) Forecast {
	return slices.MaxFunc(list, func(a, b Forecast) int { return cmp.Compare(used(a), used(b)) })
}

func used(f Forecast) float64 {
	if f.Limit == 0 {
		return 0
	}
	return float64(f.Offered) / float64(f.Limit)
}

// crowded are the ends that cannot take what comes to them.
func crowded(list []Forecast) []Forecast {
	return slices.DeleteFunc(slices.Clone(list), func(f Forecast) bool { return fits([]Forecast{f}) })
}

func (p *proposer) otherTools(others []string) {
	at := p.where()
	if at < 0 {
		return
	}
	names := slices.DeleteFunc(slices.Clone(others), func(name string) bool {
		return slices.ContainsFunc(p.asked.Destinations, func(d mirror.Destination) bool { return d.Tool == name })
	})
	for _, name := range names[:min(len(names), maxOthers)] {
		if len(p.found) == maxFound {
			break
		}
		s := p.asked
		s.Destinations = slices.Clone(s.Destinations)
		s.Destinations[at] = mirror.Destination{Tool: name}
		p.offer(ProposeOtherTool, "copy to tool "+name, s)
	}
}

// where is the place of the one destination that is over its limit, -1 where it is
// not told.
func (p *proposer) where() int {
	if len(p.asked.Destinations) == 1 {
		return 0
	}
	at := -1
	for _, f := range crowded(p.first) {
		i := slices.IndexFunc(p.asked.Destinations, func(d mirror.Destination) bool {
			return d.Tool != "" && d.Tool == f.End.Tool || d.IP != "" && d.IP == f.End.IP ||
				d.Interface != "" && d.Device == f.End.Device && d.Interface == string(f.End.Port)
		})
		if i < 0 || at >= 0 && at != i {
			return -1
		}
		at = i
	}
	return at
}

// reduce tries each way to copy less than from does, of which list was reckoned. That
// is what was asked for or, with a name, that with something less already.
func (p *proposer) reduce(name string, from mirror.Session, list []Forecast) {
	kind := func(k string) string { return strings.TrimPrefix(name+"+"+k, "+") }
	what := func(w string) string {
		if name == "" {
			return w
		}
		return "copy rx alone of the sources in both directions, and " + w
	}
	if name == "" {
		if s, ok := oneWay(from, mirror.RX); ok {
			p.offer(mirror.RungRXOnly, "copy rx alone of the sources in both directions", s)
		}
		if s, ok := oneWay(from, mirror.TX); ok {
			p.offer(ProposeTXOnly, "copy tx alone of the sources in both directions", s)
		}
	}
	for _, octets := range truncates {
		s := from
		s.Truncate = octets
		if from.Truncate != 0 && octets >= from.Truncate {
			continue
		}
		if p.offer(kind(mirror.RungTruncate), what(fmt.Sprintf("copy the first %d octets of each frame", octets)), s) {
			break
		}
	}
	p.shed(kind(mirror.RungShedSources), what, from, list)
	least := leastSample(list) * float64(max(1, from.Sample))
	depth := 0
	for _, n := range samples {
		s := from
		s.Sample = n
		if n <= from.Sample || float64(n) < least {
			continue
		}
		if depth++; depth > maxDepth {
			break
		}
		if p.offer(kind(mirror.RungSample), what(fmt.Sprintf("copy one of %d frames", n)), s) {
			break
		}
	}
}

// leastSample is one of how many frames may be copied at most, by what the others
// leave free.
func leastSample(list []Forecast) float64 {
	least := 1.0
	for _, f := range crowded(list) {
		rest := f.Offered - f.Own
		if rest >= f.Limit {
			return math.Inf(1)
		}
		least = max(least, float64(f.Own)/float64(f.Limit-rest))
	}
	return least
}

// oneWay is the session with one direction of the sources in both; not ok where there
// are none.
func oneWay(s mirror.Session, d mirror.Direction) (mirror.Session, bool) {
	s.Sources = slices.Clone(s.Sources)
	some := false
	for i := range s.Sources {
		if s.Sources[i].Direction == mirror.Both {
			s.Sources[i].Direction, some = d, true
		}
	}
	return s, some
}

// settings tries other terms of admission.
func (p *proposer) settings() {
	set := func(change func(*mirror.Admission)) mirror.Session {
		s := p.asked
		a := mirror.Admission{}
		if s.Admission != nil {
			a = *s.Admission
		}
		change(&a)
		s.Admission = &a
		return s
	}
	need := 0.0
	for _, f := range crowded(p.first) {
		need = max(need, math.Ceil(float64(f.Offered)/float64(f.Capacity)*100-1e-9)/100)
	}
	if need <= mostUsed {
		p.offer(ProposeMaxUtilization, fmt.Sprintf("use up to %s of the capacity", share(need)), set(func(a *mirror.Admission) { a.MaxUtilization = need }))
	}
	if p.asked.Admission != nil && p.asked.Admission.Basis == mirror.BasisWorstCase {
		p.offer(ProposeMeasured, "judge by what was measured, without a guarantee", set(func(a *mirror.Admission) { a.Basis = mirror.BasisMeasured }))
	}
}

// patch is the JSON merge patch that makes b of a, in the fields that proposals change.
func patch(a, b mirror.Session) map[string]any {
	out := map[string]any{}
	if !slices.Equal(a.Sources, b.Sources) {
		out["sources"] = b.Sources
	}
	if !slices.Equal(a.Destinations, b.Destinations) {
		out["destinations"] = b.Destinations
	}
	if a.Truncate != b.Truncate {
		out["truncate"] = b.Truncate
	}
	if a.Sample != b.Sample {
		out["sample"] = b.Sample
	}
	before := mirror.Admission{}
	if a.Admission != nil {
		before = *a.Admission
	}
	if b.Admission != nil && *b.Admission != before {
		change := map[string]any{}
		if b.Admission.MaxUtilization != before.MaxUtilization {
			change["maxUtilization"] = b.Admission.MaxUtilization
		}
		if b.Admission.Basis != before.Basis {
			change["basis"] = b.Admission.Basis
		}
		out["admission"] = change
	}
	return out
}
