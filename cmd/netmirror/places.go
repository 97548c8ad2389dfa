package main

import (
	"bytes"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A place is where a resource stands in a file.
type place struct {
	file string
	node *yaml.Node // of the resource, nil = not known
}

// shownFile is what people call a file.
func shownFile(file string) string {
	if file == "-" {
		return "standard input"
	}
	return file
}

// of is the file ("" where there is none) and the line of what a JSON pointer into the resource points to, or of
// what is there of its way: a field that is missing stands nowhere.
func (p place) of(pointer string) string {
	line := p.line(pointer)
	if p.file == "" || line == 0 {
		return shownFile(p.file)
	}
	return shownFile(p.file) + ":" + strconv.Itoa(line)
}

// line is that line, counted from 1; 0 where it is not known.
func (p place) line(pointer string) int {
	at := resolved(p.node)
	if at == nil {
		return 0
	}
	line := at.Line
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		key, value := child(at, strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
		if value == nil {
			return line
		}
		at, line = resolved(value), key.Line
	}
	return line
}

// child is the value under a key, or at an index, and the node that its place is told by.
func child(n *yaml.Node, step string) (key, value *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}

// resolved is what an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// placesIn finds the resources of a file that was read as m: as many as it has of each
// kind, in its order.
func placesIn(file string, raw []byte, m manifest) map[string][]place {
	found := map[string][]*yaml.Node{}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	for {
		var doc yaml.Node
		if dec.Decode(&doc) != nil { // the end: it was read before
			break
		}
		if len(doc.Content) == 0 {
			continue
		}
		for _, g := range m.groups() {
			if _, list := child(resolved(doc.Content[0]), g.kind); list != nil {
				found[g.kind] = append(found[g.kind], resolved(list).Content...)
			}
		}
	}
	places := map[string][]place{}
	for _, g := range m.groups() {
		for i := range g.list {
			p := place{file: file}
			if len(found[g.kind]) == len(g.list) { // else something brings them in that stands elsewhere
				p.node = found[g.kind][i]
			}
			places[g.kind] = append(places[g.kind], p)
		}
	}
	return places
}

// placed is a pointer into the whole manifest, /sessions/3/sources/0, as a place in a file
// and the pointer into the resource; ok is false where it points to no resource.
func (m manifest) placed(pointer string) (where, within string, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(pointer, "/"), "/", 3)
	if len(parts) < 2 {
		return "", "", false
	}
	i, err := strconv.Atoi(parts[1])
	places := m.places[parts[0]]
	if err != nil || i < 0 || i >= len(places) {
		return "", "", false
	}
	if len(parts) == 3 {
		within = "/" + parts[2]
	}
	return places[i].of(within), within, true
}
