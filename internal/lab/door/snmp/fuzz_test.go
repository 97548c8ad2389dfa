package snmp

import (
	"slices"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/lab/mib"
)

// a still is a switch that does not change but for what is written.
type still struct {
	lost    Fate
	trouble Trouble
	written []mib.Binding
	object  mib.OID // sysObjectID
	empty   bool    // has nothing of its own
}

var (
	ownColumn = mib.Must("1.3.6.1.4.1.32473.1.1.2")
	ownEmpty  = mib.Must("1.3.6.1.4.1.32473.1.1.3")
)

func interfaces(n int) (out []Interface) {
	for i := range n {
		out = append(out, Interface{Index: uint32(i + 1), Type: 6})
	}
	return out
}

func (*still) System() System {
	return System{Name: "s", Uptime: time.Hour, Boots: 1, Interfaces: interfaces(30)}
}
func (s *still) Agent() mib.Agent {
	if s.empty {
		return nil
	}
	return s
}
func (*still) Engine() Engine           { return Engine{"\x80\x00\x7e\xd9\x04still", 3, 3600} }
func (*still) Silent() bool             { return false }
func (*still) Delay(bool) time.Duration { return 0 }
func (*still) Lost(bool) bool           { return false }
func (s *still) Arrives() Fate          { return s.lost }
func (s *still) Trouble() Trouble       { return s.trouble }

func (s *still) Show() mib.Picture {
	p := mib.Picture{ObjectID: s.object, Objects: []mib.OID{ownColumn, ownEmpty}, Virtual: []mib.Interface{{Index: 1000, Name: "VLAN 1", Type: 53}}}
	for _, b := range s.written {
		p.Instances = append(p.Instances, b)
	}
	p.Add(ownColumn, mib.Count64(1<<63+5), 7, 2)
	p.Add(ownColumn, mib.Int(-300), 7, 1)
	return p
}

func (s *still) Set(bindings []mib.Binding) (mib.Status, int) {
	for i, b := range bindings {
		if _, mine := ownColumn.Below(b.Name); !mine {
			return mib.NotWritable, i + 1
		}
	}
	s.written = append(s.written, bindings...)
	return mib.NoError, 0
}

func users() []*User {
	return []*User{{Name: "reader", Protocol: "sha", Password: "reader-pass"}, {Name: "writer", Protocol: "sha256", Password: "writer-pass", Privacy: "secret-pass", Write: true}}
}

// FuzzRequests: whatever comes, an agent answers with a message that fits and can be
// read, or not at all.
func FuzzRequests(f *testing.F) {
	for _, kind := range []gosnmp.PDUType{gosnmp.GetRequest, gosnmp.GetNextRequest, gosnmp.GetBulkRequest, gosnmp.SetRequest} {
		p := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "c", PDUType: kind, RequestID: 7, NonRepeaters: 1, MaxRepetitions: 50}
		for _, name := range []string{".1.3.6.1.2.1.1.3.0", ".1.3.6.1.2.1.31.1.1.1.6.4294967295", ".1.3.6.1.2.1.2.2.1.2", ".2.999", ownColumn.String() + ".7.1"} {
			p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: name, Type: gosnmp.Null})
		}
		raw, err := p.MarshalMsg()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	host := &still{}
	own := host.Engine()
	for _, u := range append(users(), &User{Name: "nobody", Protocol: "sha"}) {
		for _, engine := range []string{"", own.ID} {
			for _, boots := range []int64{own.Boots, 1} {
				m := message{id: 5, user: u.Name, pdu: pdu{id: 9}}
				to := reply{m: m, engine: Engine{engine, boots, own.Time}, user: u, signed: engine != "", sealed: engine != "" && u.Privacy != ""}
				raw := to.encode(pdu{kind: set, id: 9, bindings: []mib.Binding{{Name: ownColumn.Under(7, 1), Value: mib.Int(4)}}})
				f.Add(raw)
			}
		}
	}
	set := Settings{Community: "c", WriteCommunity: "w", Users: users()}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m Meter
		set := set
		set.Narrow = len(raw)%2 == 0
		s := &Server{host: &still{}, set: set, meter: &m}
		answer, _ := s.answer(slices.Clone(raw))
		if answer == nil {
			return
		}
		if len(answer) > maxMessage {
			t.Errorf("%d octets", len(answer))
		}
		read, err := decode(answer)
		if err != nil {
			t.Errorf("the answer cannot be read: %v", err)
		}
		if read.version == version2c { // a foreign reader, of what is not secret
			if _, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(answer); err != nil {
				t.Errorf("the answer cannot be read: %v", err)
			}
		}
	})
}

// FuzzValues: what is encoded is decoded to the same.
func FuzzValues(f *testing.F) {
	f.Add(uint8(mib.Counter64), int64(-1), "x", uint32(1), uint32(128))
	f.Add(uint8(mib.ObjectID), int64(-1), "x", uint32(4294967295), uint32(0))
	f.Fuzz(func(t *testing.T, kind uint8, n int64, text string, a, b uint32) {
		v := mib.Value{Kind: mib.Kind(kind)}
		switch v.Kind {
		case mib.Integer:
			v.N = int64(int32(n))
		case mib.Counter32, mib.Gauge, mib.TimeTicks:
			v.N = int64(uint32(n))
		case mib.Counter64:
			v.N = n
		case mib.Octets, mib.Opaque:
			v.S = text
		case mib.IPAddress:
			v.S = (text + "....")[:4]
		case mib.ObjectID:
			v.ID = mib.OID{a % 3, b % 40, a & (1<<32 - 1), b}
		case mib.Null, mib.NoSuchObject, mib.NoSuchInstance, mib.EndOfView:
		default:
			return
		}
		r := &reader{left: encodeValue(v)}
		got, ok := decodeValue(r.any())
		if !ok || r.end() != nil || got.Kind != v.Kind || got.N != v.N || got.S != v.S || !slices.Equal(got.ID, v.ID) {
			t.Errorf("%+v became %+v", v, got)
		}
	})
}

// TestTheMIBIsWalkedInOrder, from anywhere and to its end.
func TestTheMIBIsWalkedInOrder(t *testing.T) {
	for _, narrow := range []bool{false, true} {
		v := (&Server{host: &still{}, set: Settings{Narrow: narrow}}).view()
		n := 0
		for at := mib.Must("0.0"); ; n++ {
			next, got := v.next(at)
			if got.Kind == mib.EndOfView {
				break
			}
			if mib.Compare(at, next) >= 0 {
				t.Fatalf("%s after %s", next, at)
			}
			if now := v.get(next); now.Kind != got.Kind {
				t.Errorf("%s: %v, by a walk %v", next, now.Kind, got.Kind)
			}
			if v.narrow && got.Kind == mib.Counter64 && !slices.Equal(next[:len(ownColumn)], ownColumn) {
				t.Errorf("%s is 64 bits wide", next)
			}
			at = next
		}
		want := 2 // of its own
		for _, o := range objects {
			switch {
			case v.narrow && o.wide:
			case o.column:
				want += 31
			default:
				want++
			}
		}
		if n != want {
			t.Errorf("%d instances, want %d", n, want)
		}
	}
	system := System{Interfaces: interfaces(3)}
	v := view{System: &system}
	for name, want := range map[string]string{
		"1.3.6.1.2.1.1.3": ".1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.3.0": ".1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.3.0.7": ".1.3.6.1.2.1.1.4.0",
		"1.3.6.1.2.1.2.2.1.2.3": ".1.3.6.1.2.1.2.2.1.3.1", "1.3.6.1.2.1.2.2.1.2.1.9": ".1.3.6.1.2.1.2.2.1.2.2", "1.3.6.1.2.1.2.2.1.15": ".1.3.6.1.2.1.2.2.1.16.1",
		"1.3.6.1.2.1.2.2.1.2.4294967295": ".1.3.6.1.2.1.2.2.1.3.1", "1": ".1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.31.1.1.1.19.3": ".1.3.6.1.2.1.31.1.5.0", "2": ".2",
	} {
		if got, _ := v.next(mib.Must(name)); got.String() != want {
			t.Errorf("behind %s is %s, want %s", name, got, want)
		}
	}
	v.own = (&still{}).Show()
	for name, want := range map[string]mib.Kind{"1.3.6.1.2.1.1.3.0": mib.TimeTicks, "1.3.6.1.2.1.1.3.1": mib.NoSuchInstance, "1.3.6.1.2.1.1.3": mib.NoSuchObject,
		"1.3.6.1.2.1.2.2.1.2.4": mib.NoSuchInstance, "1.3.6.1.2.1.2.2.1.2.0": mib.NoSuchInstance, "1.3.6.1.2.1.2.2.1.15.1": mib.NoSuchObject,
		ownEmpty.String() + ".1": mib.NoSuchInstance, "1.3.6.1.4.1.32473.1.1.4.1": mib.NoSuchObject} {
		if got := v.get(mib.Must(name)); got.Kind != want {
			t.Errorf("%s: %v, want %v", name, got.Kind, want)
		}
	}
}
