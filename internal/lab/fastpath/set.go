package fastpath

import (
	"maps"
	"slices"

	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/lab/plain"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A request is a SET that is being carried out. at is the number of the binding that set
// a column of a session.
type request struct {
	agent
	v      plain.View
	t      *sessions
	at     map[[2]int]int
	number map[int64]string
}

// set is one request. Masks come before the directions of their ports, whatever their
// order is, and what does not go together is looked for when all is set.
func (a agent) set(v plain.View, bindings []mib.Binding) (mib.Status, int) {
	r := request{a, v, v.Config.Mirror.(*sessions), map[[2]int]int{}, map[int64]string{}}
	for name, n := range numbers(v) {
		r.number[int64(n)] = name
	}
	for _, pass := range []func(mib.Binding, int) mib.Status{r.remote, r.cell, r.direction} {
		for i, b := range bindings {
			if status := pass(b, i+1); status != mib.NoError {
				return status, i + 1
			}
		}
	}
	for i := range r.t.list {
		if status, index := r.together(i); status != mib.NoError {
			return status, index
		}
	}
	return mib.NoError, 0
}

// session is the place of one by the index of a row.
func (r request) session(index mib.OID) (int, bool) {
	return int(index[0]) - 1, index[0] >= 1 && int(index[0]) <= len(r.t.list)
}

// remote sets a row of agentPortMirrorRemoteVlanTable. That the VLAN must be there, and
// that createAndWait is refused, is assumed.
func (r request) remote(b mib.Binding, _ int) mib.Status {
	index, is := r.group.Under(7, 1, 2).Below(b.Name)
	if !is || r.is.Older {
		return mib.NoError
	}
	if status := mib.Enumerated(b.Value, 6); status != mib.NoError {
		return status
	}
	vlan := int(index[0])
	if len(index) != 1 || vlan < 2 || vlan > 4093 {
		return mib.NoCreation
	}
	at, want := mib.Absent, mib.RowStatus(b.Value.N)
	if r.t.remote[vlan] {
		at = mib.Active
	}
	if want == mib.CreateAndGo && !slices.Contains(r.v.Config.Known(), vlan) {
		return mib.InconsistentValue
	}
	next, status := mib.Row{NoCreateAndWait: true, Stays: true}.Next(at, want, true)
	switch {
	case status != mib.NoError:
		return status
	case next == mib.Active:
		r.t.remote[vlan] = true
	case slices.ContainsFunc(r.t.list, func(s session) bool { return s.from == vlan || s.to == vlan }):
		return mib.InconsistentValue // used with a session
	default:
		delete(r.t.remote, vlan)
	}
	return mib.NoError
}

// cell sets one of agentPortMirrorTable, and refuses what is in no table.
func (r request) cell(b mib.Binding, at int) mib.Status {
	columns, all := r.objects()
	if !slices.ContainsFunc(all, func(o mib.OID) bool { _, in := o.Below(b.Name); return in }) {
		return mib.NotWritable
	}
	for _, c := range columns {
		index, is := r.column(c).Below(b.Name)
		if !is {
			continue
		}
		if status := r.fits(c, b.Value); status != mib.NoError {
			return status
		}
		i, there := r.session(index)
		if !there || len(index) != 1 {
			return mib.NoCreation // the sessions are a fixed set
		}
		if r.at[[2]int{i, int(c)}] != 0 {
			return mib.InconsistentValue // two values for one instance
		}
		r.at[[2]int{i, int(c)}] = at
		return r.put(&r.t.list[i], c, b.Value)
	}
	return mib.NoError
}

// fits is what is wrong with a value of a column.
func (r request) fits(c uint32, v mib.Value) mib.Status {
	switch c {
	case sourceMask:
		return mib.Sized(v, r.octets, r.octets)
	case adminMode:
		return mib.Enumerated(v, wipe)
	case sourceVLAN, remoteSource, remoteDestination:
		if status := mib.Ranged(v, mib.Gauge, 0, 4093); status != mib.NoError || v.N != 1 {
			return status
		}
		return mib.WrongValue // 0, or 2 to 4093
	}
	return mib.Ranged(v, mib.Gauge, 0, 1<<32-1)
}

func (r request) put(s *session, c uint32, v mib.Value) mib.Status {
	switch c {
	case destination, reflector:
		name := r.number[v.N]
		if name == "" && v.N != 0 {
			return mib.InconsistentValue
		}
		if c == destination {
			s.destination = name
		} else {
			s.reflector = name
		}
	case sourceMask:
		return r.sources(s, v.S)
	case adminMode:
		if s.enabled = v.N == enable; v.N == wipe {
			*s = session{sources: map[string]plant.Direction{}}
		}
	case sourceVLAN:
		s.vlan = int(v.N)
	case remoteSource:
		s.from = int(v.N)
	case remoteDestination:
		s.to = int(v.N)
	case ipList, macList:
		if v.N != 0 {
			return mib.InconsistentValue // no list is there
		}
	}
	return mib.NoError
}

// sources sets those of a mask. A port that stays keeps its direction, a new one is
// copied in both. Bits behind the last port are ignored (AgentPortMask).
func (r request) sources(s *session, mask string) mib.Status {
	was := s.sources
	s.sources = map[string]plant.Direction{}
	for i, name := range r.v.Names {
		if mask[i/8]&(0x80>>(i%8)) != 0 {
			if s.sources[name] = was[name]; was[name] == 0 {
				s.sources[name] = plant.Both
			}
		}
	}
	return mib.NoError
}

// direction sets one of agentPortMirrorTypeTable, of a source port of the session.
func (r request) direction(b mib.Binding, _ int) mib.Status {
	index, is := r.group.Under(5, 1, 2).Below(b.Name)
	if !is {
		return mib.NoError
	}
	if status := mib.Enumerated(b.Value, 3); status != mib.NoError {
		return status
	}
	i, there := r.session(index)
	if !there || len(index) != 2 || r.number[int64(index[1])] == "" {
		return mib.NoCreation
	}
	port := r.number[int64(index[1])]
	if r.t.list[i].sources[port] == 0 {
		return mib.InconsistentName
	}
	r.t.list[i].sources[port] = dirOf(b.Value.N)
	return mib.NoError
}

// together is what is wrong with a session as a whole, at a binding that set it so.
func (r request) together(i int) (mib.Status, int) {
	var mine []int // the bindings of this session
	for c, at := range r.at {
		if c[0] == i {
			mine = append(mine, at)
		}
	}
	if len(mine) == 0 {
		return mib.NoError, 0
	}
	to, by, mode := r.at[[2]int{i, remoteDestination}], r.at[[2]int{i, reflector}], r.at[[2]int{i, adminMode}]
	s := r.t.list[i]
	wiped := mode != 0 && !s.enabled && s.destination == "" && len(s.sources) == 0 && s.vlan+s.from+s.to == 0
	switch {
	case (to == 0) != (by == 0):
		return mib.InconsistentValue, max(to, by) // the two are set at the same time
	case wiped:
		return mib.NoError, 0
	}
	if column := r.t.clash(i); column != 0 {
		at := r.at[[2]int{i, column}]
		if at == 0 {
			at = slices.Min(mine)
		}
		return mib.InconsistentValue, at
	}
	return mib.NoError, 0
}

// clash is a column whose value does not go together with the others of a session, 0 =
// none. That the destination is no source is the text's. Assumed is that a port is the
// end of one session alone, that a session has one kind of source and one of destination,
// and that remote VLANs are those of the table.
func (t *sessions) clash(i int) int {
	s := t.list[i]
	kinds := func(has ...bool) (n int) {
		for _, h := range has {
			if h {
				n++
			}
		}
		return n
	}
	switch {
	case s.destination != "" && s.sources[s.destination] != 0:
		return sourceMask
	case s.to != 0 && (s.destination != "" || s.reflector == "" || s.sources[s.reflector] != 0 || !t.remote[s.to]):
		return remoteDestination
	case s.to == 0 && s.reflector != "":
		return reflector
	case s.from != 0 && !t.remote[s.from]:
		return remoteSource
	case kinds(len(s.sources) > 0, s.vlan != 0, s.from != 0) > 1:
		return sourceMask
	case s.from != 0 && s.to != 0:
		return remoteDestination
	}
	for j, o := range t.list {
		if j == i {
			continue
		}
		for _, port := range slices.Concat([]string{o.destination, o.reflector}, slices.Collect(maps.Keys(o.sources))) {
			if port != "" && (port == s.destination || port == s.reflector) {
				return destination
			}
		}
		for port := range s.sources {
			if port == o.destination || port == o.reflector {
				return sourceMask
			}
		}
	}
	return 0
}
