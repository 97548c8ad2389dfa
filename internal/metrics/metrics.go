package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/hints"
	"github.com/netmirror/netmirror/internal/worker"
)

const namespace = "netmirror"

// Buckets, in seconds: from a switch on the same desk to one that thinks for minutes,
// and from a read in memory to a disk that hangs.
var (
	deviceBuckets = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300}
	storeBuckets  = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}
)

// Metrics counts what happens in one controller. It is the meter of its engine and of
// its store.
type Metrics struct {
	registry *prometheus.Registry
	log      *slog.Logger

	deeds        map[worker.Deed]*prometheus.HistogramVec
	failures     *prometheus.CounterVec
	roundTrips   *prometheus.CounterVec
	transactions *prometheus.HistogramVec
	storeFaults  prometheus.Counter
	storeOpened  prometheus.Gauge
	events       *prometheus.CounterVec
	verdicts     *prometheus.CounterVec
	unbelieved   *prometheus.CounterVec
}

// Expect has the counters of platforms begin at 0: of one that begins at 1, Prometheus
// does not see that anything happened.
func (m *Metrics) Expect(platforms ...string) {
	for _, p := range platforms {
		m.roundTrips.WithLabelValues(p)
		for _, deed := range worker.Deeds {
			for _, k := range kinds {
				m.failures.WithLabelValues(p, string(deed), k.word)
			}
			m.failures.WithLabelValues(p, string(deed), otherKind)
		}
	}
}

// New counts from now on, for a version of netmirror. Nothing of it is global: two of
// them in one process know nothing of each other.
func New(version string, log *slog.Logger) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), log: log, deeds: map[worker.Deed]*prometheus.HistogramVec{}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "Always 1; the labels tell what runs.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(build)
	for deed, help := range map[worker.Deed]string{
		worker.Connect: "Time to connect to a device, login included, failed attempts too.",
		worker.Observe: "Time to read a device, failed attempts too.",
		worker.Push:    "Time to push changes to a device, failed attempts too; without the read that verifies them.",
		worker.Save:    "Time to save a device's running configuration, failed attempts too.",
		worker.Count:   "Time to read counters of a device, failed attempts too.",
	} {
		name := string(deed)
		if deed == worker.Count {
			name = "poll"
		}
		m.deeds[deed] = m.histogram(name+"_duration_seconds", help, deviceBuckets, "platform")
	}
	m.failures = m.counter("device_failures_total", "Attempts to connect to, read, change or save a device that failed.", "platform", "operation", "kind")
	m.roundTrips = m.counter("round_trips_total", "Questions and pushes whose answer a device was waited for.", "platform")
	m.transactions = m.histogram("store_transaction_duration_seconds", "Time of a transaction of the store, waiting for others included.", storeBuckets, "kind")
	m.storeFaults = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "store_failures_total", Help: "Transactions that failed because the store cannot be read or written."})
	m.storeOpened = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "store_open_duration_seconds", Help: "Time that opening the store took at the start, migrations included."})
	m.registry.MustRegister(m.storeFaults, m.storeOpened)
	m.events = m.counter("events_total", "Events by type, as the API lists them.", "type")
	m.verdicts = m.counter("admission_verdicts_total", "What was said of the predicted load of intents that were to be stored: dry runs and intents that want no verdict are not counted.", "verdict")
	for _, v := range []capacity.Verdict{capacity.Admit, capacity.Warn, capacity.Refuse} {
		m.verdicts.WithLabelValues(string(v))
	}
	m.unbelieved = m.counter("snmp_notifications_refused_total", "SNMP notifications of version 3 that are not believed; the question of a sender for our engine is one of an unknown engine.", "reason")
	for r := range hints.Refusals {
		m.unbelieved.WithLabelValues(string(r))
	}
	for _, kind := range []string{"read", "write"} {
		m.transactions.WithLabelValues(kind)
	}
	return m
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

// Dealt counts a deed with a device, see worker.Meter.
func (m *Metrics) Dealt(deed worker.Deed, platform string, took time.Duration, err error) {
	m.deeds[deed].WithLabelValues(platform).Observe(took.Seconds())
	if err != nil {
		m.failures.WithLabelValues(platform, string(deed), kindOf(err)).Inc()
	}
}

// RoundTrip counts one, see worker.Meter.
func (m *Metrics) RoundTrip(platform string) { m.roundTrips.WithLabelValues(platform).Inc() }

// Transaction counts one, see store.Meter.
func (m *Metrics) Transaction(writes bool, took time.Duration, failed bool) {
	kind := "read"
	if writes {
		kind = "write"
	}
	m.transactions.WithLabelValues(kind).Observe(took.Seconds())
	if failed {
		m.storeFaults.Inc()
	}
}

// Event counts one, see store.Meter.
func (m *Metrics) Event(typ string) { m.events.WithLabelValues(typ).Inc() }

// Decided counts a verdict, see engine.Meter.
func (m *Metrics) Decided(v capacity.Verdict) { m.verdicts.WithLabelValues(string(v)).Inc() }

// Unbelieved counts a notification of SNMP version 3 that is not believed.
func (m *Metrics) Unbelieved(r hints.Refusal) { m.unbelieved.WithLabelValues(string(r)).Inc() }

// StoreOpened says how long opening the store took.
func (m *Metrics) StoreOpened(took time.Duration) { m.storeOpened.Set(took.Seconds()) }

// Handler answers scrapes with everything that was counted and what the sources tell
// now, in the format that the client asks for. Who may ask is not its business.
func (m *Metrics) Handler(from Sources) http.Handler {
	opts := promhttp.HandlerOpts{EnableOpenMetrics: true, ErrorLog: complaints{m.log}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A registry of this scrape's own: what is told in it belongs to one moment.
		now := prometheus.NewRegistry()
		now.MustRegister(m.look(r.Context(), from))
		promhttp.HandlerFor(prometheus.Gatherers{m.registry, now}, opts).ServeHTTP(w, r)
	})
}

// complaints are what the library has to complain of.
type complaints struct{ log *slog.Logger }

// Println is what the library calls.
func (c complaints) Println(v ...any) { c.log.Error("metrics", "err", v) }
