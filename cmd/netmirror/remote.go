package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// waitSlice is how long the controller itself is asked to wait for a rollout; the
// command follows it until --timeout.
const waitSlice = 30 * time.Second

// waitFor is how long the controller is asked to wait, so that it answers before
// the command's own time is over.
func waitFor(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return min(waitSlice, time.Until(end)-time.Second)
	}
	return waitSlice
}

type clientFlags struct {
	server, tokenFile string
	console           console
}

const defaultServer = "http://127.0.0.1:8420"

// open makes the client from flags and environment.
func (f *clientFlags) open() (*client.Client, error) {
	env, _ := f.console.env("NETMIRROR_URL")
	o := client.Options{URL: cmp.Or(f.server, env, defaultServer)}
	o.Token, _ = f.console.env("NETMIRROR_TOKEN")
	if f.tokenFile != "" {
		raw, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return nil, failure{err, 2}
		}
		o.Token = strings.TrimSpace(string(raw))
	}
	return dial(o)
}

// dial makes a client that has a token; it connects to nothing.
func dial(o client.Options) (*client.Client, error) {
	if o.Token == "" {
		return nil, failure{errors.New("no token: set NETMIRROR_TOKEN or give --token-file (the first `netmirror serve` printed one)"), 2}
	}
	o.UserAgent = "netmirror/" + version
	o.Retries = 2 // somebody waits for the answer
	cl, err := client.New(o)
	if err != nil {
		return nil, failure{err, 2}
	}
	return cl, nil
}

// at is the path of a resource and what is asked of it.
func at(kind, name string) string { return client.Base + "/" + kind + "/" + url.PathEscape(name) }

// put writes what was read from a file as it stands: fields that this program does
// not know are the controller's to refuse, with their places.
func put(ctx context.Context, cl *client.Client, path string, body map[string]any, wait bool, answer any) (client.Meta, error) {
	r := client.Request{Method: http.MethodPut, Path: path, Body: body}
	if wait {
		r.Wait = waitFor(ctx)
	}
	return cl.Do(ctx, r, answer)
}

// preview asks what a put would do.
func preview(ctx context.Context, cl *client.Client, path string, body map[string]any, plan any) error {
	_, err := cl.Do(ctx, client.Request{Method: http.MethodPut, Path: path, Query: url.Values{"dryRun": {"true"}}, Body: body}, plan)
	return explained(err)
}

// explained adds to a refusal what was reckoned, and what would be accepted.
func explained(err error) error {
	var p *client.Problem
	if !errors.As(err, &p) || len(p.Forecast)+len(p.Proposals) == 0 {
		return err
	}
	return fmt.Errorf("%w%s%s", err, refused(p.Forecast), proposed(p.Proposals))
}

// eachRun has the errors of a command and of those below it go through f.
func eachRun(cmd *cobra.Command, f func(error) error) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error { return f(run(cmd, args)) }
	}
	for _, below := range cmd.Commands() {
		eachRun(below, f)
	}
}

// hinted adds what to do to the error of a command that found no controller.
func hinted(err error) error {
	var dial *net.OpError
	if !errors.As(err, &dial) || dial.Op != "dial" {
		return err
	}
	return fmt.Errorf("%w\n  is it running there? --server or NETMIRROR_URL names another controller", err)
}
