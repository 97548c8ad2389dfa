package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// The frames of these tests: on the wire each takes 20 octets more.
const (
	frameOctets = 1442
	frameBits   = (frameOctets + 20) * 8
)

// watchedSite is a site whose counters are read often. Open vSwitch itself brings them up
// to date every 5 s, and takes no shorter interval.
func watchedSite(t *testing.T, more ...string) *site {
	t.Helper()
	testkit.Need(t, "tc")
	return newSite(t, append([]string{"--resync", "1h", "--watch-interval", "500ms"}, more...)...)
}

// host adds one to the site's bridge.
func (s *site) host(name string, number int) *ovslab.Host {
	s.t.Helper()
	h, err := s.lab.AddHost(s.t.Context(), s.bridge, name, fmt.Sprintf("10.20.0.%d/24", number))
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

// stream sends so many bits a second on the wire from one host to another, until it is
// stopped or the test ends.
func (s *site) stream(from, to *ovslab.Host, bitsPerSecond float64) (sends *ovslab.Stream, stop func()) {
	s.t.Helper()
	sends, err := from.StartStream(to, 9000, frameOctets, bitsPerSecond/frameBits)
	if err != nil {
		s.t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := sends.Close(); err != nil {
			s.t.Error(err)
		}
	}
	s.t.Cleanup(stop)
	return sends, stop
}

// meter counts the frames of streams at a host.
func (s *site) meter(h *ovslab.Host) *ovslab.Meter {
	s.t.Helper()
	m, err := h.StartMeter(frameOctets)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = m.Close() })
	return m
}

// forget has the switch look at all flows anew, see ovslab.Lab.ForgetFlows.
func (s *site) forget() {
	s.t.Helper()
	if err := s.lab.ForgetFlows(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// A loadAnswer is what the tests look at of a session's load.
type loadAnswer struct {
	Ends []struct {
		Interface         string
		Offered, Capacity uint64
		CapacityFrom      string
		Oversubscribed    bool
	}
	Copies []struct {
		Interface, CountedAt, State, Reason string
		Ratio                               *float64
		From, To                            time.Time
	}
	History []struct {
		At   time.Time
		Ends []struct {
			Interface string
			Offered   float64
		}
	}
}

func (s *site) load(session string) (l loadAnswer) {
	s.t.Helper()
	s.call("GET", "/sessions/"+session+"/load?history=hour", "", 200).into(s.t, &l)
	return l
}

// near reports whether two figures differ by 5 % at most.
func near(got, want float64) bool { return math.Abs(got-want) <= 0.05*want }

// offeredAsSent waits until what is told of the last minute is what was sent: a reading
// that a busy machine made late makes a minute wrong.
func (s *site) offeredAsSent(session string, streams ...*ovslab.Stream) {
	s.t.Helper()
	last := ""
	defer func() { s.t.Log(last) }()
	s.slowly("what was sent is told", func() (right bool) {
		last, right = s.offered(session, streams)
		return right
	})
}

func (s *site) offered(session string, streams []*ovslab.Stream) (told string, asSent bool) {
	s.t.Helper()
	l := s.load(session)
	last := len(l.History) - 1
	for last >= 0 && len(l.History[last].Ends) == 0 {
		last--
	}
	if last < 0 {
		return session + ": no history", false
	}
	to, from, sum := l.History[last].At, l.History[last].At, 0.0
	for i := last; i > 0 && to.Sub(from) < time.Minute; i-- {
		at, before := l.History[i], i-1
		if len(at.Ends) == 0 {
			continue
		}
		for before > 0 && len(l.History[before].Ends) == 0 {
			before--
		}
		from = l.History[before].At
		sum += at.Ends[0].Offered * at.At.Sub(from).Seconds()
	}
	frames := 0
	for _, x := range streams {
		n, _ := x.Between(from, to)
		frames += n
	}
	seconds := to.Sub(from).Seconds()
	return fmt.Sprintf("%s: %.0f bit/s offered and %.0f sent in %.1f s", session, sum/seconds, float64(frames)*frameBits/seconds, seconds),
		seconds >= 60 && near(sum, float64(frames)*frameBits)
}

// ratioAsCaptured waits until the delivery ratio is what was captured at the destination.
func (s *site) ratioAsCaptured(session string, sent *ovslab.Stream, seen *ovslab.Meter) {
	s.t.Helper()
	last := ""
	defer func() { s.t.Log(last) }()
	s.slowly("the ratio is what was captured", func() (right bool) {
		last, right = s.ratio(session, sent, seen)
		return right
	})
}

func (s *site) ratio(session string, sent *ovslab.Stream, seen *ovslab.Meter) (said string, right bool) {
	s.t.Helper()
	told := 0
	for _, c := range s.load(session).Copies {
		if c.CountedAt != "out-counters" || c.Ratio == nil {
			continue
		}
		told++
		expected, _ := sent.Between(c.From, c.To)
		came, _ := seen.Between(c.From, c.To)
		want := float64(came) / float64(expected)
		said = fmt.Sprintf("%s: delivery ratio %.3f in %v, captured %d of %d copies = %.3f", session, *c.Ratio, c.To.Sub(c.From), came, expected, want)
		right = c.To.Sub(c.From) >= time.Minute && math.Abs(*c.Ratio-want) <= 0.05
	}
	if told != 1 {
		return fmt.Sprintf("%s: %d ratios of what left the destination", session, told), false
	}
	return said, right
}

// condition is one of a session, as a cheap look: these waits take a minute.
func (s *site) condition(session, typ string) string {
	for _, c := range s.session(session).Status.Conditions {
		if c.Type == typ {
			return c.Status + " " + c.Reason
		}
	}
	return ""
}

// slowly waits for what takes long, without asking all the time.
func (s *site) slowly(what string, is func() bool) {
	s.t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	testkit.Eventually(s.t, 2*patience, what, func() bool { <-tick.C; return is() })
}

func (s *site) willBe(session, typ, want string) {
	s.t.Helper()
	s.slowly(fmt.Sprintf("%s of %s is %s", typ, session, want), func() bool { return s.condition(session, typ) == want })
}

// TestLoadOfRealPackets: real frames at a known pace through a real switch, everything of
// one and a half minutes at once. A tool of 10 Mbit/s gets 25; a session measures a stream
// without loss, others behind ports that the kernel lets a part of it through or nothing
// (tc), and one has idle sources.
func TestLoadOfRealPackets(t *testing.T) {
	t.Parallel()
	s := watchedSite(t, "--relief-hold", "20s")
	source, peer := s.a, s.b
	c, d := s.host("c", 11), s.host("d", 12)
	whole, part, lost, idle := s.host("whole", 13), s.host("part", 14), s.host("lost", 15), s.host("idle", 16)
	still := s.host("still", 17)
	s.start()
	s.addDevice()
	for _, tool := range []struct {
		name     string
		h        *ovslab.Host
		capacity int // ids-2 takes what enters the source, and not all, by far
	}{{"ids-1", s.tool, 10e6}, {"ids-2", s.tool2, 16e6}} {
		s.call("PUT", "/tools/"+tool.name, fmt.Sprintf(`{"device":"sw1","interface":%q,"capacity":%d}`, tool.h.Port, tool.capacity), 201)
	}
	toTool := func(tool, more string) string {
		return fmt.Sprintf(`{"sources":[{"device":"sw1","interface":%q}],"destinations":[{"tool":%q}]%s}`, source.Port, tool, more)
	}
	relieved := toTool("ids-1", `,"onOverload":{"action":"relieve","ladder":["rx-only"]}`)
	s.call("PUT", "/sessions/watched", relieved, 201)
	s.call("PUT", "/sessions/whole", body(whole, c.Port+" rx"), 201)
	s.call("PUT", "/sessions/part", body(part, c.Port+" rx"), 201)
	s.call("PUT", "/sessions/lost", body(lost, c.Port+" rx"), 201)
	s.call("PUT", "/sessions/idle", body(idle, still.Port+" both"), 201)
	configured := s.dump()
	for from, to := range map[*ovslab.Host]*ovslab.Host{source: peer, c: d} {
		if err := s.lab.Reach(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
	}
	const measured = 4e6
	if err := s.lab.Narrow(t.Context(), part, measured/4); errors.Is(err, ovslab.ErrNoShaping) {
		testkit.Skip(t, "a kernel with sch_tbf")
	} else if err != nil {
		t.Fatal(err)
	}
	if err := s.lab.Drop(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	atTool, atWhole, atPart, atLost := s.meter(s.tool), s.meter(whole), s.meter(part), s.meter(lost)
	s.forget()
	stream, _ := s.stream(c, d, measured)
	in, stopIn := s.stream(source, peer, 6e6)
	out, stopOut := s.stream(peer, source, 19e6)

	s.willBe("watched", "DestinationHealthy", "False Oversubscribed")
	s.refusedByLoad(toTool("ids-2", ""))
	s.tells("ReliefTaken", "watched", "with rx-only it will be")
	s.slowly("relief takes what leaves the source off the native session", func() bool {
		return !strings.Contains(s.mirrorOf(s.tool), source.Port+" tx")
	})
	s.forget()
	s.willBe("watched", "DestinationHealthy", "True Fits")
	s.onlyEntered(atTool, in, out)
	stopIn()
	stopOut()
	// Nearly nothing: counters that stand still may only be late.
	s.stream(source, peer, 20*frameBits)

	s.willBe("whole", "Effective", "True CopiesFlow")
	s.willBe("part", "Effective", "True CopiesLost")
	s.willBe("lost", "Effective", "False CopiesNotFlowing")
	if got := s.session("lost").Status.Phase; got != "Degraded" {
		t.Errorf("a session without copies is %s", got)
	}
	s.offeredAsSent("whole", stream)
	s.ratioAsCaptured("whole", stream, atWhole)
	s.ratioAsCaptured("part", stream, atPart)
	if n := atLost.Frames(); n != 0 {
		t.Errorf("%d frames came through a port that lets none through", n)
	}
	s.willBe("idle", "Effective", "Unknown SourcesIdle")
	if s.raised("idle", "CopiesNotFlowing") {
		t.Error("idle sources raised CopiesNotFlowing")
	}

	s.tells("ReliefReleased", "watched", "in force: nothing, it is as asked")
	s.slowly("the session is again as asked", func() bool { return sameMirrors(configured, s.dump()) })
	s.reach("watched", "Active")
	if err := s.lab.Narrow(t.Context(), lost, 0); err != nil {
		t.Fatal(err)
	}
	s.willBe("lost", "Effective", "True CopiesFlow")
}

// raised reports whether there is an event of a session.
func (s *site) raised(session, typ string) bool {
	s.t.Helper()
	var page struct {
		Items []struct{ Type, Session string }
	}
	s.call("GET", "/events?limit=500", "", 200).into(s.t, &page)
	for _, e := range page.Items {
		if e.Session == session && e.Type == typ {
			return true
		}
	}
	return false
}

// refusedByLoad has a second session refused while its sources are busy, with a proposal
// that is then taken.
func (s *site) refusedByLoad(session string) {
	s.t.Helper()
	var p struct {
		Code      string
		Forecast  []struct{ Offered, Limit uint64 }
		Proposals []struct{ Kind string }
	}
	s.call("PUT", "/sessions/second", session, 422).into(s.t, &p)
	if p.Code != "oversubscribed" || len(p.Forecast) != 1 || p.Forecast[0].Limit != 12.8e6 || p.Forecast[0].Offered <= p.Forecast[0].Limit {
		s.t.Errorf("%+v", p)
	}
	if len(p.Proposals) == 0 || p.Proposals[0].Kind != "rx-only" {
		s.t.Errorf("proposals %+v", p.Proposals)
	}
}

// onlyEntered waits until a host gets what enters the source and no more.
func (s *site) onlyEntered(seen *ovslab.Meter, in, out *ovslab.Stream) {
	s.t.Helper()
	from, began := time.Now(), in.Frames()
	s.slowly("frames pass", func() bool { return in.Frames() > began+1000 })
	to := time.Now()
	entered, _ := in.Between(from, to)
	left, _ := out.Between(from, to)
	came, _ := seen.Between(from, to)
	if came == 0 || float64(came) > 1.05*float64(entered) {
		s.t.Errorf("%d frames came to the tool, while %d entered the source and %d left it", came, entered, left)
	}
}

// mirrorOf tells the sources of the mirror to a host: "np1 rx np1 tx".
func (s *site) mirrorOf(h *ovslab.Host) string {
	s.t.Helper()
	out := ""
	for _, name := range s.mirrors() {
		if s.portNames(s.vsctl("get", "Mirror", name, "output_port")) != h.Port {
			continue
		}
		for column, direction := range map[string]string{"select_src_port": "rx", "select_dst_port": "tx"} {
			if ports := s.portNames(s.vsctl("get", "Mirror", name, column)); ports != "" {
				out += ports + " " + direction + " "
			}
		}
	}
	return strings.TrimSpace(out)
}

// portNames are those of the port rows in a text.
func (s *site) portNames(text string) string {
	var names []string
	for _, id := range uuids.FindAllString(text, -1) {
		names = append(names, strings.Trim(s.vsctl("get", "Port", id, "name"), `"`))
	}
	return strings.Join(names, " ")
}
