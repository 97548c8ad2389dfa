package eos

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	webList = "nm-aaaaaaaaaa"
	webHead = "ip access-list " + webList
)

var web = entries(mirror.FilterRule{Action: "deny", Protocol: "udp", Source: "10.1.0.0/16", DestinationPort: "5060-5061"},
	mirror.FilterRule{Action: "permit", Protocol: "tcp", Source: "10.0.0.5", DestinationPort: "443"},
	mirror.FilterRule{Action: "permit", Protocol: "ospf", Source: "0.0.0.0/0"})

// webConfig is how the switch shows it: one address, networks, names of ports.
const webConfig = webHead + "\n   10 deny udp 10.1.0.0/16 any range 5060 5061\n   20 permit tcp host 10.0.0.5 any eq https\n   30 permit ospf any any\n"

func entries(rules ...mirror.FilterRule) []mirror.Entry {
	return mirror.EntriesIn(mirror.Filter{Rules: rules}.Entries(), mirror.IPv4)
}

func listOf(name string, rules []mirror.Entry) *mirror.NativeSession {
	f := mirror.Footing{Kind: mirror.FootingFilter, Name: name, Rules: rules, Made: true}
	return &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}
}

// config is a part of the running configuration, by its first line.
func (b *bench) config(head string) string {
	_, rest, found := strings.Cut(b.sw.RunningConfig(), head+"\n")
	if !found {
		return ""
	}
	out := head + "\n"
	for line := range strings.Lines(rest) {
		if line[0] != ' ' {
			break
		}
		out += line
	}
	return out
}

func (b *bench) list() (mirror.Footing, bool) {
	b.t.Helper()
	for _, f := range b.observe().Footings {
		if f.Kind == mirror.FootingFilter && f.Name == webList {
			return f, true
		}
	}
	return mirror.Footing{}, false
}

// filteredSession makes the list and a session that points to it.
func (b *bench) filteredSession() {
	b.t.Helper()
	b.mustPush("nmtxlist", mirror.Change{Mark: "nm-web", After: listOf(webList, web)})
	b.mustPush("nmtxsess", makes(b.t, "nm-bbbbbbbbbb", want{sources: "rx Ethernet1", to: []mirror.PortName{"Ethernet47"}, options: mirror.Options{Filter: webList}}))
}

func TestAFilterIsAListOfItsOwn(t *testing.T) {
	b := startLab(t, 1, nil)
	voice := b.config("ip access-list voice")
	before := b.sw.RunningConfig()
	b.filteredSession()
	if got := b.config(webHead); got != webConfig {
		t.Errorf("the list is\n%s", got)
	}
	f, ok := b.list()
	if !ok || !slices.Equal(f.Rules, web) {
		t.Errorf("read back: %+v", f)
	}
	if o := b.observe(); len(o.Footings) != 1 {
		t.Errorf("lists of others count as ours: %+v", o.Footings)
	}
	n, _ := b.session("nm-bbbbbbbbbb")
	b.mustPush("nmtxgone", mirror.Change{Mark: "nm-bbbbbbbbbb", Before: &n})
	b.mustPush("nmtxlgone", mirror.Change{Mark: "nm-web", Before: listOf(webList, web)})
	if got := b.sw.RunningConfig(); got != before || b.config("ip access-list voice") != voice {
		t.Errorf("with nothing of ours left:\n%s", got)
	}
}

// handEdits are what another hand may do to a list.
var handEdits = map[string][]string{
	"an entry more":         {webHead, "5 permit ip any any", "exit"},
	"an entry less":         {webHead, "no 20", "exit"},
	"other order":           {webHead, "no 30", "5 permit ospf any any", "exit"},
	"what no entry holds":   {webHead, "40 permit tcp any any eq www log", "exit"},
	"the guard, left there": {webHead, "1 deny 255 any any", "exit"},
	"emptied":               {webHead, "no 10", "no 20", "no 30", "exit"},
}

func TestAListThatAnotherHandEdited(t *testing.T) {
	for name, edit := range handEdits {
		t.Run(name, func(t *testing.T) {
			b := startLab(t, 1, nil)
			b.filteredSession()
			b.read(mirror.Look{})
			b.typed(edit...)
			o := b.read(mirror.Look{}) // no look at the whole: the text beside tells
			if len(o.Footings) != 1 || slices.Equal(o.Footings[0].Rules, web) {
				t.Fatalf("read as %+v", o.Footings)
			}
			b.mustPush("nmtxmend", mirror.Change{Mark: "nm-web", Was: "nm-web", Before: listOf(webList, o.Footings[0].Rules), After: listOf(webList, web)})
			if got := b.config(webHead); got != webConfig {
				t.Errorf("the list is\n%s", got)
			}
		})
	}
}

// Remarks and options of another hand decide nothing.
func TestRemarksAreNoDrift(t *testing.T) {
	b := startLab(t, 1, nil)
	b.filteredSession()
	b.typed(webHead, "5 remark who made this", "counters per-entry", "exit")
	if f, ok := b.list(); !ok || !slices.Equal(f.Rules, web) {
		t.Errorf("read as %+v", f)
	}
}

// Whatever line is refused, a list that a session points to is never empty, and one
// that was being made is gone again.
func TestARefusedEntry(t *testing.T) {
	refuse := func(b *bench, line string) {
		if err := b.sw.UpdateFaults(func(f *lab.Faults) {
			f.Refuse = []lab.Refusal{{Line: "^" + regexp.QuoteMeta(line) + "$", Answer: "% Error: no resources", Times: 1}}
		}); err != nil {
			b.t.Fatal(err)
		}
	}
	lines := func(text string) (out []string) {
		for line := range strings.Lines(text) {
			out = append(out, strings.TrimSpace(line))
		}
		return out
	}
	b := startLab(t, 1, nil)
	render := func(c mirror.Change) mirror.Payload {
		p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{c})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	create := mirror.Change{Mark: "nm-web", After: listOf(webList, web)}
	for _, line := range lines(render(create).Blocks[0].Text) {
		refuse(b, line)
		report := b.push("nmtxmake", create)
		if line != "exit" && report.Blocks[0].Err == nil || b.config(webHead) != "" && line != "exit" {
			t.Errorf("%q refused: %v, and there is\n%s", line, report.Blocks[0].Err, b.config(webHead))
		}
	}
	if b.config(webHead) != "" {
		b.mustPush("nmtxgone", mirror.Change{Mark: "nm-web", Before: listOf(webList, web)})
	}
	b.filteredSession()
	mend := func() mirror.Change {
		f, _ := b.list()
		return mirror.Change{Mark: "nm-web", Was: "nm-web", Before: listOf(webList, f.Rules), After: listOf(webList, web)}
	}
	b.typed(webHead, "5 permit ip any any", "exit")
	block := render(mend()).Blocks[0].Text
	b.mustPush("nmtxfirst", mend())
	for _, line := range lines(block) {
		b.typed(webHead, "5 permit ip any any", "exit")
		change := mend()
		refuse(b, line)
		report := b.push("nmtxmend", change)
		got := b.config(webHead)
		if !strings.Contains(got, " permit ") && !strings.Contains(got, " deny ") {
			t.Fatalf("%q refused: %v, and the list is\n%s", line, report.Blocks[0].Err, got)
		}
		if got != webConfig {
			b.mustPush("nmtxagain", mend())
		}
		if got := b.config(webHead); got != webConfig {
			t.Fatalf("after %q was refused it is mended to\n%s", line, got)
		}
	}
}

// A session whose list is gone may copy everything, whoever's it is.
func TestAListGoesFromUnderNobody(t *testing.T) {
	b := startLab(t, 1, nil)
	b.mustPush("nmtxlist", mirror.Change{Mark: "nm-web", After: listOf(webList, web)})
	gone := mirror.Change{Mark: "nm-web", Before: listOf(webList, web)}
	p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{gone})
	if err != nil {
		t.Fatal(err)
	}
	b.typed("monitor session theirs ip access-group " + webList)
	report, err := b.conn.Push(b.ctx(), "nmtxgone", p)
	if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) || b.config(webHead) != webConfig {
		t.Errorf("%v, %+v, the list is\n%s", err, report, b.config(webHead))
	}
}

// So it is in a commit, whose difference does not show the session.
func TestAListGoesFromUnderNobodyInACommit(t *testing.T) {
	b := confirming(t, releases[0], 1)
	b.mustPush("nmtxlist", mirror.Change{Mark: "nm-web", After: listOf(webList, web)})
	if err := b.conn.Confirm(b.ctx(), "nmtxlist"); err != nil {
		t.Fatal(err)
	}
	p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{{Mark: "nm-web", Before: listOf(webList, web)}})
	if err != nil {
		t.Fatal(err)
	}
	b.typed("monitor session theirs ip access-group " + webList)
	report, err := b.conn.Push(b.ctx(), "nmtxgone", p)
	if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) || !report.Until.IsZero() || b.config(webHead) != webConfig {
		t.Errorf("%v, %+v, the list is\n%s", err, report, b.config(webHead))
	}
}

// What a banner says is no list.
func TestABannerHoldsNoList(t *testing.T) {
	reply := "banner login\n" + webConfig + "EOF\nip access-list voice\n   10 permit udp any any\n"
	a, err := surroundingsOf(nil, mirror.Look{}, console.Replies{showLists: reply})
	if err != nil || len(a.(around).lists) != 0 || a.(around).handles[handleLists] != "voice" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestListsThatCannotBe(t *testing.T) {
	bad := map[string]mirror.Change{
		"a name of another hand":      {After: listOf("voice", web)},
		"a name that is two words":    {After: listOf("nm-aaaaaaaaaa\nno ip routing", web)},
		"IPv6":                        {After: listOf(webList, mirror.EntriesIn([]mirror.Entry{{Permit: true, Protocol: mirror.AnyProtocol}}, mirror.IPv6))},
		"another list than it was":    {Before: listOf("nm-bbbbbbbbbb", web), After: listOf(webList, web)},
		"a list of others that goes":  {Before: listOf("voice", web)},
		"nothing but a name to write": {After: &mirror.NativeSession{ID: "filter-", Spec: mirror.Footing{Kind: mirror.FootingFilter, Made: true, Rules: web}.Spec()}},
	}
	for name, c := range bad {
		if p, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{c}); err == nil {
			t.Errorf("%s is rendered: %+v", name, p)
		}
	}
	for _, line := range []string{"no ip access-list voice", "ip access-list voice", "interface Ethernet1", "ip access-list " + webList + " x"} {
		if allowed(mirror.Change{After: listOf(webList, web)}, "", line) {
			t.Errorf("%q is allowed", line)
		}
	}
	for _, line := range []string{"permit ip any any", "10 remark x", "no permit ip any any", "10 permit ip any any ! x;y", "end"} {
		if allowed(mirror.Change{After: listOf(webList, web)}, webHead, line) {
			t.Errorf("%q is allowed in the list", line)
		}
	}
}

// What is saved with a list is nobody else's.
func TestOurListIsSavedAlone(t *testing.T) {
	b := startLab(t, 1, nil)
	b.sw.Exec("write memory")
	b.filteredSession()
	n, _ := b.session("nm-bbbbbbbbbb")
	ours := []mirror.Unsaved{{ID: "filter-" + webList, Spec: listOf(webList, web).Spec, Set: true}, {ID: n.ID, Spec: n.Spec, Set: true}}
	b.typed("ip access-list voice", "20 permit tcp any any", "exit")
	b.observe()
	if saved, why, err := b.conn.Save(b.ctx(), true, ours); saved || err != nil || !strings.Contains(why, "ip access-list voice") {
		t.Errorf("with a line in another's list: %t, %q, %v", saved, why, err)
	}
	b.typed("ip access-list voice", "no 20", "exit")
	b.observe()
	if saved, why, err := b.conn.Save(b.ctx(), true, ours); !saved || err != nil || why != "" {
		t.Errorf("ours alone: %t, %q, %v", saved, why, err)
	}
}

// The same as one commit that waits to be confirmed.
func TestAListInACommit(t *testing.T) {
	b := confirming(t, releases[0], 1)
	b.mustPush("nmtxlist", mirror.Change{Mark: "nm-web", After: listOf(webList, web)})
	if err := b.conn.Confirm(b.ctx(), "nmtxlist"); err != nil || b.config(webHead) != webConfig {
		t.Fatalf("%v\n%s", err, b.config(webHead))
	}
	b.typed(webHead, "5 permit ip any any", "no 30", "exit")
	f, _ := b.list()
	b.mustPush("nmtxmend", mirror.Change{Mark: "nm-web", Was: "nm-web", Before: listOf(webList, f.Rules), After: listOf(webList, web)})
	if err := b.conn.Confirm(b.ctx(), "nmtxmend"); err != nil || b.config(webHead) != webConfig {
		t.Fatalf("%v\n%s", err, b.config(webHead))
	}
	b.mustPush("nmtxgone", mirror.Change{Mark: "nm-web", Before: listOf(webList, web)})
	if err := b.conn.Confirm(b.ctx(), "nmtxgone"); err != nil || b.config(webHead) != "" {
		t.Fatalf("%v\n%s", err, b.config(webHead))
	}
}
