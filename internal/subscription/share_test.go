package subscription_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/subscription"
	"github.com/waymarkhq/waymark/internal/subscription/internal/testschema"
)

const feedA = `subscription{feed(topic:"a"){events{seq} dropped scope}}`

// started waits until n subscription resolvers have run.
func (w *world) started(n int64) {
	w.t.Helper()
	w.eventually(func() bool { return w.res.started.Load() == n }, "resolvers started")
}

// operations waits until n operations run.
func (w *world) operations(n int) {
	w.t.Helper()
	w.eventually(func() bool { return w.srv.Stats().Operations == n }, "operations run")
}

func TestEqualSubscriptionsShareOneExecution(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann@r")
	variants := []string{
		feedA,
		"# a comment\nsubscription {\n  feed(topic: \"a\", ) { events { seq }, dropped, scope }\n}",
		"subscription{feed(topic:\"\\u0061\"){events{seq} dropped scope}}",
	}
	for i, query := range variants {
		c.subscribe(fmt.Sprint(i), query)
	}
	bob := w.connect("bob@r")
	bob.subscribe("x", feedA)
	w.operations(4)
	w.started(1)
	require.Equal(t, 1, w.srv.Stats().SharedExecutions)
	w.res.publish("a", events(7, 2, 1))
	for range variants {
		f := c.next()
		require.Equal(t, "scope r", f.Payload.Data["feed"].Scope)
		require.Len(t, f.Payload.Data["feed"].Events, 2)
	}
	require.Equal(t, "scope r", bob.next().Payload.Data["feed"].Scope)
	require.EqualValues(t, 1, w.srv.Stats().Pages)
}

func TestVariablesAreComparedAsCoerced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann@r")
	for i, variables := range []string{`{"topic":"a"}`, `{"limit":10,"topic":"a"}`, `{"topic":"a","ignored":1}`} {
		c.send(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":"subscription($topic:String!,$limit:Int=10){feed(topic:$topic,limit:$limit){dropped}}","variables":%s}}`, i, variables))
	}
	w.operations(3)
	w.started(1)
	c.send(`{"id":"other","type":"subscribe","payload":{"query":"subscription($topic:String!,$limit:Int=10){feed(topic:$topic,limit:$limit){dropped}}","variables":{"topic":"a","limit":11}}}`)
	w.started(2)
}

func TestDifferentSubscriptionsDoNotShare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.connect("ann@r").subscribe("1", feedA)
	w.started(1)
	w.connect("bob@s").subscribe("1", feedA) // another scope
	w.started(2)
	w.connect("cid@r").subscribe("1", strings.Replace(feedA, "seq", "name", 1))
	w.started(3)
	w.connect("dee@r").subscribe("1", strings.Replace(feedA, "subscription", "subscription Named", 1))
	w.started(4)
	w.connect("eve@r").subscribe("1", `subscription{feed(topic:"""a"""){events{seq} dropped scope}}`) // layout of tokens
	w.started(5)
	require.Equal(t, 5, w.srv.Stats().SharedExecutions)
}

func TestViewerDependentSubscriptionsRunAsTheViewer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, name := range []string{"ann@r", "bob@r"} {
		c := w.connect(name)
		c.subscribe("1", `subscription{mine(topic:"m"){scope events{seq}}}`)
		w.started(int64(i + 1))
		w.res.publish("m", events(1, 1, 1))
		require.Equal(t, name, c.next().Payload.Data["mine"].Scope)
	}
	require.Zero(t, w.srv.Stats().SharedExecutions)
}

func TestLeaderLeavesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	leader := w.connect("ann@r")
	leader.subscribe("1", feedA)
	w.started(1)
	follower := w.connect("bob@r")
	follower.subscribe("1", feedA)
	w.operations(2)
	require.NoError(t, leader.Close())
	w.operations(1)
	w.res.publish("a", events(1, 3, 1))
	require.Len(t, follower.next().Payload.Data["feed"].Events, 3)
	follower.send(`{"type":"complete","id":"1"}`)
	w.eventually(func() bool { return w.res.running.Load() == 0 }, "the last viewer ends the execution")
	require.Zero(t, w.srv.Stats().SharedExecutions)
	follower.subscribe("1", feedA)
	w.started(2)
}

func TestSourceEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.connect("ann@r"), w.connect("bob@r")
	a.subscribe("1", feedA)
	b.subscribe("2", feedA)
	w.operations(2)
	w.started(1)
	w.res.publish("a", events(1, 1, 1))
	w.res.close("a")
	for _, c := range []*client{a, b} {
		id := c.next().ID
		c.expect(`{"id":"` + id + `","type":"complete"}`)
	}
	w.operations(0)
	require.Zero(t, w.srv.Stats().SharedExecutions)
}

// Who joins later gets the last snapshot at once.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const query = `subscription{state{version}}`
	first := w.connect("ann@r")
	first.subscribe("1", query)
	w.started(1)
	for version := range 3 {
		w.res.states[0] <- &testschema.State{Version: version}
		first.expect(fmt.Sprintf(`{"id":"1","type":"next","payload":{"data":{"state":{"version":%d}}}}`, version))
	}
	second := w.connect("bob@r")
	second.subscribe("1", query)
	second.expect(`{"id":"1","type":"next","payload":{"data":{"state":{"version":2}}}}`)
	require.EqualValues(t, 1, w.res.started.Load())
}

func TestErrorsInsideTheStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann@r")
	c.subscribe("1", `subscription{faulty(topic:"a"){seq fine(fails:true)}}`)
	for i := range 4 {
		w.res.faulties <- faulty(i + 1)
	}
	c.expect(`{"id":"1","type":"next","payload":{"data":{"faulty":{"seq":1,"fine":"fine"}}}}`)
	for range 2 { // an error, a panic: the stream goes on
		text := c.receive()
		require.Contains(t, text, `"type":"next"`)
		require.Contains(t, text, `"errors"`)
	}
	c.expect(`{"id":"1","type":"next","payload":{"data":{"faulty":{"seq":4,"fine":"fine"}}}}`)
}

func TestRevokedViewerIsCutAtTheNextPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.connect("ann@r"), w.connect("bob@r")
	ann.subscribe("1", feedA)
	bob.subscribe("1", feedA)
	w.operations(2)
	w.started(1)
	w.person("ann@r").revoked.Store(true)
	w.res.publish("a", events(1, 1, 1))
	_, _, err := ann.ReadMessage()
	requireClosed(t, err, 4403)
	bob.next()
	w.operations(1)
}

// Two roles, 200 viewers: all get all, one execution for each role.
func TestManyViewers(t *testing.T) {
	t.Parallel()
	const viewers, pages, perPage = 200, 120, 5
	w := newWorld(t, func(o *subscription.Options) {
		o.SocketBuffer, o.QueuePages, o.WriteTimeout = 32<<10, 20, time.Minute
	})
	clients := make([]*client, viewers)
	dial := w.dialer
	w.dialer = func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(ctx)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(16 << 10)
		}
		return conn, err
	}
	query := `subscription Watch($in: Boolean!) {
		live: feed(topic: "a") { ...E  lost: dropped @include(if: $in) ... on Page { scope } } }
		fragment E on Page { events { seq name note device { id model } violations { code property } } }`
	request, err := json.Marshal(map[string]any{"id": "one", "type": "subscribe", "payload": map[string]any{
		"query": query, "variables": map[string]any{"in": true},
	}})
	require.NoError(t, err)
	for i := range clients {
		if i == 1 {
			w.dialer = dial // only the first has a small buffer
		}
		clients[i] = w.connect(fmt.Sprintf("viewer%d@role%d", i, i%2))
		clients[i].send(string(request))
	}
	w.operations(viewers)
	w.started(2)

	slow, revoked := clients[0], clients[1]
	cut := make(chan error)
	go func() {
		for {
			if _, _, err := revoked.ReadMessage(); err != nil {
				cut <- err
				return
			}
		}
	}()
	const phase = 20 // pages that a reader may be behind
	for from := 0; from < pages; from += phase {
		if from == pages/2 {
			w.person("viewer1@role1").revoked.Store(true)
		}
		for i := from; i < from+phase; i++ {
			w.res.publish("a", events(1+i*perPage, perPage, 500))
		}
		var readers sync.WaitGroup
		for i, c := range clients[2:] {
			readers.Go(func() { c.expectPages("live", fmt.Sprintf("scope role%d", i%2), 1+from*perPage, phase*perPage) })
		}
		readers.Wait()
	}

	requireClosed(t, <-cut, 4403)
	seen, lost, tellings := 0, 0, 0
	for seen+lost < pages*perPage {
		page := slow.next().Payload.Data["live"]
		if page.Lost > 0 {
			tellings++
			require.Empty(t, page.Events)
		}
		lost += page.Lost
		for _, e := range page.Events {
			seen++
			require.Equal(t, seen+lost, e.Seq, "the gap is where the loss page is")
		}
	}
	require.Equal(t, pages*perPage, seen+lost)
	require.Positive(t, lost)
	require.EqualValues(t, lost, w.srv.Stats().DroppedEvents)
	require.Equal(t, 1, tellings, "consecutive losses are one page")

	for _, c := range append(clients[2:], slow) {
		require.NoError(t, c.Close())
	}
	w.operations(0)
	w.eventually(func() bool { return w.res.running.Load() == 0 && w.srv.Stats().WebSockets == 0 }, "all freed")
}

// Clients come, go and change their minds while events flow: what each sees of its stream has no hole that it is not
// told of, and nothing is left behind.
func TestComingAndGoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *subscription.Options) { o.QueuePages = 4 })
	stop := make(chan struct{})
	var publisher, clients sync.WaitGroup
	publisher.Go(func() {
		for seq := 1; ; seq += 2 {
			select {
			case <-stop:
				return
			default:
				w.res.publish("a", events(seq, 2, 100))
			}
		}
	})
	for i := range 16 {
		clients.Go(func() {
			for round := range 10 {
				c := w.connect(fmt.Sprintf("client%d@role%d", i, i%2))
				for range 5 {
					c.subscribe("1", feedA)
					c.expectStream(5)
					c.send(`{"type":"complete","id":"1"}`)
					c.send(`{"type":"ping"}`)
					for c.receive() != `{"type":"pong"}` { // what was on its way
					}
				}
				switch round % 3 {
				case 0:
					_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
				case 1:
					c.subscribe("2", "{hang}")
				}
				_ = c.Close()
			}
		})
	}
	clients.Wait()
	close(stop)
	publisher.Wait()
	w.operations(0)
	w.eventually(func() bool { return w.res.running.Load() == 0 && w.srv.Stats().WebSockets == 0 }, "all freed")
	require.Zero(t, w.srv.Stats().SharedExecutions)
}

// Memory and goroutines return to where they were.
func TestEverythingIsFreed(t *testing.T) { //nolint:paralleltest // it looks at the whole process
	w := newWorld(t)
	round := func() uint64 {
		for i := range 100 {
			c := w.connect(fmt.Sprintf("client%d@role%d", i, i%5))
			c.subscribe("1", feedA)
			c.subscribe("2", `subscription{mine(topic:"a"){dropped}}`)
			c.subscribe("3", `{hang}`)
			w.eventually(func() bool { return w.res.running.Load() == 2 && w.res.hanging.Load() == 1 }, "all running")
			w.res.publish("a", events(1, 10, 1000))
			c.next()
			require.NoError(t, c.Close())
			w.eventually(func() bool { return w.res.running.Load() == 0 && w.res.hanging.Load() == 0 }, "all ended")
		}
		w.forgetClients()
		w.eventually(func() bool { return w.srv.Stats().WebSockets == 0 }, "all gone")
		runtime.GC()
		runtime.GC() // of what finalizers held
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	first := round()
	goroutines := runtime.NumGoroutine()
	for range 3 {
		last := round()
		require.Less(t, last, first+1<<20)
	}
	w.eventually(func() bool { return runtime.NumGoroutine() <= goroutines+2 }, "goroutines")
}
