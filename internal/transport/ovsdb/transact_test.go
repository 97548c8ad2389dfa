package ovsdb

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func parseText(t *testing.T, reply string, ops ...string) ([]Result, error) {
	t.Helper()
	raw := make([]json.RawMessage, len(ops))
	for i, op := range ops {
		raw[i] = json.RawMessage(op)
	}
	return parseResults(json.RawMessage(reply), raw)
}

func TestResults(t *testing.T) {
	const wait, other = `{"op":"wait"}`, `{"op":"mutate"}`
	for _, tt := range []struct {
		name, reply string
		ops         []string
		kind        error
		words       string
	}{
		{"done", `[{"uuid":["uuid","x"]},{"count":1},{"rows":[]},{}]`, []string{other, other, other, wait}, nil, ""},
		{"wait not met", `[{"error":"timed out","details":"\"where\" clause test failed"},null]`, []string{wait, other}, mirror.ErrChanged, "timed out"},
		{"timed out of another operation", `[{"error":"timed out"}]`, []string{other}, mirror.ErrRejected, "timed out"},
		{"constraint", `[{},{"error":"constraint violation","details":"5 is not in range"}]`, []string{wait, other}, mirror.ErrRejected, "constraint violation: 5 is not in range"},
		{"error beyond the operations", `[{"count":1},{"error":"referential integrity violation","details":"d"}]`, []string{other}, mirror.ErrRejected, "referential integrity violation: d"},
		{"error after null", `[null,{"error":"aborted"}]`, []string{other, other}, mirror.ErrRejected, "aborted"},
		{"null without error", `[{"count":1},null]`, []string{other, other}, mirror.ErrParse, "not done"},
		{"too few", `[{"count":1}]`, []string{other, other}, mirror.ErrParse, "1 results for 2"},
		{"too many", `[{"count":1},{}]`, []string{other}, mirror.ErrParse, "2 results for 1"},
		{"no list", `{"count":1}`, []string{other}, mirror.ErrParse, "no reply"},
		{"null", `null`, []string{other}, mirror.ErrParse, "no reply"},
		{"nothing", ``, []string{other}, mirror.ErrParse, "no reply"},
		{"no object", `[3]`, []string{other}, mirror.ErrParse, "no result"},
		{"bad uuid", `[{"uuid":"x"}]`, []string{other}, mirror.ErrParse, "no uuid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseText(t, tt.reply, tt.ops...)
			if !errors.Is(err, tt.kind) || (tt.words != "" && (err == nil || !strings.Contains(err.Error(), tt.words))) {
				t.Errorf("got %v, want kind %v and %q", err, tt.kind, tt.words)
			}
		})
	}
}

// The recorded transactions of a real server, by the headings of the recording.
func TestRecordedTransactions(t *testing.T) {
	text, err := os.ReadFile(testkit.Shared(t, "fixtures/ovs/recording_edge_cases.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		kind  error
		words string
		count int // of the second operation
	}{
		"insert a Mirror and attach it":           {nil, "", 1},
		"mutate hits no row":                      {nil, "", 0},
		"output_port of an unknown uuid":          {nil, "", 1},
		"snaplen out of range":                    {mirror.ErrRejected, "5 is not in the valid range 14 to 65535 (inclusive)", 0},
		"unknown column":                          {mirror.ErrRejected, "No column filter in table Mirror.", 0},
		"delete a referenced Mirror row directly": {mirror.ErrRejected, "referential integrity violation", 0},
		"guard with wait":                         {mirror.ErrChanged, `"where" clause test failed`, 0},
	}
	heading, seen := "", map[string]bool{}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if h, ok := strings.CutPrefix(line, "## "); ok {
			heading = h
		}
		request, ok := strings.CutPrefix(line, "$ ovsdb-client transact SOCK ")
		if !ok {
			continue
		}
		for key, w := range want {
			if !strings.Contains(heading, key) {
				continue
			}
			seen[key] = true
			var list []json.RawMessage
			if err := json.Unmarshal([]byte(request), &list); err != nil {
				t.Fatal(err)
			}
			results, err := parseResults(json.RawMessage(lines[i+1]), list[1:])
			answer := ""
			if refused := (*mirror.DeviceError)(nil); errors.As(err, &refused) {
				answer = refused.Answer
			}
			if !errors.Is(err, w.kind) || !strings.Contains(answer, w.words) {
				t.Errorf("%s: got %v, want kind %v and %q", key, err, w.kind, w.words)
			}
			if w.kind == nil && results[1].Count != w.count {
				t.Errorf("%s: count %d, want %d", key, results[1].Count, w.count)
			}
		}
	}
	for key := range want {
		if !seen[key] {
			t.Errorf("the recording has no case %q", key)
		}
	}
}
