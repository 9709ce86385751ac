package catalog

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// What belongs to no app is edited by who designs for the whole organisation, and by who designs in every app that uses it:
// nobody changes what they cannot see the consequences of. The same holds for who approves such a change, or takes it back
// (see guardSharedUses).

// editedProperty returns the property with an id, if the action, which edits it, is allowed. FORBIDDEN, reason uses_hidden, with
// how many apps use it that who is asking may not see.
func (s *Service) editedProperty(ctx context.Context, action auth.Action, id string) (*ent.Property, error) {
	row, err := s.reachProperty(ctx, action, id)
	if row == nil || row.AppID != "" || !fault.Is(err, fault.Forbidden) {
		return row, err
	}
	return row, s.usesAllow(ctx, action, err, row.ID, usingApps(s.store.Dialect(), []string{row.ID}, false))
}

// editedValueSet is editedProperty for value sets.
func (s *Service) editedValueSet(ctx context.Context, action auth.Action, id string) (*ent.ValueSet, error) {
	row, err := s.reachValueSet(ctx, action, id)
	if row == nil || row.AppID != "" || !fault.Is(err, fault.Forbidden) {
		return row, err
	}
	return row, s.usesAllow(ctx, action, err, row.ID, drawingApps(s.store.Dialect(), []string{row.ID}, false))
}

// usesAllow lets an action on something global through, which was refused, for who may do it in each of the apps that use
// it. Who designs nowhere learns nothing of the uses.
func (s *Service) usesAllow(ctx context.Context, action auth.Action, refused error, id string, uses *sql.Selector) error {
	p, err := auth.From(ctx)
	if err != nil {
		return err
	}
	designs := func(appID string) bool { return p.Can(action, auth.Object{App: appID}) }
	somewhere := false
	for _, appID := range p.Apps() {
		somewhere = somewhere || designs(appID)
	}
	if !somewhere {
		return refused
	}
	apps, err := appsOf(ctx, s.read, uses)
	if err != nil {
		return err
	}
	hidden, everywhere := 0, len(apps[id]) > 0
	for _, appID := range apps[id] {
		if !p.CanSee(appID) {
			hidden++
		}
		everywhere = everywhere && designs(appID)
	}
	switch {
	case hidden > 0:
		return fault.New(fault.Forbidden, "uses_hidden", "it is used in apps that you cannot see").
			With("action", string(action)).With("hidden", hidden)
	case !everywhere:
		return refused
	default:
		return nil
	}
}

// reachEdited judges whether who is asking may edit what an item is about, beyond being allowed the action on the item itself.
func (s *Service) reachEdited(ctx context.Context, action auth.Action, it *ent.BatchItem) (err error) {
	switch it.Kind {
	case plan.ItemProperty:
		_, err = s.editedProperty(ctx, action, it.PropertyID)
	case plan.ItemValueSet:
		_, err = s.editedValueSet(ctx, action, it.ValueSetID)
	default: // an event is of the item's app
	}
	return err
}
