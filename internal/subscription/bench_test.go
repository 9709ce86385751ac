package subscription_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/subscription"
	"github.com/waymarkhq/waymark/internal/subscription/internal/testschema"
)

// The viewers of the benchmarks live in a process of their own, so that the CPU time of this one is the server's: it is
// the test binary, started with benchViewers set to "address query-with-%d connections".
const benchViewers = "SUBSCRIPTION_BENCH_VIEWERS"

// budgetPayload is the size of the payload that the budget is about.
const budgetPayload = 926

// viewAll opens connections and throws away what they get, until standard input ends.
func viewAll(spec string) error {
	parts := strings.SplitN(spec, " ", 3)
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return err
	}
	for i := range n {
		conn, resp, err := (&websocket.Dialer{Subprotocols: []string{subscription.Subprotocol}}).Dial("ws://"+parts[0]+"/", nil)
		if err != nil {
			return fmt.Errorf("dial: %w (%v)", err, resp)
		}
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init","payload":{"token":"ann@r"}}`))
		query := strings.ReplaceAll(parts[2], "%d", strconv.Itoa(i))
		_ = conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":"0193a5a8-7e7d-7b8e-9f6a-%012d","type":"subscribe","payload":{"query":%q}}`, i, query))
		go func() {
			_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{conn.NetConn()}, make([]byte, 64<<10))
		}()
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startViewers starts the other process.
func startViewers(b *testing.B, host string, n int, query string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), benchViewers+"="+host+" "+strconv.Itoa(n)+" "+query)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
}

// cpu is the CPU time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// steady calls page b.N times at a steady rate and reports the CPU time of one delivery to each of the viewers.
func steady(b *testing.B, perSecond, viewers int, page func(i int), settled func()) {
	b.Helper()
	runtime.GC()
	start := cpu()
	b.ResetTimer()
	begin := time.Now()
	for i := range b.N {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(perSecond))))
		page(i)
	}
	settled()
	b.StopTimer()
	deliveries := float64(b.N) * float64(viewers)
	b.ReportMetric(float64(cpu()-start)/1e3/deliveries, "cpu-µs/delivery")
	b.ReportMetric(0, "ns/op")
}

// budgetPage makes a page whose payload has exactly budgetPayload bytes in feedA's selection with notes.
func budgetPage(seq int) *testschema.Page {
	base := len(fmt.Sprintf(`{"data":{"feed":{"events":[{"seq":%d,"note":"","device":{"id":"d1"}}],"dropped":0}}}`, seq))
	return events(seq, 1, budgetPayload-base)
}

const budgetQuery = `subscription{feed(topic:"t%s"){events{seq note device{id}} dropped}}`

func benchmarkDelivery(b *testing.B, perSecond, viewers, executions int, query string) {
	b.Helper()
	w := newWorld(b, func(o *subscription.Options) { o.PingInterval = time.Hour }) // the viewers answer no pings
	startViewers(b, w.host, viewers, query)
	w.operations(viewers)
	w.started(int64(executions))
	before := w.srv.Stats()
	steady(b, perSecond, viewers, func(i int) {
		w.res.publish("", budgetPage(i))
	}, func() {
		w.eventually(func() bool { return w.srv.Stats().Deliveries-before.Deliveries >= uint64(b.N*viewers) }, "delivered")
	})
	after := w.srv.Stats()
	require.Zero(b, after.DroppedPages)
	b.ReportMetric(float64(after.Deliveries-before.Deliveries)/float64(after.Writes-before.Writes), "pages/write")
}

// BenchmarkBudgetDelivery is the budget of one delivery to each of 200 equal subscriptions, at steady loads.
func BenchmarkBudgetDelivery(b *testing.B) {
	for _, perSecond := range []int{100, 500, 1000} {
		b.Run(fmt.Sprintf("equal-200/rate-%d", perSecond), func(b *testing.B) {
			benchmarkDelivery(b, perSecond, 200, 1, fmt.Sprintf(budgetQuery, ""))
		})
	}
}

// BenchmarkBudgetDeliveryDifferent is the budget where all 200 subscriptions differ.
func BenchmarkBudgetDeliveryDifferent(b *testing.B) {
	for _, perSecond := range []int{20, 100} {
		b.Run(fmt.Sprintf("different-200/rate-%d", perSecond), func(b *testing.B) {
			benchmarkDelivery(b, perSecond, 200, 200, fmt.Sprintf(budgetQuery, "%d"))
		})
	}
}

// BenchmarkFloorPreparedMessage is the floor: the same bytes, broadcast by gorilla.
func BenchmarkFloorPreparedMessage(b *testing.B) {
	for _, perSecond := range []int{100, 500, 1000} {
		b.Run(fmt.Sprintf("equal-200/rate-%d", perSecond), func(b *testing.B) {
			const viewers = 200
			var mu sync.Mutex
			var conns []*websocket.Conn
			upgrader := websocket.Upgrader{Subprotocols: []string{subscription.Subprotocol}}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(b, err)
			server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conn, err := upgrader.Upgrade(w, r, nil)
				if err == nil {
					mu.Lock()
					conns = append(conns, conn)
					mu.Unlock()
				}
			})}
			go func() { _ = server.Serve(l) }()
			b.Cleanup(func() { _ = server.Close() })
			startViewers(b, l.Addr().String(), viewers, "none")
			require.Eventually(b, func() bool { mu.Lock(); defer mu.Unlock(); return len(conns) == viewers }, 10*time.Second, time.Millisecond)
			payload := bytes.Repeat([]byte("x"), budgetPayload+len(`{"id":"0193a5a8-7e7d-7b8e-9f6a-000000000000","type":"next","payload":}`))
			steady(b, perSecond, viewers, func(int) {
				m, err := websocket.NewPreparedMessage(websocket.TextMessage, payload)
				require.NoError(b, err)
				for _, c := range conns {
					_ = c.SetWriteDeadline(time.Now().Add(10 * time.Second))
					if err := c.WritePreparedMessage(m); err != nil {
						b.Fatal(err)
					}
				}
			}, func() {})
			for _, c := range conns {
				_ = c.Close()
			}
		})
	}
}

// BenchmarkIdleConnection reports what a WebSocket with one subscription costs while nothing happens.
func BenchmarkIdleConnection(b *testing.B) {
	for name, query := range map[string]string{
		"equal": fmt.Sprintf(budgetQuery, ""), "different": fmt.Sprintf(budgetQuery, "%d"),
	} {
		b.Run(name, func(b *testing.B) {
			const n = 2000
			w := newWorld(b, func(o *subscription.Options) { o.PingInterval = time.Hour }) // the viewers answer no pings
			w.res.buffer = 1
			before := memory()
			startViewers(b, w.host, n, query)
			w.eventually(func() bool { return w.srv.Stats().Operations == n }, "subscribed")
			time.Sleep(50 * time.Millisecond)
			after := memory()
			for b.Loop() {
				w.srv.Stats()
			}
			b.ReportMetric((after-before)/n/1024, "KB/connection")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// memory returns the bytes of heap and stacks in use.
func memory() float64 {
	for range 4 { // stacks shrink by half in each
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse)
}
