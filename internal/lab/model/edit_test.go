package model

import (
	"strings"
	"testing"
)

func path(t *testing.T, text string) Path {
	t.Helper()
	p, err := ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSetOfGNMI(t *testing.T) {
	type put = [2]string
	for name, tc := range map[string]struct {
		deletes           []string
		replaces, updates []put
		path, want        string // what is there afterwards, or the error
	}{
		"update keeps what it does not name": {updates: []put{{"/port[name=e1/10]", `{"mtu":64}`}}, path: "/port[name=e1/10]", want: `{"name":"e1/10","speed":"10000000000","mtu":64,"kind":"types:fancy","unit":[{"index":0,"vlan":"any"},{"index":1,"vlan":5}]}`},
		"replace does not":                   {replaces: []put{{"/port[name=e1/10]", `{"mtu":64}`}}, path: "/port[name=e1/10]", want: `{"name":"e1/10","mtu":64}`},
		"a new entry":                        {updates: []put{{"/port[name=x]/unit[index=7]", `{}`}}, path: "/port[name=x]", want: `{"name":"x","unit":[{"index":7}]}`},
		"the key may be repeated":            {updates: []put{{"/port[name=x]", `{"name":"x"}`}}, path: "/port[name=x]", want: `{"name":"x"}`},
		"but not be another":                 {updates: []put{{"/port[name=x]", `{"name":"y"}`}}, want: "/base:port[name=x]/name: the value of key 'name' is not the one of the path"},
		"deletes come first":                 {deletes: []string{"/port"}, updates: []put{{"/port[name=x]/mtu", `99`}}, path: "/", want: `{"base:port":[{"name":"x","mtu":99}],`},
		"updates come last":                  {replaces: []put{{"/port[name=x]/mtu", `99`}}, updates: []put{{"/port[name=x]/mtu", `98`}}, path: "/port[name=x]/mtu", want: `98`},
		"the root":                           {replaces: []put{{"/", `{"base:system":{"host":"b"}}`}}, path: "/", want: `{"base:system":{"host":"b"}}`},
		"nothing is no fault":                {deletes: []string{"/port[name=x]", "/port[name=y]/mtu"}, path: "/port[name=e1/2]", want: `{"name":"e1/2"}`},
		"wildcards":                          {deletes: []string{"/port[name=*]/unit[index=1]"}, path: "/port[name=e1/10]/unit[index=0]", want: `{"index":0,"vlan":"any"}`},
		"a list of values":                   {updates: []put{{"/system/server", `["q"]`}}, path: "/system", want: `{"host":"a <&> b","offset":-3,"quiet":[null],"server":["z","a","q"]`},
		"replaced":                           {replaces: []put{{"/system/server", `["q","p"]`}}, path: "/system", want: `{"host":"a <&> b","offset":-3,"quiet":[null],"server":["q","p"]`},
		"one case ends the other":            {updates: []put{{"/system/mirror/session[id=1][kind=x]/remote/key", `7`}}, path: "/system/mirror/session[id=1][kind=x]", want: `{"id":1,"kind":"x","source":{"port":["e1/2"]},"remote":{"key":7}}`},
		"a name nobody knows":                {updates: []put{{"/port[name=x]/nothing", `7`}}, want: "/port[name=x]: unknown element 'nothing'"},
		"below a leaf":                       {updates: []put{{"/port[name=x]/mtu/more", `7`}}, want: "/port[name=x]/mtu: unknown element 'more'"},
		"a key missing":                      {updates: []put{{"/port", `{}`}}, want: "/port: key 'name' of 'port' is missing"},
		"state":                              {updates: []put{{"/port[name=x]/up", `true`}}, want: "/port[name=x]/up: 'up' cannot be changed"},
		"state below":                        {updates: []put{{"/port[name=x]", `{"up":true}`}}, want: "/base:port[name=x]/up: 'up' cannot be changed"},
		"state deleted":                      {deletes: []string{"/port/up"}, want: "/port/up: 'up' cannot be changed"},
		"a key deleted":                      {deletes: []string{"/port[name=e1/2]/name"}, want: "/port[name=e1/2]/name: 'name' cannot be changed"},
		"a key changed":                      {updates: []put{{"/port[name=e1/2]/name", `"x"`}}, want: "/port[name=e1/2]/name: 'name' cannot be changed"},
		"a key kept":                         {replaces: []put{{"/port[name=e1/2]/name", `"e1/2"`}}, path: "/port[name=e1/2]", want: `{"name":"e1/2"}`},
		"a wildcard":                         {updates: []put{{"/*/mtu", `9`}}, want: "/*: a wildcard is not allowed"},
	} {
		s := garden()
		n := tree(t, s, plot)
		was := string(n.JSON())
		var deletes []Path
		lists := [2][]Update{}
		for _, d := range tc.deletes {
			deletes = append(deletes, path(t, d))
		}
		for i, from := range [][]put{tc.replaces, tc.updates} {
			for _, u := range from {
				lists[i] = append(lists[i], Update{Path: path(t, u[0]), JSON: []byte(u[1])})
			}
		}
		next, err := s.Set(n, deletes, lists[0], lists[1])
		got := ""
		if err != nil {
			got = err.Error()
		} else if found, err := s.Find(next, path(t, tc.path)); err != nil || len(found) != 1 {
			t.Errorf("%s: %v, %d found", name, err, len(found))
		} else {
			got = string(found[0].JSON())
		}
		if got != tc.want && !(err == nil && strings.HasSuffix(tc.want, `,`) || err == nil && strings.HasSuffix(tc.want, `]`)) || !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tc.want)
		}
		if string(n.JSON()) != was {
			t.Errorf("%s: the tree before was changed", name)
		}
	}
}

func TestScalarsOfGNMI(t *testing.T) {
	s := garden()
	text := "64"
	next, err := s.Set(s.New(), nil, nil, []Update{{Path: path(t, "/port[name=a]/mtu"), Text: &text}, {Path: path(t, "/system/tag"), Text: &text}})
	if err != nil || string(next.JSON()) != `{"base:port":[{"name":"a","mtu":64}],"base:system":{"tag":["64"]}}` {
		t.Errorf("%v %s", err, next.JSON())
	}
	for p, want := range map[string]string{"/system": "takes no scalar", "/system/quiet": "takes no value"} {
		if _, err := s.Set(s.New(), nil, nil, []Update{{Path: path(t, p), Text: &text}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", p, err)
		}
	}
}

const (
	nc = ` xmlns:nc="` + NamespaceNETCONF + `"`
	yi = ` xmlns:y="` + NamespaceYANG + `"`
)

func TestEditsOfNETCONF(t *testing.T) {
	port := func(attr, inner string) string {
		return `<port xmlns="urn:test:base"` + nc + attr + `>` + inner + `</port>`
	}
	rules := func(inner string) string {
		return `<system xmlns="urn:test:base"><mirror xmlns="urn:test:more"` + nc + yi + `>` + inner + `</mirror></system>`
	}
	for name, tc := range map[string]struct {
		config, path, want string
		by                 Op
	}{
		"merge":                   {port("", `<name>e1/2</name><mtu>70</mtu>`), "/port[name=e1/2]", `{"name":"e1/2","mtu":70}`, OpMerge},
		"replace":                 {port(` nc:operation="replace"`, `<name>e1/10</name><mtu>70</mtu>`), "/port[name=e1/10]", `{"name":"e1/10","mtu":70}`, OpMerge},
		"replace all":             {port("", `<name>a</name>`), "/", `{"base:port":[{"name":"a"}]}`, OpReplace},
		"create":                  {port(` nc:operation="create"`, `<name>a</name><unit><index>1</index></unit>`), "/port[name=a]", `{"name":"a","unit":[{"index":1}]}`, OpMerge},
		"create what is there":    {port(` nc:operation="create"`, `<name>e1/2</name>`), "", "data-exists /port: 'port' exists", OpMerge},
		"delete":                  {port(` nc:operation="delete"`, `<name>e1/10</name>`), "/port", `{"name":"e1/2"}`, OpMerge},
		"delete what is not":      {port(` nc:operation="delete"`, `<name>a</name>`), "", "data-missing /port: 'port' does not exist", OpMerge},
		"remove what is not":      {port(` nc:operation="remove"`, `<name>a</name>`), "/port[name=e1/2]", `{"name":"e1/2"}`, OpMerge},
		"delete a leaf":           {port("", `<name>e1/10</name><mtu nc:operation="delete"/>`), "/port[name=e1/10]/speed", `"10000000000"`, OpNone},
		"none where nothing is":   {port("", `<name>a</name>`), "", "data-missing /port: 'port' does not exist", OpNone},
		"none says nothing":       {port("", `<name>e1/10</name><mtu>70</mtu>`), "/port[name=e1/10]/mtu", `9000`, OpNone},
		"an identity":             {port("", `<name>a</name><kind xmlns:q="urn:test:types">q:fancy</kind>`), "/port[name=a]/kind", `"types:fancy"`, OpMerge},
		"of the same module":      {port("", `<name>a</name><kind>plain</kind>`), "/port[name=a]/kind", `"base:plain"`, OpMerge},
		"of another one":          {port("", `<name>a</name><kind>fancy</kind>`), "", "invalid-value /base:port[name=a]/kind: Failed to parse value 'fancy' for key 'kind': not one of base:plain, types:fancy", OpMerge},
		"an unknown prefix":       {port("", `<name>a</name><kind>z:fancy</kind>`), "", "invalid-value /base:port[name=a]/kind: Failed to parse value 'z:fancy' for key 'kind': no such prefix", OpMerge},
		"no such operation":       {port(` nc:operation="change"`, `<name>a</name>`), "", "bad-attribute /port: no such operation 'change'", OpMerge},
		"an unknown attribute":    {port(` colour="red"`, `<name>a</name>`), "", "unknown-attribute /base:port[name=a]: unknown attribute 'colour'", OpMerge},
		"an unknown element":      {port("", `<name>a</name><colour>red</colour>`), "", "unknown-element /base:port[name=a]: unknown element 'colour'", OpMerge},
		"an unknown namespace":    {`<port xmlns="urn:test:more"/>`, "", "unknown-namespace /: unknown namespace 'urn:test:more'", OpMerge},
		"no namespace":            {`<port/>`, "", "unknown-element /: unknown element 'port'", OpMerge},
		"a key missing":           {port("", `<mtu>70</mtu>`), "", "missing-element /port: key 'name' of 'port' is missing", OpMerge},
		"a value in a list":       {port("", `<name>a</name>red`), "", "bad-element /base:port[name=a]: 'port' takes no value", OpMerge},
		"state":                   {port("", `<name>a</name><up>true</up>`), "", "invalid-value /base:port[name=a]/up: 'up' cannot be changed", OpMerge},
		"a new entry is last":     {rules(`<rule><name>c</name><action>drop</action></rule>`), "/system/mirror/rule/name", `"b" "a" "c"`, OpMerge},
		"or first":                {rules(`<rule y:insert="first"><name>c</name><action>drop</action></rule>`), "/system/mirror/rule/name", `"c" "b" "a"`, OpMerge},
		"or before":               {rules(`<rule y:insert="before" y:key="[name='a']"><name>c</name><action>drop</action></rule>`), "/system/mirror/rule/name", `"b" "c" "a"`, OpMerge},
		"one is moved":            {rules(`<rule y:insert="after" y:key="[q:name='a']"><name>b</name></rule>`), "/system/mirror/rule/name", `"a" "b"`, OpMerge},
		"replaced where it is":    {rules(`<rule nc:operation="replace"><name>b</name><action>accept</action></rule>`), "/system/mirror/rule/name", `"b" "a"`, OpMerge},
		"behind what is not":      {rules(`<rule y:insert="after" y:key="[name='z']"><name>b</name></rule>`), "", "bad-attribute /base:system/more:mirror/rule: '[name='z']' does not exist", OpMerge},
		"without saying where":    {rules(`<rule y:insert="after"><name>b</name></rule>`), "", "missing-attribute /base:system/more:mirror/rule: attribute 'key' is missing", OpMerge},
		"a value of a list":       {`<system xmlns="urn:test:base"` + nc + `><server nc:operation="delete">z</server></system>`, "/system/server", `"a"`, OpMerge},
		"a container deleted":     {rules(`<session><id>1</id><kind>x</kind><source nc:operation="delete"/></session>`), "/system/mirror/session", `{"id":1,"kind":"x","local":"e1/10"}`, OpMerge},
		"the other case":          {rules(`<session><id>1</id><kind>x</kind><remote><key>3</key></remote></session>`), "/system/mirror/session", `{"id":1,"kind":"x","source":{"port":["e1/2"]},"remote":{"key":3}}`, OpMerge},
		"an empty container":      {rules(`<session><id>1</id><kind>x</kind><remote nc:operation="delete"/></session>`), "", "data-missing /base:system/more:mirror/session[id=1][kind=x]/remote: 'remote' does not exist", OpMerge},
		"a container is left out": {`<system xmlns="urn:test:base"` + nc + ` nc:operation="remove"/>`, "/system", ``, OpMerge},
	} {
		s := garden()
		n := tree(t, s, plot)
		was := string(n.JSON())
		x, err := ParseXML([]byte(tc.config))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		next, err := s.Edit(n, x, tc.by, nil)
		got := ""
		if err != nil {
			e := ErrorsOf(err)[0]
			got = e.Tag + " " + e.Error()
		} else {
			found, _ := s.Find(next, path(t, tc.path))
			var all []string
			for _, f := range found {
				all = append(all, string(f.JSON()))
			}
			got = strings.Join(all, " ")
		}
		if got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tc.want)
		}
		if string(n.JSON()) != was {
			t.Errorf("%s: the tree before was changed", name)
		}
	}
}

func TestMarksAreThePlatforms(t *testing.T) {
	s := garden()
	x, _ := ParseXML([]byte(`<port xmlns="urn:test:base" inactive="inactive"><name>a</name></port>`))
	next, err := s.Edit(s.New(), x, OpMerge, func(n *Node, name, value string) error {
		n.Marks = map[string]string{name: value}
		return nil
	})
	if err != nil || string(s.XML(next)) != `<port xmlns="urn:test:base" inactive="inactive"><name>a</name></port>` {
		t.Errorf("%v %s", err, s.XML(next))
	}
}

func TestSubtreeFilters(t *testing.T) {
	for filter, want := range map[string]string{
		``:                               ``,
		`<port xmlns="urn:test:base"/>`:  `<port xmlns="urn:test:base"><name>e1/2</name></port><port xmlns="urn:test:base"><name>e1/10</name><speed>10000000000</speed><mtu>9000</mtu><kind xmlns:id="urn:test:types">id:fancy</kind><unit><index>0</index><vlan>any</vlan></unit><unit><index>1</index><vlan>5</vlan></unit></port>`,
		`<port><name/></port>`:           `<port xmlns="urn:test:base"><name>e1/2</name></port><port xmlns="urn:test:base"><name>e1/10</name></port>`,
		`<port><name>e1/2</name></port>`: `<port xmlns="urn:test:base"><name>e1/2</name></port>`,
		`<port><name>e1/10</name><mtu/><unit><index>1</index></unit></port>`:  `<port xmlns="urn:test:base"><name>e1/10</name><mtu>9000</mtu><unit><index>1</index><vlan>5</vlan></unit></port>`,
		`<port><name>nothing</name><mtu/></port>`:                             ``,
		`<port xmlns="urn:test:more"/>`:                                       ``,
		`<nothing/>`:                                                          ``,
		`<system><mirror><rule><name>a</name></rule></mirror><tag/></system>`: `<system xmlns="urn:test:base"><tag>t9</tag><tag>t10</tag><mirror xmlns="urn:test:more"><rule><name>a</name><action>accept</action></rule></mirror></system>`,
		`<port><mtu>9000</mtu><name/></port>`:                                 `<port xmlns="urn:test:base"><name>e1/10</name><mtu>9000</mtu></port>`,
		`<system><quiet/></system><port><name>e1/2</name></port>`:             `<port xmlns="urn:test:base"><name>e1/2</name></port><system xmlns="urn:test:base"><quiet/></system>`,
	} {
		s := garden()
		n := tree(t, s, plot)
		x, err := ParseXML([]byte(filter))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(s.XML(s.Filter(n, x))); got != want {
			t.Errorf("%s:\n got %s\nwant %s", filter, got, want)
		}
	}
}

func TestMergeOfWhatTwoChanged(t *testing.T) {
	s := garden()
	one := func(p, v string) *Node {
		n, err := s.Set(tree(t, s, plot), nil, []Update{{Path: path(t, p), JSON: []byte(v)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	was := tree(t, s, plot)
	next, ok := Merge(was, one("/port[name=e1/2]/mtu", "100"), one("/port[name=e1/10]", "{}"))
	if got := string(next.JSON()); !ok || !strings.HasPrefix(got, `{"base:port":[{"name":"e1/2","mtu":100},{"name":"e1/10"}]`) {
		t.Errorf("%v %s", ok, got)
	}
	if _, ok := Merge(was, one("/port[name=e1/2]/mtu", "100"), one("/port[name=e1/2]/mtu", "101")); ok {
		t.Error("two values for one leaf fit")
	}
	gone, _ := s.Set(was, []Path{path(t, "/port[name=e1/10]")}, nil, nil)
	next, ok = Merge(was, gone, one("/port[name=e1/2]/mtu", "100"))
	if got := string(next.JSON()); !ok || !strings.HasPrefix(got, `{"base:port":[{"name":"e1/2","mtu":100}],`) {
		t.Errorf("%v %s", ok, got)
	}
	x, _ := ParseXML([]byte(`<system xmlns="urn:test:base"><mirror xmlns="urn:test:more"><rule` + yi + ` y:insert="first"><name>a</name></rule></mirror></system>`))
	turned, err := s.Edit(was, x, OpMerge, nil)
	if err != nil {
		t.Fatal(err)
	}
	next, ok = Merge(was, turned, one("/port[name=e1/2]/mtu", "100"))
	if got := string(next.JSON()); !ok || !strings.HasSuffix(got, `"rule":[{"name":"a","action":"accept"},{"name":"b","action":"drop"}]}}}`) || !strings.Contains(got, `"mtu":100`) {
		t.Errorf("%v %s", ok, got)
	}
}
