package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

var errFull = errors.New("the disk is full")

// A tight store has no room for some of the writes that come after it was armed.
type tight struct {
	mirror.Store
	mu    sync.Mutex
	from  int // writes until the first that fails; 0 = none does
	many  int
	taken int // writes since it was armed
}

func (s *tight) arm(from, many int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from, s.many, s.taken = from, many, 0
}

// Update fails where a disk would: once everything is written, at the commit.
func (s *tight) Update(ctx context.Context, fn func(mirror.Tx) error) error {
	s.mu.Lock()
	s.taken++
	fails := s.from > 0 && s.taken >= s.from && s.taken < s.from+s.many
	s.mu.Unlock()
	return s.Store.Update(ctx, func(tx mirror.Tx) error {
		err := fn(tx)
		if err == nil && fails {
			err = errFull
		}
		return err
	})
}

// TestADiskThatIsFullForAWhile: whichever writes of a create, a change and a delete over two
// switches find no room, what was accepted is on the devices once there is room again, what
// was refused is not, and nothing is left over.
func TestADiskThatIsFullForAWhile(t *testing.T) {
	w := web{parent: []int{0, 0}, numbered: []bool{false, true}, waits: []bool{false, true}, all: []bool{false, false}}
	made := intent("s", "sw1:d0", "sw0:p1 rx")
	made.RSPAN = &mirror.RSPAN{VLAN: 100, Transit: []mirror.Transit{{Device: "sw0", Trunks: []string{"t1"}}, {Device: "sw1", Trunks: []string{"t0"}}}}
	changed := made
	changed.Sources = append(changed.Sources[:1:1], mirror.Source{Device: "sw0", Interface: "p2", Direction: mirror.Both})
	var room *tight
	newRoom := func(t *testing.T) *bench {
		return w.bench(t, func(c *engine.Config) {
			room = &tight{Store: c.Store}
			c.Store = room
		})
	}
	// try asks until it is taken: whoever is told that there is no room asks again.
	try := func(t *testing.T, b *bench, s *mirror.Session) {
		for range 40 {
			op, err := b.act("s", s)
			if err == nil {
				if op != "" {
					if _, err = b.ended(op); err != nil {
						t.Fatal(err)
					}
				}
				return
			}
			if !errors.Is(err, errFull) {
				t.Fatal(err)
			}
		}
		t.Fatal("there is never room")
	}
	for at := 1; at <= 16; at++ { // writes of the longest of the three
		many := 1 + at%2*3
		t.Run(fmt.Sprintf("%d from %d", many, at), func(t *testing.T) {
			b := newRoom(t)
			empty := b.switchConfigs()
			var configs []string
			for _, s := range []*mirror.Session{&made, &changed, nil} {
				room.arm(at, many)
				try(t, b, s)
				room.arm(0, 0)
				if s != nil {
					b.reach("s", mirror.Active)
					configs = append(configs, b.switchConfigs())
					continue
				}
				testkit.Eventually(t, patience, "it is gone", func() bool { return b.phase("s") != mirror.Active && b.switchConfigs() == empty })
			}
			if configs[0] == configs[1] {
				t.Error("the change is not there")
			}
		})
	}
}
