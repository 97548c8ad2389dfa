package fastpath

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plain"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// The values of agentPortMirrorAdminMode; delete is written and never read.
const (
	enable  = 1
	disable = 2
	wipe    = 3
)

// A session is a row of agentPortMirrorTable.
type session struct {
	destination, reflector string
	sources                map[string]plant.Direction
	enabled                bool
	vlan                   int // agentPortMirrorSourceVlan
	from, to               int // remote VLANs
}

// sessions is the table, of a fixed length, and the VLANs that are remote ones.
type sessions struct {
	list   []session
	remote map[int]bool
}

func newSessions(n int) *sessions {
	t := &sessions{make([]session, n), map[int]bool{}}
	for i := range t.list {
		t.list[i].sources = map[string]plant.Direction{}
	}
	return t
}

// Clone copies the table.
func (t *sessions) Clone() plain.Mirror {
	c := &sessions{slices.Clone(t.list), maps.Clone(t.remote)}
	for i := range c.list {
		c.list[i].sources = maps.Clone(c.list[i].sources)
	}
	return c
}

// Lines are such as "remote-vlan 900" and "mirror 1 source 1/0/5 rx".
func (t *sessions) Lines() (out []string) {
	for _, v := range slices.Sorted(maps.Keys(t.remote)) {
		out = append(out, fmt.Sprintf("remote-vlan %d", v))
	}
	for i, s := range t.list {
		add := func(told bool, format string, a ...any) {
			if told {
				out = append(out, fmt.Sprintf("mirror %d ", i+1)+fmt.Sprintf(format, a...))
			}
		}
		for _, port := range slices.Sorted(maps.Keys(s.sources)) {
			add(true, "source %s %s", port, s.sources[port])
		}
		add(s.vlan != 0, "vlan %d", s.vlan)
		add(s.from != 0, "from-remote %d", s.from)
		add(s.to != 0, "to-remote %d %s", s.to, s.reflector)
		add(s.destination != "", "destination %s", s.destination)
		add(s.enabled, "enable")
	}
	return out
}

// Line reads one of Lines.
func (t *sessions) Line(words []string) (mine bool, err error) {
	vlan := func(i int) (v int) {
		if i < len(words) {
			v, err = strconv.Atoi(words[i])
		}
		if v < 2 || v > 4093 {
			err = fmt.Errorf("a VLAN is 2 to 4093")
		}
		return v
	}
	switch {
	case words[0] == "remote-vlan" && len(words) == 2:
		t.remote[vlan(1)] = true
		return true, err
	case words[0] != "mirror" || len(words) < 3:
		return false, nil
	}
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 1 || n > len(t.list) {
		return true, fmt.Errorf("there is no session %q", words[1])
	}
	s := &t.list[n-1]
	switch {
	case words[2] == "source" && len(words) == 5:
		for _, d := range []plant.Direction{plant.RX, plant.TX, plant.Both} {
			if d.String() == words[4] {
				s.sources[words[3]] = d
				return true, nil
			}
		}
	case words[2] == "vlan" && len(words) == 4:
		s.vlan = vlan(3)
		return true, err
	case words[2] == "from-remote" && len(words) == 4:
		s.from = vlan(3)
		return true, err
	case words[2] == "to-remote" && len(words) == 5:
		s.to, s.reflector = vlan(3), words[4]
		return true, err
	case words[2] == "destination" && len(words) == 4:
		s.destination = words[3]
		return true, nil
	case words[2] == "enable" && len(words) == 3:
		s.enabled = true
		return true, nil
	}
	return true, fmt.Errorf("unknown setting of a session")
}

// check finds what a SET would have been refused for.
func (a agent) check(c *plain.Config, ports map[string]*fabric.Port) error {
	t := c.Mirror.(*sessions)
	for i, s := range t.list {
		names := slices.Concat([]string{s.destination, s.reflector}, slices.Sorted(maps.Keys(s.sources)))
		for _, name := range names {
			if name != "" && ports[name] == nil {
				return fmt.Errorf("mirror %d: there is no port %q", i+1, name)
			}
		}
		if column := t.clash(i); column != 0 {
			return fmt.Errorf("mirror %d: what it has does not go together", i+1)
		}
	}
	if a.is.Older && (len(t.remote) > 0 || slices.ContainsFunc(t.list, func(s session) bool { return s.vlan+s.from+s.to > 0 })) {
		return fmt.Errorf("the older text has no VLANs")
	}
	return nil
}
