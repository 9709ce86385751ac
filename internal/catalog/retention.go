package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent/environment"
)

// Retention is how much of what an environment captures is kept.
type Retention struct{ Days, MaxSamples int }

// Retentions returns how much is kept of every environment there is, by id, in one statement. It is for the program itself
// and asks nobody for permission.
func (s *Service) Retentions(ctx context.Context) (map[string]Retention, error) {
	kept := map[string]Retention{}
	q := sql.Dialect(s.store.Dialect()).
		Select(environment.FieldID, environment.FieldRetentionDays, environment.FieldMaxSamples).From(sql.Table(environment.Table))
	err := scan(ctx, s.store.Read(), q, func(rows *stdsql.Rows) error {
		var id string
		var r Retention
		if err := rows.Scan(&id, &r.Days, &r.MaxSamples); err != nil {
			return err
		}
		kept[id] = r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read retentions: %w", err)
	}
	return kept, nil
}
