package nxos

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

// No line whatever may crash the switch or leave something that it cannot
// read back: the configuration survives a restart byte for byte.
func FuzzConfigurationLines(f *testing.F) {
	for _, s := range []string{
		"monitor session 1\nsource interface e1/1-3 , eth1/5 rx\nsource vlan 1 2-5 6\ndestination interface e1/48\nmtu 512\ndescription a, b\nno source interface e1/2\nno shut",
		"monitor session 2 type erspan-source\nvrf default\nerspan-id 5\ndestination ip 10.2.2.2\nheader-type 3\nmarker-packet\nfilter access-group x\nfilter vlan 5\nno erspan-id\nshut",
		"monitor session 3 type erspan-destination\nsource ip 1.2.3.4\ndestination interface po5\nno monitor session range 1-2\nmonitor erspan origin ip-address 1.1.1.1",
		"interface e1/1-4\nswitchport trunk allowed vlan add 5,7-9\nswitchport monitor\nno switchport\nip address 1.2.3.4/24\nchannel-group 3 mode active\nexit\nexit",
		"vlan 5,7\nname x\nstate suspend\nno vlan 5\nvlan 1-3", "end\nshow monitor session all | include both | json", "interface po5\nhostname a\nno hostname a\nno cdp enable\ncdp enable\nno feature lldp",
		"ip access-list x\n10 permit ip 1.2.3.4/32 any\n20 remark y\nstatistics per-entry\nno 10\nresequence ip access-list x 5 5", "ipv6 access-list m\npermit tcp any any eq 80\nexit",
		"router bgp 1\nneighbor x\nno neighbor x\nno shutdown\nend", "vrf context blue\nip route 0.0.0.0/0 1.1.1.1", "show interface counters errors | section Eth1/1 | count", "show running-config | section '^ip'",
	} {
		f.Add(s)
	}
	dev, err := open(newBareHost(f, plant.Spec{Name: "sw", Hostname: "sw"}))
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
		c := d.Login("fuzz", admin, "console")
		c.Run("configure")
		for line := range strings.SplitSeq(text, "\n") {
			if strings.TrimSpace(line) == "" || strings.ContainsAny(line, "\r\t\x00!") {
				continue
			}
			c.Run(line)
			c.Help(line)
			c.Complete(line)
			c.Canonical(line)
			c.Prompt()
		}
		c.Close()
		before := d.RunningConfig()
		restart(before)
		if after := d.RunningConfig(); after != before || len(d.bad) > 0 {
			t.Fatalf("after a restart (%q)\n%s\nbefore\n%s", d.bad, after, before)
		}
	})
}
