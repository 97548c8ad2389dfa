package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Of those who are told events: to is webhook/NAME, or syslog/URL.
var (
	toldDelivered = describe("events_delivered_total", "Events that a receiver took.", "to")
	toldFailed    = describe("events_delivery_failures_total", "Attempts to deliver an event that failed.", "to")
	toldLost      = describe("events_lost_total", "Events that were not kept until a receiver could be told them, and dead letters that were too many.", "to")
	toldDead      = describe("events_dead_letters", "Events that were given up, and can be sent again.", "to")
	toldBehind    = describe("events_behind", "Events that a receiver has not come to yet.", "to")
	toldLag       = describe("events_lag_seconds", "How long the first of them has waited; 0 when there is none.", "to")
)

func (s state) outlets(tell teller, out chan<- prometheus.Metric) {
	for _, v := range s.figures.Outlets {
		o := v.Outlet
		for d, n := range map[*prometheus.Desc]int64{toldDelivered: o.Delivered, toldFailed: o.Failed, toldLost: o.Lost} {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), o.Name)
		}
		tell(toldDead, float64(v.Dead), o.Name)
		tell(toldBehind, float64(v.Behind), o.Name)
		lag := 0.0
		if !v.Oldest.IsZero() {
			lag = max(0, time.Since(v.Oldest).Seconds())
		}
		tell(toldLag, lag, o.Name)
	}
}
