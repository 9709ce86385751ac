package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/ent/writekey"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// AppPlan is all that collecting for an app has to know, as of one moment.
type AppPlan struct {
	AppID, AppKey string
	// Version is the app's plan version; two AppPlans of one app with the same version are equal.
	Version      int64
	Environments []EnvironmentPlan
	// Properties are those that the app's events may use, by name, and whether their values are personal or sensitive.
	Properties map[string]bool
}

// EnvironmentPlan is what one environment accepts, and under which keys.
type EnvironmentPlan struct {
	ID, Key string
	// RetentionDays and MaxSamples bound how long and how many captured events are kept.
	RetentionDays, MaxSamples int
	// MaskedPatterns are what is masked by its looks; KeepOriginals says whether what is masked is also kept as reported.
	MaskedPatterns []masking.Pattern
	KeepOriginals  bool
	// ValidShare and InvalidPerMinute say which captured events are kept; nil is all of them.
	ValidShare       float64
	InvalidPerMinute *int
	// LastRelease is the number of its newest release, 0 while it goes by the drafts.
	LastRelease int
	// Plan is what the drafts say, where it goes by them; else it has no definitions. It is shared and immutable.
	Plan *plan.Plan
	// Forwarding is where payloads are passed on to; nil where they are not.
	Forwarding *Forwarding
	// WriteKeys are the good ones; an archived app has none.
	WriteKeys []AcceptedKey
}

// Forwarding is where an environment's payloads are passed on to.
type Forwarding struct {
	URL, Backlog string
	Headers      map[string]string
}

// AcceptedKey is a write key that is good.
type AcceptedKey struct {
	ID, Key string
	// TerminalKey is the terminal that all events under it come from; empty where they are recognised by themselves.
	TerminalKey string
}

// Versions returns the plan version of each app, by the app's id, in one statement. It is for the program itself, which
// asks often, and so asks nobody for permission.
func (s *Service) Versions(ctx context.Context) (map[string]int64, error) {
	versions := map[string]int64{}
	q := sql.Dialect(s.store.Dialect()).Select(app.FieldID, app.FieldPlanVersion).From(sql.Table(app.Table))
	err := scan(ctx, s.read, q, func(rows *stdsql.Rows) error {
		var id string
		var version int64
		if err := rows.Scan(&id, &version); err != nil {
			return err
		}
		versions[id] = version
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read plan versions: %w", err)
	}
	return versions, nil
}

// Plans builds what the environments of an app accept: what the newest revision of each of the app's
// events says; but for those that have had a release, whose plan is the releases' to tell. It is for the program itself and asks nobody for permission. NOT_FOUND when the app is gone.
func (s *Service) Plans(ctx context.Context, appID string) (*AppPlan, error) {
	// One transaction sees one state, although it reads it in several statements.
	tx, err := s.read.BeginTx(ctx, &stdsql.TxOptions{Isolation: stdsql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("build plans: %w", store.Fault(err))
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	b := &planBuilder{tx: tx, dialect: s.store.Dialect(), appID: appID}
	p, err := b.build(ctx)
	if err != nil {
		return nil, fmt.Errorf("build plans of %s: %w", appID, store.Fault(err))
	}
	return p, nil
}

// planBuilder reads what the plans of one app are made of.
type planBuilder struct {
	tx      *ent.Tx
	dialect string
	appID   string
}

func (b *planBuilder) build(ctx context.Context) (*AppPlan, error) {
	a, err := b.tx.App.Get(ctx, b.appID)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("App", b.appID)
	}
	if err != nil {
		return nil, err
	}
	common := plan.Plan{AppID: a.ID, Version: a.PlanVersion}
	terminalKeys := map[string]string{}
	if common.Terminals, err = b.terminals(ctx, terminalKeys); err != nil {
		return nil, fmt.Errorf("read terminals: %w", err)
	}
	rows, err := b.tx.Environment.Query().Where(environment.AppID(b.appID)).
		Order(environment.ByPosition(), environment.ByID()).
		WithWriteKeys(func(q *ent.WriteKeyQuery) { q.Where(writekey.RevokedAtIsNil()) }).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read environments: %w", err)
	}
	drafts := common
	if slices.ContainsFunc(rows, goesByDrafts) {
		if drafts.Definitions, drafts.ValueSets, err = b.definitions(ctx); err != nil {
			return nil, err
		}
	}
	out := &AppPlan{AppID: a.ID, AppKey: a.Key, Version: a.PlanVersion}
	if out.Properties, err = b.sensitivities(ctx); err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	for _, e := range rows {
		p := common
		if goesByDrafts(e) {
			p = drafts
		}
		p.EnvironmentID = e.ID
		env := EnvironmentPlan{
			ID: e.ID, Key: e.Key, RetentionDays: e.RetentionDays, MaxSamples: e.MaxSamples, LastRelease: e.LastRelease, Plan: &p,
			ValidShare: e.ValidShare, InvalidPerMinute: e.InvalidPerMinute,
			MaskedPatterns: e.MaskedPatterns, KeepOriginals: e.KeepOriginals,
			WriteKeys: make([]AcceptedKey, 0, len(e.Edges.WriteKeys)),
		}
		if a.ArchivedAt != nil {
			e.Edges.WriteKeys = nil // what comes under them is refused, as under keys that are not known
		} else if e.ForwardTo != "" {
			env.Forwarding = &Forwarding{URL: e.ForwardTo, Backlog: e.ForwardBacklog, Headers: e.ForwardHeaders}
		}
		for _, k := range e.Edges.WriteKeys {
			env.WriteKeys = append(env.WriteKeys, AcceptedKey{ID: k.ID, Key: k.Key, TerminalKey: terminalKeys[k.TerminalID]})
		}
		out.Environments = append(out.Environments, env)
	}
	return out, nil
}

// goesByDrafts reports whether an environment has never had a release.
func goesByDrafts(e *ent.Environment) bool { return e.LastRelease == 0 }

// terminals returns the app's terminals in order, and notes their keys by id.
func (b *planBuilder) terminals(ctx context.Context, byID map[string]string) ([]plan.Terminal, error) {
	rows, err := b.tx.Terminal.Query().Where(terminal.AppID(b.appID)).
		Order(terminal.ByPosition(), terminal.ByID()).All(ctx)
	list := make([]plan.Terminal, 0, len(rows))
	for _, t := range rows {
		byID[t.ID] = t.Key
		list = append(list, plan.Terminal{ID: t.ID, Key: t.Key, Kind: t.Kind, Libraries: t.Libraries, Systems: t.Systems})
	}
	return list, err
}

// definitions returns the newest definition of each event, by key, with properties resolved, and the value sets that they
// draw on.
func (b *planBuilder) definitions(ctx context.Context) ([]plan.Definition, map[string]*plan.ValueSet, error) {
	rows, err := b.tx.Event.Query().Where(event.AppID(b.appID), standing).Order(event.ByKey(), event.ByID()).
		Select(event.FieldKey, event.FieldKind, event.FieldWireName, event.FieldMatch, event.FieldAliases,
			event.FieldTerminals, event.FieldExcludedCommon, event.FieldHeadID).All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read events: %w", err)
	}
	types, err := b.types(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read properties: %w", err)
	}
	rules, err := b.rules(ctx, types)
	if err != nil {
		return nil, nil, fmt.Errorf("read event properties: %w", err)
	}
	drawn := map[string]bool{}
	list := make([]plan.Definition, 0, len(rows))
	for _, e := range rows {
		d := plan.Definition{
			EventID: e.ID, Key: e.Key, RevisionID: e.HeadID, Kind: e.Kind, WireName: e.WireName, Match: e.Match,
			Aliases: e.Aliases, Terminals: e.Terminals, Properties: rules[e.ID], ExcludedCommon: e.ExcludedCommon,
		}
		noteValueSets(&d, drawn)
		list = append(list, d)
	}
	sets, err := b.valueSets(ctx, slices.Sorted(maps.Keys(drawn)))
	return list, sets, err
}
