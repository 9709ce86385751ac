package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// Test200Viewers has 200 people of two roles watch 500 events per second. One stops reading, one loses its rights: the
// other 198 lose nothing, and when all have left, nothing of them is left in the server. One more stops for a while only,
// and hears how many it has lost.
func Test200Viewers(t *testing.T) {
	t.Parallel()
	watchTogether(t, 1, 0)
}

// watchTogether runs the scene some times, for at least so long each.
func watchTogether(t *testing.T, times int, atLeast time.Duration) {
	t.Helper()
	s := start(t)
	admin := s.admin(t)
	planned := planShop(t, admin)
	tokens := []string{}
	for _, role := range []string{"VIEWER", "TESTER"} {
		token, _ := admin.bot(t, role)
		tokens = append(tokens, token)
	}
	scene{t, s, admin, planned, tokens, 0}.play(12, 3*time.Second) // what is made once is made
	before := s.footprint(t, admin)
	remembered := int64(0) // by the two who know repeats, for ten minutes
	for i := range times {
		remembered += 128 * int64(scene{t, s, admin, planned, tokens, i + 1}.play(200, atLeast))
		var after footprint
		eventually(t, "all goroutines have ended", func() bool {
			after = s.footprint(t, admin)
			return after.goroutines <= before.goroutines+5
		})
		t.Logf("before %v, after %v", before, after)
		require.LessOrEqual(t, after.heap, before.heap+remembered+4<<20, "live heap")
		require.LessOrEqual(t, after.resident, before.resident+96<<20, "resident memory")
		require.LessOrEqual(t, after.descriptors, before.descriptors+10, "open files")
	}
	require.Empty(t, linesWith(s.printed(), "panic"))
}

// scene is a number of viewers and what becomes of them.
type scene struct {
	t       *testing.T
	server  *server
	admin   *client
	planned shop
	tokens  []string
	number  int
}

// play returns how many events there were.
func (c scene) play(viewers int, atLeast time.Duration) (events int) {
	t, s := c.t, c.server
	t.Helper()
	slowEnds, revokedEnds := s.metric(t, "waymark_live_ends_total", "slow"), s.metric(t, "waymark_live_ends_total", "revoked")
	dropped := s.metric(t, "waymark_live_dropped_events_total")
	revocable, revocableID := c.admin.bot(t, "VIEWER")

	honest := make([]*viewer, viewers-2)
	for i := range honest {
		dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
		honest[i] = look(t, s, dialer, c.tokens[i%2], []string{plainPage, plainPage, plainPage, nestedPage}[i/2%4])
	}
	revoked := look(t, s, websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}, revocable, nestedPage)
	late, gone := look(t, s, hardlyBuffered(), c.tokens[0], largePage), look(t, s, hardlyBuffered(), c.tokens[0], largePage)
	late.paused, gone.paused = make(chan struct{}), make(chan struct{})
	everybody := append(slices.Clone(honest), revoked, late, gone)
	for _, v := range everybody {
		go v.watch()
	}
	awaitViewers(t, s, viewers+1)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var sending sync.WaitGroup
	begun := time.Now()
	reported := 0
	sending.Go(func() { reported = c.report(ctx, 500) })
	eventually(t, "the slow viewers' pages are dropped", func() bool { return s.metric(t, "waymark_live_dropped_events_total") > dropped })
	close(late.paused) // In time: it reads on, and hears what it has lost.
	c.admin.must(t, `mutation($id: ID!) { revokeAPIToken(input: {id: $id}) { apiToken { id } } }`, vars{"id": revocableID})
	<-revoked.ended
	eventually(t, "who reads no more is ended", func() bool { return s.metric(t, "waymark_live_ends_total", "slow") == slowEnds+1 })
	pause(t, atLeast-time.Since(begun))
	cancel()
	sending.Wait()
	took := time.Since(begun)
	close(gone.paused)
	<-gone.ended

	var all []int64
	eventually(t, "all events are stored", func() bool {
		all = c.captured()
		return len(all) >= reported
	})
	require.Len(t, all, reported)
	for _, v := range append(slices.Clone(honest), late) {
		eventually(t, "everybody has seen the last event", func() bool { return v.newest() == all[len(all)-1] })
	}
	for _, v := range honest {
		require.Zero(t, v.requireAll(t, all), "who reads loses nothing")
	}
	lost := late.requireAll(t, all)
	require.Positive(t, lost, "who paused is told what it lost")
	var closed *websocket.CloseError
	require.ErrorAs(t, revoked.err, &closed)
	require.Equal(t, 4403, closed.Code)
	require.Zero(t, revoked.requireAll(t, all), "who is cut has lost nothing before")
	require.Equal(t, revokedEnds+1, s.metric(t, "waymark_live_ends_total", "revoked"))
	t.Logf("%d viewers, %d events, %.0f per second; %d told to the one who paused", viewers, len(all), float64(len(all))/took.Seconds(), lost)
	for _, v := range everybody {
		_ = v.ws.Close()
		<-v.ended
	}
	return len(all)
}

// report sends events in payloads of ten until ctx ends, and returns how many the server has taken.
func (c scene) report(ctx context.Context, perSecond int) (taken int) {
	const size = 10
	sender := http.Client{Transport: &http.Transport{}}
	defer sender.CloseIdleConnections()
	begun := time.Now()
	for n := 0; ; n++ {
		select {
		case <-time.After(time.Until(begun.Add(time.Duration(n*size) * time.Second / time.Duration(perSecond)))):
		case <-ctx.Done():
			return taken
		}
		var records []string
		for i := range size {
			records = append(records, fmt.Sprintf(`{"type":"track","event":"order_paid","userId":"u%d","messageId":"scene%d-%d-%d",
				"context":{"os":{"name":"Android"}},"properties":{"product_name":"%s","category":"手机","price":1,"quantity":1,
				"is_vip":true,"tags":["a"],"seq":%d,"run_id":"scene%d"}}`, i, c.number, n, i, strings.Repeat("果", 300), n, c.number))
		}
		request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, c.server.URL+"/v1/batch",
			strings.NewReader(`{"batch":[`+strings.Join(records, ",")+`]}`))
		if err != nil {
			return taken
		}
		request.SetBasicAuth(c.planned.Test, "")
		if response, err := sender.Do(request); err == nil {
			taken += size * int(count(response.StatusCode == http.StatusOK))
			_ = response.Body.Close()
		}
	}
}

// captured are the sequence numbers of all events of the scene, in order.
func (c scene) captured() (seqs []int64) {
	run := fmt.Sprintf(`"run_id":"scene%d"`, c.number)
	for after, more := any(nil), true; more; {
		page := c.admin.must(c.t, `query($after: Cursor, $run: String) { capturedEvents(app: "shop", environment: "test", first: 200, after: $after,
			filter: {text: $run}) { nodes { seq } pageInfo { hasNextPage endCursor } } }`, vars{"after": after, "run": run}).at("capturedEvents")
		for _, n := range page.list("nodes") {
			seqs = append(seqs, int64(n.number("seq")))
		}
		after, more = page.text("pageInfo", "endCursor"), page.at("pageInfo", "hasNextPage").v == true
	}
	slices.Reverse(seqs)
	return seqs
}

// footprint is what a server holds when nobody uses it.
type footprint struct {
	goroutines, descriptors int
	heap                    int64 // what survived the last collection, in bytes
	resident                int64
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %d files, %.1f MiB live, %.1f MiB resident", f.goroutines, f.descriptors,
		float64(f.heap)/(1<<20), float64(f.resident)/(1<<20))
}

// footprint asks for things until the garbage collector has run twice, so that what is counted is really held.
func (s *server) footprint(t *testing.T, c *client) footprint {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	runs := s.metric(t, "go_gc_duration_seconds_count")
	eventually(t, "the garbage is collected", func() bool {
		for range 5 {
			c.must(t, `{ capturedEvents(app: "shop", environment: "test", first: 200) { nodes { raw } } }`, nil)
		}
		return s.metric(t, "go_gc_duration_seconds_count") >= runs+2
	})
	resident, _ := s.resident(t)
	return footprint{
		goroutines: int(s.metric(t, "go_goroutines")), descriptors: int(s.metric(t, "process_open_fds")),
		heap: int64(s.metric(t, "go_memstats_next_gc_bytes")) / 2, resident: resident,
	}
}

// linesWith are the lines of a text that hold a word.
func linesWith(text, word string) (found []string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			found = append(found, line)
		}
	}
	return found
}
