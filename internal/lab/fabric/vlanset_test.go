package fabric

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A set is told as the same numbers that it has, in as few runs as there are.
func TestVLANSetsAreToldInRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set VLANSet
		runs := map[int]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "runs") {
			first := rapid.IntRange(1, 4094).Draw(t, "first")
			last := min(4094, first+rapid.SampledFrom([]int{0, 1, 62, 63, 64, 65, 300, 4093}).Draw(t, "length"))
			one, ok := ParseVLANs(strconv.Itoa(first) + "-" + strconv.Itoa(last))
			if !ok {
				t.Fatalf("%d-%d is not read", first, last)
			}
			for v := range 4096 {
				if one.Has(v) != (v >= first && v <= last) {
					t.Fatalf("%d-%d: it has %d: %v", first, last, v, one.Has(v))
				}
				runs[v] = runs[v] || one.Has(v)
			}
			set.Union(one)
		}
		var want []string
		for v := 1; v <= 4094; v++ {
			if !runs[v] {
				continue
			}
			first := v
			for runs[v+1] {
				v++
			}
			if text := strconv.Itoa(first); first == v {
				want = append(want, text)
			} else {
				want = append(want, text+"-"+strconv.Itoa(v))
			}
		}
		if got := set.Format(",", "-"); got != strings.Join(want, ",") {
			t.Fatalf("%s, and not %v", got, want)
		}
		again, ok := ParseVLANs(set.Format(",", "-"))
		if again != set || ok == set.Empty() {
			t.Fatalf("%s is read as %s", set.Format(",", "-"), again.Format(",", "-"))
		}
	})
	if all := AllVLANs(); all.Format(",", "-") != "1-4094" || len(all.List()) != 4094 || slices.Contains(all.List(), 0) {
		t.Errorf("all are %s", all.Format(",", "-"))
	}
}
