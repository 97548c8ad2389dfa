// Package testkit holds what tests of several packages need: skipping when a
// tool is absent, and waiting for conditions. It is imported by tests only.
//
// With NETMIRROR_REQUIRE=all every skip becomes a failure, so that a machine
// that promises to have everything cannot pass by skipping.
package testkit

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A data folder that the group may write is refused, and t.TempDir makes such
// folders for a user with a umask of 002.
func init() { syscall.Umask(0o022) }

// Skip skips the test for a missing requirement, or fails it when
// NETMIRROR_REQUIRE=all. The message begins "needs " so that the summary of
// the test run can list what was skipped and why.
func Skip(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("NETMIRROR_REQUIRE") == "all" {
		t.Fatalf("needs %s, and NETMIRROR_REQUIRE=all allows no skip", what)
	}
	t.Skipf("needs %s", what)
}

// Beyond skips a test for what no machine of CI has, whatever NETMIRROR_REQUIRE says. The
// summary lists it; a target of the Makefile demands it by name.
func Beyond(t testing.TB, what string) {
	t.Helper()
	t.Skipf("needs %s", what)
}

// Need skips unless every program is on the PATH (sbin folders included).
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if _, err := os.Stat(filepath.Join("/usr/sbin", p)); err != nil {
			Skip(t, "the program "+p)
		}
	}
}

// NeedRoot skips unless the test may make network namespaces.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Skip(t, "root (for network namespaces)")
	}
}

// Root is the module's root folder: the nearest folder upwards with a go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

// Shared is the path of a file in the folder of recordings that may lie beside
// the checkout; the test is skipped when it is missing.
func Shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Root(t), "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		Skip(t, "the recordings of real devices beside the checkout")
	}
	return path
}

// Patience bounds a wait for something that must happen. Only a failing test
// waits so long, so it is generous: a test that passes on an idle machine must
// pass on one that is ten times slower.
const Patience = 2 * time.Minute

// Expiring is a context whose time is up when expire is called, once.
func Expiring(parent context.Context) (ctx context.Context, expire func()) {
	over := make(chan struct{})
	return expiring{parent, over}, func() { close(over) }
}

type expiring struct {
	context.Context
	over chan struct{}
}

func (e expiring) Done() <-chan struct{} { return e.over }

func (e expiring) Err() error {
	select {
	case <-e.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// Dir is a folder for sockets: their paths hold 107 octets, and a test's own
// folder under a deep TMPDIR is longer.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "nm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Eventually polls cond until it holds, and fails the test after within.
func Eventually(t testing.TB, within time.Duration, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if cond() {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("after %v still waiting: %s", within, what)
		case <-tick.C:
		}
	}
}
