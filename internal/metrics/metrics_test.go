package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// told is what a test has the controller tell.
type told struct {
	figures engine.Figures
	err     error
}

func (f told) Figures(context.Context) (engine.Figures, error) { return f.figures, f.err }

type octets int64

func (o octets) Size() (int64, error) { return int64(o), nil }

func scrape(t *testing.T, m *Metrics, from told, header ...string) (body, contentType string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	m.Handler(Sources{Engine: from, Store: octets(4096)}).ServeHTTP(w, r)
	b, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v: %s", w.Code, err, b)
	}
	return string(b), w.Result().Header.Get("Content-Type")
}

func has(t *testing.T, body string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains("\n"+body, "\n"+l+"\n") {
			t.Errorf("no line %q", l)
		}
	}
}

// example is a controller with something of everything.
func example() (*Metrics, told) {
	m := New("1.2.3", slog.New(slog.DiscardHandler))
	m.Dealt(worker.Push, "arista_eos", 300*time.Millisecond, nil)
	m.Dealt(worker.Observe, "arista_eos", time.Second, fmt.Errorf("device leaf: %w: %w", mirror.ErrTimeout, mirror.ErrUnreachable))
	m.Dealt(worker.Connect, "cisco_iosxe", time.Second, mirror.ErrLoginRefused)
	m.Dealt(worker.Save, "cisco_iosxe", 5*time.Second, nil)
	m.Dealt(worker.Count, "cisco_iosxe", 30*time.Millisecond, nil)
	m.RoundTrip("cisco_iosxe")
	m.RoundTrip("cisco_iosxe")
	m.Expect("arista_eos")
	m.Decided(capacity.Refuse)
	m.Event("ReliefTaken")
	m.Transaction(true, time.Millisecond, false)
	m.Transaction(false, time.Millisecond, true)
	m.StoreOpened(20 * time.Millisecond)
	f := engine.Figures{Queue: 3, Connecting: 2, Sessions: engine.Sums{
		Phases:     map[mirror.Phase]int{mirror.Active: 5, mirror.Degraded: 1},
		Conditions: map[string]map[mirror.State]int{mirror.CondConfigured: {mirror.True: 5, mirror.False: 1}},
		Faults:     []engine.Fault{{Session: "voice", Condition: mirror.CondConfigured, Reason: "Drifted"}},
		Relieved:   []engine.ReliefFigure{{Session: "voice", Steps: 2, Pinned: true}},
	}}
	for i, st := range []mirror.State{mirror.True, mirror.False, mirror.Unknown} {
		d := engine.DeviceView{Device: mirror.Device{Name: fmt.Sprint("sw", i), Platform: "cisco_iosxe"}}
		d.State.Reachable.State = st
		if i == 0 {
			d.State.Observation.At = time.Unix(1700000000, 0)
			d.Binding = engine.Slot{Limit: mirror.Limit{Max: 2}, Used: 1}
			d.State.Brake = &mirror.Brake{Scope: mirror.BrakeDevice}
		}
		f.Devices = append(f.Devices, d)
	}
	ratio, flow := 0.52, capacity.Flow{Octets: 1_000_000, Frames: 1000}
	copies := []capacity.CopyLoad{{Device: "sw0", Native: "66", Port: "Gi1/0/23", Sessions: []string{"voice", "alice"}, Delivery: capacity.Delivery{Ratio: &ratio}},
		{Device: "sw0", Native: "65", Sessions: []string{"bob"}, Delivery: capacity.Delivery{Reason: capacity.ReasonFiltered}}}
	at := time.Unix(1700000000, 0)
	f.Outlets = []engine.OutletView{{Outlet: mirror.Outlet{Name: "webhook/chat", Delivered: 7, Failed: 4, Lost: 2}, Dead: 1, Behind: 3, Oldest: time.Now().Add(-time.Hour)}}
	f.Ends = []engine.EndView{
		{Load: capacity.EndLoad{End: capacity.End{Device: "sw0", Port: "Gi1/0/23", Tool: "ids-1"}, At: at, Sessions: []string{"alice", "voice"}, Capacity: 10e6, Offered: 12e6, Known: true,
			Terms: []capacity.Term{{Session: "voice", Offered: 5e6}, {Session: "voice", Offered: 4e6}, {Session: "alice", Offered: 3e6}}, Up: mirror.True, Sent: flow, Drops: 42, Counted: true, Over: true}, Copies: copies},
		{Load: capacity.EndLoad{End: capacity.End{Device: "sw0", Port: "Te1/1/1", Link: true}, At: at, Sessions: []string{"voice"}, Capacity: 10e9, Offered: 9e6,
			Terms: []capacity.Term{{Session: "voice", Offered: 9e6}, {Offered: 7}}, Up: mirror.False}, Copies: copies[:1]},
		{Load: capacity.EndLoad{End: capacity.End{IP: "192.0.2.9"}, Sessions: []string{"bob"}}},
		{Load: capacity.EndLoad{End: capacity.End{IP: "192.0.2.10", Tool: "far"}, Sessions: []string{"bob"}}},
		{Load: capacity.EndLoad{End: capacity.End{IP: "192.0.2.11", Tool: "far"}, Sessions: []string{"bob"}}}, // where it was before
		{Load: capacity.EndLoad{End: capacity.End{Device: "sw0", Port: "\xff"}, Sessions: []string{"bob"}}},
	}
	return m, told{figures: f}
}

func TestLoadsAreTold(t *testing.T) {
	m, from := example()
	body, _ := scrape(t, m, from)
	tool, link, ip := `{destination="ids-1",device="sw0",interface="Gi1/0/23",link="false"} `, `{destination="sw0:Te1/1/1",device="sw0",interface="Te1/1/1",link="true"} `, `{destination="192.0.2.9",device="",interface="",link="false"} `
	has(t, body, "netmirror_destination_offered_bits_per_second"+tool+"1.2e+07", "netmirror_destination_capacity_bits_per_second"+tool+"1e+07",
		"netmirror_destination_sent_bits_per_second"+tool+"8.16e+06", "netmirror_destination_dropped_frames_per_second"+tool+"42",
		"netmirror_destination_oversubscribed"+tool+"1", "netmirror_destination_oversubscribed"+link+"0", "netmirror_destination_oversubscribed"+ip+"0",
		"netmirror_destination_up"+tool+"1", "netmirror_destination_up"+link+"0",
		`netmirror_session_offered_bits_per_second{destination="ids-1",device="sw0",interface="Gi1/0/23",link="false",session="voice"} 9e+06`,
		`netmirror_session_offered_bits_per_second{destination="ids-1",device="sw0",interface="Gi1/0/23",link="false",session="alice"} 3e+06`,
		`netmirror_session_delivery_ratio{device="sw0",interface="Gi1/0/23",native_id="66",session="voice"} 0.52`,
		`netmirror_session_delivery_ratio{device="sw0",interface="Gi1/0/23",native_id="66",session="alice"} 0.52`,
	)
	for _, not := range []string{"netmirror_destination_offered_bits_per_second" + ip, "netmirror_destination_sent_bits_per_second" + link, `session_delivery_ratio{device="sw0",interface="",native_id="65"`} {
		if strings.Contains(body, not) {
			t.Errorf("nobody knows %s", not)
		}
	}
}

func TestWhatIsTold(t *testing.T) {
	m, from := example()
	body, media := scrape(t, m, from)
	if !strings.HasPrefix(media, "text/plain; version=0.0.4") {
		t.Errorf("as %q", media)
	}
	has(t, body,
		`netmirror_sessions{phase="Active"} 5`, `netmirror_sessions{phase="Degraded"} 1`, `netmirror_sessions{phase="Failed"} 0`,
		`netmirror_sessions_by_condition{condition="Configured",status="True"} 5`, `netmirror_sessions_by_condition{condition="Effective",status="Unknown"} 0`,
		`netmirror_session_condition_false{condition="Configured",reason="Drifted",session="voice"} 1`,
		`netmirror_session_relief_steps{pinned="true",session="voice"} 2`,
		`netmirror_device_reachable{device="sw0",platform="cisco_iosxe"} 1`, `netmirror_device_reachable{device="sw1",platform="cisco_iosxe"} 0`,
		`netmirror_device_last_read_timestamp_seconds{device="sw0",platform="cisco_iosxe"} 1.7e+09`,
		`netmirror_device_native_sessions{device="sw0",platform="cisco_iosxe"} 1`, `netmirror_device_native_sessions_limit{device="sw0",platform="cisco_iosxe"} 2`,
		`netmirror_device_brake{device="sw0",platform="cisco_iosxe",scope="device"} 1`,
		`netmirror_rollout_queue_length 3`, `netmirror_devices_connecting 2`, `netmirror_controller_held_back 0`, `netmirror_state_readable 1`,
		`netmirror_push_duration_seconds_bucket{platform="arista_eos",le="0.5"} 1`, `netmirror_push_duration_seconds_bucket{platform="arista_eos",le="0.25"} 0`,
		`netmirror_observe_duration_seconds_count{platform="arista_eos"} 1`, `netmirror_save_duration_seconds_sum{platform="cisco_iosxe"} 5`,
		`netmirror_device_failures_total{kind="timeout",operation="observe",platform="arista_eos"} 1`,
		`netmirror_device_failures_total{kind="auth",operation="connect",platform="cisco_iosxe"} 1`,
		`netmirror_round_trips_total{platform="cisco_iosxe"} 2`, `netmirror_round_trips_total{platform="arista_eos"} 0`,
		`netmirror_device_failures_total{kind="parse",operation="push",platform="arista_eos"} 0`,
		`netmirror_admission_verdicts_total{verdict="refuse"} 1`, `netmirror_admission_verdicts_total{verdict="admit"} 0`, `netmirror_events_total{type="ReliefTaken"} 1`,
		`netmirror_store_transaction_duration_seconds_count{kind="write"} 1`, `netmirror_store_failures_total 1`,
		`netmirror_store_open_duration_seconds 0.02`, `netmirror_store_size_bytes 4096`,
	)
	if strings.Contains(body, `device_reachable{device="sw2"`) || strings.Contains(body, `last_read_timestamp_seconds{device="sw2"`) {
		t.Error("something is told of a device that was never tried")
	}
	if !regexp.MustCompile(`(?m)^netmirror_build_info\{goversion="go[^"]+",version="1.2.3"\} 1$`).MatchString(body) || !strings.Contains(body, "\nprocess_cpu_seconds_total ") || !strings.Contains(body, "\ngo_goroutines ") {
		t.Error("build, process or Go runtime are missing")
	}
}

func TestOpenMetricsForWhoAsks(t *testing.T) {
	m, from := example()
	body, media := scrape(t, m, from, "Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
	if !strings.HasPrefix(media, "application/openmetrics-text") || !strings.HasSuffix(body, "# EOF\n") {
		t.Errorf("as %q", media)
	}
}

// TestWhatCannotBeReadIsLeftOut: a store that fails takes nothing but its own figures
// with it.
func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	m, from := example()
	from.err = errors.New("the disk is gone")
	body, _ := scrape(t, m, from)
	has(t, body, "netmirror_state_readable 0", "netmirror_store_failures_total 1", `netmirror_round_trips_total{platform="cisco_iosxe"} 2`)
	if strings.Contains(body, "netmirror_sessions") || strings.Contains(body, "netmirror_device_reachable") {
		t.Error("sessions or devices are told although nobody could read them")
	}
}

// TestTwoControllersInOneProcess know nothing of each other.
func TestTwoControllersInOneProcess(t *testing.T) {
	_, from := example()
	other := New("1", slog.New(slog.DiscardHandler))
	body, _ := scrape(t, other, from)
	if strings.Contains(body, "netmirror_round_trips_total{") {
		t.Error("one tells what the other counted")
	}
}

func TestPromtoolHasNothingToSay(t *testing.T) {
	m, from := example()
	body, _ := scrape(t, m, from)
	if said := testkit.CheckMetrics(t, body); len(said) > 0 {
		t.Errorf("promtool check metrics: %s", strings.Join(said, "\n"))
	}
	// A test that cannot fail is none.
	if said := testkit.CheckMetrics(t, "# TYPE netmirror_pushes_ms counter\nnetmirror_pushes_ms 1\n"); len(said) == 0 {
		t.Error("promtool takes anything")
	}
}

func TestAnErrorIsAWord(t *testing.T) {
	for want, err := range map[string]error{
		"timeout": fmt.Errorf("x: %w", mirror.ErrTimeout), "host-key": mirror.ErrHostKeyChanged, "auth": mirror.ErrLoginRefused, "unreachable": fmt.Errorf("%w", mirror.ErrUnreachable),
		"rejected": &mirror.DeviceError{Answer: "% secret"}, "canceled": context.Canceled, "other": errors.New("anything at all"),
	} {
		if got := kindOf(err); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
	}
}
