package httpserver

import (
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// graphQLPath is where the API is.
const graphQLPath = "/graphql"

// mainRoutes are those of Addr.
func (s *Server) mainRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(graphQLPath, s.counted("graphql", s.guarded(s.compressed(s.cfg.Identify(s.cfg.GraphQL)))))
	if s.cfg.Exports != nil {
		mux.Handle("GET /export/", s.counted("export", s.guarded(s.cfg.Identify(s.cfg.Exports))))
	}
	if s.cfg.SignIn != nil { // browsers are sent there from elsewhere, so their origin says nothing
		mux.Handle("GET /auth/", s.counted("auth", hardened(s.cfg.Identify(s.cfg.SignIn))))
	}
	if s.cfg.Files != nil {
		mux.Handle("GET /files/", s.counted("files", s.guarded(s.cfg.Identify(s.cfg.Files))))
	}
	s.healthRoutes(mux)
	if s.cfg.Gatherer != nil {
		page := promhttp.HandlerFor(s.cfg.Gatherer, promhttp.HandlerOpts{
			ErrorLog: errorLog{s.log}, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 8,
		})
		mux.Handle("GET /metrics", s.counted("metrics", hardened(page)))
	}
	mux.Handle("/", s.counted("pages", s.cfg.Pages))
	if s.cfg.CollectAddr != "" {
		return mux
	}
	collect := s.counted("collect", s.cfg.SDK)
	// Before the mux, because that would tidy an unusual path up with a redirect, which not every SDK follows.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.cfg.SDK.Serves(r.URL.Path) || isAstray(mux, r) {
			collect.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isAstray reports whether a request brings something to where there are only pages: an SDK whose address is not quite
// right, which whoever looks for its events wants to hear of.
func isAstray(mux *http.ServeMux, r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	_, pattern := mux.Handler(r)
	return pattern == "/"
}

// collectRoutes are those of CollectAddr: SDK endpoints, and what a load balancer in front of them asks.
func (s *Server) collectRoutes() http.Handler {
	alive := s.counted("health", hardened(http.HandlerFunc(alive)))
	ready := s.counted("health", hardened(s.ready(true)))
	collect := s.counted("collect", s.cfg.SDK)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz":
			alive.ServeHTTP(w, r)
		case "/readyz":
			ready.ServeHTTP(w, r)
		default:
			collect.ServeHTTP(w, r)
		}
	})
}

func (s *Server) healthRoutes(mux *http.ServeMux) {
	mux.Handle("GET /healthz", s.counted("health", hardened(http.HandlerFunc(alive))))
	mux.Handle("GET /readyz", s.counted("health", hardened(s.ready(false))))
	mux.Handle("GET /readyz/collect", s.counted("health", hardened(s.ready(true))))
}

// hardened adds the headers of answers that are for programs and never a page.
func hardened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// guarded keeps the pages of other sites from using the API with the cookies of the person before the screen: what they
// send is refused unless their origin is allowed, and only to those the answers are readable.
func (s *Server) guarded(next http.Handler) http.Handler {
	origins := slices.Clone(s.cfg.Origins)
	if u := s.cfg.PublicURL; u != nil {
		origins = append(origins, u.Scheme+"://"+u.Host)
	}
	protection := http.NewCrossOriginProtection()
	for _, o := range origins {
		if err := protection.AddTrustedOrigin(o); err != nil {
			s.log.Warn("this origin cannot be allowed", "origin", o, "error", err)
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(refuseOrigin))
	safe := hardened(protection.Handler(vouched(next)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if slices.Contains(s.cfg.Origins, origin) && allowOrigin(w, r, origin) {
			return
		}
		safe.ServeHTTP(w, r)
	})
}

// preflightHeader is one that a page of another site cannot send without asking first.
const preflightHeader = "Graphql-Require-Preflight"

// vouched refuses forms of which nobody says where they come from. A page of any site may send a form without asking, which it may not
// with JSON; today's browsers name the page's origin, which has been judged. Programs that send cookies without it say by a header that
// no form can carry that they are no page.
func vouched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isForm(r) || r.Header.Get("Cookie") == "" {
			next.ServeHTTP(w, r)
			return
		}
		for _, name := range []string{"Sec-Fetch-Site", "Origin", "Authorization", preflightHeader} {
			if r.Header.Get(name) != "" {
				next.ServeHTTP(w, r)
				return
			}
		}
		refuseOrigin(w, r)
	})
}

// isForm reports whether a request's body is a form with files.
func isForm(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "multipart/form-data")
}

// allowOrigin lets a page of that origin read the answer, and reports whether the request was only a browser asking for
// permission.
func allowOrigin(w http.ResponseWriter, r *http.Request, origin string) (answered bool) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, "+preflightHeader)
	h.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
	return true
}

func refuseOrigin(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte(`{"errors":[{"message":"pages of this origin may not use the API; see the setting origins",` +
		`"extensions":{"code":"FORBIDDEN","reason":"origin_not_allowed"}}]}` + "\n"))
}

// compressed packs large JSON answers for clients that take it and are not on this very machine, for whom packing costs
// more than it saves. Event streams are never packed: each event must leave at once.
func (s *Server) compressed(next http.Handler) http.Handler {
	// The jitter hides how well a secret in an answer compresses beside what an attacker makes the client send (BREACH).
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1400), gzhttp.CompressionLevel(1), gzhttp.RandomJitter(32, 0, false),
		gzhttp.ContentTypes([]string{"application/json", "application/graphql-response+json"}))
	if err != nil {
		s.log.Error("answers are not compressed", "error", err)
		return next
	}
	packed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stream := r.Header.Get("Upgrade") != "" || strings.Contains(r.Header.Get("Accept"), "text/event-stream")
		if stream || isLoopback(ClientIP(r)) {
			next.ServeHTTP(w, r)
			return
		}
		packed.ServeHTTP(w, r)
	})
}
