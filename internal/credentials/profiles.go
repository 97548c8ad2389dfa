package credentials

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
)

// extension of a profile's file; its name is that of the profile.
const extension = ".yaml"

// Profiles are the profiles in a folder, and those that the inventory file holds
// itself. Its methods may be used concurrently.
type Profiles struct {
	dir string
	env func(string) (string, bool)

	mu   sync.Mutex
	held map[string]Profile // of the inventory, by name
}

// Open prepares the profiles of a folder, which need not exist. env is
// os.LookupEnv, or a test's.
func Open(dir string, env func(string) (string, bool)) *Profiles {
	return &Profiles{dir: dir, env: env}
}

// Dir is the folder.
func (p *Profiles) Dir() string { return p.dir }

// Hold replaces the profiles that are not in the folder: those of the inventory
// file. Nothing writes them anywhere.
func (p *Profiles) Hold(profiles map[string]Profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = maps.Clone(profiles)
}

func (p *Profiles) holding() map[string]Profile {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

// Login reads a profile now and resolves its references. The error is a
// mirror.CredentialsError.
func (p *Profiles) Login(name string) (mirror.Login, error) {
	profile, stamp, err := p.read(name)
	var l mirror.Login
	if err == nil {
		l, err = profile.login(p.env)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(name, mirror.InventoryProfile):
		return l, &mirror.CredentialsError{Profile: name, Reason: "CredentialsUnknown",
			Why: "it is not in the inventory file any more"}
	case errors.Is(err, fs.ErrNotExist):
		return l, &mirror.CredentialsError{Profile: name, Reason: "CredentialsUnknown",
			Why: fmt.Sprintf("there is none of this name; on the controller's host: netmirror credentials set %s", name)}
	case err != nil:
		return l, &mirror.CredentialsError{Profile: name, Reason: "CredentialsUnreadable", Why: err.Error()}
	}
	l.Profile, l.Stamp = name, stamp
	return l, nil
}

// read finds a profile; fs.ErrNotExist when there is none.
func (p *Profiles) read(name string) (Profile, string, error) {
	if held, ok := p.holding()[name]; ok {
		return held, held.stamp(fmt.Sprintf("%q", held)), nil
	}
	if !mirror.ValidName(name) {
		return Profile{}, "", fs.ErrNotExist
	}
	dir, err := os.Stat(p.dir)
	if err != nil {
		return Profile{}, "", missing(err)
	}
	trusted, why := judgeDir(dir)
	if why != "" {
		return Profile{}, "", problem(why)
	}
	path := filepath.Join(p.dir, name+extension)
	if _, err := os.Stat(path); err != nil {
		return Profile{}, "", missing(err)
	}
	raw, info, err := readPrivate(path)
	if err != nil {
		return Profile{}, "", err
	}
	if !trusted && !ours(info) {
		return Profile{}, "", problem("other users may write the folder, and the file belongs to one of them")
	}
	profile, err := parse(raw)
	return profile, profile.stamp(state(info)), err
}

func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ErrNotExist
	}
	return problem(cause(err))
}

// Get reads a profile's file as it is, its references unresolved.
func (p *Profiles) Get(name string) (Profile, error) {
	profile, _, err := p.read(name)
	return profile, err
}

// List tells names, bindings and stamps, by name, and of a profile that cannot
// be read why. References are not resolved.
func (p *Profiles) List() ([]mirror.Profile, error) {
	names := slices.Collect(maps.Keys(p.holding()))
	entries, err := os.ReadDir(p.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), extension); ok && mirror.ValidName(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := make([]mirror.Profile, 0, len(names))
	for _, name := range names {
		profile, stamp, err := p.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // went meanwhile
		}
		seen := mirror.Profile{Name: name, For: profile.For, Stamp: stamp}
		if err != nil {
			seen = mirror.Profile{Name: name, Problem: err.Error()}
		}
		out = append(out, seen)
	}
	return out, nil
}

// Known reports whether there is a profile of this name.
func (p *Profiles) Known(name string) bool {
	_, _, err := p.read(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// Set writes a profile, in place of one that is there. A faulty one is a
// mirror.Refusal.
func (p *Profiles) Set(name string, profile Profile) error {
	reasons := profile.Validate()
	if !mirror.ValidName(name) {
		reasons = append(reasons, mirror.Reason{Code: "bad-name", Message: "a name is 1 to 63 of a-z, 0-9 and '-'"})
	}
	if err := mirror.Refuse(mirror.ErrInvalid, reasons); err != nil {
		return err
	}
	content, err := profile.encode()
	if err != nil {
		return fmt.Errorf("credentials: profile %q: it cannot be encoded", name)
	}
	if err := makeDir(p.dir); err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	info, err := os.Stat(p.dir)
	if err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	if _, why := judgeDir(info); why != "" {
		return fmt.Errorf("credentials: %s: %s", p.dir, why)
	}
	if err := writePrivate(filepath.Join(p.dir, name+extension), content); err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	return nil
}

// Remove deletes a profile; mirror.ErrNotFound when there is none.
func (p *Profiles) Remove(name string) error {
	if !mirror.ValidName(name) {
		return fmt.Errorf("credentials: %q is no name of a profile: %w", name, mirror.ErrNotFound)
	}
	err := os.Remove(filepath.Join(p.dir, name+extension))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("credentials: there is no profile %q in %s: %w", name, p.dir, mirror.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	return syncDir(p.dir)
}
