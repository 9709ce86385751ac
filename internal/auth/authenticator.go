package auth

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

const (
	// trust is for how long a credential that was looked up is believed without another look. Revocations do not wait for
	// it: they arrive as notices.
	trust = 5 * time.Second
	// maxTrusted bounds how many credentials are remembered, to about 4 MB.
	maxTrusted = 4096
	// maxReloads bounds how often a look-up is repeated that a revocation overtook.
	maxReloads = 5
)

// Authenticator turns credentials into principals. Safe for concurrent use.
type Authenticator struct {
	store *store.Store
	log   *slog.Logger
	now   func() time.Time

	live    *registry
	trusted *lru.Cache[string, trusted] // by hash of the secret
	// changes grows before anything is ended, so that a look-up that began earlier notices that it may be outdated.
	changes atomic.Uint64
	// used gets the ids of tokens whose last use is to be written.
	used chan string
}

// trusted is what was found out about a secret.
type trusted struct {
	principal *Principal
	until     time.Time
	rotateAt  time.Time // when a session's secret is due for a change; zero for tokens and earlier secrets
}

func newAuthenticator(s *store.Store, log *slog.Logger, now func() time.Time) *Authenticator {
	cache, _ := lru.New[string, trusted](maxTrusted) // the only error is a size that is not positive
	return &Authenticator{store: s, log: log, now: now, live: newRegistry(now), trusted: cache, used: make(chan string, 256)}
}

// Bearer returns the principal of an API token as it stands in a header or a connection's first message; a leading
// "Bearer " is skipped. UNAUTHENTICATED with reason token_unknown, token_revoked, token_expired or user_deactivated;
// UNAVAILABLE when the database cannot be asked.
func (a *Authenticator) Bearer(ctx context.Context, token string) (*Principal, error) {
	if len(token) > 7 && strings.EqualFold(token[:7], "Bearer ") {
		token = token[7:]
	}
	if err := checkToken(token); err != nil {
		return nil, err
	}
	t, err := a.lookUp(ctx, hashSecret(token), a.loadToken)
	return t.principal, err
}

// session returns what stands behind a session's secret. Errors as Bearer, with reason session_ended or session_expired.
func (a *Authenticator) session(ctx context.Context, secret string) (trusted, error) {
	if len(secret) != secretLength || !isBase62(secret) {
		return trusted{}, errSessionEnded
	}
	return a.lookUp(ctx, hashSecret(secret), a.loadSession)
}

// lookUp returns what is remembered of a secret, or asks the database.
func (a *Authenticator) lookUp(ctx context.Context, hash string, load func(context.Context, string) (loaded, error)) (trusted, error) {
	if t, ok := a.trusted.Get(hash); ok && a.now().Before(t.until) && t.principal.Err() == nil {
		return t, nil
	}
	for range maxReloads {
		before := a.changes.Load()
		l, err := load(ctx, hash)
		if err != nil {
			a.trusted.Remove(hash)
			return trusted{}, err
		}
		t := trusted{principal: newPrincipal(l.of, a.live.hold(l.of)), until: a.now().Add(trust)}
		if l.session != nil && l.session.Hash == hash {
			t.rotateAt = l.session.RotatedAt.Add(rotateEvery)
		}
		a.trusted.Add(hash, t)
		if a.changes.Load() == before {
			a.noteUse(l)
			return t, nil
		}
		a.trusted.Remove(hash)
	}
	return trusted{}, fault.New(fault.Unavailable, "permissions_busy", "permissions are changing right now; try again")
}

// noteUse has the last use of a token written, unless that was done within the last minute or too much is waiting.
func (a *Authenticator) noteUse(l loaded) {
	if l.token == nil || (l.token.LastUsedAt != nil && a.now().Sub(*l.token.LastUsedAt) < time.Minute) {
		return
	}
	select {
	case a.used <- l.token.ID:
	default:
	}
}

// forget makes the next use of every secret of the given sessions, tokens or users look into the database.
func (a *Authenticator) forget(ids map[string]bool) {
	a.changes.Add(1)
	for _, hash := range a.trusted.Keys() {
		t, ok := a.trusted.Peek(hash)
		if !ok {
			continue
		}
		if of := t.principal.of; ids[of.UserID] || ids[of.SessionID] || ids[of.TokenID] {
			a.trusted.Remove(hash)
		}
	}
}
