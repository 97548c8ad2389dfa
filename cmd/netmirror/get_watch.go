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

// lookAnyway is how long a watch believes that nothing has changed because nothing was
// told: not every figure that changes is an event.
const lookAnyway = 30 * time.Second

// A watched is what a watch has shown.
type watched struct {
	g     getting
	asked asking
	paper paper
	shown map[string]string // by name, what was told of it, ages aside
	table table
}

// follow shows what was asked for, and then what changes of it, until ctx ends. The lists
// are read again when the controller tells of events: that is cheap where nothing happens.
func (g getting) follow(ctx context.Context, cl *client.Client, a asking) error {
	w := watched{g: g, asked: a, paper: g.f.paper(), shown: map[string]string{}}
	news, err := newNews(ctx, cl)
	if err != nil {
		return err
	}
	tick := time.NewTicker(g.every)
	defer tick.Stop()
	var last time.Time
	for {
		happened, err := news.happened(ctx)
		if err == nil && (happened || time.Since(last) >= lookAnyway) {
			last = time.Now()
			err = w.look(ctx, cl)
		}
		switch {
		case ctx.Err() != nil:
			return nil // as it is meant to be ended
		case err != nil && (w.table.columns == nil || !passing(err)):
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// look reads everything and shows what is new, all at first.
func (w *watched) look(ctx context.Context, cl *client.Client) error {
	got, err := w.g.find(ctx, cl, w.asked)
	if err != nil {
		return err
	}
	names, there := got.names(), map[string]bool{}
	changed := found{kind: got.kind, one: true}
	for i, raw := range got.items {
		text, err := w.told(raw)
		if err != nil {
			return err
		}
		there[names[i]] = true
		if w.shown[names[i]] != text {
			w.shown[names[i]] = text
			changed.items = append(changed.items, raw)
		}
	}
	if err := w.show(changed); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(w.shown)) {
		if there[name] {
			continue
		}
		delete(w.shown, name)
		if err := w.gone(name); err != nil {
			return err
		}
	}
	return nil
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
