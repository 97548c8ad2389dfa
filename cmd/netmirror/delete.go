package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

func deleteCommand(f *clientFlags) *cobra.Command {
	var timeout time.Duration
	var wait, orphan bool
	cmd := &cobra.Command{
		Use:   "delete {session|device|tool|filter} NAME",
		Short: "Delete a resource; a session leaves its devices first",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := strings.TrimSuffix(args[0], "s")
			if kind != "session" && kind != "device" && kind != "tool" && kind != "filter" {
				return failure{fmt.Errorf("%q is none of session, device, tool, filter", args[0]), 2}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			what := removal{kind: kind, name: args[1], wait: wait && kind == "session"}
			if orphan && kind == "session" {
				what.policy = "orphan"
			}
			return remove(ctx, cl, what, f.console.out)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until the devices are clean")
	cmd.Flags().BoolVar(&orphan, "orphan", false, "let go of a session without touching its devices, which may be gone for good")
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait")
	return cmd
}

// A removal is what is to be deleted; of a session with a policy, "" for its own.
type removal struct {
	kind, name, policy string
	wait               bool
}

func remove(ctx context.Context, cl *client.Client, what removal, out io.Writer) error {
	named := what.kind + "/" + plain(what.name)
	if what.kind != "session" {
		if _, err := cl.Do(ctx, client.Request{Method: http.MethodDelete, Path: at(what.kind+"s", what.name)}, nil); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s deleted\n", named)
		return nil
	}
	opts := client.DeleteSessionOptions{DeletePolicy: what.policy}
	if what.wait {
		opts.Wait = waitFor(ctx)
	}
	a, err := cl.DeleteSession(ctx, what.name, opts)
	if err != nil {
		return err
	}
	if a.Status == http.StatusAccepted && !what.wait {
		fmt.Fprintf(out, "%s is being deleted\n", named)
		return nil
	}
	if _, err := client.Settle(ctx, cl, a); err != nil {
		return fmt.Errorf("%s is being deleted: %w%s\n  --orphan lets go of a session and leaves its devices as they are", named, err, whyNotYet(ctx, cl, what.name))
	}
	fmt.Fprintf(out, "%s deleted\n", named)
	return nil
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
