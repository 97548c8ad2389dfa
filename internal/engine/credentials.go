package engine

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Profiles are the credentials profiles of the controller's host. Nothing that
// they resolve is kept.
type Profiles interface {
	// Login reads a profile now and resolves its references; the error is a
	// mirror.CredentialsError.
	Login(name string) (mirror.Login, error)
	// List tells names and bindings, by name.
	List() ([]mirror.Profile, error)
	Known(name string) bool
}

// noProfiles is a host that has none.
type noProfiles struct{}

func (noProfiles) Login(name string) (mirror.Login, error) {
	return mirror.Login{}, &mirror.CredentialsError{Profile: name, Reason: "CredentialsUnknown", Why: "there is none of this name"}
}
func (noProfiles) List() ([]mirror.Profile, error) { return nil, nil }
func (noProfiles) Known(string) bool               { return false }

// host is the actor of what somebody did on the controller's host.
const host = "host"

// target is how a device is reached, with the profiles that it names resolved.
func (e *Engine) target(device mirror.Device) (mirror.Target, error) {
	return e.targetOver(device, device.Transports.Config)
}

// targetOver is how a device is reached over one of its transports.
func (e *Engine) targetOver(device mirror.Device, t mirror.Transport) (mirror.Target, error) {
	target := mirror.Target{Device: device, Transport: t, Instance: e.instance, HostKeys: hostKeys{e.store}}
	if t.Former != nil {
		return target, notMigrated(device)
	}
	var err error
	if target.Login, err = e.login(device, t.Credentials); err == nil {
		target.Jump, err = e.login(device, t.JumpHost.Credentials)
	}
	return target, err
}

func notMigrated(d mirror.Device) error {
	advice := "on the controller's host: netmirror credentials migrate"
	if d.ManagedBy == mirror.ManagedByFile {
		advice = "start the controller with the inventory file that names the device"
	}
	return &mirror.CredentialsError{Reason: "CredentialsNotMigrated",
		Why: "references to credentials that an earlier version stored with the device are not used any more; " + advice}
}

func (e *Engine) login(d mirror.Device, name string) (mirror.Login, error) {
	if name == "" {
		return mirror.Login{}, nil
	}
	if strings.HasPrefix(name, mirror.InventoryProfile) && d.ManagedBy != mirror.ManagedByFile {
		return noProfiles{}.Login(name)
	}
	l, err := e.cfg.Profiles.Login(name)
	l.Gate = e.logins
	return l, err
}

// unknownProfiles lists the profiles that an entry names and the host does not
// have, by pointer. An inventory file may name what is made later.
func (e *Engine) unknownProfiles(d mirror.Device) map[string]string {
	out := map[string]string{}
	if d.ManagedBy == mirror.ManagedByFile {
		return out
	}
	for pointer, name := range profilesOf(d) {
		if !e.cfg.Profiles.Known(name) {
			out[pointer] = name
		}
	}
	return out
}

// profilesOf are the names of profiles in an entry, by pointer.
func profilesOf(d mirror.Device) map[string]string {
	out := map[string]string{}
	for _, t := range d.Transports.All() {
		if t.Credentials != "" {
			out[t.Pointer+"/credentials"] = t.Credentials
		}
		if t.JumpHost.Credentials != "" {
			out[t.Pointer+"/jumpHost/credentials"] = t.JumpHost.Credentials
		}
	}
	return out
}

// refuseUnknown refuses profiles that are not there, except those that the entry
// named before: a removed profile must not keep a device from maintenance.
func refuseUnknown(unknown map[string]string, old mirror.Device) error {
	before := profilesOf(old)
	var reasons []mirror.Reason
	for _, pointer := range sortedKeys(unknown) {
		if name := unknown[pointer]; before[pointer] != name {
			reasons = append(reasons, mirror.Reason{Pointer: pointer, Code: "unknown-credentials",
				Message: "there is no credentials profile of this name; on the controller's host: netmirror credentials set NAME"})
		}
	}
	return mirror.Refuse(mirror.ErrUnsupported, reasons)
}

// keepFormer keeps what an earlier version stored, until it is migrated, where
// the device is still to be reached at the same address.
func keepFormer(d *mirror.Device, old mirror.Device) {
	before := map[string]mirror.Transport{}
	for _, t := range old.Transports.All() {
		before[t.Pointer] = *t.Transport
	}
	for _, t := range d.Transports.All() {
		was := before[t.Pointer]
		if t.Former = nil; was.Former == nil || t.Credentials != "" || t.JumpHost != (mirror.JumpHost{}) {
			continue
		}
		if t.Protocol == was.Protocol && t.Address == was.Address && t.Port == was.Port {
			t.Former = was.Former
		}
	}
}

// CredentialsView is a profile with what keeps it from being used.
type CredentialsView struct {
	mirror.Profile
	Pauses []mirror.LoginRefusal // of servers, or with the server "" of all
}

// Credentials lists the profiles: names and bindings, never values.
func (e *Engine) Credentials(ctx context.Context) ([]CredentialsView, error) {
	list, err := e.cfg.Profiles.List()
	if err != nil {
		return nil, err
	}
	var refusals []mirror.LoginRefusal
	err = e.store.View(ctx, func(tx mirror.Tx) (err error) {
		refusals, err = tx.LoginRefusals("")
		return err
	})
	out := make([]CredentialsView, len(list))
	for i, p := range list {
		out[i].Profile = p
		for _, r := range refusals {
			if r.Profile == p.Name && r.Stamp == p.Stamp && !r.Paused.IsZero() {
				out[i].Pauses = append(out[i].Pauses, r)
			}
		}
	}
	return out, err
}

// watchProfiles tells of profiles that were set, changed or removed on the host,
// and has the devices tried that waited for it.
func (e *Engine) watchProfiles(ctx context.Context) {
	paused := map[string]bool{}
	tick := time.NewTicker(e.cfg.Timeouts.Profiles)
	defer tick.Stop()
	for failed := false; ; {
		var wake map[string]bool
		var err error
		if wake, paused, err = e.lookAtProfiles(ctx, paused); err == nil && len(wake) > 0 {
			err = e.wakeUsers(ctx, wake)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failed {
			e.log.Error("credentials profiles", "err", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lookAtProfiles compares what is on the host with what was seen last. wake are
// the profiles that may serve now where they did not before.
func (e *Engine) lookAtProfiles(ctx context.Context, paused map[string]bool) (wake, now map[string]bool, err error) {
	list, err := e.cfg.Profiles.List()
	if err != nil {
		return nil, paused, err
	}
	var known []mirror.Profile
	var refusals []mirror.LoginRefusal
	err = e.store.View(ctx, func(tx mirror.Tx) (err error) {
		if known, err = tx.Profiles(); err != nil {
			return err
		}
		refusals, err = tx.LoginRefusals("")
		return err
	})
	if err != nil {
		return nil, paused, err
	}
	news := compareProfiles(known, list)
	stamps := map[string]string{}
	for _, p := range list {
		stamps[p.Name] = p.Stamp
	}
	wake, now = map[string]bool{}, map[string]bool{}
	var over []mirror.LoginRefusal // of another stamp, or of no profile at all
	for _, r := range refusals {
		stamp, there := stamps[r.Profile]
		switch {
		case !there || stamp != "" && stamp != r.Stamp:
			over = append(over, r)
			wake[r.Profile] = true
		case !r.Paused.IsZero():
			now[r.Profile] = true
		}
	}
	for name := range paused {
		wake[name] = wake[name] || !now[name]
	}
	for _, n := range news {
		wake[n.profile.Name] = true
	}
	if len(news)+len(over) == 0 {
		return wake, now, nil
	}
	return wake, now, e.update(ctx, func(tx mirror.Tx) error {
		for _, n := range news {
			if err := n.store(tx); err != nil {
				return err
			}
		}
		for _, r := range over {
			if err := tx.DeleteLoginRefusal(r.Profile, r.Server); err != nil {
				return err
			}
		}
		return nil
	})
}

// profileNews is what happened to a profile.
type profileNews struct {
	event   string
	profile mirror.Profile
}

func (n profileNews) store(tx mirror.Tx) error {
	p := n.profile
	about := mirror.Object{Kind: mirror.ObjectCredentials, Name: p.Name}
	if n.event == "CredentialsRemoved" {
		if err := tx.DeleteProfile(p.Name); err != nil {
			return err
		}
		return mirror.TellOf(tx, n.event, host, about, nil, "credentials profile %q", p.Name)
	}
	if err := tx.PutProfile(p); err != nil {
		return err
	}
	if p.Problem != "" {
		return mirror.TellOf(tx, n.event, host, about, nil, "credentials profile %q cannot be used: %s", p.Name, p.Problem)
	}
	return mirror.TellOf(tx, n.event, host, about, nil, "credentials profile %q, for %s", p.Name, strings.Join(p.For, ", "))
}

// compareProfiles finds the news. Profiles of the inventory file come and go
// with it and are not told of.
func compareProfiles(known, list []mirror.Profile) (news []profileNews) {
	before := map[string]mirror.Profile{}
	for _, p := range known {
		before[p.Name] = p
	}
	for _, p := range list {
		old, was := before[p.Name]
		delete(before, p.Name)
		switch {
		case strings.HasPrefix(p.Name, mirror.InventoryProfile):
		case !was:
			news = append(news, profileNews{"CredentialsSet", p})
		case !reflect.DeepEqual(old, p):
			news = append(news, profileNews{"CredentialsChanged", p})
		}
	}
	for _, name := range sortedKeys(before) {
		news = append(news, profileNews{"CredentialsRemoved", before[name]})
	}
	return news
}

// wakeUsers has the devices tried that name one of the profiles and are not
// reached.
func (e *Engine) wakeUsers(ctx context.Context, profiles map[string]bool) error {
	var devices []mirror.Device
	err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		devices, err = tx.Devices(mirror.Page{})
		return err
	})
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	for _, d := range devices {
		for _, name := range profilesOf(d) {
			if !profiles[name] || e.states.Known(d.Name).Reachable.State == mirror.True {
				continue
			}
			if w := e.worker(d.Name); w != nil {
				w.Kick()
			}
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
