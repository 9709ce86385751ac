package catalog

import (
	"context"
	stdsql "database/sql"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/releaseslot"
)

// InForceIn returns the environments in which a definition of events is in force, in the app's order, by the events' ids. It
// takes two statements. An environment that never had a release goes by the drafts: nothing is in force there by review.
func (s *Service) InForceIn(ctx context.Context, eventIDs []string) (map[string][]*ent.Environment, error) {
	found := make(map[string][]*ent.Environment, len(eventIDs))
	slots := map[string]map[string]bool{} // events by environment
	var ids []string
	live := sql.Dialect(s.store.Dialect()).Select(releaseslot.FieldEnvironmentID, releaseslot.FieldEventID).Distinct().
		From(sql.Table(releaseslot.Table))
	live.Where(sql.And(among(releaseslot.FieldEventID, eventIDs), sql.IsNull(releaseslot.FieldEnded),
		sql.EQ(releaseslot.FieldOffline, false)))
	err := scan(ctx, s.read, live, func(rows *stdsql.Rows) error {
		var env, event string
		if err := rows.Scan(&env, &event); err != nil {
			return err
		}
		if slots[env] == nil {
			slots[env] = map[string]bool{}
			ids = append(ids, env)
		}
		slots[env][event] = true
		return nil
	})
	if err != nil || len(ids) == 0 {
		return found, err
	}
	rows, err := all(ctx, s, &environments, func(q *sql.Selector) { q.Where(among(q.C(environment.FieldID), ids)) },
		environment.FieldPosition, environment.FieldID)
	for _, env := range rows {
		for id := range slots[env.ID] {
			found[id] = append(found[id], env)
		}
	}
	return found, err
}
