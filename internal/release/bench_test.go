package release_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// eachBench runs f on each kind of database, with a plan of so many events of ten properties, in force in production and,
// but for what f changes, in test.
func eachBench(b *testing.B, events int, f func(b *testing.B, w *world, all []*ent.Event)) {
	b.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		b.Run(kind, func(b *testing.B) {
			var s *store.Store
			if kind == "sqlite" {
				s = testkit.SQLite(b)
			} else {
				s = testkit.OpenStore(b, store.Options{DatabaseURL: testkit.Postgres(b)})
			}
			w := newWorld(b, s)
			w.newBatch()
			all := w.manyEvents(events)
			first := w.changeAll(all, "first")
			w.publish(w.prod, first)
			w.publish(w.test, first)
			f(b, w, all)
		})
	}
}

func (w *world) manyEvents(n int) []*ent.Event {
	w.t.Helper()
	keys := make([]int, n)
	for i := range keys {
		keys[i] = i
	}
	for part := range slices.Chunk(keys, 500) {
		w.write(func(ctx context.Context, tx *ent.Tx) error {
			first, err := tx.Batch.Query().FirstID(ctx)
			if err != nil {
				return err
			}
			rows := make([]*ent.EventCreate, len(part))
			for i, k := range part {
				key := fmt.Sprintf("event_%06d", k)
				rows[i] = tx.Event.Create().SetAppID(w.app.ID).SetBatchID(first).SetKey(key).SetKind(plan.KindTrack).SetName(key).SetWireName(key)
			}
			return tx.Event.CreateBulk(rows...).Exec(ctx)
		})
	}
	all, err := w.store.Read().Event.Query().Where(event.AppID(w.app.ID)).Order(event.ByKey()).All(w.t.Context())
	require.NoError(w.t, err)
	return all
}

// changeAll is a batch that puts a new definition on the line of each event.
func (w *world) changeAll(events []*ent.Event, text string) *ent.Batch {
	w.t.Helper()
	batch := w.newBatch()
	for part := range slices.Chunk(events, 500) {
		w.write(func(ctx context.Context, tx *ent.Tx) error { return w.changeSome(ctx, tx, batch, part, text) })
	}
	return batch
}

func (w *world) changeSome(ctx context.Context, tx *ent.Tx, batch *ent.Batch, events []*ent.Event, text string) error {
	items := make([]*ent.BatchItemCreate, len(events))
	for i, e := range events {
		items[i] = tx.BatchItem.Create().SetBatchID(batch.ID).SetKind(plan.ItemEvent).SetEventID(e.ID)
	}
	made, err := tx.BatchItem.CreateBulk(items...).Save(ctx)
	if err != nil {
		return err
	}
	frozen, approvals := make([]*ent.FrozenCreate, len(events)), make([]*ent.ApprovalCreate, len(events))
	for i, e := range events {
		d := carries(e, "amount", "currency", "order_id", "user_level", "page_name", "source", "position", "spm", "channel", "result")
		d.Description = text
		d.Properties[9].Presence = plan.PresenceOptional
		if text == "strict" {
			d.Properties[9].Presence = plan.PresenceRequired
		}
		frozen[i] = tx.Frozen.Create().SetID(d.Hash()).SetBody(d.Canonical())
		w.positions[e.ID]++
		approvals[i] = tx.Approval.Create().SetEventID(e.ID).SetRevisionID("rev_1").SetHash(d.Hash()).SetCause(plan.CauseEvent).
			SetBatchID(batch.ID).SetItemID(made[i].ID).SetPosition(w.positions[e.ID])
	}
	if err := tx.Frozen.CreateBulk(frozen...).Exec(ctx); err != nil {
		return err
	}
	return tx.Approval.CreateBulk(approvals...).Exec(ctx)
}

// One event is changed in a plan of 50,000: the time to publish it, and to have the plan that judges by it.
func BenchmarkPublishOneOf50000(b *testing.B) {
	eachBench(b, 50_000, func(b *testing.B, w *world, all []*ent.Event) {
		_, _, err := w.releases.Plan(w.ctx, w.prod.ID)
		require.NoError(b, err)
		n := 0
		b.Run("publish", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				n++
				batch := w.changeAll(all[n:n+1], fmt.Sprint("change ", n))
				b.StartTimer()
				w.publish(w.prod, batch)
			}
		})
		b.Run("plan", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				n++
				w.publish(w.prod, w.changeAll(all[n:n+1], fmt.Sprint("change ", n)))
				b.StartTimer()
				p, _, err := w.releases.Plan(w.ctx, w.prod.ID)
				require.NoError(b, err)
				require.Len(b, p.Definitions, 50_000)
			}
		})
		b.Run("plan at the start", func(b *testing.B) {
			for b.Loop() {
				_, _, err := release.New(release.Options{Store: w.store, Now: w.clock.tick}).Plan(w.ctx, w.prod.ID)
				require.NoError(b, err)
			}
		})
	})
}

func BenchmarkPublish500Of5000(b *testing.B) {
	eachBench(b, 5_000, func(b *testing.B, w *world, all []*ent.Event) {
		n := 0
		for b.Loop() {
			b.StopTimer()
			n++
			batch := w.changeAll(all[:500], fmt.Sprint("change ", n))
			b.StartTimer()
			w.publish(w.prod, batch)
		}
	})
}

// Two environments of 5,000 events, of which some differ: what a page of the differences costs, and what counting those
// that break does, with and without the newest slots in memory.
func BenchmarkCompare5000(b *testing.B) {
	for _, differ := range []int{50, 5_000} {
		b.Run(fmt.Sprint(differ, " differ"), func(b *testing.B) {
			eachBench(b, 5_000, func(b *testing.B, w *world, all []*ent.Event) {
				w.publish(w.test, w.changeAll(all[:differ], "strict"))
				test, production := release.Side{Environment: &w.test.Key}, release.Side{Environment: &w.prod.Key}
				compare := func(b *testing.B, s *release.Service, count bool) {
					b.Helper()
					c, err := s.Compare(w.ctx, w.app.Key, production, test)
					require.NoError(b, err)
					require.Equal(b, differ, c.Changed)
					p, err := c.Page(w.ctx, nil, nil)
					require.NoError(b, err)
					require.Len(b, p.Nodes, 20)
					if count {
						breaking, _, err := c.Impact(w.ctx)
						require.NoError(b, err)
						require.Equal(b, differ, breaking)
					}
				}
				b.Run("page", func(b *testing.B) {
					for b.Loop() {
						compare(b, w.releases, false)
					}
				})
				b.Run("page, nothing in memory", func(b *testing.B) {
					for b.Loop() {
						compare(b, release.New(release.Options{Store: w.store, Now: w.clock.tick}), false)
					}
				})
				b.Run("page and impact", func(b *testing.B) {
					for b.Loop() {
						compare(b, w.releases, true)
					}
				})
			})
		})
	}
}
