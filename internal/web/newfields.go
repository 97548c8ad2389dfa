package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// placed finds the field that a reason is about, and a fix where there is an obvious one.
func (p *newPage) placed(r client.Reason, at []destinationAt) fieldReason {
	out := fieldReason{Reason: r, At: p.fieldOf(r.Pointer, at)}
	parts := strings.Split(strings.TrimPrefix(r.Pointer, "/"), "/")
	n := -1
	if len(parts) > 1 {
		if i, err := strconv.Atoi(parts[1]); err == nil {
			n = i
		}
	}
	switch {
	case r.Pointer == "/name" && r.Code == "exists":
		out.Fix, out.Link = "Change that one instead", "/new?edit="+p.Name
	case r.Pointer == "/name" && p.Name == "" && p.suggestedName() != "":
		out.Fix, out.Do = "Name it "+p.suggestedName(), "name:"+p.suggestedName()
	case parts[0] == "sources" && n >= 0 && n < len(p.Sources) && len(p.Sources) > 1:
		out.Fix, out.Do = "Take it out", "drop-source:"+parts[1]
	case parts[0] == "destinations" && n >= 0 && n < len(at) && len(at) > 1:
		var rest []any
		list, _ := p.destinations()
		rest = append(append(rest, list[:n]...), list[n+1:]...)
		out.Fix, out.Do = "Take it out", "patch:"+jsonText(map[string]any{"destinations": rest})
	case slices.Contains([]string{"sample", "truncate", "filter", "filterVlans", "tags", "ingress", "kind", "nativeId", "onOverload", "onUnreachable"}, parts[0]):
		out.Fix, out.Do = "Leave it out", "patch:"+jsonText(map[string]any{parts[0]: nil})
	}
	return out
}

// fieldOf is the id of the field that a pointer into the session leads to, "" = the form
// has none.
func (p *newPage) fieldOf(pointer string, at []destinationAt) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	n := 0
	if len(parts) > 1 {
		n, _ = strconv.Atoi(parts[1])
	}
	switch parts[0] {
	case "name", "lease":
		return "f-" + parts[0]
	case "sources":
		return "src-" + strconv.Itoa(min(n, max(0, len(p.Sources)-1)))
	case "destinations":
		switch {
		case n >= len(at):
			return "f-to"
		case at[n].tool != "":
			return "tool-" + at[n].tool
		}
		return "dst-" + strconv.Itoa(at[n].place)
	}
	best, length := "", 0
	for _, f := range formFields {
		same := 0
		for same < len(parts) && same < len(f.path) && parts[same] == f.path[same] {
			same++
		}
		if same > length {
			best, length = "f-"+f.name, same
		}
	}
	return best
}

// At are the reasons at a field.
func (p *newPage) At(id string) (out []fieldReason) {
	for _, r := range p.Reasons {
		if r.At == id {
			out = append(out, r)
		}
	}
	return out
}

// AtSource are those at the source of this row.
func (p *newPage) AtSource(row int) []fieldReason { return p.At("src-" + strconv.Itoa(row)) }

// AtPlace are those at the destination of this row.
func (p *newPage) AtPlace(row int) []fieldReason { return p.At("dst-" + strconv.Itoa(row)) }

// A fieldView is one text field for a template.
type fieldView struct {
	Name, Label, Hint, Value, List string
	Options                        []leaseOption // of a select
	Reasons                        []fieldReason
}

// Field is a text field; list is the id of suggestions.
func (p *newPage) Field(name, label, hint, list string) fieldView {
	return fieldView{Name: name, Label: label, Hint: hint, Value: p.Text[name], List: list, Reasons: p.At("f-" + name)}
}

// Select is a field with a choice; each pair of options is a value and its words. A value
// that is none of them stays one.
func (p *newPage) Select(name, label string, options ...string) fieldView {
	f := p.Field(name, label, "", "")
	known := false
	for i := 0; i+1 < len(options); i += 2 {
		on := options[i] == f.Value
		known = known || on
		f.Options = append(f.Options, leaseOption{options[i], options[i+1], on})
	}
	if !known {
		f.Options = append(f.Options, leaseOption{f.Value, f.Value, true})
	}
	return f
}

// OpenMore reports whether the folded part has something to show.
func (p *newPage) OpenMore() bool {
	return p.differs("description", "action", "ladder", "drift", "tags", "vlans", "filter", "sample", "truncate", "labels", "unreachable", "force")
}

// OpenWay reports whether something is said of how copies travel.
func (p *newPage) OpenWay() bool {
	return p.differs("kind", "vlan", "path", "erspan-id", "erspan-origin")
}

func (p *newPage) differs(names ...string) bool {
	for _, f := range formFields {
		if slices.Contains(names, f.name) && (p.Text[f.name] != f.missing || len(p.At("f-"+f.name)) > 0) {
			return true
		}
	}
	return false
}

// Kept names what the stored spec has and the form has no field for.
func (p *newPage) Kept() (out []string) {
	shown := map[string]bool{"sources": true, "destinations": true, "lease": true}
	for _, f := range formFields {
		shown[f.path[0]] = true
	}
	defaults := specTree{"enabled": true, "deletePolicy": "remove", "onFailure": "rollback", "ingress": "disabled"}
	for key, v := range p.kept {
		if !shown[key] && jsonText(defaults[key]) != jsonText(v) && (key != "priority" || showText(v) != "50") {
			out = append(out, key+" "+valueText(v))
		}
	}
	slices.Sort(out)
	return out
}

// valueText is a value of a spec in words.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, valueText(x))
		}
		return strings.Join(out, ", ")
	case map[string]any:
		return objectText(v)
	}
	return showText(v)
}

// leaseText is a lease as people say it.
func leaseText(o map[string]any) string {
	if d, err := time.ParseDuration(showText(o["duration"])); err == nil {
		return briefly(d)
	}
	return valueText(o)
}

// objectText is an object of a spec: sources and destinations as people write them.
func objectText(o map[string]any) string {
	var out []string
	for _, key := range []string{"tool", "device", "interface", "vlan", "ip", "direction"} {
		if v, ok := o[key]; ok {
			text := showText(v)
			if key == "vlan" {
				text = "VLAN " + text
			}
			out = append(out, text)
		}
	}
	var rest []string
	for key, v := range o {
		if !slices.Contains([]string{"tool", "device", "interface", "vlan", "ip", "direction"}, key) && !(key == "priority" && showText(v) == "50") {
			rest = append(rest, key+" "+valueText(v))
		}
	}
	slices.Sort(rest)
	return strings.Join(append(out, rest...), " ")
}
