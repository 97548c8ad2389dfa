package srl

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/model"
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

// No line whatever may crash the switch or leave something that it cannot read back: what
// was committed and saved survives a restart octet for octet, what is in force is content
// with every rule, and its state can be written in every way.
func FuzzCandidates(f *testing.F) {
	for _, s := range []string{
		"set / interface ethernet-1/2 subinterface 0 type local-mirror-dest\nset / interface ethernet-1/2 subinterface 0 local-mirror-destination\nset / system mirroring mirroring-instance 1 mirror-destination local ethernet-1/2.0\ncommit now",
		"interface ethernet-1/1\ndescription \"a \\\"b\"\ninfo\ninfo flat\nexit\ndiff\ncommit stay\ndiscard now",
		"set / acl acl-filter f type ipv4 entry 10 match ipv4 protocol 6\nset / acl acl-filter f type ipv4 entry 10 action drop\ncommit confirmed timeout 5\ntools system configuration confirmed-reject",
		"delete / interface ethernet-1/*\nset / interface * mtu 9000\ninfo from state / | as json\nshow version\nsave startup\nenter running",
		"set / system mirroring mirroring-instance a mirror-source acl acl-filter f type ipv4 entry 10\ncommit validate\ninfo from state / interface ethernet-1/1 statistics | as table",
		"set / network-instance x type mac-vrf\nset / network-instance x interface ethernet-1/1.0\nset / interface lag1\nset / interface ethernet-1/1 ethernet aggregate-id lag1\ncommit save", "/\n/system\n{ }\n[ ]\nset [ ]\nset / { }",
	} {
		f.Add(s)
	}
	dev, err := open(newBareHost(f, plant.Spec{Name: "sw", Hostname: "sw", Ports: []fabric.PortSpec{{Name: "ethernet-1/1-4"}}}))
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
		c.Run("enter candidate private")
		for line := range strings.SplitSeq(typed, "\n") {
			c.Run(line)
			c.Prompt()
		}
		if c.cand != nil && c.Run("diff").Text == "" && c.edited() {
			t.Fatalf("no difference between\n%s\nand\n%s", d.text(c.cand.Base), d.text(c.cand.Work))
		}
		c.Run("commit now")
		c.Close()
		if wrong := d.schema.Validate(d.Config()); wrong != nil {
			t.Fatalf("in force, and wrong: %v", wrong)
		}
		state := d.State()
		if back, err := d.schema.DecodeJSON(state.JSON()); err != nil || !back.Equal(state) {
			t.Fatalf("the state is not read back: %v\n%s", err, state.JSON())
		}
		before := d.RunningConfig()
		restart(before)
		if after := d.RunningConfig(); after != before {
			t.Fatalf("after a restart\n%s\nbefore\n%s\n%v", after, before, d.bad)
		}
	})
}

// What one Set puts in, whatever it is, is refused with a reason or read back the same.
func FuzzSet(f *testing.F) {
	f.Add("/system/mirroring/mirroring-instance[name=a]", `{"mirror-source":{"interface":[{"name":"ethernet-1/1"}]}}`)
	f.Add("/", `{"srl_nokia-interfaces:interface":[{"name":"ethernet-1/3","subinterface":[{"index":1,"srl_nokia-interfaces-vlans:vlan":{}}]}]}`)
	dev, err := open(newBareHost(f, plant.Spec{Name: "sw", Hostname: "sw", Ports: []fabric.PortSpec{{Name: "ethernet-1/1-4"}}}))
	if err != nil {
		f.Fatal(err)
	}
	d := dev.(*device)
	clean := d.Config()
	f.Fuzz(func(t *testing.T, path, body string) {
		p, err := model.ParsePath(path)
		if err != nil {
			return
		}
		for _, replace := range []bool{false, true} {
			err := d.Put("fuzz", func(*model.Node) (*model.Node, error) {
				u := []model.Update{{Path: p, JSON: []byte(body)}}
				if replace {
					return d.schema.Set(clean, nil, u, nil)
				}
				return d.schema.Set(clean, nil, nil, u)
			}, model.Trial{})
			if err != nil {
				continue
			}
			c := d.Config()
			if back, err := d.schema.DecodeJSON(c.JSON()); err != nil || !back.Equal(c) {
				t.Fatalf("not read back: %v\n%s", err, c.JSON())
			}
			if back := d.load(d.text(c)); !back.Equal(c) {
				t.Fatalf("not loaded: %v\n%s\n%s", d.bad, back.JSON(), c.JSON())
			}
			_ = d.State()
		}
	})
}
