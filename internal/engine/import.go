package engine

import (
	"context"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Import brings in what another door than the API manages: the devices are
// stored as managed by door, and devices of that door that are no longer among
// them become retired, never deleted. Tools are stored; none is taken away.
func (e *Engine) Import(ctx context.Context, door string, devices []mirror.Device, tools []mirror.Tool) error {
	w := Write{Actor: Actor{Name: door, Access: mirror.Admin}}
	listed := map[string]bool{}
	for _, d := range devices {
		d.ManagedBy = door
		listed[d.Name] = true
		if _, _, err := e.PutDevice(ctx, w, d); err != nil {
			return fmt.Errorf("device %q: %w", d.Name, err)
		}
	}
	for _, t := range tools {
		if _, _, err := e.PutTool(ctx, w, t); err != nil {
			return fmt.Errorf("tool %q: %w", t.Name, err)
		}
	}
	stored, err := e.Devices(ctx, mirror.Page{})
	if err != nil {
		return err
	}
	for _, v := range stored {
		d := v.Device
		if d.ManagedBy != door || d.Retired || listed[d.Name] {
			continue
		}
		d.Retired = true
		if _, _, err := e.PutDevice(ctx, w, d); err != nil {
			return fmt.Errorf("device %q: %w", d.Name, err)
		}
		e.log.Warn("device retired: its entry vanished", "device", d.Name, "door", door)
	}
	return nil
}
