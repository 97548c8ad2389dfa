package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// besideKinds are the kinds that a manifest holds and a plan does not: no device is sent
// anything for them. In the order in which they are applied, behind the others.
var besideKinds = []string{"webhooks", "triggers"}

// isBeside reports whether a plan has nothing of a kind.
func isBeside(kind string) bool { return slices.Contains(besideKinds, kind) }

// kindNames are the kinds of a manifest as people name one: device, tool, ...
func kindNames() []string {
	var out []string
	for _, k := range manifestKinds {
		out = append(out, singular(k))
	}
	return out
}

// planned is the part of a manifest that a plan is made of, and what it leaves out.
func (m manifest) planned() (part manifest, rest []object) {
	for _, g := range m.groups() {
		if isBeside(g.kind) {
			rest = append(rest, m.objects(g)...)
		}
	}
	m.Webhooks, m.Triggers = nil, nil
	return m, rest
}

// leftOut tells what a plan leaves out, and refuses one of nothing else.
func (c console) leftOut(m manifest) (manifest, error) {
	part, rest := m.planned()
	if len(rest) == 0 {
		return m, nil
	}
	if part.count()+part.deletions() == 0 {
		return part, usage("a plan is of devices, tools, filters and sessions; netmirror apply -f stores %s", joined(rest))
	}
	fmt.Fprintf(c.err, "left out of the plan, and stored by netmirror apply -f: %s\n", joined(rest))
	return part, nil
}

func joined(list []object) string {
	var names []string
	for _, o := range list {
		names = append(names, plain(o.String()))
	}
	return strings.Join(names, ", ")
}

// dryBeside tells what would become of objects that no plan has.
func dryBeside(ctx context.Context, cl *client.Client, list []object, deleted bool, c console) error {
	for _, o := range list {
		_, err := cl.Do(ctx, client.Request{Method: http.MethodGet, Path: at(o.kind, o.name)}, nil)
		word := "would be stored as the file says"
		switch {
		case client.IsNotFound(err) && !deleted:
			word = "would be created"
		case err != nil:
			return fmt.Errorf("%s: %w", plain(o.String()), err)
		case deleted:
			word = "would be deleted"
		}
		if _, err := fmt.Fprintf(c.out, "%s %s\n", plain(o.String()), word); err != nil {
			return err
		}
	}
	return nil
}
