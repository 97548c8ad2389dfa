package provider

import (
	"maps"
	"slices"
	"sync"
)

// pending is what a plan makes, changes and deletes beside the object that is asked about:
// a session is planned together with the devices and tools of the same file.
type pending struct {
	mu      sync.Mutex
	objects map[[2]string]pendingObject // by word and name
}

type pendingObject struct {
	word, name string
	spec       tree // nil = it is deleted
	was        tree // of one that is deleted
}

func (p *pending) note(o pendingObject) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.objects == nil {
		p.objects = map[[2]string]pendingObject{}
	}
	p.objects[[2]string{o.word, o.name}] = o
}

func (p *pending) has(word, name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.objects[[2]string{word, name}]
	return ok
}

func (p *pending) forget(word, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.objects, [2]string{word, name})
}

// A manifest is what POST /plans takes.
type manifest struct {
	Sessions []tree              `json:"sessions,omitempty"`
	Devices  []tree              `json:"devices,omitempty"`
	Tools    []tree              `json:"tools,omitempty"`
	Filters  []tree              `json:"filters,omitempty"`
	Delete   map[string][]string `json:"delete,omitempty"`
}

func (m *manifest) add(o pendingObject) {
	if o.spec == nil {
		if m.Delete == nil {
			m.Delete = map[string][]string{}
		}
		m.Delete[o.word+"s"] = append(m.Delete[o.word+"s"], o.name)
		return
	}
	item := maps.Clone(o.spec)
	item["name"] = o.name
	switch o.word {
	case "session":
		m.Sessions = append(m.Sessions, item)
	case "device":
		m.Devices = append(m.Devices, item)
	case "tool":
		m.Tools = append(m.Tools, item)
	case "filter":
		m.Filters = append(m.Filters, item)
	}
}

// around is the manifest of an object and of what else is planned so far that it has to do
// with; alone where that is nothing. The object is the first of its kind.
func (p *pending) around(o pendingObject) (m manifest, alone bool) {
	m.add(o)
	p.mu.Lock()
	defer p.mu.Unlock()
	names := namesIn(o.spec)
	var more []pendingObject
	for _, key := range slices.SortedFunc(maps.Keys(p.objects), byKey) {
		other := p.objects[key]
		if other.word == "tool" && names.tools[other.name] { // where it is connected matters, too
			maps.Copy(names.devices, namesIn(other.spec).devices)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(p.objects), byKey) {
		other := p.objects[key]
		if other.word == o.word && other.name == o.name {
			continue
		}
		if names.concern(o.word, other) {
			more = append(more, other)
		}
	}
	for _, other := range more {
		m.add(other)
	}
	return m, len(more) == 0
}

func byKey(a, b [2]string) int { return slices.Compare(a[:], b[:]) }

// named are the objects that a spec names.
type named struct{ devices, tools, filters, ends map[string]bool }

// namesIn are those of a session or a tool.
func namesIn(spec tree) named {
	n := named{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, list := range []any{spec["sources"], spec["destinations"], []any{spec}} {
		all, _ := list.([]any)
		for _, x := range all {
			one, _ := x.(tree)
			n.add(one)
		}
	}
	for _, x := range listOf(spec["destinations"]) {
		if one, ok := x.(tree); ok {
			n.ends[end(one)] = true
		}
	}
	if path, ok := spec["rspan"].(tree); ok {
		for _, x := range listOf(path["transit"]) {
			one, _ := x.(tree)
			n.add(one)
		}
	}
	return n
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

func (n named) add(one tree) {
	for field, to := range map[string]map[string]bool{"device": n.devices, "tool": n.tools, "filter": n.filters} {
		if name, ok := one[field].(string); ok && name != "" {
			to[name] = true
		}
	}
}

// end is a destination as one word.
func end(one tree) string {
	text := ""
	for _, field := range []string{"tool", "device", "interface", "ip"} {
		name, _ := one[field].(string)
		text += name + "\x00"
	}
	return text
}

// concern reports whether another object that is planned has to do with one of these names:
// it is named, it is a session to the same end, or a session that goes.
func (n named) concern(word string, other pendingObject) bool {
	switch other.word {
	case "device":
		return n.devices[other.name]
	case "tool":
		return word == "session" && n.tools[other.name]
	case "filter":
		return word == "session" && n.filters[other.name]
	case "session":
		if word != "session" {
			return false
		}
		if other.spec == nil {
			return true
		}
		for e := range namesIn(other.spec).ends {
			if n.ends[e] {
				return true
			}
		}
	}
	return false
}
