package catalog

import (
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// AppGrant gives a kind of moves to roles, in place of those that have it otherwise.
type AppGrant struct {
	Grant plan.Grant
	Roles []auth.Role
}

// AppGrantInput is an AppGrant as a client writes it.
type AppGrantInput = AppGrant

// grants are what an app may give to other roles than the usual.
var grants = []plan.Grant{plan.GrantSignOff, plan.GrantPublish}

// GrantsOf returns what an app gives to other roles than the usual.
func GrantsOf(a *ent.App) []*AppGrant {
	list := []*AppGrant{}
	for _, g := range grants {
		if len(a.Grants[g]) == 0 {
			continue
		}
		one := &AppGrant{Grant: g}
		for _, role := range a.Grants[g] {
			one.Roles = append(one.Roles, auth.Role(role))
		}
		list = append(list, one)
	}
	return list
}

// validateSettings notes what is wrong with how an app is to be worked on.
func (in *UpdateAppInput) validateSettings(f *fault.Fields) {
	if t := in.Template; t != nil && !slices.Contains(plan.Templates(), *t) {
		f.Add("input.template", "unknown_template", fmt.Sprintf("%q is not a template", *t))
	}
	for i, g := range in.Grants {
		g.validate(fmt.Sprintf("input.grants[%d]", i), f)
		if slices.ContainsFunc(in.Grants[:i], func(o AppGrantInput) bool { return o.Grant == g.Grant }) {
			f.Add(fmt.Sprintf("input.grants[%d].grant", i), "duplicate", fmt.Sprintf("%q is there twice", g.Grant))
		}
	}
	if in.Naming != nil {
		in.Naming.Validate("input.naming", f)
	}
	if in.Completeness != nil {
		in.Completeness.Validate("input.completeness", f)
	}
}

// validate refuses a grant to nobody, and to viewers, who move nothing.
func (g *AppGrant) validate(path string, f *fault.Fields) {
	if !slices.Contains(grants, g.Grant) {
		f.Add(path+".grant", "unknown_grant", fmt.Sprintf("%q is not a grant", g.Grant))
	}
	if len(g.Roles) == 0 {
		f.Add(path+".roles", "required", "say at least one role, or leave the grant out for the usual ones")
	}
	for i, role := range g.Roles {
		at := fmt.Sprintf("%s.roles[%d]", path, i)
		switch {
		case auth.SetOf(role) == 0:
			f.Add(at, "unknown_role", fmt.Sprintf("%q is not a role", role))
		case role == auth.Viewer:
			f.Add(at, "role_moves_nothing", "a viewer only reads")
		case slices.Contains(g.Roles[:i], role):
			f.Add(at, "duplicate", fmt.Sprintf("%q is there twice", role))
		}
	}
}

// applySettings writes what the input says about how the app is worked on.
func (in *UpdateAppInput) applySettings(u *ent.AppUpdateOne) {
	if in.Template != nil {
		u.SetTemplate(*in.Template)
	}
	if in.Grants != nil {
		by := make(map[plan.Grant][]string, len(in.Grants))
		for _, g := range in.Grants {
			by[g.Grant] = texts(g.Roles)
		}
		u.SetGrants(by)
	}
	if in.Naming != nil {
		u.SetNaming(in.Naming)
	}
	if in.Completeness != nil {
		u.SetCompleteness(in.Completeness)
	}
}
