package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// CapturedSince returns captured events of an environment in stream order, at most limit: those behind a sequence number that the
// server took in at a moment or later.
func (s *Store) CapturedSince(
	ctx context.Context, environmentID string, after int64, from time.Time, limit int,
) ([]*capture.Captured, error) {
	b := s.statement()
	b.WriteString("SELECT r.seq, r.raw, r.record FROM capture_sample AS c JOIN capture_record AS r ON r.seq = c.seq WHERE c.environment_id = ").
		Arg(environmentID).WriteString(" AND c.seq > ").Arg(after)
	if after <= 0 { // the spans say where the time begins, so that nothing older is looked through
		b.WriteString(" AND c.seq >= coalesce((SELECT min(first_seq) FROM capture_span WHERE environment_id = ").Arg(environmentID).
			WriteString(" AND minute >= ").Arg(micros(from) / microsPerMinute).WriteString("), ").Arg(int64(math.MaxInt64)).WriteString(")")
	}
	b.WriteString(" AND c.received_at >= ").Arg(micros(from)).WriteString(" ORDER BY c.seq LIMIT ").Arg(limit)
	rows, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, p *sampleRow) error { return r.Scan(&p.seq, &p.raw, &p.record) })
	if err != nil {
		return nil, fmt.Errorf("read captured events: %w", Fault(err))
	}
	events := make([]*capture.Captured, len(rows))
	for i := range rows {
		if events[i], err = rows[i].captured(); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// LastCaptured returns the sequence number of the newest captured event of an environment; 0 where there is none.
func (s *Store) LastCaptured(ctx context.Context, environmentID string) (seq int64, err error) {
	b := s.statement()
	b.WriteString("SELECT coalesce(max(seq), 0) FROM capture_sample WHERE environment_id = ").Arg(environmentID)
	query, args := b.Query()
	if err := s.capture.read.QueryRowContext(ctx, query, args...).Scan(&seq); err != nil {
		return 0, fmt.Errorf("look for the newest captured event: %w", Fault(err))
	}
	return seq, nil
}
