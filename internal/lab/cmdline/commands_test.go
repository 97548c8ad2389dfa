package cmdline

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

func TestCommandsOfAnyConfiguration(t *testing.T) {
	type change = func(*Document, *Args)
	c := Commands[change]{Global: func(f func(*Document, *Args)) change { return f }, Inner: func(e Edit) change {
		return func(d *Document, a *Args) { e(d.Ensure("port 1"), a) }
	}}
	g := New[change](map[string]ParamType{"line": RestOfLine, "word": Word})
	c.Kept(g, "copy", "log")
	c.Only(g, "host", "<h:word>")
	c.Usual(g, "beacon")
	c.Edits(g, No.Slot("mode", "<m:word>"), Once("tag <t:word>"))
	d := testLayout.New()
	for line := range strings.SplitSeq("host a; copy a to b; copy b to c; no beacon; host b; mode x; tag y; no copy b; log 1; no log 1; no mode", "; ") {
		run, a, fault := g.Parse(nil, line)
		if fault != nil {
			t.Fatalf("%s: %v", line, fault)
		}
		(*run)(d, a)
	}
	if got, want := strings.Join(d.Heads(), ","), "host b,port 1,copy a to b,no beacon"; got != want || !d.Block("port 1").Has("tag y") || len(d.Block("port 1").Kids) != 1 {
		t.Errorf("%q, want %q:\n%s", got, want, d.Text())
	}
	for _, line := range []string{"beacon", "no host"} {
		run, a, _ := g.Parse(nil, line)
		(*run)(d, a)
	}
	if d.Has("no beacon") || d.Has("host b") {
		t.Errorf("%s", d.Text())
	}
}

func TestEntriesChange(t *testing.T) {
	g := New[bool](map[string]ParamType{"line": RestOfLine, "n": Number(1, 99)})
	for _, p := range []string{"permit <r:line>", "<n:n> permit <r:line>", "no permit <r:line>", "no <n:n>"} {
		g.Add(p, true)
	}
	var e Entries
	for _, step := range []struct {
		line      string
		ok, taken bool
	}{{"permit ip any any", true, false}, {"10 permit tcp any any", true, true}, {"20 permit tcp any any eq 443", true, false}, {"permit tcp any", false, false},
		{"30 permit udp any any", true, false}, {"no 10", true, false}, {"no permit 17 any any", true, false}} {
		_, a, _ := g.Parse(nil, step.line)
		if ok, taken := testWords.Change("ip", &e, a); ok != step.ok || taken != step.taken {
			t.Errorf("%s: %t, %t", step.line, ok, taken)
		}
	}
	if got := strings.Join(e, ","); got != "20 permit tcp any any eq https" {
		t.Errorf("%q", got)
	}
}

func TestTheFirstEntryThatFitsDecides(t *testing.T) {
	list := Entries{"statistics", "5 remark permit", "10 deny tcp host 10.0.0.5 any", "20 permit tcp any any eq https", "30 permit tcp any any established"}
	from := func(a string, port int) fabric.Packet {
		return fabric.Packet{Protocol: 6, From: netip.MustParseAddr(a), ToPort: port}
	}
	for p, want := range map[fabric.Packet]bool{from("10.0.0.5", 443): false, from("10.0.0.6", 443): true, from("10.0.0.6", 80): false, {}: false} {
		if got := testWords.Permits(list, p); got != want {
			t.Errorf("%+v: %t", p, got)
		}
	}
}

func TestFiltersOfAShell(t *testing.T) {
	p := Pipes{Shell: true, Counted: "%d\n"}
	for filters, want := range map[string]string{"grep b": "b\nab\n", "egrep a|c | no-more": "a\nab\nc\n", "no-more | grep b | count a": "1\n"} {
		if got, fault := p.Chain("a\nb\nab\nc\n", filters); got != want || fault != nil {
			t.Errorf("%s: %q, %v", filters, got, fault)
		}
	}
	if _, fault := (Pipes{}).Chain("a\n", "grep a"); fault == nil {
		t.Error("not every platform has them")
	}
}
