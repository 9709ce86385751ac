package graph

import (
	"cmp"
	"context"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	entschema "github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/auth"
)

// grant is a role in an app, or (no app) in the organisation, before its app is read.
type grant struct {
	app, role string
	mapped    bool
}

// viewer returns who is asking, or nil for nobody, as with a session that is over. A bad API token is an error.
func (r *Resolver) viewer(ctx context.Context) (*model.Viewer, error) {
	p, err := auth.From(ctx)
	if auth.IsNobody(err) {
		return nil, nil //nolint:nilnil // null is GraphQL's word for "none"
	}
	if err != nil {
		return nil, err
	}
	users, err := r.Catalog.UsersByID(ctx, []string{p.UserID()})
	if err != nil {
		return nil, err
	}
	v := &model.Viewer{User: users[p.UserID()], IsToken: p.TokenID() != ""}
	if v.User == nil {
		return nil, nil //nolint:nilnil // the person is gone
	}
	sibling.Register(ctx, v.User)
	held, err := r.Catalog.MembershipsOf(ctx, []string{p.UserID()})
	if err != nil {
		return nil, err
	}
	if v.Roles, err = r.grants(ctx, marked(grantsOf(p), held[p.UserID()])); err != nil {
		return nil, err
	}
	v.APITokens, err = r.Auth.Tokens(ctx, p.UserID())
	return v, err
}

func (r *Resolver) viewerPayload(ctx context.Context, err error) (*model.ViewerPayload, error) {
	if err != nil {
		return nil, err
	}
	v, err := r.viewer(ctx)
	return &model.ViewerPayload{Viewer: v}, err
}

// marked says of grants which of them the single sign-on gave.
func marked(all []grant, held []*ent.Membership) []grant {
	for i, g := range all {
		all[i].mapped = slices.ContainsFunc(held, func(m *ent.Membership) bool {
			return m.Mapped && m.AppID == g.app && m.Role == g.role
		})
	}
	return all
}

func grantsOf(p *auth.Principal) []grant {
	var all []grant
	for _, role := range p.Organisation().List() {
		all = append(all, grant{role: string(role)})
	}
	for app, roles := range p.Grants() {
		for _, role := range roles.List() {
			all = append(all, grant{app: app, role: string(role)})
		}
	}
	return all
}

// grants reads the apps of grants; those in apps that the viewer may not see are left out.
func (r *Resolver) grants(ctx context.Context, all []grant) ([]*model.RoleGrant, error) {
	apps, err := r.Catalog.AppsByID(ctx, distinct(all, func(g grant) string { return g.app }))
	if err != nil {
		return nil, err
	}
	return roleGrants(all, apps), nil
}

// roleGrants puts the apps to grants; those in apps that there are not are left out. The organisation's come first, then
// by the app's key, each in the canonical order of roles.
func roleGrants(all []grant, apps map[string]*ent.App) []*model.RoleGrant {
	out := make([]*model.RoleGrant, 0, len(all)) // none, which is not null
	for _, g := range all {
		app := apps[g.app]
		if g.app == "" || app != nil {
			out = append(out, &model.RoleGrant{Role: auth.Role(g.role), App: app, Mapped: g.mapped})
		}
	}
	slices.SortFunc(out, func(a, b *model.RoleGrant) int {
		return cmp.Or(
			cmp.Compare(appKey(a), appKey(b)),
			slices.Index(auth.Roles(), a.Role)-slices.Index(auth.Roles(), b.Role),
		)
	})
	return out
}

// appKey is the key of the app that a grant is in, or "".
func appKey(g *model.RoleGrant) string {
	if g.App == nil {
		return ""
	}
	return g.App.Key
}

// rolesStored returns the roles that a token or an invitation carries.
func (r *Resolver) rolesStored(ctx context.Context, grants []entschema.Grant) ([]*model.RoleGrant, error) {
	all := make([]grant, len(grants))
	for i, g := range grants {
		all[i] = grant{app: g.AppID, role: g.Role}
	}
	return r.grants(ctx, all)
}

// rolesOfUser returns a person's roles, or null for viewers who may not know.
func (r *Resolver) rolesOfUser(ctx context.Context, u *ent.User) ([]*model.RoleGrant, error) {
	if p, err := auth.From(ctx); err != nil || !p.Can("User.roles", auth.Object{Owner: u.ID}) {
		return nil, err
	}
	return sibling.Load(ctx, u, func(ctx context.Context, people []*ent.User) (map[string][]*model.RoleGrant, error) {
		held, err := r.Catalog.MembershipsOf(ctx, distinct(people, (*ent.User).NodeID))
		if err != nil {
			return nil, err
		}
		var flat []grant
		for _, list := range held {
			flat = append(flat, grantsIn(list)...)
		}
		apps, err := r.Catalog.AppsByID(ctx, distinct(flat, func(g grant) string { return g.app }))
		found := make(map[string][]*model.RoleGrant, len(people))
		for _, person := range people {
			found[person.ID] = roleGrants(grantsIn(held[person.ID]), apps)
		}
		return found, err
	})
}

func grantsIn(list []*ent.Membership) []grant {
	all := make([]grant, len(list))
	for i, m := range list {
		all[i] = grant{app: m.AppID, role: m.Role, mapped: m.Mapped}
	}
	return all
}

// emailOf returns a person's address, or null for viewers who may not know it.
func emailOf(ctx context.Context, u *ent.User) (*string, error) {
	if p, err := auth.From(ctx); err != nil || !p.Can("User.email", auth.Object{Owner: u.ID}) {
		return nil, err
	}
	return &u.Email, nil
}
