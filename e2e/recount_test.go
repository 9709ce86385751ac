package e2e_test

import (
	"context"
	"maps"
	"math"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

// recount counts a stream of captured events anew, in the plainest way, to be compared with what the writer has put into
// the database. Repeats in these tests come within the window, so that whoever came before is a repeat for ever. Between
// its calls it remembers how far it came.
type recount struct {
	next     uint64
	seen     map[string]bool // environment and message ids
	kept     map[int64]keptEvent
	counters map[store.CounterKey]int64
	minutes  map[store.MinuteKey]store.MinuteCounts
	events   map[[2]string][2]int64 // by event and environment: how many, how many invalid
}

type keptEvent struct {
	environment string
	key         string // environment and message id
	verdict     capture.Verdict
	hash        uint64
}

func newRecount() *recount {
	return &recount{
		next: 1, seen: map[string]bool{}, kept: map[int64]keptEvent{}, counters: map[store.CounterKey]int64{},
		minutes: map[store.MinuteKey]store.MinuteCounts{}, events: map[[2]string][2]int64{},
	}
}

// read reads on to the end of the stream.
func (r *recount) read(t *testing.T, b *bus.Bus, position store.CapturePosition) {
	t.Helper()
	info, err := b.EnsureStream(t.Context(), bus.Position{StreamID: position.StreamID, Seq: position.Seq})
	require.NoError(t, err)
	require.False(t, info.Gap, "%+v", info)
	require.Zero(t, info.Regressed)
	require.Equal(t, position.Seq, info.LastSeq, "the database is at the end of the stream")
	require.NoError(t, b.ReadTo(t.Context(), r.next, info.LastSeq, func(g bus.Group) error {
		require.NoError(t, g.Damaged)
		require.Equal(t, r.next, g.Seq)
		r.next++
		first := int64(g.Seq) * capture.MaxGroupEvents
		for events, record := range g.Records() {
			err := capture.DecodeRecord(string(record), first, func(c *capture.Captured) bool {
				r.event(c)
				return true
			})
			if err != nil {
				return err
			}
			first += int64(events)
		}
		return nil
	}))
}

func (r *recount) event(c *capture.Captured) {
	minute := store.MinuteKey{EnvironmentID: c.EnvironmentID, Minute: c.ReceivedAt.Unix() / 60}
	counts := r.minutes[minute]
	defer func() { r.minutes[minute] = counts }()
	key := factKey(c.EnvironmentID, c.ID)
	if r.seen[key] {
		counts.Duplicates++
		return
	}
	r.seen[key] = true
	r.kept[c.Seq] = keptEvent{c.EnvironmentID, key, c.Verdict, xxhash.Sum64String(c.Raw)}
	counts.Valid += count(c.Verdict == capture.Valid)
	counts.Invalid += count(c.Verdict == capture.Invalid)
	counts.Unplanned += count(c.Verdict == capture.Unplanned)
	of := store.CounterKey{
		EnvironmentID: c.EnvironmentID, Hour: c.ReceivedAt.Unix() / 3600, Terminal: c.TerminalKey, EventID: c.EventID, Name: c.Name,
		AppVersion: c.App.Version, Verdict: c.Verdict,
	}
	r.counters[of]++
	codes := map[string]bool{}
	for _, v := range c.Violations {
		codes[v.Code] = true
	}
	for code := range codes {
		of.Code = code
		r.counters[of]++
	}
	if c.EventID != "" {
		n := r.events[[2]string{c.EventID, c.EnvironmentID}]
		r.events[[2]string{c.EventID, c.EnvironmentID}] = [2]int64{n[0] + 1, n[1] + count(c.Verdict == capture.Invalid)}
	}
}

func count(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// compare holds the database against the recount, and both against what the generator knows: every acknowledged event is
// there once, and as it was sent, or is one of those that its environment counts and does not keep.
func (r *recount) compare(t *testing.T, s *store.Store, l *load) {
	t.Helper()
	var environments []string
	for id := range l.keys {
		environments = append(environments, id)
	}
	stored := storedEvents(t, s, environments)
	dropped := map[string]int64{}
	for seq, want := range r.kept {
		if got, there := stored[seq]; !there {
			dropped[want.environment]++
		} else if got != want {
			require.Equal(t, want, got, "sample %d", seq)
		}
	}
	notKept, err := s.NotKept(t.Context(), environments)
	require.NoError(t, err)
	maps.DeleteFunc(notKept, func(_ string, n int64) bool { return n == 0 })
	require.Equal(t, notKept, dropped, "events that are counted and not kept")
	require.LessOrEqual(t, len(dropped), 1, "test keeps all")
	times := map[string]int{}
	for _, e := range r.kept {
		times[e.key]++
		f, sent := l.facts[e.key]
		if !sent || f.verdict != e.verdict || f.hash != e.hash || times[e.key] > 1 {
			require.FailNow(t, "an event is not as it was sent, or is there twice", "%s %+v %+v", e.key, e, f)
		}
	}
	for key, f := range l.facts {
		if f.acknowledged && times[key] != 1 {
			require.FailNow(t, "an acknowledged event is lost", "%s", key)
		}
	}
	r.compareFigures(t, s, environments)
}

func (r *recount) compareFigures(t *testing.T, s *store.Store, environments []string) {
	t.Helper()
	begin, end := time.Now().Add(-24*time.Hour), time.Now().Add(time.Hour)
	counters, err := s.CaptureCounters(t.Context(), environments, begin, end)
	require.NoError(t, err)
	require.Equal(t, r.counters, counters)

	list, err := s.Minutes(t.Context(), environments, begin, end)
	require.NoError(t, err)
	minutes := map[store.MinuteKey]store.MinuteCounts{}
	for _, m := range list {
		minutes[store.MinuteKey{EnvironmentID: m.EnvironmentID, Minute: m.At.Unix() / 60}] = m.MinuteCounts
	}
	require.Equal(t, r.minutes, minutes)

	var ids []string
	for key := range r.events {
		ids = append(ids, key[0])
	}
	totals, err := s.EventStats(t.Context(), ids)
	require.NoError(t, err)
	events := map[[2]string][2]int64{}
	for _, e := range totals {
		events[[2]string{e.EventID, e.EnvironmentID}] = [2]int64{e.Count, e.Invalid}
	}
	require.Equal(t, r.events, events)
}

// storedEvents are all samples of environments, by sequence number.
func storedEvents(t *testing.T, s *store.Store, environments []string) map[int64]keptEvent {
	t.Helper()
	stored := map[int64]keptEvent{}
	for _, environment := range environments {
		const page = 5000
		for before := int64(math.MaxInt64); ; {
			pages, err := s.CapturedPages(t.Context(), store.CapturedQuery{
				By: store.ByEnvironment, Parents: []string{environment}, Before: before, Limit: page,
			})
			require.NoError(t, err)
			for _, c := range pages[environment] {
				stored[c.Seq] = keptEvent{c.EnvironmentID, factKey(c.EnvironmentID, c.ID), c.Verdict, xxhash.Sum64String(c.Raw)}
				before = min(before, c.Seq)
			}
			if len(pages[environment]) < page {
				break
			}
		}
	}
	return stored
}

// openCapture opens the database and the bus of servers that do not write at the moment.
func openCapture(t *testing.T, database store.Options, stream bus.Options, f func(*store.Store, *bus.Bus)) {
	t.Helper()
	s, err := store.Open(t.Context(), database)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	b, err := bus.Open(t.Context(), stream)
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close(context.WithoutCancel(t.Context()))) }()
	f(s, b)
}
