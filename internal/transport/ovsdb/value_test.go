package ovsdb

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestEncoding(t *testing.T) {
	for _, tt := range []struct {
		in   any
		want string
	}{
		{UUID("u"), `["uuid","u"]`},
		{NamedUUID("m"), `["named-uuid","m"]`},
		{Set[int](nil), `["set",[]]`},
		{Set[int]{5}, `5`},
		{Set[int]{5, 6}, `["set",[5,6]]`},
		{Set[UUID]{"u"}, `["uuid","u"]`},
		{Map(nil), `["map",[]]`},
		{Map{"b": "2", "a": "1"}, `["map",[["a","1"],["b","2"]]]`},
		{Op{Op: "select", Table: "T", Where: []Cond{}, Columns: []string{}}, `{"op":"select","table":"T","where":[],"columns":[]}`},
		{Op{Op: "insert", Table: "T", UUIDName: "m", Row: map[string]any{"n": Set[string]{}}}, `{"op":"insert","table":"T","uuid-name":"m","row":{"n":["set",[]]}}`},
		{Op{Op: "wait", Table: "T", Where: []Cond{{"a", "==", 1}}, Columns: []string{"a"}, Until: "==", Rows: []map[string]any{}, Timeout: new(int)},
			`{"op":"wait","table":"T","where":[["a","==",1]],"columns":["a"],"until":"==","rows":[],"timeout":0}`},
		{Op{Op: "mutate", Table: "T", Where: []Cond{}, Mutations: []Mutation{{"n", "+=", 1}}}, `{"op":"mutate","table":"T","where":[],"mutations":[["n","+=",1]]}`},
	} {
		got, err := json.Marshal(tt.in)
		if err != nil || string(got) != tt.want {
			t.Errorf("got %s (%v), want %s", got, err, tt.want)
		}
	}
}

func decodeRow(t *testing.T, text string) Row {
	t.Helper()
	var r Row
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDecoding(t *testing.T) {
	r := decodeRow(t, `{"s":"x","b":true,"i":-7,"big":9223372036854775807,"e":1e3,"u":["uuid","id"],"none":["set",[]],"one":["set",[1]],"two":["set",[1,2]],
		"us":["set",[["uuid","a"],["uuid","b"]]],"ss":["set",["p","q"]],"m":["map",[["k","v"]]],"im":["map",[["k",3]]],"m0":["map",[]]}`)
	check := func(what string, got any, err error, want any) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	s, err := r.String("s")
	check("string", s, err, "x")
	b, err := r.Bool("b")
	check("bool", b, err, true)
	for column, want := range map[string]int64{"i": -7, "big": 9223372036854775807, "e": 1000} {
		i, err := r.Int(column)
		check(column, i, err, want)
	}
	u, err := r.UUID("u")
	check("uuid", u, err, UUID("id"))
	for column, want := range map[string][]int64{"i": {-7}, "none": {}, "one": {1}, "two": {1, 2}} {
		is, err := r.Ints(column)
		check(column, is, err, want)
	}
	for column, want := range map[string][]UUID{"u": {"id"}, "none": {}, "us": {"a", "b"}} {
		us, err := r.UUIDs(column)
		check(column, us, err, want)
	}
	for column, want := range map[string][]string{"s": {"x"}, "none": {}, "ss": {"p", "q"}} {
		ss, err := r.Strings(column)
		check(column, ss, err, want)
	}
	m, err := r.StringMap("m")
	check("map", m, err, map[string]string{"k": "v"})
	im, err := r.IntMap("im")
	check("map of integers", im, err, map[string]int64{"k": 3})
	m, err = r.StringMap("m0")
	check("empty map", m, err, map[string]string{})
}

func TestWhatDoesNotDecodeIsAParseError(t *testing.T) {
	r := decodeRow(t, `{"s":"x","i":7,"f":1.5,"huge":1e300,"null":null,"u":["uuid"],"u2":["uuid",3],"u3":["uuid",""],"n":["named-uuid","x"],
		"set":["set",3],"mixed":["set",[1,"x"]],"nested":["set",[["set",[1]]]],"nullset":["set",null],"m":["map",[["k"]]],"m2":["map",[[1,"v"]]],
		"m3":["map",[["k",1]]],"m4":["map",null],"o":{},"nulls":["set",[null]]}`)
	for what, err := range map[string]error{
		"missing": second(r.String("nope")), "string": second(r.String("i")), "null string": second(r.String("null")),
		"bool": second(r.Bool("s")), "null bool": second(r.Bool("null")), "fraction": second(r.Int("f")), "huge": second(r.Int("huge")), "null int": second(r.Int("null")),
		"uuid": second(r.UUID("u")), "uuid of int": second(r.UUID("u2")), "empty uuid": second(r.UUID("u3")), "named uuid": second(r.UUID("n")), "string as uuid": second(r.UUID("s")),
		"set": second(r.Ints("set")), "mixed": second(r.Ints("mixed")), "nested": second(r.Ints("nested")), "null set": second(r.Ints("nullset")), "nulls": second(r.Strings("nulls")),
		"map": second(r.StringMap("m")), "int key": second(r.StringMap("m2")), "int value": second(r.StringMap("m3")), "null map": second(r.StringMap("m4")), "object": second(r.StringMap("o")),
	} {
		if !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: got %v, want ErrParse", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestSetsSurviveTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ints := rapid.SliceOf(rapid.Int64()).Draw(t, "ints")
		texts := rapid.SliceOf(rapid.String()).Draw(t, "texts")
		pairs := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "pairs")
		text, err := json.Marshal(map[string]any{"i": Set[int64](ints), "t": Set[string](texts), "m": Map(pairs)})
		if err != nil {
			t.Fatal(err)
		}
		var r Row
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		gotInts, err1 := r.Ints("i")
		gotTexts, err2 := r.Strings("t")
		gotPairs, err3 := r.StringMap("m")
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(gotInts, ints) || !slices.Equal(gotTexts, texts) || !cmp.Equal(gotPairs, pairs) {
			t.Fatalf("%s came back as %v %q %q", text, gotInts, gotTexts, gotPairs)
		}
	})
}

// Whatever a server sends: no panic, and either a value or ErrParse.
func FuzzRow(f *testing.F) {
	for _, seed := range []string{`["set",[]]`, `["set",[["uuid","a"]]]`, `["map",[["a",1]]]`, `["uuid","a"]`, `7`, `"x"`, `true`, `null`, `[]`, `["set"]`, `1e999`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := Row{"c": raw}
		for _, err := range []error{second(r.String("c")), second(r.Bool("c")), second(r.Int("c")), second(r.UUID("c")),
			second(r.Strings("c")), second(r.Ints("c")), second(r.UUIDs("c")), second(r.StringMap("c")), second(r.IntMap("c"))} {
			if err != nil && !errors.Is(err, mirror.ErrParse) {
				t.Errorf("%q: %v is no ErrParse", raw, err)
			}
		}
		if v, err := r.Ints("c"); err == nil && len(v) == 1 {
			if text, err := json.Marshal(Set[int64](v)); err != nil || first(text) == '[' {
				t.Errorf("one element is written as %s (%v)", text, err)
			}
		}
	})
}

func FuzzReply(f *testing.F) {
	for _, seed := range []string{`[{"count":1}]`, `[{"rows":[{"a":1}]},{}]`, `[{"error":"x","details":"y"},null]`, `[null]`, `{}`, `[{"uuid":["uuid","a"]}]`} {
		f.Add([]byte(seed), 1)
	}
	f.Fuzz(func(t *testing.T, raw []byte, n int) {
		ops := make([]json.RawMessage, max(0, min(n, 5)))
		for i := range ops {
			ops[i] = json.RawMessage(`{"op":"wait"}`)
		}
		results, err := parseResults(raw, ops)
		if err == nil && len(results) != len(ops) {
			t.Errorf("%d results for %d operations", len(results), len(ops))
		}
		if err != nil && !errors.Is(err, mirror.ErrParse) && !errors.Is(err, mirror.ErrRejected) && !errors.Is(err, mirror.ErrChanged) {
			t.Errorf("%v has no kind", err)
		}
		if _, err := parseUpdates(raw); err != nil && !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%v has no kind", err)
		}
	})
}
