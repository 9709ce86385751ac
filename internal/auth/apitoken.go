package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/apitoken"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// maxTokens is how many API tokens that are neither revoked nor expired a person may have.
const maxTokens = 1000

// CreateToken is a new API token.
type CreateToken struct {
	Name  string
	Roles []Grant
	// ExpiresAt is when it ends; nil for never.
	ExpiresAt *time.Time
}

// CreateToken makes an API token that acts for who is asking, and returns it with its secret, which is shown this once.
// INVALID_INPUT names each refused field; FORBIDDEN for a role that the asking does not have themselves. A token can make
// others, which end with it at the latest.
func (s *Service) CreateToken(ctx context.Context, in CreateToken) (*ent.APIToken, string, error) {
	if err := Allow(ctx, "Mutation.createAPIToken", ""); err != nil {
		return nil, "", err
	}
	p, err := From(ctx)
	if err != nil {
		return nil, "", err
	}
	return s.createToken(ctx, p, p, in)
}

// CreateTokenFor makes an API token that acts for the person with that address, as the operator's command line does.
// Errors as CreateToken; the roles are measured by the person's.
func (s *Service) CreateTokenFor(ctx context.Context, email string, in CreateToken) (*ent.APIToken, string, error) {
	if err := Allow(ctx, "User.password", ""); err != nil {
		return nil, "", err
	}
	by, err := From(ctx)
	if err != nil {
		return nil, "", err
	}
	u, err := s.User(ctx, email)
	if err != nil {
		return nil, "", err
	}
	of, err := identityUser(u)
	if err != nil {
		return nil, "", fault.New(fault.FailedPrecondition, "user_deactivated", "this account was deactivated")
	}
	return s.createToken(ctx, by, NewPrincipal(of), in)
}

func (s *Service) createToken(ctx context.Context, by, owner *Principal, in CreateToken) (*ent.APIToken, string, error) {
	if owner.UserID() == "" {
		return nil, "", fault.New(fault.Forbidden, "user_needed", "a token acts for a person")
	}
	if err := s.checkNewToken(&in, owner); err != nil {
		return nil, "", err
	}
	secret := newToken()
	row, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.APIToken, error) {
		return s.insertToken(ctx, tx, by, owner, in, secret)
	})
	if err != nil {
		return nil, "", fmt.Errorf("create API token: %w", err)
	}
	s.log.InfoContext(ctx, "API token created", "token", row.ID, "user", owner.UserID(), "by", by.UserID())
	return row, secret, nil
}

func (s *Service) checkNewToken(in *CreateToken, owner *Principal) error {
	var f fault.Fields
	in.Name = cleanName(&f, in.Name)
	if len(in.Roles) == 0 {
		f.Add("input.roles", "required", "needs at least one role")
	}
	for i, g := range in.Roles {
		if SetOf(g.Role) == 0 {
			f.Add(fmt.Sprintf("input.roles[%d].role", i), "unknown_role", "is not a role")
		}
	}
	if in.ExpiresAt != nil {
		at := in.ExpiresAt.UTC().Truncate(time.Microsecond)
		in.ExpiresAt = &at
		if !s.now().Before(at) {
			f.Add("input.expiresAt", "in_the_past", "must be in the future")
		}
	}
	if owner.TokenID() != "" && !owner.Expires().IsZero() && (in.ExpiresAt == nil || in.ExpiresAt.After(owner.Expires())) {
		f.Add("input.expiresAt", "too_late", "must not be later than the end of the token that is asking")
	}
	return f.Err()
}

func (s *Service) insertToken(ctx context.Context, tx *ent.Tx, by, owner *Principal, in CreateToken, secret string) (*ent.APIToken, error) {
	grants, err := resolve(ctx, tx, in.Roles)
	if err != nil {
		return nil, err
	}
	stored := make([]schema.Grant, len(grants))
	for i, g := range grants {
		if !owner.In(g.appID).Covers(g.role) {
			return nil, fault.New(fault.Forbidden, "role_above_own", "a token's roles cannot exceed those of who makes it").
				With("role", string(g.role)).With("app", in.Roles[i].App)
		}
		stored[i] = schema.Grant{AppID: g.appID, Role: string(g.role)}
	}
	good, err := tx.APIToken.Query().Where(apitoken.UserID(owner.UserID()), apitoken.RevokedAtIsNil(),
		apitoken.Or(apitoken.ExpiresAtIsNil(), apitoken.ExpiresAtGT(s.now()))).Count(ctx)
	if err != nil {
		return nil, err
	}
	if good >= maxTokens {
		return nil, fault.New(fault.FailedPrecondition, "too_many_tokens", "revoke some API tokens first").With("limit", maxTokens)
	}
	return tx.APIToken.Create().SetUserID(owner.UserID()).SetName(in.Name).SetHash(hashSecret(secret)).
		SetHint(secret[len(secret)-4:]).SetGrants(stored).SetNillableExpiresAt(in.ExpiresAt).
		SetCreatedByID(by.UserID()).SetUpdatedByID(by.UserID()).Save(ctx)
}

// RevokeToken refuses an API token from now on: one's own, or any as an administrator of the organisation. Twice is as good as
// once. NOT_FOUND, also for the tokens of others.
func (s *Service) RevokeToken(ctx context.Context, id string) (*ent.APIToken, error) {
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	row, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.APIToken, error) {
		row, err := tx.APIToken.Get(ctx, id)
		if err != nil {
			return nil, found(err, "APIToken", id)
		}
		if !p.Can("Mutation.revokeAPIToken", Object{Owner: row.UserID}) {
			return nil, fault.NotFoundf("APIToken", id)
		}
		if row.RevokedAt != nil {
			return row, nil
		}
		s.announce(ctx, errTokenRevoked, id)
		return row.Update().SetRevokedAt(s.now()).SetUpdatedByID(p.UserID()).Save(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("revoke API token: %w", err)
	}
	s.log.InfoContext(ctx, "API token revoked", "token", id, "by", p.UserID())
	return row, nil
}

// Tokens returns the API tokens of a person, newest first: one's own, or anybody's as an administrator of the organisation. An
// empty id is for everybody's. FORBIDDEN.
func (s *Service) Tokens(ctx context.Context, userID string) ([]*ent.APIToken, error) {
	if err := AllowOn(ctx, "APIToken", Object{Owner: userID}); err != nil {
		return nil, err
	}
	q := s.store.Read().APIToken.Query().Order(ent.Desc(apitoken.FieldID)).WithUser()
	if userID != "" {
		q.Where(apitoken.HasUserWith(user.ID(userID)))
	}
	rows, err := q.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list API tokens: %w", store.Fault(err))
	}
	return rows, nil
}
