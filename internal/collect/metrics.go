package collect

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Metrics counts what SDKs send and hear, and what becomes of it.
type Metrics struct {
	*writerMetrics
	requests *prometheus.CounterVec
	taken    *prometheus.CounterVec
	unlisted prometheus.Counter
}

// outcomes are the values of the outcome label.
var outcomes = map[wire.Kind]string{
	wire.Accepted: "accepted", wire.UnknownKey: "unknown_key", wire.Malformed: "malformed", wire.TooLarge: "too_large",
	wire.Throttled: "throttled", wire.Unavailable: "unavailable",
}

// NewMetrics registers the figures of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		writerMetrics: newWriterMetrics(reg),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waymark_collect_requests_total",
			Help: "Requests of SDKs, by wire format and how they came out; deaf senders cannot hear a refusal, so what they sent is lost.",
		}, []string{"format", "outcome", "deaf"}),
		taken: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waymark_collect_events_total",
			Help: "Events made durable, repeats included, by wire format and verdict.",
		}, []string{"format", "verdict"}),
		unlisted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "waymark_collect_refusals_unlisted_total",
			Help: "Refused requests that are not in the list of refused requests, because there were too many or it could not be written.",
		}),
	}
	reg.MustRegister(m.requests, m.taken, m.unlisted)
	return m
}

func (m *Metrics) request(route *wire.Route, o wire.Outcome) {
	deaf := "false"
	if route.Deaf {
		deaf = "true"
	}
	m.requests.WithLabelValues(route.Format, outcomes[o.Kind], deaf).Inc()
}

func (m *Metrics) events(route *wire.Route, events []capture.Captured) {
	var n [4]int
	for i := range events {
		n[events[i].Verdict&3]++
	}
	for _, v := range []capture.Verdict{capture.Valid, capture.Invalid, capture.Unplanned} {
		if n[v] > 0 {
			m.taken.WithLabelValues(route.Format, v.String()).Add(float64(n[v]))
		}
	}
}
