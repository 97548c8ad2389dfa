package netbox

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (b *box) entries(o Options, given ...string) string {
	b.t.Helper()
	a, err := b.read(given...)
	if err != nil {
		b.t.Fatal(err)
	}
	o.Catalogue, o.Profile = ours, "all"
	o.Profiles = []mirror.Profile{{Name: "all", For: mirror.Bindings{mirror.Any}}}
	return told(a.Entries(o))
}

func expect(t *testing.T, what, want, got string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// cable is an interface whose cable leads to others, as NetBox tells of it since 3.3.
func cable(id, device int, name string, ends ...string) string {
	return fmt.Sprintf(`{"id": %d, "device": {"id": %d}, "name": %q, "speed": 10000000, "connected_endpoints": [%s], "connected_endpoints_type": "dcim.interface", "connected_endpoints_reachable": true}`,
		id, device, name, strings.Join(ends, ", "))
}

func end(device int, of, name string) string {
	return fmt.Sprintf(`{"id": 1, "device": {"id": %d, "name": %q}, "name": %q}`, device, of, name)
}

func TestCablesOfAllShapes(t *testing.T) {
	b := newBox(t)
	b.add("devices", named(1, "a", "eos", "192.0.2.1/24", ""), named(2, "b", "eos", "192.0.2.2/24", ""))
	b.add("interfaces",
		// A breakout: one port, and two at the other end; of one end the device has no name.
		cable(1, 1, "Et1", end(2, "b", "Et11"), end(2, "b", "Et12"), `{"id": 3, "device": {"id": 9, "name": null}, "name": "x"}`),
		// Before 3.3.
		`{"id": 2, "device": {"id": 1}, "name": "Et2", "cable_peer": {"id": 7, "name": "a patch panel"}, "cable_peer_type": "dcim.frontport", "connected_endpoint": `+end(2, "b", "Et13")+`, "connected_endpoint_type": "dcim.interface", "connected_endpoint_reachable": true}`,
		`{"id": 3, "device": {"id": 1}, "name": "Et3", "connected_endpoint": `+end(2, "b", "Et14")+`, "connected_endpoint_type": "dcim.interface", "connected_endpoint_reachable": false}`,
		`{"id": 4, "device": {"id": 1}, "name": "Et4", "connected_endpoint": {"id": 1, "cid": "a circuit"}, "connected_endpoint_type": "circuits.circuittermination", "connected_endpoint_reachable": true}`,
		`{"id": 5, "device": {"id": 1}, "name": "Et5", "connected_endpoint": null, "connected_endpoint_type": null, "connected_endpoint_reachable": null}`,
		// A patch panel that leads nowhere: the next thing on the cable is no far end.
		`{"id": 6, "device": {"id": 1}, "name": "Et6", "link_peers": [`+end(2, "b", "Et15")+`], "link_peers_type": "dcim.frontport", "connected_endpoints": null, "connected_endpoints_type": null, "connected_endpoints_reachable": false}`,
		// A member of a port-channel, and the port-channel, which has no cable.
		`{"id": 7, "device": {"id": 1}, "name": "Et7", "lag": {"id": 8, "name": "Po1"}, "connected_endpoints": [`+end(2, "b", "Et16")+`], "connected_endpoints_type": "dcim.interface", "connected_endpoints_reachable": true}`,
		`{"id": 8, "device": {"id": 1}, "name": "Po1", "type": {"value": "lag"}, "connected_endpoints": null, "connected_endpoints_type": null}`,
		// Newer and odder than anybody knows.
		`{"id": 9, "device": {"id": 1}, "name": "Et9", "connected_endpoints": ["https://inner.invalid/api/dcim/interfaces/9/", 9, null], "connected_endpoints_type": "dcim.interface"}`,
		`{"id": 10, "device": {"id": 1}, "name": "Et10", "connected_endpoints": {"a": 1}, "connected_endpoints_type": "dcim.interface"}`,
		// A port that is no port of the platform is nobody's business where it has no cable.
		`{"id": 11, "device": {"id": 1}, "name": "power (left)", "connected_endpoints": null}`)
	expect(t, "cables", `a: arista_eos over cli at 192.0.2.1 all map[]
  Ethernet1 - b Ethernet11
  Ethernet1 - b Ethernet12
  Ethernet2 - b Ethernet13
  Ethernet7 - b Ethernet16
b: arista_eos over cli at 192.0.2.2 all map[]
`, b.entries(Options{}))
}

// Speeds are in kb/s. How fast a port is, its device tells; in NetBox they show a cable that
// is not where it is said to be.
func TestCablesOfTwoSpeeds(t *testing.T) {
	b := newBox(t)
	b.add("devices", named(1, "a", "eos", "192.0.2.1/24", ""), named(2, "b", "eos", "192.0.2.2/24", ""))
	for i, speeds := range [][2]string{{"1000000", "10000000"}, {"10000000", "10000000"}, {"null", "10000000"}, {`"1G"`, "10000000"}, {"2200000000", "800000000"}, {"-1", "1000"}} {
		ends := func(device int, name string) string {
			return fmt.Sprintf(`"connected_endpoints": [{"id": %d, "device": {"id": %d, "name": "x"}, "name": %q}], "connected_endpoints_type": "dcim.interface"}`, 10*i+device, device, name)
		}
		name := fmt.Sprintf("Et%d", i+1)
		b.add("interfaces", fmt.Sprintf(`{"id": %d, "device": {"id": 1}, "name": %q, "speed": %s, `, 10*i+1, name, speeds[0])+ends(2, name),
			fmt.Sprintf(`{"id": %d, "device": {"id": 2}, "name": %q, "speed": %s, `, 10*i+2, name, speeds[1])+ends(1, name))
	}
	text := b.entries(Options{})
	_, warned, _ := strings.Cut(text, "warning ")
	expect(t, "speeds", "a: the ends of a cable have two speeds in NetBox, so that it may be another cable: Ethernet1 (1000 Mbit/s) to b Ethernet1 (10000 Mbit/s), Ethernet5 (2200000 Mbit/s) to b Ethernet5 (800000 Mbit/s)\n", warned)
}

func TestStacks(t *testing.T) {
	b := newBox(t)
	stack := `"virtual_chassis": {"id": 4, "name": "S", "master": {"id": 1, "name": "stack"}}`
	pair := `"virtual_chassis": {"id": 5, "name": "P", "master": {"id": 3, "name": "pair-1"}}`
	b.add("devices",
		named(1, "stack", "ios-xe", "192.0.2.1/24", stack), named(2, "stack-2", "ios-xe", "", stack),
		// Two that people call a stack, though each is reached by itself.
		named(3, "pair-1", "eos", "192.0.2.3/24", pair), named(4, "pair-2", "eos", "192.0.2.4/24", pair),
		named(5, "core", "eos", "192.0.2.5/24", `"virtual_chassis": {"id": 6, "name": "without a master", "master": null}`))
	for _, text := range []string{
		cable(1, 1, "Gi1/0/1", end(5, "core", "Et1")), cable(2, 2, "Gi2/0/1", end(5, "core", "Et2")),
		cable(3, 3, "Et1", end(5, "core", "Et3")), cable(4, 4, "Et1", end(5, "core", "Et4")),
		cable(5, 5, "Et1", end(1, "stack", "Gi1/0/1")), cable(6, 5, "Et2", end(2, "stack-2", "Gi2/0/1")), cable(7, 5, "Et4", end(4, "pair-2", "Et1")),
	} {
		b.add("interfaces", text)
	}
	for i, of := range []float64{1, 1, 3, 3} {
		b.lists["interfaces"][i]["stack"] = of
	}
	want := `stack: cisco_iosxe over cli at 192.0.2.1 all map[]
  GigabitEthernet1/0/1 - core Ethernet1
  GigabitEthernet2/0/1 - core Ethernet2
pair-1: arista_eos over cli at 192.0.2.3 all map[]
  Ethernet1 - core Ethernet3
pair-2: arista_eos over cli at 192.0.2.4 all map[]
  Ethernet1 - core Ethernet4
core: arista_eos over cli at 192.0.2.5 all map[]
  Ethernet1 - stack GigabitEthernet1/0/1
  Ethernet2 - stack GigabitEthernet2/0/1
  Ethernet4 - pair-2 Ethernet1
`
	expect(t, "by default the member is not asked for", want, b.entries(Options{}))
	b.deaf = []string{"has_primary_ip"}
	if _, err := b.read(); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("%v", err)
	}
	b.deaf = nil
	by, err := Filters(nil, true)
	if err != nil || by.Encode() != "status=active" {
		t.Fatalf("%v %v", by, err)
	}
	a, err := b.server().Read(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Catalogue: ours, Profile: "all", Profiles: []mirror.Profile{{Name: "all", For: mirror.Bindings{mirror.Any}}}}
	expect(t, "and where it is", want+"skipped stack-2: it is a member of a stack, and the master stands for the stack\n", told(a.Entries(o)))
}

func TestAnAddressOfTwoDevices(t *testing.T) {
	b := newBox(t)
	b.add("devices", named(1, "a", "eos", "10.0.0.1/24", ""), named(2, "tenant-a", "eos", "10.0.0.1/32", ""), named(3, "v6", "eos", "2001:db8::1/64", ""), named(4, "v6-again", "eos", "2001:DB8:0::1/128", ""))
	expect(t, "of two VRFs", `a: arista_eos over cli at 10.0.0.1 all map[]
v6: arista_eos over cli at 2001:db8::1 all map[]
skipped tenant-a: its address 10.0.0.1 is that of a, too: which of the two answers there is not known
skipped v6-again: its address 2001:db8::1 is that of v6, too: which of the two answers there is not known
`, b.entries(Options{}))
}

func TestWhatDrivesADevice(t *testing.T) {
	b := newBox(t)
	made := `"device_type": {"id": 1, "slug": "dcs-7050", "manufacturer": {"id": 1, "slug": "arista"}}`
	field := func(text string) string {
		return `"custom_fields": {"netmirror_driver": ` + text + `, "other": {"a": 1}}`
	}
	b.add("devices",
		named(1, "by-type", "", "192.0.2.1/24", made),
		named(2, "by-maker", "", "192.0.2.2/24", `"device_type": {"slug": "other", "manufacturer": {"slug": "juniper"}}`),
		named(3, "by-field", "home-made", "192.0.2.3/24", field(`"arista_eos/gnmi"`)),
		named(4, "field-of-none", "eos", "192.0.2.4/24", field(`null`)),
		named(5, "field-wrong", "home-made", "192.0.2.5/24", field(`"Arista EOS"`)),
		named(6, "field-of-nobody", "eos", "192.0.2.6/24", field(`"home_made/cli"`)),
		named(7, "field-odd", "home-made", "192.0.2.7/24", field(`["arista_eos"]`)))
	o := Options{Platforms: map[string]string{"arista/dcs-7050": "arista_eos", "juniper": "juniper_junos"}}
	expect(t, "drivers", `by-type: arista_eos over cli at 192.0.2.1 all map[]
by-maker: juniper_junos over cli at 192.0.2.2 all map[]
by-field: arista_eos over gnmi at 192.0.2.3 all map[]
field-of-none: arista_eos over cli at 192.0.2.4 all map[]
skipped field-wrong: its custom field netmirror_driver is "Arista EOS" and not PLATFORM[/PROTOCOL], such as arista_eos/gnmi
skipped field-of-nobody: netmirror has no driver for platform home_made over cli; `+"`netmirror platforms`"+` lists those there are
skipped field-odd: its custom field netmirror_driver is "[arista_eos]" and not PLATFORM[/PROTOCOL], such as arista_eos/gnmi
`, b.entries(o))
	if text := b.entries(Options{}); !strings.Contains(text, "skipped by-type: it has no platform in NetBox; give it one there, or say what drives it with --platform arista/dcs-7050=PLATFORM\n") {
		t.Error(text)
	}
	if text := b.entries(Options{PlatformFlag: "--netbox-platform"}); !strings.Contains(text, "--netbox-platform arista/dcs-7050=PLATFORM\n") || strings.Contains(text, "--platform") {
		t.Error(text)
	}
	given, err := Platforms([]string{"arista/dcs-7050=arista_eos", "juniper=juniper_junos"})
	if diff := cmp.Diff(o.Platforms, given); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestTagsThatAreNoLabels(t *testing.T) {
	b := newBox(t)
	many := make([]string, 0, 40)
	for i := range 40 {
		many = append(many, fmt.Sprintf(`{"slug": "t%02d"}`, i))
	}
	b.add("devices",
		named(1, "a", "eos", "192.0.2.1/24", `"tags": [{"slug": "netmirror"}, {"slug": "grün"}, {"slug": "ends-with_"}, {"slug": "`+strings.Repeat("x", 60)+`"}], "device_role": {"slug": "access"}`),
		named(2, "b", "eos", "192.0.2.2/24", `"tags": [{"slug": "grün"}]`),
		named(3, "c", "eos", "192.0.2.3/24", `"tags": [`+strings.Join(many, ", ")+`]`))
	text := b.entries(Options{})
	for _, want := range []string{
		"a: arista_eos over cli at 192.0.2.1 all map[role:access tag/netmirror:true]\n", "warning a, b: tag/grün=true becomes no label", "warning a: tag/ends-with_=true becomes", "warning a: tag/xxx",
		"tag/t31:true]\n", "warning c: some of its tags become no labels: a device has 32 at most\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// A device that is taken out of service is not told any more, and is retired by that; who
// wants it all the same says so.
func TestStatuses(t *testing.T) {
	b := newBox(t)
	for i, status := range []string{"active", "offline", "planned", "staged", "failed", "inventory", "decommissioning"} {
		b.add("devices", named(i+1, status, "eos", fmt.Sprintf("192.0.2.%d/24", i+1), fmt.Sprintf(`"status": {"value": %q, "label": "L"}`, status)))
	}
	names := func(given ...string) (list []string) {
		a, err := b.read(given...)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range a.Entries(Options{Catalogue: ours}).Devices {
			list = append(list, d.Name)
		}
		return list
	}
	if diff := cmp.Diff([]string{"active"}, names()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"offline", "failed"}, names("status=offline", "status=failed")); diff != "" {
		t.Error(diff)
	}
	b.lists["devices"] = b.lists["devices"][1:]
	if text := b.entries(Options{}); text != "warning : NetBox tells of no device with has_primary_ip=true, status=active; what the user of the token may not view is missing without a word\n" {
		t.Errorf("%q", text)
	}
	for _, text := range []string{"has_primary_ip=yes", "has_primary_ip=True"} {
		if _, err := Filters([]string{text}, false); !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), "true or false") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
