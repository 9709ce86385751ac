package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"
)

// How full an environment is when what has not come for long gives up its place, and how full it then is, in tenths.
const (
	crowdedTenths = 9
	roomyTenths   = 8
	evictChunk    = 500 // so many in one transaction, so that the writer never waits long
)

// surplus is how many have to go of those that are there.
func surplus(there, most int64) int64 {
	if there*10 < most*crowdedTenths {
		return 0
	}
	return there - most*roomyTenths/10
}

// evictor makes room in one environment, so that names which nobody sends any more do not block others for ever. What gives
// up its place has not come since before, the longest absent first, and counts as OtherLabel from then on.
type evictor struct {
	*Store
	environmentID string
	before        time.Time
}

// labelColumns are where the figures of properties name labels.
var labelColumns = map[LabelKind]string{LabelName: "name", LabelVersion: "app_version", LabelProperty: "property"}

// evict makes room, and returns how many labels and figures gave up their place.
func (e *evictor) evict(ctx context.Context, most map[LabelKind]int) (labels, figures int64, err error) {
	for kind := range labelColumns {
		n, err := e.labels(ctx, kind, int64(most[kind]))
		labels += n
		if err != nil {
			return labels, figures, fmt.Errorf("free labels: %w", err)
		}
	}
	if figures, err = e.figures(ctx); err != nil {
		return labels, figures, fmt.Errorf("free figures of properties: %w", err)
	}
	if labels+figures == 0 {
		return 0, 0, nil
	}
	return labels, figures, e.recount(ctx)
}

// labels frees labels of one kind where there are nearly as many as there can be.
func (e *evictor) labels(ctx context.Context, kind LabelKind, most int64) (freed int64, err error) {
	b := e.statement()
	b.WriteString("SELECT count(*) FROM capture_label WHERE environment_id = ").Arg(e.environmentID).WriteString(" AND kind = ").Arg(string(kind))
	counts, err := collectRows(ctx, e.capture.read, b, func(r *sql.Rows, n *int64) error { return r.Scan(n) })
	if err != nil {
		return 0, err
	}
	for left := surplus(counts[0], most); most > 0 && left > 0; {
		absent, err := e.absent(ctx, kind, min(left, evictChunk))
		if err != nil || len(absent) == 0 {
			return freed, err
		}
		if err := e.free(ctx, kind, absent); err != nil {
			return freed, err
		}
		freed, left = freed+int64(len(absent)), left-int64(len(absent))
	}
	return freed, nil
}

// absent returns labels that have not come for long, the longest absent first.
func (e *evictor) absent(ctx context.Context, kind LabelKind, most int64) ([]string, error) {
	column := labelColumns[kind]
	b := e.statement()
	b.WriteString("SELECT l.value FROM capture_label AS l LEFT JOIN (SELECT " + column + " AS value, max(last_at) AS last_at ")
	b.WriteString("FROM capture_property WHERE environment_id = ").Arg(e.environmentID).WriteString(" GROUP BY " + column + ") AS p ON p.value = l.value ")
	b.WriteString("WHERE l.environment_id = ").Arg(e.environmentID).WriteString(" AND l.kind = ").Arg(string(kind))
	b.WriteString(" AND coalesce(p.last_at, 0) < ").Arg(micros(e.before))
	b.WriteString(" ORDER BY coalesce(p.last_at, 0), l.value LIMIT ").Arg(most)
	return collectRows(ctx, e.capture.read, b, func(r *sql.Rows, value *string) error { return r.Scan(value) })
}

// free removes labels, and counts their figures as OtherLabel.
func (e *evictor) free(ctx context.Context, kind LabelKind, values []string) error {
	return e.captureTx(ctx, func(tx *sql.Tx) error {
		if err := holdCapture(ctx, tx); err != nil {
			return err
		}
		b := e.statement()
		b.WriteString("DELETE FROM capture_label WHERE environment_id = ").Arg(e.environmentID).WriteString(" AND kind = ").Arg(string(kind))
		b.WriteString(" AND ")
		anyOf(b, "value", values)
		if _, err := execute(ctx, tx, b); err != nil {
			return err
		}
		_, err := e.fold(ctx, tx, func(b *entsql.Builder) {
			b.WriteString(" AND last_at < ").Arg(micros(e.before)).WriteString(" AND ")
			anyOf(b, labelColumns[kind], values)
			if kind == LabelName {
				b.WriteString(" AND event_id = ''")
			}
		}, func(k PropertyKey) PropertyKey { return k.without(kind) })
		if err != nil || kind == LabelProperty { // hours and days go by themselves
			return err
		}
		return e.foldFills(ctx, tx, kind, values)
	})
}

// without is where a figure counts after its label has given up its place.
func (k PropertyKey) without(kind LabelKind) PropertyKey {
	switch kind {
	case LabelVersion:
		k.AppVersion = OtherLabel
	case LabelProperty:
		k.Property = OtherLabel
	case LabelName:
		k.Name = OtherLabel
		k = k.other()
	}
	return k
}

// figures frees figures where there are nearly as many as there can be: versions of planned events, and all that is known of
// others but the name.
func (e *evictor) figures(ctx context.Context) (freed int64, err error) {
	b := e.statement()
	b.WriteString("SELECT figures FROM capture_environment WHERE environment_id = ").Arg(e.environmentID)
	used, err := collectRows(ctx, e.capture.read, b, func(r *sql.Rows, n *int64) error { return r.Scan(n) })
	if err != nil || len(used) == 0 {
		return 0, err
	}
	for left := surplus(used[0], MaxFigures); left > 0; {
		var n int64
		err := e.captureTx(ctx, func(tx *sql.Tx) (err error) {
			if err := holdCapture(ctx, tx); err != nil {
				return err
			}
			n, err = e.fold(ctx, tx, func(b *entsql.Builder) {
				b.WriteString(" AND last_at < ").Arg(micros(e.before)).WriteString(" AND (app_version <> ").Arg(OtherLabel)
				b.WriteString(" OR event_id = '' AND property NOT IN ('', ").Arg(OtherLabel).WriteString("))")
				b.WriteString(" ORDER BY last_at, name, property, terminal, app_version LIMIT ").Arg(min(left, evictChunk))
			}, func(k PropertyKey) PropertyKey {
				if k.EventID == "" {
					return k.other()
				}
				return k.without(LabelVersion)
			})
			return err
		})
		if err != nil || n == 0 {
			return freed, err
		}
		freed, left = freed+n, left-n
	}
	return freed, nil
}

// fold counts some of the environment's figures elsewhere, and returns how many.
func (e *evictor) fold(ctx context.Context, tx *sql.Tx, which func(*entsql.Builder), to func(PropertyKey) PropertyKey) (int64, error) {
	b := e.statement()
	b.WriteString("SELECT " + strings.Join(propertyTable.names(), ", ") + " FROM capture_property WHERE environment_id = ").Arg(e.environmentID)
	which(b)
	rows, err := collectRows(ctx, tx, b, scanProperty)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	folded := map[PropertyKey]*PropertySeen{}
	for _, r := range rows {
		if err := e.remove(ctx, tx, r.key); err != nil {
			return 0, err
		}
		key := to(r.key)
		if key.Property != r.key.Property || key.Name != r.key.Name {
			r.value.Values.Forget() // of different properties
		}
		if earlier := folded[key]; earlier != nil {
			r.value = earlier.plus(r.value)
		}
		folded[key] = r.value
	}
	there, err := stored(ctx, e.Store, tx, propertyTable, entries(folded, PropertyKey.compare), scanProperty)
	if err != nil {
		return 0, err
	}
	merge(folded, there, (*PropertySeen).plus)
	return int64(len(rows)), upsert(ctx, e.Store, tx, propertyTable, entries(folded, PropertyKey.compare))
}

func (e *evictor) remove(ctx context.Context, tx *sql.Tx, k PropertyKey) error {
	b := e.statement()
	b.WriteString("DELETE FROM capture_property WHERE environment_id = ").Arg(k.EnvironmentID).WriteString(" AND event_id = ").Arg(k.EventID)
	b.WriteString(" AND name = ").Arg(k.Name).WriteString(" AND property = ").Arg(k.Property)
	b.WriteString(" AND terminal = ").Arg(k.Terminal).WriteString(" AND app_version = ").Arg(k.AppVersion)
	_, err := execute(ctx, tx, b)
	return err
}

// foldFills counts hours and days of names or versions as OtherLabel.
func (e *evictor) foldFills(ctx context.Context, tx *sql.Tx, kind LabelKind, values []string) error {
	b := e.statement()
	b.WriteString("DELETE FROM capture_fill WHERE environment_id = ").Arg(e.environmentID).WriteString(" AND at < ").Arg(hourAfter(e.before))
	b.WriteString(" AND ")
	anyOf(b, labelColumns[kind], values)
	if kind == LabelName {
		b.WriteString(" AND event_id = ''")
	}
	b.WriteString(" RETURNING environment_id, event_id, name, hours, at, terminal, app_version, n, fill")
	rows, err := collectRows(ctx, tx, b, scanFill)
	if err != nil {
		return err
	}
	folded := map[FillKey]*Fill{}
	for _, r := range rows {
		r.key.SightingKey = PropertyKey{SightingKey: r.key.SightingKey}.without(kind).SightingKey
		if kind == LabelName {
			r.value.Properties = nil // of different events
		}
		if earlier := folded[r.key]; earlier != nil {
			r.value = earlier.plus(r.value)
		}
		folded[r.key] = r.value
	}
	return e.addFills(ctx, tx, folded)
}

// recount notes how many figures the environment has now.
func (e *evictor) recount(ctx context.Context) error {
	return e.captureTx(ctx, func(tx *sql.Tx) error {
		if err := holdCapture(ctx, tx); err != nil {
			return err
		}
		b := e.statement()
		b.WriteString("UPDATE capture_environment SET figures = (SELECT count(*) FROM capture_property WHERE environment_id = ").Arg(e.environmentID)
		b.WriteString(") WHERE environment_id = ").Arg(e.environmentID)
		_, err := execute(ctx, tx, b)
		return err
	})
}
