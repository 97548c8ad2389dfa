package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// sessionActs are the actions on a session, by the last part of their address.
func sessionActs() map[string]act {
	return map[string]act{
		"renew": renewAct(), "disable": disableAct(), "enable": enableAct(), "delete": deleteAct(),
		"pin-relief": pinAct(), "clear-relief": clearAct(), "change": changeAct(),
	}
}

func disableAct() act {
	return act{
		about: func(_ *visit, x client.Session, p *actPage) {
			p.Title, p.Keep, p.Do = "Disable "+x.Name, "Leave it on", "Disable"
			p.Lead = []string{"It leaves " + devicesOf(x) + "; the intent stays and can be enabled again." + leaseGoesOn(x)}
			p.CLI, p.Curl = "netmirror disable "+shellQuote(x.Name), curlPost(sessionPath(x.Name)+":disable", "")
		},
		preview: func(v *visit, x client.Session) (client.Plan, error) {
			return v.cl.DryRunDisableSession(v.Context(), x.Name, client.DisableSessionOptions{})
		},
		do: func(v *visit, name, match string) (client.Answer[client.Session], error) {
			return v.cl.DisableSession(v.Context(), name, client.DisableSessionOptions{IfMatch: match, Wait: waitFor})
		},
		done: "is off its devices.", running: "is being taken off its devices",
	}
}

func leaseGoesOn(x client.Session) string {
	if x.Status.Expires == nil {
		return ""
	}
	return " The lease goes on."
}

func enableAct() act {
	return act{
		about: func(_ *visit, x client.Session, p *actPage) {
			p.Title, p.Keep, p.Do = "Enable "+x.Name, "Leave it off", "Enable"
			p.Lead = []string{"It is checked anew and goes back to its devices."}
			p.CLI, p.Curl = "netmirror enable "+shellQuote(x.Name), curlPost(sessionPath(x.Name)+":enable", "")
		},
		preview: func(v *visit, x client.Session) (client.Plan, error) {
			return v.cl.DryRunEnableSession(v.Context(), x.Name, client.EnableSessionOptions{})
		},
		do: func(v *visit, name, match string) (client.Answer[client.Session], error) {
			return v.cl.EnableSession(v.Context(), name, client.EnableSessionOptions{IfMatch: match, Wait: waitFor})
		},
		done: "is on its devices.", running: "goes to its devices",
	}
}

func deleteAct() act {
	policy := func(v *visit) string {
		if v.FormValue("orphan") != "" {
			return "orphan"
		}
		return ""
	}
	return act{
		about: func(v *visit, x client.Session, p *actPage) {
			p.Title, p.Keep, p.Do, p.Danger, p.Orphan = "Delete "+x.Name, "Keep it", "Delete session", true, true
			p.Let = policy(v) != ""
			p.Lead = []string{"The devices are cleaned first, then the intent goes. Sessions of others stay as they are."}
			if x.Spec.DeletePolicy == "orphan" {
				p.Lead = []string{"The intent goes. Its deletePolicy is orphan: what is on the devices stays there and is nobody’s."}
			}
			if x.Status.Phase == "Deleting" {
				p.Lead = append(p.Lead, "It is being deleted already, and waits for its devices.")
			}
			p.CLI, p.Curl = "netmirror delete session "+shellQuote(x.Name), `curl -X DELETE -H "$AUTH" `+apiAt(sessionPath(x.Name))
		},
		preview: func(v *visit, x client.Session) (client.Plan, error) {
			return v.cl.DryRunDeleteSession(v.Context(), x.Name, client.DeleteSessionOptions{DeletePolicy: policy(v)})
		},
		do: func(v *visit, name, match string) (client.Answer[client.Session], error) {
			return v.cl.DeleteSession(v.Context(), name, client.DeleteSessionOptions{IfMatch: match, DeletePolicy: policy(v), Wait: waitFor})
		},
		done: "is being deleted: watch Operations.", running: "is being deleted",
	}
}

// devicesOf names the devices of a session.
func devicesOf(x client.Session) string {
	var names []string
	for _, f := range x.Status.Fragments {
		if !slices.Contains(names, f.Device) {
			names = append(names, f.Device)
		}
	}
	switch {
	case len(names) == 0:
		return "its devices"
	case len(names) > 4:
		return plural(len(names), "device")
	}
	return strings.Join(names, ", ")
}

// A rungChoice is where relief may be pinned.
type rungChoice struct {
	Rung, Text string
	Chosen     bool
}

func rungs(chosen string) (out []rungChoice) {
	for _, r := range [][2]string{{"", "As it stands"}, {"none", "At none: all is copied as asked"}, {"truncate", "truncate"}, {"sample", "sample"}, {"rx-only", "rx-only: what the ports receive alone"}, {"shed-sources", "shed-sources: leave sources out"}, {"suspend", "suspend: copy nothing"}} {
		out = append(out, rungChoice{r[0], r[1], r[0] == chosen})
	}
	return out
}

func pinOf(rung string) *client.ReliefPin {
	if rung == "" {
		return nil
	}
	return &client.ReliefPin{Rung: rung}
}

func pinAct() act {
	return act{
		about: func(v *visit, x client.Session, p *actPage) {
			rung := v.FormValue("rung")
			p.Title, p.Keep, p.Do, p.Rungs = "Pin the relief of "+x.Name, "Let the load decide", "Pin it", rungs(rung)
			p.Lead = []string{"Whatever the load is, nothing is taken or released until somebody clears it."}
			p.CLI = strings.TrimSpace("netmirror pin-relief " + shellQuote(x.Name) + " " + rung)
			body := ""
			if rung != "" {
				p.Do = "Pin at " + rung
				body = `{"rung": "` + rung + `"}`
			}
			p.Curl = curlPost(sessionPath(x.Name)+":pin-relief", body)
		},
		preview: func(v *visit, x client.Session) (client.Plan, error) {
			return v.cl.DryRunPinRelief(v.Context(), x.Name, pinOf(v.FormValue("rung")), client.PinReliefOptions{})
		},
		do: func(v *visit, name, match string) (client.Answer[client.Session], error) {
			return v.cl.PinRelief(v.Context(), name, pinOf(v.FormValue("rung")), client.PinReliefOptions{IfMatch: match, Wait: waitFor})
		},
		done: "stays as it is until the pin is cleared.", running: "is being changed",
	}
}

func clearAct() act {
	return act{
		about: func(_ *visit, x client.Session, p *actPage) {
			p.Title, p.Keep, p.Do = "Clear the relief of "+x.Name, "Keep the relief", "Clear relief"
			p.Lead = []string{"Every step is released and the pin is taken away: it is as asked again. If the destination is oversubscribed still, it is relieved again."}
			p.CLI, p.Curl = "netmirror clear-relief "+shellQuote(x.Name), curlPost(sessionPath(x.Name)+":clear-relief", "")
		},
		preview: func(v *visit, x client.Session) (client.Plan, error) {
			return v.cl.DryRunClearRelief(v.Context(), x.Name, client.ClearReliefOptions{})
		},
		do: func(v *visit, name, match string) (client.Answer[client.Session], error) {
			return v.cl.ClearRelief(v.Context(), name, client.ClearReliefOptions{IfMatch: match, Wait: waitFor})
		},
		done: "is as asked again.", running: "is being changed",
	}
}

// changeAct applies a merge patch: one of those that the API proposes.
func changeAct() act {
	patch := func(v *visit) (json.RawMessage, error) {
		var into map[string]any
		raw := []byte(v.FormValue("patch"))
		if err := json.Unmarshal(raw, &into); err != nil {
			return nil, &client.Problem{Status: http.StatusBadRequest, Title: "this is no change", Detail: "The address has no merge patch in JSON: " + err.Error()}
		}
		return raw, nil
	}
	return act{
		about: func(v *visit, x client.Session, p *actPage) {
			p.Title, p.Do = "Change "+x.Name, "Change it"
			p.Lead = []string{"The intent becomes this; its devices follow."}
			raw, _ := patch(v)
			var pretty bytes.Buffer
			if json.Indent(&pretty, raw, "", "  ") == nil {
				p.Patch = pretty.String()
			}
			p.CLI = "netmirror export sessions > sessions.yaml   # change it there, then:\nnetmirror apply -f sessions.yaml"
			p.Curl = `curl -X PATCH -H "$AUTH" -H "Content-Type: application/merge-patch+json" -d ` + shellQuote(string(raw)) + " " + apiAt(sessionPath(x.Name))
		},
		preview: func(v *visit, x client.Session) (client.Plan, error) {
			raw, err := patch(v)
			if err != nil {
				return client.Plan{}, err
			}
			return v.cl.DryRunPatchSession(v.Context(), x.Name, raw, client.PatchSessionOptions{})
		},
		do: func(v *visit, name, match string) (client.Answer[client.Session], error) {
			raw, err := patch(v)
			if err != nil {
				return client.Answer[client.Session]{}, err
			}
			return v.cl.PatchSession(v.Context(), name, raw, client.PatchSessionOptions{IfMatch: match, Wait: waitFor})
		},
		done: "is changed.", running: "is being changed",
	}
}
