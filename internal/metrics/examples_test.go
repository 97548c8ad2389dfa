package metrics

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/testkit"
)

func examplePath(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(testkit.Root(t), "examples", "prometheus", name)
}

func readExample(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(examplePath(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

type (
	rules struct{ Groups []group }
	group struct {
		Name  string
		Rules []rule
	}
	rule struct {
		Alert, Expr, For    string
		Labels, Annotations map[string]string
	}
)

func readRules(t *testing.T) (r rules) {
	t.Helper()
	if err := yaml.Unmarshal(readExample(t, "rules.yml"), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// dashboard is what is looked at in the dashboard.
type dashboard struct {
	Panels []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr, LegendFormat string }
	}
	Templating struct {
		List []struct{ Name, Definition string }
	}
}

func readDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	if err := json.Unmarshal(readExample(t, "dashboard.json"), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	testkit.Need(t, "promtool")
	out, err := exec.Command("promtool", args...).CombinedOutput()
	return string(out), err
}

// TestAlertRules: promtool takes them, fires each alert of them when it should, and
// each says what is wrong, what to do, and waits before it cries.
func TestAlertRules(t *testing.T) {
	if out, err := run(t, "check", "rules", "--lint-fatal", examplePath(t, "rules.yml")); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, config := range []string{"prometheus.yml", "../compose/prometheus.yml"} {
		if out, err := run(t, "check", "config", "--syntax-only", examplePath(t, config)); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	if out, err := run(t, "test", "rules", examplePath(t, "rules_test.yml")); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	var tests struct {
		Tests []struct {
			Cases []struct {
				Alert string `yaml:"alertname"`
				Fires []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	if err := yaml.Unmarshal(readExample(t, "rules_test.yml"), &tests); err != nil {
		t.Fatal(err)
	}
	quiet, fires := map[string]bool{}, map[string]bool{}
	for _, test := range tests.Tests {
		for _, c := range test.Cases {
			quiet[c.Alert] = quiet[c.Alert] || len(c.Fires) == 0
			fires[c.Alert] = fires[c.Alert] || len(c.Fires) > 0
		}
	}
	for _, g := range readRules(t).Groups {
		for _, r := range g.Rules {
			if r.For == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s lacks for, severity, summary or description", r.Alert)
			}
			if !quiet[r.Alert] || !fires[r.Alert] {
				t.Errorf("%s: no test shows it quiet (%v) and firing (%v)", r.Alert, quiet[r.Alert], fires[r.Alert])
			}
		}
	}
}

var metricName = regexp.MustCompile(`\b(?:netmirror|process|go)_[a-z0-9_]+\b`)

// TestExamplesNameWhatExists: each metric, each label and each value of a fixed list
// that the rules and the dashboard name is told by /metrics.
func TestExamplesNameWhatExists(t *testing.T) {
	m, from := example()
	body, _ := scrape(t, m, from)
	exists := map[string]bool{}
	for l := range strings.SplitSeq(body, "\n") {
		exists[metricName.FindString(l)] = true
	}
	check := func(where, expr string) {
		t.Helper()
		for _, name := range metricName.FindAllString(expr, -1) {
			if !exists[name] {
				t.Errorf("%s names %s, which does not exist", where, name)
			}
		}
	}
	for _, g := range readRules(t).Groups {
		for _, r := range g.Rules {
			check(r.Alert, r.Expr)
		}
	}
	d := readDashboard(t)
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			check(p.Title, target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		check(v.Name, v.Definition)
	}
}

// TestDashboard: what Grafana would stumble over and has no types for is looked at, and
// promtool reads each expression.
func TestDashboard(t *testing.T) {
	d := readDashboard(t)
	ids := map[int]bool{}
	taken := map[[2]int]string{}
	asked := strings.NewReplacer("$instance", ".*", "$__rate_interval", "1m")
	var file rules
	for i, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.ID == 0 {
			t.Errorf("panel %d %q: an id that is not its own, or no title", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q shows nothing", p.Title)
		}
		if p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W == 0 || p.GridPos.H == 0 {
			t.Errorf("panel %q does not stand in the grid: %+v", p.Title, p.GridPos)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("panels %q and %q stand on one place", other, p.Title)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, target := range p.Targets {
			expr := asked.Replace(target.Expr)
			if strings.Contains(expr, "$") {
				t.Errorf("panel %q asks with a variable that nobody sets: %s", p.Title, expr)
			}
			file.Groups = append(file.Groups, group{fmt.Sprint("panel ", i, ", ", len(file.Groups)), []rule{{Alert: "Panel", Expr: expr, For: "1m"}}})
		}
	}
	raw, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "panels.yml")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, "check", "rules", path); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
