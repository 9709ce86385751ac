package catalog

import (
	"time"

	"entgo.io/ent/dialect/sql"
)

// equals narrows to the rows that have a value; nil does not narrow.
func equals(column string, value *string) []narrow {
	if value == nil {
		return nil
	}
	return []narrow{func(q *sql.Selector) { q.Where(sql.EQ(q.C(column), *value)) }}
}

// oneOf narrows to the rows that have one of the values; an empty list does not narrow.
func oneOf[S ~string](column string, values []S) []narrow {
	if len(values) == 0 {
		return nil
	}
	return []narrow{func(q *sql.Selector) { q.Where(among(q.C(column), texts(values))) }}
}

// created narrows to what was made within a time.
func created(from, before *time.Time) (where []narrow) {
	if from != nil {
		where = append(where, func(q *sql.Selector) { q.Where(sql.GTE(q.C("created_at"), from.UTC())) })
	}
	if before != nil {
		where = append(where, func(q *sql.Selector) { q.Where(sql.LT(q.C("created_at"), before.UTC())) })
	}
	return where
}

// global narrows to what belongs to no app (true) or to some app (false); nil does not narrow.
func global(is *bool) []narrow {
	switch {
	case is == nil:
		return nil
	case *is:
		return []narrow{func(q *sql.Selector) { q.Where(sql.IsNull(q.C("app_id"))) }}
	default:
		return []narrow{func(q *sql.Selector) { q.Where(sql.NotNull(q.C("app_id"))) }}
	}
}
