package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// approving is the work of taking items of one batch out of review: it puts their definitions on the lines of the events
// concerned.
type approving struct {
	c     *change
	batch *ent.Batch
	// events are the batch's own, by id; the shared definitions that changed concern further ones.
	events map[string]bool
	// cause of the entries of events, where it is not what brought them there.
	cause   plan.ApprovalCause
	freezer *freezer
	texts   map[string][]byte
	entries []*entry
	changed []sharedChange
}

// sharedChange is a property or value set that says something else from now on.
type sharedChange struct {
	line     *line
	revision *revision
}

// entry is one approval to be written.
type entry struct {
	event    *ent.Event
	revision string
	cause    plan.ApprovalCause
	itemID   string
	sharedID string
	beside   bool   // the line: a hotfix made from what production has
	previous string // the entry that it follows, where that is not the newest
	frozen   *plan.Frozen
	says     string // the hash that it is left out for, as the line ends with it
}

// approve takes items out of review. Shared definitions go first, since the events are frozen with them.
func (c *change) approve(ctx context.Context, b *ent.Batch, items []*ent.BatchItem, cause plan.ApprovalCause) error {
	a := &approving{c: c, batch: b, events: map[string]bool{}, cause: cause, texts: map[string][]byte{}}
	for _, it := range items {
		if it.Kind == plan.ItemEvent && it.Action == plan.ActionChange {
			a.events[it.EventID] = true
		}
	}
	var shared []concern
	for _, kind := range []plan.ItemKind{plan.ItemValueSet, plan.ItemProperty} {
		for _, it := range items {
			if it.Kind == kind {
				more, err := a.shared(ctx, it)
				if err != nil {
					return err
				}
				shared = append(shared, more...)
			}
		}
	}
	a.freezer = c.newFreezer()
	if err := a.concerned(ctx, shared); err != nil {
		return err
	}
	for _, it := range items {
		if a.events[it.EventID] {
			if err := a.event(ctx, it); err != nil {
				return err
			}
		}
	}
	for _, s := range a.changed { // only now does every event say what it will say
		if err := c.checkShared(ctx, s.line, s.revision); err != nil {
			return err
		}
	}
	return a.write(ctx)
}

// concern is an event whose definition changes because a shared one did.
type concern struct {
	eventID, itemID, sharedID string
	cause                     plan.ApprovalCause
}

// shared approves a property or a value set, and returns the events concerned that the batch does not change itself.
func (a *approving) shared(ctx context.Context, it *ent.BatchItem) ([]concern, error) {
	l, id, cause := propertyLine, it.PropertyID, plan.CauseProperty
	if it.Kind == plan.ItemValueSet {
		l, id, cause = valueSetLine, it.ValueSetID, plan.CauseValueSet
	}
	r, err := a.c.settle(ctx, l, a.batch, id)
	if err != nil || r == nil {
		return nil, err
	}
	if err := a.c.headShared(ctx, l, r); err != nil {
		return nil, err
	}
	a.changed = append(a.changed, sharedChange{l, r})
	events, err := a.c.usersOf(ctx, it)
	if err != nil {
		return nil, err
	}
	list := make([]concern, 0, len(events))
	for _, e := range events {
		if !a.events[e] {
			list = append(list, concern{eventID: e, itemID: it.ID, sharedID: r.id, cause: cause})
		}
	}
	return list, nil
}

// settle makes what a batch has made of a definition its newest approved revision: as it is, where it comes from the one
// before, or else merged with that one. It returns nil where the batch has made nothing that is not approved already.
func (c *change) settle(ctx context.Context, l *line, b *ent.Batch, ownerID string) (*revision, error) {
	own, err := c.newestUnder(ctx, l, ownerID, b.ID)
	if err != nil || own == nil || own.isApproved() {
		return nil, err
	}
	m, err := c.meet(ctx, l, own)
	if err != nil {
		return nil, err
	}
	return c.join(ctx, l, b, m)
}

// join is settle for what a batch has made, and how that stands to the newest approved revision.
func (c *change) join(ctx context.Context, l *line, b *ent.Batch, m *meeting) (*revision, error) {
	switch {
	case m.unapproved != "":
		return nil, baseUnapproved(ctx, c, m.unapproved)
	case len(m.conflicts) > 0:
		return nil, openConflict(b, m.own.ownerID, m.conflicts)
	case m.merged == nil:
		m.own.state = plan.RevisionApproved
		return m.own, l.approve(ctx, c, m.own)
	}
	if err := c.checkMerged(ctx, l, m); err != nil {
		return nil, err
	}
	return c.addMerged(ctx, l, m, true)
}

// addMerged stores the revision that a meeting led to.
func (c *change) addMerged(ctx context.Context, l *line, m *meeting, approve bool) (*revision, error) {
	number, err := c.nextNumber(ctx, l, m.own.ownerID)
	if err != nil {
		return nil, err
	}
	text, hash := canonical(json.RawMessage(m.merged))
	r := &revision{
		id: schema.NewID(l.prefix), ownerID: m.own.ownerID, batchID: m.own.batchID, baseID: m.head.id, mergedID: m.own.id,
		number: number, state: plan.RevisionDraft, definition: text, hash: hash,
	}
	if err := l.insert(ctx, c, r); err != nil {
		return nil, fmt.Errorf("add merged revision: %w", err)
	}
	if l == eventLine {
		doc, err := eventDocumentOf(r)
		if err != nil {
			return nil, err
		}
		if err := c.addUses(ctx, r, false, doc.Properties); err != nil {
			return nil, err
		}
	}
	if !approve {
		return r, nil
	}
	r.state = plan.RevisionApproved
	return r, l.approve(ctx, c, r)
}

// headShared has the row of a property or value set copy a revision that was approved.
func (c *change) headShared(ctx context.Context, l *line, r *revision) error {
	if l == valueSetLine {
		doc := &valueSetDocument{}
		if err := json.Unmarshal(r.definition, doc); err != nil {
			return fmt.Errorf("read revision %s: %w", r.id, err)
		}
		_, err := c.saveValueSet(ctx, r.ownerID, r, doc)
		return err
	}
	doc := &propertyDocument{}
	if err := json.Unmarshal(r.definition, doc); err != nil {
		return fmt.Errorf("read revision %s: %w", r.id, err)
	}
	_, err := c.saveProperty(ctx, r.ownerID, r, doc)
	return err
}

// checkShared refuses what a property or value set has become where it does not suit what uses it.
func (c *change) checkShared(ctx context.Context, l *line, r *revision) error {
	if l == valueSetLine {
		row, err := c.ValueSet.Get(ctx, r.ownerID)
		if err != nil {
			return lost(err, "ValueSet", r.ownerID)
		}
		return c.checkValues(ctx, row, row.Values)
	}
	row, err := c.Property.Get(ctx, r.ownerID)
	if err != nil {
		return lost(err, "Property", r.ownerID)
	}
	return c.checkUses(ctx, row, &row.Type)
}

// usersOf returns the events with an approved definition that the shared definition of an item means something to, but for
// those that were taken back altogether.
func (c *change) usersOf(ctx context.Context, it *ent.BatchItem) ([]string, error) {
	dialect := c.s.store.Dialect()
	uses := sql.Dialect(dialect).Select(eventproperty.FieldEventID).From(sql.Table(eventproperty.Table))
	meant := sql.EQ(uses.C(eventproperty.FieldPropertyID), it.PropertyID)
	if it.Kind == plan.ItemValueSet {
		link := sql.Dialect(dialect).Select("property_id").From(drawn(dialect, []string{it.ValueSetID}).As("drawn"))
		meant = sql.Or(sql.In(uses.C(eventproperty.FieldPropertyID), link), namesInNarrowing(uses, it.ValueSetID))
	}
	uses.Where(sql.And(sql.EQ(uses.C(eventproperty.FieldNewest), true), meant))
	ids, err := c.Event.Query().Where(event.LastApprovalGT(0), func(q *sql.Selector) {
		gone := sql.Dialect(dialect).Select(approval.FieldID).From(sql.Table(approval.Table).As("gone"))
		gone.Where(sql.And(sql.ColumnsEQ(gone.C(approval.FieldID), q.C(event.FieldApprovalID)),
			sql.EQ(gone.C(approval.FieldCause), plan.CauseRevert), sql.IsNull(gone.C(approval.FieldPreviousID))))
		q.Where(sql.And(sql.In(q.C(event.FieldID), uses), sql.NotExists(gone)))
	}).Order(event.ByID()).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the events concerned: %w", err)
	}
	return ids, nil
}

// concerned freezes the events that changed shared definitions concern: once each, with all of them.
func (a *approving) concerned(ctx context.Context, list []concern) error {
	byEvent := map[string]concern{}
	for _, one := range list {
		byEvent[one.eventID] = one
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(byEvent)), bulk) {
		rows, err := a.c.Event.Query().Where(func(q *sql.Selector) { q.Where(among(q.C(event.FieldID), chunk)) }).All(ctx)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		docs, err := a.c.documentsOf(ctx, rows)
		if err != nil {
			return err
		}
		if err := a.freezer.load(ctx, slices.Collect(maps.Values(docs))...); err != nil {
			return err
		}
		says, err := a.c.hashesOf(ctx, rows)
		if err != nil {
			return err
		}
		for _, row := range rows {
			one := byEvent[row.ID]
			e := &entry{
				event: row, revision: row.HeadID, cause: one.cause, itemID: one.itemID, sharedID: one.sharedID, says: says[row.ApprovalID],
			}
			if err := a.enter(e, docs[row.ID]); err != nil {
				return err
			}
		}
	}
	return nil
}

// documentsOf reads what the revisions say that rows of events copy, by the events' ids.
func (c *change) documentsOf(ctx context.Context, rows []*ent.Event) (map[string]*eventDocument, error) {
	heads := make([]string, 0, len(rows))
	for _, row := range rows {
		heads = append(heads, row.HeadID)
	}
	revisions, err := c.EventRevision.Query().Where(func(q *sql.Selector) {
		q.Where(among(q.C(eventrevision.FieldID), heads))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	docs := make(map[string]*eventDocument, len(rows))
	for _, r := range revisions {
		doc := &eventDocument{}
		if err := json.Unmarshal(r.Definition, doc); err != nil {
			return nil, fmt.Errorf("read revision %s: %w", r.ID, err)
		}
		docs[r.EventID] = doc
	}
	return docs, nil
}

// event approves what the batch made of an event.
func (a *approving) event(ctx context.Context, it *ent.BatchItem) error {
	row, err := a.c.Event.Get(ctx, it.EventID)
	if err != nil {
		return lost(err, "Event", it.EventID)
	}
	if a.batch.Type == plan.BatchHotfix {
		done, err := a.hotfix(ctx, it, row)
		if err != nil || done {
			return err
		}
	}
	r, err := a.c.settle(ctx, eventLine, a.batch, it.EventID)
	if err != nil || r == nil {
		return err
	}
	cause := a.cause
	if r.mergedID != "" {
		cause = plan.CauseMerge
	}
	return a.onLine(ctx, it, row, r, cause)
}

// onLine puts a revision of an event on its line.
func (a *approving) onLine(
	ctx context.Context, it *ent.BatchItem, row *ent.Event, r *revision, cause plan.ApprovalCause,
) error {
	doc, err := eventDocumentOf(r)
	if err != nil {
		return err
	}
	if err := a.c.refuseSameMatch(ctx, row.AppID, row.ID, doc); err != nil {
		return err
	}
	if err := a.approveAlong(ctx, doc); err != nil {
		return err
	}
	if row, err = a.c.headEvent(ctx, row, r, doc); err != nil {
		return err
	}
	if err := a.freezer.load(ctx, doc); err != nil {
		return err
	}
	if f := a.freezer.misfits(doc, nil); len(f) > 0 {
		return fault.New(fault.FailedPrecondition, plan.GuardContradiction, f[0].Message).With("itemId", it.ID).With("path", f[0].Path)
	}
	return a.enter(&entry{event: row, revision: r.id, cause: cause, itemID: it.ID}, doc)
}

// approveAlong approves the properties that an event carries and that nobody ever asked about: those registered without a
// batch, or under this one. Those that another batch brings have to be approved there.
func (a *approving) approveAlong(ctx context.Context, doc *eventDocument) error {
	ids := make([]string, 0, len(doc.Properties))
	for i := range doc.Properties {
		ids = append(ids, doc.Properties[i].PropertyID)
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := a.c.Property.Query().Where(func(q *sql.Selector) { q.Where(among(q.C(property.FieldID), ids)) }).All(ctx)
	if err != nil {
		return fmt.Errorf("read properties: %w", err)
	}
	for _, p := range rows {
		if err := a.along(ctx, propertyLine, p.HeadID); err != nil {
			return err
		}
		for _, set := range p.Type.ValueSets(nil) {
			s, err := a.c.ValueSet.Get(ctx, set)
			if err != nil {
				return lost(err, "ValueSet", set)
			}
			if err := a.along(ctx, valueSetLine, s.HeadID); err != nil {
				return err
			}
		}
	}
	return nil
}

// along approves the revision that the row of a shared definition copies, unless it is approved.
func (a *approving) along(ctx context.Context, l *line, headID string) error {
	head, err := l.read(ctx, a.c, headID)
	if err != nil || head.isApproved() {
		return err
	}
	if head.batchID != "" && head.batchID != a.batch.ID {
		return baseUnapproved(ctx, a.c, head.batchID)
	}
	return l.approve(ctx, a.c, head)
}

// enter freezes a definition for an entry. An entry that says what the line says already is left out.
func (a *approving) enter(e *entry, doc *eventDocument) error {
	f, err := a.freezer.freeze(e.event.ID, doc)
	if err != nil {
		return err
	}
	if f.Hash() == e.says {
		return nil
	}
	e.frozen = f
	for id := range f.ValueSets {
		a.texts[f.ValueSets[id]] = a.freezer.sets[id].Canonical()
	}
	a.texts[f.Hash()] = f.Canonical()
	a.entries = append(a.entries, e)
	return nil
}

// write stores the entries and what they name.
func (a *approving) write(ctx context.Context) error {
	if err := a.c.keep(ctx, a.texts); err != nil {
		return err
	}
	for chunk := range slices.Chunk(a.entries, bulk) {
		rows := make([]*ent.ApprovalCreate, 0, len(chunk))
		var onLine []string
		for _, e := range chunk {
			create := a.c.Approval.Create().SetEventID(e.event.ID).SetRevisionID(e.revision).SetHash(e.frozen.Hash()).
				SetCause(e.cause).SetBatchID(a.batch.ID).SetNillableItemID(optional(e.itemID)).
				SetNillableSharedID(optional(e.sharedID)).SetNillablePreviousID(optional(cmp.Or(e.previous, e.event.ApprovalID))).
				SetCreatedAt(a.c.now).SetNillableCreatedByID(optional(a.c.by))
			if !e.beside {
				create.SetPosition(e.event.LastApproval + 1)
				onLine = append(onLine, e.event.ID)
			}
			rows = append(rows, create)
		}
		if err := a.c.Approval.CreateBulk(rows...).Exec(ctx); err != nil {
			return fmt.Errorf("approve definitions: %w", err)
		}
		if err := a.c.advance(ctx, onLine); err != nil {
			return err
		}
	}
	return nil
}

// advance has the rows of events name the newest entry of their lines.
func (c *change) advance(ctx context.Context, events []string) error {
	if len(events) == 0 {
		return nil
	}
	d := sql.Dialect(c.s.store.Dialect())
	t := d.Table(approval.Table)
	newest := d.Select(t.C(approval.FieldID)).From(t).
		Where(sql.ColumnsEQ(t.C(approval.FieldEventID), sql.Table(event.Table).C(event.FieldID))).
		OrderBy(sql.Desc(t.C(approval.FieldPosition))).Limit(1)
	newest.Where(sql.NotNull(t.C(approval.FieldPosition)))
	query, args := d.Update(event.Table).Add(event.FieldLastApproval, 1).Set(event.FieldApprovalID, sql.ExprFunc(func(b *sql.Builder) {
		b.Wrap(func(b *sql.Builder) { b.Join(newest) })
	})).Where(among(event.FieldID, events)).Query()
	if _, err := c.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("advance the lines: %w", err)
	}
	return nil
}

func eventDocumentOf(r *revision) (*eventDocument, error) {
	doc := &eventDocument{}
	if err := json.Unmarshal(r.definition, doc); err != nil {
		return nil, fmt.Errorf("read revision %s: %w", r.id, err)
	}
	return doc, nil
}

// baseUnapproved is the refusal to approve what comes from a draft of another batch.
func baseUnapproved(ctx context.Context, c *change, batchID string) error {
	b, err := c.Batch.Get(ctx, batchID)
	if err != nil {
		return lost(err, "Batch", batchID)
	}
	return fault.New(fault.FailedPrecondition, plan.GuardBaseUnapproved,
		"it builds on what "+b.Number+" brings, which is not approved").With("batch", b.Number)
}
