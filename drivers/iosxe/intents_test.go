package iosxe

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the golden files of rendered text")

// The intents that every driver renders, as they are written down beside the
// checkout.
type intentFile struct {
	Ports   map[string]map[string]string
	Intents []intent
}

type intent struct {
	Name        string
	Sources     []intentSource
	Destination intentDestination
	FilterVLANs []int `yaml:"filterVlans"`
	Filter      []map[string]any
	Tags        string
	Ingress     string
	Truncate    int
	Sample      int
	Enabled     *bool
	RSPAN       *struct {
		VLAN  int
		Trunk string
	}
	ERSPAN *struct {
		ID     int
		Origin string
		TTL    int
		DSCP   int
	}
	Sessions []intent
}

type intentSource struct {
	Port      string
	VLAN      int
	Direction mirror.Direction
}

type intentDestination struct{ Device, Port, IP string }

// UnmarshalYAML also takes a bare port.
func (d *intentDestination) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		d.Port = n.Value
		return nil
	}
	type plain intentDestination
	return n.Decode((*plain)(d))
}

// outcomes says, by hand, what becomes of each intent; -update does not touch
// it. A word is that of the refusal.
var outcomes = map[string]string{
	"one-port-both": "", "one-port-rx": "", "one-port-tx": "", "mixed-directions": "", "port-range": "", "lag-source": "",
	"lag-destination": "port-channel", "vlan-source-rx": "", "several-vlans": "", "port-and-vlan": "source VLANs",
	"trunk-filter-vlans": "", "keep-tags-no-ingress": "", "acl-filter": "", "truncated": "truncate", "sampled": "sample",
	"disabled": "", "rspan": "", "erspan-collector": "", "erspan-device-end": "", "shared-destination": "",
}

// fragments expands an intent as the planner would: on this device, and on the
// other end.
func (i intent) fragments(t *testing.T, ports map[string]string) []mirror.Fragment {
	if i.Enabled != nil && !*i.Enabled {
		return nil // a disabled session wants nothing of any device
	}
	resolve := func(symbol string) mirror.PortName {
		p, err := Ports(ports[symbol])
		if err != nil || len(p) != 1 {
			t.Fatalf("port %q: %v", symbol, err)
		}
		return p[0]
	}
	s := mirror.Session{Tags: i.Tags, Ingress: i.Ingress}.WithDefaults()
	here := mirror.NativeSpec{Role: mirror.RoleLocal, Options: mirror.Options{FilterVLANs: i.FilterVLANs, Truncate: i.Truncate, Sample: i.Sample}}
	if len(i.Filter) > 0 {
		here.Options.Filter = i.Name // a session names a filter; its rules are no part of a change
	}
	for _, src := range i.Sources {
		n := mirror.NativeSource{VLAN: src.VLAN, Direction: src.Direction}
		if src.Port != "" {
			n.Port = resolve(src.Port)
		}
		here.Sources = append(here.Sources, n)
	}
	there := mirror.NativeSpec{}
	switch {
	case i.RSPAN != nil:
		here.Role, here.RemoteVLAN = mirror.RoleRSPANSource, i.RSPAN.VLAN
		transit := mirror.NativeSpec{Role: mirror.RoleRSPANTransit, RemoteVLAN: i.RSPAN.VLAN, Trunks: []mirror.PortName{resolve(i.RSPAN.Trunk)}}
		there = mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: i.RSPAN.VLAN, Destinations: []mirror.PortName{resolve(i.Destination.Port)},
			Options: mirror.Options{Tags: s.Tags, Ingress: s.Ingress}}
		return []mirror.Fragment{{Device: "this", Spec: here}, {Device: "this", Spec: transit}, {Device: "other", Spec: there}}
	case i.ERSPAN != nil:
		here.Role, here.Options.Collector = mirror.RoleERSPANSource, i.Destination.IP
		here.Options.ERSPAN = &mirror.ERSPAN{ID: i.ERSPAN.ID, Origin: i.ERSPAN.Origin, TTL: i.ERSPAN.TTL, DSCP: i.ERSPAN.DSCP}
		if i.Destination.Device == "" {
			return []mirror.Fragment{{Device: "this", Spec: here}}
		}
		there = mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{resolve(i.Destination.Port)},
			Options: mirror.Options{Collector: i.Destination.IP, ERSPAN: &mirror.ERSPAN{ID: i.ERSPAN.ID}}}
		return []mirror.Fragment{{Device: "this", Spec: here}, {Device: "other", Spec: there}}
	}
	here.Options.Tags, here.Options.Ingress = s.Tags, s.Ingress
	here.Destinations = []mirror.PortName{resolve(i.Destination.Port)}
	return []mirror.Fragment{{Device: "this", Spec: here}}
}

// render gives what a preview would show of an intent: a block per native
// session of each device, or the reasons against it.
func (i intent) render(t *testing.T, ports map[string]string) (text string, refusals []error, rendered []string) {
	parts := i.Sessions
	if parts == nil {
		parts = []intent{i}
	}
	var all []mirror.Fragment
	for _, p := range parts {
		all = append(all, p.fragments(t, ports)...)
	}
	if len(all) == 0 {
		return "nothing: a disabled session has no native session\n", nil, nil
	}
	for _, device := range []string{"this", "other"} {
		var fragments []mirror.Fragment
		for _, f := range all {
			if f.Device == device {
				f.Session = i.Name
				fragments = append(fragments, f)
			}
		}
		for _, d := range plan.Compose("golden", device, fragments) {
			role := d.Spec.Role
			if d.Spec.Footing != nil {
				role = d.Spec.Footing.Role()
			}
			text += "! device " + device + ", " + string(role) + "\n"
			after := &mirror.NativeSession{ID: "66", Mark: d.Mark, Spec: d.Spec}
			if d.Spec.Footing != nil {
				after.ID, after.Spec = d.Spec.Footing.ID(), d.Spec.Footing.Plus(mirror.Footing{Made: true}).Spec()
			}
			change := []mirror.Change{{Mark: d.Mark, After: after}}
			if d.Spec.Options.Filter != "" {
				without := mirror.Observation{Handles: map[string]string{handleACLs: "other"}}
				_, err := Render(c9300, without, change)
				text += "! on a device without the access list: " + err.Error() + "\n"
			}
			p, err := Render(c9300, mirror.Observation{}, change)
			if err != nil {
				var refused *mirror.Refusal
				if !errors.As(err, &refused) {
					t.Fatalf("%s: %v is no refusal with reasons", i.Name, err)
				}
				refusals = append(refusals, err)
				text += "refused: " + refused.Error() + "\n"
				continue
			}
			rendered = append(rendered, p.Blocks[0].Text)
			if d.Spec.Footing == nil {
				checkRoundTrip(t, p.Blocks[0].Text, d.Spec)
			}
			text += p.Blocks[0].Text
		}
	}
	return text, refusals, rendered
}

func checkRoundTrip(t *testing.T, text string, want mirror.NativeSpec) {
	t.Helper()
	b := newBox()
	if err := b.run(text); err != nil {
		t.Errorf("the box refuses: %v", err)
		return
	}
	cfg, err := parseConfig(b.config())
	if err != nil {
		t.Fatal(err)
	}
	got := merge(nil, &cfg)
	if len(got) != 1 || got[0].Opaque != "" || !got[0].Spec.Equal(want) {
		t.Errorf("read back as %+v, want %+v", got, want)
	}
}

func TestIntentsAreRenderedOrRefused(t *testing.T) {
	raw, err := os.ReadFile(testkit.Shared(t, "intents.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file intentFile
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Intents) != len(outcomes) {
		t.Errorf("%d intents, %d outcomes written down", len(file.Intents), len(outcomes))
	}
	for _, i := range file.Intents {
		t.Run(i.Name, func(t *testing.T) {
			text, refusals, _ := i.render(t, file.Ports[Platform])
			word, known := outcomes[i.Name]
			switch {
			case !known:
				t.Fatalf("no outcome is written down")
			case word == "" && len(refusals) > 0:
				t.Errorf("refused: %v", refusals)
			case word != "" && (len(refusals) != 1 || !errors.Is(refusals[0], mirror.ErrUnsupported) || !strings.Contains(refusals[0].Error(), word)):
				t.Errorf("refusals %v, want one with %q", refusals, word)
			}
			golden := filepath.Join("testdata", "intents", i.Name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), text); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
