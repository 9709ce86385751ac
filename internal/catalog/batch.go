package catalog

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Limits of batches.
const (
	maxDocuments = 100
	maxURL       = 2000 // bytes
	maxVersion   = 50   // code points
)

// CreateBatch raises a requirement: a new batch with the app's next number.
func (s *Service) CreateBatch(ctx context.Context, in CreateBatchInput) (*ent.Batch, error) {
	a, err := s.appByKey(ctx, "Mutation.createBatch", in.App)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validatePeopleName("input.title", &in.Title, &f)
	validateBatch(&in.Description, &in.ExternalReference, in.Documents, in.TargetVersions, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create batch", func(ctx context.Context, c *change) (*ent.Batch, error) {
		return c.createBatch(ctx, a, &in)
	})
}

func validateBatch(description, reference *string, documents []DocumentInput, versions []TargetVersionInput, f *fault.Fields) {
	validateProse("input.description", description, f)
	validateLine("input.externalReference", reference, f)
	if len(documents) > maxDocuments {
		f.Add("input.documents", "too_many", fmt.Sprintf("a batch has at most %d documents", maxDocuments))
		return
	}
	for i, d := range documents {
		at := fmt.Sprintf("input.documents[%d]", i)
		plan.ValidateName(at+".title", d.Title, f)
		validateURL(at+".url", d.URL, f)
	}
	seen := make(map[string]bool, len(versions))
	for i, v := range versions {
		at := fmt.Sprintf("input.targetVersions[%d]", i)
		plan.ValidateName(at+".version", v.Version, f)
		if len([]rune(v.Version)) > maxVersion {
			f.Add(at+".version", "too_long", fmt.Sprintf("a version has at most %d characters", maxVersion))
		}
		if seen[v.Terminal] {
			f.Add(at+".terminal", "duplicate", fmt.Sprintf("%q is there twice", v.Terminal))
		}
		seen[v.Terminal] = true
	}
}

// validateURL refuses what is not an absolute http or https address: anything else would run in whoever follows it.
func validateURL(path, address string, f *fault.Fields) {
	if len(address) > maxURL {
		f.Add(path, "too_long", fmt.Sprintf("an address has at most %d bytes", maxURL))
		return
	}
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		f.Add(path, "bad_url", "an address begins with http:// or https://, and holds no password")
	}
}

func (c *change) createBatch(ctx context.Context, a *ent.App, in *CreateBatchInput) (*ent.Batch, error) {
	var f fault.Fields
	versions, err := c.targetVersions(ctx, a.ID, in.TargetVersions, &f)
	if err != nil {
		return nil, err
	}
	assignees, deadlines, err := c.steps(ctx, a.ID, in.Assignees, in.Deadlines, &f)
	if err != nil {
		return nil, err
	}
	validateBatchType(in.Type, &f)
	owner := c.by
	if in.OwnerID != nil {
		owner = *in.OwnerID
		if err := c.checkUsers(ctx, []string{owner}, func(int) string { return "input.ownerId" }, &f); err != nil {
			return nil, err
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	n, err := c.nextBatch(ctx, a)
	if err != nil {
		return nil, err
	}
	row, err := c.Batch.Create().SetAppID(a.ID).SetSeq(n).SetNumber(plan.BatchNumber(a.Key, n)).SetTitle(in.Title).
		SetDescription(in.Description).SetExternalReference(in.ExternalReference).SetDocuments(notNil(in.Documents)).
		SetTargetVersions(versions).SetOwnerID(owner).SetType(cmp.Or(in.Type, plan.BatchNormal)).SetStateSince(c.now).
		SetAssignees(assignees).SetDeadlines(deadlines).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, err
	}
	return row, c.index(ctx, row)
}

// nextBatch takes the app's next number, which makes transactions that do so wait for each other.
func (c *change) nextBatch(ctx context.Context, a *ent.App) (n int, err error) {
	if err := c.refuseArchived(ctx, a.ID); err != nil {
		return 0, err
	}
	query, args := sql.Dialect(c.s.store.Dialect()).Update(app.Table).Add(app.FieldLastBatch, 1).
		Where(sql.EQ(app.FieldID, a.ID)).Returning(app.FieldLastBatch).Query()
	rows, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("take a number: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return 0, fmt.Errorf("take a number: %w", err)
		}
		return 0, fault.NotFoundf("App", a.Key)
	}
	if err := rows.Scan(&n); err != nil {
		return 0, fmt.Errorf("take a number: %w", err)
	}
	return n, rows.Err()
}

// targetVersions returns versions by terminal key; terminals that the app does not have are noted.
func (c *change) targetVersions(
	ctx context.Context, appID string, in []TargetVersionInput, f *fault.Fields,
) (map[string]string, error) {
	versions := make(map[string]string, len(in))
	if len(in) == 0 {
		return versions, nil
	}
	known, err := c.terminalKeys(ctx, appID)
	if err != nil {
		return nil, err
	}
	for i, v := range in {
		known.check(fmt.Sprintf("input.targetVersions[%d].terminal", i), v.Terminal, f)
		versions[v.Terminal] = v.Version
	}
	return versions, nil
}

// keys are the terminals of an app, by key.
type keys map[string]bool

func (c *change) terminalKeys(ctx context.Context, appID string) (keys, error) {
	rows, err := c.terminalsOf(ctx, appID)
	if err != nil {
		return nil, err
	}
	known := make(keys, len(rows))
	for _, t := range rows {
		known[t.Key] = true
	}
	return known, nil
}

func (k keys) check(path, key string, f *fault.Fields) {
	if !k[key] {
		f.Add(path, "unknown_terminal", fmt.Sprintf("the app has no terminal %q", key))
	}
}

// usersThere tells which of the ids are users.
func (c *change) usersThere(ctx context.Context, ids []string) (map[string]bool, error) {
	there := make(map[string]bool, len(ids))
	if len(ids) == 0 {
		return there, nil
	}
	known, err := c.User.Query().Where(func(q *sql.Selector) { q.Where(among(q.C(user.FieldID), ids)) }).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for users: %w", err)
	}
	for _, id := range known {
		there[id] = true
	}
	return there, nil
}

// checkUsers notes the ids that are no users, or are there twice; path gives the field of the i-th.
func (c *change) checkUsers(ctx context.Context, ids []string, path func(i int) string, f *fault.Fields) error {
	there, err := c.usersThere(ctx, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		switch {
		case !there[id]:
			f.Add(path(i), "unknown_user", fmt.Sprintf("there is no user %q", id))
		case slices.Contains(ids[:i], id):
			f.Add(path(i), "duplicate", fmt.Sprintf("%q is there twice", id))
		}
	}
	return nil
}

// UpdateBatch changes a batch.
func (s *Service) UpdateBatch(ctx context.Context, in UpdateBatchInput) (*ent.Batch, error) {
	row, err := s.reachBatch(ctx, "Mutation.updateBatch", in.ID)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validatePeopleName("input.title", in.Title, &f)
	validateBatch(in.Description, in.ExternalReference, in.Documents, in.TargetVersions, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update batch", func(ctx context.Context, c *change) (*ent.Batch, error) {
		return c.updateBatch(ctx, row.AppID, &in)
	})
}

func (c *change) updateBatch(ctx context.Context, appID string, in *UpdateBatchInput) (*ent.Batch, error) {
	var f fault.Fields
	u := c.Batch.UpdateOneID(in.ID).SetNillableTitle(in.Title).SetNillableDescription(in.Description).
		SetNillableExternalReference(in.ExternalReference).SetUpdatedAt(c.now).SetUpdatedByID(c.by)
	if in.Documents != nil {
		u.SetDocuments(in.Documents)
	}
	if in.TargetVersions != nil {
		versions, err := c.targetVersions(ctx, appID, in.TargetVersions, &f)
		if err != nil {
			return nil, err
		}
		u.SetTargetVersions(versions)
	}
	if in.OwnerID != nil {
		if err := c.checkUsers(ctx, []string{*in.OwnerID}, func(int) string { return "input.ownerId" }, &f); err != nil {
			return nil, err
		}
		u.SetOwnerID(*in.OwnerID)
	}
	assignees, deadlines, err := c.steps(ctx, appID, in.Assignees, in.Deadlines, &f)
	if err != nil {
		return nil, err
	}
	if in.Assignees != nil {
		u.SetAssignees(assignees)
	}
	if in.Deadlines != nil {
		u.SetDeadlines(deadlines)
	}
	if in.Type != nil {
		if err := c.retype(ctx, in.ID, *in.Type, &f); err != nil {
			return nil, err
		}
		u.SetType(*in.Type)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	row, err := u.Save(ctx)
	if err != nil {
		return nil, lost(err, "Batch", in.ID)
	}
	return row, c.index(ctx, row)
}

// DeleteBatch deletes a batch that never left its draft, introduced nothing and has no items.
func (s *Service) DeleteBatch(ctx context.Context, in DeleteInput) error {
	if _, err := s.reachBatch(ctx, "Mutation.deleteBatch", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete batch", func(ctx context.Context, c *change) error {
		row, err := c.Batch.Get(ctx, in.ID)
		if err != nil {
			return lost(err, "Batch", in.ID)
		}
		if err := c.refuseBatchWithHistory(ctx, row); err != nil {
			return err
		}
		if err := c.refuseUsedBatch(ctx, row); err != nil {
			return err
		}
		if err := c.dropDiscussion(ctx, row.ID); err != nil {
			return err
		}
		if err := c.Batch.DeleteOne(row).Exec(ctx); err != nil {
			return err
		}
		return c.s.store.Unindex(ctx, c.Tx, in.ID)
	})
}
