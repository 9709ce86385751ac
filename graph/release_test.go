package graph_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/internal/plan"
)

// approve puts the drafts of a batch's events on their lines, as a review would.
func (w *world) approve(number string) {
	w.t.Helper()
	require.NoError(w.t, w.store.Tx(context.WithoutCancel(w.t.Context()), func(ctx context.Context, tx *ent.Tx) error {
		b, err := tx.Batch.Query().Where(batch.Number(number)).Only(ctx)
		if err != nil {
			return err
		}
		drafts, sets, err := w.catalog.FrozenDrafts(ctx, tx, tx.App.Query().Where(app.Key("shop")).OnlyX(ctx).ID)
		if err != nil {
			return err
		}
		for hash, set := range sets {
			if _, err := tx.Frozen.Get(ctx, hash); err == nil {
				continue
			}
			tx.Frozen.Create().SetID(hash).SetBody(set.Canonical()).ExecX(ctx)
		}
		for i := range drafts {
			d := &drafts[i]
			item, err := tx.BatchItem.Query().Where(batchitem.BatchID(b.ID), batchitem.EventID(d.EventID)).Only(ctx)
			if ent.IsNotFound(err) {
				continue
			}
			if err != nil {
				return err
			}
			tx.Frozen.Create().SetID(d.Hash()).SetBody(d.Canonical()).ExecX(ctx)
			e := tx.Event.Query().Where(event.ID(d.EventID)).OnlyX(ctx)
			a := tx.Approval.Create().SetEventID(e.ID).SetRevisionID(e.HeadID).SetHash(d.Hash()).SetCause(plan.CauseEvent).
				SetBatchID(b.ID).SetItemID(item.ID).SetPosition(e.LastApproval + 1).SaveX(ctx)
			e.Update().SetLastApproval(*a.Position).SetApprovalID(a.ID).ExecX(ctx)
		}
		return b.Update().SetReview(plan.BatchApproved).SetState(plan.BatchApproved).Exec(ctx)
	}))
}

const releases = `query($first: Int!) { app(key: "shop") {
	environments { key lastRelease
		releases(first: $first) { totalCount nodes { number kind restores note byToken batches { number } createdBy { name }
			entered(first: $first) { totalCount nodes { event { key } terminal fromVersion hash } } ended(first: $first) { totalCount nodes { event { key } ended { number } } } } }
		now: planAt(first: $first) { totalCount nodes { event { key } terminal offline definition entered { number createdAt } ended { number } environment { key } } }
		before: planAt(time: "2020-01-01T00:00:00Z") { totalCount } }
	environment(key: "production") { first: planAt(release: 1, first: $first) { nodes { event { key } hash } } }
	events(first: $first) { nodes { key inForce(environment: "production") { terminal fromVersion entered { number batches { number } } } } } } }`

func TestReleasesInTheAPI(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(3, 2, 1)
		for _, number := range []string{"SHOP-0001", "SHOP-0002", "SHOP-0003"} {
			w.approve(number)
		}
		publish := `mutation($b: String!, $n: Int, $dry: Boolean!) { publish(input: {app: "shop", environment: "production", batch: $b, baseRelease: $n,
			reason: "so", note: "8.6", dryRun: $dry}) { release { id number batches { number } entered { totalCount } } baseRelease draftsLeft batches { number }
			refusals { code reason message params } changes { key name kind breaking event { id } slots { terminal fromVersion before { hash } after { hash offline } }
			definitions { beforeHash afterHash offline starts { terminal version } fields { path kind from to impact rule reason reasonZh terminals } } } } }`
		preview := at(w.must(publish, "b", "SHOP-0001", "n", 0, "dry", true), "publish")
		require.Nil(t, at(preview, "release"))
		require.Len(t, at(preview, "changes"), 2)
		require.Empty(t, at(preview, "refusals"))
		require.EqualValues(t, 4, at(preview, "draftsLeft"))
		done := at(w.must(publish, "b", "SHOP-0001", "n", 0, "dry", false), "publish")
		require.EqualValues(t, 1, at(done, "release", "number"))
		require.EqualValues(t, 2, at(done, "release", "entered", "totalCount"))
		require.Equal(t, "SHOP-0001", at(done, "release", "batches", 0, "number"))
		require.Equal(t, at(preview, "changes"), at(done, "changes"))
		late := at(w.must(publish, "b", "SHOP-0002", "n", 0, "dry", true), "publish", "refusals", 0)
		require.Equal(t, "target_moved", at(late, "reason"))
		require.EqualValues(t, 1, at(late, "params", "since", 0, "number"))
		w.must(publish, "b", "SHOP-0002", "n", 1, "dry", false)

		compare := `query($x: CompareSideInput!, $y: CompareSideInput!) { compare(app: "shop", before: $x, after: $y) { added changed removed breaking compatible
			before { environment { key } release } after { environment { key } release }
			changes(first: 1) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { key kind event { key } definitions { fields { path } } } } } } }`
		production, third := map[string]any{"environment": "production"}, map[string]any{"environment": "production", "batch": "SHOP-0003"}
		c := at(w.must(compare, "x", production, "y", third), "compare")
		require.EqualValues(t, 2, at(c, "added"))
		require.EqualValues(t, 2, at(c, "after", "release"))
		require.Equal(t, "e_3_1", at(c, "changes", "edges", 0, "node", "event", "key"))
		require.Equal(t, true, at(c, "changes", "pageInfo", "hasNextPage"))
		c = at(w.must(compare, "x", map[string]any{"drafts": true}, "y", production), "compare")
		require.EqualValues(t, 2, at(c, "removed"), "what is not published yet")
		require.EqualValues(t, 0, at(c, "changed"), "drafts freeze as approvals did")
		c = at(w.must(compare, "x", map[string]any{"environment": "test"}, "y", map[string]any{"drafts": true}), "compare")
		require.EqualValues(t, 0, at(c, "changes", "totalCount"), "test goes by the drafts")

		w.must(`mutation { rollback(input: {app: "shop", environment: "production", release: 1, reason: "it broke"}) { release { number restores } } }`)
		count := func(first int) (uint64, any) {
			w.must(releases, "first", first)
			before := w.store.Reads()
			got := w.must(releases, "first", first)
			return w.store.Reads() - before, got
		}
		few, _ := count(2)
		many, got := count(10)
		require.Equal(t, few, many, "statements")
		prod := at(got, "app", "environments", 1)
		require.EqualValues(t, 3, at(prod, "lastRelease"))
		require.Equal(t, "ROLLBACK", at(prod, "releases", "nodes", 0, "kind"))
		require.EqualValues(t, 1, at(prod, "releases", "nodes", 0, "restores"))
		require.Nil(t, at(prod, "releases", "nodes", 1, "restores"))
		require.EqualValues(t, 2, at(prod, "releases", "nodes", 0, "ended", "totalCount"))
		require.EqualValues(t, 3, at(prod, "releases", "nodes", 0, "ended", "nodes", 0, "ended", "number"))
		require.Equal(t, true, at(prod, "releases", "nodes", 0, "byToken"))
		require.EqualValues(t, 2, at(prod, "now", "totalCount"))
		require.Equal(t, "e_1_1", at(prod, "now", "nodes", 0, "definition", "key"))
		require.Len(t, at(got, "app", "environment", "first", "nodes"), 2)
		require.EqualValues(t, 0, at(prod, "before", "totalCount"))
		require.EqualValues(t, 1, at(got, "app", "events", "nodes", 0, "inForce", 0, "entered", "number"))
		require.Empty(t, at(got, "app", "events", "nodes", 2, "inForce"))

		id := at(done, "release", "id").(string)
		require.EqualValues(t, 1, at(w.must(`query($id: ID!) { node(id: $id) { ... on Release { number } } }`, "id", id), "node", "number"))
	})
}

// TestPlanAtEveryNumberAndMoment: what an environment went by, also where there was no release yet, or is none.
func TestPlanAtEveryNumberAndMoment(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(2, 2, 1)
		const ask = `query($n: Int, $t: Time) { app(key: "shop") { environments { key planAt(release: $n, time: $t) { totalCount } } } }`
		const publish = `mutation($b: String!) { publish(input: {app: "shop", environment: "production", batch: $b}) { release { createdAt } } }`
		var created []time.Time
		for _, number := range []string{"SHOP-0001", "SHOP-0002"} {
			w.approve(number)
			made, err := time.Parse(time.RFC3339, at(w.must(publish, "b", number), "publish", "release", "createdAt").(string))
			require.NoError(t, err)
			created = append(created, made)
		}

		inProduction := func(variables ...any) any {
			a := w.as(w.token, ask, vars(variables))
			for _, e := range a.Errors {
				require.Equal(t, []any{"app", "environments", 0.0, "planAt"}, e.Path, "only of test, which has no release")
			}
			return at(a.Data, "app", "environments", 1, "planAt", "totalCount")
		}
		require.EqualValues(t, 4, inProduction())
		require.EqualValues(t, 2, inProduction("n", 1))
		require.EqualValues(t, 4, inProduction("n", 2))
		require.EqualValues(t, 0, inProduction("t", created[0].Add(-time.Microsecond)), "the drafts were accepted")
		require.EqualValues(t, 2, inProduction("t", created[0]))
		require.EqualValues(t, 2, inProduction("t", created[1].Add(-time.Microsecond)))
		require.EqualValues(t, 4, inProduction("t", created[1]))
		require.EqualValues(t, 4, inProduction("t", created[1].AddDate(100, 0, 0)), "nobody knows better yet")

		for _, number := range []int{3, 99, 0, -3} {
			a := w.as(w.token, ask, vars([]any{"n", number}))
			require.Len(t, a.Errors, 2, number)
			require.Equal(t, "NOT_FOUND", a.code())
			require.Contains(t, a.Errors[0].Message+a.Errors[1].Message, fmt.Sprintf("production %d", number))
			require.Nil(t, at(a.Data, "app", "environments", 1, "planAt"))
		}
		a := w.as(w.token, ask, vars([]any{"n", 1, "t", created[0]}))
		require.Equal(t, "INVALID_INPUT", a.code())
		require.Equal(t, "release", a.Errors[0].Extensions.Fields[0].Path)
	})
}
