package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// What reads revisions reads those of many definitions in as many statements as those of one.

// read reads a revision by its id.
func (l *line) read(ctx context.Context, c *change, id string) (*revision, error) {
	found, err := l.readAll(ctx, c, []string{id})
	return found[id], err
}

// readAll reads revisions, by their ids; NOT_FOUND where one is gone.
func (l *line) readAll(ctx context.Context, c *change, ids []string) (map[string]*revision, error) {
	found := make(map[string]*revision, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	if err := l.all(ctx, c, ids, func(r *revision) { found[r.id] = r }); err != nil {
		return nil, fmt.Errorf("read revisions: %w", store.Fault(err))
	}
	for _, id := range ids {
		if found[id] == nil {
			return nil, fault.NotFoundf(l.of+"Revision", id)
		}
	}
	return found, nil
}

// headsOf returns the ids of the revisions that the rows of definitions copy, by the definitions' ids.
func (c *change) headsOf(ctx context.Context, l *line, owners []string) (map[string]string, error) {
	heads := make(map[string]string, len(owners))
	q := sql.Dialect(c.s.store.Dialect()).Select("id", "head_id").From(sql.Table(l.table)).Where(among("id", owners))
	err := scan(ctx, c, q, func(rows *stdsql.Rows) error {
		var id, head string
		err := rows.Scan(&id, &head)
		heads[id] = head
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what is approved: %w", err)
	}
	for _, id := range owners {
		if heads[id] == "" {
			return nil, fault.NotFoundf(l.of, id)
		}
	}
	return heads, nil
}

// headOf returns the id of the revision that the row of a definition copies.
func (c *change) headOf(ctx context.Context, l *line, ownerID string) (string, error) {
	heads, err := c.headsOf(ctx, l, []string{ownerID})
	return heads[ownerID], err
}

// making is a definition in the hands of a batch.
type making struct{ ownerID, batchID string }

// newestUnder returns the newest revision of a definition that was made under a batch, or nil.
func (c *change) newestUnder(ctx context.Context, l *line, ownerID, batchID string) (*revision, error) {
	at := making{ownerID, batchID}
	found, err := c.newestMade(ctx, l, []making{at})
	return found[at], err
}

// newestMade returns the newest revisions of definitions that were made under batches; of those that no batch made
// anything of there is none.
func (c *change) newestMade(ctx context.Context, l *line, list []making) (map[making]*revision, error) {
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // nothing is made of nothing
	}
	ids, err := c.newestIDs(ctx, l, list)
	if err != nil {
		return nil, fmt.Errorf("look for the batch's revisions: %w", err)
	}
	rows, err := l.readAll(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[making]*revision, len(rows))
	for _, r := range rows {
		found[making{r.ownerID, r.batchID}] = r
	}
	return found, nil
}

func (c *change) newestIDs(ctx context.Context, l *line, list []making) ([]string, error) {
	asked := make(map[making]bool, len(list))
	var owners, batches []string
	for _, m := range list {
		asked[m] = true
		owners, batches = append(owners, m.ownerID), append(batches, m.batchID)
	}
	table, owner := subject{kind: l.kind}.revisions()
	q := sql.Dialect(c.s.store.Dialect()).Select("id", owner, "batch_id").From(sql.Table(table)).OrderBy("number")
	q.Where(sql.And(among(owner, distinct(owners)), among("batch_id", distinct(batches))))
	newest := make(map[making]string, len(list))
	err := scan(ctx, c, q, func(rows *stdsql.Rows) error {
		var id string
		var m making
		err := rows.Scan(&id, &m.ownerID, &m.batchID)
		if asked[m] {
			newest[m] = id
		}
		return err
	})
	ids := make([]string, 0, len(newest))
	for _, id := range newest {
		ids = append(ids, id)
	}
	return ids, err
}

// madeOf returns what batches have made of what items of them are about, by the items' ids, where that is not approved.
func (c *change) madeOf(ctx context.Context, l *line, items []*ent.BatchItem) (map[string]*revision, error) {
	var list []making
	for _, it := range items {
		if of, id := lineOf(it); of == l {
			list = append(list, making{id, it.BatchID})
		}
	}
	made, err := c.newestMade(ctx, l, list)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*revision, len(made))
	for _, it := range items {
		of, id := lineOf(it)
		if r := made[making{id, it.BatchID}]; of == l && r != nil {
			found[it.ID] = r
		}
	}
	return found, nil
}
