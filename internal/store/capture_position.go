package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"
)

// CapturePosition returns how far the stream is in the database.
func (s *Store) CapturePosition(ctx context.Context) (p CapturePosition, err error) {
	err = s.capture.read.QueryRowContext(ctx, "SELECT stream_id, seq, lost, gaps, figures_seq FROM capture_position WHERE partition = 0").
		Scan(&p.StreamID, &p.Seq, &p.Lost, &p.Gaps, &p.Figures)
	if err != nil {
		return CapturePosition{}, fmt.Errorf("read the capture position: %w", Fault(err))
	}
	return p, nil
}

// LeaseCapture asks for the right to write until the given time. It is held when it is the owner's already, nobody's, or
// was until now or earlier; who gives it back asks for it until now. It keeps writers from doing the same work twice and
// proves nothing: that nothing is written twice is up to CommitCapture.
func (s *Store) LeaseCapture(ctx context.Context, owner string, now, until time.Time) (held bool, err error) {
	b := s.statement()
	b.WriteString("UPDATE capture_position SET owner = ").Arg(owner).WriteString(", lease_until = ").Arg(micros(until))
	b.WriteString(" WHERE partition = 0 AND (owner IN ('', ").Arg(owner).WriteString(") OR lease_until <= ").Arg(micros(now))
	b.WriteString(")")
	n, err := execute(ctx, s.capture.write, b)
	if err != nil {
		return false, fmt.Errorf("lease the capture position: %w", Fault(err))
	}
	return n == 1, nil
}

// CaptureLabels returns all registered names and versions.
func (s *Store) CaptureLabels(ctx context.Context) ([]Label, error) {
	b := s.statement()
	b.WriteString("SELECT environment_id, kind, value FROM capture_label")
	labels, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, l *Label) error {
		return r.Scan(&l.EnvironmentID, &l.Kind, &l.Value)
	})
	if err != nil {
		return nil, fmt.Errorf("read the capture labels: %w", Fault(err))
	}
	return labels, nil
}

// moveCapture is the fence: it moves the position on if it still is where the writer read it and no other writer has the
// lease. On PostgreSQL it also makes transactions of competing writers wait for each other.
func (s *Store) moveCapture(ctx context.Context, tx *sql.Tx, b *CaptureBatch) error {
	q := s.statement()
	q.WriteString("UPDATE capture_position SET stream_id = ").Arg(b.To.StreamID).WriteString(", seq = ").Arg(int64(b.To.Seq))
	q.WriteString(", lost = ").Arg(b.To.Lost).WriteString(", gaps = ").Arg(b.To.Gaps)
	q.WriteString(", figures_seq = ").Arg(int64(b.To.Figures))
	q.WriteString(" WHERE partition = 0 AND stream_id = ").Arg(b.From.StreamID).WriteString(" AND seq = ").Arg(int64(b.From.Seq))
	q.WriteString(" AND figures_seq = ").Arg(int64(b.From.Figures))
	q.WriteString(" AND owner IN ('', ").Arg(b.Owner).WriteString(")")
	n, err := execute(ctx, tx, q)
	if err == nil && n != 1 {
		return ErrFenced
	}
	return err
}

// statement returns an empty statement in the database's dialect.
func (s *Store) statement() *entsql.Builder {
	b := &entsql.Builder{}
	b.SetDialect(s.dialect)
	return b
}
