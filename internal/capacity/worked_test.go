package capacity_test

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A plant tells of ports by "device port", and of VLANs by "device".
type plant struct {
	ports map[string]capacity.Port
	vlans map[string][]mirror.PortName
}

func (p plant) Port(device string, name mirror.PortName) capacity.Port {
	return p.ports[device+" "+string(name)]
}
func (p plant) InVLAN(device string, _ int) []mirror.PortName { return p.vlans[device] }

// line is a link full of frames of so many octets.
func line(speed float64, size float64) capacity.Flow {
	return capacity.Flow{Octets: speed / 8 / (size + 20) * size, Frames: speed / 8 / (size + 20)}
}

// carrying is a port of 1 Gbit/s with steady flows in and out.
func carrying(in, out capacity.Flow) capacity.Port {
	return capacity.Port{Speed: 1e9, Known: true, How: "the last hour, 360 readings", In: capacity.Stat{P95: in, Peak: in}, Out: capacity.Stat{P95: out, Peak: out}}
}

var nothing capacity.Flow

// The sources, ends and feeds of the examples.
func rx(port string) mirror.NativeSource {
	return mirror.NativeSource{Port: mirror.PortName(port), Direction: mirror.RX}
}

func tx(port string) mirror.NativeSource {
	return mirror.NativeSource{Port: mirror.PortName(port), Direction: mirror.TX}
}

func both(port string) mirror.NativeSource {
	return mirror.NativeSource{Port: mirror.PortName(port), Direction: mirror.Both}
}

func vlan(id int) mirror.NativeSource {
	return mirror.NativeSource{VLAN: id, Direction: mirror.RX}
}

var (
	tool      = capacity.End{Device: "sw", Port: "tool"}
	collector = capacity.End{IP: "192.0.2.9"}
	uplink    = capacity.End{Device: "sw", Port: "up", Link: true}
)

// from is what session s copies from sources of device sw.
func from(sources ...mirror.NativeSource) capacity.Feed {
	return capacity.Feed{Session: "s", Device: "sw", Sources: sources}
}

func with(f capacity.Feed, change func(*capacity.Feed)) capacity.Feed {
	change(&f)
	return f
}

func tunnel(octets int) func(*capacity.Feed) {
	return func(f *capacity.Feed) { f.Overhead = octets }
}

func cut(octets int) func(*capacity.Feed) {
	return func(f *capacity.Feed) { f.Truncate = octets }
}

func shares(session, native string) func(*capacity.Feed) {
	return func(f *capacity.Feed) { f.Session, f.Native = session, native }
}

func on(device string) func(*capacity.Feed) { return func(f *capacity.Feed) { f.Device = device } }

func filtered(f *capacity.Feed) { f.Filtered = true }
func running(f *capacity.Feed)  { f.Running = true }

// A worked example: what comes to an end, and what is said of it. Capacity is 1 Gbit/s
// and 0.8 of it may be used where nothing else stands.
type worked struct {
	name     string
	ports    map[string]capacity.Port
	vlan     []mirror.PortName // that carry VLANs, on sw
	feeds    []capacity.Feed
	end      capacity.End // tool where it is none
	capacity mirror.BitsPerSecond
	unknown  bool // the capacity
	use      float64
	basis    string
	mode     string

	offered mirror.BitsPerSecond
	own     mirror.BitsPerSecond // of s; 0 = all
	verdict capacity.Verdict
	reason  string
	says    string // a part of the sentence
}

const (
	admit, warn, refuse = capacity.Admit, capacity.Warn, capacity.Refuse
	fits, over          = capacity.ReasonFits, capacity.ReasonOversubscribed
	worst               = mirror.BasisWorstCase
)

// A frame of F octets takes F + 20 on the wire. A link of S bit/s full of them carries
// S / (8 (F + 20)) a second.
var examples = []worked{
	// --- one source, whole frames ---
	// 1e9 / (8 x 84) = 1,488,095.2 frames/s; x 84 x 8 = 1e9 again, > 0.8e9.
	{name: "64-octet frames at line rate, gigabit to gigabit", ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 64), nothing)},
		feeds: []capacity.Feed{from(rx("p"))}, offered: 1e9, verdict: refuse, reason: over},
	// The same against all of the capacity: 1e9 <= 1e9.
	{name: "64-octet frames at line rate, all of the capacity", ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 64), nothing)},
		feeds: []capacity.Feed{from(rx("p"))}, use: 1, offered: 1e9, verdict: admit, reason: fits},
	// 100,000 frames/s of 64 octets: 100,000 x 84 x 8 = 67.2e6; by octets alone it were 51.2e6.
	{name: "preamble and gap count", ports: map[string]capacity.Port{"sw p": carrying(capacity.Flow{Octets: 6.4e6, Frames: 1e5}, nothing)},
		feeds: []capacity.Feed{from(rx("p"))}, capacity: 80e6, use: 0.8, offered: 67_200_000, verdict: refuse, reason: over},
	// rx 0.9e9 + tx 1e9 = 1.9e9.
	{name: "both directions of one gigabit port", ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 500), line(1e9, 500))},
		feeds: []capacity.Feed{from(both("p"))}, offered: 1_900_000_000, verdict: refuse, reason: over},
	// tx alone of the same: 0.3e9.
	{name: "tx takes what the port sends", ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 500), line(300e6, 500))},
		feeds: []capacity.Feed{from(tx("p"))}, offered: 300_000_000, verdict: admit, reason: fits},
	// 10,000 frames/s of 9,018: x 9,038 x 8 = 723.04e6 <= 800e6.
	{name: "jumbo frames", ports: map[string]capacity.Port{"sw p": carrying(capacity.Flow{Octets: 90.18e6, Frames: 1e4}, nothing)},
		feeds: []capacity.Feed{from(rx("p"))}, offered: 723_040_000, verdict: admit, reason: fits},
	// 6e6 + 19e6 = 25e6 against 0.8 x 10e6.
	{name: "6 in and 19 out to a tool of 10 Mbit/s", ports: map[string]capacity.Port{"sw p": carrying(line(6e6, 1000), line(19e6, 1000))},
		feeds: []capacity.Feed{from(both("p"))}, capacity: 10e6, offered: 25_000_000, verdict: refuse, reason: over},
	{name: "the same, rx alone", ports: map[string]capacity.Port{"sw p": carrying(line(6e6, 1000), line(19e6, 1000))},
		feeds: []capacity.Feed{from(rx("p"))}, capacity: 10e6, offered: 6_000_000, verdict: admit, reason: fits},
	// 0.8e9 <= 0.8 x 1e9.
	{name: "exactly the limit", ports: map[string]capacity.Port{"sw p": carrying(line(800e6, 480), nothing)},
		feeds: []capacity.Feed{from(rx("p"))}, offered: 800_000_000, verdict: admit, reason: fits},
	// One frame a second of 480 octets more: 500 x 8 = 4,000 bit/s above the limit.
	{name: "one frame above the limit", ports: map[string]capacity.Port{"sw p": carrying(line(800e6+4000, 480), nothing)},
		feeds: []capacity.Feed{from(rx("p"))}, offered: 800_004_000, verdict: refuse, reason: over, says: "800.004 Mbit/s offered"},
	// 0.5e9 at p95 and 1.2e9 at the peak: admitted, and the sentence tells of the peak.
	{name: "a peak above the capacity", ports: map[string]capacity.Port{"sw p": {Known: true, In: capacity.Stat{P95: line(500e6, 500), Peak: line(1.2e9, 500)}}},
		feeds: []capacity.Feed{from(rx("p"))}, offered: 500_000_000, verdict: admit, reason: fits, says: "at the peak, 1.2 Gbit/s, copies are lost"},
	{name: "an idle source", ports: map[string]capacity.Port{"sw p": carrying(nothing, nothing)},
		feeds: []capacity.Feed{from(both("p"))}, offered: 0, verdict: admit, reason: fits},
	// 10e6 octets/s without frames: taken for 64 octets each, 156,250 x 84 x 8 = 105e6.
	{name: "frames not told are taken for the shortest", ports: map[string]capacity.Port{"sw p": carrying(capacity.Flow{Octets: 10e6}, nothing)},
		feeds: []capacity.Feed{from(rx("p"))}, offered: 105_000_000, verdict: admit, reason: fits},

	// --- encapsulation ---
	// 1,488,095.2 x (68 + 20) x 8 = 1,047,619,048: 88/84.
	{name: "RSPAN of 64-octet frames at line rate", ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 64), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(4))}, use: 1, offered: 1_047_619_048, verdict: refuse, reason: over},
	// 10e9 / (8 x 84) x (114 + 20) x 8 = 15,952,380,952: 134/84.
	{name: "ERSPAN II of 64-octet frames at 10 Gbit/s", ports: map[string]capacity.Port{"sw p": carrying(line(10e9, 64), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(50))}, end: collector, capacity: 10e9, use: 1, offered: 15_952_380_952, verdict: refuse, reason: over},
	// 10e9 x 1588 / 1538 = 10,325,097,529.
	{name: "ERSPAN II of full frames at 10 Gbit/s", ports: map[string]capacity.Port{"sw p": carrying(line(10e9, 1518), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(50))}, end: collector, capacity: 10e9, use: 1, offered: 10_325_097_529, verdict: refuse, reason: over},
	// 400e6 x (118 + 20) / 84 = 657,142,857.
	{name: "ERSPAN III of 64-octet frames", ports: map[string]capacity.Port{"sw p": carrying(line(400e6, 64), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(54))}, end: collector, offered: 657_142_857, verdict: admit, reason: fits},
	// 400e6 x (102 + 20) / 84 = 580,952,381.
	{name: "GRE of 64-octet frames", ports: map[string]capacity.Port{"sw p": carrying(line(400e6, 64), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(38))}, end: collector, offered: 580_952_381, verdict: admit, reason: fits},
	// 50 and 20 for the longer header: 500e6 x (64 + 70 + 20) / 84 = 916,666,667.
	{name: "ERSPAN II over IPv6", ports: map[string]capacity.Port{"sw p": carrying(line(500e6, 64), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(70))}, end: collector, offered: 916_666_667, verdict: refuse, reason: over},
	// 10,000 x (9,018 + 50 + 20) x 8 = 727.04e6.
	{name: "ERSPAN II of jumbo frames", ports: map[string]capacity.Port{"sw p": carrying(capacity.Flow{Octets: 90.18e6, Frames: 1e4}, nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(50))}, end: collector, offered: 727_040_000, verdict: admit, reason: fits},
	// Two switches to one collector: 300e6 x 134/84 + 300e6 x 134/84 = 957,142,858 (each rounded up).
	{name: "two switches to one collector", ports: map[string]capacity.Port{"sw p": carrying(line(300e6, 64), nothing), "sw2 p": carrying(line(300e6, 64), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(50)), with(with(from(rx("p")), tunnel(50)), on("sw2"))}, end: collector,
		offered: 957_142_858, verdict: refuse, reason: over},

	// --- truncation and sampling ---
	// 1e9 x (128 + 20) / 1538 = 96,228,869.
	{name: "the first 128 octets of full frames", ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 1518), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), cut(128))}, offered: 96_228_869, verdict: admit, reason: fits},
	// 1e9 x (128 + 50 + 20) / 1538 = 128,738,622.
	{name: "ERSPAN II of truncated frames", ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 1518), nothing)},
		feeds: []capacity.Feed{with(with(from(rx("p")), cut(128)), tunnel(50))}, end: collector, offered: 128_738_622, verdict: admit, reason: fits},
	// The mean is 100 and nothing is cut: 1e9.
	{name: "frames shorter than the truncation", ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 100), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), cut(128))}, use: 1, offered: 1_000_000_000, verdict: admit, reason: fits},
	// Half 64, half 1,518, mean 791: min(791, 256) = 256, an upper bound of (64 + 256) / 2.
	// 100,000 x (256 + 20) x 8 = 220.8e6.
	{name: "truncation of a mixture is an upper bound", ports: map[string]capacity.Port{"sw p": carrying(capacity.Flow{Octets: 79.1e6, Frames: 1e5}, nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), cut(256))}, offered: 220_800_000, verdict: admit, reason: fits},
	// A frame of 14 octets is padded to 64: 1e9 x 84 / 1538 = 54,616,385.
	{name: "no frame is shorter than 64 octets", ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 1518), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), cut(14))}, offered: 54_616_385, verdict: admit, reason: fits},
	// 9,018 cut to 64 in ERSPAN II: 100,000 x (64 + 50 + 20) x 8 = 107.2e6.
	{name: "ERSPAN II of jumbo frames cut to 64", ports: map[string]capacity.Port{"sw p": carrying(capacity.Flow{Octets: 901.8e6, Frames: 1e5}, nothing)},
		feeds: []capacity.Feed{with(with(from(rx("p")), cut(64)), tunnel(50))}, end: collector, offered: 107_200_000, verdict: admit, reason: fits},
	// 1.9e9 / 10 = 190e6.
	{name: "one of ten frames", ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 500), line(1e9, 500))},
		feeds: []capacity.Feed{with(from(both("p")), func(f *capacity.Feed) { f.Sample = 10 })}, offered: 190_000_000, verdict: admit, reason: fits},
	// 10e9 x 198 / 1538 / 4 = 321,846,554.
	{name: "ERSPAN II of one of four frames, truncated", ports: map[string]capacity.Port{"sw p": carrying(line(10e9, 1518), nothing)},
		feeds: []capacity.Feed{with(with(from(rx("p")), cut(128)), func(f *capacity.Feed) { f.Sample, f.Overhead = 4, 50 })}, end: collector,
		offered: 321_846_554, verdict: admit, reason: fits},

	// --- both ends of a conversation ---
	// a sends 100e6 to b and gets 50e6: rx a 100 + tx a 50 + rx b 50 + tx b 100 = 300e6. Every frame is copied twice.
	{name: "both directions of both ends", ports: map[string]capacity.Port{"sw a": carrying(line(100e6, 500), line(50e6, 500)), "sw b": carrying(line(50e6, 500), line(100e6, 500))},
		feeds: []capacity.Feed{from(both("a"), both("b"))}, capacity: 300e6, offered: 300_000_000, verdict: refuse, reason: over},
	// rx a 100 + rx b 50 = 150e6: every frame once.
	{name: "rx of both ends", ports: map[string]capacity.Port{"sw a": carrying(line(100e6, 500), line(50e6, 500)), "sw b": carrying(line(50e6, 500), line(100e6, 500))},
		feeds: []capacity.Feed{from(rx("a"), rx("b"))}, capacity: 300e6, offered: 150_000_000, verdict: admit, reason: fits},

	// --- port-channels ---
	// Two members of 400e6 in each: 800e6.
	{name: "a port-channel is the sum of its members", ports: map[string]capacity.Port{"sw Po1": {Speed: 2e9, Members: []mirror.PortName{"m1", "m2"}},
		"sw m1": carrying(line(400e6, 500), nothing), "sw m2": carrying(line(400e6, 500), nothing)},
		feeds: []capacity.Feed{from(rx("Po1"))}, offered: 800_000_000, verdict: admit, reason: fits},
	// 2 x 900e6 into 1e9: refused, since all of it is copied, whatever member carries it.
	{name: "a full port-channel to one port", ports: map[string]capacity.Port{"sw Po1": {Speed: 2e9, Members: []mirror.PortName{"m1", "m2"}},
		"sw m1": carrying(line(900e6, 500), nothing), "sw m2": carrying(line(900e6, 500), nothing)},
		feeds: []capacity.Feed{from(rx("Po1"))}, offered: 1_800_000_000, verdict: refuse, reason: over},
	// m2 is not known; the port-channel counts 700e6 itself.
	{name: "a port-channel that counts itself", ports: map[string]capacity.Port{"sw m1": carrying(line(400e6, 500), nothing), "sw m2": {Why: "no reading"},
		"sw Po1": func() capacity.Port {
			p := carrying(line(700e6, 500), nothing)
			p.Members = []mirror.PortName{"m1", "m2"}
			return p
		}()},
		feeds: []capacity.Feed{from(rx("Po1"))}, offered: 700_000_000, verdict: admit, reason: fits},

	// --- VLANs ---
	// 100 + 200 + 300 = 600e6 at most.
	{name: "a VLAN is at most what its ports carry", ports: map[string]capacity.Port{"sw a": carrying(line(100e6, 500), nothing), "sw b": carrying(line(200e6, 500), nothing), "sw t": carrying(line(300e6, 500), nothing)},
		vlan: []mirror.PortName{"a", "b", "t"}, feeds: []capacity.Feed{from(vlan(110))}, offered: 600_000_000, verdict: admit, reason: fits},
	// 100 + 900 = 1e9 at most, the trunk's other VLANs among it: warned of.
	{name: "a VLAN on a busy trunk", ports: map[string]capacity.Port{"sw a": carrying(line(100e6, 500), nothing), "sw t": carrying(line(900e6, 500), nothing)},
		vlan: []mirror.PortName{"a", "t"}, feeds: []capacity.Feed{from(vlan(110))}, offered: 1_000_000_000, verdict: warn, reason: capacity.ReasonUpperBound},
	// Port a alone, 900e6, is too much, whatever the VLAN adds.
	{name: "a VLAN beside a port that is too much", ports: map[string]capacity.Port{"sw a": carrying(line(900e6, 500), nothing), "sw t": carrying(line(200e6, 500), nothing)},
		vlan: []mirror.PortName{"t"}, feeds: []capacity.Feed{from(rx("a"), vlan(110))}, offered: 1_100_000_000, verdict: refuse, reason: over},
	// The port-channel's 500e6; its members are not counted beside it.
	{name: "a VLAN on a port-channel", ports: map[string]capacity.Port{"sw Po1": {Members: []mirror.PortName{"m1", "m2"}}, "sw m1": carrying(line(200e6, 500), nothing), "sw m2": carrying(line(300e6, 500), nothing)},
		vlan: []mirror.PortName{"Po1", "m1", "m2"}, feeds: []capacity.Feed{from(vlan(110))}, offered: 500_000_000, verdict: admit, reason: fits},
	// The tool's own port, which was in the VLAN, is no part of it: 100e6.
	{name: "a VLAN with the destination in it", ports: map[string]capacity.Port{"sw a": carrying(line(100e6, 500), nothing), "sw tool": carrying(line(800e6, 500), nothing)},
		vlan:  []mirror.PortName{"a", "tool"},
		feeds: []capacity.Feed{with(from(vlan(110)), func(f *capacity.Feed) { f.Ends = []capacity.End{tool} })}, offered: 100_000_000, verdict: admit, reason: fits},
	{name: "a VLAN that no port is known to carry", feeds: []capacity.Feed{from(vlan(110))}, verdict: warn, reason: capacity.ReasonLoadUnknown},
	// A filter lets through a part of 1.9e9, nobody knows what.
	{name: "a filtered session", ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 500), line(1e9, 500))},
		feeds: []capacity.Feed{with(from(both("p")), filtered)}, offered: 1_900_000_000, verdict: warn, reason: capacity.ReasonUpperBound},

	// --- several sessions on one tool ---
	// 500 of s + 400 of t = 900e6, s brings 500e6 of it.
	{name: "each fits alone, not together", ports: map[string]capacity.Port{"sw p": carrying(line(500e6, 500), nothing), "sw q": carrying(line(400e6, 500), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), shares("s", "n")), with(from(rx("q")), shares("t", "n"))}, offered: 900_000_000, own: 500_000_000, verdict: refuse, reason: over},
	// One native session with the sources of both: p is copied once, 500e6.
	{name: "the same source in one native session", ports: map[string]capacity.Port{"sw p": carrying(line(500e6, 500), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), shares("s", "n")), with(from(rx("p")), shares("t", "n"))}, offered: 500_000_000, verdict: admit, reason: fits},
	// Two native sessions make two copies: 1e9.
	{name: "the same source in two native sessions", ports: map[string]capacity.Port{"sw p": carrying(line(500e6, 500), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), shares("s", "n1")), with(from(rx("p")), shares("t", "n2"))}, offered: 1_000_000_000, own: 500_000_000, verdict: refuse, reason: over, says: "sw p rx 500 Mbit/s (2 times)"},
	// Nothing tells that they share: two copies.
	{name: "the same source in two that do not share", ports: map[string]capacity.Port{"sw p": carrying(line(500e6, 500), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), shares("s", "")), with(from(rx("p")), shares("t", ""))}, offered: 1_000_000_000, own: 500_000_000, verdict: refuse, reason: over},
	// rx of s, tx of t and both of u make both: 300 + 200 = 500e6; s wants the 300e6.
	{name: "directions unite", ports: map[string]capacity.Port{"sw p": carrying(line(300e6, 500), line(200e6, 500))},
		feeds:   []capacity.Feed{with(from(rx("p")), shares("s", "n")), with(from(tx("p")), shares("t", "n")), with(from(both("p")), shares("u", "n"))},
		offered: 500_000_000, own: 300_000_000, verdict: admit, reason: fits},
	// The port of the same name on another switch is another port: 400 + 400.
	{name: "one name on two switches", ports: map[string]capacity.Port{"sw p": carrying(line(400e6, 500), nothing), "sw2 p": carrying(line(400e6, 500), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), shares("s", "n")), with(with(from(rx("p")), shares("t", "n")), on("sw2"))}, offered: 800_000_000, own: 400_000_000, verdict: admit, reason: fits},
	// What goes to another port is not counted.
	{name: "other ends do not count", ports: map[string]capacity.Port{"sw p": carrying(line(500e6, 500), nothing), "sw q": carrying(line(400e6, 500), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), func(f *capacity.Feed) { f.Ends = []capacity.End{tool} }),
			with(from(rx("q")), func(f *capacity.Feed) { f.Ends = []capacity.End{{Device: "sw", Port: "tool2"}} })}, offered: 500_000_000, verdict: admit, reason: fits},

	// --- links on the way of a remote VLAN ---
	// 600e6 of its own + 200e6 x 524/520 of copies (4 octets more on 500 + 20) = 801,538,462 > 800e6.
	{name: "copies cross a link beside its own traffic", ports: map[string]capacity.Port{"sw p": carrying(line(200e6, 500), nothing), "sw up": carrying(nothing, line(600e6, 500))},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(4))}, end: uplink, offered: 801_538_462, own: 201_538_462, verdict: refuse, reason: over, says: "sw up tx 600 Mbit/s of its own; sw p rx 201.5 Mbit/s"},
	// What comes in by the link does not matter to what goes out: 201,538,462 + 0.
	{name: "a link is full in one direction alone", ports: map[string]capacity.Port{"sw p": carrying(line(200e6, 500), nothing), "sw up": carrying(line(1e9, 500), nothing)},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(4))}, end: uplink, offered: 201_538_462, verdict: admit, reason: fits},
	// The copies run: the 800e6 that the link is read to carry hold their 201,538,462. Together it stays 800e6.
	{name: "copies that run are in what the link carries", ports: map[string]capacity.Port{"sw p": carrying(line(200e6, 500), nothing), "sw up": carrying(nothing, line(800e6, 500))},
		feeds: []capacity.Feed{with(with(from(rx("p")), tunnel(4)), running)}, end: uplink, offered: 800_000_000, own: 201_538_462, verdict: admit, reason: fits},
	// Another session that does not run yet comes on top: 800e6 + 100e6 x 524/520 = 900,769,231.
	{name: "one that runs and one that is new", ports: map[string]capacity.Port{"sw q": carrying(line(200e6, 500), nothing), "sw p": carrying(line(100e6, 500), nothing), "sw up": carrying(nothing, line(800e6, 500))},
		feeds: []capacity.Feed{with(with(with(from(rx("q")), tunnel(4)), running), shares("t", "")), with(from(rx("p")), tunnel(4))}, end: uplink,
		offered: 900_769_231, own: 100_769_231, verdict: refuse, reason: over},
	// A trunk of two members: 300 + 200 of its own, 201,538,462 of copies, against 0.8 x 2e9.
	{name: "a port-channel as a link", ports: map[string]capacity.Port{"sw p": carrying(line(200e6, 500), nothing), "sw up": {Speed: 2e9, Members: []mirror.PortName{"m1", "m2"}},
		"sw m1": carrying(nothing, line(300e6, 500)), "sw m2": carrying(nothing, line(200e6, 500))},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(4))}, end: uplink, capacity: 2e9, offered: 701_538_462, own: 201_538_462, verdict: admit, reason: fits},
	// What the link carries is not known, and no 0: 201,538,462 and a term without figures.
	{name: "a link that was not measured", ports: map[string]capacity.Port{"sw p": carrying(line(200e6, 500), nothing), "sw up": {Speed: 1e9, Why: "no reading"}},
		feeds: []capacity.Feed{with(from(rx("p")), tunnel(4))}, end: uplink, offered: 201_538_462, verdict: warn, reason: capacity.ReasonPartlyUnknown},

	// --- what is not known ---
	{name: "no source is known", ports: map[string]capacity.Port{"sw p": {Why: "no reading"}}, feeds: []capacity.Feed{from(both("p"))}, verdict: warn, reason: capacity.ReasonLoadUnknown},
	{name: "one of two sources is known", ports: map[string]capacity.Port{"sw p": carrying(line(300e6, 500), nothing)},
		feeds: []capacity.Feed{from(rx("p"), rx("q"))}, offered: 300_000_000, verdict: warn, reason: capacity.ReasonPartlyUnknown},
	// What is known is too much already.
	{name: "one of two sources is known and too much", ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 500), nothing)},
		feeds: []capacity.Feed{from(rx("p"), rx("q"))}, offered: 900_000_000, verdict: refuse, reason: over},
	{name: "the capacity is not known", ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 500), nothing)},
		feeds: []capacity.Feed{from(rx("p"))}, unknown: true, offered: 900_000_000, verdict: warn, reason: capacity.ReasonCapacityUnknown},
	{name: "everything that crosses a switch", feeds: []capacity.Feed{from(mirror.NativeSource{All: true, Direction: mirror.Both})}, verdict: warn, reason: capacity.ReasonLoadUnknown},
	{name: "nothing comes to the end", verdict: admit, reason: fits},

	// --- modes ---
	{name: "warned of", ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 500), nothing)}, feeds: []capacity.Feed{from(rx("p"))},
		mode: mirror.AdmissionWarn, offered: 900_000_000, verdict: warn, reason: over},
	{name: "let be", ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 500), nothing)}, feeds: []capacity.Feed{from(rx("p"))},
		mode: mirror.AdmissionOff, offered: 900_000_000, verdict: admit, reason: over},

	// --- at worst ---
	// Both directions: 2 x 1e9.
	{name: "at worst, both directions of a gigabit port", ports: map[string]capacity.Port{"sw p": {Speed: 1e9}}, feeds: []capacity.Feed{from(both("p"))},
		basis: worst, offered: 2_000_000_000, verdict: refuse, reason: over},
	// 4 x 100e6 <= 0.8e9, whatever is measured.
	{name: "at worst, four ports of 100 Mbit/s", ports: map[string]capacity.Port{"sw a": {Speed: 100e6}, "sw b": {Speed: 100e6}, "sw c": {Speed: 100e6}, "sw d": {Speed: 100e6}},
		feeds: []capacity.Feed{from(rx("a"), rx("b"), rx("c"), rx("d"))}, basis: worst, offered: 400_000_000, verdict: admit, reason: fits},
	// 64-octet frames in ERSPAN II: 10e9 x 134/84 = 15,952,380,952 a direction.
	{name: "at worst, ERSPAN II", ports: map[string]capacity.Port{"sw p": {Speed: 10e9}}, feeds: []capacity.Feed{with(from(rx("p")), tunnel(50))},
		end: collector, capacity: 40e9, basis: worst, offered: 15_952_380_952, verdict: admit, reason: fits},
	// Truncation does nothing to frames of 64 octets: 1e9.
	{name: "at worst, truncated", ports: map[string]capacity.Port{"sw p": {Speed: 1e9}}, feeds: []capacity.Feed{with(from(rx("p")), cut(128))},
		basis: worst, offered: 1_000_000_000, verdict: refuse, reason: over},
	{name: "at worst, one of two frames", ports: map[string]capacity.Port{"sw p": {Speed: 1e9}},
		feeds: []capacity.Feed{with(from(rx("p")), func(f *capacity.Feed) { f.Sample = 2 })}, basis: worst, offered: 500_000_000, verdict: admit, reason: fits},
	// All ports of the VLAN at their speed: a guarantee does not rest on hope.
	{name: "at worst, a VLAN", ports: map[string]capacity.Port{"sw a": {Speed: 1e9}, "sw b": {Speed: 1e9}}, vlan: []mirror.PortName{"a", "b"},
		feeds: []capacity.Feed{from(vlan(110))}, basis: worst, offered: 2_000_000_000, verdict: refuse, reason: over},
	{name: "at worst, a port-channel", ports: map[string]capacity.Port{"sw Po1": {Members: []mirror.PortName{"m1", "m2"}}, "sw m1": {Speed: 1e9}, "sw m2": {Speed: 1e9}},
		feeds: []capacity.Feed{from(rx("Po1"))}, capacity: 10e9, basis: worst, offered: 2_000_000_000, verdict: admit, reason: fits},
	{name: "at worst, a port of unknown speed", ports: map[string]capacity.Port{"sw p": carrying(line(1e6, 500), nothing), "sw q": {}},
		feeds: []capacity.Feed{from(rx("q"))}, basis: worst, verdict: warn, reason: capacity.ReasonLoadUnknown},
	// 1e9 x 88/84 of copies, and the 300e6 that the link was measured to carry at its peak.
	{name: "at worst, a link", ports: map[string]capacity.Port{"sw p": {Speed: 1e9}, "sw up": {Speed: 10e9, Known: true,
		Out: capacity.Stat{P95: line(200e6, 500), Peak: line(300e6, 500)}}}, feeds: []capacity.Feed{with(from(rx("p")), tunnel(4))},
		end: uplink, capacity: 10e9, basis: worst, offered: 1_347_619_048, own: 1_047_619_048, verdict: admit, reason: fits},
}

func TestWorkedExamples(t *testing.T) {
	for _, w := range examples {
		t.Run(w.name, func(t *testing.T) {
			f := w.judge()
			if f.Offered != w.offered || f.Verdict != w.verdict || f.Reason != w.reason {
				t.Errorf("%d bit/s, %s, %s; want %d, %s, %s", f.Offered, f.Verdict, f.Reason, w.offered, w.verdict, w.reason)
			}
			own := w.own
			if own == 0 && w.end.Port != uplink.Port {
				own = w.offered
			}
			if own != 0 && f.Own != own {
				t.Errorf("own %d bit/s, want %d", f.Own, own)
			}
			if f.Message == "" || !strings.Contains(f.Message, w.says) {
				t.Errorf("the sentence is %q, without %q", f.Message, w.says)
			}
			var sum mirror.BitsPerSecond
			for i, term := range f.Terms {
				sum += term.Offered
				if i > 0 && term.Offered > f.Terms[i-1].Offered {
					t.Errorf("term %d is larger than the one before", i)
				}
				if isVLAN := strings.HasPrefix(term.Source, "VLAN"); term.Unknown == "" && (isVLAN && !term.Part || term.Part && !term.Bound) {
					t.Errorf("term %+v", term)
				}
				if term.Unknown != "" && term.Offered != 0 {
					t.Errorf("term %+v is unknown and has figures", term)
				}
			}
			if sum != f.Offered {
				t.Errorf("the terms make %d, not %d", sum, f.Offered)
			}
			t.Log(f.Message)
		})
	}
}

func (w worked) judge() capacity.Forecast {
	q := capacity.Question{End: w.end, Session: "s", Mode: w.mode, Basis: w.basis, Capacity: w.capacity, From: "speed of the port", MaxUtilization: w.use, Feeds: w.feeds}
	if q.End == (capacity.End{}) {
		q.End = tool
	}
	if q.Capacity == 0 && !w.unknown {
		q.Capacity = 1e9
	}
	return capacity.Judge(q, plant{w.ports, map[string][]mirror.PortName{"sw": w.vlan}})
}
