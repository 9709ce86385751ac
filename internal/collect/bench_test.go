package collect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/plan"
)

const (
	eventBytes  = 926 // the design's event
	connections = 4
	eventNames  = 20
)

// realistic is an event of eventBytes as a phone's SDK sends it.
func realistic(device string) string {
	event := fmt.Sprintf(`{"type":"track","event":"product_viewed_%d","messageId":"%s","anonymousId":"%s",`+
		`"userId":"u%08d","timestamp":"2026-11-22T10:%02d:%02d.%03dZ","context":{"app":{"name":"Shop","version":"8.6.1",`+
		`"build":"801"},"device":{"id":"%s","manufacturer":"Xiaomi","model":"M2102K1C","type":"android"},"library":`+
		`{"name":"analytics-android","version":"4.11.3"},"locale":"zh-CN","network":{"carrier":"CMCC","wifi":true},`+
		`"os":{"name":"Android","version":"13"},"timezone":"Asia/Shanghai"},"properties":{"product_id":"sku_%d","price":%d.%02d,`+
		`"currency":"CNY","position":%d,"list":"推荐","category":"手机","quantity":%d,"coupon":"C%06d","session":"%s",`+
		`"vip":true,"source":"search"`,
		rand.IntN(eventNames), uuid.NewString(), device, rand.IntN(1e8), rand.IntN(60), rand.IntN(60), rand.IntN(1000), device,
		rand.IntN(1e6), rand.IntN(9999), rand.IntN(100), rand.IntN(50), rand.IntN(5), rand.IntN(1e6), uuid.NewString())
	return event + `,"pad":"` + strings.Repeat("x", eventBytes-len(event)-len(`,"pad":""}}`)) + `"}}`
}

// traffic is payloads of a format with events of eventBytes each.
func (d dialect) traffic(events int) traffic {
	w := traffic{Target: d.target, Header: d.header}
	for range 64 {
		device, list := uuid.NewString(), make([]string, events)
		for i := range list {
			segment := realistic(device)
			properties := segment[strings.Index(segment, `"properties":`)+len(`"properties":`) : strings.Index(segment, `,"pad":`)]
			id := uuid.NewString()
			pad := max(0, eventBytes-len(d.full(id, properties+`,"pad":""}`)))
			list[i] = d.full(id, properties+`,"pad":"`+strings.Repeat("x", pad)+`"}`)
		}
		w.Bodies = append(w.Bodies, []byte(d.pack(d.list(list))))
	}
	return w
}

// full is a record with all that the SDK says of an event.
func (d dialect) full(id, properties string) string {
	switch {
	case strings.HasPrefix(d.target, "/sa?"):
		return `{"_track_id":1872093457,"time":1764000000000,"type":"track","event":"e","distinct_id":"` + id + `","anonymous_id":"` + id + `",` +
			`"lib":{"$lib":"Android","$lib_version":"6.8.4","$lib_method":"code","$app_version":"8.6.1"},"properties":{"$lib":"Android",` +
			`"$lib_version":"6.8.4","$os":"Android","$os_version":"13","$app_version":"8.6.1","$manufacturer":"Xiaomi","$model":"M2102K1C",` +
			`"$network_type":"WIFI","$wifi":true,` + properties[1:] + `}`
	case strings.HasPrefix(d.target, "/v1/logs"):
		return `{"eventName":"e","timeUnixNano":"1764000000000000000","attributes":[{"key":"event.id","value":{"stringValue":"` + id + `"}}` +
			attributes(properties) + `]}`
	default:
		return d.record(id, properties)
	}
}

// attributes are properties as OTLP has them, each behind a comma.
func attributes(properties string) string {
	tape, err := capture.Parse(nil, properties)
	if err != nil {
		panic(err)
	}
	var b strings.Builder
	for _, n := range tape[1:] {
		value := map[capture.Kind]string{capture.String: `"stringValue":"` + n.Text + `"`, capture.Number: `"doubleValue":` + n.Text, capture.Bool: `"boolValue":` + n.Text}
		fmt.Fprintf(&b, `,{"key":%q,"value":{%s}}`, n.Name, value[n.Kind])
	}
	return b.String()
}

// payloads are requests of so many events each.
func payloads(events int) []string {
	out := make([]string, 64)
	for i := range out {
		device, list := uuid.NewString(), make([]string, events)
		for j := range list {
			list[j] = realistic(device)
		}
		out[i] = `{"batch":[` + strings.Join(list, ",") + `],"sentAt":"2026-11-22T10:00:00.000Z"}`
	}
	return out
}

// benchPlan plans the events with twelve properties each.
func benchPlan(tb testing.TB) collect.Accepted {
	tb.Helper()
	a := shop(tb)
	properties := `[{"name":"product_id","type":{"base":"STRING","pattern":"^sku_[0-9]+$"},"presence":"REQUIRED"},
		{"name":"price","type":{"base":"NUMBER","minimum":"0"},"presence":"REQUIRED"},
		{"name":"currency","type":{"base":"ENUM","values":[{"value":"CNY"},{"value":"USD"}]},"presence":"REQUIRED"},
		{"name":"position","type":{"base":"INTEGER"},"presence":"OPTIONAL"},{"name":"list","type":{"base":"STRING"},"presence":"REQUIRED"},
		{"name":"category","type":{"base":"STRING"},"presence":"REQUIRED"},{"name":"quantity","type":{"base":"INTEGER"},"presence":"REQUIRED"},
		{"name":"coupon","type":{"base":"STRING"},"presence":"OPTIONAL"},{"name":"session","type":{"base":"STRING"},"presence":"REQUIRED"},
		{"name":"vip","type":{"base":"BOOLEAN"},"presence":"REQUIRED"},{"name":"source","type":{"base":"STRING"},"presence":"OPTIONAL"},
		{"name":"pad","type":{"base":"STRING"},"presence":"OPTIONAL"}]`
	a.Masking = map[string]collect.Masking{"env_test": {Patterns: masking.Patterns(), KeepOriginals: true}, "env_production": {Patterns: masking.Patterns()}}
	for _, p := range a.Plans {
		p.Definitions = []plan.Definition{definition(tb, `{"key":"e","wireName":"e","properties":`+properties+`}`)}
		for i := range eventNames {
			name := fmt.Sprint("product_viewed_", i)
			p.Definitions = append(p.Definitions,
				definition(tb, `{"key":"`+name+`","wireName":"`+name+`","properties":`+properties+`}`))
		}
	}
	return a
}

// BenchmarkBudgetIngest50 and BenchmarkBudgetIngest1 are the design's rows “one event in”: 4 connections of another process,
// each event checked and durable before the answer. cpu-µs/event is this process's, the server's, alone. The floors are what
// nobody can avoid: a server that reads the requests and answers them, the bus's publishing of the same bytes, and one walk
// over the JSON. An iteration is a payload.
func BenchmarkBudgetIngest50(b *testing.B) { ingest(b, 50) }

// BenchmarkBudgetIngest1 is BenchmarkBudgetIngest50 with one event a payload.
func BenchmarkBudgetIngest1(b *testing.B) { ingest(b, 1) }

// BenchmarkIngest50Formats is BenchmarkBudgetIngest50 for the other formats: events of the same size with the same properties.
func BenchmarkIngest50Formats(b *testing.B) { ingestFormats(b, 50) }

// BenchmarkIngest1Formats is BenchmarkIngest50Formats with one event a payload.
func BenchmarkIngest1Formats(b *testing.B) { ingestFormats(b, 1) }

func ingestFormats(b *testing.B, events int) {
	b.Helper()
	all := dialects(b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		collecting(b, strings.ReplaceAll(name, ", ", "-"), all[name].traffic(events), events)
	}
}

func ingest(b *testing.B, events int) {
	b.Helper()
	segment := traffic{Target: "/v1/batch", Header: []string{"Authorization", basic(testKey)}}
	for _, body := range payloads(events) {
		segment.Bodies = append(segment.Bodies, []byte(body))
	}
	collecting(b, "collect", segment, events)
	b.Run("floor=http", func(b *testing.B) {
		answering(b, segment, events, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, `{"success":true}`)
		}))
	})
	b.Run("floor=publish", func(b *testing.B) {
		to, bodies := durable(b), payloads(events)
		var left atomic.Int64
		left.Store(int64(b.N))
		b.ResetTimer()
		cpu := cpuTime()
		var wg sync.WaitGroup
		for range connections {
			wg.Go(func() {
				for i := left.Add(-1); i >= 0; i = left.Add(-1) {
					if err := to.Publish(b.Context(), events, []byte(bodies[i%int64(len(bodies))])); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		report(b, cpuTime()-cpu, events)
		stats, err := to.StreamStats(b.Context())
		require.NoError(b, err)
		b.ReportMetric(float64(b.N)/float64(stats.Groups), "payloads/group")
	})
	b.Run("floor=parse", func(b *testing.B) {
		bodies := payloads(events)
		var tape capture.Tape
		cpu := cpuTime()
		for i := range b.N {
			var err error
			if tape, err = capture.Parse(tape[:0], bodies[i%len(bodies)]); err != nil {
				b.Fatal(err)
			}
		}
		report(b, cpuTime()-cpu, events)
	})
}

// collecting measures a server that is sent some work by another process.
func collecting(b *testing.B, name string, w traffic, events int) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		to := durable(b)
		f := newFront(b, to)
		f.plans.set(func() { f.plans.apps = map[string]collect.Accepted{"app_1": benchPlan(b)} })
		f.plans.change("app_1", func(*collect.Accepted) {})
		require.NoError(b, f.planner.Load(b.Context()))
		allValid(b, w)
		answering(b, w, events, f)
		stats, err := to.StreamStats(b.Context())
		require.NoError(b, err)
		b.ReportMetric(float64(b.N)/float64(stats.Groups), "payloads/group")
	})
}

// answering measures a handler that another process sends requests to.
func answering(b *testing.B, w traffic, events int, h http.Handler) {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	defer serving.Wait()
	defer func() { _ = server.Close() }()
	send := startClient(b, listener.Addr().String(), w)
	b.ResetTimer()
	cpu := cpuTime()
	send(b.N)
	report(b, cpuTime()-cpu, events)
}

// allValid makes sure that what is measured is what good SDKs send.
func allValid(b *testing.B, w traffic) {
	b.Helper()
	stored := &memory{}
	f := newFront(b, stored)
	f.plans.set(func() { f.plans.apps = map[string]collect.Accepted{"app_1": benchPlan(b)} })
	f.plans.change("app_1", func(*collect.Accepted) {})
	require.NoError(b, f.planner.Load(b.Context()))
	f.ask(http.MethodPost, w.Target, string(w.Bodies[0]), w.Header...)
	events := stored.take()
	require.NotEmpty(b, events)
	for _, e := range events {
		require.Equal(b, capture.Valid, e.Verdict, "%s\n%v", e.Raw, e.Violations)
	}
}

// durable is an embedded bus in its default mode.
func durable(b *testing.B) *bus.Bus {
	b.Helper()
	to, err := bus.Open(b.Context(), bus.Options{Dir: b.TempDir()})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, to.Close(context.Background())) })
	_, err = to.EnsureStream(b.Context(), bus.Position{})
	require.NoError(b, err)
	return to
}

func report(b *testing.B, cpu time.Duration, events int) {
	b.Helper()
	b.StopTimer()
	total := float64(b.N * events)
	b.ReportMetric(float64(cpu.Nanoseconds())/1e3/total, "cpu-µs/event")
	b.ReportMetric(total/b.Elapsed().Seconds(), "events/s")
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// clientAddress makes the test binary a client of the server there; see TestMain.
const clientAddress = "WAYMARK_TEST_CLIENT"

// traffic is what a client sends, again and again.
type traffic struct {
	Target string
	Header []string
	Bodies [][]byte
}

// startClient starts a process that sends payloads, and returns the function that has it send so many and waits for the
// answers.
func startClient(b *testing.B, address string, w traffic) (send func(n int)) {
	b.Helper()
	file := filepath.Join(b.TempDir(), "work")
	data, err := json.Marshal(w)
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(file, data, 0o600))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), clientAddress+"="+address, "WORK="+file)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		require.NoError(b, in.Close())
		require.NoError(b, cmd.Wait())
	})
	send = func(n int) {
		_, err := fmt.Fprintln(in, n)
		require.NoError(b, err)
		var done int
		_, err = fmt.Fscan(out, &done)
		require.NoError(b, err)
		require.Equal(b, n, done)
	}
	send(connections) // so that everything is set up
	return send
}

// client sends as many payloads as it is told on its standard input, and then says so.
func client() int {
	var w traffic
	data, err := os.ReadFile(os.Getenv("WORK"))
	if err == nil {
		err = json.Unmarshal(data, &w)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	target := "http://" + os.Getenv(clientAddress) + w.Target
	h := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	for {
		var n int
		if _, err := fmt.Scan(&n); err != nil {
			return 0
		}
		var left, good atomic.Int64
		left.Store(int64(n))
		var wg sync.WaitGroup
		for range connections {
			wg.Go(func() {
				for i := left.Add(-1); i >= 0; i = left.Add(-1) {
					if err := w.post(h, target, w.Bodies[i%int64(len(w.Bodies))]); err != nil {
						fmt.Fprintln(os.Stderr, err)
						return
					}
					good.Add(1)
				}
			})
		}
		wg.Wait()
		fmt.Println(good.Load())
	}
}

func (w *traffic) post(h *http.Client, target string, body []byte) error {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for i := 0; i < len(w.Header); i += 2 {
		r.Header.Set(w.Header[i], w.Header[i+1])
	}
	answer, err := h.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return errors.New(answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// BenchmarkWriter is how fast the writer catches up with a stream of payloads of 50 events, and what that costs this process
// (not PostgreSQL's). An iteration is a payload.
func BenchmarkWriter(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *database{"sqlite": onSQLite, "postgres": onPostgres} {
		b.Run(name, func(b *testing.B) {
			const events = 50
			s, db := openStream(b, bus.Options{}), open(b)
			f := newFront(b, s.Bus)
			f.plans.set(func() { f.plans.apps = map[string]collect.Accepted{"app_1": benchPlan(b)} })
			f.plans.change("app_1", func(*collect.Accepted) {})
			require.NoError(b, f.planner.Load(b.Context()))
			for range b.N {
				list := make([]string, events)
				for i := range list {
					list[i] = realistic("device")
				}
				answer, _ := f.ask(http.MethodPost, "/v1/batch", `{"batch":[`+strings.Join(list, ",")+`]}`, "Authorization", basic(testKey))
				require.Equal(b, http.StatusOK, answer.StatusCode)
			}
			b.ResetTimer()
			cpu := cpuTime()
			work(b, s, db, window, 1, collect.Pace{Settle: 200 * time.Millisecond}) // it waits for the figures of properties, too
			report(b, cpuTime()-cpu, events)
		})
	}
}

// BenchmarkFeed is what it costs to show an event to a process's viewers, and to pass over one that nobody watches.
func BenchmarkFeed(b *testing.B) {
	for _, watched := range []string{"env_test", "another"} {
		b.Run("watched="+watched, func(b *testing.B) {
			const events = 50
			s := openStream(b, bus.Options{})
			list := make([]capture.Captured, events)
			for range b.N {
				for i := range list {
					list[i] = s.event("env_test", uuid.NewString(), "order_paid")
					list[i].Raw = realistic("device")
				}
				s.put(b, list...)
			}
			s.pass(b, time.Second)
			last := s.event(watched, "", "last")
			s.put(b, last)
			a := newAudience(watched)
			b.ResetTimer()
			cpu := cpuTime()
			f := collect.NewFeed(collect.FeedOptions{Source: s, Hub: a, Now: func() time.Time { return noon }, Logger: quiet})
			ctx, cancel := context.WithCancel(b.Context())
			var wg sync.WaitGroup
			wg.Go(func() { _ = f.Run(ctx) })
			a.await(b, "last")
			report(b, cpuTime()-cpu, events)
			cancel()
			wg.Wait()
		})
	}
}
