package acceptance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/session"
	"github.com/waymarkhq/waymark/internal/store"
)

const (
	// readAtOnce is how many captured events are read at a time.
	readAtOnce = 1000
	// recentEvents is how many events of a session are kept as they are.
	recentEvents = 2000
	// trackedLasts is how long a node keeps what it worked out and nobody asks for.
	trackedLasts = 2 * time.Minute
)

// Event is an event of a session, with what it means there.
type Event struct {
	*session.Event
	// EventKey is the plan key of the event that judged it; empty where none did.
	EventKey string
	// UnderTest says whether that event is under test.
	UnderTest bool
}

// entry is an event of a session as the index has it.
type entry struct {
	seq, repeats int64
	device, step int
	verdict      capture.Verdict
	underTest    bool
	name         string // the plan key, or the name as sent
}

// tracked is what this node knows of a session: worked out of the events of its environment up to a place in the stream, so that
// the next question only reads on. It may be thrown away at any time.
type tracked struct {
	s  *Service
	id string

	mu     sync.Mutex
	used   time.Time
	facts  *facts
	print  string
	stream *session.Stream
	after  int64 // the last event of the environment that was looked at
	index  []entry
	recent []*Event
	live   bool // fed by a watch, and so never behind the samples
	names  map[string]string
	folded folded // see foldedBy
}

// tracking returns what this node knows of a session.
func (s *Service) tracking(id string) *tracked {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, t := range s.known {
		if other != id && now.Sub(t.used) > trackedLasts && s.watches[other] == nil {
			delete(s.known, other)
		}
	}
	t := s.known[id]
	if t == nil {
		t = &tracked{s: s, id: id}
		s.known[id] = t
	}
	t.used = now
	return t
}

// refresh brings what is known up to date: with what is stored of the session, and with what was captured.
func (t *tracked) refresh(ctx context.Context) error {
	if t.live {
		return nil
	}
	if _, err := t.reload(ctx); err != nil {
		return err
	}
	return t.readOn(ctx, nil)
}

// reload reads what is stored of the session, and reports whether everything has to be worked out again; then nothing is left.
func (t *tracked) reload(ctx context.Context) (again bool, err error) {
	f, err := t.s.facts(ctx, t.id)
	if err != nil {
		return false, err
	}
	made := f.print()
	if t.facts != nil && made == t.print {
		t.facts = f
		return false, nil
	}
	t.facts, t.print = f, made
	t.stream = session.NewStream(f.members, 0, f.steps, f.checker)
	t.after, t.index, t.recent, t.names = 0, nil, nil, map[string]string{}
	return true, nil
}

// readOn takes what was captured since, and calls each with the session's events among it, where that is not nil.
func (t *tracked) readOn(ctx context.Context, each func(*Event)) error {
	for {
		events, err := t.s.store.CapturedSince(ctx, t.facts.row.EnvironmentID, t.after, t.facts.from(), readAtOnce)
		if err != nil {
			return err
		}
		for _, c := range events {
			if e := t.take(ctx, c); e != nil && each != nil {
				each(e)
			}
		}
		if len(events) < readAtOnce {
			return nil
		}
	}
}

// take takes the next event of the environment, and returns it if it is of the session and was not seen before.
func (t *tracked) take(ctx context.Context, c *capture.Captured) *Event {
	if c.Seq <= t.after {
		return nil
	}
	t.after = c.Seq
	found, err := t.stream.Next(c)
	if err != nil {
		t.s.log.WarnContext(ctx, "a captured event cannot be judged again", "session", t.id, "error", err)
	}
	if found == nil {
		return nil
	}
	e := t.meaning(found)
	t.index = append(t.index, entry{
		seq: c.Seq, repeats: found.Repeats, device: found.Device, step: found.Step, verdict: found.Judged.Verdict, underTest: e.UnderTest,
		name: t.name(nameOf(found.Judged)),
	})
	if len(t.recent) >= 2*recentEvents {
		t.recent = slices.Clone(t.recent[recentEvents:])
	}
	t.recent = append(t.recent, e)
	return e
}

func (t *tracked) meaning(e *session.Event) *Event {
	return &Event{Event: e, EventKey: e.Judged.EventKey, UnderTest: t.facts.tested[e.Judged.EventID]}
}

// name keeps each name once.
func (t *tracked) name(text string) string {
	known, ok := t.names[text]
	if !ok {
		known = strings.Clone(text)
		t.names[known] = known
	}
	return known
}

// nameOf is the plan key of an event, or its name as sent.
func nameOf(c *capture.Captured) string {
	if c.EventKey == "" {
		return c.Name
	}
	return c.EventKey
}

// behind returns the entries behind a sequence number.
func (t *tracked) behind(seq int64) []entry {
	at, found := slices.BinarySearchFunc(t.index, seq, bySeq)
	if found {
		at++
	}
	return t.index[at:]
}

func bySeq(e entry, seq int64) int { return cmp.Compare(e.seq, seq) }

// full returns the events of entries, as far as they are kept.
func (t *tracked) full(ctx context.Context, entries []entry) ([]*Event, error) {
	found := make(map[int64]*Event, len(entries))
	var missing []int64
	for _, e := range entries {
		at, ok := slices.BinarySearchFunc(t.recent, e.seq, func(r *Event, seq int64) int { return cmp.Compare(r.Seq, seq) })
		if ok {
			found[e.seq] = t.recent[at]
		} else {
			missing = append(missing, e.seq)
		}
	}
	rows, err := t.s.store.CapturedEventsBySeq(ctx, missing)
	if err != nil {
		return nil, err
	}
	var result check.Result
	list := make([]*Event, 0, len(entries))
	for _, e := range entries {
		if c := rows[e.seq]; c != nil {
			one := &session.Event{Captured: c, Judged: c, Device: e.device, Step: e.step, Repeats: e.repeats}
			if t.facts.checker != nil {
				if judged, err := session.Rejudge(t.facts.checker, c, &result); err == nil { // else as take has it
					one.Judged = judged
				}
			}
			found[e.seq] = t.meaning(one)
		}
		if found[e.seq] != nil {
			list = append(list, found[e.seq])
		}
	}
	return list, nil
}

// each calls fn with all events of the session that are kept, in order.
func (t *tracked) each(ctx context.Context, fn func(*Event) error) error {
	for chunk := range slices.Chunk(t.index, readAtOnce) {
		events, err := t.full(ctx, chunk)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := fn(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// Each calls fn with all events of a session that are kept, in stream order, with the session's own verdict. It is for the program
// itself, and asks nobody for permission.
func (s *Service) Each(ctx context.Context, sessionID string, fn func(*Event) error) error {
	return s.ask(ctx, sessionID, func(t *tracked) error { return t.each(ctx, fn) })
}

// ask calls fn with what is known of a session, up to date.
func (s *Service) ask(ctx context.Context, sessionID string, fn func(t *tracked) error) error {
	t := s.tracking(sessionID)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refresh(ctx); err != nil {
		return fmt.Errorf("follow the session %s: %w", sessionID, store.Fault(err))
	}
	return fn(t)
}

// Devices returns the devices of a session that the asking person was allowed to read before, by when they were seen first.
func (s *Service) Devices(ctx context.Context, sessionID string) (list []*session.SeenDevice, err error) {
	err = s.ask(ctx, sessionID, func(t *tracked) error {
		list = t.stream.Devices()
		return nil
	})
	return list, err
}
