package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The reasons of the condition Admitted beside those of a forecast.
const (
	ReasonAdmissionOff = "AdmissionOff"
	ReasonNotPredicted = "LoadNotPredicted"
)

// Admitted tells the condition of what admission said of the ends of a session: the
// worst of them, False before Unknown before True, with the sentence of each.
func Admitted(rec mirror.SessionRecord) mirror.Check {
	if a := rec.Session.Admission; a != nil && a.Mode == mirror.AdmissionOff {
		return mirror.Check{State: mirror.Unknown, Reason: ReasonAdmissionOff, Message: "admission.mode is off: the load of the destination is not predicted"}
	}
	if len(rec.Judged) == 0 {
		return mirror.Check{State: mirror.Unknown, Reason: ReasonNotPredicted, Message: "the load of the destination was not predicted yet"}
	}
	rank := func(s mirror.State) int {
		switch s {
		case mirror.True:
			return 2
		case mirror.Unknown:
			return 1
		}
		return 0
	}
	list := slices.Clone(rec.Judged)
	slices.SortStableFunc(list, func(a, b mirror.Judged) int { return rank(a.Admitted) - rank(b.Admitted) })
	var told []string
	for _, j := range list {
		if j.Admitted == list[0].Admitted {
			told = append(told, j.Where()+": "+j.Message)
		}
	}
	return mirror.Check{State: list[0].Admitted, Reason: list[0].Reason, Message: strings.Join(told, "; ")}
}

// ReAdmit brings the condition Admitted of a stored session up to date, and nothing
// else, and reports whether its status changed. Since moves only then.
func ReAdmit(rec *mirror.SessionRecord, judged []mirror.Judged, now time.Time) (changed bool) {
	rec.Judged = judged
	check := Admitted(*rec)
	rec.Conditions = slices.Clone(rec.Conditions)
	for i := range rec.Conditions {
		c := &rec.Conditions[i]
		if c.Type != mirror.CondAdmitted {
			continue
		}
		changed = c.Status != check.State
		if changed {
			c.Since = now
		}
		c.Status, c.Reason, c.Message = check.State, check.Reason, check.Message
	}
	return changed
}
