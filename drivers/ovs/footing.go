package ovs

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// portColumns are the columns of a Port row that say which VLANs it is in.
var portColumns = []string{"tag", "trunks", "vlan_mode"}

// stanza is those columns in the database's own words.
func stanza(row ovsdb.Row) (string, error) {
	part := ovsdb.Row{}
	for _, c := range portColumns {
		part[c] = row[c]
	}
	b, err := json.Marshal(part)
	return string(b), err
}

// footing renders the change of a footing: the bridge's list of VLANs in which
// nothing is learned, the list of a trunk, or the VLAN of a destination port.
func (r *renderer) footing(c mirror.Change) error {
	var before, after mirror.Footing
	if c.Before != nil {
		before = *c.Before.Spec.Footing
	}
	if c.After != nil {
		after = *c.After.Spec.Footing
	}
	switch kind := cmp.Or(before.Kind, after.Kind); kind {
	case mirror.FootingVLAN:
	case mirror.FootingPort:
		return r.destinationPort(before, after)
	default:
		return mirror.Unsupported("this platform has no footing of kind %s", kind)
	}
	vlan := max(before.VLAN, after.VLAN)
	if vlan < 1 || vlan > mirror.MaxVLAN {
		return mirror.Unsupported("remote VLAN %d is not between 1 and %d", vlan, mirror.MaxVLAN)
	}
	if after.Made != before.Made {
		r.list(tableBridge, r.bridgeWhere(), map[string]any{"name": r.bridgeName()}, "flood_vlans", vlan, after.Made)
	}
	for _, t := range after.Trunks {
		if !slices.Contains(before.Trunks, t) {
			r.trunk(t, vlan, true)
		}
	}
	for _, t := range before.Trunks {
		if slices.Contains(after.Trunks, t) {
			continue
		}
		// An empty list carries every VLAN: the last entry must stay.
		if p, ok := r.observed.Port(t); ok && p.Trunk != nil && p.Trunk.Allowed.String() == mirror.VLANs(vlan).String() {
			return fmt.Errorf("VLAN %d is the only one in the list of trunk %s, and an empty list carries all; give the trunk another VLAN first: %w", vlan, t, mirror.ErrConflict)
		}
		r.trunk(t, vlan, false)
	}
	return nil
}

func (r *renderer) trunk(name mirror.PortName, vlan int, in bool) {
	where := []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: r.port(name)}}
	r.list(tablePort, where, map[string]any{"name": string(name)}, "trunks", vlan, in)
}

// list adds a VLAN to a column, or takes it out, having proved that the row is
// the one meant and that the column does not, or does, hold it.
func (r *renderer) list(table string, where []ovsdb.Cond, row map[string]any, column string, vlan int, in bool) {
	proof, mutator := "excludes", "insert"
	if !in {
		proof, mutator = "includes", "delete"
	}
	r.wait(table, append(slices.Clone(where), ovsdb.Cond{Column: column, Function: proof, Value: ovsdb.Set[int]{vlan}}), []string{"name"}, row)
	r.add(ovsdb.Op{Op: "mutate", Table: table, Where: where, Mutations: []ovsdb.Mutation{{Column: column, Mutator: mutator, Value: ovsdb.Set[int]{vlan}}}})
}

// destinationPort makes a port an access port, or none, or puts back what was
// there before, having proved that it still is as it was read or made.
func (r *renderer) destinationPort(before, after mirror.Footing) error {
	spec := after
	if after.Setup == nil {
		spec = before
	}
	if spec.Setup == nil || spec.Port == "" {
		return fmt.Errorf("a destination port without a port or without a wish: %w", mirror.ErrInvalid)
	}
	if spec.Setup.Up {
		return mirror.Unsupported("a port is not switched on over OVSDB; its administrative state is the host's")
	}
	if spec.Setup.Monitor {
		return mirror.Unsupported("a port is no other for being the destination of copies")
	}
	name := spec.Port
	p, _ := r.observed.Port(name)
	var former map[string]any
	if spec.Setup.Former != "" {
		if err := json.Unmarshal([]byte(spec.Setup.Former), &former); err != nil {
			return fmt.Errorf("the former columns of port %s: %w: %w", name, mirror.ErrParse, err)
		}
	}
	row := former
	if after.Setup != nil {
		row = map[string]any{"tag": ovsdb.Set[int]{}, "trunks": ovsdb.Set[int]{}, "vlan_mode": ovsdb.Set[string]{}}
		if after.Setup.Access != 0 {
			row["tag"] = after.Setup.Access
		} else if former != nil {
			row["trunks"] = former["trunks"]
		}
	}
	where := []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: r.port(name)}}
	proof := map[string]any{"name": string(name)}
	if p.Stanza != "" {
		var now map[string]any
		if err := json.Unmarshal([]byte(p.Stanza), &now); err != nil {
			return fmt.Errorf("the columns of port %s: %w: %w", name, mirror.ErrParse, err)
		}
		for column, value := range now {
			proof[column] = value
		}
	}
	columns := []string{"name"}
	for _, c := range portColumns {
		if _, ok := proof[c]; ok {
			columns = append(columns, c)
		}
	}
	r.wait(tablePort, where, columns, proof)
	r.add(ovsdb.Op{Op: "update", Table: tablePort, Where: where, Row: row})
	return nil
}

// floodVLANs are the VLANs in which the bridge learns nothing.
func floodVLANs(bridge ovsdb.Row) ([]mirror.VLAN, error) {
	if !bridge.Has("flood_vlans") {
		return nil, nil // a recording from before it was asked for
	}
	numbers, err := bridge.Ints("flood_vlans")
	var out []mirror.VLAN
	for _, n := range numbers {
		out = append(out, mirror.VLAN{ID: int(n), Remote: true})
	}
	return out, err
}

// trunkOf is what a port carries that is no access port.
func trunkOf(tags, trunks []int64, mode string) (*mirror.Trunk, error) {
	t := &mirror.Trunk{Allowed: mirror.AllVLANs()}
	if len(trunks) > 0 {
		var list []int
		for _, v := range trunks {
			if v < 0 || v > 4095 {
				return nil, errors.New("a VLAN out of range")
			}
			if v >= 1 && v <= mirror.MaxVLAN {
				list = append(list, int(v))
			}
		}
		t.Allowed = mirror.VLANs(list...)
	}
	if (mode == "native-tagged" || mode == "native-untagged") && len(tags) > 0 {
		t.Native = int(tags[0])
		t.Allowed = t.Allowed.Union(mirror.VLANs(t.Native))
	}
	return t, nil
}
