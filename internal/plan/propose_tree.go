package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// unknownShare stands for how full a link is of which nobody knows it: it comes behind
// every link that has room.
const unknownShare = 1.0

// A tree joins devices with one of them, its root.
type tree struct {
	root  string
	ends  []string
	up    map[string]Wire // of each device but the root: the wire towards it
	depth map[string]int
}

// tree grows from the first destination, each round by the devices that are one link
// further, and is cut down to what the ends need. Every end is reached over the fewest
// links; of those ways the least full is taken, and the first by name of what is left.
func (x *search) tree() (*tree, []mirror.Reason) {
	wires, why := x.usable()
	t := &tree{root: x.ends[0], ends: x.ends, up: map[string]Wire{}, depth: map[string]int{x.ends[0]: 0}}
	worst := map[string]float64{t.root: 0}
	for level := 0; ; level++ {
		grown := map[string]float64{}
		for _, w := range wires { // in order, so that the first of two equal ones stays
			for _, from := range []string{w.A.Device, w.B.Device} {
				near, far := w.at(from)
				if d, in := t.depth[near.Device]; !in || d != level {
					continue
				}
				if d, in := t.depth[far.Device]; in && d <= level {
					continue
				}
				share := max(worst[near.Device], x.share(w))
				if before, seen := grown[far.Device]; seen && before <= share {
					continue
				}
				grown[far.Device], t.up[far.Device] = share, w
			}
		}
		if len(grown) == 0 {
			break
		}
		for device, share := range grown {
			t.depth[device], worst[device] = level+1, share
		}
	}
	for _, end := range x.ends {
		if _, reached := t.depth[end]; !reached {
			return nil, []mirror.Reason{reason("/rspan/transit", "no-path", "%s", x.unreached(t, end, slices.Concat(x.doubts, why)))}
		}
	}
	return t.cut(), nil
}

// share is how full a wire would be: the fuller of its two ends.
func (x *search) share(w Wire) float64 {
	a, known := x.Network.share(w.A)
	b, too := x.Network.share(w.B)
	if !known && !too {
		return unknownShare
	}
	return max(a, b)
}

func (n Network) share(e WireEnd) (float64, bool) {
	if n.Share == nil {
		return 0, false
	}
	return n.Share(e.Device, e.Port)
}

// maxDoubts bounds what is told of links that cannot be taken.
const maxDoubts = 8

// unreached tells why no trunks lead from an end to the root: what lies at the borders of
// what can be reached from either.
func (x *search) unreached(t *tree, end string, doubts []Doubt) string {
	there := map[string]bool{}
	maps.Copy(there, map[string]bool{end: true})
	wires, _ := x.usable()
	for grown := true; grown; {
		grown = false
		for _, w := range wires {
			if there[w.A.Device] != there[w.B.Device] {
				there[w.A.Device], there[w.B.Device], grown = true, true, true
			}
		}
	}
	var texts []string
	for _, d := range doubts {
		near := func(device string) bool { _, in := t.depth[device]; return in || there[device] }
		if (near(d.Devices[0]) || near(d.Devices[1])) && !slices.Contains(texts, d.Text) {
			texts = append(texts, d.Text)
		}
	}
	text := fmt.Sprintf("no trunks lead from device %s to device %s, by the links that are declared and by what the devices hear of each other", end, t.root)
	more := len(texts) - maxDoubts
	if texts = texts[:min(len(texts), maxDoubts)]; len(texts) > 0 {
		text += ": " + strings.Join(texts, "; ")
	}
	if more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// cut is the tree with the devices on the ways of its ends alone.
func (t *tree) cut() *tree {
	out := &tree{root: t.root, ends: t.ends, up: map[string]Wire{}, depth: map[string]int{t.root: 0}}
	for _, at := range t.ends {
		for at != t.root {
			w := t.up[at]
			out.up[at], out.depth[at] = w, t.depth[at]
			_, next := w.at(at)
			at = next.Device
		}
	}
	return out
}

// wires are those of the tree, sorted.
func (t *tree) wires() []Wire {
	return slices.SortedFunc(maps.Values(t.up), compareWires)
}

// devices are those of the tree, the farthest from the root first.
func (t *tree) devices() []string {
	return slices.SortedFunc(maps.Keys(t.depth), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.depth[b], t.depth[a]), cmp.Compare(a, b))
	})
}

// hops are the devices with their trunks: those towards the ends, and last that towards
// the root.
func (t *tree) hops() []Hop {
	var out []Hop
	for _, device := range t.devices() {
		h := Hop{Device: device}
		for _, w := range t.wires() {
			if near, far := w.at(device); near.Device == device && t.up[far.Device] == w {
				h.Trunks = append(h.Trunks, HopTrunk{near.Port, far.Device})
			}
		}
		if w, below := t.up[device]; below {
			near, far := w.at(device)
			h.Trunks = append(h.Trunks, HopTrunk{near.Port, far.Device})
		}
		out = append(out, h)
	}
	return out
}

// words are the ways from the ends to the root.
func (t *tree) words() string {
	var ways []string
	for _, end := range t.ends[1:] {
		way := []string{end}
		for at := end; at != t.root; {
			_, next := t.up[at].at(at)
			at = next.Device
			way = append(way, at)
		}
		ways = append(ways, strings.Join(way, " to "))
	}
	return strings.Join(ways, ", and ")
}

// fullest is the link that would be the fullest of those that are known.
func (t *tree) fullest(n Network) (share float64, at string, known bool) {
	for _, w := range t.wires() {
		for _, e := range []WireEnd{w.A, w.B} {
			if s, ok := n.share(e); ok && (!known || s > share) {
				share, at, known = s, e.String(), true
			}
		}
	}
	return share, at, known
}
