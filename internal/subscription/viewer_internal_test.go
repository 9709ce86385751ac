package subscription

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// model is what a viewer should do: every event is either written or told as lost, in its place.
type model struct {
	v       *viewer
	next    int   // number of the next event
	written []int // what the client saw: event numbers, and -n for "n were lost"
}

// TestViewerQueue plays random sequences of pages, writes and loss pages.
func TestViewerQueue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		srv := &Server{opts: Options{QueuePages: rapid.IntRange(1, 8).Draw(t, "pages"), QueueBytes: rapid.IntRange(1, 400).Draw(t, "bytes")}}
		x := &execution{srv: srv, kind: kindEvents, lossSig: make(chan struct{}, 1)}
		m := &model{v: &viewer{srv: srv, x: x}}
		firstOf := map[*page]int{}
		push := func(t *rapid.T) {
			n := rapid.IntRange(0, 5).Draw(t, "events")
			p := &page{weight: n, body: []byte(strings.Repeat("x", rapid.IntRange(0, 200).Draw(t, "size")))}
			firstOf[p] = m.next
			m.next += n
			m.v.push(p)
			require.LessOrEqual(t, m.v.pending.len(), srv.opts.QueuePages)
			require.True(t, m.v.pending.bytes <= srv.opts.QueueBytes || m.v.pending.len() == 1)
		}
		write := func(*rapid.T) {
			for p := m.v.next(); p != nil; p = m.v.next() {
				if first, isPage := firstOf[p]; isPage {
					for i := range p.weight {
						m.written = append(m.written, first+i)
					}
				} else if !p.ends() {
					m.written = append(m.written, -p.weight)
				}
			}
		}
		tell := func(*rapid.T) {
			for _, v := range x.losers {
				v.tell(&page{weight: v.takeLoss()})
			}
			x.losers = nil
		}
		t.Repeat(map[string]func(*rapid.T){"push": push, "write": write, "tell": tell})
		m.v.push(completePage)
		m.v.push(&page{weight: 1}) // nothing follows the end
		for m.v.waiting() || len(x.losers) > 0 {
			write(t)
			tell(t)
		}
		seen := 0
		for _, w := range m.written {
			if w >= 0 {
				require.Equal(t, seen, w, "in order, and the gap is where the loss is told")
				seen++
			} else {
				seen -= w
			}
		}
		require.Equal(t, m.next, seen, "exact")
		require.Zero(t, m.v.pending.len()+m.v.pending.bytes)
	})
}

// An interceptor that answers without executing leaves its item behind; the next response is that of the next item.
func TestFeedForgetsItemsThatWereNotTaken(t *testing.T) {
	t.Parallel()
	f := &typedFeed[int]{out: make(chan int, 1)}
	f.put(1)
	f.put(2)
	require.Equal(t, 2, <-f.out)
}
