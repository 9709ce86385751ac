package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/ent/sessionbatch"
	"github.com/waymarkhq/waymark/ent/sessionbinding"
	"github.com/waymarkhq/waymark/ent/sessionstep"
	"github.com/waymarkhq/waymark/internal/store"
)

// Capture sessions are made and changed by package acceptance; here they are listed, as all rows are.

var captureSessions = table[ent.CaptureSession]{
	name: capturesession.Table, id: func(r *ent.CaptureSession) string { return r.ID }, visible: byApp(capturesession.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.CaptureSession, error) {
		return modified(ctx, c.CaptureSession.Query(), m)
	},
}

// ofSession is the visibility of the parts of sessions, which all name their session alike.
var ofSession = byOwner(sessionbinding.FieldSessionID, capturesession.Table, byApp(capturesession.FieldAppID))

var sessionBatches = table[ent.SessionBatch]{
	name: sessionbatch.Table, id: func(r *ent.SessionBatch) string { return r.ID }, visible: ofSession,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.SessionBatch, error) {
		return modified(ctx, c.SessionBatch.Query(), m)
	},
}

var sessionBindings = table[ent.SessionBinding]{
	name: sessionbinding.Table, id: func(r *ent.SessionBinding) string { return r.ID }, visible: ofSession,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.SessionBinding, error) {
		return modified(ctx, c.SessionBinding.Query(), m)
	},
}

var sessionSteps = table[ent.SessionStep]{
	name: sessionstep.Table, id: func(r *ent.SessionStep) string { return r.ID }, visible: ofSession,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.SessionStep, error) {
		return modified(ctx, c.SessionStep.Query(), m)
	},
}

// CaptureSessionsByID reads sessions as AppsByID does apps.
func (s *Service) CaptureSessionsByID(ctx context.Context, ids []string) (map[string]*ent.CaptureSession, error) {
	return byID(ctx, s, &captureSessions, ids)
}

// SessionBindingsByID reads bindings as AppsByID does apps.
func (s *Service) SessionBindingsByID(ctx context.Context, ids []string) (map[string]*ent.SessionBinding, error) {
	return byID(ctx, s, &sessionBindings, ids)
}

// CaptureSessionsOfApps lists the sessions of apps, newest first: all, or those under the batch with a number, open or ended.
func (s *Service) CaptureSessionsOfApps(number *string, open *bool) Children[ent.CaptureSession] {
	order := timeOrder(&captureSessions, capturesession.FieldStartedAt, func(r *ent.CaptureSession) time.Time { return r.StartedAt })
	c := Children[ent.CaptureSession]{s: s, r: sessionsOfApp, order: order.towards(Descending)}
	if number != nil {
		c.where = append(c.where, underBatch(strings.ToUpper(*number)))
	}
	if open != nil {
		c.where = append(c.where, func(q *sql.Selector) {
			if column := q.C(capturesession.FieldEndedAt); *open {
				q.Where(sql.IsNull(column))
			} else {
				q.Where(sql.NotNull(column))
			}
		})
	}
	return c
}

var sessionsOfApp = reference(&captureSessions, capturesession.FieldAppID, func(r *ent.CaptureSession) string { return r.AppID })

// underBatch narrows sessions to those that test the batch with a number.
func underBatch(number string) narrow {
	return func(q *sql.Selector) {
		from := func(table string) *sql.SelectTable { return sql.Table(table) }
		dialect := sql.Dialect(q.Dialect())
		ids := dialect.Select(batch.FieldID).From(from(batch.Table)).Where(sql.EQ(batch.FieldNumber, number))
		under := dialect.Select(sessionbatch.FieldSessionID).From(from(sessionbatch.Table)).Where(sql.In(sessionbatch.FieldBatchID, ids))
		q.Where(sql.In(q.C(capturesession.FieldID), under))
	}
}

// SessionBindingsOf returns what was bound to sessions, in order, by the session's id.
func (s *Service) SessionBindingsOf(ctx context.Context, ids []string) (map[string][]*ent.SessionBinding, error) {
	return grouped(ctx, s, &sessionBindings, sessionbinding.FieldSessionID, ids,
		func(r *ent.SessionBinding) string { return r.SessionID }, sessionbinding.FieldBoundAt, sessionbinding.FieldID)
}

// SessionStepsOf returns the steps of sessions, in order, by the session's id.
func (s *Service) SessionStepsOf(ctx context.Context, ids []string) (map[string][]*ent.SessionStep, error) {
	return grouped(ctx, s, &sessionSteps, sessionstep.FieldSessionID, ids,
		func(r *ent.SessionStep) string { return r.SessionID }, sessionstep.FieldNumber)
}

// BatchesOfSessions returns the batches that sessions test, in order, by the session's id.
func (s *Service) BatchesOfSessions(ctx context.Context, ids []string) (map[string][]*ent.Batch, error) {
	links, err := s.batchLinks(ctx, ids)
	if err != nil {
		return nil, err
	}
	return related(ctx, links, s.BatchesByID)
}

// batchLinks returns the ids of the batches that sessions test, by the session's id.
func (s *Service) batchLinks(ctx context.Context, ids []string) (map[string][]string, error) {
	rows, err := grouped(ctx, s, &sessionBatches, sessionbatch.FieldSessionID, ids,
		func(r *ent.SessionBatch) string { return r.SessionID }, sessionbatch.FieldPosition)
	links := make(map[string][]string, len(rows))
	for id, list := range rows {
		for _, r := range list {
			links[id] = append(links[id], r.BatchID)
		}
	}
	return links, err
}

// EventsOfSessions returns the events that sessions test, by the session's id: those that were named, or those that the items
// of their batches are about now.
func (s *Service) EventsOfSessions(ctx context.Context, sessions []*ent.CaptureSession) (map[string][]*ent.Event, error) {
	ids := make([]string, len(sessions))
	for i, one := range sessions {
		ids[i] = one.ID
	}
	links, err := s.batchLinks(ctx, ids)
	if err != nil {
		return nil, err
	}
	of, err := s.eventsOfItems(ctx, links)
	if err != nil {
		return nil, err
	}
	tested := make(map[string][]string, len(sessions))
	for _, one := range sessions {
		tested[one.ID] = slices.Clone(one.EventIds)
		for _, b := range links[one.ID] {
			tested[one.ID] = append(tested[one.ID], of[b]...)
		}
	}
	return related(ctx, tested, s.EventsByID)
}

// eventsOfItems returns the ids of the events that the items of batches are about, by the batch's id.
func (s *Service) eventsOfItems(ctx context.Context, links map[string][]string) (map[string][]string, error) {
	var where []predicate.BatchItem
	for _, list := range links {
		where = append(where, batchitem.BatchIDIn(list...))
	}
	of := map[string][]string{}
	if len(where) == 0 {
		return of, nil
	}
	rows, err := s.read.BatchItem.Query().Where(batchitem.EventIDNotNil(), batchitem.Or(where...)).
		Order(batchitem.ByCreatedAt(), batchitem.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read items: %w", store.Fault(err))
	}
	for _, r := range rows {
		if r.EventID != "" {
			of[r.BatchID] = append(of[r.BatchID], r.EventID)
		}
	}
	return of, nil
}

// related reads what each parent refers to, each once and in order, in one statement.
func related[T any](
	ctx context.Context, refs map[string][]string, read func(ctx context.Context, ids []string) (map[string]*T, error),
) (map[string][]*T, error) {
	var all []string
	for _, ids := range refs {
		all = append(all, ids...)
	}
	rows, err := read(ctx, distinct(all))
	if err != nil {
		return nil, err
	}
	out := make(map[string][]*T, len(refs))
	for parent, ids := range refs {
		for _, id := range distinct(ids) {
			if row := rows[id]; row != nil {
				out[parent] = append(out[parent], row)
			}
		}
	}
	return out, nil
}
