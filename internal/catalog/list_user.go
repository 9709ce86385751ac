package catalog

import (
	"context"
	"maps"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/apitoken"
	"github.com/waymarkhq/waymark/ent/invitation"
	"github.com/waymarkhq/waymark/ent/membership"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/auth"
)

// People are made and changed by package auth; here they are listed, and read as far as other things refer to them. Any
// signed-in person may see who others are; what is private about them has rules of its own.
var users = table[ent.User]{
	name: user.Table, id: func(r *ent.User) string { return r.ID }, visible: toEveryone,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.User, error) {
		return modified(ctx, c.User.Query(), m)
	},
}

var memberships = table[ent.Membership]{
	name: membership.Table, id: func(r *ent.Membership) string { return r.ID }, visible: toEveryone,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Membership, error) {
		return modified(ctx, c.Membership.Query(), m)
	},
}

var tokens = table[ent.APIToken]{
	name: apitoken.Table, id: func(r *ent.APIToken) string { return r.ID }, visible: toEveryone,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.APIToken, error) {
		return modified(ctx, c.APIToken.Query(), m)
	},
}

var invitations = table[ent.Invitation]{
	name: invitation.Table, id: func(r *ent.Invitation) string { return r.ID }, visible: byApp(invitation.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Invitation, error) {
		return modified(ctx, c.Invitation.Query(), m)
	},
}

// Invitations lists the invitations into the app with a key, or (nil) all, newest first.
func (s *Service) Invitations(appKey *string) List[ent.Invitation] {
	order := timeOrder(&invitations, invitation.FieldCreatedAt, func(r *ent.Invitation) time.Time { return r.CreatedAt })
	return List[ent.Invitation]{
		s: s, t: &invitations, order: order.towards(Descending), action: "Query.invitations", appKey: appKey,
		inApp: inItsApp,
	}
}

// InvitationsByID reads invitations as AppsByID does apps; those into an app are for its administrators.
func (s *Service) InvitationsByID(ctx context.Context, ids []string) (map[string]*ent.Invitation, error) {
	rows, err := byID(ctx, s, &invitations, ids)
	return permitted(ctx, rows, err, "Invitation", func(r *ent.Invitation) auth.Object { return auth.Object{App: r.AppID} })
}

func toEveryone(*sql.Selector, *visibility) {}

// Users lists the people who can sign in, oldest account first.
func (s *Service) Users() List[ent.User] {
	order := timeOrder(&users, user.FieldCreatedAt, func(r *ent.User) time.Time { return r.CreatedAt })
	return List[ent.User]{s: s, t: &users, order: order, action: "Query.users"}
}

// UsersByID reads people as AppsByID does apps.
func (s *Service) UsersByID(ctx context.Context, ids []string) (map[string]*ent.User, error) {
	return byID(ctx, s, &users, ids)
}

// TokensByID reads API tokens as AppsByID does apps: one's own, or as an administrator of the organisation anybody's.
func (s *Service) TokensByID(ctx context.Context, ids []string) (map[string]*ent.APIToken, error) {
	rows, err := byID(ctx, s, &tokens, ids)
	return permitted(ctx, rows, err, "APIToken", func(r *ent.APIToken) auth.Object { return auth.Object{Owner: r.UserID} })
}

// permitted leaves out of what was read the rows on which the action is not allowed.
func permitted[T any](
	ctx context.Context, rows map[string]*T, err error, action auth.Action, object func(*T) auth.Object,
) (map[string]*T, error) {
	if err != nil || len(rows) == 0 {
		return rows, err
	}
	p, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(rows, func(_ string, r *T) bool { return !p.Can(action, object(r)) })
	return rows, nil
}

// MembershipsOf returns the roles of each person, by the person's id. Whether the asking person may see them is for the
// caller to judge.
func (s *Service) MembershipsOf(ctx context.Context, userIDs []string) (map[string][]*ent.Membership, error) {
	return grouped(ctx, s, &memberships, membership.FieldUserID, userIDs,
		func(r *ent.Membership) string { return r.UserID }, membership.FieldCreatedAt, membership.FieldID)
}
