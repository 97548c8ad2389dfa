package smon

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A fake is an agent with a portCopyTable as RFC 2613 and RFC 2579 have it: rows need
// both of their ports up, and a Set is done whole or not at all.
type fake struct {
	*testkit.Agent
	most     int  // objects in one Set, 0 = any
	wait     bool // it knows no createAndGo
	rigid    bool // a direction cannot be changed while the row is active
	readOnly bool
	deny     string // a row index that is refused
}

const fakePorts = 12

func newFake(t testing.TB) *fake {
	f := &fake{Agent: testkit.StartAgent(t)}
	f.Put("1.3.6.1.2.1.1.1.0", "Fake switch, firmware 1.2.3")
	f.Put("1.3.6.1.2.1.1.3.0", uint32(0))
	f.Put("1.3.6.1.2.1.31.1.5.0", uint32(1))
	f.Put(string(smonCapabilities), "\x28")
	for i := 1; i <= fakePorts; i++ {
		f.Put(fmt.Sprintf("1.3.6.1.2.1.2.2.1.3.%d", i), 6)
		f.Put(fmt.Sprintf("1.3.6.1.2.1.2.2.1.7.%d", i), 1)
		f.Put(fmt.Sprintf("1.3.6.1.2.1.2.2.1.8.%d", i), 1)
		f.Put(fmt.Sprintf("1.3.6.1.2.1.31.1.1.1.1.%d", i), fmt.Sprintf("Port  %d", i))
		f.Put(fmt.Sprintf("1.3.6.1.2.1.31.1.1.1.15.%d", i), uint32(1000))
	}
	f.OnSet(f.decide)
	return f
}

func (f *fake) link(port int, up bool) {
	state := 2
	if up {
		state = 1
	}
	f.Put(fmt.Sprintf("1.3.6.1.2.1.2.2.1.8.%d", port), state)
}

// rows are the table as text, a row for each.
func (f *fake) rows() string {
	var out []string
	for src := 1; src <= 2*fakePorts; src++ {
		for dst := 1; dst <= fakePorts; dst++ {
			if s := f.Get(fmt.Sprintf("%s.%d.%d", copyStatus, src, dst)); s != nil {
				out = append(out, fmt.Sprintf("%d.%d %v %v", src, dst, f.Get(fmt.Sprintf("%s.%d.%d", copyDirection, src, dst)), s))
			}
		}
	}
	return strings.Join(out, "; ")
}

func (f *fake) row(src, dst, direction, status int) {
	f.Put(fmt.Sprintf("%s.%d.%d", copyDirection, src, dst), direction)
	f.Put(fmt.Sprintf("%s.%d.%d", copyStatus, src, dst), status)
}

func (f *fake) decide(have map[string]gosnmp.SnmpPDU, asked []gosnmp.SnmpPDU) (gosnmp.SNMPError, uint8) {
	if f.readOnly {
		return gosnmp.NotWritable, 1
	}
	if f.most > 0 && len(asked) > f.most {
		return gosnmp.TooBig, 0
	}
	next := map[string]*gosnmp.SnmpPDU{}
	at := func(name string) (int, bool) {
		if v, ok := next[name]; ok {
			if v == nil {
				return 0, false
			}
			return v.Value.(int), true
		}
		v, ok := have[name]
		if !ok {
			return 0, false
		}
		return v.Value.(int), true
	}
	put := func(name string, value int) {
		next[name] = &gosnmp.SnmpPDU{Name: "." + name, Type: gosnmp.Integer, Value: value}
	}
	pending := map[string]int{}
	for i, v := range asked {
		name := strings.TrimPrefix(v.Name, ".")
		n := v.Value.(int)
		index, isStatus := strings.CutPrefix(name, string(copyStatus)+".")
		if !isStatus {
			index = strings.TrimPrefix(name, string(copyDirection)+".")
		}
		if index == f.deny {
			return gosnmp.InconsistentValue, uint8(i + 1)
		}
		status, there := at(string(copyStatus) + "." + index)
		direction := string(copyDirection) + "." + index
		switch {
		case !isStatus && !there:
			pending[index] = n
		case !isStatus && status == active && f.rigid:
			return gosnmp.InconsistentValue, uint8(i + 1)
		case !isStatus:
			put(direction, n)
		case n == destroy:
			next[name], next[direction] = nil, nil
		case n == createAndGo && f.wait:
			return gosnmp.WrongValue, uint8(i + 1)
		case n == createAndGo, n == createAndWait:
			if there {
				return gosnmp.InconsistentValue, uint8(i + 1)
			}
			put(name, map[int]int{createAndGo: active, createAndWait: notInService}[n])
			put(direction, copyBoth)
			if d, ok := pending[index]; ok {
				put(direction, d)
				delete(pending, index)
			}
		case !there:
			return gosnmp.InconsistentValue, uint8(i + 1)
		default:
			put(name, n)
		}
	}
	if len(pending) > 0 {
		return gosnmp.InconsistentName, 1
	}
	for name, v := range next {
		if v == nil {
			delete(have, name)
		} else {
			have[name] = *v
		}
	}
	return gosnmp.NoError, 0
}
