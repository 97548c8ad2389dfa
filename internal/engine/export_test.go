package engine

import "github.com/netmirror/netmirror/internal/mirror"

// Know makes something known of a device, as a worker that has read it does.
func (e *Engine) Know(st mirror.DeviceState) { e.states.Set(st) }
