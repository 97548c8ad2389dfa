package srl_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/drivers/srl"
	"github.com/netmirror/netmirror/internal/mirror"
)

var newest = mirror.Facts{Extra: map[string]string{"schema": "25.3", "mirroring": "2025-03-31",
	"features": "mirror-dest-local mirror-dest-remote mirror-dest-remote-tunnel-encap-l2ogre mirror-dest-slicing mirror-source-acl mirror-source-intf mirror-source-subintf mirroring"}}

func anyPort(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{"ethernet-1/1", "ethernet-1/2", "ethernet-1/128", "ethernet-2/m1/3", "ethernet-1/31/2", "lag1", "lag1000"}).Draw(t, label)
}

// anySession is one that the newest devices can be asked for.
func anySession(t *rapid.T) mirror.NativeSession {
	n := mirror.NativeSession{ID: mark, Mark: mark, Instance: "rack-3"}
	s := &n.Spec
	for range rapid.IntRange(1, 5).Draw(t, "sources") {
		p := anyPort(t, "source")
		if rapid.Bool().Draw(t, "sub") {
			p += fmt.Sprint(".", rapid.IntRange(0, 9999).Draw(t, "index"))
		}
		s.Sources = append(s.Sources, mirror.NativeSource{Port: mirror.PortName(p), Direction: rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}).Draw(t, "way")})
	}
	s.Options.Truncate = rapid.SampledFrom([]int{0, 0, 64, 128, 256, 512}).Draw(t, "slice")
	if rapid.Bool().Draw(t, "remote") {
		s.Role, s.Options.Collector = mirror.RoleERSPANSource, "198.51.100.7"
		s.Options.ERSPAN = &mirror.ERSPAN{Origin: "192.0.2.11", Encapsulation: mirror.EncapGRE, VRF: rapid.SampledFrom([]string{"", "red", "a b"}).Draw(t, "vrf")}
		if rapid.Bool().Draw(t, "six") {
			s.Options.Collector, s.Options.ERSPAN.Origin = "2001:db8::7", "2001:db8::11"
		}
	} else {
		s.Role, s.Options.Tags, s.Options.Ingress = mirror.RoleLocal, mirror.TagsPreserve, mirror.IngressDisabled
		s.Destinations = []mirror.PortName{mirror.PortName(rapid.SampledFrom([]string{"ethernet-1/47", "lag77"}).Draw(t, "destination"))}
	}
	*s = s.Normalize()
	return n
}

var steps = regexp.MustCompile(`[^/\[]+(?:\[[^\]]*\])?`)

// tree carries out operations on a configuration of one instance, as a device does.
type tree map[string]any

func (c tree) apply(t *rapid.T, op operation, under string) {
	path := strings.TrimPrefix(op.Delete+op.Replace+op.Update, under)
	at := any(map[string]any(c))
	steps := steps.FindAllString(path, -1)
	var put func(any)
	for i, step := range steps {
		name, key, isEntry := strings.Cut(strings.TrimSuffix(step, "]"), "[name=")
		parent := at.(map[string]any)
		last := i == len(steps)-1
		if !isEntry {
			put = func(v any) { parent[name] = v }
			if parent[name] == nil && !last {
				parent[name] = map[string]any{}
			}
			if last && op.Delete != "" {
				delete(parent, name)
			}
			at = parent[name]
			continue
		}
		list, _ := parent[name].([]any)
		var kept []any
		var entry map[string]any
		for _, e := range list {
			if e.(map[string]any)["name"] == key {
				entry = e.(map[string]any)
				continue
			}
			kept = append(kept, e)
		}
		if last && op.Delete != "" {
			if parent[name] = kept; len(kept) == 0 {
				delete(parent, name)
			}
			return
		}
		if entry == nil {
			entry = map[string]any{"name": key}
		}
		parent[name] = append(kept, any(entry))
		at, put = entry, nil
	}
	if op.Delete != "" {
		return
	}
	var value any
	if err := json.Unmarshal(op.Value, &value); err != nil {
		t.Fatal(err)
	}
	have, isMap := at.(map[string]any)
	if more, ok := value.(map[string]any); ok && isMap && (op.Update != "" || put == nil) {
		for k, v := range more {
			have[k] = v
		}
		return
	}
	put(value)
}

// Whatever stands on a device becomes what is wanted by what is written, and is read as
// that.
func TestAChangeLeadsToWhatIsWanted(t *testing.T) {
	const under = "/system/mirroring/mirroring-instance[name=" + mark + "]"
	rapid.Check(t, func(t *rapid.T) {
		before, after := anySession(t), anySession(t)
		before.Spec.Shut = rapid.Bool().Draw(t, "shut")
		config := tree{"name": mark}
		for _, c := range []mirror.Change{{Mark: mark, After: &before}, {Mark: mark, Before: &before, After: &after}} {
			p, err := srl.Render(newest, mirror.Observation{}, []mirror.Change{c})
			if err != nil {
				t.Fatal(err)
			}
			for _, op := range operations(t, p.Blocks[0].Text) {
				if !srl.Allowed(c, op.Delete+op.Replace+op.Update) {
					t.Fatalf("its own path is not allowed: %+v", op)
				}
				config.apply(t, op, under)
			}
			text, err := json.Marshal(map[string]any{"models": []map[string]string{{"Name": "srl_nokia-mirroring", "Version": "2025-03-31"}},
				"config": map[string]any{"system": map[string]any{"mirroring": map[string]any{"mirroring-instance": []any{config}}}}})
			if err != nil {
				t.Fatal(err)
			}
			_, o, err := srl.Observed(string(text))
			if err != nil || len(o.Natives) != 1 || o.Natives[0].Opaque != "" || !o.Natives[0].Spec.Equal(c.After.Spec) || o.Natives[0].Instance != "rack-3" {
				t.Fatalf("read as %+v, %v; want %+v\n%s", o.Natives, err, c.After.Spec, text)
			}
		}
	})
}

// What a filter means is read back from what is written.
func TestAFilterIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := filterFooting
		f.Rules, f.Ports = nil, []mirror.PortName{"ethernet-1/1"}
		family := rapid.SampledFrom([]mirror.Family{mirror.IPv4, mirror.IPv6}).Draw(t, "family")
		for i := range rapid.IntRange(1, 6).Draw(t, "rules") {
			r := mirror.FilterRule{Action: rapid.SampledFrom([]string{mirror.FilterPermit, mirror.FilterDeny}).Draw(t, "action"),
				Protocol: rapid.SampledFrom([]string{"", "tcp", "udp", "89", "255"}).Draw(t, "protocol")}
			if i == 0 {
				r.Action = mirror.FilterPermit
			}
			prefixes := map[mirror.Family][]string{mirror.IPv4: {"0.0.0.0/0", "10.1.0.0/16", "192.0.2.7/32"}, mirror.IPv6: {"::/0", "2001:db8::/32", "2001:db8::7/128"}}[family]
			r.Source, r.Destination = rapid.SampledFrom(prefixes).Draw(t, "source"), rapid.SampledFrom(prefixes).Draw(t, "destination")
			if r.Protocol == "tcp" || r.Protocol == "udp" {
				ports := []string{"", "443", "0-1023", "5060-5061", "1024-65535"}
				r.SourcePort, r.DestinationPort = rapid.SampledFrom(ports).Draw(t, "from"), rapid.SampledFrom(ports).Draw(t, "to")
			}
			f.Rules = append(f.Rules, r.Entry())
		}
		p, err := srl.Render(newest, mirror.Observation{}, []mirror.Change{{Mark: "f", After: footing(f)}})
		if err != nil {
			t.Fatal(err)
		}
		ops := operations(t, p.Blocks[0].Text)
		list, refs, bound := object(t, ops[0].Value), object(t, ops[1].Value), object(t, ops[2].Value)
		for _, named := range []map[string]any{list, refs} {
			named["name"], named["type"] = f.Name, string(family)
		}
		bound["interface-id"] = "x"
		text, err := json.Marshal(map[string]any{"models": []map[string]string{{"Name": "srl_nokia-mirroring", "Version": "2025-03-31"}},
			"config": map[string]any{
				"interface": []any{map[string]any{"name": "ethernet-1/1", "subinterface": []any{map[string]any{"index": 0}}}},
				"acl":       map[string]any{"acl-filter": []any{list}, "interface": []any{bound}},
				"system": map[string]any{"mirroring": map[string]any{"mirroring-instance": []any{
					map[string]any{"name": mark, "mirror-source": map[string]any{"acl": map[string]any{"acl-filter": []any{refs}}}}}}}}})
		if err != nil {
			t.Fatal(err)
		}
		_, o, err := srl.Observed(string(text))
		if f.Made = false; err != nil || len(o.Footings) != 1 || !o.Footings[0].Spec().Equal(f.Spec()) {
			t.Fatalf("read as %+v, %v; want %+v\n%s", o.Footings, err, f, text)
		}
	})
}

func object(t *rapid.T, raw json.RawMessage) map[string]any {
	out := map[string]any{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
