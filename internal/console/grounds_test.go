package console

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A device whose sessions stand on more than VLANs: "port P routed", "port P copies",
// "port P acl L", "origin A", "tunnel N A B", "acl L 10 permit ...", "tap X via N". What
// is typed takes effect at once. A port has one list, the device one origin, and what is
// taken away by name is whatever stands there.
func groundLine(lines []string, l string) []string {
	w := strings.Fields(l)
	without := func(prefix string) []string {
		return slices.DeleteFunc(lines, func(have string) bool { return have == prefix || strings.HasPrefix(have, prefix+" ") })
	}
	switch {
	case w[0] == "acl" && w[2] == "renumber":
		n := 0
		for i, have := range lines {
			if rest, is := strings.CutPrefix(have, "acl "+w[1]+" "); is {
				n += text.EntryStep
				_, entry, _ := strings.Cut(rest, " ")
				lines[i] = fmt.Sprintf("acl %s %d %s", w[1], n, entry)
			}
		}
		return lines
	case w[0] == "acl" && w[2] == "no":
		return without("acl " + w[1] + " " + w[3])
	case w[0] == "no" && w[1] == "origin":
		return without("origin")
	case w[0] == "no" && len(w) > 3 && w[3] == "acl":
		return without("port " + w[2] + " acl")
	case w[0] == "no":
		return without(strings.Join(w[1:], " "))
	case w[0] == "origin":
		lines = without("origin")
	case w[0] == "tunnel":
		lines = without("tunnel " + w[1])
	case len(w) > 2 && w[2] == "acl":
		lines = without("port " + w[1] + " acl")
	}
	lines = append(lines, l)
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(padded(a), padded(b)) })
	return lines
}

// padded has the numbers of entries in their order.
func padded(line string) string {
	w := strings.Fields(line)
	if w[0] == "acl" {
		n, _ := strconv.Atoi(w[2])
		w[2] = fmt.Sprintf("%06d", n)
	}
	return strings.Join(w, " ")
}

var groundLists = text.FilterLists{Head: "acl", Renumber: "acl NAME renumber", Copied: "copy",
	Form: text.ListForm{Every: map[mirror.Family]string{mirror.IPv4: "ip"}}}

func readGround(lines []string) (o mirror.Observation) {
	var acl []string
	stanzas := map[mirror.PortName][]string{}
	at := map[string][]mirror.PortName{}
	for _, l := range lines {
		w := strings.Fields(l)
		switch w[0] {
		case "tap":
			n := mirror.NativeSession{ID: w[1], Text: l, Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Options: mirror.Options{ERSPAN: &mirror.ERSPAN{}}}}
			switch w[2] {
			case "via":
				n.Spec.Options.Tunnel = w[3]
			case "from":
				n.Spec.Options.ERSPAN.Origin = w[3]
			case "list":
				n.Spec.Options.Filter = w[3]
			case "to":
				n.Spec.Destinations = []mirror.PortName{mirror.PortName(w[3])}
			}
			o.Natives = append(o.Natives, n)
		case "origin":
			o.Footings = append(o.Footings, mirror.Footing{Kind: mirror.FootingOrigin, Name: w[1]})
		case "tunnel":
			o.Footings = append(o.Footings, mirror.Footing{Kind: mirror.FootingTunnel, Name: w[1], Tunnel: &mirror.Tunnel{From: w[2], To: w[3]}})
		case "acl":
			if head := "acl " + w[1]; !slices.Contains(acl, head) {
				acl = append(acl, head)
			}
			acl = append(acl, " "+strings.Join(w[2:], " "))
		case "port":
			p := mirror.PortName(w[1])
			stanzas[p] = append(stanzas[p], strings.Join(w[2:], " "))
			if w[2] == "acl" {
				at[w[3]] = append(at[w[3]], p)
			}
		}
	}
	for _, name := range []mirror.PortName{"p1", "p2", "p3"} {
		p := mirror.Port{Name: name, Stanza: strings.Join(stanzas[name], "\n"), Monitor: slices.Contains(stanzas[name], "copies")}
		for _, s := range stanzas[name] {
			if l, is := strings.CutPrefix(s, "acl "); is {
				p.Lists = append(p.Lists, l)
			}
		}
		o.Ports = append(o.Ports, p)
	}
	lists, handles := groundLists.Read(acl)
	for _, l := range lists {
		l.Ports = at[l.Name]
		o.Footings = append(o.Footings, l)
	}
	o.Handles = handles
	return o
}

const groundTemplate = `{{range .Prepare}}no port {{.Port}} routed
port {{.Port}} copies
{{end}}{{range .Restore}}no port {{.Port}} copies
{{if .Had "routed"}}port {{.Port}} routed
{{end}}{{end}}{{with .Renumber}}{{.}}
{{end}}{{range .Edits}}acl {{$.List}} {{.}}
{{end}}{{range .At}}port {{.}} acl {{$.List}}
{{end}}{{range .Off}}no port {{.}} acl {{$.List}}
{{end}}{{if .Drop}}no acl {{.List}}
{{end}}{{if .Build}}tunnel {{.Tunnel}} {{.Way.From}} {{.Way.To}}
{{end}}{{if .Dissolve}}no tunnel {{.Tunnel}}
{{end}}{{if .SetOrigin}}origin {{.Origin}}
{{end}}{{if .Unset}}no origin {{.Origin}}
{{end}}`

func groundDriver(t *testing.T) *Driver {
	t.Helper()
	p := flatPlatform()
	p.Reads.Observe = func(_ mirror.Facts, r Replies, _ any) (mirror.Observation, error) {
		return readGround(slices.DeleteFunc(strings.Split(r["list"], "\n"), func(l string) bool { return l == "" })), nil
	}
	p.Footing = &Footing{Lists: &groundLists, Monitor: true, Origin: true, Tunnel: func(name string) bool { return strings.HasPrefix(name, "t") }}
	p.Send.Allowed = func(mirror.Change, string, string) bool { return true }
	d, err := New(p, fstest.MapFS{"cisco_iosxe/footing.tmpl": {Data: []byte(groundTemplate)}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lossless: whatever list stands at a port forwards every frame.
func lossless(t *testing.T, lines []string, when string) {
	t.Helper()
	for _, l := range lines {
		w := strings.Fields(l)
		if w[0] != "port" || w[2] != "acl" || !text.OwnList.MatchString(w[3]) {
			continue
		}
		all := slices.ContainsFunc(lines, func(e string) bool {
			return strings.HasPrefix(e, "acl "+w[3]+" ") && strings.HasSuffix(e, " permit ip any any")
		})
		if !all || slices.ContainsFunc(lines, func(e string) bool { return strings.HasPrefix(e, "acl "+w[3]+" ") && strings.Contains(e, " deny ") }) {
			t.Errorf("%s: port %s loses frames:\n%s", when, w[1], strings.Join(lines, "\n"))
		}
	}
}

func rule(port int, permit bool) mirror.Entry {
	return mirror.Entry{Permit: permit, Protocol: mirror.ProtoTCP, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any(), DestinationPort: mirror.PortRange{From: port, To: port}}
}

func grounded(f mirror.Footing) *mirror.NativeSession {
	if f.Made = f.Made || f.Kind != mirror.FootingPort; f.Kind == "" {
		return nil
	}
	return &mirror.NativeSession{ID: f.ID(), Spec: f.Spec().Normalize()}
}

const listA, listB = "nm-aaaaaaaaaa", "nm-bbbbbbbbbb"

// groundCases are changes of footings, by what the device holds before and behind them.
func groundCases() map[string]struct {
	lines         []string
	before, after mirror.Footing
	want          []string
} {
	list := func(name string, rules []mirror.Entry, ports ...mirror.PortName) mirror.Footing {
		return mirror.Footing{Kind: mirror.FootingFilter, Name: name, Rules: rules, Ports: ports}
	}
	tunnel := func(to string) mirror.Footing {
		return mirror.Footing{Kind: mirror.FootingTunnel, Name: "t7", Tunnel: &mirror.Tunnel{From: "192.0.2.1", To: to}}
	}
	setup := func(former string) mirror.Footing {
		return mirror.Footing{Kind: mirror.FootingPort, Port: "p1", Setup: &mirror.PortSetup{Monitor: true, Former: former}}
	}
	origin := func(a string) mirror.Footing { return mirror.Footing{Kind: mirror.FootingOrigin, Name: a} }
	web, both := []mirror.Entry{rule(443, true)}, []mirror.Entry{rule(80, false), rule(443, true)}
	one := []string{"acl " + listA + " 10 permit tcp any any eq 443 copy", "acl " + listA + " 20 permit ip any any"}
	two := []string{"acl " + listA + " 10 permit tcp any any eq 80", "acl " + listA + " 20 permit tcp any any eq 443 copy", "acl " + listA + " 30 permit ip any any"}
	other := []string{"acl " + listB + " 10 permit ip any any"}
	at := func(l string, ports ...string) (out []string) {
		for _, p := range ports {
			out = append(out, "port "+p+" acl "+l)
		}
		return out
	}
	cat := func(parts ...[]string) []string { return slices.Concat(parts...) }
	return map[string]struct {
		lines         []string
		before, after mirror.Footing
		want          []string
	}{
		"a port is prepared":             {[]string{"port p1 routed"}, mirror.Footing{}, setup("routed"), []string{"port p1 copies"}},
		"a port is put back":             {[]string{"port p1 copies"}, setup("routed"), mirror.Footing{}, []string{"port p1 routed"}},
		"a port that was plain":          {[]string{"port p1 copies"}, setup(""), mirror.Footing{}, nil},
		"an origin is set":               {nil, mirror.Footing{}, origin("192.0.2.1"), []string{"origin 192.0.2.1"}},
		"an origin in another's place":   {[]string{"origin 192.0.2.9"}, mirror.Footing{}, origin("192.0.2.1"), []string{"origin 192.0.2.1"}},
		"an origin goes":                 {[]string{"origin 192.0.2.1"}, origin("192.0.2.1"), mirror.Footing{}, nil},
		"a tunnel is built":              {nil, mirror.Footing{}, tunnel("192.0.2.9"), []string{"tunnel t7 192.0.2.1 192.0.2.9"}},
		"a tunnel leads elsewhere again": {[]string{"tunnel t7 192.0.2.1 192.0.2.8"}, tunnel("192.0.2.8"), tunnel("192.0.2.9"), []string{"tunnel t7 192.0.2.1 192.0.2.9"}},
		"a tunnel goes":                  {[]string{"tunnel t7 192.0.2.1 192.0.2.9"}, tunnel("192.0.2.9"), mirror.Footing{}, nil},
		"a list is made at ports":        {nil, mirror.Footing{}, list(listA, both, "p1", "p2"), cat(two, at(listA, "p1", "p2"))},
		"a list comes to one more port":  {cat(one, at(listA, "p1")), list(listA, web, "p1"), list(listA, web, "p1", "p2"), cat(one, at(listA, "p1", "p2"))},
		"a list leaves a port":           {cat(one, at(listA, "p1", "p2")), list(listA, web, "p1", "p2"), list(listA, web, "p2"), cat(one, at(listA, "p2"))},
		"a list that is edited":          {cat(two, at(listA, "p1")), list(listA, both, "p1"), list(listA, web, "p1"), cat(one, at(listA, "p1"))},
		"a list in the place of ours":    {cat(other, at(listB, "p1")), mirror.Footing{}, list(listA, web, "p1", "p2"), cat(one, other, at(listA, "p1", "p2"))},
		"a list goes":                    {cat(two, at(listA, "p1", "p2")), list(listA, both, "p1", "p2"), mirror.Footing{}, nil},
	}
}

// TestGroundsAreMadeChangedAndTakenAway, and put back whichever line of theirs is
// refused. At no line a port of the users has a list that drops a frame.
func TestGroundsAreMadeChangedAndTakenAway(t *testing.T) {
	d := groundDriver(t)
	theirs := []string{"acl SECURITY 10 deny ip any any", "port p3 acl SECURITY"}
	for name, c := range groundCases() {
		change := mirror.Change{Mark: "nm-x", Before: grounded(c.before), After: grounded(c.after)}
		// A list that is being edited where it stands is not put back, because it would have
		// to be emptied for that: it forwards all, and is edited anew on what is read then.
		edited := name == "a list that is edited"
		push := func(refuse string) (*flat, mirror.BlockResult, []string) {
			f := &flat{lines: slices.Concat(theirs, c.lines), refuse: refuse}
			slices.SortFunc(f.lines, func(a, b string) int { return strings.Compare(padded(a), padded(b)) })
			var sent []string
			f.does = func(l string) {
				f.lines = groundLine(f.lines, l)
				sent = append(sent, l)
				lossless(t, f.lines, name+", behind "+l)
			}
			before := slices.Clone(f.lines)
			_, r := flatPush(t, d, f, change)
			if refuse != "" && !edited {
				if diff := cmp.Diff(before, f.lines); diff != "" {
					t.Errorf("%s, %q was refused (-was +is):\n%s", name, refuse, diff)
				}
			}
			return f, r[0], sent
		}
		f, r, sent := push("")
		want := slices.Concat(theirs, c.want)
		slices.SortFunc(want, func(a, b string) int { return strings.Compare(padded(a), padded(b)) })
		if diff := cmp.Diff(want, f.lines); r.Err != nil || diff != "" {
			t.Errorf("%s: %v (-want +is):\n%s", name, r.Err, diff)
		}
		for _, line := range sent {
			_, r, _ := push(line)
			var said *mirror.DeviceError
			if !errors.As(r.Err, &said) || said.Sent != line || !edited && strings.Contains(r.Err.Error(), "taking it back") {
				t.Errorf("%s, %q: %v", name, line, r.Err)
			}
		}
	}
}

// TestGroundsThatOthersUseStay: another hand comes between the read and the line that
// would take away what it uses, or take the place of what it put there.
func TestGroundsThatOthersUseStay(t *testing.T) {
	d := groundDriver(t)
	cases := groundCases()
	for _, c := range []struct{ change, theirs string }{
		{"an origin goes", "tap theirs from 192.0.2.1"},
		{"an origin goes", "origin 192.0.2.7"},
		{"an origin is set", "origin 192.0.2.7"},
		{"a tunnel goes", "tap theirs via t7"},
		{"a tunnel goes", "tunnel t7 192.0.2.1 192.0.2.7"},
		{"a tunnel is built", "tunnel t7 192.0.2.1 192.0.2.7"},
		{"a port is put back", "tap theirs to p1"},
		{"a port is put back", "port p1 shaped"},
		{"a port is prepared", "port p1 shaped"},
		{"a list goes", "tap theirs list " + listA},
		{"a list goes", "port p3 acl " + listA},
		{"a list goes", "port p1 acl SECURITY"},
		{"a list is made at ports", "port p1 acl SECURITY"},
		{"a list leaves a port", "port p1 acl SECURITY"},
	} {
		g := cases[c.change]
		f := &flat{lines: slices.Clone(g.lines)}
		f.does = func(l string) { f.lines = groundLine(f.lines, l) }
		conn, err := d.Over(t.Context(), f, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		known, err := conn.Observe(t.Context(), mirror.Look{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Render(conn.Facts(), known.Observation, []mirror.Change{{Mark: "nm-x", Before: grounded(g.before), After: grounded(g.after)}})
		if err != nil {
			t.Fatal(err)
		}
		f.lines = groundLine(f.lines, c.theirs)
		before := slices.Clone(f.lines)
		report, err := conn.Push(t.Context(), "tx", p)
		if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) || !slices.Equal(before, f.lines) {
			t.Errorf("%s, %q: %v, %v, left %q", c.change, c.theirs, err, report.Blocks[0].Err, f.lines)
		}
	}
}

// TestNoListTakesThePlaceOfAnothers, whoever asks for it.
func TestNoListTakesThePlaceOfAnothers(t *testing.T) {
	g := groundCases()["a list is made at ports"]
	f := &flat{lines: []string{"port p1 acl SECURITY"}}
	f.does = func(l string) { f.lines = groundLine(f.lines, l) }
	_, r := flatPush(t, groundDriver(t), f, mirror.Change{Mark: "nm-x", After: grounded(g.after)})
	if !errors.Is(r[0].Err, mirror.ErrChanged) || !slices.Equal(f.lines, []string{"port p1 acl SECURITY"}) {
		t.Errorf("%v, left %q", r[0].Err, f.lines)
	}
}

// TestGroundsAPlatformHasNotAreRefused, and so is what could not be told from others'.
func TestGroundsAPlatformHasNotAreRefused(t *testing.T) {
	bare := flatDriver(t, flatTemplate)
	all := groundDriver(t)
	for name, c := range map[string]struct {
		d    *Driver
		f    mirror.Footing
		kind error
	}{
		"no footings":        {bare, mirror.Footing{Kind: mirror.FootingOrigin, Name: "192.0.2.1"}, mirror.ErrUnsupported},
		"no address":         {all, mirror.Footing{Kind: mirror.FootingOrigin, Name: "core 1"}, mirror.ErrInvalid},
		"no tunnel":          {all, mirror.Footing{Kind: mirror.FootingTunnel, Name: "Loopback0", Tunnel: &mirror.Tunnel{From: "192.0.2.1", To: "192.0.2.9"}}, mirror.ErrUnsupported},
		"a way to nowhere":   {all, mirror.Footing{Kind: mirror.FootingTunnel, Name: "t7"}, mirror.ErrUnsupported},
		"an end of no form":  {all, mirror.Footing{Kind: mirror.FootingTunnel, Name: "t7", Tunnel: &mirror.Tunnel{From: "192.0.2.1", To: "192.0.2.9 x"}}, mirror.ErrInvalid},
		"another's list":     {all, mirror.Footing{Kind: mirror.FootingFilter, Name: "SECURITY", Rules: []mirror.Entry{rule(443, true)}}, mirror.ErrInvalid},
		"a port of no form":  {all, mirror.Footing{Kind: mirror.FootingFilter, Name: listA, Rules: []mirror.Entry{rule(443, true)}, Ports: []mirror.PortName{"p1 acl x"}}, mirror.ErrUnsupported},
		"a VLAN of the port": {all, mirror.Footing{Kind: mirror.FootingPort, Port: "p1", Setup: &mirror.PortSetup{Monitor: true, Access: 5}}, mirror.ErrUnsupported},
	} {
		if _, err := c.d.Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Mark: "nm-x", After: grounded(c.f)}}); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatLeavesInTheSameCommitIsInNobodysWay: of one commit, sessions that go or come to
// stand on something else, and ports that another list takes.
func TestWhatLeavesInTheSameCommitIsInNobodysWay(t *testing.T) {
	o := readGround([]string{"acl " + listA + " 10 permit ip any any", "port p1 acl " + listA, "tap ours list " + listA, "tunnel t7 192.0.2.1 192.0.2.9", "tap other via t7"})
	find := func(id string) *mirror.NativeSession { return find(o.Natives, id) }
	moved := *find("other")
	moved.Spec.Options.Tunnel = "t8"
	drop, dissolve := step{verb: "drop", name: listA}, step{verb: "dissolve", name: "t7"}
	goes := mirror.Change{Before: find("ours")}
	put := mirror.Change{After: grounded(mirror.Footing{Kind: mirror.FootingFilter, Name: listB, Ports: []mirror.PortName{"p1"}})}
	same := mirror.Change{After: grounded(mirror.Footing{Kind: mirror.FootingFilter, Name: listA, Ports: []mirror.PortName{"p1"}})}
	for name, c := range map[string]struct {
		step    step
		changes []mirror.Change
		harms   bool
	}{
		"nothing leaves":               {drop, nil, true},
		"the session goes":             {drop, []mirror.Change{goes}, true},
		"and another list is put":      {drop, []mirror.Change{goes, put}, false},
		"and the block takes it off":   {step{verb: "drop", name: listA, off: []mirror.PortName{"p1"}}, []mirror.Change{goes}, false},
		"another list, no session":     {drop, []mirror.Change{put}, true},
		"the list itself is put there": {drop, []mirror.Change{goes, same}, true},
		"the tunnel's session stays":   {dissolve, []mirror.Change{goes}, true},
		"it changes and stays on it":   {dissolve, []mirror.Change{{Before: find("other"), After: find("other")}}, true},
		"it comes to another tunnel":   {dissolve, []mirror.Change{{Before: find("other"), After: &moved}}, false},
		"what is made harms nobody":    {step{verb: "build", name: "t7"}, nil, false},
	} {
		if got := c.step.harms(o, c.changes...); got != c.harms {
			t.Errorf("%s: %v", name, got)
		}
	}
}
