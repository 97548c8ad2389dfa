package junos

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// treeOfXML reads what stands inside <config>, or a configuration of a reply.
func treeOfXML(t interface{ Fatal(...any) }, config string, added bool) *text.Tree {
	n, err := data.FromXML([]byte("<config>" + config + "</config>"))
	if err != nil {
		t.Fatal(err)
	}
	tree := &text.Tree{}
	for _, c := range n.All(root) {
		take(tree, c, added)
	}
	return tree
}

var qfxYANG = mirror.Facts{Model: "qfx5120-48y", Version: "23.4R2.13", Extra: map[string]string{extraYANG: "http://yang.juniper.net/junos-qfx/conf/"}}

func TestLinesAsElements(t *testing.T) {
	const nc = ` xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation=`
	for name, c := range map[string]struct {
		facts       mirror.Facts
		lines, want string
	}{
		"made, in the namespaces of the device": {qfxYANG, "set forwarding-options analyzer A input ingress interface ge-0/0/1.0\nset forwarding-options analyzer A input rate 10\nset forwarding-options analyzer A output vlan 999\n",
			`<configuration xmlns="http://yang.juniper.net/junos-qfx/conf/root">
  <forwarding-options xmlns="http://yang.juniper.net/junos-qfx/conf/forwarding-options">
    <analyzer>
      <name>A</name>
      <input>
        <ingress>
          <interface>
            <name>ge-0/0/1.0</name>
          </interface>
        </ingress>
        <rate>10</rate>
      </input>
      <output>
        <vlan>
          <name>999</name>
        </vlan>
      </output>
    </analyzer>
  </forwarding-options>
</configuration>
`},
		"in none": {elsSwitch, "delete forwarding-options analyzer A\n", `<configuration xmlns="">
  <forwarding-options>
    <analyzer` + nc + `"delete">
      <name>A</name>
    </analyzer>
  </forwarding-options>
</configuration>
`},
		"another output, and another rate": {elsSwitch, "delete ethernet-switching-options analyzer A ratio\ndelete ethernet-switching-options analyzer A output\nset ethernet-switching-options analyzer A ratio 20\nset ethernet-switching-options analyzer A output interface ge-0/0/2.0\n", `<configuration xmlns="">
  <ethernet-switching-options>
    <analyzer>
      <name>A</name>
      <output` + nc + `"replace">
        <interface>ge-0/0/2.0</interface>
      </output>
      <ratio>20</ratio>
    </analyzer>
  </ethernet-switching-options>
</configuration>
`},
		"out of service and back": {elsSwitch, "deactivate forwarding-options analyzer A\nactivate forwarding-options analyzer B\n", `<configuration xmlns="">
  <forwarding-options>
    <analyzer inactive="inactive">
      <name>A</name>
    </analyzer>
    <analyzer active="active">
      <name>B</name>
    </analyzer>
  </forwarding-options>
</configuration>
`},
		"ports and VLANs": {elsSwitch, "delete interfaces ge-0/0/1 disable\nset interfaces ge-0/0/1 unit 0 family ethernet-switching\ndelete interfaces xe-0/0/2 unit 0 family ethernet-switching vlan members 999\nset vlans nm-dddddddddd vlan-id 999\nset vlans nm-dddddddddd switch-options no-mac-learning\n", `<configuration xmlns="">
  <interfaces>
    <interface>
      <name>ge-0/0/1</name>
      <disable` + nc + `"delete"/>
      <unit>
        <name>0</name>
        <family>
          <ethernet-switching/>
        </family>
      </unit>
    </interface>
    <interface>
      <name>xe-0/0/2</name>
      <unit>
        <name>0</name>
        <family>
          <ethernet-switching>
            <vlan>
              <members` + nc + `"delete">999</members>
            </vlan>
          </ethernet-switching>
        </family>
      </unit>
    </interface>
  </interfaces>
  <vlans>
    <vlan>
      <name>nm-dddddddddd</name>
      <vlan-id>999</vlan-id>
      <switch-options>
        <no-mac-learning/>
      </switch-options>
    </vlan>
  </vlans>
</configuration>
`},
		"a filter anew": {elsSwitch, "delete firewall family ethernet-switching filter L\nset firewall family ethernet-switching filter L term r10 from ip-source-address 192.0.2.0/24\nset firewall family ethernet-switching filter L term r10 then accept\nset interfaces ge-0/0/1 unit 0 family ethernet-switching filter input L\n", `<configuration xmlns="">
  <firewall>
    <family>
      <ethernet-switching>
        <filter` + nc + `"replace">
          <name>L</name>
          <term>
            <name>r10</name>
            <from>
              <ip-source-address>
                <name>192.0.2.0/24</name>
              </ip-source-address>
            </from>
            <then>
              <accept/>
            </then>
          </term>
        </filter>
      </ethernet-switching>
    </family>
  </firewall>
  <interfaces>
    <interface>
      <name>ge-0/0/1</name>
      <unit>
        <name>0</name>
        <family>
          <ethernet-switching>
            <filter>
              <input>L</input>
            </filter>
          </ethernet-switching>
        </family>
      </unit>
    </interface>
  </interfaces>
</configuration>
`},
	} {
		edits, err := editsOf(c.lines)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(c.want, data.XML(edits, spaces(c.facts))); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	for _, bad := range []string{"set", "set system host-name x", "rollback 1", "commit check", "set forwarding-options analyzer A output teleport 1", "set forwarding-options analyzer A input rate 10 20"} {
		if edits, err := editsOf(bad + "\n"); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q: %v %v", bad, edits, err)
		}
	}
}

// statementsOf draws statements of the schema.
func statementsOf(t *rapid.T) []string {
	var walk func(at string, kids forms) string
	name := rapid.StringMatching(`[a-z0-9][a-z0-9./:_-]{0,8}`)
	walk = func(at string, kids forms) string {
		words := make([]string, 0, len(kids))
		for w := range kids {
			words = append(words, w)
		}
		slices.Sort(words)
		word := rapid.SampledFrom(words).Draw(t, "word")
		f := kids[word]
		at += " " + word
		if f.leaf || f.list != "" {
			at += " " + name.Draw(t, "name")
		}
		if len(f.kids) > 0 && (rapid.Bool().Draw(t, "deeper") || f.list == "" || strings.Count(at, " ") < 3) {
			return walk(at, f.kids)
		}
		return at
	}
	var out []string
	for range rapid.IntRange(1, 12).Draw(t, "statements") {
		out = append(out, strings.TrimSpace(walk("", schema)))
	}
	return out
}

// Statements that are written as elements and read from them are those that they were, and
// what they touch is said in the same words.
func TestStatementsComeBackFromElements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := statementsOf(t)
		want := &text.Tree{}
		var set strings.Builder
		for _, l := range lines {
			want.Put(false, strings.Fields(l)...)
			fmt.Fprintf(&set, "set %s\n", l)
			path, err := way(strings.Fields(l))
			if err != nil {
				t.Fatal(err)
			}
			for i := range path {
				if _, bare, ok := strings.Cut(path[i].Name, ":"); ok {
					path[i].Name = bare
				}
			}
			if got := strings.Join(wordsAt(path.String()), " "); got != l {
				t.Fatalf("%q is at %s, which is read as %q", l, path, got)
			}
		}
		edits, err := editsOf(set.String())
		if err != nil {
			t.Fatal(err)
		}
		got := treeOfXML(t, data.XML(edits, spaces(rapid.SampledFrom([]mirror.Facts{elsSwitch, qfxYANG}).Draw(t, "facts"))), false)
		if d := cmp.Diff(slices.Sorted(slices.Values(want.Lines())), slices.Sorted(slices.Values(got.Lines()))); d != "" {
			t.Fatalf("%s(-want +got):\n%s", set.String(), d)
		}
	})
}

// A configuration as Junos shows it: what is out of service, inherited, annotated, in
// another namespace, or called otherwise than its word.
func TestElementsAsStatements(t *testing.T) {
	own := `<configuration xmlns="http://xml.juniper.net/xnm/1.1/xnm" xmlns:junos="http://xml.juniper.net/junos/21.4R0/junos" junos:commit-seconds="1700000000">
  <forwarding-options>
    <junos:comment>/* for the auditors */</junos:comment>
    <analyzer inactive="inactive"><name>off</name><input><ingress><vlan><name>v 1</name></vlan></ingress></input><output><vlan><name>far</name><no-tag/></vlan></output></analyzer>
    <analyzer><name>TAP</name><input><rate inactive="inactive">10</rate></input></analyzer>
  </forwarding-options>
  <interfaces>
    <apply-groups>ALL</apply-groups>
    <interface><name>ge-0/0/1</name><description>"a" b</description><gigether-options><ieee-802.3ad><bundle>ae1</bundle></ieee-802.3ad></gigether-options></interface>
    <interface><name>ge-0/0/2</name><unit><name>0</name><family><inet><filter><input><filter-name>F</filter-name></input></filter><address><name>192.0.2.1/24</name></address></inet></family></unit></interface>
  </interfaces>
  <vlans><vlan><name>phones</name><vlan-id>110</vlan-id></vlan></vlans>
</configuration>`
	tree := treeOfXML(t, own, false)
	want := []string{
		"forwarding-options analyzer off input ingress vlan v 1", "forwarding-options analyzer off output vlan far no-tag", "forwarding-options analyzer TAP input rate 10",
		"interfaces apply-groups ALL", `interfaces ge-0/0/1 description "a" b`, "interfaces ge-0/0/1 gigether-options 802.3ad ae1",
		"interfaces ge-0/0/2 unit 0 family inet filter input F", "interfaces ge-0/0/2 unit 0 family inet address 192.0.2.1/24", "vlans phones vlan-id 110",
	}
	if d := cmp.Diff(want, tree.Lines()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := tree.Inactive(); !slices.Equal(got, []string{"forwarding-options analyzer off", "forwarding-options analyzer TAP input rate 10"}) {
		t.Errorf("out of service: %q", got)
	}
	group := treeOfXML(t, `<configuration xmlns:junos="http://xml.juniper.net/junos/21.4R0/junos"><vlans><vlan junos:group="G"><name>g</name><vlan-id>5</vlan-id></vlan></vlans></configuration>`, false)
	if !group.At("vlans", "g").Added || !group.At("vlans", "g", "vlan-id").Added || group.At("vlans").Added {
		t.Errorf("%+v: what a group adds is not its own", group)
	}
}

// What a block may touch over NETCONF is what its lines may.
// A configuration of which something is withheld is no configuration without it, in
// whatever form that is said.
func TestWhatIsWithheldIsNotRead(t *testing.T) {
	whole := func(inside string) []byte {
		return []byte(`<data xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" xmlns:junos="http://xml.juniper.net/junos/21.4R0/junos"><configuration><forwarding-options>` + inside + `</forwarding-options></configuration></data>`)
	}
	for body, want := range map[string]bool{
		"":                             false,
		"<!-- /* ACCESS-DENIED */ -->": true,
		"<analyzer><!-- ACCESS-DENIED --></analyzer>":                                                               true,
		"<junos:comment>/* ACCESS-DENIED */</junos:comment>":                                                        true,
		"<analyzer>/* ACCESS-DENIED */</analyzer>":                                                                  true,
		"<analyzer><name>A</name>\n/* ACCESS-DENIED */\n</analyzer>":                                                true,
		"<junos:comment>/* the analyzers of the second floor */</junos:comment><analyzer><name>A</name></analyzer>": false,
		"<analyzer><name>A</name><description>/* ACCESS-DENIED */</description></analyzer>":                         false,
		"<analyzer><name>A</name><!-- may be seen --><input><rate>10</rate></input></analyzer>":                     false,
	} {
		for _, read := range []models.Read{running("forwarding-options"), inherited("forwarding-options")} {
			reply := whole(body)
			if read.State {
				reply = bytes.TrimSuffix(reply[bytes.IndexByte(reply, '>')+1:], []byte("</data>"))
				reply = bytes.Replace(reply, []byte("<configuration>"), []byte(`<configuration xmlns:junos="http://xml.juniper.net/junos/21.4R0/junos">`), 1)
			}
			n, err := told(read, reply, nil)
			if refused := errors.Is(err, mirror.ErrRejected) && strings.Contains(err.Error(), denied); refused != want || !want && (err != nil || n == nil) {
				t.Errorf("%s, inherited %t: %v, %v", body, read.State, n, err)
			}
		}
	}
	if _, err := told(running("vlans"), []byte(`<!-- ACCESS-DENIED --><data/>`), nil); !errors.Is(err, mirror.ErrRejected) {
		t.Errorf("beside all of it: %v", err)
	}
}

// Nothing that only a command line was seen to do is told as certain over NETCONF.
func TestNothingIsCertainOverNETCONF(t *testing.T) {
	for _, model := range []string{"", "ex4300-48t", "ex4200-48t", "acx7024", "qfx5120-48y"} {
		f := mirror.Facts{Model: model}
		c, typed := CapabilitiesNETCONF(f), Capabilities(f)
		for role, s := range c.Roles {
			if s.Level == mirror.Yes || s.OK() != typed.Roles[role].OK() {
				t.Errorf("%s %s: %+v", model, role, s)
			}
		}
		for kind, ways := range c.Sources {
			for way, s := range ways {
				if s.Level == mirror.Yes || s.OK() != typed.Sources[kind][way].OK() {
					t.Errorf("%s %s %s: %+v", model, kind, way, s)
				}
			}
		}
	}
	if typed := Capabilities(mirror.Facts{}); typed.Roles[mirror.RoleLocal].Level != mirror.Yes {
		t.Errorf("the command line was seen: %+v", typed.Roles[mirror.RoleLocal])
	}
}

func TestOnlyOwnPathsAreAllowed(t *testing.T) {
	session := mirror.Change{Mark: first, After: &mirror.NativeSession{ID: first}}
	f := mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 999, Made: true}
	vlan := mirror.Change{Mark: "nm-dddddddddd", After: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
	const port = "/configuration/interfaces/interface[name=ge-0/0/1]/unit[name=0]/family/ethernet-switching"
	for _, c := range []struct {
		change mirror.Change
		path   string
		ok     bool
	}{
		{session, "/configuration/forwarding-options/analyzer[name=" + first + "]", true}, {session, "/configuration/forwarding-options/analyzer[name=" + first + "]/input/rate[.=10]", true},
		{session, "/configuration/forwarding-options/analyzer", false}, {session, "/configuration/forwarding-options/analyzer[name=other]", false}, {session, "/configuration/forwarding-options", false},
		{session, "/configuration", false}, {session, "/configuration/system/host-name", false}, {session, "/configuration/forwarding-options/analyzer[name=" + first + "x]", false},
		{vlan, port + "/vlan/members[.=999]", true}, {vlan, port + "/vlan/members[.=99]", false}, {vlan, port + "/vlan/members", false}, {vlan, port, false},
		{vlan, "/configuration/vlans/vlan[name=nm-dddddddddd]", true}, {vlan, "/configuration/vlans/vlan[name=users]", false}, {vlan, "/configuration/vlans", false},
	} {
		if got := allowedPath(c.change, c.path); got != c.ok {
			t.Errorf("%s is allowed to %s: %t", c.path, c.change.After.ID, got)
		}
	}
}

func FuzzElements(f *testing.F) {
	f.Add(`<configuration><forwarding-options><analyzer inactive="inactive"><name>A</name><output><interface>ge-0/0/1.0</interface></output></analyzer></forwarding-options></configuration>`)
	f.Add(`<configuration><interfaces><interface><name>ge-0/0/1</name><unit><name>0</name></unit></interface></interfaces><vlans><vlan><name/></vlan></vlans></configuration>`)
	f.Fuzz(func(_ *testing.T, config string) {
		n, err := data.FromXML([]byte("<config>" + config + "</config>"))
		if err != nil {
			return
		}
		tree := &text.Tree{}
		for _, c := range n.All(root) {
			take(tree, c, false)
		}
		readAnalyzers(tree, around{})
		around{}.ports(readInterfaces(tree), nil)
		readVLANs(tree)
		readFilters(tree)
	})
}
