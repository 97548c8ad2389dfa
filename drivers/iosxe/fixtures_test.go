package iosxe

import (
	"errors"
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

// The recordings lie beside the checkout. What they mean was written down by
// hand, from the texts and the notes beside them; no flag rewrites it.

func recording(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, "fixtures/cisco-iosxe/"+file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func port(p mirror.PortName, d mirror.Direction) mirror.NativeSource {
	return mirror.NativeSource{Port: p, Direction: d}
}

func vlanSources(d mirror.Direction, vlans ...int) []mirror.NativeSource {
	var out []mirror.NativeSource
	for _, v := range vlans {
		out = append(out, mirror.NativeSource{VLAN: v, Direction: d})
	}
	return out
}

func local(dest mirror.PortName, tags string, sources ...mirror.NativeSource) mirror.NativeSpec {
	return mirror.NativeSpec{Role: mirror.RoleLocal, Sources: sources, Destinations: []mirror.PortName{dest},
		Options: mirror.Options{Tags: tags, Ingress: mirror.IngressDisabled}}
}

const (
	strip    = mirror.TagsStrip
	preserve = mirror.TagsPreserve
)

// want is what a session of a recording must be read as.
type want struct {
	id     string
	spec   mirror.NativeSpec
	opaque string // a part of the reason, "" = expressible
}

// unseen is what show monitor does not tell of an ERSPAN source.
const (
	unseen     = "does not tell its TTL"
	unseenDest = "does not tell its VRF"
)

func filtered(s mirror.NativeSpec, acl string, vlans ...int) mirror.NativeSpec {
	s.Options.Filter, s.Options.FilterVLANs = acl, vlans
	return s
}

func manyFa(n int) []mirror.NativeSource {
	var out []mirror.NativeSource
	for i := 1; i <= n; i++ {
		out = append(out, port(grammar.Of(grammar.Kind("FastEthernet"), []int{0, i}, -1).Full(), mirror.Both))
	}
	return out
}

var recordedSessions = map[string][]want{
	"show_monitor__asr_erspan_source_and_destination.txt": {
		{id: "1", opaque: unseen, spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource,
			Sources: []mirror.NativeSource{port("GigabitEthernet0/1/4", mirror.TX)},
			Options: mirror.Options{Collector: "172.18.197.254", ERSPAN: &mirror.ERSPAN{ID: 1, Origin: "172.18.197.254"}}}},
		{id: "2", opaque: unseenDest, spec: mirror.NativeSpec{Role: mirror.RoleERSPANDestination,
			Destinations: []mirror.PortName{"GigabitEthernet0/1/6"},
			Options:      mirror.Options{Collector: "172.18.197.254", ERSPAN: &mirror.ERSPAN{ID: 1}}}},
	},
	"show_monitor__rspan_source_vlans_compacted.txt": {
		{id: "1", spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 400,
			Sources: vlanSources(mirror.Both, 1, 69, 100, 107, 200, 201)}},
	},
	"show_monitor_session_1__iosvl2_replicate_filter_vlan.txt": {
		{id: "1", spec: filtered(local("GigabitEthernet0/1", preserve, port("GigabitEthernet0/0", mirror.Both)), "", 123)},
	},
	"show_monitor_session_1__iosvl2_rspan_destination.txt": {
		{id: "1", spec: mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 99,
			Destinations: []mirror.PortName{"GigabitEthernet0/1"},
			Options:      mirror.Options{Tags: strip, Ingress: mirror.IngressDisabled}}},
	},
	"show_monitor_session_1__packet_tracer_uncompacted_list.txt": {
		{id: "1", spec: local("GigabitEthernet0/1", strip, manyFa(23)...)},
	},
	"show_monitor_session_1_detail__c9k_stack_local.txt": {
		{id: "1", spec: local("TwentyFiveGigE1/0/3", strip, port("TwentyFiveGigE2/0/3", mirror.Both))},
	},
	"show_monitor_session_all__c9300_local_rspan_erspan_acl.txt": {
		{id: "10", spec: filtered(local("GigabitEthernet4/0/2", strip, port("GigabitEthernet3/0/27", mirror.RX)), "span-filter-acl1")},
		{id: "20", spec: filtered(local("GigabitEthernet3/0/28", strip, port("GigabitEthernet3/0/27", mirror.RX)), "mac:span-filter-macl1")},
		{id: "30", spec: local("GigabitEthernet1/0/1", strip, port("GigabitEthernet3/0/27", mirror.RX))},
		{id: "40", spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 300,
			Sources: []mirror.NativeSource{port("GigabitEthernet3/0/27", mirror.RX)}}},
		{id: "52", opaque: unseen, spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource,
			Sources: []mirror.NativeSource{port("GigabitEthernet3/0/27", mirror.RX)},
			Options: mirror.Options{Collector: "1.1.1.20", FilterVLANs: []int{123}, ERSPAN: &mirror.ERSPAN{ID: 12, Origin: "1.1.1.2"}}}},
	},
	"show_monitor_session_local__iosvl2_interface_range.txt": {
		{id: "1", spec: local("GigabitEthernet0/1", strip, port("GigabitEthernet0/2", mirror.Both), port("GigabitEthernet0/3", mirror.Both))},
	},
	"show_monitor_session_remote__iosvl2_rspan_source.txt": {
		{id: "1", spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 99,
			Sources: []mirror.NativeSource{port("GigabitEthernet0/2", mirror.Both)}}},
	},
	// Put together by hand from two devices: one number, two sessions. Which of
	// them is meant nobody knows, so it is opaque.
	"show_monitor_session_2__rspan_source_and_destination.txt": {
		{id: "2", opaque: "lists session 2 2 times", spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource,
			Sources: []mirror.NativeSource{port("GigabitEthernet0/0/1", mirror.Both)}}},
	},
}

func checkSessions(t *testing.T, got []mirror.NativeSession, wants []want) {
	t.Helper()
	if len(got) != len(wants) {
		t.Fatalf("%d sessions, want %d: %+v", len(got), len(wants), got)
	}
	for i, w := range wants {
		g := got[i]
		if g.ID != w.id {
			t.Errorf("session %d is number %s, want %s", i, g.ID, w.id)
		}
		if d := cmp.Diff(w.spec.Normalize(), g.Spec); d != "" {
			t.Errorf("session %s (-want +got):\n%s", w.id, d)
		}
		if (w.opaque == "") != (g.Opaque == "") || !strings.Contains(g.Opaque, w.opaque) {
			t.Errorf("session %s is opaque %q, want %q", w.id, g.Opaque, w.opaque)
		}
		if g.Text == "" {
			t.Errorf("session %s has no text", w.id)
		}
	}
}

func TestRecordedMonitorSessions(t *testing.T) {
	for file, wants := range recordedSessions {
		t.Run(file, func(t *testing.T) {
			text := recording(t, file)
			for kind, text := range map[string]string{"as recorded": text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"),
				"flush left": flushLeft(text), "other dashes": strings.ReplaceAll(text, "---------", "-----------------------")} {
				views, err := parseMonitor(text)
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				checkSessions(t, merge(views, nil), wants)
			}
		})
	}
}

// flushLeft takes the indentation away, as logs do.
func flushLeft(text string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, strings.TrimLeft(line, " "))
	}
	return strings.Join(out, "\n")
}

// Both halves of the hand-made recording are read, before they are one number.
func TestRecordedDuplicateIsReadTwice(t *testing.T) {
	views, err := parseMonitor(recording(t, "show_monitor_session_2__rspan_source_and_destination.txt"))
	if err != nil || len(views) != 2 {
		t.Fatalf("%d blocks, %v", len(views), err)
	}
	second := views[1].read()
	want := mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 100, Destinations: []mirror.PortName{"GigabitEthernet0/0/1"},
		Options: mirror.Options{Tags: strip, Ingress: mirror.IngressDisabled}}
	if d := cmp.Diff(want, second.Spec.Normalize()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if views[0].read().admin != mirror.True || second.admin != mirror.True {
		t.Error("Status : Admin Enabled was not read")
	}
}

func TestRecordedRunningConfig(t *testing.T) {
	for _, flat := range []bool{false, true} {
		text := recording(t, "running_config__erspan_source_and_xr_style_session.txt")
		if flat {
			text = flushLeft(text)
		}
		cfg, err := parseConfig(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(cfg.sessions) != 1 {
			t.Fatalf("flat %v: %d sessions: the XR block is none of ours: %+v", flat, len(cfg.sessions), cfg.sessions)
		}
		got := cfg.sessions[0].native()
		want := mirror.NativeSpec{Role: mirror.RoleERSPANSource,
			Sources:      []mirror.NativeSource{port("GigabitEthernet1/2", mirror.Both)},
			Destinations: []mirror.PortName{"GigabitEthernet1/3"}, Shut: true,
			Options: mirror.Options{Collector: "1.2.3.4", ERSPAN: &mirror.ERSPAN{ID: 1, MTU: 1464, Origin: "2.3.4.5"}}}
		if d := cmp.Diff(want, got.Spec); d != "" {
			t.Errorf("flat %v (-want +got):\n%s", flat, d)
		}
		for _, why := range []string{"buffer-size 12345", "source cpu rp", "destination port in a source session"} {
			if !strings.Contains(got.Opaque, why) {
				t.Errorf("flat %v: opaque %q lacks %q", flat, got.Opaque, why)
			}
		}
	}
}

func TestRecordedHardwareState(t *testing.T) {
	fed := map[string]hardware{
		"show_platform_software_fed_active_monitor__erspan_source.txt": {mirror.True,
			"ERSPAN Enable : 1, ERSPAN Hw Programmed : 1, ERSPAN Mandatory Cfg : 1"},
		"show_platform_software_fed_switch_active_monitor__erspan_many_sources.txt": {mirror.True,
			"ERSPAN Enable : 1, ERSPAN Hw Programmed : 1, ERSPAN Mandatory Cfg : 1"},
		"show_platform_software_fed_active_monitor__vlan_source_not_programmed.txt": {mirror.False,
			"ERSPAN Enable : 0, ERSPAN Hw Programmed : 0, ERSPAN Mandatory Cfg : 0"},
		"show_platform_software_fed_active_monitor__portchannel_local_replicate.txt": {mirror.Unknown, ""},
	}
	for file, want := range fed {
		number, got, err := parseFED(recording(t, file))
		if err != nil || number != "0" || got != want {
			t.Errorf("%s: %+v, %v, want %+v", file, got, err, want)
		}
	}
	for _, file := range []string{"show_platform_software_monitor_session__erspan_source.txt", "show_platform_software_monitor_session__erspan_destination.txt"} {
		text := recording(t, file)
		id, number, got, err := parsePlatformSession(text)
		if want := (hardware{mirror.True, "FED Session 0"}); err != nil || id != "1" || number != "0" || got != want {
			t.Errorf("%s: session %q %+v, %v, want %+v", file, id, got, err, want)
		}
		_, _, got, err = parsePlatformSession(strings.Replace(text, "(FED Session 0)", "(FED Session NotMapped)", 1))
		if want := (hardware{mirror.False, "FED Session NotMapped"}); err != nil || got != want {
			t.Errorf("%s, not mapped: %+v, %v, want %+v", file, got, err, want)
		}
	}
}

func TestRecordedCapabilities(t *testing.T) {
	for file, want := range map[string]capability{
		"show_capability_feature_monitor_erspan-destination.txt":         {supported: true, sessions: 8, types: "II and III"},
		"show_capability_feature_monitor_erspan-source__type2_and_3.txt": {supported: true, rx: 8, tx: 8, types: "II and III"},
	} {
		got, err := parseCapability(recording(t, file))
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", file, got, err, want)
		}
	}
}

func TestRecordedInterfacesStatus(t *testing.T) {
	got, err := statusTable.Read(recording(t, "show_interfaces_status__monitoring_port.txt"))
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Name   mirror.PortName
		Word   string
		VLAN   string
		Access int
		Speed  mirror.BitsPerSecond
		Up     mirror.State
	}
	var rows []row
	for _, s := range got {
		rows = append(rows, row{s.Name.Full(), s.Word, s.VLAN, s.Access, s.Speed, up(s.Word)})
	}
	want := []row{
		{"TwentyFiveGigE1/0/1", "connected", "123", 123, 1e9, mirror.True},
		{"TwentyFiveGigE1/0/2", "disabled", "456", 456, 0, mirror.False},
		{"TwentyFiveGigE1/0/4", "connected", "123,1234", 0, 1e9, mirror.True},
		{"TwentyFiveGigE1/0/5", "disabled", "2345", 2345, 0, mirror.False},
		{"TwentyFiveGigE1/0/17", "connected", "pvlan prom", 0, 1e10, mirror.True},
		{"TwentyFiveGigE1/0/28", "notconnect", "123", 123, 0, mirror.False},
		{"TwentyFiveGigE2/0/32", "monitoring", "1", 1, 1e10, mirror.True},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The recording begins in the middle of one interface and ends with the heading
// of the next.
func TestRecordedInterfaceCounters(t *testing.T) {
	text := recording(t, "show_interfaces__gigabit_output_drops.txt")
	figures := mirror.PortCounters{Bandwidth: 1e9, InOctets: 14855, InPackets: 83, OutOctets: 2510810, OutPackets: 15513, OutDrops: 0, Complete: true,
		Discontinuity: "never", In: &mirror.MeanRate{Over: 5 * time.Minute}, Out: &mirror.MeanRate{Over: 5 * time.Minute}}
	next := mirror.PortCounters{Port: "GigabitEthernet0/2", Up: mirror.True}
	got, err := interfaceFigures.Read(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]mirror.PortCounters{figures, next}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	got, err = interfaceFigures.Read("GigabitEthernet0/1 is up, line protocol is down (monitoring) \n"+strings.Replace(text, "drops: 0", "drops: 4711", 1), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	figures.Port, figures.Up, figures.OutDrops = "GigabitEthernet0/1", mirror.True, 4711
	if d := cmp.Diff([]mirror.PortCounters{figures, next}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestRecordedRemoteVLANs(t *testing.T) {
	got, err := parseRemoteVLANs(recording(t, "show_vlan_remote-span.txt"))
	if err != nil || !slices.Equal(got, []int{100, 400, 500}) {
		t.Errorf("%v, %v", got, err)
	}
}

// Every recorded refusal is one, and nothing that is said beside is.
func TestRecordedRefusals(t *testing.T) {
	blocks := strings.Split(recording(t, "config_error_messages.txt"), "----")
	if len(blocks) != 9 {
		t.Fatalf("%d blocks, want 9", len(blocks))
	}
	for _, b := range blocks {
		words, refused := refusal(b)
		if !refused || words != strings.TrimSpace(b) {
			t.Errorf("%q: %q, %v", b, words, refused)
		}
	}
	for _, fine := range []string{"", "\n", "*Nov 22 12:00:01.123: %SYS-5-CONFIG_I: Configured from console by admin on vty0",
		"Enter configuration commands, one per line.  End with CNTL/Z.", "load is 10% of 5"} {
		if words, refused := refusal(fine); refused {
			t.Errorf("%q was taken for a refusal: %q", fine, words)
		}
	}
}

func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(testkit.Shared(t, "fixtures/cisco-iosxe/README.md")), "*.txt"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

// No recording may be left without a test of what it means.
func TestEveryRecordingIsTested(t *testing.T) {
	source, err := os.ReadFile("fixtures_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range recordings(t) {
		if !strings.Contains(string(source), filepath.Base(f)) {
			t.Errorf("%s is read by no test", filepath.Base(f))
		}
	}
}

// Every recording of a command that has a parser is read by it, whatever stands
// between its lines, and by no other.
func TestEveryRecordingIsReadByItsParserAlone(t *testing.T) {
	for _, f := range recordings(t) {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		own := readerOf(f)
		if own == nil {
			if base := filepath.Base(f); base != "config_error_messages.txt" {
				t.Errorf("%s has no parser", base)
			}
			continue
		}
		checkInterruptions(t, f, string(text))
		for name, read := range readers {
			if strings.HasPrefix(filepath.Base(f), name) || strings.HasPrefix(filepath.Base(f), "running_config") && name == "show_running-config" {
				continue
			}
			got, err := read(string(text))
			if err == nil {
				t.Errorf("%s: read as %s: %q", filepath.Base(f), name, got)
			} else if !errors.Is(err, mirror.ErrParse) {
				t.Errorf("%s as %s: %v is not ErrParse", filepath.Base(f), name, err)
			}
		}
	}
}
