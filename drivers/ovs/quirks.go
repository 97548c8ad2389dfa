package ovs

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// Keys of Facts.Extra.
const (
	factSchema   = "schema"   // version of the database schema
	factBridge   = "bridge"   // name of the device's bridge
	factFilter   = "filter"   // "yes" when Mirror has the column filter
	factDatapath = "datapath" // datapath_type of the bridge, "" = the kernel's
)

// needed are the columns without which nothing works.
var needed = map[string][]string{
	tableRoot:      {"bridges", "cur_cfg", "next_cfg"},
	tableBridge:    {"name", "ports", "mirrors", "datapath_type", "flood_vlans"},
	tablePort:      {"name", "interfaces", "tag", "trunks", "vlan_mode", "bond_mode", "external_ids"},
	tableInterface: {"name", "type", "admin_state", "link_state", "link_speed", "mtu", "options", "external_ids"},
	tableMirror: {"name", "select_all", "select_src_port", "select_dst_port", "select_vlan", "output_port", "output_vlan",
		"snaplen", "statistics", "external_ids"},
}

// checkSchema refuses a database in which one of them is missing, rather than
// fail at the first read.
func checkSchema(s ovsdb.Schema) error {
	for table, columns := range needed {
		for _, c := range columns {
			if !s.Has(table, c) {
				return fmt.Errorf("schema %s %s has no column %s.%s: %w", s.Name, s.Version, table, c, mirror.ErrUnsupported)
			}
		}
	}
	return nil
}

// hasFilter: the column filter is newer than Open vSwitch 3.1. It is read where
// it exists, because a filtered mirror copies less than its selection says, and
// emptied in rows of ours.
func hasFilter(f mirror.Facts) bool { return f.Extra[factFilter] == "yes" }

// mirrorColumns are the configuration of a mirror, without statistics.
func mirrorColumns(filter bool) []string {
	columns := []string{"name", "select_all", "select_src_port", "select_dst_port", "select_vlan", "output_port", "output_vlan",
		"snaplen", "external_ids"}
	if filter {
		columns = append(columns, "filter")
	}
	return columns
}
