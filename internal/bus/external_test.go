package bus_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
)

// natsServer is an external server on a port of its own, which the test stops and starts.
type natsServer struct {
	t    *testing.T
	port int
	dir  string
	srv  *server.Server
}

func startServer(t *testing.T) *natsServer {
	t.Helper()
	s := &natsServer{t: t, port: server.RANDOM_PORT, dir: t.TempDir()}
	t.Cleanup(s.stop)
	s.start()
	return s
}

func (s *natsServer) start() {
	s.t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: s.port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: s.dir, JetStreamMaxStore: 1 << 60,
	})
	require.NoError(s.t, err)
	srv.Start()
	require.True(s.t, srv.ReadyForConnections(10*time.Second))
	s.srv, s.port = srv, srv.Addr().(*net.TCPAddr).Port
}

func (s *natsServer) stop() {
	if s.srv != nil {
		s.srv.Shutdown()
		s.srv.WaitForShutdown()
		s.srv = nil
	}
}

func (s *natsServer) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", s.port) }

// save copies what is stored while the server is stopped; the server then goes on with the original.
func (s *natsServer) save() (copied string) {
	s.t.Helper()
	s.stop()
	copied = filepath.Join(s.t.TempDir(), "copy")
	require.NoError(s.t, os.CopyFS(copied, os.DirFS(s.dir)))
	s.start()
	return copied
}

// raw is a client past the bus.
func (s *natsServer) raw() jetstream.JetStream {
	s.t.Helper()
	conn, err := nats.Connect(s.url())
	require.NoError(s.t, err)
	s.t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(s.t, err)
	return js
}

// eventually waits for something that happens in the background of a client or a server.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 20*time.Second, 5*time.Millisecond, what)
}

// insist publishes until the record is acknowledged, as SDKs do.
func insist(ctx context.Context, b *bus.Bus, text string) (refused int, err error) {
	for ; ; refused++ {
		if err = b.Publish(ctx, 1, []byte(text)); err == nil || ctx.Err() != nil {
			return refused, err
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// TestServerRestarts stops and starts the server under four publishers and a reader.
func TestServerRestarts(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := opened(t, bus.Options{URL: s.url()})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	var seqs []uint64
	seen := map[string]int{}
	reader := make(chan error, 1)
	readerCtx, stopReader := context.WithCancel(ctx)
	var mu sync.Mutex
	go func() {
		reader <- b.Read(readerCtx, 1, func(g bus.Group) error {
			mu.Lock()
			defer mu.Unlock()
			seqs = append(seqs, g.Seq)
			for _, r := range g.Records() {
				seen[string(r)]++
			}
			return nil
		})
	}()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var acknowledged, refused int
	for p := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				n, err := insist(ctx, b, fmt.Sprintf("%d/%d", p, i))
				mu.Lock()
				refused += n
				if err == nil {
					acknowledged++
				}
				mu.Unlock()
			}
		})
	}
	for range 3 {
		mu.Lock()
		before := acknowledged
		mu.Unlock()
		eventually(t, "publishing goes on", func() bool { mu.Lock(); defer mu.Unlock(); return acknowledged > before+50 })
		s.stop()
		requireReason(t, b.Publish(ctx, 1, []byte("nobody there")), bus.ReasonDown)
		requireReason(t, b.Healthy(), bus.ReasonDown)
		s.start()
	}
	eventually(t, "healthy again", func() bool { return b.Healthy() == nil })
	close(stop)
	wg.Wait()
	stats, err := b.StreamStats(ctx)
	require.NoError(t, err)
	eventually(t, "reader caught up", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return uint64(len(seqs)) >= stats.LastSeq
	})
	stopReader()
	require.ErrorIs(t, <-reader, context.Canceled)

	require.Positive(t, refused)
	for i, seq := range seqs {
		require.EqualValues(t, i+1, seq, "each group once, in order")
	}
	total := 0
	for text, n := range seen {
		if text != "nobody there" {
			total++
			require.GreaterOrEqual(t, n, 1)
		}
	}
	require.Equal(t, acknowledged, total)
}

func TestServerThatComesLater(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.stop()
	b := open(t, bus.Options{URL: s.url()})
	requireReason(t, b.Healthy(), bus.ReasonDown)
	_, err := b.EnsureStream(t.Context(), bus.Position{})
	requireReason(t, err, bus.ReasonDown)
	require.Equal(t, bus.MaxRecordBytes, b.MaxRecord())

	s.start()
	eventually(t, "the stream is made", func() bool {
		_, err := b.EnsureStream(t.Context(), bus.Position{})
		return err == nil
	})
	require.NoError(t, b.Healthy())
	publish(t, b, "a")
	require.Less(t, b.MaxRecord(), 1<<20, "the server's default limit")
	require.Greater(t, b.MaxRecord(), 1<<20-100)
	require.NoError(t, b.Publish(t.Context(), 1, noise(b.MaxRecord())))
	require.Error(t, b.Publish(t.Context(), 1, noise(b.MaxRecord()+1)))
}

func TestBadURL(t *testing.T) {
	t.Parallel()
	_, err := bus.Open(t.Context(), bus.Options{URL: "nats://[::1"})
	require.Error(t, err)
}

func TestTwoNodesShareOneStream(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	infos := make(chan bus.StreamInfo, 2)
	nodes := make([]*bus.Bus, 2)
	for i := range nodes {
		nodes[i] = open(t, bus.Options{URL: s.url()})
	}
	for _, b := range nodes {
		go func() {
			info, err := b.EnsureStream(context.Background(), bus.Position{})
			if err != nil {
				t.Error(err)
			}
			infos <- info
		}()
	}
	one, two := <-infos, <-infos
	require.Equal(t, one.ID, two.ID)
	require.NotEqual(t, one.Created, two.Created)

	heard := make(chan string, 1)
	stop, err := nodes[1].Listen("plan.*", func(_ string, data []byte) { heard <- string(data) })
	require.NoError(t, err)
	defer stop()
	publish(t, nodes[0], "a")
	publish(t, nodes[1], "b")
	items, _ := readAll(t, nodes[1], 1)
	require.Equal(t, []string{"a", "b"}, texts(items))
	eventually(t, "notice", func() bool {
		require.NoError(t, nodes[0].Notify("plan.shop", []byte("7")))
		select {
		case got := <-heard:
			return got == "7"
		case <-time.After(10 * time.Millisecond):
			return false
		}
	})
}

// TestReaderWhoseConsumerIsDeleted goes on with a new one.
func TestReaderWhoseConsumerIsDeleted(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := opened(t, bus.Options{URL: s.url()})
	js := s.raw()
	got := make(chan uint64)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- b.Read(ctx, 1, func(g bus.Group) error { got <- g.Seq; return nil })
	}()
	for i := range uint64(3) {
		publish(t, b, "x")
		require.Equal(t, i+1, <-got)
		stream, err := js.Stream(ctx, bus.StreamName)
		require.NoError(t, err)
		for name := range stream.ConsumerNames(ctx).Name() {
			require.NoError(t, stream.DeleteConsumer(ctx, name))
		}
	}
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}
