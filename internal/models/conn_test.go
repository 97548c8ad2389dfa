package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A fakeWire holds one data tree, and refuses texts.
type fakeWire struct {
	config, state *data.Node
	refuse        map[string]bool // texts that the device does not take
	silent        bool            // it does not tell which text it refuses
	lost          int             // the push at which the connection is lost, from 1
	loss          error           // what it is told as, nil = ErrUnreachable
	stands        bool            // it takes nothing back
	unread        error           // of Read
	busy          bool            // it takes nothing now
	pushes        [][]string
	reads         []int // how many subtrees each read asked for
}

func (w *fakeWire) Server() Server { return Server{Protocol: "gnmi"} }

func (w *fakeWire) Read(_ context.Context, reads []Read) (Answers, error) {
	w.reads = append(w.reads, len(reads))
	return Answers{Config: w.config, State: w.state}, w.unread
}

func encodeFake(edits []data.Edit) string {
	var lines []string
	for _, e := range edits {
		lines = append(lines, string(e.Op)+" "+e.Path.String())
	}
	return strings.Join(lines, "\n")
}

func (w *fakeWire) Encode(edits []data.Edit) string { return encodeFake(edits) }

func (w *fakeWire) Touched(text string) ([]string, error) {
	var out []string
	for _, l := range strings.Split(text, "\n") {
		_, path, ok := strings.Cut(l, " ")
		if !ok {
			return nil, fmt.Errorf("%q: %w", l, mirror.ErrInvalid)
		}
		out = append(out, path)
	}
	return out, nil
}

func (w *fakeWire) Push(_ context.Context, _ string, texts []string, window time.Duration) (until time.Time, refused *Refusal, err error) {
	w.pushes = append(w.pushes, texts)
	if len(w.pushes) == w.lost {
		return until, nil, cmp.Or(w.loss, mirror.ErrUnreachable)
	}
	if w.busy {
		return until, &Refusal{Text: -1, All: true, Err: fmt.Errorf("locked: %w", mirror.ErrBusy)}, nil
	}
	for i, t := range texts {
		if !w.refuse[t] {
			continue
		}
		if w.silent {
			i = -1
		}
		return until, &Refusal{Text: i, Err: fmt.Errorf("no %s: %w", t, mirror.ErrRejected)}, nil
	}
	if window > 0 && !w.stands {
		until = time.Now().Add(window)
	}
	return until, nil, nil
}

func (w *fakeWire) pushed() string {
	var all []string
	for _, texts := range w.pushes {
		all = append(all, strings.ReplaceAll(strings.Join(texts, " "), "delete /", ""))
	}
	return strings.Join(all, "|")
}

func (w *fakeWire) Pending(context.Context) ([]mirror.Pending, error) { return nil, nil }
func (w *fakeWire) Confirm(context.Context, string) error             { return nil }

func (w *fakeWire) Abort(context.Context, string) error { return nil }

func (w *fakeWire) Close() error { return nil }

// fakePlatform writes a change of session X as a deletion of /x.
func fakePlatform() Platform {
	return Platform{
		Key: "fake", Can: func(mirror.Facts) mirror.Capabilities { return mirror.Capabilities{} },
		Facts:  func(Server, Answers) (mirror.Facts, error) { return mirror.Facts{Model: "fake"}, nil },
		Narrow: func(mirror.Facts) []Read { return []Read{{Path: data.Names("m:sessions")}} },
		Around: func(mirror.Facts) []Read { return []Read{{Path: data.Names("ports"), State: true}} },
		Observe: func(_ mirror.Facts, a Answers) (mirror.Observation, error) {
			var o mirror.Observation
			for _, s := range a.Config.Child("sessions").All("session") {
				o.Natives = append(o.Natives, mirror.NativeSession{ID: s.Text("name")})
			}
			return o, nil
		},
		Volatile: func(n *data.Node) bool { return n.Name == "count" },
		Write: func(_ mirror.Facts, _ mirror.Observation, c mirror.Change) ([]data.Edit, error) {
			return []data.Edit{data.Del(data.Names(c.Before.ID))}, nil
		},
		Allowed: func(c mirror.Change, path string) bool { return path == "/"+c.Before.ID },
	}
}

func open(t *testing.T, w *fakeWire, window time.Duration) *Conn {
	t.Helper()
	d := &Driver{p: fakePlatform(), format: "gnmi", encode: encodeFake}
	c, err := d.Open(t.Context(), mirror.Target{}, w, window)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c.now = func() time.Time { return now } // a slow machine makes no read old
	return c
}

// payload removes sessions, each under its id, that the fake then has.
func payload(t *testing.T, c *Conn, ids ...string) mirror.Payload {
	t.Helper()
	w := c.wire.(*fakeWire)
	w.config, w.state = sessionsOf(ids...), data.C("")
	var changes []mirror.Change
	for _, id := range ids {
		changes = append(changes, mirror.Change{Mark: "nm-" + id, Before: &mirror.NativeSession{ID: id}})
	}
	p, err := c.d.Render(c.Facts(), mirror.Observation{}, changes)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sessionsOf(ids ...string) *data.Node {
	all := data.C("sessions")
	for _, id := range ids {
		all.Children = append(all.Children, data.E("session", data.V("name", id)))
	}
	return data.C("", all)
}

func TestRefusedBlocksDoNotUndoOthers(t *testing.T) {
	for name, test := range map[string]struct {
		silent bool
		window time.Duration
		pushes string
		unsent []string
	}{
		"the device tells which":       {false, time.Minute, "a b c d|a c d|a d", nil},
		"it does not":                  {true, 0, "a b c d|a b|a|b|c d|c|d", nil},
		"it does not, and it may wait": {true, time.Minute, "a b c d|a b|a", []string{"nm-b", "nm-c", "nm-d"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &fakeWire{refuse: map[string]bool{"delete /b": true, "delete /c": true}, silent: test.silent}
			c := open(t, w, test.window)
			report, err := c.Push(t.Context(), "tx", payload(t, c, "a", "b", "c", "d"))
			if err != nil {
				t.Fatal(err)
			}
			var bad, unsent []string
			for _, b := range report.Blocks {
				switch {
				case errors.Is(b.Err, mirror.ErrRejected):
					bad = append(bad, b.Mark)
				case errors.Is(b.Err, mirror.ErrNotSent) && errors.Is(b.Err, mirror.ErrChanged):
					unsent = append(unsent, b.Mark)
				case b.Err != nil:
					t.Error(b.Err)
				}
			}
			if want := []string{"nm-b", "nm-c"}; len(report.Blocks) != 4 || test.unsent == nil && !slices.Equal(bad, want) || !slices.Equal(unsent, test.unsent) {
				t.Errorf("refused %v, not sent %v of %d blocks", bad, unsent, len(report.Blocks))
			}
			if got := w.pushed(); got != test.pushes {
				t.Errorf("pushed %s, want %s", got, test.pushes)
			}
			if report.Until.IsZero() != (test.window == 0) {
				t.Errorf("what was taken waits until %v", report.Until)
			}
		})
	}
}

// Where nothing waits the others go on, whatever window there is.
func TestADeviceThatCannotTakeBackIsPushedToInParts(t *testing.T) {
	w := &fakeWire{refuse: map[string]bool{"delete /b": true}, silent: true, stands: true}
	c := open(t, w, time.Minute)
	report, err := c.Push(t.Context(), "tx", payload(t, c, "a", "b", "c"))
	if err != nil || report.Blocks[0].Err != nil || !errors.Is(report.Blocks[1].Err, mirror.ErrRejected) || report.Blocks[2].Err != nil || !report.Until.IsZero() {
		t.Errorf("%+v %v", report, err)
	}
	if got, want := w.pushed(), "a b c|a b|a|b|c"; got != want {
		t.Errorf("pushed %s, want %s", got, want)
	}
}

// What belongs together is not cut, and no device is asked without end.
func TestPartsOfAPushAreBounded(t *testing.T) {
	w := &fakeWire{refuse: map[string]bool{}, silent: true}
	c := open(t, w, 0)
	var ids []string
	for i := range 4 * mostPushes {
		ids = append(ids, fmt.Sprintf("s%02d", i))
		w.refuse["delete /"+ids[i]] = true
	}
	report, err := c.Push(t.Context(), "tx", payload(t, c, ids...))
	if err != nil || len(w.pushes) != mostPushes {
		t.Fatalf("%d pushes, %v", len(w.pushes), err)
	}
	refused, left := 0, 0
	for _, b := range report.Blocks {
		switch {
		case errors.Is(b.Err, mirror.ErrRejected):
			refused++
		case errors.Is(b.Err, mirror.ErrNotSent):
			left++
		}
	}
	if refused == 0 || refused+left != len(ids) {
		t.Errorf("%d refused, %d not sent", refused, left)
	}
}

func TestALostConnectionLeavesBlocksWithoutAnswer(t *testing.T) {
	w := &fakeWire{refuse: map[string]bool{"delete /a": true}, silent: true, lost: 4}
	c := open(t, w, 0)
	report, err := c.Push(t.Context(), "tx", payload(t, c, "a", "b", "c"))
	if !errors.Is(err, mirror.ErrUnreachable) {
		t.Fatalf("error %v", err)
	}
	if len(report.Blocks) != 1 || !errors.Is(report.Blocks[0].Err, mirror.ErrRejected) {
		t.Errorf("report %+v: a was refused, the end of b and c is unknown", report.Blocks)
	}
}

// That the last part of a push was not sent says nothing of those before it.
func TestAPushOfWhichAPartWasTakenWasSent(t *testing.T) {
	unsent := fmt.Errorf("write: %w: %w", mirror.ErrUnreachable, mirror.ErrNotSent)
	for name, test := range map[string]struct {
		wire   fakeWire
		unsent bool
	}{
		"nothing was":   {fakeWire{lost: 1, loss: unsent}, true},
		"nor of a part": {fakeWire{lost: 2, loss: unsent}, true},
		"one block was": {fakeWire{lost: 3, loss: unsent}, false},
	} {
		w := test.wire
		w.refuse, w.silent = map[string]bool{"delete /c": true}, true
		c := open(t, &w, 0)
		report, err := c.Push(t.Context(), "tx", payload(t, c, "a", "b", "c"))
		if !errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrNotSent) != test.unsent {
			t.Errorf("%s: %v", name, err)
		}
		if test.unsent != (report.Blocks == nil) {
			t.Errorf("%s: %+v", name, report.Blocks)
		}
	}
}

func TestABlockOfAnotherHandsIsNotSent(t *testing.T) {
	w := &fakeWire{}
	c := open(t, w, 0)
	p := payload(t, c, "a", "b")
	p.Blocks[0].Text = "delete /b"
	report, err := c.Push(t.Context(), "tx", p)
	if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrInvalid) || report.Blocks[1].Err != nil {
		t.Errorf("report %+v, %v", report, err)
	}
	if len(w.pushes) != 1 || !slices.Equal(w.pushes[0], []string{"delete /b"}) {
		t.Errorf("pushed %q", w.pushes)
	}
}

func TestAnUndisturbedDeviceIsAskedForItsSessionsAlone(t *testing.T) {
	session := func(name string, count string) *data.Node {
		return data.C("", data.C("sessions", data.E("session", data.V("name", name), data.V("count", count))))
	}
	w := &fakeWire{config: session("a", "1"), state: data.C("")}
	c := open(t, w, 0)
	c.now = time.Now
	observe := func(look mirror.Look) mirror.Known {
		t.Helper()
		k, err := c.Observe(t.Context(), look)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first := observe(mirror.Look{})
	w.config = session("a", "2")
	again := observe(mirror.Look{Known: first})
	if again.Read != first.Read || !again.Observation.At.After(first.Observation.At) {
		t.Errorf("read %v and %v: nothing has changed but a counter", first.Read, again.Read)
	}
	w.config = session("b", "2")
	changed := observe(mirror.Look{Known: again})
	if len(changed.Observation.Natives) != 1 || changed.Observation.Natives[0].ID != "b" {
		t.Errorf("observed %+v", changed.Observation)
	}
	observe(mirror.Look{Known: changed, Ports: []mirror.PortName{"1"}})
	observe(mirror.Look{Known: changed, Oldest: time.Now()})
	if want := []int{2, 1, 1, 2, 2, 2}; !slices.Equal(w.reads, want) {
		t.Errorf("reads of %v subtrees, want %v", w.reads, want)
	}
}
