package ovslab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// volatile columns are those that the switch process writes by itself: the
// ephemeral ones of the schema, and those that tell what it is and how far it
// has come. The row version changes with them.
var volatile = map[string][]string{
	"Open_vSwitch": {"cur_cfg", "next_cfg", "statistics", "datapath_types", "iface_types", "dpdk_initialized", "dpdk_version"},
	"Bridge":       {"datapath_id", "datapath_version", "status", "rstp_status"},
	"Port":         {"statistics", "status", "rstp_status", "rstp_statistics", "bond_active_slave"},
	"Interface": {"statistics", "status", "link_state", "link_speed", "link_resets", "admin_state", "duplex", "mtu", "mac_in_use", "ifindex",
		"ofport", "error", "lacp_current", "bfd_status", "cfm_fault", "cfm_fault_status", "cfm_flap_count", "cfm_health",
		"cfm_remote_mpids", "cfm_remote_opstate"},
	"Mirror":     {"statistics"},
	"Manager":    {"is_connected", "status"},
	"Controller": {"is_connected", "role", "status"},
	"Datapath":   {"capabilities", "datapath_version"},
}

// Dump is the whole database as text, for comparison byte for byte: a line a
// row, tables and rows sorted, sets sorted, without the columns that change by
// themselves.
func (l *Lab) Dump(ctx context.Context) (string, error) {
	text, err := l.run(ctx, "ovsdb-client", "--format=json", "--timeout=20", "dump", "unix:"+l.Socket(), "Open_vSwitch")
	if err != nil {
		return "", err
	}
	var lines []string
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	for dec.More() {
		var table struct {
			Caption  string
			Headings []string
			Data     [][]any
		}
		if err := dec.Decode(&table); err != nil {
			return "", fmt.Errorf("ovslab: dump: %w", err)
		}
		name := strings.TrimSuffix(table.Caption, " table")
		skip := append([]string{"_version"}, volatile[name]...)
		for _, row := range table.Data {
			cells := map[string]any{}
			for i, v := range row {
				if column := table.Headings[i]; !slices.Contains(skip, column) {
					cells[column] = sortSet(v)
				}
			}
			lines = append(lines, name+" "+line(cells))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n", nil
}

// sortSet sorts ["set", [...]] and ["map", [...]]; other values stay.
func sortSet(v any) any {
	pair, ok := v.([]any)
	if !ok || len(pair) != 2 {
		return v
	}
	elements, ok := pair[1].([]any)
	if !ok || (pair[0] != "set" && pair[0] != "map") {
		return v
	}
	slices.SortFunc(elements, func(a, b any) int { return strings.Compare(line(a), line(b)) })
	return v
}

// line is a value as one line of JSON, maps sorted by key.
func line(v any) string {
	if cells, ok := v.(map[string]any); ok {
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(cells)) {
			parts = append(parts, k+"="+line(cells[k]))
		}
		return strings.Join(parts, " ")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // decoded JSON always encodes
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
