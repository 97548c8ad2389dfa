package mirror_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

func good() mirror.Session {
	return mirror.Session{Name: "phones", Enabled: true,
		Sources:      []mirror.Source{{Device: "acc-3f-1", Interface: "Gi1/0/15-18", Direction: mirror.RX}},
		Destinations: []mirror.Destination{{Tool: "ids-1"}}}.WithDefaults()
}

func TestSessionFaults(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*mirror.Session)
		want   string // pointers, blank separated
	}{
		"nothing":        {func(s *mirror.Session) {}, ""},
		"name":           {func(s *mirror.Session) { s.Name = "-x" }, "/name"},
		"no sources":     {func(s *mirror.Session) { s.Sources = nil }, "/sources"},
		"both kinds":     {func(s *mirror.Session) { s.Sources[0].VLAN = 10 }, "/sources/0"},
		"neither kind":   {func(s *mirror.Session) { s.Sources[0].Interface = "" }, "/sources/0"},
		"VLAN range":     {func(s *mirror.Session) { s.Sources[0].Interface, s.Sources[0].VLAN = "", 4095 }, "/sources/0/vlan"},
		"direction":      {func(s *mirror.Session) { s.Sources[0].Direction = "up" }, "/sources/0/direction"},
		"injection":      {func(s *mirror.Session) { s.Sources[0].Interface = "Gi1/0/1\nreload" }, "/sources/0/interface"},
		"trailing blank": {func(s *mirror.Session) { s.Sources[0].Interface = "Gi1/0/1 " }, "/sources/0/interface"},
		"many targets":   {func(s *mirror.Session) { s.Destinations = slices.Repeat(s.Destinations, 17) }, "/destinations"},
		"tool and port":  {func(s *mirror.Session) { s.Destinations[0].Device = "x" }, "/destinations/0"},
		"half a port":    {func(s *mirror.Session) { s.Destinations[0] = mirror.Destination{Device: "x"} }, "/destinations/0"},
		"bad address":    {func(s *mirror.Session) { s.Destinations[0] = mirror.Destination{IP: "1.2.3"} }, "/destinations/0/ip"},
		"description":    {func(s *mirror.Session) { s.Description = "a\x00b" }, "/description"},
		"bidi override":  {func(s *mirror.Session) { s.Purpose = &mirror.Purpose{Reason: "a\u202eb"} }, "/purpose/reason"},
		"label":          {func(s *mirror.Session) { s.Labels = map[string]string{"a/b": "x y"} }, "/labels/a~1b"},
		"truncate":       {func(s *mirror.Session) { s.Truncate = 13 }, "/truncate"},
		"sample":         {func(s *mirror.Session) { s.Sample = 1 }, "/sample"},
		"policies":       {func(s *mirror.Session) { s.DriftPolicy, s.DeletePolicy, s.OnFailure = "a", "b", "c" }, "/driftPolicy /deletePolicy /onFailure"},
		"rspan": {func(s *mirror.Session) {
			s.RSPAN = &mirror.RSPAN{VLAN: 1, Transit: []mirror.Transit{{Device: "X", Trunks: []string{"a?"}}}}
		}, "/rspan/vlan /rspan/transit/0/device /rspan/transit/0/trunks/0"},
		"erspan": {func(s *mirror.Session) {
			s.ERSPAN = &mirror.ERSPAN{ID: 65536, Origin: "x", VRF: "a b", TTL: 256, DSCP: 64, MTU: 10, Type: 1}
		}, "/erspan/id /erspan/origin /erspan/vrf /erspan/ttl /erspan/dscp /erspan/mtu /erspan/type"},
		"empty trunk": {func(s *mirror.Session) {
			s.RSPAN = &mirror.RSPAN{VLAN: 9, Transit: []mirror.Transit{{Device: "x", Trunks: []string{""}}}}
		}, "/rspan/transit/0/trunks/0"},
		"two ways":       {func(s *mirror.Session) { s.RSPAN, s.ERSPAN = &mirror.RSPAN{VLAN: 9}, &mirror.ERSPAN{ID: 9} }, "/erspan"},
		"span by VLAN":   {func(s *mirror.Session) { s.Kind, s.RSPAN = mirror.KindSPAN, &mirror.RSPAN{VLAN: 9} }, "/rspan"},
		"rspan by none":  {func(s *mirror.Session) { s.Kind = mirror.KindRSPAN }, "/rspan"},
		"span by tunnel": {func(s *mirror.Session) { s.Kind, s.ERSPAN = mirror.KindSPAN, &mirror.ERSPAN{ID: 9} }, "/erspan"},
		"erspan by none": {func(s *mirror.Session) { s.Kind = mirror.KindERSPAN }, "/erspan"},
		"gre":            {func(s *mirror.Session) { s.ERSPAN = &mirror.ERSPAN{ID: 1 << 20, Encapsulation: mirror.EncapGRE} }, ""},
		"gre of a type":  {func(s *mirror.Session) { s.ERSPAN = &mirror.ERSPAN{ID: -1, Encapsulation: mirror.EncapGRE, Type: 2} }, "/erspan/id /erspan/type"},
		"encapsulation":  {func(s *mirror.Session) { s.ERSPAN = &mirror.ERSPAN{ID: 9, Encapsulation: "vxlan"} }, "/erspan/encapsulation"},
		"lease":          {func(s *mirror.Session) { s.Lease = &mirror.Lease{Duration: time.Hour} }, ""},
		"no lease":       {func(s *mirror.Session) { s.Lease = &mirror.Lease{} }, "/lease"},
		"two leases":     {func(s *mirror.Session) { s.Lease = &mirror.Lease{Duration: time.Hour, Until: time.Unix(1e9, 0)} }, "/lease"},
		"backward lease": {func(s *mirror.Session) { s.Lease = &mirror.Lease{Duration: -time.Hour} }, "/lease/duration"},
		"eternal lease":  {func(s *mirror.Session) { s.Lease = &mirror.Lease{Duration: mirror.MaxLease + 1} }, "/lease/duration"},
	} {
		s := good()
		c.change(&s)
		var got []string
		for _, r := range s.Validate() {
			got = append(got, r.Pointer)
			if r.Code == "" || r.Message == "" {
				t.Errorf("%s: %+v says nothing", name, r)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestReasonsAreBounded(t *testing.T) {
	s := good()
	s.Sources = make([]mirror.Source, mirror.MaxSources)
	reasons := s.Validate()
	if cut := mirror.CutReasons(reasons); len(reasons) < 1000 || len(cut) != mirror.MaxReasons+1 || cut[mirror.MaxReasons].Code != "more" {
		t.Errorf("%d reasons, cut to %d", len(reasons), len(cut))
	}
	reasons = make([]mirror.Reason, 24_000)
	if text := mirror.Refuse(mirror.ErrUnsupported, reasons).Error(); !strings.HasSuffix(text, "; and 23,900 more") || len(text) > 1000 {
		t.Errorf("%d octets, the end is %s", len(text), text[max(0, len(text)-100):])
	}
	if len(reasons) != 24_000 || reasons[100].Code != "" {
		t.Error("the list that was cut is another now")
	}
}

func TestDeviceAndToolFaults(t *testing.T) {
	d := mirror.Device{Name: "sw", Platform: "openvswitch", Transports: mirror.Transports{Config: mirror.Transport{Protocol: "ovsdb", Address: "/run/ovs/db.sock"}}}.WithDefaults()
	if r := d.Validate(); len(r) != 0 {
		t.Errorf("%v", r)
	}
	for _, address := range []string{"192.0.2.1", "2001:db8::1", "switch-1.example", "unix:/run/x.sock"} {
		d.Transports.Config.Address = address
		if r := d.Validate(); len(r) != 0 {
			t.Errorf("%s: %v", address, r)
		}
	}
	for _, jump := range []string{"host", "host:22", "[2001:db8::1]:22", "2001:db8::1"} {
		d.Transports.Config.JumpHost = mirror.JumpHost{Address: jump, Credentials: "jump"}
		if r := d.Validate(); len(r) != 0 {
			t.Errorf("%s: %v", jump, r)
		}
	}
	d.Transports.Config = mirror.Transport{Protocol: "Bad", Address: "-o ProxyCommand", Port: 70000, Bridge: "a b", HostKey: "maybe", JumpHost: mirror.JumpHost{Address: "user@host"},
		Credentials: "inventory/campus"}
	d.NativeIDs, d.Mode = &mirror.IDRange{From: 5, To: 1}, "sometimes"
	if got := len(d.Validate()); got != 10 {
		t.Errorf("%d faults: %v", got, d.Validate())
	}
	tool := mirror.Tool{Name: "T", MaxUtilization: 2, Accepts: []string{"all"}}
	if got := len(tool.Validate()); got != 4 {
		t.Errorf("%d faults: %v", got, tool.Validate())
	}
}

// TestAMarkFitsEveryPlatform: 13 characters of letters, digits and '-', the
// same for the same thing, another for anything that may not share it.
func TestAMarkFitsEveryPlatform(t *testing.T) {
	pattern := regexp.MustCompile(`^nm-[a-z2-7]{10}$`)
	spec := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1"}}
	other := spec
	other.Options.Truncate = 64
	withSources := spec
	withSources.Sources = []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}
	mark := mirror.Mark("i", "sw", spec)
	if !pattern.MatchString(mark) || mirror.Mark("i", "sw", withSources) != mark {
		t.Errorf("mark %s", mark)
	}
	for _, m := range []string{mirror.Mark("i", "sw", other), mirror.Mark("j", "sw", spec), mirror.Mark("i", "sw2", spec)} {
		if m == mark {
			t.Error("two things bear one mark")
		}
	}
}

func TestNormalizeIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spec mirror.NativeSpec
		for range rapid.IntRange(0, 6).Draw(t, "sources") {
			spec.Sources = append(spec.Sources, mirror.NativeSource{Port: mirror.PortName(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "port")),
				Direction: rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}).Draw(t, "direction")})
		}
		n := spec.Normalize()
		shuffled := spec
		shuffled.Sources = rapid.Permutation(spec.Sources).Draw(t, "order")
		if !n.Equal(spec) || !shuffled.Equal(spec) || len(n.Sources) > 3 {
			t.Fatalf("%+v and %+v", n, spec)
		}
	})
}

func TestASecretNeverShowsItself(t *testing.T) {
	s := mirror.NewSecret("hunter2")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "t", mirror.Target{Login: mirror.Login{Username: s, Password: s}})
	asJSON, err := json.Marshal(map[string]any{"s": s, "t": mirror.Target{Login: mirror.Login{Username: s, Password: s}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), fmt.Sprintf("%+v", mirror.Target{Login: mirror.Login{Username: s, Password: s}}), string(asJSON), log.String()} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("shown: %s", shown)
		}
	}
	if s.Reveal() != "hunter2" {
		t.Error("lost")
	}
}

func TestErrorsKeepTheDevicesWords(t *testing.T) {
	err := fmt.Errorf("push: %w", &mirror.DeviceError{Device: "sw1", Sent: "monitor session 1", Answer: "% no"})
	if !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "% no") {
		t.Error(err)
	}
	refusal := mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Pointer: "/a", Message: "one"}, {Message: "two"}})
	if !errors.Is(refusal, mirror.ErrConflict) || refusal.Error() != "conflict: /a: one; two" {
		t.Error(refusal)
	}
	if mirror.Refuse(mirror.ErrConflict, nil) != nil {
		t.Error("a refusal without reasons")
	}
}

func TestAccess(t *testing.T) {
	for _, c := range []struct {
		has, needs mirror.Access
		want       bool
	}{{mirror.Admin, mirror.Viewer, true}, {mirror.Operator, mirror.Operator, true}, {mirror.Viewer, mirror.Operator, false}, {"", mirror.Viewer, false}, {"king", mirror.Viewer, false}, {"", "", false}} {
		if got := c.has.Allows(c.needs); got != c.want {
			t.Errorf("%q for %q: %v", c.has, c.needs, got)
		}
	}
}

// FuzzInterfaceText: whatever Validate lets through has no byte that could mean
// anything to a command line.
func FuzzInterfaceText(f *testing.F) {
	for _, s := range []string{"Gi1/0/1", "a;b", "a\nb", "a|b", "а", "ge-0/0/1.100", " x", "x\r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := good()
		s.Sources[0].Interface = text
		if len(s.Validate()) == 0 && strings.ContainsAny(text, "\n\r;|?!\"'`$&<>\\\x00\x1b{}()*") {
			t.Errorf("%q was let through", text)
		}
	})
}
