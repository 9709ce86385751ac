package store

import (
	"context"
	"math"
	"time"

	"entgo.io/ent/dialect"
)

// A span is where the samples of one minute of an environment are among its sequence numbers, so that a question about a time
// need not look through what is newer. Numbers grow with the stream, times nearly so: nodes have clocks of their own, and
// payloads wait for different lengths. A span holds all that the minute has, and some of what the minutes beside it have.

type spanRow struct {
	environmentID string
	minute        int64
	first, last   int64
}

var spanTable = figures[spanRow]{
	table: "capture_span", keys: 2, set: least("capture_span", "first_seq") + ", " + greatest("capture_span", "last_seq"),
	columns: []figure[spanRow]{
		{name: "environment_id", text: func(r *spanRow) string { return r.environmentID }},
		{name: "minute", number: func(r *spanRow) int64 { return r.minute }},
		{name: "first_seq", number: func(r *spanRow) int64 { return r.first }},
		{name: "last_seq", number: func(r *spanRow) int64 { return r.last }},
	},
}

const microsPerMinute = 60_000_000

// spansOf returns the spans of samples, which are in the order of their numbers.
func spansOf(rows []sampleRow) []spanRow {
	spans := make(map[MinuteKey]spanRow)
	for i := range rows {
		r := &rows[i]
		key := MinuteKey{EnvironmentID: r.environmentID, Minute: r.receivedAt / microsPerMinute}
		span, known := spans[key]
		if !known {
			span = spanRow{environmentID: key.EnvironmentID, minute: key.Minute, first: r.seq}
		}
		span.last = r.seq
		spans[key] = span
	}
	var out []spanRow
	for _, e := range entries(spans, MinuteKey.compare) {
		out = append(out, e.value)
	}
	return out
}

// place narrows to what is before the page and within the time: by the spans of its minutes, of which an index finds the
// samples, and then by the time itself. SQLite looks at no more than one bound of each side in an index.
func (q captureQuery) place() {
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	if q.ReceivedFrom.IsZero() && q.ReceivedBefore.IsZero() {
		q.WriteString(" AND c.seq < ").Arg(before)
		return
	}
	least := "least"
	if q.Dialect() != dialect.Postgres {
		least = "min"
	}
	q.WriteString(" AND c.seq >= ")
	q.spans("min(first_seq)")
	q.WriteString(" AND c.seq < " + least + "(").Arg(before).WriteString(", ")
	q.spans("max(last_seq) + 1")
	q.WriteString(")")
	q.within("c.received_at", micros, micros)
}

// spans writes the query for a figure of the spans of the minutes of the time; NULL where nothing is of it.
func (q captureQuery) spans(figure string) {
	q.WriteString("(SELECT " + figure + " FROM capture_span WHERE environment_id = " + q.environment())
	q.within("minute", func(t time.Time) int64 { return micros(t) / microsPerMinute }, func(t time.Time) int64 {
		return (micros(t) + microsPerMinute - 1) / microsPerMinute
	})
	q.WriteString(")")
}

// within writes that a column is within the time that is asked for, [from, before) in its units.
func (q captureQuery) within(column string, from, before func(time.Time) int64) {
	if !q.ReceivedFrom.IsZero() {
		q.WriteString(" AND " + column + " >= ").Arg(from(q.ReceivedFrom))
	}
	if !q.ReceivedBefore.IsZero() {
		q.WriteString(" AND " + column + " < ").Arg(before(q.ReceivedBefore))
	}
}

// environment is what the query calls the environment of the samples that it looks for.
func (q captureQuery) environment() string {
	if q.By == ByEvent {
		return "p.environment_id"
	}
	return "p.parent"
}

// sweepSpans removes the spans of an environment in which no sample is left.
func (s *Store) sweepSpans(ctx context.Context, environmentID string) error {
	b := s.statement()
	b.WriteString("DELETE FROM capture_span WHERE environment_id = ").Arg(environmentID)
	b.WriteString(" AND last_seq < (SELECT min(seq) FROM capture_sample WHERE environment_id = ").Arg(environmentID).WriteString(")")
	_, err := execute(ctx, s.capture.write, b)
	return err
}
