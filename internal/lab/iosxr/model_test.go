package iosxr

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	yang "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
	"github.com/netmirror/netmirror/internal/lab/plant"
	"github.com/netmirror/netmirror/internal/testkit"
)

func bareDevice(t testing.TB) *device {
	t.Helper()
	dev, err := open(newBareHost(t, plant.Spec{Name: "r1", Hostname: "r1"}))
	if err != nil {
		t.Fatal(err)
	}
	return dev.(*device)
}

// written is a configuration with a session or an interface of some of these lines.
var written = map[string][]string{
	"monitor-session a ethernet": {"destination interface TenGigE0/0/0/9", "mirror first 64", "mirror interval 1K", "discard-class 2", "traffic-class 7", "rate-limit rx 10", "rate-limit tx 20",
		"inject-interface TenGigE0/0/0/3", "forward-drop rx", "protocol-capture tx"},
	"monitor-session b ipv4": {"destination next-hop ipv4 192.0.2.1 vrf red", "mirror first 10000"},
	"monitor-session c ipv6": {"destination next-hop ipv6 2001:db8::1", "traffic-class 0"},
	"monitor-session d ethernet": {
		"destination file size 2000 buffer-type linear format pcapng", "destination rx interface TenGigE0/0/0/7", "destination tx interface TenGigE0/0/0/8",
	},
	"interface TenGigE0/0/0/1": {"description a <b> & c", "mtu 9000", "shutdown", "vrf red", "ipv4 address 192.0.2.1 255.255.255.0", "ipv6 address 2001:db8::1/64", "ipv6 enable",
		"ipv4 access-group x ingress", "ipv4 access-group y egress", "ipv6 access-group z ingress", "l2transport",
		"monitor-session a ethernet direction rx-only port-level acl\n  mirror first 200\n  acl ipv4 x", "monitor-session b ipv4 direction tx-only\n  mirror interval 2", "monitor-session orphan mpls-ipv4\n  acl some"},
	"interface TenGigE0/0/0/2":                      {"bundle id 5 mode active", "monitor-session a ethernet"},
	"interface TenGigE0/0/0/1.100":                  {"encapsulation dot1q 100", "monitor-session a ethernet"},
	"interface TenGigE0/0/0/1.200 l2transport":      {"encapsulation dot1q 200", "monitor-session a ethernet direction rx-only"},
	"interface preconfigure GigabitEthernet9/0/0/1": {"description later", "monitor-session a ethernet"},
	"interface tunnel-ip5":                          {"ipv4 unnumbered Loopback0", "tunnel mode gre ipv4", "tunnel source 192.0.2.1", "tunnel destination 198.51.100.9", "tunnel vrf red", "tunnel ttl 64", "tunnel tos 32"},
	"interface tunnel-ip6":                          {"tunnel mode gre ipv6", "tunnel source Loopback0"},
}

// drawn is a configuration of some of them.
func drawn(t *rapid.T) *config {
	var text strings.Builder
	heads := make([]string, 0, len(written))
	for h := range written {
		heads = append(heads, h)
	}
	slices.Sort(heads)
	for _, head := range rapid.SliceOfDistinct(rapid.SampledFrom(heads), rapid.ID[string]).Draw(t, "blocks") {
		text.WriteString(head + "\n")
		for _, l := range written[head] {
			if rapid.Bool().Draw(t, l) {
				text.WriteString(" " + l + "\n")
			}
		}
	}
	return read(text.String())
}

// typing types lines into a configuration.
func typing(t interface{ Fatalf(string, ...any) }, d *device, lines []string) *config {
	c := d.Login("test", 15, "console").(*cli)
	defer c.Close()
	c.Run("configure")
	for _, l := range lines {
		if r := c.Run(l); r.Text != "" {
			t.Fatalf("%q: %s", l, r.Text)
		}
	}
	return c.now()
}

// Whatever is configured is the same when it was read as data and typed anew, and what leads
// from one configuration to another is all that differs.
func TestDataIsTypedAsTheLinesThatItIs(t *testing.T) {
	d := bareDevice(t)
	rapid.Check(t, func(t *rapid.T) {
		was, next := drawn(t), drawn(t)
		for _, from := range []*config{read(""), was} {
			d.Lock()
			d.Running = from
			d.Unlock()
			lines, err := d.typedFor(d.tree(from), d.tree(next))
			if err != nil {
				if strings.Contains(err.Error(), "l2transport") { // what cannot be taken away is told
					return
				}
				t.Fatal(err)
			}
			got := typing(t, d, lines)
			if a, b := string(d.Schema().XML(d.tree(next))), string(d.Schema().XML(d.tree(got))); a != b {
				t.Fatalf("typed\n%s\nwanted\n%s\nis\n%s", strings.Join(lines, "\n"), a, b)
			}
			if again, err := d.typedFor(d.tree(got), d.tree(next)); err != nil || len(again) > 0 {
				t.Fatalf("still to type: %q, %v", again, err)
			}
		}
	})
}

var otherModules = regexp.MustCompile(`(?s)<(\w[\w-]*) xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-(?:if-(?:ip-address|access-group|bundle|tunnel|vrf)|l2-ethernet)-cfg"(?:/>|>.*?</(\w[\w-]*)>)`)

// shown is a configuration without what is of modules that are not at hand.
func shown(text string) string {
	for {
		at := otherModules.FindStringIndex(text)
		if at == nil {
			return text
		}
		name, _, _ := strings.Cut(text[at[0]+1:], " ")
		end := strings.Index(text[at[0]:], "</"+name+">")
		if self := strings.Index(text[at[0]:], ">"); self > 0 && text[at[0]+self-1] == '/' {
			text = text[:at[0]] + text[at[0]+self+1:]
			continue
		}
		text = text[:at[0]] + text[at[0]+end+len(name)+3:]
	}
}

// What is shown of sessions and of their sources is of Cisco's own models.
func TestShownAsTheModelsHaveIt(t *testing.T) {
	d := bareDevice(t)
	var text strings.Builder
	for head, lines := range written {
		text.WriteString(head + "\n")
		for _, l := range lines {
			text.WriteString(" " + l + "\n")
		}
	}
	tree := d.tree(read(text.String()))
	if wrong := d.Schema().Validate(tree); wrong != nil {
		t.Fatal(wrong)
	}
	y := testkit.YANG{Dir: testkit.Shared(t, "yang/cisco-iosxr"), Args: []string{"-t", "config"},
		Modules: []string{"Cisco-IOS-XR-um-interface-cfg.yang", "Cisco-IOS-XR-um-if-l2transport-cfg.yang", "Cisco-IOS-XR-um-monitor-session-cfg.yang"}}
	document := shown(string(d.Schema().XML(tree)))
	if err := y.ValidateXML(t, document); err != nil {
		t.Errorf("%v\n%s", err, document)
	}
	if y.ValidateXML(t, strings.Replace(document, "<rx-only/>", "<rx-only/><tx-only/>", 1)) == nil {
		t.Error("both directions alone are of the model")
	}
}

// No edit whatever crashes the router, or is taken by half.
func FuzzEditsOverNETCONF(f *testing.F) {
	for _, s := range []string{
		`<monitor-sessions xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-monitor-session-cfg"><monitor-session><session-name>a</session-name><traffic-type>ethernet</traffic-type><destination><interface>TenGigE0/0/0/9</interface></destination></monitor-session></monitor-sessions>`,
		`<interfaces xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-interface-cfg"><interface><interface-name>TenGigE0/0/0/1</interface-name><description>a "b" ! c</description><shutdown/></interface></interfaces>`,
		`<interfaces xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-interface-cfg"><interface-preconfigure><interface-name>TenGigE9/0/0/1</interface-name><mtu>100</mtu></interface-preconfigure></interfaces>`,
	} {
		f.Add(s)
	}
	d := bareDevice(f)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := yang.ParseXML([]byte(text))
		if err != nil {
			return
		}
		s := d.Open("fuzz", 15, "").(*session)
		defer s.Close()
		before, _ := s.Config(rpc.Candidate)
		if err := s.Edit(rpc.Edit{Target: rpc.Candidate, By: yang.OpMerge, Test: "set", Config: doc}); err != nil {
			if now, _ := s.Config(rpc.Candidate); !now.Equal(before) {
				t.Fatalf("refused with %v, and something is left", err)
			}
			return
		}
		d.Lock()
		would := s.cli.now().Text()
		d.Unlock()
		if again := read(would).Text(); again != would {
			t.Fatalf("read back\n%s\nwould be\n%s", again, would)
		}
	})
}
