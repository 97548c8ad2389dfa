package model

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// value draws a value of a type, with characters that encodings have to escape.
func value(t *rapid.T, ty *Type) string {
	switch ty.Base {
	case BaseInt:
		low, high := int64(0), int64(1)<<62
		if len(ty.Ranges) > 0 {
			low, high = ty.Ranges[0][0], ty.Ranges[0][1]
		}
		return rapid.Map(rapid.Int64Range(low, high), func(n int64) string { kept, _ := ty.Parse(strconv.FormatInt(n, 10)); return kept }).Draw(t, "number")
	case BaseBool:
		return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "truth")
	case BaseEmpty:
		return ""
	case BaseEnum:
		return rapid.SampledFrom(ty.Words).Draw(t, "word")
	case BaseIdentity:
		w := rapid.SampledFrom(ty.Words).Draw(t, "identity")
		return w[strings.IndexByte(w, ':')+1:]
	case BaseUnion:
		return value(t, rapid.SampledFrom(ty.Members).Draw(t, "member"))
	}
	if len(ty.Patterns) > 0 {
		return rapid.StringMatching(`[a-z][a-z0-9/-]{0,9}`).Draw(t, "name")
	}
	return rapid.StringMatching("[ -~<>&\"'\\\\äß\\]\\[/=\n]{1,20}").Draw(t, "text")
}

// below draws what stands below a node, in any order.
func below(t *rapid.T, n *Node, depth int) {
	for _, d := range rapid.Permutation(n.Def.Kids).Draw(t, "order") {
		if d.State || d.isKey() || rapid.IntRange(0, 3).Draw(t, "there") == 0 {
			continue
		}
		switch d.Kind {
		case KindLeaf:
			n.set(d, value(t, d.Type))
		case KindLeafList:
			for range rapid.IntRange(1, 3).Draw(t, "values") {
				n.set(d, value(t, d.Type))
			}
		case KindList:
			for range rapid.IntRange(1, 3).Draw(t, "entries") {
				var keys []string
				for _, key := range d.Keys {
					keys = append(keys, value(t, d.Kid(key).Type))
				}
				below(t, n.Item(d.Name, keys...), depth+1)
			}
		default:
			below(t, n.Sub(d.Name), depth+1)
		}
	}
}

func drawn(s *Schema) *rapid.Generator[*Node] {
	return rapid.Custom(func(t *rapid.T) *Node {
		n := s.New()
		below(t, n, 0)
		n.tidy()
		return n
	})
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	s := garden()
	rapid.Check(t, func(t *rapid.T) {
		n := drawn(s).Draw(t, "tree")
		if back, err := s.DecodeJSON(n.JSON()); err != nil || !back.Equal(n) {
			t.Fatalf("JSON %s: %v", n.JSON(), err)
		}
		if back, err := s.DecodeXML(s.XML(n)); err != nil || !back.Equal(n) {
			t.Fatalf("XML %s: %v", s.XML(n), err)
		}
		for _, k := range n.Kids {
			p, err := ParsePath(k.Path().String())
			if err != nil {
				t.Fatal(err)
			}
			if found, err := s.Find(n, p); err != nil || len(found) != 1 || found[0] != k {
				t.Fatalf("path %s: %v, %d found", k.Path(), err, len(found))
			}
		}
	})
}

func TestLawsOfEdits(t *testing.T) {
	s := garden()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(s).Draw(t, "a"), drawn(s).Draw(t, "b")
		was := string(a.JSON())
		check := func(law string, got *Node, err error, want *Node) {
			t.Helper()
			if err != nil || !got.Equal(want) {
				t.Fatalf("%s: %v\n got %s\nwant %s", law, err, got.JSON(), want.JSON())
			}
		}
		replaced, err := s.Set(a, nil, []Update{{JSON: b.JSON()}}, nil)
		check("replace of all is what is put", replaced, err, b)
		updated, err := s.Set(a, nil, nil, []Update{{JSON: b.JSON()}})
		again, err2 := s.Set(updated, nil, nil, []Update{{JSON: b.JSON()}})
		if err != nil {
			t.Fatal(err)
		}
		check("an update twice is one", again, err2, updated)
		x, err := ParseXML(s.XML(b))
		if err != nil {
			t.Fatal(err)
		}
		merged, err := s.Edit(a, x, OpMerge, nil)
		check("merge is update", merged, err, updated)
		put, err := s.Edit(a, x, OpReplace, nil)
		check("replace is replace", put, err, b)
		deleted, err := s.Set(a, []Path{nil}, nil, []Update{{JSON: b.JSON()}})
		check("a delete is first", deleted, err, b)
		for _, k := range b.Kids {
			gone, err := s.Set(updated, []Path{k.Path()}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if found, _ := s.Find(gone, k.Path()); len(found) != 0 {
				t.Fatalf("%s is there after its delete", k.Path())
			}
		}
		if same, ok := Merge(a, b, a); !ok || !sameNodes(same, b) {
			t.Fatalf("what was changed, put into what it was made of:\n got %s\nwant %s", same.JSON(), b.JSON())
		}
		if string(a.JSON()) != was {
			t.Fatal("an edit changed what it was made of")
		}
	})
}

// sameNodes compares without the order of what people order.
func sameNodes(a, b *Node) bool { return a.covers(b) && b.covers(a) }

func (n *Node) covers(o *Node) bool {
	for _, k := range o.Kids {
		m := same(n, k)
		if m == nil || m.Value != k.Value || !m.covers(k) {
			return false
		}
	}
	return true
}
