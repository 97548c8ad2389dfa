package drivertest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// intentFile is intents.yaml.
type intentFile struct {
	Ports   map[string]map[string]string `yaml:"ports"` // platform, symbol
	Intents []struct {
		Name     string      `yaml:"name"`
		Sessions []intentAsk `yaml:"sessions"`
		Ask      intentAsk   `yaml:",inline"`
	} `yaml:"intents"`
}

// intentAsk is one session in the words of intents.yaml.
type intentAsk struct {
	Sources []struct {
		Port      string           `yaml:"port"`
		VLAN      int              `yaml:"vlan"`
		Direction mirror.Direction `yaml:"direction"`
	} `yaml:"sources"`
	Destination intentDest       `yaml:"destination"`
	FilterVLANs []int            `yaml:"filterVlans"`
	Filter      []map[string]any `yaml:"filter"`
	Tags        string           `yaml:"tags"`
	Ingress     string           `yaml:"ingress"`
	Truncate    int              `yaml:"truncate"`
	Sample      int              `yaml:"sample"`
	Enabled     *bool            `yaml:"enabled"`
	RSPAN       *struct {
		VLAN  int    `yaml:"vlan"`
		Trunk string `yaml:"trunk"`
	} `yaml:"rspan"`
	ERSPAN *struct {
		ID     int    `yaml:"id"`
		Origin string `yaml:"origin"`
		TTL    int    `yaml:"ttl"`
		DSCP   int    `yaml:"dscp"`
	} `yaml:"erspan"`
}

// intentDest is the symbol of a port, or a port of another device, or an
// address.
type intentDest struct {
	Device string `yaml:"device"`
	Port   string `yaml:"port"`
	IP     string `yaml:"ip"`
}

// UnmarshalYAML also takes a bare symbol. Unknown keys are errors here too,
// which a plain Decode of a node would not say.
func (d *intentDest) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		d.Port = n.Value
		return nil
	}
	text, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	type plain intentDest
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	return dec.Decode((*plain)(d))
}

// An intent is one of the twenty: the sessions it asks for.
type intent struct {
	Name     string
	Sessions []mirror.Session
	Filters  map[string]*mirror.Filter // that the sessions name
}

// The devices of the intents.
const (
	thisDevice  = "sw1"
	otherDevice = "other"
)

// readIntents reads the twenty intents for the ports of a device. The test is
// skipped when the recordings are missing.
func (s Suite) readIntents(t *testing.T, ports map[string]string) []intent {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, "intents.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file intentFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		t.Fatalf("intents.yaml: %v", err)
	}
	if len(file.Intents) != 20 {
		t.Errorf("%d intents, want the twenty", len(file.Intents))
	}
	// A platform of our own making, as in this package's own test, is not listed.
	if want, known := file.Ports[s.Driver.Platform]; known {
		for symbol, port := range want {
			if s.Ports[symbol] != port {
				t.Errorf("Suite.Ports says %q for %s, intents.yaml %q", s.Ports[symbol], symbol, port)
			}
		}
	}
	var out []intent
	for _, raw := range file.Intents {
		asks := raw.Sessions
		if len(asks) == 0 {
			asks = []intentAsk{raw.Ask}
		}
		in := intent{Name: raw.Name, Filters: map[string]*mirror.Filter{}}
		for i, ask := range asks {
			name := raw.Name
			if i > 0 {
				name = fmt.Sprintf("%s-%d", raw.Name, i+1)
			}
			session, err := ask.session(name, ports)
			if err != nil {
				t.Fatalf("intent %s: %v", raw.Name, err)
			}
			in.Sessions = append(in.Sessions, session)
			if in.Filters[session.Filter], err = ask.filter(session.Filter); err != nil {
				t.Fatalf("intent %s: %v", raw.Name, err)
			}
		}
		out = append(out, in)
	}
	return out
}

// filter is the resource that a session names. The rules of the intents say no family;
// here they are of IPv4, because an access list is of one.
func (a intentAsk) filter(name string) (*mirror.Filter, error) {
	text, err := json.Marshal(a.Filter)
	if err != nil || name == "" {
		return nil, err
	}
	f := mirror.Filter{Name: name}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f.Rules); err != nil {
		return nil, err
	}
	for i := range f.Rules {
		f.Rules[i].Source = cmp.Or(f.Rules[i].Source, "0.0.0.0/0")
	}
	f = f.WithDefaults()
	return &f, mirror.Refuse(mirror.ErrInvalid, f.Validate())
}

// session puts an ask into the words of a user. The destination guard is
// overridden: an intent says what is to be rendered, not whether a port is
// idle.
func (a intentAsk) session(name string, ports map[string]string) (mirror.Session, error) {
	var missing []string
	port := func(symbol string) string {
		if ports[symbol] == "" && symbol != "" {
			missing = append(missing, symbol)
		}
		return ports[symbol]
	}
	s := mirror.Session{Name: name, Enabled: a.Enabled == nil || *a.Enabled, Force: true, FilterVLANs: a.FilterVLANs,
		Tags: a.Tags, Ingress: a.Ingress, Truncate: a.Truncate, Sample: a.Sample}
	for _, src := range a.Sources {
		s.Sources = append(s.Sources, mirror.Source{Device: thisDevice, Interface: port(src.Port), VLAN: src.VLAN, Direction: src.Direction})
	}
	d := mirror.Destination{Device: a.Destination.Device, Interface: port(a.Destination.Port), IP: a.Destination.IP}
	if d.Device == "" && d.Interface != "" {
		d.Device = thisDevice
	}
	s.Destinations = []mirror.Destination{d}
	if len(a.Filter) > 0 {
		s.Filter = name // a session names a filter; the rules are a resource of their own
	}
	if r := a.RSPAN; r != nil {
		s.Kind = mirror.KindRSPAN
		s.RSPAN = &mirror.RSPAN{VLAN: r.VLAN, Transit: []mirror.Transit{{Device: thisDevice, Trunks: []string{port(r.Trunk)}}}}
	}
	if e := a.ERSPAN; e != nil {
		s.Kind = mirror.KindERSPAN
		s.ERSPAN = &mirror.ERSPAN{ID: e.ID, Origin: e.Origin, TTL: e.TTL, DSCP: e.DSCP}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return s, fmt.Errorf("no port for the symbols %v", missing)
	}
	return s.WithDefaults(), nil
}
