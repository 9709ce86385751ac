package audit

import "context"

// ActorKind is what sort of actor changed something. Its values are those of the API and the database.
type ActorKind string

// The kinds of actors.
const (
	// Person is somebody who is signed in.
	Person ActorKind = "PERSON"
	// Token is an API token, which acts for a person.
	Token ActorKind = "TOKEN"
	// Operator is who works on the server's own command line, or was handed its one-time link.
	Operator ActorKind = "OPERATOR"
	// System is the server itself.
	System ActorKind = "SYSTEM"
)

// Actor is who changes something.
type Actor struct {
	Kind ActorKind
	// UserID is the person, or the one for whom the token acts; empty for the others.
	UserID string
	// TokenID is the API token, if one was used.
	TokenID string
	// Name is what the actor is called at the time, TokenName what the token is called.
	Name, TokenName string
}

// Asker knows who is asking, at the moment when it is asked: somebody may sign in in the middle of a request.
type Asker interface {
	// Actor returns who is asking, and whether anybody is.
	Actor() (Actor, bool)
}

type (
	askerKey   struct{}
	requestKey struct{}
	actionKey  struct{}
	quietKey   struct{}
)

// WithActor returns a context in which changes are made by whom a names.
func WithActor(ctx context.Context, a Asker) context.Context {
	return context.WithValue(ctx, askerKey{}, a)
}

// actorOf returns who makes the changes in a context; the server itself where nobody asked for them.
func actorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(askerKey{}).(Asker); ok {
		if actor, somebody := a.Actor(); somebody {
			return actor
		}
	}
	return Actor{Kind: System, Name: "Waymark"}
}

// WithRequest returns a context that belongs to the request with an id.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// WithAction returns a context in which changes are made by a command: a mutation of the API by its name, e.g.
// "createEvent". Without it an entry is named by what happened to its object.
func WithAction(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actionKey{}, name)
}

// Quietly returns a context in which changes leave no entries: for what the server notes down by itself and nobody decided,
// such as when somebody was there last.
func Quietly(ctx context.Context) context.Context { return context.WithValue(ctx, quietKey{}, true) }

func quiet(ctx context.Context) bool { return ctx.Value(quietKey{}) != nil }

func textOf(ctx context.Context, key any) string {
	text, _ := ctx.Value(key).(string)
	return text
}
