package main

import (
	"context"
	"errors"
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
	with := onDatabase(c, cmd)
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the pinned keys", Args: cobra.NoArgs,
			RunE: with(func(ctx context.Context, db mirror.Store, _ []string) error { return listHostKeys(ctx, db, c.out) }),
		},
		&cobra.Command{
			Use: "forget {DEVICE | HOST:PORT}", Short: "Forget a key; the next connection pins the one it meets", Args: cobra.ExactArgs(1),
			Long: "Forget the key that is pinned for an address, or the keys of all addresses that a device is reached at.\n" +
				"The next connection pins the key that it meets. Of a jump host, which others may go through too, the\n" +
				"key is forgotten by its address alone.",
			Example: "  netmirror hostkey forget acc-3f-1\n  netmirror hostkey forget 192.0.2.10:22",
			RunE: with(func(ctx context.Context, db mirror.Store, args []string) error {
				gone, err := forgetHostKeys(ctx, db, args[0])
				for _, host := range gone {
					fmt.Fprintf(c.out, "key of %s forgotten; the next connection pins the one it meets\n", plain(host))
				}
				return err
			}),
		})
	return cmd
}

// forgetHostKeys forgets the key that is pinned under what is named, or else those of the
// device of that name, and tells which.
func forgetHostKeys(ctx context.Context, db mirror.Store, named string) (gone []string, err error) {
	err = db.Update(ctx, func(tx mirror.Tx) error {
		gone = nil
		keys, err := tx.HostKeys()
		if err != nil {
			return err
		}
		device, _, err := tx.Device(named)
		known := err == nil
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return err
		}
		for _, k := range keys {
			if k.Host == named || known && k.Of(device) {
				gone = append(gone, k.Host)
				if err := tx.DeleteHostKey(k.Host); err != nil {
					return err
				}
			}
		}
		switch {
		case len(gone) > 0:
			return nil
		case known:
			return fmt.Errorf("device %s is there, and no key of it is pinned", plain(named))
		}
		return fmt.Errorf("no key of %s is pinned, and no device has that name; netmirror hostkey list shows those that are, as HOST:PORT", plain(named))
	})
	return gone, err
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
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain(k.Host), k.Pinned.Format(time.DateTime), k.Fingerprint(), plain(k.Key))
		}
		return w.Flush()
	})
}
