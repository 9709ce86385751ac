package catalog_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// keysOf returns the write keys that an app's environments accept.
func (w *world) keysOf(app *ent.App) (keys []string) {
	w.t.Helper()
	p, err := w.catalog.Plans(w.t.Context(), app.ID)
	require.NoError(w.t, err)
	for _, env := range p.Environments {
		for _, k := range env.WriteKeys {
			keys = append(keys, k.Key)
		}
	}
	return keys
}

func (w *world) listed(f *catalog.AppFilter) (keys []string) {
	w.t.Helper()
	page, err := w.catalog.Apps(f, nil).Page(w.ctx, catalog.PageArgs{})
	require.NoError(w.t, err)
	for _, a := range page.Nodes {
		keys = append(keys, a.Key)
	}
	n, err := w.catalog.Apps(f, nil).Count(w.ctx)
	require.NoError(w.t, err)
	require.Len(w.t, keys, n)
	return keys
}

func TestAnArchivedAppRests(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newApp("other")
		b := w.newBatch(w.app)
		p := w.newProperty(w.app, "amount", text())
		v := w.newValueSet(w.app, "colors", "red")
		global := w.newProperty(nil, "global", text())
		e := w.newEvent(b, "order_paid", "amount", "global")
		item := w.store.Read().BatchItem.Query().FirstX(w.ctx)
		env := w.store.Read().Environment.Query().FirstX(w.ctx)
		term := w.store.Read().Terminal.Query().FirstX(w.ctx)
		key := w.store.Read().WriteKey.Query().FirstX(w.ctx)
		before := w.keysOf(w.app)
		require.Len(t, before, 2)
		for _, ctx := range []context.Context{w.people().editor, w.in(w.app, auth.Developer)} {
			_, err := w.catalog.ArchiveApp(ctx, catalog.ArchiveAppInput{ID: w.app.ID})
			requireFault(t, err, fault.Forbidden, "role_missing")
		}
		var row *ent.App
		w.raises(w.app, true, func() {
			var err error
			row, err = w.catalog.ArchiveApp(w.in(w.app, auth.Admin), catalog.ArchiveAppInput{ID: w.app.ID})
			require.NoError(t, err)
		})
		require.NotNil(t, row.ArchivedAt)
		w.raises(w.app, false, func() {
			again, err := w.catalog.ArchiveApp(w.ctx, catalog.ArchiveAppInput{ID: w.app.ID})
			require.NoError(t, err)
			require.Equal(t, row.ArchivedAt, again.ArchivedAt)
		})
		require.Equal(t, []string{"other"}, w.listed(nil))
		require.Equal(t, []string{"other"}, w.listed(&catalog.AppFilter{Archived: new(false)}))
		require.Equal(t, []string{"shop"}, w.listed(&catalog.AppFilter{Archived: new(true)}))
		require.Empty(t, w.keysOf(w.app), "its keys are not known any more")
		_, err := w.catalog.App(w.ctx, "shop")
		require.NoError(t, err, "it can be read")

		for name, edit := range map[string]func() error{
			"updateApp": func() error { _, err := w.catalog.UpdateApp(w.ctx, catalog.UpdateAppInput{ID: w.app.ID}); return err },
			"createBatch": func() error {
				_, err := w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{App: "shop", Title: "x"})
				return err
			},
			"copyBatch": func() error {
				_, err := w.catalog.CopyBatch(w.ctx, catalog.CopyBatchInput{Batch: b.Number})
				return err
			},
			"updateBatch":     func() error { _, err := w.catalog.UpdateBatch(w.ctx, catalog.UpdateBatchInput{ID: b.ID}); return err },
			"deleteBatch":     func() error { return w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: b.ID}) },
			"transitionBatch": func() error { _, err := w.move(w.ctx, b, "APPROVED"); return err },
			"addBatchItem": func() error {
				_, err := w.catalog.AddBatchItem(w.ctx, catalog.AddBatchItemInput{Batch: b.Number, ValueSetID: &v.ID})
				return err
			},
			"updateBatchItem": func() error {
				_, err := w.catalog.UpdateBatchItem(w.ctx, catalog.UpdateBatchItemInput{ID: item.ID})
				return err
			},
			"removeBatchItem": func() error { return w.catalog.RemoveBatchItem(w.ctx, catalog.DeleteInput{ID: item.ID}) },
			"createEvent":     func() error { _, err := w.catalog.CreateEvent(w.ctx, tracked(b, "x")); return err },
			"updateEvent":     func() error { _, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID}); return err },
			"deleteEvent":     func() error { return w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}) },
			"createProperty": func() error {
				_, err := w.catalog.CreateProperty(w.ctx, catalog.CreatePropertyInput{App: new("shop"), Key: "x", Name: "x", Type: text(), Sensitivity: plan.SensitivityNone})
				return err
			},
			"updateProperty": func() error {
				_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID})
				return err
			},
			"global under it": func() error {
				_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: global.ID, Batch: &b.Number})
				return err
			},
			"mergeProperties": func() error {
				_, err := w.catalog.MergeProperties(w.ctx, catalog.MergePropertiesInput{Batch: b.Number, Keep: global.ID, Merge: p.ID})
				return err
			},
			"deleteProperty": func() error { return w.catalog.DeleteProperty(w.ctx, catalog.DeleteDefinitionInput{ID: p.ID}) },
			"updateValueSet": func() error {
				_, err := w.catalog.UpdateValueSet(w.ctx, catalog.UpdateValueSetInput{ID: v.ID})
				return err
			},
			"deleteValueSet": func() error { return w.catalog.DeleteValueSet(w.ctx, catalog.DeleteDefinitionInput{ID: v.ID}) },
			"createTerminal": func() error {
				_, err := w.catalog.CreateTerminal(w.ctx, catalog.CreateTerminalInput{App: "shop", Key: "h5", Name: "x", Kind: plan.TerminalH5})
				return err
			},
			"updateTerminal": func() error {
				_, err := w.catalog.UpdateTerminal(w.ctx, catalog.UpdateTerminalInput{ID: term.ID})
				return err
			},
			"deleteTerminal": func() error { return w.catalog.DeleteTerminal(w.ctx, catalog.DeleteInput{ID: term.ID}) },
			"createEnvironment": func() error {
				_, err := w.catalog.CreateEnvironment(w.ctx, catalog.CreateEnvironmentInput{App: "shop", Key: "gray", Name: "x", RetentionDays: 1, MaxSamples: 1000})
				return err
			},
			"updateEnvironment": func() error {
				_, err := w.catalog.UpdateEnvironment(w.ctx, catalog.UpdateEnvironmentInput{ID: env.ID})
				return err
			},
			"createWriteKey": func() error {
				_, err := w.catalog.CreateWriteKey(w.ctx, catalog.CreateWriteKeyInput{App: "shop", Environment: "test"})
				return err
			},
			"revokeWriteKey": func() error {
				_, err := w.catalog.RevokeWriteKey(w.ctx, catalog.RevokeWriteKeyInput{ID: key.ID})
				return err
			},
		} {
			err := edit()
			require.Error(t, err, name)
			require.Equal(t, "shop", requireFault(t, err, fault.FailedPrecondition, plan.GuardAppArchived).Params["app"], name)
		}
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: global.ID, Name: new("改名")})
		require.NoError(t, err, "what is global is not the app's")

		_, err = w.catalog.RestoreApp(w.people().editor, catalog.RestoreAppInput{ID: w.app.ID})
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.catalog.RestoreApp(w.ctx, catalog.RestoreAppInput{ID: w.app.ID})
		require.NoError(t, err)
		require.Equal(t, []string{"other", "shop"}, w.listed(nil))
		require.Equal(t, before, w.keysOf(w.app), "it is as before")
		w.moved(w.ctx, b, "APPROVED")
	})
}

func TestWhatHasHistoryIsNotDeleted(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		v := w.newValueSet(w.app, "colors", "red")
		p := w.newProperty(w.app, "color", catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("colors")}})
		b, e := w.approved("order_paid", "color")
		kept := func(err error, typ string) {
			t.Helper()
			require.Equal(t, typ, requireFault(t, err, fault.FailedPrecondition, "has_history").Params["type"])
		}
		kept(w.catalog.DeleteApp(w.ctx, catalog.DeleteInput{ID: w.app.ID}), "App")
		kept(w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}), "Event")
		kept(w.catalog.DeleteProperty(w.ctx, catalog.DeleteDefinitionInput{ID: p.ID}), "Property")
		kept(w.catalog.DeleteValueSet(w.ctx, catalog.DeleteDefinitionInput{ID: v.ID}), "ValueSet")
		kept(w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: b.ID}), "Batch")

		draft := w.newBatch(w.app)
		w.newEvent(draft, "shown")
		w.moved(w.ctx, draft, "IN_REVIEW")
		w.moved(w.ctx, draft, "DRAFT")
		kept(w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: draft.ID}), "Batch") // though it is a draft again
		fresh := w.newBatch(w.app)
		require.NoError(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: fresh.ID}))

		other := w.newApp("other")
		envs := w.store.Read().App.GetX(w.ctx, other.ID).QueryEnvironments().AllX(w.ctx)
		w.captured.reported[envs[1].ID] = true
		kept(w.catalog.DeleteApp(w.ctx, catalog.DeleteInput{ID: other.ID}), "App")
		w.captured.reported[envs[1].ID] = false
		beta, err := w.catalog.CreateEnvironment(w.ctx, catalog.CreateEnvironmentInput{App: "other", Key: "beta", Name: "Beta", RetentionDays: 7, MaxSamples: 1000})
		require.NoError(t, err)
		require.NoError(t, w.store.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
			return tx.Release.Create().SetAppID(other.ID).SetEnvironmentID(beta.ID).SetNumber(1).SetKind(plan.ReleasePublish).Exec(ctx)
		}))
		kept(w.catalog.DeleteEnvironment(w.ctx, catalog.DeleteInput{ID: beta.ID}), "Environment")
		kept(w.catalog.DeleteApp(w.ctx, catalog.DeleteInput{ID: other.ID}), "App")
		empty := w.newApp("empty")
		require.NoError(t, w.catalog.DeleteApp(w.ctx, catalog.DeleteInput{ID: empty.ID}))
	})
}
