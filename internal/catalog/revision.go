package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// line is how the revisions of one sort of definition are stored: of events, of properties, or of value sets.
type line struct {
	prefix string // of the ids of revisions
	kind   plan.ItemKind
	// newest reads a revision by its id.
	newest func(ctx context.Context, c *change, id string) (*revision, error)
	insert func(ctx context.Context, c *change, r *revision) error
	// rewrite changes the definition of a draft.
	rewrite func(ctx context.Context, c *change, r *revision) error
}

// revision is one version of a definition, whatever it defines.
type revision struct {
	id, ownerID string
	// batchID is empty where a shared definition was registered without a batch, baseID for the first revision.
	batchID, baseID string
	number          int
	definition      []byte
	hash            string
	updatedBy       string
	updatedAt       time.Time
}

// begin makes the first revision of a definition, and an item of the batch, if there is one.
func (c *change) begin(ctx context.Context, l *line, ownerID, batchID string, document any) (*revision, error) {
	r := &revision{ownerID: ownerID, batchID: batchID, number: 1}
	return r, c.add(ctx, l, r, document)
}

// revise brings a definition whose newest revision is r to what document says: in place under the batch of r, under
// another batch as a new revision that is based on r. An empty batch means that of r. It returns the newest revision then,
// and whether anything changed.
func (c *change) revise(
	ctx context.Context, l *line, r *revision, batchID string, document any,
) (head *revision, changed bool, err error) {
	if batchID != "" && batchID != r.batchID {
		next := &revision{ownerID: r.ownerID, batchID: batchID, baseID: r.id, number: r.number + 1}
		return next, true, c.add(ctx, l, next, document)
	}
	text, hash := canonical(document)
	if hash == r.hash {
		return r, false, nil
	}
	edited := *r
	edited.definition, edited.hash = text, hash
	if err := l.rewrite(ctx, c, &edited); err != nil {
		return nil, false, fmt.Errorf("edit revision: %w", err)
	}
	return &edited, true, nil
}

func (c *change) add(ctx context.Context, l *line, r *revision, document any) error {
	r.id = schema.NewID(l.prefix)
	r.definition, r.hash = canonical(document)
	if err := l.insert(ctx, c, r); err != nil {
		return fmt.Errorf("add revision: %w", err)
	}
	if r.batchID == "" {
		return nil
	}
	return c.ensureItem(ctx, r.batchID, subject{l.kind, r.ownerID})
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
func (c *change) batchOf(ctx context.Context, number *string, appID string) (string, error) {
	if number == nil {
		return "", nil
	}
	b, err := c.Batch.Query().Where(batch.Number(strings.ToUpper(*number))).Only(ctx)
	if err != nil {
		return "", lost(err, "Batch", *number)
	}
	if !c.who.CanSee(b.AppID) {
		return "", fault.NotFoundf("Batch", *number)
	}
	if appID != "" && b.AppID != appID {
		return "", fault.Invalid(fault.Field{
			Path: "input.batch", Reason: "other_app", Message: b.Number + " is a batch of another app",
		})
	}
	return b.ID, nil
}
