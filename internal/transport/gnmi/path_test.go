package gnmi

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestPaths(t *testing.T) {
	type keys = map[string]string
	for text, want := range map[string]struct {
		path    Path
		printed string // "" = the text
	}{
		"/":                          {Path{}, ""},
		"":                           {Path{}, "/"},
		"cli:":                       {Path{Origin: "cli"}, "cli:/"},
		"cli:/show monitor session":  {Path{Origin: "cli", Elems: []Elem{{Name: "show monitor session"}}}, ""},
		"openconfig:/interfaces":     {Path{Origin: "openconfig", Elems: []Elem{{Name: "interfaces"}}}, ""},
		"a/b":                        {Path{Elems: []Elem{{Name: "a"}, {Name: "b"}}}, "/a/b"},
		"/srl_nokia-interfaces:a/b":  {Path{Elems: []Elem{{Name: "srl_nokia-interfaces:a"}, {Name: "b"}}}, ""},
		"m:a/b":                      {Path{Elems: []Elem{{Name: "m:a"}, {Name: "b"}}}, "/m:a/b"},
		"/i[name=ethernet-1/1]/s":    {Path{Elems: []Elem{{Name: "i", Keys: keys{"name": "ethernet-1/1"}}, {Name: "s"}}}, ""},
		`/i[name=a\]b\\c]`:           {Path{Elems: []Elem{{Name: "i", Keys: keys{"name": `a]b\c`}}}}, ""},
		"/i[b=2][a=[x=y]":            {Path{Elems: []Elem{{Name: "i", Keys: keys{"b": "2", "a": "[x=y"}}}}, "/i[a=[x=y][b=2]"},
		"/i[k=]":                     {Path{Elems: []Elem{{Name: "i", Keys: keys{"k": ""}}}}, ""},
		`/a\/b\[c/d`:                 {Path{Elems: []Elem{{Name: "a/b[c"}, {Name: "d"}}}, ""},
		"/*/...":                     {Path{Elems: []Elem{{Name: "*"}, {Name: "..."}}}, ""},
		"/interface[name=*]/counter": {Path{Elems: []Elem{{Name: "interface", Keys: keys{"name": "*"}}, {Name: "counter"}}}, ""},
	} {
		got, err := ParsePath(text)
		if err != nil || !reflect.DeepEqual(got, want.path) {
			t.Errorf("%q: %+v, %v", text, got, err)
			continue
		}
		if want.printed == "" {
			want.printed = text
		}
		if got.String() != want.printed {
			t.Errorf("%q is printed %q", text, got)
		}
	}
}

func TestPathsThatAreNone(t *testing.T) {
	for _, text := range []string{"//", "/a/", "/a//b", "/[k=v]", "/a[k", "/a[k=v", "/a[k]", "/a[=v]", "/a[]", "/a[k=v]b", "/a[k=1][k=2]", `/a\`, `/a[k=v\]`, "/a\xff", "cli://"} {
		if p, err := ParsePath(text); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
}

// Any path is printed so that it is read back as the same.
func TestAPathIsReadAsPrinted(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune(`ab:/[]=\*. ü-_0`)), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		p := Path{Origin: rapid.SampledFrom([]string{"", "cli", "openconfig", "eos_native"}).Draw(t, "origin")}
		for range rapid.IntRange(0, 4).Draw(t, "elems") {
			e := Elem{Name: word.Draw(t, "name")}
			if keys := rapid.MapOfN(word, rapid.OneOf(word, rapid.Just("")), 0, 3).Draw(t, "keys"); len(keys) > 0 {
				e.Keys = keys
			}
			p.Elems = append(p.Elems, e)
		}
		got, err := ParsePath(p.String())
		if err != nil || !reflect.DeepEqual(got, p) || !got.Equal(p) {
			t.Fatalf("%+v is printed %q and read %+v, %v", p, p, got, err)
		}
		back, err := pathOf(nil, p.wire())
		if err != nil || !back.Equal(p) {
			t.Fatalf("over the wire %+v became %+v, %v", p, back, err)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, text := range []string{"/", "cli:", "oc:/a/b[k=v/w][l=\\]]", `/a\/b`, "/a[k=v]b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			if !errors.Is(err, mirror.ErrInvalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !utf8.ValidString(text) || p.check() != nil {
			t.Fatalf("%q became %+v, which cannot be sent", text, p)
		}
		again, err := ParsePath(p.String())
		if err != nil || !again.Equal(p) {
			t.Fatalf("%q is printed %q and read %+v, %v", text, p, again, err)
		}
		if strings.Count(again.String(), "/") != strings.Count(p.String(), "/") {
			t.Fatalf("%q is printed in two ways", text)
		}
	})
}
