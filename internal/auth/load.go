package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/apitoken"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/ent/session"
	"github.com/waymarkhq/waymark/internal/store"
)

// loaded is what the database says about a credential.
type loaded struct {
	of Identity
	// session or token is the row; the other is nil.
	session *ent.Session
	token   *ent.APIToken
}

// loadSession reads the session whose secret has that hash, now or until shortly ago. UNAUTHENTICATED when it does not
// stand.
func (a *Authenticator) loadSession(ctx context.Context, hash string) (loaded, error) {
	row, err := a.store.Read().Session.Query().
		Where(session.Or(session.Hash(hash), session.PreviousHash(hash))).
		WithUser(func(q *ent.UserQuery) { q.WithMemberships() }).
		Only(ctx)
	if ent.IsNotFound(err) {
		return loaded{}, errSessionEnded
	}
	if err != nil {
		return loaded{}, fmt.Errorf("load session: %w", store.Fault(err))
	}
	now := a.now()
	if row.Hash != hash && now.Sub(row.RotatedAt) > rotationGrace {
		return loaded{}, errSessionEnded
	}
	of, err := identitySession(row, now)
	return loaded{of: of, session: row}, err
}

// loadToken reads the API token with that hash. UNAUTHENTICATED when it does not stand.
func (a *Authenticator) loadToken(ctx context.Context, hash string) (loaded, error) {
	row, err := a.store.Read().APIToken.Query().
		Where(apitoken.Hash(hash)).
		WithUser(func(q *ent.UserQuery) { q.WithMemberships() }).
		Only(ctx)
	if ent.IsNotFound(err) {
		return loaded{}, errTokenUnknown
	}
	if err != nil {
		return loaded{}, fmt.Errorf("load API token: %w", store.Fault(err))
	}
	of, err := identityToken(row, a.now())
	return loaded{of: of, token: row}, err
}

// identitySession judges a session's row, which has its user and memberships.
func identitySession(row *ent.Session, now time.Time) (Identity, error) {
	of, err := identityUser(row.Edges.User)
	if err != nil {
		return Identity{}, err
	}
	if !now.Before(row.ExpiresAt) {
		return Identity{}, errSessionExpired
	}
	of.SessionID, of.Expires = row.ID, row.ExpiresAt
	return of, nil
}

// identityToken judges a token's row, which has its user and memberships.
func identityToken(row *ent.APIToken, now time.Time) (Identity, error) {
	of, err := identityUser(row.Edges.User)
	if err != nil {
		return Identity{}, err
	}
	if row.RevokedAt != nil {
		return Identity{}, errTokenRevoked
	}
	if row.ExpiresAt != nil {
		if !now.Before(*row.ExpiresAt) {
			return Identity{}, errTokenExpired
		}
		of.Expires = *row.ExpiresAt
	}
	of.TokenID, of.TokenName = row.ID, row.Name
	of.Organisation, of.Apps = narrow(row.Grants, NewPrincipal(of))
	return of, nil
}

func identityUser(u *ent.User) (Identity, error) {
	if u.DeactivatedAt != nil {
		return Identity{}, errUserDeactivated
	}
	of := Identity{UserID: u.ID, Name: u.Name, Email: u.Email, Apps: map[string]RoleSet{}}
	for _, m := range u.Edges.Memberships {
		if m.AppID == "" {
			of.Organisation |= SetOf(Role(m.Role))
		} else {
			of.Apps[m.AppID] |= SetOf(Role(m.Role))
		}
	}
	return of, nil
}

// narrow returns those of a token's grants that its owner still covers: a token never outlives its owner's roles.
func narrow(grants []schema.Grant, owner *Principal) (organisation RoleSet, apps map[string]RoleSet) {
	apps = make(map[string]RoleSet)
	for _, g := range grants {
		role := Role(g.Role)
		switch {
		case !owner.In(g.AppID).Covers(role):
		case g.AppID == "":
			organisation |= SetOf(role)
		default:
			apps[g.AppID] |= SetOf(role)
		}
	}
	return organisation, apps
}
