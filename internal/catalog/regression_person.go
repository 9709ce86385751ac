package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/coverageevidence"
	"github.com/waymarkhq/waymark/ent/regressioncase"
	"github.com/waymarkhq/waymark/ent/regressionevent"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

// personsCopies are copies of captured events that are a person's.
type personsCopies struct {
	ids   []string
	alike int64          // how many of them bear an id only as masking leaves it
	of    map[string]int // how many, by case; of those in cases only
}

// copiesOf finds a person's events in the cases of an app, and among the evidence of its sessions.
func copiesOf(ctx context.Context, c *ent.Client, appID string, p *store.Person) (cases, evidence personsCopies, err error) {
	if cases, err = inCases(ctx, c, appID, p); err == nil {
		evidence, err = inEvidence(ctx, c, p)
	}
	return cases, evidence, err
}

// inEvidence finds a person's events among the evidence of sessions, by environment.
func inEvidence(ctx context.Context, c *ent.Client, p *store.Person) (found personsCopies, err error) {
	who := p.Matcher()
	rows, err := c.CoverageEvidence.Query().Where(coverageevidence.EnvironmentIDIn(p.EnvironmentIDs...)).All(ctx)
	if err != nil {
		return found, fmt.Errorf("read evidence: %w", store.Fault(err))
	}
	for _, r := range rows {
		is, err := likeness(who, r.ID, r.Record, r.Seq)
		if err != nil {
			return found, err
		}
		found.note(r.ID, is)
	}
	return found, nil
}

// note counts a copy that may be the person's.
func (found *personsCopies) note(id string, is store.Sureness) {
	if is > store.Stranger {
		found.ids = append(found.ids, id)
	}
	if is == store.Perhaps {
		found.alike++
	}
}

// inCases finds a person's events in the cases of an app, one case at a time.
func inCases(ctx context.Context, c *ent.Client, appID string, p *store.Person) (found personsCopies, err error) {
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
			is, err := likeness(who, r.ID, r.Record, r.Seq)
			if err != nil {
				return found, err
			}
			if found.note(r.ID, is); is > store.Stranger {
				found.of[id]++
			}
		}
	}
	return found, nil
}

func likeness(who *store.PersonMatcher, id string, record []byte, seq int64) (is store.Sureness, err error) {
	err = capture.DecodeRecord(string(record), seq, func(c *capture.Captured) bool {
		is = who.Of(c)
		return true
	})
	if err != nil {
		return is, fmt.Errorf("read the copy %s: %w", id, err)
	}
	return is, nil
}

// forgetPerson deletes a person's events from the cases of an app, which tell how many are gone, and from the evidence.
func (c *change) forgetPerson(ctx context.Context, appID string, p *store.Person) (copied, evidence personsCopies, err error) {
	if copied, evidence, err = copiesOf(ctx, c.Client(), appID, p); err != nil {
		return copied, evidence, err
	}
	for chunk := range slices.Chunk(evidence.ids, 500) {
		if _, err := c.CoverageEvidence.Delete().Where(coverageevidence.IDIn(chunk...)).Exec(ctx); err != nil {
			return copied, evidence, fmt.Errorf("delete evidence: %w", err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(copied.of)) {
		if err := c.RegressionCase.UpdateOneID(id).AddGone(copied.of[id]).Exec(ctx); err != nil {
			return copied, evidence, fmt.Errorf("count what is gone: %w", err)
		}
	}
	for chunk := range slices.Chunk(copied.ids, 500) {
		if _, err := c.RegressionEvent.Delete().Where(regressionevent.IDIn(chunk...)).Exec(ctx); err != nil {
			return copied, evidence, fmt.Errorf("delete from regression cases: %w", err)
		}
	}
	return copied, evidence, nil
}
