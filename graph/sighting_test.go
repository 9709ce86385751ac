package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/sighting"
	"github.com/waymarkhq/waymark/internal/store"
)

// sight adds what was seen of events of one name: so many, of which some carried a price.
func (w *world) sight(key store.SightingKey, at time.Time, events int64, prices ...string) {
	w.t.Helper()
	from, err := w.store.CapturePosition(w.t.Context())
	require.NoError(w.t, err)
	b := &store.CaptureBatch{From: from, To: from, Properties: map[store.PropertyKey]*store.PropertySeen{}, Fills: map[store.FillKey]*store.Fill{}}
	b.To.StreamID, b.To.Seq, b.To.Figures = "s", from.Seq+1, from.Seq+1
	fill := &store.Fill{Events: events, Properties: sighting.Fill{}}
	b.Properties[store.PropertyKey{SightingKey: key}] = &store.PropertySeen{Count: events, First: at, Last: at}
	price := &store.PropertySeen{Count: int64(len(prices)), First: at, Last: at}
	for _, p := range prices {
		tape, err := capture.Parse(nil, p)
		require.NoError(w.t, err)
		fill.Properties.Note("p_2", price.Values.Note(tape, false))
	}
	if len(prices) > 0 {
		b.Properties[store.PropertyKey{SightingKey: key, Property: "p_2"}] = price
	}
	b.Fills[store.FillKey{SightingKey: key, At: at.Unix() / 3600, Hours: 1}] = fill
	require.NoError(w.t, w.store.CommitCapture(w.t.Context(), b))
}

const seenFields = `fragment S on SeenProperty { name events filled empty fillRate minimum maximum valuesComplete
	types { shape count share } values { value shape count error share } firstSeenAt lastSeenAt
	places { terminal version events filled empty fillRate types { shape } } series { at hours events filled empty fillRate }
	usable { terminal usable version since } }`

func TestWhatWasSeenIsReadFromAllSides(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 2)
		ids := w.must(`{ app(key: "shop") { environments { id key } batches(first: 1) { nodes { events(first: 1) { nodes { id } } } } } }`)
		environment, _ := at(ids, "app", "environments", 0, "id").(string)
		key, _ := at(ids, "app", "environments", 0, "key").(string)
		event, _ := at(ids, "app", "batches", "nodes", 0, "events", "nodes", 0, "id").(string)
		hour := time.Now().UTC().Truncate(time.Hour).Add(-5 * time.Hour)
		planned := func(version string) store.SightingKey {
			return store.SightingKey{EnvironmentID: environment, EventID: event, Name: "e_1_1", Terminal: "ios", AppVersion: version}
		}
		w.sight(planned("8.1"), hour, 4)
		w.sight(planned("8.9"), hour, 2, `""`, `"undefined"`)
		w.sight(planned("8.9"), hour.Add(2*time.Hour), 2, `1`, `30`)
		w.sight(planned("8.10"), hour.Add(time.Hour), 2, `"7"`, `7`)
		w.sight(store.SightingKey{EnvironmentID: environment, Name: "nobody_knows", Terminal: "web"}, hour, 3, `true`)

		got := at(w.must(`query($e: String!) { app(key: "shop") { batches(first: 1) { nodes { events(first: 5) { nodes {
			seen(environment: $e) { count names properties { ...S } places { version } series { at events } }
			only: seen(environment: $e, version: "8.10", terminal: "ios") { count }
			properties(first: 5) { nodes { property { key } seen(environment: $e) { ...S } } } } } } } } } `+seenFields, "e", key),
			"app", "batches", "nodes", 0, "events", "nodes", 0)
		require.EqualValues(t, 10, at(got, "seen", "count"))
		require.EqualValues(t, 2, at(got, "only", "count"))
		require.Equal(t, []any{"e_1_1"}, at(got, "seen", "names"))
		require.Len(t, at(got, "seen", "series"), 3)
		price := at(got, "seen", "properties", 0)
		require.Equal(t, price, at(got, "properties", "nodes", 1, "seen"))
		require.Empty(t, at(got, "properties", "nodes", 0, "seen", "values"), "this one never came")
		require.EqualValues(t, 10, at(price, "events"))
		require.EqualValues(t, 4, at(price, "filled"))
		require.EqualValues(t, 2, at(price, "empty"))
		require.InDelta(t, 0.4, at(price, "fillRate"), 1e-9)
		require.Equal(t, []any{"1", "30"}, []any{at(price, "minimum"), at(price, "maximum")})
		require.Equal(t, true, at(price, "valuesComplete"))
		require.Len(t, at(price, "values"), 4)
		require.Equal(t, "8.10", at(price, "places", 2, "version"), "versions are ordered as versions")
		usable := at(price, "usable", 0)
		require.Equal(t, []any{"ios", true, "8.9"}, []any{at(usable, "terminal"), at(usable, "usable"), at(usable, "version")})
		require.Equal(t, hour.Add(2*time.Hour).Format(time.RFC3339), at(usable, "since"), "in the middle of 8.9 it was mended")

		named := w.must(`query($e: ID!) { node(id: $e) { ... on Environment { seen(name: "nobody_knows") { count firstSeenAt properties { ...S } }
			never: seen(name: "never") { count firstSeenAt names properties { name } } } } } `+seenFields, "e", environment)
		require.EqualValues(t, 3, at(named, "node", "seen", "count"))
		require.Equal(t, "BOOLEAN", at(named, "node", "seen", "properties", 0, "types", 0, "shape"))
		require.Nil(t, at(named, "node", "never", "firstSeenAt"))

		shared := `query($e: String!) { properties(app: "shop", first: 5) { nodes { key seen(environment: $e) { ...S } } } } ` + seenFields
		for _, p := range at(w.must(shared, "e", key), "properties", "nodes").([]any) {
			if at(p, "key") == "p_2" {
				require.EqualValues(t, 13, at(p, "seen", "events"), "in planned events and others")
				require.EqualValues(t, 5, at(p, "seen", "filled"))
			}
		}
		w.must(`mutation($i: ID!) { updateProperty(input: {id: $i, sensitivity: PERSONAL}) { property { id } } }`, "i", w.propertyID("p_2"))
		for _, p := range at(w.must(shared, "e", key), "properties", "nodes").([]any) {
			require.Empty(t, at(p, "seen", "values"))
			require.Nil(t, at(p, "seen", "minimum"))
		}
		concealed := w.must(`query($e: ID!) { node(id: $e) { ... on Environment { seen(name: "e_1_1") { properties { ...S } } } } } `+seenFields, "e", environment)
		require.Empty(t, at(concealed, "node", "seen", "properties", 0, "values"))

		require.Equal(t, "NOT_FOUND", w.as(w.token, shared, map[string]any{"e": "nowhere"}).code())
		require.Equal(t, "INVALID_INPUT", w.as(w.token, `query($e: ID!) { node(id: $e) { ... on Environment {
			seen(name: "a", from: "2026-11-23T00:00:00Z", until: "2026-11-22T00:00:00Z") { count } } } }`, map[string]any{"e": environment}).code())
	})
}

func (w *world) propertyID(key string) any {
	w.t.Helper()
	for _, p := range at(w.must(`{ properties(app: "shop", first: 50) { nodes { id key } } }`), "properties", "nodes").([]any) {
		if at(p, "key") == key {
			return at(p, "id")
		}
	}
	return nil
}

func TestWhatWasSeenTakesAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 2)
		environment := at(w.must(`{ app(key: "shop") { environments { id key } } }`), "app", "environments", 0)
		document := `query($e: String!) { properties(app: "shop", first: 50) { nodes { seen(environment: $e) { filled } } }
			app(key: "shop") { environments { seen(name: "a") { count } } batches(first: 50) { nodes { events(first: 50) { nodes {
			seen(environment: $e) { count } properties(first: 50) { nodes { seen(environment: $e) { filled } } } } } } } } }`
		count := func() uint64 {
			w.must(document, "e", at(environment, "key"))
			before := w.store.Reads()
			w.must(document, "e", at(environment, "key"))
			return w.store.Reads() - before
		}
		see := func(name string) {
			id, _ := at(environment, "id").(string)
			w.sight(store.SightingKey{EnvironmentID: id, Name: name}, time.Now(), 1, `1`)
		}
		see("one")
		few := count()
		w.grow(4, 5, 6)
		see("two")
		see("three")
		require.Equal(t, few, count())
	})
}
