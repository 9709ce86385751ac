package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/store"
)

// Governance joins the plans and their releases on one database: moves of batches publish, and what is published moves
// batches on.
func Governance(s *store.Store, notifier release.Notifier, now func() time.Time, log *slog.Logger) (*catalog.Service, *release.Service) {
	// Each needs the other, so one of them is set late.
	publish := &publisher{}
	plans := catalog.New(catalog.Options{Store: s, Notifier: notifier, Captured: s, Publisher: publish, Released: publish, Now: now, Logger: log})
	publish.releases = release.New(release.Options{
		Store: s, Notifier: notifier, Drafts: plans, Deliveries: deliveries{plans}, Now: now, Logger: log,
	})
	return plans, publish.releases
}

// publisher has the moves of batches publish.
type publisher struct{ releases *release.Service }

// PlanOf implements catalog.Released.
func (p *publisher) PlanOf(ctx context.Context, environmentID string, release *int, batch *string) (*plan.Plan, bool, error) {
	return p.releases.PlanOf(ctx, environmentID, release, batch)
}

// SessionPlans shows the catalog's and the releases' plans to capture sessions.
type SessionPlans struct {
	Plans    *catalog.Service
	Releases *release.Service
}

// PlanWith implements acceptance.Plans: the drafts, where an environment goes by them, have what the batches bring already.
func (s SessionPlans) PlanWith(ctx context.Context, appID, environmentID string, batchIDs []string) (*plan.Plan, error) {
	p, ok, err := s.Releases.PlanWith(ctx, environmentID, batchIDs)
	if err != nil || ok {
		return p, err
	}
	drafts, err := s.Plans.Plans(ctx, appID)
	if err != nil {
		return nil, err
	}
	for _, e := range drafts.Environments {
		if e.ID == environmentID {
			return e.Plan, nil
		}
	}
	return nil, fault.NotFoundf("Environment", environmentID)
}

// nothingToPublish is the reason of a refusal that is none to whoever moves a batch: all of it holds already.
const nothingToPublish = "nothing_to_publish"

// Publish implements catalog.Publisher.
func (p *publisher) Publish(ctx context.Context, tx *ent.Tx, what *catalog.Publication) (releaseID string, err error) {
	out, err := p.releases.PublishIn(ctx, tx, release.Actor{UserID: what.UserID, TokenID: what.TokenID}, &release.Request{
		EnvironmentID: what.EnvironmentID, ItemIDs: slices.Sorted(maps.Keys(what.Terminals)), TerminalsOf: what.Terminals,
		From: what.FromVersion, FromOn: what.FromVersions, BaseRelease: what.BaseRelease, Reason: what.Reason, Note: what.Note,
		InPlace: what.InPlace, DryRun: what.DryRun,
	})
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Reason == nothingToPublish {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if out.Release != nil {
		return out.Release.ID, nil
	}
	var refusals []error
	for _, f := range out.Refusals {
		if f.Reason != nothingToPublish {
			refusals = append(refusals, f)
		}
	}
	return "", errors.Join(refusals...)
}

// deliveries has what is published, or brought back, move the items of batches.
type deliveries struct{ plans *catalog.Service }

// Admit implements release.Deliveries.
func (d deliveries) Admit(ctx context.Context, tx *ent.Tx, p *release.Passage) ([]*fault.Error, error) {
	return d.plans.Admit(ctx, tx, passage(p))
}

// Published implements release.Deliveries.
func (d deliveries) Published(ctx context.Context, tx *ent.Tx, p *release.Passage, releaseID string) error {
	return d.plans.Published(ctx, tx, passage(p), releaseID)
}

// RolledBack implements release.Deliveries.
func (d deliveries) RolledBack(ctx context.Context, tx *ent.Tx, environmentID string, restored int, releaseID string) error {
	return d.plans.RolledBack(ctx, tx, environmentID, restored, releaseID)
}

func passage(p *release.Passage) *catalog.Passage {
	return &catalog.Passage{
		Environment: p.Environment, Items: p.Items, Terminals: p.Terminals, FromVersion: p.From, FromVersions: p.FromOn,
		Reason: p.Reason,
	}
}
