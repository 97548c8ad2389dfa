package cmdline

import (
	"fmt"
	"time"
)

// Ago is how long something is ago, in the short form of show commands: "00:04:17",
// "1d02h", "2w3d", "1y12w"; "never" where at is zero.
func Ago(at time.Time, d time.Duration) string {
	const day, week = 24 * time.Hour, 7 * 24 * time.Hour
	switch years := d / (365 * day); {
	case at.IsZero():
		return "never"
	case d < day:
		s := int(d.Seconds())
		return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	case d < week:
		return fmt.Sprintf("%dd%02dh", d/day, d%day/time.Hour)
	case years == 0:
		return fmt.Sprintf("%dw%dd", d/week, d%week/day)
	default:
		return fmt.Sprintf("%dy%dw", years, d%(365*day)/week)
	}
}

// Interval words the time that a mean rate is over: "30 second", "5 minute".
func Interval(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%d minute", d/time.Minute)
	}
	return fmt.Sprintf("%d second", d/time.Second)
}

// Age is a time in the form "6w5d 08:05", "1d 03:12", "00:25:46".
func Age(d time.Duration) string {
	const day, week = 24 * time.Hour, 7 * 24 * time.Hour
	minutes := fmt.Sprintf("%02d:%02d", d%day/time.Hour, d%time.Hour/time.Minute)
	switch {
	case d >= week:
		return fmt.Sprintf("%dw%dd %s", d/week, d%week/day, minutes)
	case d >= day:
		return fmt.Sprintf("%dd %s", d/day, minutes)
	}
	return fmt.Sprintf("%s:%02d", minutes, d%time.Minute/time.Second)
}
