package snmp

import (
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

type still struct{}

func (still) System() System {
	return System{Name: "s", Uptime: time.Hour, Boots: 1, Interfaces: make([]Interface, 30)}
}
func (still) Silent() bool           { return false }
func (still) Latency() time.Duration { return 0 }

// FuzzRequests: whatever comes, an agent answers with a message that fits, or not at
// all, and a walk goes forward.
func FuzzRequests(f *testing.F) {
	for _, kind := range []gosnmp.PDUType{gosnmp.GetRequest, gosnmp.GetNextRequest, gosnmp.GetBulkRequest, gosnmp.SetRequest} {
		p := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "c", PDUType: kind, RequestID: 7, NonRepeaters: 1, MaxRepetitions: 50}
		for _, name := range []string{".1.3.6.1.2.1.1.3.0", ".1.3.6.1.2.1.31.1.1.1.6.4294967295", ".1.3.6.1.2.1.2.2.1.2", ".2.999"} {
			p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: name, Type: gosnmp.Null})
		}
		raw, err := p.MarshalMsg()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m Meter
		s := &Server{host: still{}, set: Settings{Community: "c", Narrow: len(raw)%2 == 0}, meter: &m}
		answer := s.answer(raw)
		if answer == nil {
			return
		}
		if len(answer) > maxMessage {
			t.Errorf("%d octets", len(answer))
		}
		if _, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(answer); err != nil {
			t.Errorf("the answer cannot be read: %v", err)
		}
	})
}

// TestTheMIBIsWalkedInOrder, from anywhere and to its end.
func TestTheMIBIsWalkedInOrder(t *testing.T) {
	system := System{Interfaces: make([]Interface, 3)}
	for _, v := range []view{{&system, false}, {&system, true}} {
		n := 0
		for at, prev := must("0.0"), oid(nil); ; n++ {
			next, got := v.next(at)
			if got.kind == gosnmp.EndOfMibView {
				break
			}
			if prev = at; !less(prev, next) {
				t.Fatalf("%s after %s", next, prev)
			}
			if now := v.get(next); now.kind != got.kind {
				t.Errorf("%s: %v, by a walk %v", next, now.kind, got.kind)
			}
			if v.narrow && got.kind == gosnmp.Counter64 {
				t.Errorf("%s is 64 bits wide", next)
			}
			at = next
		}
		want := 0
		for _, o := range objects {
			switch {
			case v.narrow && o.wide:
			case o.column:
				want += 3
			default:
				want++
			}
		}
		if n != want {
			t.Errorf("%d instances, want %d", n, want)
		}
	}
	v := view{&system, false}
	for name, want := range map[string]string{
		"1.3.6.1.2.1.1.3": ".1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.3.0": ".1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.3.0.7": ".1.3.6.1.2.1.1.4.0",
		"1.3.6.1.2.1.2.2.1.2.3": ".1.3.6.1.2.1.2.2.1.3.1", "1.3.6.1.2.1.2.2.1.2.1.9": ".1.3.6.1.2.1.2.2.1.2.2", "1.3.6.1.2.1.2.2.1.15": ".1.3.6.1.2.1.2.2.1.16.1",
		"1.3.6.1.2.1.2.2.1.2.4294967295": ".1.3.6.1.2.1.2.2.1.3.1", "1": ".1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.31.1.1.1.19.3": ".1.3.6.1.2.1.31.1.5.0", "2": ".2",
	} {
		if got, _ := v.next(must(name)); got.String() != want {
			t.Errorf("behind %s is %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]gosnmp.Asn1BER{"1.3.6.1.2.1.1.3.0": gosnmp.TimeTicks, "1.3.6.1.2.1.1.3.1": gosnmp.NoSuchInstance, "1.3.6.1.2.1.1.3": gosnmp.NoSuchObject,
		"1.3.6.1.2.1.2.2.1.2.4": gosnmp.NoSuchInstance, "1.3.6.1.2.1.2.2.1.2.0": gosnmp.NoSuchInstance, "1.3.6.1.2.1.2.2.1.15.1": gosnmp.NoSuchObject} {
		if got := v.get(must(name)); got.kind != want {
			t.Errorf("%s: %v, want %v", name, got.kind, want)
		}
	}
}

func less(a, b oid) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return len(a) < len(b)
}
