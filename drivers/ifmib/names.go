package ifmib

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// An iface is a row of the agent that is a port of the platform.
type iface struct {
	port   mirror.PortName
	index  uint32
	column snmp.OID // that names it, ifName or ifDescr
	name   string   // what stands there
	// Columns of 64 bits that the agent does not have for it.
	narrowOctets, narrowPackets bool
}

// A table says which row is which port.
type table struct {
	at        time.Time
	ports     map[mirror.PortName]*iface
	ambiguous map[mirror.PortName]string // ports that two rows have, with what the rows say
	stamp     stamp                      // before it was read
}

// A stamp tells that rows may have other indexes now.
type stamp struct{ boots, change string } // "" = not told

// stampOf reads the answer to sysUpTime, ifTableLastChange and snmpEngineBoots.
func stampOf(a agent, answer []snmp.Variable) (s stamp) {
	if answer[1].Kind == snmp.Ticks {
		s.change = strconv.FormatUint(answer[1].Number, 10)
	}
	if boots, ok := a.Boots(); ok {
		s.boots = strconv.FormatUint(uint64(boots), 10)
	} else if answer[2].Kind == snmp.Integer {
		s.boots = strconv.FormatUint(answer[2].Number, 10)
	}
	return s
}

func ticks(v snmp.Value) time.Duration {
	if v.Kind != snmp.Ticks {
		return 0
	}
	return time.Duration(v.Number) * 10 * time.Millisecond
}

// readTable asks for the names of all rows. A port is found by ifName, and by ifDescr
// where the row's ifName is no port of the platform; ifAlias is a text of the operator
// and never asked. The two tables need not have the same rows.
func readTable(ctx context.Context, agent agent, ports func(string) ([]mirror.PortName, error)) (*table, error) {
	before, err := agent.Get(ctx, sysUpTime, ifTableLastChange, snmpEngineBoots)
	if err != nil {
		return nil, err
	}
	columns, err := agent.Walk(ctx, ifName, ifDescr)
	if err != nil {
		return nil, fmt.Errorf("read the names of interfaces: %w", err)
	}
	if len(columns[0])+len(columns[1]) == 0 {
		return nil, fmt.Errorf("the agent shows no interfaces (IF-MIB); its view may hide them: %w", mirror.ErrRejected)
	}
	t := &table{at: time.Now(), stamp: stampOf(agent, before), ports: map[mirror.PortName]*iface{}, ambiguous: map[mirror.PortName]string{}}
	named := map[uint32]bool{}
	for i, column := range []snmp.OID{ifName, ifDescr} {
		for _, row := range columns[i] {
			index, ok := row.Index.Index()
			if !ok || named[index] || row.Kind != snmp.Text {
				continue
			}
			port, ok := onePort(ports, row.Text)
			if !ok {
				continue
			}
			named[index] = true
			t.add(&iface{port: port, index: index, column: column, name: row.Text})
		}
	}
	return t, nil
}

// onePort is the port of a name, false where it is none or several.
func onePort(ports func(string) ([]mirror.PortName, error), name string) (mirror.PortName, bool) {
	found, err := ports(name)
	if err != nil || len(found) != 1 {
		return "", false
	}
	return found[0], true
}

func (t *table) add(f *iface) {
	if _, twice := t.ambiguous[f.port]; twice {
		return
	}
	if other := t.ports[f.port]; other != nil {
		t.ambiguous[f.port] = fmt.Sprintf("the agent has it twice: ifIndex %d is %q and %d is %q", other.index, other.name, f.index, f.name)
		delete(t.ports, f.port)
		return
	}
	t.ports[f.port] = f
}
