package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// silences remembers which devices beside a path did not answer just now, so
// that nothing is refused on what they said before.
type silences struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (s *silences) note(device string, silent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[string]time.Time{}
	}
	if silent {
		s.last[device] = time.Now()
	} else {
		delete(s.last, device)
	}
}

func (s *silences) is(device string, within time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.last[device]
	return ok && time.Since(at) < within
}

// maxAround bounds the managed devices that are looked at beside those that an
// RSPAN session names.
const maxAround = 64

// around finds the managed devices beside the path of an RSPAN session, by what
// the devices tell of their neighbours. One that does not answer, or was not
// read since the start, tells nothing.
func (e *Engine) around(tx mirror.Tx, ex plan.Expansion, site plan.Site) (plan.Around, error) {
	if !ex.Has(mirror.KindRSPAN) {
		return plan.Around{}, nil
	}
	out := plan.Around{Names: plan.Names(e.states.Hosts()), Devices: map[string]plan.DeviceInfo{}}
	type place struct {
		info   plan.DeviceInfo
		trunks []mirror.PortName
	}
	vlan := 0
	var queue []place
	for _, f := range ex.Fragments {
		vlan = max(vlan, f.Spec.RemoteVLAN)
		queue = append(queue, place{site.Devices[f.Device], f.Spec.Trunks})
	}
	for len(queue) > 0 && len(out.Devices) < maxAround {
		at := queue[0]
		queue = queue[1:]
		for _, name := range out.Neighbours(at.info, vlan, at.trunks) {
			_, named := site.Devices[name]
			_, seen := out.Devices[name]
			if named || seen || e.states.Known(name).Reachable.State != mirror.True || e.silent.is(name, e.cfg.Timeouts.Submit) {
				continue
			}
			device, _, err := tx.Device(name)
			if errors.Is(err, mirror.ErrNotFound) || err == nil && device.Retired {
				continue
			}
			if err != nil {
				return out, err
			}
			info, err := e.info(tx, device)
			if err != nil {
				return out, err
			}
			out.Devices[name] = info
			queue = append(queue, place{info: info})
		}
	}
	return out, nil
}

// readAround has the devices beside the path read anew: a session is refused for
// what one of them lacks, and that may have been mended by hand just now. One
// that cannot be read proves nothing and is no reason to refuse.
func (e *Engine) readAround(ctx context.Context, s mirror.Session) error {
	var names []string
	err := e.store.View(ctx, func(tx mirror.Tx) error {
		site, err := e.site(tx, s)
		if err != nil {
			return err
		}
		ex, reasons := plan.Expand(s, site)
		if len(reasons) > 0 {
			return nil
		}
		around, err := e.around(tx, ex, site)
		names = slices.Sorted(maps.Keys(around.Devices))
		return err
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
	defer cancel()
	var wait sync.WaitGroup
	for _, name := range names {
		wait.Go(func() {
			start := time.Now()
			err := e.observe(ctx, name, mirror.Look{Whole: true})
			e.silent.note(name, err != nil)
			if err != nil {
				e.log.Debug("a device beside the path was not read", "device", name, "err", err, "dur", time.Since(start))
			}
		})
	}
	wait.Wait()
	return nil
}
