package catalog

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/dataincident"
	"github.com/waymarkhq/waymark/ent/dictionaryentry"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/plan"
)

// CreateApp makes an app with its environments test and production, a write key for each, and the given terminals.
func (s *Service) CreateApp(ctx context.Context, in CreateAppInput) (*ent.App, error) {
	if err := auth.Allow(ctx, "Mutation.createApp", ""); err != nil {
		return nil, err
	}
	if err := in.validate(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create app", func(ctx context.Context, c *change) (*ent.App, error) {
		return c.createApp(ctx, &in)
	})
}

func (in *CreateAppInput) validate() error {
	var f fault.Fields
	plan.ValidateKey("input.key", in.Key, &f)
	validatePeopleName("input.name", &in.Name, &f)
	validateProse("input.description", &in.Description, &f)
	if len(in.Terminals) > plan.MaxTerminals {
		f.Add("input.terminals", "too_many", fmt.Sprintf("an app has at most %d terminals", plan.MaxTerminals))
		return f.Err()
	}
	seen := make(map[string]bool, len(in.Terminals))
	for i := range in.Terminals {
		t, at := &in.Terminals[i], fmt.Sprintf("input.terminals[%d]", i)
		t.validate(at, &f)
		if seen[t.Key] {
			f.Add(at+".key", "duplicate", fmt.Sprintf("%q is there twice", t.Key))
		}
		seen[t.Key] = true
	}
	return f.Err()
}

func (c *change) createApp(ctx context.Context, in *CreateAppInput) (*ent.App, error) {
	there, err := c.App.Query().Where(app.Key(in.Key)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for its key: %w", err)
	}
	if there {
		return nil, taken("App", "input.key", in.Key)
	}
	row, err := c.App.Create().SetKey(in.Key).SetName(in.Name).SetDescription(in.Description).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, err
	}
	for i, t := range in.Terminals {
		if _, err := c.insertTerminal(ctx, row.ID, &t, i); err != nil {
			return nil, err
		}
	}
	for i, e := range []CreateEnvironmentInput{
		{Key: environmentTest, Name: "Test"},
		{Key: environmentProduction, Name: "Production", Sampling: usualSampling()},
	} {
		e.RetentionDays, e.MaxSamples = environment.DefaultRetentionDays, environment.DefaultMaxSamples
		e.MaskedPatterns, e.KeepOriginals = masking.Patterns(), e.Key == environmentTest
		env, err := c.insertEnvironment(ctx, row.ID, &e, i)
		if err != nil {
			return nil, err
		}
		if _, err := c.insertWriteKey(ctx, env.ID, "", newWriteKey(), e.Key); err != nil {
			return nil, err
		}
	}
	c.touch(row.ID)
	return row, c.index(ctx, row)
}

// UpdateApp changes an app's texts, and how it is worked on.
func (s *Service) UpdateApp(ctx context.Context, in UpdateAppInput) (*ent.App, error) {
	if _, err := s.reachApp(ctx, "Mutation.updateApp", in.ID); err != nil {
		return nil, err
	}
	var f fault.Fields
	validatePeopleName("input.name", in.Name, &f)
	validateProse("input.description", in.Description, &f)
	in.validateSettings(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update app", func(ctx context.Context, c *change) (*ent.App, error) {
		u := c.App.UpdateOneID(in.ID).SetNillableName(in.Name).SetNillableDescription(in.Description).
			SetUpdatedAt(c.now).SetUpdatedByID(c.by)
		in.applySettings(u)
		row, err := u.Save(ctx)
		if err != nil {
			return nil, lost(err, "App", in.ID)
		}
		return row, c.index(ctx, row)
	})
}

// DeleteApp deletes an app that holds no batches, events, properties or value sets, to which nothing was ever reported. What
// it holds is listed in the refusal; one with history is archived instead.
func (s *Service) DeleteApp(ctx context.Context, in DeleteInput) error {
	row, err := s.reachApp(ctx, "Mutation.deleteApp", in.ID)
	if err != nil {
		return err
	}
	if err := s.refuseAppWithCaptured(ctx, row); err != nil {
		return err
	}
	return s.change(ctx, "delete app", func(ctx context.Context, c *change) error { return c.deleteApp(ctx, in.ID) })
}

func (c *change) deleteApp(ctx context.Context, id string) error {
	row, err := c.App.Get(ctx, id)
	if err != nil {
		return lost(err, "App", id)
	}
	if err := c.refuseAppWithHistory(ctx, row); err != nil {
		return err
	}
	if err := c.refuseUsedApp(ctx, row); err != nil {
		return err
	}
	gone, err := c.Environment.Query().Where(environment.AppID(id)).IDs(ctx)
	if err != nil {
		return fmt.Errorf("list environments: %w", err)
	}
	for _, e := range gone {
		if err := c.deleteEnvironmentRows(ctx, e); err != nil {
			return err
		}
	}
	if err := c.deleteTerminalRows(ctx, id); err != nil {
		return err
	}
	if err := c.forgetData(ctx, dataincident.AppID(id), dictionaryentry.AppID(id)); err != nil {
		return err
	}
	if err := c.forgetRegressions(ctx, id); err != nil {
		return err
	}
	if err := c.App.DeleteOne(row).Exec(ctx); err != nil {
		return err
	}
	c.announce(id)
	return c.s.store.Unindex(ctx, c.Tx, id)
}
