package text

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// testPorts is a made-up grammar: an abbreviation that begins a longer name, a bundle
// with a hyphen, and a kind that is in no table.
var testPorts = &Grammar{
	Kinds: []Kind{{Full: "Bundle-set", Short: "Bs", LAG: true}, {Full: "Gate", Short: "Ga"}, {Full: "GateFast", Short: "Gat", Also: "GF"}},
	Other: regexp.MustCompile(`^X[a-z]+Gate$`), Number: regexp.MustCompile(`^\d{1,3}(/\d{1,3})*(\.\d+)?$`),
}

func TestNamesAndRanges(t *testing.T) {
	for list, want := range map[string]string{
		"Ga1/2": "Gate1/2", "gate 1/2": "Gate1/2", "gat1": "GateFast1", "gf1": "GateFast1", "GateF1": "GateFast1", "bundle7": "Bundle-set7", "XlGate1": "XlGate1",
		"Ga1/2-4 , Bs1": "Gate1/2 Gate1/3 Gate1/4 Bundle-set1", "Ga1/2 - 1/3": "Gate1/2 Gate1/3", "Ga1,Ga1": "Gate1", "Ga1.5": "Gate1.5",
	} {
		got, err := testPorts.Ports(list)
		if words := strings.Trim(fmt.Sprint(got), "[]"); err != nil || words != want {
			t.Errorf("%q: %q, %v, want %q", list, words, err, want)
		}
	}
	for _, list := range []string{"", "Ga", "1", "Ga1,", "Ga1 Ga2", "Ga2-1", "Ga1-Bs2", "Ga01", "Bs1/1", "Port1", "XGate1", "Ga1\nx", "Ga1/1-2/2"} {
		if got, err := testPorts.Ports(list); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q: %v, %v, want ErrInvalid", list, got, err)
		}
	}
	if !testPorts.Canonical("Gate1") || testPorts.Canonical("Ga1") || !testPorts.IsLAG("Bundle-set1") || testPorts.IsLAG("Gate1") {
		t.Error("what is canonical, or a bundle")
	}
	ports := []mirror.PortName{"nonsense", "Gate10", "Gate2", "Bundle-set1", "Gate2.1"}
	slices.SortFunc(ports, testPorts.Compare)
	if want := []mirror.PortName{"Bundle-set1", "Gate2", "Gate2.1", "Gate10", "nonsense"}; !slices.Equal(ports, want) {
		t.Errorf("order %v, want %v", ports, want)
	}
}

func TestVLANsBothWays(t *testing.T) {
	vlans, err := VLANs("20-22, 7 ,21,100")
	if err != nil || !slices.Equal(vlans, []int{7, 20, 21, 22, 100}) {
		t.Errorf("%v, %v", vlans, err)
	}
	if got := WriteVLANs(vlans, ",", "-", 2); !slices.Equal(got, []string{"7,20-22", "100"}) {
		t.Errorf("%q", got)
	}
	for _, list := range []string{"", "0", "4095", "5-4", "x", "1,,2", "1-2-3", "01"} {
		if got, err := VLANs(list); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q: %v, %v, want ErrInvalid", list, got, err)
		}
	}
}

// Who asks for a port that is none learns which there are.
func TestATypeOfPortThatIsNone(t *testing.T) {
	g := &Grammar{Kinds: []Kind{{Full: "Ethernet", Short: "Et"}, {Full: "Recirc-Channel", Short: "Re"}}, Number: regexp.MustCompile(`^[0-9]+$`)}
	for _, port := range []string{"Vlan10", "Management1"} {
		_, err := g.Ports(port)
		if want := "none of the types of ports here (Ethernet, Recirc-Channel)"; !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", port, err, want)
		}
	}
}

var testNoise = &Noise{
	Interruptions: []Interruption{{What: "log", Has: "LOG", Line: regexp.MustCompile(`^LOG:`)}},
	Echoes:        []*regexp.Regexp{regexp.MustCompile(`^box#`)},
}

func TestNoiseIsNoPartOfAnAnswer(t *testing.T) {
	const said = "box# list\r\n\r\n one  \r\nLOG: the moon\ntwo LOG\nbox#\n"
	if got := testNoise.Lines(said); !slices.Equal(got, []string{"box# list", " one", "two LOG", "box#"}) {
		t.Errorf("%q", got)
	}
	if got := testNoise.Quiet(said); got != " one\ntwo LOG" {
		t.Errorf("%q", got)
	}
}

func TestConfigLinesKnowWhatTheyStandBelow(t *testing.T) {
	var got []string
	testNoise.ConfigLines("! made today\nport 1\n up\nLOG: x\n  deep\ncopy 1 to 2\n lost\nend\n", regexp.MustCompile(`^!|^end$`),
		func(line string) bool { return strings.HasPrefix(line, "copy ") }, func(head, line string) { got = append(got, head+"|"+line) })
	if want := []string{"|port 1", "port 1|up", "port 1|deep", "|copy 1 to 2", "|lost"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestASubjectHoldsNoSecret(t *testing.T) {
	for line, want := range map[string]string{"user bob secret 5 abc": `"user"`, "port 1": `"port 1"`, "": "a blank line", "port": `"port"`} {
		if got := Subject(line, "port"); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

func TestUptimes(t *testing.T) {
	for words, want := range map[string]time.Duration{"": 0, "1 week, 2 days, 3 hours": 219 * time.Hour, "0 minutes": time.Millisecond, "1 year": 365 * 24 * time.Hour, "90 seconds": 90 * time.Second} {
		if got := Uptime(words); got != want {
			t.Errorf("%q: %v, want %v", words, got, want)
		}
	}
}

func TestAReadingDoubtsWhatItCannotSay(t *testing.T) {
	r := Reading{Ports: testPorts}
	r.SourcePorts("Ga1-2", mirror.RX)
	r.SourceVLANs("5, 7", mirror.Both)
	r.FilterVLANs("1-4094")
	r.Filter("", "web")
	r.RemoteVLAN("900")
	r.Collector("192.0.2.1")
	if len(r.Doubts) > 0 || r.Unread || len(r.Spec.Sources) != 4 || len(r.Spec.Options.FilterVLANs) > 0 || r.Spec.Options.Filter != "web" || r.Spec.RemoteVLAN != 900 {
		t.Errorf("%+v", r)
	}
	for name, doubt := range map[string]func(*Reading){
		"ports": func(r *Reading) { r.SourcePorts("Ga1 x", mirror.RX) }, "VLANs": func(r *Reading) { r.SourceVLANs("x", mirror.RX) },
		"remote": func(r *Reading) { r.RemoteVLAN("901") },
	} {
		bad := r
		if doubt(&bad); !bad.Unread || len(bad.Doubts) != 1 {
			t.Errorf("%s: %q", name, bad.Doubts)
		}
	}
	for name, doubt := range map[string]func(*Reading){
		"a second list": func(r *Reading) { r.Filter("mac:", "b") }, "a name": func(r *Reading) { r.Filter("", "a b") },
		"a second address": func(r *Reading) { r.Collector("2001:db8::1") }, "no address": func(r *Reading) { r.Origin("x") },
		"no number": func(r *Reading) { r.Number("x", func(*mirror.ERSPAN, int) {}) },
	} {
		bad := r
		if doubt(&bad); bad.Unread || len(bad.Doubts) != 1 {
			t.Errorf("%s: %q", name, bad.Doubts)
		}
	}
	many := Reading{Ports: testPorts}
	for i := range 100 {
		many.Doubt("doubt %d", i)
	}
	if len(many.Doubts) != maxDoubts {
		t.Errorf("%d doubts", len(many.Doubts))
	}
}

func TestTwoViewsOfASession(t *testing.T) {
	a := Reading{Ports: testPorts}
	a.SourcePorts("Ga1-2", mirror.RX)
	a.FilterVLANs("5")
	b := Reading{Ports: testPorts}
	b.SourcePorts("Ga2,Ga1", mirror.RX) // in another order, and without what not every view shows
	if a.Compare(&b, "they disagree"); a.Disputed {
		t.Errorf("%q", a.Doubts)
	}
	b.FilterVLANs("6")
	b.SourcePorts("Ga1", mirror.TX)
	a.Compare(&b, "they disagree")
	want := []string{`they disagree about sources: "Gate1 both, Gate2 rx" is shown, "Gate1 rx, Gate2 rx" configured`, `they disagree about filters: "6" is shown, "5" configured`}
	if diff := cmp.Diff(want, a.Doubts); diff != "" || !a.Disputed {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOneDeviceHeardByTwoProtocols(t *testing.T) {
	port, _ := testPorts.Read("Ga1")
	got := Together([]Neighbour{{port, "distribution-of-4", "one", true}, {port, "distribution-of-4711(S1)", "two", false}, {port, "phone", "two", false}})
	if len(got) != 2 || got[0].Protocol != "one and two" || got[0].System() != (mirror.Neighbour{System: "distribution-of-4711"}) {
		t.Errorf("%+v", got)
	}
}

func TestAListOverSeveralLines(t *testing.T) {
	w := Wrapped{Value: "Ga1/1-2,Ga1/"}
	for line, takes := range map[string]bool{"Uptime : 5": false, "of its own": false} {
		if w.Takes(line, testPorts) != takes {
			t.Errorf("%q taken", line)
		}
	}
	w = Wrapped{Value: "Ga1/1,Ga1/3 -"}
	if !w.Takes("  4 , Ga1/9,", testPorts) || !w.Takes("Ga2/1", testPorts) {
		t.Error("a line of the list is not taken")
	}
	w.Join()
	if got, err := testPorts.List(w.Value, true); err != nil || len(got) != 5 {
		t.Errorf("%q: %v, %v", w.Value, got, err)
	}
	vlans := Wrapped{Value: "1-3,5-"}
	if vlans.Takes("7,9", testPorts); vlans.Value != "1-3,5-" {
		t.Errorf("%q before it is joined", vlans.Value)
	}
	if vlans.Join(); vlans.Value != "1-3,5-7,9" {
		t.Errorf("%q", vlans.Value)
	}
}

// Names of ports are read in each line of each reply.
func TestReadingAPortTakesLittle(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { testPorts.Read("GateFast1/14") }); n > 8 {
		t.Errorf("%v allocations for one name", n)
	}
}

func BenchmarkReadingAPort(b *testing.B) {
	for range b.N {
		testPorts.Read("GateFast1/14")
	}
}

func TestAges(t *testing.T) {
	const day, hour = 24 * time.Hour, time.Hour
	for told, want := range map[string][2]time.Duration{
		"00:00:01": {0, 4 * time.Second},
		"00:04:17": {255 * time.Second, 260 * time.Second},
		"23:59:59": {day - 3*time.Second, day + 2*time.Second},
		"1d02h":    {26*hour - ageSlack, 27*hour + ageSlack},
		"6d23h":    {167*hour - ageSlack, 168*hour + ageSlack},
		"1w0d":     {7*day - ageSlack, 8*day + ageSlack},
		"2w3d":     {17*day - ageSlack, 18*day + ageSlack},
		"1y0w":     {365*day - ageSlack, 372*day + ageSlack},
		"99y51w":   {(99*365+51*7)*day - ageSlack, (99*365+52*7)*day + ageSlack},
	} {
		if least, most, ok := Age(told); !ok || least != want[0] || most != want[1] {
			t.Errorf("%s: %v to %v, %t; want %v", told, least, most, ok, want)
		}
	}
	for _, told := range []string{"", "never", "yesterday", "1h2d", "1d2d", "04:17", "00:04:1x", "300y1w", "9999y51w", "-1d02h"} {
		if least, most, ok := Age(told); ok {
			t.Errorf("%q: %v to %v", told, least, most)
		}
	}
}

// Whatever an error is about, its own words are quoted.
func TestAQuoteBehindItsContext(t *testing.T) {
	long := strings.Repeat("interfaces ", 40)
	for _, c := range [][3]string{{"", "error: no", "error: no"}, {" set x ", "error: no", "set x error: no"}, {"set x", "", "set x"}, {long, "error: no", long[:120] + "... error: no"}} {
		if got := QuoteBehind(c[0], c[1]); got != c[2] {
			t.Errorf("%q behind %q: %q", c[1], c[0], got)
		}
	}
}
