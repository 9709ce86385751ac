package catalog_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// TestGlobalsAreEditedByWhoSeesTheirUses: by designers of the organisation, and by designers of all apps that use them.
func TestGlobalsAreEditedByWhoSeesTheirUses(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		other, third := w.newApp("other"), w.newApp("third")
		set := w.newValueSet(nil, "colors", "red")
		enum := catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("colors")}}
		global := w.newProperty(nil, "color", enum)
		unused := w.newProperty(nil, "unused", catalog.PropertyTypeInput{Base: plan.TypeString})
		in := func(roles map[*ent.App]auth.Role) context.Context {
			apps := map[string]auth.RoleSet{}
			for app, role := range roles {
				apps[app.ID] = auth.SetOf(role)
			}
			return w.as(auth.Identity{UserID: w.user.ID, Apps: apps})
		}
		edit := func(ctx context.Context, p *ent.Property) error {
			_, err := w.catalog.UpdateProperty(ctx, catalog.UpdatePropertyInput{ID: p.ID, Name: new("改名")})
			return err
		}
		editSet := func(ctx context.Context) error {
			_, err := w.catalog.UpdateValueSet(ctx, catalog.UpdateValueSetInput{ID: set.ID, Name: new("改名")})
			return err
		}
		requireRefused := func(err error, reason string, hidden any) {
			t.Helper()
			f, ok := errors.AsType[*fault.Error](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, fault.Forbidden, f.Code)
			require.Equal(t, reason, f.Reason)
			require.Equal(t, hidden, f.Params["hidden"])
			require.NotContains(t, f.Message, "other")
		}
		ours := in(map[*ent.App]auth.Role{w.app: auth.Editor})
		requireRefused(edit(ours, global), "role_missing", nil) // nobody uses it: it is the organisation's

		w.newEvent(w.newBatch(w.app), "paid", "color")
		require.NoError(t, edit(ours, global), "used in the editor's app alone")
		require.NoError(t, editSet(ours), "through the property")
		requireRefused(edit(ours, unused), "role_missing", nil)
		requireRefused(edit(in(map[*ent.App]auth.Role{w.app: auth.Viewer}), global), "role_missing", nil)

		w.newEvent(w.newBatch(other), "paid", "color")
		w.newProperty(third, "own_color", enum)
		requireRefused(edit(ours, global), "uses_hidden", 1)
		requireRefused(editSet(ours), "uses_hidden", 2)
		requireRefused(edit(in(map[*ent.App]auth.Role{w.app: auth.Viewer}), global), "role_missing", nil)
		requireRefused(edit(in(map[*ent.App]auth.Role{w.app: auth.Editor, other: auth.Viewer}), global), "role_missing", nil)
		both := in(map[*ent.App]auth.Role{w.app: auth.Editor, other: auth.Admin})
		require.NoError(t, edit(both, global))
		requireRefused(editSet(both), "uses_hidden", 1)
		require.NoError(t, edit(w.as(auth.Identity{Organisation: auth.SetOf(auth.Editor)}), unused))

		// What only an older revision uses is used: history is seen, too.
		e := w.newEvent(w.newBatch(third), "old", "color")
		b := w.newBatch(third)
		_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number, Properties: []catalog.EventPropertyInput{}})
		require.NoError(t, err)
		requireRefused(edit(both, global), "uses_hidden", 1)
		requireRefused(w.catalog.DeleteProperty(ours, catalog.DeleteDefinitionInput{ID: unused.ID}), "role_missing", nil)
	})
}
