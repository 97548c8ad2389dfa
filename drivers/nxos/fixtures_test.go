package nxos

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// The recordings lie beside the checkout. What they mean was written down by hand, from
// the texts and the notes beside them; no flag rewrites it.

const recordings = "fixtures/cisco-nxos/"

func recording(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, recordings+file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var n9k, n7k = mirror.Facts{Model: "Nexus9000 C93180YC-EX", Version: "9.3(8)"}, mirror.Facts{Model: "Nexus7000 C7009", Version: "6.2(8)"}

// want is what a session must be read as.
type want struct {
	id      string
	role    mirror.Role // "" = local
	sources string      // "rx Ethernet1/3 Ethernet1/5; both 110-112"
	to      []mirror.PortName
	options mirror.Options // beside tags and ingress
	shut    bool
	mark    string
	opaque  []string // parts of the reason, nil = expressible
}

func (w want) spec(t *testing.T) mirror.NativeSpec {
	t.Helper()
	n := mirror.NativeSpec{Role: w.role, Destinations: w.to, Options: w.options, Shut: w.shut}
	for part := range strings.SplitSeq(w.sources, ";") {
		words := strings.Fields(part)
		for i, word := range words {
			if i == 0 {
				continue
			}
			if vlans, err := mirror.ParseVLANs(word); err == nil {
				for v := range mirror.MaxVLAN + 1 {
					if vlans.Has(v) {
						n.Sources = append(n.Sources, mirror.NativeSource{VLAN: v, Direction: mirror.Direction(words[0])})
					}
				}
				continue
			}
			n.Sources = append(n.Sources, mirror.NativeSource{Port: mirror.PortName(word), Direction: mirror.Direction(words[0])})
		}
	}
	if n.Role == "" {
		n.Role = mirror.RoleLocal
		n.Options.Tags, n.Options.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	}
	return n.Normalize()
}

func (w want) check(t *testing.T, n mirror.NativeSession) {
	t.Helper()
	if d := cmp.Diff(w.spec(t), n.Spec); d != "" || n.ID != w.id || n.Mark != w.mark {
		t.Errorf("session %s of mark %q, want %s of %q (-want +got):\n%s", n.ID, n.Mark, w.id, w.mark, d)
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

// tunnel is that of a source session as it is read.
func tunnel(to string, e mirror.ERSPAN) mirror.Options {
	return mirror.Options{Collector: to, ERSPAN: &e}
}

// configurations are the recorded configurations, with their sessions by number.
var configurations = map[string]struct {
	origin   string
	sessions []want
}{
	"running_config_monitor__n7k_local_and_erspan.txt": {"10.10.200.253", []want{
		{id: "1", sources: "both Ethernet3/30", to: []mirror.PortName{"Ethernet3/2"}},
		{id: "45", role: mirror.RoleERSPANSource, sources: "both Ethernet111/1/2 Ethernet111/1/3", options: tunnel("10.136.21.253", mirror.ERSPAN{ID: 45, Origin: "10.10.200.253"})},
	}},
	"running_config_monitor__n7k_erspan_blog.txt": {"192.0.2.1", []want{
		{id: "1", role: mirror.RoleERSPANSource, sources: "both Ethernet3/23", options: tunnel("198.51.100.100", mirror.ERSPAN{ID: 10, Origin: "192.0.2.1"})},
	}},
	// A parser's test, not a device: a destination has no direction, and a VLAN is copied
	// as it arrives.
	"running_config_monitor__parser_test_directions.txt": {"", []want{
		{id: "1", sources: "both Ethernet1/1 Ethernet1/4; tx Ethernet1/2; rx Ethernet1/3 1-3", to: []mirror.PortName{"Ethernet2/4"},
			opaque: []string{"Ethernet2/1 both", "Ethernet2/2 tx", "Ethernet2/3 rx"}},
	}},
	"config_transcript__n9k_erspan_source_type3.txt": {"11.11.11.1", []want{
		{id: "3", role: mirror.RoleERSPANSource, sources: "both Ethernet1/31",
			options: mirror.Options{Truncate: 1518, Collector: "11.11.11.11", ERSPAN: &mirror.ERSPAN{ID: 156, Origin: "11.11.11.1", TTL: 64, Type: 3}}},
	}},
}

func TestRecordedConfigurations(t *testing.T) {
	for file, w := range configurations {
		t.Run(file, func(t *testing.T) {
			got, origin, err := parseConfig(n7k, recording(t, file))
			if err != nil || len(got) != len(w.sessions) || origin != w.origin {
				t.Fatalf("got %d sessions and origin %q, %v, want %d and %q", len(got), origin, err, len(w.sessions), w.origin)
			}
			for i, s := range w.sessions {
				s.check(t, got[i])
			}
		})
	}
}

// outputs are the recorded outputs of show monitor session.
var outputs = map[string]struct {
	id      string
	role    mirror.Role
	sources string
	to      []mirror.PortName
}{
	"show_monitor_session_2__n7k_erspan_source_extended.txt": {"2", mirror.RoleERSPANSource, "", nil},
	"show_monitor_session_2__n7k_erspan_destination.txt":     {"2", mirror.RoleERSPANDestination, "", []mirror.PortName{"Ethernet4/8"}},
	"show_monitor_session_3__n9k_erspan_source_type3.txt":    {"3", mirror.RoleERSPANSource, "Ethernet1/31 both", nil},
}

func sourceWords(n mirror.NativeSpec) string {
	var out []string
	for _, s := range n.Normalize().Sources {
		what := string(s.Port)
		if s.VLAN != 0 {
			what = "VLAN"
		}
		out = append(out, what+" "+string(s.Direction))
	}
	return strings.Join(out, ", ")
}

func TestRecordedOutputs(t *testing.T) {
	for file, w := range outputs {
		got, err := parseShown(recording(t, file))
		if err != nil || len(got) != 1 {
			t.Errorf("%s: got %+v, %v", file, got, err)
			continue
		}
		s := got[0]
		if s.id != w.id || s.Spec.Role != w.role || sourceWords(s.Spec) != w.sources || !slices.Equal(s.Spec.Destinations, w.to) || s.Unread {
			t.Errorf("%s: got %+v", file, s)
		}
		if v := s.verdict(s.Spec); v.Programmed != mirror.True || v.Reason != "state : up" || v.Waits != "" {
			t.Errorf("%s: got %+v", file, v)
		}
	}
}

const recordedFigures = "show_interface__output_discard_counters.txt"

func TestRecordedFigures(t *testing.T) {
	text := recording(t, recordedFigures)
	got, err := interfaceFigures.Read(text, time.Now())
	w := []mirror.PortCounters{{Port: "Ethernet1/1", Up: mirror.True, Bandwidth: 1e9, Complete: true, Discontinuity: "never",
		InOctets: 827345973, InPackets: 6392635, OutOctets: 16581146467, OutPackets: 138299756, OutDrops: 33,
		In:  &mirror.MeanRate{Bits: 200, Over: 30 * time.Second},
		Out: &mirror.MeanRate{Bits: 5320, Packets: 1, Over: 30 * time.Second}},
		{Port: "Ethernet1/2", Up: mirror.False}}
	if d := cmp.Diff(w, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if words, err := parseReceived(text); err != nil || words != "30 seconds input rate 200 bits/sec, 0 packets/sec" {
		t.Errorf("received %q, %v", words, err)
	}
}

// Every recording is one of those above, or explains them.
func TestNoRecordingIsLeftOut(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testkit.Shared(t, recordings), "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		_, config := configurations[name]
		_, shown := outputs[name]
		if !config && !shown && name != "README.md" && name != recordedFigures {
			t.Errorf("%s is read by no test", name)
		}
	}
}
