package app

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/waymarkhq/waymark/internal/live"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/subscription"
)

// newRegistry is a registry with what every Go process has to tell.
func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// figure is one metric that is read when it is asked for.
type figure struct {
	desc *prometheus.Desc
	typ  prometheus.ValueType
}

func gauge(name, help string, labels ...string) figure {
	return figure{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue}
}

func counter(name, help string, labels ...string) figure {
	return figure{prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue}
}

func (f figure) send(ch chan<- prometheus.Metric, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(f.desc, f.typ, v, labels...)
}

var (
	poolOpen  = gauge("waymark_database_connections", "Open connections to the database, by pool.", "pool")
	poolInUse = gauge("waymark_database_connections_in_use", "Connections that are at work, by pool.", "pool")
	poolWaits = counter("waymark_database_waits_total", "How often somebody waited for a connection, by pool.", "pool")
	poolWait  = counter("waymark_database_wait_seconds_total", "How long they waited in all, by pool.", "pool")

	planReads = counter("waymark_database_reads_total", "Queries of the management data, but for those of commands.")

	liveConnections   = gauge("waymark_live_connections", "Open connections of viewers, by kind.", "kind")
	liveOperations    = gauge("waymark_live_operations", "Running operations of all connections.")
	liveExecutions    = gauge("waymark_live_shared_executions", "Executions that equal subscriptions share.")
	liveDeliveries    = counter("waymark_live_deliveries_total", "Pages handed to a viewer's connection.")
	liveWrites        = counter("waymark_live_writes_total", "Writes that took; several pages may share one.")
	liveDropped       = counter("waymark_live_dropped_events_total", "Events that viewers lost because they could not keep up.", "at")
	liveEnds          = counter("waymark_live_ends_total", "Connections and operations that were cut, by reason.", "reason")
	liveRefused       = counter("waymark_live_refused_total", "Connections that were refused.")
	hubSubscriptions  = gauge("waymark_live_hub_subscriptions", "Subscriptions of the hub.")
	hubMatched        = counter("waymark_live_hub_matched_total", "Events that matched a subscription's filter.")
	poolFigures       = []figure{poolOpen, poolInUse, poolWaits, poolWait, planReads}
	liveFiguresListed = []figure{
		liveConnections, liveOperations, liveExecutions, liveDeliveries, liveWrites, liveDropped, liveEnds, liveRefused,
		hubSubscriptions, hubMatched,
	}
)

// poolMetrics shows the database's pools.
type poolMetrics struct{ store *store.Store }

// Describe implements prometheus.Collector.
func (poolMetrics) Describe(ch chan<- *prometheus.Desc) { describe(ch, poolFigures) }

// Collect implements prometheus.Collector.
func (m poolMetrics) Collect(ch chan<- prometheus.Metric) {
	planReads.send(ch, float64(m.store.Reads()))
	for pool, s := range m.store.Stats() {
		poolOpen.send(ch, float64(s.OpenConnections), pool)
		poolInUse.send(ch, float64(s.InUse), pool)
		poolWaits.send(ch, float64(s.WaitCount), pool)
		poolWait.send(ch, s.WaitDuration.Seconds(), pool)
	}
}

// liveMetrics shows what viewers get.
type liveMetrics struct {
	hub           *live.Hub
	subscriptions *subscription.Server
}

// Describe implements prometheus.Collector.
func (liveMetrics) Describe(ch chan<- *prometheus.Desc) { describe(ch, liveFiguresListed) }

// Collect implements prometheus.Collector.
func (m liveMetrics) Collect(ch chan<- prometheus.Metric) {
	s, h := m.subscriptions.Stats(), m.hub.Stats()
	liveConnections.send(ch, float64(s.WebSockets), "websocket")
	liveConnections.send(ch, float64(s.EventStreams), "sse")
	liveOperations.send(ch, float64(s.Operations))
	liveExecutions.send(ch, float64(s.SharedExecutions))
	liveDeliveries.send(ch, float64(s.Deliveries))
	liveWrites.send(ch, float64(s.Writes))
	liveDropped.send(ch, float64(s.DroppedEvents), "connection")
	liveDropped.send(ch, float64(h.Dropped), "hub")
	liveEnds.send(ch, float64(s.SlowEnds), "slow")
	liveEnds.send(ch, float64(s.RevokedEnds), "revoked")
	liveRefused.send(ch, float64(s.Refused))
	hubSubscriptions.send(ch, float64(h.Subscriptions))
	hubMatched.send(ch, float64(h.Matched))
}

func describe(ch chan<- *prometheus.Desc, figures []figure) {
	for _, f := range figures {
		ch <- f.desc
	}
}
