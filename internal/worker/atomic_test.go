package worker

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// tunnelled copies port p1 to a collector, by a tunnel interface of a name.
func tunnelled(session, name, collector string) *mirror.Fragment {
	way := mirror.Tunnel{From: "192.0.2.1", To: collector}
	return &mirror.Fragment{Session: session, Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource,
		Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}},
		Needs:   []mirror.Footing{{Kind: mirror.FootingTunnel, Name: name, Tunnel: &way}},
		Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: 7, Origin: way.From}, Collector: collector, Tunnel: name}}}
}

// TestOneCommitIsOnePush of a session with all that it stands on, and one entry in the
// journal; what is refused of it is told, and takes nothing else with it.
func TestOneCommitIsOnePush(t *testing.T) {
	r := newRig(t, Confirms{}, func(d *mirror.Device) { d.Confirm = "" })
	r.b.atomic = true
	r.restart(false)
	var entries []int
	r.b.onPush = func() {
		r.update(func(tx mirror.Tx) error {
			list, err := tx.Journal("sw")
			entries = append(entries, len(list[len(list)-1].Changes))
			return err
		})
	}
	step := func(what string, f *mirror.Fragment, pushes ...string) {
		t.Helper()
		r.b.edit(func() { r.b.blocks = nil })
		entries = nil
		r.wantFragment("s", f)
		r.run()
		if diff := cmp.Diff(pushes, r.b.blocks); diff != "" {
			t.Errorf("%s (-want +is):\n%s", what, diff)
		}
		if len(pushes) == 1 && !slices.Equal(entries, []int{len(strings.Split(pushes[0], ","))}) {
			t.Errorf("%s: entries of %v changes in the journal", what, entries)
		}
	}
	step("made", tunnelled("s", "tunnel-ip7", "198.51.100.1"), "create tunnel, create session")
	r.applied("s")
	step("the way changes", tunnelled("s", "tunnel-ip8", "198.51.100.1"), "create tunnel, delete session, create session, delete tunnel")
	r.applied("s")

	other := mirror.Footing{Kind: mirror.FootingTunnel, Name: "tunnel-ip9", Tunnel: &mirror.Tunnel{From: "192.0.2.1", To: "203.0.113.9"}}
	r.b.edit(func() { r.b.natives[other.ID()] = mirror.NativeSession{ID: other.ID(), Spec: other.Spec()} })
	step("a tunnel of another in the way", tunnelled("s", "tunnel-ip9", "198.51.100.1"))
	row := r.row("s")
	if !row.FailedGoal() || !strings.Contains(jsonOf(row), "tunnel-ip9 exists, leads from 192.0.2.1 to 203.0.113.9, and netmirror did not make it") {
		t.Errorf("not refused: %s", jsonOf(row))
	}
	step("back", tunnelled("s", "tunnel-ip8", "198.51.100.1"))
	r.applied("s")
	step("gone", nil, "delete session, delete tunnel")
	var left []string
	for id := range r.b.natives {
		left = append(left, id)
	}
	r.update(func(tx mirror.Tx) error {
		lines, err := tx.Natives("sw")
		for _, l := range lines {
			left = append(left, "ledger "+l.ID)
		}
		return err
	})
	if !slices.Equal(left, []string{other.ID()}) {
		t.Errorf("left over: %v", left)
	}
}
