package web

import (
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/client"
)

// knownNames are names of tools and devices that filters offer: some hundreds at most, and
// as of half a minute ago at most. Whoever is signed in may see all of them.
type knownNames struct {
	mu             sync.Mutex
	at             time.Time
	tools, devices []string
}

const (
	maxKnown = 300
	knownFor = 30 * time.Second
)

// known gives the names that filters offer; none where they cannot be had.
func (s *server) known(v *visit) (tools, devices []string) {
	k := &s.names
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.at.IsZero() && v.now.Sub(k.at) < knownFor {
		return k.tools, k.devices
	}
	ts, err := v.cl.ListTools(v.Context(), client.ListToolsOptions{Limit: maxKnown})
	if err != nil {
		return k.tools, k.devices
	}
	ds, err := v.cl.ListDevices(v.Context(), client.ListDevicesOptions{Limit: maxKnown, Brief: true})
	if err != nil {
		return k.tools, k.devices
	}
	k.tools, k.devices, k.at = nil, nil, v.now
	for _, t := range ts.Items {
		k.tools = append(k.tools, t.Name)
	}
	for _, d := range ds.Items {
		k.devices = append(k.devices, d.Name)
	}
	return slices.Clip(k.tools), slices.Clip(k.devices)
}
