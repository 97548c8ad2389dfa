package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

const gnmiLeaf = `
fabric:
  switches:
    - name: leaf-1
      platform: arista_eos
      credentials: [{username: netmirror, password: demo}]
      gnmi: {folder: %q}
      config: |
        interface Port-Channel1
           switchport mode trunk
        monitor session theirs source Ethernet20 rx
        monitor session theirs destination Ethernet21
`

// over is the device's entry with one of its transports.
func (c *leaf) over(t *testing.T, protocol, settings string, status int) answer {
	t.Helper()
	address := map[string]string{"cli": c.sw.Addr(), "gnmi": c.sw.GNMIAddr()}[protocol]
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return c.call("PUT", "/devices/leaf-1", fmt.Sprintf(`{"platform":"arista_eos"%s,"transports":{"config":{"protocol":%q,"address":%q,"port":%s,"credentials":"campus"}}}`, settings, protocol, host, port), status)
}

// TestAristaOverGNMIByREST: a device whose sessions were made over SSH goes on over gNMI,
// with verified TLS, and back: nothing is made anew, and what is changed over one is found
// over the other.
func TestAristaOverGNMIByREST(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	l := startLab(t, fmt.Sprintf(gnmiLeaf, folder))
	c := &leaf{newController(t, "--resync", "1h", "--device-ca", folder+"/ca.pem"), l.Switch("leaf-1")}
	c.start("NM_PW=demo")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	before := c.sw.RunningConfig()
	c.over(t, "cli", "", 201)
	c.call("PUT", "/sessions/taps", taps, 201)
	c.reach("taps", "Active")
	good, typed := c.sw.RunningConfig(), c.sw.Stats().ConfigLines

	c.over(t, "gnmi", "", 200)
	c.call("POST", "/devices/leaf-1:sync", "", 200)
	c.reach("taps", "Active")
	if c.sw.RunningConfig() != good || c.sw.Stats().ConfigLines != typed {
		t.Errorf("%d lines were sent:\n%s", c.sw.Stats().ConfigLines-typed, lineDiff(good, c.sw.RunningConfig()))
	}
	if said := fmt.Sprint(c.over(t, "gnmi", `,"confirm":"timer"`, 400)); !strings.Contains(said, "a push to platform arista_eos over gnmi stands at once") {
		t.Error(said)
	}
	name, _, _ := strings.Cut(good[strings.Index(good, "monitor session nm-")+len("monitor session "):], " ")
	c.sw.Exec("configure", "no monitor session "+name, "end")
	c.call("POST", "/devices/leaf-1:sync", "", 200)
	testkit.Eventually(t, patience, "the session is repaired", func() bool { return c.sw.RunningConfig() == good })
	if c.sw.Stats().ConfigLines == typed {
		t.Error("no line was sent over gNMI")
	}

	c.call("PUT", "/sessions/taps", strings.Replace(taps, "128", "256", 1), 200)
	c.reach("taps", "Active")
	var got session
	c.call("GET", "/sessions/taps", "", 200).into(t, &got)
	if said := fmt.Sprint(got.Status.Conditions); !strings.Contains(said, "NotSaved") || !strings.Contains(said, "operation set persistence") || strings.Contains(c.sw.StartupConfig(), "truncate size 256") {
		t.Errorf("unsaved, and %s", said)
	}
	words := "% Unavailable command (not supported on this hardware platform)"
	changed := c.sw.RunningConfig()
	if err := c.sw.UpdateFaults(func(f *lab.Faults) { f.Refuse = []lab.Refusal{{Line: `source Ethernet9`, Answer: words}} }); err != nil {
		t.Fatal(err)
	}
	c.call("PUT", "/sessions/taps", strings.Replace(strings.Replace(taps, "128", "256", 1), "po1", "Et9", 1), 200).into(t, &got)
	if got.Status.Phase != "Degraded" || !strings.Contains(fmt.Sprint(got.Status.Conditions), words) || c.sw.RunningConfig() != changed {
		t.Errorf("status %+v\n%s", got.Status, lineDiff(changed, c.sw.RunningConfig()))
	}
	c.call("PUT", "/sessions/taps", strings.Replace(taps, "128", "256", 1), 200)
	c.reach("taps", "Active")

	c.over(t, "cli", "", 200)
	c.call("POST", "/devices/leaf-1:sync", "", 200)
	c.reach("taps", "Active")
	if c.sw.RunningConfig() != changed {
		t.Errorf("back over SSH:\n%s", lineDiff(changed, c.sw.RunningConfig()))
	}
	c.call("DELETE", "/sessions/taps", "", 204)
	if after := c.sw.RunningConfig(); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
}
