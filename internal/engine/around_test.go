package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A hop that does not answer any more proves nothing, whatever it said before.
func TestAHopThatDoesNotAnswerIsNoReasonToRefuse(t *testing.T) {
	switches := map[string]*fakeSwitch{}
	for name, hears := range map[string]string{"sw1": "hub", "sw2": "hub", "hub": "sw1"} {
		sw := newSwitch("p1", "d1", "t1")
		sw.facts.Hostname = name
		sw.ports[2].Neighbours = []mirror.Neighbour{{System: hears}}
		switches[name] = sw
	}
	b := newBench(t, nil, switches)
	b.settle("hub")
	s := intent("a", "sw2:d1", "sw1:p1")
	s.RSPAN = &mirror.RSPAN{VLAN: 900, Transit: []mirror.Transit{{Device: "sw1", Trunks: []string{"t1"}}, {Device: "sw2", Trunks: []string{"t1"}}}}
	if codes := b.refused(s); !slices.Equal(codes, []string{"/rspan/transit/0/trunks/0 path-hop-missing"}) {
		t.Fatalf("refused for %v", codes)
	}
	switches["hub"].quietly(func() { switches["hub"].down = true })
	res := b.accepted(s)
	w := slices.DeleteFunc(res.View.Record.Warnings, ofLoad)
	if len(w) != 1 || w[0].Code != "path-unknown" || !strings.Contains(w[0].Message, "device hub, which does not answer") {
		t.Errorf("warnings %+v", w)
	}
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded {
		t.Errorf("%s %s", op.State, op.Message)
	}
}
