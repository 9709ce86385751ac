package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// An archived app keeps everything, and does nothing: lists of apps leave it out unless asked, nothing of it can be edited,
// and its write keys are not known any more to who collects.

// ArchiveApp archives an app; one that is archived stays as it is.
func (s *Service) ArchiveApp(ctx context.Context, in ArchiveAppInput) (*ent.App, error) {
	return s.setArchived(ctx, "Mutation.archiveApp", in.ID, true)
}

// RestoreApp brings an archived app back as it was.
func (s *Service) RestoreApp(ctx context.Context, in RestoreAppInput) (*ent.App, error) {
	return s.setArchived(ctx, "Mutation.restoreApp", in.ID, false)
}

func (s *Service) setArchived(ctx context.Context, action auth.Action, id string, archived bool) (*ent.App, error) {
	if _, err := s.reachApp(ctx, action, id); err != nil {
		return nil, err
	}
	return changed(ctx, s, "archive or restore app", func(ctx context.Context, c *change) (*ent.App, error) {
		row, err := c.App.Get(ctx, id)
		if err != nil {
			return nil, lost(err, "App", id)
		}
		if (row.ArchivedAt != nil) == archived {
			return row, nil
		}
		u := row.Update().ClearArchivedAt().SetUpdatedAt(c.now).SetUpdatedByID(c.by)
		if archived {
			u = row.Update().SetArchivedAt(c.now).SetUpdatedAt(c.now).SetUpdatedByID(c.by)
		}
		c.touch(id)
		return u.Save(ctx)
	})
}

// onArchived are the commands that work on an archived app.
var onArchived = map[auth.Action]bool{
	"Mutation.archiveApp": true, "Mutation.restoreApp": true, "Mutation.deleteApp": true, "Mutation.deletePerson": true,
}

// refuseArchived refuses commands in an archived app: FAILED_PRECONDITION, reason app_archived.
func (s *Service) refuseArchived(ctx context.Context, action auth.Action, appID string) error {
	if appID == "" || !strings.HasPrefix(string(action), "Mutation.") || onArchived[action] {
		return nil
	}
	row, err := s.read.App.Query().Where(app.ID(appID)).Select(app.FieldKey, app.FieldArchivedAt).Only(ctx)
	if ent.IsNotFound(err) {
		return nil // the command will tell
	}
	if err != nil {
		return fmt.Errorf("read app: %w", store.Fault(err))
	}
	return archivedApp(row.Key, row.ArchivedAt)
}

// refuseArchived is the same within a command, for what must not slip in while the app is being archived.
func (c *change) refuseArchived(ctx context.Context, appID string) error {
	row, err := c.App.Get(ctx, appID)
	if err != nil {
		return lost(err, "App", appID)
	}
	return archivedApp(row.Key, row.ArchivedAt)
}

func archivedApp(key string, at *time.Time) error {
	if at == nil {
		return nil
	}
	return fault.New(fault.FailedPrecondition, plan.GuardAppArchived, "the app "+key+" is archived: restore it first").
		With("app", key).With("archivedAt", *at)
}

// hasHistory is the refusal to delete what history tells of; instead says what can be done.
func hasHistory(typ, name, history, instead string) error {
	return fault.New(fault.FailedPrecondition, "has_history", fmt.Sprintf("%s %s has %s: %s", words[typ], name, history, instead)).
		With("type", typ).With("name", name).With("history", history)
}
