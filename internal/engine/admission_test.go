package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const (
	mbit = mirror.BitsPerSecond(1e6)
	gbit = 1000 * mbit
)

// ofLoad tells the warnings of admission by load.
func ofLoad(r mirror.Reason) bool {
	return slices.Contains([]string{"load-unknown", "capacity-unknown", "upper-bound", "oversubscribed"}, r.Code)
}

// rates are what ports carry, by "device port", in frames of 1230 octets: with the 20
// of preamble and gap, 10,000 bits on the wire each.
type rates struct {
	mu    sync.Mutex
	ports map[string]capacity.Port
}

func wire(bits mirror.BitsPerSecond) capacity.Stat {
	frames := float64(bits) / 10_000
	f := capacity.Flow{Octets: frames * 1230, Frames: frames}
	return capacity.Stat{P95: f, Peak: f}
}

// carry sets what a port carries on the wire in both directions.
func (r *rates) carry(port string, in, out mirror.BitsPerSecond) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ports == nil {
		r.ports = map[string]capacity.Port{}
	}
	r.ports[port] = capacity.Port{Known: true, In: wire(in), Out: wire(out), How: "a test"}
}

func (r *rates) Port(device string, name mirror.PortName) (capacity.Port, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.ports[device+" "+string(name)]
	return p, ok
}

// speedy gives every port of a switch a speed.
func (s *fakeSwitch) speedy(speed mirror.BitsPerSecond) *fakeSwitch {
	for i := range s.ports {
		s.ports[i].Speed = speed
	}
	return s
}

// port changes a port, and watchers are told.
func (s *fakeSwitch) port(name mirror.PortName, change func(*mirror.Port)) {
	s.edit(func() {
		s.ports = slices.Clone(s.ports)
		for i := range s.ports {
			if s.ports[i].Name == name {
				change(&s.ports[i])
			}
		}
	})
}

// loaded is a bench whose ports have a speed of 1 Gbit/s and carry what r says.
func loaded(t *testing.T, r *rates, switches map[string]*fakeSwitch) *bench {
	t.Helper()
	for _, s := range switches {
		s.speedy(gbit)
		s.facts.Model = "roomy"
	}
	return newBench(t, func(c *engine.Config) { c.Rates = r }, switches)
}

// overloaded submits what must be refused for its load.
func (b *bench) overloaded(s mirror.Session) *engine.Oversubscribed {
	b.t.Helper()
	_, err := b.Submit(b.t.Context(), admin, s)
	var over *engine.Oversubscribed
	if !errors.As(err, &over) || !errors.Is(err, mirror.ErrOversubscribed) {
		b.t.Fatalf("not refused for its load: %v", err)
	}
	return over
}

func (b *bench) admitted(name string) mirror.Condition {
	b.t.Helper()
	v, err := b.Session(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	return v.Record.Condition(mirror.CondAdmitted)
}

func (b *bench) becomes(name string, state mirror.State, reason string) mirror.Condition {
	b.t.Helper()
	testkit.Eventually(b.t, patience, fmt.Sprintf("%s is admitted: %s, %s", name, state, reason), func() bool {
		c := b.admitted(name)
		return c.Status == state && c.Reason == reason
	})
	return b.admitted(name)
}

func TestWhatDoesNotFitIsRefusedWithItsArithmetic(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 500*mbit, 400*mbit)
	b := loaded(t, r, one())
	over := b.overloaded(intent("a", "sw1:d1", "sw1:p1"))
	// 500 + 400 = 900 Mbit/s against 0.8 x 1 Gbit/s.
	f := over.Forecasts[0]
	if f.Offered != 900*mbit || f.Limit != 800*mbit || f.Verdict != capacity.Refuse || len(f.Terms) != 2 || f.Terms[0].Offered != 500*mbit || f.CapacityFrom != "speed of the port" {
		t.Errorf("forecast %+v", f)
	}
	if r := over.Reasons[0]; r.Code != "oversubscribed" || r.Pointer != "/destinations/0" || !strings.Contains(r.Message, "900 Mbit/s offered") || !strings.Contains(r.Message, "0.8 of 1 Gbit/s = 800 Mbit/s") {
		t.Errorf("reason %+v", r)
	}
	if _, err := b.Session(t.Context(), "a"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("it was stored: %v", err)
	}
	if _, err := b.Plan(t.Context(), admin, intent("a", "sw1:d1", "sw1:p1")); !errors.As(err, &over) || len(over.Forecasts) != 1 {
		t.Errorf("the dry run: %v", err)
	}
	b.put(intent("a", "sw1:d1", "sw1:p1 rx"))
	v := b.reach("a", mirror.Active)
	if c := v.Record.Condition(mirror.CondAdmitted); c.Status != mirror.True || c.Reason != "Fits" || !strings.Contains(c.Message, "500 Mbit/s offered") {
		t.Errorf("condition %+v", c)
	}
	if j := v.Record.Judged; len(j) != 1 || j[0].Own != 500*mbit || j[0].Limit != 800*mbit || len(v.Record.Warnings) != 0 {
		t.Errorf("kept %+v, warnings %+v", j, v.Record.Warnings)
	}
	p, err := b.Plan(t.Context(), admin, intent("b", "sw1:d2", "sw1:p1 tx"))
	if err != nil || len(p.Forecasts) != 1 || p.Forecasts[0].Offered != 400*mbit {
		t.Errorf("a plan that fits: %+v, %v", p.Forecasts, err)
	}
}

// Of two that fit each but not together, one is accepted, whoever comes first.
func TestTwoThatDoNotFitTogetherAreNeverBothAccepted(t *testing.T) {
	r := &rates{}
	switches := one()
	for i := range 4 {
		r.carry(fmt.Sprintf("sw1 p%d", i), 300*mbit, 0)
	}
	switches["sw1"] = newSwitch("p0", "p1", "p2", "p3", "d1")
	b := loaded(t, r, switches)
	for round := range 5 {
		var wait sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wait.Go(func() {
				_, errs[i] = b.Submit(t.Context(), admin, intent(fmt.Sprintf("s%d", i), "sw1:d1", fmt.Sprintf("sw1:p%d rx", i)))
			})
		}
		wait.Wait()
		accepted := 0
		for _, err := range errs {
			switch {
			case err == nil:
				accepted++
			case !errors.Is(err, mirror.ErrOversubscribed):
				t.Error(err)
			}
		}
		if accepted != 2 { // 3 x 300 > 800
			t.Fatalf("round %d: %d of 4 were accepted: %v", round, accepted, errs)
		}
		for i, err := range errs {
			if err == nil {
				b.remove(fmt.Sprintf("s%d", i))
			}
		}
	}
}

// A source that two sessions want is copied once.
func TestASharedSourceCountsOnce(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 700*mbit, 0)
	b := loaded(t, r, one())
	b.put(intent("a", "sw1:d1", "sw1:p1 rx"))
	b.put(intent("b", "sw1:d1", "sw1:p1 rx"))
	if c := b.admitted("b"); c.Status != mirror.True || !strings.Contains(c.Message, "700 Mbit/s offered") {
		t.Errorf("condition %+v", c)
	}
}

func TestAToolSaysHowMuchItTakes(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 50*mbit, 40*mbit)
	b := loaded(t, r, one())
	tool := func(t mirror.Tool) {
		b.t.Helper()
		t.Name, t.Device, t.Interface = "ids", "sw1", "d1"
		if _, _, err := b.PutTool(b.t.Context(), admin, t); err != nil {
			b.t.Fatal(err)
		}
	}
	to := func(name string, admission *mirror.Admission) mirror.Session {
		s := intent(name, "sw1:d1", "sw1:p1")
		s.Destinations, s.Admission = []mirror.Destination{{Tool: "ids"}}, admission
		return s
	}
	tool(mirror.Tool{Capacity: 100 * mbit})
	f := b.overloaded(to("a", nil)).Forecasts[0]
	if f.CapacityFrom != "capacity of tool ids" || f.Limit != 80*mbit || f.End.Tool != "ids" {
		t.Errorf("forecast %+v", f)
	}
	if f := b.overloaded(intent("a", "sw1:d1", "sw1:p1")).Forecasts[0]; f.End.Tool != "ids" {
		t.Errorf("the port of the tool, named as a port: %+v", f)
	}
	tool(mirror.Tool{Capacity: 100 * mbit, MaxUtilization: 0.95})
	if f := b.overloaded(to("a", &mirror.Admission{MaxUtilization: 0.5})).Forecasts[0]; f.Limit != 50*mbit {
		t.Errorf("the smaller of both shares counts: %+v", f)
	}
	b.put(to("a", nil)) // 90 against 95
	b.becomes("a", mirror.True, "Fits")

	// The tool takes less from now on: nobody is evicted, and it is told.
	tool(mirror.Tool{Capacity: 100 * mbit, MaxUtilization: 0.5})
	b.becomes("a", mirror.False, "Oversubscribed")
	if b.phase("a") != mirror.Active || b.switches["sw1"].sources("d1") != "p1 both" || len(b.events("AdmissionChanged")) == 0 {
		t.Errorf("phase %s, on the switch %q", b.phase("a"), b.switches["sw1"].sources("d1"))
	}
	tool(mirror.Tool{Capacity: 10 * gbit, MaxUtilization: 0.5}) // the port is slower than the tool
	if c := b.becomes("a", mirror.True, "Fits"); !strings.Contains(c.Message, "speed of the port") {
		t.Errorf("condition %+v", c)
	}
}

func TestAdmissionFollowsLinksAndSessions(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 300*mbit, 0)
	r.carry("sw1 p2", 300*mbit, 400*mbit)
	b := loaded(t, r, one())
	b.put(intent("a", "sw1:d1", "sw1:p1 rx"))
	b.becomes("a", mirror.True, "Fits")
	sw := b.switches["sw1"]

	// Another session goes over the limit by its user's will: that is told of both.
	s := intent("b", "sw1:d1", "sw1:p2")
	s.Admission = &mirror.Admission{Mode: mirror.AdmissionWarn}
	b.put(s)
	if v := b.reach("b", mirror.Active); !slices.ContainsFunc(v.Record.Warnings, func(r mirror.Reason) bool { return r.Code == "oversubscribed" }) {
		t.Errorf("warnings %+v", v.Record.Warnings)
	}
	b.becomes("a", mirror.False, "Oversubscribed")
	b.becomes("b", mirror.False, "Oversubscribed")
	b.remove("b")
	b.becomes("a", mirror.True, "Fits")

	// The link of the destination becomes slower, and fast again.
	sw.port("d1", func(p *mirror.Port) { p.Speed = 100 * mbit })
	b.settle("sw1")
	b.becomes("a", mirror.False, "Oversubscribed")
	sw.port("d1", func(p *mirror.Port) { p.Speed = gbit })
	b.settle("sw1")
	b.becomes("a", mirror.True, "Fits")
	if sw.sources("d1") != "p1 rx" {
		t.Errorf("on the switch: %s", sw.sources("d1"))
	}
}

// Who asks for no more than there is is let be; who asks for more is refused.
func TestNobodyIsRefusedForWhatOthersAskedForSince(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 300*mbit, 200*mbit)
	r.carry("sw1 p2", 500*mbit, 0)
	b := loaded(t, r, one())
	b.put(intent("a", "sw1:d1", "sw1:p1 rx"))
	s := intent("b", "sw1:d1", "sw1:p2 rx")
	s.Admission = &mirror.Admission{Mode: mirror.AdmissionWarn}
	b.put(s)
	r.carry("sw1 p2", 900*mbit, 0)

	a := intent("a", "sw1:d1", "sw1:p1 rx")
	a.Description = "still the same copies"
	b.put(a)
	v := b.reach("a", mirror.Active)
	if c := v.Record.Condition(mirror.CondAdmitted); c.Status != mirror.False || v.Record.Session.Description == "" ||
		!slices.ContainsFunc(v.Record.Warnings, func(r mirror.Reason) bool { return r.Code == "oversubscribed" }) {
		t.Errorf("condition %+v, warnings %+v", c, v.Record.Warnings)
	}
	b.overloaded(intent("a", "sw1:d1", "sw1:p1"))
	stricter := a
	stricter.Admission = &mirror.Admission{MaxUtilization: 0.1}
	b.overloaded(stricter)

	// Off and on again it is a new request.
	a.Enabled = false
	b.put(a)
	a.Enabled = true
	b.overloaded(a)
}

func TestUnknownLoadWarnsAndNeverRefuses(t *testing.T) {
	r := &rates{}
	b := loaded(t, r, one())
	b.put(intent("a", "sw1:d1", "sw1:p1", "sw1:p2"))
	v := b.reach("a", mirror.Active)
	if c := v.Record.Condition(mirror.CondAdmitted); c.Status != mirror.Unknown || c.Reason != "LoadUnknown" || !strings.Contains(c.Message, "a rate takes two readings") {
		t.Errorf("condition %+v", c)
	}
	if !slices.ContainsFunc(v.Record.Warnings, func(r mirror.Reason) bool { return r.Code == "load-unknown" && r.Pointer == "/destinations/0" }) {
		t.Errorf("warnings %+v", v.Record.Warnings)
	}
	// At worst, two ports in both directions are 4 Gbit/s.
	s := intent("b", "sw1:d2", "sw1:p1", "sw1:p2")
	s.Admission = &mirror.Admission{Basis: mirror.BasisWorstCase}
	if f := b.overloaded(s).Forecasts[0]; f.Basis != mirror.BasisWorstCase || f.Offered != 4*gbit {
		t.Errorf("forecast %+v", f)
	}
	s.Admission = &mirror.Admission{Mode: mirror.AdmissionOff}
	b.put(s)
	if c := b.admitted("b"); c.Status != mirror.Unknown || c.Reason != "AdmissionOff" {
		t.Errorf("condition %+v", c)
	}
	b.switches["sw1"].port("d2", func(p *mirror.Port) { p.Speed = 0 })
	r.carry("sw1 p3", mbit, mbit)
	b.remove("b")
	b.put(intent("c", "sw1:d2", "sw1:p3"))
	if c := b.admitted("c"); c.Status != mirror.Unknown || c.Reason != "CapacityUnknown" {
		t.Errorf("condition %+v", c)
	}
}

// Of a port that nobody watches, the counters are read once while the devices are read,
// and the device's own means are taken and remembered.
func TestAdmissionReadsTheMeansOfTheDevice(t *testing.T) {
	switches := one()
	mean := func(bits mirror.BitsPerSecond) mirror.MeanRate {
		frames := float64(bits) / 10_000 // as of wire
		return mirror.MeanRate{Bits: mirror.BitsPerSecond(frames * 1230 * 8), Packets: frames, Over: 300 * time.Second}
	}
	sw := switches["sw1"]
	sw.means = map[mirror.PortName][2]mirror.MeanRate{"p1": {mean(500 * mbit), mean(400 * mbit)}, "p2": {mean(mbit), mean(mbit)}}
	b := loaded(t, &rates{}, switches)
	polls := func() int { sw.mu.Lock(); defer sw.mu.Unlock(); return sw.polls }

	s := intent("z", "sw1:d2", "sw1:p1")
	s.Admission = &mirror.Admission{Mode: mirror.AdmissionOff}
	b.put(s)
	s.Name, s.Admission = "y", &mirror.Admission{Mode: mirror.AdmissionWarn, Basis: mirror.BasisWorstCase}
	b.put(s)
	if n := polls(); n != 0 {
		t.Errorf("%d polls where no load is measured", n)
	}
	f := b.overloaded(intent("a", "sw1:d1", "sw1:p1")).Forecasts[0]
	if f.Offered != 900*mbit || f.Terms[0].How != "the device's own mean over 5 minutes" {
		t.Errorf("forecast %+v", f)
	}
	b.put(intent("a", "sw1:d1", "sw1:p1 rx"))
	if n := polls(); n != 1 {
		t.Errorf("%d polls of one port", n)
	}
	b.put(intent("b", "sw1:d1", "sw1:p2"))
	if n := polls(); n != 2 {
		t.Errorf("%d polls of two ports", n)
	}
	if c := b.admitted("b"); c.Status != mirror.True || !strings.Contains(c.Message, "502 Mbit/s offered") {
		t.Errorf("condition %+v", c)
	}
}

// A port-channel is as fast as its members together that are up.
func TestAPortChannelIsAsFastAsItsMembers(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 900*mbit, 600*mbit)
	sw := newSwitch("p1", "m1", "m2", "po1")
	b := loaded(t, r, map[string]*fakeSwitch{"sw1": sw})
	sw.port("po1", func(p *mirror.Port) { p.Members, p.Speed = []mirror.PortName{"m1", "m2"}, 0 })
	b.put(intent("a", "sw1:po1", "sw1:p1")) // 1.5 against 1.6 Gbit/s
	if c := b.admitted("a"); c.Status != mirror.True || !strings.Contains(c.Message, "0.8 of 2 Gbit/s") || !strings.Contains(c.Message, "speed of its 2 members") {
		t.Errorf("condition %+v", c)
	}
	sw.port("m2", func(p *mirror.Port) { p.Up = mirror.False })
	b.settle("sw1")
	if c := b.becomes("a", mirror.False, "Oversubscribed"); !strings.Contains(c.Message, "speed of 1 of its 2 members") {
		t.Errorf("condition %+v", c)
	}
}

// What a VLAN carries is at most what its ports do: that warns.
func TestAnUpperBoundWarns(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 900*mbit, 100*mbit)
	b := loaded(t, r, one())
	s := intent("a", "sw1:d1", "sw1:p1")
	s.FilterVLANs = []int{7}
	b.put(s)
	v := b.reach("a", mirror.Active)
	if c := v.Record.Condition(mirror.CondAdmitted); c.Status != mirror.Unknown || c.Reason != "UpperBound" ||
		!slices.ContainsFunc(v.Record.Warnings, func(r mirror.Reason) bool { return r.Code == "upper-bound" }) {
		t.Errorf("condition %+v, warnings %+v", c, v.Record.Warnings)
	}
}

// The links between switches carry the copies of an RSPAN session beside all else.
func TestALinkOfAnRSPANPathIsAnEnd(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 300*mbit, 0)
	r.carry("sw1 t1", 0, 600*mbit)
	switches := map[string]*fakeSwitch{"sw1": newSwitch("p1", "t1"), "sw2": newSwitch("t1", "t2"), "sw3": newSwitch("t1", "d1")}
	b := loaded(t, r, switches)
	s := intent("a", "sw3:d1", "sw1:p1 rx")
	s.Kind = mirror.KindRSPAN
	s.RSPAN = &mirror.RSPAN{VLAN: 900, Transit: []mirror.Transit{{Device: "sw1", Trunks: []string{"t1"}}, {Device: "sw2", Trunks: []string{"t1", "t2"}}, {Device: "sw3", Trunks: []string{"t1"}}}}
	over := b.overloaded(s)
	// 300 Mbit/s in frames of 1230 octets are 301 with the tag; with 600 of its own.
	i := slices.IndexFunc(over.Forecasts, func(f capacity.Forecast) bool { return f.Verdict == capacity.Refuse })
	f := over.Forecasts[i]
	if !f.End.Link || f.End.Device != "sw1" || f.End.Port != "t1" || f.Offered != 600*mbit+300*mbit*1254/1250 || over.Reasons[0].Pointer != "/rspan/transit/0/trunks/0" {
		t.Errorf("forecast %+v, reasons %+v", f, over.Reasons)
	}
	r.carry("sw1 t1", 0, 100*mbit)
	b.put(s)
	v := b.reach("a", mirror.Active)
	var links []string
	for _, j := range v.Record.Judged {
		links = append(links, j.Where()+" "+string(j.Admitted))
	}
	if got := strings.Join(links, ", "); got != "sw3 d1 True, link sw1 t1 True, link sw2 t1 Unknown, link sw2 t2 Unknown" {
		t.Errorf("judged: %s", got)
	}
}

// What is taken over as it stands is judged like anything that is asked for.
func TestAdoptionIsJudged(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 900*mbit, 600*mbit)
	b := loaded(t, r, one())
	sw := b.switches["sw1"]
	sw.foreign("theirs", "d2", "p1")
	sw.edit(func() {
		n := sw.natives["theirs"]
		n.Spec.Options = mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}
		sw.natives["theirs"] = n
	})
	_, err := b.Adopt(t.Context(), admin, "sw1", "theirs", mirror.Session{Name: "a"})
	var over *engine.Oversubscribed
	if !errors.As(err, &over) || over.Forecasts[0].Offered != 1500*mbit {
		t.Fatalf("not refused for its load: %v", err)
	}
	if _, err := b.Adopt(t.Context(), admin, "sw1", "theirs", mirror.Session{Name: "a", Admission: &mirror.Admission{Mode: mirror.AdmissionWarn}}); err != nil {
		t.Fatal(err)
	}
	if c := b.admitted("a"); c.Status != mirror.False || c.Reason != "Oversubscribed" {
		t.Errorf("condition %+v", c)
	}
}

// A lease that is renewed in time asks for nothing new.
func TestARenewalInTimeIsNotRefusedForLoad(t *testing.T) {
	r := &rates{}
	r.carry("sw1 p1", 300*mbit, 0)
	b := loaded(t, r, one())
	s := intent("a", "sw1:d1", "sw1:p1 rx")
	s.Lease = &mirror.Lease{Duration: time.Hour}
	b.put(s)
	r.carry("sw1 p1", 900*mbit, 0)
	if _, err := b.Renew(t.Context(), admin, "a", nil); err != nil {
		t.Errorf("renewed in time: %v", err)
	}
	if c := b.admitted("a"); c.Status != mirror.False || c.Reason != "Oversubscribed" {
		t.Errorf("condition %+v", c)
	}
}
