package srl

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// each is the path of a leaf of every interface.
func each(below ...string) data.Path {
	return data.P(data.S("interface", "name", "*")).To(data.Names(below...)...)
}

// narrow are the instances with their state, and what they stand on.
func narrow(mirror.Facts) []models.Read {
	return []models.Read{
		{Path: data.Names("system", "mirroring")},
		{Path: data.Names("interface")},
		{Path: data.Names("acl")},
		{Path: data.Names("system", "mirroring"), State: true},
	}
}

// around is what ports are in, hear and carry. Where LLDP has its neighbours is general
// knowledge.
func around(mirror.Facts) []models.Read {
	state := func(p data.Path) models.Read { return models.Read{Path: p, State: true, Optional: true} }
	return []models.Read{
		{Path: data.Names("network-instance")},
		state(each("admin-state")), state(each("oper-state")), state(each("mtu")), state(each("ethernet", "port-speed")),
		state(each("traffic-rate", "in-bps")),
		state(data.P(data.S("interface", "name", "*"), data.S("subinterface", "index", "*"), data.S("oper-state"))),
		state(data.P(data.S("system"), data.S("lldp"), data.S("interface", "name", "*"), data.S("neighbor", "id", "*"), data.S("system-name"))),
	}
}

// volatile are counters within the state of an instance.
func volatile(n *data.Node) bool { return n.Name == "statistics" }

// observe reads everything.
func observe(f mirror.Facts, a models.Answers) (o mirror.Observation, err error) {
	config, state := a.Config.Child("system"), a.State.Child("system")
	all, err := instances(config)
	if err != nil {
		return o, err
	}
	states, err := instances(state)
	if err != nil {
		return o, err
	}
	r, err := readInterfaces(a)
	if err != nil {
		return o, err
	}
	if len(all) == 0 && len(r.config) == 0 { // every device has mgmt0
		return o, fmt.Errorf("the device tells of no mirroring-instance and of no interface: %w", mirror.ErrParse)
	}
	readings, refs := map[string]*reading{}, map[string][]listRef{}
	for name, n := range all {
		if readings[name], err = readInstance(n); err != nil {
			return o, fmt.Errorf("mirroring-instance %q: %w", name, err)
		}
		refs[name] = readings[name].refs
	}
	if r.acls, err = readACLs(a.Config.Child("acl"), r.subs, refs); err != nil {
		return o, err
	}
	for name, n := range all {
		o.Natives = append(o.Natives, readings[name].native(name, n, states[name], r.acls))
	}
	sortNatives(o.Natives)
	o.Footings = r.acls.own
	o.Ports, err = r.ports()
	o.Handles = r.acls.handles()
	return o, err
}

// Keys of Observation.Handles, followed by the name of a sub-interface: the id of its
// entry in /acl/interface, and whether netmirror's lists are all that is in it.
const (
	handleBinding = "acl interface "
	handleAlone   = "acl interface is ours "
)

// bindingPrefix begins the ids of entries in /acl/interface that netmirror makes.
const bindingPrefix = mirror.MarkPrefix

func (a *acls) handles() map[string]string {
	out := map[string]string{}
	for at, list := range a.at {
		b := list[0]
		for _, other := range list[1:] { // ours where there is one
			if strings.HasPrefix(other.id, bindingPrefix) {
				b = other
			}
		}
		out[handleBinding+string(at)] = b.id
		own := b.alone && b.id == bindingPrefix+string(at)
		for _, l := range b.lists {
			own = own && markName.MatchString(l.name)
		}
		if own {
			out[handleAlone+string(at)] = "yes"
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
