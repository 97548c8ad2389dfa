package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

func planCommand(f *clientFlags) *cobra.Command {
	var files []string
	var output string
	cmd := &cobra.Command{
		Use:   "plan -f FILE...",
		Short: "Show what a file would change, device by device and in order; it is kept, and can be applied as it stands",
		Long: "Show what files would change: what each device would be sent, in the order of execution, what\n" +
			"interrupts copies, and what load comes to each tool. Stored devices are read; those that the files\n" +
			"add are never asked, and planned by the least that their family can do. Nothing is sent. The plan\n" +
			"is stored: netmirror apply --plan ID does just that, or nothing when it is stale.\n\n" + filesHelp + "\n" +
			"Under delete, lists of names say what goes: delete: {sessions: [NAME], tools: [NAME]}.\n\n" +
			"Exit code 0: nothing would change; 3: something would; 1: it would be refused.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			show, known := planOutputs[output]
			if !known {
				return failure{fmt.Errorf("output %q is none of text, json, yaml, ticket", output), exitUsage}
			}
			m, err := readManifest(files, f.console.in)
			if err != nil {
				return failure{err, exitUsage}
			}
			if m, err = f.console.leftOut(m); err != nil {
				return err
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return makePlan(cmd.Context(), cl, m, show, f.paper())
		},
	}
	cmd.Flags().StringArrayVarP(&files, "file", "f", nil, filesFlag)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json, yaml, or ticket: the text of a change request")
	_ = cmd.MarkFlagRequired("file") // it is there
	return cmd
}

// A showing writes a stored plan.
type showing func(ctx context.Context, cl *client.Client, p client.StoredPlan, out paper) error

var planOutputs = map[string]showing{
	"text": func(_ context.Context, _ *client.Client, p client.StoredPlan, out paper) error {
		return writePlan(p, out)
	},
	"json":   showPlan("json"),
	"yaml":   showPlan("yaml"),
	"ticket": showTicket,
}

func showPlan(output string) showing {
	return func(ctx context.Context, cl *client.Client, p client.StoredPlan, out paper) error {
		return showOne(ctx, cl, "/plans/"+p.ID, output, out.out)
	}
}

func showTicket(ctx context.Context, cl *client.Client, p client.StoredPlan, out paper) error {
	var text []byte
	_, err := cl.Do(ctx, client.Request{Method: http.MethodGet, Path: at("plans", p.ID), Header: http.Header{"Accept": {"text/plain"}}}, &text)
	if err == nil {
		_, err = out.out.Write(text)
	}
	return err
}

func makePlan(ctx context.Context, cl *client.Client, m manifest, show showing, out paper) error {
	p, err := planManifest(ctx, cl, m, true)
	if err != nil {
		return err
	}
	if err := show(ctx, cl, p, out); err != nil {
		return err
	}
	if !differs(p) {
		return nil
	}
	return failure{fmt.Errorf("there are differences; netmirror apply --plan %s brings them about", p.ID), exitDiffers}
}

func differs(p client.StoredPlan) bool {
	for _, o := range p.Objects {
		if o.Action != "unchanged" {
			return true
		}
	}
	return len(p.Steps) > 0
}

// planManifest plans a manifest; its refusals are told by their places in the files. A plan
// that is not kept has no ID.
func planManifest(ctx context.Context, cl *client.Client, m manifest, keep bool) (p client.StoredPlan, err error) {
	r := client.Request{Method: http.MethodPost, Path: client.Base + "/plans", Body: m}
	if !keep {
		r.Query = url.Values{"dryRun": {"true"}}
	}
	if _, err := cl.Do(ctx, r, &p); err != nil {
		return p, m.refused(err)
	}
	return p, nil
}

// refused is a refusal of the manifest, each reason behind its place in a file, and what
// would be accepted of each object.
func (m manifest) refused(err error) error {
	var p *client.Problem
	if !errors.As(err, &p) || len(p.Errors) == 0 {
		return err
	}
	text := fmt.Sprintf("%s (%d %s)", plain(p.Title), p.Status, plain(p.Code))
	for _, r := range p.Errors {
		if where, within, ok := m.placed(r.Pointer); ok {
			r.Pointer = within
			text += "\n  " + where + ": " + plain(r.String())
		} else {
			text += "\n  " + plain(r.String())
		}
	}
	for _, o := range p.Objects {
		if len(o.Proposals) > 0 {
			text += fmt.Sprintf("\n%s/%s:%s", plain(o.Kind), plain(o.Name), proposed(o.Proposals))
		}
	}
	if p.RequestID != "" {
		text += "\n  request " + plain(p.RequestID)
	}
	return told{text, err}
}

// told is an error with a text of its own.
type told struct {
	text string
	error
}

func (t told) Error() string { return t.text }

// Unwrap is the error that it tells of.
func (t told) Unwrap() error { return t.error }

func writePlan(p client.StoredPlan, out paper) error {
	var lines []line
	var objects strings.Builder
	w := tabwriter.NewWriter(&objects, 0, 0, 2, ' ', 0)
	for _, o := range p.Objects {
		about := strings.Join(o.Changed, ", ")
		if o.NotRead {
			about = strings.TrimPrefix(about+"; not read: planned by the least of its family", "; ")
		}
		fmt.Fprintf(w, "%s/%s\t%s\t%s\n", plain(o.Kind), plain(o.Name), plain(o.Action), plain(cmp.Or(o.Waiting, about)))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	i := 0
	for l := range strings.Lines(objects.String()) {
		lines = append(lines, line{{strings.TrimRight(l, " \n"), actionColours[p.Objects[i].Action]}})
		i++
	}
	for i, s := range p.Steps {
		lines = append(append(lines, stepLines(i+1, s)...), looksAfter(p.Steps, i)...)
	}
	if len(p.Steps) == 0 {
		lines = append(lines, nil)
	}
	var b strings.Builder
	for _, x := range p.Warnings {
		b.WriteString("\nwarning: " + placed(x))
	}
	b.WriteString(fittingEnds(p.Forecast))
	if p.ID != "" {
		fmt.Fprintf(&b, "\nplan %s, to be applied until %s", p.ID, p.Expires.Format(time.RFC3339))
	}
	if b.Len() > 0 {
		for l := range strings.SplitSeq(strings.TrimPrefix(b.String(), "\n"), "\n") {
			lines = append(lines, line{{l, ""}})
		}
	}
	return out.write(lines...)
}

// actionColours are those of what comes, goes and becomes another.
var actionColours = map[string]style{"created": green, "create": green, "deleted": red, "delete": red, "changed": yellow}

// stepLines are what a device is sent in a step of a plan.
func stepLines(n int, s client.PlannedStep) (out []line) {
	head := fmt.Sprintf("%d. %s", n, plain(s.Device))
	if s.NotRead {
		head += " (not read)"
	}
	out = append(out, nil, line{{head, bold}})
	for _, c := range s.Changes {
		out = append(out, line{{"   " + plain(c.Summary) + map[string]string{"yes": "; interrupts copies", "maybe": "; may interrupt copies"}[c.Interrupts], ""}})
	}
	if s.Unsaid != "" {
		out = append(out, line{{"   " + plain(s.Unsaid), ""}})
	}
	for _, block := range s.Forward.Blocks {
		for l := range strings.SplitSeq(indented(block.Text), "\n") {
			out = append(out, line{{l, actionColours[block.Verb]}})
		}
	}
	return out
}

// indented is text for a device, each line behind blanks.
func indented(text string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, "     "+line)
	}
	return strings.Join(lines, "\n")
}

// applyPlan does what a stored plan says and waits for its rollouts.
func (f *clientFlags) applyPlan(ctx context.Context, id string, timeout time.Duration) error {
	cl, err := f.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var p client.StoredPlan
	if _, err := cl.Do(ctx, client.Request{Method: http.MethodPost, Path: at("plans", id) + ":apply", Wait: waitFor(ctx)}, &p); err != nil {
		return explained(err)
	}
	return f.tellApplied(ctx, cl, p)
}

// tellApplied tells of each object what became of it, its rollout followed to the end.
func (f *clientFlags) tellApplied(ctx context.Context, cl *client.Client, p client.StoredPlan) error {
	if p.Applied == nil {
		return fmt.Errorf("plan %s was not applied", p.ID)
	}
	var failed int
	for _, o := range p.Applied.Objects {
		state, message := o.OperationState, o.Message
		if o.Operation != "" && (state == "running" || state == "rolling-back") {
			op, err := cl.Wait(ctx, o.Operation)
			if why := heldUp(err); why != "" {
				state, message = "accepted, not pushed", why
			} else if err != nil {
				state, message = "not finished", err.Error()
			} else {
				state, message = op.State, op.Message
			}
		}
		if state == "failed" || state == "not finished" {
			failed++
		}
		fmt.Fprintf(f.console.out, "%s/%s %s%s\n", plain(o.Kind), plain(o.Name), plain(o.Action), because(state, message))
	}
	switch {
	case failed > 0:
		return fmt.Errorf("%d of %d objects failed", failed, len(p.Applied.Objects))
	case p.Applied.Pending:
		return fmt.Errorf("something is deleted once sessions that use it are gone: netmirror apply --plan %s again", p.ID)
	}
	return nil
}

func because(state, message string) string {
	switch {
	case state == "":
		return ""
	case message == "":
		return ", " + plain(state)
	}
	return ", " + plain(state) + ": " + plain(message)
}
