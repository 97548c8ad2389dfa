package smon

import (
	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/lab/plain"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A wish is what a request wants of one row, with the numbers of its bindings.
type wish struct {
	src, dst uint32
	value    map[string]int64 // by column
	at       map[string]int
	first    int
}

// set is one request.
func (a agent) set(v plain.View, bindings []mib.Binding) (mib.Status, int) {
	var list []*wish
	for i, b := range bindings {
		column, index, status := a.column(b)
		if status != mib.NoError {
			return status, i + 1
		}
		var w *wish
		for _, o := range list {
			if o.src == index[0] && o.dst == index[1] {
				w = o
			}
		}
		if w == nil {
			w = &wish{src: index[0], dst: index[1], value: map[string]int64{}, at: map[string]int{}, first: i + 1}
			list = append(list, w)
		}
		if w.at[column] != 0 {
			return mib.InconsistentValue, i + 1 // two values for one instance
		}
		w.value[column], w.at[column] = b.Value.N, i+1
	}
	for _, w := range list {
		if status, index := a.grant(v, w); status != mib.NoError {
			return status, index
		}
	}
	return mib.NoError, 0
}

// column is which one a binding sets, with a value that the column may have.
func (a agent) column(b mib.Binding) (string, mib.OID, mib.Status) {
	for _, c := range []struct {
		at          mib.OID
		least, most int64
		joins       bool
	}{{direction, 1, 3, false}, {rowStatus, 1, 6, false}, {sessionNo, 0, 1<<31 - 1, true}, {sessionType, 1, 5, true}, {removeSrc, 1, 2, true}} {
		index, is := c.at.Below(b.Name)
		if !is || c.joins && !a.is.Joins {
			continue
		}
		status := mib.Ranged(b.Value, mib.Integer, c.least, c.most)
		if status == mib.NoError && len(index) != 2 {
			status = mib.NoCreation
		}
		return c.at.String(), index, status
	}
	return "", nil, mib.NotWritable
}

// grant carries out what is wanted of one row.
func (a agent) grant(v plain.View, w *wish) (mib.Status, int) {
	t := v.Config.Mirror.(*rows)
	src, known := a.named(v, w.src)
	dst, port := v.At[w.dst]
	k := key{src, dst}
	r, exists := t.row[k]
	at := mib.Absent
	if exists {
		at = r.status(a, v, k)
	}
	want, statusAt := mib.RowStatus(w.value[rowStatus.String()]), w.at[rowStatus.String()]
	if want == mib.Destroy {
		if exists {
			a.destroy(t, k, r)
		}
		return mib.NoError, 0 // also where there was none (RFC 2579)
	}
	if !exists {
		switch {
		case statusAt == 0:
			return mib.InconsistentName, w.first // a row begins with its status
		case want != mib.CreateAndGo && want != mib.CreateAndWait:
		case !known || !port:
			return mib.NoCreation, statusAt // no such interface, or no destination (dataSourceCopyCaps)
		case src == dst || a.taken(t, k):
			return mib.InconsistentValue, statusAt
		case a.full(t, k):
			return mib.ResourceUnavailable, statusAt
		}
		r = row{dir: plant.Both, kind: notSpecified}
	}
	if status, at := a.columns(w, &r, exists && at == mib.Active); status != mib.NoError {
		return status, at
	}
	if statusAt == 0 {
		if t.row[k] = r; a.is.Joins && r.active {
			t.turn(r)
		}
		return mib.NoError, 0
	}
	rule := mib.Row{NoCreateAndGo: a.is.NoCreateAndGo, NoCreateAndWait: a.is.NoCreateAndWait}
	next, status := rule.Next(at, want, ready(v, k) || a.is.AcceptsDown)
	if status != mib.NoError {
		return status, statusAt
	}
	was := r.active
	r.active = next == mib.Active
	if t.row[k] = r; !a.is.Joins {
		return mib.NoError, 0
	}
	switch {
	case r.active && !was:
		if !a.join(t, k) {
			return mib.InconsistentValue, statusAt
		}
	case was && !r.active:
		for o, other := range t.row { // of the same session and source
			if o.src == k.src && other.session == r.session {
				other.active = false
				t.row[o] = other
			}
		}
	}
	return mib.NoError, 0
}

// columns sets the other columns of a row.
func (a agent) columns(w *wish, r *row, active bool) (mib.Status, int) {
	if at := w.at[direction.String()]; at != 0 {
		d := plant.Direction(w.value[direction.String()])
		if active && a.is.FixedDirection && d != r.dir {
			return mib.InconsistentValue, at
		}
		r.dir = d
	}
	for column, set := range map[string]func(int64){
		sessionNo.String():   func(n int64) { r.session = int(n) },
		sessionType.String(): func(n int64) { r.kind = int(n) },
	} {
		if at := w.at[column]; at != 0 {
			if active {
				return mib.InconsistentValue, at // not of an active row (CISCO-RMON-CONFIG-MIB)
			}
			set(w.value[column])
		}
	}
	if w.at[removeSrc.String()] != 0 {
		r.keepSrc = w.value[removeSrc.String()] == 2
	}
	return mib.NoError, 0
}

// taken reports whether a port would be both source and destination; that an agent
// refuses it is assumed.
func (a agent) taken(t *rows, k key) bool {
	for o := range t.row {
		if o.src == k.dst || o.dst == k.src {
			return true
		}
	}
	return false
}

// full reports whether there is no room for a further row.
func (a agent) full(t *rows, k key) bool {
	ends := map[string]bool{k.dst: true}
	for o := range t.row {
		ends[o.dst] = true
	}
	return a.is.MaxRows > 0 && len(t.row) >= a.is.MaxRows || a.is.MaxDestinations > 0 && len(ends) > a.is.MaxDestinations
}

// join puts an active row into a session: the one of its number, or the one that its
// destination belongs to, or a new one. Exactly one of its ends must be in a session that
// is there. Then the direction of the row is that of the whole session, and every source
// of it goes to every destination.
func (a agent) join(t *rows, k key) bool {
	r := t.row[k]
	srcs, dsts, highest := map[string]bool{}, map[string]bool{}, 0
	for o, other := range t.row {
		highest = max(highest, other.session)
		if r.session == 0 && o != k && other.active && o.dst == k.dst {
			r.session = other.session
		}
	}
	for o, other := range t.row {
		if o != k && other.active && r.session != 0 && other.session == r.session {
			srcs[o.src], dsts[o.dst] = true, true
		}
	}
	if len(srcs) > 0 && srcs[k.src] == dsts[k.dst] {
		return false
	}
	if r.session == 0 {
		r.session = highest + 1
	}
	r.kind = local
	srcs[k.src], dsts[k.dst] = true, true
	for src := range srcs {
		for dst := range dsts {
			o, exists := t.row[key{src, dst}]
			if !exists {
				o = r
			}
			o.active, o.session, o.kind, o.dir = true, r.session, local, r.dir
			t.row[key{src, dst}] = o
		}
	}
	return true
}

// turn gives all rows of a session one direction.
func (t *rows) turn(r row) {
	for o, other := range t.row {
		if other.active && other.session == r.session {
			other.dir = r.dir
			t.row[o] = other
		}
	}
}

// destroy removes a row, and with sessions all of the same source, or of the same
// destination where the row says so.
func (a agent) destroy(t *rows, k key, r row) {
	delete(t.row, k)
	if !a.is.Joins || !r.active || r.session == 0 {
		return
	}
	for o, other := range t.row {
		if other.session == r.session && (!r.keepSrc && o.src == k.src || r.keepSrc && o.dst == k.dst) {
			delete(t.row, o)
		}
	}
}
