package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/netmirror/netmirror/client"
)

// pruning is what apply --prune was told.
type pruning struct {
	wanted, yes bool
	labels      string
}

func (p *pruning) declare(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.wanted, "prune", false, "delete what the labels of -l choose and no file has")
	cmd.Flags().StringVarP(&p.labels, "selector", "l", "", "labels for --prune, such as team=voice")
	cmd.Flags().BoolVarP(&p.yes, "yes", "y", false, "prune without asking")
}

// check refuses to prune by labels that could be everybody's, and where nobody can be asked.
func (p *pruning) check(a applying) error {
	switch {
	case !p.wanted && p.labels != "":
		return errors.New("-l is for --prune")
	case !p.wanted:
		return nil
	case !chooses(p.labels):
		return errors.New("--prune needs -l with a label that what is pruned has, such as -l team=voice")
	case !p.yes && !a.dryRun && terminalOf(a.flags.console.in) == nil:
		return errors.New("--prune asks before it deletes, and there is no terminal to ask on: look with --dry-run, then give --yes")
	}
	return nil
}

// aChoice is a term of a selector that asks for a label with a value: k=v, k==v or k in (v).
var aChoice = regexp.MustCompile(`(?:^|,)\s*[^,!=()\s]+\s*(?:==?\s*[^,=()\s]|in\s*\(\s*[^,()\s])`)

// chooses reports whether a selector asks for a label with a value. One that only says what
// is not meant chooses all that nobody has labelled.
func chooses(selector string) bool {
	return aChoice.MatchString(notIn.ReplaceAllString(selector, ""))
}

var notIn = regexp.MustCompile(`[^,]*\bnotin\s*\([^)]*\)`)

// pruneKinds are in the order in which they can go.
var pruneKinds = []string{"webhooks", "triggers", "sessions", "filters", "tools", "devices"}

// selected lists the objects of a kind that a selector chooses. kept are those that no
// deletion through the API should take: entries of another door, and devices that are only
// looked at.
func selected(ctx context.Context, cl *client.Client, kind, labels string) (list []object, kept []outcome, err error) {
	for raw, err := range cl.Each(ctx, client.Base+"/"+kind, url.Values{"limit": {"500"}, "labelSelector": {labels}}, false) {
		if err != nil {
			return nil, nil, err
		}
		var x struct {
			Name string
			Spec struct{ Mode string }
			// Of a device or a tool, and of a session.
			Status struct {
				ManagedBy string
				Deleting  bool
			}
		}
		if err := json.Unmarshal(raw, &x); err != nil {
			return nil, nil, fmt.Errorf("the answer is not understood: %w", err)
		}
		o := object{kind: kind, name: x.Name}
		switch by := x.Status.ManagedBy; {
		case x.Status.Deleting:
		case by != "" && by != "api":
			kept = append(kept, o.kept("managed by "+by+", where it goes"))
		case kind == "devices" && x.Spec.Mode == "observe":
			kept = append(kept, o.kept("in mode observe, it is deleted by its name only"))
		default:
			list = append(list, o)
		}
	}
	return list, kept, nil
}

func (o object) kept(why string) outcome {
	return outcome{Kind: singular(o.kind), Name: o.name, Result: resultRefused, Message: "it is kept: " + why}
}

// unmentioned is what the selector chooses and the manifest does not have.
func (a *applying) unmentioned(ctx context.Context, m manifest) (rest []object, kept []outcome, err error) {
	mentioned := map[string]bool{}
	for _, g := range m.groups() {
		for _, o := range m.objects(g) {
			mentioned[o.String()] = true
		}
	}
	for _, kind := range pruneKinds {
		list, not, err := selected(ctx, a.client, kind, a.prune.labels)
		if isBeside(kind) && client.HasCode(err, "forbidden") {
			continue // only admins see them
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s that -l chooses: %w", kind, err)
		}
		for _, o := range list {
			if !mentioned[o.String()] {
				rest = append(rest, o)
			}
		}
		for _, o := range not {
			if !mentioned[o.String()] {
				kept = append(kept, o)
			}
		}
	}
	return rest, kept, nil
}

// pruneRest deletes what the selector chooses and the manifest does not have, unless
// something of the manifest went wrong.
func (a *applying) pruneRest(ctx context.Context, m manifest) error {
	if a.progress.bad() > 0 {
		fmt.Fprintln(a.flags.console.err, "nothing is pruned while something is refused or fails")
		return nil
	}
	rest, kept, err := a.unmentioned(ctx, m)
	if err != nil {
		return err
	}
	for _, o := range kept {
		a.progress.finish("", o)
	}
	if len(rest) == 0 {
		return nil
	}
	a.progress.more(len(rest))
	if !a.prune.yes {
		err := a.confirm(ctx, rest)
		if errors.Is(err, errNotConfirmed) {
			fmt.Fprintln(a.flags.console.err, err)
			return nil
		}
		if err != nil {
			return err
		}
	}
	return a.run(ctx, a.remove, inOrder(rest)...)
}

// inOrder are the objects in stages in which they can be deleted: what uses others first.
func inOrder(list []object) (stages [][]object) {
	for _, kind := range pruneKinds {
		var of []object
		for _, o := range list {
			if o.kind == kind {
				of = append(of, o)
			}
		}
		stages = append(stages, of)
	}
	return stages
}

// confirm shows what would be deleted and asks for it.
func (a *applying) confirm(ctx context.Context, list []object) error {
	for _, o := range list {
		fmt.Fprintln(a.flags.console.err, "  "+plain(o.String()))
	}
	yes, err := a.flags.console.confirmed(ctx, fmt.Sprintf("Delete %s? [y/N] ", counted("object", len(list))))
	if err == nil && !yes {
		err = errNotConfirmed
	}
	return err
}

var errNotConfirmed = errors.New("nothing was deleted")

// terminalOf is the terminal that somebody types at, nil where there is none.
func terminalOf(in io.Reader) *os.File {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// confirmed asks a question that only y or yes says yes to.
func (c console) confirmed(ctx context.Context, question string) (bool, error) {
	text, err := c.ask(ctx, question)
	return strings.EqualFold(text, "y") || strings.EqualFold(text, "yes"), err
}

// ask asks for one line. What was typed ahead stays for the next question.
func (c console) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.err, question)
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := oneTyped(c.in)
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		return strings.TrimSpace(a.text), a.err
	case <-ctx.Done():
		fmt.Fprintln(c.err)
		return "", ctx.Err()
	}
}

// oneTyped reads a line, and nothing of the next one.
func oneTyped(in io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for {
		n, err := in.Read(one)
		if n > 0 && one[0] == '\n' {
			return string(line), nil
		}
		line = append(line, one[:n]...)
		if errors.Is(err, io.EOF) && len(line) > 0 {
			return string(line), nil
		}
		if err != nil {
			return string(line), err
		}
	}
}
