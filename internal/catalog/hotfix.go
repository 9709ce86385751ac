package catalog

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/plan"
)

// inProduction returns the newest approval of an event that production goes by, or nil.
func (c *change) inProduction(ctx context.Context, appID, eventID string) (*ent.Approval, error) {
	env, err := c.Environment.Query().
		Where(environment.AppID(appID), environment.Key(plan.EnvironmentProduction)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	if err != nil {
		return nil, fmt.Errorf("read the environment: %w", err)
	}
	slot, err := c.ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID), releaseslot.EventID(eventID),
		releaseslot.EndedIsNil(), releaseslot.Offline(false)).Order(ent.Desc(releaseslot.FieldEntered)).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	if err != nil {
		return nil, fmt.Errorf("read what is in force: %w", err)
	}
	a, err := c.Approval.Get(ctx, slot.ApprovalID)
	return found(a, err, "Approval", slot.ApprovalID)
}

// startHotfix has the first edit of a hotfix begin with what production goes by, where that is not the newest approved
// definition: what others have approved and not published must not ride along.
func (c *change) startHotfix(ctx context.Context, d *draft) error {
	live, err := c.inProduction(ctx, d.batch.AppID, d.head.ownerID)
	if err != nil || live == nil || live.RevisionID == d.head.id {
		return err
	}
	d.basis, err = eventLine.read(ctx, c, live.RevisionID)
	return err
}

// hotfix approves a hotfix that was made from what production goes by, beside the line, and puts it, merged with what is
// newer there, on the line. It reports false where the hotfix comes from the newest approved definition, like any change.
func (a *approving) hotfix(ctx context.Context, it *ent.BatchItem, row *ent.Event) (done bool, err error) {
	own, err := a.c.newestUnder(ctx, eventLine, row.ID, a.batch.ID)
	if err != nil || own == nil || own.isApproved() {
		return false, err
	}
	live, err := a.c.inProduction(ctx, row.AppID, row.ID)
	if err != nil || live == nil || live.RevisionID == row.HeadID {
		return false, err
	}
	fix, err := a.c.fixIn(ctx, own)
	if err != nil {
		return false, err
	}
	m, err := a.c.meet(ctx, eventLine, own)
	if err != nil || fix == own && m.merged == nil {
		return false, err
	}
	if err := eventLine.approve(ctx, a.c, fix); err != nil {
		return false, err
	}
	if err := a.besideLine(ctx, it, row, fix, live); err != nil {
		return false, err
	}
	merged, err := a.c.join(ctx, eventLine, a.batch, m)
	if err != nil {
		return false, err
	}
	return true, a.onLine(ctx, it, row, merged, plan.CauseMerge)
}

// fixIn is the fix itself in what a hotfix has made of an event: what was merged with newer definitions, if it was.
func (c *change) fixIn(ctx context.Context, own *revision) (*revision, error) {
	if own.mergedID == "" {
		return own, nil
	}
	return eventLine.read(ctx, c, own.mergedID)
}

// fixBeside is what a hotfix goes on from after its approval: the fix that stands beside the line, or where there is none,
// because it went onto the line like any change, what is there.
func (c *change) fixBeside(ctx context.Context, own *revision) (*revision, error) {
	fix, err := c.fixIn(ctx, own)
	if err != nil || !fix.isApproved() {
		return own, err
	}
	return fix, nil
}

// besideLine freezes a hotfix with the shared definitions that production goes by.
func (a *approving) besideLine(
	ctx context.Context, it *ent.BatchItem, row *ent.Event, fix *revision, live *ent.Approval,
) error {
	doc, err := eventDocumentOf(fix)
	if err != nil {
		return err
	}
	if err := a.approveAlong(ctx, doc); err != nil {
		return err
	}
	if err := a.freezer.load(ctx, doc); err != nil {
		return err
	}
	e := &entry{event: row, revision: fix.id, previous: live.ID, cause: plan.CauseEvent, itemID: it.ID, beside: true}
	if err := a.enter(e, doc); err != nil {
		return err
	}
	text, err := a.c.Frozen.Get(ctx, live.Hash)
	if err != nil {
		return fmt.Errorf("read definition %s: %w", live.Hash, err)
	}
	before, err := plan.ParseFrozen(text.Body)
	if err != nil {
		return err
	}
	e.frozen.TakeShared(&before)
	a.texts[e.frozen.Hash()] = e.frozen.Canonical()
	return nil
}
