package metrics

import (
	"context"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Sources are what is asked at each scrape.
type Sources struct {
	Engine interface {
		Figures(ctx context.Context) (engine.Figures, error)
	}
	Store interface{ Size() (int64, error) }
}

// A state is the state of everything at one scrape, as a collector.
type state struct {
	figures  engine.Figures
	readable bool
	size     int64
}

// look asks the sources. What cannot be read is left out, so that the rest, the
// store's failures among it, is still seen.
func (m *Metrics) look(ctx context.Context, from Sources) state {
	var s state
	var err error
	if s.figures, err = from.Engine.Figures(ctx); err != nil {
		m.log.Error("metrics", "err", err)
	}
	s.readable = err == nil
	if s.size, err = from.Store.Size(); err != nil {
		m.log.Error("metrics", "err", err)
	}
	return s
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// What is told of the state.
var (
	readable   = describe("state_readable", "1 when sessions and devices could be read for this scrape; 0 = what would be told of them is missing.")
	heldBack   = describe("controller_held_back", "1 while nothing is pushed to any device: observe mode, or after a restore.")
	queue      = describe("rollout_queue_length", "Sessions that wait for the next step of their rollout.")
	connecting = describe("devices_connecting", "Devices that are being connected to.")
	storeSize  = describe("store_size_bytes", "Size of the database with its log.")

	sessions   = describe("sessions", "Sessions by phase.", "phase")
	conditions = describe("sessions_by_condition", "Sessions by the status of each condition.", "condition", "status")
	faults     = describe("session_condition_false", "Always 1; there for each condition of a session that is False.", "session", "condition", "reason")
	relief     = describe("session_relief_steps", "Steps by which a session is relieved now; there while it is, or is pinned.", "session", "pinned")

	reachable  = describe("device_reachable", "1 when the device answered the last time, 0 when it did not; missing before it was tried.", "device", "platform")
	lastRead   = describe("device_last_read_timestamp_seconds", "When the device was last read well.", "device", "platform")
	nativeUsed = describe("device_native_sessions", "Native sessions, those of others included, that count against the limit that is full first.", "device", "platform")
	nativeMax  = describe("device_native_sessions_limit", "That limit; missing where none is known.", "device", "platform")
	unsaved    = describe("device_unsaved_changes", "Changes of ours that are not saved on the device.", "device", "platform")
	brake      = describe("device_brake", "Always 1; there while drift repairs of the device have stopped and wait for an operator.", "device", "platform", "scope")
)

// Of where copies go. destination is the tool, else DEVICE:INTERFACE, else the address;
// link tells links between switches that copies pass from destinations.
var (
	ends     = []string{"destination", "device", "interface", "link"}
	offered  = describe("destination_offered_bits_per_second", "What the sources feed to a destination, on the wire, with encapsulation; missing before it was measured.", ends...)
	takes    = describe("destination_capacity_bits_per_second", "What a destination can take; missing where it is not known.", ends...)
	sent     = describe("destination_sent_bits_per_second", "What leaves a destination port, on the wire.", ends...)
	dropped  = describe("destination_dropped_frames_per_second", "Frames that a destination port discards instead of sending.", ends...)
	over     = describe("destination_oversubscribed", "1 while more is offered than the destination can take, with hysteresis.", ends...)
	upOf     = describe("destination_up", "1 while the link of a destination port is up, by the rule of its platform; missing where that is not known.", ends...)
	own      = describe("session_offered_bits_per_second", "The part of one session in what is offered to a destination.", append([]string{"session"}, ends...)...)
	delivery = describe("session_delivery_ratio", "Copies counted by copies expected, in frames, over a minute or more; missing where nobody can tell.", "session", "device", "interface", "native_id")
)

// Describe describes nothing: what is there differs from scrape to scrape, and the
// registry is made for one.
func (s state) Describe(chan<- *prometheus.Desc) {}

// Collect tells the state.
func (s state) Collect(out chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		for i, l := range labels {
			labels[i] = strings.ToValidUTF8(l, "\ufffd") // a port may be called anything
		}
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	tell(readable, number(s.readable))
	tell(storeSize, float64(s.size))
	if !s.readable {
		return
	}
	tell(heldBack, number(s.figures.Held))
	tell(queue, float64(s.figures.Queue))
	tell(connecting, float64(s.figures.Connecting))
	s.sessions(tell)
	s.loads(tell)
	for _, d := range s.figures.Devices {
		device(d, tell)
	}
	s.outlets(tell, out)
}

type teller func(d *prometheus.Desc, v float64, labels ...string)

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (s state) sessions(tell teller) {
	sums := s.figures.Sessions
	for _, p := range mirror.Phases {
		tell(sessions, float64(sums.Phases[p]), string(p))
	}
	for _, typ := range mirror.ConditionTypes {
		for _, status := range []mirror.State{mirror.True, mirror.False, mirror.Unknown} {
			tell(conditions, float64(sums.Conditions[typ][status]), typ, string(status))
		}
	}
	for _, f := range sums.Faults {
		tell(faults, 1, f.Session, f.Condition, f.Reason)
	}
	for _, r := range sums.Relieved {
		tell(relief, float64(r.Steps), r.Session, strconv.FormatBool(r.Pinned))
	}
}

func device(d engine.DeviceView, tell teller) {
	name, platform := d.Device.Name, d.Device.Platform
	if st := d.State.Reachable.State; st == mirror.True || st == mirror.False {
		tell(reachable, number(st == mirror.True), name, platform)
	}
	if at := d.State.Observation.At; !at.IsZero() {
		tell(lastRead, float64(at.UnixMilli())/1000, name, platform)
	}
	if d.Binding.Max > 0 {
		tell(nativeUsed, float64(d.Binding.Used), name, platform)
		tell(nativeMax, float64(d.Binding.Max), name, platform)
	} else if !d.State.Observation.At.IsZero() {
		tell(nativeUsed, float64(len(d.State.Observation.Natives)), name, platform)
	}
	tell(unsaved, float64(len(d.State.Unsaved)), name, platform)
	if b := d.State.Brake; b != nil {
		tell(brake, 1, name, platform, b.Scope)
	}
}
