package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestCreateApp(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		require.Equal(t, w.user.ID, w.app.CreatedByID)
		envs, err := w.catalog.EnvironmentsOf(w.ctx, []string{w.app.ID})
		require.NoError(t, err)
		require.Len(t, envs[w.app.ID], 2)
		require.Equal(t, "test", envs[w.app.ID][0].Key)
		require.Equal(t, "production", envs[w.app.ID][1].Key)
		keys, err := w.catalog.WriteKeysOf(w.ctx, []string{envs[w.app.ID][0].ID, envs[w.app.ID][1].ID})
		require.NoError(t, err)
		for _, e := range envs[w.app.ID] {
			require.Len(t, keys[e.ID], 1)
			require.Regexp(t, `^wk_[0-9a-f]{32}$`, keys[e.ID][0].Key)
		}
		terminals, err := w.catalog.TerminalsOf(w.ctx, []string{w.app.ID})
		require.NoError(t, err)
		require.Equal(t, []string{"ios", "android", "web"}, terminalKeys(terminals[w.app.ID]))
		require.Equal(t, 1, w.bus.count("plan."+w.app.ID))

		again, err := w.catalog.App(w.ctx, "shop")
		require.NoError(t, err)
		require.Equal(t, w.app.ID, again.ID)
	})
}

func TestCreateAppRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		_, err := w.catalog.CreateApp(w.ctx, catalog.CreateAppInput{
			Key: "Shop!", Description: "a\x00b", Terminals: []catalog.NewTerminalInput{
				{Key: "ios", Name: "x", Kind: "TOASTER"},
				{Key: "ios", Name: strings.Repeat("长", 201), Kind: plan.TerminalIOS, Systems: []string{"a", "a"}},
			},
		})
		requireFields(t, err, "input.key bad_key", "input.name required", "input.description control_character",
			"input.terminals[0].kind unknown_kind", "input.terminals[1].name too_long",
			"input.terminals[1].systems[1] duplicate", "input.terminals[1].key duplicate")

		_, err = w.catalog.CreateApp(w.ctx, catalog.CreateAppInput{Key: "shop", Name: "again"})
		e := requireFault(t, err, fault.Conflict, "already_exists")
		require.Equal(t, "input.key", e.Fields[0].Path)

		_, err = w.catalog.CreateApp(w.in(w.app, auth.Admin), catalog.CreateAppInput{Key: "other", Name: "x"})
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.catalog.CreateApp(t.Context(), catalog.CreateAppInput{Key: "other", Name: "x"})
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
	})
}

func TestUpdateApp(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		app, err := w.catalog.UpdateApp(w.ctx, catalog.UpdateAppInput{ID: w.app.ID, Name: new("商城")})
		require.NoError(t, err)
		require.Equal(t, "商城", app.Name)
		require.True(t, app.UpdatedAt.After(w.app.UpdatedAt))

		_, err = w.catalog.UpdateApp(w.ctx, catalog.UpdateAppInput{ID: "app_none", Name: new("x")})
		requireFault(t, err, fault.NotFound, "not_found")
		other := w.newApp("other")
		_, err = w.catalog.UpdateApp(w.in(other, auth.Admin), catalog.UpdateAppInput{ID: w.app.ID, Name: new("x")})
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.UpdateApp(w.in(w.app, auth.Editor), catalog.UpdateAppInput{ID: w.app.ID, Name: new("x")})
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.catalog.UpdateApp(t.Context(), catalog.UpdateAppInput{ID: "app_none"})
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
	})
}

func TestDeleteApp(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		w.newProperty(w.app, "price", text())
		w.newValueSet(w.app, "channel", "a")
		w.newEvent(b, "order_paid", "price")
		err := w.catalog.DeleteApp(w.ctx, catalog.DeleteInput{ID: w.app.ID})
		requireUses(t, err, "Batch SHOP-0001", "Event order_paid", "Property price", "ValueSet channel")

		empty := w.newApp("empty")
		require.NoError(t, w.catalog.DeleteApp(w.ctx, catalog.DeleteInput{ID: empty.ID}))
		require.Len(t, w.captured.forgotten, 2, "its environments are forgotten")
		_, err = w.catalog.App(w.ctx, "empty")
		requireFault(t, err, fault.NotFound, "not_found")
		require.NoError(t, w.catalog.DeleteApp(w.ctx, catalog.DeleteInput{ID: w.newApp("empty").ID}), "its key is free again")
	})
}

func TestTerminals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		var mini *ent.Terminal
		w.raises(w.app, true, func() {
			var err error
			mini, err = w.catalog.CreateTerminal(w.ctx, catalog.CreateTerminalInput{
				App: "shop", Key: "mini-program", Name: "小程序", Kind: plan.TerminalMiniProgram, Libraries: []string{"wx"},
			})
			require.NoError(t, err)
		})
		require.Equal(t, 3, mini.Position)
		w.raises(w.app, true, func() {
			row, err := w.catalog.UpdateTerminal(w.ctx, catalog.UpdateTerminalInput{
				ID: mini.ID, Name: new("微信"), Libraries: []string{}, Position: new(1),
			})
			require.NoError(t, err)
			require.Equal(t, 1, row.Position)
			require.Empty(t, row.Libraries)
		})
		require.Equal(t, []string{"ios", "mini-program", "android", "web"}, w.terminals())

		_, err := w.catalog.CreateTerminal(w.ctx, catalog.CreateTerminalInput{
			App: "shop", Key: "web", Name: "x", Kind: plan.TerminalWeb,
		})
		requireFault(t, err, fault.Conflict, "already_exists")
		_, err = w.catalog.CreateTerminal(w.ctx, catalog.CreateTerminalInput{App: "none", Key: "web"})
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.UpdateTerminal(w.ctx, catalog.UpdateTerminalInput{ID: mini.ID, Position: new(-1), Kind: new(plan.TerminalKind("X"))})
		requireFields(t, err, "input.position out_of_range", "input.kind unknown_kind")

		w.raises(w.app, true, func() {
			require.NoError(t, w.catalog.DeleteTerminal(w.ctx, catalog.DeleteInput{ID: mini.ID}))
		})
		require.Equal(t, []string{"ios", "android", "web"}, w.terminals())
		requireFault(t, w.catalog.DeleteTerminal(w.ctx, catalog.DeleteInput{ID: mini.ID}), fault.NotFound, "not_found")
	})
}

func TestDeleteTerminalInUse(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		mini, err := w.catalog.CreateTerminal(w.ctx, catalog.CreateTerminalInput{
			App: "shop", Key: "mini-program", Name: "小程序", Kind: plan.TerminalMiniProgram,
		})
		require.NoError(t, err)
		w.newProperty(w.app, "price", text())
		b, err := w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{
			App: "shop", Title: "t", TargetVersions: []catalog.TargetVersionInput{{Terminal: "mini-program", Version: "8.6"}},
		})
		require.NoError(t, err)
		in := tracked(b, "planned")
		in.Terminals = []string{"mini-program", "ios"}
		_, err = w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		in = tracked(b, "absent")
		in.Properties = []catalog.EventPropertyInput{use("price")}
		in.Properties[0].PresenceOn = []catalog.TerminalPresenceInput{{Terminal: "mini-program", Presence: plan.PresenceAbsent}}
		_, err = w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		in = tracked(b, "narrowed")
		in.Properties = []catalog.EventPropertyInput{use("price")}
		in.Properties[0].NarrowingOn = []catalog.TerminalNarrowingInput{
			{Terminal: "mini-program", Constraints: catalog.ConstraintsInput{MaxLength: new(3)}},
		}
		_, err = w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		key, err := w.catalog.CreateWriteKey(w.ctx, catalog.CreateWriteKeyInput{
			App: "shop", Environment: "test", Terminal: new("mini-program"), Key: new("mini-test-key"),
		})
		require.NoError(t, err)
		require.Equal(t, mini.ID, key.TerminalID)

		requireUses(t, w.catalog.DeleteTerminal(w.ctx, catalog.DeleteInput{ID: mini.ID}), "Event planned", "Event absent",
			"Event narrowed", "Batch SHOP-0001", "WriteKey mini-test-key")
	})
}

func TestEnvironments(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		var staging *ent.Environment
		w.raises(w.app, true, func() {
			var err error
			staging, err = w.catalog.CreateEnvironment(w.ctx, catalog.CreateEnvironmentInput{
				App: "shop", Key: "staging", Name: "预发", RetentionDays: 3, MaxSamples: 5000,
			})
			require.NoError(t, err)
		})
		w.raises(w.app, true, func() {
			row, err := w.catalog.UpdateEnvironment(w.ctx, catalog.UpdateEnvironmentInput{
				ID: staging.ID, RetentionDays: new(9), Position: new(0),
			})
			require.NoError(t, err)
			require.Equal(t, 9, row.RetentionDays)
			require.Equal(t, 0, row.Position)
		})
		_, err := w.catalog.CreateEnvironment(w.ctx, catalog.CreateEnvironmentInput{
			App: "shop", Key: "9", Name: "", RetentionDays: 401, MaxSamples: 1,
		})
		requireFields(t, err, "input.key bad_key", "input.name required", "input.retentionDays out_of_range",
			"input.maxSamples out_of_range")
		_, err = w.catalog.CreateEnvironment(w.ctx, catalog.CreateEnvironmentInput{
			App: "shop", Key: "test", Name: "x", RetentionDays: 1, MaxSamples: 1000,
		})
		requireFault(t, err, fault.Conflict, "already_exists")

		key, err := w.catalog.CreateWriteKey(w.ctx, catalog.CreateWriteKeyInput{
			App: "shop", Environment: "staging", Key: new("staging-key"),
		})
		require.NoError(t, err)
		requireUses(t, w.catalog.DeleteEnvironment(w.ctx, catalog.DeleteInput{ID: staging.ID}), "WriteKey staging-key")
		_, err = w.catalog.RevokeWriteKey(w.ctx, catalog.RevokeWriteKeyInput{ID: key.ID})
		require.NoError(t, err)
		w.raises(w.app, true, func() {
			require.NoError(t, w.catalog.DeleteEnvironment(w.ctx, catalog.DeleteInput{ID: staging.ID}))
		})
		require.Equal(t, []string{staging.ID}, w.captured.forgotten)

		envs, err := w.catalog.EnvironmentsOf(w.ctx, []string{w.app.ID})
		require.NoError(t, err)
		for i, e := range envs[w.app.ID] {
			require.Equal(t, i, e.Position)
			err := w.catalog.DeleteEnvironment(w.ctx, catalog.DeleteInput{ID: e.ID})
			requireFault(t, err, fault.FailedPrecondition, "environment_required")
		}
	})
}

func TestWriteKeys(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		in := catalog.CreateWriteKeyInput{App: "shop", Environment: "test", Terminal: new("ios"), Key: new("kept-from-before")}
		var key *ent.WriteKey
		w.raises(w.app, true, func() {
			var err error
			key, err = w.catalog.CreateWriteKey(w.ctx, in)
			require.NoError(t, err)
		})
		_, err := w.catalog.CreateWriteKey(w.ctx, in)
		requireFault(t, err, fault.Conflict, "already_exists")
		for _, bad := range []string{"short", "has blank in it", strings.Repeat("a", 65), "中文中文中文中文"} {
			in.Key = &bad
			_, err = w.catalog.CreateWriteKey(w.ctx, in)
			requireFields(t, err, "input.key bad_key")
		}
		_, err = w.catalog.CreateWriteKey(w.ctx, catalog.CreateWriteKeyInput{App: "shop", Environment: "none"})
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.CreateWriteKey(w.ctx, catalog.CreateWriteKeyInput{App: "shop", Environment: "test", Terminal: new("none")})
		requireFault(t, err, fault.NotFound, "not_found")

		row, err := w.catalog.UpdateWriteKey(w.ctx, catalog.UpdateWriteKeyInput{ID: key.ID, Name: "phones"})
		require.NoError(t, err)
		require.Equal(t, "phones", row.Name)
		err = w.catalog.DeleteWriteKey(w.ctx, catalog.DeleteInput{ID: key.ID})
		requireFault(t, err, fault.FailedPrecondition, "not_revoked")
		w.raises(w.app, true, func() {
			row, err = w.catalog.RevokeWriteKey(w.ctx, catalog.RevokeWriteKeyInput{ID: key.ID})
			require.NoError(t, err)
			require.NotNil(t, row.RevokedAt)
		})
		w.raises(w.app, false, func() {
			again, err := w.catalog.RevokeWriteKey(w.ctx, catalog.RevokeWriteKeyInput{ID: key.ID})
			require.NoError(t, err)
			require.True(t, again.RevokedAt.Equal(*row.RevokedAt))
		})
		require.NoError(t, w.catalog.DeleteWriteKey(w.ctx, catalog.DeleteInput{ID: key.ID}))

		_, err = w.catalog.UpdateWriteKey(w.in(w.newApp("other"), auth.Admin), catalog.UpdateWriteKeyInput{ID: key.ID})
		requireFault(t, err, fault.NotFound, "not_found")
	})
}

func (w *world) terminals() []string {
	w.t.Helper()
	rows, err := w.catalog.TerminalsOf(w.ctx, []string{w.app.ID})
	require.NoError(w.t, err)
	for i, r := range rows[w.app.ID] {
		require.Equal(w.t, i, r.Position)
	}
	return terminalKeys(rows[w.app.ID])
}

func terminalKeys(rows []*ent.Terminal) (keys []string) {
	for _, r := range rows {
		keys = append(keys, r.Key)
	}
	return keys
}
