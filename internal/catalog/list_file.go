package catalog

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/file"
)

var files = table[ent.File]{
	name: file.Table, id: func(r *ent.File) string { return r.ID }, visible: byApp(file.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.File, error) {
		return modified(ctx, c.File.Query(), m)
	},
}

// FilesByID reads files as AppsByID does apps.
func (s *Service) FilesByID(ctx context.Context, ids []string) (map[string]*ent.File, error) {
	return byID(ctx, s, &files, ids)
}

// FilesOfBatches returns the documents of each batch that are files, oldest first, by the batch's id.
func (s *Service) FilesOfBatches(ctx context.Context, ids []string) (map[string][]*ent.File, error) {
	return grouped(ctx, s, &files, file.FieldBatchID, ids,
		func(r *ent.File) string { return r.BatchID }, file.FieldCreatedAt, file.FieldID)
}

// ScreenshotsOfEvents returns the screenshots of each event, oldest first, by the event's id.
func (s *Service) ScreenshotsOfEvents(ctx context.Context, ids []string) (map[string][]*ent.File, error) {
	return grouped(ctx, s, &files, file.FieldEventID, ids,
		func(r *ent.File) string { return r.EventID }, file.FieldCreatedAt, file.FieldID)
}
