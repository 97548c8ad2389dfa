package watch

import (
	"fmt"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A device may be gone when its reading is heard of, and of very many that are new some
// are read before they were asked for.
func TestAReadingOfADeviceThatIsNotKnown(t *testing.T) {
	l := newLab(t, Config{})
	l.w.DeviceRead("gone")
	for i := range 3 * chunk {
		name := fmt.Sprint("d", i)
		l.box(name, mirror.CountedOutOctets)
		l.w.DeviceChanged(name)
		l.w.DeviceRead(name)
	}
	l.pass(time.Second)
	if n := len(l.w.devices); n != 3*chunk {
		t.Errorf("%d devices are watched, want %d", n, 3*chunk)
	}
}
