package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

const srlLeaf = `
fabric:
  switches:
    - name: leaf-1
      platform: nokia_srl
      credentials: [{username: netmirror, password: demo}]
      gnmi: {folder: %q, clientCertificates: true}
      config: |
        set / interface ethernet-1/1 subinterface 0 type bridged
        set / system information contact kept
  hosts: [{at: "leaf-1:ethernet-1/1", name: user}, {at: "leaf-1:ethernet-1/46", name: tool}]
`

// An srl is a controller with an SR Linux switch over gNMI with certificates on both sides.
type srl struct {
	*controller
	sw             *lab.Switch
	folder, before string
}

func newSRL(t *testing.T) *srl {
	t.Helper()
	folder := t.TempDir()
	c := &srl{controller: newController(t), sw: startLab(t, fmt.Sprintf(srlLeaf, folder)).Switch("leaf-1"), folder: folder}
	c.before = c.sw.RunningConfig()
	c.trusting(folder+"/ca.pem", "client")
	c.start("NM_PW=demo")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	host, port, _ := strings.Cut(c.sw.GNMIAddr(), ":")
	c.call("PUT", "/devices/leaf-1", fmt.Sprintf(`{"platform":"nokia_srl","transports":{"config":{"protocol":"gnmi","address":%q,"port":%s,"credentials":"campus"}}}`, host, port), 201)
	c.call("PUT", "/sessions/taps", copying("leaf-1", "ethernet-1/46", "ethernet-1/1 rx"), 201)
	c.reach("taps", "Active")
	return c
}

// trusting has the controller, when it starts next, trust an authority and show the
// certificate of a name, "" = none.
func (c *srl) trusting(ca, own string) {
	c.args = []string{"--resync", "1h", "--device-ca", ca}
	if own != "" {
		c.args = append(c.args, "--device-cert", c.folder+"/"+own+".pem", "--device-key", c.folder+"/"+own+"-key.pem")
	}
}

// loses has a person take our session away, on the switch's own command line.
func (c *srl) loses() {
	c.t.Helper()
	ours := regexp.MustCompile(`mirroring-instance (nm-\S+) `).FindStringSubmatch(c.sw.RunningConfig())
	if ours == nil {
		c.t.Fatalf("there is no session of ours:\n%s", c.sw.RunningConfig())
	}
	said := c.sw.Exec("enter candidate private", "delete / system mirroring mirroring-instance "+ours[1], "commit now")
	if strings.Contains(c.sw.RunningConfig(), ours[0]) {
		c.t.Fatalf("a person could not take it away:\n%s", said)
	}
}

// says waits until the device's entry says that it is not reached, and why.
func (c *srl) says(what string, words ...string) {
	c.t.Helper()
	_, _ = c.try("POST", "/devices/leaf-1:sync", "") // it is tried now; that it fails is seen below
	seen := ""
	defer func() {
		if c.t.Failed() {
			c.t.Log(seen)
		}
	}()
	testkit.Eventually(c.t, patience, what+" is said", func() bool {
		seen = c.call("GET", "/devices/leaf-1", "", 200).String()
		for _, w := range words {
			if !strings.Contains(seen, w) {
				return false
			}
		}
		return strings.Contains(seen, `"type":"Reachable","status":"False"`)
	})
	if strings.Contains(seen, "demo") {
		c.t.Errorf("%s: a secret is told: %s", what, seen)
	}
}

// TestCertificatesOfGNMI: with certificates on both sides a session is made and, taken
// away by a person, made again. A certificate that is not right any more, on either side,
// is a named condition; nothing is changed on the switch meanwhile, and when it is right
// again the controller goes on.
func TestCertificatesOfGNMI(t *testing.T) {
	t.Parallel()
	c := newSRL(t)
	good := c.sw.RunningConfig()
	repaired := func(what string) {
		t.Helper()
		c.loses()
		c.call("POST", "/devices/leaf-1:sync", "", 200)
		testkit.Eventually(t, patience, what+": the session is repaired", func() bool { return c.sw.RunningConfig() == good })
		c.reach("taps", "Active")
	}
	repaired("certificates on both sides")

	for _, k := range []struct{ fault, words string }{{"expired", "expired"}, {"wrongName", "as its serverName"}} {
		if err := c.sw.UpdateFaults(func(f *lab.Faults) { f.GNMI.Certificate = k.fault }); err != nil {
			t.Fatal(err)
		}
		c.sw.DropConnections()
		c.says(k.fault, "certificate", k.words)
		if c.sw.RunningConfig() != good {
			t.Errorf("%s: the switch was changed:\n%s", k.fault, lineDiff(good, c.sw.RunningConfig()))
		}
		if err := c.sw.SetFaults(lab.Faults{}); err != nil {
			t.Fatal(err)
		}
		repaired("a good certificate after " + k.fault)
	}
	other := testkit.NewAuthority(t, "other")
	for _, k := range []struct{ what, ca, own, words string }{
		{"another authority", other.CA, "client", "unknown authority"},
		{"no certificate of ours", c.folder + "/ca.pem", "", "does not accept our certificate"},
	} {
		c.stop()
		c.trusting(k.ca, k.own)
		c.start("NM_PW=demo")
		c.says(k.what, k.words)
		if c.sw.RunningConfig() != good {
			t.Errorf("%s: the switch was changed:\n%s", k.what, lineDiff(good, c.sw.RunningConfig()))
		}
	}
	c.stop()
	c.trusting(c.folder+"/ca.pem", "client")
	c.start("NM_PW=demo")
	c.call("POST", "/devices/leaf-1:sync", "", 200)
	c.call("PUT", "/sessions/taps", copying("leaf-1", "ethernet-1/46", "ethernet-1/1 both"), 200) // a fourth repair is a fight
	c.reach("taps", "Active")
	if c.sw.RunningConfig() == good {
		t.Error("all is right again, and nothing is changed")
	}
	c.call("DELETE", "/sessions/taps", "", 204)
	if after := c.sw.RunningConfig(); after != c.before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(c.before, after))
	}
}

// TestGNMIServersThatFail: a Set whose connection is lost before or behind it, a switch
// that restarts in one, a service that is not there, and a stream that breaks. Each is
// told, nothing is made twice, and the session is as it shall be afterwards.
func TestGNMIServersThatFail(t *testing.T) {
	t.Parallel()
	c := newSRL(t)
	want := func(direction string) string {
		return copying("leaf-1", "ethernet-1/46", "ethernet-1/1 "+direction)
	}
	configs := map[string]string{"rx": c.sw.RunningConfig()}
	c.call("PUT", "/sessions/taps", want("both"), 200)
	c.reach("taps", "Active")
	configs["both"] = c.sw.RunningConfig()
	c.sw.Exec("save startup")
	settles := func(what, direction string) {
		t.Helper()
		testkit.Eventually(t, patience, what+": the switch holds the session", func() bool { return c.sw.RunningConfig() == configs[direction] })
		c.reach("taps", "Active")
	}
	next := map[string]string{"rx": "both", "both": "rx"}
	direction := "both"
	for _, k := range []struct {
		what  string
		fault func()
	}{
		{"lost before a Set", func() { c.faulty(lab.Faults{DropAtConfigLine: 1}) }},
		{"lost behind a Set", func() { c.faulty(lab.Faults{DropAfterConfigLine: 1}) }},
		{"restarted in a Set", func() {
			c.sw.SetTiming(lab.Timing{BootTime: lab.Duration(300 * time.Millisecond)})
			c.sw.OnConfigLine(func(int) bool { c.sw.OnConfigLine(nil); c.sw.Reload(); return true })
		}},
	} {
		direction = next[direction]
		k.fault()
		a, err := c.try("PUT", "/sessions/taps", want(direction), "Prefer", "wait=1")
		if err != nil || a.status > 202 {
			t.Fatalf("%s: %s %v", k.what, a, err)
		}
		settles(k.what, direction)
	}

	f := lab.Faults{}
	f.GNMI.Unavailable = true
	c.faulty(f)
	c.says("no service", "the service is not available")
	if a := c.call("PUT", "/sessions/taps", want("both"), 503).String(); !strings.Contains(a, "the service is not available") {
		t.Error(a)
	}
	c.faulty(lab.Faults{})
	c.call("POST", "/devices/leaf-1:sync", "", 200)
	settles("a service again", direction)

	// A stream that breaks is opened again: what a person does then is found without a sync.
	f = lab.Faults{}
	f.GNMI.BreakStream = 1
	c.faulty(f)
	c.sw.DropConnections()
	testkit.Eventually(t, patience, "the broken stream is told", func() bool { return strings.Contains(c.stderr.String(), "device events lost") })
	c.faulty(lab.Faults{})
	c.call("POST", "/devices/leaf-1:sync", "", 200)
	c.reach("taps", "Active")
	c.loses()
	settles("behind a broken stream", direction)
	c.call("DELETE", "/sessions/taps", "", 204)
	if after := c.sw.RunningConfig(); after != c.before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(c.before, after))
	}
}

func (c *srl) faulty(f lab.Faults) {
	c.t.Helper()
	if err := c.sw.SetFaults(f); err != nil {
		c.t.Fatal(err)
	}
}
