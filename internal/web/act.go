package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// waitFor is how long the answer of an action may wait for its rollout, so that what is
// quick is told as done.
const waitFor = 2 * time.Second

// actPage is a page that shows what an action would do, and does it: exactly what would be
// sent, the consequence, the same as a command, and the harmless button first.
type actPage struct {
	At, Title    string
	Lead         []string // consequences
	Devices      []sentText
	Nothing      string // said where no device is sent anything
	Warnings     []client.Reason
	Refused      string // why not; "" = it may be done
	Reasons      []client.Reason
	RequestID    string
	MayNot       string // the token may not
	Keep, KeepAt string
	Do           string
	Danger       bool
	Match        string        // ETag of what was shown
	Was          string        // the spec that was shown, as JSON
	Since        []conflictRow // of a write that somebody else made meanwhile: what is another
	CLI, Curl    string

	Patch  string // change: the merge patch, as it would be sent
	Orphan bool   // delete: offered
	Let    bool   // delete: it is chosen
	Renew  []renewChoice
	Other  string // renew: other time, as the field has it
	Rungs  []rungChoice
	Adopt  *adoptForm
	Held   string // adopt: what is on the device
}

// sentText is what one device would be sent.
type sentText struct {
	Device     string
	What       []string // in plain words
	Text, Undo string
}

func sentTo(devices []client.PlanDevice) (out []sentText) {
	for _, d := range devices {
		s := sentText{Device: d.Device, Text: joined(d.Forward), Undo: joined(d.Undo)}
		for _, b := range d.Forward.Blocks {
			s.What = append(s.What, b.Summary)
		}
		if s.Text != "" {
			out = append(out, s)
		}
	}
	return out
}

// joined is the text of a payload as it is sent.
func joined(p client.Payload) string {
	var b strings.Builder
	for _, x := range p.Blocks {
		b.WriteString(x.Text)
		if !strings.HasSuffix(x.Text, "\n") {
			b.WriteByte('\n')
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// An act is something that can be done to a session.
type act struct {
	// about fills the page: title, consequences, buttons, command.
	about func(v *visit, x client.Session, p *actPage)
	// preview asks the API what it would do.
	preview func(v *visit, x client.Session) (client.Plan, error)
	// do has the API do it.
	do func(v *visit, name, match string) (client.Answer[client.Session], error)
	// done says what was done, in a sentence; running, while devices are written to.
	done, running string
}

func (s *server) acts(mux *http.ServeMux) {
	for name, a := range sessionActs() {
		s.page(mux, "GET /sessions/{name}/"+name, func(v *visit) (view, error) { return s.showAct(v, name, a, nil) })
		s.page(mux, "POST /sessions/{name}/"+name, func(v *visit) (view, error) { return s.doAct(v, name, a) })
	}
	s.page(mux, "GET /devices/{name}/release", func(v *visit) (view, error) { return s.showRelease(v, nil) })
	s.page(mux, "POST /devices/{name}/release", s.doRelease)
	s.page(mux, "GET /adopt", func(v *visit) (view, error) { return s.showAdopt(v, nil) })
	s.page(mux, "POST /adopt", s.doAdopt)
	s.page(mux, "GET /sessions/adopt", func(v *visit) (view, error) {
		if v.URL.Query().Has("device") {
			return s.showAdopt(v, nil)
		}
		v.SetPathValue("name", "adopt") // a session of that name
		return s.session(v)
	})
}

// showAct is the page of an action; refused is why it was not done just now, nil before it
// was tried.
func (s *server) showAct(v *visit, name string, a act, refused *client.Problem) (view, error) {
	got, err := v.cl.GetSession(v.Context(), v.PathValue("name"))
	if err != nil {
		return view{}, err
	}
	x := got.Value
	p := actPage{At: sessionAt(x.Name) + "/" + name, KeepAt: sessionAt(x.Name), Keep: "Leave it", Match: got.ETag, Was: jsonText(specOf(x.Spec)), Nothing: "Nothing is sent to a device."}
	a.about(v, x, &p)
	if p.refuse(v, refused, x) && a.preview != nil {
		plan, err := a.preview(v, x)
		if err := p.previewed(plan.Devices, plan.Warnings, err); err != nil {
			return view{}, err
		}
	}
	return p.view(refused), nil
}

// previewed takes what the API said of a dry run.
func (p *actPage) previewed(devices []client.PlanDevice, warnings []client.Reason, err error) error {
	if err == nil {
		p.Devices, p.Warnings = sentTo(devices), warnings
		return nil
	}
	q := problem(err)
	if q.Status >= http.StatusInternalServerError || q.Status < http.StatusBadRequest || q.Status == http.StatusNotFound {
		return err
	}
	p.Nothing = ""
	if p.Refused == "" {
		p.Refused, p.Reasons, p.RequestID = capital(sentence(firstOf(q.Detail, q.Title))), q.Errors, q.RequestID
		p.Do = ""
	}
	return nil
}

// capital is a sentence of the API's with its capital; one that begins with a name keeps it.
func capital(text string) string {
	if rest, ok := strings.CutPrefix(text, "refused for "); ok {
		return "Refused for " + rest
	}
	return text
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// refuse puts on the page why it may not be, or was not, done. It reports whether a
// preview makes sense.
func (p *actPage) refuse(v *visit, refused *client.Problem, x client.Session) bool {
	if refused != nil {
		p.Refused, p.Reasons, p.RequestID = capital(sentence(firstOf(refused.Detail, refused.Title))), refused.Errors, refused.RequestID
		if refused.Status == http.StatusPreconditionFailed && x.Name != "" {
			p.Refused = fmt.Sprintf("%s was changed meanwhile by %s at %s. Nothing was done; look at it again.", x.Name, firstOf(x.Status.UpdatedBy, "somebody"), at(x.Status.Updated, v.now))
			if was := v.PostFormValue("was"); was != "" {
				if p.Since = changedSince(specOf([]byte(was)), specOf(x.Spec)); len(p.Since) == 0 {
					p.Refused += " Its fields are as you saw them: it was renewed, or relief or a filter has moved it."
				}
			}
		}
	}
	if !v.may("operator") {
		p.MayNot = "Your token is a viewer’s: it sees all and changes nothing. Operators may; ask one, or send them this page."
		p.Nothing = ""
		return false
	}
	return true
}

func (p actPage) view(refused *client.Problem) view {
	out := view{title: p.Title, nav: "/", page: "act", data: p}
	if refused != nil {
		out.status, out.title = int(refused.Status), "Refused: "+p.Title
	}
	return out
}

func (s *server) doAct(v *visit, name string, a act) (view, error) {
	session := v.PathValue("name")
	ctx, cancel := context.WithTimeout(v.Context(), s.patience)
	defer cancel()
	v.Request = v.WithContext(ctx)
	got, err := a.do(v, session, v.FormValue("match"))
	if err != nil {
		return refusal(err, func(p *client.Problem) (view, error) { return s.showAct(v, name, a, p) })
	}
	if got.Status == http.StatusNoContent {
		return view{goTo: "/", said: session + " is gone; its devices were read back."}, nil
	}
	said := session + " " + a.done
	if op := got.Value.Operation; op != nil && (op.State == "running" || op.State == "rolling-back") {
		said = session + " " + a.running + ": watch Operations."
	} else if op != nil && op.State == "failed" {
		said = session + ": the rollout failed. Operations says why."
	}
	return view{goTo: sessionAt(session), said: said}, nil
}

// refusal shows the form again for what the API refused; other errors are errors.
func refusal(err error, show func(*client.Problem) (view, error)) (view, error) {
	p := problem(err)
	switch p.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusTooManyRequests:
		return show(p)
	}
	return view{}, err
}

func curlPost(path, body string) string {
	text := `curl -X POST -H "$AUTH" `
	if body != "" {
		text += `-H "$JSON" -d ` + shellQuote(body) + " "
	}
	return text + apiAt(path)
}

func sessionPath(name string) string { return "/sessions/" + url.PathEscape(name) }
