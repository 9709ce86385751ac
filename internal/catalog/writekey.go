package catalog

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/ent/writekey"
	"github.com/waymarkhq/waymark/internal/fault"
)

// maxWriteKeys is how many write keys an environment may have, revoked ones counted.
const maxWriteKeys = 100

var writeKeyForm = regexp.MustCompile(`\A[A-Za-z0-9_-]{8,64}\z`)

// newWriteKey makes up a write key: wk_ and 128 random bits in hex.
func newWriteKey() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	return "wk_" + hex.EncodeToString(random[:])
}

// CreateWriteKey makes a write key for an environment.
func (s *Service) CreateWriteKey(ctx context.Context, in CreateWriteKeyInput) (*ent.WriteKey, error) {
	a, err := s.appByKey(ctx, "Mutation.createWriteKey", in.App)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validateLine("input.name", &in.Name, &f)
	if in.Key != nil && !writeKeyForm.MatchString(*in.Key) {
		f.Add("input.key", "bad_key", "a write key is 8 to 64 letters, digits, _ and -")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create write key", func(ctx context.Context, c *change) (*ent.WriteKey, error) {
		return c.createWriteKey(ctx, a.ID, &in)
	})
}

func (c *change) createWriteKey(ctx context.Context, appID string, in *CreateWriteKeyInput) (*ent.WriteKey, error) {
	env, err := c.Environment.Query().Where(environment.AppID(appID), environment.Key(in.Environment)).Only(ctx)
	if err != nil {
		return nil, lost(err, "Environment", in.Environment)
	}
	terminalID := ""
	if in.Terminal != nil {
		t, err := c.Terminal.Query().Where(terminal.AppID(appID), terminal.Key(*in.Terminal)).Only(ctx)
		if err != nil {
			return nil, lost(err, "Terminal", *in.Terminal)
		}
		terminalID = t.ID
	}
	n, err := c.WriteKey.Query().Where(writekey.EnvironmentID(env.ID)).Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count write keys: %w", err)
	}
	if n >= maxWriteKeys {
		return nil, fault.New(fault.FailedPrecondition, "too_many",
			fmt.Sprintf("an environment has at most %d write keys", maxWriteKeys)).With("limit", maxWriteKeys)
	}
	key := newWriteKey()
	if in.Key != nil {
		key = *in.Key
	}
	c.touch(appID)
	return c.insertWriteKey(ctx, env.ID, terminalID, key, in.Name)
}

// insertWriteKey stores a write key; an empty terminal means that its events come from several.
func (c *change) insertWriteKey(
	ctx context.Context, environmentID, terminalID, key, name string,
) (*ent.WriteKey, error) {
	there, err := c.WriteKey.Query().Where(writekey.Key(key)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the key: %w", err)
	}
	if there {
		return nil, taken("WriteKey", "input.key", key)
	}
	create := c.WriteKey.Create().SetEnvironmentID(environmentID).SetKey(key).SetName(name).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by)
	if terminalID != "" {
		create.SetTerminalID(terminalID)
	}
	return create.Save(ctx)
}

// UpdateWriteKey changes what a write key is for.
func (s *Service) UpdateWriteKey(ctx context.Context, in UpdateWriteKeyInput) (*ent.WriteKey, error) {
	if _, err := s.reachWriteKey(ctx, "Mutation.updateWriteKey", in.ID); err != nil {
		return nil, err
	}
	var f fault.Fields
	validateLine("input.name", &in.Name, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update write key", func(ctx context.Context, c *change) (*ent.WriteKey, error) {
		row, err := c.WriteKey.UpdateOneID(in.ID).SetName(in.Name).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
		return found(row, err, "WriteKey", in.ID)
	})
}

// RevokeWriteKey refuses a write key from now on. Revoking one again changes nothing.
func (s *Service) RevokeWriteKey(ctx context.Context, in RevokeWriteKeyInput) (*ent.WriteKey, error) {
	if _, err := s.reachWriteKey(ctx, "Mutation.revokeWriteKey", in.ID); err != nil {
		return nil, err
	}
	return changed(ctx, s, "revoke write key", func(ctx context.Context, c *change) (*ent.WriteKey, error) {
		row, err := c.WriteKey.Get(ctx, in.ID)
		if err != nil {
			return nil, lost(err, "WriteKey", in.ID)
		}
		if row.RevokedAt != nil {
			return row, nil
		}
		if err := c.touchEnvironment(ctx, row.EnvironmentID); err != nil {
			return nil, err
		}
		return c.WriteKey.UpdateOne(row).SetRevokedAt(c.now).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
	})
}

// DeleteWriteKey deletes a revoked write key; a good one is refused with the reason not_revoked.
func (s *Service) DeleteWriteKey(ctx context.Context, in DeleteInput) error {
	if _, err := s.reachWriteKey(ctx, "Mutation.deleteWriteKey", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete write key", func(ctx context.Context, c *change) error {
		row, err := c.WriteKey.Get(ctx, in.ID)
		if err != nil {
			return lost(err, "WriteKey", in.ID)
		}
		if row.RevokedAt == nil {
			return fault.New(fault.FailedPrecondition, "not_revoked", "revoke the write key before deleting it")
		}
		return c.WriteKey.DeleteOne(row).Exec(ctx)
	})
}

// touchEnvironment is touch for the app of an environment.
func (c *change) touchEnvironment(ctx context.Context, id string) error {
	env, err := c.Environment.Get(ctx, id)
	if err != nil {
		return lost(err, "Environment", id)
	}
	c.touch(env.AppID)
	return nil
}
