package collect

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
)

// Audience is who watches events arrive: a *live.Hub.
type Audience interface {
	// Watched reports whether anybody watches an environment.
	Watched(appID, environmentID string) bool
	// Publish hands events on, in stream order. They are shared and never changed again.
	Publish(events []*capture.Captured)
}

// FeedOptions configure a Feed. All but Window are needed.
type FeedOptions struct {
	Source Source
	Hub    Audience
	Now    func() time.Time
	Logger *slog.Logger
	// Window is that of the Writer; default DuplicateWindow.
	Window time.Duration
}

// Feed shows a process's viewers what the stream brings, from when it was started on: each event once, repeats left out by
// the same rule as a Writer's, and so the same ones on every node. There is one for all viewers of a process.
type Feed struct {
	FeedOptions
	page []*capture.Captured // of the group at hand
}

// NewFeed makes a feed. It starts nothing.
func NewFeed(o FeedOptions) *Feed {
	if o.Window <= 0 {
		o.Window = DuplicateWindow
	}
	return &Feed{FeedOptions: o}
}

// Run feeds until ctx ends. Whatever becomes of the stream, it goes on behind what it has shown.
func (f *Feed) Run(ctx context.Context) error {
	shown := mark{at: f.Now().Add(-1), seq: math.MaxUint64}
	retry := backoff{first: 20 * time.Millisecond, most: time.Second}
	for {
		before := shown
		err := f.follow(ctx, &shown)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it ends because it was told to
		}
		if shown != before {
			retry.reset()
		}
		f.Logger.DebugContext(ctx, "live events: begin again", "because", err)
		_ = retry.wait(ctx)
	}
}

// mark is how far a feed has come: everything was shown that is not behind it. In another stream the numbers may be lower,
// and after somebody has set the clock the times may be; never both.
type mark struct {
	seq uint64
	at  time.Time
}

func (m mark) before(g *bus.Group) bool { return g.Seq > m.seq || g.Time.After(m.at) }

// follow shows what the stream holds behind a mark, which it moves on. It always ends with an error.
func (f *Feed) follow(ctx context.Context, shown *mark) error {
	// A writer has to report what cannot be read; here it only cannot be shown.
	s := newSieve(f.Window, func(uint64, error) {})
	from, err := f.Source.FirstSeqSince(ctx, s.fold.Since(shown.at.Add(-clockSlack)))
	if err != nil {
		return err
	}
	live := false
	return f.Source.Read(ctx, from, func(g bus.Group) error {
		if live = live || shown.before(&g); !live {
			s.remember(&g)
			return nil
		}
		f.show(s, &g)
		if shown.seq = g.Seq; g.Time.After(shown.at) {
			shown.at = g.Time
		}
		return nil
	})
}

// show publishes the new events of a group that somebody watches. Those of one record share one piece of memory.
func (f *Feed) show(s *sieve, g *bus.Group) {
	var room []capture.Captured // for the rest of the record; nil where nobody watches
	watched := func(first *capture.Captured, events int) bool {
		if room = nil; f.Hub.Watched(first.AppID, first.EnvironmentID) {
			room = make([]capture.Captured, 0, events)
		}
		return room != nil
	}
	s.sift(g, watched, func(c *capture.Captured, repeat bool) {
		if room != nil && !repeat {
			room = append(room, *c)
			f.page = append(f.page, &room[len(room)-1])
		}
	})
	if len(f.page) > 0 {
		f.Hub.Publish(f.page)
		clear(f.page)
		f.page = f.page[:0]
	}
}
