package eos

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

const someInterfaces = `{"interfaces":{
"Ethernet1":{"name":"Ethernet1","lineProtocolStatus":"up","bandwidth":10000000000,"interfaceStatistics":{"inBitsRate":1234.5,"inPktsRate":2.4,"outBitsRate":0.0,"outPktsRate":0.0,"updateInterval":30.0},
 "interfaceCounters":{"inOctets":100,"inUcastPkts":1,"inMulticastPkts":2,"inBroadcastPkts":3,"outOctets":200,"outUcastPkts":4,"outMulticastPkts":5,"outBroadcastPkts":6,"outDiscards":7,"inDiscards":9,"lastClear":1559035567.4582636,"counterRefreshTime":1562149250.687581}},
"Ethernet2":{"lineProtocolStatus":"down","bandwidth":0,"interfaceCounters":{"inOctets":100}},
"Ethernet3":{"bandwidth":-1,"interfaceStatistics":{"outBitsRate":5.0,"updateInterval":300.0}},
"Ethernet4":null,
"Vlan110":{"lineProtocolStatus":"up","interfaceCounters":{"inOctets":1,"inUcastPkts":1,"inMulticastPkts":2,"inBroadcastPkts":3,"outOctets":2,"outUcastPkts":4,"outMulticastPkts":5,"outBroadcastPkts":6,"outDiscards":7}}}}`

func TestCounters(t *testing.T) {
	got, err := readCounters(someInterfaces, noon)
	want := []mirror.PortCounters{
		{Port: "Ethernet1", Up: mirror.True, Bandwidth: 10e9, InOctets: 100, InPackets: 6, OutOctets: 200, OutPackets: 15, OutDrops: 7, Complete: true,
			Discontinuity: "1559035567.4582636", In: &mirror.MeanRate{Bits: 1234, Packets: 2.4, Over: 30 * time.Second}, Out: &mirror.MeanRate{Over: 30 * time.Second}},
		{Port: "Ethernet2", InOctets: 100, Up: mirror.False, Discontinuity: "never"},
		{Port: "Ethernet3", Up: mirror.Unknown},
		{Port: "Ethernet4", Up: mirror.Unknown},
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

func TestWhatAPortReceives(t *testing.T) {
	for port, want := range map[mirror.PortName]string{"Ethernet1": "input rate 1234 bits/sec, 2 packets/sec", "Ethernet2": "", "Ethernet9": ""} {
		if got, err := parseReceived(someInterfaces, port); err != nil || got != want {
			t.Errorf("%s: %q, %v", port, got, err)
		}
	}
}

func TestAccessLists(t *testing.T) {
	got, err := parseLists("!\nip access-list standard s\n   10 permit any\n!\nip access-list voice\n   10 permit udp any any\n!\nipv6 access-list six\nmac access-list m\nip access-list NM-41\ncontrol-plane\n   ip access-group acl in\n")
	if err != nil || !slices.Equal(got, []string{"voice", "NM-41"}) {
		t.Errorf("got %q, %v", got, err)
	}
}
