package api

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"pgregory.net/rapid"
)

// drawn fills a value of any type of the wire, each field of each of its parts, or not.
func drawn(t *rapid.T, v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		zone := rapid.SampledFrom([]*time.Location{time.UTC, time.FixedZone("", 3600), time.FixedZone("", 90)}).Draw(t, "zone")
		v.Set(reflect.ValueOf(time.Unix(rapid.Int64Range(-5e10, 2e11).Draw(t, "s"), rapid.SampledFrom([]int64{0, 1, 120_000_000}).Draw(t, "ns")).In(zone)))
		return
	}
	if rapid.IntRange(0, 3).Draw(t, "zero") == 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.SampledFrom([]string{"a", "<&>", "\"\\", "\x00\n\x7f", "\xff\xc3", "\u2028", "Gi1/0/1"}), rapid.String()).Draw(t, "s"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "n"))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "n"))
	case reflect.Float64:
		v.SetFloat(rapid.SampledFrom([]float64{0.8, 1, 1e20, 1e21, 1e-6, 1e-7, -3.5, math.Copysign(0, -1)}).Draw(t, "f"))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		drawn(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 2).Draw(t, "len"), 2))
		for i := range v.Len() {
			drawn(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 3).Draw(t, "len") {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			drawn(t, key)
			drawn(t, value)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			drawn(t, v.Field(i))
		}
	default:
		panic(fmt.Sprint("no value of ", v.Type()))
	}
}

// TestSessionsAreWrittenAsJSON: our own writer and encoding/json give the same octets of
// any session. A field that is added to a type and not written fails here.
func TestSessionsAreWrittenAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list SessionList
		drawn(t, reflect.ValueOf(&list).Elem())
		for _, v := range append([]any{list}, translateAll(list.Items, func(s Session) any { return s })...) {
			var want, got bytes.Buffer
			if err := huma.DefaultJSONFormat.Marshal(&want, v); err != nil {
				t.Fatal(err)
			}
			if err := marshal(&got, v); err != nil {
				t.Fatal(err)
			}
			if want.String() != got.String() {
				t.Fatalf("written\n%s\ninstead of\n%s", got.String(), want.String())
			}
		}
	})
}

// What encoding/json refuses is refused.
func TestWhatIsNoJSONIsAnError(t *testing.T) {
	far := time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range []Session{{Status: SessionStatus{Created: far}}, {Status: SessionStatus{Expires: &far}}, {Spec: SessionSpec{Lease: &Lease{Until: &far}}}} {
		var want, got bytes.Buffer
		wanted, err := huma.DefaultJSONFormat.Marshal(&want, s), marshal(&got, s)
		if wanted == nil || err == nil || got.Len() > 0 {
			t.Errorf("%v instead of %v; %q", err, wanted, got.String())
		}
	}
	var got strings.Builder
	if err := marshal(&got, Session{Name: "s"}); err != nil || !strings.HasPrefix(got.String(), `{"name":"s"`) {
		t.Errorf("after errors: %v, %q", err, got.String())
	}
}

func BenchmarkSessionsAsJSON(b *testing.B) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC)
	s := Session{Name: "s-000001", Spec: SessionSpec{Description: "jitter on the phones", Sources: make([]Source, 4), Destinations: make([]Destination, 1), Labels: map[string]string{"team": "voice"}},
		Status: SessionStatus{Conditions: make([]Condition, 6), Fragments: make([]FragmentStatus, 1), Forecast: make([]Forecast, 1), Created: at, Updated: at}}
	for i := range s.Status.Conditions {
		s.Status.Conditions[i] = Condition{Type: "Configured", Status: "Unknown", Reason: "NotReadYet", Message: "not read since the controller started; last read at " + at.String(), Since: &at}
	}
	list := SessionList{}
	for range 100 {
		list.Items = append(list.Items, s)
	}
	for name, write := range map[string]func(v any) error{
		"ours":          func(v any) error { return marshal(&bytes.Buffer{}, v) },
		"encoding-json": func(v any) error { return huma.DefaultJSONFormat.Marshal(&bytes.Buffer{}, v) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if err := write(list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
