package auth

import "github.com/prometheus/client_golang/prometheus"

// metrics are the figures of this package.
type metrics struct {
	signIns *prometheus.CounterVec // by result
	ended   *prometheus.CounterVec // by reason
}

func newMetrics(reg prometheus.Registerer, live *registry) *metrics {
	m := &metrics{
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waymark_auth_sign_ins_total", Help: "Attempts to sign in with a password, by result.",
		}, []string{"result"}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waymark_auth_credentials_ended_total", Help: "Credentials that ended while somebody was using them, by reason.",
		}, []string{"reason"}),
	}
	for _, result := range []string{"ok", "wrong", "throttled"} {
		m.signIns.WithLabelValues(result)
	}
	if reg == nil {
		return m
	}
	reg.MustRegister(m.signIns, m.ended, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "waymark_auth_live_credentials", Help: "Sessions and API tokens that somebody in this process holds.",
	}, func() float64 { return float64(len(live.held())) }))
	return m
}
