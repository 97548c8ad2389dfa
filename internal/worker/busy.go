package worker

import (
	"context"
	"time"
)

// busyTries is how often a busy device is asked within Timeouts.Busy.
const busyTries = 30

// later waits when the device asked for that at the last push, and reports
// whether to try again. One that is busy for too long has refused.
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
	if time.Since(p.busySince) >= limit {
		return false, nil
	}
	select {
	case <-time.After(limit / busyTries):
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
