package model

import (
	"strings"
	"testing"
)

var (
	base  = &Module{Name: "base", Namespace: "urn:test:base", Revision: "2026-01-01"}
	more  = &Module{Name: "more", Namespace: "urn:test:more"}
	types = &Module{Name: "types", Namespace: "urn:test:types"}
)

// garden is a schema with every kind of node.
func garden() *Schema {
	name := String("1..10", `[a-z][a-z0-9/-]*`)
	return NewSchema(
		List("port", "name",
			Leaf("name", name),
			Leaf("speed", Uint(64, "")),
			Leaf("mtu", Uint(16, "64..9000")).Defaults("1500"),
			Leaf("kind", Identity("base:plain types:fancy")),
			Leaf("up", Bool()).ReadOnly(),
			List("unit", "index", Leaf("index", Uint(32, "0..99")), Leaf("vlan", Union(Uint(16, "1..4094"), Enum("any none")))),
		).In(base),
		Container("system",
			Leaf("host", String("")).Required(),
			Leaf("offset", Int(8, "")),
			Leaf("quiet", Empty()),
			LeafList("server", String("1..20")).OrderedByUser(),
			LeafList("tag", String("1..20")),
			Presence("mirror",
				List("session", "id kind",
					Leaf("id", Uint(8, "")), Leaf("kind", Enum("x y")),
					Container("source", LeafList("port", name.Ref("/port/name", func(n *Node) bool { return n.Root().Entry("port", n.Value) != nil }))),
					Leaf("local", name).Of("end", "local"),
					Container("remote", Leaf("address", String("")), Leaf("key", Uint(32, ""))).Of("end", "remote"),
					Leaf("state", String("")).ReadOnly(),
				).AtMost(2).Must(func(n *Node) string {
					if n.Text("local") == "bad" {
						return "bad is bad"
					}
					return ""
				}),
				List("rule", "name", Leaf("name", name), Leaf("action", Enum("accept drop")).Required()).OrderedByUser(),
			).In(more),
		).In(base),
	).Know(types)
}

const plot = `{
 "base:port":[{"name":"e1/2"},{"name":"e1/10","speed":"10000000000","mtu":9000,"kind":"types:fancy","unit":[{"index":1,"vlan":5},{"index":0,"vlan":"any"}]}],
 "base:system":{"host":"a <&> b","offset":-3,"quiet":[null],"server":["z","a"],"tag":["t10","t9"],
  "more:mirror":{"session":[{"id":1,"kind":"x","source":{"port":["e1/2"]},"local":"e1/10"}],"rule":[{"name":"b","action":"drop"},{"name":"a","action":"accept"}]}}}`

func tree(t *testing.T, s *Schema, text string) *Node {
	t.Helper()
	n, err := s.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestATreeIsWrittenInOrder(t *testing.T) {
	s := garden()
	n := tree(t, s, plot)
	want := `{"base:port":[{"name":"e1/2"},{"name":"e1/10","speed":"10000000000","mtu":9000,"kind":"types:fancy","unit":[{"index":0,"vlan":"any"},{"index":1,"vlan":5}]}],` +
		`"base:system":{"host":"a <&> b","offset":-3,"quiet":[null],"server":["z","a"],"tag":["t9","t10"],` +
		`"more:mirror":{"session":[{"id":1,"kind":"x","source":{"port":["e1/2"]},"local":"e1/10"}],"rule":[{"name":"b","action":"drop"},{"name":"a","action":"accept"}]}}}`
	if got := string(n.JSON()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	wantXML := `<port xmlns="urn:test:base"><name>e1/2</name></port><port xmlns="urn:test:base"><name>e1/10</name><speed>10000000000</speed><mtu>9000</mtu>` +
		`<kind xmlns:id="urn:test:types">id:fancy</kind><unit><index>0</index><vlan>any</vlan></unit><unit><index>1</index><vlan>5</vlan></unit></port>` +
		`<system xmlns="urn:test:base"><host>a &lt;&amp;&gt; b</host><offset>-3</offset><quiet/><server>z</server><server>a</server><tag>t9</tag><tag>t10</tag>` +
		`<mirror xmlns="urn:test:more"><session><id>1</id><kind>x</kind><source><port>e1/2</port></source><local>e1/10</local></session>` +
		`<rule><name>b</name><action>drop</action></rule><rule><name>a</name><action>accept</action></rule></mirror></system>`
	got := s.XML(n)
	if string(got) != wantXML {
		t.Errorf("got\n%s\nwant\n%s", got, wantXML)
	}
	back, err := s.DecodeXML(got)
	if err != nil || !back.Equal(n) {
		t.Errorf("read back: %v\n%s", err, back.JSON())
	}
	if wrong := s.Validate(n); wrong != nil {
		t.Errorf("refused: %v", wrong)
	}
}

func TestWhatIsRefusedInJSON(t *testing.T) {
	for body, want := range map[string]string{
		`{"port":[]}`:                                 "unknown-element /: unknown element 'port'",
		`{"base:nothing":1}`:                          "unknown-element /: unknown element 'base:nothing'",
		`{"more:port":[]}`:                            "unknown-element /: unknown element 'more:port'",
		`{"base:system":{"mirror":{}}}`:               "unknown-element /base:system: unknown element 'mirror'",
		`{"base:port":{}}`:                            "invalid-value /port: 'port' is not an array",
		`{"base:system":[]}`:                          "invalid-value /base:system: 'system' is not an object",
		`{"base:port":[{"mtu":1500}]}`:                "missing-element /port: key 'name' of 'port' is missing",
		`{"base:port":[{"name":"a"},{"name":"a"}]}`:   "bad-element /port: 'a' is there twice",
		`{"base:port":[{"name":"A"}]}`:                "invalid-value /port/name: Failed to parse value 'A' for key 'name': Must match the pattern [a-z][a-z0-9/-]*",
		`{"base:port":[{"name":"a","mtu":63}]}`:       "invalid-value /base:port[name=a]/mtu: Failed to parse value '63' for key 'mtu': out of range",
		`{"base:port":[{"name":"a","mtu":"64"}]}`:     "invalid-value /base:port[name=a]/mtu: Failed to parse value '64' for key 'mtu': not of the type",
		`{"base:port":[{"name":"a","mtu":64.5}]}`:     "invalid-value /base:port[name=a]/mtu: Failed to parse value '64.5' for key 'mtu': not a number",
		`{"base:port":[{"name":"a","speed":1}]}`:      "invalid-value /base:port[name=a]/speed: Failed to parse value '1' for key 'speed': not of the type",
		`{"base:port":[{"name":"a","kind":"fancy"}]}`: "invalid-value /base:port[name=a]/kind: Failed to parse value 'fancy' for key 'kind': not of the type",
		`{"base:system":{"host":"a","host":"b"}}`:     "bad-element /base:system: 'host' is there twice",
		`{"base:system":{"quiet":true}}`:              "invalid-value /base:system/quiet: Failed to parse value 'true' for key 'quiet': not of the type",
		`{"base:system":{"offset":200}}`:              "invalid-value /base:system/offset: Failed to parse value '200' for key 'offset': out of range",
		`{"base:system":{"more:mirror":{"session":[{"id":1,"kind":"x","local":"a","remote":{}}]}}}`: "bad-element /base:system/more:mirror/session[id=1][kind=x]: 'local' and 'remote' exclude each other",
		`{`:       "malformed-message /: not JSON: unexpected EOF",
		`{} {}`:   "malformed-message /: not JSON: text behind the value",
		`{"a":01`: "malformed-message /: not JSON: invalid character '1' after object key:value pair",
	} {
		_, err := garden().DecodeJSON([]byte(body))
		list := ErrorsOf(err)
		if len(list) != 1 || list[0].Tag+" "+list[0].Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", body, err, want)
		}
	}
	s := garden()
	s.BareNames = true
	if n, err := s.DecodeJSON([]byte(`{"port":[{"name":"a","kind":"fancy"}],"system":{"mirror":{}}}`)); err != nil || n.Text("port", "kind") != "fancy" || n.At("system", "mirror") == nil {
		t.Errorf("without modules: %v", err)
	}
}

func TestWhatIsWrongWithAWholeConfiguration(t *testing.T) {
	for body, want := range map[string]string{
		`{}`: "data-missing  /system/host",
		`{"base:system":{"host":"a","more:mirror":{"rule":[{"name":"a"}]}}}`:                                                                                         "data-missing  /base:system/more:mirror/rule[name=a]/action",
		`{"base:system":{"host":"a","more:mirror":{"session":[{"id":1,"kind":"x","source":{"port":["e9"]}}]}}}`:                                                      "data-missing instance-required /base:system/more:mirror/session[id=1][kind=x]/source/port",
		`{"base:system":{"host":"a","more:mirror":{"session":[{"id":1,"kind":"x","local":"bad"}]}}}`:                                                                 "operation-failed must-violation /base:system/more:mirror/session[id=1][kind=x]",
		`{"base:system":{"host":"a","more:mirror":{"session":[{"id":1,"kind":"x"},{"id":1,"kind":"y"},{"id":2,"kind":"y"},{"id":3,"kind":"y"}]}}}`:                   "operation-failed too-many-elements /base:system/more:mirror/session",
		`{"base:port":[{"name":"a"}],"base:system":{"host":"a","more:mirror":{"session":[{"id":1,"kind":"x","source":{"port":["a"]}}]}}}`:                            "",
		`{"base:port":[{"name":"a"}],"base:system":{"host":"a","more:mirror":{"session":[{"id":1,"kind":"x","remote":{"address":"z"}}],"rule":[]}}}`:                 "",
		`{"base:system":{"host":"a","more:mirror":{"session":[{"id":1,"kind":"x","local":"bad","source":{"port":["b"]}},{"id":2,"kind":"x"},{"id":3,"kind":"x"}]}}}`: "operation-failed must-violation /base:system/more:mirror/session[id=1][kind=x], data-missing instance-required /base:system/more:mirror/session[id=1][kind=x]/source/port, operation-failed too-many-elements /base:system/more:mirror/session",
	} {
		s := garden()
		var got []string
		for _, e := range s.Validate(tree(t, s, body)) {
			got = append(got, e.Tag+" "+e.AppTag+" "+e.At.String())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s:\n got %v\nwant %s", body, got, want)
		}
	}
}

func TestReadsByPath(t *testing.T) {
	s := garden()
	n := tree(t, s, plot)
	for path, want := range map[string]string{
		"/":                                "/",
		"/port":                            "/base:port[name=e1/2] /base:port[name=e1/10]",
		"/port[name=*]/mtu":                "/base:port[name=e1/10]/mtu",
		"/base:port[name=e1/10]/unit":      "/base:port[name=e1/10]/unit[index=0] /base:port[name=e1/10]/unit[index=1]",
		"/port[name=e9]":                   "",
		"/system/mirror/session[id=1]":     "/base:system/more:mirror/session[id=1][kind=x]",
		"/system/mirror/session[kind=y]":   "",
		"/*/mirror":                        "/base:system/more:mirror",
		"/.../action":                      "/base:system/more:mirror/rule[name=b]/action /base:system/more:mirror/rule[name=a]/action",
		"/system/server":                   "/base:system/server /base:system/server",
		"/nothing":                         "/: unknown element 'nothing'",
		"/port[name=a]/nothing/more":       "/port[name=a]: unknown element 'nothing'",
		"/port[nothing=a]":                 "/port[nothing=a]: 'nothing' is no key of 'port'",
		"/port[name=A]":                    "/port[name=A]: Failed to parse value 'A' for key 'name': Must match the pattern [a-z][a-z0-9/-]*",
		"/system/more:mirror/rule[name=b]": "/base:system/more:mirror/rule[name=b]",
		"/system/base:mirror":              "/system: unknown element 'base:mirror'",
	} {
		p, err := ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Find(n, p)
		var got []string
		for _, f := range found {
			got = append(got, f.Path().String())
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\n got %s\nwant %s", path, strings.Join(got, " "), want)
		}
	}
}

func TestDefaultsAndParts(t *testing.T) {
	s := garden()
	n := tree(t, s, `{"base:port":[{"name":"a"}],"base:system":{"more:mirror":{}}}`)
	n.Entry("port", "a").Set("up", "true")
	if got := string(n.WithDefaults().JSON()); got != `{"base:port":[{"name":"a","mtu":1500,"up":true}],"base:system":{"more:mirror":{}}}` {
		t.Errorf("with defaults: %s", got)
	}
	if got := string(n.Only(func(d *Def) bool { return d.State }).JSON()); got != `{"base:port":[{"name":"a","up":true}]}` {
		t.Errorf("state: %s", got)
	}
	if got := string(n.Only(func(d *Def) bool { return !d.State }).JSON()); got != `{"base:port":[{"name":"a"}],"base:system":{"more:mirror":{}}}` {
		t.Errorf("configuration: %s", got)
	}
	if n.Text("port", "mtu") != "1500" || n.At("system", "mirror", "nothing") != nil || n.At("x").Text("y") != "" {
		t.Error("values by name")
	}
}
