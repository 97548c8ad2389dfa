package plan_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

var yes = mirror.Support{Level: mirror.Yes}

// switchInfo is a device of a platform that knows ranges "p1-3".
func switchInfo(change ...func(*plan.DeviceInfo)) plan.DeviceInfo {
	every := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	info := plan.DeviceInfo{
		Device: mirror.Device{Name: "sw", Platform: "test"}, Instance: me,
		Ports: func(s string) ([]mirror.PortName, error) {
			if a, b, ok := strings.Cut(s, "-"); ok {
				return []mirror.PortName{mirror.PortName(a), mirror.PortName("p" + b)}, nil
			}
			if s == "bad" {
				return nil, fmt.Errorf("no port: %w", mirror.ErrInvalid)
			}
			return []mirror.PortName{mirror.PortName(s)}, nil
		},
		Capabilities: mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes}, Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{
			mirror.SourcePort: every, mirror.SourceVLAN: {mirror.RX: yes}},
			TagsPreserve: yes, FilterVLANs: yes, Truncate: yes, Ranges: mirror.Ranges{Truncate: mirror.Values{From: 64, To: 9000}}, Marks: true,
			Limits: []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "device", Max: 2, Source: "sheet 1"},
				{Counts: mirror.LimitSourcesPerSession, Scope: "device", Max: 2, Source: "sheet 2"}}},
	}
	info.Observation.At = time.Unix(1, 0)
	for _, p := range []string{"p1", "p2", "p3", "d1", "d2", "d3", "trunk", "access"} {
		port := mirror.Port{Name: mirror.PortName(p)}
		switch p {
		case "trunk":
			port.Uses = []mirror.PortUse{{Kind: "trunk", Detail: "carries VLANs 1 to 10"}, {Kind: "neighbour", Detail: "LLDP: core-1"}}
		case "access":
			port.Access = 10
		}
		info.Observation.Ports = append(info.Observation.Ports, port)
	}
	for _, c := range change {
		c(&info)
	}
	return info
}

func wish(dest string, sources ...mirror.Source) mirror.Session {
	for i := range sources {
		sources[i].Device = "sw"
	}
	return mirror.Session{Name: "s", Enabled: true, Sources: sources,
		Destinations: []mirror.Destination{{Device: "sw", Interface: dest}}}.WithDefaults()
}

func port(p string) mirror.Source { return mirror.Source{Interface: p} }

func codes(reasons []mirror.Reason) []string {
	out := []string{}
	for _, r := range reasons {
		out = append(out, r.Pointer+" "+r.Code)
	}
	return out
}

func TestExpand(t *testing.T) {
	site := plan.Site{Devices: map[string]plan.DeviceInfo{"sw": switchInfo(), "sw2": switchInfo()},
		Tools: map[string]mirror.Tool{"ids": {Name: "ids", Device: "sw", Interface: "d1"}, "far": {Name: "far", IP: "192.0.2.1"}}}
	toTool := func(name string) mirror.Session {
		s := wish("", port("p1"))
		s.Destinations = []mirror.Destination{{Tool: name}}
		return s
	}
	elsewhere := wish("d1", port("p1"))
	elsewhere.Destinations[0].Device = "sw2"
	for name, c := range map[string]struct {
		session mirror.Session
		want    []string
		sources int
	}{
		"ports":                {wish("d1", port("p1"), port("p2")), nil, 2},
		"a range":              {wish("d1", port("p1-3")), nil, 2},
		"a tool":               {toTool("ids"), nil, 1},
		"twice":                {wish("d1", port("p1"), port("p1-2")), []string{"/sources/1 duplicate-source"}, 0},
		"no port":              {wish("bad", port("bad")), []string{"/sources/0/interface bad-port", "/destinations/0/interface bad-port"}, 0},
		"several destinations": {wish("d1-2", port("p1")), []string{"/destinations/0/interface bad-port"}, 0},
		"itself":               {wish("p1", port("p1")), []string{"/sources/0 source-is-destination"}, 0},
		"unknown tool":         {toTool("nope"), []string{"/destinations/0/tool unknown-tool"}, 0},
		"tool far away":        {toTool("far"), []string{"/erspan kind-impossible"}, 0},
		"two devices":          {elsewhere, []string{"/kind kind-impossible"}, 0},
	} {
		ex, reasons := plan.Expand(c.session, site)
		if diff := cmp.Diff(append([]string{}, c.want...), codes(reasons)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, r := range reasons {
			if strings.HasSuffix(r.Message, ": invalid") {
				t.Errorf("%s: %q ends with a word of our own errors", name, r.Message)
			}
		}
		if c.want == nil && (len(ex.Fragments) != 1 || len(ex.Fragments[0].Spec.Sources) != c.sources || ex.Kind != mirror.KindSPAN) {
			t.Errorf("%s: %+v", name, ex)
		}
	}
}

func TestCheckListsEveryReason(t *testing.T) {
	other := mirror.Fragment{Session: "other", Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
		Sources: []mirror.NativeSource{{Port: "p3", Direction: mirror.RX}}, Destinations: []mirror.PortName{"d2"},
		Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled, Truncate: 128}}}
	remote := mirror.Fragment{Session: "other", Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 900,
		Destinations: []mirror.PortName{"d2"}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	foreign := func(i *plan.DeviceInfo) {
		i.Observation.Natives = append(i.Observation.Natives, mirror.NativeSession{ID: "1",
			Spec: mirror.NativeSpec{Sources: []mirror.NativeSource{{Port: "p2", Direction: mirror.RX}}, Destinations: []mirror.PortName{"d3"}}})
	}
	set := func(s mirror.Session, change func(*mirror.Session)) mirror.Session { change(&s); return s }
	for name, c := range map[string]struct {
		session mirror.Session
		info    plan.DeviceInfo
		others  []mirror.Fragment
		want    []string
	}{
		"nothing wrong":      {wish("d1", port("p1")), switchInfo(), nil, nil},
		"shared destination": {set(wish("d2", port("p1")), func(s *mirror.Session) { s.Truncate = 128 }), switchInfo(), []mirror.Fragment{other}, nil},
		"never observed": {wish("d1", port("p1")), switchInfo(func(i *plan.DeviceInfo) { i.Observation = mirror.Observation{} }), nil,
			[]string{"/sources never-observed"}},
		"platform": {set(wish("d1", port("p1"), mirror.Source{VLAN: 5, Direction: mirror.TX}), func(s *mirror.Session) {
			s.Tags, s.Ingress, s.Sample, s.Truncate, s.FilterVLANs, s.NativeID = mirror.TagsStrip, mirror.IngressEnabled, 10, 32, []int{5}, "7"
		}), switchInfo(), nil, []string{"/sources/1/direction unsupported", "/sources/1 unsupported", "/filterVlans contradiction",
			"/tags unsupported", "/ingress unsupported", "/truncate out-of-range", "/sample unsupported", "/nativeId unsupported"}},
		"no such ports":            {wish("nope", port("p1"), port("nope2")), switchInfo(), nil, []string{"/sources/1 unknown-port", "/destinations/0 unknown-port"}},
		"other options":            {wish("d2", port("p1")), switchInfo(), []mirror.Fragment{other}, []string{"/destinations/0 options-differ"}},
		"source is a target":       {wish("d1", port("d2")), switchInfo(), []mirror.Fragment{other}, []string{"/sources/0 mirror-of-mirror"}},
		"span onto a remote one":   {wish("d2", port("p1")), switchInfo(), []mirror.Fragment{remote}, []string{"/destinations/0 destination-in-use"}},
		"span beside a remote one": {wish("d2", port("p1")), switchInfo(func(i *plan.DeviceInfo) { i.Capabilities.SharedDestination = yes }), []mirror.Fragment{remote}, nil},
		"target is a source":       {wish("p3", port("p1")), switchInfo(), []mirror.Fragment{other}, []string{"/destinations/0 mirror-of-mirror"}},
		"foreign destination":      {wish("d3", port("p1")), switchInfo(foreign), nil, []string{"/destinations/0 destination-in-use"}},
		"foreign both ways":        {wish("p2", port("d3")), switchInfo(foreign), nil, []string{"/destinations/0 mirror-of-mirror", "/sources/0 mirror-of-mirror"}},
		"limits, foreign counted": {wish("d1", port("p1")), switchInfo(foreign, foreign), nil,
			[]string{"/destinations/0 limit"}},
		"limit of sources, shared": {set(wish("d2", port("p1"), port("p2")), func(s *mirror.Session) { s.Truncate = 128 }), switchInfo(), []mirror.Fragment{other},
			[]string{"/sources limit"}},
		"guard":    {wish("trunk", port("p1")), switchInfo(), nil, []string{"/destinations/0 destination-guard", "/destinations/0 destination-guard"}},
		"forced":   {set(wish("trunk", port("p1")), func(s *mirror.Session) { s.Force = true }), switchInfo(), nil, nil},
		"tags off": {wish("access", port("p1")), switchInfo(func(i *plan.DeviceInfo) { i.Capabilities.AccessUntags = true }), nil, []string{"/tags tags-lost"}},
		"tags on": {set(wish("d1", port("p1")), func(s *mirror.Session) { s.Tags = mirror.TagsStrip }),
			switchInfo(func(i *plan.DeviceInfo) { i.Capabilities.AccessUntags, i.Capabilities.TagsStrip = true, yes }), nil, []string{"/tags tags-kept"}},
		"ports and VLANs of two": {set(wish("d2", mirror.Source{VLAN: 5, Direction: mirror.RX}), func(s *mirror.Session) { s.Truncate = 128 }), switchInfo(), []mirror.Fragment{other},
			[]string{"/sources options-differ"}},
		"pin out of range": {set(wish("d1", port("p1")), func(s *mirror.Session) { s.NativeID = "67" }),
			switchInfo(func(i *plan.DeviceInfo) { i.Capabilities.NativeIDs = &mirror.IDRange{From: 1, To: 66} }), nil, []string{"/nativeId out-of-range"}},
	} {
		ex, reasons := plan.Expand(c.session, plan.Site{Devices: map[string]plan.DeviceInfo{"sw": c.info}})
		if len(reasons) > 0 {
			t.Fatalf("%s: %v", name, reasons)
		}
		got := plan.Check(ex.Fragments[0], ex, c.others, c.info)
		if diff := cmp.Diff(append([]string{}, c.want...), codes(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, r := range got {
			if r.Code == "destination-in-use" && len(c.others) > 0 && (!strings.Contains(r.Message, `session "other"`) || !strings.Contains(r.Message, "remote VLAN 900")) {
				t.Errorf("%s: %s", name, r.Message)
			}
			if r.Code == "limit" && r.Source == "" {
				t.Errorf("%s: a limit without its source: %+v", name, r)
			}
		}
	}
}

func TestAssignIDs(t *testing.T) {
	create := func(mark string) mirror.Change {
		return mirror.Change{Mark: mark, After: &mirror.NativeSession{Mark: mark}}
	}
	info := switchInfo(func(i *plan.DeviceInfo) {
		i.Capabilities.NativeIDs = &mirror.IDRange{From: 1, To: 66}
		i.Device.NativeIDs = &mirror.IDRange{From: 60, To: 64}
		i.Observation.Natives = []mirror.NativeSession{{ID: "64"}, {ID: "1"}}
		i.Ledger = []mirror.Native{{Mark: "gone", ID: "63"}}
	})
	got, errs := plan.AssignIDs([]mirror.Change{create("gone"), create("a"), create("b"), create("c")}, map[string]string{"b": "60"}, info)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range got {
		ids = append(ids, c.After.ID)
	}
	if diff := cmp.Diff([]string{"63", "62", "60", "61"}, ids); diff != "" {
		t.Error(diff)
	}
	if _, errs := plan.AssignIDs([]mirror.Change{create("a"), create("b")}, map[string]string{"a": "1"}, info); !errors.Is(errs[0], mirror.ErrConflict) || errs[1] != nil {
		t.Errorf("a pin that is in use: %v", errs)
	}
	if _, errs := plan.AssignIDs([]mirror.Change{create("a"), create("b"), create("c"), create("d")}, nil, info); errs[2] != nil || !errors.Is(errs[3], mirror.ErrConflict) {
		t.Errorf("more ids than there are: %v", errs)
	}
}

func TestPhase(t *testing.T) {
	rec := func(change func(*mirror.SessionRecord), configured, programmed mirror.State) mirror.SessionRecord {
		r := mirror.SessionRecord{Session: mirror.Session{Enabled: true}, Generation: 2, Conditions: []mirror.Condition{
			{Type: mirror.CondConfigured, Status: configured}, {Type: mirror.CondProgrammed, Status: programmed}}}
		if change != nil {
			change(&r)
		}
		return r
	}
	for _, c := range []struct {
		name                  string
		rec                   mirror.SessionRecord
		rolling, moved, holds bool
		want                  mirror.Phase
	}{
		{"accepted", rec(nil, mirror.Unknown, mirror.Unknown), true, false, false, mirror.Undecided},
		{"moving", rec(nil, mirror.Unknown, mirror.Unknown), true, true, false, mirror.Applying},
		{"good", rec(nil, mirror.True, mirror.Unknown), false, true, true, mirror.Active},
		{"not programmed", rec(nil, mirror.True, mirror.False), false, true, true, mirror.Degraded},
		{"drift", rec(nil, mirror.False, mirror.True), false, true, true, mirror.Degraded},
		{"unreachable", rec(nil, mirror.Unknown, mirror.Unknown), false, true, true, mirror.Uncertain},
		{"one of two unreachable, the other not programmed", rec(nil, mirror.Unknown, mirror.False), false, true, true, mirror.Degraded},
		{"disabled", rec(func(r *mirror.SessionRecord) { r.Session.Enabled = false }, mirror.Unknown, mirror.Unknown), false, true, false, mirror.Suspended},
		{"first refused", rec(func(r *mirror.SessionRecord) { r.Refused = 2 }, mirror.False, mirror.Unknown), false, true, false, mirror.Failed},
		{"later refused", rec(func(r *mirror.SessionRecord) { r.Refused = 2 }, mirror.False, mirror.True), false, true, true, mirror.Degraded},
		{"deleting", rec(func(r *mirror.SessionRecord) { r.Deleting = true }, mirror.True, mirror.True), true, true, true, mirror.Deleting},
	} {
		if got := plan.Phase(c.rec, c.rolling, c.moved, c.holds); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestSinceMovesOnlyWithTheStatus(t *testing.T) {
	row := mirror.Placement{Goal: &mirror.Fragment{}, Applied: &mirror.Fragment{}, Device: "sw", Configured: mirror.Check{State: mirror.True, Reason: "ReadBack"}}
	at := func(sec int64) time.Time { return time.Unix(sec, 0) }
	rec := mirror.SessionRecord{Session: mirror.Session{Enabled: true}, Generation: 1}
	rec = plan.Status(rec, []mirror.Placement{row}, mirror.Operation{}, at(1))
	row.Configured.Reason = "StillReadBack"
	rec = plan.Status(rec, []mirror.Placement{row}, mirror.Operation{}, at(2))
	if c := rec.Condition(mirror.CondConfigured); c.Since != at(1) || c.Reason != "StillReadBack" {
		t.Errorf("%+v", c)
	}
	row.Configured = mirror.Check{State: mirror.False, Reason: "Drift", Message: "gone"}
	rec = plan.Status(rec, []mirror.Placement{row}, mirror.Operation{}, at(3))
	if c := rec.Condition(mirror.CondConfigured); c.Since != at(3) || c.Message != "sw: gone" {
		t.Errorf("%+v", c)
	}
}

func ExampleCompose() {
	fragment := func(session, port string, dir mirror.Direction) mirror.Fragment {
		return mirror.Fragment{Session: session, Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
			Sources: []mirror.NativeSource{{Port: mirror.PortName(port), Direction: dir}}, Destinations: []mirror.PortName{"d1"}}}
	}
	for _, d := range plan.Compose("instance", "sw", []mirror.Fragment{fragment("voice", "p1", mirror.RX), fragment("audit", "p1", mirror.TX), fragment("audit", "p2", mirror.Both)}) {
		fmt.Println(d.Sessions, d.Spec.Sources)
	}
	// Output: [audit voice] [{p1 0 false both} {p2 0 false both}]
}

// TestANumberThatAnotherTook: on a platform without marks a native session at
// our number is ours only while it has something of what we made.
func TestANumberThatAnotherTook(t *testing.T) {
	made := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1"},
		Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}}
	src := func(p mirror.PortName) []mirror.NativeSource {
		return []mirror.NativeSource{{Port: p, Direction: mirror.Both}}
	}
	for name, c := range map[string]struct {
		spec   mirror.NativeSpec
		opaque string
		ours   bool
	}{
		"as made":                   {made, "", true},
		"drifted source":            {mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: made.Destinations, Sources: src("p2")}, "", true},
		"a second destination":      {mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1", "d2"}, Sources: src("p1")}, "", true},
		"its destination gone":      {mirror.NativeSpec{Role: mirror.RoleLocal, Sources: append(src("p1"), src("p2")...)}, "", true},
		"another destination":       {mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d2"}, Sources: src("p1")}, "", false},
		"a source into an RSPAN":    {mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 999, Sources: src("p1")}, "", false},
		"a filter that we lack":     {mirror.NativeSpec{Role: mirror.RoleLocal, Options: mirror.Options{FilterVLANs: []int{10}}}, "", false},
		"an empty shell of it":      {mirror.NativeSpec{Role: mirror.RoleLocal}, "", true},
		"ours, made opaque":         {made, "an option nobody knows", true},
		"nothing shared":            {mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d2"}, Sources: src("p2")}, "", false},
		"nothing shared and opaque": {mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d2"}, Sources: src("p2")}, "dot1q", false},
		"a remote VLAN":             {mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 999}, "", false},
		"an ERSPAN shell":           {mirror.NativeSpec{Role: mirror.RoleERSPANSource}, "no TTL is told", false},
		"one that is shut":          {mirror.NativeSpec{Role: mirror.RoleLocal, Shut: true}, "", false},
		"ours, shut":                {mirror.NativeSpec{Role: mirror.RoleLocal, Shut: true, Destinations: made.Destinations, Sources: src("p1")}, "", true},
		"of no known kind":          {mirror.NativeSpec{}, "Service Module Session", false},
	} {
		info := switchInfo(func(i *plan.DeviceInfo) {
			i.Capabilities.Marks, i.Capabilities.NativeIDs = false, &mirror.IDRange{From: 1, To: 66}
			i.Ledger = []mirror.Native{{Mark: "nm-ours", ID: "66", Spec: made}}
			i.Observation.Natives = []mirror.NativeSession{{ID: "66", Spec: c.spec, Opaque: c.opaque}}
		})
		if _, own := info.Own(info.Observation.Natives[0]); own != c.ours {
			t.Errorf("%s: ours %v, want %v", name, own, c.ours)
		}
		if _, lost := plan.Lost(info)["nm-ours"]; lost == c.ours {
			t.Errorf("%s: lost %v", name, lost)
		}
		if c.ours {
			continue
		}
		if changes := plan.Diff(nil, info); len(changes) != 0 {
			t.Errorf("%s: it would be touched: %+v", name, changes)
		}
		_, errs := plan.AssignIDs([]mirror.Change{{Mark: "nm-ours", After: &mirror.NativeSession{Mark: "nm-ours", Spec: made}}}, nil, info)
		if !errors.Is(errs[0], mirror.ErrConflict) {
			t.Errorf("%s: its number would be given again: %v", name, errs)
		}
	}
}

// TestAShellOfAPushThatWasCutOff: what would be the beginning of another hand's session
// is ours where a push of ours was cut off.
func TestAShellOfAPushThatWasCutOff(t *testing.T) {
	shell := mirror.NativeSession{ID: "66", Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Shut: true}}
	info := switchInfo(func(i *plan.DeviceInfo) {
		i.Capabilities.Marks, i.Capabilities.NativeIDs = false, &mirror.IDRange{From: 1, To: 66}
		i.Ledger = []mirror.Native{{Mark: "nm-ours", ID: "66", Spec: shell.Spec}}
		i.Observation.Natives = []mirror.NativeSession{shell}
		i.Unheard = []string{"nm-ours"}
	})
	if mark, own := info.Own(shell); !own || mark != "nm-ours" {
		t.Errorf("own %v %q", own, mark)
	}
	for name, change := range map[string]func(*mirror.NativeSession){
		"of another kind":  func(n *mirror.NativeSession) { n.Spec.Role = mirror.RoleERSPANDestination },
		"of no known kind": func(n *mirror.NativeSession) { n.Spec.Role = "" },
		"with another's port": func(n *mirror.NativeSession) {
			n.Spec.Sources = []mirror.NativeSource{{Port: "p9", Direction: mirror.Both}}
		},
	} {
		other := shell
		change(&other)
		if _, own := info.Own(other); own {
			t.Errorf("%s: ours", name)
		}
	}
}

// TestDefaultsOfATunnel: what is the platform's default is the same whether or not
// it is asked for by its value.
func TestDefaultsOfATunnel(t *testing.T) {
	spec := func(e mirror.ERSPAN) mirror.NativeSpec {
		e.ID = 7
		return mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}},
			Options: mirror.Options{Collector: "192.0.2.9", ERSPAN: &e}}
	}
	info := switchInfo(func(i *plan.DeviceInfo) {
		i.Capabilities.TunnelDefaults = mirror.ERSPAN{TTL: 255, MTU: 9000, Type: 2}
		i.Observation.Natives = []mirror.NativeSession{{ID: "nm-a", Mark: "nm-a", Instance: i.Instance, Spec: spec(mirror.ERSPAN{MTU: 9000})}}
		i.Ledger = []mirror.Native{{Mark: "nm-a", ID: "nm-a"}}
	})
	for _, said := range []mirror.ERSPAN{{}, {TTL: 255}, {MTU: 9000, Type: 2}} {
		if list := plan.Diff([]plan.Desired{{Mark: "nm-a", Spec: spec(said)}}, info); len(list) != 0 {
			t.Errorf("%+v: %+v", said, list)
		}
	}
	if list := plan.Diff([]plan.Desired{{Mark: "nm-a", Spec: spec(mirror.ERSPAN{TTL: 64})}}, info); len(list) != 1 || list[0].Verb() != "change" {
		t.Errorf("another TTL: %+v", list)
	}
}

// A condition names the device once, also where the message begins with it.
// A device may hold a native session for each destination of one session.
func TestAConditionSaysTheSameOnce(t *testing.T) {
	row := mirror.Placement{Device: "sw1", Goal: &mirror.Fragment{Device: "sw1"}}
	rec := plan.Status(mirror.SessionRecord{}, []mirror.Placement{row, row}, mirror.Operation{}, time.Time{})
	if c := rec.Condition(mirror.CondConfigured); c.Message != "sw1: not read back yet" {
		t.Errorf("%+v", c)
	}
}

func TestAConditionNamesTheDeviceOnce(t *testing.T) {
	unread := mirror.Check{State: mirror.Unknown, Reason: "Unreachable", Message: "device sw1: no route to host"}
	rec := plan.Status(mirror.SessionRecord{}, []mirror.Placement{{Device: "sw1", Goal: &mirror.Fragment{Device: "sw1"}, Configured: unread}}, mirror.Operation{}, time.Time{})
	if c := rec.Condition(mirror.CondConfigured); c.Message != "sw1: no route to host" {
		t.Errorf("%+v", c)
	}
}
