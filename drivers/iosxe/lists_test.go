package iosxe

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	webList = "nm-aaaaaaaaaa"
	webHead = "ip access-list extended " + webList
)

var web = entries(mirror.FilterRule{Action: "deny", Protocol: "udp", Source: "10.1.0.0/16", DestinationPort: "5060-5061"},
	mirror.FilterRule{Action: "permit", Protocol: "tcp", Source: "10.0.0.5", DestinationPort: "80"},
	mirror.FilterRule{Action: "permit", Protocol: "ospf", Source: "0.0.0.0/0"})

// webConfig is how the switch shows it: one address, inverse masks, names of ports.
const webConfig = webHead + "\n 10 deny   udp 10.1.0.0 0.0.255.255 any range 5060 5061\n 20 permit tcp host 10.0.0.5 any eq www\n 30 permit ospf any any\n"

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

// typed is what another hand types in configuration mode.
func (b *bench) typed(lines ...string) {
	b.t.Helper()
	if said := b.sw.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...); strings.Contains(said, "% ") {
		b.t.Fatal(said)
	}
}

func (b *bench) look(known mirror.Known) mirror.Known {
	b.t.Helper()
	known, err := b.conn.Observe(b.ctx(), mirror.Look{Known: known})
	if err != nil {
		b.t.Fatal(err)
	}
	return known
}

// filteredSession makes the list and a session that points to it.
func (b *bench) filteredSession() {
	b.t.Helper()
	b.mustPush(mirror.Change{Mark: "nm-web", After: listOf(webList, web)})
	b.mustPush(create("66", mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "GigabitEthernet1/0/1", Direction: mirror.RX}},
		Destinations: []mirror.PortName{"GigabitEthernet1/0/47"}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled, Filter: webList}}))
}

func TestAFilterIsAListOfItsOwn(t *testing.T) {
	b := startLab(t, nil)
	voice := b.config("ip access-list extended voice")
	before := stable(b.sw.RunningConfig())
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
	b.mustPush(b.remove("66"))
	b.mustPush(mirror.Change{Mark: "nm-web", Before: listOf(webList, web)})
	if got := stable(b.sw.RunningConfig()); got != before || b.config("ip access-list extended voice") != voice {
		t.Errorf("with nothing of ours left:\n%s", got)
	}
}

// handEdits are what another hand may do to a list.
var handEdits = map[string][]string{
	"an entry more":         {webHead, "5 permit ip any any"},
	"an entry less":         {webHead, "no 20"},
	"other order":           {webHead, "no 30", "5 permit ospf any any"},
	"what no entry holds":   {webHead, "40 permit tcp any any eq www log"},
	"the guard, left there": {webHead, "1 deny 255 any any"},
	"emptied":               {webHead, "no 10", "no 20", "no 30"},
}

func TestAListThatAnotherHandEdited(t *testing.T) {
	for name, edit := range handEdits {
		t.Run(name, func(t *testing.T) {
			b := startLab(t, nil)
			b.filteredSession()
			known := b.look(mirror.Known{})
			known = b.look(known) // with the text beside
			b.typed(edit...)
			o := b.look(known).Observation // no look at the whole: the text beside tells
			if len(o.Footings) != 1 || slices.Equal(o.Footings[0].Rules, web) {
				t.Fatalf("read as %+v", o.Footings)
			}
			b.mustPush(mirror.Change{Mark: "nm-web", Was: "nm-web", Before: listOf(webList, o.Footings[0].Rules), After: listOf(webList, web)})
			if got := b.config(webHead); got != webConfig {
				t.Errorf("the list is\n%s", got)
			}
		})
	}
}

// Remarks and options of another hand decide nothing.
func TestRemarksAreNoDrift(t *testing.T) {
	b := startLab(t, nil)
	b.filteredSession()
	b.typed(webHead, "10 remark who made this")
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
	b := startLab(t, nil)
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
		report := b.push(create)
		if report[0].Err == nil || b.config(webHead) != "" {
			t.Errorf("%q refused: %v, and there is\n%s", line, report[0].Err, b.config(webHead))
		}
	}
	b.filteredSession()
	mend := func() mirror.Change {
		f, _ := b.list()
		return mirror.Change{Mark: "nm-web", Was: "nm-web", Before: listOf(webList, f.Rules), After: listOf(webList, web)}
	}
	b.typed(webHead, "5 permit ip any any")
	block := render(mend()).Blocks[0].Text
	b.mustPush(mend())
	for _, line := range lines(block) {
		b.typed(webHead, "5 permit ip any any")
		change := mend()
		refuse(b, line)
		report := b.push(change)
		got := b.config(webHead)
		if !strings.Contains(got, " permit ") && !strings.Contains(got, " deny ") {
			t.Fatalf("%q refused: %v, and the list is\n%s", line, report[0].Err, got)
		}
		if got != webConfig {
			b.mustPush(mend())
		}
		if got := b.config(webHead); got != webConfig {
			t.Fatalf("after %q was refused it is mended to\n%s", line, got)
		}
	}
}

// So it is wherever the connection ends.
func TestAMendThatIsCutOff(t *testing.T) {
	b := startLab(t, nil)
	b.filteredSession()
	mend := func() mirror.Change {
		f, _ := b.list()
		return mirror.Change{Mark: "nm-web", Was: "nm-web", Before: listOf(webList, f.Rules), After: listOf(webList, web)}
	}
	for n := 1; ; n++ {
		b.typed(webHead, "5 permit ip any any")
		p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{mend()})
		if err != nil {
			t.Fatal(err)
		}
		if n > strings.Count(p.Blocks[0].Text, "\n") {
			break
		}
		if err := b.sw.UpdateFaults(func(f *lab.Faults) { f.DropAfterConfigLine = n }); err != nil {
			t.Fatal(err)
		}
		if _, err := b.conn.Push(b.ctx(), "tx", p); err == nil {
			t.Fatalf("line %d: not cut off", n)
		}
		if got := b.config(webHead); !strings.Contains(got, " permit ") && !strings.Contains(got, " deny ") {
			t.Fatalf("cut off behind line %d the list is\n%s", n, got)
		}
		b.connect()
		if b.config(webHead) != webConfig {
			b.mustPush(mend())
		}
		if got := b.config(webHead); got != webConfig {
			t.Fatalf("cut off behind line %d it is mended to\n%s", n, got)
		}
	}
}

// A session whose list is gone may copy everything, whoever's it is.
func TestAListGoesFromUnderNobody(t *testing.T) {
	b := startLab(t, nil)
	b.mustPush(mirror.Change{Mark: "nm-web", After: listOf(webList, web)})
	gone := mirror.Change{Mark: "nm-web", Before: listOf(webList, web)}
	p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{gone})
	if err != nil {
		t.Fatal(err)
	}
	b.typed("monitor session 1 filter ip access-group " + webList)
	report, err := b.conn.Push(b.ctx(), "nmtxgone", p)
	if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) || b.config(webHead) != webConfig {
		t.Errorf("%v, %+v, the list is\n%s", err, report, b.config(webHead))
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
	for _, line := range []string{"no ip access-list extended voice", "ip access-list extended voice", "interface Ethernet1", "ip access-list extended " + webList + " x"} {
		if allowed(mirror.Change{After: listOf(webList, web)}, "", line) {
			t.Errorf("%q is allowed", line)
		}
	}
	for _, line := range []string{"permit ip any any", "no permit ip any any", "10 permit ip any any ! x;y", "end"} {
		if allowed(mirror.Change{After: listOf(webList, web)}, webHead, line) {
			t.Errorf("%q is allowed in the list", line)
		}
	}
}

// What is saved with a list is nobody else's.
func TestOurListIsSavedAlone(t *testing.T) {
	b := startLab(t, nil)
	b.sw.Exec("write memory")
	b.filteredSession()
	n := b.session("66")
	ours := []mirror.Unsaved{{ID: "filter-" + webList, Spec: listOf(webList, web).Spec, Set: true}, {ID: n.ID, Spec: n.Spec, Set: true}}
	b.typed("ip access-list extended voice", "20 permit tcp any any")
	b.connect() // another connection knows nothing of what was pushed
	if saved, why, err := b.conn.Save(b.ctx(), true, ours); saved || err != nil || !strings.Contains(why, `of another hand, about "ip"`) {
		t.Errorf("with a line in another's list: %t, %q, %v", saved, why, err)
	}
	b.typed("ip access-list extended voice", "no 20")
	b.connect()
	if saved, why, err := b.conn.Save(b.ctx(), true, ours); !saved || err != nil || why != "" {
		t.Errorf("ours alone: %t, %q, %v", saved, why, err)
	}
}

// A session never copies to its destination while it has no list, or another one than
// before or afterwards.
func TestNothingIsCopiedWhileTheListChanges(t *testing.T) {
	local := func(list string) *mirror.NativeSession {
		return &mirror.NativeSession{ID: "7", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "GigabitEthernet1/0/1", Direction: mirror.RX}},
			Destinations: []mirror.PortName{"GigabitEthernet1/0/47"}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled, Filter: list}}}
	}
	tunnel := func(list string) *mirror.NativeSession {
		return &mirror.NativeSession{ID: "7", Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{{Port: "GigabitEthernet1/0/1", Direction: mirror.RX}},
			Options: mirror.Options{Filter: list, Collector: "198.51.100.7", ERSPAN: &mirror.ERSPAN{ID: 7, Origin: "192.0.2.1"}}}}
	}
	const other = "nm-bbbbbbbbbb"
	for name, c := range map[string]struct{ from, to *mirror.NativeSession }{
		"another list": {local(webList), local(other)}, "no list any more": {local(webList), local("")}, "a list": {local(""), local(webList)},
		"another list of a tunnel": {tunnel(webList), tunnel(other)}, "no list of a tunnel": {tunnel(webList), tunnel("")},
	} {
		p, err := Render(mirror.Facts{Model: "C9300-48T"}, mirror.Observation{}, []mirror.Change{{Mark: "nm-web", Was: "nm-web", Before: c.from, After: c.to}})
		if err != nil {
			t.Fatal(err)
		}
		text := p.Blocks[0].Text
		ends := regexp.MustCompile(`(?m)^no monitor session 7 destination|^no monitor session 7$`).FindStringIndex(text)
		lists := regexp.MustCompile(`(?m)filter ip access-group`).FindAllStringIndex(text, -1)
		begins := regexp.MustCompile(`(?m)^monitor session 7 destination|^ no shutdown$`).FindAllStringIndex(text, -1)
		if ends == nil || len(begins) != 1 || len(lists) > 0 && (lists[0][0] < ends[0] || lists[len(lists)-1][0] > begins[0][0]) {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}
