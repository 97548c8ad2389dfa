package ovs

import (
	"context"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// watched are the columns whose change may concern a mirror. statistics is left
// out: it changes every few seconds.
func watched(filter bool) map[string][]string {
	return map[string][]string{
		tableBridge:    {"name", "ports", "mirrors", "flood_vlans"},
		tablePort:      {"name", "tag", "trunks", "vlan_mode", "interfaces"},
		tableInterface: {"type", "options"},
		tableMirror:    mirrorColumns(filter),
	}
}

// Watch calls changed once when it has begun to listen, and whenever a mirror,
// port or bridge of the database has changed, those of other bridges included,
// until ctx ends (nil) or the connection is lost (ErrUnreachable). It has a
// connection of its own.
func Watch(ctx context.Context, t mirror.Target, o Options, changed func()) error {
	client, err := dial(ctx, t, o)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer func() { _ = client.Close() }() // nothing of ours is in flight
	schema, err := client.GetSchema(ctx, database)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	news := make(chan struct{}, 1)
	// The first update is the contents as they are: it says that from here on
	// nothing is missed, which is the moment to look once.
	if err := client.Monitor(ctx, database, watched(schema.Has(tableMirror, "filter")), func(ovsdb.Updates) {
		select {
		case news <- struct{}{}:
		default: // a call is due already
		}
	}); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	for {
		select {
		case <-news:
			changed()
		case <-ctx.Done():
			return nil
		case <-client.Done():
			return fmt.Errorf("watch: %w", client.Err())
		}
	}
}
