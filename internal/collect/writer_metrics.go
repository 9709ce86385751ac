package collect

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// writerMetrics are the figures of the way on, from the stream to the database and to the viewers.
type writerMetrics struct {
	stored, repeats     prometheus.Counter
	notKept             prometheus.Counter
	commits             prometheus.Histogram
	gaps, lost, damaged prometheus.Counter
	swept               prometheus.Counter
	writer              atomic.Pointer[Writer] // the process's, for the gauges
}

func newWriterMetrics(reg prometheus.Registerer) *writerMetrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "waymark_writer_" + name, Help: help})
	}
	m := &writerMetrics{
		stored:  counter("events_total", "Events that this process has brought into the database."),
		repeats: counter("duplicates_total", "Repeats that it has left out."),
		notKept: counter("not_kept_total", "Events among them that were counted and, by their environment's sampling, not kept."),
		gaps:    counter("gaps_total", "How often groups were missing in the stream, or the stream was another one."),
		lost:    counter("lost_groups_total", "Groups that were missing, as far as their number is known."),
		damaged: counter("damaged_total", "Groups, or parts of them, that could not be read or stored and were left out."),
		swept:   counter("swept_samples_total", "Captured events removed again because they were old or too many."),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "waymark_writer_commit_seconds", Help: "How long it took to bring a batch into the database, retries included.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 15), // 1 ms to 16 s
		}),
	}
	gauge := func(name, help string, value func(Lag) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "waymark_writer_" + name, Help: help}, func() float64 {
			if w := m.writer.Load(); w != nil {
				return value(w.Lag())
			}
			return 0
		})
	}
	reg.MustRegister(
		m.stored, m.repeats, m.notKept, m.gaps, m.lost, m.damaged, m.swept, m.commits,
		gauge("leading", "1 in the process that is the writer, 0 in those that stand by.", func(l Lag) float64 {
			if l.Leading {
				return 1
			}
			return 0
		}),
		gauge("lag_groups", "Groups that are in the stream and not yet in the database.",
			func(l Lag) float64 { return float64(l.Groups) }),
		gauge("lag_seconds", "How long the oldest of them has been in the stream.",
			func(l Lag) float64 { return l.Age.Seconds() }),
	)
	return m
}

func (m *writerMetrics) watch(w *Writer) { m.writer.Store(w) }

func (m *writerMetrics) committed(b *batch, took time.Duration) {
	m.commits.Observe(took.Seconds())
	m.stored.Add(float64(len(b.all)))
	m.notKept.Add(float64(len(b.all) - len(b.samples)))
	var repeats int64
	for _, counts := range b.minutes {
		repeats += counts.Duplicates
	}
	m.repeats.Add(float64(repeats))
}
