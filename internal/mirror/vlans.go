package mirror

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxVLAN is the highest VLAN number of IEEE 802.1Q that may be used.
const MaxVLAN = 4094

// VLANSet is a set of VLANs as sorted ranges that neither touch nor overlap,
// written "1,10-20". The zero value is empty.
type VLANSet struct{ ranges []vlanRange }

type vlanRange struct{ from, to int }

// AllVLANs is what a trunk carries that nobody limited.
func AllVLANs() VLANSet { return VLANSet{[]vlanRange{{1, MaxVLAN}}} }

// VLANs is the set of the numbers given.
func VLANs(numbers ...int) VLANSet {
	var s VLANSet
	for _, v := range numbers {
		s.ranges = append(s.ranges, vlanRange{v, v})
	}
	return s.normal()
}

// ParseVLANs reads "1,10-20", "all" or "none", with blanks anywhere. Numbers
// must be 1 to 4094; anything else is ErrParse.
func ParseVLANs(text string) (VLANSet, error) {
	text = strings.Join(strings.Fields(text), "")
	switch strings.ToLower(text) {
	case "none", "":
		return VLANSet{}, nil
	case "all":
		return AllVLANs(), nil
	}
	var s VLANSet
	for _, part := range strings.Split(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(low)
		to := from
		if isRange && err == nil {
			to, err = strconv.Atoi(high)
		}
		if err != nil || from < 1 || to > MaxVLAN || to < from {
			return VLANSet{}, fmt.Errorf("%q is no list of VLANs: %w", text, ErrParse)
		}
		s.ranges = append(s.ranges, vlanRange{from, to})
	}
	return s.normal(), nil
}

func (s VLANSet) normal() VLANSet {
	slices.SortFunc(s.ranges, func(a, b vlanRange) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var out []vlanRange
	for _, r := range s.ranges {
		if n := len(out); n > 0 && r.from <= out[n-1].to+1 {
			out[n-1].to = max(out[n-1].to, r.to)
			continue
		}
		out = append(out, r)
	}
	return VLANSet{out}
}

// Has reports whether v is in the set.
func (s VLANSet) Has(v int) bool {
	return slices.ContainsFunc(s.ranges, func(r vlanRange) bool { return r.from <= v && v <= r.to })
}

// Union is the set of what is in either.
func (s VLANSet) Union(o VLANSet) VLANSet {
	return VLANSet{slices.Concat(s.ranges, o.ranges)}.normal()
}

// Empty reports whether nothing is in the set.
func (s VLANSet) Empty() bool { return len(s.ranges) == 0 }

// String writes the set as ParseVLANs reads it; the empty set is "none".
func (s VLANSet) String() string {
	if s.Empty() {
		return "none"
	}
	parts := make([]string, len(s.ranges))
	for i, r := range s.ranges {
		parts[i] = strconv.Itoa(r.from)
		if r.to > r.from {
			parts[i] += "-" + strconv.Itoa(r.to)
		}
	}
	return strings.Join(parts, ",")
}

// MarshalText writes the set as a string.
func (s VLANSet) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *VLANSet) UnmarshalText(text []byte) (err error) {
	*s, err = ParseVLANs(string(text))
	return err
}
