package auth

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/membership"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// placed is a grant whose app is known by id.
type placed struct {
	role  Role
	appID string // empty for the whole organisation
}

// resolve finds the apps of grants. INVALID_INPUT for the path of each that there is not, or that who is asking may not see.
func resolve(ctx context.Context, tx *ent.Tx, grants []Grant) ([]placed, error) {
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	list := make([]placed, 0, len(grants))
	for i, g := range grants {
		appID, err := appIDOf(ctx, tx, g.App)
		if fault.Is(err, fault.NotFound) || err == nil && !p.CanSee(appID) {
			f.Add(fmt.Sprintf("input.roles[%d].app", i), "not_found", "there is no such app")
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, placed{role: g.Role, appID: appID})
	}
	return list, f.Err()
}

// appIDOf returns the id of the app with that key, empty for an empty key; NOT_FOUND.
func appIDOf(ctx context.Context, tx *ent.Tx, key string) (string, error) {
	if key == "" {
		return "", nil
	}
	id, err := tx.App.Query().Where(app.Key(key)).OnlyID(ctx)
	return id, found(err, "App", key)
}

// ChangeRole is a role given to a person or taken away.
type ChangeRole struct {
	UserID string
	Grant
}

// GrantRole gives a person a role. For administrators of the app, or of the organisation. Twice is as good as once.
// NOT_FOUND for the person or the app.
func (s *Service) GrantRole(ctx context.Context, in ChangeRole) (*ent.User, error) {
	return s.changeRole(ctx, "Mutation.grantRole", in, func(ctx context.Context, tx *ent.Tx, by *Principal, g placed) (bool, error) {
		return insertMembership(ctx, tx, by, in.UserID, g)
	})
}

// RevokeRole takes a role from a person. For administrators of the app, or of the organisation. Twice is as good as
// once. NOT_FOUND for the person or the app; FAILED_PRECONDITION when nobody would administrate the organisation any more.
func (s *Service) RevokeRole(ctx context.Context, in ChangeRole) (*ent.User, error) {
	return s.changeRole(ctx, "Mutation.revokeRole", in, func(ctx context.Context, tx *ent.Tx, _ *Principal, g placed) (bool, error) {
		n, err := tx.Membership.Delete().Where(theGrant(in.UserID, g)...).Exec(ctx)
		if err != nil || n == 0 {
			return false, err
		}
		if g != (placed{role: Admin}) {
			return true, nil
		}
		return true, administrated(ctx, tx)
	})
}

func (s *Service) changeRole(ctx context.Context, action Action, in ChangeRole,
	change func(context.Context, *ent.Tx, *Principal, placed) (bool, error),
) (*ent.User, error) {
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := ParseRole("role", string(in.Role)); err != nil {
		return nil, err
	}
	u, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		appID, err := appIDOf(ctx, tx, in.App)
		if err != nil {
			return nil, err
		}
		if err := AllowOn(ctx, action, Object{App: appID, Type: "App", Name: in.App}); err != nil {
			return nil, err
		}
		u, err := tx.User.Get(ctx, in.UserID)
		if err != nil {
			return nil, found(err, "User", in.UserID)
		}
		changed, err := change(ctx, tx, p, placed{role: in.Role, appID: appID})
		if changed {
			s.announce(ctx, nil, u.ID)
		}
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("change role: %w", err)
	}
	s.log.InfoContext(ctx, "role changed", "action", string(action), "user", u.ID, "role", string(in.Role), "app", in.App, "by", p.UserID())
	return u, nil
}

// insertMembership reports whether the person did not have the role before.
func insertMembership(ctx context.Context, tx *ent.Tx, by *Principal, userID string, g placed) (bool, error) {
	has, err := tx.Membership.Query().Where(theGrant(userID, g)...).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return false, err
	}
	if has != nil {
		if !has.Mapped {
			return false, nil
		}
		// From now on it stays, whatever the issuer says.
		return false, has.Update().SetMapped(false).SetUpdatedByID(by.UserID()).Exec(ctx)
	}
	row := tx.Membership.Create().SetUserID(userID).SetRole(string(g.role)).SetCreatedByID(by.UserID()).SetUpdatedByID(by.UserID())
	if g.appID != "" {
		row.SetAppID(g.appID)
	}
	return true, row.Exec(ctx)
}

func theGrant(userID string, g placed) []predicate.Membership {
	in := membership.AppIDIsNil()
	if g.appID != "" {
		in = membership.AppID(g.appID)
	}
	return []predicate.Membership{membership.UserID(userID), membership.Role(string(g.role)), in}
}

// administrated refuses a transaction after which nobody could administrate the organisation.
func administrated(ctx context.Context, tx *ent.Tx) error {
	left, err := tx.Membership.Query().Where(
		membership.Role(string(Admin)), membership.AppIDIsNil(), membership.HasUserWith(user.DeactivatedAtIsNil()),
	).Exist(ctx)
	if err == nil && !left {
		err = fault.New(fault.FailedPrecondition, "last_administrator", "somebody must remain who administrates the organisation")
	}
	return err
}
