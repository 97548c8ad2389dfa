package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
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
			path := "/" + kind + "s/" + url.PathEscape(args[1])
			if orphan && kind == "session" {
				path += "?deletePolicy=orphan"
			}
			return remove(ctx, cl, path, kind+"/"+args[1], wait && kind == "session", f.console.out)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until the devices are clean")
	cmd.Flags().BoolVar(&orphan, "orphan", false, "let go of a session without touching its devices, which may be gone for good")
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait")
	return cmd
}

func remove(ctx context.Context, cl *client, path, what string, wait bool, out io.Writer) error {
	header := http.Header{}
	if wait {
		header.Set("Prefer", preferWait(ctx))
	}
	resp, err := cl.do(ctx, http.MethodDelete, path, header, nil, nil)
	if err != nil {
		return err
	}
	if resp.status == http.StatusAccepted && !wait {
		fmt.Fprintf(out, "%s is being deleted\n", what)
		return nil
	}
	if resp.status == http.StatusAccepted {
		if err := cl.follow(ctx, resp.location); err != nil {
			return fmt.Errorf("%s is being deleted: %w%s\n  --orphan lets go of a session and leaves its devices as they are", what, err, whyNotYet(ctx, cl, path))
		}
	}
	fmt.Fprintf(out, "%s deleted\n", what)
	return nil
}

// whyNotYet is what a session waits for on its devices, on a line of its own; "" where
// nothing is known. The command's own time is over by then.
func whyNotYet(ctx context.Context, cl *client, path string) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	path, _, _ = strings.Cut(path, "?")
	var s sessionView
	if _, err := cl.do(ctx, http.MethodGet, path, nil, nil, &s); err != nil || s.trouble() == "" {
		return ""
	}
	return "\n  " + s.trouble()
}
