package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/client"
)

// Bounds of how often a watch reads everything again: what is told of something else may
// concern it too, and not every figure that changes is an event.
const (
	lookForeign = 5 * time.Second
	lookAnyway  = 30 * time.Second
	lookByName  = 20 // so many that have changed are read one by one, more in one list
)

// A watched is what a watch has shown, and what of it may have changed.
type watched struct {
	g     getting
	asked asking
	paper paper
	shown map[string]string // by name, what was told of it, ages aside
	table table

	changed map[string]bool // names
	all     bool            // anything may have
	foreign bool            // something else has
}

// follow shows what was asked for, and then what changes of it, until ctx ends. It reads
// again what the controller's events are about.
func (g getting) follow(ctx context.Context, cl *client.Client, a asking) error {
	w := watched{g: g, asked: a, paper: g.f.paper(), shown: map[string]string{}, changed: map[string]bool{}}
	last, err := newest(ctx, cl) // first: what happens meanwhile is not lost
	if err == nil {
		err = w.look(ctx, cl)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	happened := happenings(ctx, cl, last, g.every)
	anyway, foreign := time.NewTicker(lookAnyway), time.NewTicker(lookForeign)
	defer anyway.Stop()
	defer foreign.Stop()
	var rest <-chan time.Time
	for {
		select {
		case h, more := <-happened:
			if !more || h.err != nil {
				return h.err
			}
			w.hear(h.event)
		case <-anyway.C:
			w.all = true
		case <-foreign.C:
			w.all = w.all || w.foreign
		case <-rest:
			rest = nil
		case <-ctx.Done():
			return nil // as it is meant to be ended
		}
		if rest != nil || !w.all && len(w.changed) == 0 {
			continue
		}
		rest = time.After(g.every)
		if err := w.again(ctx, cl); err != nil && ctx.Err() == nil && !passing(err) {
			return err
		}
	}
}

// hear marks what an event is about as changed.
func (w *watched) hear(e client.Event) {
	if !slices.Contains(manifestKinds, w.asked.kind) {
		w.all = true
		return
	}
	name := ""
	switch kind := singular(w.asked.kind); {
	case e.Object != nil && e.Object.Kind == kind:
		name = e.Object.Name
	case kind == "session":
		name = e.Session
	case kind == "device":
		name = e.Device
	}
	switch {
	case name == "":
		w.foreign = true
	case len(w.asked.names) == 0 || slices.Contains(w.asked.names, name):
		w.changed[name] = true
	}
}

// again reads what has changed and shows it. What could not be read stays marked.
func (w *watched) again(ctx context.Context, cl *client.Client) error {
	if w.all || w.g.labels != "" || len(w.changed) > lookByName {
		w.all = true
		return w.look(ctx, cl)
	}
	for _, name := range slices.Sorted(maps.Keys(w.changed)) {
		got, err := w.g.find(ctx, cl, asking{w.asked.kind, []string{name}})
		switch {
		case client.IsNotFound(err):
			err = w.goneIfShown(name)
		case err == nil:
			err = w.news(got)
		}
		if err != nil {
			return err
		}
		delete(w.changed, name)
	}
	return nil
}

// look reads everything and shows what is new, all at first.
func (w *watched) look(ctx context.Context, cl *client.Client) error {
	got, err := w.g.find(ctx, cl, w.asked)
	if err != nil {
		return err
	}
	w.all, w.foreign = false, false
	clear(w.changed)
	if err := w.news(got); err != nil {
		return err
	}
	if w.asked.kind == "operations" { // those that are not among the newest any more are there all the same
		return nil
	}
	there := map[string]bool{}
	for _, name := range got.names() {
		there[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(w.shown)) {
		if there[name] {
			continue
		}
		if err := w.goneIfShown(name); err != nil {
			return err
		}
	}
	return nil
}

// news shows what of it was not shown as it is now.
func (w *watched) news(got found) error {
	names := got.names()
	changed := found{kind: got.kind, one: true}
	for i, raw := range got.items {
		text, err := w.told(raw)
		if err != nil {
			return err
		}
		if w.shown[names[i]] != text {
			w.shown[names[i]] = text
			changed.items = append(changed.items, raw)
		}
	}
	return w.show(changed)
}

func (w *watched) goneIfShown(name string) error {
	if _, was := w.shown[name]; !was {
		return nil
	}
	delete(w.shown, name)
	return w.gone(name)
}

// told is what a row says without the time that passes; of a format that tells all, all.
func (w *watched) told(raw json.RawMessage) (string, error) {
	if w.g.output != "table" && w.g.output != "wide" {
		return string(raw), nil
	}
	var r resource
	if err := json.Unmarshal(raw, &r); err != nil {
		return "", err
	}
	text := ""
	for _, c := range tables[w.asked.kind] {
		if c.head != "AGE" && c.head != "LEFT" && c.head != "READ" {
			text += c.text(r) + "\x00"
		}
	}
	return text, nil
}

// show writes what has changed: rows under the head of the first table, or documents.
func (w *watched) show(changed found) error {
	switch w.g.output {
	case "json":
		for _, raw := range changed.items {
			if err := json.NewEncoder(w.g.f.console.out).Encode(raw); err != nil {
				return err
			}
		}
		return nil
	case "yaml":
		for _, raw := range changed.items {
			if _, err := fmt.Fprintln(w.g.f.console.out, "---"); err != nil {
				return err
			}
			if err := w.g.show([]found{{kind: changed.kind, items: []json.RawMessage{raw}, one: true}}); err != nil {
				return err
			}
		}
		return nil
	case "name":
		return w.g.show([]found{changed})
	}
	t, err := changed.table()
	if err != nil {
		return err
	}
	if w.table.columns == nil {
		width := w.paper.width
		if w.g.output == "wide" {
			width = 0
		}
		t.fit(width)
		w.table = table{columns: t.columns, widths: t.widths}
		if err := w.paper.write(t.head()); err != nil {
			return err
		}
		return w.paper.write(t.body()...)
	}
	kept := map[string]bool{}
	for _, c := range w.table.columns {
		kept[c.head] = true
	}
	t.leave(func(c column) bool { return !kept[c.head] })
	t.widths = w.table.widths
	return w.paper.write(t.body()...)
}

func (w *watched) gone(name string) error {
	if w.g.output == "json" {
		return json.NewEncoder(w.g.f.console.out).Encode(map[string]string{"deleted": singular(w.asked.kind) + "/" + name})
	}
	end := ""
	if w.g.output == "yaml" {
		end = "# "
	}
	_, err := fmt.Fprintf(w.g.f.console.out, "%s%s/%s deleted\n", end, singular(w.asked.kind), plain(name))
	return err
}
