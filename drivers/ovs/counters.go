package ovs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// checksum is what every frame has beside the octets that are counted: Linux counts
// frames without it (kernel, Documentation/networking/statistics.rst).
const checksum = 4

// partsOf are the interfaces that ports are made of, as they were last read.
type partsOf map[mirror.PortName][]ovsdb.UUID

// Counters reads the statistics of interfaces, which ovs-vswitchd writes every 5 seconds
// unless other_config:stats-update-interval says otherwise, and those of the bridge's
// mirrors: a select, which wakes nobody who watches the database. A port that is not of
// the bridge is left out. Frames that were to go out and were not sent are tx_dropped;
// an interface that does not tell it counts none. mirror.ErrInvalid for what is no port.
func (c *Conn) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	for _, p := range ask.Ports {
		if _, err := Ports(string(p)); err != nil {
			return mirror.CounterRead{}, fmt.Errorf("counters: %w", err)
		}
	}
	if c.read > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.read)
		defer cancel()
	}
	for range 2 { // which interfaces a port has is known from the last time, or from the first answer
		r, err := c.countOnce(ctx, ask)
		if err != nil {
			return mirror.CounterRead{}, fmt.Errorf("counters: %w", err)
		}
		if c.parts = r.parts; len(r.unread) == 0 {
			return r.answer(ask), nil
		}
	}
	return mirror.CounterRead{}, fmt.Errorf("counters: the interfaces of ports changed while they were read: %w", mirror.ErrChanged)
}

// A tally is what one transaction told of counters.
type tally struct {
	ports   []mirror.PortCounters
	natives []mirror.NativeCopies
	parts   partsOf
	unread  []mirror.PortName // whose interfaces were not asked for
}

// answer is what was told, of now.
func (t tally) answer(ask mirror.CounterAsk) mirror.CounterRead {
	out := mirror.CounterRead{At: time.Now(), Ports: t.ports, Natives: t.natives}
	for _, p := range ask.Ports {
		if _, there := t.parts[p]; !there {
			if out.Missing == nil {
				out.Missing = map[mirror.PortName]string{}
			}
			out.Missing[p] = "the bridge has no such port"
		}
	}
	return out
}

func (c *Conn) countOnce(ctx context.Context, ask mirror.CounterAsk) (tally, error) {
	results, err := c.client.Transact(ctx, database, counterOps(c.facts.Extra[factBridge], ask, c.parts)...)
	if err != nil {
		return tally{}, err
	}
	return readTally(results, ask)
}

// counterOps select what is asked for; readTally reads the answer. The tables are told
// apart by the columns that they alone have.
func counterOps(bridge string, ask mirror.CounterAsk, parts partsOf) []ovsdb.Op {
	sel := func(table string, where []ovsdb.Cond, columns ...string) ovsdb.Op {
		return ovsdb.Op{Op: "select", Table: table, Where: where, Columns: append([]string{"_uuid"}, columns...)}
	}
	is := func(column string, value any) []ovsdb.Cond {
		return []ovsdb.Cond{{Column: column, Function: "==", Value: value}}
	}
	portColumns := []string{"name", "interfaces", "bond_mode"}
	interfaceColumns := []string{"name", "type", "admin_state", "link_state", "link_speed", "mtu", "ifindex", "statistics"}
	ops := []ovsdb.Op{sel(tableBridge, is("name", bridge), "ports", "mirrors")}
	if ask.All {
		ops = append(ops, sel(tablePort, []ovsdb.Cond{}, portColumns...), sel(tableInterface, []ovsdb.Cond{}, interfaceColumns...))
	} else {
		for _, p := range ask.Distinct() {
			ops = append(ops, sel(tablePort, is("name", string(p)), portColumns...))
			for _, id := range parts[p] {
				ops = append(ops, sel(tableInterface, is("_uuid", []string{"uuid", string(id)}), interfaceColumns...))
			}
		}
	}
	if ask.Natives {
		ops = append(ops, sel(tableMirror, []ovsdb.Cond{}, "name", "external_ids", "statistics"))
	}
	return ops
}

func readTally(results []ovsdb.Result, ask mirror.CounterAsk) (tally, error) {
	t := tally{parts: partsOf{}}
	var bridge ovsdb.Row
	interfaces, mirrors := map[ovsdb.UUID]ovsdb.Row{}, map[ovsdb.UUID]ovsdb.Row{}
	var ports []ovsdb.Row
	for _, result := range results {
		for _, row := range result.Rows {
			id, err := row.UUID("_uuid")
			switch {
			case err != nil:
				return t, err
			case row.Has("mirrors"):
				bridge = row
			case row.Has("interfaces"):
				ports = append(ports, row)
			case row.Has("link_state"):
				interfaces[id] = row
			default:
				mirrors[id] = row
			}
		}
	}
	if bridge == nil {
		return t, fmt.Errorf("the bridge is gone: %w", mirror.ErrNotFound)
	}
	mine, err1 := bridge.UUIDs("ports")
	own, err2 := bridge.UUIDs("mirrors")
	if err := errors.Join(err1, err2); err != nil {
		return t, err
	}
	for _, row := range ports {
		if id, err := row.UUID("_uuid"); err != nil || !slices.Contains(mine, id) {
			continue // of another bridge
		}
		if err := t.port(row, interfaces, ask); err != nil {
			return t, err
		}
	}
	if ask.Natives {
		return t, t.copies(own, mirrors)
	}
	return t, nil
}

// port adds the sum of a port's interfaces.
func (t *tally) port(row ovsdb.Row, interfaces map[ovsdb.UUID]ovsdb.Row, ask mirror.CounterAsk) error {
	name, err1 := row.String("name")
	ids, err2 := row.UUIDs("interfaces")
	modes, err3 := row.Strings("bond_mode")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	p := mirror.PortCounters{Port: mirror.PortName(name), Complete: len(ids) > 0}
	t.parts[p.Port] = ids
	var parts []iface
	var counted []string
	for _, id := range ids {
		row, read := interfaces[id]
		if !read {
			t.unread = append(t.unread, p.Port)
			return nil
		}
		part, err := decodeInterface(row)
		if err != nil {
			return fmt.Errorf("interface %s: %w", id, err)
		}
		index, err1 := row.Ints("ifindex")
		told, err2 := row.IntMap("statistics")
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("interface %s: %w", id, err)
		}
		addStatistics(&p, told)
		parts, counted = append(parts, part), append(counted, fmt.Sprint(id, index))
	}
	slices.Sort(counted)
	// A device that was made anew has another index, and counts from zero.
	p.Discontinuity = strings.Join(counted, " ")
	p.Up = up(parts)
	p.Bandwidth = bondSpeed(parts, bondMode(modes))
	if ask.Wants(p) {
		t.ports = append(t.ports, p)
	}
	return nil
}

// addStatistics adds what one interface counted. One that does not tell a figure leaves
// it out.
func addStatistics(p *mirror.PortCounters, told map[string]int64) {
	figure := func(name string) uint64 {
		v, ok := told[name]
		if !ok || v < 0 {
			p.Complete = false
			return 0
		}
		return uint64(v)
	}
	in, out := figure("rx_packets"), figure("tx_packets")
	p.InPackets += in
	p.OutPackets += out
	p.InOctets += figure("rx_bytes") + checksum*in
	p.OutOctets += figure("tx_bytes") + checksum*out
	p.OutDrops += uint64(max(0, told["tx_dropped"]))
}

// copies adds what the mirrors of the bridge have sent.
func (t *tally) copies(own []ovsdb.UUID, mirrors map[ovsdb.UUID]ovsdb.Row) error {
	var list []mirror.NativeSession
	for _, id := range own {
		row, read := mirrors[id]
		if !read {
			return fmt.Errorf("mirror %s is on the bridge and has no row: %w", id, mirror.ErrParse)
		}
		name, err1 := row.String("name")
		ids, err2 := row.StringMap("external_ids")
		told, err3 := row.IntMap("statistics")
		if err := errors.Join(err1, err2, err3); err != nil {
			return fmt.Errorf("mirror %s: %w", id, err)
		}
		n := mirror.NativeSession{ID: name, Handle: string(id), Copies: copiesOf(told)}
		if ids[keyMark] != "" && ids[keyInstance] != "" {
			n.Mark = ids[keyMark]
		}
		list = append(list, n)
	}
	tellApart(list)
	for _, n := range list {
		t.natives = append(t.natives, mirror.NativeCopies{ID: n.ID, Mark: n.Mark, Copies: n.Copies})
	}
	return nil
}
