package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// sent plans an event with a wire name that is no fit key.
func (w *world) sent(b *ent.Batch, wireName string) *ent.Event {
	w.t.Helper()
	in := tracked(b, wireName)
	in.Key = new(strings.ToLower(wireName))
	e, err := w.catalog.CreateEvent(w.ctx, in)
	require.NoError(w.t, err)
	return e
}

func TestAnAppSaysHowItIsWorkedOn(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		who := w.people()
		naming := &plan.Naming{Events: &plan.NameRule{Casing: plan.CasingSnake, Words: []string{"order", "paid"}}}
		in := catalog.UpdateAppInput{
			ID: w.app.ID, Template: new(plan.TemplateStandard), Naming: naming, Completeness: &plan.Completeness{Description: true},
			Grants: []catalog.AppGrantInput{{Grant: plan.GrantSignOff, Roles: []auth.Role{auth.Requester, auth.Tester}}},
		}
		_, err := w.catalog.UpdateApp(who.editor, in)
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.catalog.UpdateApp(w.ctx, in)
		require.NoError(t, err)
		row, err := w.catalog.UpdateApp(w.ctx, catalog.UpdateAppInput{ID: w.app.ID, Name: new("商城")})
		require.NoError(t, err)
		require.Equal(t, plan.TemplateStandard, row.Template, "what is left out stays")
		require.Equal(t, naming, row.Naming)
		require.True(t, row.Completeness.Description)
		require.Equal(t, []*catalog.AppGrant{{Grant: plan.GrantSignOff, Roles: []auth.Role{auth.Requester, auth.Tester}}}, catalog.GrantsOf(row))

		b := w.newBatch(w.app)
		e := w.sent(b, "orderPaid")
		_, err = w.move(who.editor, b, "IN_REVIEW")
		requireFault(t, err, fault.FailedPrecondition, plan.GuardNamingCasing)
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, WireName: new("order_paid"), Description: new("paid")})
		require.NoError(t, err)
		w.moved(who.editor, b, "IN_REVIEW")
		w.moved(who.reviewer, b, "APPROVED")
		w.moved(who.developer, b, "IN_TESTING")
		w.moved(who.requester, b, "ACCEPTED")

		row, err = w.catalog.UpdateApp(w.ctx, catalog.UpdateAppInput{
			ID: w.app.ID, Grants: []catalog.AppGrantInput{}, Naming: &plan.Naming{}, Completeness: &plan.Completeness{},
		})
		require.NoError(t, err)
		require.Empty(t, catalog.GrantsOf(row))
		require.Nil(t, row.Naming.Events)
	})
}

func TestSettingsOfAppsAreRefused(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		_, err := w.catalog.UpdateApp(w.ctx, catalog.UpdateAppInput{
			ID: w.app.ID, Template: new(plan.Template("LAX")), Naming: &plan.Naming{Events: &plan.NameRule{Pattern: "("}},
			Completeness: &plan.Completeness{Levels: []plan.Level{"P9"}}, Grants: []catalog.AppGrantInput{
				{Grant: plan.GrantPublish},
				{Grant: plan.GrantPublish, Roles: []auth.Role{auth.Viewer}},
				{Grant: "SLEEP", Roles: []auth.Role{"COOK", auth.Tester, auth.Tester}},
			},
		})
		requireFields(t, err, "input.template unknown_template", "input.naming.events.pattern bad_pattern",
			"input.completeness.levels[0] unknown_level", "input.grants[0].roles required", "input.grants[1].grant duplicate",
			"input.grants[1].roles[0] role_moves_nothing", "input.grants[2].grant unknown_grant",
			"input.grants[2].roles[0] unknown_role", "input.grants[2].roles[2] duplicate")
		require.Equal(t, plan.TemplateLight, w.store.Read().App.GetX(w.ctx, w.app.ID).Template)
	})
}

func TestANamingIsTriedOnWhatExists(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		for i := range 3 {
			w.newProperty(w.app, fmt.Sprint("property", i), text())
			w.sent(b, fmt.Sprintf("orderPaid%d", i))
		}
		w.newEvent(b, "order_shown")
		w.newProperty(nil, "globalOne", text())
		other := w.newApp("other")
		w.sent(w.newBatch(other), "otherOne")
		naming := &plan.Naming{
			Events:     &plan.NameRule{Casing: plan.CasingSnake, Reserved: []string{"order_*"}},
			Properties: &plan.NameRule{Pattern: "property[01]"},
		}
		ask := func(n *plan.Naming) *catalog.NamingPreview {
			found, err := w.catalog.NamingFindings(w.ctx, []*ent.App{w.store.Read().App.GetX(w.ctx, w.app.ID)}, n)
			require.NoError(t, err)
			return found[w.app.ID]
		}
		p := ask(naming)
		require.Equal(t, 4+4+3, p.Checked)
		require.Equal(t, 3+1+1, p.Total())
		require.Equal(t, []*catalog.NamingCount{
			{Rule: plan.GuardNamingCasing, Count: 3}, {Rule: plan.GuardNamingPattern, Count: 1}, {Rule: plan.GuardNamingReserved, Count: 1},
		}, p.Counts)
		var names []string
		var after *string
		for {
			page, err := p.Page(new(2), after)
			require.NoError(t, err)
			require.Equal(t, after != nil, page.HasPrevious)
			for _, f := range page.Nodes {
				names = append(names, f.Name+" "+f.Rule)
			}
			if !page.HasNext {
				break
			}
			after = new(page.Cursor(len(page.Nodes) - 1))
		}
		require.Equal(t, []string{
			"orderPaid0 naming_casing", "orderPaid1 naming_casing", "orderPaid2 naming_casing", "order_shown naming_reserved", "property2 naming_pattern",
		}, names)
		_, err := p.Page(new(0), new("%"))
		requireFields(t, err, "first out_of_range", "after bad_cursor")

		require.Zero(t, ask(nil).Total(), "the app has none")
		_, err = w.catalog.UpdateApp(w.ctx, catalog.UpdateAppInput{ID: w.app.ID, Naming: naming})
		require.NoError(t, err)
		require.Equal(t, 5, ask(nil).Total(), "its own")
		_, err = w.catalog.NamingFindings(w.ctx, []*ent.App{w.app}, &plan.Naming{Events: &plan.NameRule{Pattern: "("}})
		requireFields(t, err, "naming.events.pattern bad_pattern")
		_, err = w.catalog.NamingFindings(w.people().editor, []*ent.App{w.app}, naming)
		requireFault(t, err, fault.Forbidden, "role_missing")
	})
}
