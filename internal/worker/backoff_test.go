package worker

import (
	"testing"
	"time"
)

func TestBackoffDoublesToItsLimit(t *testing.T) {
	const longest = 10 * time.Minute
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 9: 256 * time.Second, 10: 512 * time.Second, 11: longest, 1000: longest} {
		if got := backoff(failures, time.Minute, longest); got < want*9/10 || got > want*11/10 {
			t.Errorf("after %d failures %v, want about %v", failures, got, want)
		}
	}
}
