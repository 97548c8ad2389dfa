package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// foot makes and takes away what sessions stand on.
func (s *fakeSwitch) foot(c mirror.Change) {
	var before, after mirror.Footing
	if c.Before != nil {
		before = *c.Before.Spec.Footing
	}
	if c.After != nil {
		after = *c.After.Spec.Footing
	}
	if kind := specOf(c).Footing.Kind; kind == mirror.FootingFilter {
		if delete(s.lists, before.Name); after.Made {
			s.lists[after.Name] = after.Rules
		}
		if s.facts.Model == "lists at ports" {
			if delete(s.at, before.Name); after.Made {
				s.at[after.Name] = after.Ports
			}
		}
		return
	}
	vlan := max(before.VLAN, after.VLAN)
	for i, p := range s.ports {
		was, is := slices.Contains(before.Trunks, p.Name), slices.Contains(after.Trunks, p.Name)
		if was == is || p.Trunk == nil {
			continue
		}
		t := *p.Trunk
		var list []int
		for v := 1; v <= mirror.MaxVLAN; v++ {
			if v != vlan && t.Allowed.Has(v) {
				list = append(list, v)
			}
		}
		if is {
			list = append(list, vlan)
		}
		t.Allowed = mirror.VLANs(list...)
		s.ports = slices.Clone(s.ports)
		s.ports[i].Trunk = &t
	}
	switch {
	case after.Made && !before.Made:
		s.vlans[vlan] = true
	case before.Made && !after.Made:
		delete(s.vlans, vlan)
	}
}

// watchOpen notes that after a push a session copies every frame.
func (s *fakeSwitch) watchOpen(c mirror.Change) {
	for id, n := range s.natives {
		if list := n.Spec.Options.Filter; list != "" && len(s.lists[list]) == 0 {
			s.open = append(s.open, fmt.Sprintf("session %s after %s %s", id, c.Verb(), c.Mark))
		}
	}
}

// config is everything that a configuration file would hold, the numbers and
// names of the native sessions aside.
func (s *fakeSwitch) config() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, n := range s.natives {
		lines = append(lines, jsonText(n.Spec.Normalize()))
	}
	for name, rules := range s.lists {
		lines = append(lines, fmt.Sprintf("list %s %v", name, rules))
	}
	for id, remote := range s.vlans {
		lines = append(lines, fmt.Sprintf("vlan %d remote %v", id, remote))
	}
	for _, p := range s.ports {
		if p.Trunk != nil {
			lines = append(lines, fmt.Sprintf("trunk %s allowed %s", p.Name, p.Trunk.Allowed))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// worded is a change as a text has it: without what a device tells of its own accord.
func worded(c mirror.Change) mirror.Change {
	if c.Before != nil {
		c.Before = &mirror.NativeSession{ID: c.Before.ID, Spec: c.Before.Spec}
	}
	if c.After != nil {
		after := *c.After
		after.Handle = ""
		c.After = &after
	}
	return c
}

var yes = mirror.Support{Level: mirror.Yes}

func fakeDriver(switches map[string]*fakeSwitch, platform string, numbered bool) worker.Driver {
	every := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	caps := mirror.Capabilities{Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: every},
		Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes, mirror.RoleRSPANSource: yes, mirror.RoleRSPANTransit: yes,
			mirror.RoleRSPANDestination: yes, mirror.RoleERSPANSource: yes, mirror.RoleERSPANDestination: yes},
		ERSPANHeader: yes, TagsPreserve: yes, FilterVLANs: yes, Truncate: yes, Ranges: mirror.Ranges{Truncate: mirror.Values{From: 14, To: 9000}},
		Marks: !numbered, Persistent: true, Limits: []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "device", Max: 4, Source: "fake sheet"}}}
	if numbered {
		caps.NativeIDs = &mirror.IDRange{From: 1, To: 66}
		caps.Limits = nil
	}
	find := func(t mirror.Target) *fakeSwitch { return switches[t.Device.Name] }
	return worker.Driver{
		Platform: platform, Protocol: "fake",
		Ports: func(s string) ([]mirror.PortName, error) { return []mirror.PortName{mirror.PortName(s)}, nil },
		Capabilities: func(f mirror.Facts) mirror.Capabilities {
			caps := caps
			caps.Persistent = f.Model != "saves"
			if f.Model == "lists" {
				caps.Filter = yes
			}
			if f.Model == "lists at ports" {
				caps.Filter, caps.FilterAt, caps.Atomic = yes, mirror.FilterAtSources, true
			}
			if f.Model == "roomy" {
				caps.Limits = nil
			}
			return caps
		},
		Render: func(_ mirror.Facts, _ mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
			p := mirror.Payload{Format: "json"}
			for _, c := range changes {
				b, err := json.Marshal(worded(c))
				if err != nil {
					return p, err
				}
				p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: string(b)})
			}
			return p, nil
		},
		Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
			s := find(t)
			mirror.AtStep(ctx, "SSH handshake with "+t.Device.Name)
			if err := s.silence(ctx); err != nil {
				return nil, err
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.down {
				return nil, fmt.Errorf("fake: %w", mirror.ErrUnreachable)
			}
			if s.impostor {
				return nil, fmt.Errorf("fake: %w", mirror.ErrHostKeyChanged)
			}
			facts := s.facts
			facts.LearnedAt = time.Now()
			s.lines++
			return fakeConn{s, facts, s.lines}, nil
		},
		Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
			s := find(t)
			s.mu.Lock()
			s.watchers = append(s.watchers, changed)
			s.mu.Unlock()
			changed() // what happened before is not told
			<-ctx.Done()
			return ctx.Err()
		},
	}
}
