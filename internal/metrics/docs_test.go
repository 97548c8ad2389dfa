package metrics

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

var (
	typeLine = regexp.MustCompile(`(?m)^# TYPE (netmirror_\w+) (\w+)$`)
	tableRow = regexp.MustCompile("(?m)^\\| `(netmirror_\\w+)` \\|")
)

// TestEveryMetricIsDocumented, and nothing is that does not exist.
func TestEveryMetricIsDocumented(t *testing.T) {
	m, from := example()
	body, _ := scrape(t, m, from)
	exists, documented := map[string]bool{}, map[string]bool{}
	for _, found := range typeLine.FindAllStringSubmatch(body, -1) {
		exists[found[1]] = true
	}
	doc, err := os.ReadFile(filepath.Join(testkit.Root(t), "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range tableRow.FindAllStringSubmatch(string(doc), -1) {
		documented[row[1]] = true
	}
	for _, name := range slices.Sorted(maps.Keys(exists)) {
		if !documented[name] {
			t.Errorf("docs/metrics.md lacks %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		if !exists[name] {
			t.Errorf("docs/metrics.md has %s, which nothing tells", name)
		}
	}
}
