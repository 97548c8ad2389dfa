package srl_test

import (
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers/srl"
	"github.com/netmirror/netmirror/internal/mirror"
)

const mark = "nm-abcdefghij"

var (
	localSession = mirror.NativeSession{ID: mark, Mark: mark, Instance: "rack-3", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
		Sources:      []mirror.NativeSource{{Port: "ethernet-1/10", Direction: mirror.Both}, {Port: "ethernet-1/2", Direction: mirror.RX}, {Port: "ethernet-1/m2/3.17", Direction: mirror.TX}},
		Destinations: []mirror.PortName{"ethernet-1/47"}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	remoteSession = mirror.NativeSession{ID: mark, Mark: mark, Instance: "rack-3", Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource,
		Sources: []mirror.NativeSource{{Port: "lag1", Direction: mirror.Both}},
		Options: mirror.Options{Collector: "198.51.100.7", ERSPAN: &mirror.ERSPAN{Origin: "192.0.2.11", Encapsulation: mirror.EncapGRE}}}}
	rules = []mirror.Entry{{Permit: true, Protocol: mirror.ProtoTCP, Source: netip.MustParsePrefix("10.0.0.5/32"), Destination: mirror.IPv4.Any(), DestinationPort: mirror.PortRange{From: 443, To: 443}},
		{Protocol: mirror.ProtoUDP, Source: mirror.IPv4.Any(), Destination: netip.MustParsePrefix("10.1.0.0/16"), SourcePort: mirror.PortRange{From: 5060, To: 5061}},
		{Permit: true, Protocol: mirror.AnyProtocol, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any()}}
	filterFooting = mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-listaaaaaa", Rules: rules, Ports: []mirror.PortName{"ethernet-1/1", "ethernet-1/2.7"}, Session: mark, Made: true}
	portFooting   = mirror.Footing{Kind: mirror.FootingPort, Port: "ethernet-1/47", Setup: &mirror.PortSetup{Monitor: true, Up: true,
		Former: `{"name":"ethernet-1/47","admin-state":"disable","vlan-tagging":false,"subinterface":[{"index":0,"type":"srl_nokia-interfaces:bridged","ipv4":{"address":[{"ip-prefix":"192.0.2.3/31"}]}},{"index":7}]}`}}
)

func with(n mirror.NativeSession, change func(*mirror.NativeSession)) *mirror.NativeSession {
	if e := n.Spec.Options.ERSPAN; e != nil {
		own := *e
		n.Spec.Options.ERSPAN = &own
	}
	n.Spec.Sources = append([]mirror.NativeSource(nil), n.Spec.Sources...)
	change(&n)
	return &n
}

func footing(f mirror.Footing) *mirror.NativeSession {
	return &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}
}

func same(*mirror.NativeSession) {}

// rendered are changes by name, of which a golden file shows the text for each schema.
var rendered = map[string]mirror.Change{
	"create": {Mark: mark, After: &localSession},
	"delete": {Mark: mark, Before: &localSession},
	"remote": {Mark: mark, After: &remoteSession},
	"remote six": {Mark: mark, After: with(remoteSession, func(n *mirror.NativeSession) {
		n.Spec.Options.Collector, n.Spec.Options.ERSPAN.Origin = "2001:db8::7", "2001:db8::11"
	})},
	"remote vrf": {Mark: mark, After: with(remoteSession, func(n *mirror.NativeSession) { n.Spec.Options.ERSPAN.VRF = "collectors" })},
	"to remote":  {Mark: mark, Before: &localSession, After: &remoteSession},
	"to local":   {Mark: mark, Before: &remoteSession, After: &localSession},
	"open":       {Mark: mark, Before: with(remoteSession, func(n *mirror.NativeSession) { n.Spec.Shut = true }), After: &remoteSession},
	"sources": {Mark: mark, Before: &localSession, After: with(localSession, func(n *mirror.NativeSession) {
		n.Spec.Sources = []mirror.NativeSource{{Port: "ethernet-1/2", Direction: mirror.Both}, {Port: "lag1.3", Direction: mirror.RX}}
	})},
	"destination":  {Mark: mark, Before: &localSession, After: with(localSession, func(n *mirror.NativeSession) { n.Spec.Destinations = []mirror.PortName{"lag1"} })},
	"nothing":      {Mark: mark, Before: &localSession, After: with(localSession, same)},
	"whole":        {Mark: mark, Before: &localSession, After: with(localSession, func(n *mirror.NativeSession) { n.Spec.Options.Truncate = 0 })},
	"foreign back": {Mark: mark, After: &mirror.NativeSession{ID: "span 1", Text: `{"name":"span 1","description":"ticket \"42\""}`, Spec: localSession.Spec}},
	"port":         {Mark: "p", After: footing(portFooting)},
	"port back":    {Mark: "p", Before: footing(portFooting)},
	"port gone":    {Mark: "p", Before: footing(mirror.Footing{Kind: mirror.FootingPort, Port: "lag1", Setup: &mirror.PortSetup{Monitor: true}})},
}

var listed = map[string]mirror.Change{
	"filter":      {Mark: "f", After: footing(filterFooting)},
	"filter gone": {Mark: "f", Before: footing(filterFooting)},
	"filter ports": {Mark: "f", Before: footing(filterFooting), After: footing(func(f mirror.Footing) mirror.Footing {
		f.Ports = []mirror.PortName{"ethernet-1/1", "ethernet-1/3"}
		return f
	}(filterFooting))},
	"filter edited": {Mark: "f", Before: footing(func(f mirror.Footing) mirror.Footing { f.Rules = nil; return f }(filterFooting)), After: footing(filterFooting)},
	"filtered": {Mark: mark, After: with(localSession, func(n *mirror.NativeSession) {
		n.Spec.Options.Filter, n.Spec.Sources = "nm-listaaaaaa", []mirror.NativeSource{{Port: "ethernet-1/1", Direction: mirror.RX}}
	})},
}

func TestRendered(t *testing.T) {
	for schema, model := range map[string]string{"22.11": "2022-11-30", "23.10": "2023-07-31", "24.3": "2024-03-31"} {
		f := mirror.Facts{Extra: map[string]string{"schema": schema, "mirroring": model}}
		for name, c := range rendered {
			t.Run(schema+" "+name, func(t *testing.T) { one(t, f, schema, name, c) })
		}
	}
	f := mirror.Facts{Extra: map[string]string{"schema": "24.3", "mirroring": "2024-03-31"}}
	for name, c := range listed {
		t.Run(name, func(t *testing.T) { one(t, f, "24.3", name, c) })
	}
}

func one(t *testing.T, f mirror.Facts, schema, name string, c mirror.Change) {
	t.Helper()
	p, err := srl.Render(f, mirror.Observation{}, []mirror.Change{c})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operations(t, p.Blocks[0].Text) {
		if path := op.Delete + op.Replace + op.Update; !srl.Allowed(c, path) {
			t.Errorf("its own path %s is not allowed to it", path)
		}
	}
	golden(t, filepath.Join("testdata", "render", schema+" "+name+".txt"), "--- "+c.Verb()+"\n"+p.Blocks[0].Text)
}

// A block that touches what its change is not about is none of the driver's.
func TestAnothersPathsAreNotAllowed(t *testing.T) {
	for _, path := range []string{
		"/", "/system", "/system/mirroring", "/system/mirroring/mirroring-instance[name=nm-abcdefghik]", "/system/mirroring/mirroring-instance[name=theirs]/admin-state",
		"/interface[name=ethernet-1/47]/mtu", "/interface[name=ethernet-1/48]/subinterface[index=0]", "/interface[name=ethernet-1/47]/subinterface[index=1]",
		"/acl/acl-filter[name=theirs][type=ipv4]", "/acl/interface[interface-id=x]/output", "/acl/interface[interface-id=x]/input/acl-filter[name=theirs][type=ipv4]", "/acl",
	} {
		for _, c := range []mirror.Change{{After: &localSession}, {Before: &localSession}, {After: footing(portFooting)}, {Before: footing(filterFooting)}} {
			if srl.Allowed(c, path) {
				t.Errorf("%s is allowed to %+v", path, c)
			}
		}
	}
}

// Of the entries of /acl/interface another hand's gets a list and loses it, and is neither
// made nor deleted.
func TestAnothersEntryGetsAListAndNothingElse(t *testing.T) {
	f := mirror.Facts{Extra: map[string]string{"schema": "24.3", "mirroring": "2024-03-31"}}
	ports := []mirror.Port{{Name: "ethernet-1/1"}, {Name: "ethernet-1/1.0", Parent: "ethernet-1/1", Kind: mirror.SourceSub}, {Name: "ethernet-1/1.7", Parent: "ethernet-1/1", Kind: mirror.SourceSub}}
	list := filterFooting
	list.Ports = []mirror.PortName{"ethernet-1/1"}
	const theirs, own = "/acl/interface[interface-id=label]", "/acl/interface[interface-id=nm-ethernet-1/1.7]"
	const standing = "/input/acl-filter[name=nm-listaaaaaa][type=ipv4]"
	o := mirror.Observation{Ports: ports, Handles: map[string]string{"acl interface ethernet-1/1.0": "label"}}
	there := o
	there.Handles = map[string]string{"acl interface ethernet-1/1.0": "label", "acl interface ethernet-1/1.7": "nm-ethernet-1/1.7", "acl interface is ours ethernet-1/1.7": "yes"}
	for name, c := range map[string]struct {
		change mirror.Change
		o      mirror.Observation
		want   []string
	}{
		"put there":  {mirror.Change{Mark: "f", After: footing(list)}, o, []string{"update " + theirs + standing, "update " + own}},
		"taken away": {mirror.Change{Mark: "f", Before: footing(list)}, there, []string{"delete " + theirs + standing, "delete " + own}},
	} {
		p, err := srl.Render(f, c.o, []mirror.Change{c.change})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, op := range operations(t, p.Blocks[0].Text) {
			path := op.Delete + op.Replace + op.Update
			if !srl.Allowed(c.change, path) {
				t.Errorf("%s: its own path %s is not allowed to it", name, path)
			}
			if strings.HasPrefix(path, "/acl/interface") {
				got = append(got, map[bool]string{true: "delete ", false: "update "}[op.Delete != ""]+path)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, path := range []string{theirs, "/acl/interface[interface-id=nm-ethernet-1/2.0]", "/acl/interface[interface-id=nm-ethernet-1/11.0]", "/acl/interface[interface-id=nm-ethernet-1/1.x]", own + "/output"} {
			if srl.Allowed(c.change, path) {
				t.Errorf("%s: %s is allowed", name, path)
			}
		}
	}
}

// Reasons that only the device's state gives.
func TestRefused(t *testing.T) {
	_, o, err := srl.Observed(file(t, "local.txt"))
	if err != nil {
		t.Fatal(err)
	}
	source := func(p mirror.PortName, filter string) mirror.Change {
		return mirror.Change{Mark: mark, After: with(localSession, func(n *mirror.NativeSession) {
			n.Spec.Sources, n.Spec.Options.Filter = []mirror.NativeSource{{Port: p, Direction: mirror.RX}}, filter
		})}
	}
	destination := func(p mirror.PortName) mirror.Change {
		return mirror.Change{Mark: "p", After: footing(mirror.Footing{Kind: mirror.FootingPort, Port: p, Setup: &mirror.PortSetup{Monitor: true}})}
	}
	for want, c := range map[string]mirror.Change{
		"interface ethernet-1/5 is not configured":        source("ethernet-1/5", ""),
		"irb1 is no source":                               source("irb1", ""),
		"sub-interface ethernet-1/10.0 is one for copies": source("ethernet-1/10.0", ""),
		"lag1 has no sub-interface":                       source("lag1", "nm-listaaaaaa"),
		"with a filter name the port":                     source("ethernet-1/2.0", "nm-listaaaaaa"),
		"sub-interface ethernet-1/2.0 is in use":          destination("ethernet-1/2"),
		"leave it out":                                    {Mark: mark, After: with(remoteSession, func(n *mirror.NativeSession) { n.Spec.Options.ERSPAN.VRF = "default" })},
		"takes one list of one family": {Mark: "f", After: footing(mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-listaaaaaa", Made: true,
			Rules: []mirror.Entry{{Permit: true, Protocol: mirror.AnyProtocol}}, Ports: []mirror.PortName{"ethernet-1/1"}})},
	} {
		_, err := srl.Render(mirror.Facts{}, o, []mirror.Change{c})
		if !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := srl.Render(mirror.Facts{}, o, []mirror.Change{source("ethernet-1/1.100", "nm-listaaaaaa"), destination("ethernet-1/3")}); err != nil {
		t.Error(err)
	}
}
