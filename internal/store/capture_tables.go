package store

import "strings"

type (
	counterRow = entry[CounterKey, int64]
	minuteRow  = entry[MinuteKey, MinuteCounts]
	eventRow   = entry[EventKey, EventSeen]
)

// sums writes the part of an upsert that adds columns to what is there.
func sums(table string, columns ...string) string {
	for i, c := range columns {
		columns[i] = c + " = " + table + "." + c + " + excluded." + c
	}
	return strings.Join(columns, ", ")
}

// greatest writes the part of an upsert that keeps the greater of two.
func greatest(table, column string) string { return extreme(table, column, ">") }

func least(table, column string) string { return extreme(table, column, "<") }

func extreme(table, column, than string) string {
	return column + " = CASE WHEN excluded." + column + " " + than + " " + table + "." + column +
		" THEN excluded." + column + " ELSE " + table + "." + column + " END"
}

var counterTable = figures[counterRow]{
	table: "capture_counter", keys: 8, set: sums("capture_counter", "n"),
	columns: []figure[counterRow]{
		{name: "environment_id", text: func(r *counterRow) string { return r.key.EnvironmentID }},
		{name: "hour", number: func(r *counterRow) int64 { return r.key.Hour }},
		{name: "event_id", text: func(r *counterRow) string { return r.key.EventID }},
		{name: "name", text: func(r *counterRow) string { return r.key.Name }},
		{name: "terminal", text: func(r *counterRow) string { return r.key.Terminal }},
		{name: "app_version", text: func(r *counterRow) string { return r.key.AppVersion }},
		{name: "verdict", number: func(r *counterRow) int64 { return int64(r.key.Verdict) }},
		{name: "code", text: func(r *counterRow) string { return r.key.Code }},
		{name: "n", number: func(r *counterRow) int64 { return r.value }},
	},
}

var minuteTable = figures[minuteRow]{
	table: "capture_minute", keys: 2, set: sums("capture_minute", "valid", "invalid", "unplanned", "duplicates"),
	columns: []figure[minuteRow]{
		{name: "environment_id", text: func(r *minuteRow) string { return r.key.EnvironmentID }},
		{name: "minute", number: func(r *minuteRow) int64 { return r.key.Minute }},
		{name: "valid", number: func(r *minuteRow) int64 { return r.value.Valid }},
		{name: "invalid", number: func(r *minuteRow) int64 { return r.value.Invalid }},
		{name: "unplanned", number: func(r *minuteRow) int64 { return r.value.Unplanned }},
		{name: "duplicates", number: func(r *minuteRow) int64 { return r.value.Duplicates }},
	},
}

var eventTable = figures[eventRow]{
	table: "capture_event", keys: 3,
	set: sums("capture_event", "n", "invalid") + ", " + least("capture_event", "first_at") + ", " +
		greatest("capture_event", "last_at") + ", " + greatest("capture_event", "last_invalid_at"),
	columns: []figure[eventRow]{
		{name: "event_id", text: func(r *eventRow) string { return r.key.EventID }},
		{name: "environment_id", text: func(r *eventRow) string { return r.key.EnvironmentID }},
		{name: "terminal", text: func(r *eventRow) string { return r.key.Terminal }},
		{name: "n", number: func(r *eventRow) int64 { return r.value.Count }},
		{name: "invalid", number: func(r *eventRow) int64 { return r.value.Invalid }},
		{name: "first_at", number: func(r *eventRow) int64 { return micros(r.value.First) }},
		{name: "last_at", number: func(r *eventRow) int64 { return micros(r.value.Last) }},
		{name: "last_invalid_at", number: func(r *eventRow) int64 { return micros(r.value.LastInvalid) }},
	},
}

// environmentRow is what an environment gains by a batch.
type environmentRow struct {
	id      string
	samples int64
	lastAt  int64
	notKept int64
}

var environmentTable = figures[environmentRow]{
	table: "capture_environment", keys: 1,
	set: sums("capture_environment", "samples", "not_kept") + ", " + greatest("capture_environment", "last_at"),
	columns: []figure[environmentRow]{
		{name: "environment_id", text: func(r *environmentRow) string { return r.id }},
		{name: "samples", number: func(r *environmentRow) int64 { return r.samples }},
		{name: "last_at", number: func(r *environmentRow) int64 { return r.lastAt }},
		{name: "not_kept", number: func(r *environmentRow) int64 { return r.notKept }},
	},
}

var labelTable = figures[Label]{
	table: "capture_label", keys: 3,
	columns: []figure[Label]{
		{name: "environment_id", text: func(r *Label) string { return r.EnvironmentID }},
		{name: "kind", text: func(r *Label) string { return string(r.Kind) }},
		{name: "value", text: func(r *Label) string { return r.Value }},
	},
}
