package main

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

func whoamiCommand(f *clientFlags) *cobra.Command {
	return &cobra.Command{
		Use: "whoami", Short: "Which controller this is, whose token is used, and what it may do", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			x, err := f.chosen()
			if err != nil {
				return failure{err, 2}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			me, err := cl.Whoami(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(f.console.out, "token    %s\naccess   %s\nserver   %s\n", plain(me.Name), plain(me.Access), plain(x.Server))
			if me.Trigger != "" {
				fmt.Fprintf(f.console.out, "trigger  %s\n", plain(me.Trigger))
			}
			if x.Name != "" {
				fmt.Fprintf(f.console.out, "context  %s\n", plain(x.Name))
			}
			return nil
		},
	}
}

// versions are what netmirror version says.
type versions struct {
	Client string `json:"client"`
	Go     string `json:"go"`
	Server string `json:"server,omitempty"`
	At     string `json:"at,omitempty"` // the server
}

func versionCommand(f *clientFlags) *cobra.Command {
	var alone bool
	var output string
	cmd := &cobra.Command{
		Use: "version", Short: "The version of this program and of the controller", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return failure{fmt.Errorf("output %q is neither text nor json", output), 2}
			}
			v := versions{Client: version, Go: runtime.Version()}
			var failed error
			if !alone {
				v, failed = f.serverVersion(cmd, v)
			}
			if output == "json" {
				if err := json.NewEncoder(f.console.out).Encode(v); err != nil {
					return err
				}
				return failed
			}
			fmt.Fprintf(f.console.out, "client  %s (%s)\n", v.Client, v.Go)
			if v.Server != "" {
				fmt.Fprintf(f.console.out, "server  %s at %s\n", plain(v.Server), plain(v.At))
			}
			return failed
		},
	}
	cmd.Flags().BoolVar(&alone, "client", false, "of this program only; nobody is asked")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

// serverVersion asks the controller, which tells everybody.
func (f *clientFlags) serverVersion(cmd *cobra.Command, v versions) (versions, error) {
	x, err := f.chosen()
	if err != nil {
		return v, failure{err, 2}
	}
	cl, err := client.New(client.Options{URL: x.Server, CAFile: x.CA, ServerName: x.ServerName, UserAgent: userAgent(), Retries: clientRetries})
	if err != nil {
		return v, failure{err, 2}
	}
	h, err := cl.Healthz(cmd.Context())
	if err != nil {
		return v, err
	}
	v.Server, v.At = h.Version, x.Server
	return v, nil
}
