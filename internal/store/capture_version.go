package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// EventVersion is how often an event came from one terminal, of one app version.
type EventVersion struct {
	EventID, Terminal, AppVersion string
	Valid, Invalid                int64
}

// EventVersions returns how often events came to an environment since the beginning of the hour of a time, in the order of
// event, terminal and version, in one statement.
func (s *Store) EventVersions(ctx context.Context, environmentID string, eventIDs []string, since time.Time) ([]EventVersion, error) {
	if len(eventIDs) == 0 {
		return nil, nil
	}
	b := s.statement()
	b.WriteString("SELECT event_id, terminal, app_version, SUM(CASE WHEN verdict = ").Arg(int64(capture.Valid))
	b.WriteString(" THEN n ELSE 0 END), SUM(CASE WHEN verdict = ").Arg(int64(capture.Invalid))
	b.WriteString(" THEN n ELSE 0 END) FROM capture_counter WHERE environment_id = ").Arg(environmentID)
	b.WriteString(" AND hour >= ").Arg(since.Truncate(time.Hour).Unix() / 3600).WriteString(" AND code = '' AND ")
	anyOf(b, "event_id", eventIDs)
	b.WriteString(" GROUP BY event_id, terminal, app_version ORDER BY event_id, terminal, app_version")
	counts, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, v *EventVersion) error {
		return r.Scan(&v.EventID, &v.Terminal, &v.AppVersion, &v.Valid, &v.Invalid)
	})
	if err != nil {
		return nil, fmt.Errorf("count the events of versions: %w", Fault(err))
	}
	return counts, nil
}
