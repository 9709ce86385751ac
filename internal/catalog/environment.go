package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/file"
	"github.com/waymarkhq/waymark/ent/writekey"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/plan"
)

// The environments that every app has.
const (
	environmentTest       = "test"
	environmentProduction = "production"
)

// Limits of environments.
const (
	maxEnvironments  = 20
	maxRetentionDays = 400
	maxPerMinute     = 1_000_000
	minSamples       = 1_000
	maxSamples       = 100_000_000
)

// CreateEnvironment adds an environment to an app, as its last.
func (s *Service) CreateEnvironment(ctx context.Context, in CreateEnvironmentInput) (*ent.Environment, error) {
	a, err := s.appByKey(ctx, "Mutation.createEnvironment", in.App)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	plan.ValidateKey("input.key", in.Key, &f)
	validateEnvironment(&in.Name, &in.RetentionDays, &in.MaxSamples, &f)
	in.Sampling.validate(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create environment", func(ctx context.Context, c *change) (*ent.Environment, error) {
		return c.createEnvironment(ctx, a.ID, &in)
	})
}

func validateEnvironment(name *string, retentionDays, samples *int, f *fault.Fields) {
	validatePeopleName("input.name", name, f)
	validateRange("input.retentionDays", retentionDays, 1, maxRetentionDays, f)
	validateRange("input.maxSamples", samples, minSamples, maxSamples, f)
}

// distinctPatterns returns each pattern once, in the order of all, and never nil.
func distinctPatterns(given []masking.Pattern) []masking.Pattern {
	return slices.DeleteFunc(masking.Patterns(), func(p masking.Pattern) bool { return !slices.Contains(given, p) })
}

// usualSampling is that of a new production environment.
func usualSampling() *SamplingInput {
	invalid := 600
	return &SamplingInput{ValidShare: 0.1, InvalidPerMinute: &invalid}
}

func (s *SamplingInput) validate(f *fault.Fields) {
	if s == nil {
		return
	}
	if !(s.ValidShare >= 0 && s.ValidShare <= 1) {
		f.Add("input.sampling.validShare", "out_of_range", "a number from 0 to 1 is needed")
	}
	validateRange("input.sampling.invalidPerMinute", s.InvalidPerMinute, 0, maxPerMinute, f)
}

func (c *change) createEnvironment(
	ctx context.Context, appID string, in *CreateEnvironmentInput,
) (*ent.Environment, error) {
	there, err := c.environmentsOf(ctx, appID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(there, func(e *ent.Environment) bool { return e.Key == in.Key }) {
		return nil, taken("Environment", "input.key", in.Key)
	}
	if len(there) >= maxEnvironments {
		return nil, fault.New(fault.FailedPrecondition, "too_many",
			fmt.Sprintf("an app has at most %d environments", maxEnvironments)).With("limit", maxEnvironments)
	}
	c.touch(appID)
	return c.insertEnvironment(ctx, appID, in, len(there))
}

func (c *change) insertEnvironment(
	ctx context.Context, appID string, in *CreateEnvironmentInput, at int,
) (*ent.Environment, error) {
	u := c.Environment.Create().SetAppID(appID).SetKey(in.Key).SetName(in.Name).
		SetRetentionDays(in.RetentionDays).SetMaxSamples(in.MaxSamples).SetPosition(at).
		SetMaskedPatterns(distinctPatterns(in.MaskedPatterns)).SetKeepOriginals(in.KeepOriginals).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by)
	if s := in.Sampling; s != nil {
		u.SetValidShare(s.ValidShare).SetNillableInvalidPerMinute(s.InvalidPerMinute)
	}
	row, err := u.Save(ctx)
	return found(row, err, "App", appID)
}

// environmentsOf returns the environments of an app in their order.
func (c *change) environmentsOf(ctx context.Context, appID string) ([]*ent.Environment, error) {
	rows, err := c.Environment.Query().Where(environment.AppID(appID)).
		Order(environment.ByPosition(), environment.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list environments: %w", err)
	}
	return rows, nil
}

// UpdateEnvironment changes an environment. A new position moves the others.
func (s *Service) UpdateEnvironment(ctx context.Context, in UpdateEnvironmentInput) (*ent.Environment, error) {
	row, err := s.reachEnvironment(ctx, "Mutation.updateEnvironment", in.ID)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validateEnvironment(in.Name, in.RetentionDays, in.MaxSamples, &f)
	validateRange("input.position", in.Position, 0, maxEnvironments, &f)
	s.validateForwarding(in.Forwarding, &f)
	in.Sampling.validate(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update environment", func(ctx context.Context, c *change) (*ent.Environment, error) {
		return c.updateEnvironment(ctx, row.AppID, &in)
	})
}

func (c *change) updateEnvironment(
	ctx context.Context, appID string, in *UpdateEnvironmentInput,
) (*ent.Environment, error) {
	before, err := c.Environment.Get(ctx, in.ID)
	if err != nil {
		return nil, lost(err, "Environment", in.ID)
	}
	update := before.Update().SetNillableName(in.Name).SetNillableRetentionDays(in.RetentionDays).
		SetNillableMaxSamples(in.MaxSamples).SetNillableKeepOriginals(in.KeepOriginals)
	if in.MaskedPatterns != nil {
		update.SetMaskedPatterns(distinctPatterns(in.MaskedPatterns))
	}
	setForwarding(update, before, in.Forwarding)
	if s := in.Sampling; s != nil {
		update.SetValidShare(s.ValidShare).ClearInvalidPerMinute().SetNillableInvalidPerMinute(s.InvalidPerMinute)
	}
	row, err := update.SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, lost(err, "Environment", in.ID)
	}
	c.touch(appID)
	if in.Position == nil {
		return row, nil
	}
	there, err := c.environmentsOf(ctx, appID)
	if err != nil {
		return nil, err
	}
	if err := c.placeEnvironments(ctx, moved(there, row.ID, *in.Position, environments.id)); err != nil {
		return nil, err
	}
	return c.Environment.Get(ctx, in.ID)
}

// placeEnvironments numbers the environments of an app as they come.
func (c *change) placeEnvironments(ctx context.Context, rows []*ent.Environment) error {
	for i, e := range rows {
		if e.Position == i {
			continue
		}
		if err := c.Environment.UpdateOne(e).SetPosition(i).SetUpdatedAt(e.UpdatedAt).Exec(ctx); err != nil {
			return fmt.Errorf("place environment: %w", err)
		}
	}
	return nil
}

// DeleteEnvironment deletes an environment other than test and production that never had a release and has no good write
// key, with what its devices reported.
func (s *Service) DeleteEnvironment(ctx context.Context, in DeleteInput) error {
	if _, err := s.reachEnvironment(ctx, "Mutation.deleteEnvironment", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete environment", func(ctx context.Context, c *change) error {
		return c.deleteEnvironment(ctx, in.ID)
	})
}

func (c *change) deleteEnvironment(ctx context.Context, id string) error {
	row, err := c.Environment.Get(ctx, id)
	if err != nil {
		return lost(err, "Environment", id)
	}
	if row.Key == environmentTest || row.Key == environmentProduction {
		return fault.New(fault.FailedPrecondition, "environment_required",
			"every app has the environments test and production").With("key", row.Key)
	}
	if err := c.refuseEnvironmentWithHistory(ctx, row); err != nil {
		return err
	}
	if err := c.refuseUsedEnvironment(ctx, row); err != nil {
		return err
	}
	if err := c.deleteEnvironmentRows(ctx, id); err != nil {
		return err
	}
	rest, err := c.environmentsOf(ctx, row.AppID)
	if err != nil {
		return err
	}
	c.touch(row.AppID)
	return c.placeEnvironments(ctx, rest)
}

// deleteEnvironmentRows deletes an environment with its write keys, and what its devices reported after the commit.
func (c *change) deleteEnvironmentRows(ctx context.Context, id string) error {
	if _, err := c.WriteKey.Delete().Where(writekey.EnvironmentID(id)).Exec(ctx); err != nil {
		return fmt.Errorf("delete write keys: %w", err)
	}
	if _, err := c.dropFiles(ctx, file.HasSessionWith(capturesession.EnvironmentID(id))); err != nil {
		return fmt.Errorf("delete screenshots of capture sessions: %w", err)
	}
	if err := c.Environment.DeleteOneID(id).Exec(ctx); err != nil {
		return lost(err, "Environment", id)
	}
	c.after = append(c.after, func(ctx context.Context) {
		if err := c.s.captured.ForgetEnvironment(ctx, id); err != nil {
			c.s.log.ErrorContext(ctx, "captured events of a deleted environment stay until they expire",
				"environment", id, "error", err)
		}
	})
	return nil
}
