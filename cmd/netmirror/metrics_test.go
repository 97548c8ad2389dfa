package main

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

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
