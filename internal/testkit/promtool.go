package testkit

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// bitsOnly is the one thing that promtool may have against our metrics: rates of
// traffic are in bits, as speeds of ports are everywhere.
var bitsOnly = regexp.MustCompile(`^netmirror_\w+_bits_per_second use base unit "bytes" instead of "bits"$`)

// CheckMetrics lists what promtool has against an answer of /metrics, and skips the
// test where it is missing.
func CheckMetrics(t testing.TB, body string) (said []string) {
	t.Helper()
	Need(t, "promtool")
	cmd := exec.Command("promtool", "check", "metrics")
	cmd.Stdin = strings.NewReader(body)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || len(out) == 0) {
		t.Fatalf("promtool: %v", err)
	}
	for l := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n") {
		if l != "" && !bitsOnly.MatchString(l) {
			said = append(said, l)
		}
	}
	return said
}
