package catalog

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/acceptancemark"
	"github.com/waymarkhq/waymark/ent/signoff"
)

// Marks and sign-offs are made by package acceptance; here they are listed, as all rows are.

var acceptanceMarks = table[ent.AcceptanceMark]{
	name: acceptancemark.Table, id: func(r *ent.AcceptanceMark) string { return r.ID }, visible: ofSession,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.AcceptanceMark, error) {
		return modified(ctx, c.AcceptanceMark.Query(), m)
	},
}

var signOffs = table[ent.SignOff]{
	name: signoff.Table, id: func(r *ent.SignOff) string { return r.ID }, visible: byApp(signoff.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.SignOff, error) {
		return modified(ctx, c.SignOff.Query(), m)
	},
}

// AcceptanceMarksByID reads marks as AppsByID does apps.
func (s *Service) AcceptanceMarksByID(ctx context.Context, ids []string) (map[string]*ent.AcceptanceMark, error) {
	return byID(ctx, s, &acceptanceMarks, ids)
}

// SignOffsByID reads sign-offs as AppsByID does apps.
func (s *Service) SignOffsByID(ctx context.Context, ids []string) (map[string]*ent.SignOff, error) {
	return byID(ctx, s, &signOffs, ids)
}

// SignOffsOfBatches returns the sign-offs of batches, newest first, by the batch's id.
func (s *Service) SignOffsOfBatches(ctx context.Context, ids []string) (map[string][]*ent.SignOff, error) {
	return latestFirst(grouped(ctx, s, &signOffs, signoff.FieldBatchID, ids,
		func(r *ent.SignOff) string { return r.BatchID }, signoff.FieldCreatedAt, signoff.FieldID))
}

// SignOffsOfSessions returns the sign-offs of sessions, newest first, by the session's id.
func (s *Service) SignOffsOfSessions(ctx context.Context, ids []string) (map[string][]*ent.SignOff, error) {
	return latestFirst(grouped(ctx, s, &signOffs, signoff.FieldSessionID, ids,
		func(r *ent.SignOff) string { return r.SessionID }, signoff.FieldCreatedAt, signoff.FieldID))
}

func latestFirst[T any](of map[string][]*T, err error) (map[string][]*T, error) {
	for _, list := range of {
		slices.Reverse(list)
	}
	return of, err
}
