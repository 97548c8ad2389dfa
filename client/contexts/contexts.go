// Package contexts reads and writes the controllers that somebody works with, under names of
// his, as `netmirror context` keeps them; and says which of them a program is to speak to, as
// the command line does.
package contexts

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/client"
)

// DefaultServer is spoken to where nothing says otherwise.
const DefaultServer = "http://127.0.0.1:8420"

// A Context is a controller that somebody works with, under a name of his.
// Tokens are in files of their own, never in this one.
type Context struct {
	Name       string `yaml:"name"`
	Server     string `yaml:"server"`
	TokenFile  string `yaml:"tokenFile,omitempty"`
	CA         string `yaml:"ca,omitempty"`
	ServerName string `yaml:"serverName,omitempty"`
}

// A File holds them. They are a list: whatever people call their controllers is no key.
type File struct {
	Current  string    `yaml:"current,omitempty"`
	Contexts []Context `yaml:"contexts,omitempty"`

	path string
}

// Environment is os.LookupEnv, or what stands for it.
type Environment func(name string) (value string, set bool)

func (e Environment) get(name string) string { v, _ := e(name); return v }

var contextName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)

// IsName reports whether a context may be called so.
func IsName(name string) bool { return contextName.MatchString(name) }

// Path is where the file is: below XDG_CONFIG_HOME, or ~/.config.
func Path(env Environment) (string, error) {
	dir := env.get("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // as the XDG specification has it
		home := env.get("HOME")
		if home == "" {
			return "", errors.New("neither XDG_CONFIG_HOME nor HOME is set: there is no place for contexts")
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "netmirror", "config.yaml"), nil
}

// Read reads the file; one that is not there holds none. A file that others may
// write is refused: it says where the token goes.
func Read(env Environment) (File, error) {
	path, err := Path(env)
	if err != nil {
		return File{}, err
	}
	all := File{path: path}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return all, nil
	case err != nil:
		return all, err
	case info.Mode().Perm()&0o022 != 0:
		return all, fmt.Errorf("%s may be written by others (mode %04o); chmod 600 it", path, info.Mode().Perm())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return all, err
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&all); err != nil && len(bytes.TrimSpace(raw)) > 0 {
		return all, fmt.Errorf("%s: %w", path, err)
	}
	seen := map[string]bool{}
	for _, x := range all.Contexts {
		if !IsName(x.Name) || x.Server == "" || seen[x.Name] {
			return all, fmt.Errorf("%s: context %q has no server, stands there twice, or its name is none", path, x.Name)
		}
		seen[x.Name] = true
	}
	return all, nil
}

// Write puts the file in place as a whole, for its owner's eyes only.
func (all File) Write() error {
	raw, err := yaml.Marshal(all)
	if err != nil {
		return err
	}
	dir := filepath.Dir(all.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".config-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // nothing is there any more when all went well
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), all.path)
}

// Named is the context of a name, and where it stands.
func (all File) Named(name string) (Context, int, error) {
	i := slices.IndexFunc(all.Contexts, func(x Context) bool { return x.Name == name })
	if i < 0 {
		var have []string
		for _, x := range all.Contexts {
			have = append(have, x.Name)
		}
		text := "there are none: netmirror context set NAME --server URL makes one"
		if have != nil {
			text = "there are " + strings.Join(have, ", ")
		}
		return Context{}, -1, fmt.Errorf("no context %q; %s", name, text)
	}
	return all.Contexts[i], i, nil
}

// A Wish is what somebody said of the controller that he means; what is empty he did not say.
// Server and Context name two: one of them at most is given.
type Wish struct{ Server, Context, TokenFile, CA, ServerName string }

// Choose is the controller that a program is to speak to: what is wished goes before the
// environment (NETMIRROR_URL, NETMIRROR_CONTEXT, NETMIRROR_CA), and both before the current
// context. The token of a context goes to that context's server and to no other.
func Choose(env Environment, w Wish) (Context, error) {
	url, name := env.get("NETMIRROR_URL"), env.get("NETMIRROR_CONTEXT")
	switch {
	case w.Server != "":
		return w.on(env, Context{Server: w.Server}), nil
	case w.Context == "" && url != "" && name != "":
		return Context{}, errors.New("NETMIRROR_URL and NETMIRROR_CONTEXT name two controllers; unset one of them")
	case w.Context == "" && url != "":
		return w.on(env, Context{Server: url}), nil
	}
	all, err := Read(env)
	name = cmp.Or(w.Context, name, all.Current)
	if name == "" { // then a home is not needed, either
		if all.path == "" {
			err = nil
		}
		return w.on(env, Context{Server: DefaultServer}), err
	}
	if err != nil {
		return Context{}, err
	}
	x, _, err := all.Named(name)
	return w.on(env, x), err
}

// on is x with what is wished beside the server.
func (w Wish) on(env Environment, x Context) Context {
	ca := ""
	if x.Name == "" { // a context says itself whom it trusts
		ca = env.get("NETMIRROR_CA")
	}
	x.TokenFile = cmp.Or(w.TokenFile, x.TokenFile)
	x.CA = cmp.Or(w.CA, x.CA, ca)
	x.ServerName = cmp.Or(w.ServerName, x.ServerName)
	return x
}

// Options are what a client is made of. Where no file has the token the environment
// (NETMIRROR_TOKEN) does.
func (x Context) Options(env Environment) client.Options {
	o := client.Options{URL: x.Server, TokenFile: x.TokenFile, CAFile: x.CA, ServerName: x.ServerName}
	if o.TokenFile == "" {
		o.Token = env.get("NETMIRROR_TOKEN")
	}
	return o
}
