package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventrevision"
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
	numbers, err := c.numbersOf(ctx, []string{batchID})
	if err != nil {
		return err
	}
	refusal := fault.New(fault.FailedPrecondition, plan.GuardBaseUnapproved, onUnapproved(numbers[batchID]))
	for name, value := range becauseOf(numbers[batchID]) {
		refusal = refusal.With(name, value)
	}
	return refusal
}

func onUnapproved(number string) string {
	return "it builds on what " + number + " brings, which is not approved"
}
