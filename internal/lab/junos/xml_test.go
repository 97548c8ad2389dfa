package junos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
	"github.com/netmirror/netmirror/internal/testkit"
)

func bareDevice(t testing.TB, model string) *device {
	t.Helper()
	dev, err := open(newBareHost(t, plant.Spec{Name: "sw", Hostname: "sw", Model: model}))
	if err != nil {
		t.Fatal(err)
	}
	return dev.(*device)
}

// Whatever is configured is the same configuration when it went through its data tree,
// and when that was written as XML and read into an empty configuration all that the
// schema has is there again.
func TestAConfigurationGoesThroughXML(t *testing.T) {
	d := bareDevice(t, "qfx5120-48y")
	pieces := strings.Split(strings.TrimSpace(`
set forwarding-options analyzer b input ingress interface ge-0/0/2.0
set forwarding-options analyzer b input ingress interface ge-0/0/1.0
set forwarding-options analyzer b input egress vlan v10
set forwarding-options analyzer a output vlan remote no-tag
set forwarding-options analyzer a output ip-address 192.0.2.1
set forwarding-options analyzer "a b" input rate 10
set forwarding-options analyzer a input ingress routing-instance r vlan v
set forwarding-options storm-control-profiles default all
set forwarding-options port-mirroring instance i family any output interface ge-0/0/7.0
set interfaces ge-0/0/1 description "a & <b>"
set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members v10
set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members all
set interfaces ge-0/0/1 unit 0 family ethernet-switching filter input f
set interfaces ge-0/0/1 unit 5 family inet filter output f
set interfaces ge-0/0/1 unit 5 family inet address 192.0.2.1/24
set interfaces ge-0/0/1 unit 5 family unheard of
set firewall family ethernet-switching filter f term b from source-address 192.0.2.0/24
set firewall family ethernet-switching filter f term b then analyzer a
set firewall family ethernet-switching filter f term a then accept
set vlans v10 vlan-id 10
set vlans v10 interface ge-0/0/3.0
set protocols lldp interface all
set system services netconf ssh
set system host-name other
set groups g forwarding-options analyzer c output interface ge-0/0/9.0
set groups g interfaces <ge-*> mtu 1600
set apply-groups g
set forwarding-options apply-groups g
deactivate forwarding-options analyzer b
deactivate vlans v10
deactivate forwarding-options analyzer a output ip-address
annotate forwarding-options analyzer a "x y"
`), "\n")
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 20).Draw(t, "lines")
		c := d.load(strings.Join(lines, "\n"))
		s := d.Schema()
		tree := treeOf(s, c)
		if wrong := s.Validate(tree); wrong != nil {
			t.Fatal(wrong)
		}
		same, err := apply(c, tree)
		if err != nil || text(same) != text(c) {
			t.Fatalf("%v\nwas\n%s\nis\n%s", err, text(c), text(same))
		}
		doc, err := model.ParseXML(s.XML(tree))
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.edited(d.load(""), doc, model.OpMerge)
		if err != nil {
			t.Fatal(err)
		}
		if got := treeOf(s, again); !got.Equal(tree) {
			t.Fatalf("%s\nis\n%s", s.XML(tree), s.XML(got))
		}
		gone, err := apply(c, s.New())
		if err != nil {
			t.Fatal(err)
		}
		if left := treeOf(s, gone); len(left.Kids) > 0 {
			t.Fatalf("left %s", s.XML(left))
		}
	})
}

// No XML crashes a switch, and what it takes can be read again.
func FuzzXML(f *testing.F) {
	for _, s := range []string{
		`<configuration><forwarding-options><analyzer operation="replace"><name>a</name><output><vlan><name>r</name><no-tag/></vlan></output></analyzer></forwarding-options></configuration>`,
		`<configuration xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"><vlans nc:operation="delete"/><interfaces><interface inactive="inactive"><name>ge-0/0/1</name></interface></interfaces></configuration>`,
		`<configuration><groups><name>g</name><vlans><vlan><name>a</name><vlan-id>5</vlan-id></vlan></vlans></groups><apply-groups>g</apply-groups></configuration>`,
		`<configuration operation="replace"><firewall><family><inet><filter><name>f</name><term><name>t</name></term></filter></inet></family></firewall></configuration>`,
		`<configuration><interfaces><interface><name>ge-0/0/1</name><unit><name>0</name><family><inet><filter><input><filter-name>x</filter-name></input></filter></inet></family></unit></interface></interfaces></configuration>`,
	} {
		f.Add(s)
	}
	d := bareDevice(f, "ex4300-48t")
	f.Fuzz(func(t *testing.T, in string) {
		doc, err := model.ParseXML([]byte(in))
		if err != nil {
			return
		}
		next, err := d.edited(d.Running, doc, model.OpMerge)
		if err != nil {
			return
		}
		saved := text(next)
		if again := d.load(saved); len(d.bad) > 0 || text(again) != saved {
			t.Fatalf("%q cannot be read back: %v\n%s", in, d.bad, saved)
		}
	})
}

// yanglint runs Debian's program on a configuration with Juniper's models.
func yanglint(t *testing.T, config string) error {
	t.Helper()
	dir := testkit.Shared(t, "yang/juniper")
	models, _ := filepath.Glob(filepath.Join(dir, "junos-*conf*.yang"))
	types, _ := filepath.Glob(filepath.Join(dir, "junos-common-types*.yang"))
	file := filepath.Join(t.TempDir(), "config.xml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "yanglint", append([]string{"-p", dir, "-t", "config"}, append(append(types, models...), file)...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

const qfx = `<configuration xmlns="http://yang.juniper.net/junos-qfx/conf/root"><forwarding-options xmlns="http://yang.juniper.net/junos-qfx/conf/forwarding-options">`

// What the lab takes is what Juniper's YANG takes, and the other way round; the check of
// a commit counts.
func TestJunosTakesWhatItsYANGTakes(t *testing.T) {
	t.Parallel() // it mostly waits
	testkit.Need(t, "yanglint")
	d := bareDevice(t, "qfx5120-48y")
	accepts := func(config string) error {
		doc, err := model.ParseXML([]byte(config))
		if err != nil {
			return err
		}
		next, err := d.edited(d.Running, doc, model.OpMerge)
		if err != nil {
			return err
		}
		if why := d.refuses(next); why != nil {
			return why.errors()
		}
		return nil
	}
	examples, _ := filepath.Glob(filepath.Join(testkit.Shared(t, "yang/juniper"), "examples", "*.xml"))
	if len(examples) == 0 {
		t.Fatal("no examples")
	}
	good := []string{qfx + `<analyzer><name>x</name><input><rate>65535</rate><maximum-packet-length>0</maximum-packet-length><egress><vlan><name>7</name></vlan></egress></input><output><ipv6-address>2001:db8::1</ipv6-address></output></analyzer></forwarding-options></configuration>`}
	for _, file := range examples {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		good = append(good, string(text))
	}
	for _, config := range good {
		if err := yanglint(t, config); err != nil {
			t.Errorf("yanglint refuses: %v", err)
		}
		if err := accepts(config); err != nil {
			t.Errorf("the lab refuses: %v", err)
		}
	}
	for _, inner := range []string{
		`<analyzer><name>x</name><input><rate>65536</rate></input></analyzer>`,
		`<analyzer><name>x</name><input><maximum-packet-length>9217</maximum-packet-length></input></analyzer>`,
		`<analyzer><name>` + strings.Repeat("x", 64) + `</name></analyzer>`, `<analyzer><input/></analyzer>`, `<analyser><name>x</name></analyser>`,
		`<analyzer><name>x</name><output><dscp>64</dscp></output></analyzer>`, `<analyzer><name>x</name><output><vlan><no-tag/></vlan></output></analyzer>`,
		`<analyzer><name>x</name><output><interface>ge-0/0/1.0</interface><ip-address>192.0.2.1</ip-address></output></analyzer>`,
		`<analyzer><name>x</name><input><ingress><port>ge-0/0/1.0</port></ingress></input></analyzer>`,
	} {
		config := qfx + inner + `</forwarding-options></configuration>`
		if yanglint(t, config) == nil {
			t.Errorf("yanglint takes %s", inner)
		}
		if accepts(config) == nil {
			t.Errorf("the lab takes %s", inner)
		}
	}
	if err := accepts(strings.ReplaceAll(qfx, "junos-qfx", "junos-ex") + `</forwarding-options></configuration>`); err == nil {
		t.Error("the namespace of another family is taken")
	}
	d.Running = d.load("set forwarding-options analyzer a input ingress interface xe-0/0/1.0\nset forwarding-options analyzer a output vlan r no-tag\nset forwarding-options analyzer b output ip-address 192.0.2.1")
	config := strings.Replace(string(d.Schema().XML(treeOf(d.Schema(), d.Running))), `<configuration xmlns="`+namespace+`"><forwarding-options>`, qfx, 1)
	if err := yanglint(t, config); err != nil {
		t.Errorf("yanglint refuses what is read: %v", err)
	}
}
