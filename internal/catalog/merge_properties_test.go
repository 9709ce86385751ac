package catalog_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func (w *world) merge(ctx context.Context, b *ent.Batch, keep, merge *ent.Property, also ...*ent.Batch) (*catalog.MergedProperties, error) {
	in := catalog.MergePropertiesInput{Batch: b.Number, Keep: keep.ID, Merge: merge.ID}
	for _, o := range also {
		in.AlsoUnder = append(in.AlsoUnder, o.Number)
	}
	return w.catalog.MergeProperties(ctx, in)
}

// carried are the keys of the properties of an event's newest approved definition.
func (w *world) carried(e *ent.Event) (keys []string) {
	for _, p := range w.documentOf(e)["properties"].([]any) {
		keys = append(keys, p.(map[string]any)["key"].(string))
	}
	return keys
}

func TestOnePropertyTakesThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		keep, merged := w.newProperty(w.app, "order_id", text()), w.newProperty(w.app, "orderid", text())
		w.newProperty(w.app, "amount", text())
		_, paid := w.approved("order_paid", "amount", "orderid")
		drafts := w.newBatch(w.app)
		shown := w.newEvent(drafts, "order_shown", "orderid")
		_, other := w.approved("viewed", "order_id")
		in := tracked(drafts, "clicked")
		in.Match = []plan.Condition{{Property: "orderid", Value: "a1"}}
		in.Properties = []catalog.EventPropertyInput{use("orderid")}
		matched, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)

		b := w.newBatch(w.app)
		_, err = w.merge(w.in(w.app, auth.Developer), b, keep, merged)
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.merge(w.ctx, b, keep, keep)
		requireFields(t, err, "input.keep same_property")
		out, err := w.merge(w.ctx, b, keep, merged)
		require.NoError(t, err)
		require.Len(t, out.Events, 3)
		require.Len(t, out.Items, 4)
		require.Equal(t, merged.ID, out.Items[0].PropertyID, "that it goes is a change to the property itself")
		require.Equal(t, 1, out.Left, "drafts are changed, what is approved waits for its approval")
		require.Equal(t, [2]string{}, successors(out.Merged), "and so does the property")
		require.Equal(t, []string{"amount", "orderid"}, w.carried(paid))

		_, err = w.move(w.ctx, b, "APPROVED") // the drafts are those of another batch
		requireFault(t, err, fault.FailedPrecondition, plan.GuardBaseUnapproved)
		w.moved(w.ctx, drafts, "APPROVED")
		w.moved(w.ctx, b, "APPROVED")
		require.Equal(t, []string{"amount", "order_id"}, w.carried(paid), "in its place")
		require.Equal(t, []string{"order_id"}, w.carried(shown))
		require.Equal(t, "order_id", w.documentOf(matched)["match"].([]any)[0].(map[string]any)["property"])
		require.Equal(t, 1, w.store.Read().Event.GetX(w.ctx, other.ID).LastApproval)
		require.Equal(t, [2]string{"", keep.ID}, successors(w.property(merged)))

		keys := func(f *catalog.PropertyFilter) (keys []string) {
			page, err := w.catalog.Properties(&w.app.Key, f, nil).Page(w.ctx, catalog.PageArgs{})
			require.NoError(t, err)
			for _, p := range page.Nodes {
				keys = append(keys, p.Key)
			}
			return keys
		}
		require.Equal(t, []string{"amount", "order_id"}, keys(nil))
		require.Equal(t, []string{"orderid"}, keys(&catalog.PropertyFilter{Replaced: new(true)}))
		again := w.newBatch(w.app)
		in = tracked(again, "late")
		in.Properties = []catalog.EventPropertyInput{use("orderid")}
		_, err = w.catalog.CreateEvent(w.ctx, in)
		requireFields(t, err, "input.properties[0].key property_replaced")
		_, err = w.merge(w.ctx, again, keep, merged)
		requireFault(t, err, fault.FailedPrecondition, "property_replaced")
		_, err = w.merge(w.ctx, again, merged, keep)
		requireFault(t, err, fault.FailedPrecondition, "property_replaced")

		item := w.store.Read().BatchItem.Query().Where(batchitem.BatchID(b.ID), batchitem.EventID(paid.ID)).OnlyX(w.ctx)
		w.moved(w.ctx, b, "DROPPED", note("not here"), func(in *catalog.TransitionInput) { in.Items = []string{item.ID} })
		require.Equal(t, [2]string{keep.ID, ""}, successors(w.property(merged)), "an event has got it back")
		require.Equal(t, []string{"amount", "orderid"}, w.carried(paid))
		w.moved(w.ctx, b, "CANCELLED", note("devices cannot"))
		require.Equal(t, [2]string{}, successors(w.property(merged)))
		require.Equal(t, []string{"amount", "order_id", "orderid"}, keys(nil))
	})
}

func TestPropertiesThatContradictAreNotMerged(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		keep, merged := w.newProperty(w.app, "order_id", text()), w.newProperty(w.app, "orderid", text())
		number := w.newProperty(w.app, "order_number", catalog.PropertyTypeInput{Base: plan.TypeInteger})
		length := w.newProperty(w.app, "short_id", catalog.PropertyTypeInput{Base: plan.TypeString, Constraints: &catalog.ConstraintsInput{MaxLength: new(5)}})
		b := w.newBatch(w.app)
		both := w.newEvent(b, "both", "order_id", "orderid")
		in := tracked(b, "narrowed")
		narrowed := use("orderid")
		narrowed.Narrowing = &catalog.ConstraintsInput{MinLength: new(20)}
		in.Properties = []catalog.EventPropertyInput{narrowed}
		_, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		refused := func(keep *ent.Property, want ...string) {
			t.Helper()
			_, err := w.merge(w.ctx, b, keep, merged)
			f := requireFault(t, err, fault.FailedPrecondition, "merge_contradiction")
			var got []string
			for _, u := range f.Params["uses"].([]catalog.MergeContradiction) {
				got = append(got, u.Name+" "+u.Reason)
			}
			require.Equal(t, want, got)
			require.Equal(t, len(want), f.Params["total"])
			require.Equal(t, [2]string{}, successors(w.property(merged)), "nothing was changed")
		}
		refused(keep, "both has_both")
		refused(number, "both type_mismatch", "narrowed type_mismatch")
		refused(length, "narrowed narrowing_mismatch")
		require.Equal(t, 1, w.store.Read().Event.GetX(w.ctx, both.ID).RevisionNumber)
		_, err = w.merge(w.ctx, b, w.newProperty(w.newApp("other"), "order_id", text()), merged)
		requireFields(t, err, "input.keep other_app")
		_, err = w.merge(w.in(w.app, auth.Editor), b, w.newProperty(w.newApp("third"), "order_id", text()), merged)
		requireFault(t, err, fault.NotFound, "not_found")
	})
}

func TestAGlobalPropertyIsMergedAppByApp(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		other, third := w.newApp("other"), w.newApp("third")
		keep, merged := w.newProperty(nil, "order_id", text()), w.newProperty(nil, "orderid", text())
		own := w.newProperty(w.app, "own_id", text())
		for _, app := range []*ent.App{w.app, other, third} {
			w.newEvent(w.newBatch(app), "paid", "orderid")
		}
		ours, theirs, last := w.newBatch(w.app), w.newBatch(other), w.newBatch(third)
		_, err := w.merge(w.in(w.app, auth.Editor), ours, keep, merged)
		require.Equal(t, 2, requireFault(t, err, fault.Forbidden, "uses_hidden").Params["hidden"])
		_, err = w.merge(w.ctx, ours, own, merged)
		requireFields(t, err, "input.keep other_app")
		_, err = w.merge(w.ctx, ours, keep, merged, w.newBatch(w.app))
		requireFields(t, err, "input.alsoUnder[0] duplicate")
		out, err := w.merge(w.ctx, ours, keep, merged, theirs)
		require.NoError(t, err)
		require.Len(t, out.Events, 2)
		require.Equal(t, 1, out.Left)
		require.Equal(t, [2]string{keep.ID, ""}, successors(out.Merged), "what nothing is approved of is what the drafts say")
		out, err = w.merge(w.ctx, last, keep, merged)
		require.NoError(t, err)
		require.Zero(t, out.Left)
		require.Equal(t, [2]string{"", keep.ID}, successors(out.Merged), "no event uses it any more")
	})
}

// Approved in one app after the other, it is replaced with the last; what the others have approved is not approved again.
func TestAnApprovedGlobalPropertyIsMergedAppByApp(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		keep, merged := w.newProperty(nil, "order_id", text()), w.newProperty(nil, "orderid", text())
		var events []*ent.Event
		var under []*ent.Batch
		for _, app := range []*ent.App{w.app, w.newApp("other"), w.newApp("third")} {
			b := w.newBatch(app)
			events = append(events, w.newEvent(b, "paid", "orderid"))
			w.moved(w.ctx, b, "APPROVED")
			under = append(under, w.newBatch(app))
		}
		out, err := w.merge(w.ctx, under[0], keep, merged, under[1])
		require.NoError(t, err)
		require.Len(t, out.Items, 4)
		require.Equal(t, 3, out.Left)
		for i, b := range under[:2] {
			w.moved(w.ctx, b, "APPROVED")
			require.Equal(t, [2]string{keep.ID, ""}, successors(w.property(merged)))
			require.Equal(t, []string{"order_id"}, w.carried(events[i]))
		}
		require.Equal(t, 1, w.store.Read().Event.GetX(w.ctx, events[2].ID).LastApproval, "nothing has changed for it")
		out, err = w.merge(w.ctx, under[2], keep, merged)
		require.NoError(t, err)
		require.Len(t, out.Items, 1, "that it goes is approved already")
		w.moved(w.ctx, under[2], "APPROVED")
		require.Equal(t, [2]string{"", keep.ID}, successors(w.property(merged)))
	})
}

// successors are what is to take the place of a property, and what has.
func successors(p *ent.Property) [2]string { return [2]string{p.MergingIntoID, p.ReplacedByID} }

func TestACancelledMergeLeavesNoTrace(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		keep, merged := w.newProperty(w.app, "order_id", text()), w.newProperty(w.app, "orderid", text())
		drafts := w.newBatch(w.app)
		e := w.newEvent(drafts, "order_paid", "orderid")
		cancelled := func(states ...string) {
			t.Helper()
			b := w.newBatch(w.app)
			_, err := w.merge(w.ctx, b, keep, merged)
			require.NoError(t, err)
			for _, state := range states {
				w.moved(w.ctx, b, state)
			}
			w.moved(w.ctx, b, "CANCELLED", note("they differ after all"))
			require.Equal(t, [2]string{}, successors(w.property(merged)))
			require.Equal(t, []string{merged.ID}, propertiesOf(w.uses(e)))
			w.newEvent(w.newBatch(w.app), "with_"+strings.ToLower(b.Number[5:]), "orderid")
		}
		cancelled() // nothing is approved yet: rows show drafts
		w.moved(w.ctx, drafts, "APPROVED")
		cancelled()
		for _, b := range w.store.Read().Batch.Query().Where(batch.ReviewEQ(plan.BatchDraft)).AllX(w.ctx) {
			w.moved(w.ctx, b, "CANCELLED")
		}
		cancelled("APPROVED")
	})
}

// What was never approved and whose batch was called off does not keep a property from being replaced.
func TestEventsThatWereGivenUpDoNotCount(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		keep, merged := w.newProperty(w.app, "order_id", text()), w.newProperty(w.app, "orderid", text())
		w.approved("order_paid", "orderid")
		gone, going := w.newBatch(w.app), w.newBatch(w.app)
		w.newEvent(gone, "gone", "orderid")
		w.moved(w.ctx, gone, "CANCELLED")
		b := w.newBatch(w.app)
		out, err := w.merge(w.ctx, b, keep, merged)
		require.NoError(t, err)
		require.Equal(t, []any{1, 1}, []any{len(out.Events), out.Left})
		w.newEvent(going, "going", "orderid")
		w.moved(w.ctx, b, "APPROVED")
		require.Equal(t, [2]string{keep.ID, ""}, successors(w.property(merged)))
		deleted := w.newEvent(w.newBatch(w.app), "deleted", "orderid")
		w.moved(w.ctx, going, "CANCELLED")
		require.Equal(t, [2]string{keep.ID, ""}, successors(w.property(merged)))
		require.NoError(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: deleted.ID}))
		require.Equal(t, [2]string{"", keep.ID}, successors(w.property(merged)))
	})
}

func TestMergesThatContradictEachOther(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		one, two, three := w.newProperty(w.app, "one", text()), w.newProperty(w.app, "two", text()), w.newProperty(w.app, "three", text())
		w.approved("order_paid", "one", "two", "three")
		for _, e := range []string{"a", "b", "c"} {
			w.approved(e, map[string]string{"a": "one", "b": "two", "c": "three"}[e])
		}
		_, err := w.merge(w.ctx, w.newBatch(w.app), two, one)
		requireFault(t, err, fault.FailedPrecondition, "merge_contradiction")
		e := w.store.Read().Event.Query().Where(event.Key("order_paid")).OnlyX(w.ctx)
		alone := w.newBatch(w.app)
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &alone.Number, Properties: []catalog.EventPropertyInput{}})
		require.NoError(t, err)
		w.moved(w.ctx, alone, "APPROVED")

		forth, back, aside := w.newBatch(w.app), w.newBatch(w.app), w.newBatch(w.app)
		for b, pair := range map[*ent.Batch][2]*ent.Property{forth: {two, one}, back: {one, two}, aside: {three, one}} {
			_, err := w.merge(w.ctx, b, pair[0], pair[1])
			require.NoError(t, err)
		}
		_, err = w.merge(w.ctx, forth, three, one)
		requireFault(t, err, fault.FailedPrecondition, "property_replaced")
		w.moved(w.ctx, forth, "APPROVED") // two takes the place of one
		_, err = w.move(w.ctx, back, "APPROVED")
		requireFault(t, err, fault.FailedPrecondition, "contradiction")
		_, err = w.move(w.ctx, aside, "APPROVED")
		requireFault(t, err, fault.Conflict, plan.GuardOpenConflict)
		item := w.store.Read().BatchItem.Query().Where(batchitem.BatchID(aside.ID), batchitem.PropertyID(one.ID)).OnlyX(w.ctx)
		choose := func(value string) error {
			_, err := w.catalog.ResolveConflicts(w.ctx, catalog.ResolveConflictsInput{ID: item.ID, Choices: []catalog.ConflictChoiceInput{
				{Path: "replacedBy", Value: json.RawMessage(value)},
			}})
			return err
		}
		requireFault(t, choose(`"prp_none"`), fault.NotFound, "not_found")
		requireFields(t, choose(`"`+one.ID+`"`), "input.choices same_property")
		requireFault(t, choose(`"`+three.ID+`"`), fault.FailedPrecondition, "property_replaced")
		require.NoError(t, choose(`"`+two.ID+`"`))
		require.Equal(t, [2]string{"", two.ID}, successors(w.property(one)))
	})
}

// Under an approved batch a merge is reviewed like any change to names.
func TestAMergeAfterApprovalIsReviewed(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		keep, merged := w.newProperty(w.app, "order_id", text()), w.newProperty(w.app, "orderid", text())
		b, e := w.approved("order_paid", "orderid")
		out, err := w.merge(w.ctx, b, keep, merged)
		require.NoError(t, err)
		for _, it := range out.Items {
			require.Equal(t, plan.BatchInReview, w.store.Read().BatchItem.GetX(w.ctx, it.ID).Review)
		}
		require.Equal(t, [2]string{}, successors(w.property(merged)))
		w.moved(w.ctx, b, "APPROVED")
		require.Equal(t, []string{"order_id"}, w.carried(e))
		require.Equal(t, [2]string{"", keep.ID}, successors(w.property(merged)))
	})
}

func TestWhatExcludesACommonPropertyExcludesItsSuccessor(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		keep, merged := w.newProperty(w.app, "user_id", text()), w.newProperty(w.app, "userid", text())
		b := w.newBatch(w.app)
		_, err := w.catalog.CreateEvent(w.ctx, catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindCommon, Key: new("common"), Name: "公共", Level: plan.LevelP1,
			Properties: []catalog.EventPropertyInput{use("userid")},
		})
		require.NoError(t, err)
		in := tracked(b, "anonymous")
		in.ExcludedCommonProperties = []string{"userid"}
		e, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		in = tracked(b, "guest")
		in.Match = []plan.Condition{{Property: "userid", Value: "0"}}
		told, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		_, err = w.merge(w.ctx, b, keep, merged)
		require.NoError(t, err)
		require.Equal(t, []string{"user_id"}, w.store.Read().Event.GetX(w.ctx, e.ID).ExcludedCommon)
		require.Equal(t, "user_id", w.store.Read().Event.GetX(w.ctx, told.ID).Match[0].Property)
	})
}

func TestWhereSharedDefinitionsAreUsed(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		other, third := w.newApp("other"), w.newApp("third")
		set := w.newValueSet(nil, "colors", "red")
		enum := catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("colors")}}
		color, plain := w.newProperty(nil, "color", enum), w.newProperty(nil, "plain", text())
		w.newProperty(third, "own_color", enum)
		ours := w.newEvent(w.newBatch(w.app), "paid", "color")
		theirs := w.newEvent(w.newBatch(other), "paid", "color")
		narrowed := use("plain")
		narrowed.Narrowing = &catalog.ConstraintsInput{ValueSetKey: new("colors")}
		in := tracked(w.newBatch(w.app), "narrowed")
		in.Properties = []catalog.EventPropertyInput{narrowed}
		narrows, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)

		usage := func(ctx context.Context) (p, s *catalog.Usage) {
			ps, err := w.catalog.UsageOfProperties(ctx, []string{color.ID, plain.ID})
			require.NoError(t, err)
			require.Len(t, ps, 2)
			sets, err := w.catalog.UsageOfValueSets(ctx, []string{set.ID})
			require.NoError(t, err)
			return ps[color.ID], sets[set.ID]
		}
		p, s := usage(w.ctx)
		require.ElementsMatch(t, []string{w.app.ID, other.ID}, p.AppIDs)
		require.ElementsMatch(t, []string{w.app.ID, other.ID, third.ID}, s.AppIDs)
		require.Zero(t, *p.Hidden)
		p, s = usage(w.in(w.app, auth.Editor))
		require.Equal(t, []string{w.app.ID}, p.AppIDs)
		require.Equal(t, []int{1, 2}, []int{*p.Hidden, *s.Hidden}, "hidden apps are a number only")
		p, s = usage(w.in(w.app, auth.Viewer))
		require.Equal(t, []string{w.app.ID}, s.AppIDs)
		require.Nil(t, p.Hidden, "who designs nowhere needs not know")

		unused := w.newValueSet(nil, "unused", "1")
		uses := func(ctx context.Context) (ids []string) {
			pages, err := w.catalog.UsesOfValueSets().Pages(ctx, []string{set.ID, unused.ID}, catalog.PageArgs{})
			require.NoError(t, err)
			require.Empty(t, pages[unused.ID].Nodes)
			for _, u := range pages[set.ID].Nodes {
				ids = append(ids, u.EventID)
			}
			counts, err := w.catalog.UsesOfValueSets().Counts(ctx, []string{set.ID})
			require.NoError(t, err)
			require.Len(t, ids, counts[set.ID])
			return ids
		}
		require.ElementsMatch(t, []string{ours.ID, theirs.ID, narrows.ID}, uses(w.ctx))
		require.ElementsMatch(t, []string{ours.ID, narrows.ID}, uses(w.in(w.app, auth.Viewer)))
	})
}
