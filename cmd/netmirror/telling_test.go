package main

import (
	"fmt"
	"net"
	"regexp"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

const tellingLab = `
fabric:
  switches:
    - name: xe
      platform: cisco_iosxe
      model: C9300-24T
      version: 17.18.1
      credentials: [{username: netmirror, password: demo}]
      netconf: {}
    - name: nx
      platform: cisco_nxos
      credentials: [{username: netmirror, password: demo}]
      gnmi: {folder: %[1]q}
      config: |
        interface Ethernet1/40
          switchport monitor
    - name: leaf
      platform: arista_eos
      credentials: [{username: netmirror, password: demo}]
      gnmi: {folder: %[1]q}
`

// TestChangesByHandAreSeenAtOnce: nothing but what the devices tell by themselves has them
// read, and what a person takes away is repaired. A lock that is lost in the middle of a push
// is waited for.
func TestChangesByHandAreSeenAtOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	l := startLab(t, fmt.Sprintf(tellingLab, folder))
	c := newController(t, "--resync", "1h", "--device-ca", folder+"/ca.pem")
	c.start("NM_PW=demo")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	devices := []struct {
		name, platform, protocol, source, tool, enter string
		ours                                          *regexp.Regexp // what a person takes away
	}{
		{"xe", "cisco_iosxe", "netconf", "GigabitEthernet1/0/1", "GigabitEthernet1/0/24", "configure terminal", regexp.MustCompile(`monitor session \d+ `)},
		{"nx", "cisco_nxos", "gnmi", "Ethernet1/1", "Ethernet1/40", "configure terminal", regexp.MustCompile(`monitor session \d+`)},
		{"leaf", "arista_eos", "gnmi", "Ethernet1", "Ethernet40", "configure", regexp.MustCompile(`monitor session nm-\S+`)},
	}
	for _, d := range devices {
		address, more := l.Switch(d.name).GNMIAddr(), ""
		if d.protocol == "netconf" {
			address, more = l.Switch(d.name).NETCONFAddr(), `,"hostKey":"insecure"`
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		c.call("PUT", "/devices/"+d.name, fmt.Sprintf(`{"platform":%q,"transports":{"config":{"protocol":%q,"address":%q,"port":%s,"credentials":"campus"%s}}}`, d.platform, d.protocol, host, port, more), 201)
		c.call("PUT", "/sessions/on-"+d.name, session1(d.name, d.source, d.tool, "rx"), 201)
	}
	for _, d := range devices {
		sw := l.Switch(d.name)
		c.reach("on-"+d.name, "Active")
		good := sw.RunningConfig()
		for range 2 { // the second one is told by the same subscription
			sw.Exec(d.enter, "no "+d.ours.FindString(good), "end")
			if sw.RunningConfig() == good {
				t.Fatalf("%s: nothing was taken away of\n%s", d.name, good)
			}
			testkit.Eventually(t, patience, "what a person took away on "+d.name+" is repaired", func() bool { return sw.RunningConfig() == good })
		}
	}

	xe := l.Switch("xe")
	good := xe.RunningConfig()
	if err := xe.UpdateFaults(func(f *lab.Faults) { f.NETCONF.LoseLock = "^edit-config " }); err != nil {
		t.Fatal(err)
	}
	sent := xe.Stats().ConfigLines
	c.call("PUT", "/sessions/on-xe", session1("xe", "GigabitEthernet1/0/1", "GigabitEthernet1/0/24", "both"), 200, 202)
	testkit.Eventually(t, patience, "the push to lose its lock", func() bool { return xe.Stats().ConfigLines > sent })
	if xe.RunningConfig() != good {
		t.Errorf("a push without its lock was taken:\n%s", lineDiff(good, xe.RunningConfig()))
	}
	xe.ReleaseLock()
	testkit.Eventually(t, patience, "the push is made once the lock is free", func() bool { return xe.RunningConfig() != good })
	got := c.reach("on-xe", "Active")
	if said := fmt.Sprint(got.Status.Conditions); regexp.MustCompile(`Rejected|RolledBack`).MatchString(said) {
		t.Error(said)
	}
}

func session1(device, source, tool, direction string) string {
	return fmt.Sprintf(`{"sources":[{"device":%[1]q,"interface":%[2]q,"direction":%[4]q}],"destinations":[{"device":%[1]q,"interface":%[3]q}]}`, device, source, tool, direction)
}
