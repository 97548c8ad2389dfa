package junos

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// The recordings lie beside the checkout. What they mean was written down by hand, from
// the texts and the notes beside them; no flag rewrites it.

const recordings = "fixtures/juniper-junos/"

func recording(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, recordings+file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// want is what an analyzer must be read as.
type want struct {
	id      string
	role    mirror.Role // "" = local
	sources string      // "rx ge-0/0/1 vlan110; both ae0"
	to      []mirror.PortName
	vlan    int            // remote
	options mirror.Options // beside tags and ingress
	shut    bool
	opaque  []string // parts of the reason, nil = expressible
}

func (w want) spec(t *testing.T) mirror.NativeSpec {
	t.Helper()
	n := mirror.NativeSpec{Role: w.role, Destinations: w.to, RemoteVLAN: w.vlan, Options: w.options, Shut: w.shut}
	for part := range strings.SplitSeq(w.sources, ";") {
		words := strings.Fields(part)
		for i, word := range words {
			s := mirror.NativeSource{Direction: mirror.Direction(words[0])}
			if i == 0 {
				continue
			} else if number, is := strings.CutPrefix(word, "vlan"); is {
				for _, digit := range number {
					s.VLAN = 10*s.VLAN + int(digit-'0')
				}
			} else if word == "all" {
				s.All = true
			} else {
				s.Port = mirror.PortName(word)
			}
			n.Sources = append(n.Sources, s)
		}
	}
	if n.Role == "" {
		n.Role = mirror.RoleLocal
	}
	if n.Role == mirror.RoleLocal || n.Role == mirror.RoleRSPANDestination {
		n.Options.Tags, n.Options.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	}
	return n.Normalize()
}

func (w want) check(t *testing.T, n mirror.NativeSession) {
	t.Helper()
	if d := cmp.Diff(w.spec(t), n.Spec); d != "" || n.ID != w.id {
		t.Errorf("session %s, want %s (-want +got):\n%s", n.ID, w.id, d)
	}
	if (len(w.opaque) == 0) != (n.Opaque == "") {
		t.Errorf("session %s: opaque for %q", n.ID, n.Opaque)
	}
	for _, reason := range w.opaque {
		if !strings.Contains(n.Opaque, reason) {
			t.Errorf("session %s: opaque for %q, want %q in it", n.ID, n.Opaque, reason)
		}
	}
}

// checkAll compares sessions with what they must be, in the order of their ids.
func checkAll(t *testing.T, wants []want, got []mirror.NativeSession) {
	t.Helper()
	if len(got) != len(wants) {
		t.Errorf("%d sessions, want %d: %+v", len(got), len(wants), got)
		return
	}
	for i, w := range wants {
		w.check(t, got[i])
	}
}

// gre is a tunnel as it is read.
func gre(from, to string) mirror.Options {
	return mirror.Options{ERSPAN: &mirror.ERSPAN{Encapsulation: mirror.EncapGRE, Origin: from}, Collector: to}
}

// configurations are the recorded configurations, with their analyzers by name.
var configurations = map[string][]want{
	"config_set__acx7k_analyzer_in_group.txt": {
		{id: "A0", sources: "rx ae5", to: []mirror.PortName{"et-0/0/25"}, opaque: []string{"it stands in group ANALYZER"}},
	},
	"config_set__analyzer_among_other_forwarding_options.txt": {
		{id: "analyzer", sources: "rx ge-0/0/0; tx ge-0/0/1", to: []mirror.PortName{"ge-0/0/2"}},
		{id: "port-mirroring", to: []mirror.PortName{"ge-0/2/2"}, opaque: []string{"an instance of port-mirroring"}},
	},
	"config_set__ex4300_vlan_source.txt": {{id: "SPAN-TAP", sources: "rx vlan1", to: []mirror.PortName{"ge-0/0/47"}}},
	"config_set__legacy_ex_virtual_chassis_analyzer.txt": {
		{id: "port_monitor", sources: "both xe-0/0/13 xe-1/0/13 ae0 ae2 ae3 xe-0/0/14", to: []mirror.PortName{"xe-0/0/9"}},
	},
}

// states are the recorded states.
var states = map[string][]text.Labelled{
	"show_forwarding-options_analyzer__acx7k.txt": {{Head: "Analyzer name", Name: "A0", Fields: map[string][]string{"Mirror rate": {"1"}, "Maximum packet length": {"0"}, "State": {"up"},
		"Ingress monitored interfaces": {"ae5.0"}, "Output interface": {"et-0/0/25.0"}}}},
	"show_forwarding-options_analyzer__ex4300_vlan_source.txt": {{Head: "Analyzer name", Name: "SPAN-TAP", Fields: map[string][]string{"Mirror rate": {"1"}, "Maximum packet length": {"0"}, "State": {"up"},
		"Ingress monitored VLANs": {"default-switch/default"}, "Output interface": {"ge-0/0/47.0"}}}},
	"show_forwarding-options_port-mirroring__mx_instance.txt": {{Head: "Instance Name", Name: "INGRESS", Fields: map[string][]string{"Instance Id": {"2"}, "Rate": {"1"}, "Run-length": {"0"}, "Maximum-packet-length": {"0"},
		"Output parameters": {"Family", "State", "Destination", "Next-hop", "any", "up", "et-0/0/2.999", "NA"}}}},
}

func TestRecordedConfigurations(t *testing.T) {
	for file, wants := range configurations {
		t.Run(file, func(t *testing.T) {
			c, err := parseConfig(showAnalyzers, recording(t, file), "")
			if err != nil {
				t.Fatal(err)
			}
			vlans, members := readVLANs(c)
			checkAll(t, wants, readAnalyzers(c, around{vlans: vlans, memberOf: members}))
		})
	}
}

func TestRecordedStates(t *testing.T) {
	for file, want := range states {
		got, err := parseShown(recording(t, file))
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", file, err, d)
		}
		for _, s := range got {
			if v := verdict(s, mirror.NativeSession{}); v.Programmed != mirror.True {
				t.Errorf("%s: %s is %+v", file, s.Name, v)
			}
		}
	}
}

// What a configuration says is written and read again as the same.
func TestRecordedConfigurationsComeBack(t *testing.T) {
	for file, facts := range map[string]mirror.Facts{
		"config_set__analyzer_among_other_forwarding_options.txt": {},
		"config_set__ex4300_vlan_source.txt":                      {Model: "ex4300-48t"},
		"config_set__legacy_ex_virtual_chassis_analyzer.txt":      {Extra: map[string]string{extraHierarchy: hierarchyOld}},
	} {
		c, err := parseConfig(showAnalyzers, recording(t, file), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range readAnalyzers(c, around{}) {
			if n.Opaque != "" {
				continue
			}
			comesBack(t, facts, n)
		}
	}
}

// comesBack writes a session and reads it, and the lines are those that it was read of.
func comesBack(t *testing.T, f mirror.Facts, n mirror.NativeSession) {
	t.Helper()
	p, err := driver.Text(f, mirror.Change{After: &n})
	if err != nil {
		t.Fatal(err)
	}
	lines := func(text string) string {
		return strings.Join(slices.Sorted(slices.Values(strings.Split(strings.TrimSpace(text), "\n"))), "\n")
	}
	if d := cmp.Diff(lines(n.Text), lines(p)); d != "" {
		t.Errorf("%s is written as other lines (-read +written):\n%s", n.ID, d)
	}
	c, err := parseConfig(showAnalyzers, p, "")
	if err != nil {
		t.Fatal(err)
	}
	if again := readAnalyzers(c, around{}); len(again) != 1 || !again[0].Spec.Equal(n.Spec) || again[0].Opaque != n.Opaque {
		t.Errorf("%s comes back as %+v", n.ID, again)
	}
}

// Each recording has a test.
func TestEveryRecordingIsRead(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testkit.Shared(t, recordings), "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		_, config := configurations[name]
		if _, state := states[name]; !config && !state {
			t.Errorf("%s is read by no test", name)
		}
	}
}
