package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// reckonedFabric carries steady traffic, of which the switches tell their own means.
const reckonedFabric = `
fabric:
  switches:
    - name: acc
      platform: cisco_iosxe
      model: C9300-24T
      credentials: [{username: netmirror, password: demo, privilege: 15}]
      config: |
        vlan 110
         name phones
        interface Port-channel1
         switchport mode trunk
        interface GigabitEthernet1/0/4
         switchport mode trunk
         channel-group 1 mode active
        interface GigabitEthernet1/0/5
         switchport mode trunk
         channel-group 1 mode active
        interface GigabitEthernet1/0/14
         switchport access vlan 110
        interface TenGigabitEthernet1/1/1
         switchport mode trunk
    - name: dist
      platform: cisco_iosxe
      model: C9300-24T
      credentials: [{username: netmirror, password: demo, privilege: 15}]
      config: |
        interface TenGigabitEthernet1/1/1
         switchport mode trunk
    - name: leaf
      platform: arista_eos
      model: DCS-7050SX3-48YC8
      credentials: [{username: netmirror, password: demo, privilege: 15}]
  links:
    - {a: "acc:Te1/1/1", b: "dist:Te1/1/1"}
  hosts:
    - {at: "acc:Gi1/0/1", name: plain}
    - {at: "acc:Gi1/0/2", name: short}
    - {at: "acc:Gi1/0/3", name: jumbo}
    - {at: "acc:Gi1/0/4", name: bundle-1}
    - {at: "acc:Gi1/0/5", name: bundle-2}
    - {at: "acc:Gi1/0/14", name: phone}
    - {at: "acc:Gi1/0/20", name: ids}
    - {at: "dist:Gi1/0/20", name: far}
    - {at: "leaf:Et1", name: server}
    - {at: "leaf:Et10", name: recorder}
  traffic:
    - {at: "acc:Gi1/0/1", direction: in, bitsPerSecond: 300M, framesPerSecond: 25000}
    - {at: "acc:Gi1/0/1", direction: out, bitsPerSecond: 500M, framesPerSecond: 50000}
    - {at: "acc:Gi1/0/2", direction: in, bitsPerSecond: 512M, framesPerSecond: 1000000}
    - {at: "acc:Gi1/0/3", direction: in, bitsPerSecond: 721.44M, framesPerSecond: 10000}
    - {at: "acc:Gi1/0/4", direction: in, bitsPerSecond: 100M, framesPerSecond: 10000}
    - {at: "acc:Gi1/0/5", direction: in, bitsPerSecond: 200M, framesPerSecond: 20000}
    - {at: "acc:Gi1/0/5", direction: out, bitsPerSecond: 600M, framesPerSecond: 60000}
    - {at: "acc:Gi1/0/14", direction: in, bitsPerSecond: 600M, framesPerSecond: 100000}
    - {at: "acc:Te1/1/1", direction: out, bitsPerSecond: 7500M, framesPerSecond: 1000000}
    - {at: "leaf:Et1", direction: in, bitsPerSecond: 8G, framesPerSecond: 1000000}
    - {at: "leaf:Et1", direction: out, bitsPerSecond: 6G, framesPerSecond: 2000000}
`

// TestLoadsReckonedByHand asks for copies of steady traffic over simulated switches and
// compares the forecast with what a hand reckons: octets x 8, 20 octets of preamble and
// gap for each frame, and what encapsulation adds.
func TestLoadsReckonedByHand(t *testing.T) {
	t.Parallel()
	l := startLab(t, reckonedFabric)
	c := newController(t, "--resync", "1h")
	c.start("NM_PW=demo")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	for name, platform := range map[string]string{"acc": "cisco_iosxe", "dist": "cisco_iosxe", "leaf": "arista_eos"} {
		host, port, err := net.SplitHostPort(l.Switch(name).Addr())
		if err != nil {
			t.Fatal(err)
		}
		c.call("PUT", "/devices/"+name, fmt.Sprintf(`{"platform":%q,"transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"}}}`, platform, host, port), 201)
	}
	c.call("PUT", "/tools/ids", `{"device":"acc","interface":"Gi1/0/20"}`, 201)
	c.call("PUT", "/tools/far", `{"device":"dist","interface":"Gi1/0/20"}`, 201)
	c.call("PUT", "/tools/recorder", `{"device":"leaf","interface":"Et10"}`, 201)
	c.call("PUT", "/tools/collector", `{"ip":"192.0.2.50","capacity":500000000}`, 201)
	source := func(at, direction string) string {
		device, port, _ := strings.Cut(at, ":")
		return fmt.Sprintf(`{"device":%q,"interface":%q,"direction":%q}`, device, port, direction)
	}
	const tunnel = `,"erspan":{"id":5,"origin":"192.0.2.1"}`
	const path = `,"rspan":{"vlan":900,"transit":[{"device":"acc","trunks":["Te1/1/1"]},{"device":"dist","trunks":["Te1/1/1"]}]}`
	for _, tt := range []struct {
		name, sources, tool, more string
		want                      string // of each end: offered of limit in kbit/s, verdict; links named
	}{
		// 300 + 25,000 x 160 bits = 304; 500 + 8 = 508.
		{"rx", source("acc:Gi1/0/1", "rx"), "ids", "", "304000 of 800000 admit"},
		{"both directions", source("acc:Gi1/0/1", "both"), "ids", "", "812000 of 800000 refuse"},
		{"a limit of its own", source("acc:Gi1/0/1", "both"), "ids", `,"admission":{"maxUtilization":0.82}`, "812000 of 820000 admit"},
		{"the same as a warning", source("acc:Gi1/0/1", "both"), "ids", `,"admission":{"mode":"warn"}`, "812000 of 800000 warn"},
		{"the same unjudged", source("acc:Gi1/0/1", "both"), "ids", `,"admission":{"mode":"off"}`, ""},
		// 1,000,000 x 84 x 8.
		{"64 octets", source("acc:Gi1/0/2", "rx"), "ids", "", "672000 of 800000 admit"},
		// 10,000 x (9018 + 20) x 8.
		{"jumbo", source("acc:Gi1/0/3", "rx"), "ids", "", "723040 of 800000 admit"},
		// rx 100 + 1.6 + 200 + 3.2 = 304.8, tx 600 + 9.6.
		{"a port-channel", source("acc:Po1", "both"), "ids", "", "914400 of 800000 refuse"},
		// 616 of the access port and 304.8 of the port-channel; nothing comes in by the
		// other trunk. An upper bound refuses nothing.
		{"a VLAN", `{"device":"acc","vlan":110,"direction":"rx"}`, "ids", "", "920800 of 800000 warn"},
		{"a range", source("acc:Gi1/0/1-2", "rx"), "ids", "", "976000 of 800000 refuse"},
		{"at worst", source("acc:Gi1/0/1", "rx"), "ids", `,"admission":{"basis":"worst-case"}`, "1000000 of 800000 refuse"},
		// 50 octets more a frame: 300 + 25,000 x 70 x 8; 54 for type III.
		{"ERSPAN II", source("acc:Gi1/0/1", "rx"), "collector", tunnel, "314000 of 400000 admit"},
		{"ERSPAN III", source("acc:Gi1/0/1", "rx"), "collector", `,"erspan":{"id":5,"origin":"192.0.2.1","type":3}`, "314800 of 400000 admit"},
		// (64 + 50 + 20) x 8 x 1,000,000.
		{"short frames in a tunnel", source("acc:Gi1/0/2", "rx"), "collector", tunnel, "1072000 of 400000 refuse"},
		// 4 octets more: 304.8; the link sends 7500 + 160 already.
		{"RSPAN", source("acc:Gi1/0/1", "rx"), "far", path, "304800 of 800000 admit, link acc TenGigabitEthernet1/1/1 7964800 of 8000000 admit"},
		// 304.8 + 500 + 50,000 x 24 x 8.
		{"RSPAN both ways", source("acc:Gi1/0/1", "both"), "far", path, "814400 of 800000 refuse, link acc TenGigabitEthernet1/1/1 8474400 of 8000000 refuse"},
		// 8000 + 160 and 6000 + 320.
		{"another platform", source("leaf:Et1", "both"), "recorder", "", "14480000 of 8000000 refuse"},
		// 3,000,000 x (128 + 20) x 8.
		{"truncated", source("leaf:Et1", "both"), "recorder", `,"truncate":128`, "3552000 of 8000000 admit"},
		{"sampled", source("leaf:Et1", "both"), "recorder", `,"sample":4`, "3620000 of 8000000 admit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"sources":[%s],"destinations":[{"tool":%q}]%s}`, tt.sources, tt.tool, tt.more)
			status := 200
			if strings.Contains(tt.want, "refuse") {
				status = 422
			}
			// What is not read within the time that a decision waits is not known yet.
			got := ""
			defer func() {
				if t.Failed() {
					t.Logf("got  %s\nwant %s", got, tt.want)
				}
			}()
			testkit.Eventually(t, patience, "the loads are as reckoned", func() bool {
				a, err := c.try("PUT", "/sessions/asked?dryRun=true", body)
				if err != nil || a.status != 200 && a.status != 422 {
					got = fmt.Sprint(a, err)
					return false
				}
				got = ends(t, a.body)
				return a.status == status && got == tt.want
			})
		})
	}
}

// ends reads the forecast of an answer.
func ends(t *testing.T, body []byte) string {
	t.Helper()
	type forecast struct {
		Device, Interface, Verdict string
		Link                       bool
		Offered, Limit             int64
	}
	var answer struct{ Forecast []forecast }
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(answer.Forecast, func(a, b forecast) int {
		return cmp.Compare(fmt.Sprint(a.Link), fmt.Sprint(b.Link))
	})
	var out []string
	for _, f := range answer.Forecast {
		at := ""
		if f.Link {
			at = fmt.Sprintf("link %s %s ", f.Device, f.Interface)
		}
		out = append(out, fmt.Sprintf("%s%d of %d %s", at, f.Offered/1000, f.Limit/1000, f.Verdict))
	}
	return strings.Join(out, ", ")
}
