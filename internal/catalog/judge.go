package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
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
	plan.GuardContradiction:        guardContents(plan.GuardContradiction),
	plan.GuardBaseOutdated:         guardContents(plan.GuardBaseOutdated),
	plan.GuardBaseUnapproved:       guardContents(plan.GuardBaseUnapproved),
	plan.GuardReviewerIsLastEditor: guardReviewer,
	plan.GuardReviewOwed:           guardReviewOwed(plan.GuardReviewOwed),
	plan.GuardReviewOverdue:        guardReviewOwed(plan.GuardReviewOverdue),
	plan.GuardReviewNotOwed:        guardReviewNotOwed,
	plan.GuardBaselineNotNew:       guardBaseline,
	plan.GuardInProduction:         guardInProduction,
	plan.GuardBuiltUpon:            guardBuiltUpon,
	plan.GuardUsesHidden:           guardSharedUses,
	plan.GuardItemInReview:         guardItemInReview,
	plan.GuardSignOffMissing:       guardSignOff,
	plan.GuardAcceptedAlone:        guardAcceptedAlone,
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
		if s.item != nil {
			b = b.on(s.item)
		}
		if s.delivery != nil {
			b.Terminal = s.delivery.Terminal
		}
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
	return func(ctx context.Context, g *stage, s *step) (bars []Bar, _ error) {
		if err := g.facts.judgeContents(ctx); err != nil {
			return nil, err
		}
		for i := range g.contents {
			if b := &g.contents[i]; b.Rule == rule && (s.item == nil || b.ItemID == s.item.ID) {
				bars = append(bars, *b)
			}
		}
		return bars, nil
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
	return func(ctx context.Context, g *stage, _ *step) (bars []Bar, _ error) {
		owed, err := g.facts.owedReviews(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range owed[g.app.ID] {
			if b.ID != g.batch.ID && b.ReviewDueAt.Before(g.c.now) == (rule == plan.GuardReviewOverdue) {
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

func guardBaseline(ctx context.Context, g *stage, _ *step) (bars []Bar, _ error) {
	events, err := g.facts.eventsByID(ctx)
	if err != nil {
		return nil, err
	}
	for _, it := range g.open() {
		if e := events[it.EventID]; e != nil && e.LastApproval > 0 {
			bars = append(bars, *bar(plan.GuardBaselineNotNew, "the event "+e.Key+" was approved before", nil).on(it))
		}
	}
	known, err := g.facts.sharedApproved(ctx)
	if err != nil {
		return nil, err
	}
	for _, it := range g.open() {
		if known[it.PropertyID+it.ValueSetID] {
			bars = append(bars, *bar(plan.GuardBaselineNotNew, "it was approved before", nil).on(it))
		}
	}
	return bars, nil
}

func guardInProduction(ctx context.Context, g *stage, _ *step) (bars []Bar, _ error) {
	for _, d := range g.deliveries {
		if d.State == plan.DeliveryOnline {
			b := bar(plan.GuardInProduction, "it is online on "+d.Terminal, nil)
			b.ItemID, b.Terminal = d.ItemID, d.Terminal
			bars = append(bars, *b)
		}
	}
	if len(bars) > 0 {
		return bars, nil
	}
	// A rollback may have brought back something older of an item that is on its way again.
	live, err := g.facts.inProduction(ctx)
	if err != nil {
		return nil, err
	}
	for _, it := range g.open() {
		if terminal, ok := live[it.ID]; ok {
			b := bar(plan.GuardInProduction, "production goes by what it brought, on "+terminal, nil).on(it)
			b.Terminal = terminal
			bars = append(bars, *b)
		}
	}
	return bars, nil
}

// guardBuiltUpon bars taking back what later entries of an event's line contain.
func guardBuiltUpon(ctx context.Context, g *stage, s *step) (bars []Bar, _ error) {
	own, err := g.facts.approvals(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := g.facts.linesOf(ctx)
	if err != nil {
		return nil, err
	}
	numbers, err := g.facts.numbersOnLines(ctx)
	if err != nil {
		return nil, err
	}
	shared, err := g.facts.sharedBuiltUpon(ctx)
	if err != nil {
		return nil, err
	}
	for _, it := range g.open() {
		if s.item != nil && s.item.ID != it.ID {
			continue
		}
		barred := false
		for _, id := range eventsOf(own[it.ID]) {
			if later := builtOn(lines[id], it.ID); later != nil {
				bars, barred = append(bars, *builtUpon(numbers[later.BatchID]).on(it)), true
			}
		}
		if number := shared[it.ID]; number != "" && !barred {
			bars = append(bars, *builtUpon(number).on(it))
		}
	}
	return bars, nil
}

func builtUpon(number string) *Bar {
	return bar(plan.GuardBuiltUpon, number+" builds on it", becauseOf(number))
}

// becauseOf are the parameters of a bar that is because of a batch, named by numbersOf.
func becauseOf(number string) map[string]any {
	if number == plan.HiddenBatch {
		return nil
	}
	return map[string]any{"batch": number}
}

// eventsOf are the ids of the events that entries are of, each once.
func eventsOf(entries []*ent.Approval) []string {
	ids := make([]string, len(entries))
	for i, a := range entries {
		ids[i] = a.EventID
	}
	return distinct(ids)
}

// builtOn returns the first entry of a line that came after the item's first one, by another item that has not been taken
// back since; nil where there is none.
func builtOn(line []*ent.Approval, itemID string) *ent.Approval {
	first := slices.IndexFunc(line, func(a *ent.Approval) bool { return a.ItemID == itemID })
	if first < 0 {
		return nil
	}
	back := map[string]bool{}
	for _, a := range line {
		back[a.ItemID] = back[a.ItemID] || a.Cause == plan.CauseRevert
	}
	later := slices.IndexFunc(line[first:], func(a *ent.Approval) bool {
		return a.ItemID != "" && a.ItemID != itemID && !back[a.ItemID]
	})
	if later < 0 {
		return nil
	}
	return line[first+later]
}

func guardItemInReview(_ context.Context, _ *stage, s *step) ([]Bar, error) {
	if s.item == nil || s.item.Review == "" {
		return nil, nil
	}
	return one(bar(plan.GuardItemInReview, "it was changed after approval", nil).on(s.item)), nil
}

// guardSignOff wants a sign-off of the batch for the terminal that is younger than the hand-over.
func guardSignOff(ctx context.Context, g *stage, s *step) ([]Bar, error) {
	signed, err := g.facts.signOffs(ctx)
	if err != nil {
		return nil, err
	}
	for _, sign := range signed[g.batch.ID] {
		if slices.Contains(sign.Terminals, s.delivery.Terminal) && !sign.CreatedAt.Before(s.delivery.StateSince) {
			return nil, nil
		}
	}
	b := bar(plan.GuardSignOffMissing, fmt.Sprintf("no sign-off of %s covers %s since it was handed over", g.batch.Number, s.delivery.Terminal),
		map[string]any{"batch": g.batch.Number, "terminal": s.delivery.Terminal}).on(s.item)
	b.Terminal = s.delivery.Terminal
	return one(b), nil
}

// guardAcceptedAlone wants the acceptance of somebody else than who handed the work over.
func guardAcceptedAlone(ctx context.Context, g *stage, s *step) ([]Bar, error) {
	last, err := g.facts.lastMoves(ctx)
	if err != nil {
		return nil, err
	}
	handed := last[handing{s.item.ID, s.delivery.Terminal, plan.DeliveryInTesting}]
	accepted := last[handing{s.item.ID, s.delivery.Terminal, plan.DeliveryAccepted}]
	if accepted != nil && accepted.CreatedByID != "" && (handed == nil || handed.CreatedByID != accepted.CreatedByID) {
		return nil, nil
	}
	b := bar(plan.GuardAcceptedAlone, "nobody but who handed it over has accepted it", nil).on(s.item)
	b.Terminal = s.delivery.Terminal
	return one(b), nil
}

// guardTouchedLater warns where a batch that was made later has an item about the event that is taken offline.
func guardTouchedLater(ctx context.Context, g *stage, s *step) ([]Bar, error) {
	if s.item == nil || s.item.EventID == "" {
		return nil, nil
	}
	touching, err := g.facts.itemsOnEvents(ctx)
	if err != nil {
		return nil, err
	}
	events, err := g.facts.eventsByID(ctx)
	if err != nil {
		return nil, err
	}
	for _, later := range touching[s.item.EventID] {
		if b := later.Edges.Batch; later.ID != s.item.ID && b.CreatedAt.After(g.batch.CreatedAt) {
			return one(bar(plan.GuardTouchedLater, b.Number+" changes "+events[s.item.EventID].Key+" too",
				map[string]any{"batch": b.Number}).on(s.item)), nil
		}
	}
	return nil, nil
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
