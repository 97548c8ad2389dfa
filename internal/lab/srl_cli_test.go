package lab

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"

	"github.com/netmirror/netmirror/internal/testkit"
)

// The listings of the fixture, in which prompts and messages stand as they were recorded.
func TestSRLTranscript(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	sw.Exec("save startup")
	got := sw.Exec("enter candidate", "set interface ethernet-1/3 admin-state enable", "set interface ethernet-1/3 mtu 9100",
		"set interface ethernet-1/3 subinterface 0 ipv4 address 198.51.100.0/31", "diff /", "commit stay", "interface ethernet-1/3 subinterface 0", "exit all", "commit now",
		"interface ethernet-7/* admin-state enable")
	want := `
--{ running }--[  ]--
A:leaf1# enter candidate

--{ candidate shared default }--[  ]--
A:leaf1# set interface ethernet-1/3 admin-state enable

--{ candidate shared default }--[  ]--
A:leaf1# set interface ethernet-1/3 mtu 9100

--{ * candidate shared default }--[  ]--
A:leaf1# set interface ethernet-1/3 subinterface 0 ipv4 address 198.51.100.0/31

--{ * candidate shared default }--[  ]--
A:leaf1# diff /
      interface ethernet-1/3 {
+         mtu 9100
+         subinterface 0 {
+             ipv4 {
+                 address 198.51.100.0/31 {
+                 }
+             }
+         }
      }

--{ * candidate shared default }--[  ]--
A:leaf1# commit stay
All changes have been committed. Starting new transaction.

--{ + candidate shared default }--[  ]--
A:leaf1# interface ethernet-1/3 subinterface 0

--{ + candidate shared default }--[ interface ethernet-1/3 subinterface 0 ]--
A:leaf1# exit all

--{ + candidate shared default }--[  ]--
A:leaf1# commit now
All changes have been committed. Leaving candidate mode.

--{ + running }--[  ]--
A:leaf1# interface ethernet-7/* admin-state enable
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	got = sw.Exec("enter candidate private", "interface ethernet-7/* admin-state enable", "set / interface ethernet-1/3 colour red", "commit confirmed timeout 60")
	for _, part := range []string{"--{ + candidate private console }--[  ]--\n", "Error: Path '.interface{.name==ethernet-7/*}' does not specify any existing objects\n", "Error: Path not valid - unknown element 'colour'. Options are [name, "} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in\n%s", part, got)
		}
	}
}

func TestSRLCommandLine(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	lines := `enter candidate private
set / interface ethernet-1/10 subinterface 0 type local-mirror-dest
set / interface ethernet-1/10 subinterface 0 local-mirror-destination admin-state enable
set / system mirroring mirroring-instance 1 mirror-source interface ethernet-1/1 direction ingress-egress
set / system mirroring mirroring-instance 1 mirror-destination local ethernet-1/10.0
set / system mirroring mirroring-instance 1 description "a [b] {c}"
commit validate
commit confirmed timeout 60
tools system configuration confirmed-accept
save startup`
	got := sw.Exec(strings.Split(lines, "\n")...)
	if strings.Contains(got, "Error") {
		t.Fatal(got)
	}
	if sw.StartupConfig() != sw.RunningConfig() {
		t.Error("not saved")
	}
	flat := sw.Exec("info flat from running / system mirroring")
	for _, line := range []string{"set / system mirroring mirroring-instance 1 description \"a [b] {c}\"\n", "set / system mirroring mirroring-instance 1 mirror-destination local ethernet-1/10.0\n"} {
		if !strings.Contains(flat, line) {
			t.Errorf("no %q in\n%s", line, flat)
		}
	}
	if got := sw.Exec("info / system mirroring | as json"); !strings.Contains(got, `"local": "ethernet-1/10.0"`) || strings.Contains(got, "srl_nokia") {
		t.Error(got)
	}
	if got := sw.Exec("enter candidate private", "set / system mirroring mirroring-instance 1 mirror-source interface ethernet-1/99", "commit now"); !strings.Contains(got,
		"Error: /system/mirroring/mirroring-instance[name=1]/mirror-source/interface[name=ethernet-1/99]/name: Must be an existing interface name\n") {
		t.Error(got)
	}
	sw.Exec("enter candidate private", "delete / system mirroring mirroring-instance 1", "commit confirmed timeout 600")
	if strings.Contains(sw.RunningConfig(), "mirroring-instance") {
		t.Error("a commit that waits is not in force")
	}
	sw.Lapse()
	if !strings.Contains(sw.RunningConfig(), "mirroring-instance 1 ") {
		t.Errorf("not taken back:\n%s", sw.RunningConfig())
	}
	sw.Reload()
	if !strings.Contains(sw.RunningConfig(), "mirroring-instance 1 ") {
		t.Errorf("after a restart:\n%s", sw.RunningConfig())
	}
}

// What two people change in private candidates, both have.
func TestSRLPrivateCandidates(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	a, b := dial(t, sw, "admin", "pw"), dial(t, sw, "admin", "pw")
	x, y := shell(t, a, 0), shell(t, b, 0)
	const running, private = "--\r?\nA:leaf1# $", `candidate private admin }--\[  \]--\r?\nA:leaf1# $`
	for _, s := range []*term{x, y} {
		s.until(running)
		s.send("enter candidate private\n")
		s.until(private)
	}
	x.send("set / interface ethernet-1/1 description left\n")
	x.until(private)
	y.send("set / interface ethernet-1/2 description right\n")
	y.until(private)
	for _, s := range []*term{x, y} {
		s.send("commit now\n")
		s.until("Leaving candidate mode")
	}
	if c := sw.RunningConfig(); !strings.Contains(c, "description left") || !strings.Contains(c, "description right") {
		t.Error(c)
	}
}

// The fixture's start-up configuration, with its remarks.
func TestSRLTakesARecordedConfiguration(t *testing.T) {
	raw, err := os.ReadFile(testkit.Shared(t, "fixtures/nokia-srlinux/config__leaf1_local_mirror.txt"))
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "leaf1", Platform: "nokia_srl", Config: string(raw)}}, Hosts: []HostSpec{{At: "leaf1:ethernet-1/10"}}}}
	sw := startSpec(t, spec).Switch("leaf1")
	want, err := os.ReadFile(testkit.Shared(t, "fixtures/nokia-srlinux/info_from_state__mirroring_instance_local_up.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(strings.ReplaceAll(string(want), "\r", ""), "\n")
	if got := sw.Exec("info from state /system mirroring mirroring-instance 1"); !strings.Contains(got, strings.TrimRight(body, "\n")+"\n") {
		t.Errorf("got\n%s\nwant\n%s", got, body)
	}
}

const remoteLab = `
fabric:
  switches:
    - name: leaf2
      platform: nokia_srl
      gnmi: {plaintext: true}
      credentials: [{username: admin, password: pw}]
      config: |
        set / interface ethernet-1/1 subinterface 0 type bridged
        set / acl acl-filter span type ipv4 entry 10 match ipv4 protocol udp
        set / acl acl-filter span type ipv4 entry 10 action accept
        set / acl acl-filter span type ipv4 entry 20 action accept
        set / acl acl-filter drops type ipv4 entry 10 match ipv4 protocol tcp
        set / acl acl-filter drops type ipv4 entry 10 action drop
        set / acl acl-filter drops type ipv4 entry 20 action accept
        set / acl interface ethernet-1/1.0 interface-ref interface ethernet-1/1
        set / acl interface ethernet-1/1.0 interface-ref subinterface 0
        set / acl interface ethernet-1/1.0 input acl-filter span type ipv4
        set / system mirroring mirroring-instance 1 mirror-source acl acl-filter span type ipv4 entry 10
        set / system mirroring mirroring-instance 1 mirror-destination remote encap l2ogre
        set / system mirroring mirroring-instance 1 mirror-destination remote network-instance default
        set / system mirroring mirroring-instance 1 mirror-destination remote tunnel-end-points source-address 192.0.2.11
        set / system mirroring mirroring-instance 1 mirror-destination remote tunnel-end-points destination-address 198.51.100.7
    - {name: spine1, platform: nokia_srl}
  links:
    - {a: "leaf2:ethernet-1/50", b: "spine1:ethernet-1/2"}
  traffic:
    - {at: "leaf2:ethernet-1/1", direction: in, bitsPerSecond: 816k, framesPerSecond: 1000, packet: {protocol: 17, from: 10.0.0.1, to: 10.0.0.2}}
    - {at: "leaf2:ethernet-1/1", direction: in, bitsPerSecond: 816k, framesPerSecond: 1000, packet: {protocol: 6, from: 10.0.0.1, to: 10.0.0.2}}
`

// Copies by a list leave in a tunnel: 136 octets for 98, as recorded, and only of what the
// entry fits.
func TestSRLRemoteCopies(t *testing.T) {
	var passed atomic.Int64 // seconds
	spec, err := Load(strings.NewReader(remoteLab))
	if err != nil {
		t.Fatal(err)
	}
	spec.Now = func() time.Time { return time.Unix(1e9+passed.Load(), 0) }
	sw := startSpec(t, spec).Switch("leaf2")
	passed.Store(1000)
	got := sw.Counters()["ethernet-1/50"]
	if got.OutFrames != 1_000_000 || got.OutOctets != 140_000_000 {
		t.Errorf("the uplink sent %d frames, %d octets", got.OutFrames, got.OutOctets)
	}
	table := sw.Exec("info from state interface ethernet-1/50 statistics | filter fields out-mirror-octets out-mirror-packets | as table")
	if want := "| ethernet-1/50       |            136000000 |              1000000 |\n"; !strings.Contains(table, want) || !strings.Contains(table, "|      Interface      |  Out-mirror-octets   |  Out-mirror-packets  |\n") {
		t.Error(table)
	}
	c := dialGNMI(t, sw)
	state := "/system/mirroring/mirroring-instance[name=1]"
	if got := c.read(state+"/mirror-destination/remote/tunnel-end-points/oper-state", gpb.GetRequest_STATE); got != `"up"` {
		t.Errorf("tunnel: %s", got)
	}
	if err := sw.UpdateFaults(func(f *Faults) { f.Unresolved = []string{"198.51.100.7"} }); err != nil {
		t.Fatal(err)
	}
	if got := c.read(state+"/oper-down-reason", gpb.GetRequest_STATE); got != `"remote-mirror-dst-unreachable"` {
		t.Errorf("unresolved: %s", got)
	}
	// A list that drops keeps frames from users.
	sw.Exec("enter candidate private", "delete / acl interface ethernet-1/1.0 input acl-filter span type ipv4", "set / acl interface ethernet-1/1.0 input acl-filter drops type ipv4", "commit now")
	if got := c.read("/acl/interface[interface-id=ethernet-1/1.0]/input", gpb.GetRequest_CONFIG); got != `{"acl-filter":[{"name":"drops","type":"ipv4"}]}` {
		t.Error(got)
	}
}

func TestSRLReleases(t *testing.T) {
	for version, tc := range map[string]struct{ takes, refuses, namespace string }{
		"22.11.1": {`"src-ipv4":"192.0.2.1","dst-ipv4":"192.0.2.2"`, `"source-address":"192.0.2.1","destination-address":"192.0.2.2"`, "urn:srl_nokia/system/mirroring:srl_nokia-mirroring"},
		"23.10.1": {`"src-ipv6":"2001:db8::1","dst-ipv6":"2001:db8::2"`, `"source-address":"192.0.2.1","destination-address":"192.0.2.2"`, "urn:srl_nokia/system/mirroring:srl_nokia-mirroring"},
		"24.3.1":  {`"source-address":"192.0.2.1","destination-address":"192.0.2.2"`, `"src-ipv4":"192.0.2.1","dst-ipv4":"192.0.2.2"`, "urn:nokia.com:srlinux:mirror:mirroring:srl_nokia-mirroring"},
		"25.3.1":  {`"source-address":"2001:db8::1","destination-address":"2001:db8::2"`, `"src-ipv4":"192.0.2.1","dst-ipv4":"192.0.2.2"`, "urn:nokia.com:srlinux:mirror:mirroring:srl_nokia-mirroring"},
	} {
		sw := start(t, strings.Replace(srlLab, "gnmi: {}", "gnmi: {}\n      version: "+version, 1)).Switch("leaf1")
		c := dialGNMI(t, sw)
		body := func(ends string) string {
			return `{"srl_nokia-system:system":{"srl_nokia-mirroring:mirroring":{"mirroring-instance":[{"name":"a","mirror-destination":{"remote":{"encap":"l2ogre","network-instance":"default","tunnel-end-points":{` + ends + `}}}}]}}}`
		}
		if err := c.put(body(tc.refuses)); err == nil || !strings.Contains(err.Error(), "unknown element") {
			t.Errorf("%s takes the names of another release: %v", version, err)
		}
		if err := c.put(body(tc.takes)); err != nil {
			t.Errorf("%s: %v", version, err)
		}
		caps, err := c.Capabilities(call(t), &gpb.CapabilityRequest{})
		if err != nil || !strings.Contains(caps.String(), `"`+tc.namespace+`"`) {
			t.Errorf("%s: no %s: %v", version, tc.namespace, err)
		}
		if got := c.read("/system/information/version", gpb.GetRequest_STATE); got != `"v`+version+`"` {
			t.Errorf("%s: %s", version, got)
		}
	}
}

// yanglint checks a body against the vendor's modules as edit data.
func yanglint(t *testing.T, body string) error {
	t.Helper()
	return testkit.YANG{Dir: testkit.Shared(t, "yang/nokia-srlinux"), Args: []string{"-F", "srl_nokia-features:*", "-t", "edit"},
		Modules: []string{"srl_nokia-features.yang", "srl_nokia-mirroring.yang", "srl_nokia-interfaces-local-mirror-destination.yang", "srl_nokia-interfaces-vlans.yang"}}.ValidateJSON(t, body)
}

// What can be said of names and values the vendor's own modules say, too.
func TestSRLAgreesWithYanglint(t *testing.T) {
	sw := start(t, strings.Replace(srlLab, "gnmi: {}", "gnmi: {}\n      version: 25.3.1", 1)).Switch("leaf1")
	c := dialGNMI(t, sw)
	instance := func(inner string) string {
		return `{"srl_nokia-system:system":{"srl_nokia-mirroring:mirroring":{"mirroring-instance":[{"name":"a"` + inner + `}]}}}`
	}
	port := func(inner string) string {
		return `{"srl_nokia-interfaces:interface":[{"name":"ethernet-1/3"` + inner + `}]}`
	}
	for body, good := range map[string]bool{
		localBody:           true,
		instance(``):        true,
		port(``):            true,
		port(`,"mtu":9100`): true,
		port(`,"srl_nokia-interfaces-vlans:vlan-tagging":true,"subinterface":[{"index":5,"type":"srl_nokia-interfaces:bridged","srl_nokia-interfaces-vlans:vlan":{"encap":{"single-tagged":{"vlan-id":5}}}}]`):                                                        true,
		port(`,"subinterface":[{"index":1,"ipv4":{"admin-state":"enable","address":[{"ip-prefix":"192.0.2.1/24"}]}}]`):                                                                                                                                                true,
		`{"srl_nokia-acl:acl":{"acl-filter":[{"name":"f","type":"ipv4","entry":[{"sequence-id":10,"match":{"ipv4":{"protocol":"udp","source-ip":{"prefix":"10.0.0.0/8"}},"transport":{"destination-port":{"operator":"eq","value":53}}},"action":{"accept":{}}}]}]}}`: true,
		`{"srl_nokia-network-instance:network-instance":[{"name":"v1","type":"srl_nokia-network-instance:ip-vrf","admin-state":"enable"}]}`:                                                                                                                           true,
		instance(`,"colour":"red"`):                                           false,
		instance(`,"mirror-source":{"interface":[{"name":"eth1"}]}`):          false,
		instance(`,"admin-state":"on"`):                                       false,
		instance(`,"description":""`):                                         false,
		instance(`,"mirror-destination":{"remote":{"encap":"erspan"}}`):       false,
		port(`,"mtu":100`):                                                    false,
		port(`,"mtu":"9100"`):                                                 false,
		port(`,"subinterface":[{"index":10000}]`):                             false,
		port(`,"subinterface":[{"type":"srl_nokia-interfaces:bridged"}]`):     false,
		port(`,"subinterface":[{"index":1,"type":"srl_nokia-interfaces:x"}]`): false,
		`{"srl_nokia-acl:acl":{"acl-filter":[{"name":"f","type":"ipv5"}]}}`:   false,
		`{"srl_nokia-system:mirroring":{}}`:                                   false,
	} {
		theirs, ours := yanglint(t, body), c.put(body)
		if (theirs == nil) != good || (ours == nil) != good {
			t.Errorf("%s\ngood: %v; yanglint: %v; ours: %v", body, good, theirs, ours)
		}
	}
}
