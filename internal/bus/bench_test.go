package bus_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
)

const (
	eventBytes = 926 // the design's payload event
	publishers = 4
)

// BenchmarkFsync is what the machine asks for one durable append: write and fsync of one group of that size.
func BenchmarkFsync(b *testing.B) {
	for _, kib := range []int{4, 64, 512} {
		b.Run(fmt.Sprintf("KiB=%d", kib), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "log"))
			require.NoError(b, err)
			defer func() { require.NoError(b, f.Close()) }()
			data := bytes.Repeat([]byte{'x'}, kib<<10)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := f.Write(data); err != nil {
					b.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBudgetPublish compares the bus with its floor: the same payloads, each published to JetStream as a message of
// its own by as many callers, without a group. Each iteration is one payload.
func BenchmarkBudgetPublish(b *testing.B) {
	for _, mode := range []bus.AckMode{bus.AckFsync, bus.AckProcess} {
		for _, events := range []int{1, 50} {
			records := several(func() []byte { return realistic(events) })
			b.Run(fmt.Sprintf("ack=%s/events=%d/bus", mode, events), func(b *testing.B) {
				w := opened(b, bus.Options{Dir: b.TempDir(), Ack: mode})
				load(b, publishers, events, func() error { return w.Publish(b.Context(), events, records()) })
			})
			b.Run(fmt.Sprintf("ack=%s/events=%d/floor", mode, events), func(b *testing.B) {
				js := rawJetStream(b, mode)
				load(b, publishers, events, func() error {
					_, err := js.Publish(b.Context(), "raw", records())
					return err
				})
			})
		}
	}
}

// BenchmarkBudgetRead is what one reader costs per event of payloads of 50.
func BenchmarkBudgetRead(b *testing.B) {
	w := opened(b, bus.Options{Dir: b.TempDir(), Ack: bus.AckProcess})
	const events, groups = 50, 2000
	records := several(func() []byte { return realistic(events) })
	for range groups {
		require.NoError(b, w.Publish(b.Context(), events, records()))
	}
	cpu := cpuTime()
	for b.Loop() {
		seen := 0
		err := w.ReadTo(b.Context(), 1, groups, func(g bus.Group) error {
			for n := range g.Records() {
				seen += n
			}
			return nil
		})
		if err != nil || seen != events*groups {
			b.Fatal(err, seen)
		}
	}
	report(b, cpuTime()-cpu, b.N*events*groups)
}

// BenchmarkRounds has callers over HTTP, who come back some time after their answer, with and without a hold.
func BenchmarkRounds(b *testing.B) {
	for _, hold := range []bool{true, false} {
		for _, callers := range []int{1, 4, 16, 64} {
			b.Run(fmt.Sprintf("hold=%t/callers=%d", hold, callers), func(b *testing.B) {
				w := opened(b, bus.Options{Dir: b.TempDir()})
				w.SetHold(hold)
				url := serve(b, w)
				records := several(func() []byte { return realistic(1) })
				client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
				load(b, callers, 1, func() error {
					r, err := client.Post(url, "", bytes.NewReader(records()))
					if err == nil {
						err = r.Body.Close()
					}
					return err
				})
				client.CloseIdleConnections()
				reportGroups(b, w)
			})
		}
	}
}

// serve publishes each request's body.
func serve(b *testing.B, w *bus.Bus) (url string) {
	b.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		record, err := io.ReadAll(r.Body)
		if err == nil {
			err = w.Publish(r.Context(), 1, record)
		}
		if err != nil {
			b.Error(err)
		}
	}))
	b.Cleanup(srv.Close)
	return srv.URL
}

// BenchmarkGroupsInFlight makes several groups durable at the same time.
func BenchmarkGroupsInFlight(b *testing.B) {
	for _, events := range []int{1, 50} {
		records := several(func() []byte { return realistic(events) })
		for _, n := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("events=%d/groups=%d", events, n), func(b *testing.B) {
				w := opened(b, bus.Options{Dir: b.TempDir()})
				w.SetHold(false)
				w.SetGroupsInFlight(n)
				load(b, 16, events, func() error { return w.Publish(b.Context(), events, records()) })
				reportGroups(b, w)
			})
		}
	}
}

// BenchmarkPacking publishes and reads payloads of 50 that can be packed, and others of the same size that cannot.
func BenchmarkPacking(b *testing.B) {
	const events = 50
	for name, one := range map[string]func() []byte{
		"text":  func() []byte { return realistic(events) },
		"noise": func() []byte { return noise(events * eventBytes) },
	} {
		records := several(one)
		b.Run(name, func(b *testing.B) {
			w := opened(b, bus.Options{Dir: b.TempDir()})
			cpu := cpuTime()
			load(b, publishers, events, func() error { return w.Publish(b.Context(), events, records()) })
			stats, err := w.StreamStats(b.Context())
			require.NoError(b, err)
			require.NoError(b, w.ReadTo(b.Context(), 1, stats.LastSeq, func(bus.Group) error { return nil }))
			b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/1e3/float64(b.N*events), "cpu-with-read-µs/event")
			b.ReportMetric(float64(stats.Bytes)/float64(b.N*events), "disk-B/event")
		})
	}
}

func reportGroups(b *testing.B, w *bus.Bus) {
	b.Helper()
	stats, err := w.StreamStats(b.Context())
	require.NoError(b, err)
	b.ReportMetric(float64(b.N)/float64(stats.Groups), "records/group")
}

// load runs publish b.N times on that many callers and reports per event.
func load(b *testing.B, callers, events int, publish func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	cpu := cpuTime()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := publish(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	cpu = cpuTime() - cpu
	b.StopTimer()
	report(b, cpu, b.N*events)
}

func report(b *testing.B, cpu time.Duration, events int) {
	b.Helper()
	b.ReportMetric(float64(cpu.Nanoseconds())/1e3/float64(events), "cpu-µs/event")
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// rawJetStream is an embedded server with one stream on subject raw, used without the bus.
func rawJetStream(b *testing.B, mode bus.AckMode) jetstream.JetStream {
	b.Helper()
	o := &server.Options{
		DontListen: true, NoSigs: true, JetStream: true, StoreDir: b.TempDir(),
		SyncAlways: mode == bus.AckFsync, SyncInterval: time.Second, MaxPayload: 8 << 20,
	}
	srv, err := server.NewServer(o)
	require.NoError(b, err)
	srv.Start()
	require.True(b, srv.ReadyForConnections(10*time.Second))
	conn, err := nats.Connect("", nats.InProcessServer(srv))
	require.NoError(b, err)
	b.Cleanup(func() {
		conn.Close()
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	js, err := jetstream.New(conn)
	require.NoError(b, err)
	_, err = js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "RAW", Subjects: []string{"raw"}})
	require.NoError(b, err)
	return js
}

// several makes 64 payloads and hands them out in turn, so that groups do not repeat themselves.
func several(one func() []byte) func() []byte {
	payloads := make([][]byte, 64)
	for i := range payloads {
		payloads[i] = one()
	}
	var n atomic.Uint64
	return func() []byte { return payloads[n.Add(1)%64] }
}

// noise is n bytes that cannot be packed.
func noise(n int) []byte {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], rand.Uint64())
	out := make([]byte, n)
	_, _ = rand.NewChaCha8(seed).Read(out) // never fails
	return out
}

// realistic is a payload of n events of eventBytes each, as one device's SDK would send it.
func realistic(n int) []byte {
	device := uuid.NewString()
	var out []byte
	for range n {
		event := fmt.Sprintf(`{"type":"track","event":"product_viewed_%d","messageId":"%s","anonymousId":"%s",`+
			`"userId":"u%08d","timestamp":"2026-11-22T10:%02d:%02d.%03dZ","context":{"app":{"name":"Shop","version":"8.6.1",`+
			`"build":"801"},"device":{"id":"%s","manufacturer":"Xiaomi","model":"M2102K1C","type":"android"},"library":`+
			`{"name":"analytics-android","version":"4.11.3"},"locale":"zh-CN","network":{"carrier":"CMCC","wifi":true},`+
			`"os":{"name":"Android","version":"13"},"screen":{"density":2.75,"height":2297,"width":1080},"timezone":`+
			`"Asia/Shanghai"},"properties":{"product_id":"sku_%d","price":%d.%02d,"currency":"CNY","position":%d,`+
			`"list":"推荐","category":"手机","quantity":%d,"coupon":"C%06d","session":"%s"`,
			rand.IntN(20), uuid.NewString(), device, rand.IntN(1e8), rand.IntN(60), rand.IntN(60), rand.IntN(1000), device,
			rand.IntN(1e6), rand.IntN(9999), rand.IntN(100), rand.IntN(50), rand.IntN(5), rand.IntN(1e6), uuid.NewString())
		out = append(out, event...)
		out = append(out, bytes.Repeat([]byte{' '}, eventBytes-2-len(event))...)
		out = append(out, "}}"...)
	}
	return out
}
