package acceptance

import (
	"context"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// sweepEvery is how often a node looks for sessions that are to end.
const sweepEvery = time.Minute

// lookBefore is how long before a session would end it is looked whether its devices have reported since.
const lookBefore = time.Hour

// Run binds what was opened by links, and ends sessions that nobody uses any more, until ctx ends. Every node does: ending is
// one statement that only one of them succeeds with.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case o := <-s.opened:
			s.linkOpened(ctx, &o)
		case <-tick.C:
			if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "sessions that are over do not end yet", "error", err)
			}
		}
	}
}

// Sweep ends the sessions that have been open for a day, or whose devices have reported nothing for eight hours. It is for the
// program itself.
func (s *Service) Sweep(ctx context.Context) error {
	rows, err := s.read.CaptureSession.Query().Where(capturesession.EndedAtIsNil()).All(ctx)
	if err != nil {
		return store.Fault(err)
	}
	for _, row := range rows {
		if s.now().Before(EndsAt(row).Add(-lookBefore)) {
			continue
		}
		if err := s.sweep(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// sweep ends a session, unless its devices have reported since somebody looked.
func (s *Service) sweep(ctx context.Context, row *ent.CaptureSession) error {
	active := row.ActiveAt
	err := s.ask(ctx, row.ID, func(t *tracked) error {
		for _, d := range t.stream.Devices() {
			if d.LastSeen.After(active) {
				active = d.LastSeen
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	end := endsAt(row, active)
	if s.now().Before(end) {
		if active.Equal(row.ActiveAt) {
			return nil
		}
		return s.store.Tx(audit.Quietly(ctx), func(ctx context.Context, tx *ent.Tx) error {
			return tx.CaptureSession.UpdateOneID(row.ID).SetActiveAt(active).Exec(ctx)
		})
	}
	return s.close(ctx, row, end)
}

// close ends a session at a moment, and keeps what it saw. One that has ended stays as it is.
func (s *Service) close(ctx context.Context, row *ent.CaptureSession, at time.Time) error {
	_, err := s.change(ctx, "end capture session", func(ctx context.Context, c *change) (*ent.CaptureSession, error) {
		now, err := c.CaptureSession.Get(ctx, row.ID)
		if err != nil {
			return nil, lost(err, "CaptureSession", row.ID)
		}
		if now.EndedAt != nil {
			return now, nil
		}
		return now.Update().SetEndedAt(at).Save(ctx)
	})
	if err == nil {
		err = s.freeze(ctx, row.ID)
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
