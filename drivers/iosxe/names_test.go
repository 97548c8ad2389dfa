package iosxe

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestPorts(t *testing.T) {
	for text, want := range map[string][]mirror.PortName{
		"Gi1/0/14":                {"GigabitEthernet1/0/14"},
		"gi 1/0/14":               {"GigabitEthernet1/0/14"},
		"GigabitEthernet1/0/14":   {"GigabitEthernet1/0/14"},
		"gigabitethernet 1/0/14":  {"GigabitEthernet1/0/14"},
		"Gig0/1":                  {"GigabitEthernet0/1"},
		"Te1/1/1":                 {"TenGigabitEthernet1/1/1"},
		"Tw1/0/1":                 {"TwoGigabitEthernet1/0/1"},
		"Twe1/0/1":                {"TwentyFiveGigE1/0/1"},
		"Fi1/0/1":                 {"FiveGigabitEthernet1/0/1"},
		"Fif1/0/1":                {"FiftyGigE1/0/1"},
		"Fo1/1/1":                 {"FortyGigabitEthernet1/1/1"},
		"Hu1/0/49":                {"HundredGigE1/0/49"},
		"Fa0/1":                   {"FastEthernet0/1"},
		"Et0/1":                   {"Ethernet0/1"},
		"Po1":                     {"Port-channel1"},
		"port-channel 12":         {"Port-channel12"},
		"Gi2/2/0.100":             {"GigabitEthernet2/2/0.100"},
		"Gi1/0/15-18":             {"GigabitEthernet1/0/15", "GigabitEthernet1/0/16", "GigabitEthernet1/0/17", "GigabitEthernet1/0/18"},
		"Gi1/0/1 - 2 , Gi1/0/9":   {"GigabitEthernet1/0/1", "GigabitEthernet1/0/2", "GigabitEthernet1/0/9"},
		"Gi1/0/1-Gi1/0/2":         {"GigabitEthernet1/0/1", "GigabitEthernet1/0/2"},
		"Gi1/0/1-1/0/2":           {"GigabitEthernet1/0/1", "GigabitEthernet1/0/2"},
		"Po1 - 2":                 {"Port-channel1", "Port-channel2"},
		"Gi1/0/1,Gi1/0/1":         {"GigabitEthernet1/0/1"},
		"Te1/1/4,Gi1/0/1 - 1,Po3": {"TenGigabitEthernet1/1/4", "GigabitEthernet1/0/1", "Port-channel3"},
	} {
		got, err := Ports(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestWhatIsNoPort(t *testing.T) {
	for _, text := range []string{"", " ", ",", "Gi", "1/0/1", "T1/0/1", "F1/0/1", "Gi1/0/1,", "Gi1/0/1 Gi1/0/2", "Gi1/0/1,2", "Gi1/0/4-1",
		"Gi1/0/1-2/0/4", "Gi1/0/1-Te1/0/4", "Gi1/0/01", "Gi1/0/1-9999", "Gi1/0/1/2/3", "Gi-1", "Vlan10", "Lo0", "CPU", "Po1/1", "Gi1/0/1 rx",
		"Gi1/0/1\nreload", "Gi1/0/1;x", "Gi1/0/1 - 4 - 6", "Gi1//1", "GigabitEthernetX1/0/1", "Gi1/0/99999999999999999999"} {
		if got, err := Ports(text); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q: %v, %v, want ErrInvalid", text, got, err)
		}
	}
}

// names draws any port.
func names(t *rapid.T) (n text.Name, kind int) {
	kind = rapid.IntRange(0, len(grammar.Kinds)-1).Draw(t, "kind")
	parts, sub := 1, -1
	if !grammar.Kinds[kind].LAG {
		parts = rapid.IntRange(1, 4).Draw(t, "parts")
	}
	path := rapid.SliceOfN(rapid.IntRange(0, 9999), parts, parts).Draw(t, "path")
	if rapid.Bool().Draw(t, "is sub") {
		sub = rapid.IntRange(0, 1<<20).Draw(t, "sub")
	}
	return grammar.Of(kind, path, sub), kind
}

func TestEveryAbbreviationIsTheSamePort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, kind := names(t)
		canonical := n.Full()
		full := grammar.Kinds[kind].Full
		forms := []string{string(canonical), n.Short(), strings.ToLower(string(canonical)), strings.ToUpper(n.Short()),
			strings.Replace(string(canonical), full, full+" ", 1)}
		// Any longer beginning of the full name, unless it is another type's
		// abbreviation.
		cut := full[:rapid.IntRange(len(grammar.Kinds[kind].Short), len(full)).Draw(t, "cut")]
		if grammar.Kind(cut) == kind {
			forms = append(forms, strings.Replace(string(canonical), full, cut, 1))
		}
		for _, f := range forms {
			if strings.HasSuffix(strings.TrimRight(f, "0123456789/."), "-") {
				continue // "Port-1" is not how a port-channel is called
			}
			got, err := Ports(f)
			if err != nil || len(got) != 1 || got[0] != canonical {
				t.Fatalf("%q: %v, %v, want %s", f, got, err, canonical)
			}
		}
	})
}

// Two ports are one exactly when their parts are equal; no name is another's
// prefix in disguise.
func TestIdentityNotPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, kindA := names(t)
		b, kindB := names(t)
		same := kindA == kindB && slices.Equal(a.Path, b.Path) && a.Sub == b.Sub
		if (a.Full() == b.Full()) != same {
			t.Fatalf("%v and %v", a, b)
		}
		if (grammar.Compare(a.Full(), b.Full()) == 0) != same {
			t.Fatalf("order of %v and %v", a.Full(), b.Full())
		}
	})
}

func TestRangesExpandToTheirPorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, _ := names(t)
		n.Sub = -1
		at := len(n.Path) - 1
		n.Path[at] = rapid.IntRange(1, 500).Draw(t, "first")
		length := rapid.IntRange(0, 47).Draw(t, "length")
		var want []mirror.PortName
		for i := range length + 1 {
			next := n
			next.Path = slices.Clone(n.Path)
			next.Path[at] += i
			want = append(want, next.Full())
		}
		number := strconv.Itoa(n.Path[at] + length)
		for _, dash := range []string{"-", " - ", " -", "- "} {
			got, err := Ports(n.Short() + dash + number)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%q: %v, %v, want %v", n.Short()+dash+number, got, err, want)
			}
		}
	})
}

func TestVLANLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vlans := rapid.SliceOfNDistinct(rapid.IntRange(1, 4094), 1, 200, rapid.ID[int]).Draw(t, "vlans")
		slices.Sort(vlans)
		var got []int
		for _, line := range text.WriteVLANs(vlans, " , ", " - ", vlansPerLine) {
			if len(line) > 200 {
				t.Fatalf("a line of %d characters", len(line))
			}
			part, err := text.VLANs(line)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, part...)
		}
		if !slices.Equal(got, vlans) {
			t.Fatalf("%v, want %v", got, vlans)
		}
	})
	for _, bad := range []string{"", "0", "4095", "1,,2", "2-1", "a", "1 2", "1-2-3", "01", "-1"} {
		if got, err := text.VLANs(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}
