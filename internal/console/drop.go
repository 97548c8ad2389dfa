package console

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// drop leaves nothing of a candidate that was not committed. kept is why the device does
// not let go of it all the same, in its words; err is of the connection. One that was
// never made may be refused, which is as good.
func (s *candidate) drop(ctx context.Context, name string) (kept, err error) {
	k := s.c.d.p.Commit
	if k.Inside {
		return nil, s.c.leave(ctx)
	}
	answer, err := s.c.order(ctx, time.Time{}, k.Abort(name)...)
	if err != nil || answer.refused == "" {
		return nil, err
	}
	waits, err := s.c.waits(ctx)
	if err != nil || !slices.ContainsFunc(waits, func(w Wait) bool { return w.Name == name }) {
		return nil, err
	}
	return s.c.said(answer), nil
}

// keeps tells, with the refused blocks of a candidate, that it stays on the device.
func (s *candidate) keeps(which []int, kept error) {
	for _, i := range which {
		if r := &s.report.Blocks[i]; r.Err != nil {
			r.Err = withKept(r.Err, kept)
		}
	}
}

// withKept is why blocks failed whose candidate stays on the device, for which kept is
// the reason.
func withKept(cause, kept error) error {
	if cause == nil {
		return fmt.Errorf("not committed, because a candidate stays on the device: %w", kept)
	}
	return fmt.Errorf("%w; its candidate stays on the device: %v", cause, kept) //nolint:errorlint // the kind is that of the cause
}
