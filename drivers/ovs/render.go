package ovs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// format is Payload.Format.
const format = "ovsdb"

// Render makes one transaction per change. A block's text is the JSON array
// that is the parameter of the transact call, an operation a line; it goes out
// byte for byte, in an envelope of id and method.
//
// Rows that the observation does not hold appear as ["named-uuid", "port p1"]
// and the like: readable in a preview, and refused by Push.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	p := mirror.Payload{Format: format}
	for _, c := range changes {
		r := renderer{facts: f, observed: o, filter: hasFilter(f), bridge: f.Extra[factBridge]}
		if err := r.change(c); err != nil {
			return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
		}
		text, err := paramsText(r.ops)
		if err != nil {
			return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
		}
		p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: text})
	}
	return p, nil
}

// paramsText writes an operation a line.
func paramsText(ops []ovsdb.Op) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	fmt.Fprintf(&b, "[%q", database)
	for _, op := range ops {
		b.WriteString(",\n")
		if err := enc.Encode(op); err != nil {
			return "", fmt.Errorf("encode: %w", err)
		}
		b.Truncate(b.Len() - 1) // Encode ends the line
	}
	b.WriteString("]\n")
	return b.String(), nil
}

type renderer struct {
	facts    mirror.Facts
	observed mirror.Observation
	filter   bool
	bridge   string
	ops      []ovsdb.Op
}

func (r *renderer) add(op ovsdb.Op) { r.ops = append(r.ops, op) }

func (r *renderer) change(c mirror.Change) error {
	if c.Before == nil && c.After == nil {
		return fmt.Errorf("a change from nothing to nothing: %w", mirror.ErrInvalid)
	}
	if c.After != nil && c.After.Spec.Footing != nil || c.Before != nil && c.Before.Spec.Footing != nil {
		if err := r.footing(c); err != nil {
			return err
		}
		r.confirm()
		return nil
	}
	var row map[string]any
	if c.After != nil {
		if err := expressible(r.facts, c.After.Spec, r.observed.Ports); err != nil {
			return err
		}
		if err := r.tagsFit(c.After.Spec); err != nil {
			return err
		}
		row = r.row(c.After.Spec)
	}
	r.waitBridge(c)
	if c.After != nil {
		r.waitPorts(c.After.Spec)
	}
	if c.Before != nil {
		if err := r.waitMirror(*c.Before); err != nil {
			return err
		}
	}
	switch {
	case c.Before == nil:
		r.create(*c.After, row)
	case c.After == nil:
		r.remove(*c.Before)
	case c.Before.Mark != c.After.Mark && (tunnelled(c.Before.Spec) || tunnelled(c.After.Spec)):
		// The tunnel port bears the mark as its name, and a name is for life.
		r.remove(*c.Before)
		r.create(*c.After, row)
	default:
		r.update(*c.Before, *c.After, row)
	}
	r.confirm()
	return nil
}

func tunnelled(s mirror.NativeSpec) bool { return s.Role == mirror.RoleERSPANSource }

// confirm asks ovs-vswitchd to say when it has taken the change.
func (r *renderer) confirm() {
	// ovs-vswitchd answers next_cfg in cur_cfg; the select tells which number
	// to wait for.
	root := []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: r.handle(handleRoot, "the Open_vSwitch row")}}
	r.add(ovsdb.Op{Op: "mutate", Table: tableRoot, Where: root, Mutations: []ovsdb.Mutation{{Column: "next_cfg", Mutator: "+=", Value: 1}}})
	r.add(ovsdb.Op{Op: "select", Table: tableRoot, Where: root, Columns: []string{"next_cfg"}})
}

// tagsFit refuses a wish about tags that the destination port does not grant:
// no port is changed for a mirror.
func (r *renderer) tagsFit(s mirror.NativeSpec) error {
	for _, d := range s.Destinations {
		if p, ok := r.observed.Port(d); ok && s.Options.Tags != "" && s.Options.Tags != tagsAt(p) {
			return fmt.Errorf("tags %s are asked for, and destination %s gives %s (its access VLAN decides): %w", s.Options.Tags, d, tagsAt(p), mirror.ErrUnsupported)
		}
	}
	return nil
}

// uuid is a row id, or a readable stand-in that no server takes.
func uuid(id, what string) any {
	if id == "" {
		return ovsdb.NamedUUID(what)
	}
	return ovsdb.UUID(id)
}

func (r *renderer) handle(key, what string) any { return uuid(r.observed.Handles[key], what) }

func (r *renderer) bridgeName() string {
	for _, name := range []string{r.observed.Handles[handleBridgeName], r.bridge} {
		if name != "" {
			return name
		}
	}
	return "the bridge"
}

func (r *renderer) port(name mirror.PortName) any {
	p, _ := r.observed.Port(name)
	return uuid(p.Handle, "port "+string(name))
}

// expressible refuses what a Mirror row cannot say.
func expressible(f mirror.Facts, s mirror.NativeSpec, ports []mirror.Port) error {
	reasons := Capabilities(f).Forbids(s, ports...)
	if len(s.Trunks) > 0 {
		reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: "trunks are no part of a mirror"})
	}
	return mirror.Refuse(mirror.ErrUnsupported, reasons)
}

// row is the configuration of a spec, every column but name and external_ids,
// so that a change leaves no remains of what was there.
func (r *renderer) row(spec mirror.NativeSpec) map[string]any {
	spec = spec.Normalize()
	src, dst, vlans := ovsdb.Set[any]{}, ovsdb.Set[any]{}, ovsdb.Set[int]{}
	for _, s := range spec.Sources {
		if s.VLAN != 0 {
			vlans = append(vlans, s.VLAN)
			continue
		}
		if s.Direction != mirror.TX {
			src = append(src, r.port(s.Port))
		}
		if s.Direction != mirror.RX {
			dst = append(dst, r.port(s.Port))
		}
	}
	output, outputVLAN, snaplen := ovsdb.Set[any]{}, ovsdb.Set[int]{}, ovsdb.Set[int]{}
	switch spec.Role {
	case mirror.RoleRSPANDestination:
		vlans = append(vlans, spec.RemoteVLAN)
	case mirror.RoleRSPANSource:
		outputVLAN = append(outputVLAN, spec.RemoteVLAN)
	}
	all := len(vlans) > 0
	vlans = append(vlans, spec.Options.FilterVLANs...)
	for _, d := range spec.Destinations {
		output = append(output, r.port(d))
	}
	if spec.Options.Truncate != 0 {
		snaplen = append(snaplen, spec.Options.Truncate)
	}
	row := map[string]any{"select_all": all, "select_src_port": src, "select_dst_port": dst, "select_vlan": vlans,
		"output_port": output, "output_vlan": outputVLAN, "snaplen": snaplen}
	if r.filter {
		row["filter"] = ovsdb.Set[string]{}
	}
	return row
}

// wait proves that exactly the given rows match.
func (r *renderer) wait(table string, where []ovsdb.Cond, columns []string, rows ...map[string]any) {
	now := 0
	if rows == nil {
		rows = []map[string]any{}
	}
	r.add(ovsdb.Op{Op: "wait", Table: table, Where: where, Columns: columns, Until: "==", Rows: rows, Timeout: &now})
}

// waitBridge proves that the bridge is the observed one, and holds the ports
// of the change and the mirror that stood there before.
func (r *renderer) waitBridge(c mirror.Change) {
	where := []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: r.handle(handleBridge, "bridge "+r.bridgeName())}}
	if c.After != nil {
		ports := ovsdb.Set[any]{}
		for _, name := range portsOf(c.After.Spec) {
			ports = append(ports, r.port(name))
		}
		where = append(where, ovsdb.Cond{Column: "ports", Function: "includes", Value: ports})
	}
	if c.Before != nil {
		where = append(where, ovsdb.Cond{Column: "mirrors", Function: "includes", Value: mirrorID(*c.Before)})
	}
	r.wait(tableBridge, where, []string{"name"}, map[string]any{"name": r.bridgeName()})
}

// waitPorts proves that each port of the spec still bears its name.
func (r *renderer) waitPorts(spec mirror.NativeSpec) {
	for _, name := range portsOf(spec) {
		r.wait(tablePort, []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: r.port(name)}}, []string{"name"}, map[string]any{"name": string(name)})
	}
}

// portsOf lists the ports of a spec, sorted.
func portsOf(spec mirror.NativeSpec) []mirror.PortName {
	var out []mirror.PortName
	for _, s := range spec.Sources {
		if s.Port != "" {
			out = append(out, s.Port)
		}
	}
	out = append(out, spec.Destinations...)
	slices.Sort(out)
	return slices.Compact(out)
}

func mirrorID(n mirror.NativeSession) any { return uuid(n.Handle, "mirror "+n.ID) }

// waitMirror proves that a row still has exactly the observed content. Its
// text is what the device said; a session that was never read (the undo of a
// preview) is described by its spec.
func (r *renderer) waitMirror(n mirror.NativeSession) error {
	row := map[string]any{}
	if n.Text != "" {
		var text map[string]json.RawMessage
		if err := json.Unmarshal([]byte(n.Text), &text); err != nil {
			return fmt.Errorf("text of %s: %w: %w", n.ID, mirror.ErrParse, err)
		}
		for column, value := range text {
			row[column] = value
		}
	} else {
		row = r.row(n.Spec)
		row["name"], row["external_ids"] = n.ID, marks(n)
	}
	where := []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: mirrorID(n)}}
	r.wait(tableMirror, where, slices.Sorted(maps.Keys(row)), row)
	return nil
}

func marks(n mirror.NativeSession) ovsdb.Map {
	m := ovsdb.Map{keyMark: n.Mark, keyInstance: n.Instance}
	if n.Spec.Role == mirror.RoleRSPANDestination {
		m[keyRole] = string(n.Spec.Role)
	}
	return m
}

func (r *renderer) bridgeWhere() []ovsdb.Cond {
	return []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: r.handle(handleBridge, "bridge "+r.bridgeName())}}
}

// create inserts the row and attaches it. A row of that name must not exist:
// a push whose answer was lost must not be doubled by the next.
func (r *renderer) create(n mirror.NativeSession, row map[string]any) {
	r.wait(tableMirror, []ovsdb.Cond{{Column: "name", Function: "==", Value: n.ID}}, []string{"name"})
	row["name"], row["external_ids"] = n.ID, marks(n)
	if tunnelled(n.Spec) {
		const id = "t"
		r.addTunnel(n, id)
		row["output_port"] = ovsdb.NamedUUID(id)
	}
	const id = "m"
	r.add(ovsdb.Op{Op: "insert", Table: tableMirror, UUIDName: id, Row: row})
	r.add(ovsdb.Op{Op: "mutate", Table: tableBridge, Where: r.bridgeWhere(),
		Mutations: []ovsdb.Mutation{{Column: "mirrors", Mutator: "insert", Value: ovsdb.NamedUUID(id)}}})
}

// update rewrites the row in place, which keeps its uuid and statistics. Other
// external_ids that somebody put there stay.
func (r *renderer) update(before, after mirror.NativeSession, row map[string]any) {
	where := []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: mirrorID(before)}}
	row["name"] = after.ID // its mark, or the name that an adopted one had
	if tunnelled(after.Spec) {
		row["output_port"] = r.keepTunnel(after)
	}
	r.add(ovsdb.Op{Op: "update", Table: tableMirror, Where: where, Row: row})
	wasEnd, isEnd := before.Spec.Role == mirror.RoleRSPANDestination, after.Spec.Role == mirror.RoleRSPANDestination
	if before.Mark != after.Mark || before.Instance != after.Instance || wasEnd != isEnd {
		r.add(ovsdb.Op{Op: "mutate", Table: tableMirror, Where: where, Mutations: []ovsdb.Mutation{
			{Column: "external_ids", Mutator: "delete", Value: ovsdb.Set[string]{keyMark, keyInstance, keyRole}},
			{Column: "external_ids", Mutator: "insert", Value: marks(after)},
		}})
	}
}

// remove takes the row off the bridge; the database drops it then. Deleting
// the row itself would be refused while the bridge refers to it.
func (r *renderer) remove(n mirror.NativeSession) {
	r.add(ovsdb.Op{Op: "mutate", Table: tableBridge, Where: r.bridgeWhere(),
		Mutations: []ovsdb.Mutation{{Column: "mirrors", Mutator: "delete", Value: mirrorID(n)}}})
	if tunnelled(n.Spec) {
		r.removeTunnel(n)
	}
}
