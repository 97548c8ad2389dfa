package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/client"
)

func commands(list []client.Hint) (out []string) {
	for _, h := range list {
		out = append(out, h.Command)
	}
	return out
}

func TestWhatToCheckIsWhatHelps(t *testing.T) {
	all := []client.Hint{{Command: "show monitor", Shows: "<up>"}, {Command: "show interfaces", Reasons: []string{"CopiesLost"}}}
	h := heldText{Holding: client.Holding{Hints: all}}
	if diff := cmp.Diff([]string{"show monitor"}, commands(h.Looks())); diff != "" {
		t.Error(diff)
	}
	h.reasons = []string{"CopiesLost"}
	if diff := cmp.Diff([]string{"show monitor", "show interfaces"}, commands(h.Looks())); diff != "" {
		t.Error(diff)
	}

	p := somePlan()
	p.Steps[0].Hints, p.Steps[1].Hints = all, all
	p.Steps = append(p.Steps, client.PlannedStep{Device: "acc-1", Hints: all})
	view := planViewOf(p)
	if got := view.Hints(); len(got) != 2 || len(got[1].Hints) != 1 || got[1].Device != "acc-1" {
		t.Errorf("%+v", got)
	}
	api := makingAPI(t)
	api.say("GET /plans/plan-abc", p)
	newBrowser(t, api).as("nmt_operator").get("/plans/plan-abc").says(t, "<p>On acc-1:</p>", "<code>show monitor</code> <small>&lt;up&gt;</small>")
}
