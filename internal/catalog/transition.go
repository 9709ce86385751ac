package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// TransitionInput moves a batch, or named items of it on named terminals, to a state.
type TransitionInput struct {
	Batch string // its number
	To    string
	// Items are ids, Terminals keys; none means all that the move concerns.
	Items, Terminals []string
	// Note says why, where that is asked for, and stays with the history.
	Note string
	// Build is where to get what is to be tested.
	Build string
	// FromVersion is the app version from which on what is published holds; FromVersions say it per terminal.
	FromVersion  *string
	FromVersions []TargetVersionInput
	// ToBatch is the number of the batch where a moved item goes on.
	ToBatch *string
	// BaseRelease is the number of the production release that the asking person has compared with.
	BaseRelease *int
}

// Transitioned is what a transition led to.
type Transitioned struct {
	Batch *ent.Batch
	// Moves are what was done, one entry for each move.
	Moves []*ent.Transition
	// Warnings are guard rules that were broken without barring it.
	Warnings []Bar
	// Releases are the ids of the releases that it made.
	Releases []string
}

// Transition moves a batch or items of it. All moves are made, or none: what bars them is told with the rule and with what
// would lift it (see barred). Items that are where they are to go are left alone.
func (s *Service) Transition(ctx context.Context, in TransitionInput) (*Transitioned, error) {
	b, err := s.batchByNumber(ctx, "Mutation.transitionBatch", in.Batch)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validateProse("input.note", &in.Note, &f)
	validateLine("input.build", &in.Build, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "transition batch", func(ctx context.Context, c *change) (*Transitioned, error) {
		row, err := c.Batch.Query().Where(batch.ID(b.ID)).Only(ctx)
		if err != nil {
			return nil, lost(err, "Batch", in.Batch)
		}
		g, err := c.newStage(ctx, row)
		if err != nil {
			return nil, err
		}
		g.in = in
		return g.transition(ctx)
	})
}

func (g *stage) transition(ctx context.Context) (*Transitioned, error) {
	steps, err := g.steps()
	if err != nil {
		return nil, err
	}
	out := &Transitioned{}
	var bars []Bar
	for i := range steps {
		found, err := g.judge(ctx, &steps[i], false)
		if err != nil {
			return nil, err
		}
		bars = append(bars, found...)
	}
	if err := barred(bars); err != nil {
		return nil, err
	}
	out.Warnings = slices.DeleteFunc(bars, func(b Bar) bool { return b.Severity == plan.SeverityError })
	if err := g.make(ctx, steps, out); err != nil {
		return nil, err
	}
	if err := g.setState(ctx); err != nil {
		return nil, err
	}
	if g.batch.Review == plan.BatchCancelled {
		if err := g.forsake(ctx); err != nil {
			return nil, err
		}
	}
	out.Batch = g.batch
	return out, nil
}

// steps are the moves that the input asks for.
func (g *stage) steps() ([]step, error) {
	if !slices.ContainsFunc(plan.States, func(s plan.StateInfo) bool { return s.State == g.in.To }) {
		return nil, fault.Invalid(fault.Field{Path: "input.to", Reason: "unknown_state", Message: fmt.Sprintf("%q is not a state", g.in.To)})
	}
	items, err := g.named()
	if err != nil {
		return nil, err
	}
	cancels := g.in.To == string(plan.BatchCancelled) && len(g.in.Items) == 0 // a batch as a whole
	if alone := g.reviewedAlone(items); len(alone) > 0 && !cancels {
		return alone, nil
	}
	if m := g.find(plan.OfReview, string(g.batch.Review), g.in.To); m != nil && len(g.in.Terminals) == 0 {
		if len(g.in.Items) > 0 {
			return nil, fault.Invalid(fault.Field{
				Path: "input.items", Reason: "not_allowed", Message: "a batch is reviewed as a whole: leave items out",
			})
		}
		return []step{{move: m}}, nil
	}
	return g.deliverySteps(items)
}

// named are the items that the input names, or all that the batch still carries.
func (g *stage) named() ([]*ent.BatchItem, error) {
	if len(g.in.Items) == 0 {
		return g.open(), nil
	}
	var f fault.Fields
	list := make([]*ent.BatchItem, 0, len(g.in.Items))
	for i, id := range g.in.Items {
		it := g.item(id)
		if it == nil {
			f.Add(fmt.Sprintf("input.items[%d]", i), "unknown_item", fmt.Sprintf("%s has no item %q", g.batch.Number, id))
			continue
		}
		list = append(list, it)
	}
	return list, f.Err()
}

// reviewedAlone are the steps for items that were changed after approval and are in review again by themselves.
func (g *stage) reviewedAlone(items []*ent.BatchItem) (steps []step) {
	for _, it := range items {
		if it.Review == "" {
			continue
		}
		if m := g.find(plan.OfReview, string(it.Review), g.in.To); m != nil && isOfItems(m) {
			steps = append(steps, step{move: m, item: it})
		}
	}
	return steps
}

// isOfItems reports whether items that are in review by themselves make a move: of an approved batch they are not
// cancelled but dropped.
func isOfItems(m *plan.Move) bool { return m.To != string(plan.BatchCancelled) }

// deliverySteps are the steps of items on terminals. Whoever is there already is left alone; whoever cannot get there
// is a refusal, so that nobody believes a batch to be where only a part of it is.
func (g *stage) deliverySteps(items []*ent.BatchItem) (steps []step, err error) {
	if err := g.checkTerminals(); err != nil {
		return nil, err
	}
	there := 0
	var stuck []Bar
	var further []step // of who is past the state, for when nobody else moves
	for _, d := range g.deliveries {
		it := g.item(d.ItemID)
		if !slices.Contains(items, it) || len(g.in.Terminals) > 0 && !slices.Contains(g.in.Terminals, d.Terminal) {
			continue
		}
		m := g.find(plan.OfDelivery, string(d.State), g.in.To)
		past := d.State.IsPast(plan.DeliveryState(g.in.To)) && g.in.To != string(plan.DeliveryInDevelopment) // that is a way back
		switch arrived := string(d.State) == g.in.To; {
		case arrived, past && len(g.in.Items) == 0:
			there++
			if m != nil {
				further = append(further, step{move: m, item: it, delivery: d})
			}
		case m == nil:
			stuck = append(stuck, *g.noWay(&step{item: it, delivery: d}, plan.DeliveryState(g.in.To)))
		default:
			steps = append(steps, step{move: m, item: it, delivery: d})
		}
	}
	if err := barred(stuck); err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		steps = further
	}
	if len(steps) == 0 && there == 0 {
		return nil, barred([]Bar{*g.noWayForAll(g.in.To)})
	}
	return steps, nil
}

// noWay says that nothing leads from where an item is on a terminal to a state.
func (g *stage) noWay(s *step, to plan.DeliveryState) *Bar {
	d := s.delivery
	b := bar(plan.GuardNoSuchMove, fmt.Sprintf("on %s it is %s, from where nothing leads to %s", d.Terminal, d.State, to), nil)
	b.Terminal = d.Terminal
	return b.on(s.item)
}

// noWayForAll says that nothing leads from where the batch is to a state.
func (g *stage) noWayForAll(to string) *Bar {
	return bar(plan.GuardNoSuchMove, fmt.Sprintf("%s is %s, from where nothing leads to %s", g.batch.Number, g.batch.State, to), nil)
}

// checkTerminals refuses terminals on which nothing of the batch is delivered.
func (g *stage) checkTerminals() error {
	var f fault.Fields
	for i, key := range g.in.Terminals {
		if !slices.ContainsFunc(g.deliveries, func(d *ent.ItemDelivery) bool { return d.Terminal == key }) {
			f.Add(fmt.Sprintf("input.terminals[%d]", i), "unknown_terminal", fmt.Sprintf("nothing of %s is delivered on %q", g.batch.Number, key))
		}
	}
	return f.Err()
}

// make does what the steps are.
func (g *stage) make(ctx context.Context, steps []step, out *Transitioned) error {
	if len(steps) == 0 {
		return nil
	}
	if steps[0].delivery == nil {
		return g.makeReview(ctx, steps, out)
	}
	return g.makeDelivery(ctx, steps, out)
}

// log writes a move into the batch's history.
func (g *stage) log(ctx context.Context, s *step, from, to, releaseID string, out *Transitioned) error {
	create := g.c.Transition.Create().SetBatchID(g.batch.ID).SetFromState(from).SetToState(to).SetNote(g.in.Note).
		SetBuild(g.in.Build).SetNillableReleaseID(optional(releaseID)).SetCreatedAt(g.c.now).
		SetNillableCreatedByID(optional(g.c.by)).SetNillableTokenID(optional(g.c.who.TokenID()))
	if s.item != nil {
		create.SetItemID(s.item.ID)
	}
	if s.delivery != nil {
		create.SetTerminal(s.delivery.Terminal)
	}
	row, err := create.Save(ctx)
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	out.Moves = append(out.Moves, row)
	return nil
}
