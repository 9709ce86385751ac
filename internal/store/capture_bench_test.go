package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func eachStore(b *testing.B, f func(*testing.B, *store.Store)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { f(b, testkit.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { f(b, testkit.OpenStore(b, store.Options{DatabaseURL: testkit.Postgres(b)})) })
}

// benchBatch is a second of a busy environment: n events of 900 bytes, 40 planned events, two terminals, three versions.
func benchBatch(from store.CapturePosition, n int) *store.CaptureBatch {
	b := &store.CaptureBatch{
		From: from, To: store.CapturePosition{StreamID: "bench", Seq: from.Seq + 1},
		Counters: map[store.CounterKey]int64{}, Minutes: map[store.MinuteKey]store.MinuteCounts{}, Events: map[store.EventKey]store.EventSeen{},
	}
	padding := strings.Repeat("x", 800)
	for i := range n {
		seq := int64(from.Seq+1)*capture.MaxGroupEvents + int64(i)
		c := sampled(seq, []string{"env_test", "env_production"}[i%2], fmt.Sprint("evt_", i%40), func(c *capture.Captured) {
			c.Raw = c.Raw[:len(c.Raw)-1] + `,"padding":"` + padding + `"}`
			c.DeviceID, c.UserID = fmt.Sprint("device-", seq%5000), fmt.Sprint("user-", seq%3000)
			c.ReceivedAt = captureStart.Add(time.Duration(from.Seq) * time.Second)
		})
		b.Samples = append(b.Samples, c)
		b.Counters[store.CounterKey{
			EnvironmentID: c.EnvironmentID, Hour: c.ReceivedAt.Unix() / 3600, EventID: c.EventID, Name: c.Name,
			Terminal: []string{"ios", "web"}[i%2], AppVersion: fmt.Sprint("8.", i%3), Verdict: c.Verdict,
		}]++
		b.Events[store.EventKey{EnvironmentID: c.EnvironmentID, EventID: c.EventID, Terminal: "ios"}] = store.EventSeen{Count: 1, First: c.ReceivedAt, Last: c.ReceivedAt}
		b.Minutes[store.MinuteKey{EnvironmentID: c.EnvironmentID, Minute: c.ReceivedAt.Unix() / 60}] = store.MinuteCounts{Valid: int64(n / 2)}
	}
	return b
}

// What one event costs on its way into the database, in batches as the writer makes them when it is busy and when it is not.
func BenchmarkCommitCapture(b *testing.B) {
	for _, n := range []int{20, 1000, 4000} {
		b.Run(fmt.Sprint(n, "_events"), func(b *testing.B) {
			eachStore(b, func(b *testing.B, s *store.Store) {
				var at store.CapturePosition
				for b.Loop() {
					b.StopTimer()
					batch := benchBatch(at, n)
					b.StartTimer()
					require.NoError(b, s.CommitCapture(b.Context(), batch))
					at = batch.To
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
			})
		})
	}
}

// What a page costs with 200,000 samples kept: the newest, those of a rare device, those of many events at once, a text.
func BenchmarkCapturedPages(b *testing.B) {
	eachStore(b, func(b *testing.B, s *store.Store) {
		var at store.CapturePosition
		for range 50 {
			batch := benchBatch(at, 4000)
			require.NoError(b, s.CommitCapture(b.Context(), batch))
			at = batch.To
		}
		var events []string
		for i := range 40 {
			events = append(events, fmt.Sprint("evt_", i))
		}
		for name, q := range map[string]store.CapturedQuery{
			"newest":     {By: store.ByEnvironment, Parents: []string{"env_test"}},
			"device":     {By: store.ByEnvironment, Parents: []string{"env_test"}, DeviceIDs: []string{"device-4242"}},
			"unknown":    {By: store.ByEnvironment, Parents: []string{"env_test"}, DeviceIDs: []string{"device-none"}},
			"40_events":  {By: store.ByEvent, Parents: events},
			"text":       {By: store.ByEnvironment, Parents: []string{"env_test"}, Text: "值"},
			"rare_text":  {By: store.ByEnvironment, Parents: []string{"env_test"}, Text: "Order paid 5007"},
			"other_text": {By: store.ByEnvironment, Parents: []string{"env_test"}, Text: "nothing"},
		} {
			q.Limit = 20
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					_, err := s.CapturedPages(b.Context(), q)
					require.NoError(b, err)
				}
			})
		}
	})
}

// What a page of a time long ago costs with 1,000,000 samples kept, of 250 minutes.
func BenchmarkCapturedTimes(b *testing.B) {
	eachStore(b, func(b *testing.B, s *store.Store) {
		fillMillion(b, s)
		at := func(minutes float64) time.Time {
			return captureStart.Add(time.Duration(minutes * float64(time.Minute)))
		}
		for name, q := range map[string]store.CapturedQuery{
			"newest":     {},
			"minute":     {ReceivedFrom: at(1), ReceivedBefore: at(2)},
			"half":       {ReceivedFrom: at(1.5), ReceivedBefore: at(2)},
			"all_before": {ReceivedBefore: at(3)},
			"nothing":    {ReceivedBefore: at(-1)},
			"no_device":  {ReceivedBefore: at(3), DeviceIDs: []string{"device-none"}},
		} {
			for by, parents := range map[store.CapturedBy][]string{store.ByEnvironment: {"env_test"}, store.ByEvent: {"evt_4", "evt_6"}} {
				q.By, q.Parents, q.Limit = by, parents, 20
				b.Run(fmt.Sprint(name, "_by_", by), func(b *testing.B) {
					for b.Loop() {
						_, err := s.CapturedPages(b.Context(), q)
						require.NoError(b, err)
					}
				})
			}
		}
	})
}

// fillMillion brings in 1,000,000 samples, 4,000 a minute.
func fillMillion(b *testing.B, s *store.Store) {
	b.Helper()
	var at store.CapturePosition
	for minute := range 250 {
		batch := benchBatch(at, 4000)
		for _, c := range batch.Samples {
			c.ReceivedAt = captureStart.Add(time.Duration(minute) * time.Minute)
		}
		require.NoError(b, s.CommitCapture(b.Context(), batch))
		at = batch.To
	}
}

// What finding and deleting one person's events costs among 1,000,000 samples.
func BenchmarkDeletePerson(b *testing.B) {
	eachStore(b, func(b *testing.B, s *store.Store) {
		fillMillion(b, s)
		n := 0
		b.Run("count", func(b *testing.B) {
			for b.Loop() {
				n++
				_, err := s.CountPerson(b.Context(), &store.Person{EnvironmentIDs: []string{"env_test", "env_production"}, Users: store.PersonIDs{Exact: []string{fmt.Sprint("user-", n%3000)}}})
				require.NoError(b, err)
			}
		})
		b.Run("delete", func(b *testing.B) {
			for b.Loop() {
				n++
				_, err := s.DeletePerson(b.Context(), &store.Person{EnvironmentIDs: []string{"env_test", "env_production"}, Users: store.PersonIDs{Exact: []string{fmt.Sprint("user-", n%3000)}}, Devices: store.PersonIDs{Exact: []string{"none"}}})
				require.NoError(b, err)
			}
		})
	})
}
