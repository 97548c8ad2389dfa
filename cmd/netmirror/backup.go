package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
)

// backupCommand writes a copy of the controller's database, which may be in
// use. On platforms without room for marks the ledger in it is the only
// evidence of what netmirror made.
func backupCommand(c console) *cobra.Command {
	cmd := &cobra.Command{Use: "backup FILE", Short: "Write a copy of the controller's database (on its machine, while it runs or not)", Args: cobra.ExactArgs(1)}
	var data string
	dataFlag(c, cmd.Flags(), &data)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		db, err := openExisting(cmd.Context(), data)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		if err := db.Backup(cmd.Context(), args[0]); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s: %s\n", args[0], contents(cmd.Context(), db))
		return nil
	}
	return cmd
}

func openExisting(ctx context.Context, data string) (*store.Store, error) {
	if _, err := os.Stat(databasePath(data)); err != nil {
		return nil, fmt.Errorf("no database in %s: start `netmirror serve` once, or give its --data (NETMIRROR_DATA)", data)
	}
	return store.Open(ctx, databasePath(data), nil)
}

// contents sums a database up for people.
func contents(ctx context.Context, db mirror.Store) string {
	var devices []mirror.Device
	var sessions []mirror.SessionRecord
	lines := 0
	err := db.View(ctx, func(tx mirror.Tx) (err error) {
		if devices, err = tx.Devices(mirror.Page{}); err != nil {
			return err
		}
		if sessions, err = tx.Sessions(mirror.Page{}); err != nil {
			return err
		}
		for _, d := range devices {
			ledger, err := tx.Natives(d.Name)
			if err != nil {
				return err
			}
			lines += len(ledger)
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d devices, %d sessions, %d native sessions in the ledger", len(devices), len(sessions), lines)
}

// restoreCommand puts a backup in place of a database. The controller must not
// run. What was made on devices after the backup is foreign to the restored
// ledger, except where a mark tells; `netmirror get observed-sessions` shows it
// and `netmirror adopt` takes it over.
func restoreCommand(c console) *cobra.Command {
	cmd := &cobra.Command{Use: "restore FILE", Short: "Put a backup in place of the controller's database (while it does not run)", Args: cobra.ExactArgs(1)}
	var data string
	dataFlag(c, cmd.Flags(), &data)
	replace := cmd.Flags().Bool("replace", false, "keep the database that is there under another name and put the backup in its place")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return restore(cmd.Context(), c, args[0], data, *replace)
	}
	return cmd
}

func restore(ctx context.Context, c console, file, data string, replace bool) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	release, err := store.LockDir(data)
	if err != nil {
		return err
	}
	defer release()
	// A copy is opened, migrated if it is older, and closed before it gets its
	// name: a file that is no database replaces nothing.
	tmp := filepath.Join(data, ".netmirror-restore.db")
	// One that was killed may have left its own, whose log is not this one's.
	if err := store.Discard(tmp); err != nil {
		return err
	}
	defer func() { _ = store.Discard(tmp) }()
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return err
	}
	db, err := store.Open(ctx, tmp, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	what := contents(ctx, db)
	err = db.Check(ctx)
	if err == nil {
		// The original may still be in use, and two controllers with one ledger undo
		// each other's work.
		hold := mirror.Hold{Since: time.Now().UTC().Truncate(time.Second), Reason: "its database was restored from a backup, and another controller may run on the original"}
		err = db.Update(ctx, func(tx mirror.Tx) error { return tx.PutHold(hold) })
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	path := databasePath(data)
	if _, err := os.Stat(path); err == nil && !replace {
		return failure{fmt.Errorf("%s exists; --replace keeps it under another name and goes on", path), 2}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	kept, err := store.Replace(ctx, path, tmp)
	if kept != "" {
		fmt.Fprintf(c.out, "the database that was there is %s\n", kept)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: %s\nNative sessions that were made after the backup are not in its ledger: look at `netmirror get observed-sessions`.\n"+
		"The controller will read everything and push nothing until `netmirror resume`. See first that none runs on the original.\n", path, what)
	return nil
}
