package catalog

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/dataincident"
	"github.com/waymarkhq/waymark/ent/dictionaryentry"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/file"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// CreateEvent plans an event under a batch: its first revision, and an item of the batch.
func (s *Service) CreateEvent(ctx context.Context, in CreateEventInput) (*ent.Event, error) {
	b, err := s.batchByNumber(ctx, "Mutation.createEvent", in.Batch)
	if err != nil {
		return nil, err
	}
	doc := in.document()
	var f fault.Fields
	doc.validate(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create event", func(ctx context.Context, c *change) (*ent.Event, error) {
		return c.createEvent(ctx, b, doc, in.Properties, in.keyPath())
	})
}

func (c *change) createEvent(
	ctx context.Context, b *ent.Batch, proposed eventDocument, uses []EventPropertyInput, keyPath string,
) (*ent.Event, error) {
	doc := &proposed
	there, err := c.Event.Query().Where(event.AppID(b.AppID), event.Key(doc.Key)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for its key: %w", err)
	}
	if there {
		return nil, taken("Event", keyPath, doc.Key)
	}
	if err := c.resolve(ctx, b.AppID, doc, uses); err != nil {
		return nil, err
	}
	if err := c.refuseSameMatch(ctx, b.AppID, "", doc); err != nil {
		return nil, err
	}
	row, err := c.Event.Create().SetAppID(b.AppID).SetBatchID(b.ID).SetKey(doc.Key).SetKind(doc.Kind).SetName(doc.Name).
		SetWireName(doc.WireName).SetCreatedAt(c.now).SetCreatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.begin(ctx, eventLine, row.ID, b, doc)
	if err != nil {
		return nil, err
	}
	if err := c.addUses(ctx, r, true, doc.Properties); err != nil {
		return nil, err
	}
	return c.saveEvent(ctx, row.ID, r, doc)
}

// UpdateEvent changes an event under a batch: the batch's draft in place, or by a new revision. It returns the event, whose
// row goes on to copy the approved definition, if there is one, and the revision that holds the change.
func (s *Service) UpdateEvent(ctx context.Context, in UpdateEventInput) (*ent.Event, error) {
	row, err := s.reachEvent(ctx, "Mutation.updateEvent", in.ID)
	if err != nil {
		return nil, err
	}
	return changed(ctx, s, "update event", func(ctx context.Context, c *change) (*ent.Event, error) {
		return c.updateEvent(ctx, row.ID, &in)
	})
}

func (c *change) updateEvent(ctx context.Context, id string, in *UpdateEventInput) (*ent.Event, error) {
	row, err := c.Event.Get(ctx, id)
	if err != nil {
		return nil, lost(err, "Event", id)
	}
	d, err := c.draftOf(ctx, eventLine, row.HeadID, in.Batch, row.AppID)
	if err != nil {
		return nil, err
	}
	if err := c.expect(ctx, d.basis, in.ExpectedHash); err != nil {
		return nil, err
	}
	doc := &eventDocument{}
	if err := json.Unmarshal(d.basis.definition, doc); err != nil {
		return nil, fmt.Errorf("read revision %s: %w", d.basis.id, err)
	}
	in.apply(doc)
	if err := c.checkEvent(ctx, row, doc, in.Properties); err != nil {
		return nil, err
	}
	return c.reviseEvent(ctx, row, d, doc)
}

// checkEvent refuses what an event may not become, and brings the document into its normal form.
func (c *change) checkEvent(ctx context.Context, row *ent.Event, doc *eventDocument, uses []EventPropertyInput) error {
	var f fault.Fields
	doc.validate(&f)
	if err := f.Err(); err != nil {
		return err
	}
	if err := c.resolve(ctx, row.AppID, doc, uses); err != nil {
		return err
	}
	return c.refuseSameMatch(ctx, row.AppID, row.ID, doc)
}

// reviseEvent stores what a draft of an event has become.
func (c *change) reviseEvent(ctx context.Context, row *ent.Event, d *draft, doc *eventDocument) (*ent.Event, error) {
	r, changed, err := d.save(ctx, c, doc)
	if err != nil || !changed {
		return row, err
	}
	heads := d.heads(r)
	if r.id == d.basis.id {
		err = c.editUses(ctx, r, heads, doc.Properties)
	} else {
		err = c.addUses(ctx, r, heads, doc.Properties)
	}
	if err != nil {
		return nil, err
	}
	if heads {
		if row, err = c.headEvent(ctx, row, r, doc); err != nil {
			return nil, err
		}
	}
	return followed(ctx, c, d, r, row, c.Event.Get)
}

// headEvent makes a revision the one that an event's row, and its properties, copy.
func (c *change) headEvent(ctx context.Context, row *ent.Event, r *revision, doc *eventDocument) (*ent.Event, error) {
	if r.id != row.HeadID {
		err := c.EventProperty.Update().Where(eventproperty.RevisionID(row.HeadID)).SetNewest(false).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("retire the properties of the revision before: %w", err)
		}
		err = c.EventProperty.Update().Where(eventproperty.RevisionID(r.id)).SetNewest(true).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("show the properties of revision %d: %w", r.number, err)
		}
	}
	return c.saveEvent(ctx, row.ID, r, doc)
}

// saveEvent copies a revision of an event to its row.
func (c *change) saveEvent(ctx context.Context, id string, r *revision, doc *eventDocument) (*ent.Event, error) {
	row, err := c.Event.UpdateOneID(id).SetName(doc.Name).SetWireName(doc.WireName).SetMatch(notNil(doc.Match)).
		SetAliases(notNil(doc.Aliases)).SetDescription(doc.Description).SetTrigger(doc.Trigger).SetLevel(doc.Level).
		SetModule(doc.Module).SetOwnerIds(notNil(doc.OwnerIDs)).SetTerminals(notNil(doc.Terminals)).
		SetExcludedCommon(notNil(doc.ExcludedCommon)).SetHeadID(r.id).SetRevisionNumber(r.number).SetHash(r.hash).
		SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("save event: %w", err)
	}
	if doc.Kind == plan.KindCommon {
		if err := c.refuseContradiction(ctx, row.AppID); err != nil {
			return nil, err
		}
	}
	if err := c.settleMerges(ctx, usedBy(row.ID)); err != nil {
		return nil, err
	}
	c.touch(row.AppID)
	return row, c.index(ctx, row)
}

// DeleteEvent deletes an event that was never approved, that no device has reported and that no batch changes but the one that introduced it and those
// that the input names, with its drafts and the items about it.
func (s *Service) DeleteEvent(ctx context.Context, in DeleteDefinitionInput) error {
	row, err := s.reachEvent(ctx, "Mutation.deleteEvent", in.ID)
	if err != nil {
		return err
	}
	reported, err := s.captured.Reported(ctx, in.ID)
	if err != nil {
		return fmt.Errorf("look whether the event was reported: %w", err)
	}
	if reported {
		return inUse("event", []Use{{Type: "CapturedEvent", ID: row.ID, Name: row.Key}}, 1)
	}
	return s.change(ctx, "delete event", func(ctx context.Context, c *change) error { return c.deleteEvent(ctx, &in) })
}

func (c *change) deleteEvent(ctx context.Context, in *DeleteDefinitionInput) error {
	id := in.ID
	row, err := c.Event.Get(ctx, id)
	if err != nil {
		return lost(err, "Event", id)
	}
	if err := c.refuseEventWithHistory(ctx, row); err != nil {
		return err
	}
	if err := c.refuseUses(ctx, "event", itemsElsewhere(subject{plan.ItemEvent, id}, in.WithItemsOf)); err != nil {
		return err
	}
	if err := c.deleteItems(ctx, subject{plan.ItemEvent, id}); err != nil {
		return err
	}
	if err := c.forgetData(ctx, dataincident.EventID(id), dictionaryentry.EventID(id)); err != nil {
		return err
	}
	if err := c.deleteUses(ctx, id); err != nil {
		return err
	}
	if _, err := c.EventRevision.Delete().Where(eventrevision.EventID(id)).Exec(ctx); err != nil {
		return fmt.Errorf("delete revisions: %w", err)
	}
	if _, err := c.dropFiles(ctx, file.EventID(id)); err != nil {
		return err
	}
	if err := c.Event.DeleteOne(row).Exec(ctx); err != nil {
		return err
	}
	c.touch(row.AppID)
	return c.s.store.Unindex(ctx, c.Tx, id)
}
