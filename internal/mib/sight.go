package mib

import (
	"time"

	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// fresh is how old what was read may be to stand for the look before a Set. That look is
// no younger when the Set arrives than the way to the agent and back takes, so that what was
// read just before protects as well, but for the time in which the change was worked out.
// Whatever is older is asked for again, and everything where a SET writes over what is there
// (Platform.Overwrites).
const fresh = 100 * time.Millisecond

// A sight is what one read of sessions and named ports saw over this connection.
type sight struct {
	begun  time.Time // before the first question
	tables Tables    // columns, whole
	single map[snmp.OID]snmp.Value
}

func sightOf(begun time.Time, t Tables, said []snmp.Variable) sight {
	s := sight{begun: begun, tables: t, single: map[snmp.OID]snmp.Value{}}
	for _, v := range said {
		s.single[v.Name] = v.Value
	}
	return s
}

// of are the values of objects, where all of them were seen and are fresh.
func (s sight) of(names []snmp.OID, now time.Time) (map[snmp.OID]snmp.Value, bool) {
	if age := now.Sub(s.begun); s.begun.IsZero() || age < 0 || age >= fresh {
		return nil, false
	}
	out := map[snmp.OID]snmp.Value{}
	for _, name := range names {
		v, seen := s.value(name)
		if !seen {
			return nil, false
		}
		out[name] = v
	}
	return out, true
}

func (s sight) value(name snmp.OID) (snmp.Value, bool) {
	if v, seen := s.single[name]; seen {
		return v, true
	}
	for column, rows := range s.tables {
		if index, below := column.Below(name); below {
			return rows[index], true // one that a whole column lacks is Missing
		}
	}
	return snmp.Value{}, false
}
