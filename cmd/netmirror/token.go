package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// newToken makes a bearer token of 256 random bits, shows it and stores its
// hash, in this order: a token that nobody could read, because the output is
// full or the program was killed, is not there either.
func newToken(ctx context.Context, db mirror.Store, name string, access mirror.Access, trigger string, show func(bearer string) error) error {
	bearer := tokenPrefix + rand.Text() + rand.Text()
	if err := show(bearer); err != nil {
		return fmt.Errorf("the new token could not be shown, and was not stored: %w", err)
	}
	token := mirror.Token{ID: "tok-" + rand.Text()[:10], Name: name, Access: access, Hash: engine.HashToken(bearer), Created: time.Now().UTC(), Trigger: trigger}
	err := db.Update(ctx, func(tx mirror.Tx) error {
		if err := tx.PutToken(token); err != nil {
			return err
		}
		return tx.AppendEvent(hostEvent("TokenCreated", mirror.Object{Kind: mirror.ObjectToken, Name: token.Name}, "token %s %q, role %s", token.ID, token.Name, roleOf(token)))
	})
	if err != nil {
		return fmt.Errorf("the token that was shown is worth nothing, it could not be stored: %w", err)
	}
	return nil
}

// firstToken makes an admin token when the store has no token at all. It is printed
// this once, or goes to a file.
func firstToken(ctx context.Context, db mirror.Store, file string, out io.Writer) error {
	var tokens []mirror.Token
	err := db.View(ctx, func(tx mirror.Tx) (err error) {
		tokens, err = tx.Tokens()
		return err
	})
	if err != nil || len(tokens) > 0 {
		return err
	}
	return newToken(ctx, db, "admin", mirror.Admin, "", func(bearer string) error {
		if file != "" {
			if err := writeToken(file, bearer); err != nil {
				return err
			}
			_, err := fmt.Fprintf(out, "admin token, written this once: %s\n", file)
			return err
		}
		_, err := fmt.Fprintf(out, "admin token, shown this once: %s\n", bearer)
		return err
	})
}

// onDatabase gives a command the flag --data and its sub-commands the
// controller's database, which may be in use by a running controller.
func onDatabase(c console, cmd *cobra.Command) func(func(context.Context, mirror.Store, []string) error) func(*cobra.Command, []string) error {
	var data string
	dataFlag(c, cmd.PersistentFlags(), &data)
	return func(fn func(context.Context, mirror.Store, []string) error) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, args []string) (err error) {
			db, err := openExisting(cmd.Context(), data)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			return fn(cmd.Context(), db, args)
		}
	}
}

// tokenPrefix begins every bearer token.
const tokenPrefix = "nmt_"

// holdsToken reports whether a file holds a valid token of this name and role already.
func holdsToken(ctx context.Context, db mirror.Store, file, name string, access mirror.Access, trigger string) (holds bool, err error) {
	if file == "" {
		return false, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return false, nil // writeToken says what is wrong with it
	}
	hash := engine.HashToken(strings.TrimSpace(string(raw)))
	err = db.View(ctx, func(tx mirror.Tx) error {
		tokens, err := tx.Tokens()
		holds = slices.ContainsFunc(tokens, func(t mirror.Token) bool {
			return t.Name == name && t.Access == access && t.Trigger == trigger && t.Hash == hash
		})
		return err
	})
	return holds, err
}

// writeToken puts a token in a file that its owner alone may read. A file that holds
// something else than a token is not written over.
func writeToken(path, bearer string) error {
	switch old, err := os.ReadFile(path); {
	case err == nil && len(old) > 0 && !bytes.HasPrefix(old, []byte(tokenPrefix)):
		return fmt.Errorf("%s holds something else than a token, and is left as it is", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*") // readable for its owner alone
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, bearer+"\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func tokenCommand(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke bearer tokens (on the controller's machine)",
	}
	with := onDatabase(c, cmd)
	var role, file, trigger string
	create := &cobra.Command{
		Use: "create NAME", Short: "Make a token and print it once", Args: cobra.ExactArgs(1),
		PreRunE: func(_ *cobra.Command, args []string) error { // before there is a database to open
			switch firer := mirror.Access(role) == mirror.Firer; {
			case !firer && !mirror.Access(role).Allows(mirror.Viewer):
				return usage("role %q is none of viewer, operator, admin, trigger", role)
			case firer && !mirror.ValidName(trigger):
				return usage("a token of role trigger fires one trigger: say which with --trigger")
			case !firer && trigger != "":
				return usage("--trigger is about role trigger; the role is %s", role)
			}
			if !mirror.ValidName(args[0]) {
				return usage("%q is no name: 1 to 63 of a-z, 0-9 and '-'", args[0])
			}
			return nil
		},
		RunE: with(func(ctx context.Context, db mirror.Store, args []string) error {
			access := mirror.Access(role)
			if holds, err := holdsToken(ctx, db, file, args[0], access, trigger); holds || err != nil {
				return err
			}
			return newToken(ctx, db, args[0], access, trigger, func(bearer string) error {
				if file != "" {
					return writeToken(file, bearer)
				}
				_, err := fmt.Fprintln(c.out, bearer)
				return err
			})
		}),
	}
	create.Flags().StringVar(&file, "file", "", "write it to this file, for its owner alone, instead of printing it; a file that holds such a token already is kept")
	create.Flags().StringVar(&role, "role", "viewer", "viewer, operator or admin; or trigger, which may fire one trigger and do nothing else")
	create.Flags().StringVar(&trigger, "trigger", "", "of role trigger: the trigger that it may fire")
	list := &cobra.Command{
		Use: "list", Short: "List tokens (never their values)", Args: cobra.NoArgs,
		RunE: with(func(ctx context.Context, db mirror.Store, _ []string) error { return listTokens(ctx, db, c.out) }),
	}
	revoke := &cobra.Command{
		Use: "revoke ID", Short: "Make a token useless at once", Args: cobra.ExactArgs(1),
		RunE: with(func(ctx context.Context, db mirror.Store, args []string) error { return revokeToken(ctx, db, args[0]) }),
	}
	cmd.AddCommand(create, list, revoke)
	return cmd
}

// roleOf is the role of a token, and whose trigger it fires.
func roleOf(t mirror.Token) string {
	if t.Trigger != "" {
		return string(t.Access) + " " + plain(t.Trigger)
	}
	return string(t.Access)
}

func listTokens(ctx context.Context, db mirror.Store, out io.Writer) error {
	return db.View(ctx, func(tx mirror.Tx) error {
		tokens, err := tx.Tokens()
		if err != nil {
			return err
		}
		slices.SortFunc(tokens, func(a, b mirror.Token) int { return a.Created.Compare(b.Created) })
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tNAME\tROLE\tCREATED")
		for _, t := range tokens {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain(t.ID), plain(t.Name), roleOf(t), t.Created.Format(time.DateTime))
		}
		return w.Flush()
	})
}

func revokeToken(ctx context.Context, db mirror.Store, id string) error {
	return db.Update(ctx, func(tx mirror.Tx) error {
		tokens, err := tx.Tokens()
		if err != nil {
			return err
		}
		for _, t := range tokens {
			if t.ID == id {
				if err := tx.DeleteToken(id); err != nil {
					return err
				}
				return tx.AppendEvent(hostEvent("TokenRevoked", mirror.Object{Kind: mirror.ObjectToken, Name: t.Name}, "token %s %q, role %s", t.ID, t.Name, roleOf(t)))
			}
		}
		return fmt.Errorf("there is no token with the id %q; netmirror token list shows them", id)
	})
}
