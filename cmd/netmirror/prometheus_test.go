package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A prometheus is the real one, with the configuration and the rules of docker-compose.yml.
type prometheus struct {
	t    *testing.T
	url  string
	said *lockedBuffer
}

var listensAt = regexp.MustCompile(`msg="Listening on" address=(\S+)`)

// startPrometheus has it read the controller every second instead of every 15.
func startPrometheus(t *testing.T, c *controller) *prometheus {
	t.Helper()
	testkit.Need(t, "prometheus")
	dir := t.TempDir()
	place := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := "global: {evaluation_interval: 1s}\n" + composeFile(t, "examples/compose/prometheus.yml")
	for _, change := range [][2]string{
		{"/etc/netmirror/rules.yml", filepath.Join(testkit.Root(t), "examples", "prometheus", "rules.yml")},
		{"/run/netmirror/prometheus-token", place("token", c.viewer()+"\n")},
		{"netmirror:8420", strings.TrimPrefix(c.url, "http://")},
		{"scrape_interval: 15s", "scrape_interval: 1s"},
	} {
		if !strings.Contains(config, change[0]) {
			t.Fatalf("the configuration has no %s", change[0])
		}
		config = strings.Replace(config, change[0], change[1], 1)
	}
	p := &prometheus{t: t, said: &lockedBuffer{}}
	cmd := exec.Command("prometheus", "--config.file="+place("prometheus.yml", config), "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address=127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = p.said, p.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was ended
		if t.Failed() {
			t.Log(tail(p.said.String(), 20))
		}
	})
	testkit.Eventually(t, patience, "Prometheus listens", func() bool {
		m := listensAt.FindStringSubmatch(p.said.String())
		if m != nil {
			p.url = "http://" + m[1]
		}
		return m != nil
	})
	return p
}

// ask gives the data of an answer of its API; false where it cannot answer yet.
func (p *prometheus) ask(path string, data any) bool {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+"/api/v1/"+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return false
	}
	if answer.Status != "success" {
		if resp.StatusCode != http.StatusServiceUnavailable {
			p.t.Fatalf("%s: %s", path, answer.Error)
		}
		return false
	}
	if err := json.Unmarshal(answer.Data, data); err != nil {
		p.t.Fatal(err)
	}
	return true
}

// A ruleState is a rule as Prometheus sees it.
type ruleState struct{ Name, Health, State, LastError, LastEvaluation string }

func (p *prometheus) rules() (all []ruleState) {
	var data struct{ Groups []struct{ Rules []ruleState } }
	p.ask("rules", &data)
	for _, g := range data.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// results are how many series a query finds now.
func (p *prometheus) results(query string) int {
	var data struct{ Result []json.RawMessage }
	p.ask("query?query="+url.QueryEscape(query), &data)
	return len(data.Result)
}

// TestPrometheusReadsAController: the real one takes the configuration of
// docker-compose.yml, reads the controller with a viewer's token, evaluates every rule, and
// answers every query of the dashboard; a switch that does not answer is seen.
func TestPrometheusReadsAController(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	c.call("PUT", "/sessions/phones", phones, 201)
	c.call("PUT", "/devices/away", `{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"127.0.0.1","port":1,"credentials":"campus"}}}`, 201)
	p := startPrometheus(t, c.controller)
	var targets struct {
		ActiveTargets []struct{ Health, LastError string }
	}
	testkit.Eventually(t, patience, "the controller is read", func() bool {
		return p.ask("targets?state=active", &targets) && len(targets.ActiveTargets) == 1 && targets.ActiveTargets[0].Health != "unknown"
	})
	if got := targets.ActiveTargets[0]; got.Health != "up" {
		t.Fatalf("%+v", got)
	}
	alerts := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(composeFile(t, "examples/prometheus/rules.yml"), -1)
	var rules []ruleState
	testkit.Eventually(t, patience, "every rule is evaluated", func() bool {
		rules = p.rules()
		return len(rules) > 0 && !slices.ContainsFunc(rules, func(r ruleState) bool { return r.Health == "unknown" })
	})
	for _, r := range rules {
		if r.Health != "ok" || r.LastError != "" {
			t.Errorf("%+v", r)
		}
	}
	if len(rules) != len(alerts) || len(alerts) == 0 {
		t.Errorf("%d rules of %d", len(rules), len(alerts))
	}
	testkit.Eventually(t, patience, "the switch that does not answer is told", func() bool {
		return slices.ContainsFunc(p.rules(), func(r ruleState) bool { return r.Name == "MirrorDeviceUnreachable" && r.State == "pending" })
	})
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(composeFile(t, "examples/prometheus/dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	asked := strings.NewReplacer("$instance", ".*", "$__rate_interval", "1m")
	// What is not there now, such as drops, has no series; a rate has none before the second
	// reading.
	testkit.Eventually(t, patience, "half of the dashboard shows something", func() bool {
		shown := 0
		for _, panel := range board.Panels {
			for _, target := range panel.Targets {
				if p.results(asked.Replace(target.Expr)) > 0 { // an error ends the test
					shown++
				}
			}
		}
		return shown >= len(board.Panels)/2
	})
	testkit.Eventually(t, patience, "the session is counted", func() bool {
		return p.results(`sum(netmirror_sessions{phase="Active"}) == 1`) == 1
	})
}
