package snmplab

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRowsOfSomebodyElseCopy: rows are made by snmpset, and frames are captured.
func TestRowsOfSomebodyElseCopy(t *testing.T) {
	sw := Start(t, 3)
	probe := sw.Host(2).Capture()
	index := fmt.Sprintf("%d.%d", sw.Index(0), sw.Index(2))
	set := func(bindings ...string) {
		t.Helper()
		if out, err := sw.Tool("snmpset", bindings...); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	direction, status := portCopyEntry+".4."+index, portCopyEntry+".5."+index
	copied := func(what string, requests, replies int) {
		t.Helper()
		sw.Host(0).Ping(sw.Host(1), 10)
		if a, b := probe.Counts(requests + replies); a != requests || b != replies {
			t.Errorf("%s: %d requests and %d replies, want %d and %d", what, a, b, requests, replies)
		}
	}
	copied("nothing", 0, 0)
	set(direction, "i", "1", status, "i", "4")
	copied("what arrives", 10, 0)
	set(direction, "i", "2")
	copied("what leaves", 0, 10)
	set(direction, "i", "3")
	copied("both", 10, 10)
	if rows := sw.Rows(); len(rows) != 1 || rows[index] != 1 {
		t.Errorf("%v", rows)
	}
	sw.Unplug(2, true)
	testkit.Eventually(t, testkit.Patience, "the row is not ready", func() bool { return sw.Rows()[index] == 3 })
	sw.Unplug(2, false)
	testkit.Eventually(t, testkit.Patience, "the row is back", func() bool { return sw.Rows()[index] == 1 })
	copied("both again", 10, 10)
	set(status, "i", "6")
	copied("destroyed", 0, 0)
	set(status, "i", "5")
	copied("waiting", 0, 0)
	if rows := sw.Rows(); rows[index] != 2 {
		t.Errorf("waiting: %v", rows)
	}
	set(status, "i", "1")
	copied("active", 10, 10)
	// All or nothing, and the words of errors.
	for want, bindings := range map[string][]string{
		"inconsistentValue": {portCopyEntry + ".5." + fmt.Sprintf("%d.%d", sw.Index(1), sw.Index(2)), "i", "4", status, "i", "4"},
		"noCreation":        {portCopyEntry + ".5.9999.9998", "i", "4"},
		"wrongValue":        {direction, "i", "4"},
		"notWritable":       {portCopyEntry + ".3." + index, "i", "1"},
	} {
		if out, err := sw.Tool("snmpset", bindings...); err == nil || !strings.Contains(out, want) {
			t.Errorf("want %s: %v %s", want, err, out)
		}
	}
	if rows := sw.Rows(); len(rows) != 1 || rows[index] != 1 {
		t.Errorf("refused, and something stayed: %v", rows)
	}
	out, err := sw.tool("snmpget", []string{"-v2c", "-c", Community, "-Ox"}, ".1.3.6.1.2.1.16.19.15.0", fmt.Sprintf(".1.3.6.1.2.1.16.22.1.1.1.1.3.1.3.6.1.2.1.2.2.1.1.%d", sw.Index(0)),
		fmt.Sprintf(".1.3.6.1.2.1.31.1.1.1.1.%d", sw.Index(0)), portCopyEntry+".5.1.1")
	if lines := strings.Split(out, "\n"); err != nil || len(lines) < 4 || !strings.HasSuffix(strings.TrimSpace(lines[0]), "28") || !strings.HasSuffix(strings.TrimSpace(lines[1]), "F9") ||
		!strings.Contains(lines[2], "70 6F 72 74 31") || !strings.Contains(lines[3], "No Such") {
		t.Errorf("%v %s", err, out)
	}
	if out, err := sw.tool("snmpset", []string{"-v3", "-l", "authNoPriv", "-u", Reader, "-a", "SHA", "-A", Password}, status, "i", "6"); err == nil || !strings.Contains(out, "noAccess") {
		t.Errorf("a reader writes: %v %s", err, out)
	}
}

// TestAnAgentThatCreatesOnlyToWait.
func TestAnAgentThatCreatesOnlyToWait(t *testing.T) {
	sw := Start(t, 3, "noCreateAndGo", "fixedDirection")
	index := fmt.Sprintf("%d.%d", sw.Index(0), sw.Index(2))
	direction, status := portCopyEntry+".4."+index, portCopyEntry+".5."+index
	for _, c := range []struct {
		want     string // "" = it is done
		bindings []string
	}{
		{"inconsistentValue", []string{status, "i", "4"}},
		{"", []string{direction, "i", "1", status, "i", "5"}},
		{"", []string{status, "i", "1"}},
		{"inconsistentValue", []string{direction, "i", "2"}},
		{"", []string{status, "i", "2"}},
		{"", []string{direction, "i", "2"}},
		{"", []string{status, "i", "6"}},
		{"", []string{status, "i", "6"}}, // it is not there any more
	} {
		out, err := sw.Tool("snmpset", c.bindings...)
		if (err == nil) != (c.want == "") || !strings.Contains(out, c.want) {
			t.Errorf("%v: want %q: %v %s", c.bindings, c.want, err, out)
		}
	}
	if rows := sw.Rows(); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}
