package mirror

import (
	"cmp"
	"fmt"
	"slices"
)

// A Footing is what of a device, beside its mirror sessions, a mirror session
// stands on. It is composed, diffed, journalled and owned like a native session.
// The ledger's line of a footing holds only what netmirror itself added (its
// parts), so that what was there before, or what another hand added, is never taken
// away. Kind says which fields it has.
type Footing struct {
	Kind FootingKind `json:"kind"`

	// Of a VLAN: a remote VLAN, and the trunks that carry it.
	VLAN   int        `json:"vlan,omitempty"`
	Trunks []PortName `json:"trunks,omitempty"`

	// Of a port: what is made of it, a destination that is not fit as it stands.
	Port  PortName   `json:"port,omitempty"`
	Setup *PortSetup `json:"setup,omitempty"`

	// Of all other kinds: its name on the device, such as that of an access list, of
	// a tunnel interface, or the address that the device sends copies from.
	Name string `json:"name,omitempty"`

	// Of a filter: the entries of the access list, in order.
	Rules []Entry `json:"rules,omitempty"`
	// Of a filter where Capabilities.FilterAt is FilterAtSources: the source ports at
	// whose ingress the list stands, and the native session that its entries copy to, ""
	// where they do not name it. Ports are parts: those at which netmirror did not put the
	// list stay as they are. The list also decides about live traffic there, so every
	// entry of it forwards.
	Ports   []PortName `json:"ports,omitempty"`
	Session string     `json:"session,omitempty"`

	// Of a tunnel: where it leads.
	Tunnel *Tunnel `json:"tunnel,omitempty"`

	// Made says, in the ledger and in a change, that netmirror made the thing
	// itself (the VLAN, or what Name names), and that it goes with it.
	Made bool `json:"made,omitempty"`
}

// FootingKind is a kind of footing.
type FootingKind string

// The kinds of footings.
const (
	FootingVLAN   FootingKind = "vlan"
	FootingPort   FootingKind = "port"
	FootingFilter FootingKind = "filter"
	FootingTunnel FootingKind = "tunnel"
	FootingOrigin FootingKind = "origin"
)

// OnlyFootings reports whether a fragment of the role takes no native session but
// footings alone.
func (r Role) OnlyFootings() bool { return r == RoleRSPANTransit }

// PortSetup is what is made of a destination port that is not fit as it
// stands. At most one of Access and Tagged is set.
type PortSetup struct {
	Up     bool `json:"up,omitempty"`     // administratively up
	Access int  `json:"access,omitempty"` // an access port of this VLAN: copies leave it untagged
	Tagged bool `json:"tagged,omitempty"` // no access port: copies keep their tags
	// Monitor makes it a port for copies, in the platform's own way, where there is
	// such a thing.
	Monitor bool `json:"monitor,omitempty"`
	// Former is the port's stanza before the change, in the device's own
	// words; it is what is put back. Empty in what is wanted, filled in the
	// change that is pushed and in the ledger.
	Former string `json:"former,omitempty"`
}

// FitsPort reports whether the port already is as the setup asks.
func (s PortSetup) FitsPort(p Port) bool {
	return (!s.Up || p.Admin != False) && (s.Access == 0 || p.Access == s.Access) && (!s.Tagged || p.Access == 0) && (!s.Monitor || p.Monitor)
}

// Beyond is what s asks for and o does not. Former is left out.
func (s PortSetup) Beyond(o PortSetup) PortSetup {
	out := PortSetup{Up: s.Up && !o.Up, Tagged: s.Tagged && !o.Tagged, Monitor: s.Monitor && !o.Monitor}
	if s.Access != o.Access {
		out.Access = s.Access
	}
	return out
}

// With asks for what either asks for; of the former states the first known one.
func (s PortSetup) With(o PortSetup) PortSetup {
	return PortSetup{Up: s.Up || o.Up, Access: cmp.Or(s.Access, o.Access), Tagged: s.Tagged || o.Tagged, Monitor: s.Monitor || o.Monitor, Former: cmp.Or(s.Former, o.Former)}
}

// Key is the footing without its parts: which one it is.
func (f Footing) Key() Footing {
	return Footing{Kind: f.Kind, VLAN: f.VLAN, Port: f.Port, Name: f.Name}
}

// Empty reports whether it has no part. Rules and the way of a tunnel are none: a list
// or a tunnel that was not made holds nothing of netmirror's.
func (f Footing) Empty() bool {
	return !f.Made && len(f.Trunks)+len(f.Ports) == 0 && f.Setup == nil
}

// ID names a footing on its device: "vlan-999", "port-Gi1/0/24", "filter-nm-web",
// "tunnel-tunnel-ip7", "origin-192.0.2.1".
// Native ids of mirror sessions never look like that.
func (f Footing) ID() string {
	switch f.Kind {
	case FootingVLAN:
		return fmt.Sprintf("vlan-%d", f.VLAN)
	case FootingPort:
		return "port-" + string(f.Port)
	}
	return string(f.Kind) + "-" + f.Name
}

// Plus has the parts of both, which are the same footing. A port has one setup:
// that of f, and its former state is what is known of either.
func (f Footing) Plus(o Footing) Footing {
	f.Made = f.Made || o.Made
	if len(f.Rules) == 0 {
		f.Rules = o.Rules
	}
	f.Trunks = sorted(slices.Concat(f.Trunks, o.Trunks))
	f.Ports = sorted(slices.Concat(f.Ports, o.Ports))
	f.Session = cmp.Or(f.Session, o.Session)
	f.Tunnel = cmp.Or(f.Tunnel, o.Tunnel)
	switch {
	case f.Setup == nil:
		f.Setup = o.Setup
	case o.Setup != nil:
		setup := *f.Setup
		setup.Former = cmp.Or(setup.Former, o.Setup.Former)
		f.Setup = &setup
	}
	return f
}

// Minus has the parts of f that o, which is the same footing, has not. Rules and the
// way of a tunnel are no part: they stay, and say which list or tunnel it is.
func (f Footing) Minus(o Footing) Footing {
	f.Made = f.Made && !o.Made
	f.Trunks, f.Ports = less(f.Trunks, o.Trunks), less(f.Ports, o.Ports)
	if o.Setup != nil {
		f.Setup = nil
	}
	return f
}

// less are the sorted ports of a that are not in b, nil for none.
func less(a, b []PortName) []PortName {
	return sorted(slices.DeleteFunc(slices.Clone(a), func(p PortName) bool { return slices.Contains(b, p) }))
}

// Under reports whether a mirror session stands on the footing.
func (f Footing) Under(n NativeSpec) bool {
	switch f.Kind {
	case FootingVLAN:
		return f.VLAN == n.RemoteVLAN
	case FootingPort:
		return slices.Contains(n.Destinations, f.Port)
	case FootingFilter:
		return f.Name == n.Options.Filter
	case FootingTunnel:
		if f.Name == n.Options.Tunnel {
			return true
		}
	case FootingOrigin:
		if n.Role == RoleERSPANSource && n.Options.ERSPAN != nil && n.Options.ERSPAN.Origin == f.Name {
			return true
		}
	}
	return slices.ContainsFunc(n.Needs, f.same)
}

func (f Footing) same(o Footing) bool {
	return f.Kind == o.Kind && f.VLAN == o.VLAN && f.Port == o.Port && f.Name == o.Name
}

// former is how a footing was told until it was a type of its own. Marks are made
// of it, so that they stay as they were.
func (f Footing) former() NativeSpec {
	switch f.Kind {
	case FootingVLAN:
		return NativeSpec{Role: f.Role(), RemoteVLAN: f.VLAN}
	case FootingPort:
		return NativeSpec{Role: f.Role(), Destinations: []PortName{f.Port}}
	}
	return NativeSpec{Role: Role(f.Kind), Options: Options{Filter: f.Name}} // any form that tells them apart
}

// Role is what the API calls the footing beside the roles of mirror sessions.
func (f Footing) Role() Role {
	switch f.Kind {
	case FootingVLAN:
		return RoleRSPANTransit
	case FootingPort:
		return "destination-port"
	}
	return Role(f.Kind)
}

// Spec is the footing as a change and the ledger hold it.
func (f Footing) Spec() NativeSpec { return NativeSpec{Footing: &f} }

// Parts splits what a fragment asks of its device into native sessions: those of the
// mirror session first, if there is one (several where Grain says so), then the footings it stands on.
func (n NativeSpec) Parts() []NativeSpec {
	if n.Footing != nil {
		return []NativeSpec{n}
	}
	var out []NativeSpec
	if !n.Role.OnlyFootings() {
		session := n
		session.Trunks, session.Setup, session.Needs, session.Rules, session.FilterAt = nil, nil, nil, nil, FilterAtSession
		out = append(out, session.split()...)
	}
	if n.RemoteVLAN != 0 {
		out = append(out, Footing{Kind: FootingVLAN, VLAN: n.RemoteVLAN, Trunks: n.Trunks}.Spec())
	}
	if n.Setup != nil {
		for _, d := range n.Destinations {
			out = append(out, Footing{Kind: FootingPort, Port: d, Setup: n.Setup}.Spec())
		}
	}
	if len(n.Rules) > 0 {
		list := Footing{Kind: FootingFilter, Name: n.Options.Filter, Rules: n.Rules}
		if n.FilterAt == FilterAtSources {
			for _, s := range n.Sources {
				list.Ports = append(list.Ports, s.Port)
			}
			list.Ports = sorted(list.Ports)
		}
		out = append(out, list.Spec())
	}
	for _, f := range n.Needs {
		out = append(out, f.Spec())
	}
	return out
}

// Marks are those of the parts of a fragment's spec, in the order of Parts.
func Marks(instance, device string, spec NativeSpec) []string {
	var out []string
	for _, part := range spec.Parts() {
		out = append(out, Mark(instance, device, part))
	}
	return out
}

// A VLAN is a VLAN that exists on a device.
type VLAN struct {
	ID     int       `json:"id"`
	Name   string    `json:"name,omitempty"`   // "" = none, or the device's default
	Remote bool      `json:"remote,omitempty"` // for copies: nothing is learned in it
	Uses   []PortUse `json:"uses,omitempty"`   // why it is no idle VLAN, beside ports (an address, ...)
}

// A Trunk is what a port carries that is a trunk.
type Trunk struct {
	Allowed VLANSet `json:"allowed"`
	Native  int     `json:"native,omitempty"` // the VLAN of untagged frames, 0 = not told
}

// VLAN finds a VLAN of the device.
func (o Observation) VLAN(id int) (VLAN, bool) {
	i := slices.IndexFunc(o.VLANs, func(v VLAN) bool { return v.ID == id })
	if i < 0 {
		return VLAN{}, false
	}
	return o.VLANs[i], true
}

// Footing finds a footing that has a name as it is on the device, whoever made it.
func (o Observation) Footing(kind FootingKind, name string) (Footing, bool) {
	i := slices.IndexFunc(o.Footings, func(f Footing) bool { return f.Kind == kind && f.Name == name })
	if i < 0 {
		return Footing{}, false
	}
	return o.Footings[i], true
}

// Behind is the observation as far as it is known of changes that go together: footings
// that have a name and are made stand, before those of the same name that stood, and the
// native sessions that go, or become others, do not.
func (o Observation) Behind(changes []Change) Observation {
	var made []Footing
	gone := map[string]bool{}
	for _, c := range changes {
		if c.After != nil && c.After.Spec.Footing != nil && c.After.Spec.Footing.Name != "" {
			made = append(made, *c.After.Spec.Footing)
		}
		if c.Before != nil {
			gone[c.Before.ID] = true
		}
	}
	o.Footings = slices.Concat(made, o.Footings)
	o.Natives = slices.DeleteFunc(slices.Clone(o.Natives), func(n NativeSession) bool { return gone[n.ID] })
	return o
}

// Carries reports whether the port is a trunk that carries a VLAN.
func (p Port) Carries(vlan int) bool { return p.Trunk != nil && p.Trunk.Allowed.Has(vlan) }

// Carriers are the trunks that carry a VLAN. Of a port-channel that is one, it is told
// and not what it consists of.
func (o Observation) Carriers(vlan int) (out []Port) {
	members := map[PortName]bool{}
	for _, p := range o.Ports {
		if !slices.Contains(p.Members, p.Name) { // some platforms name a port by its only part
			for _, m := range p.Members {
				members[m] = true
			}
		}
	}
	for _, p := range o.Ports {
		if p.Carries(vlan) && !members[p.Name] {
			out = append(out, p)
		}
	}
	return out
}
