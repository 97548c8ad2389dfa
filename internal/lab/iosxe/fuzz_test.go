package iosxe

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A bareHost is a switch without doors and faults.
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
	h.node = h.net.AddNode(spec.Name, ports, shortOf)
	return h
}

func (h bareHost) Spec() plant.Spec       { return h.spec }
func (h bareHost) Fabric() *fabric.Fabric { return h.net }
func (h bareHost) Node() *fabric.Node     { return h.node }
func (h bareHost) Faults() plant.Faults   { return plant.Faults{} }
func (h bareHost) Saved()                 {}
func (h bareHost) Uptime() time.Duration  { return time.Hour }
func (h bareHost) Clock() plant.Clock     { return plant.Clock{} }

// No line whatever may crash the switch or leave something that it cannot
// read back: the configuration survives a restart byte for byte.
func FuzzConfigurationLines(f *testing.F) {
	for _, s := range []string{
		"monitor session 1 source interface Gi1/0/1 - 3 , Te1/1/1 rx\nmonitor session 1 destination interface Gi1/0/9 encapsulation replicate ingress untagged vlan 5",
		"monitor session 2 type erspan-source\nsource vlan 3 , 5 - 7 tx\ndestination\nerspan-id 4\nip address 1.2.3.4\norigin ip address 1.1.1.1 force\nexit\nheader-type 3\nno shutdown",
		"interface range gi1/0/1 - 4\nswitchport trunk allowed vlan add 5,7-9\nno switchport\nip address 1.2.3.4 255.255.255.0",
		"vlan 5,7\nname x\nremote-span\nno vlan 5", "no monitor session range 1-9,11", "do show run | sec mon", "end\nshow monitor session all detail | i x_",
		"interface Po5\nhostname a\nno hostname", "ip access-list extended x\n10 permit ip any any\nno 10", "int gi1/0/1\nchannel-group 3 mode active\nexit\nexit",
	} {
		f.Add(s)
	}
	dev, err := open(newBareHost(f, plant.Spec{Name: "sw", Hostname: "sw", Model: "C9300-24T"}))
	if err != nil {
		f.Fatal(err)
	}
	d := dev.(*device)
	clean := d.StartupConfig()
	f.Fuzz(func(t *testing.T, text string) {
		d.Lock()
		d.Startup = clean
		d.Unlock()
		d.Boot("test")
		c := d.Login("fuzz", 15, "console")
		c.Run("configure terminal")
		for _, line := range strings.Split(text, "\n") {
			if strings.TrimSpace(line) != "" && !strings.ContainsAny(line, "\r\t\x00!") {
				c.Run(line)
				c.Help(line)
				c.Complete(line)
				c.Canonical(line)
			}
		}
		c.Control(26)
		before := d.RunningConfig()
		d.model.erspanShut = false
		d.Lock()
		d.Save("fuzz")
		d.Unlock()
		d.Boot("test")
		if after := d.RunningConfig(); after != before {
			t.Fatalf("after a restart\n%s\nbefore\n%s", after, before)
		}
	})
}
