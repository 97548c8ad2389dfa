package drivertest

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// goldens is the folder of golden files, in that of the driver.
func (s Suite) goldens() string {
	return filepath.Join("testdata", "contract", cmp.Or(s.Goldens, "intents"))
}

// updating looks up the flag -update of the driver's tests.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// intents renders each of the twenty, or has it refused, and compares with the
// golden file. Which of both it is, and for which reasons, Suite.Refused says.
func (s Suite) intents(t *testing.T) {
	list := s.readIntents(t, s.Ports)
	for name := range s.Refused {
		if !slices.ContainsFunc(list, func(in intent) bool { return in.Name == name }) {
			t.Errorf("Suite.Refused names %q, which is no intent", name)
		}
	}
	for _, in := range list {
		t.Run(in.Name, func(t *testing.T) {
			info := s.info()
			fragments, reasons := expand(in, info)
			if got, want := codes(reasons), s.Refused[in.Name]; !slices.Equal(got, want) {
				t.Errorf("refused for %q, want %q: %v", got, want, mirror.Refuse(mirror.ErrUnsupported, reasons))
			}
			for _, r := range reasons {
				if r.Code == "unsupported" && r.Source == "" {
					t.Errorf("refused without a source: %s", r.Message)
				}
			}
			text := refusalText(reasons)
			if len(reasons) == 0 {
				text = s.renderText(t, fragments, info)
			}
			golden(t, filepath.Join(s.goldens(), in.Name+".txt"), text)
		})
	}
	s.noStray(t, list)
}

// renderText is what an intent sends, and what takes it back.
func (s Suite) renderText(t *testing.T, fragments []mirror.Fragment, info plan.DeviceInfo) string {
	t.Helper()
	forward := changes(t, fragments, info)
	var b strings.Builder
	b.WriteString("rendered\n")
	if len(forward) == 0 {
		b.WriteString("nothing is sent\n")
	}
	for _, part := range []struct {
		name    string
		changes []mirror.Change
	}{{"forward", forward}, {"undo", plan.Reverse(forward)}} {
		payload, err := s.Driver.Render(s.Facts, info.Observation, part.changes)
		if err != nil {
			t.Fatalf("render %s: %v", part.name, err)
		}
		checkPayload(t, part.changes, payload)
		for _, block := range payload.Blocks {
			fmt.Fprintf(&b, "--- %s: %s %s\n%s", part.name, block.Verb(), block.Mark(), block.Text)
			if !strings.HasSuffix(block.Text, "\n") {
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}

// checkPayload: a block a change, in the same order, and none of them empty.
func checkPayload(t *testing.T, changes []mirror.Change, p mirror.Payload) {
	t.Helper()
	if len(p.Blocks) != len(changes) {
		t.Fatalf("%d blocks for %d changes", len(p.Blocks), len(changes))
	}
	for i, b := range p.Blocks {
		if b.Mark() != changes[i].Mark || b.Verb() != changes[i].Verb() || strings.TrimSpace(b.Text) == "" || p.Format == "" {
			t.Errorf("block %d is %s %s (%d octets, format %q) for %s %s", i, b.Verb(), b.Mark(), len(b.Text), p.Format, changes[i].Verb(), changes[i].Mark)
		}
	}
}

// refusalText lists the reasons as a user would read them.
func refusalText(reasons []mirror.Reason) string {
	var b strings.Builder
	b.WriteString("refused\n")
	for _, r := range reasons {
		fmt.Fprintf(&b, "%s %s: %s\n", r.Pointer, r.Code, r.Message)
		if r.Source != "" {
			fmt.Fprintf(&b, "    source: %s\n", r.Source)
		}
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// noStray finds golden files of intents that are no more.
func (s Suite) noStray(t *testing.T, list []intent) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.goldens(), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".txt")
		if !slices.ContainsFunc(list, func(in intent) bool { return in.Name == name }) {
			t.Errorf("%s belongs to no intent", f)
		}
	}
}
