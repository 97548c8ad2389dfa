package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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
		p, err := planBeside(ctx, cl, o, deleted)
		if err != nil {
			return err
		}
		word := "would be " + p.Action
		switch {
		case p.Action == resultUnchanged:
			word = resultUnchanged
		case len(p.Changed) > 0:
			word += ": " + strings.Join(p.Changed, ", ")
		}
		if _, err := fmt.Fprintf(c.out, "%s %s\n", plain(o.String()), plain(word)); err != nil {
			return err
		}
	}
	return nil
}

// planBeside is the dry run of a write of an object that no plan has, or of its deletion.
func planBeside(ctx context.Context, cl *client.Client, o object, deleted bool) (p client.EntryPlan, err error) {
	r := client.Request{Method: http.MethodPut, Path: at(o.kind, o.name), Query: url.Values{"dryRun": {"true"}}, Body: o.body}
	if deleted {
		r.Method, r.Body = http.MethodDelete, nil
	}
	if _, err := cl.Do(ctx, r, &p); err != nil {
		return p, fmt.Errorf("%s: %w", plain(o.String()), err)
	}
	return p, nil
}

// diffBeside is how the objects of a manifest that no plan has differ from what is stored,
// "" where none does.
func diffBeside(ctx context.Context, cl *client.Client, m manifest) (string, error) {
	var b strings.Builder
	for _, g := range m.groups() {
		if !isBeside(g.kind) {
			continue
		}
		for i, o := range m.objects(g) {
			p, err := planBeside(ctx, cl, o, false)
			if err != nil {
				return "", err
			}
			text, err := objectDiff(m, client.PlannedObject{Kind: p.Kind, Name: p.Name, Action: p.Action, Pointer: fmt.Sprintf("/%s/%d", g.kind, i), Before: p.Before, After: p.After})
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		}
	}
	return b.String(), nil
}
