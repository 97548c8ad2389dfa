package lab

import (
	"math/bits"
	"strconv"
	"strings"
)

// A vlanSet is a set of VLAN numbers 1 to 4094.
type vlanSet [64]uint64

func vlansOf(vs ...int) vlanSet {
	var s vlanSet
	for _, v := range vs {
		s.add(v)
	}
	return s
}

func allVLANs() vlanSet {
	var s vlanSet
	for v := 1; v <= 4094; v++ {
		s.add(v)
	}
	return s
}

func (s *vlanSet) add(v int)     { s[v>>6] |= 1 << (v & 63) }
func (s vlanSet) has(v int) bool { return v >= 0 && v < 4096 && s[v>>6]&(1<<(v&63)) != 0 }
func (s vlanSet) empty() bool    { return s == vlanSet{} }

func (s *vlanSet) union(o vlanSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

func (s *vlanSet) minus(o vlanSet) {
	for i := range s {
		s[i] &^= o[i]
	}
}

// list returns the numbers in order.
func (s vlanSet) list() []int {
	var out []int
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			out = append(out, i*64+bits.TrailingZeros64(w))
		}
	}
	return out
}

// runs returns the numbers as first-last pairs.
func (s vlanSet) runs() [][2]int { return runsOf(s.list()) }

func runsOf(vs []int) [][2]int {
	var out [][2]int
	for _, v := range vs {
		if n := len(out); n > 0 && out[n-1][1] == v-1 {
			out[n-1][1] = v
		} else {
			out = append(out, [2]int{v, v})
		}
	}
	return out
}

// format joins the runs: "1,5-7" with sep "," and dash "-".
func (s vlanSet) format(sep, dash string) string {
	var parts []string
	for _, r := range s.runs() {
		if r[0] == r[1] {
			parts = append(parts, strconv.Itoa(r[0]))
		} else {
			parts = append(parts, strconv.Itoa(r[0])+dash+strconv.Itoa(r[1]))
		}
	}
	return strings.Join(parts, sep)
}

// parseVLANs reads "1,5-7".
func parseVLANs(s string) (vlanSet, bool) {
	var set vlanSet
	for _, part := range strings.Split(s, ",") {
		lo, hi, isRange := strings.Cut(part, "-")
		if !isRange {
			hi = lo
		}
		a, err1 := strconv.Atoi(lo)
		b, err2 := strconv.Atoi(hi)
		if err1 != nil || err2 != nil || a < 1 || b > 4094 || a > b {
			return set, false
		}
		for v := a; v <= b; v++ {
			set.add(v)
		}
	}
	return set, true
}
