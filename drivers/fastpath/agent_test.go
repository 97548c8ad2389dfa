package fastpath

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const fakeGroup = "1.3.6.1.4.1.4526.10.1.2.10."

// A fake is an agent with one session as NETGEAR-SWITCHING-MIB has it, of eight ports: what
// a Set says is done, and mode delete wipes the session whole.
type fake struct {
	*testkit.Agent
	t       testing.TB
	conn    *mib.Conn
	refused string // a column whose Set is refused
}

var fakeColumns = []string{colDestination, colMask, colMode, colVLAN, colRemoteFrom, colRemoteTo, colReflector, colIPList, colMACList}

func newFake(t testing.TB) *fake {
	f := &fake{Agent: testkit.StartAgent(t), t: t}
	f.Put("1.3.6.1.2.1.1.3.0", uint32(0))
	for i := 1; i <= 8; i++ {
		f.Put(fmt.Sprintf("1.3.6.1.2.1.2.2.1.3.%d", 100+i), 6)
		f.Put(fmt.Sprintf("1.3.6.1.2.1.31.1.1.1.1.%d", 100+i), fmt.Sprintf("0/%d", i))
		f.Put(fmt.Sprintf("1.3.6.1.2.1.17.1.4.1.2.%d", i), 100+i)
	}
	f.wipe(func(name string, v any) { f.Put(name, v) })
	f.OnSet(f.decide)
	return f
}

func (f *fake) wipe(put func(name string, v any)) {
	for _, c := range fakeColumns {
		var v any = uint32(0)
		switch c {
		case colMask:
			v = "\x00"
		case colMode:
			v = modeDisable
		}
		put(fakeGroup+c+".1", v)
	}
	for i := 1; i <= 8; i++ {
		put(fmt.Sprintf("%s%s.1.%d", fakeGroup, colType, i), nil)
	}
}

func (f *fake) decide(have map[string]gosnmp.SnmpPDU, asked []gosnmp.SnmpPDU) (gosnmp.SNMPError, uint8) {
	for i, v := range asked {
		if f.refused != "" && strings.HasPrefix(v.Name, "."+fakeGroup+f.refused+".") {
			return gosnmp.NotWritable, uint8(i + 1)
		}
	}
	for _, v := range asked {
		if v.Name == "."+fakeGroup+colMode+".1" && v.Value == modeDelete {
			f.wipe(func(name string, v any) {
				kind := map[bool]gosnmp.Asn1BER{true: gosnmp.OctetString, false: gosnmp.Gauge32}[strings.Contains(name, colMask+".")]
				if _, integer := v.(int); integer {
					kind = gosnmp.Integer
				}
				if have[name] = (gosnmp.SnmpPDU{Name: "." + name, Type: kind, Value: v}); v == nil {
					delete(have, name)
				}
			})
			continue
		}
		have[strings.TrimPrefix(v.Name, ".")] = v
	}
	return gosnmp.NoError, 0
}

// holds is the session in the words of its columns that are set.
func (f *fake) holds() string {
	var out []string
	for _, c := range fakeColumns {
		switch v := f.Get(fakeGroup + c + ".1").(type) {
		case string:
			out = append(out, fmt.Sprintf("%s=%x", c, v))
		case []byte:
			out = append(out, fmt.Sprintf("%s=%x", c, v))
		default:
			if text := fmt.Sprint(v); text != "0" {
				out = append(out, c+"="+text)
			}
		}
	}
	return strings.Join(out, " ")
}

func (f *fake) look() mirror.Observation {
	f.t.Helper()
	if f.conn == nil {
		target := mirror.Target{Device: mirror.Device{Name: "sw1"}, Login: mirror.Login{Profile: "snmp", For: mirror.Bindings{mirror.Any},
			SNMP: mirror.SNMPLogin{Community: mirror.NewSecret(f.Community)}}}
		target.Transport = mirror.Transport{Protocol: "snmp", Address: "127.0.0.1", Port: f.Port}
		target.Transport.Timeouts.Read = mirror.Duration(600 * time.Millisecond)
		conn, err := Connect(f.t.Context(), target, mib.Options{})
		if err != nil {
			f.t.Fatal(err)
		}
		f.t.Cleanup(func() { _ = conn.Close() })
		f.conn = conn
	}
	known, err := f.conn.Observe(f.t.Context(), mirror.Look{Whole: true})
	if err != nil {
		f.t.Fatal(err)
	}
	return known.Observation
}

// render makes the block of one change, which between may still alter before it is pushed.
func (f *fake) do(before, after *mirror.NativeSession, between func(*mirror.Payload)) error {
	f.t.Helper()
	o := f.look()
	p, err := Render(f.conn.Facts(), o, []mirror.Change{{Mark: "nm-test", Before: before, After: after}})
	if err != nil {
		f.t.Fatal(err)
	}
	if between != nil {
		between(&p)
	}
	report, err := f.conn.Push(f.t.Context(), "tx", p)
	if err != nil {
		f.t.Fatalf("%v\n%s", err, p.Blocks[0].Text)
	}
	return report.Blocks[0].Err
}

// native is session 1, of sources such as "0/1 rx" and "20 both".
func native(dest string, sources ...string) *mirror.NativeSession {
	n := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{mirror.PortName(dest)},
		Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
	for _, s := range sources {
		at, direction, _ := strings.Cut(s, " ")
		source := mirror.NativeSource{Port: mirror.PortName(at), Direction: mirror.Direction(direction)}
		if vid, err := strconv.Atoi(at); err == nil {
			source = mirror.NativeSource{VLAN: vid, Direction: source.Direction}
		}
		n.Sources = append(n.Sources, source)
	}
	return &mirror.NativeSession{ID: "1", Spec: n.Normalize()}
}
