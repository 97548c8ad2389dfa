package junos

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "observe", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func configOf(t testing.TB, own, whole string) *text.Tree {
	t.Helper()
	c, err := parseConfig("show configuration", own, whole)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// someAround is what stands around the analyzers of the fixtures.
func someAround(t testing.TB) around {
	t.Helper()
	known, err := surroundingsOf(nil, mirror.Look{Traffic: []mirror.PortName{"ge-0/0/1"}}, console.Replies{showVLANs: fixture(t, "vlans"), showFilters: fixture(t, "filters"),
		showPorts: fixture(t, "interfaces"), showLLDP: fixture(t, "lldp"), showMACs: fixture(t, "macs"), showStatus: fixture(t, "counters")})
	if err != nil {
		t.Fatal(err)
	}
	return known.(around)
}

func TestAnalyzers(t *testing.T) {
	to := func(p mirror.PortName) []mirror.PortName { return []mirror.PortName{p} }
	checkAll(t, []want{
		{id: "TAP", sources: "both ge-0/0/1; rx ge-0/0/2.100 vlan110; tx xe-0/0/48:3", to: to("ge-0/0/47"), options: mirror.Options{Sample: 10, Truncate: 128, Filter: "guests"},
			opaque: []string{"also fed by firewall filter guests"}},
		{id: "far", role: mirror.RoleRSPANSource, sources: "rx irb.100", vlan: 999},
		{id: "gre", role: mirror.RoleERSPANSource, sources: "rx ae5", options: gre("", "192.0.2.9")},
		{id: "off", sources: "rx ge-0/0/5", to: to("ge-0/0/6"), shut: true},
		{id: "part", role: mirror.RoleRSPANSource, sources: "rx ge-0/0/7", opaque: []string{"deactivated: input ingress interface ge-0/0/7.0", "output vlan far no-tag"}},
		{id: "port-mirroring I", to: to("ge-0/0/7.20"), opaque: []string{"an instance of port-mirroring"}},
		{id: "sink", role: mirror.RoleRSPANDestination, vlan: 999, to: to("ge-0/0/46")},
	}, readAnalyzers(configOf(t, fixture(t, "analyzers_els"), ""), fedByGuests(t)))
	checkAll(t, []want{{id: "watch", role: mirror.RoleRSPANSource, vlan: 999, sources: "rx all vlan110; tx ae0", options: mirror.Options{Sample: 200}}},
		readAnalyzers(configOf(t, fixture(t, "analyzers_legacy"), ""), around{}))
}

// fedByGuests is what is around, without the port of the filter of guests, which would
// be one more source.
func fedByGuests(t *testing.T) around {
	a := someAround(t)
	a.at = nil
	return a
}

// What a filter of ours feeds is a session that its ports are the sources of.
func TestAnAnalyzerThatAFilterFeeds(t *testing.T) {
	a := someAround(t)
	a.at = map[string][]mirror.PortName{"nm-cccccccccc": {"ge-0/0/1", "ge-0/0/2"}}
	checkAll(t, []want{{id: "nm-aaaaaaaaaa", sources: "rx ge-0/0/1 ge-0/0/2", to: []mirror.PortName{"ge-0/0/47"}, options: mirror.Options{Filter: "nm-cccccccccc"}}},
		readAnalyzers(configOf(t, "set forwarding-options analyzer nm-aaaaaaaaaa output interface ge-0/0/47.0\n", ""), a))
}

// What comes of a group is opaque, whatever it is called, and never ours.
func TestWhatIsInheritedIsOpaque(t *testing.T) {
	own := "set forwarding-options analyzer nm-aaaaaaaaaa output interface ge-0/0/47.0\nset apply-groups G\n"
	whole := own + "set forwarding-options analyzer nm-aaaaaaaaaa input rate 10\nset forwarding-options analyzer nm-bbbbbbbbbb output interface ge-0/0/46.0\n" +
		"set forwarding-options analyzer A0 output interface ge-0/0/45.0\n"
	got := readAnalyzers(configOf(t, own, whole), around{})
	checkAll(t, []want{
		{id: "A0", to: []mirror.PortName{"ge-0/0/45"}, opaque: []string{"inherited from a group: output interface ge-0/0/45.0"}},
		{id: "inherited nm-bbbbbbbbbb", to: []mirror.PortName{"ge-0/0/46"}, opaque: []string{"inherited from a group"}},
		{id: "nm-aaaaaaaaaa", to: []mirror.PortName{"ge-0/0/47"}, options: mirror.Options{Sample: 10}, opaque: []string{"inherited from a group: input rate 10"}},
	}, got)
	for i, mark := range []string{"", "", "nm-aaaaaaaaaa"} {
		if len(got) > i && got[i].Mark != mark {
			t.Errorf("%s has mark %q", got[i].ID, got[i].Mark)
		}
	}
}

func TestWhatAnAnalyzerStandsInIsDeactivated(t *testing.T) {
	got := readAnalyzers(configOf(t, "set forwarding-options analyzer A output interface ge-0/0/1.0\ndeactivate forwarding-options\n", ""), around{})
	checkAll(t, []want{{id: "A", to: []mirror.PortName{"ge-0/0/1"}, opaque: []string{"what it stands in is deactivated"}}}, got)
}

func TestOutputsOfSeveralKinds(t *testing.T) {
	got := readAnalyzers(configOf(t, "set forwarding-options analyzer A output interface ge-0/0/1.0\nset forwarding-options analyzer A output next-hop-group G\n"+
		"set forwarding-options analyzer B output interface ge-0/0/2.0\nset forwarding-options analyzer B output vlan 9\n", ""), around{})
	checkAll(t, []want{{id: "A", to: []mirror.PortName{"ge-0/0/1"}, opaque: []string{"output next-hop-group G"}},
		{id: "B", role: mirror.RoleRSPANSource, vlan: 9, to: []mirror.PortName{"ge-0/0/2"}, opaque: []string{"several kinds of outputs"}}}, got)
}

func TestOnlyAConfigurationIsRead(t *testing.T) {
	for _, text := range []string{"interface Ethernet1", "set forwarding-options \"x", "system {\n host-name x;\n}", "\x00\xff"} {
		if _, err := parseConfig("x", text, ""); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if c := configOf(t, "{master:0}\nadmin@sw> show configuration | display set\n## Last commit: yesterday\nset system host-name \"a b\"\n"+strings.Repeat(" ", 40)+"\n{master:0}[edit]\nadmin@sw# \n", ""); c.Value("system", "host-name") != "a b" || len(c.Lines()) != 1 {
		t.Errorf("read as %q", c.Lines())
	}
}

func TestStates(t *testing.T) {
	got, err := parseShown(fixture(t, "state_els"))
	want := []text.Labelled{{Head: "Analyzer name", Name: "TAP", Fields: map[string][]string{"Mirror rate": {"10"}, "Maximum packet length": {"128"}, "State": {"up"},
		"Ingress monitored interfaces": {"ge-0/0/1.0", "ge-0/0/2.100", "ge-0/0/3.0", "ge-0/0/4.0"}, "Ingress monitored VLANs": {"default-switch/phones"}, "Output interface": {"ge-0/0/47.0"}}},
		{Head: "Analyzer name", Name: "gre", Fields: map[string][]string{"State": {"down"}, "Output IP address": {"192.0.2.9"}}}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	r := console.Replies{showState: fixture(t, "state_els")}
	down := mirror.NativeSession{ID: "gre"}
	for name, c := range map[string]struct {
		n    mirror.NativeSession
		want mirror.State
		wait bool
	}{
		"up":                  {mirror.NativeSession{ID: "TAP"}, mirror.True, false},
		"down":                {down, mirror.False, false},
		"down, to an address": {mirror.NativeSession{ID: "gre", Spec: mirror.NativeSpec{Options: gre("", "192.0.2.9")}}, mirror.Unknown, true},
		"not shown":           {mirror.NativeSession{ID: "other"}, mirror.Unknown, false},
		"deactivated":         {mirror.NativeSession{ID: "off", Spec: mirror.NativeSpec{Shut: true}}, mirror.False, false},
	} {
		if v := judge(mirror.Facts{}, c.n, "", r); v.Programmed != c.want || (v.Waits != "") != c.wait {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if v := judge(mirror.Facts{}, down, "", nil); v.Ask != showState {
		t.Errorf("not asked: %+v", v)
	}
}

func TestVLANs(t *testing.T) {
	got, members := readVLANs(configOf(t, fixture(t, "vlans"), ""))
	want := []mirror.VLAN{{ID: 1, Name: "default", Uses: []mirror.PortUse{{Kind: "addressed", Detail: "l3-interface irb.0"}}}, {ID: 110, Name: "phones and more"}, {ID: 120, Name: "phones"},
		{ID: 998, Name: "nm-aaaaaaaaaa", Remote: true}, {ID: 999, Name: "remote-an", Remote: true}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string][]string{"ge-0/0/9.0": {"phones"}}, members); d != "" {
		t.Error(d)
	}
}

func TestPortsOfASwitch(t *testing.T) {
	rows, err := parseInterfaces(showStatus, fixture(t, "counters"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[mirror.PortName]mirror.Port{}
	for _, p := range someAround(t).ports(readInterfaces(configOf(t, fixture(t, "interfaces"), "")), rows) {
		got[p.Name] = p
	}
	uses := func(p mirror.PortName) (kinds []string) {
		for _, u := range got[p].Uses {
			kinds = append(kinds, u.Kind)
		}
		return kinds
	}
	for port, want := range map[mirror.PortName]string{
		"ge-0/0/1": "trunk neighbour receiving learned", "ge-0/0/2": "", "ge-0/0/3": "addressed subinterface", "ge-0/0/3.100": "addressed", "ge-0/0/4": "lag-member neighbour",
		"ae5": "learned trunk", "irb.100": "addressed", "xe-0/2/0": "", "ge-0/0/9": "",
	} {
		is := uses(port)
		if strings.Join(sortedWords(is), " ") != strings.Join(sortedWords(strings.Fields(want)), " ") {
			t.Errorf("%s is used as %v, want %q", port, is, want)
		}
	}
	if _, there := got["me0"]; there {
		t.Error("me0 is no port")
	}
	one := got["ge-0/0/1"]
	if one.Trunk == nil || one.Trunk.Allowed.String() != "120,200-210" || one.Trunk.Native != 7 || !one.Monitor || one.Speed != 1e9 || one.Up != mirror.True ||
		!cmp.Equal(one.Lists, []string{"guests"}) || one.Stanza == "" {
		t.Errorf("ge-0/0/1: %+v", one)
	}
	if p := got["ge-0/0/2"]; p.Access != 110 || p.Admin != mirror.False || p.Trunk != nil {
		t.Errorf("ge-0/0/2: %+v", p)
	}
	if p := got["ge-0/0/3.100"]; p.Kind != mirror.SourceSub || p.Parent != "ge-0/0/3" || !cmp.Equal(p.Lists, []string{"one"}) || p.Monitor {
		t.Errorf("ge-0/0/3.100: %+v", p)
	}
	if p := got["ae5"]; !p.LAG || !cmp.Equal(p.Members, []mirror.PortName{"ge-0/0/4", "ge-0/0/5"}) || p.Trunk == nil || p.Trunk.Allowed.String() != mirror.AllVLANs().String() {
		t.Errorf("ae5: %+v", p)
	}
	if p := got["xe-0/2/0"]; p.Admin != mirror.False || p.Up != mirror.False || p.Speed != 10e9 || p.Monitor {
		t.Errorf("xe-0/2/0: %+v", p)
	}
	if p := got["ge-0/0/9"]; !p.Monitor || p.Access != 120 {
		t.Errorf("ge-0/0/9, a member by its VLAN: %+v", p)
	}
}

func TestCounters(t *testing.T) {
	got, err := readCounters(fixture(t, "counters"), noon)
	want := []mirror.PortCounters{
		{Port: "ge-0/0/1", Up: mirror.True, Bandwidth: 1e9, InOctets: 1234567, InPackets: 1234, OutOctets: 7654321, OutPackets: 4321, OutDrops: 7, Complete: true, Discontinuity: "never"},
		{Port: "xe-0/2/0", Up: mirror.False, Bandwidth: 10e9, InOctets: 1, Discontinuity: "2026-01-01 10:00:00 utc"},
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if _, err := readCounters("error: device ge-9/0/0 not found", noon); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("%v", err)
	}
}

func TestFacts(t *testing.T) {
	got, err := parseFacts(fixture(t, "version"), "Current time: 2026-01-01 10:00:00 UTC\nSystem booted: 2025-12-20 10:00:00 UTC (1w5d 03:12 ago)\n")
	want := mirror.Facts{Hostname: "acc-1", Model: "ex4300-48t", Version: "18.4R2-S5", Uptime: 12*24*time.Hour + 3*time.Hour + 12*time.Minute}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if got, err := parseFacts("Hostname: old\nModel: ex4200-48t\nJUNOS Base OS boot [12.3R6.6]\nJUNOS Base OS Software Suite [12.3R6.6]\n", "error: no"); err != nil || got.Version != "12.3R6.6" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parseFacts("nonsense", ""); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("%v", err)
	}
}

func TestTheHierarchyIsLearned(t *testing.T) {
	unknown := "                    ^\nsyntax error.\n"
	for name, c := range map[string]struct {
		model, els, old, want string
	}{
		"els":            {"ex4300-48t", "", unknown, hierarchyELS},
		"legacy":         {"ex4200-48t", unknown, "set storm-control", hierarchyOld},
		"neither":        {"vsrx9", unknown, unknown, hierarchyNone},
		"mx":             {"mx240", "", unknown, hierarchyNone},
		"not to be seen": {"ex4300-48t", "error: permission denied: forwarding-options", "error: permission denied: x", hierarchyELS},
	} {
		f := mirror.Facts{Model: c.model, Extra: map[string]string{}}
		learn(console.Replies{probeELS: c.els, probeOld: c.old}, f)
		if got := hierarchy(f); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestReleases(t *testing.T) {
	for version, want := range map[string]bool{"23.4R2-S1.3": true, "23.4R1.9": false, "24.2R1-EVO": true, "22.4R3": false, "23.4R2": true, "": false, "12.3X48-D10": false} {
		if got := from(mirror.Facts{Version: version}, 23, 4, 2); got != want {
			t.Errorf("%s: %t", version, got)
		}
	}
}

func TestWhatWaits(t *testing.T) {
	at := time.Date(2026, 9, 20, 23, 18, 51, 0, time.UTC)
	got, err := waits(mirror.Facts{}, console.Replies{showCommits: fixture(t, "commits")}, noon)
	want := []console.Wait{{Name: "nm-abcdefghijklmnop", Pending: mirror.Pending{Kind: mirror.WaitTimer, Tx: "abcdefghijklmnop", Holder: "by admin via cli", Ours: true, Until: at}}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	for text, holder := range map[string]string{
		"0   2026-09-20 23:16:51 CET by joe via cli commit confirmed, rollback in 2mins\n    rollback pending\n":               "by joe via cli",
		"0   2026-09-20 23:16:51 UTC by joe via cli commit confirmed, rollback in 2mins\n    change 7\n    rollback pending\n": "by joe via cli change 7",
		"0   2026-09-20 23:16:51 UTC by joe via cli commit confirmed, rollback in 2mins\n    nm-abcdefghijklmnop\n":            "",
		"0   2026-09-20 23:16:51 UTC by joe via cli\n1   2026-09-20 23:16:51 UTC by x via cli\n    rollback pending\n":         "",
	} {
		got, err := waits(mirror.Facts{}, console.Replies{showCommits: text}, noon)
		if err != nil || len(got) > 1 || len(got) == 1 && (got[0].Ours || got[0].Tx != "" || got[0].Holder != holder) || len(got) == 0 && holder != "" {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	if _, err := waits(mirror.Facts{}, console.Replies{showCommits: "\n{master:0}\n"}, noon); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("no answer: %v", err)
	}
	if _, err := waits(mirror.Facts{}, console.Replies{showCommits: "error: permission denied: commit"}, noon); !errors.Is(err, mirror.ErrRejected) {
		t.Errorf("%v", err)
	}
}

func TestCommitsAreJudged(t *testing.T) {
	for answer, want := range map[string][2]bool{
		"configuration check succeeds\n[edit]": {true, false},
		"fpc0:\nconfiguration check succeeds\ncommit confirmed will be automatically rolled back in 1 minutes unless confirmed\nfpc0:\ncommit complete\n": {true, false},
		"warning: requires 'x' license\ncommit complete": {true, false},
		"[edit forwarding-options]\n  'analyzer'\n    Missing mandatory statement: 'output'\nerror: configuration check-out failed: (missing mandatory statements)": {false, true},
		"commit complete\nerror: remote commit-configuration failed on fpc1":                                                                                        {false, false},
		"fpc0:\nconfiguration check succeeds\ncommit confirmed will be automatically rolled back in 1 minutes unless confirmed\n":                                   {false, false},
		"": {false, false},
	} {
		taken, words := committed(answer)
		if taken != want[0] || (words != "") != want[1] {
			t.Errorf("%q: %t, %q", answer, taken, words)
		}
		if words != "" && !strings.Contains(words, "Missing mandatory statement") {
			t.Errorf("quoted as %q", words)
		}
	}
}

func TestRefusals(t *testing.T) {
	for answer, want := range map[string]bool{
		"                        ^\nsyntax error.\n[edit]": true, "        ^\nunknown command.": true, "'ge' is ambiguous.\nPossible completions:": true, "No valid completions": true,
		"missing mandatory argument.": true, "invalid numeric value: '99'": true, "error: configuration database modified": true,
		"      ^\nValue 5000 is not within range (1..4094)\n": true, "     ^\ninvalid interface type: 'zz-0/0/0'\n[edit]": true,
		"warning: statement not found\n[edit]": false, "[edit]": false, "": false, "{master:0}[edit]": false, "warning: uncommitted changes will be discarded on exit\nEntering configuration mode": false,
	} {
		if words, refused := refusal(answer); refused != want || refused && words == "" {
			t.Errorf("%q: %q, %t", answer, words, refused)
		}
	}
	for reply, want := range map[string]bool{
		"      ^\nsyntax error, expecting <command>.": true, "error: command is not valid on the mx240": true, "error: permission denied: x": true,
		"error: device ge-9/0/0 not found": false, "set interfaces ge-0/0/1 description \"syntax error\"": false, "": false,
	} {
		if got := absent(reply); got != want {
			t.Errorf("absent %q: %t", reply, got)
		}
	}
}
