package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/client/contexts"
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
	server, context           string
	tokenFile, ca, serverName string
	noColour                  bool
	console                   console
}

const defaultServer = contexts.DefaultServer

// addTo gives a command the flags that say which controller is meant.
func (f *clientFlags) addTo(cmd *cobra.Command) {
	flags := cmd.PersistentFlags()
	flags.StringVar(&f.server, "server", "", "URL of the controller (default $NETMIRROR_URL, then that of the context, then "+defaultServer+")")
	flags.StringVar(&f.context, "context", "", "named controller of `netmirror context` (default $NETMIRROR_CONTEXT, then the one that is used)")
	_ = cmd.RegisterFlagCompletionFunc("context", completeContexts(f.console)) // the flag is there
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the bearer token (default that of the context, then $NETMIRROR_TOKEN)")
	flags.StringVar(&f.ca, "ca", "", "file of certificates (PEM) that the controller's is signed by (default that of the context, or $NETMIRROR_CA)")
	flags.BoolVar(&f.noColour, "no-color", false, "no colours on a terminal (as with $NO_COLOR)")
	flags.StringVar(&f.serverName, "server-name", "", "name in the controller's certificate, where it is not that of the URL")
}

// open makes the client from flags, environment and contexts.
func (f *clientFlags) open() (*client.Client, error) {
	x, err := f.chosen()
	if err != nil {
		return nil, failure{err, exitUsage}
	}
	return dial(f.options(x))
}

// dial makes a client that has a token; it connects to nothing.
func dial(o client.Options) (*client.Client, error) {
	if o.Token == "" && o.TokenFile == "" {
		return nil, failure{errors.New("no token: set NETMIRROR_TOKEN or give --token-file (the first `netmirror serve` printed one)"), exitUsage}
	}
	o.UserAgent = userAgent()
	o.Retries = clientRetries
	cl, err := client.New(o)
	if err != nil {
		return nil, failure{err, exitUsage}
	}
	return cl, nil
}

// clientRetries are few: somebody waits for the answer.
const clientRetries = 2

func userAgent() string { return "netmirror/" + version }

// at is the path of a resource and what is asked of it.
func at(kind, name string) string { return client.Base + "/" + kind + "/" + url.PathEscape(name) }

// explained adds to a refusal what was reckoned, and what would be accepted.
func explained(err error) error {
	var p *client.Problem
	if !errors.As(err, &p) || len(p.Forecast)+len(p.Proposals) == 0 {
		return err
	}
	return fmt.Errorf("%w%s%s", err, refused(p.Forecast), proposed(p.Proposals))
}

type runFunc = func(*cobra.Command, []string) error

// eachRun wraps what a command does and what those below it do.
func eachRun(cmd *cobra.Command, wrap func(runFunc) runFunc) {
	if cmd.RunE != nil {
		cmd.RunE = wrap(cmd.RunE)
	}
	for _, below := range cmd.Commands() {
		eachRun(below, wrap)
	}
}

// hinted tells what to do where a command finds no controller, and where a token came from
// that is not taken.
func (f *clientFlags) hinted(run runFunc) runFunc {
	return func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		var invalid x509.CertificateInvalidError
		switch {
		case client.HasCode(err, "unauthenticated") || client.HasCode(err, "forbidden"):
			return fmt.Errorf("%w\n  the token is %s", err, f.tokenFrom())
		case errors.As(err, new(*client.Unreachable)):
			return fmt.Errorf("%w\n  is it running there? --server, --context or NETMIRROR_URL names another controller", err)
		case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
			return fmt.Errorf("%w\n  the controller needs a new certificate (serve --tls-cert), or a clock is wrong", err)
		case errors.As(err, new(*tls.CertificateVerificationError)):
			return fmt.Errorf("%w\n  --ca FILE says whose certificates are trusted, --server-name what name they bear", err)
		}
		return err
	}
}

// tokenFrom says where the token comes from, and never what it is.
func (f *clientFlags) tokenFrom() string {
	x, err := f.chosen()
	switch {
	case f.tokenFile != "":
		return "that of the file " + plain(f.tokenFile) + " (--token-file)"
	case err != nil:
		return "of nowhere" // no command got so far
	case x.TokenFile != "":
		return "that of the file " + plain(x.TokenFile) + " (context " + plain(x.Name) + ")"
	case x.Name != "":
		return "that of $NETMIRROR_TOKEN, since context " + plain(x.Name) + " has no token file"
	}
	return "that of $NETMIRROR_TOKEN"
}
