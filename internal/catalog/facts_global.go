package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/plan"
)

// globalChange is what a batch has made of a property or value set that belongs to no app.
type globalChange struct {
	own *revision
	// heads is whether the definition's row copies it.
	heads bool
	// apps are those that use the definition, by any revision of their events.
	apps []*ent.App
}

// globalChanges returns what the batches have made of global definitions, by the ids of the items about them.
func (f *facts) globalChanges(ctx context.Context) (map[string]*globalChange, error) {
	return f.global.get(func() (map[string]*globalChange, error) {
		found := map[string]*globalChange{}
		uses := map[string][]string{} // the ids of the apps, by item
		for _, l := range []*line{propertyLine, valueSetLine} {
			if err := f.globalOn(ctx, l, found, uses); err != nil {
				return nil, err
			}
		}
		ids := slices.Concat(slices.Collect(maps.Values(uses))...)
		rows, err := f.c.App.Query().Where(isAmong(app.FieldID, distinct(ids))).Order(app.ByKey()).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the apps that use it: %w", err)
		}
		for item, change := range found {
			for _, a := range rows {
				if slices.Contains(uses[item], a.ID) {
					change.apps = append(change.apps, a)
				}
			}
		}
		return found, nil
	})
}

func (f *facts) globalOn(ctx context.Context, l *line, found map[string]*globalChange, uses map[string][]string) error {
	made, err := f.c.madeOf(ctx, l, f.items())
	if err != nil || len(made) == 0 {
		return err
	}
	owners := make([]string, 0, len(made))
	for _, own := range made {
		owners = append(owners, own.ownerID)
	}
	owners, err = f.c.globalAmong(ctx, l, distinct(owners))
	if err != nil || len(owners) == 0 {
		return err
	}
	heads, err := f.c.headsOf(ctx, l, owners)
	if err != nil {
		return err
	}
	using := usingApps
	if l == valueSetLine {
		using = drawingApps
	}
	apps, err := appsOf(ctx, f.c, using(f.c.s.store.Dialect(), owners, false))
	if err != nil {
		return err
	}
	for item, own := range made {
		if head, ok := heads[own.ownerID]; ok {
			found[item], uses[item] = &globalChange{own: own, heads: head == own.id}, apps[own.ownerID]
		}
	}
	return nil
}

// globalAmong returns those of definitions that belong to no app.
func (c *change) globalAmong(ctx context.Context, l *line, ids []string) (global []string, err error) {
	q := sql.Dialect(c.s.store.Dialect()).Select("id").From(sql.Table(l.table))
	err = scan(ctx, c, q.Where(sql.And(sql.IsNull("app_id"), among("id", ids))), func(rows *stdsql.Rows) error {
		var id string
		err := rows.Scan(&id)
		global = append(global, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for what belongs to no app: %w", err)
	}
	return global, nil
}

// isMadeBy reports whether a move changes what the definition's row says: by approving the batch's revision, by taking it
// back, or (where nothing of it is approved) by going back from the draft of a batch that is called off.
func (g *globalChange) isMadeBy(m *plan.Move) bool {
	if m.Has(plan.EffectApprove) {
		return !g.own.isApproved()
	}
	return g.heads || m.Has(plan.EffectTakeBack) && g.own.isApproved()
}

// guardSharedUses bars changing a global definition for who may not do so in every app that uses it; one that no app uses is
// the organisation's. Who may not make the move at all learns nothing of the uses.
func guardSharedUses(ctx context.Context, g *stage, s *step) (bars []Bar, _ error) {
	if g.allow(s.move) != nil {
		return nil, nil
	}
	changes, err := g.facts.globalChanges(ctx)
	if err != nil {
		return nil, err
	}
	for _, it := range g.open() {
		change := changes[it.ID]
		if change == nil || s.item != nil && s.item.ID != it.ID || !change.isMadeBy(s.move) {
			continue
		}
		if b := g.usesAllow(s.move, change.apps); b != nil {
			bars = append(bars, *b.on(it))
		}
	}
	return bars, nil
}

// usesAllow tells why who is asking may not make a move with something that apps use; nil if they may.
func (g *stage) usesAllow(m *plan.Move, apps []*ent.App) *Bar {
	if len(apps) == 0 {
		roles := rolesElsewhere(m, g.app)
		if holdsAny(g.c.who.Organisation(), roles) {
			return nil
		}
		return bar(plan.GuardRoleMissing, "no app uses it yet: this needs the role "+strings.Join(roles, " or ")+" for the whole organisation",
			map[string]any{"roles": roles})
	}
	hidden := 0
	var missing *Bar
	for _, a := range apps {
		roles := rolesElsewhere(m, a)
		switch {
		case !g.c.who.CanSee(a.ID):
			hidden++
		case missing == nil && a.ID != g.app.ID && !holdsAny(g.c.who.In(a.ID), roles):
			missing = bar(plan.GuardRoleMissing, "the app "+a.Key+" uses it too: this needs the role "+strings.Join(roles, " or ")+" there",
				map[string]any{"roles": roles, "app": a.Key})
		}
	}
	if hidden > 0 {
		return bar(plan.GuardUsesHidden, "it is used in apps that you cannot see", map[string]any{"hidden": hidden})
	}
	return missing
}

// rolesElsewhere are the roles that make a move's change in an app that is not the batch's: where the batch approves, those
// that approve there, however lightly the batch's own app does it.
func rolesElsewhere(m *plan.Move, a *ent.App) []string {
	if m.Has(plan.EffectApprove) {
		m = plan.FindMove(plan.OfReview, string(plan.BatchInReview), string(plan.BatchApproved), plan.BatchNormal, a.Template)
	}
	return slices.DeleteFunc(m.RolesFor(a.Template, a.Grants), func(role string) bool { return slices.Contains(m.OwnOnly, role) })
}

func holdsAny(held auth.RoleSet, roles []string) bool {
	return held.Has(auth.Admin) || slices.ContainsFunc(roles, func(role string) bool { return held.Has(auth.Role(role)) })
}
