package main

import (
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// scrape is /metrics as Prometheus reads it, with a viewer's token.
func (c *controller) scrape(token string) (status int, body string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+"/metrics", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// viewer makes a token that reads alone.
func (c *controller) viewer() string {
	c.t.Helper()
	out, err := c.cli("", "token", "create", "prometheus", "--role", "viewer", "--data", c.data)
	if err != nil {
		c.t.Fatalf("%v\n%s", err, out)
	}
	return strings.TrimSpace(out)
}

// TestMetricsOfARunningController: they follow what happens to a switch, they are
// shown to nobody without a token, and promtool has nothing to say.
func TestMetricsOfARunningController(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	if status, _ := c.scrape(""); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", status)
	}
	token := c.viewer()
	holds := func(lines ...string) {
		t.Helper()
		var missing []string
		defer func() {
			if t.Failed() {
				t.Logf("missing: %q", missing)
			}
		}()
		testkit.Eventually(t, patience, strings.Join(lines, ", "), func() bool {
			status, body := c.scrape(token)
			if status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			missing = slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
				return regexp.MustCompile("(?m)^" + l + "$").MatchString(body)
			})
			return len(missing) == 0
		})
	}
	c.call("PUT", "/sessions/phones", phones, 201)
	holds(`netmirror_sessions\{phase="Active"\} 1`, `netmirror_device_reachable\{device="acc-1",platform="cisco_iosxe"\} 1`,
		`netmirror_push_duration_seconds_count\{platform="cisco_iosxe"\} 1`, `netmirror_save_duration_seconds_count\{platform="cisco_iosxe"\} 1`,
		`netmirror_observe_duration_seconds_count\{platform="cisco_iosxe"\} [1-9]\d*`, `netmirror_round_trips_total\{platform="cisco_iosxe"\} [1-9]\d*`,
		`netmirror_sessions_by_condition\{condition="Configured",status="True"\} 1`, `netmirror_store_transaction_duration_seconds_count\{kind="write"\} [1-9]\d*`,
		`netmirror_store_size_bytes [1-9]\S*`, `netmirror_build_info\{.*version="dev"\} 1`)

	// A change of another hand that is not saved.
	c.acc.Exec("configure terminal", "hostname acc-1", "interface Gi1/0/5", "description theirs", "end")
	c.call("PUT", "/sessions/phones", strings.Replace(phones, "Gi1/0/14", "Gi1/0/15", 1), 200)
	holds(`netmirror_session_condition_false\{condition="Persisted",reason="ForeignUnsavedChanges",session="phones"\} 1`)
	_, body := c.scrape(token)
	if said := testkit.CheckMetrics(t, body); len(said) > 0 {
		t.Errorf("promtool: %q", said)
	}
}

// TestLoadsOnMetricsAndTop: a tool gets more than it takes, on the figures for
// Prometheus and on the command line, until the switch copies nothing any more.
func TestLoadsOnMetricsAndTop(t *testing.T) {
	t.Parallel()
	c, sw := watchedSwitch(t, "cisco_iosxe", "C9300-24T", "Gi1/0/14", "Gi1/0/23")
	c.call("PUT", "/tools/ids-1", `{"device":"acc-1","interface":"Gi1/0/23","capacity":20000000}`, 201)
	c.call("PUT", "/sessions/copies", `{"sources":[{"device":"acc-1","interface":"Gi1/0/14"}],"destinations":[{"tool":"ids-1"}],"admission":{"mode":"off"}}`, 200)
	token := c.viewer()
	c.becomes("copies", "DestinationHealthy", "False", "Oversubscribed", "Degraded")
	c.becomes("copies", "Effective", "True", "CopiesFlow", "Degraded")

	// 10,000 frames each way of 500 octets with checksum: 83.2 Mbit/s on the wire.
	at := `destination="ids-1",device="acc-1",interface="GigabitEthernet1/0/23",link="false"`
	// Readings stand close together here, and a busy machine makes each a little wrong: a
	// figure is right once it was.
	becomes := func(series string, right func(float64) bool) {
		t.Helper()
		last := ""
		defer func() {
			if t.Failed() {
				t.Logf("%s is %q", series, last)
			}
		}()
		testkit.Eventually(t, patience, series, func() bool {
			_, body := c.scrape(token)
			for l := range strings.Lines(body) {
				if text, ok := strings.CutPrefix(l, series+" "); ok {
					last = strings.TrimSpace(text)
					v, err := strconv.ParseFloat(last, 64)
					return err == nil && right(v)
				}
			}
			return false
		})
	}
	near := func(series string, want float64) {
		t.Helper()
		becomes(series, func(v float64) bool { return math.Abs(v-want) <= want/10 })
	}
	near("netmirror_destination_offered_bits_per_second{"+at+"}", 83.2e6)
	near("netmirror_session_offered_bits_per_second{"+at+`,session="copies"}`, 83.2e6)
	near("netmirror_destination_capacity_bits_per_second{"+at+"}", 20e6)
	near("netmirror_destination_oversubscribed{"+at+"}", 1)
	near("netmirror_destination_up{"+at+"}", 1)
	near(`netmirror_session_condition_false{condition="DestinationHealthy",reason="Oversubscribed",session="copies"}`, 1)
	becomes(`netmirror_poll_duration_seconds_count{platform="cisco_iosxe"}`, func(n float64) bool { return n >= 3 })
	_, body := c.scrape(token)
	if said := testkit.CheckMetrics(t, body); len(said) > 0 {
		t.Errorf("promtool: %q", said)
	}
	row := regexp.MustCompile(`(?m)^ids-1 \(acc-1:GigabitEthernet1/0/23\) .* 20M  \d\d\d% .* Oversubscribed .* copies$`)
	shown := ""
	defer func() {
		if t.Failed() {
			t.Log(shown)
		}
	}()
	testkit.Eventually(t, patience, "top shows it", func() bool {
		var err error
		if shown, err = c.cli("", "top", "--once"); err != nil {
			t.Fatalf("%v\n%s", err, shown)
		}
		return row.MatchString(shown)
	})

	if err := sw.UpdateFaults(func(f *lab.Faults) { f.MirrorsNothing = true }); err != nil {
		t.Fatal(err)
	}
	c.becomes("copies", "Effective", "False", "CopiesNotFlowing", "Degraded")
	near(`netmirror_session_condition_false{condition="Effective",reason="CopiesNotFlowing",session="copies"}`, 1)
	becomes(`netmirror_session_delivery_ratio{device="acc-1",interface="GigabitEthernet1/0/23",native_id="66",session="copies"}`, func(ratio float64) bool { return ratio <= 0.01 })
}
