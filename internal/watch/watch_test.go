package watch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const step = 10 * time.Second

// busy has p1 of a device carry 10,000 frames of 1000 octets a second each way: 81.6
// Mbit/s on the wire.
func (b *box) busy(times float64) { b.flow["p1"].in, b.flow["p1"].out = 10e3*times, 10e3*times }

// copies has p4 send as many copies as p1 carries frames, or a part of them.
func (b *box) copies(part float64) {
	b.flow["p4"].out = part * (b.flow["p1"].in + b.flow["p1"].out)
}

func (l *lab) passes(n int) {
	for range n {
		l.pass(step)
	}
}

func TestCopiesThatFlow(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	b.busy(1)
	b.copies(1)
	l.look()
	l.want("s", "Unknown LoadUnknown, Unknown NotWatchedYet")
	l.passes(9)
	load := l.want("s", "True Fits, True CopiesFlow")
	if e := load.Ends[0]; e.Offered != 163_200_000 || e.Capacity != 1e9 || !e.Known || !e.Counted || e.Sent.Frames != 20e3 || len(e.Terms) != 2 {
		t.Errorf("%+v", e)
	}
	if d := load.Copies[0].Delivery; d.Ratio == nil || *d.Ratio < 0.99 || *d.Ratio > 1.01 {
		t.Errorf("%+v", d)
	}
	found := len(l.found)
	l.passes(20)
	if len(l.found) != found {
		t.Errorf("nothing changed, and told were %v", l.found[found:])
	}
}

func TestCopiesThatDoNotFlow(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	l.session("t", "a") // shares the native session
	b.busy(1)
	l.passes(10)
	l.want("s", "True Fits, False CopiesNotFlowing")
	l.want("t", "True Fits, False CopiesNotFlowing")
	b.copies(1)
	l.passes(7)
	l.want("s", "True Fits, True CopiesFlow")
	l.want("t", "True Fits, True CopiesFlow")
}

func TestIdleSourcesRaiseNothing(t *testing.T) {
	for _, at := range []mirror.CountedAt{mirror.CountedOutOctets, mirror.CountedSession} {
		l := newLab(t, Config{})
		l.box("a", at).copied["1"] = 0
		l.session("s", "a")
		l.passes(60)
		l.want("s", "True Fits, Unknown SourcesIdle")
	}
}

func TestWhatCannotBeCountedIsUnknown(t *testing.T) {
	for at, want := range map[mirror.CountedAt]string{
		mirror.CountedNowhere: "True Fits, Unknown NotCounted",
	} {
		l := newLab(t, Config{})
		b := l.box("a", at)
		l.session("s", "a")
		b.busy(1)
		l.passes(10)
		l.want("s", want)
	}
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	b.info.Every, b.info.Why = 0, "counters of platform x are not read over y"
	l.session("s", "a")
	l.passes(10)
	load := l.want("s", "Unknown LoadUnknown, Unknown NotWatched")
	if !strings.Contains(load.Healthy.Message, b.info.Why) || len(l.asks) != 0 {
		t.Errorf("%+v, asked %v", load, l.asks)
	}
}

// TestWhereADocumentAloneSaysThatCopiesAreCounted they are judged all the same, and told
// with what that rests on.
func TestWhereADocumentAloneSaysThatCopiesAreCounted(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedUnverified)
	l.session("s", "a")
	told := func(want string, words string, confidence float64) {
		t.Helper()
		d := l.want("s", want).Copies[0].Delivery
		if !strings.Contains(d.Message, words) || d.At != mirror.CountedUnverified || d.Confidence > confidence {
			t.Errorf("%+v", d)
		}
	}
	b.busy(1)
	l.passes(10)
	told("True Fits, False CopiesNotFlowing", "documented, and was not seen on this device", 0.5)
	b.copies(1)
	l.passes(10)
	told("True Fits, True CopiesFlow", "was seen to count copies there", 1)
	b.copies(0)
	l.passes(10)
	told("True Fits, False CopiesNotFlowing", "was seen to count copies there", 1)
	b.busy(0)
	l.passes(40)
	told("True Fits, Unknown SourcesIdle", "idle", 0)
}

// TestMirrorCounters are read along, and each native session is judged by its own.
func TestMirrorCounters(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedMirror)
	l.session("s", "a")
	b.busy(1)
	b.natives["1"] = 20e3
	l.passes(10)
	l.want("s", "True Fits, True CopiesFlow")
	b.natives["1"] = 0
	l.passes(10)
	load := l.want("s", "True Fits, False CopiesNotFlowing")
	if c := load.Copies[0]; c.Native != "1" || c.Port != "" || !strings.Contains(load.Effective.Message, "native session 1") {
		t.Errorf("%+v", load)
	}
}

// TestCopiesThatAreMadeAndDoNotLeave are seen where the destination port counts beside
// the mirror, and not where nobody knows what the port counts.
func TestCopiesThatAreMadeAndDoNotLeave(t *testing.T) {
	for _, ports := range []bool{false, true} {
		l := newLab(t, Config{})
		b := l.box("a", mirror.CountedMirror)
		b.info.Counting.Ports = ports
		l.session("s", "a")
		b.busy(1)
		b.natives["1"] = 20e3
		l.passes(10)
		if !ports {
			l.want("s", "True Fits, True CopiesFlow")
			continue
		}
		load := l.want("s", "True Fits, False CopiesNotFlowing")
		if len(load.Copies) != 2 || load.Copies[0].Delivery.State != mirror.True || load.Copies[1].Port != "p4" ||
			load.Copies[1].Delivery.At != mirror.CountedOutOctets || !strings.HasPrefix(load.Effective.Message, "a p4: ") {
			t.Errorf("%+v", load)
		}
		b.copies(0.5)
		l.passes(10)
		if r := l.want("s", "True Fits, True CopiesLost").Copies[1].Delivery; *r.Ratio != 0.5 {
			t.Errorf("%+v", r)
		}
		b.flow["p4"].out = 100e3 // others send there too
		l.passes(10)
		if load := l.want("s", "True Fits, True CopiesFlow"); len(load.Copies) != 1 {
			t.Errorf("%+v", load.Copies)
		}
	}
}

func TestTheDestinationGoesDownAndAway(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedNowhere)
	b.info.Every, b.info.Why = 0, "no counters" // what was read of the device is enough
	l.session("s", "a")
	l.look()
	l.want("s", "Unknown LoadUnknown, Unknown NotCounted")
	edit := func(change func(ports []mirror.Port) []mirror.Port) {
		l.mu.Lock()
		b.state.Observation.Ports = change(slices.Clone(b.state.Observation.Ports))
		l.mu.Unlock()
		l.w.DeviceRead("a")
		l.look()
	}
	edit(func(p []mirror.Port) []mirror.Port { p[3].Up, p[3].Admin = mirror.False, mirror.False; return p })
	if load := l.want("s", "False DestinationDown, Unknown NotCounted"); !strings.Contains(load.Healthy.Message, "a p4: the port is shut down") {
		t.Error(load.Healthy.Message)
	}
	edit(func(p []mirror.Port) []mirror.Port { return p[:3] })
	l.want("s", "False DestinationGone, Unknown NotCounted")
	edit(func(p []mirror.Port) []mirror.Port {
		return append(p, mirror.Port{Name: "p4", Up: mirror.True, Speed: 1e9})
	})
	l.want("s", "Unknown LoadUnknown, Unknown NotCounted")
}

func TestTheCountersTellTheLinkFirst(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	l.passes(3)
	b.state.Observation.Ports = slices.Clone(b.state.Observation.Ports)
	b.state.Observation.Ports[3].Up = mirror.False
	l.pass(step)
	if load := l.want("s", "False DestinationDown, Unknown NotWatchedYet"); load.Ends[0].Up != mirror.False {
		t.Errorf("%+v", load.Ends)
	}
}

func TestADeviceThatDoesNotAnswer(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	b.busy(1)
	b.copies(1)
	l.passes(10)
	b.fail = fmt.Errorf("%w: %w", errAway, mirror.ErrTimeout)
	l.passes(1)
	if load := l.want("s", "Unknown DeviceUnreachable, Unknown DeviceUnreachable"); !strings.Contains(load.Healthy.Message, "no answer") {
		t.Error(load.Healthy.Message)
	}
	b.fail = nil
	l.passes(8)
	l.want("s", "True Fits, True CopiesFlow")
}

// TestOversubscription begins with the third sample above 95 % of the capacity of the
// tool, and ends with the sixth below 80 %.
func TestOversubscription(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	s := l.sessions["s"]
	s.Tools = []capacity.WatchedTool{{Name: "ids", End: capacity.End{Device: "a", Port: "p4"}, Capacity: 100e6}}
	l.put(s)
	b.busy(0.5) // 81.6 Mbit/s offered
	b.copies(1)
	l.passes(10)
	l.want("s", "True Fits, True CopiesFlow")
	b.busy(1)
	b.copies(1)
	l.passes(2)
	l.want("s", "True Fits, True CopiesFlow")
	l.passes(1)
	load := l.want("s", "False Oversubscribed, True CopiesFlow")
	if !strings.Contains(load.Healthy.Message, "tool ids at a p4: offered 163.2 Mbit/s of 100 Mbit/s (capacity of tool ids)") {
		t.Error(load.Healthy.Message)
	}
	if last := l.measured[len(l.measured)-1]; !last.Over || last.Offered != 163_200_000 || last.Capacity != 100e6 || last.End.Tool != "ids" {
		t.Errorf("told: %+v", last)
	}
	b.busy(0.4)
	b.copies(1)
	l.passes(5)
	l.want("s", "False Oversubscribed, True CopiesFlow")
	l.passes(1)
	l.want("s", "True Fits, True CopiesFlow")
}

// TestOversubscriptionOutlivesAChangeOfTheCopies, as relief makes one: it ends when the
// load has been little for long enough.
func TestOversubscriptionOutlivesAChangeOfTheCopies(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	b.state.Observation.Ports[3].Speed = 120e6
	l.session("s", "a")
	b.busy(1) // 163.2 Mbit/s offered, half of it rx
	l.passes(4)
	l.want("s", "False Oversubscribed, Unknown NotWatchedYet")
	s := l.sessions["s"]
	s.Feeds = []capacity.Feed{{Session: "s", Device: "a", Native: "n2", Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}, Ends: s.Feeds[0].Ends}}
	l.put(s)
	for range 5 {
		l.pass(step)
		l.want("s", "False Oversubscribed, Unknown NotWatchedYet")
	}
	l.passes(1)
	if load, _ := l.w.Load("s"); load.Healthy.Reason != ReasonFits {
		t.Errorf("%+v", load.Healthy)
	}
}

func TestDropsGrow(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	b.busy(1)
	b.copies(1)
	l.passes(9)
	b.flow["p4"].drops = 3
	l.passes(1)
	l.want("s", "False Drops, True CopiesFlow")
	b.flow["p4"].drops = 0
	l.passes(6)
	l.want("s", "True Fits, True CopiesFlow")
}

// TestASquareWaveDoesNotFlap: load that jumps about the thresholds every few readings
// changes the condition once at most.
func TestASquareWaveDoesNotFlap(t *testing.T) {
	for _, half := range []int{1, 2, 5} { // readings
		l := newLab(t, Config{})
		b := l.box("a", mirror.CountedOutOctets)
		l.session("s", "a")
		l.look()
		changes, last := 0, ""
		for i := range 100 * 2 * half {
			b.busy(5) // 816 Mbit/s of 1 Gbit/s: neither above 95 % nor below 80 %
			if i/half%2 == 0 {
				b.busy(6) // 979 Mbit/s
			}
			b.copies(1)
			l.pass(step)
			if load, _ := l.w.Load("s"); i > 10 {
				if load.Healthy.Reason != last {
					changes++
				}
				last = load.Healthy.Reason
			}
		}
		if changes > 2 { // the first, and one more
			t.Errorf("half a period of %d readings: %d changes", half, changes)
		}
	}
}

// TestAnUpperBoundIsNoAlarm: of a filtered session nobody knows how much is copied.
func TestAnUpperBoundIsNoAlarm(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	s := l.sessions["s"]
	s.Feeds = slices.Clone(s.Feeds)
	s.Feeds[0].Filtered = true
	l.put(s)
	b.busy(7)
	b.copies(0.1)
	l.passes(40)
	l.want("s", "Unknown UpperBound, Unknown Filtered")
}

// TestAPortChannelIsSure: all that its members carry is copied.
func TestAPortChannelIsSure(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	b.state.Observation.Ports = append(b.state.Observation.Ports, mirror.Port{Name: "Po1", Up: mirror.True, LAG: true, Members: []mirror.PortName{"p1", "p2"}})
	b.flow["Po1"] = &flow{}
	l.session("s", "a")
	s := l.sessions["s"]
	s.Feeds = slices.Clone(s.Feeds)
	s.Feeds[0].Sources = []mirror.NativeSource{{Port: "Po1", Direction: mirror.Both}}
	l.put(s)
	b.busy(7) // 2 x 571.2 Mbit/s
	b.copies(0.8)
	l.passes(10)
	l.want("s", "False Oversubscribed, True CopiesLost")
}

// TestNewCopiesAreNotJudgedByOldFigures: what the sources carried before the session
// was there was not copied.
func TestNewCopiesAreNotJudgedByOldFigures(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	b.busy(1)
	l.passes(60)
	l.session("s", "a")
	b.copies(1)
	for range 12 {
		l.pass(step)
		if load, _ := l.w.Load("s"); load.Effective.State == mirror.False {
			t.Fatalf("%+v", load.Effective)
		}
	}
	l.want("s", "True Fits, True CopiesFlow")
	if p, ok := l.w.Port("a", "p1"); !ok || p.In.P95.Frames < 9_999 || p.How == "" {
		t.Errorf("what the port carried before: %+v", p)
	}
}

// TestACollectorWithoutARoute is told when a second read of the device shows it.
func TestACollectorWithoutARoute(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.put(capacity.WatchedSession{Name: "s",
		Feeds: []capacity.Feed{{Session: "s", Device: "a", Native: "n1", Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}},
			Overhead: 50, Ends: []capacity.End{{IP: "10.0.0.9"}}}},
		Natives: []capacity.WatchedNative{{Device: "a", ID: "1", Mark: "nm-1", Role: mirror.RoleERSPANSource, Collector: "10.0.0.9", Makes: true}},
		Tools:   []capacity.WatchedTool{{Name: "far", End: capacity.End{IP: "10.0.0.9"}, Capacity: 1e9}}})
	b.busy(1)
	l.passes(3)
	l.want("s", "Unknown CollectorNotSeen, Unknown NotCounted")
	read := func(waits string) {
		l.mu.Lock()
		b.state.Observation.At = l.now
		b.state.Observation.Natives = []mirror.NativeSession{{ID: "1", Waits: waits}}
		l.mu.Unlock()
		l.w.DeviceRead("a")
		l.pass(step)
	}
	read("no route to 10.0.0.9")
	l.want("s", "Unknown CollectorNotSeen, Unknown NotCounted")
	read("no route to 10.0.0.9")
	if load := l.want("s", "False CollectorUnreachable, Unknown NotCounted"); !strings.Contains(load.Healthy.Message, "a: no route to 10.0.0.9") {
		t.Error(load.Healthy.Message)
	}
	read("")
	l.want("s", "Unknown CollectorNotSeen, Unknown NotCounted")
}

func TestNothingIsKnownBeforeTheFirstRead(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	b.read = false
	l.session("s", "a")
	l.passes(2)
	l.want("s", "nothing")
	b.read = true
	l.passes(3)
	l.want("s", "True Fits, Unknown NotWatchedYet")
	delete(l.sessions, "s")
	l.w.SessionChanged("s")
	l.passes(1)
	l.want("s", "nothing")
	if loads := l.w.EndLoads(); len(loads) != 0 {
		t.Errorf("left: %+v", loads)
	}
}

// TestRelievedSourcesAreMeasured: of a session that relief has suspended nothing is on
// the devices, and what its sources carry is known all the same.
func TestRelievedSourcesAreMeasured(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	s := l.sessions["s"]
	l.put(capacity.WatchedSession{Name: "s", Asked: s.Feeds})
	b.busy(1)
	l.passes(3)
	b.busy(2)
	before := len(l.measured)
	l.passes(4)
	if n := len(l.measured) - before; n != 4 || l.measured[before].Offered != 0 || !slices.Equal(l.measured[before].Sessions, []string{"s"}) {
		t.Errorf("%d samples: %+v", n, l.measured[before:])
	}
	if in, out, known := l.w.Carried("a", "p1"); !known || in.Frames != 20e3 || out.Frames != 20e3 {
		t.Errorf("carried %v %v %v", in, out, known)
	}
}

// TestDevicesThatDoNotAnswerHoldUpNobody: more of them than there are places.
func TestDevicesThatDoNotAnswerHoldUpNobody(t *testing.T) {
	l := newLab(t, Config{Now: time.Now, Interval: 5 * time.Millisecond, Parallel: 2, Place: time.Millisecond, Timeout: time.Hour})
	l.w.desk = nil // until it runs
	for i := range 8 {
		name := fmt.Sprintf("silent-%d", i)
		l.box(name, mirror.CountedNowhere).hang = make(chan struct{})
		l.session("s-"+name, name)
	}
	l.box("good", mirror.CountedNowhere)
	l.session("s", "good")
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); l.w.Run(ctx, l) }()
	asked := func(name string) int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.asked[name]
	}
	testkit.Eventually(t, testkit.Patience, "all are asked, and the one that answers again and again", func() bool {
		for i := range 8 {
			if asked(fmt.Sprintf("silent-%d", i)) == 0 {
				return false
			}
		}
		return asked("good") > 50
	})
	for i := range 8 {
		if n := asked(fmt.Sprintf("silent-%d", i)); n != 1 {
			t.Errorf("silent-%d was asked %d times at a time", i, n)
		}
	}
	stop()
	<-over
}

// TestOneQuestionADevice: what matters of all its sessions is asked at once, and all
// ports now and then where that is cheap.
func TestOneQuestionADevice(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedSession)
	b.natives["1"] = 0
	l.session("s", "a")
	l.session("t", "a")
	l.passes(31) // five minutes
	all := 0
	for _, ask := range l.asks {
		if !slices.Equal(ask.Ports, []mirror.PortName{"p1", "p4"}) || !ask.Natives {
			t.Errorf("asked %+v", ask)
		}
		if ask.All {
			all++
		}
	}
	if len(l.asks) != 31 || all != 2 {
		t.Errorf("%d questions, %d of all ports", len(l.asks), all)
	}
	b.info.Cheap = false
	l.w.DeviceChanged("a")
	l.asks = nil
	l.passes(60)
	if i := slices.IndexFunc(l.asks, func(a mirror.CounterAsk) bool { return a.All }); i >= 0 {
		t.Error("where it is dear all ports are read")
	}
}
