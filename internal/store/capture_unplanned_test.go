package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// TestTheNewestKeptSampleOfWhatIsUnplanned: the last one may not be kept, as environments keep a part of what comes.
func TestTheNewestKeptSampleOfWhatIsUnplanned(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		named := func(seq int64, name, event, raw string) *capture.Captured {
			return sampled(seq, "env_a", event, func(c *capture.Captured) {
				c.Name, c.Raw, c.PropertiesAt = name, raw, capture.Span{}
			})
		}
		commit(ctx, t, s,
			named(1, "old", "", "{}"), named(200_000, "rare", "", "{}"), named(200_001, "often", "", "{}"), named(200_002, "often", "", "{}"),
			named(200_003, "paid", "evt_1", `{"Cou\u0070on":1}`), named(200_004, "paid", "evt_1", `{"x":1}`), named(200_005, "paid", "evt_1", `{"cut":"here"}`),
			named(200_010, "often", "", "{}"),
		)
		last := captureStart.Add(200_009 * time.Second)
		thing := func(name, event, property string) store.UnplannedThing {
			return store.UnplannedThing{EnvironmentID: "env_a", Name: name, EventID: event, Property: property, Last: last, LastSeq: 200_009}
		}
		var things []store.UnplannedThing
		var want []int64
		for range 150 { // more than one statement takes
			kept := thing("", "evt_1", "not in the text")
			kept.LastSeq = 200_005
			things = append(things, thing("rare", "", ""), thing("often", "", ""), thing("never", "", ""), thing("", "evt_1", "Coupon"), kept, thing("old", "", ""))
			want = append(want, 200_000, 200_002, 0, 200_003, 200_005, 0)
		}
		found, err := s.NewestKept(ctx, things)
		require.NoError(t, err)
		require.Equal(t, want, found)
		none, err := s.NewestKept(ctx, nil)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}
