package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/lab"
)

func labCommand(c console) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "lab -f FILE",
		Short: "Run a fabric of simulated switches on loopback",
		Long: "Runs the switches that a YAML file describes in one process, each over its real\n" +
			"protocol on loopback, until Ctrl-C. They are simulations, made after recordings of\n" +
			"real devices: good for trying and for tests, no proof about your switches.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			raw, err := os.ReadFile(file)
			if err != nil {
				return failure{err, 2}
			}
			spec, err := lab.Load(bytes.NewReader(raw))
			if err := errors.Join(checkNumbers(raw), err); err != nil {
				return failure{fmt.Errorf("%s: %w", file, err), 2}
			}
			l, err := lab.Start(cmd.Context(), spec)
			if err != nil {
				return err
			}
			defer l.Close()
			w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SWITCH\tSSH")
			for _, s := range l.Switches() {
				fmt.Fprintf(w, "%s\t%s\n", s.Name(), s.Addr())
			}
			if err := w.Flush(); err != nil {
				return err
			}
			if at := l.ControlAddr(); at != "" {
				fmt.Fprintf(c.out, "control API for faults on http://%s (no authentication)\n", at)
			}
			fmt.Fprintln(c.out, "simulated switches; Ctrl-C ends them")
			<-cmd.Context().Done()
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "YAML file of the fabric")
	_ = cmd.MarkFlagRequired("file")
	return cmd
}
