package mib

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

func TestNamesAreThoseOfTheAgent(t *testing.T) {
	for text, want := range map[string]mirror.PortName{"Port  1": "Port 1", " gi1/0/1 ": "gi1/0/1", "StackSub-St1-2": "StackSub-St1-2", "7": "7"} {
		got, err := Ports(text)
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", " ", "a\x00b", "a\xffb", strings.Repeat("x", 256)} {
		if got, err := Ports(text); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
}

func drawObject(t *rapid.T, missing bool) Object {
	o := Object{Note: rapid.StringMatching(`[a-zA-Z0-9()/"]{0,12}`).Draw(t, "note")}
	o.Name = snmp.OID(rapid.StringMatching(`1\.3(\.(0|[1-9][0-9]{0,8})){1,9}`).Draw(t, "name"))
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		o.Value = snmp.Number(snmp.Integer, rapid.Uint64Range(0, 1<<31-1).Draw(t, "integer"))
	case 1:
		o.Value = snmp.Number(snmp.Gauge32, uint64(rapid.Uint32().Draw(t, "gauge")))
	case 2:
		o.Value = snmp.Octets(rapid.String().Draw(t, "text"))
	default:
		o.Value = snmp.Octets(string(rapid.SliceOf(rapid.Byte()).Draw(t, "octets")))
	}
	if missing && rapid.Bool().Draw(t, "missing") {
		o.Value = snmp.Value{}
	}
	return o
}

// TestTheTextOfABlockIsTheBlock, whatever values and notes it has.
func TestTheTextOfABlockIsTheBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Block
		for range rapid.IntRange(0, 3).Draw(t, "checks") {
			b.Checks = append(b.Checks, drawObject(t, true))
		}
		for range rapid.IntRange(1, 3).Draw(t, "messages") {
			m := Message{Set: []Object{drawObject(t, false)}}
			for range rapid.IntRange(0, 2).Draw(t, "more") {
				m.Set, m.Back = append(m.Set, drawObject(t, false)), append(m.Back, drawObject(t, false))
			}
			b.Messages = append(b.Messages, m)
		}
		text := b.String()
		got, err := ParseBlock(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if again := got.String(); again != text {
			t.Fatalf("read back it is\n%s\nnot\n%s", again, text)
		}
	})
}

func TestWhatIsNoBlockIsRefused(t *testing.T) {
	for text, kind := range map[string]error{
		"":                                     mirror.ErrInvalid,
		"check 1.3.6 i 1\n":                    mirror.ErrInvalid, // sets nothing
		"set 1.3.6 none\n":                     mirror.ErrInvalid,
		"set 1.3.6 i x\n":                      mirror.ErrInvalid,
		"set 1.3.6 i 4294967296\n":             mirror.ErrInvalid,
		"set 1.3.6 x 0\n":                      mirror.ErrInvalid,
		"set 1.3.6 s no\n":                     mirror.ErrInvalid,
		"set 1.3.6 s \"a\" b\n":                mirror.ErrInvalid,
		"set 1.3.6 c 1\n":                      mirror.ErrInvalid,
		"set ifName.1 i 1\n":                   mirror.ErrInvalid,
		"get 1.3.6 i 1\n":                      mirror.ErrInvalid,
		"back 1.3.6 i 1\n":                     mirror.ErrInvalid,
		"set 1.3.6 i 1\n\ncheck 1.3.6 i 1\n":   mirror.ErrInvalid,
		"set 1.3.6.<gi1/0/1> i 1\n":            mirror.ErrNotFound,
		"check 1.3.<p_1> s \"p 1\"\nset 1 i 1": mirror.ErrNotFound,
	} {
		if b, err := ParseBlock(text); !errors.Is(err, kind) {
			t.Errorf("%q: %+v %v", text, b, err)
		}
	}
}

func FuzzBlock(f *testing.F) {
	f.Add("check 1.3.6.1 s \"gi1/0/1\"   # ifName\n\nset 1.3.6.2 i 4 # x\nback 1.3.6.2 i 6\n")
	f.Add("set 1.3 x \n")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBlock(text)
		switch {
		case err != nil && !errors.Is(err, mirror.ErrInvalid) && !errors.Is(err, mirror.ErrNotFound):
			t.Errorf("%v", err)
		case err == nil:
			if again, err := ParseBlock(b.String()); err != nil || again.String() != b.String() {
				t.Errorf("%v\n%s\n%s", err, b, again)
			}
		}
	})
}

func TestPortLists(t *testing.T) {
	for octets, want := range map[string][]int{"": nil, "\x80\x01": {1, 16}, "0,4097,4099": {4097, 4099}, "5": {3, 4, 6, 8}, "\x00": nil} {
		got := PortList(octets)
		if len(got) != len(want) {
			t.Errorf("%q: %v, want %v", octets, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: %v, want %v", octets, got, want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		list := string(rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "list"))
		port := rapid.IntRange(-3, 90).Draw(t, "port")
		in := rapid.Bool().Draw(t, "in")
		got, ok := WithPort(list, port, in)
		if len(got) != len(list) || ok != (port >= 1 && port <= 8*len(list)) {
			t.Fatalf("%x with %d: %x %v", list, port, got, ok)
		}
		has := func(octets string, n int) bool { return octets[(n-1)/8]&(0x80>>((n-1)%8)) != 0 }
		for n := 1; n <= 8*len(list); n++ {
			want := has(list, n)
			if ok && n == port {
				want = in
			}
			if has(got, n) != want {
				t.Fatalf("%x with %d %v: %x", list, port, in, got)
			}
		}
	})
}

func TestFactsAreReadFromSysDescr(t *testing.T) {
	for descr, want := range map[string][2]string{
		"USW GigaBit Ethernet Switch, firmware 5.76.7.13442":                          {"USW GigaBit Ethernet Switch", "5.76.7.13442"},
		"Extreme SLX9150-48Y Switch, SLX Operating System Version 20.1.2e.":           {"Extreme SLX9150-48Y Switch", "20.1.2e."},
		"CBS350-24P-4X 24-Port Gigabit PoE Stackable Managed Switch with 10G Uplinks": {"CBS350-24P-4X 24-Port Gigabit PoE Stackable Managed Switch with 10G Uplinks", ""},
		"Software in ROM": {"Software in ROM", ""},
	} {
		if model, version := described(descr); model != want[0] || version != want[1] {
			t.Errorf("%q: %q %q", descr, model, version)
		}
	}
}
