package cmdline

import (
	"testing"
	"time"
)

func TestTimesInWords(t *testing.T) {
	const day = 24 * time.Hour
	at := time.Unix(1, 0)
	for d, want := range map[time.Duration]string{0: "00:00:00", 4*time.Minute + 17*time.Second: "00:04:17", day - time.Second: "23:59:59",
		day: "1d00h", 27 * time.Hour: "1d03h", 7 * day: "1w0d", 364 * day: "52w0d", 365 * day: "1y0w", 365*day + 15*day: "1y2w"} {
		if got := Ago(at, d); got != want {
			t.Errorf("%v ago: %s, want %s", d, got, want)
		}
	}
	if got := Ago(time.Time{}, day); got != "never" {
		t.Errorf("%s", got)
	}
	for d, want := range map[time.Duration]string{30 * time.Second: "30 second", time.Minute: "1 minute", 90 * time.Second: "90 second", 5 * time.Minute: "5 minute"} {
		if got := Interval(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{25*time.Minute + 46*time.Second: "00:25:46", 27*time.Hour + 12*time.Minute: "1d 03:12", 47*24*time.Hour + 8*time.Hour + 5*time.Minute: "6w5d 08:05"} {
		if got := Age(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
}
