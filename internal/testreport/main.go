// Command testreport runs "go test -json" with its arguments, in the working folder's module
// and in each that "-module DIR" in front of them names, prints what a
// person wants to read of it (packages, failures with their output) and, at the
// end, how many tests were skipped and why, and the counts on one line. It
// decides nothing: its exit code is that of go test.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// event is a line of "go test -json" (go doc test2json).
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

type report struct {
	out                     io.Writer
	passed, failed, skipped int
	reasons                 map[string][]string // why -> tests
	output                  map[string][]string // package and test -> lines, while it runs
	took, tests             map[string]float64  // package, test -> seconds
}

func main() {
	modules, args := modulesOf(os.Args[1:])
	r := report{out: os.Stdout, reasons: map[string][]string{}, output: map[string][]string{}, took: map[string]float64{}, tests: map[string]float64{}}
	code := 0
	for _, dir := range modules {
		code = max(code, r.run(dir, args))
	}
	r.summary()
	if r.failed > 0 {
		code = max(code, 1)
	}
	os.Exit(code)
}

// modulesOf takes "-module DIR" off the front of the arguments, as often as it is there:
// these modules are tested after that of the working folder, and counted with it.
func modulesOf(args []string) (dirs, rest []string) {
	dirs = []string{"."}
	for len(args) >= 2 && args[0] == "-module" {
		dirs, args = append(dirs, args[1]), args[2:]
	}
	return dirs, args
}

// run tests one module and returns the exit code of go test.
func (r *report) run(dir string, args []string) int {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr, cmd.Dir = os.Stderr, dir
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		return 1
	}
	r.read(stdout)
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		return 1
	}
	return 0
}

func (r *report) read(in io.Reader) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(r.out, lines.Text())
			continue
		}
		r.take(e)
	}
}

func (r *report) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		r.output[key] = append(r.output[key], e.Output)
	case "pass", "fail", "skip":
		r.end(e, key)
		delete(r.output, key)
	}
}

func (r *report) end(e event, key string) {
	text := strings.Join(r.output[key], "")
	if e.Test == "" {
		r.endPackage(e, text)
		return
	}
	if !strings.Contains(e.Test, "/") {
		r.tests[e.Package+" "+e.Test] = e.Elapsed
	}
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		fmt.Fprintf(r.out, "--- FAIL: %s %s (%.1fs)\n%s", e.Package, e.Test, e.Elapsed, text)
	case "skip":
		r.skipped++
		why := "for a reason of its own"
		if _, after, ok := strings.Cut(text, "needs "); ok {
			why, _, _ = strings.Cut(after, "\n")
		}
		r.reasons[why] = append(r.reasons[why], e.Package+" "+e.Test)
	}
}

func (r *report) endPackage(e event, text string) {
	if e.Action != "skip" { // a package without tests
		r.took[e.Package] = e.Elapsed
	}
	switch {
	case e.Action == "pass":
		fmt.Fprintf(r.out, "ok    %6.1fs  %s\n", e.Elapsed, e.Package)
	case e.Action == "fail":
		fmt.Fprintf(r.out, "FAIL  %6.1fs  %s\n%s", e.Elapsed, e.Package, text)
		if r.failed == 0 {
			r.failed++ // it did not build, or ended outside of a test
		}
	}
}

// times lists the packages that took a second or more, and the longest tests.
func (r *report) times() {
	fmt.Fprintln(r.out, "\nseconds per package (of one second and more):")
	for _, p := range longest(r.took) {
		if r.took[p] >= 1 {
			fmt.Fprintf(r.out, "  %6.1f  %s\n", r.took[p], p)
		}
	}
	fmt.Fprintln(r.out, "\nseconds of the longest tests:")
	for i, t := range longest(r.tests) {
		if i < 15 && r.tests[t] >= 1 {
			fmt.Fprintf(r.out, "  %6.1f  %s\n", r.tests[t], t)
		}
	}
}

func longest(took map[string]float64) []string {
	return slices.SortedFunc(maps.Keys(took), func(a, b string) int {
		return cmp.Or(cmp.Compare(took[b], took[a]), cmp.Compare(a, b))
	})
}

func (r *report) summary() {
	r.times()
	if r.skipped > 0 {
		fmt.Fprintf(r.out, "\n%d tests were skipped (make test-deps installs what they need):\n", r.skipped)
		var lines []string
		for why, tests := range r.reasons {
			lines = append(lines, fmt.Sprintf("  %4d need %s", len(tests), why))
		}
		slices.Sort(lines)
		fmt.Fprintln(r.out, strings.Join(lines, "\n"))
	}
	fmt.Fprintf(r.out, "\n%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
}
