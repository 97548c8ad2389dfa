package models

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

var testSpaces = map[string]string{"t": "urn:netmirror:test", "o": "urn:other"}

func TestFiltersOfReads(t *testing.T) {
	for name, c := range map[string]struct {
		paths []data.Path
		want  string
	}{
		"one":            {[]data.Path{data.Names("t:top", "entry")}, "<top xmlns=\"urn:netmirror:test\">\n  <entry/>\n</top>\n"},
		"an entry":       {[]data.Path{data.P(data.S("t:top"), data.S("entry", "name", "a<b"))}, "<top xmlns=\"urn:netmirror:test\">\n  <entry>\n    <name>a&lt;b</name>\n  </entry>\n</top>\n"},
		"every entry":    {[]data.Path{data.P(data.S("t:top"), data.S("entry", "name", "*"), data.S("mtu"))}, "<top xmlns=\"urn:netmirror:test\">\n  <entry>\n    <mtu/>\n  </entry>\n</top>\n"},
		"two of one":     {[]data.Path{data.Names("t:top", "a"), data.Names("t:top", "o:b")}, "<top xmlns=\"urn:netmirror:test\">\n  <a/>\n  <b xmlns=\"urn:other\"/>\n</top>\n"},
		"one in another": {[]data.Path{data.Names("t:top", "a", "b"), data.Names("t:top", "a")}, "<top xmlns=\"urn:netmirror:test\">\n  <a/>\n</top>\n"},
		"twice":          {[]data.Path{data.Names("t:top"), data.Names("t:top")}, "<top xmlns=\"urn:netmirror:test\"/>\n"},
		"an entry of all": {[]data.Path{data.P(data.S("t:top"), data.S("entry", "name", "x")), data.Names("t:top", "entry")},
			"<top xmlns=\"urn:netmirror:test\">\n  <entry/>\n</top>\n"},
		"everything": {[]data.Path{data.Names("t:top"), nil}, ""},
	} {
		if diff := cmp.Diff(c.want, filters(c.paths, testSpaces)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatATextTouches(t *testing.T) {
	lists := map[string][]string{"/top/entry": {"name"}, "/top/pair": {"a", "b"}}
	text := data.XML([]data.Edit{
		data.Del(data.P(data.S("t:top"), data.S("entry", "name", "gone/1"))),
		data.Rep(data.P(data.S("t:top"), data.S("entry", "name", "new")), data.V("mtu", 1500)),
		data.Upd(data.P(data.S("t:top"), data.S("pair", "a", "1", "b", "2")), data.C("in", data.V("x", 1), data.Flag("y"))),
		data.Upd(data.P(data.S("t:top"), data.S("entry", "name", "bare"))),
		data.Set(data.Names("t:top", "best"), "new"),
	}, testSpaces)
	want := []string{"/top/entry[name=gone/1]", "/top/entry[name=new]", "/top/entry[name=new]/mtu", "/top/pair[a=1][b=2]/in/x", "/top/pair[a=1][b=2]/in/y",
		"/top/entry[name=bare]", "/top/best"}
	got, err := touched(text, lists)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for name, bad := range map[string]string{
		"nothing": "", "text": "x", "cut": "<a>", "two ends": "<a></b>", "mixed": "<a>x<b/></a>", "an attribute": "<a b='c'/>",
		"another operation": `<a xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="create"/>`, "no namespace": `<a operation="delete"/>`,
		"out of config": "<a/></config><x/>", "a declaration": "<!DOCTYPE a><a/>",
	} {
		if got, err := touched(bad, lists); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

func TestTextsAreJoined(t *testing.T) {
	lists := map[string][]string{"/top/entry": {"name"}}
	edit := func(edits ...data.Edit) string { return data.XML(edits, testSpaces) }
	entry := func(name string, more ...data.Step) data.Path {
		return data.P(append([]data.Step{data.S("t:top"), data.S("entry", "name", name)}, more...)...)
	}
	texts := []string{
		edit(data.Set(entry("a", data.S("mtu")), 1), data.Del(entry("x"))),
		edit(data.Set(entry("b", data.S("mtu")), "<2>")),
		edit(data.Set(entry("a", data.S("o:on")), true), data.Rep(entry("b", data.S("c")), data.V("d", 1))),
	}
	const nc = ` xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation=`
	want := `<top xmlns="urn:netmirror:test"><entry><name>a</name><mtu>1</mtu><on xmlns="urn:other">true</on></entry>` +
		`<entry` + nc + `"delete"><name>x</name></entry><entry><name>b</name><mtu>&lt;2&gt;</mtu><c` + nc + `"replace"><d>1</d></c></entry></top>`
	got, err := joined(texts, lists)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	one, err1 := touched(got, lists)
	var all []string
	for _, x := range texts {
		paths, err := touched(x, lists)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, paths...)
	}
	if len(one) != len(all) || err1 != nil {
		t.Errorf("joined it touches %v, alone %v", one, all)
	}
}
