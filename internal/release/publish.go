package release

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// atOnce is how many rows one statement inserts: as many as both databases take the parameters of.
const atOnce = 1000

// PublishIn publishes in a transaction of the caller, who has judged whether by may; ctx is the transaction's. Refusals:
//
//   - CONFLICT target_moved: the newest release is not the request's base; since lists what came between.
//   - CONFLICT same_match: nothing would tell two events from each other.
//   - FAILED_PRECONDITION not_approved, batch_cancelled, item_dropped: not everything is fit to be published.
//   - FAILED_PRECONDITION ancestor_unpublished, behind_production: another batch stands in the way.
//   - FAILED_PRECONDITION breaking_unexplained: breaking changes go to production without a reason; lists them.
//   - FAILED_PRECONDITION nothing_to_publish: the environment has all of it.
func (s *Service) PublishIn(ctx context.Context, tx *ent.Tx, by Actor, req *Request) (*Outcome, error) {
	p := s.publication(tx.Client(), req.DryRun)
	if err := p.prepare(ctx, req); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return s.finishPublishing(ctx, p, by, req)
}

func (s *Service) finishPublishing(ctx context.Context, p *publication, by Actor, req *Request) (*Outcome, error) {
	out, err := s.finish(ctx, p, by, &ent.Release{
		Kind: plan.ReleasePublish, Note: req.Note, Reason: req.Reason, BatchIds: sortedKeys(p.batchIDs),
	})
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return out, nil
}

// finish writes what was worked out, or in a dry run only tells it.
func (s *Service) finish(ctx context.Context, p *publication, by Actor, r *ent.Release) (out *Outcome, err error) {
	out = &Outcome{
		BaseRelease: p.env.LastRelease, Changes: p.changes, BatchIDs: r.BatchIds, Refusals: p.refusals,
	}
	if p.env.LastRelease == 0 {
		if out.DraftsLeft, err = p.draftsLeft(ctx); err != nil {
			return nil, fmt.Errorf("count the drafts that are left: %w", err)
		}
	}
	if p.dryRun {
		return out, nil
	}
	r.EnvironmentID, r.AppID, r.Number = p.env.ID, p.env.AppID, p.env.LastRelease+1
	r.CreatedByID, r.TokenID, r.CreatedAt = by.UserID, by.TokenID, s.now()
	if out.Release, err = p.write(ctx, r); err != nil {
		return nil, err
	}
	store.AfterCommit(ctx, func() { s.announce(ctx, r.AppID) })
	return out, nil
}

// announce tells all nodes that an app's environments accept something else.
func (s *Service) announce(ctx context.Context, appID string) {
	if err := s.notifier.Notify("plan."+appID, nil); err != nil {
		s.log.WarnContext(ctx, "other nodes learn of a release by polling only", "app", appID, "error", err)
	}
}

// write makes the release: a row of its own, what it ends and what it puts in force, the environment's newest number and
// the app's plan version.
func (p *publication) write(ctx context.Context, r *ent.Release) (*ent.Release, error) {
	row, err := p.client.Release.Create().SetEnvironmentID(r.EnvironmentID).SetAppID(r.AppID).SetNumber(r.Number).
		SetKind(r.Kind).SetNote(r.Note).SetReason(r.Reason).SetRestores(r.Restores).SetBatchIds(r.BatchIds).
		SetCreatedAt(r.CreatedAt).SetNillableCreatedByID(optional(r.CreatedByID)).SetNillableTokenID(optional(r.TokenID)).
		Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("write the release: %w", err)
	}
	if err := p.end(ctx, r.Number); err != nil {
		return nil, fmt.Errorf("end what it replaces: %w", err)
	}
	if err := p.enter(ctx, r.Number); err != nil {
		return nil, fmt.Errorf("put in force: %w", err)
	}
	// Neither the environment nor the app was edited, so when and by whom they were changed last stays.
	q := p.sql().Update(environment.Table).Set(environment.FieldLastRelease, r.Number).Where(sql.EQ(environment.FieldID, r.EnvironmentID))
	if err := p.run(ctx, q); err != nil {
		return nil, fmt.Errorf("number the release: %w", err)
	}
	q = p.sql().Update(app.Table).Add(app.FieldPlanVersion, 1).Where(sql.EQ(app.FieldID, r.AppID))
	if err := p.run(ctx, q); err != nil {
		return nil, fmt.Errorf("raise plan version: %w", err)
	}
	return row, nil
}

func (p *publication) end(ctx context.Context, number int) error {
	if len(p.ended) == 0 {
		return nil
	}
	ids := make([]string, len(p.ended))
	for i := range p.ended {
		ids[i] = p.ended[i].ID
	}
	q := p.sql().Update(releaseslot.Table).Set(releaseslot.FieldEnded, number).Where(store.Among(releaseslot.FieldID, ids))
	return p.run(ctx, q)
}

func (p *publication) enter(ctx context.Context, number int) error {
	for part := range slices.Chunk(p.entered, atOnce) {
		q := p.sql().Insert(releaseslot.Table).Columns(
			releaseslot.FieldID, releaseslot.FieldEnvironmentID, releaseslot.FieldEventID, releaseslot.FieldTerminal,
			releaseslot.FieldFromVersion, releaseslot.FieldHash, releaseslot.FieldOffline, releaseslot.FieldApprovalID,
			releaseslot.FieldWireName, releaseslot.FieldAliases, releaseslot.FieldEntered)
		for i := range part {
			s := &part[i]
			q.Values(schema.NewID("slt"), p.env.ID, s.EventID, s.Terminal, s.From, s.Hash, s.Offline, s.ApprovalID, s.WireName, s.Aliases, number)
		}
		if err := p.run(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// draftsLeft counts the events that an environment accepts no more when its first release makes it leave the drafts.
func (p *publication) draftsLeft(ctx context.Context) (int, error) {
	all, err := p.client.Event.Query().Where(event.AppID(p.env.AppID)).Count(ctx)
	planned := map[string]bool{}
	for i := range p.entered {
		if !p.entered[i].Offline {
			planned[p.entered[i].EventID] = true
		}
	}
	return all - len(planned), err
}

// optional is nil for an empty id, so that its column stays null.
func optional(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
