package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

// strange has an environment see something that nobody planned: an event of its own name, or a property of an event.
func (w *world) strange(environment, event, name string) {
	w.t.Helper()
	from, err := w.store.CapturePosition(w.t.Context())
	require.NoError(w.t, err)
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	c := &capture.Captured{
		Event: capture.Event{Format: "segment", Type: capture.Track, Name: name, ReceivedAt: at, Raw: `{"event":"x"}`},
		Seq:   int64(from.Seq+1) * capture.MaxGroupEvents, AppID: "app_1", EnvironmentID: environment, TerminalKey: "ios", Verdict: capture.Unplanned,
	}
	key := store.SightingKey{EnvironmentID: environment, EventID: event, Name: name, Terminal: "ios", AppVersion: "8.1"}
	seen := store.PropertySeen{Count: 1, Unplanned: 1, First: at, Last: at, LastUnplanned: at, LastSeq: c.Seq}
	property := seen
	property.Values.Note(capture.Tape{{Kind: capture.Number, Text: "7"}}, false)
	b := &store.CaptureBatch{
		From: from, To: from, Samples: []*capture.Captured{c},
		Properties: map[store.PropertyKey]*store.PropertySeen{{SightingKey: key, Property: "debug"}: &property},
	}
	if event == "" {
		b.Properties[store.PropertyKey{SightingKey: key}] = &seen
	}
	b.To.StreamID, b.To.Seq, b.To.Figures = "s", from.Seq+1, from.Seq+1
	require.NoError(w.t, w.store.CommitCapture(w.t.Context(), b))
}

const inboxDocument = `{ unplanned(app: "shop", environment: "test", first: 50) { totalCount nodes { name property event { key } count firstSeenAt
	lastSeenAt terminals versions draft { type { base } values properties { name count type { base } values } } sample { id name verdict }
	state reason upToVersion decidedBy { name } decidedAt } } }`

func TestTheInboxIsReadAndDecidedOn(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 2)
		ids := w.must(`{ app(key: "shop") { environments { id key } batches(first: 1) { nodes { number events(first: 1) { nodes { id key } } } } } }`)
		environment, _ := at(ids, "app", "environments", 0, "id").(string)
		event, _ := at(ids, "app", "batches", "nodes", 0, "events", "nodes", 0, "id").(string)
		w.strange(environment, "", "nobody_knows")
		w.strange(environment, event, "e_1_1")
		nodes := func() (event, property any) {
			list := at(w.must(inboxDocument), "unplanned", "nodes").([]any)
			require.Len(t, list, 2)
			if at(list[0], "property") == nil {
				return list[0], list[1]
			}
			return list[1], list[0]
		}
		unknown, debug := nodes()
		require.Equal(t, "nobody_knows", at(unknown, "name"))
		require.Equal(t, "OPEN", at(unknown, "state"))
		require.Equal(t, []any{"8.1"}, at(unknown, "versions"))
		require.Equal(t, "UNPLANNED", at(unknown, "sample", "verdict"))
		require.Nil(t, at(unknown, "event"))
		require.Equal(t, []any{"debug", "INTEGER"}, []any{at(unknown, "draft", "properties", 0, "name"), at(unknown, "draft", "properties", 0, "type", "base")})
		require.Equal(t, []any{"debug", "e_1_1", "INTEGER"}, []any{at(debug, "property"), at(debug, "event", "key"), at(debug, "draft", "type", "base")})
		require.Empty(t, at(debug, "draft", "properties"))

		w.must(`mutation($e: ID!) { ignoreUnplanned(input: {app: "shop", items: [{name: "nobody_knows"}, {eventId: $e, property: "debug"}], reason: "old",
			upToVersion: "8.1"}) { app { key } } }`, "e", event)
		unknown, debug = nodes()
		require.Equal(t, []any{"IGNORED", "old", "8.1", "Ann"},
			[]any{at(unknown, "state"), at(unknown, "reason"), at(unknown, "upToVersion"), at(debug, "decidedBy", "name")})
		require.EqualValues(t, 0, at(w.must(`{ unplanned(app: "shop", environment: "test", states: [OPEN, ADDED]) { totalCount } }`), "unplanned", "totalCount"))
		w.must(`mutation($e: ID!) { reopenUnplanned(input: {app: "shop", items: [{name: "nobody_knows"}, {eventId: $e, property: "debug"}]}) { app { key } } }`, "e", event)
		unknown, _ = nodes()
		require.Equal(t, "OPEN", at(unknown, "state"))
		added := w.must(`mutation($e: ID!, $b: String!) { addUnplanned(input: {batch: $b, environment: "test", items: [{eventId: $e, property: "debug"}]}) {
			events { key properties(first: 10) { nodes { property { key } } } } } }`, "e", event, "b", at(ids, "app", "batches", "nodes", 0, "number"))
		require.Len(t, at(added, "addUnplanned", "events", 0, "properties", "nodes"), 3)
		w.must(`mutation($e: ID!) { mapUnplanned(input: {app: "shop", name: "nobody_knows", eventId: $e}) { event { aliases { name } } } }`, "e", event)
		unknown, debug = nodes()
		require.Equal(t, []any{"MAPPED", "ADDED", "e_1_1"}, []any{at(unknown, "state"), at(debug, "state"), at(unknown, "event", "key")})
	})
}

func TestTheInboxTakesAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 3, 2)
		ids := w.must(`{ app(key: "shop") { environments { id key } events(first: 3) { nodes { id } } } }`)
		environment, _ := at(ids, "app", "environments", 0, "id").(string)
		count := func() uint64 {
			w.must(inboxDocument)
			before := w.store.Reads()
			w.must(inboxDocument)
			return w.store.Reads() - before
		}
		grow := func(from, to int) {
			for i := from; i < to; i++ {
				name := fmt.Sprint("name ", i)
				w.strange(environment, "", name)
				event, _ := at(ids, "app", "events", "nodes", i%3, "id").(string)
				w.strange(environment, event, name)
				w.must(`mutation($n: String!) { ignoreUnplanned(input: {app: "shop", items: [{name: $n}], reason: "x"}) { app { key } } }`, "n", name)
			}
		}
		grow(0, 2)
		few := count()
		grow(2, 9)
		w.grow(3, 4, 5)
		require.Equal(t, few, count())
		require.LessOrEqual(t, few, uint64(15))
	})
}
