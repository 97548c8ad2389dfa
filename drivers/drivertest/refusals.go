package drivertest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// refusals has blocks of each verb refused in every way that the device knows:
// it must be told in the device's words, and nothing may stay of it.
func (s Suite) refusals(t *testing.T) {
	r := s.newRig(t)
	if !s.can(t, "refusals", r.dev.Refusals != nil) {
		return
	}
	first := r.local("d1", from("p1", mirror.Both), from("p2", mirror.RX))
	second := r.local("d1", from("p1", mirror.TX), from("p3", mirror.Both))
	steps := []refusalStep{
		{"create", nil, []mirror.Fragment{first}},
		{"change", []mirror.Fragment{first}, []mirror.Fragment{second}},
		{"delete", []mirror.Fragment{second}, nil},
	}
	for _, st := range r.claimed(r.info()) {
		if spec := st.fragments[0].Spec; spec.Role != mirror.RoleLocal {
			steps = append(steps, refusalStep{"create", nil, st.fragments}, refusalStep{"delete", st.fragments, nil})
		}
	}
	for _, step := range steps {
		r.t = t
		r.apply(step.before...)
		_, payload := r.prepared(step.want...)
		if len(payload.Blocks) == 0 && len(step.want)+len(step.before) == 1 {
			continue // a footing that is there without us: nothing is sent that could be refused
		}
		at := sessions(payload)
		if len(at) != 1 || payload.Blocks[at[0]].Verb() != step.verb {
			t.Fatalf("%s: %d blocks of %d", step.verb, len(at), len(payload.Blocks))
		}
		ways := r.dev.Refusals(payload.Blocks[at[0]])
		if len(ways) == 0 {
			t.Errorf("%s: the device knows no way to refuse it", step.verb)
		}
		name := step.verb
		for _, f := range append(slices.Clone(step.before), step.want...) {
			name += " " + string(f.Spec.Role)
		}
		for _, way := range ways {
			t.Run(name+"/"+way.Name, func(t *testing.T) {
				r.t = t
				r.refused(way, step.want)
			})
		}
		r.t = t
		r.apply(step.want...)
	}
	r.apply()
	t.Run("the next block is taken", func(t *testing.T) {
		r.t = t
		r.refusedAlone(first, r.local("d2", from("p3", mirror.RX)))
	})
}

// A refusalStep is a block to be refused: what leads from before to want.
type refusalStep struct {
	verb         string
	before, want []mirror.Fragment
}

// arm makes the device refuse, and gives the block to push.
func arm(t *testing.T, way Refusal, block mirror.Block) mirror.Block {
	t.Helper()
	if way.Arm != nil {
		t.Cleanup(way.Arm())
	}
	if way.Block.Text != "" {
		return way.Block
	}
	return block
}

// refused pushes one block and demands that the device refuses it without a
// trace.
func (r *rig) refused(way Refusal, want []mirror.Fragment) {
	r.t.Helper()
	ledger := slices.Clone(r.ledger)
	list, payload := r.render(r.info(), want)
	at := sessions(payload)[0]
	payload.Blocks[at] = arm(r.t, way, payload.Blocks[at])
	before := r.dev.Config()
	r.claim(list)
	report := r.push(payload)
	r.ledger = ledger
	r.quoted(report.Blocks[at], way.Words)
	if diff := cmp.Diff(before, r.dev.Config()); diff != "" {
		r.t.Errorf("a refused block left something (-was +is):\n%s\nblock:\n%s", diff, payload.Blocks[at].Text)
	}
}

// quoted demands a refusal in the device's words.
func (r *rig) quoted(b mirror.BlockResult, words string) {
	r.t.Helper()
	var quote *mirror.DeviceError
	if !errors.Is(b.Err, mirror.ErrRejected) || !errors.As(b.Err, &quote) {
		r.t.Errorf("got %v, want ErrRejected as a DeviceError", b.Err)
		return
	}
	if quote.Device != thisDevice || quote.Sent == "" || !strings.Contains(quote.Answer, words) || words == "" {
		r.t.Errorf("got %+v, want the words %q of %s and what was sent", *quote, words, thisDevice)
	}
}

// refusedAlone pushes two new sessions, of which the device refuses the one
// that is sent first: the other one must be there, and nothing else.
func (r *rig) refusedAlone(a, b mirror.Fragment) {
	r.t.Helper()
	r.apply()
	list, payload := r.prepared(a, b)
	if len(payload.Blocks) != 2 {
		r.t.Fatalf("%d blocks", len(payload.Blocks))
	}
	taken := a
	if mirror.Mark(instance, thisDevice, a.Spec) == payload.Blocks[0].Mark() {
		taken = b
	}
	ways := r.dev.Refusals(payload.Blocks[0])
	way := ways[len(ways)-1] // late in the block, when most of it is done
	r.t.Run(way.Name, func(t *testing.T) {
		outer := r.t
		r.t = t
		defer func() { r.t = outer }()
		payload.Blocks[0] = arm(t, way, payload.Blocks[0])
		r.claim(list)
		report := r.push(payload)
		r.quoted(report.Blocks[0], way.Words)
		if err := report.Blocks[1].Err; err != nil {
			t.Errorf("the block behind a refused one: %v", err)
		}
		info := r.info()
		for _, c := range plan.Diff(plan.Compose(instance, thisDevice, []mirror.Fragment{taken}), info) {
			if c.After != nil || c.Before.Spec.Footing == nil { // what the refused one was to stand on may be there
				t.Errorf("there is still to %s %s: %s", c.Verb(), c.Mark, difference(c))
			}
		}
		r.apply(taken)
	})
	r.apply()
}
