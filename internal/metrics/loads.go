package metrics

import (
	"cmp"
	"strconv"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// loads tells what is measured where copies go.
func (s state) loads(tell teller) {
	told := map[[4]string]bool{} // deliveries that several ends share
	seen := map[[4]string]bool{}
	for _, e := range s.figures.Ends {
		l := e.Load
		name := [4]string{nameOf(l.End), l.End.Device, string(l.End.Port), strconv.FormatBool(l.End.Link)}
		if seen[name] { // a tool that has moved, while a session still copies to its former address
			continue
		}
		seen[name] = true
		at := name[:]
		if !l.At.IsZero() {
			tell(offered, float64(l.Offered), at...)
			for session, bits := range shares(l) {
				tell(own, bits, append([]string{session}, at...)...)
			}
		}
		if l.Capacity > 0 {
			tell(takes, float64(l.Capacity), at...)
		}
		if l.Counted {
			tell(sent, float64(l.Sent.Wire()), at...)
			if !l.NoDrops {
				tell(dropped, l.Drops, at...)
			}
		}
		tell(over, number(l.Over), at...)
		if l.Up == mirror.True || l.Up == mirror.False {
			tell(upOf, number(l.Up == mirror.True), at...)
		}
		for _, c := range e.Copies {
			if c.Delivery.Ratio == nil {
				continue
			}
			for _, session := range c.Sessions {
				key := [4]string{session, c.Device, string(c.Port), c.Native}
				if !told[key] {
					told[key] = true
					tell(delivery, *c.Delivery.Ratio, key[:]...)
				}
			}
		}
	}
}

func nameOf(e capacity.End) string {
	if e.Port != "" {
		return cmp.Or(e.Tool, e.Device+":"+string(e.Port))
	}
	return cmp.Or(e.Tool, e.IP)
}

// shares are the parts of the sessions in what is offered to an end. A copy that
// several want is made once, and counts for the first of them.
func shares(l capacity.EndLoad) map[string]float64 {
	out := map[string]float64{}
	for _, s := range l.Sessions {
		out[s] = 0
	}
	for _, t := range l.Terms {
		if t.Session != "" {
			out[t.Session] += float64(t.Offered)
		}
	}
	return out
}
