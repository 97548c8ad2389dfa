package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// A removal is how objects are deleted.
type removal struct {
	policy       string // of sessions, "" for their own
	ignoreAbsent bool
}

// deleting is what delete was told.
type deleting struct {
	applying
	files  []string
	labels string
	yes    bool
	orphan bool
}

func deleteCommand(f *clientFlags) *cobra.Command {
	d := deleting{applying: applying{flags: f}}
	cmd := &cobra.Command{
		Use:   "delete {KIND NAME... | KIND/NAME... | KIND -l LABELS | -f FILE...}",
		Short: "Delete resources; a session leaves its devices first",
		Long: "Delete sessions, filters, tools, devices, webhooks and triggers: by their names, by labels, or all that files name.\n" +
			"Sessions go first and are waited for until every device is clean. One whose device is away waits\n" +
			"for it; --orphan lets go of it at once and leaves the devices as they are.\n\n" + filesHelp,
		Example: "  netmirror delete session watch-alice watch-bob\n  netmirror delete -f first.yaml --ignore-not-found\n" +
			"  netmirror delete sessions -l team=voice --dry-run\n  netmirror delete session gone-for-good --orphan",
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context(), args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&d.files, "file", "f", nil, filesFlag)
	flags.StringVarP(&d.labels, "selector", "l", "", "delete those with these labels, such as team=voice; asks on a terminal")
	flags.BoolVarP(&d.yes, "yes", "y", false, "delete what labels choose without asking")
	flags.BoolVar(&d.removal.ignoreAbsent, "ignore-not-found", false, "what is not there is no failure")
	flags.BoolVar(&d.wait, "wait", true, "wait until the devices are clean")
	flags.BoolVar(&d.orphan, "orphan", false, "let go of sessions without touching their devices, which may be gone for good")
	flags.BoolVar(&d.dryRun, "dry-run", false, "show what would be sent; delete nothing")
	flags.DurationVar(&d.timeout, "timeout", 2*time.Minute, "how long each object may take")
	flags.StringVarP(&d.output, "output", "o", "text", "text, json or name")
	return cmd
}

func (d *deleting) run(ctx context.Context, args []string) error {
	list, kind, err := d.meant(args)
	if err := errors.Join(err, d.badOutput()); err != nil {
		return failure{err, exitUsage}
	}
	if d.orphan {
		d.removal.policy = "orphan"
	}
	if d.client, err = d.flags.open(); err != nil {
		return err
	}
	var kept []outcome
	if d.labels != "" {
		if list, kept, err = selected(ctx, d.client, kind, d.labels); err != nil {
			return err
		}
	}
	if d.dryRun {
		return d.dry(ctx, list)
	}
	return d.told(ctx, len(list), func(ctx context.Context) error {
		for _, o := range kept {
			d.progress.finish("", o)
		}
		if d.labels != "" && len(list) > 0 && !d.yes {
			if err := d.confirm(ctx, list); err != nil {
				return err
			}
		}
		return d.applying.run(ctx, d.remove, inOrder(list)...)
	})
}

// meant is what the command line names; with labels, the kind that they choose of.
func (d *deleting) meant(args []string) (list []object, kind string, err error) {
	switch {
	case len(d.files) > 0 && (len(args) > 0 || d.labels != ""), len(d.files) == 0 && len(args) == 0:
		return nil, "", errors.New("give names, -l or files (-f), one of them")
	case len(d.files) > 0:
		m, err := readManifest(d.files, d.flags.console.in)
		if err != nil {
			return nil, "", err
		}
		for _, g := range m.groups() {
			list = append(list, m.objects(g)...)
		}
		return list, "", nil
	}
	if strings.Contains(args[0], "/") {
		for _, arg := range args {
			of, name, _ := strings.Cut(arg, "/")
			if kind, err = writtenKind(of); err != nil || name == "" || d.labels != "" {
				return nil, "", errors.Join(err, fmt.Errorf("%q is not KIND/NAME", arg))
			}
			list = append(list, object{kind: kind, name: name})
		}
		return list, "", nil
	}
	if kind, err = writtenKind(args[0]); err != nil {
		return nil, "", err
	}
	switch names := args[1:]; {
	case d.labels != "" && len(names) > 0:
		return nil, "", errors.New("give names or -l, not both")
	case d.labels != "" && !chooses(d.labels):
		return nil, "", errors.New("-l needs a label that what is deleted has, such as team=voice")
	case d.labels != "" && !d.yes && !d.dryRun && terminalOf(d.flags.console.in) == nil:
		return nil, "", errors.New("-l asks before it deletes, and there is no terminal to ask on: look with --dry-run, then give --yes")
	case d.labels == "" && len(names) == 0:
		return nil, "", fmt.Errorf("which %s? netmirror delete %s NAME", args[0], args[0])
	default:
		for i, name := range names {
			if !slices.Contains(names[:i], name) {
				list = append(list, object{kind: kind, name: name})
			}
		}
	}
	return list, kind, nil
}

// writtenKind is the kind that somebody means by session or sessions.
func writtenKind(text string) (string, error) {
	kind := singular(text) + "s"
	if !slices.Contains(pruneKinds, kind) {
		return "", fmt.Errorf("%q is none of %s", text, strings.Join(kindNames(), ", "))
	}
	return kind, nil
}

// dry shows the plan of a deletion. Of sessions that are let go of there is nothing to send.
func (d *deleting) dry(ctx context.Context, list []object) error {
	var m manifest
	for _, o := range list {
		if _, err := d.client.Do(ctx, client.Request{Method: http.MethodGet, Path: at(o.kind, o.name)}, nil); client.IsNotFound(err) && d.removal.ignoreAbsent {
			continue
		}
		if d.orphan && o.kind == "sessions" {
			if _, err := d.client.DryRunDeleteSession(ctx, o.name, client.DeleteSessionOptions{DeletePolicy: d.removal.policy}); err != nil {
				return fmt.Errorf("%s: %w", plain(o.String()), err)
			}
			fmt.Fprintf(d.flags.console.out, "%s would be let go of; its devices keep what they have\n", plain(o.String()))
			continue
		}
		if isBeside(o.kind) {
			if err := dryBeside(ctx, d.client, []object{o}, true, d.flags.console); err != nil {
				return err
			}
			continue
		}
		m.delete([]object{o})
	}
	if m.deletions() == 0 {
		_, err := fmt.Fprintln(d.flags.console.out, "nothing was deleted or sent (dry run)")
		return err
	}
	return dryRun(ctx, d.client, m, d.flags.paper())
}

// remove deletes an object. A session is gone once every device is clean.
func (a *applying) remove(ctx context.Context, o object, done *outcome) (follow func(context.Context) error, err error) {
	done.Result = resultDeleted
	if o.kind != "sessions" {
		_, err := a.client.Do(ctx, client.Request{Method: http.MethodDelete, Path: at(o.kind, o.name)}, nil)
		return nil, a.absent(err, done)
	}
	s, err := a.client.DeleteSession(ctx, o.name, client.DeleteSessionOptions{DeletePolicy: a.removal.policy})
	if err != nil {
		return nil, a.absent(err, done)
	}
	if s.Status != http.StatusAccepted || s.Operation == "" {
		return nil, nil
	}
	done.Operation = s.Operation
	if !a.wait {
		done.Result = resultLeaving
		return nil, nil
	}
	return func(ctx context.Context) error {
		op, err := a.follow(ctx, s.Operation)
		switch {
		case client.IsNotFound(err): // it went with its session
			return nil
		case heldUp(err) != "":
			done.Result, done.Message = resultLeaving, fmt.Sprintf("nothing is pushed: %s; --orphan lets go of it and leaves its devices as they are", heldUp(err))
			return nil
		case err == nil && op.State == "failed":
			err = fmt.Errorf("%s: %s", plain(op.State), plain(op.Message))
		}
		if err == nil {
			return nil
		}
		return fmt.Errorf("it is being deleted: %w%s\n  --orphan lets go of a session and leaves its devices as they are", err, whyNotYet(ctx, a.client, o.name))
	}, nil
}

// absent is no error where what is not there is none.
func (a *applying) absent(err error, done *outcome) error {
	if client.IsNotFound(err) && a.removal.ignoreAbsent {
		done.Result = resultAbsent
		return nil
	}
	return err
}

// whyNotYet is what a session waits for on its devices, on a line of its own; "" where
// nothing is known. The command's own time is over by then.
func whyNotYet(ctx context.Context, cl *client.Client, session string) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	s, err := cl.GetSession(ctx, session)
	if err != nil || trouble(s.Value) == "" {
		return ""
	}
	return "\n  " + trouble(s.Value)
}
