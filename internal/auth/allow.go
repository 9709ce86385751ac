package auth

import (
	"context"
	"fmt"
	"strings"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Object is what an action is done to.
type Object struct {
	// App is the id of the app that the object belongs to; empty for what belongs to no app.
	App string
	// Owner is the id of the user who made it, or whom it belongs to, for rules that let people change their own.
	Owner string
	// Type and Name say how the client knows the object, for the NOT_FOUND of who may not even see it: "Event", "evt_…".
	Type, Name string
}

// Allow returns nil when who is asking may do the action in the app with that id (empty: on what belongs to no app).
// UNAUTHENTICATED when nobody is asking; FORBIDDEN with reason role_missing and the roles that would do; NOT_FOUND where
// the asking has no role in the app at all, and must not learn what exists there.
func Allow(ctx context.Context, action Action, appID string) error {
	return AllowOn(ctx, action, Object{App: appID})
}

// AllowOn is Allow for a certain object, so that its owner counts and a NOT_FOUND names it.
func AllowOn(ctx context.Context, action Action, o Object) error {
	rule := byAction[action]
	if rule == nil {
		return fmt.Errorf("authorize %s: no rule for it", action)
	}
	if rule.Public {
		return nil
	}
	p, err := From(ctx)
	if err != nil {
		return err
	}
	return rule.judge(p, o)
}

// Read is AllowOn for reading an object of the named type, e.g. "Event", in the app with that id; name is how the client
// knows the object. NOT_FOUND that names it where the asking may not see it.
func Read(ctx context.Context, typ, appID, name string) error {
	err := AllowOn(ctx, Action(typ), Object{App: appID, Type: typ, Name: name})
	if fault.Is(err, fault.Forbidden) {
		return fault.NotFoundf(typ, name)
	}
	return err
}

// judge is the decision itself; it depends on nothing but its arguments.
func (r *Rule) judge(p *Principal, o Object) error {
	if r.Roles&SignedIn != 0 || (r.Scope == InApp && r.Shared && o.App == "") {
		return nil
	}
	held := p.held(r.Scope, o.App)
	if p.SessionID() != "" {
		held |= InSession
	}
	if held&r.Roles != 0 {
		return nil
	}
	may := r.Roles
	if o.Owner != "" && o.Owner == p.of.UserID {
		may |= r.Own
	}
	if may&SignedIn != 0 || held&may != 0 {
		return nil
	}
	if may&InSession != 0 {
		return fault.New(fault.Forbidden, "session_needed", "only a person who is signed in may do this, no API token")
	}
	if o.App != "" && p.In(o.App) == 0 {
		return notFound(o)
	}
	return r.refuse(o.App)
}

// held returns the roles that count for a rule of that scope.
func (p *Principal) held(s Scope, appID string) RoleSet {
	switch s {
	case InApp:
		return p.In(appID)
	case Anywhere:
		return p.Anywhere()
	default:
		return p.of.Organisation
	}
}

func notFound(o Object) error {
	if o.Type == "" {
		return fault.New(fault.NotFound, "not_found", "what you asked for does not exist")
	}
	return fault.NotFoundf(o.Type, o.Name)
}

func (r *Rule) refuse(appID string) error {
	if r.Roles == 0 {
		return fault.New(fault.Forbidden, "not_own", "only who made it may do this").With("action", string(r.Action))
	}
	names := make([]string, 0, 7)
	for _, role := range r.Roles.List() {
		names = append(names, string(role))
	}
	where := ""
	switch {
	case r.Scope == InApp && appID != "":
		where = " in this app"
	case r.Scope != Anywhere:
		where = " for the whole organisation"
	}
	return fault.New(fault.Forbidden, "role_missing", "this needs the role "+strings.Join(names, " or ")+where).
		With("action", string(r.Action)).With("roles", names).With("scope", r.Scope.String())
}

// Visible says which apps who is asking may read: all of them, or those with the given ids. Lists across apps are narrowed
// by it; what belongs to no app is visible to everyone who is signed in. UNAUTHENTICATED as From.
func Visible(ctx context.Context) (all bool, appIDs []string, err error) {
	p, err := From(ctx)
	if err != nil {
		return false, nil, err
	}
	return p.of.Organisation != 0, p.Apps(), nil
}

// CanSee reports whether the principal has a role in the app, or appID is empty.
func (p *Principal) CanSee(appID string) bool { return appID == "" || p.In(appID) != 0 }

// Can reports whether the principal may do an action on an object.
func (p *Principal) Can(action Action, o Object) bool {
	rule := byAction[action]
	return rule != nil && (rule.Public || rule.judge(p, o) == nil)
}
