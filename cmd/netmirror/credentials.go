package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/mirror"
)

// credentialsDir is where the profiles are unless it is said otherwise.
func credentialsDir(given, data string) string {
	if given != "" {
		return given
	}
	return filepath.Join(data, "credentials")
}

// onHost is the actor of what a command does on the controller's host.
const onHost = "host"

// keeper is what the sub-commands of `netmirror credentials` share.
type keeper struct {
	console   console
	data, dir string
}

func (k *keeper) profiles() *credentials.Profiles {
	return credentials.Open(credentialsDir(k.dir, k.data), k.console.env)
}

func (k *keeper) say(format string, args ...any) { fmt.Fprintf(k.console.out, format+"\n", args...) }

func credentialsCommand(c console) *cobra.Command {
	k := &keeper{console: c}
	cmd := &cobra.Command{
		Use:   "credentials",
		Short: "Keep the profiles that log in to switches (on the controller's machine)",
		Long: "A device names a credentials profile; the profile lives here, one file each, and is\n" +
			"shown to the addresses that it is bound to and to nobody else. The controller may\n" +
			"run or not: it reads a profile at each connect, so that changes take effect at once.",
	}
	or := func(name, usual string) string {
		if v, ok := c.env(name); ok && v != "" {
			return v
		}
		return usual
	}
	dataFlag(c, cmd.PersistentFlags(), &k.data)
	cmd.PersistentFlags().StringVar(&k.dir, "credentials-dir", or("NETMIRROR_CREDENTIALS_DIR", ""), "folder of the profiles (default: credentials in the data folder)")
	cmd.AddCommand(k.setCommand(), k.migrateCommand(),
		&cobra.Command{Use: "list", Short: "List names and bindings, never values", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return k.list(cmd.Context()) }},
		&cobra.Command{Use: "remove NAME", Short: "Delete a profile; nothing logs in with it any more", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return k.remove(cmd.Context(), args[0]) }},
		&cobra.Command{Use: "release NAME", Short: "Log in again with a profile that was paused because switches refused it", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return k.release(cmd.Context(), args[0]) }})
	return cmd
}

// withStore gives fn the controller's database. Where there is none yet, fn is
// not called and found is false.
func (k *keeper) withStore(ctx context.Context, fn func(mirror.Store) error) (found bool, err error) {
	if _, err := os.Stat(databasePath(k.data)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	db, err := openExisting(ctx, k.data)
	if err != nil {
		return true, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return true, fn(db)
}

func (k *keeper) list(ctx context.Context) error {
	list, err := k.profiles().List()
	if err != nil {
		return err
	}
	paused := map[string][]string{}
	_, err = k.withStore(ctx, func(db mirror.Store) error {
		return db.View(ctx, func(tx mirror.Tx) error {
			refusals, err := tx.LoginRefusals("")
			for _, r := range refusals {
				if !r.Paused.IsZero() && slices.ContainsFunc(list, func(p mirror.Profile) bool { return p.Name == r.Profile && p.Stamp == r.Stamp }) {
					paused[r.Profile] = append(paused[r.Profile], r.Server)
				}
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(k.console.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tFOR\tSTATE")
	for _, p := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Name, strings.Join(p.For, ", "), stateOfProfile(p, paused[p.Name]))
	}
	return w.Flush()
}

func stateOfProfile(p mirror.Profile, paused []string) string {
	switch {
	case p.Problem != "":
		return p.Problem
	case slices.Contains(paused, ""):
		return "paused: several switches refused it"
	case len(paused) > 0:
		return "paused at " + strings.Join(paused, ", ")
	}
	return "ok"
}

func (k *keeper) remove(ctx context.Context, name string) error {
	if err := k.profiles().Remove(name); err != nil {
		return err
	}
	k.say("credentials profile %s is removed", name)
	_, err := k.withStore(ctx, func(db mirror.Store) error {
		return db.View(ctx, func(tx mirror.Tx) error {
			devices, err := tx.Devices(mirror.Page{})
			var users []string
			for _, d := range devices {
				if slices.ContainsFunc(d.Transports.All(), func(t mirror.PlacedTransport) bool {
					return t.Credentials == name || t.JumpHost.Credentials == name
				}) {
					users = append(users, d.Name)
				}
			}
			if len(users) > 0 {
				k.say("%d devices still name it and are not logged in to any more, %s among them", len(users), users[0])
			}
			return err
		})
	})
	return err
}

func (k *keeper) release(ctx context.Context, name string) error {
	paused := false
	_, err := k.withStore(ctx, func(db mirror.Store) error {
		return db.Update(ctx, func(tx mirror.Tx) error {
			refusals, err := tx.LoginRefusals(name)
			paused = len(refusals) > 0
			if err != nil || !paused {
				return err
			}
			if err := tx.DeleteLoginRefusals(name); err != nil {
				return err
			}
			return tx.AppendEvent(hostEvent("CredentialsReleased", mirror.Object{Kind: mirror.ObjectCredentials, Name: name}, "credentials profile %q: logins go on", name))
		})
	})
	switch {
	case err != nil:
		return err
	case paused:
		k.say("credentials profile %s: logins go on", name)
	case !k.profiles().Known(name):
		return fmt.Errorf("there is no credentials profile %q in %s", name, k.profiles().Dir())
	default:
		k.say("credentials profile %s is not paused", name)
	}
	return nil
}

func hostEvent(typ string, about mirror.Object, format string, args ...any) mirror.Event {
	e := mirror.Event{At: time.Now().UTC(), Type: typ, Actor: onHost, Object: about, Message: fmt.Sprintf(format, args...)}
	if about.Kind == mirror.ObjectDevice {
		e.Device = about.Name
	}
	return e
}
