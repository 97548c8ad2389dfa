package worker

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestARepairIsWrittenDownWhole: before anything is sent, all that will be is in the
// operation, of each native session that the push repairs.
func TestARepairIsWrittenDownWhole(t *testing.T) {
	p := &pass{w: &Worker{name: "sw1"}, s: &Shared{}, repairs: map[string]*repairing{}}
	p.beginRepairs([]mirror.Change{{Mark: "nm-a"}, {Mark: "nm-b"}}, mirror.Payload{Blocks: []mirror.Block{{Text: "first"}, {Text: "second"}}}, time.Now())
	r := p.repairs[""]
	if r == nil || len(r.op.Transcript) != 2 || r.op.Transcript[0].Sent != "first" || r.op.Transcript[1].Sent != "second" || r.op.State != mirror.OpRunning {
		t.Fatalf("%+v", r)
	}
}
