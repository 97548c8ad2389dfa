package containerlab

import (
	"cmp"
	"slices"
	"strings"
)

// A Lab is what files tell of one lab, in containerlab's own words.
type Lab struct {
	Name  string // "" = the file does not tell
	Nodes []Node // by name
	Links []Link
}

// A Node is a container, or a bridge of the host, of a lab.
type Node struct {
	Name    string // as in the topology file; the long name where the file tells no other
	Long    string // clab-LAB-NODE, "" = not told
	Kind    string // as typed, see canonical
	Type    string // of the kind, such as l2; "" = not told
	Address string // of management, without prefix length; "" = it has none
	State   string // of the container, "" = not told
	Group   string
	Labels  map[string]string // the user's own
}

// A Link is a cable between two nodes.
type Link struct{ A, Z End }

// An End of a cable.
type End struct {
	Node      string // its Name
	Interface string // as Linux names it
}

func (l *Lab) sort() {
	slices.SortFunc(l.Nodes, func(a, b Node) int { return cmp.Compare(a.Name, b.Name) })
}

// node finds one by its name, nil = there is none.
func (l *Lab) node(name string) *Node {
	for i := range l.Nodes {
		if l.Nodes[i].Name == name {
			return &l.Nodes[i]
		}
	}
	return nil
}

// short is a long name without what containerlab puts before a node's own: PREFIX-LAB-,
// LAB- or nothing, whatever the lab's prefix is.
func short(long, lab string) string {
	if lab == "" {
		return long
	}
	if rest, ok := strings.CutPrefix(long, lab+"-"); ok && rest != "" {
		return rest
	}
	if i := strings.Index(long, "-"+lab+"-"); i > 0 && len(long) > i+len(lab)+2 {
		return long[i+len(lab)+2:]
	}
	return long
}
