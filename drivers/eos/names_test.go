package eos

import (
	"errors"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestPorts(t *testing.T) {
	for text, want := range map[string][]mirror.PortName{
		"Ethernet1":              {"Ethernet1"},
		"Et3/1":                  {"Ethernet3/1"},
		"ethernet 5":             {"Ethernet5"},
		"Eth1/2/3":               {"Ethernet1/2/3"},
		"e1":                     {"Ethernet1"},
		"Po7":                    {"Port-Channel7"},
		"port-channel 42":        {"Port-Channel42"},
		"Recirc-Channel627":      {"Recirc-Channel627"},
		"Ethernet1.100":          {"Ethernet1.100"},
		"Ethernet0":              {"Ethernet0"},
		"Ethernet10-12":          {"Ethernet10", "Ethernet11", "Ethernet12"},
		"Ethernet3, Ethernet5":   {"Ethernet3", "Ethernet5"},
		"Ethernet1/1-4":          {"Ethernet1/1", "Ethernet1/2", "Ethernet1/3", "Ethernet1/4"},
		"Ethernet1/1-1/2":        {"Ethernet1/1", "Ethernet1/2"},
		"cpu":                    {cpu},
		"Ethernet1-Ethernet2":    {"Ethernet1", "Ethernet2"},
		"Ethernet1 - 2 , Po3":    {"Ethernet1", "Ethernet2", "Port-Channel3"},
		"Ethernet1-3,7":          {"Ethernet1", "Ethernet2", "Ethernet3", "Ethernet7"},
		"Ethernet3/1-2,4/1":      {"Ethernet3/1", "Ethernet3/2", "Ethernet4/1"},
		"Ethernet1,Ethernet1-2":  {"Ethernet1", "Ethernet2"},
		"Port-Channel1-Port-Ch2": {"Port-Channel1", "Port-Channel2"},
	} {
		got, err := Ports(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "Ethernet", "1", "Ethernet01", "Ethernet1/", "Vlan10", "Management1", "Loopback0", "Cpu1", "Ethernet2-1",
		"Ethernet1-2/4", "Ethernet1/1-4,7", "Ethernet1-3/1", "Ethernet1 Ethernet2", "Ethernet1,", "Port-Channel1/1", "Ethernet1-Port-Channel2",
		"Ethernet1-999999", "Ethernet1.100-101", "7", "Ethernet1;Ethernet2", "Ethernet1.2.3", "Ethernet1-2.3"} {
		if got, err := Ports(text); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q: got %v, %v, want ErrInvalid", text, got, err)
		}
	}
}

func TestPortsAreOrderedAsAPersonWould(t *testing.T) {
	list := []mirror.PortName{"Odd1", "Port-Channel2", "Ethernet10", "Ethernet2", "Ethernet2.10", "Ethernet1/2", "Cpu"}
	slices.SortFunc(list, grammar.Compare)
	want := []mirror.PortName{"Ethernet1/2", "Ethernet2", "Ethernet2.10", "Ethernet10", "Port-Channel2", "Cpu", "Odd1"}
	if !slices.Equal(list, want) {
		t.Errorf("got %v, want %v", list, want)
	}
}
