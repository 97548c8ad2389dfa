package data_test

import (
	"reflect"
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
	nodes, err := data.FromJSON("native", tree().JSON())
	if err != nil || len(nodes) != 1 {
		t.Fatal(nodes, err)
	}
	got := nodes[0]
	s := got.All("session")
	if len(s) != 2 || s[0].Module != "x-native" || s[0].Text("id") != "4" || len(s[0].At("source").All("interface")) != 2 ||
		!s[0].Has("shut") || got.Text("big") != "1099511627776" || got.Text("on") != "false" {
		t.Errorf("read %s", got.Print())
	}
	if list, err := data.FromJSON("m:entry", []byte(`[{"id":1},{"id":2}]`)); err != nil || len(list) != 2 || list[1].Name != "entry" || list[1].Kind != data.Entry {
		t.Errorf("a list was read as %v, %v", list, err)
	}
	for _, bad := range []string{"", "{", `{"a":1} 2`, `[1,`, strings.Repeat("[", 200)} {
		if n, err := data.FromJSON("x", []byte(bad)); err == nil {
			t.Errorf("%q was read as %d nodes", bad, len(n))
		}
	}
}

// A value alone is read as it is inside of another.
func TestAValueAloneIsReadAsWithin(t *testing.T) {
	for _, text := range []string{`"x"`, `" a\u00e9\n\ud800 "`, "\"\xff\"", "0", "-1.50e3", "18446744073709551615", "true", "false", "null", "[null]", `[1,"a"]`, "{}", ` "x" `, "\n7\t",
		"", `"x`, "x", "01", "1 2", `"a" "b"`, "tru", "nul", "truefalse"} {
		alone, err := data.FromJSON("m:a", []byte(text))
		within, other := data.FromJSON("c", []byte(`{"m:a":`+text+`}`))
		if (err == nil) != (other == nil) {
			t.Errorf("%q: %v alone, %v within", text, err, other)
			continue
		}
		if err == nil && !reflect.DeepEqual(alone, within[0].Children) {
			t.Errorf("%q: %+v alone, %+v within", text, alone, within[0].Children)
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

func TestSeveralReadsAreOneTree(t *testing.T) {
	root := &data.Node{}
	put := func(p data.Path, text string) {
		t.Helper()
		nodes, err := data.FromJSON(p[len(p)-1].Name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		data.Put(root, p, nodes)
	}
	port := data.P(data.S("m:interface", "name", "e1"))
	put(data.Names("system", "name"), `"sw1"`)
	put(data.Names("system"), `{"x:version":"1","name":"sw2","tag":["a","b"]}`)
	put(port.To(data.S("state")), `{"up":true}`)
	put(port, `{"name":"e1","state":{"mtu":1500}}`)
	put(data.Names("acl"), `[{"id":1},{"id":2}]`)
	if got := root.At("system"); got.Text("name") != "sw2" || got.Text("version") != "1" || len(got.All("tag")) != 2 {
		t.Errorf("system: %s", got.Print())
	}
	if all := root.All("interface"); len(all) != 1 || all[0].Text("name") != "e1" || all[0].Text("state", "up") != "true" || all[0].Text("state", "mtu") != "1500" || len(all[0].All("name")) != 1 {
		t.Errorf("interfaces: %s", root.Print())
	}
	if len(root.All("acl")) != 2 {
		t.Errorf("lists: %s", root.Print())
	}
}

func FuzzDecoding(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}]}`))
	f.Add([]byte(`<a x="1"><b>c</b></a>`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if nodes, err := data.FromJSON("x", raw); err == nil {
			for _, n := range nodes {
				_ = n.Print()
			}
		}
		if n, err := data.FromXML(raw); err == nil {
			_ = n.Print()
		}
	})
}

// What was read is written again as it was, so that what somebody configured can be put
// back.
func TestWhatWasReadIsWrittenAgain(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"a":1,"b":true,"c":"1","d":[null],"e":["x"],"f":[1,2],"g":[{"k":1},{"k":2}],"m:h":{"i":{}}}`,
		`{"big":"18446744073709551615","float":1.50,"text":"\"<&>\\"}`, `{"one":[{"k":"v"}]}`,
	} {
		nodes, err := data.FromJSON("", []byte(text))
		if err != nil || len(nodes) != 1 {
			t.Fatal(text, nodes, err)
		}
		if got := string(nodes[0].JSON()); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}
