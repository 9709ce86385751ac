package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"

	"github.com/waymarkhq/waymark/internal/capture"
)

// CapturedPages returns the newest captured events of each parent, newest first, in one statement however many parents
// there are. Parents without any are missing.
func (s *Store) CapturedPages(ctx context.Context, q CapturedQuery) (map[string][]*capture.Captured, error) {
	pages := make(map[string][]*capture.Captured)
	if len(q.Parents) == 0 || q.Limit <= 0 || q.EnvironmentIDs != nil && len(q.EnvironmentIDs) == 0 {
		return pages, nil
	}
	b := s.statement()
	captureQuery{b, q}.write()
	rows, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, p *parentRow) error {
		return r.Scan(&p.parent, &p.seq, &p.raw, &p.record)
	})
	if err != nil {
		return nil, fmt.Errorf("read captured events: %w", Fault(err))
	}
	// An event's samples come from each of its environments.
	slices.SortFunc(rows, func(a, b parentRow) int { return cmp.Compare(b.seq, a.seq) })
	for i := range rows {
		if len(pages[rows[i].parent]) == q.Limit {
			continue
		}
		event, err := rows[i].captured()
		if err != nil {
			return nil, err
		}
		pages[rows[i].parent] = append(pages[rows[i].parent], event)
	}
	return pages, nil
}

type parentRow struct {
	parent string
	sampleRow
}

// CapturedEventsBySeq returns captured events by their sequence numbers; those that are not kept are missing.
func (s *Store) CapturedEventsBySeq(ctx context.Context, seqs []int64) (map[int64]*capture.Captured, error) {
	found := make(map[int64]*capture.Captured, len(seqs))
	if len(seqs) == 0 {
		return found, nil
	}
	b := s.statement()
	b.WriteString("SELECT seq, raw, record FROM capture_record WHERE ")
	anyOf(b, "seq", seqs)
	rows, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, p *sampleRow) error {
		return r.Scan(&p.seq, &p.raw, &p.record)
	})
	if err != nil {
		return nil, fmt.Errorf("read captured events: %w", Fault(err))
	}
	for i := range rows {
		if found[rows[i].seq], err = rows[i].captured(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// captureQuery writes the statement of a CapturedQuery: for each parent (and, under events, each environment in which the
// event was ever seen) the newest samples, found through an index that holds them in order.
type captureQuery struct {
	*entsql.Builder
	CapturedQuery
}

func (q captureQuery) write() {
	q.WriteString("SELECT p.parent, r.seq, r.raw, r.record FROM ")
	q.parents()
	if q.Dialect() == dialect.Postgres {
		q.WriteString(" AS p CROSS JOIN LATERAL (")
		q.newest()
		q.WriteString(") AS n JOIN capture_record AS r ON r.seq = n.seq")
		return
	}
	q.WriteString(" AS p CROSS JOIN capture_record AS r ON r.seq IN (")
	q.newest()
	q.WriteString(")")
}

func (q captureQuery) parents() {
	switch {
	case q.By == ByEvent:
		q.WriteString("(SELECT DISTINCT event_id AS parent, environment_id FROM capture_event WHERE ")
		anyOf(q.Builder, "event_id", q.Parents)
		if q.EnvironmentIDs != nil {
			q.WriteString(" AND ")
			anyOf(q.Builder, "environment_id", q.EnvironmentIDs)
		}
		q.WriteString(")")
	case q.Dialect() == dialect.Postgres:
		q.WriteString("(SELECT DISTINCT unnest(").Arg(pq.Array(q.Parents)).WriteString("::text[]) AS parent)")
	default:
		text, err := jsonArray(q.Parents)
		if err != nil {
			q.AddError(err)
		}
		q.WriteString("(SELECT DISTINCT value AS parent FROM json_each(").Arg(text).WriteString("))")
	}
}

// newest writes the query for the numbers of one parent's samples, which are called c.
func (q captureQuery) newest() {
	q.WriteString("SELECT c.seq FROM capture_sample AS c WHERE ")
	if q.By == ByEvent {
		// The second condition is that of the index.
		q.WriteString("c.event_id = p.parent AND c.event_id <> '' AND c.environment_id = p.environment_id")
	} else {
		q.WriteString("c.environment_id = p.parent")
		if q.EnvironmentIDs != nil {
			q.WriteString(" AND ")
			anyOf(q.Builder, "c.environment_id", q.EnvironmentIDs)
		}
	}
	q.place()
	q.filter()
	q.WriteString(" ORDER BY c.seq DESC LIMIT ").Arg(q.Limit)
}

func (q captureQuery) filter() {
	verdicts := make([]int64, len(q.Verdicts))
	for i, v := range q.Verdicts {
		verdicts[i] = int64(v)
	}
	narrow(q.Builder, verdicts, "c.verdict")
	if q.RunID != "" { // the second condition is that of the index
		q.WriteString(" AND c.run_id = ").Arg(keyText(q.RunID)).WriteString(" AND c.run_id <> ''")
	}
	narrow(q.Builder, keyTexts(q.EventKeys), "c.name")
	narrow(q.Builder, keyTexts(q.Terminals), "c.terminal")
	narrow(q.Builder, keyTexts(q.AppVersions), "c.app_version")
	narrow(q.Builder, personIDs(q.DeviceIDs), "c.device_id", "c.anonymous_id")
	narrow(q.Builder, personIDs(q.UserIDs), "c.user_id", "c.anonymous_id")
	if len(q.Codes) > 0 {
		m := matcher{Builder: q.Builder}
		and := " AND ("
		for _, code := range q.Codes {
			q.WriteString(and + m.position() + "(c.codes, ").Arg("|" + keyText(code) + "|").WriteString(") > 0")
			and = " OR "
		}
		q.WriteString(")")
	}
	if q.Text != "" {
		q.WriteString(" AND EXISTS (SELECT 1 FROM capture_record AS t WHERE t.seq = c.seq AND ")
		holds(q.Builder, "t.raw", q.Text)
		q.WriteString(")")
	}
}

// narrow writes that one of the columns has one of the values, if there are any.
func narrow[T any](b *entsql.Builder, values []T, columns ...string) {
	if len(values) == 0 {
		return
	}
	and := " AND ("
	for _, c := range columns {
		b.WriteString(and)
		anyOf(b, c, values)
		and = " OR "
	}
	b.WriteString(")")
}

func keyTexts(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = keyText(v)
	}
	return out
}
