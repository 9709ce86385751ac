package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// said tells changes in short: the path, by which rule, and ! where it breaks something.
func said(changes []diff.Change) (list []string) {
	for _, c := range changes {
		text := c.Path + " " + c.Rule
		if c.Impact == diff.Breaking {
			text += "!"
		}
		list = append(list, text)
	}
	return list
}

// Each change of each kind of definition has its impact and the reason, whether two versions are compared or a batch shows
// what it does.
func TestEveryChangeOfARevisionIsJudged(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newValueSet(w.app, "colors", "red", "blue")
		w.newValueSet(w.app, "reds", "red")
		enum := func(set string) catalog.PropertyTypeInput {
			return catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: &set}}
		}
		color := w.newProperty(w.app, "color", enum("colors"))
		successor := w.newProperty(w.app, "colour", enum("colors"))
		w.newProperty(w.app, "amount", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		w.newProperty(w.app, "note", text())
		_, e := w.approved("order_paid", "color", "amount")
		b := w.newBatch(w.app)

		narrowed := use("color")
		narrowed.Narrowing = &catalog.ConstraintsInput{ValueSetKey: new("reds")}
		required, optional := use("note"), use("amount")
		optional.Presence = plan.PresenceOptional
		_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Batch: &b.Number, Description: new("paid"), Properties: []catalog.EventPropertyInput{narrowed, optional, required},
		})
		require.NoError(t, err)
		limited := enum("reds")
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: color.ID, Batch: &b.Number, Type: &limited, Example: new("red")})
		require.NoError(t, err)
		added := w.newEvent(b, "added", "note")
		own, err := w.catalog.CreateProperty(w.ctx, catalog.CreatePropertyInput{
			App: &w.app.Key, Batch: &b.Number, Key: "own", Name: "own", Type: text(), Sensitivity: plan.SensitivityNone,
		})
		require.NoError(t, err)
		set, err := w.catalog.CreateValueSet(w.ctx, catalog.CreateValueSetInput{
			App: &w.app.Key, Batch: &b.Number, Key: "sizes", Name: "sizes", Values: []plan.Value{{Value: "L"}},
		})
		require.NoError(t, err)

		ofEvent := []string{
			"description text_changed", "properties[color].narrowing.valueSet values_limited!", "properties[amount].presence became_optional",
			"properties[note] property_added_required!",
		}
		ofProperty := []string{"type.constraints.valueSet values_limited!", "example text_changed"}
		items := w.store.Read().BatchItem.Query().Where(batchitem.BatchID(b.ID)).AllX(w.ctx)
		made, err := w.catalog.RevisionsOfItems(w.ctx, items)
		require.NoError(t, err)
		shown := map[string][]string{}
		for _, it := range items {
			for _, c := range made[it.ID].Changes {
				require.Equal(t, diff.RuleOf(c.Rule).ReasonZH, c.ReasonZH)
			}
			shown[it.EventID+it.PropertyID+it.ValueSetID] = said(made[it.ID].Changes)
		}
		require.Equal(t, ofEvent, shown[e.ID])
		require.Equal(t, ofProperty, shown[color.ID])
		require.Contains(t, shown[added.ID], "properties[note] event_added")
		require.Contains(t, shown[own.ID], "type property_added_optional")
		require.Contains(t, shown[set.ID], "values value_added")

		differ := func(from, to string) []string {
			t.Helper()
			changes, err := w.catalog.Difference(w.ctx, from, to)
			require.NoError(t, err)
			return said(changes)
		}
		revisions := map[string][2]string{}
		for _, r := range w.store.Read().EventRevision.Query().AllX(w.ctx) {
			if r.BaseID != "" {
				revisions[r.EventID] = [2]string{r.BaseID, r.ID}
			}
		}
		for _, r := range w.store.Read().PropertyRevision.Query().AllX(w.ctx) {
			if r.BaseID != "" {
				revisions[r.PropertyID] = [2]string{r.BaseID, r.ID}
			}
		}
		require.Equal(t, ofEvent, differ(revisions[e.ID][0], revisions[e.ID][1]))
		require.Contains(t, differ(revisions[e.ID][1], revisions[e.ID][0]), "properties[note] property_removed!")
		require.Equal(t, ofProperty, differ(revisions[color.ID][0], revisions[color.ID][1]))
		require.Contains(t, differ(revisions[color.ID][1], revisions[color.ID][0]), "type.constraints.valueSet values_widened")

		merge := w.newBatch(w.app)
		out, err := w.merge(w.ctx, merge, successor, color)
		require.NoError(t, err)
		made, err = w.catalog.RevisionsOfItems(w.ctx, out.Items)
		require.NoError(t, err)
		require.Equal(t, []string{"replacedBy property_merged"}, said(made[out.Items[0].ID].Changes))
		require.Equal(t, []string{"properties[color] property_removed!", "properties[colour] property_added_required!", "properties.order order_changed"},
			said(made[out.Items[1].ID].Changes))
	})
}
