package main

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

// A clientContext is a controller that somebody works with, under a name of his.
// Tokens are in files of their own, never in this one.
type clientContext struct {
	Name       string `yaml:"name"`
	Server     string `yaml:"server"`
	TokenFile  string `yaml:"tokenFile,omitempty"`
	CA         string `yaml:"ca,omitempty"`
	ServerName string `yaml:"serverName,omitempty"`
}

// contexts are the file of them. They are a list: whatever people call their
// controllers is no key.
type contexts struct {
	Current  string          `yaml:"current,omitempty"`
	Contexts []clientContext `yaml:"contexts,omitempty"`

	path string
}

var contextName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)

// contextsPath is where the file is: below XDG_CONFIG_HOME, or ~/.config.
func contextsPath(c console) (string, error) {
	dir, _ := c.env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // as the XDG specification has it
		home, _ := c.env("HOME")
		if home == "" {
			return "", errors.New("neither XDG_CONFIG_HOME nor HOME is set: there is no place for contexts")
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "netmirror", "config.yaml"), nil
}

// readContexts reads the file; one that is not there holds none. A file that others may
// write is refused: it says where the token goes.
func readContexts(c console) (contexts, error) {
	path, err := contextsPath(c)
	if err != nil {
		return contexts{}, err
	}
	all := contexts{path: path}
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
		if !contextName.MatchString(x.Name) || x.Server == "" || seen[x.Name] {
			return all, fmt.Errorf("%s: context %q has no server, stands there twice, or its name is none", path, x.Name)
		}
		seen[x.Name] = true
	}
	return all, nil
}

// write puts the file in place as a whole, for its owner's eyes only.
func (all contexts) write() error {
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

// named is the context of a name, and where it stands.
func (all contexts) named(name string) (clientContext, int, error) {
	i := slices.IndexFunc(all.Contexts, func(x clientContext) bool { return x.Name == name })
	if i < 0 {
		var have []string
		for _, x := range all.Contexts {
			have = append(have, x.Name)
		}
		text := "there are none: netmirror context set NAME --server URL makes one"
		if have != nil {
			text = "there are " + strings.Join(have, ", ")
		}
		return clientContext{}, -1, fmt.Errorf("no context %q; %s", name, text)
	}
	return all.Contexts[i], i, nil
}

// chosen is the controller that a command is to speak to: what its flags say goes
// before the environment, and both before the current context. The token of a context goes
// to that context's server and to no other.
func (f *clientFlags) chosen() (clientContext, error) {
	env := func(name string) string { v, _ := f.console.env(name); return v }
	url, name := env("NETMIRROR_URL"), env("NETMIRROR_CONTEXT")
	switch {
	case f.server != "" && f.context != "":
		return clientContext{}, errors.New("--server and --context name two controllers; give one of them")
	case f.server != "":
		return f.with(clientContext{Server: f.server}), nil
	case f.context == "" && url != "" && name != "":
		return clientContext{}, errors.New("NETMIRROR_URL and NETMIRROR_CONTEXT name two controllers; unset one of them")
	case f.context == "" && url != "":
		return f.with(clientContext{Server: url}), nil
	}
	all, err := readContexts(f.console)
	name = cmp.Or(f.context, name, all.Current)
	if name == "" { // then a home is not needed, either
		if all.path == "" {
			err = nil
		}
		return f.with(clientContext{Server: defaultServer}), err
	}
	if err != nil {
		return clientContext{}, err
	}
	x, _, err := all.named(name)
	return f.with(x), err
}

// with is x with what the flags say beside the server.
func (f *clientFlags) with(x clientContext) clientContext {
	ca := ""
	if x.Name == "" { // a context says itself whom it trusts
		ca, _ = f.console.env("NETMIRROR_CA")
	}
	x.TokenFile = cmp.Or(f.tokenFile, x.TokenFile)
	x.CA = cmp.Or(f.ca, x.CA, ca)
	x.ServerName = cmp.Or(f.serverName, x.ServerName)
	return x
}

// options are what a client is made of. Where no file has the token the
// environment does.
func (f *clientFlags) options(x clientContext) client.Options {
	o := client.Options{URL: x.Server, TokenFile: x.TokenFile, CAFile: x.CA, ServerName: x.ServerName}
	if o.TokenFile == "" {
		o.Token, _ = f.console.env("NETMIRROR_TOKEN")
	}
	return o
}
