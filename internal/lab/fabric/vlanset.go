package fabric

import (
	"math/bits"
	"strconv"
	"strings"
)

// A VLANSet is a set of VLAN numbers 1 to 4094.
type VLANSet [64]uint64

// VLANs is the set of the given numbers.
func VLANs(vs ...int) VLANSet {
	var s VLANSet
	for _, v := range vs {
		s.Add(v)
	}
	return s
}

// AllVLANs is 1 to 4094.
func AllVLANs() VLANSet {
	var s VLANSet
	s.addRun(1, 4094)
	return s
}

// addRun puts the numbers first to last into the set, a word of them at a time.
func (s *VLANSet) addRun(first, last int) {
	for i := first >> 6; i <= last>>6; i++ {
		from, to := max(first, i<<6)&63, min(last, i<<6|63)&63
		s[i] |= ^uint64(0) << from & (^uint64(0) >> (63 - to))
	}
}

// Add puts a number into the set.
func (s *VLANSet) Add(v int) { s[v>>6] |= 1 << (v & 63) }

// Has reports whether a number is in the set.
func (s *VLANSet) Has(v int) bool { return v >= 0 && v < 4096 && s[v>>6]&(1<<(v&63)) != 0 }

// Empty reports whether nothing is in the set.
func (s *VLANSet) Empty() bool { return *s == VLANSet{} }

// Union adds all numbers of another set.
func (s *VLANSet) Union(o VLANSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

// Minus takes all numbers of another set away.
func (s *VLANSet) Minus(o VLANSet) {
	for i := range s {
		s[i] &^= o[i]
	}
}

// List returns the numbers in order.
func (s VLANSet) List() []int {
	var out []int
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			out = append(out, i*64+bits.TrailingZeros64(w))
		}
	}
	return out
}

// runs returns the numbers as first-last pairs. It goes by runs of bits: a trunk of all
// VLANs is one.
func (s VLANSet) runs() [][2]int {
	var out [][2]int
	for i, w := range s {
		for at := 0; w != 0; {
			gap := bits.TrailingZeros64(w)
			length := bits.TrailingZeros64(^(w >> gap))
			first := i<<6 + at + gap
			if n := len(out); n > 0 && out[n-1][1] == first-1 {
				out[n-1][1] = first + length - 1
			} else {
				out = append(out, [2]int{first, first + length - 1})
			}
			at += gap + length
			w = w >> gap >> length
		}
	}
	return out
}

// Format joins the runs: "1,5-7" with sep "," and dash "-".
func (s VLANSet) Format(sep, dash string) string {
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

// ParseVLANs reads "1,5-7".
func ParseVLANs(s string) (VLANSet, bool) {
	var set VLANSet
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
		set.addRun(a, b)
	}
	return set, true
}
