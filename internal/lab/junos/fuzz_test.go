package junos

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

// No line whatever may crash the switch or leave something that it cannot read back:
// what was committed survives a restart byte for byte, and a difference that is empty
// means that nothing differs.
func FuzzCandidates(f *testing.F) {
	for _, s := range []string{
		"set forwarding-options analyzer A input ingress interface ge-0/0/1\nset forwarding-options analyzer A output interface ge-0/0/2.0\ndeactivate forwarding-options analyzer A\nshow | compare\ncommit check",
		"set groups G interfaces <ge-*> mtu 1600\nset apply-groups G\nset groups G apply-groups G\ncommit\nshow interfaces | display inheritance\ndelete groups",
		"edit forwarding-options analyzer \"a b\"\nset input rate 10\nup\nup\nshow\ntop set system host-name x\nexit\nrollback 0", "set firewall family inet filter F term a from protocol [ tcp udp ]\ninsert firewall family inet filter F term a before term b",
		"annotate system \"x\"\nset interfaces ge-0/0/1 description \"a\ndelete interfaces ge-0/0/1 description\nset vlans v vlan-id 7\nset vlans v vlan-id 8", "load set terminal\nset vlans a vlan-id 1\nfoo",
		"run show interfaces terse | match ge-0 | count\nrun show vlans\ncommit confirmed 1 comment \"x y\" and-quit\nconfigure private\nset vlans x vlan-id 9\ncommit", "set protocols lldp interface all disable\ndelete protocols lldp interface all\nset snmp community [ a b ]",
		"set interfaces ge-0/0/1 unit 0 family inet filter input F\nset firewall family inet filter F term t then analyzer Z\ncommit", "delete\nset\nshow |\nshow | display\nshow configuration | display set | find x",
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
	f.Fuzz(func(t *testing.T, typed string) {
		restart(clean)
		c := d.Login("fuzz", 15, "console").(*cli)
		c.Run("configure")
		for line := range strings.SplitSeq(typed, "\n") {
			if strings.TrimSpace(line) == "" || strings.ContainsAny(line, "\r\t\x00#") {
				continue
			}
			if r := c.Run(line); r.Ask != nil {
				r.Ask.Then("no")
			}
			c.Help(line)
			c.Complete(line)
			c.Canonical(line)
			c.Prompt()
		}
		c.Control(4)
		if c.Mode != plant.Outside && c.Run("show | compare").Text == "" && c.Changed() {
			t.Fatalf("no difference between\n%s\nand\n%s", text(c.Before()), text(c.Candidate()))
		}
		c.Run("commit")
		c.Close()
		d.Lock()
		d.Discard()
		d.Unlock()
		before := d.RunningConfig()
		restart(before)
		if after := d.RunningConfig(); after != before {
			t.Fatalf("after a restart\n%s\nbefore\n%s", after, before)
		}
	})
}
