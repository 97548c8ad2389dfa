package web

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A wayView is what was proposed of how copies travel. The first way is filled into the form.
type wayView struct {
	Kind    string // RSPAN; "" = there is no way
	Message string
	Hops    []client.Hop
	Notes   []client.Reason
	Others  []otherWay
	Unfit   []unfitWay
	Read    *time.Time
	Reasons []client.Reason // why nothing could be looked for
}

// An otherWay would be accepted too.
type otherWay struct{ Kind, Message, Do string }

// An unfitWay is a kind that does not do.
type unfitWay struct {
	Kind    string
	Reasons []client.Reason
}

// proposeWay asks how the copies may travel, and fills in what is proposed.
func (s *server) proposeWay(v *visit, p *newPage) {
	spec, reasons := p.spec(v.now)
	var path, tunnel map[string]any
	path, _ = spec["rspan"].(map[string]any)
	if vlan, said := path["vlan"]; said { // the path is what is asked for
		spec["rspan"] = map[string]any{"vlan": vlan}
	} else {
		delete(spec, "rspan")
	}
	if tunnel, _ = spec["erspan"].(map[string]any); tunnel != nil && tunnel["id"] == nil {
		tunnel["id"] = 0
	}
	var ask client.WaysAsk
	if err := json.Unmarshal([]byte(jsonText(spec)), &ask); err != nil {
		reasons = append(reasons, client.Reason{Message: err.Error()})
	}
	ask.Name = p.Edit
	if len(reasons) > 0 {
		p.Way = &wayView{Reasons: reasons}
		return
	}
	list, err := v.cl.ProposeSession(v.Context(), ask)
	if err != nil {
		p.Way = &wayView{Reasons: reasonsOf(problem(err))}
		return
	}
	view := wayView{}
	if list.ReadAt != nil {
		view.Read = list.ReadAt
	}
	for i, w := range list.Ways {
		patch := wayPatch(w)
		if i > 0 {
			view.Others = append(view.Others, otherWay{strings.ToUpper(w.Kind), w.Message, "patch:" + jsonText(patch)})
			continue
		}
		view.Kind, view.Message, view.Hops, view.Notes = strings.ToUpper(w.Kind), w.Message, w.Hops, w.Warnings
		p.draft = p.patched(patch, v.now)
	}
	for _, u := range list.Unfit {
		view.Unfit = append(view.Unfit, unfitWay{strings.ToUpper(u.Kind), u.Reasons})
	}
	p.Way = &view
}

// wayPatch makes the form say what a way says, and nothing else of how copies travel.
func wayPatch(w client.Way) specTree {
	said, changed := specOf([]byte(jsonText(w.Spec))), specOf(w.Patch)
	out := specTree{"kind": w.Kind, "rspan": said["rspan"], "erspan": said["erspan"]}
	if kind, ok := said["kind"]; ok {
		out["kind"] = kind
	}
	if to, ok := changed["destinations"]; ok {
		out["destinations"] = to
	}
	return out
}
