package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/mirror"
)

// hostkeyCommand is how an operator accepts a switch that was replaced: its
// pinned key is forgotten, and the next connection pins the new one.
func hostkeyCommand(c console) *cobra.Command {
	cmd := &cobra.Command{Use: "hostkey", Short: "List and forget pinned SSH host keys (on the controller's machine)"}
	with := onDatabase(cmd)
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the pinned keys", Args: cobra.NoArgs,
			RunE: with(func(ctx context.Context, db mirror.Store, _ []string) error { return listHostKeys(ctx, db, c.out) }),
		},
		&cobra.Command{
			Use: "forget HOST", Short: "Forget a key; the next connection pins the one it meets", Args: cobra.ExactArgs(1),
			RunE: with(func(ctx context.Context, db mirror.Store, args []string) error {
				return db.Update(ctx, func(tx mirror.Tx) error {
					if _, err := tx.HostKey(args[0]); err != nil {
						return err
					}
					return tx.DeleteHostKey(args[0])
				})
			}),
		})
	return cmd
}

func listHostKeys(ctx context.Context, db mirror.Store, out io.Writer) error {
	return db.View(ctx, func(tx mirror.Tx) error {
		keys, err := tx.HostKeys()
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "HOST\tPINNED\tKEY")
		for _, k := range keys {
			fmt.Fprintf(w, "%s\t%s\t%s\n", plain(k.Host), k.Pinned.Format(time.DateTime), plain(k.Key))
		}
		return w.Flush()
	})
}
