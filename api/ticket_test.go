package api

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TestLooksOfATicket: how to see that it worked stands once a device, behind its last step.
func TestLooksOfATicket(t *testing.T) {
	p := somePlan("plan-a", "op", mirror.Manifest{})
	first := p.Steps[0]
	third := first
	third.Stage = 3
	third.Hints = append([]mirror.Hint{{Command: "show monitor 67", Shows: "p8\x1b[2J active"}}, first.Hints...)
	p.Steps = []engine.PlanStep{first, p.Steps[1], third}
	text := ticket(p)
	_, behind, _ := strings.Cut(text, "Stage 3: sw1")
	want := "\nTo see that it worked, type on sw1:\n    show monitor 66\n        p9 active\n    show monitor 67\n        p8 [2J active\n"
	if !strings.HasSuffix(behind, want) || strings.Count(text, "To see that it worked") != 1 || strings.Contains(text, "show run monitor") {
		t.Errorf("behind the last step of sw1, and nowhere else, is not %q:\n%s", want, text)
	}
}
