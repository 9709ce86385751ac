package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/demo"
	"github.com/waymarkhq/waymark/internal/httpserver"
	"github.com/waymarkhq/waymark/internal/live"
	"github.com/waymarkhq/waymark/internal/monitor"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/formats"
	"github.com/waymarkhq/waymark/web"
)

// Options are what an App is made of.
type Options struct {
	Config config.Config
	// Logger gets everything that is worth a line.
	Logger *slog.Logger
	// Output gets what people should read at the start: the address, how to sign in.
	Output io.Writer
}

// App is the server as a whole.
type App struct {
	cfg      config.Config
	log      *slog.Logger
	out      io.Writer
	now      func() time.Time
	life     lifecycle
	registry *prometheus.Registry

	store    *store.Store
	bus      *bus.Bus
	people   *auth.Service
	plans    *catalog.Service
	releases *release.Service
	planner  *collect.Planner
	writer   *collect.Writer
	http     *httpserver.Server
	token    string // of the demo
}

// New opens and joins everything and listens, but serves nothing before Run. When it fails, what was opened is closed
// again. The error says what to do about it.
func New(ctx context.Context, o Options) (*App, error) {
	a := &App{
		cfg: o.Config, log: o.Logger, out: o.Output, now: time.Now, life: lifecycle{log: o.Logger}, registry: newRegistry(),
	}
	if err := a.setUp(ctx); err != nil {
		return nil, errors.Join(err, a.life.stop(context.WithoutCancel(ctx)))
	}
	return a, nil
}

// Run serves until ctx ends, or a part fails, and returns when everything has stopped.
func (a *App) Run(ctx context.Context) error {
	a.log.LogAttrs(ctx, slog.LevelInfo, "serving", a.cfg.Redacted()...)
	if err := a.greet(ctx); err != nil {
		return errors.Join(err, a.life.stop(context.WithoutCancel(ctx)))
	}
	return a.life.run(ctx)
}

// Addr is where the server listens.
func (a *App) Addr() net.Addr { return a.http.Addr() }

// CollectAddr is where the SDK endpoints are.
func (a *App) CollectAddr() net.Addr { return a.http.CollectAddr() }

// setUp is long and straight on purpose: it is the one place where one can read how the program hangs together, from what
// everything stands on to the door. Each thing is pushed on the stack as soon as it is there; the stack is unwound from
// the top, so the door closes first and the database last.
func (a *App) setUp(ctx context.Context) (err error) {
	cfg, log := a.cfg, a.log

	// What everything stands on.
	if a.store, err = store.Open(ctx, storeOptions(cfg, log)); err != nil {
		return err
	}
	a.life.onStop("database", func(context.Context) error { return a.store.Close() })
	a.registry.MustRegister(poolMetrics{a.store})
	owner, err := ownerName(cfg)
	if err != nil {
		return err
	}
	if a.bus, err = bus.Open(ctx, busOptions(cfg, log)); err != nil {
		return err
	}
	a.life.onStop("bus", a.bus.Close)
	a.registry.MustRegister(a.bus)
	if err := a.refuseSecondNode(ctx, owner); err != nil {
		return err
	}

	// People and plans.
	a.people, err = auth.New(auth.Options{Store: a.store, Notifier: a.bus, Logger: log, Clock: a.now, Registerer: a.registry})
	if err != nil {
		return err
	}
	a.life.onRun("sign-ins", a.people.Run)
	a.plans, a.releases = Governance(a.store, a.bus, a.now, log)
	a.plans.OwnHosts(ownHosts(cfg)...)
	a.life.onRun("search index", a.reindex)
	if err := a.firstStart(ctx); err != nil {
		return err
	}

	// From the SDKs into the bus, and from there to the database and to those who watch.
	metrics := collect.NewMetrics(a.registry)
	a.planner = collect.NewPlanner(accepted{a.plans, a.releases}, a.bus, log)
	if err := a.planner.Load(ctx); err != nil {
		return err
	}
	a.life.onRun("planner", a.planner.Run)
	a.writer = collect.NewWriter(collect.WriterOptions{
		Stream: a.bus, Ledger: a.store, Retention: retention{a.plans}, Now: a.now, Logger: log, Owner: owner, Metrics: metrics,
		Planned: a.planner.Properties, Sampling: a.planner.Sampling,
	})
	a.life.onRun("writer", a.writer.Run)
	hub := live.New(live.Options{Clock: a.now})
	a.life.onRun("hub", hub.Run)
	feed := collect.NewFeed(collect.FeedOptions{Source: a.bus, Hub: hub, Now: a.now, Logger: log})
	a.life.onRun("feed", feed.Run)
	router, err := wire.NewRouter(formats.All()...)
	if err != nil {
		return fmt.Errorf("join the wire formats: %w", err)
	}
	interests := collect.NewInterests(a.bus, a.now, log)
	a.life.onRun("questions for senders", interests.Run)
	refusals := collect.NewRefusals(collect.RefusalOptions{
		Ledger: a.store, Notifier: a.bus, Now: a.now, Logger: log, Metrics: metrics, Interests: interests,
	})
	a.life.onRun("refused requests", refusals.Run)
	runs := &collect.Runs{Store: a.store, Stream: a.bus}
	sessions := acceptance.New(acceptance.Options{
		Store: a.store, Notifier: a.bus, Notices: a.bus, Plans: SessionPlans{a.plans, a.releases}, Hub: hub, CaughtUp: runs.CaughtUp,
		Now: a.now, Logger: log,
	})
	a.life.onRun("capture sessions", sessions.Run)
	forwarder := a.forwarder()
	collector := collect.NewCollector(collect.Options{
		Router: router, Planner: a.planner, Bus: a.bus, Now: a.now, Logger: log, ClientIP: httpserver.ClientIP, Metrics: metrics,
		Refusals: refusals, Forwarder: forwarder, Pairing: pairing{sessions},
	})

	// The API.
	api, err := graph.NewServer(graph.Options{
		Resolver: &graph.Resolver{
			Auth: a.people, Catalog: a.plans, Releases: a.releases, Samples: &collect.Samples{Store: a.store},
			Refused:   &collect.Refused{Store: a.store, Notices: a.bus, Interests: interests},
			Forwarder: forwarder,
			Runs:      runs,
			Monitor:   &monitor.Service{Store: a.store, Now: a.now, Logger: log}, Hub: hub, Now: a.now,
			SingleSignOn: signInButton(cfg), Acceptance: sessions, PublicURL: func() string { return strings.TrimRight(cfg.URL(a.Addr()), "/") },
		},
		Logger: log, Origins: ownOrigins(cfg), ClientAddress: httpserver.ClientIP,
	})
	if err != nil {
		return fmt.Errorf("make the API: %w", err)
	}
	subscriptions := a.life.onRun("subscriptions", api.Subscriptions.Run)
	a.registry.MustRegister(liveMetrics{hub, api.Subscriptions})
	signIn := a.singleSignOn()
	exports := http.NewServeMux()
	exports.Handle("GET /export/audit", graph.AuditExport{Catalog: a.plans, Logger: log})
	exports.Handle("GET /export/sign-offs/{report}", graph.Reports{Acceptance: sessions, Logger: log})
	pages, err := web.Handler()
	if err != nil {
		return err
	}

	// The door.
	a.http, err = httpserver.New(httpserver.Config{
		Addr: cfg.Addr, CollectAddr: cfg.CollectAddr, TLSCert: cfg.TLSCert, TLSKey: cfg.TLSKey, PublicURL: cfg.PublicURL,
		Origins: cfg.Origins, TrustedProxies: cfg.TrustedProxies,
		GraphQL: api, Exports: exports, Files: graph.Files{Catalog: a.plans, Logger: log}, MaxUpload: graph.MaxUpload,
		SignIn: signIn, Identify: a.people.Middleware, Pages: pages, SDK: collector,
		Checks: a.checks(), Gatherer: a.registry, Registerer: a.registry, Logger: log, Clock: a.now,
		CloseStreams: func(ctx context.Context) {
			if err := subscriptions.halt(ctx); err != nil {
				log.WarnContext(ctx, "viewers were cut", "error", err)
			}
		},
	})
	if err != nil {
		return err
	}
	a.life.onStop("listeners", func(context.Context) error { return a.http.Close() })
	a.life.onRun("http", a.http.Run)
	if cfg.Demo {
		devices := &demo.Devices{URL: cfg.LocalURL(a.http.CollectAddr()), Client: &http.Client{Timeout: 10 * time.Second}, Now: a.now, Logger: log}
		a.life.onRun("demo devices", devices.Run)
	}
	return nil
}

func busOptions(cfg config.Config, log *slog.Logger) bus.Options {
	return bus.Options{
		URL: cfg.NATSURL, Dir: filepath.Join(cfg.DataDir, "bus"), Ack: bus.AckMode(cfg.Ack),
		MaxBytes: cfg.NATSMaxBytes, Replicas: cfg.NATSReplicas, Logger: log,
	}
}

// ownOrigins are the web origins that the API's pages have, beside the host that was asked.
func ownOrigins(cfg config.Config) []string {
	if cfg.PublicURL == nil {
		return cfg.Origins
	}
	return append(slices.Clip(cfg.Origins), cfg.PublicURL.Scheme+"://"+cfg.PublicURL.Host)
}

// accepted shows the catalog's and the releases' plans to the collector.
type accepted struct {
	*catalog.Service
	releases *release.Service
}

// Accepted implements collect.Catalog.
func (s accepted) Accepted(ctx context.Context, appID string) (collect.Accepted, error) {
	app, err := s.Plans(ctx, appID)
	if err != nil {
		return collect.Accepted{}, err
	}
	out := collect.Accepted{
		Version: app.Version, Properties: app.Properties, Masking: map[string]collect.Masking{}, Targets: forwardTargets(app),
		Sampling: map[string]collect.Sampling{},
	}
	for _, e := range app.Environments {
		if e.LastRelease > 0 {
			// Read after the app's version, so that it is never older.
			if e.Plan, _, err = s.releases.Plan(ctx, e.ID); err != nil {
				return collect.Accepted{}, err
			}
		}
		if e.ValidShare < 1 || e.InvalidPerMinute != nil {
			out.Sampling[e.ID] = collect.Sampling{ValidShare: e.ValidShare, InvalidPerMinute: e.InvalidPerMinute}
		}
		out.Plans = append(out.Plans, e.Plan)
		out.Masking[e.ID] = collect.Masking{Patterns: e.MaskedPatterns, KeepOriginals: e.KeepOriginals}
		for _, k := range e.WriteKeys {
			out.Keys = append(out.Keys, collect.Key{ID: k.ID, Key: k.Key, EnvironmentID: e.ID, EnvironmentKey: e.Key, TerminalKey: k.TerminalKey})
		}
	}
	return out, nil
}

// pairing shows capture sessions to the collector.
type pairing struct{ *acceptance.Service }

// Opened implements collect.Pairing.
func (p pairing) Opened(l collect.Link) { p.Service.Opened(l.Code, l.EnvironmentID, l.DeviceID, l.At) }

// retention shows the writer what the catalog says is to be kept.
type retention struct{ *catalog.Service }

// Retention implements collect.Retention.
func (s retention) Retention(ctx context.Context) (map[string]collect.Keep, error) {
	all, err := s.Retentions(ctx)
	keep := make(map[string]collect.Keep, len(all))
	for id, r := range all {
		keep[id] = collect.Keep{Days: r.Days, Samples: r.MaxSamples}
	}
	return keep, err
}
