package doctest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite docs/conditions.md")

// conditions are those of the page, in its order, with what each asks.
var conditions = [][2]string{
	{mirror.CondAdmitted, "May it be, and does it fit? Decided before a device is touched."},
	{mirror.CondConfigured, "Does every device hold exactly that? Read back after each push and at every resync. What is in the way at a device stands below [Reachable](#reachable)."},
	{mirror.CondProgrammed, "Has it taken effect in the device? Its own operational state."},
	{mirror.CondEffective, "Do the copies arrive? Counted where the platform counts copies."},
	{mirror.CondDestinationHealthy, "Can the destination take what is copied to it?"},
	{mirror.CondPersisted, "Would a restart of the device keep it?"},
	{mirror.CondReachable, "Of a device: is it reached, may we log in, is it understood? The same reasons stand at conditions of sessions that need the device."},
}

// TestConditionsPage holds docs/conditions.md against the table of reasons: -update writes it.
func TestConditionsPage(t *testing.T) {
	path := filepath.Join(testkit.Root(t), "docs", "conditions.md")
	want := conditionsPage(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Errorf("docs/conditions.md is not the table of reasons (-table +page); make generate writes it:\n%s", diff)
	}
}

func conditionsPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# Conditions\n\nA session has conditions, each True, False or Unknown, with a reason, a message and the time since when. " +
		"The *message* says what is the case here and now, in the device's own words where it spoke; this page says what the *reason* means and what to do. " +
		"`netmirror describe session NAME` shows them with what to do, and `GET /api/v1/sessions/NAME` for programs, and `/metrics` counts those that are False.\n\n" +
		"Phases are made of conditions, see [concepts](concepts.md#phases). The page is made from the table in the code; `make generate` writes it.\n")
	for _, c := range conditions {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| reason | what it means | what to do |\n| --- | --- | --- |\n", c[0], c[1])
		for _, a := range mirror.Advices {
			if a.At[0] != c[0] {
				continue
			}
			means := a.Means
			var also []string
			for _, at := range a.At {
				if at != c[0] {
					also = append(also, at)
				}
			}
			if len(also) > 0 {
				means += " (Also at " + strings.Join(also, ", ") + ".)"
			}
			do := a.Do
			if do == "" {
				do = "–"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", a.Reason, tableCell(means), tableCell(do))
		}
	}
	for _, a := range mirror.Advices {
		if !slices.ContainsFunc(conditions, func(c [2]string) bool { return c[0] == a.At[0] }) {
			t.Errorf("reason %s stands at no condition of the page: %v", a.Reason, a.At)
		}
	}
	return b.String()
}

func tableCell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
