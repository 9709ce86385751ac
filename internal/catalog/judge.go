package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/transition"
	"github.com/waymarkhq/waymark/internal/plan"
)

// guard judges one rule for one step.
type guard func(ctx context.Context, g *stage, s *step) ([]Bar, error)

// guards are how each rule is judged that moves name. The rules about content are judged together, and those about
// releases by publishing, so that nothing is published that was judged by other means.
var guards = map[string]guard{
	plan.GuardEmptyBatch:           guardContents(plan.GuardEmptyBatch),
	plan.GuardNamingCasing:         guardContents(plan.GuardNamingCasing),
	plan.GuardNamingPattern:        guardContents(plan.GuardNamingPattern),
	plan.GuardNamingWords:          guardContents(plan.GuardNamingWords),
	plan.GuardNamingReserved:       guardContents(plan.GuardNamingReserved),
	plan.GuardNamingLength:         guardContents(plan.GuardNamingLength),
	plan.GuardIncomplete:           guardContents(plan.GuardIncomplete),
	plan.GuardOpenConflict:         guardContents(plan.GuardOpenConflict),
	plan.GuardBaseOutdated:         guardContents(plan.GuardBaseOutdated),
	plan.GuardBaseUnapproved:       guardContents(plan.GuardBaseUnapproved),
	plan.GuardReviewerIsLastEditor: guardReviewer,
	plan.GuardReviewOwed:           guardReviewOwed(plan.GuardReviewOwed),
	plan.GuardReviewOverdue:        guardReviewOwed(plan.GuardReviewOverdue),
	plan.GuardReviewNotOwed:        guardReviewNotOwed,
	plan.GuardBaselineNotNew:       guardBaseline,
	plan.GuardInProduction:         guardInProduction,
	plan.GuardBuiltUpon:            guardBuiltUpon,
	plan.GuardItemInReview:         guardItemInReview,
	plan.GuardSignOffMissing:       guardSignOff,
	plan.GuardTouchedLater:         guardTouchedLater,
	plan.GuardAncestorUnpublished:  guardPublication(plan.GuardAncestorUnpublished),
	plan.GuardBreakingUnexplained:  guardPublication(plan.GuardBreakingUnexplained),
	plan.GuardTargetMoved:          guardPublication(plan.GuardTargetMoved),
	plan.GuardBehindProduction:     guardPublication(plan.GuardBehindProduction),
	plan.GuardSameMatch:            guardPublication(plan.GuardSameMatch),
}

// judge tells what bars a step, or warns of it. With try, what is only found out by publishing is tried too; otherwise
// making the step will tell.
func (g *stage) judge(ctx context.Context, s *step, try bool) ([]Bar, error) {
	var bars []Bar
	if b := g.allow(s.move); b != nil {
		bars = append(bars, *b)
	}
	if b := g.missing(s.move); b != nil && !try {
		bars = append(bars, *b)
	}
	if g.app.ArchivedAt != nil {
		bars = append(bars, *bar(plan.GuardAppArchived, "the app "+g.app.Key+" is archived", nil))
	}
	for _, id := range s.move.Guards {
		rule := plan.Guard(id)
		if !rule.HoldsIn(g.app.Template) || !try && isByPublishing(id) {
			continue
		}
		found, err := guards[id](ctx, g, s)
		if err != nil {
			return nil, fmt.Errorf("judge %s: %w", id, err)
		}
		bars = append(bars, found...)
	}
	return bars, nil
}

func isByPublishing(rule string) bool {
	return slices.Contains([]string{
		plan.GuardAncestorUnpublished, plan.GuardBreakingUnexplained, plan.GuardTargetMoved, plan.GuardBehindProduction,
		plan.GuardSameMatch,
	}, rule)
}

// one is a finding list of at most one.
func one(b *Bar) []Bar {
	if b == nil {
		return nil
	}
	return []Bar{*b}
}

// guardContents judges a rule about what the batch says.
func guardContents(rule string) guard {
	return func(ctx context.Context, g *stage, s *step) ([]Bar, error) {
		if !g.judged {
			if err := g.judgeContents(ctx); err != nil {
				return nil, err
			}
			g.judged = true
		}
		return slices.DeleteFunc(slices.Clone(g.contents), func(b Bar) bool {
			return b.Rule != rule || s.item != nil && b.ItemID != s.item.ID
		}), nil
	}
}

func (g *stage) judgeContents(ctx context.Context) error {
	items := g.open()
	if len(items) == 0 {
		g.contents = append(g.contents, *bar(plan.GuardEmptyBatch, g.batch.Number+" has no items", nil))
	}
	freezer := g.c.newFreezer()
	for _, it := range items {
		if it.Action == plan.ActionRemove {
			continue
		}
		if err := g.judgeItem(ctx, freezer, it); err != nil {
			return err
		}
	}
	return nil
}

func (g *stage) judgeItem(ctx context.Context, z *freezer, it *ent.BatchItem) error {
	l, id := lineOf(it)
	own, err := g.c.newestUnder(ctx, l, id, g.batch.ID)
	if err != nil {
		return err
	}
	if own == nil {
		approved, err := g.c.Approval.Query().Where(approval.ItemID(it.ID)).Exist(ctx)
		if err != nil || approved { // it was approved in the batch that it was moved out of
			return err
		}
		found := bar(plan.GuardIncomplete, "nothing is designed for it yet", map[string]any{"field": "definition"})
		g.contents = append(g.contents, *found.on(it))
		return nil
	}
	if own.isApproved() {
		return nil
	}
	m, err := g.c.meet(ctx, l, own)
	if err != nil {
		return err
	}
	if err := g.judgeMeeting(ctx, it, m); err != nil {
		return err
	}
	switch l {
	case eventLine:
		return g.judgeEvent(ctx, z, it, m)
	case propertyLine:
		return g.judgeProperty(it, m)
	default:
		return nil
	}
}

// judgeMeeting tells how an item stands to what was approved meanwhile.
func (g *stage) judgeMeeting(ctx context.Context, it *ent.BatchItem, m *meeting) error {
	if m.unapproved != "" {
		b, err := g.c.Batch.Get(ctx, m.unapproved)
		if err != nil {
			return lost(err, "Batch", m.unapproved)
		}
		found := bar(plan.GuardBaseUnapproved, "it builds on what "+b.Number+" brings, which is not approved",
			map[string]any{"batch": b.Number})
		g.contents = append(g.contents, *found.on(it))
	}
	for _, c := range m.conflicts {
		found := bar(plan.GuardOpenConflict, c.Path+" was changed by another batch too", map[string]any{"path": c.Path})
		found.Path = c.Path
		g.contents = append(g.contents, *found.on(it))
	}
	if m.merged != nil && len(m.conflicts) == 0 {
		found := bar(plan.GuardBaseOutdated, "a newer revision was approved meanwhile: approving merges both", nil)
		g.contents = append(g.contents, *found.on(it))
	}
	return nil
}

// judgeEvent holds an event against the app's naming and completeness. What was approved with the same name before is
// old stock, of which the rules only warn.
func (g *stage) judgeEvent(ctx context.Context, z *freezer, it *ent.BatchItem, m *meeting) error {
	doc, err := eventDocumentOf(m.own)
	if err != nil {
		return err
	}
	before := &eventDocument{}
	if m.head.isApproved() {
		if before, err = eventDocumentOf(m.head); err != nil {
			return err
		}
	}
	if n := g.app.Naming; n != nil {
		if doc.WireName != "" {
			g.note(it, n.Check(plan.NameEvent, doc.WireName), before.WireName == doc.WireName)
		}
		g.note(it, n.Check(plan.NameEventKey, doc.Key), before.Key == doc.Key)
	}
	if g.app.Completeness == nil {
		return nil
	}
	if err := z.load(ctx, doc, before); err != nil {
		return err
	}
	now, err := z.freeze(it.EventID, doc)
	if err != nil {
		return err
	}
	then, err := z.freeze(it.EventID, before)
	if err != nil {
		return err
	}
	old := g.app.Completeness.Check(then)
	for _, f := range g.app.Completeness.Check(now) {
		stock := before.Key != "" && slices.ContainsFunc(old, func(o plan.Finding) bool { return o.Path == f.Path })
		g.note(it, []plan.Finding{f}, stock)
	}
	return nil
}

func (g *stage) judgeProperty(it *ent.BatchItem, m *meeting) error {
	doc := &propertyDocument{}
	if err := json.Unmarshal(m.own.definition, doc); err != nil {
		return fmt.Errorf("read revision %s: %w", m.own.id, err)
	}
	stock := m.head.isApproved()
	if n := g.app.Naming; n != nil {
		g.note(it, n.Check(plan.NameProperty, doc.Key), stock)
	}
	if c := g.app.Completeness; c != nil {
		g.note(it, c.CheckProperty(&plan.FrozenProperty{
			Key: doc.Key, Name: doc.Name, Description: doc.Description, PropertyExample: doc.Example,
		}), stock)
	}
	return nil
}

// note keeps findings about an item; of old stock they only warn.
func (g *stage) note(it *ent.BatchItem, found []plan.Finding, oldStock bool) {
	for _, f := range found {
		rule := plan.Guard(f.Rule)
		b := Bar{Finding: f, Severity: rule.Severity, ItemID: it.ID}
		if oldStock && rule.OldStock {
			b.Severity = plan.SeverityWarning
		}
		g.contents = append(g.contents, b)
	}
}

func guardReviewer(_ context.Context, g *stage, s *step) (bars []Bar, _ error) {
	if g.c.by == "" {
		return nil, nil
	}
	for _, it := range g.open() {
		if it.EditedByID == g.c.by && (s.item == nil || s.item.ID == it.ID) {
			bars = append(bars, *bar(plan.GuardReviewerIsLastEditor, "you edited it last", nil).on(it))
		}
	}
	return bars, nil
}

// guardReviewOwed tells of other hotfixes of the app whose review is owed: in time, or overdue.
func guardReviewOwed(rule string) guard {
	return func(ctx context.Context, g *stage, _ *step) (bars []Bar, err error) {
		owed, err := g.c.Batch.Query().Where(batch.AppID(g.app.ID), batch.IDNEQ(g.batch.ID), batch.ReviewDueAtNotNil()).
			Order(batch.ByReviewDueAt()).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range owed {
			if b.ReviewDueAt.Before(g.c.now) == (rule == plan.GuardReviewOverdue) {
				text := "the review of the hotfix " + b.Number + " is due on " + b.ReviewDueAt.Format(time.DateOnly)
				bars = append(bars, *bar(rule, text, map[string]any{"batch": b.Number}))
			}
		}
		return bars, nil
	}
}

func guardReviewNotOwed(_ context.Context, g *stage, _ *step) ([]Bar, error) {
	if g.batch.ReviewDueAt != nil {
		return nil, nil
	}
	return one(bar(plan.GuardReviewNotOwed, g.batch.Number+" owes no review", nil)), nil
}

func guardBaseline(ctx context.Context, g *stage, _ *step) (bars []Bar, err error) {
	for _, it := range g.open() {
		if it.EventID == "" {
			continue
		}
		e, err := g.c.Event.Get(ctx, it.EventID)
		if err != nil {
			return nil, lost(err, "Event", it.EventID)
		}
		if e.LastApproval > 0 {
			bars = append(bars, *bar(plan.GuardBaselineNotNew, "the event "+e.Key+" was approved before", nil).on(it))
		}
	}
	return bars, nil
}

func guardInProduction(_ context.Context, g *stage, _ *step) (bars []Bar, _ error) {
	for _, d := range g.deliveries {
		if d.State == plan.DeliveryOnline {
			b := bar(plan.GuardInProduction, "it is online on "+d.Terminal, nil)
			b.ItemID, b.Terminal = d.ItemID, d.Terminal
			bars = append(bars, *b)
		}
	}
	return bars, nil
}

// guardBuiltUpon bars taking back what later entries of an event's line contain.
func guardBuiltUpon(ctx context.Context, g *stage, s *step) (bars []Bar, err error) {
	for _, it := range g.open() {
		if s.item != nil && s.item.ID != it.ID {
			continue
		}
		own, err := g.c.Approval.Query().Where(approval.ItemID(it.ID)).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range own {
			later, err := g.c.Approval.Query().Where(approval.EventID(a.EventID), approval.PositionGT(position(a)),
				approval.ItemIDNEQ(it.ID)).First(ctx)
			if ent.IsNotFound(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			b, err := g.c.Batch.Get(ctx, later.BatchID)
			if err != nil {
				return nil, lost(err, "Batch", later.BatchID)
			}
			bars = append(bars, *bar(plan.GuardBuiltUpon, b.Number+" builds on it", map[string]any{"batch": b.Number}).on(it))
		}
		if it.Kind != plan.ItemEvent && len(bars) == 0 {
			shared, err := g.sharedBuiltUpon(ctx, it)
			if err != nil {
				return nil, err
			}
			bars = append(bars, one(shared)...)
		}
	}
	return bars, nil
}

// position is the place of an entry on its line, 0 beside it.
func position(a *ent.Approval) int {
	if a.Position == nil {
		return 0
	}
	return *a.Position
}

func guardItemInReview(_ context.Context, _ *stage, s *step) ([]Bar, error) {
	if s.item == nil || s.item.Review == "" {
		return nil, nil
	}
	return one(bar(plan.GuardItemInReview, "it was changed after approval", nil).on(s.item)), nil
}

// guardSignOff wants the acceptance of somebody else than who handed the work over.
func guardSignOff(ctx context.Context, g *stage, s *step) ([]Bar, error) {
	last := func(to plan.DeliveryState) (*ent.Transition, error) {
		row, err := g.c.Transition.Query().Where(transition.ItemID(s.item.ID), transition.Terminal(s.delivery.Terminal),
			transition.ToState(string(to))).Order(ent.Desc(transition.FieldCreatedAt, transition.FieldID)).First(ctx)
		if ent.IsNotFound(err) {
			return nil, nil //nolint:nilnil // there is none, which is no error
		}
		return row, err
	}
	handed, err := last(plan.DeliveryInTesting)
	if err != nil {
		return nil, err
	}
	accepted, err := last(plan.DeliveryAccepted)
	if err != nil {
		return nil, err
	}
	if accepted != nil && accepted.CreatedByID != "" && (handed == nil || handed.CreatedByID != accepted.CreatedByID) {
		return nil, nil
	}
	b := bar(plan.GuardSignOffMissing, "nobody but who handed it over has accepted it", nil).on(s.item)
	b.Terminal = s.delivery.Terminal
	return one(b), nil
}

// guardTouchedLater warns where a batch that was made later has an item about the event that is taken offline.
func guardTouchedLater(ctx context.Context, g *stage, s *step) ([]Bar, error) {
	if s.item == nil || s.item.EventID == "" {
		return nil, nil
	}
	later, err := g.c.BatchItem.Query().Where(batchitem.EventID(s.item.EventID), batchitem.IDNEQ(s.item.ID),
		batchitem.HasBatchWith(batch.CreatedAtGT(g.batch.CreatedAt))).WithBatch().First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e, err := g.c.Event.Query().Where(event.ID(s.item.EventID)).Only(ctx)
	if err != nil {
		return nil, err
	}
	return one(bar(plan.GuardTouchedLater, later.Edges.Batch.Number+" changes "+e.Key+" too",
		map[string]any{"batch": later.Edges.Batch.Number}).on(s.item)), nil
}

// guardPublication judges a rule that publishing to production judges, by trying.
func guardPublication(rule string) guard {
	return func(ctx context.Context, g *stage, s *step) ([]Bar, error) {
		if !g.tried {
			if err := g.tryPublishing(ctx); err != nil {
				return nil, err
			}
			g.tried = true
		}
		return slices.DeleteFunc(slices.Clone(g.preview), func(b Bar) bool {
			return b.Rule != rule || s.item != nil && b.ItemID != "" && b.ItemID != s.item.ID
		}), nil
	}
}
