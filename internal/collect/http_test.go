package collect_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/wire"
)

const viewed = `{"batch":[{"type":"track","event":"product_viewed","messageId":"m1","anonymousId":"a","context":{"os":{"name":"iOS"}},` +
	`"properties":{"product_name":"苹果手机 15 Pro 🍎","price":5999.5}}]}`

const viewedByRudder = `{"batch":[{"type":"track","event":"product_viewed","messageId":"m1","anonymousId":"a","originalTimestamp":` +
	`"2026-11-22T10:00:00Z","properties":{"product_name":"x","price":1}}]}`

// TestEverySenderHearsWhatItUnderstands holds the table of answers.
func TestEverySenderHearsWhatItUnderstands(t *testing.T) {
	t.Parallel()
	down := fault.New(fault.Unavailable, bus.ReasonDown, "The event stream cannot be reached.")
	full := fault.New(fault.Unavailable, bus.ReasonFull, "The event stream is full.")
	large := fault.New(fault.InvalidInput, "record_too_large", "The payload is larger than the event stream takes.")
	pixel := "/v1/pixel/track.gif?writeKey=" + testKey + "&event=product_viewed&properties.price=1&userId=u"
	rudderPixel := "/pixel/v1/track?writeKey=" + testKey + "&event=product_viewed&anonymousId=%22a%22"
	for name, c := range map[string]struct {
		method, target, body, key string
		bus                       error

		status int
		answer string
		stored int
		retry  bool
		reason string // part of the header that tells a developer
	}{
		"segment":                   {target: "/v1/batch", body: viewed, key: testKey, status: 200, answer: `{"success":true}`, stored: 1},
		"segment, slash":            {target: "/v1/batch/", body: viewed, key: testKey, status: 200, answer: `{"success":true}`, stored: 1},
		"segment, unknown key":      {target: "/v1/batch", body: viewed, key: "nobody's", status: 401, answer: "Invalid Write Key"},
		"segment, no key":           {target: "/v1/batch", body: viewed, status: 401, answer: "Invalid Write Key"},
		"segment, malformed":        {target: "/v1/batch", body: `{"batch":[{]`, key: testKey, status: 400, answer: "Invalid JSON", reason: "the body is not JSON"},
		"segment, empty":            {target: "/v1/batch", key: testKey, status: 400, answer: "Invalid JSON", reason: "not JSON"},
		"segment, malformed no key": {target: "/v1/batch", body: `{"batch":[{]`, status: 400, answer: "Invalid JSON", reason: "the body is not JSON"},
		"segment, too large":        {target: "/v1/batch", body: strings.Repeat(" ", 5<<20) + viewed, key: testKey, status: 413, answer: "Payload Too Large", reason: "larger than"},
		"segment, record too large": {target: "/v1/batch", body: viewed, key: testKey, bus: large, status: 413, answer: "Payload Too Large", reason: "larger than the event stream takes"},
		"segment, bus down":         {target: "/v1/batch", body: viewed, key: testKey, bus: down, status: 503, answer: "Service Unavailable", retry: true},
		"segment, bus full":         {target: "/v1/batch", body: viewed, key: testKey, bus: full, status: 503, answer: "Service Unavailable", retry: true},
		"segment, bus broken":       {target: "/v1/batch", body: viewed, key: testKey, bus: errDown, status: 503, answer: "Service Unavailable", retry: true},
		"segment, single":           {target: "/v1/track", body: `{"event":"product_viewed","messageId":"m1","writeKey":"` + testKey + `"}`, status: 200, answer: `{"success":true}`, stored: 1},
		"segment, key in batch":     {target: "/v1/b", body: `{"writeKey":"` + testKey + `","batch":[{"type":"track","event":"a"}]}`, status: 200, answer: `{"success":true}`, stored: 1},
		"segment, key in message":   {target: "/v1/b", body: `{"batch":[{"writeKey":"` + testKey + `","type":"track","event":"a"}]}`, status: 200, answer: `{"success":true}`, stored: 1},
		"segment, key in query":     {target: "/v1/b?writeKey=" + testKey, body: viewed, status: 200, answer: `{"success":true}`, stored: 1},
		"segment, nothing in it":    {target: "/v1/batch", body: `{"batch":[]}`, key: testKey, status: 200, answer: `{"success":true}`},
		"segment, no record":        {target: "/v1/batch", body: `{"batch":["x",{"type":"track","event":"a"}]}`, key: testKey, status: 200, answer: `{"success":true}`, stored: 2},
		"segment, metrics":          {target: "/v1/m", body: `{"series":[]}`, status: 200, answer: `{"success":true}`},
		"segment, settings":         {method: "GET", target: "/v1/projects/" + testKey + "/settings", status: 200, answer: `{"integrations":{"Segment.io":{"apiKey":"` + testKey + `"}}}`},
		"segment, settings unknown": {method: "GET", target: "/v1/projects/nobody/settings", status: 404, answer: "Invalid Write Key"},
		"segment, wrong method":     {method: "PUT", target: "/v1/batch", body: viewed, key: testKey, status: 405, answer: "use POST\n"},
		"segment pixel":             {method: "GET", target: pixel, status: 200, answer: wire.GIF, stored: 1},
		"segment pixel, unknown":    {method: "GET", target: "/v1/pixel/track?writeKey=nobody&event=a", status: 200, answer: wire.GIF},
		"segment pixel, malformed":  {method: "GET", target: "/v1/pixel/track?writeKey=" + testKey + "&data=%00", status: 200, answer: wire.GIF},
		"segment pixel, bus down":   {method: "GET", target: pixel, bus: down, status: 200, answer: wire.GIF},
		"rudder":                    {target: "/v1/batch", body: viewedByRudder, key: testKey, status: 200, answer: "OK", stored: 1},
		"rudder, unknown key":       {target: "/v1/batch", body: viewedByRudder, key: "nobody's", status: 401, answer: "Invalid Write Key"},
		"rudder, bus down":          {target: "/v1/batch", body: viewedByRudder, key: testKey, bus: down, status: 503, answer: "Service Unavailable", retry: true},
		"rudder beacon":             {target: "/beacon/v1/batch?writeKey=" + testKey, body: viewedByRudder, status: 200, answer: "OK", stored: 1},
		"rudder beacon, no key":     {target: "/beacon/v1/batch", body: viewedByRudder, status: 401, answer: "Invalid Write Key"},
		"rudder pixel":              {method: "GET", target: rudderPixel, status: 200, answer: wire.GIF, stored: 1},
		"rudder pixel, bus down":    {method: "GET", target: rudderPixel, bus: down, status: 200, answer: wire.GIF},
		"rudder, source config": {
			method: "GET", target: "/sourceConfig/?writeKey=" + testKey, status: 200,
			answer: `{"source":{"id":"` + testKey + `","name":"` + testKey + `","enabled":true,"workspaceId":"waymark","config":{},"destinations":[]}}`,
		},
		"rudder, source config unknown": {method: "GET", target: "/sourceConfig", status: 401, answer: "Invalid Write Key"},
		"rudder, cluster info":          {method: "GET", target: "/cluster-info", status: 200, answer: `{"nodeCount":1}`},
		"own, an event":                 {target: "/v1/events?key=" + testKey, body: `{"event":"product_viewed"}`, status: 200, answer: `{"accepted":1,"rejected":[]}`, stored: 1},
		"own, no record":                {target: "/v1/events?key=" + testKey, body: `[{"event":"a"},7]`, status: 200, answer: `{"accepted":1,"rejected":[{"index":1,"reason":"an event must be an object, not a number"}]}`, stored: 2},
		"own, unknown key":              {target: "/v1/events", body: `{"event":"a"}`, status: 401, answer: `{"type":"about:blank","title":"Unauthorized","status":401,"reason":"unknown_key","detail":"the write key is missing, unknown or revoked"}`, reason: "unknown"},
		"own, bus down":                 {target: "/v1/events?key=" + testKey, body: `{"event":"a"}`, bus: down, status: 503, answer: `{"type":"about:blank","title":"Service Unavailable","status":503,"reason":"unavailable","detail":"events cannot be stored right now"}`, retry: true},
		"validated": {
			target: "/v1/validate?key=" + testKey, body: `[{"event":"product_viewed","properties":{"product_name":"a"},"os":{"name":"iOS"}},7,{"event":"b"}]`, status: 200,
			answer: `{"valid":0,"invalid":2,"unplanned":1,"events":[{"index":0,"name":"product_viewed","event":"product_viewed","verdict":"INVALID","violations":[` +
				`{"code":"property_missing","severity":"ERROR","property":"price","expected":"number","actual":"absent"}],"notes":[]},` +
				`{"index":1,"name":"","event":null,"verdict":"INVALID","violations":[{"code":"record_unreadable","severity":"ERROR","property":"","expected":"an event must be an object, not a number","actual":"7"}],"notes":[]},` +
				`{"index":2,"name":"b","event":null,"verdict":"UNPLANNED","violations":[{"code":"event_unplanned","severity":"ERROR","property":"","expected":"a planned event","actual":"b"}],"notes":[]}]}`,
		},
		"validated, unknown key": {target: "/v1/validate?format=segment", body: viewed, status: 401, answer: `{"type":"about:blank","title":"Unauthorized","status":401,"reason":"unknown_key","detail":"the write key is missing, unknown or revoked"}`, reason: "unknown"},
		"elsewhere":              {target: "/v1/elsewhere", body: viewed, key: testKey, status: 404, answer: "404 page not found\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored := &memory{refusal: c.bus}
			f := newFront(t, stored)
			if c.method == "" {
				c.method = http.MethodPost
			}
			header := []string{"Origin", "https://shop.example"}
			if c.key != "" {
				header = append(header, "Authorization", basic(c.key))
			}
			answer, body := f.ask(c.method, c.target, c.body, header...)
			require.Equal(t, c.status, answer.StatusCode)
			require.Equal(t, c.answer, body)
			require.Equal(t, c.retry, answer.Header.Get("Retry-After") != "")
			require.Contains(t, answer.Header.Get("Waymark-Reason"), c.reason)
			require.Len(t, stored.take(), c.stored)
			if c.status == http.StatusNotFound && strings.HasPrefix(c.answer, "404") {
				return
			}
			require.Equal(t, "https://shop.example", answer.Header.Get("Access-Control-Allow-Origin"))
			require.Equal(t, "true", answer.Header.Get("Access-Control-Allow-Credentials"))
			require.Contains(t, answer.Header.Get("Access-Control-Expose-Headers"), "Retry-After")
			require.Equal(t, "Origin", answer.Header.Get("Vary"))
			if c.status != http.StatusMethodNotAllowed {
				require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
				require.Equal(t, "cross-origin", answer.Header.Get("Cross-Origin-Resource-Policy"))
				require.Equal(t, fmt.Sprint(len(c.answer)), answer.Header.Get("Content-Length"))
			}
		})
	}
}

func TestAPreflightIsAnsweredBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	f := newUnloadedFront(t, &memory{refusal: errDown})
	answer, body := f.ask(http.MethodOptions, "/v1/t", "", "Origin", "https://shop.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "authorization,sentat", "Access-Control-Request-Private-Network", "true")
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	require.Empty(t, body)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "https://shop.example", "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
		"Access-Control-Allow-Headers": "authorization,sentat", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Private-Network": "true",
	} {
		require.Equal(t, want, answer.Header.Get(name), name)
	}
	answer, _ = f.ask(http.MethodOptions, "/v1/t", "")
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	require.Equal(t, "POST, OPTIONS", answer.Header.Get("Allow"))
	require.Empty(t, answer.Header.Get("Access-Control-Allow-Origin"))
}

func TestEventsAreJudgedByTheirKeysEnvironment(t *testing.T) {
	t.Parallel()
	stored := &memory{}
	f := newFront(t, stored)
	_, _ = f.ask(http.MethodPost, "/v1/batch", viewed, "Authorization", basic(productionKey))
	events := stored.take()
	require.Len(t, events, 1)
	e := events[0]
	require.Equal(t, [...]string{"app_1", "env_production", "key_2", "ios"}, [...]string{e.AppID, e.EnvironmentID, e.WriteKeyID, e.TerminalKey})
	require.Equal(t, [...]string{"evt_product_viewed", "product_viewed", "evr_product_viewed"}, [...]string{e.EventID, e.EventKey, e.RevisionID})
	require.Equal(t, capture.Valid, e.Verdict, "%v", e.Violations)
	require.Equal(t, "苹果手机 15 Pro 🍎", e.Raw[strings.Index(e.Raw, "苹"):strings.Index(e.Raw, `","price`)])
	require.Equal(t, noon, e.ReceivedAt)
	require.Equal(t, "203.0.113.7", e.IP)

	_, _ = f.ask(http.MethodPost, "/v1/batch", strings.Replace(viewed, "5999.5", `"5999.5"`, 1), "Authorization", basic(iosKey))
	e = stored.take()[0]
	require.Equal(t, capture.Invalid, e.Verdict)
	require.Equal(t, []capture.Violation{{
		Code: "type_mismatch", Severity: capture.Error, Property: "price", Expected: e.Violations[0].Expected, Actual: `"5999.5"`,
	}}, e.Violations)
	require.NotEmpty(t, e.Violations[0].Expected)

	_, _ = f.ask(http.MethodPost, "/v1/batch", strings.Replace(viewed, "product_viewed", "Product_viewed", 1), "Authorization", basic(iosKey))
	e = stored.take()[0]
	require.Equal(t, capture.Unplanned, e.Verdict)
	require.Equal(t, check.EventCase, e.Violations[0].Code)
	require.Equal(t, "ios", e.TerminalKey, "the key says so")
}

func TestWhatIsNoRecordIsKeptAndCanBeLookedAt(t *testing.T) {
	t.Parallel()
	stored := &memory{}
	f := newFront(t, stored)
	_, _ = f.ask(http.MethodPost, "/v1/batch", `{"batch":["支付",{"type":"track","event":"product_viewed"}]}`, "Authorization", basic(testKey))
	events := stored.take()
	require.Len(t, events, 2)
	for _, e := range events {
		require.Equal(t, "env_test", e.EnvironmentID)
		require.Equal(t, capture.Invalid, e.Verdict)
	}
	require.Equal(t, `"支付"`, events[1].Raw)
	require.Len(t, events[1].Violations, 1)
}

func TestALargePayloadIsSeveralRecords(t *testing.T) {
	t.Parallel()
	stored := &memory{limit: 64 << 10}
	f := newFront(t, stored)
	messages := make([]string, 5000)
	for i := range messages {
		messages[i] = fmt.Sprintf(`{"type":"track","event":"e","messageId":"%d","properties":{"text":%q}}`, i, strings.Repeat("x", i%500))
	}
	answer, _ := f.ask(http.MethodPost, "/v1/batch", `{"batch":[`+strings.Join(messages, ",")+`]}`, "Authorization", basic(testKey))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	events := stored.take()
	require.Len(t, events, 5000)
	for i := range events {
		require.Equal(t, fmt.Sprint(i), events[i].ID, "in their order")
	}
	require.Greater(t, stored.records, 10)
}

// TestWhoSendsEverythingBeforeListeningHearsTheRefusal: as some HTTP clients do.
func TestWhoSendsEverythingBeforeListeningHearsTheRefusal(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newFront(t, &memory{}))
	defer server.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	const size = 8 << 20
	_, err = fmt.Fprintf(conn, "POST /v1/batch HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n", basic(testKey), size)
	require.NoError(t, err)
	for sent, piece := 0, make([]byte, 1<<20); sent < size; sent += len(piece) {
		_, err = conn.Write(piece)
		require.NoError(t, err, sent)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
}

// TestWhoIsGoneIsHeardAllTheSame: pages send pictures and beacons as they close, and nobody waits for the answer.
func TestWhoIsGoneIsHeardAllTheSame(t *testing.T) {
	t.Parallel()
	kept := &memory{}
	f := newFront(t, leaving{kept})
	ctx, leave := context.WithCancel(t.Context())
	leave()
	for _, r := range []*http.Request{
		httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/pixel/track?writeKey="+testKey+"&event=product_viewed&userId=u", nil),
		httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/b?writeKey="+testKey, strings.NewReader(viewed)),
	} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code)
		require.Empty(t, w.Header().Get("Waymark-Reason"))
	}
	require.Len(t, kept.take(), 2)
}

// leaving is a bus that, like the real one, takes nothing from who has gone away.
type leaving struct{ *memory }

func (l leaving) Publish(ctx context.Context, events int, record []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.memory.Publish(ctx, events, record)
}

// TestAFullStreamIsNoSuccess fills a real stream.
func TestAFullStreamIsNoSuccess(t *testing.T) {
	t.Parallel()
	b := newBus(t, bus.Options{MaxBytes: 256 << 10, Window: 1})
	f := newFront(t, b)
	send := func() *http.Response {
		answer, _ := f.ask(http.MethodPost, "/v1/batch", viewed, "Authorization", basic(testKey))
		return answer
	}
	require.Equal(t, http.StatusServiceUnavailable, send().StatusCode, "the stream is not open yet")
	_, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	accepted := 0
	answer := send()
	for ; answer.StatusCode == http.StatusOK; answer = send() {
		accepted++
	}
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.NotEmpty(t, answer.Header.Get("Retry-After"))
	stats, err := b.StreamStats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, accepted, stats.LastSeq, "each success is there, and nothing else")
	_, err = b.Trim(t.Context(), stats.LastSeq)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, send().StatusCode)
}

// bomb is a small gzip body that becomes as many megabytes.
func bomb(tb testing.TB, megabytes int) string {
	tb.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	require.NoError(tb, err)
	zeros := bytes.Repeat([]byte{' '}, 1<<20)
	for range megabytes {
		_, err := w.Write(zeros)
		require.NoError(tb, err)
	}
	require.NoError(tb, w.Close())
	return b.String()
}

func TestHostilePayloadsLeaveNoMemoryBehind(t *testing.T) { //nolint:paralleltest // it measures the heap
	stored := &memory{}
	f := newFront(t, stored)
	attacks := map[string]string{
		"gzip bomb":        bomb(t, 200),
		"a large body":     strings.Repeat("x", 6<<20),
		"deep nesting":     strings.Repeat(`{"batch":[`, 1<<18),
		"many members":     `{"batch":[{` + strings.Repeat(`"a":1,`, 1<<19) + `"b":2}]}`,
		"broken gzip":      bomb(t, 1)[:100],
		"invalid UTF-8":    `{"batch":[{"type":"track","event":"` + strings.Repeat("\xff", 1<<20) + `"}]}`,
		"a hostile number": `{"batch":[{"type":"track","event":"e","properties":{"n":` + strings.Repeat("9", 1<<20) + `}}]}`,
	}
	once := func() {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for name, body := range attacks {
					answer, _ := f.ask(http.MethodPost, "/v1/batch", body, "Authorization", basic(testKey))
					if name != "invalid UTF-8" && name != "a hostile number" && name != "many members" {
						require.GreaterOrEqual(t, answer.StatusCode, 400, name)
						require.NotEmpty(t, answer.Header.Get("Waymark-Reason")+answer.Status, name)
					}
				}
			})
		}
		wg.Wait()
		stored.take()
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	once()
	before := heap()
	for range 3 {
		once()
	}
	require.Less(t, int64(heap())-int64(before), int64(8<<20))
	answer, _ := f.ask(http.MethodPost, "/v1/batch", viewed, "Authorization", basic(testKey))
	require.Equal(t, http.StatusOK, answer.StatusCode)
}

// TestReleasedEventsNameWhatJudgedThem sends one event from three versions of an app.
func TestReleasedEventsNameWhatJudgedThem(t *testing.T) {
	t.Parallel()
	stored := &memory{}
	f := newFront(t, stored)
	f.plans.change("app_1", func(a *collect.Accepted) {
		p := *a.Plans[0]
		first := p.Definitions[0]
		second := definition(t, `{"key":"product_viewed","wireName":"product_viewed","properties":[
			{"name":"price","type":{"base":"STRING"},"presence":"REQUIRED"}]}`)
		first.Hash, second.Hash = "first", "second"
		p.Definitions = []plan.Definition{first, second}
		p.Slots = []plan.Slot{
			{Terminal: "ios", Definition: 0, Release: 3},
			{Terminal: "ios", From: "8.6", Definition: 1, Release: 4},
			{Terminal: "ios", From: "9.0", Definition: 1, Release: 7, Offline: true},
		}
		a.Plans = []*plan.Plan{&p, a.Plans[1]}
	})
	require.NoError(t, f.planner.Load(t.Context()))
	for version, want := range map[string]string{
		"8.5": "VALID first 3 []", "8.6.1": "INVALID second 4 [type_mismatch extra_property]", "9.0": "UNPLANNED second 7 [event_offline]",
	} {
		body := strings.Replace(viewed, `"context":{`, `"context":{"app":{"version":"`+version+`"},`, 1)
		_, _ = f.ask(http.MethodPost, "/v1/batch", body, "Authorization", basic(testKey))
		e := stored.take()[0]
		codes := []string{}
		for _, v := range e.Violations {
			codes = append(codes, v.Code)
		}
		slices.Sort(codes)
		slices.Reverse(codes)
		require.Equal(t, want, fmt.Sprint(e.Verdict, " ", e.Hash, " ", e.Release, " ", codes), version)
		require.Equal(t, "evt_product_viewed", e.EventID)
	}
}
