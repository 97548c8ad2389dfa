package ovs

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// The database and its tables.
const (
	database       = "Open_vSwitch"
	tableRoot      = "Open_vSwitch"
	tableBridge    = "Bridge"
	tablePort      = "Port"
	tableInterface = "Interface"
	tableMirror    = "Mirror"
)

// The external_ids that make a mirror ours.
const (
	keyMark     = "netmirror-mark"
	keyInstance = "netmirror-instance"
	// keyRole tells an RSPAN destination, whose row looks like that of a local
	// session with the remote VLAN as its source.
	keyRole = "netmirror-role"
)

// Keys of Observation.Handles.
const (
	handleRoot       = "root"        // uuid of the one Open_vSwitch row
	handleBridge     = "bridge"      // uuid of the device's bridge
	handleBridgeName = "bridge-name" // its name, which a change proves
)

// readOps select everything mirror-relevant; Parse reads the answer. One
// transaction, so the rows belong together.
func readOps(filter bool) []ovsdb.Op {
	sel := func(table string, columns ...string) ovsdb.Op {
		return ovsdb.Op{Op: "select", Table: table, Where: []ovsdb.Cond{}, Columns: append([]string{"_uuid"}, columns...)}
	}
	return []ovsdb.Op{
		sel(tableRoot, "cur_cfg", "next_cfg", "ovs_version", "external_ids"),
		sel(tableBridge, "name", "ports", "mirrors", "datapath_type", "flood_vlans"),
		sel(tablePort, "name", "interfaces", "tag", "trunks", "vlan_mode", "bond_mode"),
		sel(tableInterface, "name", "type", "admin_state", "link_state", "link_speed", "mtu", "options", "external_ids"),
		sel(tableMirror, append(mirrorColumns(filter), "statistics")...),
	}
}

// A reading is the decoded answer to readOps.
type reading struct {
	root       ovsdb.Row
	bridges    []ovsdb.Row
	ports      map[ovsdb.UUID]ovsdb.Row
	interfaces map[ovsdb.UUID]ovsdb.Row
	mirrors    map[ovsdb.UUID]ovsdb.Row
}

func decodeReading(results []ovsdb.Result) (reading, error) {
	if len(results) != 5 {
		return reading{}, fmt.Errorf("%d results instead of 5: %w", len(results), mirror.ErrParse)
	}
	if n := len(results[0].Rows); n != 1 {
		return reading{}, fmt.Errorf("table %s has %d rows, not one: %w", tableRoot, n, mirror.ErrParse)
	}
	r := reading{root: results[0].Rows[0], bridges: results[1].Rows}
	for i, to := range map[int]*map[ovsdb.UUID]ovsdb.Row{2: &r.ports, 3: &r.interfaces, 4: &r.mirrors} {
		*to = make(map[ovsdb.UUID]ovsdb.Row, len(results[i].Rows))
		for _, row := range results[i].Rows {
			id, err := row.UUID("_uuid")
			if err != nil {
				return reading{}, err
			}
			(*to)[id] = row
		}
	}
	return r, nil
}

// pickBridge finds the device's bridge: the named one, or the only one.
func (r reading) pickBridge(name string) (ovsdb.Row, string, error) {
	names := make([]string, len(r.bridges))
	for i, b := range r.bridges {
		var err error
		if names[i], err = b.String("name"); err != nil {
			return nil, "", err
		}
		if names[i] == name {
			return b, name, nil
		}
	}
	if name == "" && len(names) == 1 {
		return r.bridges[0], names[0], nil
	}
	slices.Sort(names)
	have := "it has no bridge"
	if len(names) > 0 {
		have = "it has " + strings.Join(names, ", ")
	}
	if name != "" {
		return nil, "", fmt.Errorf("the database has no bridge %q; %s: %w", name, have, mirror.ErrNotFound)
	}
	return nil, "", fmt.Errorf("say which bridge the device is; %s: %w", have, mirror.ErrNotFound)
}

// facts of the root row and the bridge.
func (r reading) facts(bridge ovsdb.Row, name string) (mirror.Facts, error) {
	f := mirror.Facts{Model: "Open vSwitch", Extra: map[string]string{factBridge: name}}
	versions, err := r.root.Strings("ovs_version")
	if err != nil {
		return f, err
	}
	f.Version = strings.Join(versions, " ") // none or one
	ids, err := r.root.StringMap("external_ids")
	if err != nil {
		return f, err
	}
	f.Hostname, f.Serial = ids["hostname"], ids["system-id"]
	f.Extra[factDatapath], err = bridge.String("datapath_type")
	return f, err
}

// observe makes the observation of one bridge; everything is sorted.
func (r reading) observe(bridgeName string) (mirror.Observation, error) {
	var o mirror.Observation
	bridge, name, err := r.pickBridge(bridgeName)
	if err != nil {
		return o, err
	}
	root, err1 := r.root.UUID("_uuid")
	id, err2 := bridge.UUID("_uuid")
	portIDs, err3 := bridge.UUIDs("ports")
	mirrorIDs, err4 := bridge.UUIDs("mirrors")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return o, err
	}
	o.Handles = map[string]string{handleRoot: string(root), handleBridge: string(id), handleBridgeName: name}
	if o.VLANs, err = floodVLANs(bridge); err != nil {
		return o, err
	}
	names := map[ovsdb.UUID]mirror.PortName{}
	for _, id := range portIDs {
		row, ok := r.ports[id]
		if !ok {
			return o, fmt.Errorf("bridge %s holds port %s, which has no row: %w", name, id, mirror.ErrParse)
		}
		p, err := r.port(id, row, name)
		if err != nil {
			return o, fmt.Errorf("port %s: %w", id, err)
		}
		names[id] = p.Name
		o.Ports = append(o.Ports, p)
		if iface, _, _, ours := r.tunnelOf(id); ours {
			o.Handles[handleInterface(p.Name)] = string(iface)
		}
	}
	slices.SortFunc(o.Ports, func(a, b mirror.Port) int { return cmp.Compare(a.Name, b.Name) })
	if o.Natives, err = r.natives(mirrorIDs, names); err != nil {
		return o, err
	}
	for i, n := range o.Natives {
		for _, d := range n.Spec.Destinations {
			if p, ok := o.Port(d); ok {
				o.Natives[i].Spec.Options.Tags = tagsAt(p)
			}
		}
	}
	return o, nil
}

// tagsAt is what becomes of tags at a destination: the port decides.
func tagsAt(p mirror.Port) string {
	if p.Access != 0 {
		return mirror.TagsStrip
	}
	return mirror.TagsPreserve
}

// natives reads the bridge's mirrors.
func (r reading) natives(ids []ovsdb.UUID, names map[ovsdb.UUID]mirror.PortName) ([]mirror.NativeSession, error) {
	programmed, why, err := r.programmed()
	if err != nil {
		return nil, err
	}
	var out []mirror.NativeSession
	for _, id := range ids {
		row, ok := r.mirrors[id]
		if !ok {
			return nil, fmt.Errorf("mirror %s is on the bridge and has no row: %w", id, mirror.ErrParse)
		}
		n, err := r.parseMirror(row, names)
		if err != nil {
			return nil, fmt.Errorf("mirror %s: %w", id, err)
		}
		n.Handle, n.Programmed, n.ProgrammedReason = string(id), programmed, why
		out = append(out, n)
	}
	tellApart(out)
	slices.SortFunc(out, func(a, b mirror.NativeSession) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Handle, b.Handle))
	})
	return out, nil
}

// tellApart gives mirrors of one name ids that differ.
func tellApart(out []mirror.NativeSession) {
	times, marked := map[string]int{}, map[string]int{}
	for _, n := range out {
		times[n.ID]++
		if n.Mark == n.ID {
			marked[n.ID]++
		}
	}
	for i, n := range out {
		if n.Mark == n.ID && marked[n.ID] == 1 {
			continue // its name is its mark: others of that name are not
		}
		// A name with # could be another's name made unique.
		if n.ID == "" || times[n.ID] > 1 || strings.Contains(n.ID, "#") {
			out[i].ID += "#" + n.Handle[:min(8, len(n.Handle))]
		}
	}
}

// programmed: ovs-vswitchd copies next_cfg to cur_cfg when it has taken the
// configuration.
func (r reading) programmed() (mirror.State, string, error) {
	cur, err1 := r.root.Int("cur_cfg")
	next, err2 := r.root.Int("next_cfg")
	if err := errors.Join(err1, err2); err != nil {
		return mirror.Unknown, "", err
	}
	if cur < next {
		return mirror.False, fmt.Sprintf("ovs-vswitchd has not confirmed (cur_cfg %d < next_cfg %d)", cur, next), nil
	}
	return mirror.True, "", nil
}

// A mirrorRow is the decoded configuration of a Mirror row.
type mirrorRow struct {
	name       string
	all        bool
	src, dst   []ovsdb.UUID
	output     []ovsdb.UUID
	vlans      []int
	outputVLAN []int64
	snaplen    []int64
	ids        map[string]string
	filter     string
	statistics map[string]int64
}

func decodeMirror(row ovsdb.Row) (m mirrorRow, err error) {
	var errs [10]error
	var vlans []int64
	m.name, errs[0] = row.String("name")
	m.all, errs[1] = row.Bool("select_all")
	m.src, errs[2] = row.UUIDs("select_src_port")
	m.dst, errs[3] = row.UUIDs("select_dst_port")
	m.output, errs[4] = row.UUIDs("output_port")
	vlans, errs[5] = row.Ints("select_vlan")
	m.outputVLAN, errs[6] = row.Ints("output_vlan")
	m.snaplen, errs[7] = row.Ints("snaplen")
	m.ids, errs[8] = row.StringMap("external_ids")
	m.statistics, errs[9] = row.IntMap("statistics")
	if err := errors.Join(errs[:]...); err != nil {
		return m, err
	}
	for _, v := range vlans {
		if v < 0 || v > 4095 {
			return m, fmt.Errorf("select_vlan holds %d: %w", v, mirror.ErrParse)
		}
		m.vlans = append(m.vlans, int(v))
	}
	slices.Sort(m.vlans)
	if row.Has("filter") {
		filters, err := row.Strings("filter")
		if err != nil {
			return m, err
		}
		m.filter = strings.Join(filters, " ") // none or one
	}
	return m, nil
}

// parseMirror reads one row. Names are the ports of the bridge.
//
// A foreign row that netmirror could not have made is opaque, with the reason.
// A row with our marks never is: whatever became of it reads as a spec that
// differs from the wanted one, so that it is drift and can be repaired.
func (r reading) parseMirror(row ovsdb.Row, names map[ovsdb.UUID]mirror.PortName) (mirror.NativeSession, error) {
	m, err := decodeMirror(row)
	if err != nil {
		return mirror.NativeSession{}, err
	}
	n := mirror.NativeSession{ID: m.name}
	if m.ids[keyMark] != "" && m.ids[keyInstance] != "" {
		n.Mark, n.Instance = m.ids[keyMark], m.ids[keyInstance]
	}
	n.Spec, n.Opaque = m.spec(names)
	if n.Mark != "" {
		n.Opaque = ""
		n.Spec = r.ourSpec(m, n.Spec)
	}
	if n.Text, err = rowText(row); err != nil {
		return n, err
	}
	n.Copies = copiesOf(m.statistics)
	return n, nil
}

// copiesOf are the statistics of a mirror.
func copiesOf(statistics map[string]int64) mirror.Copies {
	packets, ok1 := statistics["tx_packets"]
	octets, ok2 := statistics["tx_bytes"]
	if !ok1 || !ok2 || packets < 0 || octets < 0 {
		return mirror.Copies{}
	}
	return mirror.Copies{Known: true, Packets: uint64(packets), Octets: uint64(octets)}
}

// spec translates a row, and says what of it cannot be translated.
func (m mirrorRow) spec(names map[ovsdb.UUID]mirror.PortName) (mirror.NativeSpec, string) {
	s := mirror.NativeSpec{Role: mirror.RoleLocal,
		Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled, Filter: m.filter}}
	var odd []string
	note := func(bad bool, why string) {
		if bad {
			odd = append(odd, why)
		}
	}
	add := func(ids []ovsdb.UUID, column string, to func(mirror.PortName)) {
		for _, id := range ids {
			name, ok := names[id]
			note(!ok, column+" holds a port of another bridge")
			if ok {
				to(name)
			}
		}
	}
	source := func(d mirror.Direction) func(mirror.PortName) {
		return func(p mirror.PortName) { s.Sources = append(s.Sources, mirror.NativeSource{Port: p, Direction: d}) }
	}
	add(m.src, "select_src_port", source(mirror.RX))
	add(m.dst, "select_dst_port", source(mirror.TX))
	add(m.output, "output_port", func(p mirror.PortName) { s.Destinations = append(s.Destinations, p) })
	s.Options.FilterVLANs = m.vlans
	if m.all {
		note(len(m.src)+len(m.dst) > 0, "select_all stands beside selected ports")
		s.Sources, s.Options.FilterVLANs = m.everything(s.Sources, note)
	}
	for _, v := range m.outputVLAN {
		s.RemoteVLAN = int(v)
		if len(m.output) > 0 {
			note(true, "output_vlan stands beside output_port, which wins")
			continue
		}
		s.Role = mirror.RoleRSPANSource
		s.Options.Tags, s.Options.Ingress = "", ""
	}
	for _, v := range m.snaplen {
		s.Options.Truncate = int(v)
	}
	note(m.filter != "", "filter is set")
	note(len(s.Destinations) == 0 && len(m.outputVLAN) == 0, "it has no output")
	slices.Sort(odd)
	return s.Normalize(), strings.Join(slices.Compact(odd), "; ")
}

// ourSpec reads what only our own rows can be: the end of an RSPAN path, and
// the source of a tunnel.
func (r reading) ourSpec(m mirrorRow, s mirror.NativeSpec) mirror.NativeSpec {
	if m.ids[keyRole] == string(mirror.RoleRSPANDestination) && len(s.Sources) == 1 && s.Sources[0].VLAN != 0 {
		s.Role, s.RemoteVLAN, s.Sources = mirror.RoleRSPANDestination, s.Sources[0].VLAN, nil
		return s
	}
	if len(m.output) != 1 || s.Role != mirror.RoleLocal {
		return s
	}
	_, kind, options, ours := r.tunnelOf(m.output[0])
	e, collector, made := readTunnel(kind, options)
	if ours && made {
		s.Role, s.Destinations = mirror.RoleERSPANSource, nil
		s.Options.Tags, s.Options.Ingress = "", ""
		s.Options.ERSPAN, s.Options.Collector = &e, collector
	}
	return s
}

// everything reads select_all: with select_vlan it is our rendering of VLAN
// sources, without it is every packet of the bridge.
func (m mirrorRow) everything(ports []mirror.NativeSource, note func(bool, string)) ([]mirror.NativeSource, []int) {
	if len(m.vlans) == 0 {
		note(true, "select_all copies the whole bridge")
		return append(ports, mirror.NativeSource{All: true, Direction: mirror.Both}), nil
	}
	if m.vlans[0] == 0 {
		note(true, "select_all with VLAN 0 copies what is untagged")
		return append(ports, mirror.NativeSource{All: true, Direction: mirror.Both}), m.vlans
	}
	for _, v := range m.vlans {
		ports = append(ports, mirror.NativeSource{VLAN: v, Direction: mirror.Both})
	}
	return ports, nil
}

// rowText is the row's configuration in the device's own words, columns
// sorted. A change proves with it that the row is still the one observed.
func rowText(row ovsdb.Row) (string, error) {
	config := maps.Clone(row)
	delete(config, "_uuid")
	delete(config, "_version")
	delete(config, "statistics")
	b, err := json.Marshal(config)
	if err != nil {
		return "", fmt.Errorf("row: %w: %w", mirror.ErrParse, err)
	}
	return string(b), nil
}
