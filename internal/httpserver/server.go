// Package httpserver is the door: it listens, knows which handler serves which path, and does for every request what does
// not depend on what is asked: the client's address, limits, security headers, cross-origin rules, compression, access log,
// metrics, health.
//
// A Server is made by New, which listens already, so that a port of 0 is known and an address in use is an error at once.
// Run serves until its context ends and returns when every request has ended. All methods are safe for concurrent use.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// SDK serves what SDKs send.
type SDK interface {
	http.Handler
	// Serves reports whether a path is one of an SDK's.
	Serves(path string) bool
}

// Config is what a Server serves, and how. GraphQL, Pages and SDK are needed.
type Config struct {
	// Addr is where to listen, host:port.
	Addr string
	// CollectAddr serves the SDK endpoints alone, which Addr then does not have; empty for one address.
	CollectAddr string
	// TLSCert and TLSKey are PEM files; both or none.
	TLSCert, TLSKey string
	// PublicURL is how clients reach the server, where that is not how the server sees it; may be nil.
	PublicURL *url.URL
	// Origins are other web origins whose pages may use the API, as scheme://host.
	Origins []string
	// TrustedProxies are believed when they say who the client is.
	TrustedProxies []netip.Prefix

	// GraphQL answers /graphql, WebSockets and event streams too.
	GraphQL http.Handler
	// Exports answer what is below /export/; nil for nothing there.
	Exports http.Handler
	// Files answer what is below /files/; nil for nothing there.
	Files http.Handler
	// SignIn answers what is below /auth/; nil for nothing there.
	SignIn http.Handler
	// Identify wraps GraphQL, Exports, Files and SignIn and finds out who asks; nil for nobody.
	Identify func(http.Handler) http.Handler
	// Pages answers everything that nothing else does: the web pages.
	Pages http.Handler
	// SDK answers the SDK endpoints.
	SDK SDK
	// Checks are what readiness depends on.
	Checks []Check
	// Gatherer gives /metrics; nil for no such page.
	Gatherer prometheus.Gatherer
	// Registerer gets the metrics of this package; nil for none.
	Registerer prometheus.Registerer
	// CloseStreams ends WebSockets and event streams, and returns when they have ended or ctx has; may be nil. It is called
	// once, when the server stops.
	CloseStreams func(ctx context.Context)
	// DrainTimeout is how long requests may take to end when the server stops; default 10 s.
	DrainTimeout time.Duration
	// MaxBody bounds every request's body, in bytes, over and above what its handler bounds; default 8 MiB.
	MaxBody int64
	// MaxUpload is MaxBody for a form with files that goes to GraphQL; default MaxBody.
	MaxUpload int64
	// Logger gets the access log at debug, and what goes wrong; default: silence.
	Logger *slog.Logger
	// Clock is the wall clock; default time.Now.
	Clock func() time.Time
}

// Timeouts of connections. There is none for writing answers: streams last, and whoever writes them has deadlines.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 60 * time.Second
	uploadTimeout = 5 * time.Minute
	idleTimeout   = 120 * time.Second

	maxHeaderBytes = 64 << 10
)

// Server is one process's listeners and what is behind them.
type Server struct {
	cfg      Config
	log      *slog.Logger
	metrics  *metrics
	health   *health
	doors    []*door
	draining atomic.Bool
	requests atomic.Uint64
	idPrefix string
}

// door is one address.
type door struct {
	listener net.Listener
	server   *http.Server
}

// New listens on the addresses. The error names the address that cannot be had.
func New(cfg Config) (*Server, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, err
	}
	main := s.mainRoutes()
	if cfg.CollectAddr == "" {
		return s, s.listen(cfg.Addr, main)
	}
	return s, errors.Join(s.listen(cfg.Addr, main), s.listen(cfg.CollectAddr, s.collectRoutes()))
}

func newServer(cfg Config) (*Server, error) {
	if cfg.GraphQL == nil || cfg.Pages == nil || cfg.SDK == nil {
		return nil, errors.New("httpserver: GraphQL, Pages and SDK are needed")
	}
	if cfg.Identify == nil {
		cfg.Identify = func(h http.Handler) http.Handler { return h }
	}
	if cfg.CloseStreams == nil {
		cfg.CloseStreams = func(context.Context) {}
	}
	if cfg.DrainTimeout == 0 {
		cfg.DrainTimeout = 10 * time.Second
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = 8 << 20
	}
	cfg.MaxUpload = max(cfg.MaxUpload, cfg.MaxBody)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	s := &Server{cfg: cfg, log: cfg.Logger, metrics: newMetrics(cfg.Registerer), idPrefix: newPrefix()}
	s.health = newHealth(cfg.Checks, cfg.Clock, cfg.Logger)
	return s, nil
}

// listen opens one address for a handler.
func (s *Server) listen(addr string, h http.Handler) error {
	var tlsConfig *tls.Config
	if s.cfg.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(s.cfg.TLSCert, s.cfg.TLSKey)
		if err != nil {
			s.closeListeners()
			return fmt.Errorf("load the TLS certificate: %w", err)
		}
		tlsConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	listener, err := net.Listen("tcp", addr) //nolint:noctx // nothing to cancel: binding does not wait
	if err != nil {
		s.closeListeners()
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	s.doors = append(s.doors, &door{listener: listener, server: &http.Server{
		Handler:           s.around(h),
		TLSConfig:         tlsConfig,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}})
	return nil
}

func (s *Server) closeListeners() {
	for _, d := range s.doors {
		_ = d.listener.Close() // nothing was served yet
	}
}

// Close gives the addresses back without having served. It is for a start that fails after New; Run needs no Close.
func (s *Server) Close() error {
	s.closeListeners()
	return nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.doors[0].listener.Addr() }

// CollectAddr is where the SDK endpoints are.
func (s *Server) CollectAddr() net.Addr { return s.doors[len(s.doors)-1].listener.Addr() }

// Run serves until ctx ends. Then it says that it is not ready, stops accepting, ends the streams and waits for the
// requests under way, for DrainTimeout at most; what is not finished then is cut. Requests do not end with ctx: they get
// that time.
func (s *Server) Run(ctx context.Context) error {
	group, failed := errgroup.WithContext(ctx)
	for _, d := range s.doors {
		d.server.BaseContext = func(net.Listener) context.Context { return context.WithoutCancel(ctx) }
		group.Go(func() error { return d.serve() })
	}
	group.Go(func() error {
		<-failed.Done()
		s.draining.Store(true)
		return s.drain(context.WithoutCancel(ctx))
	})
	return group.Wait()
}

func (d *door) serve() error {
	serve := d.server.Serve
	if d.server.TLSConfig != nil {
		serve = func(l net.Listener) error { return d.server.ServeTLS(l, "", "") }
	}
	if err := serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", d.listener.Addr(), err)
	}
	return nil
}

// drain stops accepting and waits for what is under way.
func (s *Server) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.DrainTimeout)
	defer cancel()
	var group errgroup.Group
	// Streams are ended while the doors close: Shutdown waits for event streams, and forgets about WebSockets.
	group.Go(func() error {
		s.cfg.CloseStreams(ctx)
		return nil
	})
	for _, d := range s.doors {
		group.Go(func() error {
			if err := d.server.Shutdown(ctx); err != nil {
				s.log.WarnContext(ctx, "requests were cut", "addr", d.listener.Addr().String(), "error", err)
				return d.server.Close()
			}
			return nil
		})
	}
	return group.Wait()
}
