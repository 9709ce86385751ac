package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/itemdelivery"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// stage is a batch with everything that its moves are judged and made with, in one transaction.
type stage struct {
	c          *change
	app        *ent.App
	batch      *ent.Batch
	items      []*ent.BatchItem
	deliveries []*ent.ItemDelivery
	in         TransitionInput
	facts      *facts
	types      map[string]*plan.Type // that the batch gives properties, see typesDrafted
	contents   []Bar                 // what the batch says that breaks rules, see facts.judgeContents
	preview    []Bar                 // what publishing to production would be refused for
	tried      bool
}

// step is one move: of the review of a batch (item and delivery are nil), of an item that is in review alone (delivery is
// nil), or of an item on a terminal.
type step struct {
	move     *plan.Move
	item     *ent.BatchItem
	delivery *ent.ItemDelivery
}

// Bar is one place where a guard rule bars a move, or (severity WARNING) warns of it.
type Bar struct {
	plan.Finding
	Severity plan.Severity
	// ItemID and Terminal say where; empty where it is about the batch.
	ItemID, Terminal string
}

// newStage reads a batch with its items and deliveries.
func (c *change) newStage(ctx context.Context, b *ent.Batch) (*stage, error) {
	list, err := c.newStages(ctx, []*ent.Batch{b})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// newStages is newStage for several batches, which are judged together.
func (c *change) newStages(ctx context.Context, batches []*ent.Batch) ([]*stage, error) {
	f := &facts{c: c}
	byBatch, apps := make(map[string]*stage, len(batches)), map[string]*ent.App{}
	ids := make([]string, len(batches))
	for i, b := range batches {
		g := &stage{c: c, batch: b, facts: f}
		f.stages = append(f.stages, g)
		byBatch[b.ID], apps[b.AppID], ids[i] = g, nil, b.ID
	}
	rows, err := c.App.Query().Where(isAmong(app.FieldID, slices.Collect(maps.Keys(apps)))).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read apps: %w", err)
	}
	for _, a := range rows {
		apps[a.ID] = a
	}
	for _, g := range f.stages {
		if g.app = apps[g.batch.AppID]; g.app == nil {
			return nil, fault.NotFoundf("App", g.batch.AppID)
		}
	}
	return f.stages, c.fillStages(ctx, ids, byBatch)
}

// fillStages reads the items and deliveries of batches.
func (c *change) fillStages(ctx context.Context, ids []string, stages map[string]*stage) error {
	items, err := c.BatchItem.Query().Where(isAmong(batchitem.FieldBatchID, ids)).
		Order(batchitem.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read items: %w", err)
	}
	for _, it := range items {
		stages[it.BatchID].items = append(stages[it.BatchID].items, it)
	}
	deliveries, err := c.ItemDelivery.Query().Where(isAmong(itemdelivery.FieldBatchID, ids)).
		Order(itemdelivery.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read deliveries: %w", err)
	}
	for _, d := range deliveries {
		stages[d.BatchID].deliveries = append(stages[d.BatchID].deliveries, d)
	}
	return nil
}

// find returns the move of a subject from a state to another, or nil.
func (g *stage) find(of plan.Subject, from, to string) *plan.Move {
	return plan.FindMove(of, from, to, g.batch.Type, g.app.Template)
}

func (g *stage) item(id string) *ent.BatchItem {
	i := slices.IndexFunc(g.items, func(it *ent.BatchItem) bool { return it.ID == id })
	if i < 0 {
		return nil
	}
	return g.items[i]
}

// open are the items that the batch carries and that were not dropped.
func (g *stage) open() []*ent.BatchItem {
	return slices.DeleteFunc(slices.Clone(g.items), func(it *ent.BatchItem) bool {
		return it.DroppedReason != ""
	})
}

// allow tells whether who is asking may make a move; nil if so.
func (g *stage) allow(m *plan.Move) *Bar {
	held := g.c.who.In(g.app.ID)
	roles := m.RolesFor(g.app.Template, g.app.Grants)
	if held.Has(auth.Admin) {
		return nil
	}
	own := false
	for _, role := range roles {
		if !held.Has(auth.Role(role)) {
			continue
		}
		if !slices.Contains(m.OwnOnly, role) || g.batch.CreatedByID == g.c.by || g.batch.OwnerID == g.c.by {
			return nil
		}
		own = true
	}
	if own {
		return bar(plan.GuardNotOwn, "it is a batch of somebody else", nil)
	}
	return bar(plan.GuardRoleMissing, "this needs the role "+strings.Join(roles, " or "), map[string]any{"roles": roles})
}

// bar is a breach of a guard rule that concerns the batch as a whole.
func bar(rule, message string, params map[string]any) *Bar {
	return &Bar{Finding: plan.Finding{Rule: rule, Message: message, Params: params}, Severity: plan.Guard(rule).Severity}
}

// on says that a bar is about an item.
func (b *Bar) on(it *ent.BatchItem) *Bar {
	b.ItemID = it.ID
	return b
}

// missing are the inputs that a move needs and that were not given.
func (g *stage) missing(m *plan.Move) *Bar {
	for _, need := range m.Needs {
		if need == plan.InputReason && strings.TrimSpace(g.in.Note) == "" {
			return bar(plan.GuardInputMissing, "the move "+m.ID+" needs a note that says why", map[string]any{"input": "note"})
		}
		if need == plan.InputBatch && g.in.ToBatch == nil {
			return bar(plan.GuardInputMissing, "say which batch it goes on in", map[string]any{"input": "toBatch"})
		}
	}
	return nil
}

// barred turns what bars moves into the refusal: FORBIDDEN where only a role is missing, CONFLICT where the plan has moved
// on, else FAILED_PRECONDITION; the reason is the first rule that bars, and the parameter bars lists them all, each with
// what would lift it.
func barred(bars []Bar) *fault.Error {
	errs := slices.DeleteFunc(slices.Clone(bars), func(b Bar) bool { return b.Severity != plan.SeverityError })
	if len(errs) == 0 {
		return nil
	}
	code := fault.FailedPrecondition
	switch errs[0].Rule {
	case plan.GuardRoleMissing, plan.GuardNotOwn, plan.GuardUsesHidden:
		code = fault.Forbidden
	case plan.GuardOpenConflict, plan.GuardTargetMoved:
		code = fault.Conflict
	}
	list := make([]map[string]any, len(errs))
	for i, b := range errs {
		list[i] = map[string]any{
			"rule": b.Rule, "message": b.Message, "path": b.Path, "item": b.ItemID, "terminal": b.Terminal,
			"lift": plan.Guard(b.Rule).Lift,
		}
	}
	refusal := fault.New(code, errs[0].Rule, errs[0].Message+". "+plan.Guard(errs[0].Rule).Lift).With("bars", list)
	for name, value := range errs[0].Params {
		refusal = refusal.With(name, value)
	}
	return refusal
}

// setState brings the batch's state to what its review and its deliveries make of it.
func (g *stage) setState(ctx context.Context) error {
	var states []plan.DeliveryState
	for _, d := range g.deliveries {
		states = append(states, d.State)
	}
	state := plan.StateOf(g.batch.Review, states)
	u := g.c.Batch.UpdateOneID(g.batch.ID).SetReview(g.batch.Review).SetState(state).
		SetUpdatedAt(g.c.now).SetUpdatedByID(g.c.by).
		SetNillableApprovedAt(g.batch.ApprovedAt).SetNillableApprovedByID(optional(g.batch.ApprovedByID)).
		SetNillableSubmittedByID(optional(g.batch.SubmittedByID))
	if state != g.batch.State {
		u.SetStateSince(g.c.now)
	}
	if g.batch.ApprovedByID == "" {
		u.ClearApprovedByID()
	}
	if g.batch.ReviewDueAt != nil {
		u.SetReviewDueAt(*g.batch.ReviewDueAt)
	} else {
		u.ClearReviewDueAt()
	}
	row, err := u.Save(ctx)
	if err != nil {
		return fmt.Errorf("set the state of %s: %w", g.batch.Number, err)
	}
	g.batch = row
	return nil
}

// workingDaysAfter returns the moment n working days later, Saturdays and Sundays not counted.
func workingDaysAfter(t time.Time, n int) time.Time {
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		if day := t.Weekday(); day != time.Saturday && day != time.Sunday {
			n--
		}
	}
	return t
}
