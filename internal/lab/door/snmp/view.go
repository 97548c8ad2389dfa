package snmp

import (
	"cmp"
	"slices"

	"github.com/netmirror/netmirror/internal/lab/mib"
)

// A view is a switch as an agent shows it at one moment: with what is in it, or without
// 64 bits, and what the switch shows of its own, in the order of a walk.
type view struct {
	*System
	narrow bool
	own    mib.Picture
}

// sysObjectID is told by the switch.
var sysObjectID = mib.Must("1.3.6.1.2.1.1.2.0")

func (s *Server) view() view {
	system := s.host.System()
	v := view{System: &system, narrow: s.set.Narrow}
	if a := s.host.Agent(); a != nil {
		v.own = a.Show()
		for _, i := range v.own.Virtual {
			v.Interfaces = append(v.Interfaces, Interface{Index: i.Index, Type: i.Type, Name: i.Name, Short: i.Name, Up: true})
		}
		slices.SortFunc(v.own.Instances, func(a, b mib.Binding) int { return mib.Compare(a.Name, b.Name) })
	}
	slices.SortFunc(v.Interfaces, func(a, b Interface) int { return cmp.Compare(a.Index, b.Index) })
	return v
}

// place is where an interface is, or where one of the next index is.
func (v view) place(index uint32) (int, bool) {
	return slices.BinarySearchFunc(v.Interfaces, index, func(i Interface, index uint32) int { return cmp.Compare(i.Index, index) })
}

func (v view) find(name mib.OID) (int, bool) {
	return slices.BinarySearchFunc(v.own.Instances, name, func(b mib.Binding, name mib.OID) int { return mib.Compare(b.Name, name) })
}

// get is an instance; noSuchInstance or noSuchObject where there is none.
func (v view) get(name mib.OID) mib.Value {
	if v.own.ObjectID != nil && slices.Equal(name, sysObjectID) {
		return mib.ID(v.own.ObjectID)
	}
	for _, o := range objects {
		rest, below := o.at.Below(name)
		if v.narrow && o.wide || !below {
			continue
		}
		switch {
		case len(rest) == 1 && !o.column && rest[0] == 0:
			return o.cell(v.System, 0)
		case len(rest) == 1 && o.column:
			if i, there := v.place(rest[0]); there {
				return o.cell(v.System, i)
			}
		}
		return mib.Value{Kind: mib.NoSuchInstance}
	}
	if i, there := v.find(name); there {
		return v.own.Instances[i].Value
	}
	if slices.ContainsFunc(v.own.Objects, func(o mib.OID) bool { _, below := o.Below(name); return below }) {
		return mib.Value{Kind: mib.NoSuchInstance}
	}
	return mib.Value{Kind: mib.NoSuchObject}
}

// next is the first instance behind a name; endOfMibView, with the name itself, where
// there is none.
func (v view) next(name mib.OID) (mib.OID, mib.Value) {
	at, value := v.nextOfAll(name)
	i, there := v.find(name)
	if there {
		i++
	}
	if i < len(v.own.Instances) {
		if b := v.own.Instances[i]; value.Kind == mib.EndOfView || mib.Compare(b.Name, at) < 0 {
			return b.Name, b.Value
		}
	}
	return at, value
}

// nextOfAll is next among the objects that every agent has.
func (v view) nextOfAll(name mib.OID) (mib.OID, mib.Value) {
	for _, o := range objects {
		if v.narrow && o.wide {
			continue
		}
		prefix := name[:min(len(name), len(o.at))]
		order := mib.Compare(prefix, o.at)
		inside := order == 0 && len(name) > len(o.at)
		switch {
		case order > 0: // o is before the name
		case o.column:
			i := 0
			if inside { // what is below an instance is behind it
				var there bool
				if i, there = v.place(name[len(o.at)]); there {
					i++
				}
			}
			if i < len(v.Interfaces) {
				return o.at.Under(v.Interfaces[i].Index), o.cell(v.System, i)
			}
		case !inside:
			at := o.at.Under(0)
			return at, v.get(at)
		}
	}
	return name, mib.Value{Kind: mib.EndOfView}
}
