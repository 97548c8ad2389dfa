package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/inventory"
	"github.com/netmirror/netmirror/inventory/containerlab"
)

// A source is something that the controller itself asks, again and again, for devices and
// tools. What it does not tell for a while changes nothing.
type source struct {
	name  string // of mirror.Imports
	every time.Duration
	guard bool
	ask   func(context.Context, []mirror.Profile) (inventory.Found, error)
}

// labInterval is how often the files of a lab are looked at: a deploy takes longer.
const labInterval = 5 * time.Second

// sources are those that the settings name. Faults of the settings are told at once.
func (c Config) sources() (list []source, err error) {
	if c.Containerlab == "" && (c.ContainerlabProfile != "" || c.ContainerlabPrefix) {
		return nil, errors.New("containerlab-profile and containerlab-prefix belong to containerlab")
	}
	if c.Containerlab != "" {
		o := containerlab.Options{Catalogue: catalogue(), Profile: c.ContainerlabProfile, Prefix: c.ContainerlabPrefix}
		list = append(list, source{name: mirror.ManagedByContainerlab, every: labInterval, ask: func(_ context.Context, profiles []mirror.Profile) (inventory.Found, error) {
			labs, err := containerlab.Load(c.Containerlab)
			if err != nil {
				return inventory.Found{}, err
			}
			o.Profiles = profiles
			return containerlab.Entries(labs, o), nil
		}})
	}
	if c.NetBox != "" {
		s, err := netboxSettings{url: c.NetBox, tokenFile: c.NetBoxToken, ca: c.NetBoxCA, clear: c.NetBoxClear, filters: c.NetBoxFilters, platforms: c.NetBoxPlatforms,
			profile: c.NetBoxProfile, oob: c.NetBoxOOB, platformFlag: "--netbox-platform"}.source()
		if err != nil {
			return nil, err
		}
		list = append(list, source{name: mirror.ManagedByNetBox, every: c.NetBoxInterval, guard: true, ask: s.ask})
	}
	return list, nil
}

// followSources asks all sources until ctx ends. The result is closed then.
func followSources(ctx context.Context, list []source, eng *engine.Engine, profiles *credentials.Profiles, log *slog.Logger) <-chan struct{} {
	var all sync.WaitGroup
	for _, s := range list {
		all.Go(func() {
			f := following{source: s, engine: eng, profiles: profiles, log: log.With("source", s.name), now: time.Now}
			tick := time.NewTicker(s.every)
			defer tick.Stop()
			for {
				f.once(ctx)
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	return done
}

// An importer takes what a source knows; a lister knows the credentials profiles.
type (
	importer interface {
		ImportFrom(context.Context, engine.Write, engine.Imported, bool) ([]engine.PlanObject, error)
	}
	lister interface {
		List() ([]mirror.Profile, error)
	}
)

// lastRetry is what the time grows to after which entries that were refused are tried again.
const lastRetry = 10 * time.Minute

// following is a source with what was last heard of it.
type following struct {
	source
	engine   importer
	profiles lister
	log      *slog.Logger
	now      func() time.Time
	taken    string    // what was imported last
	refused  bool      // of which the engine refused some
	tries    int       // of the same
	next     time.Time // before which it is not tried again
	fault    string    // the last one, "" = none
	told     bool      // of that fault
	remarks  map[string]bool
}

// once asks the source and has the engine take what is new.
func (f *following) once(ctx context.Context) {
	profiles, err := f.profiles.List()
	if err != nil {
		f.failed(ctx, err)
		return
	}
	found, err := f.ask(ctx, profiles)
	if err != nil {
		f.failed(ctx, err)
		return
	}
	now, err := json.Marshal([]any{found.Devices, found.Tools})
	if err != nil {
		f.failed(ctx, err)
		return
	}
	f.tell(found)
	same := string(now) == f.taken
	if same && (!f.refused || f.now().Before(f.next)) {
		f.fault, f.told = "", false
		return
	}
	objects, err := f.engine.ImportFrom(ctx, engine.Write{Actor: engine.Actor{Name: f.name, Access: mirror.Admin}},
		engine.Imported{Source: f.name, Devices: found.Devices, Tools: found.Tools, Guard: f.guard}, false)
	if err != nil {
		f.failed(ctx, err)
		return
	}
	f.taken, f.fault, f.told = string(now), "", false
	counts := map[string]int{}
	for _, o := range objects {
		counts[o.Action]++
		for _, r := range o.Reasons {
			f.say(slog.LevelWarn, "refused, and tried again", o.Kind+"/"+o.Name, r.Message)
		}
	}
	f.again(same, counts[engine.ActionRefused] > 0)
	if same && counts[engine.ActionUnchanged]+counts[engine.ActionRefused] == len(objects) {
		return // tried again in vain
	}
	f.log.Info("imported", "created", counts[engine.ActionCreated], "changed", counts[engine.ActionChanged], "unchanged", counts[engine.ActionUnchanged],
		"retired", counts[engine.ActionRetired], "refused", counts[engine.ActionRefused])
}

// again says when what was refused is tried again: its reason may be gone without the
// source telling anything else.
func (f *following) again(same, refused bool) {
	if f.refused = refused; !refused || !same {
		f.tries = 0
	}
	pause := f.every
	for range f.tries {
		pause = min(2*pause, max(lastRetry, f.every))
	}
	f.tries, f.next = f.tries+1, f.now().Add(pause)
}

// failed tells a fault that stays: a file may be read while it is written. Nothing changes
// meanwhile. A lab that is not there yet is none.
func (f *following) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if err.Error() != f.fault {
		f.fault, f.told = err.Error(), false
		if f.every < time.Minute {
			return
		}
	}
	if f.told {
		return
	}
	f.told = true
	if errors.Is(err, containerlab.ErrNotYet) {
		f.log.Info("waiting for a lab", "why", err)
		return
	}
	f.log.Warn("not imported; what came from there before stays", "err", err)
}

// tell logs each remark once.
func (f *following) tell(found inventory.Found) {
	for _, r := range found.Skipped {
		f.say(slog.LevelInfo, "skipped", r.About, r.Message)
	}
	for _, r := range found.Warnings {
		f.say(slog.LevelWarn, "taken with a warning", r.About, r.Message)
	}
	for _, m := range found.Missing {
		f.say(slog.LevelWarn, "no credentials profile", m.Profile, "run: "+m.Command())
	}
}

// say logs the same once.
func (f *following) say(level slog.Level, message, about, why string) {
	if f.remarks == nil {
		f.remarks = map[string]bool{}
	}
	if key := message + about + why; !f.remarks[key] {
		f.remarks[key] = true
		f.log.Log(context.Background(), level, message, "entry", about, "why", why)
	}
}
