package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// steps reads who does what until when; what names no move, terminal or person is noted.
func (c *change) steps(
	ctx context.Context, appID string, who []AssigneeInput, when []DeadlineInput, f *fault.Fields,
) ([]plan.Assignee, []plan.Deadline, error) {
	assignees, deadlines := make([]plan.Assignee, 0, len(who)), make([]plan.Deadline, 0, len(when))
	if len(who)+len(when) == 0 {
		return assignees, deadlines, nil
	}
	known, err := c.terminalKeys(ctx, appID)
	if err != nil {
		return nil, nil, err
	}
	people := make([]string, len(who))
	for i, a := range who {
		at := fmt.Sprintf("input.assignees[%d]", i)
		checkStep(at, a.Step, a.Terminal, known, f)
		people[i] = a.UserID
		assignees = append(assignees, plan.Assignee{Step: a.Step, Terminal: value(a.Terminal), UserID: a.UserID})
	}
	there, err := c.usersThere(ctx, people)
	if err != nil {
		return nil, nil, err
	}
	for i, id := range people {
		if !there[id] {
			f.Add(fmt.Sprintf("input.assignees[%d].userId", i), "unknown_user", fmt.Sprintf("there is no user %q", id))
		}
	}
	for i, d := range when {
		checkStep(fmt.Sprintf("input.deadlines[%d]", i), d.Step, d.Terminal, known, f)
		deadlines = append(deadlines, plan.Deadline{Step: d.Step, Terminal: value(d.Terminal), At: d.At.UTC()})
	}
	return assignees, deadlines, nil
}

func checkStep(path, id string, terminal *string, known keys, f *fault.Fields) {
	if !slices.ContainsFunc(plan.AllMoves, func(m plan.Move) bool { return m.ID == id }) {
		f.Add(path+".step", "unknown_step", fmt.Sprintf("there is no move %q", id))
	}
	if terminal != nil {
		known.check(path+".terminal", *terminal, f)
	}
}

func validateBatchType(t plan.BatchType, f *fault.Fields) {
	if t != "" && !slices.Contains(plan.BatchTypes(), t) {
		f.Add("input.type", "unknown_type", fmt.Sprintf("%q is not a type of batch", t))
	}
}

// retype refuses another type for a batch that has left its draft, or whose items do what the type does not.
func (c *change) retype(ctx context.Context, id string, t plan.BatchType, f *fault.Fields) error {
	validateBatchType(t, f)
	b, err := c.Batch.Get(ctx, id)
	if err != nil {
		return lost(err, "Batch", id)
	}
	if b.Type == t {
		return nil
	}
	if b.Review != plan.BatchDraft && b.Review != plan.BatchChangesRequested {
		return fault.New(fault.FailedPrecondition, "not_draft", b.Number+" has left its draft: its type stays").With("batch", b.Number)
	}
	other := plan.ActionRemove
	if t == plan.BatchOffline {
		other = plan.ActionChange
	}
	there, err := c.BatchItem.Query().Where(batchitem.BatchID(id), batchitem.ActionEQ(other)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for items: %w", err)
	}
	if there {
		return fault.New(fault.FailedPrecondition, "items_do_otherwise",
			"a batch of type "+string(t)+" cannot hold its items: remove them first").With("batch", b.Number)
	}
	return nil
}

// CopyBatch raises a new batch like another one: its words, documents, people and items, whose definitions begin anew.
func (s *Service) CopyBatch(ctx context.Context, in CopyBatchInput) (*ent.Batch, error) {
	from, err := s.batchByNumber(ctx, "Mutation.copyBatch", in.Batch)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validatePeopleName("input.title", in.Title, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "copy batch", func(ctx context.Context, c *change) (*ent.Batch, error) {
		return c.copyBatch(ctx, from, in.Title)
	})
}

func (c *change) copyBatch(ctx context.Context, from *ent.Batch, title *string) (*ent.Batch, error) {
	a, err := c.App.Get(ctx, from.AppID)
	if err != nil {
		return nil, lost(err, "App", from.AppID)
	}
	n, err := c.nextBatch(ctx, a)
	if err != nil {
		return nil, err
	}
	name := from.Title
	set(&name, title)
	row, err := c.Batch.Create().SetAppID(a.ID).SetSeq(n).SetNumber(plan.BatchNumber(a.Key, n)).SetTitle(name).
		SetDescription(from.Description).SetExternalReference(from.ExternalReference).SetDocuments(notNil(from.Documents)).
		SetTargetVersions(from.TargetVersions).SetOwnerID(from.OwnerID).SetType(from.Type).SetStateSince(c.now).
		SetAssignees(from.Assignees).SetDeadlines([]plan.Deadline{}).SetCopiedFromID(from.ID).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.copyFiles(ctx, from.ID, row); err != nil {
		return nil, err
	}
	items, err := c.BatchItem.Query().Where(batchitem.BatchID(from.ID)).Order(batchitem.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read items: %w", err)
	}
	for _, it := range items {
		l, id := lineOf(it)
		if _, err := c.insertItem(ctx, row.ID, subject{l.kind, id}, it.Action, it.Note); err != nil {
			return nil, err
		}
	}
	return row, c.index(ctx, row)
}
