package httpserver

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the figures of this package.
type metrics struct {
	requests *prometheus.CounterVec // by route and class of status
	duration *prometheus.HistogramVec
	panics   prometheus.Counter
}

// classes of status codes by their first digit.
var classes = [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waymark_http_requests_total", Help: "Requests answered, by route and class of status.",
		}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "waymark_http_request_seconds", Help: "How long answers took, streams not counted, by route.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 3, 9),
		}, []string{"route"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "waymark_http_panics_total", Help: "Requests whose handler panicked.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.duration, m.panics)
	}
	return m
}

// counted measures what a route does.
func (s *Server) counted(route string, next http.Handler) http.Handler {
	var byClass [len(classes)]prometheus.Counter
	for i, class := range classes {
		byClass[i] = s.metrics.requests.WithLabelValues(route, class)
	}
	duration := s.metrics.duration.WithLabelValues(route)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		next.ServeHTTP(w, r)
		rec, ok := w.(*recorder)
		if !ok {
			return
		}
		code := rec.code()
		byClass[min(max(code/100, 1), len(classes))-1].Inc()
		if !rec.hijacked && rec.Header().Get("Content-Type") != "text/event-stream" {
			duration.Observe(time.Since(start).Seconds())
		}
	})
}

// errorLog hands what the metrics page complains about to the log.
type errorLog struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l errorLog) Println(v ...any) {
	l.log.Warn("gather metrics", "error", fmt.Sprint(v...))
}
