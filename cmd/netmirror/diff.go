package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

func diffCommand(f *clientFlags) *cobra.Command {
	var files []string
	cmd := &cobra.Command{
		Use:   "diff -f FILE...",
		Short: "Show how files differ from what is stored, and what that changes on each device",
		Long: "Show how files differ from what is stored: of each object its fields as a unified difference, and of\n" +
			"each device the lines that it would get (+) and lose (-), in the order of execution. Nothing is sent,\n" +
			"and nothing is stored but the plan that this is read from (netmirror plan -f shows all of it). Where\n" +
			"webhooks or triggers differ no plan is kept: none has these.\n\n" + filesHelp + "\n\n" +
			"Exit code 0: nothing differs; 3: something does; 1: it would be refused.",
		Example: "  netmirror diff -f first.yaml\n  netmirror diff -f sites/ -f 'sessions-*.yaml' || echo differs",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := readManifest(files, f.console.in)
			if err != nil {
				return failure{err, exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return showDiff(cmd.Context(), cl, m, f.paper())
		},
	}
	cmd.Flags().StringArrayVarP(&files, "file", "f", nil, filesFlag)
	_ = cmd.MarkFlagRequired("file") // it is there
	return cmd
}

func showDiff(ctx context.Context, cl *client.Client, m manifest, out paper) error {
	var b strings.Builder
	beside, err := diffBeside(ctx, cl, m)
	if err != nil {
		return err
	}
	b.WriteString(beside)
	part, _ := m.planned()
	var p client.StoredPlan
	if part.count()+part.deletions() > 0 {
		if p, err = planManifest(ctx, cl, part, beside == ""); err != nil {
			return err
		}
	}
	for _, o := range p.Objects {
		text, err := objectDiff(m, o)
		if err != nil {
			return err
		}
		b.WriteString(text)
	}
	for _, s := range p.Steps {
		b.WriteString(deviceDiff(s))
	}
	if err := out.write(differences(b.String())...); err != nil {
		return err
	}
	switch {
	case beside != "":
		return failure{errors.New("there are differences; netmirror apply -f brings them about"), exitDiffers}
	case !differs(p):
		return nil
	}
	return failure{fmt.Errorf("there are differences; netmirror apply --plan %s brings them about", p.ID), exitDiffers}
}

// differences are the lines of a text in the colours of what comes and what goes.
func differences(text string) (out []line) {
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		var s style
		switch {
		case strings.HasPrefix(l, "--- "), strings.HasPrefix(l, "+++ "):
			s = bold
		case strings.HasPrefix(l, "+"):
			s = green
		case strings.HasPrefix(l, "-"):
			s = red
		}
		out = append(out, line{{l, s}})
	}
	return out
}

// objectDiff is how an object differs from what is stored, "" where it does not.
func objectDiff(m manifest, o client.PlannedObject) (string, error) {
	if o.Action == "unchanged" {
		return "", nil
	}
	name := plain(o.Kind + "/" + o.Name)
	from, to := name+" (stored)", name+" (a filter that it has)"
	if where, _, ok := m.placed(o.Pointer); ok {
		to = name + " (" + where + ")"
	}
	switch o.Action {
	case "created":
		from = "nothing"
	case "deleted":
		to = "nothing"
	}
	before, err := specLines(o.Before)
	if err != nil {
		return "", err
	}
	after, err := specLines(o.After)
	if err != nil {
		return "", err
	}
	text := string(diff.Diff(from, before, to, after))
	if text == "" { // nothing of its own changes
		return fmt.Sprintf("--- %s\n+++ %s\n", from, to), nil
	}
	_, text, _ = strings.Cut(text, "\n") // the command that it could be made with
	return text, nil
}

// specLines is a spec as a file has it.
func specLines(spec json.RawMessage) ([]byte, error) {
	if len(spec) == 0 {
		return nil, nil
	}
	document, err := yamlOf(spec)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = encodeYAML(&b, document)
	return b.Bytes(), err
}

// deviceDiff is what a device gets and loses.
func deviceDiff(s client.PlannedStep) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\ndevice %s, step %d", plain(s.Device), s.Stage)
	if s.NotRead {
		b.WriteString(" (not read)")
	}
	b.WriteString(":\n")
	if s.Unsaid != "" {
		fmt.Fprintf(&b, "  %s\n", plain(s.Unsaid))
	}
	for i, block := range s.Forward.Blocks {
		undo := ""
		if block := undoOf(s.Undo, block.Mark); block != nil {
			undo = block.Text
		}
		summary := block.Summary
		if i < len(s.Changes) {
			summary = s.Changes[i].Summary
		}
		fmt.Fprintf(&b, "  %s\n", plain(summary))
		for _, l := range textDiff(s.Forward.Format, block.Verb, block.Text, undo) {
			fmt.Fprintf(&b, "%s\n", l)
		}
	}
	return b.String()
}

func undoOf(p client.Payload, mark string) *client.Block {
	i := slices.IndexFunc(p.Blocks, func(b client.Block) bool { return b.Mark == mark })
	if i < 0 {
		return nil
	}
	return &p.Blocks[i]
}

// textDiff is what a block brings to a device (+) and takes from it (-): of command lines
// the lines that are there afterwards and before, of everything else what is sent.
func textDiff(format, verb, forward, undo string) (out []string) {
	sent, back := textLines(forward), textLines(undo)
	switch {
	case format != "cli" || undo == "":
		for _, l := range sent {
			out = append(out, "+ "+l)
		}
		return out
	case verb == "delete": // the way back makes what goes
		for _, l := range back {
			out = append(out, "- "+l)
		}
		return out
	case verb == "create":
		for _, l := range sent {
			out = append(out, "+ "+l)
		}
		return out
	}
	for _, l := range back {
		if !slices.Contains(sent, l) && !takesBack(l, sent) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range sent {
		if !slices.Contains(back, l) && !takesBack(l, back) {
			out = append(out, "+ "+l)
		}
	}
	return out
}

func textLines(text string) []string {
	if text = strings.TrimRight(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// takesBack reports whether a line takes away what the other way puts there: its words
// behind the first are those with which one of those lines begins, or begins behind set.
func takesBack(line string, others []string) bool {
	first, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
	if !ok || first == "set" {
		return false
	}
	return slices.ContainsFunc(others, func(o string) bool {
		o = strings.TrimPrefix(strings.TrimSpace(o), "set ")
		return o == rest || strings.HasPrefix(o, rest+" ")
	})
}
