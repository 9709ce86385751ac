package catalog

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/itemdelivery"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/ent/transition"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Nothing with history is deleted: FAILED_PRECONDITION, reason has_history, with what can be done instead.

// chapter is something that was, and whether it was.
type chapter struct {
	name string
	was  func(ctx context.Context) (bool, error)
}

// refuseHistory refuses to delete a thing of which any of the chapters tells.
func refuseHistory(ctx context.Context, typ, name, instead string, chapters ...chapter) error {
	for _, one := range chapters {
		was, err := one.was(ctx)
		if err != nil {
			return fmt.Errorf("look for %s: %w", one.name, err)
		}
		if was {
			return hasHistory(typ, name, one.name, instead)
		}
	}
	return nil
}

func (c *change) refuseAppWithHistory(ctx context.Context, row *ent.App) error {
	approved := c.Approval.Query().Where(func(q *sql.Selector) {
		own := sql.Dialect(q.Dialect()).Select(event.FieldID).From(sql.Table(event.Table)).Where(sql.EQ(event.FieldAppID, row.ID))
		q.Where(sql.In(q.C(approval.FieldEventID), own))
	})
	return refuseHistory(ctx, "App", row.Key, "archive it",
		chapter{"approvals", approved.Exist}, chapter{"releases", c.Release.Query().Where(release.AppID(row.ID)).Exist})
}

// refuseAppWithCaptured refuses to delete an app to which devices have reported. What they report is not part of the
// transaction.
func (s *Service) refuseAppWithCaptured(ctx context.Context, row *ent.App) error {
	return refuseHistory(ctx, "App", row.Key, "archive it", chapter{"captured events", func(ctx context.Context) (bool, error) {
		ids, err := s.read.Environment.Query().Where(environment.AppID(row.ID)).IDs(ctx)
		if err != nil {
			return false, err
		}
		return s.captured.CapturedIn(ctx, ids)
	}})
}

func (c *change) refuseEnvironmentWithHistory(ctx context.Context, row *ent.Environment) error {
	return refuseHistory(ctx, "Environment", row.Key, "it stays, revoke its write keys",
		chapter{"releases", c.Release.Query().Where(release.EnvironmentID(row.ID)).Exist})
}

func (c *change) refuseEventWithHistory(ctx context.Context, row *ent.Event) error {
	return refuseHistory(ctx, "Event", row.Key, "take it offline",
		chapter{"approvals", c.Approval.Query().Where(approval.EventID(row.ID)).Exist})
}

func (c *change) refusePropertyWithHistory(ctx context.Context, row *ent.Property) error {
	approved := c.PropertyRevision.Query().Where(
		propertyrevision.PropertyID(row.ID), propertyrevision.StateEQ(plan.RevisionApproved))
	return refuseHistory(ctx, "Property", row.Key, "take it out of the events, or merge it into another",
		chapter{"approvals", approved.Exist})
}

func (c *change) refuseValueSetWithHistory(ctx context.Context, row *ent.ValueSet) error {
	approved := c.ValueSetRevision.Query().Where(
		valuesetrevision.ValueSetID(row.ID), valuesetrevision.StateEQ(plan.RevisionApproved))
	return refuseHistory(ctx, "ValueSet", row.Key, "take it out of the properties", chapter{"approvals", approved.Exist})
}

func (c *change) refuseItemWithHistory(ctx context.Context, row *ent.BatchItem) error {
	return refuseHistory(ctx, "BatchItem", row.ID, "drop it",
		chapter{"deliveries", c.ItemDelivery.Query().Where(itemdelivery.ItemID(row.ID)).Exist})
}

func (c *change) refuseTerminalWithHistory(ctx context.Context, row *ent.Terminal) error {
	delivered := c.ItemDelivery.Query().Where(itemdelivery.Terminal(row.Key),
		itemdelivery.HasItemWith(batchitem.HasBatchWith(batch.AppID(row.AppID))))
	released := c.ReleaseSlot.Query().Where(releaseslot.Terminal(row.Key), func(q *sql.Selector) {
		own := sql.Dialect(q.Dialect()).Select(environment.FieldID).From(sql.Table(environment.Table)).Where(sql.EQ(environment.FieldAppID, row.AppID))
		q.Where(sql.In(q.C(releaseslot.FieldEnvironmentID), own))
	})
	return refuseHistory(ctx, "Terminal", row.Key, "it stays", chapter{"deliveries", delivered.Exist}, chapter{"releases", released.Exist})
}

// refuseDocumentOfHistory refuses to delete a document that reviewers went by.
func (c *change) refuseDocumentOfHistory(ctx context.Context, row *ent.File) error {
	return refuseHistory(ctx, "File", row.Name, "it stays", chapter{
		"an approved batch",
		c.Batch.Query().Where(batch.ID(row.BatchID), batch.ApprovedAtNotNil()).Exist,
	})
}

func (c *change) refuseBatchWithHistory(ctx context.Context, row *ent.Batch) error {
	return refuseHistory(ctx, "Batch", row.Number, "cancel it",
		chapter{"left its draft", c.Transition.Query().Where(transition.BatchID(row.ID)).Exist},
		chapter{"left its draft", func(context.Context) (bool, error) { return row.Review != plan.BatchDraft, nil }})
}
