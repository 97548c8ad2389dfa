package web

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A draft is a session as the form shows it: texts as somebody typed them. Of the spec
// that it was filled with it holds everything, also what the form has no field for: what
// nobody touched goes back as it came.
type draft struct {
	Name    string
	Edit    string   // name of the stored session that it changes, "" = a new one
	ETag    string   // of what was read, with Edit
	base    specTree // as it was read, with Edit
	kept    specTree // what the fields were filled with
	Sources []sourceField
	Tools   []string     // names of those that are ticked
	Places  []placeField // destinations that are no tools
	Text    map[string]string
	Lease   string // value of the choice; see leaseOf
	Other   string // text of the choice "other"
}

// A specTree is a spec as JSON; numbers are json.Number.
type specTree = map[string]any

// A sourceField is one source; Was is the object that it was filled with.
type sourceField struct{ Device, Port, Direction, Was string }

// A placeField is a destination by port or by address.
type placeField struct{ Device, Port, IP string }

// specOf is a spec of the client's, or any JSON object, as a tree.
func specOf(v any) specTree {
	raw, ok := v.([]byte)
	if !ok {
		raw, _ = json.Marshal(v) // of strings, numbers and times
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out specTree
	if d.Decode(&out) != nil || out == nil {
		return specTree{}
	}
	return out
}

func jsonText(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// A formField is a text of the form and its place in the spec.
type formField struct {
	name    string
	path    []string
	missing string // what is shown where the spec says nothing
	show    func(any) string
	read    func(string) (any, error)
}

var formFields = []formField{
	{"description", []string{"description"}, "", showText, readText},
	{"reason", []string{"purpose", "reason"}, "", showText, readText},
	{"ticket", []string{"purpose", "ticket"}, "", showText, readText},
	{"kind", []string{"kind"}, "auto", showText, readText},
	{"vlan", []string{"rspan", "vlan"}, "", showText, readNumber},
	{"path", []string{"rspan", "transit"}, "", showTransit, readTransit},
	{"erspan-id", []string{"erspan", "id"}, "", showText, readNumber},
	{"erspan-origin", []string{"erspan", "origin"}, "", showText, readText},
	{"action", []string{"onOverload", "action"}, "report", showText, readText},
	{"ladder", []string{"onOverload", "ladder"}, "", showList, readList},
	{"drift", []string{"driftPolicy"}, "repair", showText, readText},
	{"tags", []string{"tags"}, "preserve", showText, readText},
	{"vlans", []string{"filterVlans"}, "", showList, readNumbers},
	{"filter", []string{"filter"}, "", showText, readText},
	{"sample", []string{"sample"}, "", showText, readNumber},
	{"truncate", []string{"truncate"}, "", showText, readNumber},
	{"labels", []string{"labels"}, "", showLabels, readLabels},
	{"unreachable", []string{"onUnreachable"}, "refuse", showText, readText},
	{"force", []string{"force"}, "false", showText, func(text string) (any, error) { return text == "true", nil }},
}

// shown is the field's text for a spec.
func (f formField) shown(spec specTree) string {
	v, ok := lookUp(spec, f.path)
	if !ok {
		return f.missing
	}
	return f.show(v)
}

func lookUp(spec specTree, path []string) (any, bool) {
	var v any = spec
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[key]; !ok || v == nil {
			return nil, false
		}
	}
	return v, true
}

// put sets a value, nil takes it away; an object that is empty then goes with it.
func put(spec specTree, path []string, v any) {
	if len(path) == 1 {
		if v == nil {
			delete(spec, path[0])
		} else {
			spec[path[0]] = v
		}
		return
	}
	inner, ok := spec[path[0]].(map[string]any)
	if !ok {
		if v == nil {
			return
		}
		inner = map[string]any{}
	}
	put(inner, path[1:], v)
	if spec[path[0]] = inner; len(inner) == 0 {
		delete(spec, path[0])
	}
}

// fill is the form of a spec.
func fill(spec specTree, now time.Time) draft {
	d := draft{kept: spec, Text: map[string]string{}}
	for _, f := range formFields {
		d.Text[f.name] = f.shown(spec)
	}
	for _, o := range objects(spec["sources"]) {
		d.Sources = append(d.Sources, sourceFieldOf(o))
	}
	for _, o := range objects(spec["destinations"]) {
		if tool, _ := o["tool"].(string); tool != "" {
			d.Tools = append(d.Tools, tool)
		} else {
			d.Places = append(d.Places, placeFieldOf(o))
		}
	}
	d.Lease = leaseChoice(spec, now)
	return d
}

func objects(v any) (out []map[string]any) {
	list, _ := v.([]any)
	for _, x := range list {
		if o, ok := x.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

func sourceFieldOf(o map[string]any) sourceField {
	r := sourceField{Device: showText(o["device"]), Port: showText(o["interface"]), Direction: showText(o["direction"]), Was: jsonText(o)}
	if vlan := showText(o["vlan"]); vlan != "" {
		r.Port = "VLAN " + vlan
	}
	if r.Direction == "" {
		r.Direction = "both"
	}
	return r
}

func placeFieldOf(o map[string]any) placeField {
	return placeField{Device: showText(o["device"]), Port: showText(o["interface"]), IP: showText(o["ip"])}
}

// Rest says what a source has that the form has no field for.
func (r sourceField) Rest() string {
	var out []string
	was := specOf([]byte(r.Was))
	if p := showText(was["priority"]); p != "" && p != "50" {
		out = append(out, "priority "+p)
	}
	if was["essential"] == true {
		out = append(out, "essential")
	}
	return strings.Join(out, ", ")
}

var vlanText = regexp.MustCompile(`(?i)^vlan *([0-9]+)$`)

// object is the source of the row.
func (r sourceField) object() map[string]any {
	was := specOf([]byte(r.Was))
	if shown := sourceFieldOf(was); len(was) > 0 && strings.TrimSpace(shown.Device) == r.Device && strings.TrimSpace(shown.Port) == r.Port && shown.Direction == r.Direction {
		return was
	}
	for _, key := range []string{"device", "interface", "vlan", "direction"} {
		delete(was, key)
	}
	was["device"] = r.Device
	if m := vlanText.FindStringSubmatch(r.Port); m != nil {
		was["vlan"] = json.Number(m[1])
	} else if r.Port != "" {
		was["interface"] = r.Port
	}
	if r.Direction != "both" {
		was["direction"] = r.Direction
	}
	return was
}

func (r placeField) object() map[string]any {
	o := map[string]any{}
	for key, v := range map[string]string{"device": r.Device, "interface": r.Port, "ip": r.IP} {
		if v != "" {
			o[key] = v
		}
	}
	return o
}

// A destinationAt says where in the form a destination is: one of both.
type destinationAt struct {
	tool  string
	place int
}

// destinations are what is ticked and what is typed: what the spec had in its order, then
// what is new. at says for each where it stands in the form.
func (d draft) destinations() (out []any, at []destinationAt) {
	type choice struct {
		o  map[string]any
		at destinationAt
	}
	out = []any{} // a list, also when empty
	var chosen []choice
	for _, tool := range d.Tools {
		chosen = append(chosen, choice{map[string]any{"tool": tool}, destinationAt{tool: tool}})
	}
	for i, p := range d.Places {
		chosen = append(chosen, choice{p.object(), destinationAt{place: i}})
	}
	take := func(i int) {
		out, at = append(out, chosen[i].o), append(at, chosen[i].at)
		chosen = slices.Delete(chosen, i, i+1)
	}
	for _, o := range objects(d.kept["destinations"]) {
		if i := slices.IndexFunc(chosen, func(c choice) bool { return reflect.DeepEqual(c.o, o) }); i >= 0 {
			take(i)
		}
	}
	for len(chosen) > 0 {
		take(0)
	}
	return out, at
}

// spec is what the form says. Texts that say nothing a spec could hold are reasons, at
// the pointers of their fields, and left out of the spec.
func (d draft) spec(now time.Time) (specTree, []client.Reason) {
	var reasons []client.Reason
	out := specOf([]byte(jsonText(d.kept)))
	for _, f := range formFields {
		text := d.Text[f.name]
		switch {
		case text == f.shown(d.kept): // as it came
		case text == "" || text == f.missing:
			put(out, f.path, nil)
		default:
			v, err := f.read(text)
			if err != nil {
				reasons = append(reasons, client.Reason{Pointer: "/" + strings.Join(f.path, "/"), Code: "invalid", Message: err.Error()})
			}
			put(out, f.path, v)
		}
	}
	// What the form has no field for goes with the way of travel that it belongs to.
	if d.Text["erspan-id"] == "" && d.Text["erspan-origin"] == "" {
		delete(out, "erspan")
	}
	sources := []any{}
	for _, r := range d.Sources {
		sources = append(sources, r.object())
	}
	out["sources"] = sources
	out["destinations"], _ = d.destinations()
	if err := d.lease(out, now); err != nil {
		reasons = append(reasons, client.Reason{Pointer: "/lease", Code: "invalid", Message: err.Error()})
	}
	return out, reasons
}

// draftOf reads the form; rows that are empty are dropped.
func draftOf(q url.Values) draft {
	d := draft{Name: strings.TrimSpace(q.Get("name")), Edit: q.Get("edit"), ETag: q.Get("etag"), base: specOf([]byte(q.Get("base"))), kept: specOf([]byte(q.Get("kept"))),
		Tools: slices.DeleteFunc(slices.Clone(q["tool"]), func(t string) bool { return t == "" }), Lease: q.Get("lease"), Other: strings.TrimSpace(q.Get("lease-other")), Text: map[string]string{}}
	if d.Edit != "" {
		d.Name = d.Edit
	}
	for _, f := range formFields {
		text := strings.TrimSpace(strings.ReplaceAll(q.Get(f.name), "\r\n", "\n"))
		if text == "" && f.missing != "" {
			text = f.missing
		}
		if was := f.shown(d.kept); text == strings.TrimSpace(was) {
			text = was // spaces at the ends are not what somebody typed
		}
		d.Text[f.name] = text
	}
	at := func(name string, i int) string {
		if list := q[name]; i < len(list) {
			return strings.TrimSpace(list[i])
		}
		return ""
	}
	for i := range q["src-device"] {
		r := sourceField{at("src-device", i), at("src-port", i), at("src-direction", i), at("src-was", i)}
		if r.Device != "" || r.Port != "" {
			d.Sources = append(d.Sources, r)
		}
	}
	for i := range max(len(q["dst-device"]), len(q["dst-ip"])) {
		if r := (placeField{at("dst-device", i), at("dst-port", i), at("dst-ip", i)}); r != (placeField{}) {
			d.Places = append(d.Places, r)
		}
	}
	return d
}

// A pair is a field of the form with its value.
type pair struct{ Name, Value string }

// Pairs are all fields as they are: the preview carries them, so that Back has them.
func (d draft) Pairs() []pair {
	out := append(d.Hidden(), pair{"name", d.Name}, pair{"lease", d.Lease}, pair{"lease-other", d.Other})
	for _, r := range d.Sources {
		out = append(out, pair{"src-device", r.Device}, pair{"src-port", r.Port}, pair{"src-direction", r.Direction}, pair{"src-was", r.Was})
	}
	for _, t := range d.Tools {
		out = append(out, pair{"tool", t})
	}
	for _, p := range d.Places {
		out = append(out, pair{"dst-device", p.Device}, pair{"dst-port", p.Port}, pair{"dst-ip", p.IP})
	}
	for _, f := range formFields {
		out = append(out, pair{f.name, d.Text[f.name]})
	}
	return out
}

// Hidden are the fields that nobody sees: what the form was filled with.
func (d draft) Hidden() []pair {
	out := []pair{{"kept", jsonText(d.kept)}}
	if d.Edit != "" {
		out = append(out, pair{"edit", d.Edit}, pair{"etag", d.ETag}, pair{"base", jsonText(d.base)})
	}
	return out
}
