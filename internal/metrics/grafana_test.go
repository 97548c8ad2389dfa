package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// optionsOf is where @grafana/schema has the options of a kind of panel.
var optionsOf = map[string]string{
	"stat": "stat/panelcfg/x/StatPanelCfg", "table": "table/panelcfg/x/TablePanelCfg",
	"timeseries": "timeseries/panelcfg/x/TimeSeriesPanelCfg", "state-timeline": "statetimeline/panelcfg/x/StateTimelinePanelCfg",
}

// asTypes is a TypeScript program that gives the parts of a dashboard the types that
// Grafana has for them. Their enumerations are compared by their values (Plain), and a
// query variable may hold "definition", which Grafana writes and its schema has not.
func asTypes(t *testing.T, board map[string]any) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("type Plain<T> = T extends string ? `${T}` : T extends (infer U)[] ? Plain<U>[] : T extends object ? {[K in keyof T]: Plain<T[K]>} : T;\n" +
		"import type {Dashboard, Panel, RowPanel} from \"@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen\";\n")
	for kind, path := range optionsOf {
		fmt.Fprintf(&b, "import type * as %s from \"@grafana/schema/dist/esm/raw/composable/%s_types.gen\";\n", tsName(kind), path)
	}
	given := func(name, of string, v any) {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "const %s: %s = %s;\n", name, of, raw)
	}
	for _, v := range within(board, "templating")["list"].([]any) {
		delete(v.(map[string]any), "definition")
	}
	panels := board["panels"].([]any)
	delete(board, "panels")
	given("board", "Plain<Dashboard>", board)
	for i, p := range panels {
		panel := p.(map[string]any)
		kind, _ := panel["type"].(string)
		if kind == "row" {
			given(fmt.Sprint("row", i), "Plain<RowPanel>", panel)
			continue
		}
		if optionsOf[kind] == "" {
			t.Fatalf("panel %d is of the kind %q, of which this test knows nothing", i, kind)
		}
		given(fmt.Sprint("options", i), "Plain<"+tsName(kind)+".Options>", panel["options"])
		delete(panel, "options")
		if defaults := within(panel, "fieldConfig", "defaults"); defaults["custom"] != nil {
			given(fmt.Sprint("custom", i), "Partial<Plain<"+tsName(kind)+".FieldConfig>>", defaults["custom"])
			delete(defaults, "custom")
		}
		given(fmt.Sprint("panel", i), "Plain<Panel>", panel)
	}
	return b.String()
}

func tsName(kind string) string { return strings.ReplaceAll(kind, "-", "_") }

func within(v map[string]any, path ...string) map[string]any {
	for _, p := range path {
		v, _ = v[p].(map[string]any)
	}
	return v
}

var grafanaImage = regexp.MustCompile(`grafana/grafana:(\d+\.\d+)\.`)

// TestTheDashboardIsOfGrafanasTypes: Grafana's own types, of the version that
// docker-compose.yml starts, find nothing wrong, and something in dashboards that are.
func TestTheDashboardIsOfGrafanasTypes(t *testing.T) {
	testkit.Need(t, "node")
	modules := filepath.Join(testkit.Root(t), "bin", "browser", "node_modules")
	var schema struct{ Version string }
	raw, err := os.ReadFile(filepath.Join(modules, "@grafana", "schema", "package.json"))
	if err == nil {
		_, err = os.Stat(filepath.Join(modules, "typescript"))
	}
	if err != nil {
		testkit.Skip(t, "typescript and @grafana/schema of npm (make test-deps)")
	}
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	compose, err := os.ReadFile(filepath.Join(testkit.Root(t), "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if image := grafanaImage.FindSubmatch(compose); image == nil || !strings.HasPrefix(schema.Version, string(image[1])+".") {
		t.Errorf("the types are of Grafana %s, docker-compose.yml starts %q", schema.Version, image)
	}
	dir := t.TempDir()
	written := func(name string, change func(board, panel map[string]any)) (file string) {
		t.Helper()
		var board map[string]any
		if err := json.Unmarshal(readExample(t, "dashboard.json"), &board); err != nil {
			t.Fatal(err)
		}
		for _, p := range board["panels"].([]any) {
			if panel := p.(map[string]any); panel["type"] == "timeseries" {
				change(board, panel)
				break
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name+".ts"), []byte(asTypes(t, board)), 0o600); err != nil {
			t.Fatal(err)
		}
		return name + ".ts"
	}
	broken := map[string]func(board, panel map[string]any){
		"a_place_that_is_none":    func(_, p map[string]any) { within(p, "options", "legend")["placement"] = "middle" },
		"an_option_misspelt":      func(_, p map[string]any) { within(p, "options")["legnd"] = map[string]any{} },
		"an_option_left_out":      func(_, p map[string]any) { delete(within(p, "options"), "tooltip") },
		"a_unit_that_is_a_number": func(_, p map[string]any) { within(p, "fieldConfig", "defaults")["unit"] = 5 },
		"a_field_of_no_panel":     func(_, p map[string]any) { p["gridpos"] = map[string]any{} },
		"a_drawing_misspelt": func(_, p map[string]any) {
			within(p, "fieldConfig", "defaults")["custom"] = map[string]any{"lineWdth": 1}
		},
		"no_version_of_schema": func(b, _ map[string]any) { delete(b, "schemaVersion") },
		"a_variable_of_no_kind": func(b, _ map[string]any) {
			within(b, "templating")["list"].([]any)[1].(map[string]any)["type"] = "guess"
		},
	}
	files := []string{written("right", func(_, _ map[string]any) {})}
	for name, change := range broken {
		files = append(files, written(name, change))
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(modules, "typescript", "bin", "tsc"), "--noEmit", "--strict", "--skipLibCheck",
		"--moduleResolution", "node", "--target", "es2020", "--baseUrl", modules}, files...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("%v\n%s", err, out)
	}
	complaints := string(out)
	for _, line := range strings.Split(complaints, "\n") {
		if strings.HasPrefix(line, "right.ts") || strings.HasPrefix(line, "error") {
			t.Error(line)
		}
	}
	for name := range broken {
		if !strings.Contains(complaints, name+".ts(") {
			t.Errorf("%s: nothing is found wrong", name)
		}
	}
	if t.Failed() {
		t.Log(complaints)
	}
	onlyKnown(t)
}

// onlyKnown looks at the queries of panels, which the types leave open.
func onlyKnown(t *testing.T) {
	t.Helper()
	var board struct {
		Panels []struct{ Targets []json.RawMessage }
	}
	if err := json.Unmarshal(readExample(t, "dashboard.json"), &board); err != nil {
		t.Fatal(err)
	}
	for i, p := range board.Panels {
		for _, raw := range p.Targets {
			var query struct {
				RefID        string `json:"refId"`
				Datasource   struct{ Type, UID string }
				Expr, Format string
				LegendFormat string `json:"legendFormat"`
				Instant      bool
			}
			d := json.NewDecoder(strings.NewReader(string(raw)))
			d.DisallowUnknownFields()
			if err := d.Decode(&query); err != nil || query.RefID == "" {
				t.Errorf("panel %d: %v in %s", i, err, raw)
			}
		}
	}
}
