package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

// The paths that are served.
const (
	LoginPath    = "/auth/oidc/login"
	CallbackPath = "/auth/oidc/callback"
)

const (
	cookieName = "waymark_oidc"
	// attemptLife is how long a person may take at the issuer.
	attemptLife = 10 * time.Minute
)

// People opens the session of whom an issuer vouches for.
type People interface {
	SignInExternally(ctx context.Context, e auth.External) (*auth.Principal, error)
}

// Handler serves the paths: login, which sends the browser to the issuer (and in the end to the local path that the parameter
// return names), and the callback, to which the issuer sends it back. What goes wrong is told on the sign-in page, which gets
// the reason as the parameter sign_in_error.
type Handler struct {
	Client *Client
	People People
	// BaseURL is how browsers reach the server, without a final slash.
	BaseURL func() string
	Logger  *slog.Logger
}

// ServeHTTP answers one request.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	switch r.URL.Path {
	case LoginPath:
		h.login(w, r)
	case CallbackPath:
		h.callback(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (h Handler) login(w http.ResponseWriter, r *http.Request) {
	a := &attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: local(r.URL.Query().Get("return"))}
	to, err := h.Client.begin(r.Context(), h.redirect(), a)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.remember(w, a)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (h Handler) callback(w http.ResponseWriter, r *http.Request) {
	a, known := recall(r)
	h.remember(w, nil)
	q := r.URL.Query()
	if !known || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(a.State)) == 0 {
		h.fail(w, r, fault.New(fault.Unauthenticated, "sign_in_expired", "this sign-in was not begun here, or too long ago; try again"))
		return
	}
	if refusal := q.Get("error"); refusal != "" {
		h.fail(w, r, fault.New(fault.Unauthenticated, "issuer_refused", "the single sign-on refused you").
			Because(errors.New("the issuer says "+refusal+": "+q.Get("error_description"))))
		return
	}
	ctx := audit.WithAction(r.Context(), "signInExternally")
	person, err := h.Client.finish(ctx, h.redirect(), q.Get("code"), a)
	if err == nil {
		_, err = h.People.SignInExternally(ctx, *person)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	http.Redirect(w, r, h.BaseURL()+a.Return, http.StatusSeeOther)
}

// fail tells the person on the sign-in page what went wrong, and the log why.
func (h Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	reason := "internal"
	if f, ok := errors.AsType[*fault.Error](err); ok {
		reason = f.Reason
		h.Logger.WarnContext(r.Context(), "single sign-on refused", "reason", reason, "error", errors.Join(err, f.Unwrap()))
	} else {
		h.Logger.ErrorContext(r.Context(), "single sign-on failed", "error", err)
	}
	http.Redirect(w, r, h.BaseURL()+"/?sign_in_error="+url.QueryEscape(reason), http.StatusSeeOther)
}

func (h Handler) redirect() string { return h.BaseURL() + CallbackPath }

// remember gives the browser what it has to bring back, or takes it away.
func (h Handler) remember(w http.ResponseWriter, a *attempt) {
	base := h.BaseURL()
	c := &http.Cookie{ //nolint:gosec // Secure as far as the server is reached by https
		Name: cookieName, Path: pathOf(base) + "/auth/oidc", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(base, "https://"), MaxAge: -1,
	}
	if a != nil {
		raw, _ := json.Marshal(a) // texts only
		c.Value, c.MaxAge = base64.RawURLEncoding.EncodeToString(raw), int(attemptLife.Seconds())
	}
	http.SetCookie(w, c)
}

func pathOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Path
}

func recall(r *http.Request) (*attempt, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	a := &attempt{}
	if err != nil || json.Unmarshal(raw, a) != nil || a.State == "" || a.Nonce == "" || a.Verifier == "" {
		return nil, false
	}
	a.Return = local(a.Return)
	return a, true
}

// local returns a path of this server, the start page for everything that leads elsewhere.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") ||
		u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return to
}
