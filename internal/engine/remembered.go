package engine

import (
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// remembered are placements as they may be told, see plan.Remembered.
func (e *Engine) remembered(tx mirror.Tx, rows []mirror.Placement) (told []mirror.Placement, unread bool, err error) {
	told, unread = plan.Remembered(rows, func(device string) (time.Time, bool) {
		if e.reads.Judged(device) {
			return time.Time{}, false
		}
		at, fault := e.reads.Last(tx, device)
		err = errors.Join(err, fault)
		return at, true
	})
	return told, unread, err
}
