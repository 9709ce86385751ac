package e2e_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus/bustest"
)

// TestForwarding: what SDKs send here arrives at the collectors that they reported to before, byte for byte and once, although
// those are away for a time under load, and a node is killed meanwhile.
func TestForwarding(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); forwardSingle(t, 4*time.Second) })
	t.Run("PostgreSQL, two nodes, one NATS", func(t *testing.T) { t.Parallel(); forwardCluster(t, 4*time.Second) })
}

func forwardSingle(t *testing.T, outage time.Duration) {
	t.Helper()
	s := start(t, "--outward-allow", "127.0.0.0/8")
	passOn(t, []*server{s}, outage)
}

func forwardCluster(t *testing.T, outage time.Duration) {
	t.Helper()
	nats := bustest.New(t.TempDir())
	require.NoError(t, nats.Start())
	t.Cleanup(nats.Stop)
	words := []string{migrated(t), "NATS_URL=" + nats.URL(), "--outward-allow", "127.0.0.0/8"}
	passOn(t, []*server{start(t, words...), start(t, words...)}, outage)
}

// passOn sends to nodes, whose environments pass on, under load: the collectors go away, a node is killed and comes back, the
// collectors come back. Then everything must have arrived.
func passOn(t *testing.T, nodes []*server, outage time.Duration) {
	t.Helper()
	segment, sensors := newDouble(t), newDouble(t)
	admin := nodes[0].admin(t)
	planShop(t, admin)
	l := newPassing(t, admin, nodes)
	l.forward(t, admin, "test", segment.url, `[{name: "Authorization", value: "Basic b3JpZ2luYWw6"}]`)
	l.forward(t, admin, "production", sensors.url+"?project=original", "[]")
	awaitPlan(t, admin, nodes...)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { l.run(ctx) })
	l.await(t, 100)
	segment.leave(t)
	sensors.leave(t)
	pause(t, outage/2)
	victim := nodes[len(nodes)-1]
	victim.kill()
	victim.start(t)
	pause(t, outage/2)
	segment.enter(t)
	sensors.enter(t)
	l.await(t, l.answered.Load()+100)
	cancel()
	wg.Wait()

	for environment, double := range map[string]*double{"test": segment, "production": sensors} {
		var f value
		eventually(t, "nothing waits any more in "+environment, func() bool {
			e := admin.must(t, `query($key: String!) { app(key: "shop") { environment(key: $key) { forwarding {
				url headerNames forwarded refused lost expired waiting lastSuccessAt lastErrorAt lastError lastRefusal } } } }`, vars{"key": environment})
			f = e.at("app", "environment", "forwarding")
			return f.number("waiting") == 0 && f.number("forwarded") >= float64(double.count())
		})
		l.compare(t, environment, double)
		t.Logf("%s: %d payloads passed on, %d of them before the collector went away; %v", environment, double.count(), double.back, f)
		require.EqualValues(t, double.count(), f.number("forwarded"))
		require.Zero(t, f.number("lost")+f.number("expired")+f.number("refused"))
		require.NotEmpty(t, f.text("lastSuccessAt"))
		require.NotEmpty(t, f.text("lastErrorAt"), "it was away")
	}
}

// arrival is a request as it was sent, or as it arrived.
type arrival struct {
	method, path, body string // the body's hash
	header             string // without what proxies change
}

func arrivalOf(method, path string, header http.Header, body []byte) arrival {
	var lines []string
	for name, values := range header {
		if !slices.Contains([]string{"Content-Length", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Waymark-Forwarded", "Accept-Encoding"}, name) {
			lines = append(lines, name+": "+strings.Join(values, "|"))
		}
	}
	slices.Sort(lines)
	return arrival{method, path, fmt.Sprintf("%x", sha256.Sum256(body)), strings.Join(lines, "\n")}
}

// double stands for a vendor's collector. It may go away, cleanly: what it has read it answers.
type double struct {
	url, address string
	http         *http.Server

	mu   sync.Mutex
	got  map[arrival]int
	odd  []string // what is wrong with arrivals
	back int      // how many had arrived when it went away
}

func newDouble(t *testing.T) *double {
	t.Helper()
	d := &double{got: map[arrival]int{}, address: "127.0.0.1:0"}
	d.enter(t)
	t.Cleanup(func() { _ = d.http.Close() })
	return d
}

func (d *double) enter(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", d.address)
	require.NoError(t, err)
	d.address = listener.Addr().String()
	d.url = "http://" + d.address
	d.http = &http.Server{Handler: d}
	go func() { _ = d.http.Serve(listener) }()
}

func (d *double) leave(t *testing.T) {
	t.Helper()
	require.NoError(t, d.http.Shutdown(t.Context()))
	d.back = d.count()
}

func (d *double) count() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, times := range d.got {
		n += times
	}
	return n
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got[arrivalOf(r.Method, r.RequestURI, r.Header, body)]++
	if xff := r.Header.Get("X-Forwarded-For"); xff != "127.0.0.1" && xff != "203.0.113.9, 127.0.0.1" {
		d.odd = append(d.odd, "X-Forwarded-For: "+xff)
	}
	if r.Host != d.address || r.Header.Get("X-Forwarded-Host") == "" || r.Header.Get("Waymark-Forwarded") == "" {
		d.odd = append(d.odd, fmt.Sprint(r.Host, r.Header))
	}
	_, _ = io.WriteString(w, "{}")
}

// passing is a load of payloads as SDKs send them, and what of each has to arrive.
type passing struct {
	nodes    []*server
	keys     map[string]string // by environment
	http     *http.Client
	answered atomic.Int64
	number   atomic.Int64

	mu   sync.Mutex
	sent map[string]map[arrival]int // by environment: how many times it may arrive, at least once
}

func newPassing(t *testing.T, admin *client, nodes []*server) *passing {
	t.Helper()
	l := &passing{
		nodes: nodes, keys: map[string]string{}, sent: map[string]map[arrival]int{"test": {}, "production": {}},
		http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}},
	}
	for _, e := range admin.must(t, `{ app(key: "shop") { environments { key writeKeys { key } } } }`, nil).list("app", "environments") {
		l.keys[e.text("key")] = e.text("writeKeys", 0, "key")
	}
	return l
}

func (l *passing) forward(t *testing.T, admin *client, environment, url, headers string) {
	t.Helper()
	id := admin.must(t, `query($key: String!) { app(key: "shop") { environment(key: $key) { id } } }`, vars{"key": environment}).text("app", "environment", "id")
	admin.must(t, `mutation($id: ID!, $url: String!) { updateEnvironment(input: {id: $id, forwarding: {url: $url, headers: `+headers+`}}) {
		environment { forwarding { url } } } }`, vars{"id": id, "url": url})
}

// run sends until ctx ends.
func (l *passing) run(ctx context.Context) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(rand.Uint64(), uint64(i)))
			for ctx.Err() == nil {
				l.step(ctx, rng)
				select {
				case <-time.After(10 * time.Millisecond):
				case <-ctx.Done():
				}
			}
		})
	}
	wg.Wait()
	l.http.CloseIdleConnections()
}

// await waits until so many payloads were answered with success.
func (l *passing) await(t *testing.T, n int64) {
	t.Helper()
	eventually(t, "payloads are answered", func() bool { return l.answered.Load() >= n })
}

// message is a request that an SDK makes.
type message struct {
	environment, method, path string
	header                    http.Header
	body                      []byte
	arrives                   arrival
}

// step sends a new payload until it is answered, as SDKs do.
func (l *passing) step(ctx context.Context, rng *rand.Rand) {
	m := l.fresh(rng)
	for attempts := 1; ; attempts++ {
		l.mu.Lock()
		l.sent[m.environment][m.arrives] = attempts
		l.mu.Unlock()
		request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), m.method, l.nodes[rng.IntN(len(l.nodes))].URL+m.path, bytes.NewReader(m.body))
		if err != nil {
			panic(err)
		}
		request.Header = m.header.Clone()
		response, err := l.http.Do(request)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		if err == nil && response.StatusCode == http.StatusOK {
			l.answered.Add(1)
			return
		}
		<-time.After(100 * time.Millisecond)
	}
}

// fresh makes a payload as one of the SDKs does.
func (l *passing) fresh(rng *rand.Rand) (m message) {
	n := l.number.Add(1)
	m.header = http.Header{"User-Agent": {"analytics-node/1.0"}, "Accept": {"*/*"}, "X-Number": {fmt.Sprint(n)}, "Cookie": {"distinct=" + fmt.Sprint(n)}}
	m.method = http.MethodPost
	if rng.IntN(4) == 0 {
		m.header.Set("X-Forwarded-For", "203.0.113.9")
	}
	if rng.IntN(2) == 0 {
		l.likeSegment(&m, rng, n)
	} else {
		l.likeSensors(&m, rng, n)
	}
	return m
}

func (l *passing) likeSegment(m *message, rng *rand.Rand, n int64) {
	m.environment, m.path = "test", "/v1/batch"
	m.body, _ = json.Marshal(map[string]any{"batch": []any{record(rng, fmt.Sprintf("f%d-VALID", n))}, "sentAt": time.Now()})
	m.header.Set("Content-Type", "application/json")
	m.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(l.keys["test"]+":")))
	if rng.IntN(2) == 0 {
		m.body = gzipped(m.body)
		m.header.Set("Content-Encoding", "gzip")
	}
	arrives := m.header.Clone()
	arrives.Set("Authorization", "Basic b3JpZ2luYWw6")
	m.arrives = arrivalOf(m.method, m.path, arrives, m.body)
}

func (l *passing) likeSensors(m *message, rng *rand.Rand, n int64) {
	m.environment = "production"
	event := fmt.Sprintf(`{"type":"track","event":"order_paid","distinct_id":"用户%d","_track_id":%d,"time":%d,"lib":{"$lib":"js"},"properties":{"price":1}}`,
		n, n, time.Now().UnixMilli())
	data := base64.StdEncoding.EncodeToString([]byte(event))
	token := l.keys["production"]
	if rng.IntN(3) == 0 {
		m.method = http.MethodGet
		rest := "&data=" + url.QueryEscape(data) + "&ext=crc%3D1"
		m.path = "/sa.gif?project=" + token + rest
		m.arrives = arrivalOf(m.method, "/sa.gif?"+rest[1:]+"&project=original", m.header, nil)
		return
	}
	m.path = "/sa?project=" + token + "&x=%E4%B8%AD"
	m.header.Set("Content-Type", "application/x-www-form-urlencoded")
	m.body = []byte("data=" + url.QueryEscape(data))
	if rng.IntN(2) == 0 {
		packed := base64.StdEncoding.EncodeToString(gzipped([]byte("[" + event + "]")))
		m.body = []byte("gzip=1&data_list=" + url.QueryEscape(packed))
	}
	m.arrives = arrivalOf(m.method, "/sa?x=%E4%B8%AD&project=original", m.header, m.body)
}

func gzipped(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(body)
	_ = w.Close()
	return out.Bytes()
}

// compare holds what arrived against what was sent: each once; what got no answer and was sent again, as often at most.
func (l *passing) compare(t *testing.T, environment string, d *double) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	require.Empty(t, d.odd)
	require.NotEmpty(t, l.sent[environment])
	again := 0
	for a, most := range l.sent[environment] {
		n := d.got[a]
		require.True(t, n >= 1 && n <= most, "arrived %d times, sent %d times: %+v", n, most, a)
		if most > 1 {
			again++
		}
	}
	for a := range d.got {
		if !strings.Contains(a.header, "X-Number") {
			continue // the look whether the plan is known
		}
		require.NotZero(t, l.sent[environment][a], "never sent: %+v", a)
	}
	t.Logf("%s: %d different payloads, %d of them sent more than once for want of an answer", environment, len(l.sent[environment]), again)
}
