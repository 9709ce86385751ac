package auth

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
)

// Principal is who is asking. It never changes after it is made.
type Principal struct {
	of    Identity
	scope string
	// credential is the live state of what the principal signed in with; nil where nothing can be revoked (the
	// operator's command line, a detached principal).
	credential *credential
}

// Identity is what a Principal is made of.
type Identity struct {
	UserID string // empty for the operator and for detached principals
	Name   string
	Email  string
	// At most one of the two is set: what the principal signed in with.
	TokenID   string
	SessionID string
	// TokenName is what the token is called.
	TokenName string
	// Organisation holds the organisation-wide roles, Apps those in single apps by app id.
	Organisation RoleSet
	Apps         map[string]RoleSet
	// Expires is when the credential ends; zero for never.
	Expires time.Time
}

// NewPrincipal returns a principal that no credential stands behind: for tests, for the operator's commands, for the demo.
func NewPrincipal(of Identity) *Principal { return newPrincipal(of, nil) }

// Operator is who works on the server's own command line: an administrator of everything who is not a user.
func Operator() *Principal {
	return NewPrincipal(Identity{Name: "operator", Organisation: SetOf(Admin)})
}

func newPrincipal(of Identity, c *credential) *Principal {
	apps := make(map[string]RoleSet, len(of.Apps))
	for app, roles := range of.Apps {
		if roles&anyRole != 0 {
			apps[app] = roles & anyRole
		}
	}
	of.Apps, of.Organisation = apps, of.Organisation&anyRole
	return &Principal{of: of, scope: scopeOf(of), credential: c}
}

// UserID is the id of the person, or of the person for whom the token acts; empty for the operator and when detached.
func (p *Principal) UserID() string { return p.of.UserID }

// Name is the person's name.
func (p *Principal) Name() string { return p.of.Name }

// Email is the person's address.
func (p *Principal) Email() string { return p.of.Email }

// TokenID is the id of the API token that was used, or empty.
func (p *Principal) TokenID() string { return p.of.TokenID }

// SessionID is the id of the session that was used, or empty.
func (p *Principal) SessionID() string { return p.of.SessionID }

// Organisation returns the organisation-wide roles.
func (p *Principal) Organisation() RoleSet { return p.of.Organisation }

// In returns the roles that count in an app: those of the app and the organisation-wide ones. For an empty id, of what
// belongs to no app, only the latter.
func (p *Principal) In(appID string) RoleSet {
	if appID == "" {
		return p.of.Organisation
	}
	return p.of.Organisation | p.of.Apps[appID]
}

// Apps returns the ids of the apps in which the principal has a role of its own there, sorted.
func (p *Principal) Apps() []string { return slices.Sorted(maps.Keys(p.of.Apps)) }

// Grants returns the roles in single apps, by app id.
func (p *Principal) Grants() map[string]RoleSet { return maps.Clone(p.of.Apps) }

// Anywhere returns every role that the principal has in some place.
func (p *Principal) Anywhere() RoleSet {
	all := p.of.Organisation
	for _, roles := range p.of.Apps {
		all |= roles
	}
	return all
}

// Expires is when the credential ends, as known when the principal was made; zero for never. A session that stays in use
// may end later: Err knows.
func (p *Principal) Expires() time.Time { return p.of.Expires }

// Err returns nil while the principal's credential stands. Otherwise it returns UNAUTHENTICATED with the reason why it
// ended: session_ended, session_expired, token_revoked, token_expired, user_deactivated or permissions_changed. It costs
// two atomic reads, so that whoever streams to a principal can ask before every page.
func (p *Principal) Err() error {
	if p.credential == nil {
		return nil
	}
	return p.credential.err()
}

// Ended is closed as soon as the credential is revoked or changed. It does not close by the mere passing of time: Err tells
// about expiry. Nil, which blocks for ever, where nothing can be revoked.
func (p *Principal) Ended() <-chan struct{} {
	if p.credential == nil {
		return nil
	}
	return p.credential.ended
}

// Scope is the canonical key of what the principal may do, and says nothing of who it is: equal scopes have equal rights, except
// to what each made or owns. Executions that are shared run per scope.
func (p *Principal) Scope() string { return p.scope }

// Detached returns a principal with the same rights and nobody behind it, for executions that several people share. It is
// never revoked, and owns nothing.
func (p *Principal) Detached() *Principal {
	return newPrincipal(Identity{Organisation: p.of.Organisation, Apps: p.of.Apps}, nil)
}

// DetachedIn is Detached with the rights in one app only, so that people whose roles differ elsewhere share.
func (p *Principal) DetachedIn(appID string) *Principal {
	return newPrincipal(Identity{Apps: map[string]RoleSet{appID: p.In(appID)}}, nil)
}

// scopeOf writes roles as "*=ADMIN;app_1=EDITOR,TESTER", apps sorted.
func scopeOf(of Identity) string {
	var b strings.Builder
	if of.Organisation != 0 {
		b.WriteString("*=" + of.Organisation.String())
	}
	for _, app := range slices.Sorted(maps.Keys(of.Apps)) {
		if b.Len() > 0 {
			b.WriteByte(';')
		}
		b.WriteString(app + "=" + of.Apps[app].String())
	}
	return b.String()
}

type contextKey struct{}

// With returns a context in which p is asking.
func With(ctx context.Context, p *Principal) context.Context { return sit(ctx, p, nil) }

// Without returns a context in which nobody is asking, because of err: a refused credential, or a database that is down.
func Without(ctx context.Context, err error) context.Context { return sit(ctx, nil, err) }

func sit(ctx context.Context, p *Principal, err error) context.Context {
	s := new(seat)
	s.take(p, err)
	return audit.WithActor(context.WithValue(ctx, contextKey{}, s), s)
}

// IsNobody reports whether an error of From says no more than that nobody is signed in: no credential at all, or a session
// that is over. A bad API token is something else: whoever sends one means to be somebody.
func IsNobody(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && slices.Contains([]string{"sign_in_required", errSessionEnded.Reason, errSessionExpired.Reason}, f.Reason)
}

// From returns who is asking, or UNAUTHENTICATED: nobody (reason sign_in_required), or with a credential that does not
// stand any more (see Principal.Err). UNAVAILABLE when the credential could not be looked up.
func From(ctx context.Context) (*Principal, error) {
	var a answer
	if s, ok := ctx.Value(contextKey{}).(*seat); ok {
		if taken := s.answer.Load(); taken != nil {
			a = *taken
		}
	}
	switch {
	case a.err != nil:
		return nil, a.err
	case a.principal == nil:
		return nil, fault.New(fault.Unauthenticated, "sign_in_required", "sign in first")
	}
	if err := a.principal.Err(); err != nil {
		return nil, err
	}
	return a.principal, nil
}
