package containerlab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/mirror"
)

// topology is topology-data.json as far as it is of use (core/export_templates/auto.tmpl).
type topology struct {
	Name  string `json:"name"`
	Nodes map[string]struct {
		Short  string          `json:"shortname"`
		Long   string          `json:"longname"`
		Kind   string          `json:"kind"`
		Group  string          `json:"group"`
		IPv4   string          `json:"mgmt-ipv4-address"`
		IPv6   string          `json:"mgmt-ipv6-address"`
		Labels map[string]text `json:"labels"`
	} `json:"nodes"`
	Links []link `json:"links"`
}

// link is a cable in both shapes: since v0.71.0 below endpoints, before it beside them.
type link struct {
	endpoints
	Below *endpoints `json:"endpoints"`
}

type endpoints struct {
	A *endpoint `json:"a"`
	Z *endpoint `json:"z"`
}

type endpoint struct {
	Node      string `json:"node"`
	Interface string `json:"interface"`
}

// text takes numbers and truth values for what they are written as, as labels do.
type text string

// UnmarshalJSON reads any scalar; null is "".
func (t *text) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(t))
	}
	if string(raw) == "null" {
		*t = ""
		return nil
	}
	if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
		return fmt.Errorf("a label is no text: %w", mirror.ErrInvalid)
	}
	*t = text(raw)
	return nil
}

// Labels by which containerlab says what it knows, beside the user's own.
const (
	ownLabel  = "clab-"
	typeLabel = "clab-node-type"
	labLabel  = "containerlab"
)

func readTopology(raw []byte) (Lab, error) {
	var t topology
	if err := decode(raw, &t); err != nil {
		return Lab{}, err
	}
	lab := Lab{Name: t.Name}
	for name, n := range t.Nodes {
		if n.Kind == "" {
			return Lab{}, fmt.Errorf("node %q has no kind: the file is of an export template of its own: %w", name, mirror.ErrInvalid)
		}
		node := Node{Name: name, Long: n.Long, Kind: n.Kind, Type: string(n.Labels[typeLabel]), Group: n.Group,
			Address: address(n.IPv4, n.IPv6), Labels: map[string]string{}}
		for key, value := range n.Labels {
			if key != labLabel && !strings.HasPrefix(key, ownLabel) {
				node.Labels[key] = string(value)
			}
		}
		lab.Nodes = append(lab.Nodes, node)
	}
	for _, l := range t.Links {
		ends := l.endpoints
		if l.Below != nil {
			ends = *l.Below
		}
		if ends.A == nil || ends.Z == nil { // to the host, to a management network, ...: no cable between nodes
			continue
		}
		a, z := End(*ends.A), End(*ends.Z)
		if _, ok := t.Nodes[a.Node]; !ok {
			continue
		}
		if _, ok := t.Nodes[z.Node]; !ok {
			continue
		}
		lab.Links = append(lab.Links, Link{a, z})
	}
	return lab, nil
}

// container is a node as inspect tells of it (cmd/inspect.go).
type container struct {
	Lab   string `json:"lab_name"`
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Group string `json:"group"`
	State string `json:"state"`
	IPv4  string `json:"ipv4_address"` // with its prefix length, or N/A
	IPv6  string `json:"ipv6_address"`
}

// labsOf are the labs of nodes, by name.
func labsOf(nodes []container) ([]Lab, error) {
	byName := map[string]*Lab{}
	for _, n := range nodes {
		if n.Name == "" || n.Kind == "" {
			return nil, unknownForm()
		}
		if byName[n.Lab] == nil {
			byName[n.Lab] = &Lab{Name: n.Lab}
		}
		lab := byName[n.Lab]
		lab.Nodes = append(lab.Nodes, Node{Name: short(n.Name, n.Lab), Long: n.Name, Kind: n.Kind, Group: n.Group, State: n.State, Address: address(n.IPv4, n.IPv6)})
	}
	var labs []Lab
	for _, lab := range byName {
		labs = append(labs, *lab)
	}
	slices.SortFunc(labs, func(a, b Lab) int { return cmp.Compare(a.Name, b.Name) })
	return labs, nil
}

// address is the first of two that is one, without its prefix length.
func address(candidates ...string) string {
	for _, a := range candidates {
		host, _, _ := strings.Cut(strings.TrimSpace(a), "/")
		if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() {
			return ip.Unmap().WithZone("").String()
		}
	}
	return ""
}

// readNornir reads nornir-simple-inventory.yml: nodes by short name. The platform is the
// kind, or a name of scrapli's or NAPALM's where CLAB_NORNIR_PLATFORM_NAME_SCHEMA says so.
func readNornir(root *yaml.Node) (lab Lab, err error) {
	each(root, func(name string, host *yaml.Node) {
		platform, address := textOf(child(host, "platform")), address(textOf(child(host, "hostname")))
		if platform == "" || child(host, "hostname") == nil {
			err = unknownForm()
			return
		}
		lab.Nodes = append(lab.Nodes, Node{Name: name, Kind: platform, Address: address})
	})
	return lab, err
}

// readAnsible reads ansible-inventory.yml: hosts by long name, in groups that are kinds
// and in groups of the user's, which repeat them. Which is which, known kinds tell.
func readAnsible(all *yaml.Node) (Lab, error) {
	var lab Lab
	groups := map[string][]string{} // by host
	addresses := map[string]string{}
	var names []string
	each(child(all, "children"), func(group string, n *yaml.Node) {
		each(child(n, "hosts"), func(host string, vars *yaml.Node) {
			if !slices.Contains(names, host) {
				names = append(names, host)
			}
			groups[host] = append(groups[host], group)
			if a := address(textOf(child(vars, "ansible_host"))); a != "" {
				addresses[host] = a
			}
		})
	})
	for _, host := range names {
		kind := groups[host][0] // groups of kinds come first
		for _, g := range groups[host] {
			if known(g) {
				kind = g
				break
			}
		}
		node := Node{Name: host, Long: host, Kind: kind, Address: addresses[host]}
		for _, g := range groups[host] {
			if g != kind && node.Group == "" {
				node.Group = g
			}
		}
		lab.Nodes = append(lab.Nodes, node)
	}
	return lab, nil
}
