package drivertest

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// An ability is one entry of a platform's capabilities, with a fragment that
// needs it and nothing else beyond the plainest session.
type ability struct {
	name    string
	support mirror.Support
	spec    mirror.NativeSpec
	// access makes the destination an access port, where that decides about
	// tags.
	access bool
	// option: leaving it out must change what is rendered.
	option bool
}

// capabilities proves that claims have sources, that claimed abilities pass
// plan.Check and render, and that the others are refused by it.
func (s Suite) capabilities(t *testing.T) {
	t.Run("fixtures have sources", fixturesHaveSources)
	for _, facts := range []struct {
		name string
		mirror.Facts
	}{{"of an unknown model", mirror.Facts{}}, {"of the model", s.Facts}} {
		t.Run(facts.name, func(t *testing.T) {
			s := s
			s.Facts = facts.Facts
			caps := s.Driver.Capabilities(facts.Facts)
			for _, a := range s.abilities(caps) {
				t.Run(a.name, func(t *testing.T) { s.proveAbility(t, a) })
			}
			s.proveForbids(t, caps)
			s.proveLimits(t, caps)
		})
	}
	t.Run("an unknown model can no more than the model", func(t *testing.T) {
		known := s.abilities(s.Driver.Capabilities(s.Facts))
		for i, a := range s.abilities(s.Driver.Capabilities(mirror.Facts{})) {
			if a.support.OK() && !known[i].support.OK() {
				t.Errorf("%s is claimed for zero facts and not for %s %s", a.name, s.Facts.Model, s.Facts.Version)
			}
		}
	})
}

// fixturesHaveSources: testdata/SOURCES.md of the driver's folder says of every
// recording where it comes from, or after which document it was made by hand.
func fixturesHaveSources(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "observe", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Error("there is no testdata/observe/*.txt: what a device prints must be on file")
	}
	text, err := os.ReadFile(filepath.Join("testdata", "SOURCES.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(string(text), filepath.Base(f)) {
			t.Errorf("testdata/SOURCES.md does not say where %s comes from", f)
		}
	}
}

// port is the port of a symbol on the platform.
func (s Suite) port(symbol string) mirror.PortName { return mirror.PortName(s.Ports[symbol]) }

// plain is the plainest session that the platform can hold: a port to a port.
func (s Suite) plain(d mirror.Direction) mirror.NativeSpec {
	return mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: s.port("p1"), Direction: d}},
		Destinations: []mirror.PortName{s.port("d1")}, Options: mirror.Options{Tags: s.plainTags(), Ingress: mirror.IngressDisabled}}
}

func (s Suite) plainTags() string {
	if c := s.Driver.Capabilities(s.Facts); c.TagsPreserve.OK() || !c.TagsStrip.OK() {
		return mirror.TagsPreserve
	}
	return mirror.TagsStrip
}

// abilities lists all entries, in a fixed order.
func (s Suite) abilities(c mirror.Capabilities) []ability {
	var out []ability
	base := s.plain(mirror.Both)
	add := func(name string, support mirror.Support, change func(*mirror.NativeSpec)) *ability {
		spec := base
		change(&spec)
		out = append(out, ability{name: name, support: support, spec: spec.Normalize(), access: c.AccessUntags && spec.Options.Tags == mirror.TagsStrip})
		return &out[len(out)-1]
	}
	option := func(name string, support mirror.Support, change func(*mirror.Options)) {
		add(name, support, func(n *mirror.NativeSpec) { change(&n.Options) }).option = true
	}
	for _, d := range []mirror.Direction{mirror.RX, mirror.TX, mirror.Both} {
		source := func(src mirror.NativeSource) func(*mirror.NativeSpec) {
			src.Direction = d
			return func(n *mirror.NativeSpec) { n.Sources = []mirror.NativeSource{src} }
		}
		add("port "+string(d), c.Sources[mirror.SourcePort][d], source(mirror.NativeSource{Port: s.port("p1")}))
		add("port-channel "+string(d), c.Sources[mirror.SourceLAG][d], source(mirror.NativeSource{Port: s.port("lag1")}))
		if s.Ports["sub1"] != "" {
			add("subinterface "+string(d), c.Sources[mirror.SourceSub][d], source(mirror.NativeSource{Port: s.port("sub1")}))
		}
		add("VLAN "+string(d), c.Sources[mirror.SourceVLAN][d], source(mirror.NativeSource{VLAN: 110}))
	}
	add("ports and VLANs", c.MixedSources, func(n *mirror.NativeSpec) {
		n.Sources = append(slices.Clone(n.Sources), mirror.NativeSource{VLAN: 110, Direction: vlanDirection(c)})
	})
	add("port-channel as destination", c.LAGDestination, func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{s.port("lag1")} })
	add("tags preserve", c.TagsPreserve, func(n *mirror.NativeSpec) { n.Options.Tags = mirror.TagsPreserve })
	add("tags strip", c.TagsStrip, func(n *mirror.NativeSpec) { n.Options.Tags = mirror.TagsStrip }).option = s.plainTags() != mirror.TagsStrip && !c.AccessUntags
	option("ingress", c.IngressEnabled, func(o *mirror.Options) { o.Ingress = mirror.IngressEnabled })
	option("filterVlans", c.FilterVLANs, func(o *mirror.Options) { o.FilterVLANs = []int{110, 120} })
	add("filter", c.Filter, func(n *mirror.NativeSpec) { filtered(n, c) }).option = true
	option("truncate", c.Truncate, func(o *mirror.Options) { o.Truncate = max(128, c.Ranges.Truncate.First()) })
	option("sample", c.Sample, func(o *mirror.Options) {
		if o.Sample = 1000; !c.Ranges.Sample.Allow(o.Sample) {
			o.Sample = c.Ranges.Sample.First()
		}
	})
	for _, role := range slices.Sorted(maps.Keys(s.roles())) {
		add("role "+string(role), c.Roles[role], func(n *mirror.NativeSpec) { *n = s.roles()[role] })
	}
	// Local is what everything else rests on.
	add("role "+string(mirror.RoleLocal), c.Roles[mirror.RoleLocal], func(*mirror.NativeSpec) {})
	return out
}

// filtered gives a session a filter: one that the device may know, or where its list
// stands at the source ports one that is made with the session, of what arrives there.
func filtered(n *mirror.NativeSpec, c mirror.Capabilities) {
	n.Options.Filter = filterName
	if c.FilterAt != mirror.FilterAtSources {
		return
	}
	n.FilterAt = c.FilterAt
	n.Rules = []mirror.Entry{{Permit: true, Protocol: mirror.ProtoTCP, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any(), DestinationPort: mirror.PortRange{From: 443, To: 443}}}
	n.Sources = slices.Clone(n.Sources)
	for i := range n.Sources {
		n.Sources[i].Direction = mirror.RX
	}
	n.Options.Filter = mirror.SessionList(instance, thisDevice, n.Normalize())
}

// filterName is a filter that Suite.Observation may know.
const filterName = "contract-filter"

// FilterName names the filter that the contract asks for; a driver that wants
// to see it on the device puts it into Suite.Observation.
func FilterName() string { return filterName }

// RemoteVLAN is the remote VLAN that the contract asks for; likewise.
const RemoteVLAN = 999

func vlanDirection(c mirror.Capabilities) mirror.Direction {
	for _, d := range []mirror.Direction{mirror.Both, mirror.RX, mirror.TX} {
		if c.Sources[mirror.SourceVLAN][d].OK() {
			return d
		}
	}
	return mirror.Both
}

// roles is the plainest spec of each role but local. Options that describe a
// destination port are empty where there is none of ours.
func (s Suite) roles() map[mirror.Role]mirror.NativeSpec {
	sources := []mirror.NativeSource{{Port: s.port("p1"), Direction: mirror.Both}}
	tunnel := &mirror.ERSPAN{ID: 42, Origin: "192.0.2.1", TTL: 32, DSCP: 8}
	if c := s.Driver.Capabilities(s.Facts); c.Roles[mirror.RoleERSPANSource].OK() && !c.ERSPANHeader.OK() {
		tunnel = &mirror.ERSPAN{Origin: "192.0.2.1", Encapsulation: mirror.EncapGRE}
	}
	if s.Driver.Capabilities(s.Facts).NoOrigin != "" {
		tunnel.Origin = ""
	}
	local := mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}
	c := s.Driver.Capabilities(s.Facts)
	fit(tunnel, c)
	leaves := mirror.Options{ERSPAN: tunnel, Collector: "198.51.100.7"}
	if c.Tunnels != nil {
		leaves.Tunnel = c.Tunnels.Name(*mirror.NativeSpec{Role: mirror.RoleERSPANSource, Options: leaves}.TunnelOf())
	}
	return map[mirror.Role]mirror.NativeSpec{
		mirror.RoleRSPANSource:      {Role: mirror.RoleRSPANSource, Sources: sources, RemoteVLAN: RemoteVLAN},
		mirror.RoleRSPANTransit:     {Role: mirror.RoleRSPANTransit, RemoteVLAN: RemoteVLAN, Trunks: []mirror.PortName{s.port("up1")}},
		mirror.RoleRSPANDestination: {Role: mirror.RoleRSPANDestination, RemoteVLAN: RemoteVLAN, Destinations: []mirror.PortName{s.port("d1")}, Options: local},
		mirror.RoleERSPANSource:     {Role: mirror.RoleERSPANSource, Sources: sources, Options: leaves},
		mirror.RoleERSPANDestination: {Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{s.port("d1")},
			Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: 43}, Collector: "198.51.100.8"}},
	}
}

// infoFor is the idle device, its destination an access port where asked.
func (s Suite) infoFor(access bool) plan.DeviceInfo {
	info := s.info()
	for i := range info.Observation.Ports {
		if access && info.Observation.Ports[i].Name == s.port("d1") {
			info.Observation.Ports[i].Access = 110
		}
	}
	return info
}

// fit leaves of a tunnel what the platform has commands for.
func fit(e *mirror.ERSPAN, c mirror.Capabilities) {
	ids := c.Ranges.ERSPANID
	if e.Encapsulation == mirror.EncapGRE {
		ids = c.Ranges.GREKey
	}
	if !ids.Allow(e.ID) {
		e.ID = ids.First()
	}
	if !c.TTL.OK() {
		e.TTL = 0
	}
	if !c.DSCP.OK() {
		e.DSCP = 0
	}
}

// fragment is that of a session with what it stands on, as plan.Expand makes it.
func (s Suite) fragment(name string, spec mirror.NativeSpec) mirror.Fragment {
	c := s.Driver.Capabilities(s.Facts)
	if want := c.DestinationSetup; len(spec.Destinations) > 0 && want != (mirror.PortSetup{}) {
		spec.Setup = &want
	}
	if way := c.Plain(spec).TunnelOf(); way != nil {
		if spec.Needs = nil; c.Tunnels != nil {
			spec.Options.Tunnel = c.Tunnels.Name(*way)
			spec.Needs = append(spec.Needs, mirror.Footing{Kind: mirror.FootingTunnel, Name: spec.Options.Tunnel, Tunnel: way})
		}
		if c.DeviceOrigin {
			spec.Needs = append(spec.Needs, mirror.Footing{Kind: mirror.FootingOrigin, Name: way.From})
		}
	}
	return mirror.Fragment{Session: name, Device: thisDevice, Spec: spec.Normalize(), DriftPolicy: mirror.DriftRepair, Force: true}
}

// proveAbility: a claim has a source, passes and renders; what is not claimed
// is refused with the entry's remark and source. Rendering either way keeps
// what was asked for, or refuses it.
func (s Suite) proveAbility(t *testing.T, a ability) {
	info := s.infoFor(a.access)
	f := s.fragment("probe", a.spec)
	reasons := plan.Check(f, plan.Expansion{}, nil, info)
	text, err := s.rendered(t, f, info)
	if err != nil && !errors.Is(err, mirror.ErrUnsupported) && !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("Render gave %v, want ErrUnsupported or ErrInvalid", err)
	}
	if a.support.Remark != "" && a.support.Source == "" {
		t.Errorf("the remark %q has no source", a.support.Remark)
	}
	if !a.support.OK() {
		if !slices.ContainsFunc(reasons, func(r mirror.Reason) bool {
			return r.Code == "unsupported" && r.Source == a.support.Source && strings.Contains(r.Message, a.support.Remark)
		}) {
			t.Errorf("is not claimed, and plan.Check gave no reason with its remark and source: %+v", reasons)
		}
	} else {
		if a.support.Source == "" {
			t.Error("is claimed without a source")
		}
		if len(reasons) > 0 && a.spec.Role == mirror.RoleLocal && s.Driver.Capabilities(s.Facts).Roles[mirror.RoleLocal].OK() {
			t.Errorf("is claimed, and plan.Check refuses it: %+v", reasons)
		}
		if err != nil {
			t.Errorf("is claimed, and Render refuses it: %v", err)
		}
	}
	if !a.option || err != nil {
		return
	}
	without := f
	without.Spec = s.plain(mirror.Both)
	if plainText, err := s.rendered(t, without, info); err == nil && withoutMark(plainText, without) == withoutMark(text, f) {
		t.Errorf("Render drops it without a word:\n%s", text)
	}
}

// withoutMark replaces the mark, which differs whenever an option does.
func withoutMark(text string, f mirror.Fragment) string {
	return strings.ReplaceAll(text, mirror.Mark(instance, f.Device, f.Spec), "MARK")
}

func (s Suite) rendered(t *testing.T, f mirror.Fragment, info plan.DeviceInfo) (string, error) {
	t.Helper()
	list := changes(t, []mirror.Fragment{f}, info)
	payload, err := s.Driver.Render(s.Facts, info.Observation, list)
	if err != nil {
		return "", err
	}
	checkPayload(t, list, payload)
	text := ""
	for _, b := range payload.Blocks {
		text += b.Text
	}
	return text, nil
}
