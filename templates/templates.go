// Package templates holds the text that CLI drivers send, as embedded text
// templates in one folder per platform, and reads an optional folder that
// overrides them file by file. Templates have loops and conditionals over
// values that a driver prepared, and no logic. The package must not know what
// a text means.
package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"text/template"

	"github.com/netmirror/netmirror/internal/mirror"
)

//go:embed */*.tmpl
var embedded embed.FS

// Load reads the templates of a platform: PLATFORM/*.tmpl, each under the name
// of its file. A file of the same path in override replaces the embedded one;
// override may be nil, and may add nothing new, because nothing would use it. A
// key that a template uses and the data lacks is an error when it is executed.
//
// Errors: mirror.ErrNotFound for a platform without templates,
// mirror.ErrInvalid for one that does not parse or that is not known.
func Load(platform string, override fs.FS) (*template.Template, error) {
	names := files(embedded, platform)
	if len(names) == 0 {
		return nil, fmt.Errorf("templates: platform %q has none: %w", platform, mirror.ErrNotFound)
	}
	if err := checkOverride(platform, override, names); err != nil {
		return nil, err
	}
	set := template.New(platform).Option("missingkey=error")
	for _, name := range names {
		text, err := read(name, override)
		if err != nil {
			return nil, err
		}
		if _, err := set.New(path.Base(name)).Parse(text); err != nil {
			return nil, fmt.Errorf("templates: %s: %w: %w", name, mirror.ErrInvalid, err)
		}
	}
	return set, nil
}

// files lists the templates of a platform; none where there is no such folder.
func files(from fs.FS, platform string) []string {
	entries, err := fs.ReadDir(from, platform)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if !e.IsDir() && path.Ext(e.Name()) == ".tmpl" {
			out = append(out, path.Join(platform, e.Name()))
		}
	}
	return out
}

func read(name string, override fs.FS) (string, error) {
	if override != nil {
		text, err := fs.ReadFile(override, name)
		if err == nil {
			return string(text), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("templates: %s: %w", name, err)
		}
	}
	text, err := fs.ReadFile(embedded, name)
	if err != nil {
		return "", fmt.Errorf("templates: %s: %w", name, err)
	}
	return string(text), nil
}

// checkOverride refuses a misspelled file, which would silently do nothing.
func checkOverride(platform string, override fs.FS, known []string) error {
	if override == nil {
		return nil
	}
	for _, name := range files(override, platform) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("templates: override %s replaces nothing (there are %v): %w", name, known, mirror.ErrInvalid)
		}
	}
	return nil
}
