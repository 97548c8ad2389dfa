package capacity

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Rate reads "1.9 Gbit/s", "15.95 Gbit/s", "800 Mbit/s": four digits that count.
func Rate(b mirror.BitsPerSecond) string { return rate(b, 4) }

func rate(b mirror.BitsPerSecond, digits int) string {
	value, unit := float64(b), "bit/s"
	for _, u := range []string{"kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"} {
		if rounded(value, digits) < 1000 {
			break
		}
		value, unit = value/1000, u
	}
	return strconv.FormatFloat(rounded(value, digits), 'f', -1, 64) + " " + unit
}

// rounded keeps so many digits that count.
func rounded(v float64, digits int) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil { // what FormatFloat wrote always parses
		panic(err)
	}
	return out
}

// apart writes two rates so that they differ in writing where they differ.
func apart(a, b mirror.BitsPerSecond) (string, string) {
	for digits := 4; digits < 17; digits++ {
		if x, y := rate(a, digits), rate(b, digits); a == b || x != y {
			return x, y
		}
	}
	return fmt.Sprintf("%d bit/s", a), fmt.Sprintf("%d bit/s", b)
}

// share reads "0.8".
func share(v float64) string { return strconv.FormatFloat(rounded(v, 4), 'f', -1, 64) }

// count reads "1 port", "12 ports".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// Bounds of how much of an arithmetic stands in its sentence.
const (
	toldSources = 6
	toldUnknown = 4
)

// told lists the terms, the largest first: "acc-1 Gi1/0/14 tx 1 Gbit/s, rx 900
// Mbit/s; acc-1 VLAN 110 rx at most 20 Mbit/s", and the unknown ones with the reason.
func told(terms []Term) (known, unknown string) {
	type source struct{ device, name, session string }
	var order []source
	parts := map[source][]string{}
	var rest mirror.BitsPerSecond
	var more, dark int
	var reasons []string
	for _, t := range terms {
		s := source{t.Device, t.Source, t.Session}
		if t.Session != "" {
			s.session = "copies"
		}
		switch _, have := parts[s]; {
		case t.Unknown != "":
			if dark++; dark <= toldUnknown {
				reasons = append(reasons, fmt.Sprintf("%s %s %s (%s)", t.Device, t.Source, t.Direction, t.Unknown))
			}
			continue
		case !have && len(order) == toldSources:
			more++
			rest += t.Offered
			continue
		case !have:
			order = append(order, s)
		}
		most := ""
		if t.Bound {
			most = "at most "
		}
		own := ""
		if t.Session == "" {
			own = " of its own"
		}
		parts[s] = append(parts[s], fmt.Sprintf("%s %s%s%s", t.Direction, most, Rate(t.Offered), own))
	}
	var list []string
	for _, s := range order {
		list = append(list, s.device+" "+s.name+" "+strings.Join(times(parts[s]), ", "))
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("%s %s", count(more, "smaller term"), Rate(rest)))
	}
	if dark > toldUnknown {
		reasons = append(reasons, fmt.Sprintf("%d more", dark-toldUnknown))
	}
	return strings.Join(list, "; "), strings.Join(reasons, ", ")
}

// times writes what stands there several times once, with how often: a source in two
// native sessions is copied twice.
func times(list []string) (out []string) {
	n := map[string]int{}
	for _, x := range list {
		if n[x]++; n[x] == 1 {
			out = append(out, x)
		}
	}
	for i, x := range out {
		if n[x] > 1 {
			out[i] = fmt.Sprintf("%s (%d times)", x, n[x])
		}
	}
	return out
}
