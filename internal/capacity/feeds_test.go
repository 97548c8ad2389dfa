package capacity

import (
	"reflect"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A knownWay tells where trunks lead by "device trunk".
type knownWay struct {
	leads    map[string][]string
	carrying map[string][]mirror.PortName
	retags   map[mirror.PortName]bool
}

func (w knownWay) Leads(device string, trunk mirror.PortName) []string {
	return w.leads[device+" "+string(trunk)]
}
func (w knownWay) Carrying(device string, _ int) []mirror.PortName { return w.carrying[device] }
func (w knownWay) Retags(_ string, s mirror.NativeSource) bool     { return w.retags[s.Port] }

func src(port mirror.PortName) mirror.NativeSource {
	return mirror.NativeSource{Port: port, Direction: mirror.Both}
}

func rspan(role mirror.Role, device string, trunks []mirror.PortName, sources ...mirror.NativeSource) mirror.Fragment {
	f := mirror.Fragment{Device: device, Spec: mirror.NativeSpec{Role: role, RemoteVLAN: 900, Trunks: trunks, Sources: sources}}
	if role == mirror.RoleRSPANDestination {
		f.Spec.Destinations = []mirror.PortName{"tool"}
	}
	return f
}

func tunnelled(role mirror.Role, device, collector string, e mirror.ERSPAN, sources ...mirror.NativeSource) mirror.Fragment {
	f := mirror.Fragment{Device: device, Spec: mirror.NativeSpec{Role: role, Sources: sources,
		Options: mirror.Options{Collector: collector, ERSPAN: &e}}}
	if role == mirror.RoleERSPANDestination {
		f.Spec.Destinations = []mirror.PortName{"tool"}
	}
	return f
}

func link(device string, port mirror.PortName) End {
	return End{Device: device, Port: port, Link: true}
}

type ports = []mirror.PortName

func TestFeedsOf(t *testing.T) {
	one, two := src("p1"), src("p2")
	end := End{Device: "c", Port: "tool"}
	// a-1 -> b -> c, by trunks named u(p) and d(own).
	chain := []mirror.Fragment{
		rspan(mirror.RoleRSPANSource, "a", ports{"u"}, one),
		rspan(mirror.RoleRSPANTransit, "b", ports{"d", "u"}),
		rspan(mirror.RoleRSPANDestination, "c", ports{"d"}),
	}
	// a and a2, both behind b.
	tree := []mirror.Fragment{
		rspan(mirror.RoleRSPANSource, "a", ports{"u"}, one),
		rspan(mirror.RoleRSPANSource, "a2", ports{"u"}, two),
		rspan(mirror.RoleRSPANTransit, "b", ports{"d1", "d2", "u"}),
		rspan(mirror.RoleRSPANDestination, "c", ports{"d"}),
	}
	treeWay := knownWay{leads: map[string][]string{"a u": {"b"}, "a2 u": {"b"}, "b d1": {"a"}, "b d2": {"a2"}, "b u": {"c"}, "c d": {"b"}}}
	for _, tt := range []struct {
		name      string
		fragments []mirror.Fragment
		way       Way
		want      []Feed
	}{
		{"nothing copies nothing", []mirror.Fragment{rspan(mirror.RoleRSPANTransit, "b", ports{"d", "u"})}, nil, nil},
		{"local to two ports, with all options",
			[]mirror.Fragment{{Device: "a", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{one, two}, Destinations: ports{"x", "y"},
				Options: mirror.Options{Truncate: 128, Sample: 10, FilterVLANs: []int{7}}}}}, nil,
			[]Feed{{Sources: []mirror.NativeSource{one, two}, Device: "a", Truncate: 128, Sample: 10, Filtered: true,
				Ends: []End{{Device: "a", Port: "x"}, {Device: "a", Port: "y"}}}}},
		{"local to two native sessions",
			[]mirror.Fragment{
				{Device: "a", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{one}, Destinations: ports{"x"}, Options: mirror.Options{Filter: "nm-1"}}},
				{Device: "a", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{one}, Destinations: ports{"y"}}}}, nil,
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Filtered: true, Ends: []End{{Device: "a", Port: "x"}}},
				{Sources: []mirror.NativeSource{one}, Device: "a", Ends: []End{{Device: "a", Port: "y"}}}}},
		{"remote, nobody tells where trunks lead: each link carries all of the one source", chain, nil,
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 4, Ends: []End{end, link("a", "u"), link("b", "d"), link("b", "u")}}}},
		{"remote, the devices tell: a link is named where copies leave", chain,
			knownWay{leads: map[string][]string{"a u": {"b"}, "b d": {"a"}, "b u": {"c"}, "c d": {"b"}}},
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 4, Ends: []End{end, link("a", "u"), link("b", "u")}}}},
		{"remote, one end tells", chain, knownWay{leads: map[string][]string{"a u": {"b"}, "b u": {"c"}}},
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 4, Ends: []End{end, link("a", "u"), link("b", "u")}}}},
		{"remote from two devices: each floods to the other", tree, treeWay,
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 4, Ends: []End{end, link("a", "u"), link("b", "d2"), link("b", "u")}},
				{Sources: []mirror.NativeSource{two}, Device: "a2", Overhead: 4, Ends: []End{end, link("a2", "u"), link("b", "d1"), link("b", "u")}}}},
		{"remote from two devices, untold: the links of others are a bound", tree, nil,
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 4, Ends: []End{end, link("a", "u")}},
				{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 4, Filtered: true, Ends: []End{link("b", "d1"), link("b", "d2"), link("b", "u")}},
				{Sources: []mirror.NativeSource{two}, Device: "a2", Overhead: 4, Ends: []End{end, link("a2", "u")}},
				{Sources: []mirror.NativeSource{two}, Device: "a2", Overhead: 4, Filtered: true, Ends: []End{link("b", "d1"), link("b", "d2"), link("b", "u")}}}},
		{"remote, a source that names no trunk goes by what carries the VLAN",
			[]mirror.Fragment{rspan(mirror.RoleRSPANSource, "a", nil, one), rspan(mirror.RoleRSPANDestination, "c", ports{"d"})},
			knownWay{carrying: map[string][]mirror.PortName{"a": {"t2", "t1"}}},
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 4, Ends: []End{end, link("a", "t1"), link("a", "t2")}}}},
		{"remote where a tag is replaced",
			[]mirror.Fragment{rspan(mirror.RoleRSPANSource, "a", ports{"u"}, one, two), rspan(mirror.RoleRSPANDestination, "c", ports{"d"})},
			knownWay{retags: map[mirror.PortName]bool{"p2": true}},
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 4, Ends: []End{end, link("a", "u")}},
				{Sources: []mirror.NativeSource{two}, Device: "a", Ends: []End{end, link("a", "u")}}}},
		{"tunnel to a collector", []mirror.Fragment{tunnelled(mirror.RoleERSPANSource, "a", "192.0.2.1", mirror.ERSPAN{ID: 5, Type: 3}, one)}, nil,
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 54, Ends: []End{{IP: "192.0.2.1"}}}}},
		{"tunnel that a device ends: other tunnels to it are not its own",
			[]mirror.Fragment{
				tunnelled(mirror.RoleERSPANSource, "a", "192.0.2.1", mirror.ERSPAN{ID: 5}, one),
				tunnelled(mirror.RoleERSPANSource, "b", "192.0.2.1", mirror.ERSPAN{ID: 6}, two),
				tunnelled(mirror.RoleERSPANDestination, "c", "192.0.2.1", mirror.ERSPAN{ID: 5})}, nil,
			[]Feed{{Sources: []mirror.NativeSource{one}, Device: "a", Overhead: 50, Ends: []End{{IP: "192.0.2.1"}}},
				{Sources: []mirror.NativeSource{one}, Device: "a", Ends: []End{end}},
				{Sources: []mirror.NativeSource{two}, Device: "b", Overhead: 50, Ends: []End{{IP: "192.0.2.1"}}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.want {
				tt.want[i].Session = "s"
				if strings.HasPrefix(tt.name, "remote") {
					tt.want[i].RemoteVLAN = 900
				}
			}
			got := FeedsOf("s", tt.fragments, tt.way)
			for i := range got {
				got[i].Native = "" // of it, see TestFeedsShareNative
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("FeedsOf:\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// What one fragment feeds in different ways is told apart.
func TestFeedsOfOneFragmentApart(t *testing.T) {
	two := []mirror.Fragment{rspan(mirror.RoleRSPANSource, "a", ports{"u"}, src("p1"), src("p2")), rspan(mirror.RoleRSPANSource, "b", ports{"u"}, src("p1")),
		rspan(mirror.RoleRSPANTransit, "c", ports{"t1", "t2", "t3"}),
		tunnelled(mirror.RoleERSPANSource, "a", "192.0.2.1", mirror.ERSPAN{ID: 5}, src("p1")), tunnelled(mirror.RoleERSPANDestination, "c", "192.0.2.1", mirror.ERSPAN{ID: 5})}
	seen := map[string]bool{}
	for _, f := range FeedsOf("s", two, knownWay{retags: map[mirror.PortName]bool{"p2": true}}) {
		if key := f.Device + f.Native; seen[key] {
			t.Errorf("two feeds of device %s are of native session %s", f.Device, f.Native)
		} else {
			seen[key] = true
		}
	}
	if len(seen) != 8 { // a: p1 and p2, each surely and maybe, and out of the tunnel and in it; b: surely and maybe
		t.Errorf("%d feeds", len(seen))
	}
}

// What shares a destination and options shares a native session, whatever its sources
// are and however finely its platform divides it; what does not, does not.
func TestFeedsShareNative(t *testing.T) {
	local := func(to mirror.PortName, o mirror.Options, grain mirror.Grain, sources ...mirror.NativeSource) string {
		return FeedsOf("s", []mirror.Fragment{{Device: "a", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: ports{to},
			Sources: sources, Options: o, Grain: grain}}}, nil)[0].Native
	}
	a := local("x", mirror.Options{}, "", src("p1"))
	if b := local("x", mirror.Options{}, mirror.PerDirection, src("p2"), src("p1")); a != b {
		t.Errorf("%q and %q are of one native session", a, b)
	}
	if b := local("y", mirror.Options{}, "", src("p1")); a == b {
		t.Errorf("%q is of two destinations", a)
	}
	if b := local("x", mirror.Options{Truncate: 64}, "", src("p1")); a == b {
		t.Errorf("%q is of two options", a)
	}
}

// The octets are those of section 4 of the sheet of standards: the outer frame of the
// copy against the frame that was copied.
func TestOverhead(t *testing.T) {
	for _, tt := range []struct {
		collector string
		tunnel    mirror.ERSPAN
		want      int
	}{
		{"192.0.2.1", mirror.ERSPAN{ID: 1}, 50},                                   // (F-4)+14+20+8+8+4
		{"192.0.2.1", mirror.ERSPAN{ID: 1, Type: 2}, 50},                          // the same, said
		{"192.0.2.1", mirror.ERSPAN{ID: 1, Type: 3}, 54},                          // header of 12
		{"192.0.2.1", mirror.ERSPAN{Encapsulation: mirror.EncapGRE}, 38},          // (F-4)+14+20+4+4
		{"192.0.2.1", mirror.ERSPAN{Encapsulation: mirror.EncapGRE, ID: 7}, 42},   // and a key of 4
		{"2001:db8::1", mirror.ERSPAN{ID: 1}, 70},                                 // an outer header of 40
		{"2001:db8::1", mirror.ERSPAN{Encapsulation: mirror.EncapGRE, ID: 0}, 58}, // the same of GRE
	} {
		if got := Overhead(tt.collector, tt.tunnel); got != tt.want {
			t.Errorf("Overhead(%s, %+v) = %d, want %d", tt.collector, tt.tunnel, got, tt.want)
		}
	}
}
