package plant

import (
	"maps"
	"slices"
	"testing"
)

func TestWhoHasAPlaceKeepsIt(t *testing.T) {
	room := 2
	take := func(int) bool { room--; return room >= 0 }
	got := Place([]int{1, 2, 3, 4}, map[int]bool{3: true, 9: true}, take)
	if have := slices.Sorted(maps.Keys(got)); !slices.Equal(have, []int{1, 3}) {
		t.Errorf("%v", have)
	}
}
