package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
)

// addSightings adds a batch's figures of properties to what is there. They do not add up in SQL, so they are read, added up and
// put back; the position's row, which the transaction has moved, keeps everybody else out meanwhile.
func (s *Store) addSightings(ctx context.Context, tx *sql.Tx, b *CaptureBatch) error {
	if len(b.Properties) == 0 && len(b.Fills) == 0 {
		return nil
	}
	seen := merged(b.Properties, PropertyKey.stored, (*PropertySeen).plus)
	moved, err := s.addProperties(ctx, tx, seen)
	if err != nil {
		return err
	}
	fills := make(map[FillKey]*Fill, len(b.Fills))
	for k, f := range b.Fills {
		k = k.stored()
		if moved[k.SightingKey] {
			k.AppVersion = OtherLabel
		}
		if earlier := fills[k]; earlier != nil {
			f = earlier.plus(f)
		}
		fills[k] = f
	}
	return s.addFills(ctx, tx, fills)
}

func (s *Store) addFills(ctx context.Context, tx *sql.Tx, fills map[FillKey]*Fill) error {
	there, err := stored(ctx, s, tx, fillTable, entries(fills, FillKey.compare), scanFill)
	if err != nil {
		return err
	}
	merge(fills, there, (*Fill).plus)
	return upsert(ctx, s, tx, fillTable, entries(fills, FillKey.compare))
}

// addProperties adds figures, and returns the events that count in another version because their environment is full.
func (s *Store) addProperties(ctx context.Context, tx *sql.Tx, seen map[PropertyKey]*PropertySeen) (map[SightingKey]bool, error) {
	there, err := stored(ctx, s, tx, propertyTable, entries(seen, PropertyKey.compare), scanProperty)
	if err != nil {
		return nil, err
	}
	known := make(map[PropertyKey]bool, len(there))
	for _, r := range there {
		known[r.key] = true
	}
	room, err := s.room(ctx, tx, seen)
	if err != nil {
		return nil, err
	}
	beyond, moved := map[PropertyKey]*PropertySeen{}, map[SightingKey]bool{}
	fresh := map[string]int64{}
	for _, r := range entries(seen, PropertyKey.compare) {
		switch {
		case known[r.key]:
		case fresh[r.key.EnvironmentID] < room[r.key.EnvironmentID]:
			fresh[r.key.EnvironmentID]++
		default:
			delete(seen, r.key)
			if r.key.Property == "" {
				moved[r.key.SightingKey] = true
			}
			key := r.key.other()
			if key.Property != "" {
				r.value.Values.Forget() // of different properties
			}
			if earlier := beyond[key]; earlier != nil {
				r.value = earlier.plus(r.value)
			}
			beyond[key] = r.value
		}
	}
	merge(seen, there, (*PropertySeen).plus)
	if err := s.addBeyond(ctx, tx, seen, beyond); err != nil {
		return nil, err
	}
	if err := upsert(ctx, s, tx, propertyTable, entries(seen, PropertyKey.compare)); err != nil {
		return nil, err
	}
	return moved, upsert(ctx, s, tx, roomTable, entries(fresh, strings.Compare))
}

// addBeyond adds what counts beyond the cap to what is there, and to what comes.
func (s *Store) addBeyond(ctx context.Context, tx *sql.Tx, seen, beyond map[PropertyKey]*PropertySeen) error {
	unread := maps.Clone(beyond)
	maps.DeleteFunc(unread, func(k PropertyKey, _ *PropertySeen) bool { return seen[k] != nil })
	there, err := stored(ctx, s, tx, propertyTable, entries(unread, PropertyKey.compare), scanProperty)
	if err != nil {
		return err
	}
	merge(beyond, there, (*PropertySeen).plus)
	for k, v := range beyond {
		if earlier := seen[k]; earlier != nil {
			v = earlier.plus(v)
		}
		seen[k] = v
	}
	return nil
}

// roomTable counts the figures of environments.
var roomTable = figures[entry[string, int64]]{
	table: "capture_environment", keys: 1, set: sums("capture_environment", "figures"),
	columns: []figure[entry[string, int64]]{
		{name: "environment_id", text: func(r *entry[string, int64]) string { return r.key }},
		{name: "samples", number: func(*entry[string, int64]) int64 { return 0 }},
		{name: "last_at", number: func(*entry[string, int64]) int64 { return 0 }},
		{name: "figures", number: func(r *entry[string, int64]) int64 { return r.value }},
	},
}

// room returns how many figures more each environment can have.
func (s *Store) room(ctx context.Context, tx *sql.Tx, seen map[PropertyKey]*PropertySeen) (map[string]int64, error) {
	room := map[string]int64{}
	for k := range seen {
		room[k.EnvironmentID] = MaxFigures
	}
	b := s.statement()
	b.WriteString("SELECT environment_id, figures FROM capture_environment WHERE ")
	anyOf(b, "environment_id", slices.Sorted(maps.Keys(room)))
	used, err := collectRows(ctx, tx, b, func(r *sql.Rows, e *entry[string, int64]) error { return r.Scan(&e.key, &e.value) })
	for _, e := range used {
		room[e.key] -= e.value
	}
	return room, err
}
