package drivertest_test

import (
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

var _ = flag.Bool("update", false, "rewrite the golden files")

// mistakeEnv names the mistake that the box makes; the process is then a child
// of TestTheSuiteCatches.
const mistakeEnv = "NETMIRROR_CONTRACT_MISTAKE"

// TestContract: a driver that keeps the contract passes, and with a mistake
// that the environment asks for it does not.
func TestContract(t *testing.T) {
	mistake := os.Getenv(mistakeEnv)
	boxes := &rack{mistake: mistake}
	ports := map[string]string{}
	for _, p := range boxPorts {
		ports[p] = p
	}
	drivertest.Run(t, drivertest.Suite{Driver: boxDriver(boxes), Facts: mirror.Facts{Model: "box"}, Ports: ports,
		Refused: map[string][]string{
			"vlan-source-rx": {"unsupported"}, "several-vlans": {"unsupported"}, "port-and-vlan": {"unsupported"},
			"trunk-filter-vlans": {"unsupported"}, "sampled": {"unsupported"},
			"acl-filter": {"unsupported"}, "rspan": {"unsupported"}, "erspan-collector": {"unsupported"}, "erspan-device-end": {"unsupported"},
		},
		Device:  func(*testing.T) *drivertest.Device { return boxes.device() },
		Parsers: []drivertest.Parser{{Name: "sessions", Parse: parseBox(mistake), Seeds: "testdata/observe/sessions.txt"}},
	})
}

// TestTheSuiteCatches runs the contract over a driver with one mistake: the
// test that is there for it must fail.
func TestTheSuiteCatches(t *testing.T) {
	if os.Getenv(mistakeEnv) != "" {
		return
	}
	testkit.Shared(t, "intents.yaml")
	for mistake, caught := range map[string]string{
		"claims without a source":        "capabilities",
		"claims what it cannot render":   "capabilities",
		"writes what is forbidden":       "capabilities",
		"drops an option":                "capabilities",
		"panics on damage":               "parsers",
		"misreads a direction":           "converge",
		"leaves something":               "converge",
		"deletes what is foreign":        "converge",
		"reads what it cannot write":     "converge",
		"swallows refusals":              "refusals",
		"says refusals in its own words": "refusals",
		"undoes nothing":                 "refusals",
		"stops at a refusal":             "refusals",
		"believes a lost push":           "outages",
		"errors without a kind":          "outages",
		"ignores its context":            "cancellation",
		"leaks a goroutine":              "cancellation",
		"never waits":                    "confirms",
		"waits unasked":                  "confirms",
		"does not list its own":          "confirms",
		"takes all for its own":          "confirms",
		"confirms nothing":               "confirms",
		"takes nothing back":             "confirms",
		"ends anything":                  "confirms",
	} {
		t.Run(mistake, func(t *testing.T) {
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), program, "-test.run", "^TestContract$/^"+caught+"$", "-test.timeout", "1m")
			cmd.Env = append(os.Environ(), mistakeEnv+"="+mistake)
			out, err := cmd.CombinedOutput()
			failed := regexp.MustCompile(`(?m)^\s+--- FAIL: TestContract/` + caught).Match(out)
			panicked := mistake == "panics on damage" && strings.Contains(string(out), "panic: runtime error")
			if err == nil || !failed && !panicked {
				t.Errorf("%s let it pass: %v\n%s", caught, err, out)
			}
		})
	}
}
