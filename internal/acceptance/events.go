package acceptance

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/live"
)

// EventFilter says which events of a session; all given conditions have to hold.
type EventFilter struct {
	Devices   []int
	EventKeys []string // of unplanned ones the names as sent
	Verdicts  []capture.Verdict
	Step      *int
	Text      *string
}

// EventQuery asks for one page of the events of a session: First from the start, or behind After; or Last before Before.
type EventQuery struct {
	Filter        *EventFilter
	First, Last   *int
	After, Before *string // cursors
}

// Bounds of an EventQuery.
const (
	defaultPage = 100
	maxPage     = 500
	maxValues   = 500 // of one field
	maxText     = 200 // bytes
)

// EventPage is one page of events, in stream order.
type EventPage struct {
	Events               []*Event
	HasNext, HasPrevious bool
}

const cursorPrefix = "session:"

// Cursor returns the i-th event's position.
func (p *EventPage) Cursor(i int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorPrefix + strconv.FormatInt(p.Events[i].Seq, 10)))
}

func readCursor(path, text string, f *fault.Fields) int64 {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	number, ok := strings.CutPrefix(string(raw), cursorPrefix)
	seq, notNumber := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok || notNumber != nil || seq < 0 {
		f.Add(path, "bad_cursor", "this is not a cursor of a session's events")
	}
	return seq
}

// page is an EventQuery as it was read.
type page struct {
	size          int
	backward      bool
	after, before int64 // 0 for none
	*EventFilter
	holds func(raw string) bool // nil for any text
}

func (q *EventQuery) read() (*page, error) {
	var f fault.Fields
	p := &page{size: defaultPage, backward: q.Last != nil || q.Before != nil, EventFilter: q.Filter}
	if p.backward && (q.First != nil || q.After != nil) {
		f.Add("last", "both_directions", "a page goes forward (first, after) or backward (last, before), not both")
	}
	name, size := "first", q.First
	if p.backward {
		name, size = "last", q.Last
	}
	if size != nil {
		p.size = *size
	}
	if p.size < 1 || p.size > maxPage {
		f.Add(name, "out_of_range", fmt.Sprintf("a page holds 1 to %d events", maxPage))
	}
	if q.After != nil {
		p.after = readCursor("after", *q.After, &f)
	}
	if q.Before != nil {
		p.before = readCursor("before", *q.Before, &f)
	}
	if p.EventFilter == nil {
		p.EventFilter = &EventFilter{}
	}
	if len(p.Devices) > maxValues || len(p.EventKeys) > maxValues {
		f.Add("filter", "too_many", fmt.Sprintf("at most %d values", maxValues))
	}
	if p.Text != nil && *p.Text != "" {
		if len(*p.Text) > maxText {
			f.Add("filter.text", "too_long", fmt.Sprintf("at most %d bytes", maxText))
		}
		p.holds = live.Holds(*p.Text)
	}
	return p, f.Err()
}

// matches reports whether an entry is wanted, but for the text.
func (p *page) matches(e *entry) bool {
	return (len(p.Devices) == 0 || slices.Contains(p.Devices, e.device)) &&
		(len(p.Verdicts) == 0 || slices.Contains(p.Verdicts, e.verdict)) &&
		(p.Step == nil || *p.Step == e.step) && (len(p.EventKeys) == 0 || slices.Contains(p.EventKeys, e.name))
}

// Captured reads one page of the events of a session that the asking person was allowed to read before.
func (s *Service) Captured(ctx context.Context, sessionID string, q EventQuery) (out *EventPage, err error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	p, err := q.read()
	if err != nil {
		return nil, err
	}
	err = s.ask(ctx, sessionID, func(t *tracked) error {
		out, err = t.page(ctx, p)
		return err
	})
	return out, err
}

// page reads one page.
func (t *tracked) page(ctx context.Context, p *page) (*EventPage, error) {
	candidates := t.behind(p.after)
	if p.before > 0 {
		candidates = candidates[:len(candidates)-len(t.behind(p.before-1))]
	}
	var wanted []entry
	for i := range candidates {
		if p.matches(&candidates[i]) {
			wanted = append(wanted, candidates[i])
		}
	}
	if p.backward {
		slices.Reverse(wanted)
	}
	var found []*Event
	for chunk := range slices.Chunk(wanted, p.size+1) {
		events, err := t.full(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if p.holds == nil || p.holds(e.Raw) {
				found = append(found, e)
			}
		}
		if len(found) > p.size {
			break
		}
	}
	more := len(found) > p.size
	out := &EventPage{Events: found[:min(p.size, len(found))], HasNext: more, HasPrevious: p.after > 0}
	if p.backward {
		slices.Reverse(out.Events)
		out.HasNext, out.HasPrevious = p.before > 0, more
	}
	return out, nil
}
