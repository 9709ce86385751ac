package catalog

import (
	"context"
	"encoding/json"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/internal/plan"
)

// FrozenDrafts returns the definitions that the drafts of an app say now, as an approval would freeze them, and the value
// sets that they draw on, by hash. It reads in a transaction of the caller, who has judged whether who is asking may.
func (s *Service) FrozenDrafts(
	ctx context.Context, tx *ent.Tx, appID string,
) ([]plan.Frozen, map[string]*plan.FrozenValueSet, error) {
	rows, err := tx.EventRevision.Query().Where(func(q *sql.Selector) {
		q.Where(sql.In(q.C(eventrevision.FieldID), sql.Dialect(q.Dialect()).Select(event.FieldHeadID).From(sql.Table(event.Table)).
			Where(sql.EQ(event.FieldAppID, appID))))
	}).Select(eventrevision.FieldEventID, eventrevision.FieldDefinition).All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read revisions: %w", err)
	}
	docs := make([]*eventDocument, len(rows))
	for i, r := range rows {
		docs[i] = &eventDocument{}
		if err := json.Unmarshal(r.Definition, docs[i]); err != nil {
			return nil, nil, fmt.Errorf("read revision %s: %w", r.ID, err)
		}
	}
	z := (&change{Tx: tx, s: s}).newFreezer()
	if err := z.load(ctx, docs...); err != nil {
		return nil, nil, err
	}
	list := make([]plan.Frozen, len(rows))
	for i, r := range rows {
		f, err := z.freeze(r.EventID, docs[i])
		if err != nil {
			return nil, nil, err
		}
		list[i] = *f
	}
	return list, z.byHash(), nil
}
