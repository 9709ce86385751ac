package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// line is how the revisions of one sort of definition are stored: of events, of properties, or of value sets.
type line struct {
	prefix string // of the ids of revisions
	kind   plan.ItemKind
	of     string     // what is defined, as errors name it
	table  string     // of what is defined
	shape  diff.Shape // of the definitions
	// all reads the revisions with the given ids.
	all    func(ctx context.Context, c *change, ids []string, each func(*revision)) error
	insert func(ctx context.Context, c *change, r *revision) error
	// rewrite changes the definition of a draft.
	rewrite func(ctx context.Context, c *change, r *revision) error
	// approve stores that a revision left review.
	approve func(ctx context.Context, c *change, r *revision) error
	// rehome has a batch hold the revisions of a definition that were made under another one.
	rehome func(ctx context.Context, c *change, ownerID, fromBatchID, toBatchID string) error
}

// revision is one version of a definition, whatever it defines.
type revision struct {
	id, ownerID string
	// batchID is empty where a shared definition was registered without a batch, baseID for the first revision, mergedID
	// but for what a merge made.
	batchID, baseID, mergedID string
	number                    int
	state                     plan.RevisionState
	definition                []byte
	hash                      string
	updatedBy                 string
	updatedAt                 time.Time
}

func (r *revision) isApproved() bool { return r.state == plan.RevisionApproved }

// begin makes the first revision of a definition, and an item of the batch, if there is one.
func (c *change) begin(ctx context.Context, l *line, ownerID string, b *ent.Batch, document any) (*revision, error) {
	if err := c.refuseClosed(ctx, b); err != nil {
		return nil, err
	}
	r := &revision{ownerID: ownerID, batchID: idOf(b), number: 1}
	if err := c.add(ctx, l, r, document); err != nil {
		return nil, err
	}
	return r, c.changedAfterApproval(ctx, &draft{line: l, batch: b, head: r, basis: r}, r)
}

// draft is a definition in the hands of somebody who edits it under a batch.
type draft struct {
	line *line
	// batch is nil where a shared definition is edited that no batch has taken up yet.
	batch *ent.Batch
	// head is the revision that the definition's row copies; basis is what the edit begins with: what the batch has made
	// of the definition so far, or else the head.
	head, basis *revision
}

// draftOf takes a definition, whose head is the revision with that id, in hand under the batch with the given number;
// no number means the batch of the head, as long as that is a draft.
func (c *change) draftOf(ctx context.Context, l *line, headID string, number *string, appID string) (*draft, error) {
	head, err := l.read(ctx, c, headID)
	if err != nil {
		return nil, err
	}
	d := &draft{line: l, head: head, basis: head}
	if d.batch, err = c.batchOfEdit(ctx, head, number, appID); err != nil || d.batch == nil {
		return d, err
	}
	if err := c.refuseClosed(ctx, d.batch); err != nil {
		return nil, err
	}
	own, err := c.newestUnder(ctx, l, head.ownerID, d.batch.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case own != nil && !own.isApproved():
		d.basis = own
	case d.batch.Type != plan.BatchHotfix || l.kind != plan.ItemEvent:
	case own == nil:
		return d, c.startHotfix(ctx, d)
	default:
		d.basis, err = c.fixBeside(ctx, own)
		return d, err
	}
	return d, nil
}

// batchOfEdit finds the batch that an edit belongs to; nil for a shared definition that no batch has taken up.
func (c *change) batchOfEdit(ctx context.Context, head *revision, number *string, appID string) (*ent.Batch, error) {
	switch {
	case number != nil:
		return c.batchOf(ctx, number, appID)
	case head.isApproved():
		return nil, fault.Invalid(fault.Field{Path: "input.batch", Reason: "batch_required", Message: "the definition has left review: " +
			"name the batch that changes it"})
	case head.batchID == "":
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	b, err := c.Batch.Get(ctx, head.batchID)
	return found(b, err, "Batch", head.batchID)
}

// refuseClosed refuses to edit under a batch that is closed, that only takes events offline, or of an app that is
// archived.
func (c *change) refuseClosed(ctx context.Context, b *ent.Batch) error {
	if b == nil {
		return nil
	}
	if err := c.refuseArchived(ctx, b.AppID); err != nil {
		return err
	}
	if b.Type == plan.BatchOffline {
		return fault.New(fault.FailedPrecondition, "batch_takes_offline",
			b.Number+" takes events offline: what is new or changed needs a batch of another type").With("batch", b.Number)
	}
	return refuseClosed(b)
}

// refuseClosed refuses to edit under a batch that is being reviewed (FAILED_PRECONDITION, reason batch_in_review) or was
// called off (batch_cancelled).
func refuseClosed(b *ent.Batch) error {
	if b == nil {
		return nil
	}
	switch b.Review {
	case plan.BatchInReview:
		return fault.New(fault.FailedPrecondition, "batch_in_review",
			b.Number+" is being reviewed: withdraw it, or have changes requested, before it is edited").With("batch", b.Number)
	case plan.BatchCancelled:
		return fault.New(fault.FailedPrecondition, "batch_cancelled", b.Number+" is cancelled").With("batch", b.Number)
	default:
		return nil
	}
}

// save brings the definition to what document says: in place as long as the basis is a draft of the batch on which nothing
// else is based, or else as a new revision. It returns the revision, and whether anything changed.
func (d *draft) save(ctx context.Context, c *change, document any) (r *revision, changed bool, err error) {
	text, hash := canonical(document)
	own := !d.basis.isApproved() && d.basis.batchID == idOf(d.batch)
	if own && hash == d.basis.hash {
		return d.basis, false, nil
	}
	based, err := c.isBasis(ctx, d.line, d.basis.id)
	if err != nil {
		return nil, false, err
	}
	if !own || based {
		next := &revision{ownerID: d.basis.ownerID, batchID: idOf(d.batch), baseID: d.basis.id}
		if next.number, err = c.nextNumber(ctx, d.line, next.ownerID); err != nil {
			return nil, false, err
		}
		return next, true, c.add(ctx, d.line, next, document)
	}
	edited := *d.basis
	edited.definition, edited.hash = text, hash
	if err := d.line.rewrite(ctx, c, &edited); err != nil {
		return nil, false, fmt.Errorf("edit revision: %w", err)
	}
	return &edited, true, c.noteItem(ctx, &edited, d.line)
}

// heads reports whether r is what the definition's row copies from now on: as long as nothing is approved, the newest.
func (d *draft) heads(r *revision) bool { return !d.head.isApproved() && r.number >= d.head.number }

func (c *change) add(ctx context.Context, l *line, r *revision, document any) error {
	r.id, r.state = schema.NewID(l.prefix), plan.RevisionDraft
	r.definition, r.hash = canonical(document)
	if err := l.insert(ctx, c, r); err != nil {
		return fmt.Errorf("add revision: %w", err)
	}
	return c.noteItem(ctx, r, l)
}

// noteItem makes sure that the batch of a revision has an item about what it defines, and notes who edited that last.
func (c *change) noteItem(ctx context.Context, r *revision, l *line) error {
	if r.batchID == "" {
		return nil
	}
	item, err := c.ensureItem(ctx, r.batchID, subject{l.kind, r.ownerID})
	if err != nil {
		return err
	}
	if item.DroppedReason != "" {
		return fault.New(fault.FailedPrecondition, "item_dropped", "the batch has dropped it ("+item.DroppedReason+"): change it under another one").
			With("itemId", item.ID)
	}
	if err := c.BatchItem.Update().Where(batchitem.ID(item.ID)).SetEditedByID(c.by).Exec(ctx); err != nil {
		return fmt.Errorf("note who edited the item: %w", err)
	}
	return nil
}

// isBasis reports whether another revision is based on the one with that id, or was merged from it.
func (c *change) isBasis(ctx context.Context, l *line, id string) (bool, error) {
	table, _ := subject{kind: l.kind}.revisions()
	q := sql.Dialect(c.s.store.Dialect()).Select("id").From(sql.Table(table)).Limit(1)
	q.Where(sql.Or(sql.EQ("base_id", id), sql.EQ("merged_id", id)))
	based := false
	if err := scan(ctx, c, q, func(*stdsql.Rows) error { based = true; return nil }); err != nil {
		return false, fmt.Errorf("look for what is based on it: %w", err)
	}
	return based, nil
}

// nextNumber returns the number of the next revision of a definition.
func (c *change) nextNumber(ctx context.Context, l *line, ownerID string) (n int, err error) {
	table, owner := subject{l.kind, ownerID}.revisions()
	q := sql.Dialect(c.s.store.Dialect()).Select(sql.Max("number")).From(sql.Table(table)).Where(sql.EQ(owner, ownerID))
	if err := scan(ctx, c, q, func(rows *stdsql.Rows) error { return rows.Scan(&n) }); err != nil {
		return 0, fmt.Errorf("look for the newest number: %w", err)
	}
	return n + 1, nil
}

// expect refuses a change that was made against another revision than r: CONFLICT, reason revision_changed, with both
// hashes, and who changed it when.
func (c *change) expect(ctx context.Context, r *revision, hash *string) error {
	if hash == nil || *hash == r.hash {
		return nil
	}
	name := "somebody"
	if r.updatedBy != "" {
		u, err := c.User.Get(ctx, r.updatedBy)
		switch {
		case err == nil:
			name = u.Name
		case !ent.IsNotFound(err):
			return fmt.Errorf("read who changed it: %w", err)
		}
	}
	return fault.New(fault.Conflict, "revision_changed", name+" has changed it since: look at it again").
		With("expected", *hash).With("actual", r.hash).With("revisionId", r.id).
		With("changedById", r.updatedBy).With("changedBy", name).With("changedAt", r.updatedAt)
}

// batchOf finds the batch that a change is made under, for something of an app (empty: global, which changes under any
// batch). No number means none.
func (c *change) batchOf(ctx context.Context, number *string, appID string) (*ent.Batch, error) {
	if number == nil {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	b, err := c.Batch.Query().Where(batch.Number(strings.ToUpper(*number))).Only(ctx)
	if err != nil {
		return nil, lost(err, "Batch", *number)
	}
	if !c.who.CanSee(b.AppID) {
		return nil, fault.NotFoundf("Batch", *number)
	}
	if appID != "" && b.AppID != appID {
		return nil, fault.Invalid(fault.Field{
			Path: "input.batch", Reason: "other_app", Message: b.Number + " is a batch of another app",
		})
	}
	return b, nil
}

// idOf is the id of a batch, "" for none.
func idOf(b *ent.Batch) string {
	if b == nil {
		return ""
	}
	return b.ID
}
