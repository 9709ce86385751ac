package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus/bustest"
)

// TestCaptureSession: a session that is opened on one node shows what its device reports to another, nothing doubled; a phone is
// bound by the hand-shake, a page by its link; a node is killed, and its viewer goes on at the other one and misses nothing.
func TestCaptureSession(t *testing.T) {
	t.Parallel()
	nats := bustest.New(t.TempDir())
	require.NoError(t, nats.Start())
	t.Cleanup(nats.Stop)
	words := []string{migrated(t), "NATS_URL=" + nats.URL()}
	one, two := start(t, words...), start(t, words...)
	admin := one.admin(t)
	shop := planShop(t, admin)
	awaitPlan(t, admin, two)
	w := &sessionWorld{t: t, shop: shop, nodes: []*server{one, two}}
	w.token, _ = admin.bot(t, "TESTER")
	started := admin.must(t, `mutation { startCaptureSession(input: {app: "shop", environment: "test", batches: ["`+shop.Batch+`"]}) { captureSession {
		id code handShakeUrl(scheme: "sa1234") pageUrl(page: "https://shop.test/cart?a=1") qr(text: "x") } } }`, nil).at("startCaptureSession", "captureSession")
	w.code = started.text("code")
	require.True(t, strings.HasPrefix(started.text("qr"), "<svg "))

	v := w.watch(one, "")
	eventually(t, "the session is shown", func() bool { v.mu.Lock(); defer v.mu.Unlock(); return len(v.pages) > 0 })

	// The app is opened by the code, and tells its id to the other node.
	hand, err := url.Parse(started.text("handShakeUrl"))
	require.NoError(t, err)
	require.Equal(t, "sa1234", hand.Scheme)
	require.Equal(t, []string{w.code, one.URL + "/sa"}, []string{hand.Query().Get("info_id"), hand.Query().Get("sf_push_distinct_id")})
	require.Equal(t, http.StatusOK, w.shake(two, w.code, "phone"))
	w.shake(two, "ZZZZZZZZ", "phone")

	slowest := time.Duration(0)
	for i := range 20 {
		at := time.Now()
		w.report(two, fmt.Sprint("m", i), "phone", "")
		v.await(i + 1)
		slowest = max(slowest, time.Since(at))
	}
	t.Logf("from the sender on one node to the viewer on the other: %v at most", slowest)
	w.report(two, "x", "somebody", "")

	// A page is opened by its link; from then on its visitor belongs.
	w.report(two, "p0", "visitor", started.text("pageUrl"))
	v.await(21)
	w.report(one, "p1", "visitor", "https://shop.test/pay")
	v.await(22)

	// Its node is killed; meanwhile the phone goes on reporting.
	last := v.last
	one.kill()
	<-v.ended
	for i := range 5 {
		w.report(two, fmt.Sprint("k", i), "phone", "")
	}
	again := w.watch(two, fmt.Sprintf(", afterSeq: %d", last))
	again.await(5)
	w.report(two, "k5", "phone", "")
	again.await(6)
	v.requireOnce(22)
	again.requireOnce(6)

	one.start(t)
	found := one.admin(t).must(t, `query($c: String!) { captureSession(code: $c) { bindings { value how } devices { validCount invalidCount unplannedCount }
		captured(first: 500) { nodes { captured { seq } } } } refusedRequests(app: null, address: "127.0.0.1") { nodes { reason } } }`, vars{"c": w.code})
	require.Len(t, found.list("captureSession", "captured", "nodes"), 28)
	require.Len(t, found.list("captureSession", "devices"), 2)
	require.Equal(t, "HAND_SHAKE", found.text("captureSession", "bindings", 0, "how"))
	require.Equal(t, "LINK", found.text("captureSession", "bindings", 1, "how"))
	var reasons []string
	for _, r := range found.list("refusedRequests", "nodes") {
		reasons = append(reasons, r.text("reason"))
	}
	require.Contains(t, strings.Join(reasons, "\n"), "ZZZZZZZZ", "an unknown code is told of")
}

// sessionWorld is a session on nodes.
type sessionWorld struct {
	t           *testing.T
	shop        shop
	nodes       []*server
	token, code string
}

// watch watches the session on a node.
func (w *sessionWorld) watch(s *server, more string) *sessionViewer {
	w.t.Helper()
	ws, _, err := s.dial(websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}, nil)
	require.NoError(w.t, err)
	ws.say(w.t, initAs(w.token))
	ws.hearType(w.t, "connection_ack")
	ws.say(w.t, subscribeTo("1", `subscription { captureSession(code: "`+w.code+`"`+more+`) { events { captured { at: seq } device verdict } dropped session { open } } }`))
	require.NoError(w.t, ws.SetReadDeadline(time.Time{}))
	v := &sessionViewer{viewer: &viewer{ws: ws, ended: make(chan struct{})}, t: w.t}
	w.t.Cleanup(func() { _ = ws.Close() })
	go v.viewer.watch()
	return v
}

type sessionViewer struct {
	*viewer
	t *testing.T
}

// seen are the events that it has seen.
func (v *sessionViewer) seen() (all []int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range v.pages {
		all = append(all, p.seqs...)
	}
	return all
}

func (v *sessionViewer) await(n int) {
	v.t.Helper()
	eventually(v.t, fmt.Sprintf("%d events of the session are seen", n), func() bool { return len(v.seen()) >= n })
}

// requireOnce wants so many events, each once.
func (v *sessionViewer) requireOnce(n int) {
	v.t.Helper()
	known := map[int64]bool{}
	for _, seq := range v.seen() {
		require.False(v.t, known[seq], "event %d came twice", seq)
		known[seq] = true
	}
	require.Len(v.t, known, n)
}

// report sends an event to a node.
func (w *sessionWorld) report(s *server, id, device, page string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"event":"order_paid","anonymousId":%q,"messageId":%q,"context":{"page":{"url":%q}},"properties":{"price":1}}`, device, id, page)
	require.Equal(w.t, http.StatusOK, post(w.t, s.URL+"/v1/track", w.shop.Test, body).status)
}

// shake is the hand-shake of an app with the Sensors SDK.
func (w *sessionWorld) shake(s *server, code, id string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, s.URL+"/sa?project=default&info_id="+code, strings.NewReader(`{"distinct_id":"`+id+`"}`))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", "text/plain")
	answer, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}
