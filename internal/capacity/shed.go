package capacity

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// shed leaves out as few sources as will do: those of the lowest priority first, among
// equals that with the most load, never an essential one, and never all.
func (p *proposer) shed(kind string, what func(string) string, from mirror.Session, list []Forecast) {
	var order []int
	for i, s := range from.Sources {
		if !s.Essential {
			order = append(order, i)
		}
	}
	load := func(i int) (most mirror.BitsPerSecond) {
		for _, f := range crowded(list) {
			var sum mirror.BitsPerSecond
			for _, t := range f.Terms {
				if isOf(from.Sources[i], t) {
					sum += t.Offered
				}
			}
			most = max(most, sum)
		}
		return most
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(from.Sources[a].Priority, from.Sources[b].Priority), cmp.Compare(load(b), load(a)), cmp.Compare(b, a))
	})
	most := len(order)
	if most == len(from.Sources) {
		most--
	}
	without := func(n int) mirror.Session {
		s := from
		s.Sources = nil
		for i, src := range from.Sources {
			if !slices.Contains(order[:n], i) {
				s.Sources = append(s.Sources, src)
			}
		}
		return s
	}
	fewest, high := 0, most // fewest is known not to be enough
	for high-fewest > 1 {
		half := (fewest + high) / 2
		if list, legal := p.tried(without(half)); legal && fits(list) {
			high = half
		} else {
			fewest = half
		}
	}
	if high > 0 {
		p.offer(kind, what("leave out "+named(from.Sources, order[:high])), without(high))
	}
}

// isOf reports whether a term is of a source, as far as their names tell: a device has
// its own word for what a user calls Gi1/0/14, or Gi1/0/14-17. The order of what is shed
// rests on it, nothing else.
func isOf(s mirror.Source, t Term) bool {
	switch {
	case s.Device != t.Device:
		return false
	case s.VLAN != 0:
		return t.Source == fmt.Sprintf("VLAN %d", s.VLAN)
	case s.Interface == t.Source:
		return true
	}
	short, asked := byNumber(s.Interface)
	word, number := byNumber(t.Source)
	if short == "" || !strings.HasPrefix(word, short) {
		return false
	}
	at := strings.LastIndex(asked, "/") + 1
	low, high, ranged := strings.Cut(asked[at:], "-")
	last, inSlot := strings.CutPrefix(number, asked[:at])
	if !ranged {
		return asked == number
	}
	a, errA := strconv.Atoi(low)
	b, errB := strconv.Atoi(high)
	n, errN := strconv.Atoi(last)
	return inSlot && errors.Join(errA, errB, errN) == nil && a <= n && n <= b
}

// byNumber takes the word off a port's name, in lower case.
func byNumber(name string) (word, number string) {
	name = strings.ToLower(strings.ReplaceAll(name, " ", ""))
	if i := strings.IndexAny(name, "0123456789"); i >= 0 {
		return name[:i], name[i:]
	}
	return name, ""
}

func named(sources []mirror.Source, which []int) string {
	var out []string
	for _, i := range which[:min(len(which), toldSources)] {
		s := sources[i]
		name := s.Interface
		if s.VLAN != 0 {
			name = fmt.Sprintf("VLAN %d", s.VLAN)
		}
		out = append(out, s.Device+" "+name)
	}
	if n := len(which) - len(out); n > 0 {
		out = append(out, fmt.Sprintf("%d more", n))
	}
	return strings.Join(out, ", ")
}
