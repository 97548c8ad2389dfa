package smon

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

func (f *fake) target() mirror.Target {
	t := mirror.Target{Device: mirror.Device{Name: "sw1"}, Login: mirror.Login{Profile: "snmp", For: mirror.Bindings{mirror.Any},
		SNMP: mirror.SNMPLogin{Community: mirror.NewSecret(f.Community)}}}
	t.Transport = mirror.Transport{Protocol: "snmp", Address: "127.0.0.1", Port: f.Port}
	t.Transport.Timeouts.Read = mirror.Duration(600 * time.Millisecond)
	return t
}

// A hand is a driver at work on a fake.
type hand struct {
	t *testing.T
	*fake
	conn  *mib.Conn
	known mirror.Known
}

func newHand(t *testing.T, f *fake) *hand {
	t.Helper()
	conn, err := Connect(t.Context(), f.target(), mib.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &hand{t: t, fake: f, conn: conn}
}

func (h *hand) look() mirror.Observation {
	h.t.Helper()
	known, err := h.conn.Observe(h.t.Context(), mirror.Look{Known: h.known})
	if err != nil {
		h.t.Fatal(err)
	}
	h.known = known
	return known.Observation
}

func spec(dest string, sources ...string) mirror.NativeSpec {
	n := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{mirror.PortName(dest)},
		Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
	for _, s := range sources {
		port, direction, _ := strings.Cut(s, "/")
		n.Sources = append(n.Sources, mirror.NativeSource{Port: mirror.PortName(port), Direction: mirror.Direction(direction)})
	}
	return n.Normalize()
}

func native(n mirror.NativeSpec) *mirror.NativeSession {
	return &mirror.NativeSession{ID: string(n.Destinations[0]), Spec: n}
}

// do pushes one change and gives its result.
func (h *hand) do(before, after *mirror.NativeSession) mirror.BlockResult {
	h.t.Helper()
	o := h.look()
	p, err := Render(h.conn.Facts(), o, []mirror.Change{{Mark: "nm-test", Before: before, After: after}})
	if err != nil {
		h.t.Fatal(err)
	}
	report, err := h.conn.Push(h.t.Context(), "tx", p)
	if err != nil {
		h.t.Fatalf("%v\n%s", err, p.Blocks[0].Text)
	}
	return report.Blocks[0]
}

// TestEveryAgentGetsItsRows: in one message where the agent takes that, row by row where
// it does not, by createAndWait, and with rows made anew for another direction.
func TestEveryAgentGetsItsRows(t *testing.T) {
	for name, c := range map[string]struct {
		how  func(*fake)
		sets int // messages of the create
	}{
		"whole":             {func(*fake) {}, 1},
		"too big":           {func(f *fake) { f.most = 2 }, 4},
		"no createAndGo":    {func(f *fake) { f.wait = true }, 1 + 3*4},
		"rigid":             {func(f *fake) { f.rigid = true }, 1},
		"rigid and waiting": {func(f *fake) { f.rigid, f.wait = true, true }, 1 + 3*4},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.row(8, 9, copyTxOnly, active) // theirs
			f.Change(func() { c.how(f) })
			h := newHand(t, f)
			first, second := spec("Port 10", "Port 1/rx", "Port 2/tx", "Port 3/both"), spec("Port 10", "Port 1/both", "Port 3/both", "Port 4/tx")
			if r := h.do(nil, native(first)); r.Err != nil {
				t.Fatal(r.Err)
			}
			if got, want := f.rows(), "1.10 1 1; 2.10 2 1; 3.10 3 1; 8.9 2 1"; got != want || len(f.Sets()) != c.sets {
				t.Errorf("%d messages: %s", len(f.Sets()), got)
			}
			if r := h.do(native(first), native(second)); r.Err != nil {
				t.Fatal(r.Err)
			}
			if got, want := f.rows(), "1.10 3 1; 3.10 3 1; 4.10 2 1; 8.9 2 1"; got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if n := h.look().Natives; len(n) != 2 || !n[0].Spec.Equal(second) || n[0].ID != "Port 10" || n[0].Programmed != mirror.True {
				t.Errorf("%+v", n)
			}
			if r := h.do(native(second), nil); r.Err != nil {
				t.Fatal(r.Err)
			}
			if got := f.rows(); got != "8.9 2 1" {
				t.Errorf("%s", got)
			}
		})
	}
}

// TestARefusalIsQuotedAndTakenBack.
func TestARefusalIsQuotedAndTakenBack(t *testing.T) {
	for name, c := range map[string]struct {
		how   func(*fake)
		words string
	}{
		"read only":          {func(f *fake) { f.readOnly = true }, "notWritable"},
		"one row":            {func(f *fake) { f.deny = "3.10" }, "inconsistentValue"},
		"one row, waiting":   {func(f *fake) { f.deny, f.wait = "3.10", true }, "inconsistentValue"},
		"one row, in pieces": {func(f *fake) { f.deny, f.most = "3.10", 2 }, "inconsistentValue"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.row(8, 9, copyTxOnly, active)
			h := newHand(t, f)
			f.Change(func() { c.how(f) })
			r := h.do(nil, native(spec("Port 10", "Port 1/rx", "Port 2/tx", "Port 3/both")))
			var quote *mirror.DeviceError
			if !errors.As(r.Err, &quote) || !errors.Is(r.Err, mirror.ErrRejected) || !strings.Contains(quote.Answer, c.words) || quote.Device != "sw1" || quote.Sent == "" {
				t.Errorf("%v", r.Err)
			}
			if got := f.rows(); got != "8.9 2 1" {
				t.Errorf("left is %s", got)
			}
		})
	}
}

// TestALostAnswerIsReadBeforeItIsJudged: whether the Set was done or not, there are the
// rows and none twice.
func TestALostAnswerIsReadBeforeItIsJudged(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("done %v", after), func(t *testing.T) {
			f := newFake(t)
			h := newHand(t, f)
			h.look()
			lost := false
			f.Lose(func(request *gosnmp.SnmpPacket) (bool, bool) {
				if request.PDUType != gosnmp.SetRequest || lost {
					return false, false
				}
				lost = true
				return !after, after
			})
			if r := h.do(nil, native(spec("Port 10", "Port 1/rx", "Port 2/tx"))); r.Err != nil {
				t.Fatal(r.Err)
			}
			want := map[bool]int{false: 2, true: 1}[after]
			if got := f.rows(); got != "1.10 1 1; 2.10 2 1" || len(f.Sets()) != want {
				t.Errorf("%d sets: %s", len(f.Sets()), got)
			}
		})
	}
	t.Run("and nothing is told any more", func(t *testing.T) {
		f := newFake(t)
		h := newHand(t, f)
		o := h.look()
		p, err := Render(h.conn.Facts(), o, []mirror.Change{{Mark: "nm-test", After: native(spec("Port 10", "Port 1/rx"))}})
		if err != nil {
			t.Fatal(err)
		}
		silent := false
		f.Lose(func(request *gosnmp.SnmpPacket) (bool, bool) {
			silent = silent || request.PDUType == gosnmp.SetRequest
			return silent, false
		})
		if _, err := h.conn.Push(t.Context(), "tx", p); !errors.Is(err, mirror.ErrTimeout) || errors.Is(err, mirror.ErrNotSent) {
			t.Errorf("%v", err)
		}
	})
}

// TestNothingIsSetOnWhatHasChanged since it was read: another name under the number, a row
// of another hand, another direction.
func TestNothingIsSetOnWhatHasChanged(t *testing.T) {
	made := spec("Port 10", "Port 1/rx", "Port 2/tx")
	for name, c := range map[string]struct {
		before *mirror.NativeSession
		change func(*fake)
	}{
		"renumbered source":      {nil, func(f *fake) { f.Put("1.3.6.1.2.1.31.1.1.1.1.2", "Port  3") }},
		"renumbered destination": {nil, func(f *fake) { f.Put("1.3.6.1.2.1.31.1.1.1.1.10", nil) }},
		"a row of another hand":  {nil, func(f *fake) { f.row(2, 10, copyTxOnly, active) }},
		"another direction":      {native(made), func(f *fake) { f.row(2, 10, copyBoth, active) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if c.before != nil {
				f.row(1, 10, copyRxOnly, active)
				f.row(2, 10, copyTxOnly, active)
			}
			h := newHand(t, f)
			after := native(made)
			if c.before != nil {
				after = native(spec("Port 10", "Port 1/rx", "Port 2/rx"))
			}
			p, err := Render(h.conn.Facts(), h.look(), []mirror.Change{{Mark: "nm-test", Before: c.before, After: after}})
			if err != nil {
				t.Fatal(err)
			}
			c.change(f)
			report, err := h.conn.Push(t.Context(), "tx", p)
			if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) || len(f.Sets()) > 0 {
				t.Errorf("%d sets, %+v %v", len(f.Sets()), report, err)
			}
		})
	}
}

// TestARowThatAnotherHandMakesFirstStays: it comes between our last look and our Set, so the
// agent refuses ours. What was made of the session before it goes again.
func TestARowThatAnotherHandMakesFirstStays(t *testing.T) {
	for name, c := range map[string]struct {
		how    func(*fake)
		halves bool // of a message that it refuses it does what comes first
	}{
		"whole": {func(*fake) {}, false}, "row by row": {func(f *fake) { f.most = 2 }, false},
		"by createAndWait": {func(f *fake) { f.wait = true }, false}, "done in part": {func(*fake) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.Change(func() { c.how(f) })
			h := newHand(t, f)
			h.look()
			f.OnSet(func(have map[string]gosnmp.SnmpPDU, asked []gosnmp.SnmpPDU) (gosnmp.SNMPError, uint8) {
				if _, there := have[string(copyStatus)+".2.10"]; !there {
					have[string(copyDirection)+".2.10"] = gosnmp.SnmpPDU{Name: "." + string(copyDirection) + ".2.10", Type: gosnmp.Integer, Value: copyBoth}
					have[string(copyStatus)+".2.10"] = gosnmp.SnmpPDU{Name: "." + string(copyStatus) + ".2.10", Type: gosnmp.Integer, Value: active}
				}
				status, index := f.decide(have, asked)
				if c.halves && index > 2 {
					f.decide(have, asked[:(index-1)/2*2])
				}
				return status, index
			})
			r := h.do(nil, native(spec("Port 10", "Port 1/rx", "Port 2/tx", "Port 3/both")))
			if !errors.Is(r.Err, mirror.ErrChanged) || !strings.Contains(r.Err.Error(), "Value to set 1.3.6.1.2.1.16.22.1.3.1.1.5.2.10 i 4 (portCopyStatus Port 2 to Port 10 createAndGo(4)), which another hand has made") {
				t.Errorf("%v", r.Err)
			}
			if got := f.rows(); got != "2.10 3 1" {
				t.Errorf("rows %s", got)
			}
		})
	}
}

// TestNothingBesideTheRowsOfTheChangeIsEverSet, whatever a block's text says.
func TestNothingBesideTheRowsOfTheChangeIsEverSet(t *testing.T) {
	f := newFake(t)
	f.row(8, 9, copyTxOnly, active)
	h := newHand(t, f)
	p, err := Render(h.conn.Facts(), h.look(), []mirror.Change{{Mark: "nm-test", After: native(spec("Port 10", "Port 1/rx"))}})
	if err != nil {
		t.Fatal(err)
	}
	text := p.Blocks[0].Text
	for _, bad := range []string{
		text + "set 1.3.6.1.2.1.16.22.1.3.1.1.5.8.9 i 6\n",
		text + "back 1.3.6.1.2.1.16.22.1.3.1.1.5.8.9 i 6\n",
		text + "set 1.3.6.1.2.1.2.2.1.7.1 i 2\n",
		text + "set 1.3.6.1.2.1.16.22.1.3.1.1.3.1.10 i 2\n",
		strings.ReplaceAll(text, "1.1.5.1.10", "1.1.5.2.10"),
		strings.ReplaceAll(text, `"Port 1"`, `"Port 2"`),
	} {
		p.Blocks[0].Text = bad
		report, err := h.conn.Push(t.Context(), "tx", p)
		if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrInvalid) || len(f.Sets()) > 0 {
			t.Errorf("%+v %v\n%s", report, err, bad)
		}
	}
}

// TestRowsThatAreNotReadyWait for their ports, and are never made anew.
func TestRowsThatAreNotReadyWait(t *testing.T) {
	f := newFake(t)
	f.row(1, 10, copyRxOnly, notReady)
	f.row(2, 10, copyTxOnly, active)
	f.link(10, false)
	h := newHand(t, f)
	n := h.look().Natives[0]
	if n.Programmed != mirror.False || n.Waits != "port Port 10 is down (ifOperStatus)" || !n.Spec.Equal(spec("Port 10", "Port 1/rx", "Port 2/tx")) {
		t.Errorf("%+v", n)
	}
	f.link(10, true)
	if n = h.look().Natives[0]; n.Waits != "" || n.ProgrammedReason != "portCopyStatus of Port 1 to Port 10 is notReady(3)" {
		t.Errorf("%+v", n)
	}
	f.row(1, 10, copyRxOnly, active)
	if n = h.look().Natives[0]; n.Programmed != mirror.True || n.ProgrammedReason != "" {
		t.Errorf("%+v", n)
	}
	f.row(1, 10, copyRxOnly, notInService) // stopped by a hand, in part and then whole
	if n = h.look().Natives[0]; !n.Spec.Equal(spec("Port 10", "Port 1", "Port 2/tx")) || n.Programmed != mirror.True {
		t.Errorf("%+v", n)
	}
	whole := spec("Port 10", "Port 1/rx", "Port 2/tx")
	if r := h.do(&n, native(whole)); r.Err != nil || f.rows() != "1.10 1 1; 2.10 2 1" {
		t.Errorf("%v: %s", r.Err, f.rows())
	}
	if r := h.do(native(whole), &n); r.Err != nil || f.rows() != "1.10 1 2; 2.10 2 1" { // undone
		t.Errorf("%v: %s", r.Err, f.rows())
	}
	f.row(1, 10, copyRxOnly, notInService)
	f.row(2, 10, copyTxOnly, notInService)
	shut := h.look().Natives[0]
	if !shut.Spec.Shut || len(shut.Spec.Sources) != 2 {
		t.Errorf("%+v", shut)
	}
	if r := h.do(&shut, native(whole)); r.Err != nil || f.rows() != "1.10 1 1; 2.10 2 1" {
		t.Errorf("%v: %s", r.Err, f.rows())
	}
}

// TestARowThatAnotherHandHasMadeIsNeverSet, stopped or not: the ledger knows our rows alone,
// so that the row of a source which is none of the change is not ours.
func TestARowThatAnotherHandHasMadeIsNeverSet(t *testing.T) {
	for _, status := range []int{active, notInService} {
		f := newFake(t)
		f.row(1, 10, copyRxOnly, active)
		f.row(2, 10, copyTxOnly, status)
		h := newHand(t, f)
		var refusal *mirror.Refusal
		_, err := Render(h.conn.Facts(), h.look(), []mirror.Change{{Mark: "nm-test", Before: native(spec("Port 10", "Port 1/rx")), After: native(spec("Port 10", "Port 1/rx", "Port 2/tx"))}})
		if !errors.Is(err, mirror.ErrConflict) || !errors.As(err, &refusal) || refusal.Reasons[0].Pointer != "/sources/1" || !strings.Contains(refusal.Reasons[0].Message, "another hand copies Port 2 to Port 10") {
			t.Errorf("status %d: %v", status, err)
		}
		if r := h.do(native(spec("Port 10", "Port 1/rx")), nil); r.Err != nil || f.rows() != fmt.Sprintf("2.10 2 %d", status) {
			t.Errorf("status %d: %v: %s", status, r.Err, f.rows())
		}
	}
}

// TestWhatIsTakenBackStaysStopped: a session that is shut down, and a row that a hand has
// stopped, is not started by a removal, or by another direction, that the agent refuses.
func TestWhatIsTakenBackStaysStopped(t *testing.T) {
	stopped := func(sources ...string) *mirror.NativeSession {
		n := spec("Port 10", sources...)
		n.Shut = true
		return native(n)
	}
	for name, c := range map[string]struct {
		rows          [][2]int // source and status
		before, after *mirror.NativeSession
		refused       string // row
	}{
		"removed while it is shut down":      {[][2]int{{1, notInService}, {2, notInService}}, stopped("Port 1/rx", "Port 2/rx"), nil, "2.10"},
		"removed with a stopped row":         {[][2]int{{1, notInService}, {2, active}}, native(spec("Port 10", "Port 1", "Port 2/rx")), nil, "2.10"},
		"another direction, still shut down": {[][2]int{{1, notInService}, {2, notInService}}, stopped("Port 1/rx", "Port 2/rx"), stopped("Port 1/tx", "Port 2/tx"), "2.10"},
		"a stopped row is started":           {[][2]int{{1, notInService}, {2, active}}, native(spec("Port 10", "Port 1", "Port 2/rx")), native(spec("Port 10", "Port 1/both", "Port 2/rx", "Port 3/rx")), "3.10"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			for _, r := range c.rows {
				f.row(r[0], 10, copyRxOnly, r[1])
			}
			was := f.rows()
			h := newHand(t, f)
			f.OnSet(func(have map[string]gosnmp.SnmpPDU, asked []gosnmp.SnmpPDU) (gosnmp.SNMPError, uint8) {
				rows := map[string]bool{}
				for _, v := range asked {
					index, _ := rowOf(snmp.OID(strings.TrimPrefix(v.Name, ".")))
					rows[string(index)] = true
				}
				switch {
				case len(rows) > 1:
					return gosnmp.TooBig, 0
				case rows[c.refused]:
					return gosnmp.InconsistentValue, 1
				}
				return f.decide(have, asked)
			})
			if r := h.do(c.before, c.after); !errors.Is(r.Err, mirror.ErrRejected) || len(f.Sets()) < 4 {
				t.Errorf("%d sets: %v", len(f.Sets()), r.Err)
			}
			if got := f.rows(); got != was {
				t.Errorf("rows %s, want %s", got, was)
			}
		})
	}
}

// TestAnAgentWithoutTheTableIsToldInWords, and so is one whose view hides it by now.
func TestAnAgentWithoutTheTableIsToldInWords(t *testing.T) {
	f := newFake(t)
	f.Put(string(smonCapabilities), "\xe0")
	if _, err := Connect(t.Context(), f.target(), mib.Options{}); !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), "portCopyTable") {
		t.Errorf("%v", err)
	}
	f.Put(string(copyCaps)+".1.3.6.1.2.1.2.2.1.1.1", "\xf0")
	h := newHand(t, f)
	f.row(1, 10, copyRxOnly, active)
	h.look()
	for _, column := range []string{string(copyDirection), string(copyStatus)} {
		f.Put(column+".1.10", nil)
	}
	if n := h.look().Natives; len(n) != 0 { // taken away by a hand
		t.Errorf("%+v", n)
	}
	f.row(1, 10, copyRxOnly, active)
	h.look()
	for _, name := range []string{string(copyDirection) + ".1.10", string(copyStatus) + ".1.10", string(smonCapabilities), string(copyCaps) + ".1.3.6.1.2.1.2.2.1.1.1"} {
		f.Put(name, nil)
	}
	if _, err := h.conn.Observe(t.Context(), mirror.Look{Known: h.known}); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

// TestRoundTrips: what is unchanged takes two, a change and its proof three.
func TestRoundTrips(t *testing.T) {
	f := newFake(t)
	f.row(8, 9, copyTxOnly, active)
	h := newHand(t, f)
	o := h.look()
	var asked atomic.Int64
	f.Lose(func(*gosnmp.SnmpPacket) (bool, bool) { asked.Add(1); return false, false })
	h.look()
	if n := asked.Load(); n > 2 {
		t.Errorf("%d round trips for what is unchanged", n)
	}
	p, err := Render(h.conn.Facts(), o, []mirror.Change{{Mark: "nm-test", After: native(spec("Port 10", "Port 1/rx", "Port 2/tx"))}})
	if err != nil {
		t.Fatal(err)
	}
	asked.Store(0)
	if _, err := h.conn.Push(t.Context(), "tx", p); err != nil {
		t.Fatal(err)
	}
	if n := h.look().Natives; len(n) != 2 || asked.Load() > 3 {
		t.Errorf("%d round trips for a create and its proof: %+v", asked.Load(), n)
	}
}
