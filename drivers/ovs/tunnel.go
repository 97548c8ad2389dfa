package ovs

import (
	"errors"
	"net/netip"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// An ERSPAN source is a Mirror whose output is a tunnel port that netmirror
// makes with it: an Interface and a Port of the mirror's name. The options are
// those of vswitch.xml, table Interface, "Tunnel Options"; erspan_ver 1 is type
// II of the draft, 2 is type III.

// tunnelOptions are the options of the interface. The index, direction and
// hardware id of the headers mean nothing here and are constant.
func tunnelOptions(o mirror.Options) (kind string, options ovsdb.Map) {
	e := *o.ERSPAN
	options = ovsdb.Map{"remote_ip": o.Collector}
	if e.Origin != "" {
		options["local_ip"] = e.Origin
	}
	if e.TTL != 0 {
		options["ttl"] = strconv.Itoa(e.TTL)
	}
	if e.DSCP != 0 {
		options["tos"] = strconv.Itoa(e.DSCP << 2)
	}
	if e.Encapsulation == mirror.EncapGRE {
		if e.ID != 0 {
			options["key"] = strconv.Itoa(e.ID)
		}
		return "gre", options
	}
	options["key"] = strconv.Itoa(e.ID)
	if e.Type == 3 {
		options["erspan_ver"], options["erspan_dir"], options["erspan_hwid"] = "2", "0", "1"
	} else {
		options["erspan_ver"], options["erspan_idx"] = "1", "1"
	}
	return "erspan", options
}

// readTunnel is the reverse of tunnelOptions; ok is false for a tunnel that
// netmirror could not have made.
func readTunnel(kind string, options map[string]string) (e mirror.ERSPAN, collector string, ok bool) {
	var errs []error
	number := func(key string) int {
		text, given := options[key]
		if !given {
			return 0
		}
		n, err := strconv.Atoi(text)
		errs = append(errs, err)
		return n
	}
	collector, e.Origin = options["remote_ip"], options["local_ip"]
	e.ID, e.TTL, e.DSCP = number("key"), number("ttl"), number("tos")>>2
	switch {
	case kind == "gre":
		e.Encapsulation = mirror.EncapGRE
	case kind == "erspan" && options["erspan_ver"] == "2":
		e.Type = 3
	case kind == "erspan" && options["erspan_ver"] == "1":
	default:
		return e, collector, false
	}
	_, err := netip.ParseAddr(collector)
	if errors.Join(append(errs, err)...) != nil {
		return e, collector, false
	}
	// What is not understood (csum, key=flow, ...) is in what would be written.
	_, made := tunnelOptions(mirror.Options{ERSPAN: &e, Collector: collector})
	for k, v := range options {
		if made[k] != v {
			return e, collector, false
		}
	}
	return e, collector, len(made) == len(options)
}

// Keys of Observation.Handles for tunnel ports of ours.
func handleInterface(port mirror.PortName) string { return "interface " + string(port) }

// tunnelOf finds a tunnel port of ours by its row: its interface and what it
// says. ok is false for other ports.
func (r reading) tunnelOf(port ovsdb.UUID) (iface ovsdb.UUID, kind string, options map[string]string, ok bool) {
	row, found := r.ports[port]
	if !found {
		return "", "", nil, false
	}
	interfaces, err := row.UUIDs("interfaces")
	if err != nil || len(interfaces) != 1 {
		return "", "", nil, false
	}
	i, found := r.interfaces[interfaces[0]]
	if !found || !i.Has("options") || !i.Has("external_ids") {
		return "", "", nil, false
	}
	ids, err1 := i.StringMap("external_ids")
	options, err2 := i.StringMap("options")
	kind, err3 := i.String("type")
	return interfaces[0], kind, options, errors.Join(err1, err2, err3) == nil && ids[keyMark] != "" && ids[keyInstance] != ""
}

// addTunnel inserts the tunnel port of a session; its Port row is named id.
func (r *renderer) addTunnel(n mirror.NativeSession, id string) {
	kind, options := tunnelOptions(n.Spec.Options)
	r.wait(tableInterface, []ovsdb.Cond{{Column: "name", Function: "==", Value: n.Mark}}, []string{"name"})
	r.add(ovsdb.Op{Op: "insert", Table: tableInterface, UUIDName: id + "i", Row: map[string]any{
		"name": n.Mark, "type": kind, "options": options, "external_ids": marks(n)}})
	r.add(ovsdb.Op{Op: "insert", Table: tablePort, UUIDName: id, Row: map[string]any{
		"name": n.Mark, "interfaces": ovsdb.NamedUUID(id + "i"), "external_ids": marks(n)}})
	r.add(ovsdb.Op{Op: "mutate", Table: tableBridge, Where: r.bridgeWhere(),
		Mutations: []ovsdb.Mutation{{Column: "ports", Mutator: "insert", Value: ovsdb.NamedUUID(id)}}})
}

// keepTunnel brings the tunnel port of a session to what it shall be, or makes
// it anew when it is gone, and gives its row for output_port.
func (r *renderer) keepTunnel(n mirror.NativeSession) any {
	p, ok := r.observed.Port(mirror.PortName(n.Mark))
	iface := r.observed.Handles[handleInterface(p.Name)]
	if !ok || iface == "" {
		const id = "t"
		r.addTunnel(n, id)
		return ovsdb.NamedUUID(id)
	}
	kind, options := tunnelOptions(n.Spec.Options)
	r.add(ovsdb.Op{Op: "update", Table: tableInterface, Where: []ovsdb.Cond{{Column: "_uuid", Function: "==", Value: ovsdb.UUID(iface)}},
		Row: map[string]any{"type": kind, "options": options}})
	return ovsdb.UUID(p.Handle)
}

// removeTunnel takes the tunnel port of a session off the bridge; the database
// drops its rows then.
func (r *renderer) removeTunnel(n mirror.NativeSession) {
	p, ok := r.observed.Port(mirror.PortName(n.Mark))
	if !ok && n.Text != "" {
		return // it is gone already
	}
	r.add(ovsdb.Op{Op: "mutate", Table: tableBridge, Where: r.bridgeWhere(),
		Mutations: []ovsdb.Mutation{{Column: "ports", Mutator: "delete", Value: uuid(p.Handle, "port "+n.Mark)}}})
}
