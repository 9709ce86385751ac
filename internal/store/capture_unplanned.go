package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"
)

// UnplannedThing is something that came unplanned to an environment: an event by name, or a property of the planned event with an id.
type UnplannedThing struct {
	EnvironmentID, EventID, Name, Property string
	// Last is when it came last, LastSeq the number that it had then.
	Last    time.Time
	LastSeq int64
}

const (
	// keptWithin is how long before it came last the newest kept sample of something is looked for. Of each unplanned name some are
	// kept in every hour.
	keptWithin = 24 * time.Hour
	// keptLook is among how many samples of an event one with a property is looked for.
	keptLook = 1000
	// keptChunk is how many things are looked for in one statement: SQLite puts no more than 500 together.
	keptChunk = 200
)

// NewestKept returns the number of the newest sample of each thing that is kept, 0 where none is.
func (s *Store) NewestKept(ctx context.Context, things []UnplannedThing) ([]int64, error) {
	found := make([]int64, 0, len(things))
	for chunk := range slices.Chunk(things, keptChunk) {
		b := s.statement()
		for i := range chunk {
			if i > 0 {
				b.WriteString(" UNION ALL ")
			}
			b.WriteString(fmt.Sprintf("SELECT %d AS i, coalesce((", i))
			chunk[i].newest(b)
			b.WriteString("), 0)")
		}
		b.WriteString(" ORDER BY i")
		seqs, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, seq *int64) error { return r.Scan(new(int), seq) })
		if err != nil {
			return nil, fmt.Errorf("look for samples of what came unplanned: %w", Fault(err))
		}
		found = append(found, seqs...)
	}
	return found, nil
}

// newest writes the query for the number of the newest sample.
func (t *UnplannedThing) newest(b *entsql.Builder) {
	if t.Property != "" {
		b.WriteString("SELECT max(e.seq) FROM (SELECT c.seq FROM capture_sample AS c WHERE c.event_id <> '' AND c.event_id = ").Arg(t.EventID)
		t.around(b)
		b.WriteString(" ORDER BY c.seq DESC LIMIT ").Arg(keptLook)
		b.WriteString(") AS e WHERE e.seq = ").Arg(t.LastSeq)
		b.WriteString(" OR EXISTS (SELECT 1 FROM capture_record AS r WHERE r.seq = e.seq AND ")
		holds(b, "r.raw", t.Property)
		b.WriteString(")")
		return
	}
	b.WriteString("SELECT c.seq FROM capture_sample AS c WHERE c.event_id = '' AND c.name = ").Arg(keyText(t.Name))
	t.around(b)
	b.WriteString(" ORDER BY c.seq DESC LIMIT 1")
}

// around narrows to the time before it came last.
func (t *UnplannedThing) around(b *entsql.Builder) {
	b.WriteString(" AND c.environment_id = ").Arg(t.EnvironmentID).WriteString(" AND c.seq <= ").Arg(t.LastSeq)
	b.WriteString(" AND c.seq >= (SELECT min(first_seq) FROM capture_span WHERE environment_id = ").Arg(t.EnvironmentID)
	b.WriteString(" AND minute >= ").Arg(micros(t.Last.Add(-keptWithin)) / microsPerMinute).WriteString(")")
}
