package iosxr

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A bareHost is a router without doors and faults.
type bareHost struct {
	spec plant.Spec
	net  *fabric.Fabric
	node *fabric.Node
}

func newBareHost(t testing.TB, spec plant.Spec) bareHost {
	t.Helper()
	ports, err := portsOf(spec)
	if err != nil {
		t.Fatal(err)
	}
	h := bareHost{spec: spec, net: fabric.New(time.Now)}
	h.node = h.net.AddNode(spec.Name, ports, names.ShortOf)
	return h
}

func (h bareHost) Spec() plant.Spec       { return h.spec }
func (h bareHost) Fabric() *fabric.Fabric { return h.net }
func (h bareHost) Node() *fabric.Node     { return h.node }
func (h bareHost) Faults() plant.Faults   { return plant.Faults{} }
func (h bareHost) Saved()                 {}
func (h bareHost) Uptime() time.Duration  { return time.Hour }
func (h bareHost) Clock() plant.Clock     { return plant.Clock{} }

// No line whatever may crash the router or leave something that it cannot read back: the
// configuration survives a restart byte for byte, and so does what was typed and not
// committed: it is shown as what would be in force.
func FuzzConfigurationLines(f *testing.F) {
	for _, s := range []string{
		"monitor-session a\ndestination interface te0/0/0/9\nmirror first 64\nno destination\ninterface Te0/0/0/1\nmonitor-session a ethernet direction rx-only port-level acl\nno acl\nmirror interval 2",
		"! note\nipv4 access-list x\n10 permit ipv4 any any\n! other\nno 10\npermit tcp 10.0.0.0/8 any eq 80 capture\ninterface te0/0/0/1.7 l2transport\nencapsulation dot1q 7\nipv4 access-group x ingress\nno ipv4 access-list x",
		"interface te9/9/9/9\nno shutdown\nshutdown\ninterface preconfigure Gi0/0/0/7\ndescription  a  b \nno interface te9/9/9/9", "l2vpn\nxconnect group G\np2p P\nmonitor-session a\nroot\nrouter static\nx y\nno x y",
		"commit confirmed 30\nmonitor-session a\ncommit\nexit\nshow running-config formal | include x", "interface bundle-ether5\ninterface te0/0/0/1\nbundle id 5 mode on\nno bundle id\nl2transport\nx\nabort", "hostname a\nno hostname\nshow\ndo show clock | utility head -n 1",
		"interface tunnel-ip1\ntunnel source 1.1.1.1\ntunnel mode gre ipv4\ntunnel destination 2.2.2.2\nno tunnel ttl 3", "monitor-session a ipv4\nmonitor-session a\nno monitor-session a ipv4\nclear", "username x\nsecret 5 y\nlldp\nno lldp",
	} {
		f.Add(s)
	}
	dev, err := open(newBareHost(f, plant.Spec{Name: "r1", Hostname: "r1"}))
	if err != nil {
		f.Fatal(err)
	}
	d := dev.(*device)
	clean := d.StartupConfig()
	restart := func(text string) {
		d.Lock()
		d.Startup = text
		d.Unlock()
		d.Boot("test")
	}
	f.Fuzz(func(t *testing.T, text string) {
		restart(clean)
		c := d.Login("fuzz", 15, "console").(*cli)
		c.Run("configure")
		for line := range strings.SplitSeq(text, "\n") {
			if strings.TrimSpace(line) == "" || strings.ContainsAny(line, "\r\t\x00") {
				continue
			}
			c.Run(line)
			c.Help(line)
			c.Complete(line)
			c.Canonical(line)
			c.Prompt()
		}
		if c.target != nil {
			would := c.now().Text()
			if again := read(would).Text(); again != would {
				t.Fatalf("read back\n%s\nwould be\n%s", again, would)
			}
		}
		c.Run("commit")
		c.Close()
		d.Stop()
		before := d.RunningConfig()
		restart(before)
		if after := d.RunningConfig(); after != before {
			t.Fatalf("after a restart\n%s\nbefore\n%s", after, before)
		}
	})
}
