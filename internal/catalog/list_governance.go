package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/itemdelivery"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/ent/transition"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

var deliveries = table[ent.ItemDelivery]{
	name: itemdelivery.Table, id: func(r *ent.ItemDelivery) string { return r.ID },
	visible: byOwner(itemdelivery.FieldBatchID, batch.Table, byApp(batch.FieldAppID)),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.ItemDelivery, error) {
		return modified(ctx, c.ItemDelivery.Query(), m)
	},
}

var transitions = table[ent.Transition]{
	name: transition.Table, id: func(r *ent.Transition) string { return r.ID },
	visible: byOwner(transition.FieldBatchID, batch.Table, byApp(batch.FieldAppID)),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Transition, error) {
		return modified(ctx, c.Transition.Query(), m)
	},
}

// DeliveriesOfItems returns how far items have come, terminal by terminal, by the items' ids.
func (s *Service) DeliveriesOfItems(ctx context.Context, ids []string) (map[string][]*ent.ItemDelivery, error) {
	return grouped(ctx, s, &deliveries, itemdelivery.FieldItemID, ids,
		func(r *ent.ItemDelivery) string { return r.ItemID }, itemdelivery.FieldID)
}

// DeliveryCount is how many items of a batch are in a state on a terminal.
type DeliveryCount struct {
	BatchID  string             `json:"batch_id"`
	Terminal string             `json:"terminal"` // its key
	State    plan.DeliveryState `json:"state"`
	Count    int                `json:"count"`
}

// ProgressOfBatches counts how far the items of batches have come, by the batches' ids, in one statement; by terminal, then
// state.
func (s *Service) ProgressOfBatches(ctx context.Context, ids []string) (map[string][]*DeliveryCount, error) {
	v, err := seeing(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*DeliveryCount
	err = s.read.ItemDelivery.Query().Where(func(q *sql.Selector) {
		q.Where(among(q.C(itemdelivery.FieldBatchID), ids))
		deliveries.apply(q, v)
	}).GroupBy(itemdelivery.FieldBatchID, itemdelivery.FieldTerminal, itemdelivery.FieldState).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", store.Fault(err))
	}
	slices.SortFunc(rows, func(a, b *DeliveryCount) int {
		return cmp.Or(cmp.Compare(a.Terminal, b.Terminal), cmp.Compare(a.State, b.State))
	})
	of := make(map[string][]*DeliveryCount, len(ids))
	for _, r := range rows {
		of[r.BatchID] = append(of[r.BatchID], r)
	}
	return of, nil
}

// MovesOfBatches lists the moves that batches have made, newest first.
func (s *Service) MovesOfBatches() Children[ent.Transition] {
	order := timeOrder(&transitions, transition.FieldCreatedAt, func(r *ent.Transition) time.Time { return r.CreatedAt })
	return Children[ent.Transition]{
		s: s, order: order.towards(Descending),
		r: reference(&transitions, transition.FieldBatchID, func(r *ent.Transition) string { return r.BatchID }),
	}
}

// ApprovalsOfEvents lists the approvals of events, newest first: the line, and hotfixes beside it.
func (s *Service) ApprovalsOfEvents() Children[ent.Approval] {
	order := timeOrder(&approvals, approval.FieldCreatedAt, func(r *ent.Approval) time.Time { return r.CreatedAt })
	return Children[ent.Approval]{
		s: s, order: order.towards(Descending),
		r: reference(&approvals, approval.FieldEventID, func(r *ent.Approval) string { return r.EventID }),
	}
}

// ApprovedAt returns the approval that was the newest on the lines of events at a moment, by the events' ids.
func (s *Service) ApprovedAt(ctx context.Context, events []string, at time.Time) (map[string]*ent.Approval, error) {
	v, err := seeing(ctx)
	found := make(map[string]*ent.Approval, len(events))
	if err != nil || len(events) == 0 {
		return found, err
	}
	rows, err := approvals.all(ctx, s.read, func(q *sql.Selector) {
		approvals.apply(q, v)
		q.Where(sql.And(among(q.C(approval.FieldEventID), events), sql.NotNull(q.C(approval.FieldPosition)),
			sql.LTE(q.C(approval.FieldCreatedAt), at.UTC()))).OrderBy(q.C(approval.FieldPosition))
	})
	for _, r := range rows {
		found[r.EventID] = r
		if r.Cause == plan.CauseRevert && r.PreviousID == "" { // the event was taken back altogether
			delete(found, r.EventID)
		}
	}
	return found, err
}

// ItemRevision is what a batch made of what an item is about: its newest revision, and the one that it comes from.
type ItemRevision struct {
	Event    *ent.EventRevision
	Property *ent.PropertyRevision
	ValueSet *ent.ValueSetRevision
	// Changes are the differences to what it comes from, each with its impact; of a new definition everything is added.
	Changes []diff.Change
}

// RevisionsOfItems returns what batches made of what their items are about, by the items' ids. Items about which nothing
// was made are not there. The number of statements does not depend on the number of items.
func (s *Service) RevisionsOfItems(ctx context.Context, rows []*ent.BatchItem) (map[string]*ItemRevision, error) {
	if _, err := seeing(ctx); err != nil {
		return nil, err
	}
	found := make(map[string]*ItemRevision, len(rows))
	if err := revisionsOf(ctx, s, rows, eventItems, found); err != nil {
		return nil, err
	}
	if err := revisionsOf(ctx, s, rows, propertyItems, found); err != nil {
		return nil, err
	}
	return found, revisionsOf(ctx, s, rows, valueSetItems, found)
}

// itemKind is how the revisions of items of one kind are read.
type itemKind[T any] struct {
	line  *line
	table *table[T]
	owner string // the column
	// of tells a revision's owner, batch, number, base and definition.
	of func(*T) (owner, batch string, number int, base string, definition []byte)
	as func(*T) *ItemRevision
}

var eventItems = itemKind[ent.EventRevision]{
	line: eventLine, table: &eventRevisions, owner: eventrevision.FieldEventID,
	of: func(r *ent.EventRevision) (string, string, int, string, []byte) {
		return r.EventID, r.BatchID, r.Number, r.BaseID, r.Definition
	},
	as: func(r *ent.EventRevision) *ItemRevision { return &ItemRevision{Event: r} },
}

var propertyItems = itemKind[ent.PropertyRevision]{
	line: propertyLine, table: &propertyRevisions, owner: propertyrevision.FieldPropertyID,
	of: func(r *ent.PropertyRevision) (string, string, int, string, []byte) {
		return r.PropertyID, r.BatchID, r.Number, r.BaseID, r.Definition
	},
	as: func(r *ent.PropertyRevision) *ItemRevision { return &ItemRevision{Property: r} },
}

var valueSetItems = itemKind[ent.ValueSetRevision]{
	line: valueSetLine, table: &valueSetRevisions, owner: valuesetrevision.FieldValueSetID,
	of: func(r *ent.ValueSetRevision) (string, string, int, string, []byte) {
		return r.ValueSetID, r.BatchID, r.Number, r.BaseID, r.Definition
	},
	as: func(r *ent.ValueSetRevision) *ItemRevision { return &ItemRevision{ValueSet: r} },
}

func revisionsOf[T any](
	ctx context.Context, s *Service, items []*ent.BatchItem, k itemKind[T], found map[string]*ItemRevision,
) error {
	var owners, batches []string
	for _, it := range items {
		if l, id := lineOf(it); l == k.line {
			owners, batches = append(owners, id), append(batches, it.BatchID)
		}
	}
	if len(owners) == 0 {
		return nil
	}
	rows, err := k.table.all(ctx, s.read, func(q *sql.Selector) {
		q.Where(sql.And(among(q.C(k.owner), distinct(owners)), among(q.C(batchitem.FieldBatchID), distinct(batches))))
	})
	if err != nil {
		return err
	}
	newest := map[[2]string]*T{}
	var bases []string
	for _, r := range rows {
		owner, batchID, number, base, _ := k.of(r)
		at := [2]string{owner, batchID}
		if before := newest[at]; before != nil {
			if _, _, n, _, _ := k.of(before); n > number {
				continue
			}
		}
		newest[at] = r
		if base != "" {
			bases = append(bases, base)
		}
	}
	known, err := byID(ctx, s, k.table, distinct(bases))
	if err != nil {
		return err
	}
	z := s.newFreezer()
	if err := z.loadTexts(ctx, k.line, k.texts(newest, known)...); err != nil {
		return err
	}
	for _, it := range items {
		l, id := lineOf(it)
		r := newest[[2]string{id, it.BatchID}]
		if l != k.line || r == nil {
			continue
		}
		one := k.as(r)
		before, after := k.change(r, known)
		if one.Changes, err = z.differ(l, id, before, after); err != nil {
			return err
		}
		found[it.ID] = one
	}
	return nil
}

// change is what a revision comes from, nil where that is nothing, and what it says.
func (k *itemKind[T]) change(r *T, bases map[string]*T) (before, after []byte) {
	_, _, _, base, after := k.of(r)
	if b := bases[base]; b != nil {
		_, _, _, _, before = k.of(b)
	}
	return before, after
}

func (k *itemKind[T]) texts(revisions map[[2]string]*T, bases map[string]*T) [][]byte {
	texts := make([][]byte, 0, 2*len(revisions))
	for _, r := range revisions {
		before, after := k.change(r, bases)
		texts = append(texts, before, after)
	}
	return texts
}
