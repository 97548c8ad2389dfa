package web

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/client"
)

// Shapes of states; each is a class of the style sheet, and no colour alone.
const (
	shapeOK     = "ok" // True, in order
	shapeSoon   = "wa" // look soon
	shapeBad    = "ba" // False, costs copies or control
	shapeUnsure = "un" // Unknown
	shapeMoving = "go"
	shapeOff    = "pa" // off on purpose
	shapeNote   = "no"
)

// A truth is one of the three that stand beside one another wherever a session is shown:
// desired, configured, effective.
type truth struct {
	Name     string
	Question string
	Verdict  string // two words at most
	Shape    string
	Note     string // what is beside the verdict in a table
	Parts    []client.Condition
	How      string // how it is known
}

// truths are Desired, Configured and Effective, in this order.
func truths(s client.Session) [3]truth { return [3]truth{desired(s), configured(s), effective(s)} }

func condition(s client.Session, name string) client.Condition {
	for _, c := range s.Status.Conditions {
		if c.Type == name {
			return c
		}
	}
	return client.Condition{Type: name, Status: "Unknown"}
}

// parts are the conditions of these names that the session has.
func parts(s client.Session, names ...string) (out []client.Condition) {
	for _, name := range names {
		for _, c := range s.Status.Conditions {
			if c.Type == name {
				out = append(out, c)
			}
		}
	}
	return out
}

func desired(s client.Session) truth {
	t := truth{Name: "Desired", Question: "May it, and can it be?", Parts: parts(s, "Admitted"), How: "Admission counts the load without relief."}
	c := condition(s, "Admitted")
	switch c.Status {
	case "True":
		t.Verdict, t.Shape = "Admitted", shapeOK
	case "False":
		t.Verdict, t.Shape, t.Note = "Refused", shapeBad, c.Reason
	default:
		t.Verdict, t.Shape, t.Note = "Unknown", shapeUnsure, c.Reason
	}
	return t
}

// off reports whether nothing of the session is to be on a device.
func off(s client.Session) bool {
	return slices.Contains([]string{"Suspended", "Expired"}, s.Status.Phase) || s.Spec.Enabled != nil && !*s.Spec.Enabled && s.Status.Phase != "Deleting"
}

// moving reports whether devices are being written to now.
func moving(s client.Session) bool {
	return slices.Contains([]string{"Pending", "Applying", "Deleting"}, s.Status.Phase)
}

func configured(s client.Session) truth {
	t := truth{Name: "Configured", Question: "Do the devices hold exactly that?", Parts: parts(s, "Configured", "Programmed", "Persisted"), How: "Read back after each push, and again at every resync."}
	c := condition(s, "Configured")
	done := 0
	for _, f := range s.Status.Fragments {
		if f.Configured.State == "True" && f.AppliedRevision == f.GoalRevision {
			done++
		}
	}
	switch {
	case off(s):
		t.Verdict, t.Shape, t.Note = "Off", shapeOff, offNote(s)
	case moving(s) && c.Status != "True":
		t.Verdict, t.Shape, t.Note = fmt.Sprintf("%d of %s", done, plural(len(s.Status.Fragments), "device")), shapeMoving, c.Reason
	case c.Status == "False" && c.Reason == "OwnershipLost":
		t.Verdict, t.Shape, t.Note = "Not ours", shapeBad, c.Reason
	case c.Status == "False":
		t.Verdict, t.Shape, t.Note = "Differs", shapeBad, c.Reason
	case c.Status == "True" && condition(s, "Programmed").Status == "False":
		t.Verdict, t.Shape, t.Note = "Not working", shapeBad, condition(s, "Programmed").Reason
	case c.Status == "True" && condition(s, "Persisted").Status == "False":
		t.Verdict, t.Shape, t.Note = "In sync", shapeSoon, "not saved"
	case c.Status == "True":
		t.Verdict, t.Shape = "In sync", shapeOK
		if r := s.Status.Relief; r != nil && len(r.Steps) > 0 {
			t.Note = fmt.Sprintf("relief step %d", len(r.Steps))
		}
	default:
		t.Verdict, t.Shape, t.Note = "Unknown", shapeUnsure, c.Reason
		t.Parts = stale(t.Parts, c)
	}
	return t
}

// stale are conditions that were True when the devices were last read: nobody knows now.
func stale(parts []client.Condition, unknown client.Condition) []client.Condition {
	for i, c := range parts {
		if c.Status == "True" && c.Type != unknown.Type {
			parts[i].Status, parts[i].Message = "Unknown", "It was True when the device was last read."
			parts[i].Reason = unknown.Reason
		}
	}
	return parts
}

func offNote(s client.Session) string {
	switch {
	case s.Status.Phase == "Expired":
		return "lease ended"
	case s.Spec.Enabled != nil && !*s.Spec.Enabled && s.Status.UpdatedBy != "":
		return "by " + s.Status.UpdatedBy
	}
	return ""
}

func effective(s client.Session) truth {
	t := truth{Name: "Effective", Question: "Do the copies really arrive?", Parts: parts(s, "Effective", "DestinationHealthy"), How: "Counted where the platform counts copies."}
	if s.Status.Load != nil && s.Status.Load.CountedAt != "" {
		t.How = countedWords(s.Status.Load.CountedAt)
	}
	c, h := condition(s, "Effective"), condition(s, "DestinationHealthy")
	switch {
	case off(s):
		t.Verdict, t.Shape = "Off", shapeOff
	case moving(s) && c.Status != "False":
		t.Verdict, t.Shape = "Not yet", shapeUnsure
	case c.Status == "False" && c.Reason == "CopiesLost":
		t.Verdict, t.Shape, t.Note = "Partly", shapeSoon, ratioNote(s)
	case c.Status == "False":
		t.Verdict, t.Shape, t.Note = "Not arriving", shapeBad, ratioNote(s)
	case c.Status == "True" && h.Status == "False":
		t.Verdict, t.Shape, t.Note = "Partly", shapeSoon, h.Reason
	case c.Status == "True":
		t.Verdict, t.Shape, t.Note = "Arriving", shapeOK, ratioNote(s)
	case h.Status == "False":
		t.Verdict, t.Shape, t.Note = "Unknown", shapeSoon, h.Reason
	default:
		t.Verdict, t.Shape, t.Note = "Unknown", shapeUnsure, c.Reason
	}
	return t
}

// countedWords say where copies are counted.
func countedWords(place string) string {
	switch place {
	case "out-counters":
		return "Counted among what the destination port sends."
	case "mirror-counter":
		return "Counted by the device’s own counter of the mirror."
	case "session-counter":
		return "Counted by the native session’s own counter."
	case "unverified":
		return "Counted at the destination port, which was not proven on this platform."
	}
	return "Counted at " + place + "."
}

func ratioNote(s client.Session) string {
	if s.Status.Load == nil || s.Status.Load.DeliveryRatio == nil {
		return ""
	}
	return percent(s.Status.Load.DeliveryRatio)
}

// conditionShape is how a condition is drawn: False of what is only to be saved costs no
// copies.
func conditionShape(c client.Condition) string {
	switch {
	case c.Status == "True":
		return shapeOK
	case c.Status == "False" && (c.Type == "Persisted" || c.Reason == "CopiesLost" || c.Reason == "UpperBound"):
		return shapeSoon
	case c.Status == "False":
		return shapeBad
	}
	return shapeUnsure
}

// phaseShape is how a phase is drawn. Active of which something is not known is not green.
func phaseShape(s client.Session) string {
	switch s.Status.Phase {
	case "Active":
		if configured(s).Shape == shapeUnsure {
			return shapeUnsure
		}
		return shapeOK
	case "Pending", "Applying", "Deleting":
		return shapeMoving
	case "Suspended", "Expired":
		return shapeOff
	case "Degraded", "Failed":
		return shapeBad
	}
	return shapeUnsure
}

// phases are those that a session may have, the worst first.
var phases = []string{"Failed", "Degraded", "Unknown", "Pending", "Applying", "Deleting", "Active", "Suspended", "Expired"}

// severityShape is how a problem is drawn.
func severityShape(severity string) string {
	switch severity {
	case "critical", "error":
		return shapeBad
	case "warning":
		return shapeSoon
	}
	return shapeNote
}
