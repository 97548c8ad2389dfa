package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A concern is a row of Now or Next: what, why in one sentence, since when, and one next
// step.
type concern struct {
	Shape, Title string
	Code         string // one word for programs, to be searched for
	Why          []saying
	Name, At     string // of the object, and its address
	Since        *time.Time
	Until        *time.Time // when it comes about, of what is ahead
	Step, StepAt string
	Dialog       bool // the step is asked over this page
	Away         bool // a device that cannot be reached
}

// shortTitles say for people in few words what a reason is called, where its code does not.
var shortTitles = map[string]string{
	"CopiesNotFlowing": "Copies do not flow", "CopiesLost": "Copies are missing",
	"Oversubscribed": "Oversubscribed", "Drops": "Copies are dropped", "DestinationGone": "Destination is gone",
	"DestinationDown": "Destination is down", "CollectorUnreachable": "No way to the collector", "UpperBound": "May be oversubscribed",
	"OwnershipLost": "Ownership lost", "Drift": "Changed by somebody else", "Contended": "Changed back again and again",
	"Brake": "Repairs have stopped", "RepairRefused": "Repair refused", "Rejected": "Refused by the device", "RolloutFailed": "Change was undone",
	"PlanStale": "Plan no longer holds", "NotHeld": "Device did not hold it", "DestinationInUse": "Destination is in use", "PortMissing": "Source is gone",
	"ForeignSources": "Others copy along", "Unconfirmed": "May still go back", "Relieved": "Suspended by relief", "NotPushed": "Differs, not pushed",
	"NothingConfigured": "On no device", "Retired": "Device left its source", "Refused": "Refused", "DeviceUnreachable": "Waits for a device",
	"NotProgrammed": "Device says it does not work", "Waiting": "Device waits", "NotSaved": "Not saved", "SaveFailed": "Not saved", "ForeignUnsavedChanges": "Not saved",
	"Unreachable": "Device unreachable", "TimedOut": "Device does not answer in time", "NotAnswering": "Device does not answer",
	"AuthenticationFailed": "Login refused", "HostKeyChanged": "Host key has changed", "HostKeyUnknown": "Host key not known",
	"NotUnderstood": "Device not understood", "Unsupported": "Device cannot do this", "Conflict": "Something else is in the way", "InputLost": "Device lost what was typed",
	"Busy": "Device is busy", "ChangedMeanwhile": "Changed meanwhile", "Invalid": "Entry is not valid", "CredentialsUnknown": "Credentials missing",
	"CredentialsUnreadable": "Credentials cannot be read", "CredentialsUnfit": "Credentials do not fit", "CredentialsNotBound": "Credentials not for this address",
	"CredentialsNotMigrated": "Credentials to be migrated", "CredentialsPaused": "Login stopped", "Held": "Nothing is pushed",
	"LeaseEnding": "Lease ends in", "ReceiverGone": "Receiver is gone", "DeadLetters": "Events were given up", "EventsBehind": "Events wait",
}

// titleOf names a reason for people; one that is new here keeps its code.
func titleOf(reason string) string { return cmp.Or(shortTitles[reason], reason) }

// steps are what a row offers to do, by reason: words and where on the object's page.
var steps = map[string][2]string{
	"CopiesNotFlowing": {"What to check", "#todo"}, "CopiesLost": {"See load", "#load"}, "Oversubscribed": {"See load", "#load"},
	"Drops": {"See load", "#load"}, "OwnershipLost": {"Choose", "#todo"},
}

func concernOf(p client.Concern) concern {
	c := concern{Shape: severityShape(p.Severity), Title: titleOf(p.Reason), Code: p.Reason, Why: spoken(cmp.Or(p.Message, p.Means)), Name: p.Object.Name, Since: p.Since, Step: "Look"}
	if p.Condition == "Reachable" {
		c.Shape, c.Away = shapeSoon, true
		if p.Message != "" {
			c.Why = machineWords(p.Message)
		}
	}
	switch p.Object.Kind {
	case "session":
		c.At = "/sessions/" + url.PathEscape(p.Object.Name)
		step, known := steps[p.Reason]
		if !known {
			step = [2]string{"What to do", "#todo"}
		}
		c.Step, c.StepAt = step[0], c.At+step[1]
		if p.Reason == "LeaseEnding" {
			c.Shape, c.Since, c.Until = shapeSoon, nil, p.Until
			c.Why = spoken(p.Means)
			c.Step, c.StepAt, c.Dialog = "Renew…", c.At+"/renew", true
		}
	case "device":
		c.At = deviceAt(p.Object.Name)
		c.StepAt = c.At
	case "tool":
		c.At = toolAt(p.Object.Name)
		c.StepAt = c.At
	}
	return c
}

// deviceAt is the address of a device within the list of all.
func deviceAt(name string) string {
	return "/devices?device=" + url.QueryEscape(name) + "#" + url.PathEscape(name)
}

// toolAt is the address of a tool within the list of all.
func toolAt(name string) string {
	return "/tools?tool=" + url.QueryEscape(name) + "#" + url.PathEscape(name)
}

// isNow reports whether a problem belongs to Now: copies or configuration are lost. A
// device that is away comes next: what it copies goes on.
func isNow(p client.Concern) bool {
	return p.Condition != "Reachable" && slices.Contains([]string{"critical", "error"}, p.Severity)
}

// Of how many devices that are away it is told what is at stake, and how many sessions are
// named.
const (
	mostAtStake = 5
	namedAtMost = 3
)

// atStake adds to devices that are away which sessions they hold: nobody knows whether they
// still do.
func atStake(v *visit, of []concern) error {
	done := 0
	for i := range of {
		c := &of[i]
		if !c.Away || done == mostAtStake {
			continue
		}
		done++
		page, err := v.cl.ListSessions(v.Context(), client.ListSessionsOptions{Device: c.Name, Limit: namedAtMost + 1})
		if err != nil {
			return err
		}
		var names []string
		for _, x := range page.Items {
			if !off(x) {
				names = append(names, x.Name)
			}
		}
		text := " No session is on it."
		switch {
		case len(names) == 0 && page.NextCursor != "": // those looked at are off, and there are more
			text = " Sessions that are not off may be on it."
		case len(names) > namedAtMost:
			text = " Not verified since: " + strings.Join(names[:namedAtMost], ", ") + " and more."
		case len(names) > 0:
			text = " Not verified since: " + strings.Join(names, ", ") + "."
		}
		c.Why = append(c.Why, saying{Text: text})
	}
	return nil
}

// notPushed are rows for devices that are read only, as somebody wants it: no fault.
func notPushed(d client.DeviceCounts) (out []concern) {
	row := func(n int64, what, code, ends string) {
		if n > 0 {
			out = append(out, concern{Shape: shapeNote, Title: plural(n, "device") + " " + what, Code: code, Name: "see which", At: "/devices", Step: "Look", StepAt: "/devices",
				Why: []saying{{Text: "Read, and nothing is pushed, until somebody ends it: "}, {Text: ends, Quote: true}}})
		}
	}
	row(d.Maintenance, "in maintenance", "Maintenance", "netmirror devices set NAME --maintenance=false")
	row(d.Modes["observe"], "in observe mode", "Observe", "netmirror devices set NAME --mode full")
	return out
}

// foreignOnes is a row for all native sessions that netmirror did not make: no fault.
func foreignOnes(d client.DeviceCounts) concern {
	return concern{Shape: shapeNote, Title: plural(d.Foreign, "foreign session"), Code: "Foreign", Name: "on " + plural(d.ForeignOn, "device"), At: "/devices?foreign=true",
		Why: []saying{{Text: "Made by somebody else, counted against the limits, never changed."}}, Step: "Look", StepAt: "/devices?foreign=true"}
}
