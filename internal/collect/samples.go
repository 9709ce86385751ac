package collect

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/store"
)

// Samples reads what was captured. It is safe for concurrent use.
type Samples struct{ Store *store.Store }

// Groupings of samples.
const (
	OfEnvironments = store.ByEnvironment
	OfEvents       = store.ByEvent
)

// SampleFilter says which captured events; its fields are those of store.CapturedQuery.
type SampleFilter struct {
	EventKeys                                         []string
	Verdicts                                          []capture.Verdict
	Codes, Terminals, DeviceIDs, UserIDs, AppVersions []string
	Text                                              string
	RunID                                             string
	ReceivedFrom, ReceivedBefore                      time.Time
}

// SampleQuery asks for one page of the captured events of each of several parents, which the asking person was allowed to
// read before.
type SampleQuery struct {
	By             store.CapturedBy
	Parents        []string
	EnvironmentIDs []string // narrows; nil does not
	Filter         SampleFilter
	First          *int    // 1 to MaxSamples; DefaultSamples when nil
	After          *string // a cursor
}

// Bounds of a SampleQuery.
const (
	DefaultSamples  = 20
	MaxSamples      = 200
	maxFilterValues = 500 // of one field
	maxFilterText   = 200 // bytes
)

// SamplePage is one parent's captured events, newest first.
type SamplePage struct {
	Events  []*capture.Captured
	HasNext bool
}

const cursorPrefix = "captured:"

// Cursor returns the i-th event's position.
func (p *SamplePage) Cursor(i int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorPrefix + strconv.FormatInt(p.Events[i].Seq, 10)))
}

// Pages reads one page for each parent, in one statement. Parents without captured events have an empty page.
// INVALID_INPUT names what is wrong with the question.
func (s *Samples) Pages(ctx context.Context, ask SampleQuery) (map[string]*SamplePage, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	size, before, err := ask.read()
	if err != nil {
		return nil, err
	}
	f := ask.Filter
	found, err := s.Store.CapturedPages(ctx, store.CapturedQuery{
		By: ask.By, Parents: ask.Parents, EnvironmentIDs: ask.EnvironmentIDs, EventKeys: f.EventKeys, Verdicts: f.Verdicts,
		Codes: f.Codes, Terminals: f.Terminals, DeviceIDs: masking.AlsoMasked(f.DeviceIDs),
		UserIDs: masking.AlsoMasked(f.UserIDs), AppVersions: f.AppVersions,
		Text: f.Text, RunID: f.RunID, ReceivedFrom: f.ReceivedFrom, ReceivedBefore: f.ReceivedBefore,
		Before: before, Limit: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("read captured events: %w", err)
	}
	pages := make(map[string]*SamplePage, len(ask.Parents))
	for _, parent := range ask.Parents {
		events := found[parent]
		pages[parent] = &SamplePage{Events: events[:min(size, len(events))], HasNext: len(events) > size}
	}
	return pages, nil
}

// read checks the question and returns the size of a page and the sequence number that it comes after.
func (q *SampleQuery) read() (size int, before int64, err error) {
	var f fault.Fields
	size = DefaultSamples
	if q.First != nil {
		size = *q.First
	}
	if size < 1 || size > MaxSamples {
		f.Add("first", "out_of_range", fmt.Sprintf("a page holds 1 to %d nodes", MaxSamples))
	}
	if q.After != nil {
		if before = readCursor(*q.After); before <= 0 {
			f.Add("after", "bad_cursor", "this is not a cursor of a page of captured events")
		}
	}
	q.Filter.validate(&f)
	return size, before, f.Err()
}

func readCursor(text string) int64 {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	seq, ok := strings.CutPrefix(string(raw), cursorPrefix)
	if err != nil || !ok {
		return 0
	}
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (s *SampleFilter) validate(f *fault.Fields) {
	for _, field := range []struct {
		name  string
		count int
	}{
		{"eventKeys", len(s.EventKeys)},
		{"verdicts", len(s.Verdicts)},
		{"violationCodes", len(s.Codes)},
		{"terminals", len(s.Terminals)},
		{"deviceIds", len(s.DeviceIDs)},
		{"userIds", len(s.UserIDs)},
		{"appVersions", len(s.AppVersions)},
	} {
		if field.count > maxFilterValues {
			f.Add("filter."+field.name, "too_many", fmt.Sprintf("at most %d values", maxFilterValues))
		}
	}
	if len(s.Text) > maxFilterText {
		f.Add("filter.text", "too_long", fmt.Sprintf("at most %d bytes", maxFilterText))
	}
}

// BySeq reads captured events by their sequence numbers; those that are not kept, or that the asking person may not see,
// are missing in the answer.
func (s *Samples) BySeq(ctx context.Context, seqs []int64) (map[int64]*capture.Captured, error) {
	p, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Store.CapturedEventsBySeq(ctx, seqs)
	if err != nil {
		return nil, fmt.Errorf("read captured events: %w", err)
	}
	for seq, event := range found {
		if !p.Can("CapturedEvent", auth.Object{App: event.AppID}) {
			delete(found, seq)
		}
	}
	return found, nil
}

// Seen is what an environment has seen of an event.
type Seen struct {
	Count, Invalid int64
	First, Last    time.Time // zero when it was never seen
}

// ReportingWithin is how recent an event's last report must be for it to count as reporting.
const ReportingWithin = 24 * time.Hour

// Reporting says whether the event reports at the moment.
func (s Seen) Reporting(now time.Time) bool { return s.Count > 0 && now.Sub(s.Last) <= ReportingWithin }

// Seen reads what environments have seen of events, by event and environment id, in one statement. The asking person was
// allowed to read the events before.
func (s *Samples) Seen(ctx context.Context, eventIDs []string) (map[string]map[string]Seen, error) {
	totals, err := s.Store.EventStats(ctx, eventIDs)
	if err != nil {
		return nil, fmt.Errorf("read event statistics: %w", err)
	}
	found := make(map[string]map[string]Seen, len(eventIDs))
	for _, t := range totals {
		if found[t.EventID] == nil {
			found[t.EventID] = map[string]Seen{}
		}
		found[t.EventID][t.EnvironmentID] = Seen{Count: t.Count, Invalid: t.Invalid, First: t.First, Last: t.Last}
	}
	return found, nil
}
