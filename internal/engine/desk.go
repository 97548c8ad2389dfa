package engine

import (
	"context"

	"github.com/netmirror/netmirror/internal/mirror"
)

// desk is the engine as its workers see it, see worker.Desk.
type desk struct{ e *Engine }

func (d desk) Update(ctx context.Context, fn func(mirror.Tx) error) error { return d.e.update(ctx, fn) }

func (d desk) Record(ctx context.Context, beside bool, fn func(mirror.Tx) ([]string, error)) (func(), error) {
	return d.e.record(ctx, beside, fn)
}

func (d desk) Target(device mirror.Device) (mirror.Target, error) { return d.e.target(device) }

func (d desk) HeldBack() string { return d.e.heldBack() }

func (d desk) StepLater(session string) { d.e.sessions.addLater(session) }

func (d desk) Returned(device string) {
	d.e.returned(device)
	d.e.linksRead(device)
	d.e.cfg.Watch.DeviceRead(device)
}
