package capacity

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The reasons of a verdict.
const (
	ReasonFits            = "Fits"
	ReasonOversubscribed  = "Oversubscribed"
	ReasonUpperBound      = "UpperBound"      // with what is known exactly it fits, with the upper bounds it does not
	ReasonLoadUnknown     = "LoadUnknown"     // of no source
	ReasonPartlyUnknown   = "PartlyUnknown"   // what is known fits
	ReasonCapacityUnknown = "CapacityUnknown" // of the end
)

// DefaultUtilization is the share of a capacity that may be used where nobody says
// another.
const DefaultUtilization = 0.8

// Judge says whether an end can take what is fed to it. What is over the limit is
// refused, warned of or let be, as the mode says; what is not known is warned of and
// never refuses. Under the basis measured, neither does what is over the limit only
// by upper bounds of VLANs and of filtered sessions.
func Judge(q Question, site Site) Forecast {
	q = q.withDefaults()
	f := Forecast{End: q.End, Basis: q.Basis, Capacity: q.Capacity, CapacityFrom: q.From, MaxUtilization: q.MaxUtilization}
	f.Terms, f.Offered, f.Peak = Offer(q.Feeds, q.End, site, q.Basis)
	if f.Terms == nil {
		f.Terms = []Term{} // a list in JSON, too
	}
	f.Limit = mirror.BitsPerSecond(math.Round(float64(q.Capacity) * q.MaxUtilization))
	var certain mirror.BitsPerSecond // without the loads of which a part alone may be copied
	unknown := 0
	for _, t := range f.Terms {
		if !t.Part {
			certain += t.Offered
		}
		if t.Unknown != "" {
			unknown++
		}
		if q.Session != "" && (t.Session == q.Session || slices.Contains(t.Others, q.Session)) {
			f.Own += t.Offered
		}
	}
	f.Reason = q.reason(f, certain, unknown)
	f.Verdict = q.verdict(f.Reason)
	f.Message = q.sentence(f)
	return f
}

func (q Question) withDefaults() Question {
	if q.Mode == "" {
		q.Mode = mirror.AdmissionEnforce
	}
	if q.Basis == "" {
		q.Basis = mirror.BasisMeasured
	}
	if q.MaxUtilization == 0 {
		q.MaxUtilization = DefaultUtilization
	}
	return q
}

func (q Question) reason(f Forecast, certain mirror.BitsPerSecond, unknown int) string {
	switch {
	case f.Capacity == 0:
		return ReasonCapacityUnknown
	case f.Offered > f.Limit && (certain > f.Limit || q.Basis == mirror.BasisWorstCase):
		return ReasonOversubscribed
	case f.Offered > f.Limit:
		return ReasonUpperBound
	case unknown > 0 && unknown == len(f.Terms):
		return ReasonLoadUnknown
	case unknown > 0:
		return ReasonPartlyUnknown
	}
	return ReasonFits
}

func (q Question) verdict(reason string) Verdict {
	switch {
	case reason == ReasonFits || q.Mode == mirror.AdmissionOff:
		return Admit
	case reason == ReasonOversubscribed && q.Mode != mirror.AdmissionWarn:
		return Refuse
	}
	return Warn
}

// sentence is the arithmetic for people.
func (q Question) sentence(f Forecast) string {
	known, unknown := told(f.Terms)
	offered, limit := apart(f.Offered, f.Limit)
	out := offered + " offered"
	if f.Basis == mirror.BasisWorstCase {
		out += " at worst"
	}
	if known != "" {
		out += " (" + known + ")"
	}
	against := " against "
	switch {
	case len(f.Terms) == 0:
		out = "nothing is offered"
	case known == "":
		out, against = "the offered load is not known", "; the limit is "
	}
	switch {
	case f.Capacity == 0:
		out += fmt.Sprintf("; the capacity of %s is not known", f.End)
	case f.MaxUtilization == 1:
		out += against + limit
	default:
		out += fmt.Sprintf("%s%s of %s = %s", against, share(f.MaxUtilization), Rate(f.Capacity), limit)
	}
	if f.Capacity != 0 && q.From != "" {
		out += " (" + q.From + ")"
	}
	if unknown != "" {
		out += "; not counted because not known: " + unknown
	}
	if f.Reason == ReasonUpperBound {
		out += "; upper bounds are among it, so that it may be less"
	}
	if f.Capacity != 0 && f.Offered <= f.Limit && f.Peak > f.Capacity {
		out += fmt.Sprintf("; at the peak, %s, copies are lost", Rate(f.Peak))
	}
	return out
}
