package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// trouble is the first condition that is False, or why nobody knows whether the
// session is configured: that comes before what was last known of its saving.
func trouble(s client.Session) string {
	for _, c := range s.Status.Conditions {
		unknown := c.Type == "Configured" && c.Status == "Unknown" && s.Status.Phase != "Suspended"
		if c.Status == "False" || unknown {
			return plain(c.Type + "=" + c.Status + " " + c.Reason + ": " + c.Message)
		}
	}
	return ""
}

// waitsForADevice is for which device that is away an accepted session waits, ""
// when it does not: nothing is gained by following its rollout.
func waitsForADevice(s client.Session) string {
	for _, c := range s.Status.Conditions {
		if s.Status.Phase == "Pending" && c.Type == "Admitted" && c.Reason == "DeviceUnreachable" {
			return plain(c.Message)
		}
	}
	return ""
}

func summary(s client.Session) string {
	until := leaseEnd(s)
	if until != "" {
		until = ", until " + until
	}
	text := fmt.Sprintf("%s, generation %d%s%s", s.Status.Phase, s.Status.Generation, until, warnings(s.Status.Warnings)) + fittingEnds(s.Status.Forecast)
	if why := waitsForADevice(s); why != "" {
		text += "\n  queued: " + why
	}
	return text
}

func leaseEnd(s client.Session) string {
	if s.Status.Expires == nil {
		return ""
	}
	return s.Status.Expires.Format(time.RFC3339)
}

// warnings are what forbids nothing and should be known, each on a line of its
// own, after what it is added to.
func warnings(list []client.Reason) string {
	var b strings.Builder
	for _, w := range list {
		b.WriteString("\n  warning: " + placed(w))
	}
	return b.String()
}

// placed is a reason with its place in the body, where it has one.
func placed(r client.Reason) string {
	if r.Pointer == "" {
		return plain(r.Message)
	}
	return plain(r.Message) + " [" + plain(r.Pointer) + "]"
}

// failedSession is why a session is not as it was asked for, nil where it is, or where nobody
// can know yet.
func failedSession(s client.Session) error {
	for _, c := range s.Status.Conditions { // right after a start, the reading of the devices is under way
		if c.Type == "Configured" && c.Reason == "NotReadYet" {
			return nil
		}
	}
	if slices.Contains([]string{"Failed", "Degraded", "Unknown"}, s.Status.Phase) {
		return fmt.Errorf("%s: %s", s.Status.Phase, trouble(s))
	}
	return nil
}
