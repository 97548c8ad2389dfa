package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// busyTries is how often a busy device is asked within Timeouts.Busy.
const busyTries = 30

// later waits when the device asked for that at the last push, and reports
// whether to try again. One that is busy for too long has refused; but where every push
// is a candidate, whoever configures may hold its door shut for hours, which is waited for
// as for a lock that the device tells of.
func (p *pass) later(ctx context.Context) (again bool, err error) {
	if !p.busy {
		p.busySince = time.Time{}
		return false, nil
	}
	p.busy = false
	if p.busySince.IsZero() {
		p.busySince = time.Now()
	}
	limit := p.s.Timeouts.Busy
	confirms := p.driver.Confirms
	waits := confirms != nil && confirms.Usual
	if time.Since(p.busySince) >= limit || waits && p.w.occupations > 0 {
		for _, mark := range slices.Sorted(maps.Keys(p.changed)) {
			if err := p.changed[mark]; waits && errors.Is(err, mirror.ErrBusy) {
				p.occupied(fmt.Sprintf("the device is not to be configured now: %v; nothing is pushed until it is", err), time.Time{})
				break
			}
		}
		return false, nil
	}
	select {
	case <-time.After(limit / busyTries):
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
