package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"
)

// ancestry is how the revisions of one definition come from each other.
type ancestry map[string]descent

// descent is where a revision comes from.
type descent struct {
	number                    int
	baseID, mergedID, batchID string
	approved                  bool
}

// ancestryOf reads the revisions of a definition.
func (c *change) ancestryOf(ctx context.Context, l *line, ownerID string) (ancestry, error) {
	known, err := c.ancestriesOf(ctx, l, []string{ownerID})
	return known[ownerID], err
}

// ancestriesOf reads the revisions of definitions, by the definitions' ids.
func (c *change) ancestriesOf(ctx context.Context, l *line, owners []string) (map[string]ancestry, error) {
	table, owner := subject{kind: l.kind}.revisions()
	q := sql.Dialect(c.s.store.Dialect()).Select("id", owner, "number", "base_id", "merged_id", "batch_id", "approved_at").
		From(sql.Table(table)).Where(among(owner, owners))
	found := make(map[string]ancestry, len(owners))
	err := scan(ctx, c, q, func(rows *stdsql.Rows) error {
		var id, of string
		var d descent
		var base, merged, batch stdsql.NullString
		var approved stdsql.NullTime
		if err := rows.Scan(&id, &of, &d.number, &base, &merged, &batch, &approved); err != nil {
			return err
		}
		d.baseID, d.mergedID, d.batchID, d.approved = base.String, merged.String, batch.String, approved.Valid
		if found[of] == nil {
			found[of] = ancestry{}
		}
		found[of][id] = d
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	return found, nil
}

// of returns a revision and everything that it comes from.
func (a ancestry) of(id string) map[string]bool {
	found := map[string]bool{}
	for next := []string{id}; len(next) > 0; {
		id, next = next[len(next)-1], next[:len(next)-1]
		if id == "" || found[id] {
			continue
		}
		found[id] = true
		next = append(next, a[id].baseID, a[id].mergedID)
	}
	return found
}

// shared returns the newest revision that two revisions both come from; "" where there is none.
func (a ancestry) shared(x, y string) string {
	of, best := a.of(y), ""
	for id := range a.of(x) {
		if of[id] && (best == "" || a[id].number > a[best].number) {
			best = id
		}
	}
	return best
}

// begun returns the approved revision that somebody began with who edited another; "" for none. What a merge brought onto
// its base does not count: the merge has settled it.
func (a ancestry) begun(id string) string {
	for id = a[id].baseID; id != "" && !a[id].approved; {
		id = a[id].baseID
	}
	return id
}
