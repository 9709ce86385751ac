package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/sighting"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// settle adds figures of properties behind the current position.
func settle(t *testing.T, s *store.Store, properties map[store.PropertyKey]*store.PropertySeen, fills map[store.FillKey]*store.Fill) {
	t.Helper()
	from, err := s.CapturePosition(t.Context())
	require.NoError(t, err)
	b := &store.CaptureBatch{From: from, To: from, Properties: properties, Fills: fills}
	b.To.StreamID, b.To.Seq, b.To.Figures = "s", from.Seq+1, from.Seq+1
	require.NoError(t, s.CommitCapture(t.Context(), b))
}

// filled is n events, a third of which carried a price.
func filled(n int64) *store.Fill {
	f := &store.Fill{Events: n, Properties: sighting.Fill{}}
	f.Properties["price"] = &sighting.Counts{sighting.Integer: n / 3}
	return f
}

func TestHoursBecomeDays(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		fills := map[store.FillKey]*store.Fill{}
		key := func(hour int64, version string) store.FillKey {
			return store.FillKey{
				SightingKey: store.SightingKey{EnvironmentID: "env_a", EventID: "evt_1", Name: "paid", Terminal: "ios", AppVersion: version},
				At:          start.Unix()/3600 + hour, Hours: 1,
			}
		}
		for hour := range int64(96) {
			fills[key(hour, "8.1")] = filled(3)
			fills[key(hour, "8.2")] = filled(6)
		}
		settle(t, s, nil, fills)
		sum := func() (rows, days int, events, prices int64) {
			seen, err := s.Fills(t.Context(), store.FillQuery{EnvironmentIDs: []string{"env_a"}, From: start, Until: start.Add(96 * time.Hour)})
			require.NoError(t, err)
			for _, f := range seen {
				events += f.Fill.Events
				prices += f.Fill.Properties["price"].Seen()
				if f.Key.Hours == 24 {
					days++
				}
			}
			return len(seen), days, events, prices
		}
		check := func(rows, days int, events int64) {
			t.Helper()
			r, d, e, p := sum()
			require.Equal(t, []any{rows, days, events, events / 3}, []any{r, d, e, p})
		}
		check(192, 0, 96*9)
		sweep := func(now time.Time) store.Swept {
			swept, err := s.SweepCapture(t.Context(), store.SweepPolicy{Now: now, Environments: map[string]store.Retention{"env_a": {MaxSamples: 1}}})
			require.NoError(t, err)
			return swept
		}
		require.EqualValues(t, 96, sweep(start.Add(96*time.Hour+time.Minute)).Folded)
		check(2*2+96, 4, 96*9)
		require.Zero(t, sweep(start.Add(119*time.Hour)).Folded, "a day is folded as a whole")
		// What comes late, from a stream that was long in coming, is added to the day.
		settle(t, s, nil, map[store.FillKey]*store.Fill{key(5, "8.1"): filled(9)})
		require.EqualValues(t, 1, sweep(start.Add(119*time.Hour)).Folded)
		check(2*2+96, 4, 96*9+9)
		require.EqualValues(t, 48, sweep(start.Add(120*time.Hour)).Folded)
		check(6+48, 6, 96*9+9)
		sweep(start.AddDate(2, 0, 0))
		check(0, 0, 0)
	})
}

func TestFiguresOfPropertiesAreCapped(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		at := captureStart
		one := func(version, property string) (store.PropertyKey, *store.PropertySeen) {
			p := &store.PropertySeen{Count: 1, First: at, Last: at, LastSeq: 7}
			p.Values.Note(capture.Tape{{Kind: capture.Number, Text: "1"}}, false)
			return store.PropertyKey{
				SightingKey: store.SightingKey{EnvironmentID: "env_a", Name: "paid", AppVersion: version}, Property: property,
			}, p
		}
		batch := map[store.PropertyKey]*store.PropertySeen{}
		fills := map[store.FillKey]*store.Fill{}
		for v := range 501 {
			for p := range 200 {
				property := ""
				if p > 0 {
					property = fmt.Sprint("p", p)
				}
				k, seen := one(fmt.Sprintf("%03d", v), property)
				batch[k] = seen
			}
			k, _ := one(fmt.Sprintf("%03d", v), "")
			fills[store.FillKey{SightingKey: k.SightingKey, At: 1, Hours: 1}] = filled(3)
		}
		for range 2 {
			settle(t, s, batch, fills)
		}
		seen, err := s.Sightings(t.Context(), store.SightingQuery{EnvironmentIDs: []string{"env_a"}})
		require.NoError(t, err)
		require.Len(t, seen, store.MaxFigures+2, "and of what is beyond, the event, and all properties together")
		var events, beyond int64
		for _, v := range seen {
			if v.Key.Property == "" {
				events += v.Seen.Count
			}
			if v.Key.AppVersion == store.OtherLabel {
				beyond += v.Seen.Count
				require.Contains(t, []string{"", store.OtherLabel}, v.Key.Property)
				require.Equal(t, v.Key.Property != "", !v.Seen.Values.HasValues())
			} else {
				require.EqualValues(t, 2, v.Seen.Count)
			}
		}
		require.EqualValues(t, 2*501, events)
		require.EqualValues(t, 2*200, beyond)
		hours, err := s.Fills(t.Context(), store.FillQuery{EnvironmentIDs: []string{"env_a"}, Versions: []string{store.OtherLabel}, Until: at})
		require.NoError(t, err)
		require.Len(t, hours, 1)
		require.EqualValues(t, 6, hours[0].Fill.Events)

		// What has not come for long gives up its place.
		sweep := func(before time.Time) store.Swept {
			swept, err := s.SweepCapture(t.Context(), store.SweepPolicy{Now: at, Environments: map[string]store.Retention{"env_a": {Before: before}}})
			require.NoError(t, err)
			return swept
		}
		require.Zero(t, sweep(at).Figures, "it came after that")
		require.EqualValues(t, store.MaxFigures/5, sweep(at.Add(time.Hour)).Figures)
		require.Zero(t, sweep(at.Add(time.Hour)).Figures, "there is room")
		fresh, freshSeen := one("new", "p1")
		settle(t, s, map[store.PropertyKey]*store.PropertySeen{fresh: freshSeen}, nil)
		seen, err = s.Sightings(t.Context(), store.SightingQuery{EnvironmentIDs: []string{"env_a"}})
		require.NoError(t, err)
		var properties int64
		events = 0
		for _, v := range seen {
			if v.Key.Property == "" {
				events += v.Seen.Count
			} else {
				properties += v.Seen.Count
			}
		}
		require.EqualValues(t, 2*501, events)
		require.EqualValues(t, 2*501*199+1, properties)
		require.True(t, slices.ContainsFunc(seen, func(v store.Sighting) bool { return v.Key == fresh }))
		require.NoError(t, s.ForgetEnvironment(t.Context(), "env_a"))
		seen, err = s.Sightings(t.Context(), store.SightingQuery{EnvironmentIDs: []string{"env_a"}})
		require.NoError(t, err)
		require.Empty(t, seen)
	})
}

// Of two writers with the same figures, one brings them in.
func TestFiguresAreFenced(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		commit(t.Context(), t, s, sampled(1, "env_a", "evt_1", nil))
		from, err := s.CapturePosition(t.Context())
		require.NoError(t, err)
		key := store.PropertyKey{SightingKey: store.SightingKey{EnvironmentID: "env_a", EventID: "evt_1", Name: "paid"}}
		b := &store.CaptureBatch{
			Owner: "test", From: from, To: from,
			Properties: map[store.PropertyKey]*store.PropertySeen{key: {Count: 1, First: captureStart, Last: captureStart}},
		}
		b.To.Figures = from.Seq
		require.NoError(t, s.CommitCapture(t.Context(), b))
		require.ErrorIs(t, s.CommitCapture(t.Context(), b), store.ErrFenced)
		seen, err := s.Sightings(t.Context(), store.SightingQuery{EnvironmentIDs: []string{"env_a"}, EventIDs: []string{"evt_1"}})
		require.NoError(t, err)
		require.Len(t, seen, 1)
		require.EqualValues(t, 1, seen[0].Seen.Count)
	})
}

// TestOldVersionsMakeRoom: a version that nobody has any more counts as other, with the values that its properties had; not
// while there is room, and not what still comes.
func TestOldVersionsMakeRoom(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		key := func(version, property string) store.PropertyKey {
			return store.PropertyKey{
				SightingKey: store.SightingKey{EnvironmentID: "env_a", EventID: "evt_1", Name: "paid", Terminal: "ios", AppVersion: version},
				Property:    property,
			}
		}
		batch, fills := map[store.PropertyKey]*store.PropertySeen{}, map[store.FillKey]*store.Fill{}
		var labels []store.Label
		for v := range 10 {
			version := fmt.Sprint("8.", v)
			at := captureStart.Add(time.Duration(v) * 24 * time.Hour)
			price := &store.PropertySeen{Count: 1, First: at, Last: at}
			price.Values.Note(capture.Tape{{Kind: capture.Number, Text: fmt.Sprint(v)}}, false)
			batch[key(version, "")] = &store.PropertySeen{Count: 3, First: at, Last: at}
			batch[key(version, "price")] = price
			fills[store.FillKey{SightingKey: key(version, "").SightingKey, At: at.Unix() / 3600, Hours: 1}] = filled(3)
			labels = append(labels, store.Label{EnvironmentID: "env_a", Kind: store.LabelVersion, Value: version})
		}
		from, err := s.CapturePosition(t.Context())
		require.NoError(t, err)
		b := &store.CaptureBatch{From: from, To: from, Properties: batch, Fills: fills, Labels: labels}
		b.To.StreamID, b.To.Seq, b.To.Figures = "s", 1, 1
		require.NoError(t, s.CommitCapture(t.Context(), b))
		sweep := func(most int, before time.Time) int64 {
			swept, err := s.SweepCapture(t.Context(), store.SweepPolicy{
				Now: captureStart, Environments: map[string]store.Retention{"env_a": {Before: before}},
				Labels: map[store.LabelKind]int{store.LabelVersion: most},
			})
			require.NoError(t, err)
			return swept.Labels
		}
		late := captureStart.Add(240 * time.Hour)
		require.Zero(t, sweep(12, late), "there is room")
		require.EqualValues(t, 1, sweep(10, captureStart.Add(time.Hour)), "the others still come")
		require.EqualValues(t, 1, sweep(10, late), "the next oldest, until there is room")
		there, err := s.CaptureLabels(t.Context())
		require.NoError(t, err)
		require.Len(t, there, 8)

		seen, err := s.Sightings(t.Context(), store.SightingQuery{EnvironmentIDs: []string{"env_a"}, Versions: []string{store.OtherLabel}})
		require.NoError(t, err)
		require.Len(t, seen, 2)
		require.EqualValues(t, 6, seen[0].Seen.Count)
		require.Equal(t, captureStart, seen[0].Seen.First)
		require.Equal(t, captureStart.Add(24*time.Hour), seen[0].Seen.Last)
		require.EqualValues(t, 2, seen[1].Seen.Count)
		require.Equal(t, []string{"0", "1"}, []string{seen[1].Seen.Values.Least.Text, seen[1].Seen.Values.Most.Text})
		all, err := s.Sightings(t.Context(), store.SightingQuery{EnvironmentIDs: []string{"env_a"}})
		require.NoError(t, err)
		require.Len(t, all, 2+2*8)
		hours, err := s.Fills(t.Context(), store.FillQuery{EnvironmentIDs: []string{"env_a"}, Until: late})
		require.NoError(t, err)
		require.Len(t, hours, 10)
		for i, h := range hours {
			require.Equal(t, i < 2, h.Key.AppVersion == store.OtherLabel)
			require.EqualValues(t, 1, h.Fill.Properties["price"].Seen())
		}
	})
}
