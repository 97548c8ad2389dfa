package iosxr

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

const recordings = "fixtures/cisco-iosxr/"

func recording(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, recordings+file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// read reads sessions as an observation does: a configuration tells both.
func read(t *testing.T, config string) []mirror.NativeSession {
	t.Helper()
	at, err := parseInterfaces(config)
	if err != nil {
		t.Fatal(err)
	}
	out, err := parseSessions(config, at, true)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// want is what a session must be read as.
type want struct {
	id      string
	sources string // "rx Gi0/0/0/1 Gi0/0/0/2; both BE1"
	to      []mirror.PortName
	options mirror.Options // beside tags and ingress
	opaque  []string       // parts of the reason, nil = expressible
}

func (w want) spec() mirror.NativeSpec {
	n := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: w.to, Options: w.options}
	for part := range strings.SplitSeq(w.sources, ";") {
		for i, word := range strings.Fields(part) {
			if i > 0 {
				n.Sources = append(n.Sources, mirror.NativeSource{Port: portNamed(word), Direction: mirror.Direction(strings.Fields(part)[0])})
			}
		}
	}
	if n.Options.Tunnel != "" {
		n.Role = mirror.RoleERSPANSource
	} else {
		n.Options.Tags, n.Options.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	}
	return n.Normalize()
}

func (w want) check(t *testing.T, n mirror.NativeSession) {
	t.Helper()
	if d := cmp.Diff(w.spec(), n.Spec); d != "" || n.ID != w.id {
		t.Errorf("session %s, want %s (-want +got):\n%s", n.ID, w.id, d)
	}
	if (len(w.opaque) == 0) != (n.Opaque == "") {
		t.Errorf("session %s: opaque for %q, want %q", n.ID, n.Opaque, w.opaque)
	}
	for _, reason := range w.opaque {
		if !strings.Contains(n.Opaque, reason) {
			t.Errorf("session %s: opaque for %q, want %q in it", n.ID, n.Opaque, reason)
		}
	}
}

func checkAll(t *testing.T, got []mirror.NativeSession, all ...want) {
	t.Helper()
	if len(got) != len(all) {
		t.Fatalf("%d sessions, want %d: %+v", len(got), len(all), got)
	}
	for i, w := range all {
		w.check(t, got[i])
	}
}

// through is a session that sends into a tunnel.
func through(tunnel, from, to string) mirror.Options {
	return mirror.Options{Tunnel: tunnel, ERSPAN: &mirror.ERSPAN{Origin: from}, Collector: to}
}

func TestRecordedConfigurations(t *testing.T) {
	for file, sessions := range map[string][]want{
		"running_config__ncs5500_erspan_gre_tunnel.txt": {
			{id: "1", sources: "rx TenGigE0/0/0/0", options: through("tunnel-ip1", "172.16.3.24", "70.1.1.2")}},
		"running_config__pseudowire_session_definition.txt": {{id: "RSPAN", opaque: []string{"destination pseudowire"}}},
		// The session itself stands elsewhere, and so does the list that its keyword asks for.
		"show_running-config_interface__acl_capture.txt": {
			{id: "1", sources: "rx TenGigE0/0/0/0", opaque: []string{"an access list that does not stand there"}}},
	} {
		t.Run(file, func(t *testing.T) { checkAll(t, read(t, recording(t, file)), sessions...) })
	}
}

func TestRecordedStates(t *testing.T) {
	for file, want := range map[string]struct {
		status  status
		verdict mirror.State
	}{
		"show_monitor-session_status__ncs560_tx_rx_split_doc_sample.txt": {status{"5", []string{"rx destination interface tunnel-ip5", "tx destination is not specified"},
			[]row{{"TenGigE0/0/0/23", "Operational"}}}, mirror.True},
		"show_monitor-session_status__cisco8000_doc_template.txt": {status{"sess1", []string{"<Session status>"},
			[]row{{"GigabitEthernet0/0/0/0", "<Source interface status>"}, {"GigabitEthernet0/0/0/2", "<Source interface status>"}}}, mirror.Unknown},
	} {
		got, err := parseStatus(recording(t, file))
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %d sessions, %v", file, len(got), err)
		}
		if d := cmp.Diff(want.status, got[0], cmp.AllowUnexported(status{}, row{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
		if v := got[0].verdict(nil); v.Programmed != want.verdict {
			t.Errorf("%s: %+v", file, v)
		}
	}
}

func TestRecordedInterface(t *testing.T) {
	at := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	got, err := readCounters(recording(t, "show_interfaces__physical_output_drops.txt"), at)
	want := []mirror.PortCounters{{Port: "TenGigE0/3/0/0", Up: mirror.True, Bandwidth: 10e9, Complete: true, Discontinuity: "never",
		InPackets: 74732197285, InOctets: 48622921819223, OutPackets: 2222908838, OutOctets: 856734632077,
		In:  &mirror.MeanRate{Bits: 134379000, Packets: 26671, Over: 30 * time.Second},
		Out: &mirror.MeanRate{Bits: 285000, Packets: 257, Over: 30 * time.Second}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

// Every recording is read by every parser without harm: what is none of its own gives an
// error or nothing, never a session that is not there.
func TestRecordingsOfOtherThings(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(testkit.Shared(t, recordings+"README.md")), "*.txt"))
	if err != nil || len(files) < 6 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config := strings.Contains(file, "running")
		found, err := parseSessions(string(text), nil, true)
		if config != (err == nil) {
			t.Errorf("%s is read as %d sessions, %v", file, len(found), err)
		}
		for _, n := range found {
			if !slices.Contains([]string{"1", "RSPAN"}, n.ID) {
				t.Errorf("%s: session %s", file, n.ID)
			}
		}
		if _, err := parseStatus(string(text)); (err == nil) != strings.Contains(file, "status") {
			t.Errorf("%s as a status: %v", file, err)
		}
	}
}
