package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A renewChoice is a new end of a lease. Its command, call and button are put in place by
// the script when it is chosen.
type renewChoice struct {
	Value, Text, Note string
	Chosen            bool
	CLI, Curl, Do     string
}

const (
	untilSix  = "18:00"
	again     = "again"
	otherTime = "other"
	fieldTime = "2006-01-02T15:04" // of datetime-local
)

// nextSix is the next 18:00 that is more than half an hour away.
func nextSix(now time.Time) time.Time {
	six := time.Date(now.Year(), now.Month(), now.Day(), 18, 0, 0, 0, now.Location())
	if six.Sub(now) < 30*time.Minute {
		six = six.AddDate(0, 0, 1)
	}
	return six
}

func renewChoices(x client.Session, chosen string, now time.Time) []renewChoice {
	six := nextSix(now)
	day := "today"
	if six.Day() != now.Day() {
		day = "tomorrow"
	}
	name := shellQuote(x.Name)
	until := func(t time.Time) (cli, curl string) {
		return "netmirror renew " + name + " --until " + t.Format(time.RFC3339), curlPost(sessionPath(x.Name)+":renew", `{"until": "`+t.Format(time.RFC3339)+`"}`)
	}
	cli, curl := until(six)
	out := []renewChoice{{Value: untilSix, Text: "18:00 " + day, Note: briefly(six.Sub(now)) + " from now", CLI: cli, Curl: curl, Do: "Renew until 18:00"}}
	if x.Spec.Lease != nil && x.Spec.Lease.Duration != nil {
		d := time.Duration(*x.Spec.Lease.Duration)
		out = append(out, renewChoice{Value: again, Text: briefly(d) + " again", Note: "until " + at(now.Add(d), now), CLI: "netmirror renew " + name,
			Curl: curlPost(sessionPath(x.Name)+":renew", ""), Do: "Renew for " + briefly(d)})
	}
	out = append(out, renewChoice{Value: otherTime, Text: "At another time", Do: "Renew"})
	for i := range out {
		out[i].Chosen = out[i].Value == chosen
	}
	return out
}

// soonest is the choice that is offered first: 18:00, unless the lease runs longer now.
func soonest(x client.Session, now time.Time) string {
	if x.Spec.Lease != nil && x.Spec.Lease.Duration != nil && x.Status.Expires != nil && x.Status.Expires.After(nextSix(now)) {
		return again
	}
	return untilSix
}

// renewal is what the form asks for; nil is the lease's own duration again.
func renewal(v *visit) (*client.Lease, error) {
	switch v.FormValue("to") {
	case again:
		return nil, nil
	case otherTime:
		t, err := time.ParseInLocation(fieldTime, strings.TrimSpace(v.FormValue("time")), v.now.Location())
		if err != nil {
			return nil, &client.Problem{Status: http.StatusUnprocessableEntity, Title: "no time was given", Detail: "“" + v.FormValue("time") + "” is no date and time such as 2030-01-31T18:00."}
		}
		return &client.Lease{Until: &t}, nil
	}
	six := nextSix(v.now)
	return &client.Lease{Until: &six}, nil
}

func renewAct() act {
	return act{
		about: func(v *visit, x client.Session, p *actPage) {
			p.Title, p.Do, p.Keep = "Renew "+x.Name, "Renew", "Keep it as it is"
			p.Lead = []string{"It has no lease now; it gets one."}
			switch {
			case x.Status.Phase == "Expired":
				p.Lead, p.Keep = []string{"Its lease has ended. It is checked anew and goes back to its devices."}, "Leave it off"
			case x.Status.Expires != nil:
				p.Keep = "Keep " + at(*x.Status.Expires, v.now)
				p.Lead = []string{"Only the end moves. Now it is " + at(*x.Status.Expires, v.now) + "."}
			}
			chosen := firstOf(v.FormValue("to"), soonest(x, v.now))
			p.Renew, p.Other = renewChoices(x, chosen, v.now), firstOf(v.FormValue("time"), nextSix(v.now).Format(fieldTime))
			for _, c := range p.Renew {
				if c.Chosen || p.CLI == "" {
					p.CLI, p.Curl = firstOf(c.CLI, p.CLI), firstOf(c.Curl, p.Curl)
				}
			}
		},
		preview: func(v *visit, x client.Session) (client.Plan, error) {
			lease, err := renewal(v)
			if err != nil {
				return client.Plan{}, err
			}
			return v.cl.DryRunRenewSession(v.Context(), x.Name, lease, client.RenewSessionOptions{})
		},
		do: func(v *visit, name, match string) (client.Answer[client.Session], error) {
			lease, err := renewal(v)
			if err != nil {
				return client.Answer[client.Session]{}, err
			}
			return v.cl.RenewSession(v.Context(), name, lease, client.RenewSessionOptions{IfMatch: match, Wait: waitFor})
		},
		done: "is renewed.", running: "goes back to its devices",
	}
}
