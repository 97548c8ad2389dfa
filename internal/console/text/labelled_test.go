package text

import (
	"slices"
	"strings"
	"testing"
)

func TestLabelledBlocks(t *testing.T) {
	got, strange := ReadLabelled(strings.Split("  Mirror name : a\n  State       : up\n  Ports : p1, p2\n          p3\n  Ports : p4\nMirror Name: b\n  Table:\n    x   up  y", "\n"), "mirror name")
	if strange != "" || len(got) != 2 {
		t.Fatalf("%+v, %q", got, strange)
	}
	a, b := got[0], got[1]
	if a.Name != "a" || !slices.Equal(a.Fields["Ports"], []string{"p1", "p2", "p3", "p4"}) || !slices.Equal(a.Fields["State"], []string{"up"}) || b.Head != "Mirror Name" || b.Name != "b" ||
		!slices.Equal(b.Fields["Table"], []string{"x", "up", "y"}) {
		t.Errorf("%+v", got)
	}
	if got, _ := ReadLabelled([]string{"Mirror name : a", "  Output IPv6 address : 2001:db8::1", "     FE80::1", "  None :"}, "mirror name"); len(got) != 1 || !slices.Equal(got[0].Fields["Output IPv6 address"], []string{"2001:db8::1", "FE80::1"}) || len(got[0].Fields) != 1 {
		t.Errorf("digits in labels, colons in values: %+v", got)
	}
	for _, line := range []string{"  State : up", "at the margin", "  more"} {
		if _, strange := ReadLabelled([]string{line}, "mirror name"); strange != line {
			t.Errorf("%q: %q", line, strange)
		}
	}
	if got, strange := ReadLabelled(nil, "mirror name"); len(got) != 0 || strange != "" {
		t.Errorf("nothing is %+v, %q", got, strange)
	}
}

func TestLabelsOfALine(t *testing.T) {
	for line, want := range map[string][][2]string{
		"":                     nil,
		"no label: of a table": nil,
		" Session             : 00001000-00005b40-00000000":                  {{"Session", "00001000-00005b40-00000000"}},
		"1) Line: vty0  User:   Date: Thu Mar 16 14:47:08 2006  Client: CLI": {{"Line", "vty0"}, {"User", ""}, {"Date", "Thu Mar 16 14:47:08 2006"}, {"Client", "CLI"}},
		"Client:": {{"Client", ""}},
	} {
		if got := Labels(line); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestReleases(t *testing.T) {
	for version, want := range map[string][]int{"": nil, "7.4.2": {7, 4, 2}, "7.4.2.10I": {7, 4, 2, 10}, "24.3.1 LNT": {24, 3, 1}, "LNT 7": nil, "7.": {7}} {
		if got := Release(version); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", version, got, want)
		}
	}
}
