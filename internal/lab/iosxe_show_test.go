package lab

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

const twoLinked = `
fabric:
  switches:
    - name: acc-1
      platform: cisco_iosxe
      config: |
        interface Gi1/0/24
         description uplink
         switchport mode trunk
        interface Gi1/0/5
         switchport access vlan 10
        interface Vlan10
         ip address 192.0.2.1 255.255.255.0
        vlan 10
         name phones
        vlan 999
         remote-span
    - {name: core, platform: cisco_iosxe, config: "interface Gi1/0/1\n switchport mode trunk\nvlan 999\n remote-span\n"}
  links: [{a: "acc-1:Gi1/0/24", b: "core:Gi1/0/1"}]
  hosts:
    - {at: "acc-1:Gi1/0/5", name: phone-7, mac: 0011.2233.4455, lldp: true}
    - {at: "core:Gi1/0/20", name: ids}
  traffic:
    - {at: "acc-1:Gi1/0/5", direction: in, bitsPerSecond: 40M, framesPerSecond: 10000}
    - {at: "acc-1:Gi1/0/24", direction: out, vlan: 10, bitsPerSecond: 80M}
`

func TestShowCommandsTellTheFabric(t *testing.T) {
	l := start(t, twoLinked)
	acc, core := l.Switch("acc-1"), l.Switch("core")
	for _, tc := range []struct {
		sw            *Switch
		command, want string
	}{
		{acc, "show lldp neighbors", "core                Gi1/0/24       120        B,R             Gi1/0/1\n"},
		{acc, "show lldp neighbors", "phone-7             Gi1/0/5        120        S               0011.2233.4455\n"},
		{core, "show lldp neighbors detail", "Local Intf: Gi1/0/1\n"},
		{core, "show lldp neighbors detail", "Port Description: uplink\nSystem Name: acc-1\n"},
		{acc, "show interfaces status", "Gi1/0/24     uplink             connected    trunk      a-full a-1000 10/100/1000BaseTX\n"},
		{acc, "show interfaces Gi1/0/5 status", "Gi1/0/5                         connected    10 "},
		{acc, "show interfaces trunk", "Gi1/0/24    1-4094\n"},
		{acc, "show interfaces gi1/0/5", "5 minute input rate 40000000 bits/sec, 10000 packets/sec\n"},
		{core, "show interfaces gi1/0/1", "5 minute input rate 80000000 bits/sec, 20000 packets/sec\n"},
		{acc, "show vlan brief", "10   phones                           active    Gi1/0/5\n"},
		{acc, "show vlan remote-span", "------\n999\n"},
		{acc, "show mac address-table interface Gi1/0/5", "  10    0011.2233.4455    DYNAMIC     Gi1/0/5\n"},
		{acc, "show ip interface brief", "Vlan10                 192.0.2.1       YES NVRAM  up                    up\n"},
		{acc, "show interfaces vlan 10", "Internet address is 192.0.2.1/24\n"},
		{acc, "show running-config | include ^hostname|^vtp", "\nhostname acc-1\nvtp mode transparent\n"},
		{acc, "show running-config | begin ^line vty", "line vty 0 15\n login local\n"},
		{acc, "show running-config | section ^vlan 999", "#show running-config | section ^vlan 999\nvlan 999\n remote-span\nacc-1#"},
		{acc, "show running-config | count ^interface", "regexp = 29\n"},
		{acc, "show privilege | exclude Current", "Current\nacc-1#"},
		{acc, "show monitor", "No SPAN configuration"},
	} {
		if out := tc.sw.Exec(tc.command); !strings.Contains(out, tc.want) {
			t.Errorf("%s: no %q in\n%s", tc.command, tc.want, out)
		}
	}
}

func TestRemoteSessionFromPortToToolOnAnotherSwitch(t *testing.T) {
	l := start(t, twoLinked)
	acc, core := l.Switch("acc-1"), l.Switch("core")
	core.Exec("conf t", "monitor session 1 source remote vlan 999", "monitor session 1 destination interface Gi1/0/20")
	acc.Exec("conf t", "monitor session 1 source interface Gi1/0/5 rx", "monitor session 1 destination remote vlan 999")
	if c := core.Counters()[gi("20")]; c.OutBits != 40_000_000 || c.OutRate != 10000 {
		t.Errorf("the tool gets %+v", c)
	}
	acc.Exec("conf t", "interface Gi1/0/24", "switchport trunk allowed vlan remove 999")
	if c := core.Counters()[gi("20")]; c.OutBits != 0 {
		t.Errorf("after the VLAN left the trunk the tool gets %+v", c)
	}
	acc.Exec("conf t", "interface Gi1/0/24", "switchport trunk allowed vlan add 999", "vlan 999", "no remote-span")
	if c := core.Counters()[gi("20")]; c.OutBits != 0 {
		t.Errorf("without remote-span the tool gets %+v", c)
	}
}

func TestPortChannelSourceIsTheSumOfItsMembers(t *testing.T) {
	sw := start(t, `
fabric:
  switches: [{name: a, platform: cisco_iosxe, config: "interface Port-channel1\ninterface Gi1/0/1\n channel-group 1 mode active\ninterface Gi1/0/2\n channel-group 1 mode active\n"}]
  hosts: [{at: "a:Gi1/0/9"}]
  traffic:
    - {at: "a:Gi1/0/1", direction: in, bitsPerSecond: 30M}
    - {at: "a:Gi1/0/2", direction: in, bitsPerSecond: 20M}
`).Switch("a")
	sw.Exec("conf t", "monitor session 1 source interface Po1 rx", "monitor session 1 destination interface Gi1/0/9")
	if c := sw.Counters()[gi("9")]; c.OutBits != 50_000_000 {
		t.Errorf("%+v", c)
	}
}

func TestUserModeHidesTheConfiguration(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := shell(t, dial(t, sw, "op", "pw"), 24)
	x.until(`acc-1>$`)
	for _, line := range []string{"show running-config", "configure terminal", "write memory"} {
		if out := x.cmd(line, "acc-1>"); !strings.Contains(out, "% Invalid input detected at '^' marker.") {
			t.Errorf("%s: %q", line, out)
		}
	}
	x.send("enable\n")
	for range 3 {
		x.until(`Password: $`)
		x.send("wrong\n")
	}
	x.until(`% Bad secrets\r\n\r\nacc-1>$`)
}

func TestRevertTimerNeedsAnArchiveAndGoesBack(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	if out := sw.Exec("configure terminal revert timer 5"); !strings.Contains(out, "archive path must be configured") {
		t.Errorf("%s", out)
	}
	sw.Exec("configure terminal", "archive", "path flash:a", "end")
	before := sw.RunningConfig()
	sw.Exec("configure terminal revert timer 5", "monitor session 1 source vlan 3", "end", "configure revert now")
	if sw.RunningConfig() != before {
		t.Errorf("not put back:\n%s", monitorLines(sw))
	}
	sw.Exec("configure terminal revert timer 5", "monitor session 1 source vlan 3", "end", "configure confirm")
	if out := sw.Exec("configure revert now"); !strings.Contains(out, "%No Rollback Confirmed Change pending") || monitorLines(sw) == "" {
		t.Errorf("confirmed, yet:\n%s", out)
	}
}

// The lab's clock makes a timer of minutes a moment.
func TestRevertTimerRunsOnTheLabsClock(t *testing.T) {
	sw := start(t, strings.Replace(oneSwitch, "fabric:", "fabric:\n  clockFactor: 6000", 1)).Switch("acc-1")
	sw.Exec("configure terminal", "archive", "path flash:a", "end")
	before := sw.RunningConfig()
	out := sw.Exec("configure terminal revert timer 1", "monitor session 1 source vlan 3", "end")
	if strings.Contains(out, "% ") {
		t.Fatal(out)
	}
	testkit.Eventually(t, testkit.Patience, "the timer takes the session back", func() bool { return sw.RunningConfig() == before })
	if out := sw.Exec("show archive config rollback timer"); !strings.Contains(out, "%No Rollback Confirmed Change pending") {
		t.Error(out)
	}
}

func TestLongHostNamesAreCutInConfigurationPrompts(t *testing.T) {
	sw := start(t, "fabric: {switches: [{name: a, hostname: a-very-long-host-name-indeed, platform: cisco_iosxe}]}").Switch("a")
	if out := sw.Exec("configure terminal", "interface range Gi1/0/1 - 2"); !strings.Contains(out, "\na-very-long-host-nam(config)#") || !strings.HasSuffix(out, "(config-if-range)#") {
		t.Errorf("%s", out)
	}
}

func TestPortChannelsAreListedBehindThePorts(t *testing.T) {
	sw := start(t, twoLinked).Switch("acc-1")
	sw.Exec("conf t", "interface Port-channel1", "description both", "switchport mode trunk", "interface Gi1/0/24", "channel-group 1 mode on", "interface Port-channel2", "shutdown")
	out := sw.Exec("show interfaces status")
	for _, want := range []string{
		"\nPo1          both               connected    trunk      a-full a-1000 \n",
		"\nPo2                             disabled     1            auto   auto \n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// CDP is on without a line of configuration, and off by one.
func TestNeighboursOverCDP(t *testing.T) {
	l := start(t, `
fabric:
  switches:
    - {name: acc-1, platform: cisco_iosxe, model: C9300-24T}
    - {name: distribution-west, platform: cisco_iosxe, model: C9500-24Y4C, ports: ["TwentyFiveGigE1/0/1-24"]}
  links: [{a: "acc-1:Gi1/0/24", b: "distribution-west:Twe1/0/1"}]
  hosts: [{at: "acc-1:Gi1/0/5", name: phone-7, cdp: true}, {at: "acc-1:Gi1/0/6", name: pc, lldp: true}]
`)
	acc, dist := l.Switch("acc-1"), l.Switch("distribution-west")
	for _, want := range []string{
		"phone-7          Gig 1/0/5         143",
		"distribution-west\n                 Gig 1/0/24        143             R S I  C9500-24Y Twe 1/0/1\n",
		"\nTotal cdp entries displayed : 2\n",
	} {
		if out := acc.Exec("show cdp neighbors"); !strings.Contains(out, want) || strings.Contains(out, "pc ") {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if out := acc.Exec("show cdp neighbors detail"); !strings.Contains(out, "Interface: GigabitEthernet1/0/24,  Port ID (outgoing port): TwentyFiveGigE1/0/1\n") {
		t.Errorf("detail:\n%s", out)
	}
	dist.Exec("configure terminal", "no cdp run", "end")
	if out := acc.Exec("show cdp neighbors"); strings.Contains(out, "distribution-west") {
		t.Errorf("a switch without CDP is heard:\n%s", out)
	}
	if out := dist.Exec("show cdp neighbors"); !strings.Contains(out, "% CDP is not enabled") || !strings.Contains(dist.RunningConfig(), "\nno cdp run\n") {
		t.Errorf("off:\n%s\n%s", out, dist.RunningConfig())
	}
	dist.Exec("configure terminal", "cdp run", "end")
	if out := dist.Exec("show cdp neighbors"); !strings.Contains(out, "acc-1") || strings.Contains(dist.RunningConfig(), "cdp run") {
		t.Errorf("on again:\n%s\n%s", out, dist.RunningConfig())
	}
}
