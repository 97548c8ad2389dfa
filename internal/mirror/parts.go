package mirror

import (
	"fmt"
	"maps"
	"slices"
)

// Left are the blocks of these indexes that were not refused, and do not stand on one
// that was: those get its error. blocks are all of the payload.
func (r *PushReport) Left(device string, blocks []Block, which []int) []int {
	for again := true; again; {
		again = false
		for _, i := range which {
			for j := range blocks {
				if r.Blocks[i].Err == nil && r.Blocks[j].Err != nil && blocks[i].Change.StandsOn(blocks[j].Change) {
					r.Blocks[i].Err = fmt.Errorf("%s: not sent, because what it stands on was not: %w", device, r.Blocks[j].Err)
					again = true
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(which), func(i int) bool { return r.Blocks[i].Err != nil })
}

// Halves cuts blocks of these indexes in two parts, unless they belong together: where a
// block stands on one behind it, as a session that goes does on that which takes its
// place, the first alone would be taken without the other.
func Halves(blocks []Block, which []int) [][]int {
	unit := make([]int, len(which)) // of each place: the last place of those that belong together
	for at := range which {
		unit[at] = at
	}
	for at, i := range which {
		for behind := at + 1; behind < len(which); behind++ {
			a, b := unit[at], unit[behind]
			if a == b || !blocks[i].Change.StandsOn(blocks[which[behind]].Change) {
				continue
			}
			for k, u := range unit {
				if u == a || u == b {
					unit[k] = max(a, b)
				}
			}
		}
	}
	together := map[int][]int{}
	for at, i := range which {
		together[unit[at]] = append(together[unit[at]], i)
	}
	if len(together) == 1 {
		return [][]int{which}
	}
	var parts [2][]int
	units := slices.Sorted(maps.Keys(together))
	for n, u := range units {
		half := 0
		if len(parts[0])*2 >= len(which) || n == len(units)-1 {
			half = 1
		}
		parts[half] = append(parts[half], together[u]...)
	}
	return parts[:]
}
