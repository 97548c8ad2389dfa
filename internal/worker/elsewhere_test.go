package worker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// programmedOf is the condition Programmed of session a on the device, with its message.
func (r *rig) programmedOf() string {
	r.t.Helper()
	check := r.row("a").Programmed
	return fmt.Sprintf("%s %s %s", check.State, check.Reason, check.Message)
}

// withState is a device whose sessions are configured over one transport and looked at
// over another; the second is of the same box, or of one that holds nothing.
func withState(t *testing.T) *rig {
	r := newRig(t, Confirms{}, func(d *mirror.Device) {
		d.Confirm, d.ConfirmGrace = "", 0
		d.Transports.State = &mirror.Transport{Protocol: "hardware", Address: "127.0.0.1"}
	})
	r.restart(false)
	return r
}

func (r *rig) serve(b *box) {
	drv := b.driver(false)
	drv.Protocol = "hardware"
	r.s.Drivers["box/hardware"] = drv
}

func TestAnotherTransportTellsTheState(t *testing.T) {
	for name, want := range map[string]struct {
		change func(*box)
		state  string
	}{
		"programmed":  {func(*box) {}, "True Confirmed"},
		"not":         {func(b *box) { b.idle = 1000 }, "False NotProgrammed no route"},
		"unreachable": {func(b *box) { b.down = true }, "Unknown NotTold transports.state: box: no answer: unreachable"},
		"not shown":   {func(b *box) { b.natives = nil }, "Unknown NotTold transports.state does not show the session"},
	} {
		t.Run(name, func(t *testing.T) {
			r := withState(t)
			r.b.idle = 1000 // what the transport of the configuration says does not count
			hardware := &box{natives: r.b.natives, facts: r.b.facts}
			want.change(hardware)
			r.serve(hardware)
			r.want("a", "d1")
			for range 3 {
				r.run()
			}
			if got := r.programmedOf(); !strings.HasPrefix(got, want.state) {
				t.Errorf("%s, not %s", got, want.state)
			}
			if r.b.ends() != "d1" {
				t.Errorf("the device holds %q", r.b.ends())
			}
			if _, err := r.w.State(); (err != nil) != (name == "unreachable") {
				t.Error(err)
			}
		})
	}
}

// A transport for state that is away is not waited for at every read.
func TestATransportForStateThatIsAwayIsLeftAlone(t *testing.T) {
	r := withState(t)
	hardware := &box{natives: r.b.natives, facts: r.b.facts, down: true}
	r.serve(hardware)
	r.want("a", "d1")
	for range 3 {
		r.run()
	}
	if got := hardware.words(); got != "connect" {
		t.Errorf("said to it: %s", got)
	}
	hardware.edit(func() { hardware.down = false })
	r.w.elsewhere.again = time.Time{}
	r.run()
	if got := r.programmedOf(); !strings.HasPrefix(got, "True Confirmed") {
		t.Error(got)
	}
}
