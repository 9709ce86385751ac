package app

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/collect/forward"
	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/outward"
)

const (
	// forwardTimeout is how long a target may take to answer a payload.
	forwardTimeout = 30 * time.Second
	// forwardPerHost is how many connections to one host are kept, for several environments may have the same target.
	forwardPerHost = 32
)

// forwarder joins what passes payloads on.
func (a *App) forwarder() *forward.Forwarder {
	client := outward.New(outward.Options{Allow: a.cfg.OutwardAllow, Timeout: forwardTimeout, PerHost: forwardPerHost})
	a.life.onStop("connections outward", func(context.Context) error { client.Close(); return nil })
	f := forward.New(forward.Options{
		Bus: a.bus, Catalog: a.plans, Ledger: a.store, Client: client, Targets: a.planner.Targets, Now: a.now, Logger: a.log,
		Metrics: forward.NewMetrics(a.registry), MaxBytes: a.cfg.ForwardMaxBytes, TotalBytes: a.cfg.ForwardTotalBytes,
		MaxAge: a.cfg.ForwardMaxAge,
	})
	a.life.onRun("forwarding", f.Run)
	return f
}

// forwardTargets are where the environments of an app pass their payloads on to. What cannot be read was not put there by the
// catalog, and nothing is passed on to it.
func forwardTargets(app *catalog.AppPlan) (list []*forward.Target) {
	for _, e := range app.Environments {
		if e.Forwarding == nil {
			continue
		}
		u, err := url.Parse(e.Forwarding.URL)
		if err != nil {
			continue
		}
		header := make(http.Header, len(e.Forwarding.Headers))
		for name, value := range e.Forwarding.Headers {
			header.Set(name, value)
		}
		list = append(list, &forward.Target{EnvironmentID: e.ID, Backlog: e.Forwarding.Backlog, URL: u, Header: header})
	}
	return list
}

// ownHosts are where this server is reached, as far as it knows.
func ownHosts(cfg config.Config) (hosts []string) {
	for _, host := range []string{cfg.Addr, cfg.CollectAddr} {
		if host != "" {
			hosts = append(hosts, host)
		}
	}
	if cfg.PublicURL != nil {
		hosts = append(hosts, cfg.PublicURL.Host)
	}
	return hosts
}
