package data_test

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/models/data"
)

func tree() *data.Node {
	return data.C("native",
		data.E("x-native:session", data.V("id", 4), data.C("source",
			data.E("interface", data.V("name", "Te1/1/1"), data.V("direction", "both")),
			data.E("interface", data.V("name", "a&b"))), data.Flag("shut")),
		data.V("big", uint64(1<<40)), data.V("on", false),
		data.E("x-native:session", data.V("id", 5)))
}

func TestWrittenAsJSON(t *testing.T) {
	want := `{"x-native:session":[{"id":4,"source":{"interface":[{"name":"Te1/1/1","direction":"both"},{"name":"a&b"}]},"shut":[null]},{"id":5}],"big":"1099511627776","on":false}`
	if got := string(tree().JSON()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReadFromJSONAsItWasWritten(t *testing.T) {
	got, err := data.FromJSON("native", tree().JSON())
	if err != nil {
		t.Fatal(err)
	}
	s := got.All("session")
	if len(s) != 2 || s[0].Module != "x-native" || s[0].Text("id") != "4" || len(s[0].At("source").All("interface")) != 2 ||
		!s[0].Has("shut") || got.Text("big") != "1099511627776" || got.Text("on") != "false" {
		t.Errorf("read %s", got.Print())
	}
	for _, bad := range []string{"", "{", `{"a":1} 2`, `[1,`, strings.Repeat("[", 200)} {
		if n, err := data.FromJSON("x", []byte(bad)); err == nil {
			t.Errorf("%q was read as %s", bad, n.Print())
		}
	}
}

func TestWrittenAsXML(t *testing.T) {
	at := data.P(data.S("m:top"), data.S("session", "id", "4"))
	got := data.XML([]data.Edit{
		data.Del(at.To(data.S("source", "name", "a&b"))),
		data.Upd(at, data.V("id", 4), data.V("name", "x"), data.C("n:inner", data.Flag("on"))),
		data.Rep(data.P(data.S("m:top"), data.S("session", "id", "5")), data.V("name", "y")),
	}, map[string]string{"m": "urn:m", "n": "urn:n"})
	want := `<top xmlns="urn:m">
  <session>
    <id>4</id>
    <source xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete">
      <name>a&amp;b</name>
    </source>
    <name>x</name>
    <inner xmlns="urn:n">
      <on/>
    </inner>
  </session>
  <session xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="replace">
    <id>5</id>
    <name>y</name>
  </session>
</top>
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	n, err := data.FromXML([]byte(got))
	if err != nil {
		t.Fatal(err)
	}
	if s := n.All("session"); len(s) != 2 || s[0].Text("id") != "4" || s[1].Attrs["operation"] != "replace" || s[0].Child("inner").Module != "urn:n" {
		t.Errorf("read back %s", n.Print())
	}
}

func TestPathsAsGNMIWritesThem(t *testing.T) {
	p := data.P(data.S("acl"), data.S("acl-filter", "name", `a]b\c`, "type", "ipv4"))
	if got, want := p.String(), `/acl/acl-filter[name=a\]b\\c][type=ipv4]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzDecoding(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}]}`))
	f.Add([]byte(`<a x="1"><b>c</b></a>`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if n, err := data.FromJSON("x", raw); err == nil {
			_ = n.Print()
		}
		if n, err := data.FromXML(raw); err == nil {
			_ = n.Print()
		}
	})
}
