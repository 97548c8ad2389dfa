package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// todo is the banner of a session that needs somebody: the cause, and ways out of it.
type todo struct {
	Shape, Title string
	Since        *time.Time
	Says         []string
	Quotes       []quotation
	Check        []string // what to do, in sentences
	Ways         []way
	Buttons      []action
}

// A quotation is what a device said, as it said it.
type quotation struct{ Who, Text string }

// A way is a change that would be accepted.
type way struct{ Text, At string }

// titles say a reason in words.
var titles = map[string]string{
	"CopiesNotFlowing": "Copies do not flow", "CopiesLost": "Some copies are lost", "OwnershipLost": "Another hand changed the native session",
	"Oversubscribed": "The destination is offered more than it takes", "Drops": "The destination drops copies", "LeaseEnding": "The lease ends soon",
	"DeviceUnreachable": "A device cannot be reached", "Refused": "A device refused it", "Differs": "A device holds something else",
	"DestinationDown": "The link of the destination is down", "NotSaved": "The configuration is not saved", "ForeignUnsavedChanges": "The configuration is not saved",
	"Contended": "Another hand changes it back again and again", "Brake": "Repairs of a device have stopped", "NotProgrammed": "A device does not copy what it holds",
	"NotHeld": "A device did not hold the change", "RepairRefused": "A device refused the repair", "DestinationGone": "The destination is gone",
	"Unreachable": "A device cannot be reached", "TimedOut": "A device cannot be reached", "NotAnswering": "A device cannot be reached",
	"Rejected": "A device refused it", "RolloutFailed": "The last change was refused and undone", "Drift": "A device holds something else", "UpperBound": "It may be more than the destination takes",
}

// todoOf is nil where nobody has to do anything.
func todoOf(v *visit, x client.Session, load client.SessionLoad, held []heldText, ops []operationRow) (*todo, error) {
	worst, err := concernAbout(v, x.Name)
	if err != nil {
		return nil, err
	}
	t := &todo{}
	unsure := "It is not known whether the devices still hold it"
	switch {
	case x.Status.Phase == "Unknown" && t.away(v, x):
		t.Shape, t.Title, t.Since = shapeUnsure, unsure, condition(x, "Configured").Since
		worst = &client.Concern{} // what is wrong beside is told by others
	case worst != nil:
		t.ofConcern(x, *worst)
	case x.Status.Phase == "Failed" || x.Status.Phase == "Degraded":
		t.Shape, t.Title = shapeBad, x.Status.Phase
		t.worstCondition(x)
	case x.Status.Phase == "Unknown":
		t.Shape, t.Title, t.Since = shapeUnsure, unsure, condition(x, "Configured").Since
		t.worstCondition(x)
	case x.Status.Phase == "Expired":
		t.Shape, t.Title = shapeOff, "The lease has ended"
		t.Says = append(t.Says, "It has left its devices; the intent stays. Renewing checks it anew and puts it back.")
		t.Buttons = append(t.Buttons, action{Text: "Renew…", At: sessionAt(x.Name) + "/renew"})
	case moving(x):
		t.rollingOut(x)
	case x.Status.RefusedGeneration == nil && (x.Status.Relief == nil || len(x.Status.Relief.Steps) == 0 && !x.Status.Relief.Pinned) && len(waiting(ops)) == 0:
		return nil, nil
	default:
		t.Shape, t.Title = shapeSoon, "Not all of it is as asked"
	}
	t.others(x, worst)
	t.refused(x, ops)
	t.relief(x)
	t.quote(x, held)
	for _, o := range waiting(ops) {
		t.Says = append(t.Says, "The operation waits: "+o)
	}
	t.buttons(x, held)
	return t, t.proposals(v, x)
}

// concernAbout is the worst problem of the session, nil = there is none.
func concernAbout(v *visit, name string) (*client.Concern, error) {
	list, err := v.cl.ListProblems(v.Context(), client.ListProblemsOptions{Session: name})
	if err != nil || len(list.Items) == 0 {
		return nil, err
	}
	return &list.Items[0], nil
}

// others are further conditions that are False, beside the worst.
func (t *todo) others(x client.Session, worst *client.Concern) {
	if worst == nil {
		return
	}
	for _, c := range x.Status.Conditions {
		if c.Status == "False" && c.Type != worst.Condition {
			t.Says = append(t.Says, firstOf(titles[c.Reason], c.Type+" is False")+": "+sentence(firstOf(c.Message, c.Reason)))
		}
	}
}

func waiting(ops []operationRow) (out []string) {
	for _, o := range ops {
		if o.Waits != "" {
			out = append(out, o.Waits)
		}
	}
	return out
}

func (t *todo) ofConcern(x client.Session, c client.Concern) {
	t.Shape, t.Since = severityShape(c.Severity), c.Since
	if t.Shape == shapeNote {
		t.Shape = shapeSoon
	}
	t.Title = titles[c.Reason]
	if t.Title == "" {
		t.Title = c.Condition + " is False"
		if c.Condition == "" {
			t.Title = c.Reason
		}
	}
	if x.Status.Phase == "Deleting" {
		t.Title = "Being deleted: " + t.Title
	}
	if c.Message != "" {
		t.Says = append(t.Says, sentence(c.Message))
	}
	if c.Means != "" && c.Means != c.Message {
		t.Says = append(t.Says, c.Means)
	}
	if c.Todo != "" {
		t.Check = append(t.Check, c.Todo)
	}
	if c.Reason == "LeaseEnding" {
		t.Buttons = append(t.Buttons, action{Text: "Renew…", At: sessionAt(x.Name) + "/renew"})
	}
}

// sentence ends with a stop; its beginning, which may be a name, is left as it is.
func sentence(text string) string {
	if text = strings.TrimSpace(text); text == "" || strings.ContainsAny(text[len(text)-1:], ".!?:") {
		return text
	}
	return text + "."
}

func (t *todo) worstCondition(x client.Session) {
	told := map[string]bool{}
	for _, c := range x.Status.Conditions {
		if c.Status != "True" && c.Message != "" && !told[c.Message] {
			told[c.Message] = true
			t.Says = append(t.Says, c.Type+" is "+c.Status+": "+sentence(c.Message))
		}
	}
}

// mostAway is how many devices that are away a banner tells of.
const mostAway = 3

// away tells of the devices that are away why, what netmirror does about it, and what
// somebody can do. It reports whether there are any.
func (t *todo) away(v *visit, x client.Session) bool {
	var names []string
	for _, f := range x.Status.Fragments {
		if f.Configured.State == "Unknown" && !slices.Contains(names, f.Device) && len(names) < mostAway {
			names = append(names, f.Device)
		}
	}
	told := false
	for _, name := range names {
		got, err := v.cl.GetDevice(v.Context(), name)
		if err != nil || got.Value.Status.Reachable.Status != "False" {
			continue
		}
		told = true
		st := got.Value.Status
		text := name + " cannot be reached"
		if st.Reachable.Since != nil {
			text += " since " + at(*st.Reachable.Since, v.now)
		}
		if st.ObservedAt != nil {
			text += "; what is shown of it is as of " + at(*st.ObservedAt, v.now)
		}
		text += ". netmirror changes nothing there meanwhile"
		if st.NextRead != nil {
			text += ", and tries again at " + at(*st.NextRead, v.now) + ", more and more rarely"
		}
		t.Says = append(t.Says, text+".")
		if st.Reachable.Message != "" {
			t.Quotes = append(t.Quotes, quotation{"The last answer", st.Reachable.Message})
		}
		t.Buttons = append(t.Buttons, action{Text: "Read " + name + " now", At: "/devices/" + url.PathEscape(name) + "/sync", Wait: "Reading " + name}, action{Text: "See " + name, At: deviceAt(name), Direct: true})
	}
	if told {
		t.Check = append(t.Check, "Look at the device and the way to it. Once it answers, it is read and put in order by itself.")
	}
	return told
}

func (t *todo) rollingOut(x client.Session) {
	t.Shape = shapeMoving
	done := 0
	for _, f := range x.Status.Fragments {
		if f.Configured.State == "True" && f.AppliedRevision == f.GoalRevision {
			done++
		}
	}
	switch x.Status.Phase {
	case "Deleting":
		t.Title = "Being deleted"
		t.Says = append(t.Says, "The devices are cleaned first, then the intent goes. It is gone when each device was read back.")
	case "Pending":
		t.Title = "Waiting"
		t.worstCondition(x)
	default:
		t.Title = "Rolling out: " + count(done) + " of " + plural(len(x.Status.Fragments), "device")
		if done == 1 {
			t.Title += " holds its part"
		} else {
			t.Title += " hold their part"
		}
		t.Says = append(t.Says, "The tool’s device first, then the path, then the sources: no copy is made that has nowhere to go.")
		if x.Spec.OnFailure == "retry" {
			t.Says = append(t.Says, "If a device refuses, the others keep theirs, and it is asked again.")
		} else {
			t.Says = append(t.Says, "If a device refuses, the others are rolled back.")
		}
	}
}

func (t *todo) refused(x client.Session, ops []operationRow) {
	if x.Status.RefusedGeneration == nil {
		return
	}
	t.Check = append(t.Check, "Change what was refused and save it again: that is a new generation.")
	if condition(x, "Configured").Reason == "RolloutFailed" { // it is told there
		return
	}
	t.Says = append(t.Says, "Generation "+count(x.Status.RefusedGeneration)+" failed and was undone.")
	for _, o := range ops {
		if o.Generation != nil && *o.Generation == *x.Status.RefusedGeneration && o.Message != "" {
			t.Says = append(t.Says, sentence(o.Message))
			break
		}
	}
}

func (t *todo) relief(x client.Session) {
	r := x.Status.Relief
	if r == nil || x.Status.Phase == "Deleting" {
		return
	}
	if len(r.Steps) > 0 {
		var steps []string
		for _, s := range r.Steps {
			steps = append(steps, rungWords(s))
		}
		ladder := 0
		if x.Spec.OnOverload != nil {
			ladder = len(x.Spec.OnOverload.Ladder)
		}
		text := "Relief: " + strings.Join(steps, "; ")
		if ladder > 0 && !r.Pinned {
			text += " (step " + count(len(r.Steps)) + "; the ladder has " + plural(ladder, "rung") + ")"
		}
		t.Says = append(t.Says, sentence(text))
	}
	if r.Reason != "" {
		t.Says = append(t.Says, sentence(r.Reason))
	}
	if r.Pinned {
		t.Says = append(t.Says, sentence("Pinned by "+r.By+": nothing is taken or released until it is cleared"))
	}
	for _, x := range r.Refused {
		t.Quotes = append(t.Quotes, quotation{"To " + x.Rung + ", the devices said", x.Message})
	}
}

// rungWords say what a step of relief does.
func rungWords(s client.ReliefStep) string {
	switch {
	case s.Truncate != nil:
		return "copies are cut to " + plural(s.Truncate, "octet")
	case s.Sample != nil:
		return "one of " + count(s.Sample) + " frames is copied"
	case len(s.Shed) > 0:
		var names []string
		for _, x := range s.Shed {
			names = append(names, x.Device+" "+sourceName(x))
		}
		return strings.Join(names, ", ") + " left out by relief"
	case s.Rung == "rx-only":
		return "only what the ports receive is copied"
	case s.Rung == "suspend":
		return "nothing is copied"
	}
	return s.Rung
}

func sourceName(s client.Source) string {
	if s.VLAN != nil {
		return "VLAN " + count(s.VLAN)
	}
	return s.Interface
}

// quote adds what devices said.
func (t *todo) quote(x client.Session, held []heldText) {
	for _, f := range x.Status.Fragments {
		if f.Failure != "" {
			t.Quotes = append(t.Quotes, quotation{f.Device + " says", f.Failure})
		}
		if f.Programmed.State == "False" && f.Programmed.Message != "" {
			t.Quotes = append(t.Quotes, quotation{f.Device + " says", f.Programmed.Message})
		}
	}
	for _, h := range held {
		if h.Shape == shapeBad && h.HeldText != "" {
			t.Quotes = append(t.Quotes, quotation{h.Device + " holds", h.HeldText})
		}
	}
}

func (t *todo) buttons(x client.Session, held []heldText) {
	at := sessionAt(x.Name)
	for _, h := range held {
		if h.Word == "not ours" && h.Held != nil {
			t.Check = append(t.Check, "Theirs on "+h.Device+" is left alone. Ours can be had again beside it by another destination, or at another place.")
			t.Buttons = append(t.Buttons, action{Text: "Adopt theirs…", At: "/adopt?" + url.Values{"device": {h.Device}, "native": {h.NativeID}}.Encode()},
				action{Text: "Edit", At: "/new?edit=" + url.QueryEscape(x.Name), Direct: true})
		}
	}
	var stopped []string
	for _, f := range x.Status.Fragments {
		if r := f.Configured.Reason; (r == "Contended" || r == "Brake") && !slices.Contains(stopped, f.Device) {
			stopped = append(stopped, f.Device)
			t.Buttons = append(t.Buttons, action{Text: "Release " + f.Device + "…", At: "/devices/" + url.PathEscape(f.Device) + "/release"})
		}
	}
	if r := x.Status.Relief; r != nil && x.Status.Phase != "Deleting" && (r.Pinned || len(r.Steps) > 0) {
		t.Buttons = append(t.Buttons, action{Text: "Clear relief…", At: at + "/clear-relief"})
	}
}

// proposals asks the API which changes would be accepted, where the session as it is
// would not.
func (t *todo) proposals(v *visit, x client.Session) error {
	if condition(x, "Admitted").Status != "False" || !v.may("operator") || moving(x) {
		return nil
	}
	_, err := v.cl.DryRunPatchSession(v.Context(), x.Name, struct{}{}, client.PatchSessionOptions{})
	if err == nil {
		return nil
	}
	p := problem(err)
	if p.Status >= http.StatusInternalServerError {
		return err
	}
	for _, q := range p.Proposals {
		t.Ways = append(t.Ways, way{Text: sentence(q.Message), At: sessionAt(x.Name) + "/change?patch=" + url.QueryEscape(string(q.Patch))})
	}
	return nil
}
