package main

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
)

// TestLooksOfAPlan: how to see that it worked stands once a device, behind its last step.
func TestLooksOfAPlan(t *testing.T) {
	hint := func(command string, reasons ...string) client.Hint {
		return client.Hint{Command: command, Shows: "what " + command + " shows", Reasons: reasons}
	}
	p := client.StoredPlan{Steps: []client.PlannedStep{
		{Device: "a", Hints: []client.Hint{hint("one"), hint("text", "Drift")}},
		{Device: "b"},
		{Device: "a", Hints: []client.Hint{hint("one"), hint("two\x1b")}},
		{Device: "c", Hints: []client.Hint{hint("text", "Drift")}},
	}}
	var b strings.Builder
	if err := writePlan(p, paper{out: &b, raw: &b}); err != nil {
		t.Fatal(err)
	}
	want := "\n1. a\n\n2. b\n\n3. a\n   To see that it worked, type on a:\n     one\n       what one shows\n     two\\x1b\n       what two\\x1b shows\n\n4. c\n"
	if b.String() != want {
		t.Errorf("%q is not %q", b.String(), want)
	}
}
