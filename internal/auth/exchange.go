package auth

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
)

// CookieName is the cookie that carries a person's session.
const CookieName = "waymark_session"

// exchange is the HTTP exchange in which something is asked: where the asker is, and how to give it a cookie.
type exchange struct {
	address   string // of the client, without port
	userAgent string
	secret    string // of the session that the request carried, whether it stands or not
	secure    bool   // whether the client came by https
	header    http.Header
	upgrade   bool // a WebSocket's handshake, whose answer this package does not write
}

type exchangeKey struct{}

// Middleware finds out who sends a request, by its Authorization header or else by its session cookie, and passes that on
// in the context (see From). It refuses nothing itself: whoever needs a principal does. The client's address is that of
// r.RemoteAddr, and r.URL.Scheme says whether it came by https, as httpserver has put them right.
func (a *Authenticator) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := newExchange(w, r)
		ctx := context.WithValue(r.Context(), exchangeKey{}, x)
		s := a.seat(ctx, r, x)
		ctx = audit.WithActor(context.WithValue(ctx, contextKey{}, s), s)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	x := &exchange{
		address:   host,
		userAgent: shorten(r.UserAgent(), 255),
		secure:    r.TLS != nil || r.URL.Scheme == "https",
		header:    w.Header(),
		upgrade:   r.Header.Get("Upgrade") != "",
	}
	if c, err := r.Cookie(CookieName); err == nil {
		x.secret = c.Value
	}
	return x
}

// seat identifies a request. Nobody is a valid answer: some things are for everyone.
func (a *Authenticator) seat(ctx context.Context, r *http.Request, x *exchange) *seat {
	s := new(seat)
	if header := r.Header.Get("Authorization"); header != "" {
		s.take(a.Bearer(ctx, header))
		return s
	}
	if x.secret == "" {
		return s
	}
	t, err := a.session(ctx, x.secret)
	s.take(t.principal, err)
	if err == nil && !x.upgrade && !t.rotateAt.IsZero() && !a.now().Before(t.rotateAt) {
		a.rotate(ctx, t.principal, x)
	}
	return s
}

// setCookie gives the client a session's secret, or takes it away when secret is empty.
func (x *exchange) setCookie(secret string) {
	c := &http.Cookie{ //nolint:gosec // Secure as far as the client came by https
		Name: CookieName, Value: secret, Path: "/", HttpOnly: true, Secure: x.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(sessionLife.Seconds()),
	}
	if secret == "" {
		c.MaxAge = -1
	}
	// The last one counts: an earlier one of this answer is replaced.
	kept := x.header["Set-Cookie"][:0:0]
	for _, line := range x.header["Set-Cookie"] {
		if !strings.HasPrefix(line, CookieName+"=") {
			kept = append(kept, line)
		}
	}
	x.header["Set-Cookie"] = append(kept, c.String())
}

// exchangeOf returns the exchange in which ctx is, or FAILED_PRECONDITION where no cookie can be given.
func exchangeOf(ctx context.Context) (*exchange, error) {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	if x == nil || x.upgrade {
		return nil, fault.New(fault.FailedPrecondition, "http_needed", "signing in and out needs an HTTP request of its own")
	}
	return x, nil
}

// seat is the place in a context where the principal of a request sits. Signing in takes it in the middle of a request,
// so that the rest of the same request is answered to the person who just signed in.
type seat struct{ answer atomic.Pointer[answer] }

// answer is a principal, or why there is none; neither means that nobody is asking.
type answer struct {
	principal *Principal
	err       error
}

func (s *seat) take(p *Principal, err error) { s.answer.Store(&answer{principal: p, err: err}) }

// Actor says whom the audit log names for what is changed from this seat.
func (s *seat) Actor() (audit.Actor, bool) {
	a := s.answer.Load()
	if a == nil || a.principal == nil {
		return audit.Actor{}, false
	}
	of := a.principal.of
	actor := audit.Actor{Kind: audit.Person, UserID: of.UserID, TokenID: of.TokenID, Name: of.Name, TokenName: of.TokenName}
	switch {
	case of.TokenID != "":
		actor.Kind = audit.Token
	case of.UserID == "":
		actor.Kind = audit.Operator
	}
	return actor, true
}

// shorten cuts s to at most n bytes without splitting a character.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
