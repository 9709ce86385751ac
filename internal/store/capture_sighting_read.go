package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"
)

// SightingQuery asks for what was seen of properties. Empty fields do not narrow, but one of EventIDs, Names and Properties
// should: an environment can have MaxFigures.
type SightingQuery struct {
	EnvironmentIDs []string
	// EventIDs are planned events; Names are wire names, of planned events and others.
	EventIDs, Names []string
	// Properties are names; the empty one is the events themselves.
	Properties          []string
	Terminals, Versions []string
}

// Sighting is what was seen of a property on one terminal, of one app version.
type Sighting struct {
	Key  PropertyKey
	Seen *PropertySeen
}

// Sightings returns what was seen, in the order of the keys, in one statement.
func (s *Store) Sightings(ctx context.Context, q SightingQuery) ([]Sighting, error) {
	if len(q.EnvironmentIDs) == 0 {
		return nil, nil
	}
	b := s.statement()
	b.WriteString("SELECT " + strings.Join(propertyTable.names(), ", ") + " FROM capture_property WHERE ")
	anyOf(b, "environment_id", q.EnvironmentIDs)
	narrow(b, q.EventIDs, "event_id")
	narrow(b, keyTexts(q.Names), "name")
	narrow(b, keyTexts(q.Properties), "property")
	narrow(b, keyTexts(q.Terminals), "terminal")
	narrow(b, keyTexts(q.Versions), "app_version")
	b.WriteString(" ORDER BY environment_id, event_id, name, property, terminal, app_version")
	rows, err := collectRows(ctx, s.capture.read, b, scanProperty)
	if err != nil {
		return nil, fmt.Errorf("read figures of properties: %w", Fault(err))
	}
	seen := make([]Sighting, len(rows))
	for i, r := range rows {
		seen[i] = Sighting{Key: r.key, Seen: r.value}
	}
	return seen, nil
}

// FillQuery asks how often events and their properties came in the stretches of time that begin in [From, Until).
type FillQuery struct {
	EnvironmentIDs, EventIDs, Names, Terminals, Versions []string
	From, Until                                          time.Time
}

// FillSeen is how often something came in one stretch of time.
type FillSeen struct {
	Key  FillKey
	Fill *Fill
}

// Fills returns how often they came, in the order of time, in one statement.
func (s *Store) Fills(ctx context.Context, q FillQuery) ([]FillSeen, error) {
	if len(q.EnvironmentIDs) == 0 {
		return nil, nil
	}
	b := s.statement()
	b.WriteString("SELECT " + strings.Join(fillTable.names(), ", ") + " FROM capture_fill WHERE ")
	q.narrow(b)
	b.WriteString(" ORDER BY at, hours, environment_id, event_id, name, terminal, app_version")
	rows, err := collectRows(ctx, s.capture.read, b, scanFill)
	if err != nil {
		return nil, fmt.Errorf("read how often properties came: %w", Fault(err))
	}
	fills := make([]FillSeen, len(rows))
	for i, r := range rows {
		fills[i] = FillSeen{Key: r.key, Fill: r.value}
	}
	return fills, nil
}

func (q FillQuery) narrow(b *entsql.Builder) {
	anyOf(b, "environment_id", q.EnvironmentIDs)
	narrow(b, q.EventIDs, "event_id")
	narrow(b, keyTexts(q.Names), "name")
	narrow(b, []int64{1, dayHours}, "hours") // so that the key finds the time
	b.WriteString(" AND at >= ").Arg(q.From.Truncate(time.Hour).Unix() / 3600).WriteString(" AND at < ").Arg(hourAfter(q.Until))
	narrow(b, keyTexts(q.Terminals), "terminal")
	narrow(b, keyTexts(q.Versions), "app_version")
}

// hourAfter is the number of the first hour that does not begin before a time.
func hourAfter(t time.Time) int64 { return (t.Unix() + 3599) / 3600 }

// UnplannedSeen is what came from one terminal, of one app version, and no plan knew: an event (EventID empty), an event that is
// offline (no Property), or a property of a planned event.
type UnplannedSeen struct {
	Key         PropertyKey
	Count       int64 // how often it came unplanned
	First, Last time.Time
	LastSeq     int64
}

// Unplanned returns all that came unplanned to an environment, but for the properties of unplanned events, in one statement.
func (s *Store) Unplanned(ctx context.Context, environmentID string) ([]UnplannedSeen, error) {
	b := s.statement()
	b.WriteString("SELECT environment_id, event_id, name, property, terminal, app_version, unplanned, first_at, last_unplanned_at, last_seq ")
	b.WriteString("FROM capture_property WHERE unplanned > 0 AND (event_id <> '' OR property = '') AND environment_id = ").Arg(environmentID)
	b.WriteString(" ORDER BY event_id, name, property, terminal, app_version")
	seen, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, u *UnplannedSeen) error {
		var first, last int64
		k := &u.Key
		err := r.Scan(&k.EnvironmentID, &k.EventID, &k.Name, &k.Property, &k.Terminal, &k.AppVersion, &u.Count, &first, &last, &u.LastSeq)
		u.First, u.Last = fromMicros(first), fromMicros(last)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what came unplanned: %w", Fault(err))
	}
	return seen, nil
}
