package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Import brings in what another door than the API manages: the devices are
// stored as managed by door, and devices of that door that are no longer among
// them become retired, never deleted. Tools are stored; none is taken away.
func (e *Engine) Import(ctx context.Context, door string, devices []mirror.Device, tools []mirror.Tool) error {
	w := Write{Actor: Actor{Name: door, Access: mirror.Admin}}
	if err := e.importable(ctx, door, devices, tools); err != nil {
		return err
	}
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

// importable refuses with every reason before anything is stored.
func (e *Engine) importable(ctx context.Context, door string, devices []mirror.Device, tools []mirror.Tool) error {
	var reasons []mirror.Reason
	refuse := func(at, code, format string, args ...any) {
		reasons = append(reasons, mirror.Reason{Pointer: at, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	err := e.store.View(ctx, func(tx mirror.Tx) error {
		known := map[string]mirror.Device{}
		stored, err := tx.Devices(mirror.Page{})
		if err != nil {
			return err
		}
		for _, d := range stored {
			known[d.Name] = d
		}
		for i, d := range devices {
			at := fmt.Sprintf("/devices/%d", i)
			if drv, err := e.driver(d); err != nil {
				refuse(at+"/platform", "no-driver", "%v", err)
			} else {
				for _, r := range drv.ConfirmFaults(d) {
					refuse(at+r.Pointer, r.Code, "%s", r.Message)
				}
			}
			if old, ok := known[d.Name]; ok && old.ManagedBy != door {
				refuse(at+"/name", "managed-elsewhere", "device %q is managed by %s", d.Name, old.ManagedBy)
			}
			known[d.Name] = d
		}
		for i, t := range tools {
			old, _, err := tx.Tool(t.Name)
			if err != nil && !errors.Is(err, mirror.ErrNotFound) {
				return err
			}
			if err == nil && old.ManagedBy != "" {
				refuse(fmt.Sprintf("/tools/%d/name", i), "managed-elsewhere", "tool %q is managed by %s", t.Name, old.ManagedBy)
			}
			if _, ok := known[t.Device]; t.Device != "" && !ok {
				refuse(fmt.Sprintf("/tools/%d/device", i), "unknown-device", "there is no device %q", t.Device)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return mirror.Refuse(mirror.ErrConflict, reasons)
}
