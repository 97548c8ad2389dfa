package engine

import (
	"errors"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/worker"
)

// The destination guard decides on facts of now, twice: when an intent is
// accepted, and again before each push that makes copies end at a port. The
// ports are named in the read that precedes, so that this costs no round trip of
// its own.

// landings tells where copies of ours end already on a device, and which of its
// ports are tools'.
func (e *Engine) landings(tx mirror.Tx, info *plan.DeviceInfo) error {
	rows, err := tx.PlacementsByDevice(info.Device.Name)
	if err != nil {
		return err
	}
	info.Taken = plan.Taken(rows)
	info.Tools, err = worker.ToolPorts(tx, *info)
	return err
}

// acceptLooks names, for each device of a session, the destination ports that
// are decided about, and the sources.
func (e *Engine) acceptLooks(tx mirror.Tx, s mirror.Session) (map[string]mirror.Look, error) {
	out := map[string]mirror.Look{}
	for _, name := range s.Devices() {
		out[name] = mirror.Look{}
	}
	for _, src := range s.Sources {
		look, err := e.sourceLook(tx, src)
		if err != nil {
			return nil, err
		}
		if _, named := out[src.Device]; named {
			out[src.Device] = out[src.Device].And(look)
		}
	}
	for _, d := range s.Destinations {
		if d.Tool != "" {
			tool, _, err := tx.Tool(d.Tool)
			if errors.Is(err, mirror.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			d.Device, d.Interface = tool.Device, tool.Interface
		}
		if d.Device == "" {
			continue
		}
		look, err := e.acceptLook(tx, d.Device, d.Interface)
		if err != nil {
			return nil, err
		}
		out[d.Device] = out[d.Device].And(look)
	}
	return out, nil
}

// acceptLook names one port. What is wrong with its name is told later, with
// its place in the request.
func (e *Engine) acceptLook(tx mirror.Tx, device, port string) (mirror.Look, error) {
	d, _, err := tx.Device(device)
	if errors.Is(err, mirror.ErrNotFound) {
		return mirror.Look{}, nil
	}
	if err != nil {
		return mirror.Look{}, err
	}
	drv, err := e.driver(d)
	if err != nil {
		return mirror.Look{}, nil //nolint:nilerr // Expand refuses the device
	}
	ports, _ := drv.Ports(port)
	info := plan.DeviceInfo{Device: d, Ports: drv.Ports}
	if err := e.landings(tx, &info); err != nil {
		return mirror.Look{}, err
	}
	return plan.LookAt(info, ports), nil
}

// sourceLook names the ports of a source; what is wrong with them is told later.
func (e *Engine) sourceLook(tx mirror.Tx, src mirror.Source) (mirror.Look, error) {
	d, _, err := tx.Device(src.Device)
	if errors.Is(err, mirror.ErrNotFound) {
		return mirror.Look{}, nil
	}
	if err != nil {
		return mirror.Look{}, err
	}
	drv, err := e.driver(d)
	if err != nil || src.Interface == "" {
		return mirror.Look{}, nil //nolint:nilerr // Expand refuses the device
	}
	ports, _ := drv.Ports(src.Interface)
	return mirror.Look{Sources: ports}, nil
}

// guardAlone reports whether nothing but the destination guard refuses, or the load:
// both rest on facts of now.
func guardAlone(r *mirror.Refusal) bool {
	return !errors.Is(r.Kind, mirror.ErrOversubscribed) && !slices.ContainsFunc(r.Reasons, func(x mirror.Reason) bool { return x.Code != plan.GuardCode })
}
