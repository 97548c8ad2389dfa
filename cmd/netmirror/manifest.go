package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/inventory"
)

// What commands that read manifests say of their files.
const (
	filesFlag = "YAML file, folder of them, pattern, or - for standard input; again for more"
	filesHelp = "A file holds lists named devices, tools, filters, sessions, webhooks and triggers, in one or several YAML documents.\n" +
		"A folder gives its *.yaml, *.yml and *.json files, and a pattern in quotes what it matches."
)

// A manifest is what apply and plan read: lists of resources, each with its name.
type manifest struct {
	Devices  []map[string]any `json:"devices,omitempty"`
	Tools    []map[string]any `json:"tools,omitempty"`
	Filters  []map[string]any `json:"filters,omitempty"`
	Sessions []map[string]any `json:"sessions,omitempty"`
	Webhooks []map[string]any `json:"webhooks,omitempty"` // no part of a plan, as triggers
	Triggers []map[string]any `json:"triggers,omitempty"`
	// Delete names resources by their kind; a plan alone takes it.
	Delete map[string][]string `json:"delete,omitempty"`
	// places are where the resources of a kind stand, in the order of its list.
	places map[string][]place
}

type group struct {
	kind string
	list []map[string]any
}

// groups are the lists in the order in which they depend on one another.
func (m manifest) groups() []group {
	return []group{{"devices", m.Devices}, {"tools", m.Tools}, {"filters", m.Filters}, {"sessions", m.Sessions}, {"webhooks", m.Webhooks}, {"triggers", m.Triggers}}
}

func (m manifest) count() (n int) {
	for _, g := range m.groups() {
		n += len(g.list)
	}
	return n
}

func (m manifest) deletions() (n int) {
	for _, names := range m.Delete {
		n += len(names)
	}
	return n
}

// delete adds what is to be deleted.
func (m *manifest) delete(list []object) {
	if m.Delete == nil {
		m.Delete = map[string][]string{}
	}
	for _, o := range list {
		m.Delete[o.kind] = append(m.Delete[o.kind], o.name)
	}
}

// add takes what another document says.
func (m *manifest) add(o manifest) {
	m.Devices, m.Tools = append(m.Devices, o.Devices...), append(m.Tools, o.Tools...)
	m.Filters, m.Sessions = append(m.Filters, o.Filters...), append(m.Sessions, o.Sessions...)
	m.Webhooks = append(m.Webhooks, o.Webhooks...)
	m.Triggers = append(m.Triggers, o.Triggers...)
	if m.Delete == nil {
		m.Delete = map[string][]string{}
	}
	for kind, names := range o.Delete {
		m.Delete[kind] = append(m.Delete[kind], names...)
	}
	if m.places == nil {
		m.places = map[string][]place{}
	}
	for kind, places := range o.places {
		m.places[kind] = append(m.places[kind], places...)
	}
}

// readManifest reads all documents of all files. A resource without a name, and one that is
// said twice, are refused, each with its file.
func readManifest(sources []string, in io.Reader) (all manifest, err error) {
	files, err := listFiles(sources)
	if err != nil {
		return all, err
	}
	var faults []error
	for _, file := range files {
		m, err := readFile(file, in)
		faults = append(faults, err)
		all.add(m)
	}
	if err := errors.Join(append(faults, all.check()...)...); err != nil {
		return all, err
	}
	if all.count()+all.deletions() == 0 {
		return all, fmt.Errorf("%s: no devices, tools, filters, sessions, webhooks or triggers in it", strings.Join(sources, ", "))
	}
	return all, nil
}

// readFile reads the documents of one file.
func readFile(file string, in io.Reader) (m manifest, err error) {
	raw, err := readAll(file, in)
	if err != nil {
		return m, err
	}
	var docs []*manifest
	err = inventory.DecodeEach(raw, func() any {
		docs = append(docs, &manifest{})
		return docs[len(docs)-1]
	})
	if err != nil {
		return m, fmt.Errorf("%s: %w", shownFile(file), err)
	}
	for _, doc := range docs {
		m.add(*doc)
	}
	m.places = placesIn(file, raw, m)
	return m, nil
}

// check says what is wrong with the names.
func (m manifest) check() (faults []error) {
	said := map[string]place{}
	for _, g := range m.groups() {
		for i, item := range g.list {
			at := m.places[g.kind][i]
			name, ok := item["name"].(string)
			if !ok || name == "" {
				faults = append(faults, fmt.Errorf("%s: %s[%d] has no name", at.of(""), g.kind, i))
				continue
			}
			if before, twice := said[g.kind+"/"+name]; twice {
				faults = append(faults, fmt.Errorf("%s: %s/%s was in %s already", at.of(""), g.kind, plain(name), before.of("")))
				continue
			}
			said[g.kind+"/"+name] = at
		}
	}
	return faults
}

// listFiles finds the files that are meant: those of a folder, and what a pattern matches.
func listFiles(sources []string) (files []string, err error) {
	for _, source := range sources {
		info, err := os.Stat(source)
		switch {
		case source == "-" || err == nil && !info.IsDir():
			files = append(files, source)
		case err == nil:
			var found []string
			for _, ending := range []string{"*.yaml", "*.yml", "*.json"} {
				some, _ := filepath.Glob(filepath.Join(escaped(source), ending)) // the pattern is well formed
				found = append(found, some...)
			}
			if len(found) == 0 {
				return nil, fmt.Errorf("%s: no *.yaml, *.yml or *.json in it", source)
			}
			slices.Sort(found)
			files = append(files, found...)
		case strings.ContainsAny(source, "*?["):
			found, err := filepath.Glob(source)
			if err != nil || len(found) == 0 {
				return nil, fmt.Errorf("%s: no such file", source)
			}
			files = append(files, found...)
		default:
			return nil, err
		}
	}
	if i := slices.Index(files, "-"); i >= 0 && slices.Contains(files[i+1:], "-") {
		return nil, errors.New("standard input can be read once")
	}
	return files, nil
}

// escaped is a path in which a pattern finds nothing to match.
func escaped(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

func readAll(file string, in io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(file)
}
