package worker

import (
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// defaultResync is how often a device is read whose platform says nothing else.
const defaultResync = time.Minute

// resync is the interval at which an undisturbed device is read: its own
// setting, else the controller's, else what reading costs on its platform.
func (s *Shared) resync(d mirror.Device) time.Duration {
	if d.Resync != 0 {
		return d.Resync.Std()
	}
	if s.Resync != 0 {
		return s.Resync
	}
	if drv, err := s.Driver(d); err == nil && drv.Resync != 0 {
		return drv.Resync
	}
	return defaultResync
}

// rest sets the alarm that closes a connection which nothing needs. Terminal
// lines of a switch are few; a device that tells of changes keeps its
// connection.
func (w *Worker) rest(alarm *time.Timer) {
	if w.conn == nil || w.telling.listening.Load() {
		alarm.Stop()
		return
	}
	alarm.Reset(w.s.tuning(w.device).IdleClose.Std())
}
