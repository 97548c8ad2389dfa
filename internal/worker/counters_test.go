package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A countingConn is a connection to a box that counts.
type countingConn struct{ *boxConn }

func (c countingConn) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	b := c.b
	if until, bound := ctx.Deadline(); bound && b.onCountWithin != nil {
		b.onCountWithin(time.Until(until))
	}
	b.mu.Lock()
	b.said = append(b.said, fmt.Sprint("count ", ask.Ports))
	hook := b.onCount
	b.mu.Unlock()
	if hook != nil {
		hook()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.breaks("count"); err != nil {
		return mirror.CounterRead{}, err
	}
	out := b.told
	out.At = time.Now()
	for _, p := range ask.Ports {
		out.Ports = append(out.Ports, mirror.PortCounters{Port: p, InOctets: uint64(len(b.said)), Complete: true})
	}
	return out, nil
}

// countingRig is a worker that has read its device once, which counts.
func countingRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, Confirms{Wait: mirror.WaitTimer})
	r.b.counts = true
	r.turn()
	return r
}

// turn makes a run as the worker's loop does.
func (r *rig) turn() {
	r.w.due(true)
	r.w.turn(r.t.Context())
}

func on(ports ...mirror.PortName) mirror.CounterAsk { return mirror.CounterAsk{Ports: ports} }

// wants has somebody ask for counters, and returns when the worker has heard of it.
func (r *rig) wants(ctx context.Context, ask mirror.CounterAsk) <-chan counted {
	r.t.Helper()
	out, before := make(chan counted, 1), r.waiting()
	go func() {
		read, err := r.w.Counters(ctx, ask)
		out <- counted{read, err}
	}()
	testkit.Eventually(r.t, testkit.Patience, "the worker to hear of it", func() bool { return r.waiting() > before })
	return out
}

// waiting counts those who wait for counters.
func (r *rig) waiting() (n int) {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	for _, p := range r.w.counting.polls {
		n += len(p.replies)
	}
	return n
}

func (r *rig) said(want string) {
	r.t.Helper()
	if d := cmp.Diff(want, r.b.words()); d != "" {
		r.t.Errorf("what the device heard (-want +got):\n%s", d)
	}
}

func TestEqualPollsAreOneReading(t *testing.T) {
	r := countingRig(t)
	first, second := r.wants(t.Context(), on("p1", "p2")), r.wants(t.Context(), on("p2", "p1", "p2"))
	other := r.wants(t.Context(), on("p1"))
	r.w.count(t.Context())
	a, b, c := <-first, <-second, <-other
	if a.err != nil || b.err != nil || c.err != nil || len(a.read.Ports) != 2 || len(c.read.Ports) != 1 {
		t.Errorf("%+v, %+v, %+v", a, b, c)
	}
	if d := cmp.Diff(a.read, b.read); d != "" {
		t.Error(d)
	}
	r.said("connect, count [p1 p2], count [p1]")
}

// Who waits for a push waits for the poll under way, and for no other. The polls go on
// behind it, one at least, however many pushes are asked for.
func TestARunGoesBeforePolls(t *testing.T) {
	r := countingRig(t)
	first, second, third := r.wants(t.Context(), on("p1")), r.wants(t.Context(), on("p2")), r.wants(t.Context(), on("d1"))
	r.b.onCount = r.w.Kick
	if !r.w.count(t.Context()) || r.waiting() != 2 {
		t.Fatalf("%d wait, want 2", r.waiting())
	}
	r.want("a", "d1")
	r.turn()
	if !r.w.count(t.Context()) || r.waiting() != 1 {
		t.Fatalf("%d wait, want 1", r.waiting())
	}
	r.b.onCount = nil
	r.w.count(t.Context())
	r.turn()
	r.w.count(t.Context())
	for _, c := range []<-chan counted{first, second, third} {
		if got := <-c; got.err != nil {
			t.Error(got.err)
		}
	}
	r.said("connect, count [p1], push, connect, confirm, save, count [p2], count [d1]")
}

// In the loop too, counters that are asked for while a push waits to be confirmed are
// read when the run is over.
func TestNoPollStandsInTheMiddleOfAPush(t *testing.T) {
	r := newRig(t, Confirms{Wait: mirror.WaitTimer})
	r.b.counts = true
	r.want("a", "d1")
	got := make(chan counted, 1)
	r.b.onPush = func() { // the worker waits in it
		go func() {
			read, err := r.w.Counters(t.Context(), on("p1"))
			got <- counted{read, err}
		}()
		testkit.Eventually(t, testkit.Patience, "the worker to hear of it", func() bool { return r.waiting() == 1 })
	}
	ctx, cancel := context.WithCancel(t.Context())
	go r.w.Run(ctx)
	if c := <-got; c.err != nil {
		t.Error(c.err)
	}
	reads := r.b.readings() // nothing but counters is read any more
	for range 3 {
		if _, err := r.w.Counters(t.Context(), on("p1")); err != nil {
			t.Error(err)
		}
	}
	cancel()
	<-r.w.Done()
	r.said("connect, push, connect, confirm, save, count [p1], count [p1], count [p1], count [p1]")
	if r.b.reads != reads {
		t.Errorf("%d reads, %d before", r.b.reads, reads)
	}
	if _, err := r.w.Counters(t.Context(), on("p1")); !errors.Is(err, ErrStopped) {
		t.Errorf("after the end: %v", err)
	}
}

func TestADeviceThatIsDownIsNotDialledForCounters(t *testing.T) {
	r := newRig(t, Confirms{Wait: mirror.WaitTimer})
	r.b.counts, r.b.down = true, true
	r.turn()
	for range 3 {
		c := r.wants(t.Context(), on("p1"))
		r.w.count(t.Context())
		if got := <-c; !errors.Is(got.err, mirror.ErrUnreachable) {
			t.Errorf("%+v", got)
		}
	}
	r.said("connect")
	r.b.down = false
	r.turn()
	c := r.wants(t.Context(), on("p1"))
	r.w.count(t.Context())
	if got := <-c; got.err != nil {
		t.Error(got.err)
	}
	r.said("connect, connect, count [p1]")
}

// A connection that was closed because nothing needed it is opened for a poll; one that
// the device closed is made anew once, and a device that has gone is left to the next run.
func TestPollsOpenTheConnection(t *testing.T) {
	r := countingRig(t)
	poll := func() error {
		c := r.wants(t.Context(), on("p1"))
		r.w.count(t.Context())
		return (<-c).err
	}
	r.w.disconnect()
	if err := poll(); err != nil {
		t.Error(err)
	}
	r.b.lost = "count"
	if err := poll(); err != nil {
		t.Error(err)
	}
	r.said("connect, connect, count [p1], count [p1], connect, count [p1]")
	r.b.lost, r.b.down = "count", true
	for range 3 {
		if err := poll(); !errors.Is(err, mirror.ErrUnreachable) {
			t.Errorf("%v", err)
		}
	}
	r.said("connect, connect, count [p1], count [p1], connect, count [p1], count [p1], connect")
}

func TestWhoGivesUpWaitsForNoPoll(t *testing.T) {
	r := countingRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := r.wants(ctx, on("p1"))
	cancel()
	if got := <-c; !errors.Is(got.err, mirror.ErrTimeout) {
		t.Errorf("%+v", got)
	}
	if r.w.count(t.Context()) || r.waiting() != 0 {
		t.Error("a poll was made that nobody waits for")
	}
	if read, err := r.w.Counters(t.Context(), mirror.CounterAsk{}); err != nil || read.At != (time.Time{}) {
		t.Errorf("nothing asked for: %+v, %v", read, err)
	}
	r.said("connect")
}

// timeouts.read is how long a device may be silent: one that talks may take longer for
// all that was asked for.
func TestAReadingIsNotCutAsSilence(t *testing.T) {
	r := countingRig(t)
	r.s.Timeouts.Read = time.Minute / 2
	r.b.onCountWithin = func(left time.Duration) {
		if left <= r.s.Timeouts.Read || left > countLimit {
			t.Errorf("a reading has %v", left)
		}
	}
	c := r.wants(t.Context(), on("p1", "p2"))
	r.w.count(t.Context())
	if got := <-c; got.err != nil {
		t.Error(got.err)
	}
	r.said("connect, count [p1 p2]")
}

func TestAPlatformThatDoesNotCount(t *testing.T) {
	r := newRig(t, Confirms{Wait: mirror.WaitTimer})
	r.turn()
	c := r.wants(t.Context(), on("p1"))
	r.w.count(t.Context())
	if got := <-c; !errors.Is(got.err, mirror.ErrUnsupported) {
		t.Errorf("%+v", got)
	}
}

// The ages that a command line tells become coarser: the same clearing seems to move. A
// later one is another, and so is a restart.
func TestWhatBeganAnewHasAnotherName(t *testing.T) {
	var c counting
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	up := mirror.Facts{Uptime: 48 * time.Hour, LearnedAt: at}
	read := func(after, least, most time.Duration) (string, string) {
		now := at.Add(after)
		r := mirror.CounterRead{Ports: []mirror.PortCounters{{Port: "p1", Cleared: &mirror.Span{From: now.Add(-most), To: now.Add(-least)}}, {Port: "p2", Discontinuity: "never"}}}
		c.since(&r, up)
		if r.Ports[1].Discontinuity != "never" {
			t.Errorf("%+v", r.Ports[1])
		}
		return r.Ports[0].Discontinuity, r.Boot
	}
	first, boot := read(0, 10*time.Second, 14*time.Second)
	if first == "" || boot == "" {
		t.Errorf("%q, %q", first, boot)
	}
	for _, next := range []struct{ after, least, most time.Duration }{
		{time.Minute, 70 * time.Second, 74 * time.Second}, {2 * time.Minute, 133 * time.Second, 137 * time.Second},
		{25 * time.Hour, 25 * time.Hour, 26 * time.Hour}, {26 * time.Hour, 26 * time.Hour, 27 * time.Hour},
	} {
		if name, b := read(next.after, next.least, next.most); name != first || b != boot {
			t.Errorf("after %v it is %q since %q, want %q since %q", next.after, name, b, first, boot)
		}
	}
	if name, _ := read(27*time.Hour, 5*time.Second, 9*time.Second); name == first {
		t.Error("cleared again, and of the same name")
	}
	up = mirror.Facts{Uptime: 90 * time.Second, LearnedAt: at}
	if _, b := read(0, time.Second, 2*time.Second); b == boot {
		t.Error("started anew, and of the same name")
	}
}
