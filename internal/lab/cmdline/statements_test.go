package cmdline

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

const treeForm = `groups{#{@}} host{name= note= ~} ports{#{mtu=:60-9000 down! dark! unit#:0-99{family#{member+ filter{input=}}}}} lists{list*{rule*{from{address+ port+} copy! pass!}}}`

func tree(t *testing.T, commands ...string) *Statement {
	t.Helper()
	n := NewStatement(NewForm(treeForm, nil))
	revise(t, n, commands...)
	return n
}

func revise(t *testing.T, n *Statement, commands ...string) {
	t.Helper()
	for _, c := range commands {
		verb, rest, _ := strings.Cut(c, " ")
		if found, fault := n.Edit(nil, verb, Quoted(rest)); fault != nil || !found {
			t.Fatalf("%q: %v %v", c, found, fault)
		}
	}
}

func lined(n *Statement) string { return strings.Join(n.Lines("", true), "\n") }

func TestStatementsAreEdited(t *testing.T) {
	for name, tc := range map[string]struct{ commands, want string }{
		"a leaf has one value, values add up":          {"set host name a; set host name b; set ports p1 unit 0 family x member [ u v ]", "set host name b\nset ports p1 unit 0 family x member u\nset ports p1 unit 0 family x member v"},
		"names are sorted by their numbers":            {"set ports p10; set ports p9; set ports p10 unit 11; set ports p10 unit 2", "set ports p9\nset ports p10 unit 2\nset ports p10 unit 11"},
		"unless their order is a choice":               {"set lists list b; set lists list a; set lists list c; insert lists list c before list b", "set lists list c\nset lists list b\nset lists list a"},
		"what only groups goes with the last below it": {"set lists list a rule r from address x; delete lists list a rule r from address x", "set lists list a rule r"},
		"a name stays":                       {"set ports p1 mtu 100; delete ports p1 mtu", "set ports p1"},
		"whole trees go":                     {"set ports p1 mtu 100; set host name a; delete ports", "set host name a"},
		"words may be cut short":             {"set ho na a; set po p1 un 0", "set host name a\nset ports p1 unit 0"},
		"what is not known is kept":          {"set host ntp server x prefer", "set host ntp server x prefer"},
		"inactive, with a remark":            {"set ports p1 mtu 100; deactivate ports p1 mtu; annotate ports p1 \"of the lab\"", "set ports p1 mtu 100\ndeactivate ports p1 mtu\nannotate ports p1 \"of the lab\""},
		"active again":                       {"set ports p1; deactivate ports p1; activate ports p1", "set ports p1"},
		"words with blanks are quoted":       {"set host name \"a b\"", "set host name \"a b\""},
		"groups have the form of everything": {"set groups g ports <p*> mtu 70; set ports apply-groups g", "set groups g ports <p*> mtu 70\nset ports apply-groups g"},
	} {
		if got := lined(tree(t, strings.Split(tc.commands, "; ")...)); got != tc.want {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	for command, want := range map[string]Fault{"set hots": {Invalid, 0}, "set ports p1 mtu 59": {Invalid, 13}, "set ports p1 mtu": {Incomplete, 13}, "set ports p1 d": {Ambiguous, 9}, "delete": {Incomplete, 0},
		"annotate \"x\"": {Incomplete, 2}, "deactivate lists list": {Incomplete, 11}, "insert lists list a": {Incomplete, 13}, "set ports p1 unit 100": {Invalid, 14}} {
		verb, rest, _ := strings.Cut(command, " ")
		if _, fault := tree(t).Edit(nil, verb, Quoted(rest)); fault == nil || *fault != want {
			t.Errorf("%s: %v, want %v", command, fault, want)
		}
	}
	if found, fault := tree(t).Edit(nil, "delete", Quoted("ports p1")); found || fault != nil {
		t.Errorf("what is not there is found: %v", fault)
	}
}

func TestStatementsAreInherited(t *testing.T) {
	n := tree(t, "set groups g ports <p*> mtu 70", "set groups g ports q1 down", "set groups h ports p1 mtu 80", "set groups h ports p1 down", "set ports p1 unit 0", "set ports p2 mtu 90", "set apply-groups g", "set ports p1 apply-groups h")
	all := strings.Split(lined(n.Inherit()), "\n")
	got := slices.DeleteFunc(all, func(l string) bool { return strings.Contains(l, "groups") })
	if want := []string{"set ports p1 mtu 70", "set ports p1 down", "set ports p1 unit 0", "set ports p2 mtu 90", "set ports q1 down"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	revise(t, n, "deactivate apply-groups")
	if got := lined(n.Active().Inherit()); strings.Contains(got, "q1 down") && !strings.Contains(got, "groups g ports q1 down") || strings.Count(got, "q1") != 1 {
		t.Errorf("an inactive statement applies groups:\n%s", got)
	}
}

func TestStatementsAreCompared(t *testing.T) {
	was := tree(t, "set host name a", "set ports p1 mtu 100", "set ports p1 unit 0 family x member u", "set lists list a", "set lists list b")
	is := was.Clone()
	if got := Compare(was, is); got != "" {
		t.Errorf("%s", got)
	}
	revise(t, is, "set host name b", "set ports p1 unit 0 family x member v", "delete ports p1 mtu", "deactivate ports p1 unit 0", "set ports p2 down", "insert lists list b before list a", "annotate ports p1 \"x\"")
	want := `[edit host]
-   name a;
+   name b;
[edit ports]
+   /* x */
+   p2 {
+       down;
+   }
[edit ports p1]
-    mtu 100;
!    inactive: unit 0 { ... }
[edit ports p1 unit 0 family x]
-        member u;
+        member [ u v ];
[edit lists]
!   list b { ... }
!   list a { ... }
`
	if got := Compare(was, is); got != want {
		t.Errorf("%s", got)
	}
	now := tree(t, "set host name c", "set ports p1 mtu 100", "set ports p3 down")
	if got := lined(Merge(was, is, now)); got != "set host name b\nset ports p1 unit 0 family x member v\ndeactivate ports p1 unit 0\nset ports p2 down\nset ports p3 down" {
		t.Errorf("%s", got)
	}
}

func TestConditionsFitPackets(t *testing.T) {
	c := Conditions{From: []string{"address"}, ToPort: []string{"port"}, Ports: WordsOf("443 https 20 ftp-data")}
	packet := fabric.Packet{From: netip.MustParseAddr("10.0.0.5"), ToPort: 443}
	for rule, want := range map[string]bool{"address 10.0.0.0/24": true, "address 10.0.1.0/24": false, "address [ 10.0.1.0/24 10.0.0.5/32 ]": true, "port 443": true, "port https": true, "port 400-443": true, "port ftp-data": false} {
		n := tree(t, "set lists list a rule r from "+rule)
		if got := c.Fit(n.At("lists", "list", "a", "rule", "r", "from"), packet); got != want {
			t.Errorf("%s: %v", rule, got)
		}
		if c.Fit(n.At("lists", "list", "a", "rule", "r", "from"), fabric.Packet{}) {
			t.Errorf("%s: what is not known of a packet fits", rule)
		}
	}
	if !c.Fit(nil, packet) {
		t.Error("a rule without conditions fits nothing")
	}
}
