package iosxe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// tunnel writes what only ERSPAN has. Whether a session is shut down is always said: a new
// one is, by default.
func (d *drawing) tunnel(old, now mirror.NativeSpec) {
	top, inner, leaf := home(now.Role), "destination", "shutdown-source"
	if now.Role == mirror.RoleERSPANDestination {
		inner, leaf = "source", "shutdown-destination"
	}
	was, is := tunnelLeaves(old), tunnelLeaves(now)
	for _, l := range was {
		if !slices.ContainsFunc(is, l.sameLeaf) {
			d.remove(top.To(l.under(inner)...))
		}
	}
	for _, l := range is {
		if slices.Contains(was, l) {
			continue
		}
		at := top.To(l.under(inner)...)
		d.set(at[:len(at)-1], at[len(at)-1].Name, l.value)
	}
	d.set(top, leaf, now.Shut)
}

// A tunnelLeaf is a leaf of an ERSPAN session that has a value: a number or a text.
type tunnelLeaf struct {
	path  string // below the inner container, with slashes; header-type stands beside it
	value any
}

func (l tunnelLeaf) sameLeaf(o tunnelLeaf) bool { return l.path == o.path }

const headerType = "header-type"

func (l tunnelLeaf) under(inner string) data.Path {
	names := strings.Split(l.path, "/")
	if l.path != headerType {
		names = append([]string{inner}, names...)
	}
	return data.Names(names...)
}

// tunnelLeaves lists the leaves that differ from the device's defaults.
func tunnelLeaves(s mirror.NativeSpec) (out []tunnelLeaf) {
	t := tunnelOf(s)
	number := func(path string, n int) {
		if n != 0 {
			out = append(out, tunnelLeaf{path, n})
		}
	}
	word := func(path, value string) {
		if value != "" {
			out = append(out, tunnelLeaf{path, value})
		}
	}
	if s.Role == mirror.RoleERSPANSource && t.Type == 3 { // type II is the default
		number(headerType, t.Type)
	}
	number("erspan-id", t.ID)
	word("ip/address", s.Options.Collector)
	if s.Role != mirror.RoleERSPANSource {
		return out
	}
	number("ip/ttl", t.TTL)
	number("ip/dscp", t.DSCP)
	number("mtu", t.MTU)
	word("vrf", t.VRF)
	word("origin/ip/address", t.Origin)
	return out
}

// writePort switches a destination port on, and off again.
func writePort(c mirror.Change) ([]data.Edit, error) {
	n := c.After
	if n == nil {
		n = c.Before
	}
	foot := n.Spec.Footing
	if foot.Kind == mirror.FootingVLAN {
		return nil, fmt.Errorf("over this transport neither a remote VLAN is made nor a trunk changed: remote VLAN %d has to be on the device and on its trunks %v, or use the command line: %w", foot.VLAN, foot.Trunks, mirror.ErrUnsupported)
	}
	if foot.Kind != mirror.FootingPort || foot.Setup == nil || !grammar.Canonical(foot.Port) {
		return nil, fmt.Errorf("over this transport no %s is made: %w", foot.Kind, mirror.ErrUnsupported)
	}
	shutdown := interfacePath(foot.Port).To(data.S("shutdown"))
	if c.After != nil {
		return []data.Edit{data.Del(shutdown)}, nil
	}
	if !wasShut(foot.Setup.Former) {
		return nil, fmt.Errorf("%s was not shut down: %w", foot.Port, mirror.ErrInvalid)
	}
	return []data.Edit{{Op: data.Update, Path: shutdown, Value: data.Flag("shutdown")}}, nil
}
