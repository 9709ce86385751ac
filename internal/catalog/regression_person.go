package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/regressioncase"
	"github.com/waymarkhq/waymark/ent/regressionevent"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

// personsCopies are the events in cases of an app that are a person's.
type personsCopies struct {
	ids   []string
	alike int64          // how many of them bear an id only as masking leaves it
	of    map[string]int // how many, by case
}

// copiesOf finds a person's events in the cases of an app, one case at a time.
func copiesOf(ctx context.Context, c *ent.Client, appID string, p *store.Person) (found personsCopies, err error) {
	cases, err := c.RegressionCase.Query().Where(regressioncase.AppID(appID)).IDs(ctx)
	if err != nil {
		return found, fmt.Errorf("list regression cases: %w", store.Fault(err))
	}
	who := p.Matcher()
	found.of = map[string]int{}
	for _, id := range cases {
		rows, err := c.RegressionEvent.Query().
			Where(regressionevent.CaseID(id), regressionevent.EnvironmentIDIn(p.EnvironmentIDs...)).All(ctx)
		if err != nil {
			return found, fmt.Errorf("read regression events: %w", store.Fault(err))
		}
		for _, r := range rows {
			is, err := likeness(who, r)
			if err != nil {
				return found, err
			}
			if is > store.Stranger {
				found.ids = append(found.ids, r.ID)
				found.of[id]++
			}
			if is == store.Perhaps {
				found.alike++
			}
		}
	}
	return found, nil
}

func likeness(who *store.PersonMatcher, r *ent.RegressionEvent) (is store.Sureness, err error) {
	err = capture.DecodeRecord(string(r.Record), r.Seq, func(c *capture.Captured) bool {
		is = who.Of(c)
		return true
	})
	if err != nil {
		return is, fmt.Errorf("read regression event %s: %w", r.ID, err)
	}
	return is, nil
}

// forgetPerson deletes a person's events from the cases of an app, which tell how many are gone.
func (c *change) forgetPerson(ctx context.Context, appID string, p *store.Person) (personsCopies, error) {
	copied, err := copiesOf(ctx, c.Client(), appID, p)
	if err != nil {
		return copied, err
	}
	for _, id := range slices.Sorted(maps.Keys(copied.of)) {
		if err := c.RegressionCase.UpdateOneID(id).AddGone(copied.of[id]).Exec(ctx); err != nil {
			return copied, fmt.Errorf("count what is gone: %w", err)
		}
	}
	for chunk := range slices.Chunk(copied.ids, 500) {
		if _, err := c.RegressionEvent.Delete().Where(regressionevent.IDIn(chunk...)).Exec(ctx); err != nil {
			return copied, fmt.Errorf("delete from regression cases: %w", err)
		}
	}
	return copied, nil
}
