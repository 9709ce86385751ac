package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

var captureStart = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// sampled makes a captured event; change alters it.
func sampled(seq int64, environment, event string, change func(*capture.Captured)) *capture.Captured {
	raw := fmt.Sprintf(`{"event":"Order Paid %d","properties":{"amount":1.50,"名":"值"}}`, seq)
	at := strings.Index(raw, `{"amount`)
	c := &capture.Captured{
		Event: capture.Event{
			Format: "segment", Type: capture.Track, ID: fmt.Sprint("msg-", seq), Name: "Order Paid", Raw: raw,
			DeviceID: "device-1", AnonymousID: "anonymous-1", UserID: "user-1", App: capture.App{Version: "8.1"},
			ReceivedAt:   captureStart.Add(time.Duration(seq) * time.Second),
			EventTime:    captureStart.Add(time.Duration(seq)*time.Second - 1234*time.Nanosecond),
			PropertiesAt: capture.Span{Start: uint32(at), End: uint32(len(raw) - 1)}, Notes: []string{"a note"},
		},
		Seq: seq, AppID: "app_1", EnvironmentID: environment, WriteKeyID: "key_1", TerminalKey: "ios",
		EventID: event, EventKey: "key_of_" + event, RevisionID: "rev_1", Verdict: capture.Valid,
		Hash: strings.Repeat("5f", 32), Release: 3,
	}
	if event == "" {
		c.EventKey, c.RevisionID, c.Hash, c.Release, c.Verdict = "", "", "", 0, capture.Unplanned
	}
	if change != nil {
		change(c)
	}
	return c
}

// commit adds samples, and figures that fit them, behind the current position.
func commit(ctx context.Context, t require.TestingT, s *store.Store, samples ...*capture.Captured) {
	from, err := s.CapturePosition(ctx)
	require.NoError(t, err)
	b := &store.CaptureBatch{
		Owner: "test", From: from, Samples: samples,
		Counters: map[store.CounterKey]int64{}, Minutes: map[store.MinuteKey]store.MinuteCounts{}, Events: map[store.EventKey]store.EventSeen{},
	}
	b.To = from
	b.To.StreamID, b.To.Seq = "stream", from.Seq+1
	for _, c := range samples {
		minute := store.MinuteKey{EnvironmentID: c.EnvironmentID, Minute: c.ReceivedAt.Unix() / 60}
		counts := b.Minutes[minute]
		counts.Valid++
		b.Minutes[minute] = counts
		b.Counters[store.CounterKey{EnvironmentID: c.EnvironmentID, Hour: c.ReceivedAt.Unix() / 3600, EventID: c.EventID, Name: c.Name, Verdict: c.Verdict}]++
		if c.EventID == "" {
			continue
		}
		key := store.EventKey{EnvironmentID: c.EnvironmentID, EventID: c.EventID, Terminal: c.TerminalKey}
		seen := b.Events[key]
		seen.Count++
		if seen.First.IsZero() {
			seen.First = c.ReceivedAt
		}
		seen.Last = c.ReceivedAt
		if c.Verdict == capture.Invalid {
			seen.Invalid++
			seen.LastInvalid = c.ReceivedAt
		}
		b.Events[key] = seen
	}
	require.NoError(t, s.CommitCapture(ctx, b))
}

func seqs(events []*capture.Captured) []int64 {
	out := []int64{}
	for _, e := range events {
		out = append(out, e.Seq)
	}
	return out
}

func TestCapturedEventsComeBackWhole(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		full := sampled(1, "env_a", "evt_1", func(c *capture.Captured) {
			c.Verdict = capture.Invalid
			c.Violations = []capture.Violation{{Code: "type_mismatch", Severity: capture.Error, Property: "amount", Expected: "integer", Actual: "1.5 支付"}}
			c.OS = capture.OS{Name: "iOS", Version: "19.1"}
			c.SentAt = captureStart
		})
		hostile := sampled(2, "env_a", "", func(c *capture.Captured) {
			c.Name, c.DeviceID, c.UserID = strings.Repeat("长", 10_000), "nul \x00", "broken \xff\xfe"
			c.App.Version, c.TerminalKey = strings.Repeat("9", 5000), "'; DROP TABLE capture_sample; --\\N\t\n"
		})
		broken := sampled(3, "env_a", "", func(c *capture.Captured) {
			c.Raw, c.PropertiesAt = "\"nul \x00 broken \xff\"", capture.Span{}
		})
		commit(ctx, t, s, full, hostile, broken)
		got, err := s.CapturedEventsBySeq(ctx, []int64{1, 2, 3, 4})
		require.NoError(t, err)
		require.Len(t, got, 3)
		require.Equal(t, full, got[1])
		require.Equal(t, full.PropertiesJSON(), got[1].PropertiesJSON())
		require.Equal(t, hostile, got[2])
		require.Equal(t, `"nul ? broken ?"`, got[3].Raw, "what no database holds is replaced")
		got, err = s.CapturedEventsBySeq(ctx, nil)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

func TestCommitCaptureIsFenced(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		start, err := s.CapturePosition(ctx)
		require.NoError(t, err)
		require.Zero(t, start)
		next := store.CapturePosition{StreamID: "s1", Seq: 7, Lost: 3, Gaps: 1}
		batch := func(from store.CapturePosition, owner string) *store.CaptureBatch {
			return &store.CaptureBatch{Owner: owner, From: from, To: next, Samples: []*capture.Captured{sampled(int64(from.Seq)+100, "env_a", "evt_1", nil)}}
		}
		require.NoError(t, s.CommitCapture(ctx, batch(start, "a")))
		now, err := s.CapturePosition(ctx)
		require.NoError(t, err)
		require.Equal(t, next, now)
		for _, stale := range []store.CapturePosition{
			start, {StreamID: "s2", Seq: 7}, {StreamID: "s0", Seq: 7}, {StreamID: "s1", Seq: 6}, {StreamID: "s1", Seq: 8},
		} {
			require.ErrorIs(t, s.CommitCapture(ctx, batch(stale, "a")), store.ErrFenced)
		}

		at := captureStart
		lease := func(owner string, now, until time.Time) bool {
			held, err := s.LeaseCapture(ctx, owner, now, until)
			require.NoError(t, err)
			return held
		}
		require.True(t, lease("a", at, at.Add(10*time.Second)))
		require.True(t, lease("a", at.Add(5*time.Second), at.Add(15*time.Second)))
		require.False(t, lease("b", at.Add(14*time.Second), at.Add(24*time.Second)))
		require.ErrorIs(t, s.CommitCapture(ctx, batch(now, "b")), store.ErrFenced, "another has the lease")
		require.True(t, lease("b", at.Add(15*time.Second), at.Add(25*time.Second)))
		require.False(t, lease("a", at.Add(16*time.Second), at.Add(26*time.Second)))
		require.ErrorIs(t, s.CommitCapture(ctx, batch(now, "a")), store.ErrFenced)
		require.True(t, lease("b", at.Add(17*time.Second), at.Add(17*time.Second)), "giving it back")
		require.True(t, lease("a", at.Add(17*time.Second), at.Add(27*time.Second)))
		require.NoError(t, s.CommitCapture(ctx, batch(now, "a")))
		pages, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{"env_a"}, Limit: 9})
		require.NoError(t, err)
		require.Equal(t, []int64{107, 100}, seqs(pages["env_a"]))
	})
}

// Of writers that start from the same position, one wins, and what the others brought is nowhere.
func TestCommitCaptureCompetes(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		const writers, groups = 4, 20
		var committed atomic.Int64
		var group errgroup.Group
		for range writers {
			group.Go(func() error {
				for {
					from, err := s.CapturePosition(ctx)
					if err != nil || from.Seq == groups {
						return err
					}
					b := &store.CaptureBatch{
						From: from, To: store.CapturePosition{StreamID: "s", Seq: from.Seq + 1},
						Samples: []*capture.Captured{sampled(int64(from.Seq), "env_a", "evt_1", nil)},
						Minutes: map[store.MinuteKey]store.MinuteCounts{{EnvironmentID: "env_a", Minute: 1}: {Valid: 1, Duplicates: 2}},
					}
					if err := s.CommitCapture(ctx, b); err == nil {
						committed.Add(1)
					} else if !errors.Is(err, store.ErrFenced) {
						return err
					}
				}
			})
		}
		require.NoError(t, group.Wait())
		require.EqualValues(t, groups, committed.Load())
		minutes, err := s.Minutes(ctx, []string{"env_a"}, time.Unix(0, 0), time.Unix(120, 0))
		require.NoError(t, err)
		require.Equal(t, []store.Minute{{EnvironmentID: "env_a", At: time.Unix(60, 0).UTC(), MinuteCounts: store.MinuteCounts{Valid: groups, Duplicates: 2 * groups}}}, minutes)
	})
}

// A batch of which a part is refused leaves nothing behind.
func TestCommitCaptureIsAtomic(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		commit(ctx, t, s, sampled(5, "env_a", "evt_1", nil))
		before, err := s.CapturePosition(ctx)
		require.NoError(t, err)
		b := &store.CaptureBatch{
			From: before, To: store.CapturePosition{StreamID: "stream", Seq: 99},
			Samples: []*capture.Captured{sampled(4, "env_a", "evt_2", nil), sampled(5, "env_a", "evt_2", nil)},
			Minutes: map[store.MinuteKey]store.MinuteCounts{{EnvironmentID: "env_x", Minute: 1}: {Valid: 1}},
		}
		err = s.CommitCapture(ctx, b)
		require.True(t, fault.Is(err, fault.Conflict), "%v", err)
		after, err := s.CapturePosition(ctx)
		require.NoError(t, err)
		require.Equal(t, before, after)
		found, err := s.CapturedEventsBySeq(ctx, []int64{4, 5})
		require.NoError(t, err)
		require.Len(t, found, 1)

		stopped, cancel := context.WithCancel(ctx)
		cancel()
		b.Samples = b.Samples[:1]
		require.ErrorIs(t, s.CommitCapture(stopped, b), context.Canceled)
		require.NoError(t, s.CommitCapture(ctx, b))
	})
}

func TestCaptureFigures(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		at := func(sec int) time.Time { return captureStart.Add(time.Duration(sec) * time.Second) }
		hour, minute := captureStart.Unix()/3600, captureStart.Unix()/60
		counter := store.CounterKey{EnvironmentID: "env_a", Hour: hour, Terminal: "ios", EventID: "evt_1", Name: "pay", AppVersion: "1.0", Verdict: capture.Invalid}
		code := counter
		code.Code = "type_mismatch"
		long, longer := counter, counter
		long.Name, longer.Name = strings.Repeat("n", 300)+"a", strings.Repeat("n", 300)+"b"
		for i := range 3 {
			b := &store.CaptureBatch{
				From: store.CapturePosition{Seq: uint64(i)}, To: store.CapturePosition{Seq: uint64(i + 1)},
				Counters: map[store.CounterKey]int64{counter: 2, code: 1, long: 1, longer: 1},
				Minutes: map[store.MinuteKey]store.MinuteCounts{
					{EnvironmentID: "env_a", Minute: minute}:     {Valid: 1, Invalid: 2, Unplanned: 3, Duplicates: 4},
					{EnvironmentID: "env_b", Minute: minute + 1}: {Valid: 5},
				},
				Events: map[store.EventKey]store.EventSeen{
					{EnvironmentID: "env_a", EventID: "evt_1", Terminal: "ios"}: {Count: 2, Invalid: 1, First: at(4 - i), Last: at(20 - i), LastInvalid: at(15 + i)},
					{EnvironmentID: "env_a", EventID: "evt_1", Terminal: ""}:    {Count: 1, First: at(5), Last: at(30 + i)},
					{EnvironmentID: "env_b", EventID: "evt_1", Terminal: "ios"}: {Count: 1, First: at(1), Last: at(1)},
					{EnvironmentID: "env_a", EventID: "evt_2", Terminal: "ios"}: {Count: 1, First: at(40), Last: at(40)},
				},
				Labels: []store.Label{{EnvironmentID: "env_a", Kind: store.LabelName, Value: "pay"}, {EnvironmentID: "env_a", Kind: store.LabelVersion, Value: fmt.Sprint(i)}},
			}
			require.NoError(t, s.CommitCapture(ctx, b))
		}
		counters, err := s.CaptureCounters(ctx, []string{"env_a", "env_b"}, captureStart, captureStart.Add(time.Hour))
		require.NoError(t, err)
		long.Name = strings.Repeat("n", 200)
		require.Equal(t, map[store.CounterKey]int64{counter: 6, code: 3, long: 6}, counters)
		counters, err = s.CaptureCounters(ctx, []string{"env_a"}, captureStart.Add(time.Hour), captureStart.Add(2*time.Hour))
		require.NoError(t, err)
		require.Empty(t, counters)

		minutes, err := s.Minutes(ctx, []string{"env_b", "env_a", "env_c"}, captureStart, captureStart.Add(2*time.Minute))
		require.NoError(t, err)
		require.Equal(t, []store.Minute{
			{EnvironmentID: "env_a", At: captureStart, MinuteCounts: store.MinuteCounts{Valid: 3, Invalid: 6, Unplanned: 9, Duplicates: 12}},
			{EnvironmentID: "env_b", At: captureStart.Add(time.Minute), MinuteCounts: store.MinuteCounts{Valid: 15}},
		}, minutes)

		totals, err := s.EventStats(ctx, []string{"evt_1", "evt_2", "evt_3"})
		require.NoError(t, err)
		require.Equal(t, []store.EventTotal{
			{EventID: "evt_1", EnvironmentID: "env_a", EventSeen: store.EventSeen{Count: 9, Invalid: 3, First: at(2), Last: at(32), LastInvalid: at(17)}},
			{EventID: "evt_1", EnvironmentID: "env_b", EventSeen: store.EventSeen{Count: 3, First: at(1), Last: at(1)}},
			{EventID: "evt_2", EnvironmentID: "env_a", EventSeen: store.EventSeen{Count: 3, First: at(40), Last: at(40)}},
		}, totals)
		for id, want := range map[string]bool{"evt_1": true, "evt_3": false} {
			reported, err := s.Reported(ctx, id)
			require.NoError(t, err)
			require.Equal(t, want, reported)
		}
		for _, c := range []struct {
			environments       []string
			since              time.Time
			reporting, invalid int
		}{
			{[]string{"env_a", "env_b"}, at(0), 2, 1},
			{[]string{"env_a", "env_b"}, at(17), 2, 1},
			{[]string{"env_a"}, at(18), 2, 0},
			{[]string{"env_a"}, at(40), 1, 0},
			{[]string{"env_b"}, at(1), 1, 0},
			{[]string{"env_b"}, at(2), 0, 0},
			{nil, at(0), 0, 0},
		} {
			reporting, invalid, err := s.ReportingEvents(ctx, c.environments, c.since)
			require.NoError(t, err)
			require.Equal(t, [2]int{c.reporting, c.invalid}, [2]int{reporting, invalid}, "%+v", c)
		}
		labels, err := s.CaptureLabels(ctx)
		require.NoError(t, err)
		require.Len(t, labels, 4, "the name once, each version once")
	})
}

// receivedAt is a minute after the one before, but that the 28th to 40th came the other way round: clocks and waits differ.
func receivedAt(i int64) time.Time {
	if i >= 27 && i < 40 {
		i = 66 - i
	}
	return captureStart.Add(time.Duration(i) * time.Minute)
}

func TestCapturedPages(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var all []*capture.Captured
		for i := range int64(60) {
			env := []string{"env_a", "env_b", "env_c"}[i%3]
			event := []string{"evt_1", "evt_2", "", "evt_1"}[i%4]
			all = append(all, sampled(i+1, env, event, func(c *capture.Captured) {
				if i%5 == 0 && event != "" {
					c.Verdict, c.Violations = capture.Invalid, []capture.Violation{{Code: "too_long"}, {Code: "type_mismatch"}, {Code: "too_long"}}
				}
				c.TerminalKey = []string{"ios", "", "web"}[i%3]
				c.DeviceID, c.AnonymousID, c.UserID = fmt.Sprint("d", i%4), fmt.Sprint("a", i%7), fmt.Sprint("u", i%2)
				c.App.Version = fmt.Sprint("1.", i%3)
				c.ReceivedAt = receivedAt(i)
			}))
		}
		commit(ctx, t, s, all[:25]...)
		commit(ctx, t, s, all[25:]...)
		envs := []string{"env_a", "env_b", "env_none", "env_a"}
		every := func(*capture.Captured) bool { return true }
		for name, c := range map[string]struct {
			q    store.CapturedQuery
			want func(*capture.Captured) bool
		}{
			"all":             {store.CapturedQuery{}, every},
			"one per parent":  {store.CapturedQuery{Limit: 1}, every},
			"older":           {store.CapturedQuery{Before: 31}, func(c *capture.Captured) bool { return c.Seq < 31 }},
			"narrowed":        {store.CapturedQuery{EnvironmentIDs: []string{"env_b"}}, func(c *capture.Captured) bool { return c.EnvironmentID == "env_b" }},
			"narrowed to nil": {store.CapturedQuery{EnvironmentIDs: []string{}}, func(c *capture.Captured) bool { return false }},
			"event keys":      {store.CapturedQuery{EventKeys: []string{"key_of_evt_2", "Order Paid"}}, func(c *capture.Captured) bool { return c.EventID == "evt_2" || c.EventID == "" }},
			"verdicts":        {store.CapturedQuery{Verdicts: []capture.Verdict{capture.Invalid, capture.Unplanned}}, func(c *capture.Captured) bool { return c.Verdict != capture.Valid }},
			"codes":           {store.CapturedQuery{Codes: []string{"type_mismatch", "none"}}, func(c *capture.Captured) bool { return len(c.Violations) > 0 }},
			"part of a code":  {store.CapturedQuery{Codes: []string{"type", "_"}}, func(c *capture.Captured) bool { return false }},
			"terminals":       {store.CapturedQuery{Terminals: []string{"", "web"}}, func(c *capture.Captured) bool { return c.TerminalKey != "ios" }},
			"devices":         {store.CapturedQuery{DeviceIDs: []string{"d1", "a3"}}, func(c *capture.Captured) bool { return c.DeviceID == "d1" || c.AnonymousID == "a3" }},
			"users":           {store.CapturedQuery{UserIDs: []string{"u1", "a4"}}, func(c *capture.Captured) bool { return c.UserID == "u1" || c.AnonymousID == "a4" }},
			"versions":        {store.CapturedQuery{AppVersions: []string{"1.1"}}, func(c *capture.Captured) bool { return c.App.Version == "1.1" }},
			"text":            {store.CapturedQuery{Text: "oRDer paid 1"}, func(c *capture.Captured) bool { return strings.Contains(c.Raw, "Order Paid 1") }},
			"from":            {store.CapturedQuery{ReceivedFrom: captureStart.Add(31 * time.Minute)}, func(c *capture.Captured) bool { return !c.ReceivedAt.Before(captureStart.Add(31 * time.Minute)) }},
			"before":          {store.CapturedQuery{ReceivedBefore: captureStart.Add(31 * time.Minute)}, func(c *capture.Captured) bool { return c.ReceivedAt.Before(captureStart.Add(31 * time.Minute)) }},
			"a minute":        {store.CapturedQuery{ReceivedFrom: captureStart.Add(29 * time.Minute), ReceivedBefore: captureStart.Add(30 * time.Minute)}, func(c *capture.Captured) bool { return c.ReceivedAt.Equal(captureStart.Add(29 * time.Minute)) }},
			"no time":         {store.CapturedQuery{ReceivedFrom: captureStart.Add(29 * time.Minute), ReceivedBefore: captureStart.Add(29 * time.Minute)}, func(c *capture.Captured) bool { return false }},
			"long ago":        {store.CapturedQuery{ReceivedBefore: time.Unix(0, 0)}, func(c *capture.Captured) bool { return false }},
			"all together": {store.CapturedQuery{EventKeys: []string{"key_of_evt_1"}, Verdicts: []capture.Verdict{capture.Invalid}, Codes: []string{"too_long"}, Text: "值", Before: 59}, func(c *capture.Captured) bool {
				return c.EventID == "evt_1" && c.Verdict == capture.Invalid && c.Seq < 59
			}},
		} {
			for _, by := range []store.CapturedBy{store.ByEnvironment, store.ByEvent} {
				q := c.q
				q.By, q.Parents = by, envs
				parent := func(c *capture.Captured) string { return c.EnvironmentID }
				if by == store.ByEvent {
					q.Parents = []string{"evt_2", "evt_1", "evt_none"}
					parent = func(c *capture.Captured) string { return c.EventID }
				}
				if q.Limit == 0 {
					q.Limit = 7
				}
				want := make(map[string][]int64)
				for _, event := range slices.Backward(all) {
					p := parent(event)
					if slices.Contains(q.Parents, p) && c.want(event) && len(want[p]) < q.Limit {
						want[p] = append(want[p], event.Seq)
					}
				}
				pages, err := s.CapturedPages(ctx, q)
				require.NoError(t, err, name)
				got := make(map[string][]int64)
				for p, events := range pages {
					got[p] = seqs(events)
				}
				require.Equal(t, want, got, "%s by %d", name, by)
			}
		}
	})
}
