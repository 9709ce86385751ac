package collect_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

// drawEvents draws a payload: new events, and repeats of those in ids, which it adds to.
func drawEvents(t *rapid.T, s *stream, environments []string, ids *[]string) []capture.Captured {
	environment := rapid.SampledFrom(environments).Draw(t, "environment")
	events := make([]capture.Captured, rapid.IntRange(1, 5).Draw(t, "events"))
	for i := range events {
		id := ""
		switch {
		case len(*ids) > 0 && rapid.Bool().Draw(t, "repeat"):
			id = rapid.SampledFrom(*ids).Draw(t, "id")
		case rapid.IntRange(0, 9).Draw(t, "with id") > 0:
			id = fmt.Sprint("id ", len(*ids))
			*ids = append(*ids, id)
		}
		e := s.event(environment, id, rapid.SampledFrom([]string{"order_paid", "支付成功", "click"}).Draw(t, "name"))
		e.TerminalKey = rapid.SampledFrom([]string{"", "ios", "web"}).Draw(t, "terminal")
		e.App.Version = rapid.SampledFrom([]string{"", "8.6.1", "8.7"}).Draw(t, "version")
		e.Verdict = rapid.SampledFrom([]capture.Verdict{capture.Valid, capture.Invalid, capture.Unplanned}).Draw(t, "verdict")
		if e.Verdict != capture.Unplanned {
			e.EventID, e.EventKey, e.RevisionID = "evt_"+e.Name, e.Name, "rev_1"
		}
		for range rapid.IntRange(0, 3).Draw(t, "violations") {
			e.Violations = append(e.Violations, capture.Violation{
				Code: rapid.SampledFrom(check.Rules[:5]).Draw(t, "rule").Code, Severity: capture.Warning, Expected: "1", Actual: "“2”",
			})
		}
		events[i] = carrying(e, drawProperties(t))
	}
	return events
}

// TestExactlyOnce lets everything go wrong with the database, in any order, and compares what it then holds with an
// independent recount of the stream.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := newStream(t, bus.Options{})
		_, err := s.EnsureStream(t.Context(), bus.Position{})
		require.NoError(t, err)
		var run atomic.Int64
		const window = 3 * time.Minute
		rapid.Check(t, func(t *rapid.T) {
			n := run.Add(1)
			environments := []string{fmt.Sprintf("env_%d_a", n), fmt.Sprintf("env_%d_b", n)}
			from := s.last(t) + 1
			pace := hurry
			pace.BatchEvents = rapid.IntRange(1, 12).Draw(t, "batch")
			// Where figures are not settled in time, the next process has to make up for it.
			pace.Settle = rapid.SampledFrom([]time.Duration{time.Millisecond, time.Hour}).Draw(t, "settle")
			var ids []string
			for range rapid.IntRange(1, 8).Draw(t, "steps") {
				for range rapid.IntRange(1, 6).Draw(t, "payloads") {
					s.put(t, drawEvents(t, s, environments, &ids)...)
				}
				s.pass(t, time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds"))*time.Second)
				plan := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, int(mishaps)-1), func(i int) mishap { return mishap(i) }), 0, 4)
				work(t, s, db, window, rapid.IntRange(1, 2).Draw(t, "writers"), pace, plan.Draw(t, "mishaps")...)
			}
			work(t, s, db, window, 1, hurry)
			want := s.recount(t, from, window)
			for _, environment := range environments {
				if want[environment] == nil {
					want[environment] = newCount()
				}
				got := db.counted(t, environment)
				for key, figure := range want[environment].Figures {
					require.Equal(t, figure, got.Figures[key], "%+v", key)
				}
				require.Equal(t, want[environment], got)
			}
			p, err := db.CapturePosition(context.Background())
			require.NoError(t, err)
			require.Equal(t, s.last(t), p.Seq)
			require.Zero(t, p.Lost)
			require.Zero(t, p.Gaps)
		})
	})
}
