package bus

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what the bus does. Counters are per group, never per event.
type metrics struct {
	groups, events, bytes      prometheus.Counter // published and durable
	readGroups, readEvents     prometheus.Counter
	missing, damaged           prometheus.Counter
	refusals                   *prometheus.CounterVec
	full, down, slow           prometheus.Counter // of refusals
	latency                    prometheus.Histogram
	streamBytes, streamGroups  *prometheus.Desc
	streamMaxBytes, streamLast *prometheus.Desc
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "waymark_bus_" + name, Help: help})
	}
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("waymark_bus_stream_"+name, help, nil, nil)
	}
	m := &metrics{
		groups:     counter("published_groups_total", "Groups made durable by this process."),
		events:     counter("published_events_total", "Events in those groups."),
		bytes:      counter("published_bytes_total", "Bytes of those groups."),
		readGroups: counter("read_groups_total", "Groups handed to readers of this process."),
		readEvents: counter("read_events_total", "Events in those groups."),
		missing:    counter("missing_groups_total", "Groups that a reader asked for and that were gone."),
		damaged:    counter("damaged_groups_total", "Messages in the stream that are no groups."),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waymark_bus_refused_total", Help: "Groups, or records before they had a group, that were refused.",
		}, []string{"reason"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "waymark_bus_publish_seconds", Help: "From sending a group to its durable acknowledgement.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 17), // 0.1 ms to 6.5 s
		}),
		streamBytes:    desc("bytes", "Bytes in the stream."),
		streamGroups:   desc("groups", "Groups in the stream."),
		streamMaxBytes: desc("max_bytes", "The stream's cap in bytes."),
		streamLast:     desc("last_sequence", "The newest sequence number."),
	}
	m.full, m.down, m.slow = m.refusals.WithLabelValues(ReasonFull), m.refusals.WithLabelValues(ReasonDown),
		m.refusals.WithLabelValues(ReasonSlow)
	return m
}

func (m *metrics) committed(g *outgoing, took time.Duration) {
	m.groups.Inc()
	m.events.Add(float64(g.events))
	m.bytes.Add(float64(g.size))
	m.latency.Observe(took.Seconds())
}

func (m *metrics) refused(reason string) {
	switch reason {
	case ReasonFull:
		m.full.Inc()
	case ReasonSlow:
		m.slow.Inc()
	default:
		m.down.Inc()
	}
}

func (m *metrics) read(g *Group) {
	m.readGroups.Inc()
	m.readEvents.Add(float64(g.Events))
	if g.Gap > 0 {
		m.missing.Add(float64(g.Gap))
	}
	if g.Damaged != nil {
		m.damaged.Inc()
	}
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.groups, m.events, m.bytes, m.readGroups, m.readEvents, m.missing, m.damaged, m.refusals, m.latency,
	}
}

// Describe implements prometheus.Collector: registry.MustRegister(bus).
func (b *Bus) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range b.metrics.collectors() {
		c.Describe(ch)
	}
	for _, d := range []*prometheus.Desc{
		b.metrics.streamBytes, b.metrics.streamGroups, b.metrics.streamMaxBytes, b.metrics.streamLast,
	} {
		ch <- d
	}
}

// scrapeTimeout bounds the one request to the server that a scrape costs.
const scrapeTimeout = time.Second

// Collect implements prometheus.Collector. The figures of the stream are left out while it cannot be reached.
func (b *Bus) Collect(ch chan<- prometheus.Metric) {
	for _, c := range b.metrics.collectors() {
		c.Collect(ch)
	}
	ctx, cancel := context.WithTimeout(b.ctx, scrapeTimeout)
	defer cancel()
	s, err := b.StreamStats(ctx)
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	gauge(b.metrics.streamBytes, float64(s.Bytes))
	gauge(b.metrics.streamGroups, float64(s.Groups))
	gauge(b.metrics.streamMaxBytes, float64(s.MaxBytes))
	gauge(b.metrics.streamLast, float64(s.LastSeq))
}

// StreamStats is what is in the stream.
type StreamStats struct {
	FirstSeq, LastSeq uint64
	Groups            uint64
	Bytes, MaxBytes   uint64
}

// StreamStats asks the server what is in the stream; it works before EnsureStream. Errors: Unavailable bus_down, NotFound
// bus_no_stream.
func (b *Bus) StreamStats(ctx context.Context) (StreamStats, error) {
	info, err := b.streamInfo(ctx)
	if err != nil {
		return StreamStats{}, b.apiError("look at the event stream", err)
	}
	return StreamStats{
		FirstSeq: info.State.FirstSeq, LastSeq: info.State.LastSeq,
		Groups: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: uint64(max(0, info.Config.MaxBytes)),
	}, nil
}
