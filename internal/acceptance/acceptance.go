// Package acceptance is the service of capture sessions: testers bind devices to a session and see what they report, judged by
// what the session tests.
//
// What is stored of a session is what people and devices decided: who takes part, which batches and events it tests, which
// ids are bound to it and when, which steps were marked, and that it ended. What its devices reported, which devices they
// are, and what the definitions under test say of it, is worked out of the samples and of the live stream, in stream order, so
// that every node and every reload says the same.
//
// A session ends by a command, or by itself: eight hours after its last event, at the latest a day after its start.
//
// Every exported method begins with who may do it (package auth), but for those that say otherwise: they are for the program
// itself. Commands collect what is wrong with their input before anything is changed; each is one transaction, after whose
// commit the other nodes are told.
//
// Concurrency: a Service is safe for concurrent use.
package acceptance

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/live"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// Notifier carries notices to all nodes. Delivery is best effort: nodes also look for themselves.
type Notifier interface {
	Notify(subject string, data []byte) error
}

// Notices tells what other nodes say.
type Notices interface {
	Listen(subject string, fn func(subject string, data []byte)) (stop func(), err error)
}

// Plans knows what environments go by.
type Plans interface {
	// PlanWith returns what an environment of an app would go by with batches published, as far as they can be.
	PlanWith(ctx context.Context, appID, environmentID string, batchIDs []string) (*plan.Plan, error)
}

// Hub has events as they arrive on this node.
type Hub interface {
	Subscribe(appID, environmentID string, f live.Filter) (*live.Subscription, error)
}

// SessionSubject is the subject of the notice that something of a session was changed; its id follows.
const SessionSubject = "session."

// Options are what a Service works with. All but Logger are required.
type Options struct {
	Store    *store.Store
	Notifier Notifier
	Notices  Notices
	Plans    Plans
	Hub      Hub
	// CaughtUp waits until what is in the stream now is in the database.
	CaughtUp func(ctx context.Context) error
	// Now is the clock, time.Now but in tests.
	Now func() time.Time
	// Logger hears what went wrong after a commit. Nil means silence.
	Logger *slog.Logger
}

// Service is capture sessions. See the package comment for its rules.
type Service struct {
	store    *store.Store
	read     *ent.Client // for everything outside of transactions
	notifier Notifier
	notices  Notices
	plans    Plans
	hub      Hub
	caughtUp func(ctx context.Context) error
	clock    func() time.Time
	log      *slog.Logger
	checkers checkers
	opened   chan opened

	mu      sync.Mutex
	known   map[string]*tracked // by session
	watches map[string]*watch   // by session; each has a viewer at least
}

// New returns the service.
func New(o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		store: o.Store, read: o.Store.Read(), notifier: o.Notifier, notices: o.Notices, plans: o.Plans, hub: o.Hub, caughtUp: o.CaughtUp,
		clock: o.Now, log: o.Logger, known: map[string]*tracked{}, watches: map[string]*watch{},
		opened: make(chan opened, maxOpened),
	}
}

// now is the time to store: UTC, cut to the microsecond that both databases keep.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// change is one transaction of a command, with who makes it and when.
type change struct {
	*ent.Tx
	by  string // id of the user; empty for the program itself
	now time.Time
}

// change runs fn in a transaction and returns the session that it changed, of which the other nodes are told.
func (s *Service) change(
	ctx context.Context, what string, fn func(ctx context.Context, c *change) (*ent.CaptureSession, error),
) (*ent.CaptureSession, error) {
	by := ""
	if p, err := auth.From(ctx); err == nil {
		by = p.UserID()
	}
	row, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.CaptureSession, error) {
		return fn(ctx, &change{Tx: tx, by: by, now: s.now()})
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	s.tell(context.WithoutCancel(ctx), row.ID)
	return row, nil
}

// tell has all nodes know that something of a session was changed.
func (s *Service) tell(ctx context.Context, sessionID string) {
	if err := s.notifier.Notify(SessionSubject+sessionID, nil); err != nil {
		s.log.WarnContext(ctx, "other nodes learn of a changed session by polling only", "session", sessionID, "error", err)
	}
}

// open returns a session for a change within the transaction, if it still takes anything; that puts its end off.
func (c *change) open(ctx context.Context, id string) (*ent.CaptureSession, error) {
	row, err := c.CaptureSession.Get(ctx, id)
	if err != nil {
		return nil, lost(err, "CaptureSession", id)
	}
	if !IsOpen(row, c.now) {
		return nil, fault.New(fault.FailedPrecondition, "session_ended", "the session "+row.Code+" has ended: start another").
			With("session", row.Code)
	}
	return row.Update().SetActiveAt(c.now).Save(ctx)
}

// IsOpen reports whether a session takes events at a moment.
func IsOpen(s *ent.CaptureSession, now time.Time) bool {
	return s.EndedAt == nil && now.Before(EndsAt(s))
}

// reach returns the session with an id, if the action is allowed on it.
func (s *Service) reach(ctx context.Context, action auth.Action, id string) (*ent.CaptureSession, error) {
	return s.reachBy(ctx, action, id, func(q *ent.CaptureSessionQuery) { q.Where(capturesession.ID(id)) })
}

func (s *Service) reachBy(
	ctx context.Context, action auth.Action, name string, where func(*ent.CaptureSessionQuery),
) (*ent.CaptureSession, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	q := s.read.CaptureSession.Query().WithApp()
	where(q)
	row, err := q.Only(ctx)
	if err != nil {
		return nil, lost(err, "CaptureSession", name)
	}
	if err := auth.AllowOn(ctx, action, auth.Object{App: row.AppID, Type: "CaptureSession", Name: name}); err != nil {
		return nil, err
	}
	if isCommand(action) {
		return row, refuseArchived(row.Edges.App)
	}
	return row, nil
}

// Session returns the session with a code, whatever its letter case, for who may see it: NOT_FOUND where there is none.
func (s *Service) Session(ctx context.Context, code string) (*ent.CaptureSession, error) {
	return s.byCode(ctx, "Query.captureSession", code)
}

func (s *Service) byCode(ctx context.Context, action auth.Action, code string) (*ent.CaptureSession, error) {
	return s.reachBy(ctx, action, code, func(q *ent.CaptureSessionQuery) { q.Where(capturesession.Code(ReadCode(code))) })
}

// room returns the environment with a key of the app with a key, if the action is allowed there.
func (s *Service) room(ctx context.Context, action auth.Action, app, key string) (*ent.Environment, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	a, err := s.appByKey(ctx, app)
	if err != nil {
		return nil, err
	}
	if err := auth.AllowOn(ctx, action, auth.Object{App: a.ID, Type: "App", Name: app}); err != nil {
		return nil, err
	}
	if isCommand(action) {
		if err := refuseArchived(a); err != nil {
			return nil, err
		}
	}
	env, err := s.read.Environment.Query().Where(environment.AppID(a.ID), environment.Key(key)).Only(ctx)
	if err != nil {
		return nil, lost(err, "Environment", key)
	}
	return env, nil
}

func isCommand(action auth.Action) bool { return len(action) > 9 && action[:9] == "Mutation." }

// refuseArchived refuses commands in an app that is archived.
func refuseArchived(a *ent.App) error {
	if a.ArchivedAt == nil {
		return nil
	}
	return fault.New(fault.FailedPrecondition, plan.GuardAppArchived, "the app "+a.Key+" is archived: restore it first").
		With("app", a.Key).With("archivedAt", *a.ArchivedAt)
}

// lost turns ent's error about a missing row into NOT_FOUND.
func lost(err error, typ, name string) error {
	if ent.IsNotFound(err) {
		return fault.NotFoundf(typ, name)
	}
	return store.Fault(err)
}
