package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func (in *NewTerminalInput) validate(path string, f *fault.Fields) {
	t := plan.Terminal{Key: in.Key, Kind: in.Kind, Libraries: in.Libraries, Systems: in.Systems}
	t.Validate(path, f)
	validatePeopleName(path+".name", &in.Name, f)
}

// CreateTerminal adds a terminal to an app, as its last.
func (s *Service) CreateTerminal(ctx context.Context, in CreateTerminalInput) (*ent.Terminal, error) {
	a, err := s.appByKey(ctx, "Mutation.createTerminal", in.App)
	if err != nil {
		return nil, err
	}
	t := NewTerminalInput{Key: in.Key, Name: in.Name, Kind: in.Kind, Libraries: in.Libraries, Systems: in.Systems}
	var f fault.Fields
	t.validate("input", &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create terminal", func(ctx context.Context, c *change) (*ent.Terminal, error) {
		return c.createTerminal(ctx, a.ID, &t)
	})
}

func (c *change) createTerminal(ctx context.Context, appID string, in *NewTerminalInput) (*ent.Terminal, error) {
	there, err := c.terminalsOf(ctx, appID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(there, func(t *ent.Terminal) bool { return t.Key == in.Key }) {
		return nil, taken("Terminal", "input.key", in.Key)
	}
	if len(there) >= plan.MaxTerminals {
		return nil, fault.New(fault.FailedPrecondition, "too_many",
			fmt.Sprintf("an app has at most %d terminals", plan.MaxTerminals)).With("limit", plan.MaxTerminals)
	}
	c.touch(appID)
	return c.insertTerminal(ctx, appID, in, len(there))
}

func (c *change) insertTerminal(ctx context.Context, appID string, in *NewTerminalInput, at int) (*ent.Terminal, error) {
	row, err := c.Terminal.Create().SetAppID(appID).SetKey(in.Key).SetName(in.Name).SetKind(in.Kind).
		SetLibraries(notNil(in.Libraries)).SetSystems(notNil(in.Systems)).SetPosition(at).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Save(ctx)
	return found(row, err, "App", appID)
}

// terminalsOf returns the terminals of an app in their order.
func (c *change) terminalsOf(ctx context.Context, appID string) ([]*ent.Terminal, error) {
	rows, err := c.Terminal.Query().Where(terminal.AppID(appID)).
		Order(terminal.ByPosition(), terminal.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list terminals: %w", err)
	}
	return rows, nil
}

// UpdateTerminal changes a terminal. A new position moves the others.
func (s *Service) UpdateTerminal(ctx context.Context, in UpdateTerminalInput) (*ent.Terminal, error) {
	row, err := s.reachTerminal(ctx, "Mutation.updateTerminal", in.ID)
	if err != nil {
		return nil, err
	}
	if err := in.validate(row); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update terminal", func(ctx context.Context, c *change) (*ent.Terminal, error) {
		return c.updateTerminal(ctx, row.AppID, &in)
	})
}

func (in *UpdateTerminalInput) validate(row *ent.Terminal) error {
	var f fault.Fields
	t := plan.Terminal{Key: row.Key, Kind: row.Kind, Libraries: in.Libraries, Systems: in.Systems}
	if in.Kind != nil {
		t.Kind = *in.Kind
	}
	t.Validate("input", &f)
	validatePeopleName("input.name", in.Name, &f)
	validateRange("input.position", in.Position, 0, plan.MaxTerminals, &f)
	return f.Err()
}

func (c *change) updateTerminal(ctx context.Context, appID string, in *UpdateTerminalInput) (*ent.Terminal, error) {
	u := c.Terminal.UpdateOneID(in.ID).SetNillableName(in.Name).SetNillableKind(in.Kind).
		SetUpdatedAt(c.now).SetUpdatedByID(c.by)
	if in.Libraries != nil {
		u.SetLibraries(in.Libraries)
	}
	if in.Systems != nil {
		u.SetSystems(in.Systems)
	}
	row, err := u.Save(ctx)
	if err != nil {
		return nil, lost(err, "Terminal", in.ID)
	}
	c.touch(appID)
	if in.Position == nil {
		return row, nil
	}
	there, err := c.terminalsOf(ctx, appID)
	if err != nil {
		return nil, err
	}
	if err := c.placeTerminals(ctx, moved(there, row.ID, *in.Position, terminals.id)); err != nil {
		return nil, err
	}
	return c.Terminal.Get(ctx, in.ID)
}

// placeTerminals numbers the terminals of an app as they come.
func (c *change) placeTerminals(ctx context.Context, rows []*ent.Terminal) error {
	for i, t := range rows {
		if t.Position == i {
			continue
		}
		if err := c.Terminal.UpdateOne(t).SetPosition(i).SetUpdatedAt(t.UpdatedAt).Exec(ctx); err != nil {
			return fmt.Errorf("place terminal: %w", err)
		}
	}
	return nil
}

// moved returns the rows with one of them at another place.
func moved[T any](rows []*T, id string, to int, idOf func(*T) string) []*T {
	at := slices.IndexFunc(rows, func(r *T) bool { return idOf(r) == id })
	if at < 0 {
		return rows
	}
	row := rows[at]
	rest := slices.Delete(slices.Clone(rows), at, at+1)
	return slices.Insert(rest, min(to, len(rest)), row)
}

// DeleteTerminal deletes a terminal that no definition, batch or write key names.
func (s *Service) DeleteTerminal(ctx context.Context, in DeleteInput) error {
	if _, err := s.reachTerminal(ctx, "Mutation.deleteTerminal", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete terminal", func(ctx context.Context, c *change) error {
		return c.deleteTerminal(ctx, in.ID)
	})
}

func (c *change) deleteTerminal(ctx context.Context, id string) error {
	row, err := c.Terminal.Get(ctx, id)
	if err != nil {
		return lost(err, "Terminal", id)
	}
	if err := c.refuseTerminalWithHistory(ctx, row); err != nil {
		return err
	}
	if err := c.refuseUsedTerminal(ctx, row); err != nil {
		return err
	}
	if err := c.Terminal.DeleteOne(row).Exec(ctx); err != nil {
		return err
	}
	rest, err := c.terminalsOf(ctx, row.AppID)
	if err != nil {
		return err
	}
	c.touch(row.AppID)
	return c.placeTerminals(ctx, rest)
}

// deleteTerminalRows deletes all terminals of an app that goes.
func (c *change) deleteTerminalRows(ctx context.Context, appID string) error {
	if _, err := c.Terminal.Delete().Where(terminal.AppID(appID)).Exec(ctx); err != nil {
		return fmt.Errorf("delete terminals: %w", err)
	}
	return nil
}
