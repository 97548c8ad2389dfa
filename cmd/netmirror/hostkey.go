package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// hostkeyCommand is how an operator accepts a switch that was replaced: its
// pinned key is forgotten, and the next connection pins the new one.
func hostkeyCommand(c console) *cobra.Command {
	cmd := &cobra.Command{Use: "hostkey", Short: "List and forget pinned SSH host keys (on the controller's machine)"}
	with := onDatabase(c, cmd)
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the pinned keys", Args: cobra.NoArgs,
			RunE: with(func(ctx context.Context, db mirror.Store, _ []string) error { return listHostKeys(ctx, db, c.out) }),
		},
		&cobra.Command{
			Use: "forget HOST:PORT", Short: "Forget a key; the next connection pins the one it meets", Args: cobra.ExactArgs(1),
			Example: "  netmirror hostkey forget 192.0.2.10:22",
			RunE: with(func(ctx context.Context, db mirror.Store, args []string) error {
				err := db.Update(ctx, func(tx mirror.Tx) error {
					if _, err := tx.HostKey(args[0]); err != nil {
						return err
					}
					return tx.DeleteHostKey(args[0])
				})
				switch {
				case errors.Is(err, mirror.ErrNotFound):
					return fmt.Errorf("no key of %s is pinned; netmirror hostkey list shows those that are, as HOST:PORT", plain(args[0]))
				case err != nil:
					return err
				}
				fmt.Fprintf(c.out, "key of %s forgotten; the next connection pins the one it meets\n", plain(args[0]))
				return nil
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
		fmt.Fprintln(w, "HOST\tPINNED\tFINGERPRINT\tKEY")
		for _, k := range keys {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain(k.Host), k.Pinned.Format(time.DateTime), fingerprint(k.Key), plain(k.Key))
		}
		return w.Flush()
	})
}

// fingerprint is a key as refusals and switches show it.
func fingerprint(line string) string {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return "-"
	}
	return ssh.FingerprintSHA256(key)
}
