package collect

import (
	"slices"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/store"
)

// tally adds up what a batch brings into the database. The same events on top of the same labels make the same sums.
type tally struct {
	labels *labels

	all      []*capture.Captured
	samples  []*capture.Captured // those of them that are kept
	notKept  map[string]int64    // the others, by environment
	counters map[store.CounterKey]int64
	minutes  map[store.MinuteKey]store.MinuteCounts
	events   map[store.EventKey]store.EventSeen
	runs     map[store.RunKey]store.RunSeen
	fresh    []store.Label // of this batch
}

func newTally(known *labels) *tally {
	return &tally{
		labels:   known,
		notKept:  map[string]int64{},
		counters: map[store.CounterKey]int64{},
		minutes:  map[store.MinuteKey]store.MinuteCounts{},
		events:   map[store.EventKey]store.EventSeen{},
		runs:     map[store.RunKey]store.RunSeen{},
	}
}

// knownCodes are the codes that violations can have; there is no other way for one into the counters.
var knownCodes = func() map[string]bool {
	m := make(map[string]bool, len(check.Rules))
	for i := range check.Rules {
		m[check.Rules[i].Code] = true
	}
	return m
}()

// repeat is what is counted of an event that was seen before.
func (t *tally) repeat(at store.MinuteKey) {
	counts := t.minutes[at]
	counts.Duplicates++
	t.minutes[at] = counts
}

// event counts an event, in the hour and minute in which the server took it in, and keeps it or not.
func (t *tally) event(c *capture.Captured, keep bool) {
	t.all = append(t.all, c)
	if keep {
		t.samples = append(t.samples, c)
	} else {
		t.notKept[c.EnvironmentID]++
	}
	t.minute(c)
	t.seen(c)
	t.run(c)
	key := store.CounterKey{
		EnvironmentID: c.EnvironmentID, Hour: c.ReceivedAt.Unix() / 3600, Terminal: c.TerminalKey,
		EventID: c.EventID, Name: t.name(c), AppVersion: t.version(c), Verdict: c.Verdict,
	}
	t.counters[key]++
	for i := range c.Violations {
		code := c.Violations[i].Code
		earlier := func(v capture.Violation) bool { return v.Code == code }
		if slices.ContainsFunc(c.Violations[:i], earlier) {
			continue // the event counts once for each code
		}
		if key.Code = code; !knownCodes[code] {
			key.Code = store.OtherLabel
		}
		t.counters[key]++
	}
}

func (t *tally) minute(c *capture.Captured) {
	at := minuteOf(c)
	counts := t.minutes[at]
	switch c.Verdict {
	case capture.Valid:
		counts.Valid++
	case capture.Invalid:
		counts.Invalid++
	case capture.Unplanned:
		counts.Unplanned++
	}
	t.minutes[at] = counts
}

func minuteOf(c *capture.Captured) store.MinuteKey {
	return store.MinuteKey{EnvironmentID: c.EnvironmentID, Minute: c.ReceivedAt.Unix() / 60}
}

// seen notes when a planned event came.
func (t *tally) seen(c *capture.Captured) {
	if c.EventID == "" {
		return
	}
	key := store.EventKey{EnvironmentID: c.EnvironmentID, EventID: c.EventID, Terminal: c.TerminalKey}
	e, at := t.events[key], c.ReceivedAt
	if e.Count == 0 || at.Before(e.First) {
		e.First = at
	}
	if at.After(e.Last) {
		e.Last = at
	}
	e.Count++
	if c.Verdict == capture.Invalid {
		e.Invalid++
		if at.After(e.LastInvalid) {
			e.LastInvalid = at
		}
	}
	t.events[key] = e
}

// run counts an event of a test run.
func (t *tally) run(c *capture.Captured) {
	if c.RunID == "" {
		return
	}
	key := store.RunKey{
		EnvironmentID: c.EnvironmentID, RunID: c.RunID, EventKey: c.EventKey, Name: t.name(c), Terminal: c.TerminalKey,
		Verdict: c.Verdict,
	}
	one := store.RunSeen{Count: 1, First: c.ReceivedAt, Last: c.ReceivedAt}
	if earlier, ok := t.runs[key]; ok {
		one = earlier.Plus(one)
	}
	t.runs[key] = one
}

// name is what an event's name counts as. How many names a planned event can have is up to its plan, so the senders of
// other names cannot push it aside.
func (t *tally) name(c *capture.Captured) string {
	if c.EventID != "" {
		return c.Name
	}
	return t.label(c.EnvironmentID, store.LabelName, c.Name)
}

func (t *tally) version(c *capture.Captured) string {
	return t.label(c.EnvironmentID, store.LabelVersion, c.App.Version)
}

func (t *tally) label(environmentID string, kind store.LabelKind, value string) string {
	known, fresh := t.labels.admit(environmentID, kind, value)
	if fresh {
		t.fresh = append(t.fresh, store.Label{EnvironmentID: environmentID, Kind: kind, Value: known})
	}
	return known
}
