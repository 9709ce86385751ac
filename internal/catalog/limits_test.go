package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// TestLimits: nothing that an administrator may make many of grows without bounds.
func TestLimits(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		fill := func(limit int, add func(i int) error) {
			t.Helper()
			for i := range limit {
				require.NoError(t, add(i))
			}
			f := requireFault(t, add(limit), fault.FailedPrecondition, "too_many")
			require.NotZero(t, f.Params["limit"])
		}
		fill(plan.MaxTerminals-3, func(i int) error {
			_, err := w.catalog.CreateTerminal(w.ctx, catalog.CreateTerminalInput{
				App: "shop", Key: fmt.Sprintf("t%d", i), Name: "x", Kind: plan.TerminalOther,
			})
			return err
		})
		fill(20-2, func(i int) error {
			_, err := w.catalog.CreateEnvironment(w.ctx, catalog.CreateEnvironmentInput{
				App: "shop", Key: fmt.Sprintf("e%d", i), Name: "x", RetentionDays: 1, MaxSamples: 1000,
			})
			return err
		})
		fill(100-1, func(int) error {
			_, err := w.catalog.CreateWriteKey(w.ctx, catalog.CreateWriteKeyInput{App: "shop", Environment: "test"})
			return err
		})
		_, err := w.catalog.CreateApp(w.ctx, catalog.CreateAppInput{
			Key: "many", Name: "x", Terminals: make([]catalog.NewTerminalInput, plan.MaxTerminals+1),
		})
		requireFields(t, err, "input.terminals too_many")
		_, err = w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{App: "shop", Title: "x", Documents: make([]plan.Document, 101)})
		requireFields(t, err, "input.documents too_many")
		_, err = w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{
			App: "shop", Title: "x", Description: strings.Repeat("长", 10_001), ExternalReference: "\xff",
			Documents:      []plan.Document{{Title: "x", URL: "https://a/" + strings.Repeat("a", 2000)}},
			TargetVersions: []catalog.TargetVersionInput{{Terminal: "ios", Version: strings.Repeat("1", 51)}},
		})
		requireFields(t, err, "input.description too_long", "input.externalReference bad_text", "input.documents[0].url too_long",
			"input.targetVersions[0].version too_long")
		in := tracked(w.newBatch(w.app), "e")
		in.Properties = make([]catalog.EventPropertyInput, plan.MaxProperties+1)
		_, err = w.catalog.CreateEvent(w.ctx, in)
		requireFields(t, err, "input.properties too_many")
	})
}

// TestPagesOfBatches: lists that hang on batches are read for many of them at once, too.
func TestPagesOfBatches(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		other := w.newApp("other")
		first, second, third := w.newBatch(w.app), w.newBatch(w.app), w.newBatch(other)
		w.newEvent(first, "a")
		w.newEvent(second, "b")
		w.newEvent(second, "c")
		events, err := w.catalog.EventsOfBatches(nil, &catalog.EventOrder{Field: catalog.EventsByName}).
			Pages(w.ctx, []string{first.ID, second.ID, third.ID, first.ID}, catalog.PageArgs{First: new(1)})
		require.NoError(t, err)
		require.Len(t, events[first.ID].Nodes, 1)
		require.False(t, events[first.ID].HasNext, "a parent that is asked for twice has its children once")
		require.Equal(t, "b", events[second.ID].Nodes[0].Key)
		require.True(t, events[second.ID].HasNext)
		require.Empty(t, events[third.ID].Nodes)
		for _, field := range []catalog.BatchOrderField{catalog.BatchesByCreated, catalog.BatchesByUpdated, catalog.BatchesByNumber} {
			order := &catalog.BatchOrder{Field: field, Direction: catalog.Descending}
			batches, err := w.catalog.BatchesOfApps(nil, order).Pages(w.ctx, []string{w.app.ID, other.ID}, catalog.PageArgs{})
			require.NoError(t, err)
			require.Equal(t, []string{second.ID, first.ID}, ids(batches[w.app.ID].Nodes))
			require.Equal(t, []string{third.ID}, ids(batches[other.ID].Nodes))
		}
	})
}
