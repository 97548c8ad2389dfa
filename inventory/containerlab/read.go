package containerlab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A form is one of the files that tell of a lab. The further up, the more it tells.
type form int

const (
	topologyData form = iota
	nornir
	inspect
	ansible
)

func (f form) String() string {
	return [...]string{"topology-data.json", "Nornir inventory", "output of inspect", "Ansible inventory"}[f]
}

// Read reads one file of a lab: topology-data.json, the Nornir or the Ansible inventory
// beside it, or what `containerlab inspect -f json` prints, each in the shapes of all
// versions. Which one it is is told by its content. An inspect of several labs is
// several. What is none of these, and one without any node, is mirror.ErrInvalid.
func Read(raw []byte) ([]Lab, error) {
	_, labs, err := read(raw)
	return labs, err
}

func read(raw []byte) (form, []Lab, error) {
	text := bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	if len(text) == 0 {
		return 0, nil, fmt.Errorf("the file is empty: %w", mirror.ErrInvalid)
	}
	var f form
	var labs []Lab
	var err error
	if text[0] == '{' || text[0] == '[' {
		f, labs, err = readJSON(text)
	} else {
		f, labs, err = readYAML(text)
	}
	if err != nil {
		return f, nil, err
	}
	nodes := 0
	for i := range labs {
		labs[i].sort()
		nodes += len(labs[i].Nodes)
	}
	if nodes == 0 {
		return f, nil, fmt.Errorf("the %v tells of no node: %w", f, mirror.ErrInvalid)
	}
	return f, labs, nil
}

func readJSON(text []byte) (form, []Lab, error) {
	var nodes []container
	if text[0] == '[' {
		if err := decode(text, &nodes); err != nil {
			return inspect, nil, err
		}
		labs, err := labsOf(nodes)
		return inspect, labs, err
	}
	var fields map[string]json.RawMessage
	if err := decode(text, &fields); err != nil {
		return 0, nil, err
	}
	switch kind := strings.Trim(string(fields["type"]), `"`); {
	case fields["nodes"] != nil:
		lab, err := readTopology(text)
		return topologyData, []Lab{lab}, err
	case kind == "clab":
		return topologyData, nil, fmt.Errorf("the file tells the name of the lab and nothing more: its export template failed when it was deployed: %w", mirror.ErrInvalid)
	case fields["containers"] != nil:
		if err := decode(fields["containers"], &nodes); err != nil {
			return inspect, nil, err
		}
	default:
		for _, list := range fields {
			var of []container
			if err := decode(list, &of); err != nil {
				return 0, nil, unknownForm()
			}
			nodes = append(nodes, of...)
		}
	}
	labs, err := labsOf(nodes)
	return inspect, labs, err
}

func readYAML(text []byte) (form, []Lab, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	if err := dec.Decode(&document); err != nil {
		return 0, nil, fmt.Errorf("%w: %w", withoutContent(err), mirror.ErrInvalid)
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return 0, nil, unknownForm()
	}
	root := document.Content[0]
	switch {
	case child(root, "topology") != nil:
		return 0, nil, fmt.Errorf("this is a topology file, which tells no address: import the folder clab-LAB that `containerlab deploy` makes of it: %w", mirror.ErrInvalid)
	case child(root, "all") != nil:
		lab, err := readAnsible(child(root, "all"))
		return ansible, []Lab{lab}, err
	}
	lab, err := readNornir(root)
	return nornir, []Lab{lab}, err
}

func unknownForm() error {
	return fmt.Errorf("this is none of topology-data.json, the Nornir and Ansible inventories of containerlab and `containerlab inspect -f json`: %w", mirror.ErrInvalid)
}

// decode reads JSON. Its errors quote nothing of the text.
func decode(text []byte, v any) error {
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%w: %w", err, mirror.ErrInvalid)
	}
	return nil
}

// withoutContent is an error of the YAML reader as far as it tells places: its words may
// quote a password.
func withoutContent(err error) error {
	text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "yaml: "), "`")
	return fmt.Errorf("no YAML: %s", strings.TrimSpace(text))
}

// child finds a field of a mapping, nil where there is none.
func child(n *yaml.Node, name string) *yaml.Node {
	var found *yaml.Node
	each(n, func(key string, value *yaml.Node) {
		if key == name {
			found = value
		}
	})
	return found
}

// each goes through a mapping; what is none has no fields. Texts are as they are written,
// whatever type YAML would make of them.
func each(n *yaml.Node, do func(key string, value *yaml.Node)) {
	n = target(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(target(n.Content[i]).Value, target(n.Content[i+1]))
	}
}

// target is what an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// textOf is a scalar as it is written; null and what is no scalar are "".
func textOf(n *yaml.Node) string {
	if n = target(n); n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}
