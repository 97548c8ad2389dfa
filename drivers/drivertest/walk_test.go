package drivertest

import "testing"

// A sample of ways goes to every state from nothing and back, comes to each from others,
// and ends where it began: what is claimed is tried from there.
func TestSomePairs(t *testing.T) {
	for n := 2; n < 40; n++ {
		type way struct{ from, to int }
		ways, at := map[way]bool{}, 0
		walk := somePairs(n)
		for _, to := range walk {
			if to < 0 || to >= n || to == at && n > 2 {
				t.Fatalf("%d places: from %d to %d", n, at, to)
			}
			ways[way{at, to}], at = true, to
		}
		if at != 0 || n > 8 && len(walk) > 5*n {
			t.Errorf("%d places: %d ways, the last to %d", n, len(walk), at)
		}
		for i := 1; i < n; i++ {
			from := 0
			for j := range n {
				if ways[way{j, i}] {
					from++
				}
			}
			if !ways[way{0, i}] || !ways[way{i, 0}] || from < 3 && n > 8 || from < min(2, n-1) {
				t.Errorf("%d places: %d is come to from %d", n, i, from)
			}
		}
	}
}
