package catalog_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// roles are those that somebody holds in apps.
type roles map[*ent.App][]auth.Role

func (w *world) holding(in roles) context.Context {
	apps := map[string]auth.RoleSet{}
	for app, list := range in {
		apps[app.ID] = auth.SetOf(list...)
	}
	return w.as(auth.Identity{UserID: "usr_somebody", Name: "Somebody", Apps: apps})
}

// global is an organisation in which two apps use a global property, approved, and a global value set through it.
type global struct {
	*world
	other    *ent.App
	set      *ent.ValueSet
	property *ent.Property
	event    *ent.Event // of the other app
}

func newGlobal(w *world) *global {
	g := &global{world: w, other: w.newApp("other")}
	w.templates(plan.TemplateStandard, w.app, g.other)
	g.set = w.newValueSet(nil, "colors", "red")
	enum := catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("colors")}}
	g.property = w.newProperty(nil, "color", enum)
	for _, app := range []*ent.App{w.app, g.other} {
		b := w.newBatch(app)
		g.event = w.newEvent(b, "paid", "color")
		w.cleared(b)
	}
	return g
}

// templates sets how strict apps are.
func (w *world) templates(t plan.Template, apps ...*ent.App) {
	w.t.Helper()
	require.NoError(w.t, w.store.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
		for _, app := range apps {
			if err := tx.App.UpdateOneID(app.ID).SetTemplate(t).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}

// cleared has an administrator put a batch through review.
func (w *world) cleared(b *ent.Batch) {
	w.t.Helper()
	w.moved(w.as(auth.Identity{UserID: "usr_root", Organisation: auth.SetOf(auth.Admin)}), b, "IN_REVIEW")
	w.moved(w.as(auth.Identity{UserID: "usr_root", Organisation: auth.SetOf(auth.Admin)}), b, "APPROVED")
}

// changing is a batch of the first app that changes the property's words and the value set's values.
func (g *global) changing() *ent.Batch {
	g.t.Helper()
	b := g.newBatch(g.app)
	_, err := g.catalog.UpdateProperty(g.ctx, catalog.UpdatePropertyInput{ID: g.property.ID, Batch: &b.Number, Name: &b.Number})
	require.NoError(g.t, err)
	_, err = g.catalog.UpdateValueSet(g.ctx, catalog.UpdateValueSetInput{ID: g.set.ID, Batch: &b.Number, Description: &b.Number})
	require.NoError(g.t, err)
	return b
}

func (g *global) lineOf(e *ent.Event) int { return g.store.Read().Event.GetX(g.ctx, e.ID).LastApproval }

// requireHidden requires the refusal of who cannot see the other app, and that it says of that only that it is there.
func requireHidden(t *testing.T, err error) {
	t.Helper()
	t.Helper()
	f := requireFault(t, err, fault.Forbidden, "uses_hidden")
	said, failed := json.Marshal(f.Params)
	require.NoError(t, failed)
	require.NotContains(t, err.Error()+string(said), "other")
}

// Whoever approves a change to something global, or takes it back, changes it for all apps that use it.
func TestGlobalsAreApprovedByWhoMayEverywhere(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		g := newGlobal(w)
		b := g.changing()
		ours := w.holding(roles{w.app: {auth.Editor, auth.Reviewer}})
		viewing := w.holding(roles{w.app: {auth.Editor, auth.Reviewer}, g.other: {auth.Viewer, auth.Editor}})
		both := w.holding(roles{w.app: {auth.Editor, auth.Reviewer}, g.other: {auth.Editor, auth.Reviewer}})
		w.moved(ours, b, "IN_REVIEW") // to submit it changes nothing
		_, err := w.move(ours, b, "APPROVED")
		requireHidden(t, err)
		f := requireFault(t, err, fault.Forbidden, "uses_hidden")
		require.Len(t, f.Params["bars"], 2, "the property, and the value set that is used through it")
		_, err = w.move(viewing, b, "APPROVED")
		requireFault(t, err, fault.Forbidden, plan.GuardRoleMissing)
		_, err = w.move(w.holding(roles{w.app: {auth.Developer}}), b, "APPROVED")
		f = requireFault(t, err, fault.Forbidden, plan.GuardRoleMissing)
		require.Len(t, f.Params["bars"], 1, "whose move it is not learns nothing of the uses")
		require.Equal(t, 1, g.lineOf(g.event))

		options, err := w.catalog.OptionsOfBatches(ours, []*ent.Batch{w.store.Read().Batch.GetX(w.ctx, b.ID)})
		require.NoError(t, err)
		barred := map[string]string{}
		for _, o := range options[b.ID] {
			for _, bar := range o.Bars {
				barred[o.Move.ID] = bar.Rule
			}
		}
		require.Equal(t, plan.GuardUsesHidden, barred["approve"])

		w.moved(both, b, "APPROVED")
		require.Equal(t, b.Number, w.property(g.property).Name)
		require.Greater(t, g.lineOf(g.event), 1, "on the line of the other app's event")
		_, err = w.move(ours, b, "DROPPED", note("no"))
		requireHidden(t, err)
		_, err = w.move(ours, b, "CANCELLED", note("no"))
		requireHidden(t, err)
		require.Equal(t, b.Number, w.property(g.property).Name)
		w.moved(both, b, "DROPPED", note("no"))
		require.Equal(t, "color", w.property(g.property).Name)

		b = g.changing()
		w.moved(ours, b, "CANCELLED") // a draft that nobody goes by
		require.Equal(t, "color", w.property(g.property).Name)
	})
}

// What the batch's own app does lightly is no lighter for the others.
func TestALightAppDoesNotApproveForOthers(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		g := newGlobal(w)
		w.templates(plan.TemplateLight, w.app)
		b := g.changing()
		editors := roles{w.app: {auth.Editor}, g.other: {auth.Editor}}
		_, err := w.move(w.holding(editors), b, "APPROVED")
		requireFault(t, err, fault.Forbidden, plan.GuardRoleMissing)
		editors[g.other] = []auth.Role{auth.Reviewer}
		w.moved(w.holding(editors), b, "APPROVED")
	})
}

// What no app uses is the organisation's, and what one app uses is that app's.
func TestGlobalsOfOneAppOrNone(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		p := w.newProperty(nil, "amount", text())
		b := w.newBatch(w.app)
		_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &b.Number, Name: new("Amount")})
		require.NoError(t, err)
		ours := w.holding(roles{w.app: {auth.Editor, auth.Reviewer}})
		_, err = w.move(ours, b, "APPROVED")
		requireFault(t, err, fault.Forbidden, plan.GuardRoleMissing)
		_, err = w.move(ours, b, "CANCELLED") // nothing is approved of it: the row shows the draft
		requireFault(t, err, fault.Forbidden, plan.GuardRoleMissing)
		w.newEvent(b, "paid", "amount")
		w.moved(ours, b, "APPROVED")
		require.Equal(t, "Amount", w.property(p).Name)
	})
}

func TestConflictsOfGlobalsAreResolvedByWhoSeesTheirUses(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		g := newGlobal(w)
		left, right := g.changing(), g.changing()
		w.cleared(right)
		ours := w.holding(roles{w.app: {auth.Editor}})
		both := w.holding(roles{w.app: {auth.Editor}, g.other: {auth.Editor}})
		for kind, path := range map[plan.ItemKind]string{plan.ItemProperty: "name", plan.ItemValueSet: "description"} {
			item := w.store.Read().BatchItem.Query().Where(batchitem.BatchID(left.ID), batchitem.KindEQ(kind)).OnlyX(w.ctx)
			resolve := func(ctx context.Context) error {
				_, err := w.catalog.ResolveConflicts(ctx, catalog.ResolveConflictsInput{ID: item.ID, Choices: []catalog.ConflictChoiceInput{
					{Path: path, Value: json.RawMessage(`"both"`)},
				}})
				return err
			}
			requireHidden(t, resolve(ours))
			requireFault(t, resolve(w.holding(roles{w.app: {auth.Editor}, g.other: {auth.Viewer}})), fault.Forbidden, "role_missing")
			requireFault(t, resolve(w.holding(roles{g.other: {auth.Editor}})), fault.NotFound, "not_found")
			require.NoError(t, resolve(both))
		}
	})
}

// TestNobodyEditsGlobalsByTheRightsOfOneApp: with every command that changes a global definition.
func TestNobodyEditsGlobalsByTheRightsOfOneApp(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		g := newGlobal(w)
		b, keep := w.newBatch(w.app), w.newProperty(nil, "colour", text())
		calls := map[string]func(ctx context.Context) error{
			"updateProperty": func(ctx context.Context) error {
				_, err := w.catalog.UpdateProperty(ctx, catalog.UpdatePropertyInput{ID: g.property.ID, Batch: &b.Number, Name: new("x")})
				return err
			},
			"updateValueSet": func(ctx context.Context) error {
				_, err := w.catalog.UpdateValueSet(ctx, catalog.UpdateValueSetInput{ID: g.set.ID, Batch: &b.Number, Name: new("x")})
				return err
			},
			"mergeProperties": func(ctx context.Context) error {
				_, err := w.merge(ctx, b, keep, g.property)
				return err
			},
		}
		for name, call := range calls {
			requireHidden(t, call(w.holding(roles{w.app: {auth.Editor}})))
			requireFault(t, call(w.holding(roles{w.app: {auth.Editor}, g.other: {auth.Viewer, auth.Reviewer}})), fault.Forbidden, "role_missing")
			requireFault(t, call(w.holding(roles{w.app: {auth.Reviewer}})), fault.Forbidden, "role_missing")
			require.Equal(t, "color", w.property(g.property).Name, name)
		}
		organisation := map[string]func(ctx context.Context) error{
			"deleteProperty": func(ctx context.Context) error {
				return w.catalog.DeleteProperty(ctx, catalog.DeleteDefinitionInput{ID: g.property.ID})
			},
			"deleteValueSet": func(ctx context.Context) error {
				return w.catalog.DeleteValueSet(ctx, catalog.DeleteDefinitionInput{ID: g.set.ID})
			},
			"createProperty": func(ctx context.Context) error {
				_, err := w.catalog.CreateProperty(ctx, catalog.CreatePropertyInput{Key: "new", Name: "new", Type: text(), Batch: &b.Number})
				return err
			},
			"updateDictionary": func(ctx context.Context) error {
				_, err := w.catalog.UpdateDictionary(ctx, catalog.UpdateDictionaryInput{ID: g.property.ID, Synonyms: []string{"x"}})
				return err
			},
		}
		everywhere := w.holding(roles{w.app: {auth.Admin}, g.other: {auth.Admin}})
		for _, call := range organisation {
			requireFault(t, call(everywhere), fault.Forbidden, "role_missing")
		}
	})
}
