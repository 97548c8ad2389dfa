package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/client"
)

// show writes what was found as it was asked for.
func (g getting) show(all []found) error {
	out := g.f.console.out
	switch g.output {
	case "json":
		return writeJSON(out, asAnswered(all))
	case "yaml":
		if !g.status && !slices.ContainsFunc(all, func(f found) bool { return !slices.Contains(manifestKinds, f.kind) }) {
			return writeManifest(out, all)
		}
		return writeYAML(out, asAnswered(all))
	case "name":
		for _, f := range all {
			for _, name := range f.names() {
				if _, err := fmt.Fprintln(out, plain(singular(f.kind)+"/"+name)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return g.tables(all)
}

// asAnswered is one resource, a list, or lists by their kinds, as the API answered.
func asAnswered(all []found) any {
	switch {
	case len(all) == 1 && all[0].one:
		return all[0].items[0]
	case len(all) == 1:
		return all[0].items
	}
	out := map[string][]json.RawMessage{}
	for _, f := range all {
		out[f.kind] = f.items
	}
	return out
}

// names are the names, or ids, of what was found.
func (f found) names() []string {
	out := make([]string, len(f.items))
	for i, raw := range f.items {
		var x struct{ Name, ID, Device string }
		if json.Unmarshal(raw, &x) == nil {
			out[i] = cmp.Or(x.Name, x.ID)
		}
		if f.kind == "observed-sessions" {
			out[i] = x.Device + "/" + x.ID
		}
	}
	return out
}

// showOne shows one resource as the API answers it.
func showOne(ctx context.Context, cl *client.Client, path, output string, out io.Writer) error {
	items, _, err := pages(ctx, cl, path)
	switch {
	case err != nil:
		return err
	case output == "json":
		return writeJSON(out, items[0])
	}
	return writeYAML(out, items[0])
}

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// writeYAML writes a document that people read: keys by name, indented by two.
func writeYAML(out io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	document, err := yamlOf(b)
	if err != nil {
		return err
	}
	return encodeYAML(out, document)
}

func encodeYAML(out io.Writer, document *yaml.Node) error {
	enc := yaml.NewEncoder(out)
	enc.SetIndent(2)
	return errors.Join(enc.Encode(document), enc.Close())
}

// writeManifest writes what apply takes: of each resource its name and what was asked for.
func writeManifest(out io.Writer, all []found) error {
	document := yaml.Node{Kind: yaml.MappingNode}
	for _, f := range all {
		list := yaml.Node{Kind: yaml.SequenceNode}
		if len(f.items) == 0 {
			list.Style = yaml.FlowStyle
		}
		for _, raw := range f.items {
			entry, err := manifestEntry(raw)
			if err != nil {
				return err
			}
			list.Content = append(list.Content, entry)
		}
		document.Content = append(document.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: f.kind}, &list)
	}
	return encodeYAML(out, &document)
}

// manifestEntry is a resource as it stands in a manifest: name first, then its spec.
func manifestEntry(raw json.RawMessage) (*yaml.Node, error) {
	var x struct {
		Name json.RawMessage `json:"name"`
		Spec json.RawMessage `json:"spec"`
	}
	if err := json.Unmarshal(raw, &x); err != nil {
		return nil, err
	}
	entry, err := yamlOf(x.Spec)
	if err != nil {
		return nil, err
	}
	if entry.Kind != yaml.MappingNode {
		return nil, errors.New("the answer is not understood: a resource without a spec")
	}
	name, err := yamlOf(x.Name)
	if err != nil {
		return nil, err
	}
	entry.Content = append([]*yaml.Node{{Kind: yaml.ScalarNode, Value: "name"}, name}, entry.Content...)
	return entry, nil
}

// tables writes a table of each kind, several with their names above them.
func (g getting) tables(all []found) error {
	paper := g.f.paper()
	for i, f := range all {
		t, err := f.table()
		if err != nil {
			return err
		}
		if len(all) > 1 {
			head := []line{{span{fmt.Sprintf("%s: %d", f.kind, len(f.items)), bold}}}
			if i > 0 {
				head = append([]line{nil}, head...)
			}
			if err := paper.write(head...); err != nil {
				return err
			}
		}
		if len(f.items) == 0 {
			if len(all) == 1 {
				fmt.Fprintln(g.f.console.err, g.none(f.kind))
			}
			continue
		}
		if err := paper.table(t, g.output == "wide"); err != nil {
			return err
		}
	}
	return nil
}

// none says that there is nothing of a kind, where people would look for it.
func (g getting) none(kind string) string {
	text := "there are no " + kind
	if g.labels != "" {
		text += " with " + plain(g.labels)
	}
	return text
}

func (f found) table() (*table, error) {
	t := &table{columns: slices.Clone(tables[f.kind])}
	for _, raw := range f.items {
		var r resource
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, err
		}
		t.add(r)
	}
	return t, nil
}

// sortItems puts items in the order of a column or a field, "" as they came; "-" before it
// turns the order. Numbers go by their values, in names too.
func sortItems(f found, by string) error {
	if by == "" {
		return nil
	}
	by, down := strings.CutPrefix(by, "-")
	column := slices.IndexFunc(tables[f.kind], func(c column) bool { return strings.EqualFold(c.head, by) })
	known := column >= 0
	path := strings.Trim(strings.TrimPrefix(strings.Trim(by, "{}"), "$"), ".")
	type keyed struct {
		raw    json.RawMessage
		text   string
		number float64
		is     bool // a number
	}
	list := make([]keyed, len(f.items))
	for i, raw := range f.items {
		var r resource
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		k := keyed{raw: raw}
		v := r.value(path)
		k.number, k.is = v.(float64)
		k.text = r.at(path)
		if column >= 0 && v == nil {
			c := tables[f.kind][column]
			k.text = c.text(r)
			k.number, k.is = amount(f.kind, c.head, r)
		}
		known = known || v != nil
		list[i] = k
	}
	if !known && len(list) > 0 {
		return fmt.Errorf("--sort-by %s is neither a column of %s (%s) nor a field of any of them", by, f.kind, strings.ToLower(strings.Join(heads(f.kind), ", ")))
	}
	slices.SortStableFunc(list, func(a, b keyed) int {
		order := byNumbers(a.text, b.text)
		if a.is || b.is { // what has no number comes first
			order = cmp.Or(cmp.Compare(truth(a.is), truth(b.is)), cmp.Compare(a.number, b.number))
		}
		if down {
			return -order
		}
		return order
	})
	for i, k := range list {
		f.items[i] = k.raw
	}
	return nil
}

// amounts are the fields behind columns whose text does not tell their order; ages grow as
// times go back.
var amounts = map[string]string{"sessions/LOAD": "status.load.offered", "devices/USED": "status.nativeUsed", "tools/CAPACITY": "spec.capacity", "interfaces/SPEED": "speed"}

func amount(kind, head string, r resource) (float64, bool) {
	if at, ok := amounts[kind+"/"+head]; ok {
		n, is := r.value(at).(float64)
		return n, is
	}
	times := map[string]string{"sessions/AGE": "-status.created", "sessions/LEFT": "status.expires", "devices/READ": "-status.observedAt",
		"operations/AGE": "-created", "plans/AGE": "-created", "plans/LEFT": "expires", "plans/APPLIED": "-applied"}
	at, ok := times[kind+"/"+head]
	if !ok {
		return 0, false
	}
	at, back := strings.CutPrefix(at, "-")
	t := r.when(at)
	if t.IsZero() {
		return 0, false
	}
	if back {
		return -float64(t.UnixMilli()), true
	}
	return float64(t.UnixMilli()), true
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func heads(kind string) (out []string) {
	for _, c := range tables[kind] {
		out = append(out, c.head)
	}
	return out
}
