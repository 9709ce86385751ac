package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/ent/signoff"
	"github.com/waymarkhq/waymark/ent/transition"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/plan"
)

// facts are what guards ask the database about batches that are judged together. Each is read when a guard first asks for
// it, for all of these batches at once, so that the number of statements depends on neither batches nor items. They are of
// the moment before any move is made.
type facts struct {
	c      *change
	stages []*stage
	judged bool // what the batches say, see judgeContents

	owed     fact[map[string][]*ent.Batch]
	approved fact[map[string][]*ent.Approval]
	lines    fact[map[string][]*ent.Approval]
	numbers  fact[map[string]string]
	shared   fact[map[string]string]
	events   fact[map[string]*ent.Event]
	touching fact[map[string][]*ent.BatchItem]
	handed   fact[map[handing]*ent.Transition]
	signed   fact[map[string][]*ent.SignOff]
	narrowed fact[map[string][]*ent.EventProperty]
	settled  fact[map[string]bool]
	live     fact[map[string]string]
	global   fact[map[string]*globalChange]
}

// fact is a value that is read once.
type fact[T any] struct {
	value T
	known bool
}

// get returns the value, which read reads the first time.
func (f *fact[T]) get(read func() (T, error)) (T, error) {
	if f.known {
		return f.value, nil
	}
	value, err := read()
	if err == nil {
		f.value, f.known = value, true
	}
	return value, err
}

// items are those of all batches.
func (f *facts) items() (list []*ent.BatchItem) {
	for _, g := range f.stages {
		list = append(list, g.items...)
	}
	return list
}

// eventIDs are the ids of the events that items are about.
func (f *facts) eventIDs() []string {
	var ids []string
	for _, it := range f.items() {
		if it.EventID != "" {
			ids = append(ids, it.EventID)
		}
	}
	return distinct(ids)
}

// owedReviews returns the batches whose review is owed, the soonest first, by the id of their app.
func (f *facts) owedReviews(ctx context.Context) (map[string][]*ent.Batch, error) {
	return f.owed.get(func() (map[string][]*ent.Batch, error) {
		var apps []string
		for _, g := range f.stages {
			apps = append(apps, g.app.ID)
		}
		rows, err := f.c.Batch.Query().Where(isAmong(batch.FieldAppID, distinct(apps)), batch.ReviewDueAtNotNil()).
			Order(batch.ByReviewDueAt(), batch.ByID()).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read what reviews are owed: %w", err)
		}
		return gathered(rows, func(b *ent.Batch) string { return b.AppID }), nil
	})
}

// approvals returns what was approved of items, by the items' ids, in the order of their making.
func (f *facts) approvals(ctx context.Context) (map[string][]*ent.Approval, error) {
	return f.approved.get(func() (map[string][]*ent.Approval, error) {
		var batches []string // an entry goes along with its item, and by batch there is an index
		for _, g := range f.stages {
			batches = append(batches, g.batch.ID)
		}
		rows, err := f.c.Approval.Query().Where(approval.ItemIDNotNil(), isAmong(approval.FieldBatchID, batches)).Order(approval.ByCreatedAt(), approval.ByID()).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read what was approved: %w", err)
		}
		return gathered(rows, func(a *ent.Approval) string { return a.ItemID }), nil
	})
}

// linesOf returns the lines of all events that something was approved of under the batches, in order, by the events' ids.
func (f *facts) linesOf(ctx context.Context) (map[string][]*ent.Approval, error) {
	return f.lines.get(func() (map[string][]*ent.Approval, error) {
		own, err := f.approvals(ctx)
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, list := range own {
			for _, a := range list {
				ids = append(ids, a.EventID)
			}
		}
		rows, err := f.c.Approval.Query().Where(approval.PositionNotNil(), isAmong(approval.FieldEventID, distinct(ids))).Order(approval.ByPosition()).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read lines: %w", err)
		}
		return gathered(rows, func(a *ent.Approval) string { return a.EventID }), nil
	})
}

// numbersOnLines returns the numbers of the batches that stand on the lines of linesOf, by their ids.
func (f *facts) numbersOnLines(ctx context.Context) (map[string]string, error) {
	return f.numbers.get(func() (map[string]string, error) {
		lines, err := f.linesOf(ctx)
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, line := range lines {
			for _, a := range line {
				ids = append(ids, a.BatchID)
			}
		}
		return f.c.numbersOf(ctx, distinct(ids))
	})
}

// sharedBuiltUpon returns the numbers of the batches whose approved revision of a property or value set contains what an item
// brought, by the items' ids.
func (f *facts) sharedBuiltUpon(ctx context.Context) (map[string]string, error) {
	return f.shared.get(func() (map[string]string, error) {
		later := map[string]string{} // the ids of the batches
		for _, l := range []*line{propertyLine, valueSetLine} {
			if err := f.builtUponOn(ctx, l, later); err != nil {
				return nil, err
			}
		}
		numbers, err := f.c.numbersOf(ctx, distinct(slices.Collect(maps.Values(later))))
		for item, id := range later {
			later[item] = numbers[id]
		}
		return later, err
	})
}

func (f *facts) builtUponOn(ctx context.Context, l *line, later map[string]string) error {
	made, err := f.c.madeOf(ctx, l, f.items())
	if err != nil {
		return err
	}
	maps.DeleteFunc(made, func(_ string, own *revision) bool { return !own.isApproved() })
	if len(made) == 0 {
		return nil
	}
	owners := make([]string, 0, len(made))
	for _, own := range made {
		owners = append(owners, own.ownerID)
	}
	heads, err := f.c.headsOf(ctx, l, owners)
	if err != nil {
		return err
	}
	known, err := f.c.ancestriesOf(ctx, l, owners)
	if err != nil {
		return err
	}
	for item, own := range made {
		head, of := heads[own.ownerID], known[own.ownerID]
		if head != own.id && of.of(head)[own.id] {
			later[item] = of[head].batchID
		}
	}
	return nil
}

// numbersOf returns what messages call batches, by their ids: the number, or plan.HiddenBatch where who is asking may not see the
// app, as it can be with what is global.
func (c *change) numbersOf(ctx context.Context, ids []string) (map[string]string, error) {
	numbers := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return numbers, nil
	}
	p, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := c.Batch.Query().Where(isAmong(batch.FieldID, ids)).
		Select(batch.FieldID, batch.FieldNumber, batch.FieldAppID).All(ctx)
	for _, b := range rows {
		if numbers[b.ID] = plan.HiddenBatch; p.CanSee(b.AppID) {
			numbers[b.ID] = b.Number
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the numbers of batches: %w", err)
	}
	return numbers, nil
}

// eventsByID returns the events that items are about.
func (f *facts) eventsByID(ctx context.Context) (map[string]*ent.Event, error) {
	return f.events.get(func() (map[string]*ent.Event, error) {
		rows, err := f.c.Event.Query().Where(isAmong(event.FieldID, f.eventIDs())).All(ctx)
		found := make(map[string]*ent.Event, len(rows))
		for _, e := range rows {
			found[e.ID] = e
		}
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		return found, nil
	})
}

// itemsOnEvents returns the items of any batch about the events that items are about, with their batches, by the events' ids.
func (f *facts) itemsOnEvents(ctx context.Context) (map[string][]*ent.BatchItem, error) {
	return f.touching.get(func() (map[string][]*ent.BatchItem, error) {
		rows, err := f.c.BatchItem.Query().Where(isAmong(batchitem.FieldEventID, f.eventIDs())).WithBatch().Order(batchitem.ByID()).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read items about the same events: %w", err)
		}
		return gathered(rows, func(it *ent.BatchItem) string { return it.EventID }), nil
	})
}

// handing is an item on a terminal that came to a state.
type handing struct {
	itemID, terminal string
	to               plan.DeliveryState
}

// lastMoves returns the newest moves of items on terminals that handed them over for testing, accepted them, and put them
// online; a rollback that brought them back to where they were is none.
func (f *facts) lastMoves(ctx context.Context) (map[handing]*ent.Transition, error) {
	return f.handed.get(func() (map[handing]*ent.Transition, error) {
		var ids []string
		for _, it := range f.items() {
			ids = append(ids, it.ID)
		}
		rows, err := f.c.Transition.Query().Where(
			transition.ToStateIn(string(plan.DeliveryInTesting), string(plan.DeliveryAccepted), string(plan.DeliveryOnline)),
			transition.FromStateNEQ(string(plan.DeliveryOnline)),
			isAmong(transition.FieldItemID, ids),
		).Order(transition.ByCreatedAt(), transition.ByID()).All(ctx)
		found := make(map[handing]*ent.Transition, len(rows))
		for _, t := range rows {
			found[handing{t.ItemID, t.Terminal, plan.DeliveryState(t.ToState)}] = t
		}
		if err != nil {
			return nil, fmt.Errorf("read who accepted what: %w", err)
		}
		return found, nil
	})
}

// signOffs returns the sign-offs of the batches without their reports, by the batches' ids.
func (f *facts) signOffs(ctx context.Context) (map[string][]*ent.SignOff, error) {
	return f.signed.get(func() (map[string][]*ent.SignOff, error) {
		var batches []string
		for _, g := range f.stages {
			batches = append(batches, g.batch.ID)
		}
		rows, err := f.c.SignOff.Query().Where(isAmong(signoff.FieldBatchID, batches)).
			Select(signoff.FieldBatchID, signoff.FieldTerminals, signoff.FieldCreatedAt).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read sign-offs: %w", err)
		}
		return gathered(rows, func(s *ent.SignOff) string { return s.BatchID }), nil
	})
}

// narrowings returns what the newest definitions of events add to the properties that items are about, with the events, by
// the properties' ids.
func (f *facts) narrowings(ctx context.Context) (map[string][]*ent.EventProperty, error) {
	return f.narrowed.get(func() (map[string][]*ent.EventProperty, error) {
		var ids []string
		for _, it := range f.items() {
			if it.PropertyID != "" {
				ids = append(ids, it.PropertyID)
			}
		}
		rows, err := f.c.EventProperty.Query().Where(isAmong(eventproperty.FieldPropertyID, distinct(ids)), eventproperty.Newest(true),
			eventproperty.Or(eventproperty.NarrowingNotNil(), eventproperty.NarrowingOnNotNil())).WithEvent().All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read what events add to properties: %w", err)
		}
		return gathered(rows, func(u *ent.EventProperty) string { return u.PropertyID }), nil
	})
}

// sharedApproved tells which properties and value sets that items are about have an approved definition, by their ids.
func (f *facts) sharedApproved(ctx context.Context) (map[string]bool, error) {
	return f.settled.get(func() (map[string]bool, error) {
		found := map[string]bool{}
		for _, l := range []*line{propertyLine, valueSetLine} {
			var ids []string
			for _, it := range f.items() {
				if of, id := lineOf(it); of == l {
					ids = append(ids, id)
				}
			}
			known, err := f.c.ancestriesOf(ctx, l, distinct(ids))
			if err != nil {
				return nil, err
			}
			for id, revisions := range known {
				for _, d := range revisions {
					found[id] = found[id] || d.approved
				}
			}
		}
		return found, nil
	})
}

// inProduction returns, by items' ids, a terminal where production goes by the very entry that an item brought.
func (f *facts) inProduction(ctx context.Context) (map[string]string, error) {
	return f.live.get(func() (map[string]string, error) {
		own, err := f.approvals(ctx)
		if err != nil {
			return nil, err
		}
		items := map[string]string{} // by approval
		for item, list := range own {
			for _, a := range list {
				if a.Cause != plan.CauseRevert {
					items[a.ID] = item
				}
			}
		}
		slots, err := f.c.ReleaseSlot.Query().Where(releaseslot.EndedIsNil(), releaseslot.Offline(false),
			isAmong(releaseslot.FieldApprovalID, slices.Sorted(maps.Keys(items))), func(q *sql.Selector) {
				e := sql.Table(environment.Table)
				q.Where(sql.In(q.C(releaseslot.FieldEnvironmentID), sql.Dialect(q.Dialect()).Select(e.C(environment.FieldID)).From(e).
					Where(sql.EQ(e.C(environment.FieldKey), plan.EnvironmentProduction))))
			}).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read what production goes by: %w", err)
		}
		found := map[string]string{}
		for _, s := range slots {
			found[items[s.ApprovalID]] = s.Terminal
		}
		return found, nil
	})
}

// gathered deals rows, in their order, to their keys.
func gathered[T any](rows []*T, key func(*T) string) map[string][]*T {
	found := map[string][]*T{}
	for _, r := range rows {
		found[key(r)] = append(found[key(r)], r)
	}
	return found
}
