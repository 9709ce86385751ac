package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/bus/bustest"
	"github.com/waymarkhq/waymark/internal/store"
)

// The rate at which the generator sends, and the one that a node has to keep up with before it is killed.
const (
	sentPerSecond  = 4000
	takenPerSecond = 2000
)

// TestKillAndRecount ends the server with kill -9 while it takes at least 2,000 events per second, starts it again, and
// compares samples and counters with an independent recount of the stream: what was acknowledged is there exactly once.
func TestKillAndRecount(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); killSingle(t, 3) })
	t.Run("PostgreSQL, two nodes, one NATS", func(t *testing.T) { t.Parallel(); killCluster(t, 3) })
}

func killSingle(t *testing.T, rounds int) {
	t.Helper()
	s := start(t)
	admin := s.admin(t)
	planShop(t, admin)
	keys, test := environmentKeys(t, admin)
	l, r := newLoad([]string{s.URL}, keys), newRecount()
	for i := range rounds {
		perSecond := killUnderLoad(t, l, []*server{s})
		s.start(t)
		last := l.sendAgain(t.Context(), t, test)
		awaitStored(t, admin, last)
		s.stop(t) // The files have one user at a time.
		openCapture(t, store.Options{Dir: s.Dir}, bus.Options{Dir: filepath.Join(s.Dir, "bus")}, func(db *store.Store, b *bus.Bus) {
			position, err := db.CapturePosition(t.Context())
			require.NoError(t, err)
			r.read(t, b, position)
			r.compare(t, db, l)
		})
		t.Logf("round %d of %d: killed at %d events per second; %d events, %d groups", i+1, rounds, perSecond, len(r.kept), r.next-1)
		if i+1 < rounds {
			s.start(t)
		}
	}
}

func killCluster(t *testing.T, rounds int) {
	t.Helper()
	nats := bustest.New(t.TempDir())
	require.NoError(t, nats.Start())
	t.Cleanup(nats.Stop)
	database := migrated(t)
	environment := []string{database, "NATS_URL=" + nats.URL()}
	nodes := []*server{start(t, environment...), start(t, environment...)}
	admin := nodes[0].admin(t)
	planShop(t, admin)
	keys, test := environmentKeys(t, admin)
	awaitPlan(t, admin, nodes...)
	l, r := newLoad([]string{nodes[0].URL, nodes[1].URL}, keys), newRecount()
	compare := func(what string, perSecond int64) {
		last := l.sendAgain(t.Context(), t, test)
		awaitStored(t, admin, last)
		openCapture(t, store.Options{DatabaseURL: strings.TrimPrefix(database, "DATABASE_URL=")}, bus.Options{URL: nats.URL()}, func(db *store.Store, b *bus.Bus) {
			position, err := db.CapturePosition(t.Context())
			require.NoError(t, err)
			r.read(t, b, position)
			r.compare(t, db, l)
		})
		t.Logf("%s at %d events per second; %d events, %d groups", what, perSecond, len(r.kept), r.next-1)
	}
	for i := range rounds {
		victims := [][]*server{{writer(t, nodes)}, {nodes[rand.IntN(2)]}, nodes}[i%3]
		perSecond := killUnderLoad(t, l, victims)
		for _, v := range victims {
			v.start(t)
		}
		compare(fmt.Sprintf("round %d of %d: %d of 2 nodes killed", i+1, rounds, len(victims)), perSecond)
	}
	for range (rounds + 2) / 3 {
		compare("the writer frozen", freezeUnderLoad(t, l, nodes))
	}
}

// freezeUnderLoad stops the node that writes in the middle of everything, for so long that the other one takes over, and
// lets it go on: with what it had in its hands, and not knowing that it writes no more. Where it stops in the middle of a
// statement, the database waits for the rest of it and lets nobody else write; then it just goes on.
func freezeUnderLoad(t *testing.T, l *load, nodes []*server) (perSecond int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { l.run(ctx, sentPerSecond) })
	perSecond = l.busy(t, takenPerSecond)
	frozen := writer(t, nodes)
	pause(t, time.Duration(rand.IntN(700))*time.Millisecond)
	require.NoError(t, frozen.process.Process.Signal(syscall.SIGSTOP))
	thaw := sync.OnceFunc(func() { _ = frozen.process.Process.Signal(syscall.SIGCONT) })
	defer thaw()
	other := nodes[0]
	if other == frozen {
		other = nodes[1]
	}
	took := false
	for begun := time.Now(); !took && time.Since(begun) < 15*time.Second; {
		pause(t, 100*time.Millisecond)
		took = other.metric(t, "waymark_writer_leading") == 1
	}
	t.Logf("the other node took over: %v", took)
	thaw()
	pause(t, time.Duration(rand.IntN(500))*time.Millisecond)
	cancel()
	wg.Wait()
	return perSecond
}

// killUnderLoad kills servers at a random moment while the load runs at full rate, which it goes on with for a moment, and
// returns the rate.
func killUnderLoad(t *testing.T, l *load, victims []*server) (perSecond int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { l.run(ctx, sentPerSecond) })
	perSecond = l.busy(t, takenPerSecond)
	pause(t, time.Duration(rand.IntN(700))*time.Millisecond)
	for _, v := range victims {
		v.kill()
	}
	pause(t, time.Duration(rand.IntN(500))*time.Millisecond)
	cancel()
	wg.Wait()
	return perSecond
}

// pause lets time pass where the moment at which something happens is to be a random one.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// environmentKeys are the write keys of the shop's environments by the environments' ids, and the id of test.
func environmentKeys(t *testing.T, c *client) (keys map[string]string, test string) {
	t.Helper()
	keys = map[string]string{}
	for _, e := range c.must(t, `{ app(key: "shop") { environments { id key writeKeys { key } } } }`, nil).list("app", "environments") {
		keys[e.text("id")] = e.text("writeKeys", 0, "key")
		if e.text("key") == "test" {
			test = e.text("id")
		}
	}
	require.Len(t, keys, 2)
	return keys, test
}

// awaitStored waits until an event of the shop's test environment is in the database.
func awaitStored(t *testing.T, c *client, id string) {
	t.Helper()
	eventually(t, "the last event is stored", func() bool {
		a := c.ask(t, `query($id: String!) { capturedEvents(app: "shop", environment: "test", first: 200, filter: {text: $id}) { nodes { messageId } } }`,
			vars{"id": id})
		return a.Data.text("capturedEvents", "nodes", 0, "messageId") == id
	})
}

// writer is the node that writes at the moment.
func writer(t *testing.T, nodes []*server) (leading *server) {
	t.Helper()
	eventually(t, "some node writes", func() bool {
		for _, n := range nodes {
			if n.metric(t, "waymark_writer_leading") == 1 {
				leading = n
			}
		}
		return leading != nil
	})
	return leading
}
