package coverage_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/plan"
)

// drawEvents draws what a session reported.
func drawEvents(t *rapid.T, w *world) []*coverage.Event {
	var events []*coverage.Event
	for range rapid.IntRange(0, 12).Draw(t, "events") {
		terminal := rapid.SampledFrom([]string{"ios", "android", ""}).Draw(t, "terminal")
		build := rapid.SampledFrom([]string{"", "801", "1001"}).Draw(t, "build")
		name := rapid.SampledFrom([]string{"order_paid", "order_paid", "order_pay"}).Draw(t, "name")
		e := w.event(terminal, build, name, rapid.SampledFrom([]string{good(1), good(2), bad, `{}`}).Draw(t, "properties"))
		e.Step, e.Repeats = rapid.IntRange(0, 3).Draw(t, "step"), rapid.Bool().Draw(t, "repeats")
		events = append(events, e)
	}
	return events
}

func copied(t *rapid.T, s *coverage.Seen) *coverage.Seen {
	text, err := json.Marshal(s)
	require.NoError(t, err)
	c := &coverage.Seen{}
	require.NoError(t, json.Unmarshal(text, c))
	return c
}

func TestFoldingInPartsIsFoldingTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, plan.LevelP0, orderPaid)
		events := drawEvents(t, w)
		cut := rapid.IntRange(0, len(events)).Draw(t, "cut")
		again := rapid.IntRange(0, cut).Draw(t, "again")
		parts := copied(t, w.seen("one", events[:cut]...)) // as it was stored in between
		for _, e := range events[again:] {
			parts.Note(w.target, e)
		}
		require.Equal(t, copied(t, w.seen("one", events...)), copied(t, parts))
	})
}

func TestMergeIsAUnion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, plan.LevelP0, orderPaid)
		sessions := map[string][]*coverage.Event{}
		for _, name := range []string{"one", "two", "three"} {
			sessions[name] = drawEvents(t, w)
		}
		union := func(label string) coverage.Union {
			u := coverage.Union{}
			for name, events := range sessions {
				if n := rapid.IntRange(-1, len(events)).Draw(t, label+name); n >= 0 {
					u[name] = w.seen(name, events[:n]...)
				}
			}
			return u
		}
		a, b, c := union("a"), union("b"), union("c")
		require.Equal(t, coverage.Merge(a, b), coverage.Merge(b, a))
		require.Equal(t, coverage.Merge(coverage.Merge(a, b), c), coverage.Merge(a, coverage.Merge(b, c)))
		require.Equal(t, a, coverage.Merge(a, a))
		require.Equal(t, coverage.Of(w.target, coverage.Merge(a, b), nil, start), coverage.Of(w.target, coverage.Merge(b, a), nil, start))
	})
}

// However the events are spread over sessions, what was seen last is the same.
func TestWhoSawItDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, plan.LevelP0, orderPaid)
		events := drawEvents(t, w)
		spread := map[string][]*coverage.Event{}
		for _, e := range events {
			who := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "who")
			spread[who] = append(spread[who], e)
		}
		together, apart := w.of(nil, w.seen("one", events...)), w.of(nil, w.seen("one", spread["one"]...), w.seen("two", spread["two"]...))
		require.Equal(t, []int{together.Required, together.Covered, together.Failed, together.Open},
			[]int{apart.Required, apart.Covered, apart.Failed, apart.Open})
		require.Equal(t, together.Required, together.Covered+together.Failed+together.Open)
		require.True(t, slices.EqualFunc(together.Cells, apart.Cells, func(a, b coverage.CellState) bool {
			return a.State == b.State && a.Valid == b.Valid && a.Invalid == b.Invalid && a.Last.Seq == b.Last.Seq
		}))
	})
}
