package console

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A flat device has named sessions of flat lines, which take effect at once: "tap NAME
// from PORT DIRECTION", "tap NAME to PORT", "tap NAME vlan N..", "tap NAME list L".
type flat struct {
	lines   []string
	refuse  string // the line that is refused, and what follows it in its write is not sent
	strict  bool   // taking away what is not there is refused
	reads   int
	entered int
	after   func(line string) // another hand
	does    func(line string) // what a line does, nil = as a flat device
}

func (f *flat) Run(_ context.Context, commands ...string) (out []cli.Reply, err error) {
	for _, c := range commands {
		reply := "flat 1"
		if c == "list" {
			f.reads++
			reply = strings.Join(f.lines, "\n")
		}
		out = append(out, cli.Reply{Command: c, Text: reply})
	}
	return out, nil
}

func (f *flat) RunConfirmed(ctx context.Context, command string, _ *regexp.Regexp) (cli.Reply, error) {
	r, err := f.Run(ctx, command)
	return r[0], err
}
func (f *flat) LineByLine() bool { return false }
func (f *flat) Close() error     { return nil }

func (f *flat) Configure(_ context.Context, blocks []cli.Block) (out []cli.BlockResult, err error) {
	f.entered++
	for _, b := range blocks {
		r := cli.BlockResult{}
		for _, l := range b.Lines {
			result := cli.LineResult{Text: l.Text}
			if r.Err == nil {
				result.Sent, result.Answered, result.Answer = true, true, f.line(l.Text)
				if result.Refused = b.Refused(l.Text, result.Answer); result.Refused {
					r.Err = &mirror.DeviceError{Sent: l.Text, Answer: result.Answer, Kind: mirror.ErrRejected}
				}
			}
			r.Lines = append(r.Lines, result)
		}
		out = append(out, r)
	}
	return out, nil
}

func (f *flat) line(l string) string {
	if f.after != nil {
		defer f.after(l)
	}
	if l == f.refuse {
		f.refuse = ""
		return "no: not that"
	}
	if f.does != nil {
		f.does(l)
		return ""
	}
	bare, no := strings.CutPrefix(l, "no ")
	if !no {
		f.lines = append(f.lines, l)
		return ""
	}
	before := len(f.lines)
	f.lines = slices.DeleteFunc(f.lines, func(have string) bool { return have == bare || strings.HasPrefix(have, bare+" ") })
	if f.strict && len(f.lines) == before {
		return "no: there is none"
	}
	return ""
}

// readFlat makes sessions of the lines.
func readFlat(reply string) (out []mirror.NativeSession) {
	for line := range text.Raw(reply) {
		w := strings.Fields(line)
		n := find(out, w[1])
		if n == nil {
			out = append(out, mirror.NativeSession{ID: w[1], Spec: mirror.NativeSpec{Role: mirror.RoleLocal}})
			n = &out[len(out)-1]
		}
		n.Text = strings.TrimPrefix(n.Text+"\n"+line, "\n")
		switch w[2] {
		case "from":
			n.Spec.Sources = append(n.Spec.Sources, mirror.NativeSource{Port: mirror.PortName(w[3]), Direction: mirror.Direction(w[4])})
		case "to":
			n.Spec.Destinations = append(n.Spec.Destinations, mirror.PortName(w[3]))
		case "list":
			n.Spec.Options.Filter = w[3]
		case "vlan":
			n.Spec.Options.FilterVLANs, _ = text.VLANs(w[3])
		}
		n.Spec = n.Spec.Normalize()
	}
	return out
}

// flatEdit is what the template of flat devices reads.
type flatEdit struct {
	ID                 string
	Delete             bool
	Less, More         []mirror.NativeSource
	LessEnds, MoreEnds []mirror.PortName
	OldList, NewList   string
	OldVLANs, NewVLANs string
}

const flatTemplate = `{{if .Delete}}no tap {{.ID}}
{{end}}{{range .Less}}no tap {{$.ID}} from {{.Port}}
{{end}}{{range .LessEnds}}no tap {{$.ID}} to {{.}}
{{end}}{{if .OldVLANs}}no tap {{.ID}} vlan {{.OldVLANs}}
{{end}}{{if .OldList}}no tap {{.ID}} list {{.OldList}}
{{end}}{{if .NewList}}tap {{.ID}} list {{.NewList}}
{{end}}{{if .NewVLANs}}tap {{.ID}} vlan {{.NewVLANs}}
{{end}}{{range .More}}tap {{$.ID}} from {{.Port}} {{.Direction}}
{{end}}{{range .MoreEnds}}tap {{$.ID}} to {{.}}
{{end}}`

func writeFlat(_ mirror.Facts, c mirror.Change) (string, any, error) {
	var old, now mirror.NativeSpec
	e := flatEdit{ID: c.ID()}
	if c.Before != nil {
		old = c.Before.Spec.Normalize()
	}
	if e.Delete = c.After == nil; e.Delete {
		return "classic.tmpl", e, nil
	}
	now = c.After.Spec.Normalize()
	e.Less, e.More = text.Beyond(old.Sources, now.Sources), text.Beyond(now.Sources, old.Sources)
	e.LessEnds, e.MoreEnds = text.Beyond(old.Destinations, now.Destinations), text.Beyond(now.Destinations, old.Destinations)
	if old.Options.Filter != now.Options.Filter {
		e.OldList, e.NewList = old.Options.Filter, now.Options.Filter
	}
	words := func(v []int) string { return strings.Join(text.WriteVLANs(v, ",", "-", 99), "") }
	if a, b := words(old.Options.FilterVLANs), words(now.Options.FilterVLANs); a != b {
		e.OldVLANs, e.NewVLANs = a, b
	}
	return "classic.tmpl", e, nil
}

func flatPlatform() Platform {
	refusal := func(answer string) (string, bool) { return answer, strings.HasPrefix(answer, "no: ") }
	yes := mirror.Support{Level: mirror.Yes}
	both := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	return Platform{
		Key:   "cisco_iosxe", // whose templates are replaced
		Ports: &text.Grammar{Kinds: []text.Kind{{Full: "p", Short: "p"}, {Full: "bundle", Short: "b", LAG: true}}, Number: regexp.MustCompile(`^\d+$`)},
		Noise: &text.Noise{},
		Can: func(mirror.Facts) mirror.Capabilities {
			return mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes}, Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: both}, Filter: yes, FilterVLANs: yes}
		},
		Hello: Hello{Ask: []string{"hello"}, Facts: func(Replies) (mirror.Facts, error) { return mirror.Facts{Version: "1"}, nil }},
		Reads: Reads{Narrow: "list", Refused: refusal, Absent: func(string) bool { return false },
			Observe: func(_ mirror.Facts, r Replies, _ any) (mirror.Observation, error) {
				return mirror.Observation{Natives: readFlat(r["list"])}, nil
			}},
		Words: Words{Write: writeFlat, ID: func(id string) bool { return id != "" && !strings.Contains(id, " ") },
			Against: func(mirror.Facts, mirror.Observation, mirror.NativeSpec) []mirror.Reason { return nil }},
		Send: Send{Refused: refusal, Allowed: func(c mirror.Change, _, line string) bool {
			bare := strings.TrimPrefix(line, "no ")
			return bare == "tap "+c.ID() || strings.HasPrefix(bare, "tap "+c.ID()+" ")
		}},
	}
}

func flatTemplates() fstest.MapFS {
	return fstest.MapFS{"cisco_iosxe/classic.tmpl": {Data: []byte(flatTemplate)}}
}

func flatDriver(t *testing.T, template string) *Driver {
	t.Helper()
	d, err := New(flatPlatform(), fstest.MapFS{"cisco_iosxe/classic.tmpl": {Data: []byte(template)}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// flatPush connects, reads, renders and pushes.
func flatPush(t *testing.T, d *Driver, f *flat, changes ...mirror.Change) (*Conn, []mirror.BlockResult) {
	t.Helper()
	c, err := d.Over(t.Context(), f, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	known, err := c.Observe(t.Context(), mirror.Look{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Render(c.Facts(), known.Observation, changes)
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Push(t.Context(), "tx", p)
	if err != nil || len(report.Blocks) != len(changes) {
		t.Fatalf("%+v, %v", report, err)
	}
	return c, report.Blocks
}

func tap(id string, destinations []mirror.PortName, sources ...mirror.NativeSource) *mirror.NativeSession {
	return &mirror.NativeSession{ID: id, Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: sources, Destinations: destinations}.Normalize()}
}

func from(p mirror.PortName, d mirror.Direction) mirror.NativeSource {
	return mirror.NativeSource{Port: p, Direction: d}
}

// TestWhatEachLineIsAbout: nothing reads the lines; what one puts in or takes out is
// found by writing the change without it.
func TestWhatEachLineIsAbout(t *testing.T) {
	was := tap("nm-a", []mirror.PortName{"p9"}, from("p1", mirror.RX), from("p2", mirror.Both))
	was.Spec.Options.FilterVLANs = []int{10, 11, 12, 20}
	is := tap("nm-a", []mirror.PortName{"p8", "p9"}, from("p1", mirror.Both), from("p3", mirror.TX))
	is.Spec.Options.Filter = "web"
	const joined = `{{if or .Less .More}}tap {{.ID}} from{{range .More}} {{.Port}}{{end}}
{{end}}`
	for name, c := range map[string]struct {
		template string
		change   mirror.Change
		want     []string
	}{
		"a change": {flatTemplate, mirror.Change{Before: was, After: is}, []string{
			"no tap nm-a from p1: -p1", "no tap nm-a from p2: -p2", "no tap nm-a vlan 10-12,20: -10-12,20",
			"tap nm-a list web: +web", "tap nm-a from p1 both: +p1", "tap nm-a from p3 tx: +p3", "tap nm-a to p8: +p8"}},
		"back":           {flatTemplate, mirror.Change{Before: is, After: tap("nm-a", []mirror.PortName{"p9"}, from("p3", mirror.TX))}, []string{"no tap nm-a from p1: -p1", "no tap nm-a to p8: -p8", "no tap nm-a list web: -web"}},
		"by its id":      {flatTemplate, mirror.Change{Before: was}, []string{"no tap nm-a:"}},
		"two in a line":  {joined, mirror.Change{After: is}, []string{"tap nm-a from p1 p3: +p1 p3"}},
		"nothing to say": {flatTemplate, mirror.Change{Before: is, After: is}, nil},
	} {
		d := flatDriver(t, c.template)
		s, err := d.stage(mirror.Facts{}, c.change)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, l := range s.lines {
			p := d.part(mirror.Facts{}, &s, i)
			got = append(got, strings.TrimSpace(l.Text)+":"+content("+", p.puts)+content("-", p.takes))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func content(sign string, n mirror.NativeSpec) string {
	var out []string
	for _, s := range n.Sources {
		out = append(out, string(s.Port))
	}
	for _, p := range n.Destinations {
		out = append(out, string(p))
	}
	out = append(out, text.WriteVLANs(n.Options.FilterVLANs, ",", "-", 99)...)
	if n.Options.Filter != "" {
		out = append(out, n.Options.Filter)
	}
	if len(out) == 0 {
		return ""
	}
	return " " + sign + strings.Join(out, " ")
}

// TestFlatSessionsAreMadeChangedAndDeleted over a device whose ids are names: no look is
// sent, and what one block does is one write.
func TestFlatSessionsAreMadeChangedAndDeleted(t *testing.T) {
	f := &flat{lines: []string{"tap theirs from p7 rx", "tap theirs to p6"}}
	d := flatDriver(t, flatTemplate)
	made := tap("nm-a", []mirror.PortName{"p9", "p10"}, from("p1", mirror.RX))
	if _, r := flatPush(t, d, f, mirror.Change{Mark: "nm-a", After: made}); r[0].Err != nil || f.entered != 1 {
		t.Fatalf("create: %v in %d writes", r[0].Err, f.entered)
	}
	changed := tap("nm-a", []mirror.PortName{"p9"}, from("p1", mirror.Both), from("p2", mirror.TX))
	if _, r := flatPush(t, d, f, mirror.Change{Mark: "nm-a", Before: made, After: changed}); r[0].Err != nil || f.entered != 2 {
		t.Fatalf("change: %v in %d writes", r[0].Err, f.entered)
	}
	if got := find(readFlat(strings.Join(f.lines, "\n")), "nm-a"); got == nil || !got.Spec.Equal(changed.Spec) {
		t.Errorf("there is %+v", got)
	}
	if _, r := flatPush(t, d, f, mirror.Change{Mark: "nm-a", Before: changed}); r[0].Err != nil || len(f.lines) != 2 {
		t.Errorf("delete: %v, %q", r[0].Err, f.lines)
	}
}

// TestWhatIsGoneAlreadyMayBeRefused: the read behind a refused deletion tells that it is
// done.
func TestWhatIsGoneAlreadyMayBeRefused(t *testing.T) {
	old := tap("nm-a", []mirror.PortName{"p9"}, from("p1", mirror.RX))
	f := &flat{strict: true}
	if _, r := flatPush(t, flatDriver(t, flatTemplate), f, mirror.Change{Mark: "nm-a", Before: old}); r[0].Err != nil {
		t.Errorf("what is gone: %v", r[0].Err)
	}
	f = &flat{lines: []string{"tap nm-a from p1 rx", "tap nm-a to p9"}, refuse: "no tap nm-a"}
	if _, r := flatPush(t, flatDriver(t, flatTemplate), f, mirror.Change{Mark: "nm-a", Before: old}); !errors.Is(r[0].Err, mirror.ErrRejected) || len(f.lines) != 2 {
		t.Errorf("what is there: %v, %q", r[0].Err, f.lines)
	}
}

// TestARefusedBlockIsTakenBack at every line of a change and of a create, and the block
// behind it goes on.
func TestARefusedBlockIsTakenBack(t *testing.T) {
	d := flatDriver(t, flatTemplate)
	old := tap("nm-a", []mirror.PortName{"p9"}, from("p1", mirror.RX), from("p2", mirror.RX))
	next := tap("nm-a", []mirror.PortName{"p8"}, from("p1", mirror.Both), from("p3", mirror.TX))
	other := mirror.Change{Mark: "nm-b", After: tap("nm-b", []mirror.PortName{"p5"}, from("p4", mirror.RX))}
	for name, change := range map[string]mirror.Change{"create": {Mark: "nm-a", After: next}, "change": {Mark: "nm-a", Before: old, After: next}} {
		written, err := d.Text(mirror.Facts{}, change)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(written) {
			line = strings.TrimSpace(line)
			f := &flat{lines: []string{"tap theirs from p7 rx"}, refuse: line}
			if change.Before != nil {
				f.lines = append(f.lines, "tap nm-a from p1 rx", "tap nm-a from p2 rx", "tap nm-a to p9")
			}
			before := readFlat(strings.Join(f.lines, "\n"))
			_, r := flatPush(t, d, f, change, other)
			var said *mirror.DeviceError
			if !errors.As(r[0].Err, &said) || said.Sent != line || strings.Contains(r[0].Err.Error(), "taking session") {
				t.Errorf("%s, %q: %v", name, line, r[0].Err)
			}
			after := readFlat(strings.Join(f.lines, "\n"))
			was, is := find(before, "nm-a"), find(after, "nm-a")
			if (was == nil) != (is == nil) || was != nil && !was.Spec.Equal(is.Spec) || find(after, "theirs") == nil {
				t.Errorf("%s, %q left %q", name, line, f.lines)
			}
			if r[1].Err != nil || find(after, "nm-b") == nil {
				t.Errorf("%s, %q: the other block: %v", name, line, r[1].Err)
			}
		}
	}
}

// TestOnlyTheChangesOwnTextIsSent: a text that its change is not written as for this
// device asks for a new read; a line that the change does not bear is never sent, and
// neither is one of a template that holds such a line.
func TestOnlyTheChangesOwnTextIsSent(t *testing.T) {
	d := flatDriver(t, flatTemplate)
	change := mirror.Change{Mark: "nm-a", After: tap("nm-a", []mirror.PortName{"p9"}, from("p1", mirror.RX))}
	for written, kind := range map[string]error{
		"tap nm-a from p2 rx\ntap nm-a to p9\n":                      mirror.ErrChanged,
		"tap nm-a from p1 rx\ntap nm-a to p9\ntap nm-b from p1 rx\n": mirror.ErrInvalid,
		"erase\n": mirror.ErrInvalid,
	} {
		f := &flat{}
		c, err := d.Over(t.Context(), f, mirror.Target{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		report, err := c.Push(t.Context(), "tx", mirror.Payload{Format: Protocol, Blocks: []mirror.Block{{Change: change, Text: written}}})
		if err != nil || len(report.Blocks) != 1 || !errors.Is(report.Blocks[0].Err, kind) || f.entered != 0 {
			t.Errorf("%q: %+v, %v, sent %q", written, report, err, f.lines)
		}
	}
	if _, err := flatDriver(t, flatTemplate+"erase\n").Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{change}); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("a template with a stray line: %v", err)
	}
}

// TestAnUndisturbedDeviceIsAskedOneThing, whatever connection it is asked over.
func TestAnUndisturbedDeviceIsAskedOneThing(t *testing.T) {
	f := &flat{lines: []string{"tap theirs from p7 rx"}}
	c, r := flatPush(t, flatDriver(t, flatTemplate), f, mirror.Change{Mark: "nm-a", After: tap("nm-a", []mirror.PortName{"p9"}, from("p1", mirror.RX))})
	if r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	known, err := c.Observe(t.Context(), mirror.Look{})
	if err != nil || len(known.Observation.Natives) != 2 {
		t.Fatalf("%+v, %v", known.Observation, err)
	}
	other, err := flatDriver(t, flatTemplate).Over(t.Context(), f, mirror.Target{Facts: c.Facts()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := f.reads
	if again, err := other.Observe(t.Context(), mirror.Look{Known: known}); err != nil || f.reads != before+1 || len(again.Observation.Natives) != 2 {
		t.Errorf("%d reads, %v", f.reads-before, err)
	}
}

// TestAPlatformMustBeWhole names all that is missing.
func TestAPlatformMustBeWhole(t *testing.T) {
	p := flatPlatform()
	p.Words.Write, p.Send.Allowed, p.Reads.Narrow = nil, nil, ""
	_, err := New(p, nil)
	for _, what := range []string{"Words.Write", "Send.Allowed", "Reads.Narrow"} {
		if !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(fmt.Sprint(err), what+" is missing") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestBundlesAreKnownByTheirNames before the ports of a device were read.
func TestBundlesAreKnownByTheirNames(t *testing.T) {
	d := flatDriver(t, flatTemplate)
	_, err := d.Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{After: tap("nm-a", []mirror.PortName{"bundle1"}, from("p1", mirror.RX))}})
	if !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), "bundle1") {
		t.Errorf("got %v", err)
	}
}

// TestASaveWithoutAStartupToShow still compares before it, and saves nothing of another
// hand's.
func TestASaveWithoutAStartupToShow(t *testing.T) {
	p := flatPlatform()
	p.Save = &Save{Compare: "unsaved", Write: "save", Done: func(answer string) bool { return answer == "saved" },
		Unsaved: func(reply string) (out []Difference, err error) {
			for line := range text.Raw(reply) {
				out = append(out, Difference{Line: line})
			}
			return out, nil
		},
		About: func(d Difference) About { return About{Session: strings.Fields(d.Line)[1], Subject: d.Line[1:]} }}
	d, err := New(p, fstest.MapFS{"cisco_iosxe/classic.tmpl": {Data: []byte(flatTemplate)}})
	if err != nil {
		t.Fatal(err)
	}
	ours := []mirror.Unsaved{{ID: "nm-a", Set: true, Spec: mirror.NativeSpec{Role: mirror.RoleLocal}}}
	for unsaved, saves := range map[string]bool{"+tap nm-a from p1 rx": true, "+tap nm-a from p1 rx\n+tap theirs to p2": false} {
		s := &saver{unsaved: unsaved}
		c, err := d.Over(t.Context(), s, mirror.Target{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if saved, why, err := c.Save(t.Context(), true, ours); saved != saves || err != nil || (why == "") != saves || s.saved != saves {
			t.Errorf("%q: %v, %q, %v", unsaved, saved, why, err)
		}
	}
}

// A saver is a device that saves.
type saver struct {
	flat
	unsaved string
	saved   bool
}

func (s *saver) Run(ctx context.Context, commands ...string) (out []cli.Reply, err error) {
	for _, c := range commands {
		switch c {
		case "unsaved":
			out = append(out, cli.Reply{Command: c, Text: s.unsaved})
		case "save":
			s.saved = true
			out = append(out, cli.Reply{Command: c, Text: "saved"})
		default:
			r, err := s.flat.Run(ctx, c)
			if err != nil {
				return nil, err
			}
			out = append(out, r...)
		}
	}
	return out, nil
}
