package catalog_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// publisher notes what is published, and makes releases of it that only tests know.
type publisher struct {
	published []catalog.Publication
	refuse    error
}

func (p *publisher) Publish(_ context.Context, _ *ent.Tx, what *catalog.Publication) (string, error) {
	if p.refuse != nil || what.DryRun {
		return "", p.refuse
	}
	p.published = append(p.published, *what)
	return "rel_" + what.EnvironmentID, nil
}

// people are who works on a batch, each with another account.
type people struct{ requester, editor, reviewer, developer, tester context.Context }

func (w *world) people() *people {
	role := func(id string, role auth.Role) context.Context {
		return w.as(auth.Identity{UserID: id, Name: id, Apps: map[string]auth.RoleSet{w.app.ID: auth.SetOf(role)}})
	}
	return &people{
		requester: role("usr_pm", auth.Requester), editor: role("usr_editor", auth.Editor),
		reviewer: role("usr_reviewer", auth.Reviewer), developer: role("usr_dev", auth.Developer), tester: role("usr_test", auth.Tester),
	}
}

// template sets how strict the app is.
func (w *world) template(t plan.Template) {
	w.t.Helper()
	require.NoError(w.t, w.store.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
		return tx.App.UpdateOneID(w.app.ID).SetTemplate(t).Exec(ctx)
	}))
}

func (w *world) move(ctx context.Context, b *ent.Batch, to string, change ...func(*catalog.TransitionInput)) (*catalog.Transitioned, error) {
	in := catalog.TransitionInput{Batch: b.Number, To: to}
	for _, f := range change {
		f(&in)
	}
	return w.catalog.Transition(ctx, in)
}

func (w *world) moved(ctx context.Context, b *ent.Batch, to string, change ...func(*catalog.TransitionInput)) *catalog.Transitioned {
	w.t.Helper()
	out, err := w.move(ctx, b, to, change...)
	require.NoError(w.t, err)
	return out
}

func note(text string) func(*catalog.TransitionInput) {
	return func(in *catalog.TransitionInput) { in.Note = text }
}

func onTerminals(keys ...string) func(*catalog.TransitionInput) {
	return func(in *catalog.TransitionInput) { in.Terminals = keys }
}

// rename changes the words for an event under a batch.
func (w *world) rename(ctx context.Context, e *ent.Event, b *ent.Batch, name string) error {
	_, err := w.catalog.UpdateEvent(ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number, Name: &name})
	return err
}

func TestABatchGoesItsWay(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		who := w.people()
		w.template(plan.TemplateStandard)
		w.newProperty(w.app, "amount", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		b, err := w.catalog.CreateBatch(who.requester, catalog.CreateBatchInput{App: "shop", Title: "支付"})
		require.NoError(t, err)

		_, err = w.move(who.editor, b, "IN_REVIEW")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardEmptyBatch)
		_, err = w.move(who.requester, b, "IN_REVIEW")
		requireFault(t, err, fault.Forbidden, plan.GuardRoleMissing)
		_, err = w.move(who.editor, b, "ONLINE")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardNoSuchMove)
		_, err = w.move(who.editor, b, "SOMEWHERE")
		requireFault(t, err, fault.InvalidInput, "invalid_input")

		in := tracked(b, "order_paid")
		in.Properties, in.Terminals = []catalog.EventPropertyInput{use("amount")}, []string{"ios", "android"}
		e, err := w.catalog.CreateEvent(who.editor, in)
		require.NoError(t, err)
		out := w.moved(who.editor, b, "IN_REVIEW")
		require.Equal(t, plan.BatchInReview, out.Batch.State)
		requireFault(t, w.rename(who.editor, e, b, "later"), fault.FailedPrecondition, "batch_in_review")
		_, err = w.move(who.reviewer, b, "CHANGES_REQUESTED")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardInputMissing)
		w.moved(who.reviewer, b, "CHANGES_REQUESTED", note("which currency?"))
		require.NoError(t, w.rename(who.reviewerAndEditor(w), e, b, "支付成功"))
		w.moved(who.editor, b, "IN_REVIEW")
		_, err = w.move(who.reviewerAndEditor(w), b, "APPROVED")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardReviewerIsLastEditor)
		w.moved(who.editor, b, "DRAFT")
		require.NoError(t, w.rename(who.editor, e, b, "订单支付"))
		w.moved(who.editor, b, "IN_REVIEW")
		out = w.moved(who.reviewer, b, "APPROVED")
		require.Equal(t, plan.BatchInDevelopment, out.Batch.State)
		require.Equal(t, "usr_reviewer", out.Batch.ApprovedByID)

		e = w.store.Read().Event.GetX(w.ctx, e.ID)
		require.Equal(t, 1, e.LastApproval)
		entry := w.store.Read().Approval.GetX(w.ctx, e.ApprovalID)
		text := w.store.Read().Frozen.GetX(w.ctx, entry.Hash)
		f, err := plan.ParseFrozen(text.Body)
		require.NoError(t, err)
		require.Equal(t, entry.Hash, f.Hash())
		require.Equal(t, []string{"订单支付", "amount"}, []string{f.Name, f.Properties[0].Key})
		p := w.store.Read().Property.Query().OnlyX(w.ctx)
		require.Equal(t, plan.RevisionApproved, w.store.Read().PropertyRevision.GetX(w.ctx, p.HeadID).State, "approved along")

		ds := w.store.Read().ItemDelivery.Query().AllX(w.ctx)
		require.Len(t, ds, 2, "one for each terminal that it is planned on")
		out = w.moved(who.developer, b, "IN_TESTING", onTerminals("ios"), func(in *catalog.TransitionInput) { in.Build = "8.6.0-b1" })
		require.Equal(t, plan.BatchInDevelopment, out.Batch.State, "android is not there yet")
		require.Len(t, w.publisher.published, 1)
		require.Equal(t, []string{"ios"}, w.publisher.published[0].Terminals[ds[0].ItemID])
		_, err = w.move(who.developer, b, "ACCEPTED")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardNoSuchMove)
		w.moved(who.developer, b, "IN_TESTING")
		_, err = w.move(who.tester, b, "IN_DEVELOPMENT")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardInputMissing)
		w.moved(who.tester, b, "IN_DEVELOPMENT", note("no amount"), onTerminals("android"))
		w.moved(who.developer, b, "IN_TESTING")
		_, err = w.move(who.developer, b, "ACCEPTED")
		requireFault(t, err, fault.Forbidden, plan.GuardRoleMissing)
		out = w.moved(who.tester, b, "ACCEPTED")
		require.Equal(t, plan.BatchAccepted, out.Batch.State)
		w.publisher.refuse = fault.New(fault.FailedPrecondition, plan.GuardAncestorUnpublished, "not yet").With("batch", "SHOP-0009")
		_, err = w.move(who.developer, b, "ONLINE")
		params := requireFault(t, err, fault.FailedPrecondition, plan.GuardAncestorUnpublished).Params
		require.Equal(t, "SHOP-0009", params["batch"])
		require.NotEmpty(t, params["bars"])
		w.publisher.refuse = nil
		w.moved(who.developer, b, "ONLINE", onTerminals("ios"), func(in *catalog.TransitionInput) { in.FromVersion = new("8.6") })
		out = w.moved(who.developer, b, "ONLINE")
		require.Equal(t, plan.BatchOnline, out.Batch.State)
		require.Len(t, out.Moves, 1, "what is online already is left alone")
		out = w.moved(who.developer, b, "ONLINE")
		require.Empty(t, out.Moves)
		require.Equal(t, 14, w.store.Read().Transition.Query().CountX(w.ctx))
		_, err = w.move(who.editor, b, "CANCELLED", note("too late"))
		requireFault(t, err, fault.FailedPrecondition, plan.GuardInProduction)
	})
}

// reviewerAndEditor is the reviewer, with the role of an editor too.
func (p *people) reviewerAndEditor(w *world) context.Context {
	return w.as(auth.Identity{UserID: "usr_reviewer", Apps: map[string]auth.RoleSet{w.app.ID: auth.SetOf(auth.Reviewer, auth.Editor)}})
}

// approved makes a batch with an event and approves it alone.
func (w *world) approved(key string, properties ...string) (*ent.Batch, *ent.Event) {
	w.t.Helper()
	b := w.newBatch(w.app)
	e := w.newEvent(b, key, properties...)
	w.moved(w.ctx, b, "APPROVED")
	return b, w.store.Read().Event.GetX(w.ctx, e.ID)
}

func (w *world) documentOf(e *ent.Event) map[string]any {
	w.t.Helper()
	e = w.store.Read().Event.GetX(w.ctx, e.ID)
	entry := w.store.Read().Approval.GetX(w.ctx, e.ApprovalID)
	doc := map[string]any{}
	require.NoError(w.t, json.Unmarshal(w.store.Read().Frozen.GetX(w.ctx, entry.Hash).Body, &doc))
	return doc
}

func TestTwoBatchesChangeOneEvent(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newProperty(w.app, "amount", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		w.newProperty(w.app, "currency", text())
		_, e := w.approved("order_paid", "amount")
		_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Name: new("x")})
		requireFault(t, err, fault.InvalidInput, "invalid_input")

		left, right, third := w.newBatch(w.app), w.newBatch(w.app), w.newBatch(w.app)
		require.NoError(t, w.rename(w.ctx, e, left, "支付"))
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Batch: &right.Number, Trigger: new("after the bank answered"),
			Properties: []catalog.EventPropertyInput{use("amount"), use("currency")},
		})
		require.NoError(t, err)
		require.NoError(t, w.rename(w.ctx, e, third, "付款"))
		require.Equal(t, e.Hash, w.store.Read().Event.GetX(w.ctx, e.ID).Hash, "drafts do not touch what is approved")

		w.moved(w.ctx, left, "APPROVED")
		out := w.moved(w.ctx, right, "APPROVED")
		require.Equal(t, plan.GuardBaseOutdated, out.Warnings[0].Rule)
		doc := w.documentOf(e)
		require.Equal(t, []any{"支付", "after the bank answered"}, []any{doc["name"], doc["trigger"]})
		require.Len(t, doc["properties"], 2)

		_, err = w.move(w.ctx, third, "APPROVED")
		requireFault(t, err, fault.Conflict, plan.GuardOpenConflict)
		item := w.store.Read().Batch.GetX(w.ctx, third.ID).QueryItems().OnlyX(w.ctx)
		both, err := w.catalog.ConflictsOfItems(w.ctx, []*ent.BatchItem{item})
		require.NoError(t, err)
		conflicts := both[item.ID]
		require.Len(t, conflicts, 1)
		require.Equal(t, []string{"name", `"付款"`, `"支付"`}, []string{conflicts[0].Path, string(conflicts[0].Ours), string(conflicts[0].Theirs)})
		_, err = w.catalog.ResolveConflicts(w.ctx, catalog.ResolveConflictsInput{ID: item.ID})
		requireFault(t, err, fault.Conflict, plan.GuardOpenConflict)
		_, err = w.catalog.ResolveConflicts(w.ctx, catalog.ResolveConflictsInput{ID: item.ID, Choices: []catalog.ConflictChoiceInput{
			{Path: "trigger", Side: new(diff.Ours)},
		}})
		requireFault(t, err, fault.InvalidInput, "invalid_input")
		_, err = w.catalog.ResolveConflicts(w.ctx, catalog.ResolveConflictsInput{ID: item.ID, Choices: []catalog.ConflictChoiceInput{
			{Path: "name", Value: json.RawMessage(`"订单支付"`)},
		}})
		require.NoError(t, err)
		w.moved(w.ctx, third, "APPROVED")
		doc = w.documentOf(e)
		require.Equal(t, []any{"订单支付", "after the bank answered"}, []any{doc["name"], doc["trigger"]}, "no side is lost")
		require.Equal(t, 4, w.store.Read().Event.GetX(w.ctx, e.ID).LastApproval)
	})
}

func TestASharedPropertyMovesTheLinesOfItsEvents(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		p := w.newProperty(w.app, "amount", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		_, first := w.approved("order_paid", "amount")
		_, second := w.approved("order_shown", "amount")
		_, other := w.approved("viewed")
		b := w.newBatch(w.app)
		_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Name: new("x")})
		requireFault(t, err, fault.InvalidInput, "invalid_input")
		of := catalog.PropertyTypeInput{Base: plan.TypeInteger}
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &b.Number, Type: &of})
		require.NoError(t, err)
		w.moved(w.ctx, b, "APPROVED")
		for _, e := range []*ent.Event{first, second} {
			row := w.store.Read().Event.GetX(w.ctx, e.ID)
			require.Equal(t, 2, row.LastApproval)
			require.Equal(t, plan.CauseProperty, w.store.Read().Approval.GetX(w.ctx, row.ApprovalID).Cause)
			require.Equal(t, "INTEGER", w.documentOf(e)["properties"].([]any)[0].(map[string]any)["type"].(map[string]any)["base"])
		}
		require.Equal(t, 1, w.store.Read().Event.GetX(w.ctx, other.ID).LastApproval)
	})
}

func TestWhatIsChangedAfterApproval(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newProperty(w.app, "amount", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		w.newProperty(w.app, "channel", text())
		b, e := w.approved("order_paid", "amount")
		w.moved(w.ctx, b, "IN_TESTING")
		require.NoError(t, w.rename(w.ctx, e, b, "支付"))
		require.Equal(t, "支付", w.documentOf(e)["name"], "words take effect at once")
		require.Len(t, w.publisher.published, 2, "and are published where the item is")
		optional := use("channel")
		optional.Presence = plan.PresenceOptional
		_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Batch: &b.Number, Properties: []catalog.EventPropertyInput{use("amount"), optional},
		})
		require.NoError(t, err)
		require.Len(t, w.documentOf(e)["properties"], 2)
		require.Equal(t, plan.BatchInTesting, w.store.Read().Batch.GetX(w.ctx, b.ID).State)

		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Batch: &b.Number, Properties: []catalog.EventPropertyInput{use("amount"), use("channel")},
		})
		require.NoError(t, err)
		item := w.store.Read().BatchItem.Query().OnlyX(w.ctx)
		require.Equal(t, plan.BatchInReview, item.Review, "a presence goes back to review")
		require.Equal(t, "OPTIONAL", w.documentOf(e)["properties"].([]any)[1].(map[string]any)["presence"])
		_, err = w.move(w.ctx, b, "ACCEPTED")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardItemInReview)
		out := w.moved(w.ctx, b, "APPROVED")
		require.Equal(t, plan.BatchInDevelopment, out.Batch.State, "it is built again")
		require.Equal(t, "REQUIRED", w.documentOf(e)["properties"].([]any)[1].(map[string]any)["presence"])
		require.Empty(t, w.store.Read().BatchItem.Query().OnlyX(w.ctx).Review)
	})
}

func TestAnItemIsMovedAndDropped(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b, e := w.approved("order_paid")
		_, err := w.catalog.CreateEvent(w.ctx, tracked(b, "order_shown"))
		require.NoError(t, err)
		w.moved(w.ctx, b, "APPROVED")
		items := w.store.Read().BatchItem.Query().Order(ent.Asc("id")).AllX(w.ctx)
		w.moved(w.ctx, b, "IN_TESTING")
		later := w.newBatch(w.app)
		_, err = w.move(w.ctx, b, "MOVED", func(in *catalog.TransitionInput) { in.Items = []string{items[0].ID} })
		requireFault(t, err, fault.FailedPrecondition, plan.GuardInputMissing)
		to := func(in *catalog.TransitionInput) { in.Items, in.ToBatch = []string{items[0].ID}, &later.Number }
		_, err = w.move(w.ctx, b, "MOVED", to, onTerminals("ios"))
		requireFault(t, err, fault.FailedPrecondition, "item_split")
		w.moved(w.ctx, b, "MOVED", to)
		require.Equal(t, later.ID, w.store.Read().BatchItem.GetX(w.ctx, items[0].ID).BatchID)
		w.moved(w.ctx, later, "APPROVED")
		require.Equal(t, plan.BatchInDevelopment, w.store.Read().Batch.GetX(w.ctx, later.ID).State)
		require.Equal(t, 1, w.store.Read().Event.GetX(w.ctx, e.ID).LastApproval, "it was approved before")

		fix := w.newBatch(w.app)
		require.NoError(t, w.rename(w.ctx, e, fix, "支付"))
		w.moved(w.ctx, fix, "APPROVED")
		_, err = w.move(w.ctx, later, "DROPPED", note("not needed"))
		requireFault(t, err, fault.FailedPrecondition, plan.GuardBuiltUpon)
		w.moved(w.ctx, fix, "DROPPED", note("not needed"))
		row := w.store.Read().Event.GetX(w.ctx, e.ID)
		require.Equal(t, 3, row.LastApproval)
		require.Equal(t, plan.CauseRevert, w.store.Read().Approval.GetX(w.ctx, row.ApprovalID).Cause)
		require.Equal(t, e.Name, row.Name, "it is as before")
		require.Equal(t, plan.BatchApproved, w.store.Read().Batch.GetX(w.ctx, fix.ID).State, "nothing of it is left")
	})
}

func TestTheMovesThatAreOpen(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		who := w.people()
		w.template(plan.TemplateStrict)
		b := w.newBatch(w.app)
		w.newEvent(b, "order_paid")
		options := w.optionsOfBatch(who.editor, b)
		var moves []string
		for _, o := range options {
			moves = append(moves, o.Move.ID)
			require.True(t, o.Allowed(), o.Move.ID)
		}
		require.Equal(t, []string{"submit", "cancel"}, moves)
		options = w.optionsOfBatch(who.tester, b)
		require.False(t, slices.ContainsFunc(options, (*catalog.Option).Allowed))
		require.Equal(t, plan.GuardRoleMissing, options[0].Bars[0].Rule)
		w.moved(who.editor, b, "IN_REVIEW")
		w.moved(who.reviewer, b, "APPROVED")
		w.moved(who.developer, b, "IN_TESTING")
		_, err := w.move(w.ctx, b, "ACCEPTED")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardSignOffMissing)
		testkit.SignOff(w.ctx, t, w.store, b.Number)
		w.moved(w.ctx, b, "ACCEPTED")
		w.publisher.refuse = fault.New(fault.FailedPrecondition, plan.GuardAncestorUnpublished, "not yet")
		item := w.store.Read().BatchItem.Query().OnlyX(w.ctx)
		all, err := w.catalog.OptionsOfItems(who.developer, []*ent.BatchItem{item})
		require.NoError(t, err)
		options = all[item.ID]
		i := slices.IndexFunc(options, func(o *catalog.Option) bool { return o.Move.ID == "put_online" })
		require.Equal(t, plan.GuardAncestorUnpublished, options[i].Bars[0].Rule)
	})
}

func (w *world) optionsOfBatch(ctx context.Context, b *ent.Batch) []*catalog.Option {
	w.t.Helper()
	all, err := w.catalog.OptionsOfBatches(ctx, []*ent.Batch{w.store.Read().Batch.GetX(ctx, b.ID)})
	require.NoError(w.t, err)
	return all[b.ID]
}
