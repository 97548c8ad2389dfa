package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// healthWait is how long a health check waits: those who ask do so every few seconds.
const healthWait = 3 * time.Second

// healthCommand is for containers and service managers, which have no curl and no token.
func healthCommand(f *clientFlags) *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Tell by the exit code whether the controller can serve requests; needs no token", Args: cobra.NoArgs,
		Long: "Asks the controller once whether it can serve requests (GET /readyz) and waits at most three seconds.\n" +
			"Exits with 0 when it can, else with 1 and the reason: for the health check of a container, which has no\n" +
			"curl, or of a service manager. Needs no token.",
		Example: "  netmirror health\n  netmirror health --server https://netmirror.example.net:8420 --ca /etc/netmirror/ca.pem",
		RunE: func(cmd *cobra.Command, _ []string) error {
			x, err := f.chosen()
			if err != nil {
				return failure{err, exitUsage}
			}
			cl, err := client.New(client.Options{URL: x.Server, CAFile: x.CA, ServerName: x.ServerName, UserAgent: userAgent(), Retries: -1})
			if err != nil {
				return failure{err, exitUsage}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), healthWait)
			defer cancel()
			h, err := cl.Readyz(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintf(f.console.out, "%s: version %s, mode %s\n", plain(h.Status), plain(h.Version), plain(h.Mode))
			return nil
		},
	}
}

// checkLab asks the control API of a lab whether its switches are there.
func checkLab(ctx context.Context, url string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/switches", nil)
	if err != nil {
		return failure{err, exitUsage}
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("no lab: %w", err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("no lab: %s answers %s", url, a.Status)
	}
	fmt.Fprintln(out, "the lab runs")
	return nil
}
