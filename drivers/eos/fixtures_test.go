package eos

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// The recordings lie beside the checkout. What they mean was written down by
// hand, from the texts and the notes beside them; no flag rewrites it.

const recordings = "fixtures/arista-eos/"

func recording(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, recordings+file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// want is what a session must be read as.
type want struct {
	id      string
	sources string // "rx Ethernet3 Ethernet5; both Ethernet1"
	to      []mirror.PortName
	options mirror.Options // beside tags and ingress
	opaque  []string       // parts of the reason, nil = expressible
}

func (w want) spec(t *testing.T) mirror.NativeSpec {
	t.Helper()
	n := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: w.to, Options: w.options}
	for part := range strings.SplitSeq(w.sources, ";") {
		for i, word := range strings.Fields(part) {
			if i > 0 {
				n.Sources = append(n.Sources, mirror.NativeSource{Port: mirror.PortName(word), Direction: mirror.Direction(strings.Fields(part)[0])})
			}
		}
	}
	if n.Options.ERSPAN != nil {
		n.Role = mirror.RoleERSPANSource
	} else {
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

// gre is a tunnel as it is read.
func gre(from, to string) mirror.Options {
	return mirror.Options{ERSPAN: &mirror.ERSPAN{Encapsulation: mirror.EncapGRE, Origin: from}, Collector: to}
}

func filtered(list string, o mirror.Options) mirror.Options {
	o.Filter = list
	return o
}

const tenToFifteen = "rx Ethernet3 Ethernet5 Ethernet10 Ethernet11 Ethernet12 Ethernet13 Ethernet14 Ethernet15; tx Ethernet18"

// configurations are the recorded configurations, with their sessions by name.
var configurations = map[string][]want{
	"running_config__avd_rendered_four_sessions.txt": {
		{id: "myMonitoringSession1", sources: "both Ethernet0 Ethernet5", to: []mirror.PortName{"Ethernet48"},
			opaque: []string{"Ethernet0 ipv6 access-group ipv6ACL", "Ethernet5 both ip access-group ipv4ACL priority 10", "truncate", "header remove size 32", "encapsulation gre metadata tx"}},
		{id: "myMonitoringSession2", sources: tenToFifteen, to: []mirror.PortName{cpu, "Ethernet50"},
			options: mirror.Options{Filter: "ipv4ACL", Sample: 50}, opaque: []string{"encapsulation gre metadata tx"}},
		{id: "myMonitoringSession3", sources: "both Ethernet20", opaque: []string{"Ethernet20 both ip access-group ipv4ACL priority 10"}},
		{id: "myMonitoringSession4", sources: tenToFifteen, to: []mirror.PortName{cpu, "Ethernet50"},
			opaque: []string{"Ethernet18 tx mac access-group macACL priority 100", "encapsulation gre metadata tx"}},
	},
	"running_config__avd_rendered_default_encapsulation_gre.txt": nil,
	"running_config_section__avd_rendered_port_channel_truncate_ratelimit.txt": {
		{id: "MonitoringSessionServer18", sources: "tx Port-Channel43", opaque: []string{"Port-Channel43 tx ip access-group myIpAVL priority 5"}},
		{id: "MonitoringSessionServer18WithDest", sources: "rx Ethernet25; tx Ethernet28 Port-Channel27", to: []mirror.PortName{"Ethernet26", "Ethernet40", "Port-Channel42"},
			options: mirror.Options{Filter: "mac:mac_acl", Truncate: 20, Sample: 10},
			opaque:  []string{"rate-limit per-ingress-chip 30 bps", "rate-limit per-egress-chip 30 bps", "header remove size 200"}},
		{id: "MonitoringSessionServer18WithoutDest", sources: "tx Ethernet25"},
	},
	"config_and_capture__gre_erspan_lab_note.txt": {
		{id: "ERSPAN", sources: "rx Ethernet1", options: filtered("ERSPAN-ACL", gre("10.1.1.1", "10.2.2.2"))},
	},
	"config_transcript__gre_destination_then_acl_source.txt": {
		{id: "TCP-SYN", sources: "rx Ethernet47", options: gre("5.5.5.5", "1.1.1.1"), opaque: []string{"Ethernet47 rx ip access-group ACL-TCP-SYN"}},
	},
}

func TestRecordedConfigurations(t *testing.T) {
	for file, sessions := range configurations {
		t.Run(file, func(t *testing.T) {
			got, err := parseSessions(recording(t, file))
			if err != nil || len(got) != len(sessions) {
				t.Fatalf("got %d sessions, %v, want %d", len(got), err, len(sessions))
			}
			for i, w := range sessions {
				w.check(t, got[i])
			}
		})
	}
}

// states are the recorded outputs of show monitor session.
var states = map[string]struct {
	id    string
	state mirror.State
	words string
}{
	"show_monitor_session__json_cpu_destination_active_abbreviated.json":  {"Ethernet1", mirror.True, "Cpu: active"},
	"show_monitor_session__json_cpu_destination_unknown_abbreviated.json": {"Ethernet1", mirror.Unknown, "Cpu: unknown"},
	"show_monitor_session__text_cpu_destination_abbreviated.txt":          {"factum2", mirror.True, "Cpu: active"},
}

func TestRecordedStates(t *testing.T) {
	for file, w := range states {
		got, err := parseShown(recording(t, file))
		if err != nil || len(got) != 1 || got[0].id != w.id {
			t.Errorf("%s: got %+v, %v", file, got, err)
			continue
		}
		if v := got[0].verdict(); v.Programmed != w.state || v.Reason != w.words || (v.Waits != "") != (w.state == mirror.Unknown) {
			t.Errorf("%s: got %+v", file, v)
		}
	}
}

// The recorded refusal stands in JSON; a command line says its text alone.
func TestRecordedRefusalOfADelete(t *testing.T) {
	text := recording(t, "eapi_error__no_monitor_session_on_missing_abbreviated.json")
	words := "% Monitor session Ethernet1 does not exist"
	if !strings.Contains(text, words) {
		t.Fatalf("the recording says %s", text)
	}
	if said, no := refusal(words); no {
		t.Errorf("a session that is gone already cannot be deleted: %s", said)
	}
	if _, err := parseSessions(words); err == nil {
		t.Error("a refusal is read as no sessions")
	}
}

// Every recording is one of those above, or explains them.
func TestNoRecordingIsLeftOut(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testkit.Shared(t, recordings), "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	explain := []string{"README.md", "running_config__avd_rendered_four_sessions.expected.yml", "eapi_error__no_monitor_session_on_missing_abbreviated.json"}
	for _, f := range files {
		name := filepath.Base(f)
		_, config := configurations[name]
		_, state := states[name]
		if !config && !state && !slices.Contains(explain, name) {
			t.Errorf("%s is read by no test", name)
		}
	}
}
