package graph

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/waymarkhq/waymark/graph/generated"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/subscription"
)

// Options configure a Server; Resolver and Logger are needed.
type Options struct {
	Resolver *Resolver
	Logger   *slog.Logger
	Limits   Limits
	// MaxBody bounds the body of a request without files, in bytes; default 2 MiB.
	MaxBody int64
	// Timeout bounds the execution of a query or mutation; default 30 s.
	Timeout time.Duration
	// Origins are those whose pages may open WebSockets, beside the server's own.
	Origins []string
	// ClientAddress returns a request's client, as far as the server trusts what it was told.
	ClientAddress func(*http.Request) string
}

// Server answers GraphQL over HTTP, WebSocket and server-sent events.
type Server struct {
	handler       http.Handler
	Subscriptions *subscription.Server
}

// queryCache is how many parsed documents are kept.
const queryCache = 1000

// NewServer makes a server. Its subscriptions are served while Subscriptions.Run runs.
func NewServer(o Options) (*Server, error) {
	o.setDefaults()
	subscriptions, err := subscription.New(subscription.Options{
		Authenticate: o.Resolver.authenticate, Detach: detach, Shareable: shareable,
		Origins: o.Origins, ClientAddress: o.ClientAddress, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	h := handler.New(generated.NewExecutableSchema(generated.Config{Schema: schema(), Resolvers: o.Resolver}))
	h.AddTransport(subscriptions.WebSocket())
	h.AddTransport(subscriptions.EventStream())
	h.AddTransport(overHTTP{MaxBody: o.MaxBody, MaxUpload: MaxUpload, Logger: o.Logger})
	documents := lru.New[*ast.QueryDocument](queryCache)
	h.SetQueryCache(documents)
	h.SetValidationRulesFn(validation)
	h.Use(repeats{most: o.Limits.Repeats, tokens: o.Limits.Tokens, known: documents})
	h.SetParserTokenLimit(o.Limits.Tokens)
	h.SetErrorPresenter(present(o.Logger))
	h.SetRecoverFunc(recovered(o.Logger))
	h.Use(o.Limits)
	h.Use(extension.Introspection{})
	h.AroundOperations(bounded(o.Timeout))
	h.AroundRootFields(guardRoot)
	h.AroundRootFields(named)
	h.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return fewErrors(next(sibling.With(ctx)))
	})
	return &Server{handler: h, Subscriptions: subscriptions}, nil
}

// schema is the SDL's, without directives that are not for clients: @defer, which gqlgen brings along although no transport
// here delivers in parts, and those that only steer the generator.
func schema() *ast.Schema {
	s := *generated.NewExecutableSchema(generated.Config{}).Schema()
	s.Directives = maps.Clone(s.Directives)
	for _, name := range []string{"defer", "goField", "goModel"} {
		delete(s.Directives, name)
	}
	return &s
}

func (o *Options) setDefaults() {
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	if o.MaxBody == 0 {
		o.MaxBody = maxBody
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// bounded ends queries and mutations that take too long. Their context must live until the response is made.
func bounded(d time.Duration) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
			return next(ctx)
		}
		ctx, cancel := context.WithTimeout(ctx, d)
		respond := next(ctx)
		return func(ctx context.Context) *graphql.Response {
			defer cancel()
			return respond(ctx)
		}
	}
}

// guardRoot refuses root fields without a rule, and those that need somebody signed in when there is nobody, whatever
// the service behind would say.
func guardRoot(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	f := graphql.GetRootFieldContext(ctx)
	if err := admit(ctx, f.Field.ObjectDefinition.Name, f.Field.Name); err != nil {
		graphql.AddError(graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: f.Object, Field: f.Field}), err)
		return graphql.Null
	}
	return next(ctx)
}

// named lets the audit log know which mutation it is that changes something.
func named(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	return next(audit.WithAction(ctx, graphql.GetRootFieldContext(ctx).Field.Name))
}

func admit(ctx context.Context, object, field string) error {
	if len(field) > 1 && field[:2] == "__" {
		return nil
	}
	rule, known := auth.RuleOf(auth.Action(object + "." + field))
	if !known {
		return fault.New(fault.Forbidden, "no_rule", "nobody may use "+object+"."+field)
	}
	if rule.Public {
		return nil
	}
	_, err := auth.From(ctx)
	return err
}

// identity is who a subscription belongs to.
type identity struct{ *auth.Principal }

// Subject names the credential, so that one token cannot take all connections.
func (i identity) Subject() string {
	if id := i.TokenID(); id != "" {
		return id
	}
	return i.UserID()
}

// authenticate finds out who opens a connection: by the token in connection_init, or else as any other request.
func (r *Resolver) authenticate(
	ctx context.Context, _ *http.Request, payload map[string]any,
) (context.Context, subscription.Identity, error) {
	var p *auth.Principal
	var err error
	if token := subscription.BearerToken(payload); token != "" {
		p, err = r.Auth.Bearer(ctx, token)
	} else {
		p, err = auth.From(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	return auth.With(ctx, p), identity{p}, nil
}

// detach gives a shared execution the rights of its viewers, and nothing else of them.
func detach(ctx context.Context, id subscription.Identity) context.Context {
	p, ok := id.(identity)
	if !ok {
		return ctx
	}
	return auth.With(ctx, p.Detached())
}

// shareable says whether all viewers with the same rights get the same: no selected field is marked @viewerDependent.
func shareable(oc *graphql.OperationContext) bool {
	return !selectsViewer(oc.Operation.SelectionSet, map[string]bool{})
}

func selectsViewer(set ast.SelectionSet, seen map[string]bool) bool {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if s.Definition != nil && s.Definition.Directives.ForName("viewerDependent") != nil {
				return true
			}
			if selectsViewer(s.SelectionSet, seen) {
				return true
			}
		case *ast.InlineFragment:
			if selectsViewer(s.SelectionSet, seen) {
				return true
			}
		case *ast.FragmentSpread:
			if s.Definition == nil || seen[s.Name] {
				continue
			}
			seen[s.Name] = true
			if selectsViewer(s.Definition.SelectionSet, seen) {
				return true
			}
		}
	}
	return false
}
