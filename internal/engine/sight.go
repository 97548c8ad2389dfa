package engine

import (
	"cmp"
	"fmt"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// A sight is what is known of ports and of the links between switches while load is
// reckoned: what devices told last, and what their ports carry. It is of one
// transaction, and looks each thing up once. It is a capacity.Site and a capacity.Way.
type sight struct {
	e     *Engine
	tx    mirror.Tx
	names map[string]string          // of plan.Names
	seen  map[string]plan.DeviceInfo // what is known without the ledger
	fault error                      // of the store, the first

	tools   []mirror.Tool            // all, nil = not read yet
	toolsBy map[string][]mirror.Tool // by the key of the end at which they are
}

func (e *Engine) sight(tx mirror.Tx) *sight {
	return &sight{e: e, tx: tx, seen: map[string]plan.DeviceInfo{}, toolsBy: map[string][]mirror.Tool{}}
}

func (s *sight) device(name string) plan.DeviceInfo {
	if d, there := s.seen[name]; there {
		return d
	}
	return s.look(name, func() (mirror.DeviceState, error) { return s.e.states.Of(s.tx, name) })
}

// fromMemory looks at a device without a transaction, and reports whether anything is
// known of it in memory.
func (s *sight) fromMemory(name string) bool {
	st := s.e.states.Known(name)
	if st.Observation.At.IsZero() {
		return false
	}
	s.look(name, func() (mirror.DeviceState, error) { return st, nil })
	return true
}

func (s *sight) look(name string, read func() (mirror.DeviceState, error)) plan.DeviceInfo {
	st, err := read()
	s.fault = cmp.Or(s.fault, err)
	d := plan.DeviceInfo{Device: mirror.Device{Name: name}, Observation: st.Observation}
	s.seen[name] = d
	return d
}

// Port tells what a port carries, and its speed: of a port-channel that of its members
// that are up, where the device tells them.
func (s *sight) Port(device string, name mirror.PortName) capacity.Port {
	out := s.e.carried(device, name)
	d := s.device(device)
	p, ok := d.Observation.Port(name)
	if !ok {
		return out
	}
	out.Up, out.Members = p.Up, p.Members
	out.Speed, _ = s.speed(d, p)
	return out
}

// speed is how fast a port is, and of what it is the speed.
func (s *sight) speed(d plan.DeviceInfo, p mirror.Port) (mirror.BitsPerSecond, string) {
	var sum mirror.BitsPerSecond
	counted := 0
	for _, m := range p.Members {
		member, ok := d.Observation.Port(m)
		if ok && member.Up != mirror.False && member.Speed > 0 {
			sum += member.Speed
			counted++
		}
	}
	switch {
	case counted == 0:
		return p.Speed, "speed of the port"
	case counted == len(p.Members):
		return sum, fmt.Sprintf("speed of its %d members", counted)
	}
	return sum, fmt.Sprintf("speed of %d of its %d members", counted, len(p.Members))
}

// InVLAN lists the ports of a device that carry a VLAN, and are no members of others.
func (s *sight) InVLAN(device string, vlan int) []mirror.PortName {
	var out []mirror.PortName
	for _, p := range s.device(device).Observation.Ports {
		if p.Access == vlan || p.Carries(vlan) {
			out = append(out, p.Name)
		}
	}
	return out
}

// Leads lists the managed devices at the other end of a trunk.
func (s *sight) Leads(device string, trunk mirror.PortName) []string {
	if s.names == nil {
		s.names = plan.Names(s.e.states.Hosts())
	}
	return plan.Around{Names: s.names}.Leads(s.device(device), trunk)
}

// Carrying lists the trunks of a device that carry a VLAN now.
func (s *sight) Carrying(device string, vlan int) []mirror.PortName {
	var out []mirror.PortName
	for _, p := range s.device(device).Observation.Carriers(vlan) {
		out = append(out, p.Name)
	}
	return out
}

// Retags reports whether the frames of a source lose their own tag to that of the
// remote VLAN: where a destination decides about tags, a trunk's frames do.
func (s *sight) Retags(device string, source mirror.NativeSource) bool {
	d := s.device(device)
	p, ok := d.Observation.Port(source.Port)
	if !ok || p.Trunk == nil || p.Access != 0 {
		return false
	}
	caps, err := s.capabilities(device)
	s.fault = cmp.Or(s.fault, err)
	return err == nil && caps.AccessUntags
}

func (s *sight) capabilities(device string) (mirror.Capabilities, error) {
	stored, _, err := s.tx.Device(device)
	if err != nil {
		return mirror.Capabilities{}, err
	}
	drv, err := s.e.driver(stored)
	if err != nil {
		return mirror.Capabilities{}, nil //nolint:nilerr // a platform without a driver can nothing
	}
	st, err := s.e.states.Of(s.tx, device)
	return drv.Capabilities(st.Facts), err
}
