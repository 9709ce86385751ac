package catalog_test

import (
	"fmt"
	"sort"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestBatches(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b, err := w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{
			App: "shop", Title: "支付改版", Description: "第一行\n第二行", ExternalReference: "JIRA-7",
			Documents:      []plan.Document{{Title: "PRD", URL: "https://docs.shop.test/prd?id=1"}},
			TargetVersions: []catalog.TargetVersionInput{{Terminal: "ios", Version: "8.6.0"}},
		})
		require.NoError(t, err)
		require.Equal(t, "SHOP-0001", b.Number)
		require.Equal(t, w.user.ID, b.OwnerID, "the maker answers for it")
		require.Equal(t, map[string]string{"ios": "8.6.0"}, b.TargetVersions)
		require.Equal(t, "SHOP-0002", w.newBatch(w.app).Number)

		b, err = w.catalog.UpdateBatch(w.ctx, catalog.UpdateBatchInput{
			ID: b.ID, Title: new("支付"), Documents: []plan.Document{}, TargetVersions: []catalog.TargetVersionInput{},
		})
		require.NoError(t, err)
		require.Equal(t, "支付", b.Title)
		require.Empty(t, b.Documents)
		require.Empty(t, b.TargetVersions)
		require.Equal(t, "JIRA-7", b.ExternalReference)

		found, err := w.catalog.Batch(w.ctx, "shop-0001")
		require.NoError(t, err)
		require.Equal(t, b.ID, found.ID)
		_, err = w.catalog.Batch(w.ctx, "SHOP-0009")
		requireFault(t, err, fault.NotFound, "not_found")

		require.NoError(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: b.ID}))
		require.Equal(t, "SHOP-0003", w.newBatch(w.app).Number, "a number is never used twice")
	})
}

func TestBatchRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		_, err := w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{
			App: "shop", ExternalReference: "a\nb",
			Documents: []plan.Document{
				{Title: "", URL: "javascript:alert(1)"},
				{Title: "x", URL: "ftp://a/b"},
				{Title: "x", URL: "https://u:p@a/"},
				{Title: "x", URL: "//a/b"},
			},
			TargetVersions: []catalog.TargetVersionInput{{Terminal: "ios"}, {Terminal: "ios", Version: "1"}},
		})
		requireFields(t, err, "input.title required", "input.externalReference control_character",
			"input.documents[0].title required", "input.documents[0].url bad_url", "input.documents[1].url bad_url",
			"input.documents[2].url bad_url", "input.documents[3].url bad_url", "input.targetVersions[0].version required",
			"input.targetVersions[1].terminal duplicate")
		_, err = w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{
			App: "shop", Title: "x", OwnerID: new("usr_none"),
			TargetVersions: []catalog.TargetVersionInput{{Terminal: "tv", Version: "1"}},
		})
		requireFields(t, err, "input.targetVersions[0].terminal unknown_terminal", "input.ownerId unknown_user")
		require.Equal(t, "SHOP-0001", w.newBatch(w.app).Number, "a refusal takes no number")

		// A requester raises batches, and changes own ones only.
		requester := w.in(w.app, auth.Requester)
		b, err := w.catalog.CreateBatch(requester, catalog.CreateBatchInput{App: "shop", Title: "mine"})
		require.NoError(t, err)
		_, err = w.catalog.UpdateBatch(requester, catalog.UpdateBatchInput{ID: b.ID, Title: new("still mine")})
		require.NoError(t, err)
		stranger := w.as(auth.Identity{UserID: "usr_x", Apps: map[string]auth.RoleSet{w.app.ID: auth.SetOf(auth.Requester)}})
		_, err = w.catalog.UpdateBatch(stranger, catalog.UpdateBatchInput{ID: b.ID, Title: new("x")})
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.catalog.CreateBatch(w.in(w.app, auth.Viewer), catalog.CreateBatchInput{App: "shop", Title: "x"})
		requireFault(t, err, fault.Forbidden, "role_missing")
	})
}

func TestBatchItems(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		price := w.newProperty(w.app, "price", text())
		channel := w.newValueSet(nil, "channel", "a")
		first, second := w.newBatch(w.app), w.newBatch(w.app)
		event := w.newEvent(first, "order_paid", "price")

		item, err := w.catalog.AddBatchItem(w.ctx, catalog.AddBatchItemInput{Batch: second.Number, EventID: &event.ID, Note: "改名"})
		require.NoError(t, err)
		require.Equal(t, plan.ItemEvent, item.Kind)
		_, err = w.catalog.AddBatchItem(w.ctx, catalog.AddBatchItemInput{Batch: second.Number, PropertyID: &price.ID})
		require.NoError(t, err)
		sets, err := w.catalog.AddBatchItem(w.ctx, catalog.AddBatchItemInput{Batch: second.Number, ValueSetID: &channel.ID})
		require.NoError(t, err)
		_, err = w.catalog.AddBatchItem(w.ctx, catalog.AddBatchItemInput{Batch: second.Number, EventID: &event.ID})
		requireFault(t, err, fault.Conflict, "already_exists")
		_, err = w.catalog.AddBatchItem(w.ctx, catalog.AddBatchItemInput{Batch: second.Number})
		requireFields(t, err, "input exactly_one")
		_, err = w.catalog.AddBatchItem(w.ctx, catalog.AddBatchItemInput{Batch: second.Number, EventID: &event.ID, PropertyID: &price.ID})
		requireFields(t, err, "input exactly_one")
		_, err = w.catalog.AddBatchItem(w.ctx, catalog.AddBatchItemInput{Batch: second.Number, EventID: new("evt_none")})
		requireFault(t, err, fault.NotFound, "not_found")

		// Another app's things cannot be taken in.
		other := w.newBatch(w.newApp("other"))
		for _, in := range []catalog.AddBatchItemInput{{EventID: &event.ID}, {PropertyID: &price.ID}} {
			in.Batch = other.Number
			_, err = w.catalog.AddBatchItem(w.ctx, in)
			requireFault(t, err, fault.NotFound, "not_found")
		}

		item, err = w.catalog.UpdateBatchItem(w.ctx, catalog.UpdateBatchItemInput{ID: item.ID, Note: "改名\n再改"})
		require.NoError(t, err)
		require.Equal(t, "改名\n再改", item.Note)

		requireUses(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: first.ID}), "Event order_paid")
		requireUses(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: second.ID}),
			"BatchItem order_paid", "BatchItem price", "BatchItem channel")

		// An item stays while its batch holds a revision.
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: event.ID, Batch: &second.Number, Name: new("新")})
		require.NoError(t, err)
		requireUses(t, w.catalog.RemoveBatchItem(w.ctx, catalog.DeleteInput{ID: item.ID}), "EventRevision order_paid 2")
		_, err = w.catalog.UpdateValueSet(w.ctx, catalog.UpdateValueSetInput{ID: channel.ID, Batch: &second.Number, Name: new("新")})
		require.NoError(t, err)
		requireUses(t, w.catalog.RemoveBatchItem(w.ctx, catalog.DeleteInput{ID: sets.ID}), "ValueSetRevision channel 2")
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: price.ID, Batch: &first.Number, Name: new("新")})
		require.NoError(t, err)
		items, err := w.catalog.ItemsOfBatches().Pages(w.ctx, []string{first.ID, second.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, items[first.ID].Nodes, 2, "the event, and the property since it was changed")
		requireUses(t, w.catalog.RemoveBatchItem(w.ctx, catalog.DeleteInput{ID: items[first.ID].Nodes[1].ID}), "PropertyRevision price 2")
		require.NoError(t, w.catalog.RemoveBatchItem(w.ctx, catalog.DeleteInput{ID: items[second.ID].Nodes[1].ID}))
	})
}

func TestBatchNumbersWithoutGaps(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		const n = 30
		var wg sync.WaitGroup
		numbers, errs := make([]string, n), make([]error, n)
		for i := range n {
			wg.Go(func() {
				b, err := w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{App: "shop", Title: "x"})
				if errs[i] = err; err == nil {
					numbers[i] = b.Number
				}
			})
		}
		wg.Wait()
		sort.Strings(numbers)
		for i := range n {
			require.NoError(t, errs[i])
			require.Equal(t, fmt.Sprintf("SHOP-%04d", i+1), numbers[i])
		}
	})
}
