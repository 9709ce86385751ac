package release_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

// TestWhoMayPublish: one rule for publish and rollback, by the template of the app and what it grants.
func TestWhoMayPublish(t *testing.T) {
	t.Parallel()
	granted := map[plan.Grant][]string{plan.GrantPublish: {"REVIEWER", "TESTER"}}
	builders := []auth.Role{auth.Editor, auth.Developer}
	for name, c := range map[string]struct {
		template               plan.Template
		grants                 map[plan.Grant][]string
		production, everywhere []auth.Role // beside administrators; everywhere but production
	}{
		"an editor works alone":          {plan.TemplateLight, nil, builders, builders},
		"developers publish":             {plan.TemplateStandard, nil, []auth.Role{auth.Developer}, builders},
		"developers publish what tested": {plan.TemplateStrict, nil, []auth.Role{auth.Developer}, builders},
		"granted to others": {
			plan.TemplateStandard, granted, []auth.Role{auth.Reviewer, auth.Tester}, append(builders, auth.Reviewer, auth.Tester),
		},
		"granted to others alone": {
			plan.TemplateLight, granted, []auth.Role{auth.Reviewer, auth.Tester}, append(builders, auth.Reviewer, auth.Tester),
		},
		"something else is granted": {
			plan.TemplateStandard, map[plan.Grant][]string{plan.GrantSignOff: {"REVIEWER"}}, []auth.Role{auth.Developer}, builders,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachStore(t, func(t *testing.T, w *world) {
				w.write(func(ctx context.Context, tx *ent.Tx) error {
					return tx.App.UpdateOneID(w.app.ID).SetTemplate(c.template).SetGrants(c.grants).Exec(ctx)
				})
				b := w.newBatch()
				pay := w.newEvent("pay")
				w.approve(w.newItem(b, pay), carries(pay))
				w.publish(w.test, b)
				w.publish(w.prod, b)
				next, _ := w.newChange(carries(pay, "amount"))
				for _, role := range auth.Roles() {
					w.requireMayPublish(role, w.prod, next, append(c.production, auth.Admin))
					w.requireMayPublish(role, w.test, next, append(c.everywhere, auth.Admin))
				}
			})
		})
	}
}

// requireMayPublish wants publish and rollback to let a role in where it is one of those that may, and nowhere else.
func (w *world) requireMayPublish(role auth.Role, env *ent.Environment, b *ent.Batch, may []auth.Role) {
	w.t.Helper()
	ctx := auth.With(w.t.Context(), auth.NewPrincipal(auth.Identity{
		UserID: w.user.ID, Apps: map[string]auth.RoleSet{w.app.ID: auth.SetOf(role)},
	}))
	_, published := w.releases.Publish(ctx, release.PublishInput{App: w.app.Key, Environment: env.Key, Batch: &b.Number, DryRun: true})
	_, rolled := w.releases.Rollback(ctx, release.RollbackInput{App: w.app.Key, Environment: env.Key, Release: new(1), DryRun: true})
	for _, err := range []error{published, rolled} {
		if auth.SetOf(may...).Has(role) {
			require.NoError(w.t, err, "%s into %s", role, env.Key)
		} else {
			requireFault(w.t, err, fault.Forbidden, "role_missing")
		}
	}
}
