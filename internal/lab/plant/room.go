package plant

// Place gives places in hardware, in the order of all: to those that have one, and then
// to the others. take takes a place for one and reports false when there is none. What is
// handed in is not changed.
func Place[K comparable](all []K, has map[K]bool, take func(K) bool) map[K]bool {
	placed := map[K]bool{}
	for _, again := range []bool{true, false} {
		for _, k := range all {
			if has[k] == again && take(k) {
				placed[k] = true
			}
		}
	}
	return placed
}
