package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestProperties(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		set := w.newValueSet(w.app, "channel", "a", "b")
		nested := catalog.PropertyTypeInput{Base: plan.TypeList, Items: &catalog.PropertyTypeInput{
			Base: plan.TypeObject, Fields: []catalog.ObjectFieldInput{
				{Name: "id", Required: true, Type: catalog.PropertyTypeInput{
					Base: plan.TypeString, Constraints: &catalog.ConstraintsInput{Pattern: new("[a-z]+"), Nullable: new(false)},
				}},
				{Name: "channel", Label: "渠道", Type: catalog.PropertyTypeInput{
					Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("channel"), Nullable: new(true)},
				}},
			},
		}}
		b := w.newBatch(w.app)
		p, err := w.catalog.CreateProperty(w.ctx, catalog.CreatePropertyInput{
			App: new("shop"), Batch: &b.Number, Key: "商品列表", Name: "商品", Type: nested,
			Sensitivity: plan.SensitivityPersonal, Example: "[]",
		})
		require.NoError(t, err)
		require.Equal(t, plan.TypeList, p.BaseType)
		require.Equal(t, set.ID, p.Type.Items.Fields[1].Type.ValueSetID)
		require.Nil(t, p.Type.Items.Fields[0].Type.Nullable, "false is what nothing says")
		require.Equal(t, 1, p.RevisionNumber)
		items, err := w.catalog.ItemsOfBatches().Pages(w.ctx, []string{b.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Equal(t, p.ID, items[b.ID].Nodes[0].PropertyID)

		w.raises(w.app, true, func() {
			p, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{
				ID: p.ID, Description: new("所有商品"), Type: new(text()), Sensitivity: new(plan.SensitivityNone),
			})
			require.NoError(t, err)
		})
		require.Equal(t, []any{plan.TypeString, 1, "商品"}, []any{p.BaseType, p.RevisionNumber, p.Name})
		second := w.newBatch(w.app)
		next, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &second.Number, Name: new("货")})
		require.NoError(t, err)
		require.Equal(t, 2, next.RevisionNumber)
		revisions, err := w.catalog.RevisionsOfProperties().Pages(w.ctx, []string{p.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Equal(t, p.HeadID, revisions[p.ID].Nodes[0].BaseID)
		requireUses(t, w.catalog.DeleteProperty(w.ctx, catalog.DeleteDefinitionInput{ID: p.ID}), "BatchItem "+second.Number)
		require.NoError(t, w.catalog.DeleteProperty(w.ctx, catalog.DeleteDefinitionInput{
			ID: p.ID, WithItemsOf: []string{second.Number},
		}))
		requireFault(t, w.catalog.DeleteProperty(w.ctx, catalog.DeleteDefinitionInput{ID: p.ID}), fault.NotFound, "not_found")
	})
}

func TestPropertyRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		own := w.newValueSet(w.app, "own", "a")
		in := catalog.CreatePropertyInput{
			Key: " a", Name: "", Sensitivity: "SECRET", Type: catalog.PropertyTypeInput{Base: plan.TypeString},
		}
		_, err := w.catalog.CreateProperty(w.ctx, in)
		requireFields(t, err, "input.key outer_blank", "input.name required", "input.sensitivity unknown_sensitivity")

		in = catalog.CreatePropertyInput{Key: "a", Name: "a", Sensitivity: plan.SensitivityNone, Type: catalog.PropertyTypeInput{
			Base: plan.TypeObject, Fields: []catalog.ObjectFieldInput{
				{Name: "x", Type: catalog.PropertyTypeInput{Base: plan.TypeInteger, Constraints: &catalog.ConstraintsInput{Pattern: new("a")}}},
				{Name: "x", Type: catalog.PropertyTypeInput{Base: plan.TypeList}},
				{Name: "y", Type: catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetID: &own.ID}}},
				{Name: "z", Type: catalog.PropertyTypeInput{Base: plan.TypeBoolean, Constraints: &catalog.ConstraintsInput{ValueSetID: new("vst_1")}}},
			},
		}}
		_, err = w.catalog.CreateProperty(w.ctx, in)
		requireFields(t, err, "input.type.fields[0].type.constraints.pattern not_allowed",
			"input.type.fields[1].name duplicate", "input.type.fields[1].type.items required",
			"input.type.fields[2].type.constraints.valueSetId unknown_value_set", // a global property draws on global sets
			"input.type.fields[2].type.values required",
			"input.type.fields[3].type.constraints.valueSetId unknown_value_set")
		in.App, in.Type = new("shop"), catalog.PropertyTypeInput{
			Base: plan.TypeInteger, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("own")},
		}
		_, err = w.catalog.CreateProperty(w.ctx, in)
		requireFields(t, err, "input.type.constraints.valueSetKey value_set_mismatch")

		w.newProperty(w.app, "taken", text())
		w.newProperty(nil, "taken", text())
		for _, app := range []*string{nil, new("shop")} {
			_, err = w.catalog.CreateProperty(w.ctx, catalog.CreatePropertyInput{
				App: app, Key: "taken", Name: "x", Type: text(), Sensitivity: plan.SensitivityNone,
			})
			requireFault(t, err, fault.Conflict, "already_exists")
		}
		_, err = w.catalog.CreateProperty(w.in(w.app, auth.Editor), catalog.CreatePropertyInput{
			Key: "g", Name: "x", Type: text(), Sensitivity: plan.SensitivityNone,
		})
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.catalog.CreateProperty(w.ctx, catalog.CreatePropertyInput{
			App: new("shop"), Batch: &w.newBatch(w.newApp("other")).Number, Key: "b", Name: "x", Type: text(),
			Sensitivity: plan.SensitivityNone,
		})
		requireFields(t, err, "input.batch other_app")
		p := w.newProperty(w.app, "hash", text())
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Name: new("x"), ExpectedHash: new("old")})
		requireFault(t, err, fault.Conflict, "revision_changed")
	})
}

func TestTypeMustSuitItsUses(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		title := w.newProperty(w.app, "title", text())
		in := tracked(w.newBatch(w.app), "e")
		in.Properties = []catalog.EventPropertyInput{use("title")}
		in.Properties[0].Narrowing = &catalog.ConstraintsInput{MinLength: new(3)}
		_, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{
			ID: title.ID, Type: &catalog.PropertyTypeInput{Base: plan.TypeInteger},
		})
		f := requireFault(t, err, fault.FailedPrecondition, "narrowing_mismatch")
		require.Equal(t, "e", f.Params["uses"].([]catalog.Use)[0].Name)
		short := text()
		short.Constraints = &catalog.ConstraintsInput{MaxLength: new(2)}
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: title.ID, Type: &short})
		requireFault(t, err, fault.FailedPrecondition, "narrowing_mismatch")
		short.Constraints.MaxLength = new(3)
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: title.ID, Type: &short})
		require.NoError(t, err)
	})
}

func TestDeletePropertyInUse(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		p := w.newProperty(nil, "price", text())
		first, second := w.newBatch(w.app), w.newBatch(w.app)
		e := w.newEvent(first, "was", "price")
		w.newEvent(first, "is", "price")
		_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Batch: &second.Number, Properties: []catalog.EventPropertyInput{},
		})
		require.NoError(t, err)
		requireUses(t, w.catalog.DeleteProperty(w.ctx, catalog.DeleteDefinitionInput{ID: p.ID}), "Event is", "EventRevision was 1")
	})
}

func TestUsesAreListedToALimit(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		p := w.newProperty(w.app, "price", text())
		b := w.newBatch(w.app)
		for i := range 53 {
			w.newEvent(b, "e"+string(rune('a'+i/26))+string(rune('a'+i%26)), "price")
		}
		f := requireFault(t, w.catalog.DeleteProperty(w.ctx, catalog.DeleteDefinitionInput{ID: p.ID}), fault.FailedPrecondition, "in_use")
		require.Len(t, f.Params["uses"], 50)
		require.Equal(t, 53, f.Params["total"])
	})
}

func TestGlobalsRaiseTheAppsThatUseThem(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		set := w.newValueSet(nil, "channel", "1", "2")
		drawing := catalog.PropertyTypeInput{Base: plan.TypeList, Items: &catalog.PropertyTypeInput{
			Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("channel")},
		}}
		p := w.newProperty(nil, "channels", drawing)
		own := w.newApp("own")
		w.newProperty(own, "own_channels", drawing)
		narrowing, idle := w.newApp("narrowing"), w.newApp("idle")
		w.newProperty(nil, "word", text())
		in := tracked(w.newBatch(narrowing), "e")
		in.Properties = []catalog.EventPropertyInput{use("word")}
		in.Properties[0].Narrowing = &catalog.ConstraintsInput{ValueSetKey: new("channel")}
		_, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		w.newEvent(w.newBatch(w.app), "e", "channels")

		renameProperty := func() {
			_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Description: new("x")})
			require.NoError(t, err)
		}
		w.raises(own, false, func() { w.raises(idle, false, func() { w.raises(w.app, true, renameProperty) }) })
		changeSet := func() {
			_, err := w.catalog.UpdateValueSet(w.ctx, catalog.UpdateValueSetInput{ID: set.ID, Values: []plan.Value{{Value: "1"}}})
			require.NoError(t, err)
		}
		w.raises(own, true, func() {
			w.raises(narrowing, true, func() { w.raises(idle, false, func() { w.raises(w.app, true, changeSet) }) })
		})
	})
}

func TestValueSets(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		v := w.newValueSet(w.app, "channel", "1", "2")
		require.Equal(t, []plan.Value{{Value: "1", Label: "值 1"}, {Value: "2", Label: "值 2"}}, v.Values)
		_, err := w.catalog.CreateValueSet(w.ctx, catalog.CreateValueSetInput{
			Key: "A", Name: "", Values: []plan.Value{{Value: "a"}, {Value: "a"}},
		})
		requireFields(t, err, "input.key bad_key", "input.name required", "input.values[1].value duplicate")
		_, err = w.catalog.CreateValueSet(w.ctx, catalog.CreateValueSetInput{
			App: new("shop"), Key: "channel", Name: "x", Values: []plan.Value{{Value: "a"}},
		})
		requireFault(t, err, fault.Conflict, "already_exists")
		_, err = w.catalog.UpdateValueSet(w.ctx, catalog.UpdateValueSetInput{ID: v.ID, Values: []plan.Value{}})
		requireFields(t, err, "input.values required")

		w.newProperty(w.app, "n", catalog.PropertyTypeInput{
			Base: plan.TypeInteger, Constraints: &catalog.ConstraintsInput{ValueSetID: &v.ID},
		})
		_, err = w.catalog.UpdateValueSet(w.ctx, catalog.UpdateValueSetInput{ID: v.ID, Values: []plan.Value{{Value: "one"}}})
		requireFields(t, err, "input.values value_set_mismatch")
		b := w.newBatch(w.app)
		next, err := w.catalog.UpdateValueSet(w.ctx, catalog.UpdateValueSetInput{
			ID: v.ID, Batch: &b.Number, Name: new("渠道"), Values: []plan.Value{{Value: "3", Label: "三"}},
		})
		require.NoError(t, err)
		require.Equal(t, []any{2, "渠道"}, []any{next.RevisionNumber, next.Name})
		revisions, err := w.catalog.RevisionsOfValueSets().Pages(w.ctx, []string{v.ID}, catalog.PageArgs{First: new(1)})
		require.NoError(t, err)
		require.True(t, revisions[v.ID].HasNext)
		require.Equal(t, b.ID, revisions[v.ID].Nodes[0].BatchID)
	})
}

func TestDeleteValueSetInUse(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		v := w.newValueSet(w.app, "channel", "a")
		b, c := w.newBatch(w.app), w.newBatch(w.app)
		drawing := catalog.PropertyTypeInput{Base: plan.TypeObject, Fields: []catalog.ObjectFieldInput{
			{Name: "one", Type: catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetID: &v.ID}}},
			{Name: "two", Type: catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetID: &v.ID}}},
		}}
		w.newProperty(w.app, "draws", drawing)
		drew := w.newProperty(w.app, "drew", drawing)
		_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: drew.ID, Batch: &b.Number, Type: new(text())})
		require.NoError(t, err)
		w.newProperty(w.app, "word", text())
		narrowed := use("word")
		narrowed.NarrowingOn = []catalog.TerminalNarrowingInput{{Terminal: "ios", Constraints: catalog.ConstraintsInput{ValueSetID: &v.ID}}}
		for _, key := range []string{"narrows", "narrowed"} {
			in := tracked(b, key)
			in.Properties = []catalog.EventPropertyInput{narrowed}
			_, err = w.catalog.CreateEvent(w.ctx, in)
			require.NoError(t, err)
		}
		e, err := w.catalog.Event(w.ctx, "shop", "narrowed")
		require.NoError(t, err)
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Batch: &c.Number, Properties: []catalog.EventPropertyInput{use("word")},
		})
		require.NoError(t, err)

		requireUses(t, w.catalog.DeleteValueSet(w.ctx, catalog.DeleteDefinitionInput{ID: v.ID}), "Property draws", "PropertyRevision drew 1",
			"Event narrows", "EventRevision narrowed 1")
		pages, err := w.catalog.PropertiesOfValueSets().Pages(w.ctx, []string{v.ID, w.newValueSet(nil, "x", "y").ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, pages[v.ID].Nodes, 1, "a property that draws on it twice is one property")
		require.NoError(t, w.catalog.DeleteValueSet(w.ctx, catalog.DeleteDefinitionInput{ID: w.newValueSet(nil, "unused", "y").ID}))
	})
}
