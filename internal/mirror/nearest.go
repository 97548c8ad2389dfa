package mirror

import (
	"cmp"
	"slices"
)

// MaxNearest is how many names Nearest gives.
const MaxNearest = 3

// Nearest are the names that somebody may have meant who typed what is none of them, the
// likeliest first: those that a third of its letters makes of it, left out, put in, replaced
// or in the wrong order, and of a long one those that begin with it.
func Nearest(typed string, among []string) []string {
	type near struct {
		name string
		far  int
	}
	var found []near
	for _, name := range among {
		far := apartBy(typed, name)
		if len(typed) >= 3 && len(name) > len(typed) && name[:len(typed)] == typed {
			far = min(far, 1)
		}
		if far > 0 && far <= max(1, len(typed)/3) {
			found = append(found, near{name, far})
		}
	}
	slices.SortFunc(found, func(a, b near) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.name, b.name)) })
	found = slices.CompactFunc(found, func(a, b near) bool { return a.name == b.name })
	var out []string
	for _, f := range found[:min(len(found), MaxNearest)] {
		out = append(out, f.name)
	}
	return out
}

// apartBy counts what makes one of two words of the other: octets left out, put in or
// replaced, and neighbours that changed places.
func apartBy(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+same)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
