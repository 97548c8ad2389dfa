package eos

import (
	"regexp"
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

// leaves finds lines that end a configuration or are about sessions.
var leaves = regexp.MustCompile(`(?i)(^|\n)\s*(do\s+)?(a|com|con|cop|cl|e|q|log|no\s+c|re|ro|w|di|service)`)

// No line whatever may crash the switch or leave something that it cannot
// read back: the configuration survives a restart byte for byte. Nor may a
// session hold another configuration than the same lines make outside of one.
func FuzzConfigurationLines(f *testing.F) {
	for _, s := range []string{
		"monitor session a source Ethernet1-3, et5 rx ip access-group x priority 3\nmonitor session a destination Ethernet9\nmonitor session a truncate size 64\nno monitor session a source et2",
		"monitor session t destination tunnel mode gre source 1.1.1.1 destination 2.2.2.2\nmonitor session t sample 5\nmonitor session t ip access-group y\nno monitor session t sample",
		"interface et1-4\nswitchport trunk allowed vlan add 5,7-9\nno switchport\nip address 1.2.3.4/24\nchannel-group 3 mode active\nexit\nexit", "interface et1.7\nencapsulation dot1q vlan 7\nmonitor session a source et1.7 tx",
		"vlan 5,7\nname x\nstate suspend\nno vlan 5", "do show run | sec mon | json", "end\nshow monitor session detail | json", "interface po5\nhostname a\nno hostname",
		"ip access-list x\n10 permit ip any any\nno 10\nabort", "mac access-list m\npermit any any\nexit", "router bgp 1\nneighbor x\nno neighbor x\nno shutdown\nend", "monitor session default encapsulation gre payload full-packet",
		"configure session s\nmonitor session a source et1\ncommit timer 00:00:01\nconfigure session s abort", "no lldp run\nip routing\nservice configuration session commit merge", "show interfaces counters rates | include Et1 | count .",
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
		var passes []string
		for _, way := range [][2]string{{"configure", "end"}, {"configure session fuzzing", "commit"}} {
			restart(clean)
			c := d.Login("fuzz", 15, "console")
			c.Run(way[0])
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
			c.Run(way[1])
			c.Close()
			before := d.RunningConfig()
			restart(before)
			if after := d.RunningConfig(); after != before {
				t.Fatalf("after a restart\n%s\nbefore\n%s", after, before)
			}
			passes = append(passes, before)
		}
		// A session that was left, and lines that look at what is in force, are another matter.
		if leaves.FindString(text) == "" && passes[0] != passes[1] {
			t.Fatalf("in a session\n%s\noutside\n%s", passes[1], passes[0])
		}
	})
}
