package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/mirror"
)

func (k *keeper) migrateCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Make profiles of the references that an earlier version stored with devices",
		Long: "Each set of references becomes one profile, bound to the addresses of the devices\n" +
			"that had it. References are carried over, not resolved. Look at what it prints: whoever\n" +
			"wrote a device's entry chose the address as well as the reference.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := k.withStore(cmd.Context(), func(db mirror.Store) error { return k.migrate(cmd.Context(), db, dryRun) })
			if !found && err == nil {
				err = fmt.Errorf("no database in %s: give the controller's --data", k.data)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would be made and change nothing")
	return cmd
}

// A migration is what becomes of the devices of an earlier version.
type migration struct {
	profiles *credentials.Profiles
	made     map[string]credentials.Profile // by name
	devices  []mirror.Device                // in their new form
	before   map[string]mirror.Transports   // as they are stored
	notes    []string
}

func (k *keeper) migrate(ctx context.Context, db mirror.Store, dryRun bool) error {
	m := migration{profiles: k.profiles(), made: map[string]credentials.Profile{}, before: map[string]mirror.Transports{}}
	err := db.View(ctx, func(tx mirror.Tx) error {
		devices, err := tx.Devices(mirror.Page{})
		for _, d := range devices {
			m.add(d)
		}
		return err
	})
	if err != nil {
		return err
	}
	verb := "made"
	if dryRun {
		verb = "would be made"
	}
	for _, name := range sortedNames(m.made) {
		p := m.made[name]
		if !dryRun {
			if err := m.profiles.Set(name, p); err != nil {
				return err
			}
		}
		k.say("credentials profile %s %s, for %s: %s", name, verb, strings.Join(p.For, ", "), describeReferences(p))
	}
	if !dryRun {
		if err := m.store(ctx, db); err != nil {
			return err
		}
	}
	for _, d := range m.devices {
		k.say("device %s: %s", d.Name, strings.Join(profileNames(d), ", "))
	}
	for _, n := range m.notes {
		k.say("%s", n)
	}
	if len(m.devices)+len(m.notes) == 0 {
		k.say("no device has references of an earlier version")
	}
	return nil
}

func describeReferences(p credentials.Profile) string {
	var parts []string
	for _, f := range []struct{ name, text string }{{"user name", p.Username}, {"password", p.Password}, {"enable secret", p.Enable}, {"private key", p.Key}} {
		if f.text != "" {
			parts = append(parts, f.name+" "+f.text)
		}
	}
	return strings.Join(parts, ", ")
}

func profileNames(d mirror.Device) (out []string) {
	for _, t := range d.Transports.All() {
		for _, name := range []string{t.Credentials, t.JumpHost.Credentials} {
			if name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	if len(out) == 0 {
		return []string{"no credentials, which its protocol does not have"}
	}
	return out
}

// add takes up a device that has references.
func (m *migration) add(d mirror.Device) {
	next := d.Transports
	if next.Counters != nil {
		c := *next.Counters
		next.Counters = &c
	}
	if next.State != nil {
		s := *next.State
		next.State = &s
	}
	changed := false
	for _, t := range next.All() {
		if t.Former == nil {
			continue
		}
		if d.ManagedBy == mirror.ManagedByFile {
			m.note("device %s: its inventory file holds its references; nothing to do but to start the controller with it", d.Name)
			return
		}
		if err := m.move(t.Transport); err != nil {
			m.note("device %s: %v; name a profile in its entry", d.Name, err)
			return
		}
		changed = true
	}
	if changed {
		m.before[d.Name] = d.Transports
		d.Transports = next
		m.devices = append(m.devices, d)
	}
}

func (m *migration) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// move gives a transport names in place of references.
func (m *migration) move(t *mirror.Transport) error {
	f := *t.Former
	if t.Protocol == "ovsdb" { // has no login
		t.Former = nil
		return nil
	}
	user, address, host := jumpOf(f)
	name, err := m.profile(f, t.Address)
	if err == nil && f.JumpHost != "" { // through which the profile goes
		name, err = m.profile(f, host)
	}
	if err != nil {
		return err
	}
	if f.JumpHost != "" {
		f.Username = user
		jump := f
		if f.Username != t.Former.Username {
			jump.Enable = "" // of another user, on a host that has none
		}
		if t.JumpHost.Credentials, err = m.profile(jump, host); err != nil {
			return fmt.Errorf("jump host: %w", err)
		}
		t.JumpHost.Address = address
	}
	t.Credentials, t.Former = name, nil
	return nil
}

// jumpOf reads "[user@]host[:port]"; without a user it is the device's.
func jumpOf(f mirror.FormerCredentials) (user, address, host string) {
	user, address = f.Username, f.JumpHost
	if i := strings.LastIndex(address, "@"); i >= 0 {
		user, address = address[:i], address[i+1:]
	}
	host = address
	if h, _, err := net.SplitHostPort(address); err == nil {
		host = h
	}
	return user, address, host
}

// profile finds or begins the profile of a set of references, and binds it to
// one address more.
func (m *migration) profile(f mirror.FormerCredentials, address string) (string, error) {
	user := f.Username
	if !mirror.ValidReference(user) {
		user = credentials.Literal(user)
	}
	want := credentials.Profile{Username: user, Password: f.Password, Enable: f.Enable, Key: f.Key, For: mirror.Bindings{strings.Trim(address, "[]")}}
	if reasons := want.Validate(); len(reasons) > 0 {
		return "", errors.New(reasons[0].Message)
	}
	base := profileName(f)
	for i := 1; ; i++ {
		name := base
		if i > 1 {
			name = fmt.Sprintf("%s-%d", base, i)
		}
		have, ok := m.made[name]
		if !ok {
			var err error
			// A migration that was interrupted has left its profiles.
			if have, err = m.profiles.Get(name); errors.Is(err, fs.ErrNotExist) {
				m.made[name] = want
				return name, nil
			} else if err != nil {
				continue
			}
		}
		if have.Username == want.Username && have.Password == want.Password && have.Enable == want.Enable && have.Key == want.Key {
			if !slices.Contains(have.For, want.For[0]) {
				have.For = append(slices.Clone(have.For), want.For[0])
			}
			m.made[name] = have
			return name, nil
		}
	}
}

var noName = regexp.MustCompile(`[^a-z0-9]+`)

// profileName is made of what the password is called.
func profileName(f mirror.FormerCredentials) string {
	text := f.Password
	if text == "" {
		text = f.Key
	}
	_, text, _ = strings.Cut(text, ":")
	name := strings.Trim(noName.ReplaceAllString(strings.ToLower(text[strings.LastIndexByte(text, '/')+1:]), "-"), "-")
	if name = strings.Trim(name[:min(len(name), 50)], "-"); name == "" {
		return "migrated"
	}
	return name
}

// store writes the devices, unless they were changed meanwhile.
func (m *migration) store(ctx context.Context, db mirror.Store) error {
	return db.Update(ctx, func(tx mirror.Tx) error {
		for _, d := range m.devices {
			now, _, err := tx.Device(d.Name)
			if errors.Is(err, mirror.ErrNotFound) || err == nil && !reflect.DeepEqual(now.Transports, m.before[d.Name]) {
				continue
			}
			if err != nil {
				return err
			}
			now.Transports = d.Transports
			if _, err := tx.PutDevice(now); err != nil {
				return err
			}
			if err := tx.AppendEvent(hostEvent("DeviceStored", mirror.Object{Kind: mirror.ObjectDevice, Name: d.Name}, "credentials of an earlier version became %s", strings.Join(profileNames(d), ", "))); err != nil {
				return err
			}
		}
		return nil
	})
}

func sortedNames(m map[string]credentials.Profile) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
