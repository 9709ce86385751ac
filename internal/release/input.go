package release

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// maxWords is the longest reason or note, in code points.
const maxWords = 2000

// PublishInput says what somebody wants published.
type PublishInput struct {
	App, Environment string
	// Batch is a batch's number, Items are ids of items of any batches; one of the two.
	Batch *string
	Items []string
	// Terminals, FromVersion and FromVersions are those of Request.
	Terminals    []string
	FromVersion  *string
	FromVersions []StartInput
	BaseRelease  *int
	Reason, Note string
	DryRun       bool
}

// StartInput is an app version of a terminal.
type StartInput struct{ Terminal, Version string }

// RollbackInput says what somebody wants brought back: what was in force after a release, or at a moment.
type RollbackInput struct {
	App, Environment string
	Release          *int
	At               *time.Time
	BaseRelease      *int
	Reason, Note     string
	DryRun           bool
}

// Publish puts what reviews have approved in force in an environment, as its next release, and moves the items on with it:
// into test they are then in testing, in production online. Refusals are those of PublishIn, and those of the moves.
func (s *Service) Publish(ctx context.Context, in PublishInput) (*Outcome, error) {
	a, env, err := s.intoEnvironment(ctx, "Mutation.publish", in.App, in.Environment)
	if err != nil {
		return nil, err
	}
	req, err := s.request(ctx, a, env, &in)
	if err != nil {
		return nil, err
	}
	return s.transact(ctx, in.DryRun, func(ctx context.Context, tx *ent.Tx, by Actor) (*Outcome, error) {
		return s.publishAndMove(ctx, tx, by, req)
	})
}

// intoEnvironment returns the environment that a command publishes into, with its app, for who may.
func (s *Service) intoEnvironment(ctx context.Context, action auth.Action, app, key string) (*ent.App, *ent.Environment, error) {
	a, err := s.app(ctx, action, app)
	if err != nil {
		return nil, nil, err
	}
	env, err := s.environment(ctx, a, key)
	if err != nil {
		return nil, nil, err
	}
	return a, env, mayPublish(ctx, a, env)
}

// transact runs a publication in a transaction of its own.
func (s *Service) transact(
	ctx context.Context, dryRun bool, fn func(ctx context.Context, tx *ent.Tx, by Actor) (*Outcome, error),
) (*Outcome, error) {
	p, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	if dryRun {
		return s.preview(ctx, fn)
	}
	by := Actor{UserID: p.UserID(), TokenID: p.TokenID()}
	return store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*Outcome, error) {
		return fn(ctx, tx, by)
	})
}

// preview runs a publication that writes nothing, without holding anybody up.
func (s *Service) preview(
	ctx context.Context, fn func(ctx context.Context, tx *ent.Tx, by Actor) (*Outcome, error),
) (out *Outcome, err error) {
	err = s.consistent(ctx, func(tx *ent.Tx) error {
		out, err = fn(ctx, tx, Actor{})
		return err
	})
	return out, err
}

// app returns the app with a key, if the action is allowed in it.
func (s *Service) app(ctx context.Context, action auth.Action, key string) (*ent.App, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	row, err := s.read.App.Query().Where(app.Key(key)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("App", key)
	}
	if err != nil {
		return nil, fmt.Errorf("read app: %w", store.Fault(err))
	}
	if err := auth.AllowOn(ctx, action, auth.Object{App: row.ID, Type: "App", Name: key}); err != nil {
		return nil, err
	}
	if strings.HasPrefix(string(action), "Mutation.") {
		return row, refuseArchived(row)
	}
	return row, nil
}

// refuseArchived refuses to change what is in force in an app that is archived.
func refuseArchived(a *ent.App) error {
	if a.ArchivedAt == nil {
		return nil
	}
	return fault.New(fault.FailedPrecondition, plan.GuardAppArchived, "the app "+a.Key+" is archived: restore it first").
		With("app", a.Key).With("archivedAt", *a.ArchivedAt)
}

// environment returns an app's environment with a key.
func (s *Service) environment(ctx context.Context, a *ent.App, key string) (*ent.Environment, error) {
	row, err := s.read.Environment.Query().Where(environment.AppID(a.ID), environment.Key(key)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("Environment", key)
	}
	if err != nil {
		return nil, fmt.Errorf("read environment: %w", store.Fault(err))
	}
	return row, nil
}

// mayPublish refuses whom the app does not let publish there. Into production may who may put online, by the table of the
// moves and what the app grants; into the other environments they, and who designs and builds.
func mayPublish(ctx context.Context, a *ent.App, env *ent.Environment) error {
	may := auth.SetOf(auth.Admin)
	online := plan.FindMove(plan.OfDelivery, string(plan.DeliveryAccepted), string(plan.DeliveryOnline), plan.BatchNormal, a.Template)
	for _, role := range online.RolesFor(a.Template, a.Grants) {
		may |= auth.SetOf(auth.Role(role))
	}
	if env.Key != plan.EnvironmentProduction {
		may |= auth.SetOf(auth.Editor, auth.Developer)
	}
	p, err := auth.From(ctx)
	if err != nil || p.In(a.ID)&may != 0 {
		return err
	}
	return fault.New(fault.Forbidden, "role_missing", "publishing into "+env.Key+" takes the role "+
		strings.ReplaceAll(may.String(), ",", " or ")+" here").With("roles", may.List())
}

// request turns what the client wrote into what is to be done.
func (s *Service) request(ctx context.Context, a *ent.App, env *ent.Environment, in *PublishInput) (*Request, error) {
	var f fault.Fields
	if (in.Batch == nil) == (len(in.Items) == 0) {
		f.Add("input.batch", "one_of", "say either a batch or items")
	}
	checkWords(in.Reason, in.Note, &f)
	req := &Request{
		EnvironmentID: env.ID, ItemIDs: in.Items, Terminals: in.Terminals, From: in.FromVersion, FromOn: map[string]string{},
		BaseRelease: in.BaseRelease, Reason: strings.TrimSpace(in.Reason), Note: strings.TrimSpace(in.Note), DryRun: in.DryRun,
	}
	for i, v := range in.FromVersions {
		if _, twice := req.FromOn[v.Terminal]; twice {
			f.Add(fmt.Sprintf("input.fromVersions[%d].terminal", i), "duplicate", fmt.Sprintf("%q is there twice", v.Terminal))
		}
		req.FromOn[v.Terminal] = v.Version
	}
	if err := f.Err(); err != nil || in.Batch == nil {
		return req, err
	}
	b, err := s.read.Batch.Query().Where(batch.AppID(a.ID), batch.Number(strings.ToUpper(*in.Batch))).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("Batch", *in.Batch)
	}
	if err != nil {
		return nil, fmt.Errorf("read batch: %w", store.Fault(err))
	}
	req.BatchID = b.ID
	return req, nil
}

func checkWords(reason, note string, f *fault.Fields) {
	for path, text := range map[string]string{"input.reason": reason, "input.note": note} {
		if utf8.RuneCountInString(text) > maxWords {
			f.Add(path, "too_long", fmt.Sprintf("at most %d characters", maxWords))
		}
	}
}
