package forward

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the figures of this package. What waits is read by each scrape from the newest look at the backlogs.
type Metrics struct {
	payloads, failures *prometheus.CounterVec
	waiting, bytes     *prometheus.GaugeVec
	oldest             *prometheus.GaugeVec
}

// NewMetrics registers the figures of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	label := []string{"environment"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "waymark_forward_" + name, Help: help}, label)
	}
	m := &Metrics{
		payloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waymark_forward_payloads_total",
			Help: "Payloads that were to be passed on, by environment (id) and what became of them: forwarded, refused (by the target), lost (no place in the backlog), expired.",
		}, []string{"environment", "outcome"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waymark_forward_failed_attempts_total", Help: "Attempts that the target did not answer, or asked to repeat.",
		}, label),
		waiting: gauge("waiting_payloads", "Payloads in the backlog."),
		bytes:   gauge("waiting_bytes", "Bytes in the backlog."),
		oldest:  gauge("oldest_seconds", "How long the oldest payload in the backlog waits."),
	}
	reg.MustRegister(m.payloads, m.failures, m.waiting, m.bytes, m.oldest)
	return m
}

func (m *Metrics) failed(environmentID string) { m.failures.WithLabelValues(environmentID).Inc() }

// settled counts what has been added to an environment's counts.
func (m *Metrics) settled(environmentID string, before, after *Counts) {
	for outcome, n := range map[string]int64{
		"forwarded": after.Passed - before.Passed, "refused": after.Refused - before.Refused, "lost": after.Lost - before.Lost,
		"expired": after.Expired - before.Expired,
	} {
		if n > 0 {
			m.payloads.WithLabelValues(environmentID, outcome).Add(float64(n))
		}
	}
}

func (m *Metrics) waits(environmentID string, w Waiting, seconds float64) {
	m.waiting.WithLabelValues(environmentID).Set(float64(w.Payloads))
	m.bytes.WithLabelValues(environmentID).Set(float64(w.Bytes))
	m.oldest.WithLabelValues(environmentID).Set(seconds)
}

// stopped forgets the gauges of an environment that passes nothing on any more.
func (m *Metrics) stopped(environmentID string) {
	for _, g := range []*prometheus.GaugeVec{m.waiting, m.bytes, m.oldest} {
		g.DeleteLabelValues(environmentID)
	}
}
