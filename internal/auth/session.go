package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/session"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// How long sessions last. A session ends sessionLife after its last change of secret, which any use brings about once a
// day, and sessionAbsolute after the sign-in, whatever happens.
const (
	sessionLife     = 14 * 24 * time.Hour
	sessionAbsolute = 90 * 24 * time.Hour
	rotateEvery     = 24 * time.Hour
	// rotationGrace is for how long the secret before the last change is honoured: requests may be on their way with it.
	rotationGrace = 2 * time.Minute
)

// SignIn is what a person signs in with.
type SignIn struct{ Email, Password string }

// SignIn opens a session, gives its cookie to the client in whose exchange ctx is, and returns who is asking from now on
// in ctx. The session that the client had before ends.
//
// UNAUTHENTICATED with reason wrong_credentials, whether address or password is wrong or the account deactivated;
// RATE_LIMITED after too many wrong attempts for the account or from the client's address; FAILED_PRECONDITION outside an HTTP
// request.
func (s *Service) SignIn(ctx context.Context, in SignIn) (*Principal, error) {
	x, err := exchangeOf(ctx)
	if err != nil {
		return nil, err
	}
	u, err := s.checkPassword(ctx, in, x.address)
	if err != nil {
		return nil, err
	}
	p, err := s.openSession(ctx, u, x)
	if err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "signed in", "user", u.ID, "session", p.SessionID(), "address", x.address)
	return p, nil
}

// checkPassword returns the user whom the credentials belong to.
func (s *Service) checkPassword(ctx context.Context, in SignIn, address string) (*ent.User, error) {
	key := emailKey(in.Email)
	giveBack, err := s.throttle.guess(shorten(key, maxEmail), address)
	if err != nil {
		s.metrics.signIns.WithLabelValues("throttled").Inc()
		s.log.WarnContext(ctx, "sign-in throttled", "address", address)
		return nil, err
	}
	u, err := s.store.Read().User.Query().Where(user.EmailKey(key), user.DeactivatedAtIsNil()).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		giveBack()
		return nil, fmt.Errorf("look up who signs in: %w", store.Fault(err))
	}
	hash := ""
	if u != nil {
		hash = u.PasswordHash
	}
	right, stale, err := s.passwords.Verify(ctx, hash, shorten(in.Password, 4*maxPassword))
	if err != nil {
		giveBack()
		return nil, err
	}
	if !right {
		s.metrics.signIns.WithLabelValues("wrong").Inc()
		s.log.WarnContext(ctx, "sign-in refused", "known", u != nil, "address", address)
		return nil, fault.New(fault.Unauthenticated, "wrong_credentials", "address or password is wrong")
	}
	giveBack()
	s.metrics.signIns.WithLabelValues("ok").Inc()
	if stale {
		s.rehash(ctx, u, in.Password)
	}
	return u, nil
}

// rehash stores the hash of a right password anew, at today's cost. It may fail: the next sign-in tries again.
func (s *Service) rehash(ctx context.Context, u *ent.User, password string) {
	hash, err := s.passwords.Hash(ctx, password)
	if err == nil {
		err = s.store.Tx(audit.Quietly(ctx), func(ctx context.Context, tx *ent.Tx) error {
			return tx.User.Update().Where(user.ID(u.ID), user.PasswordHash(u.PasswordHash)).SetPasswordHash(hash).Exec(ctx)
		})
	}
	if err != nil {
		s.log.WarnContext(ctx, "password was not hashed anew", "user", u.ID, "error", err)
	}
}

// openSession stores a new session for u in place of the one that the client had, and seats its principal in ctx.
func (s *Service) openSession(ctx context.Context, u *ent.User, x *exchange) (*Principal, error) {
	secret := randomText(secretLength)
	err := s.store.Tx(audit.Quietly(ctx), func(ctx context.Context, tx *ent.Tx) error {
		if err := s.endSecret(ctx, tx, x.secret); err != nil {
			return err
		}
		now := s.now()
		if err := tx.User.UpdateOneID(u.ID).SetLastSignInAt(now).SetUpdatedAt(u.UpdatedAt).Exec(ctx); err != nil {
			return err
		}
		return tx.Session.Create().SetUserID(u.ID).SetHash(hashSecret(secret)).
			SetCreatedAt(now).SetRotatedAt(now).SetExpiresAt(now.Add(sessionLife)).
			SetUserAgent(x.userAgent).SetAddress(x.address).Exec(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	t, err := s.session(ctx, secret)
	if err != nil {
		return nil, err
	}
	x.secret = secret
	x.setCookie(secret)
	reseat(ctx, t.principal)
	return t.principal, nil
}

// SignOut ends the session of the client in whose exchange ctx is, and takes its cookie away. Without a session it does
// nothing. FAILED_PRECONDITION outside an HTTP request.
func (s *Service) SignOut(ctx context.Context) error {
	x, err := exchangeOf(ctx)
	if err != nil {
		return err
	}
	err = s.store.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error { return s.endSecret(ctx, tx, x.secret) })
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	x.secret = ""
	x.setCookie("")
	reseat(ctx, nil)
	return nil
}

// endSecret deletes the session with the given secret, if there is one.
func (s *Service) endSecret(ctx context.Context, tx *ent.Tx, secret string) error {
	if len(secret) != secretLength {
		return nil
	}
	hash := hashSecret(secret)
	return s.endSessions(ctx, tx, session.Or(session.Hash(hash), session.PreviousHash(hash)))
}

// rotate changes the secret of p's session, which also prolongs it, and gives the client the new one. Of several requests
// with the same secret one does so; when it fails, the session goes on as it was.
func (a *Authenticator) rotate(ctx context.Context, p *Principal, x *exchange) {
	secret, now, old := randomText(secretLength), a.now(), hashSecret(x.secret)
	changed := false
	err := a.store.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		row, err := tx.Session.Query().Where(session.ID(p.SessionID()), session.Hash(old)).Only(ctx)
		if changed = err == nil; ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		until := now.Add(sessionLife)
		if last := row.CreatedAt.Add(sessionAbsolute); until.After(last) {
			until = last
		}
		return row.Update().SetHash(hashSecret(secret)).SetPreviousHash(old).SetRotatedAt(now).SetExpiresAt(until).Exec(ctx)
	})
	if err != nil {
		a.log.WarnContext(ctx, "session secret was not changed", "session", p.SessionID(), "error", err)
		return
	}
	a.trusted.Remove(old)
	if changed {
		x.secret = secret
		x.setCookie(secret)
	}
}

// reseat lets p ask in the rest of the request that ctx belongs to; nil for nobody.
func reseat(ctx context.Context, p *Principal) {
	if s, ok := ctx.Value(contextKey{}).(*seat); ok {
		s.take(p, nil)
	}
}
