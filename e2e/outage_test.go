package e2e_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus/bustest"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// A stream that is full, a bus that is gone, a database that is gone: SDKs are told to come back and never that what they
// sent was taken when it was not; what was refused has left no trace; what they then send again is there once.

// sender reports events with ids of its own and remembers what became of them.
type sender struct {
	url, key string
	n        int
	taken    []string
	refused  []string
}

// body is a payload of some events that hardly compresses.
func (s *sender) body(events, bytes int) (body string, ids []string) {
	records := make([]string, events)
	for i := range records {
		s.n++
		ids = append(ids, fmt.Sprintf("outage-%05d", s.n))
		noise := make([]byte, bytes)
		_, _ = rand.Read(noise)
		records[i] = order(ids[i], base64.StdEncoding.EncodeToString(noise))
	}
	return payloadOf(records...), ids
}

// order is an event of the shop that is valid.
func order(id, product string) string {
	return `{"type":"track","event":"order_paid","userId":"u","messageId":"` + id + `","properties":{"product_name":"` + product +
		`","category":"手机","price":1,"quantity":1,"is_vip":true,"tags":["a"],"seq":1,"run_id":"outage"}}`
}

func payloadOf(records ...string) string { return `{"batch":[` + strings.Join(records, ",") + `]}` }

// send sends a payload of some events and notes the answer.
func (s *sender) send(t *testing.T, events, bytes int) reply {
	t.Helper()
	body, ids := s.body(events, bytes)
	r := post(t, s.url+"/v1/batch", s.key, body)
	if r.status == http.StatusOK {
		s.taken = append(s.taken, ids...)
	} else {
		s.refused = append(s.refused, ids...)
	}
	return r
}

// requireComeBack holds an answer against what SDKs understand as “later”.
func requireComeBack(t *testing.T, r reply) {
	t.Helper()
	require.Equal(t, http.StatusServiceUnavailable, r.status, r.body)
	seconds, err := strconv.Atoi(r.header.Get("Retry-After"))
	require.NoError(t, err, r.header)
	require.Positive(t, seconds)
}

// requireExactly waits until the shop's test environment holds events with these ids, each once, and looks at the counter.
func requireExactly(t *testing.T, c *client, ids []string) {
	t.Helper()
	var found []string
	eventually(t, "everything that was taken is stored", func() bool {
		found = c.messageIDs(t)
		return len(found) >= len(ids)
	})
	require.ElementsMatch(t, ids, found)
	for _, s := range c.must(t, `{ event(app: "shop", key: "order_paid") { statistics { environment { key } count } } }`, nil).list("event", "statistics") {
		if s.text("environment", "key") == "test" {
			require.Equal(t, float64(len(ids)), s.number("count"))
		}
	}
}

// messageIDs are those of all events of the shop's test environment.
func (c *client) messageIDs(t *testing.T) (ids []string) {
	t.Helper()
	for after, more := any(nil), true; more; {
		page := c.must(t, `query($after: Cursor) { capturedEvents(app: "shop", environment: "test", first: 200, after: $after) {
			nodes { messageId } pageInfo { hasNextPage endCursor } } }`, vars{"after": after}).at("capturedEvents")
		for _, n := range page.list("nodes") {
			ids = append(ids, n.text("messageId"))
		}
		after, more = page.text("pageInfo", "endCursor"), page.at("pageInfo", "hasNextPage").v == true
	}
	return ids
}

func TestAFullBus(t *testing.T) {
	t.Parallel()
	s := start(t, "--nats-max-bytes", "2MiB")
	admin := s.admin(t)
	planned := planShop(t, admin)
	sdk := &sender{url: s.URL, key: planned.Test}
	var full reply
	for range 100 {
		if full = sdk.send(t, 10, 10<<10); full.status != http.StatusOK {
			break
		}
	}
	requireComeBack(t, full)
	require.NotEmpty(t, sdk.taken)
	for range 1000 { // Small ones may still find room.
		if full = sdk.send(t, 1, 1<<10); full.status != http.StatusOK {
			break
		}
	}
	requireComeBack(t, full)
	requireComeBack(t, sdk.send(t, 10, 10<<10))

	// A pixel's sender sees its picture whatever becomes of it; that it lost something is counted.
	lost, _ := sdk.body(1, 3<<10)
	pixel := strings.Replace(lost, `{"batch":[{`, `{"writeKey":`+quoted(planned.Test)+`,`, 1)
	answer := get(t, s.URL+"/v1/pixel/track?data="+base64.RawURLEncoding.EncodeToString([]byte(strings.TrimSuffix(pixel, "]}"))))
	require.Equal(t, http.StatusOK, answer.status)
	require.Equal(t, "image/gif", answer.header.Get("Content-Type"))
	require.Equal(t, 1.0, s.metric(t, "waymark_collect_requests_total", `deaf="true"`, `outcome="unavailable"`))

	requireExactly(t, admin, sdk.taken)
	require.Zero(t, admin.duplicates(t))
	require.Positive(t, s.metric(t, "waymark_bus_refused_total"))
	require.Equal(t, "商城", admin.must(t, `{ app(key: "shop") { name } }`, nil).text("app", "name"), "the API goes on")

	// The operator gives it room: what is there stays, and what was refused is taken now.
	s.stop(t)
	s.args = nil
	s.start(t)
	var again []string
	for _, id := range append(sdk.taken, sdk.refused...) {
		again = append(again, order(id, "again"))
	}
	require.Equal(t, http.StatusOK, post(t, s.URL+"/v1/batch", planned.Test, payloadOf(again...)).status)
	requireExactly(t, admin, append(sdk.taken, sdk.refused...))
	require.Equal(t, float64(len(sdk.taken)), admin.duplicates(t), "only what had been taken comes twice")
}

func TestABusThatIsGone(t *testing.T) {
	t.Parallel()
	nats := bustest.New(t.TempDir())
	require.NoError(t, nats.Start())
	t.Cleanup(nats.Stop)
	s := start(t, "NATS_URL="+nats.URL())
	admin := s.admin(t)
	planned := planShop(t, admin)
	token, _ := admin.bot(t, "TESTER")
	watching := watchShop(t, admin.with(token), "ws")
	awaitViewers(t, s, 1)
	sdk := &sender{url: s.URL, key: planned.Test}
	require.Equal(t, http.StatusOK, sdk.send(t, 3, 100).status)
	eventually(t, "it is seen", func() bool { return len(watching.captured(t)) == 3 })

	nats.Stop()
	eventually(t, "the node has noticed", func() bool { return !s.ready(t.Context()) })
	begun := time.Now()
	requireComeBack(t, sdk.send(t, 3, 100))
	require.Less(t, time.Since(begun), 15*time.Second, "an SDK is told before it gives up")
	require.Equal(t, "商城", admin.must(t, `{ app(key: "shop") { name } }`, nil).text("app", "name"), "the API goes on")
	requireExactly(t, admin, sdk.taken)

	require.NoError(t, nats.Start())
	s.waitUntilReady(t)
	require.Equal(t, http.StatusOK, post(t, s.URL+"/v1/batch", planned.Test, payloadOf(order(sdk.refused[0], "a"), order(sdk.refused[1], "b"), order(sdk.refused[2], "c"))).status)
	requireExactly(t, admin, append(sdk.taken, sdk.refused...))
	eventually(t, "live capture goes on by itself", func() bool { return len(watching.captured(t)) == 6 })
}

func TestADatabaseThatIsGone(t *testing.T) {
	t.Parallel()
	database := migrated(t)
	s := start(t, database)
	admin := s.admin(t)
	planned := planShop(t, admin)
	sdk := &sender{url: s.URL, key: planned.Test}
	require.Equal(t, http.StatusOK, sdk.send(t, 3, 100).status)
	requireExactly(t, admin, sdk.taken)

	restore := testkit.Outage(t, strings.TrimPrefix(database, "DATABASE_URL="))
	for range 20 {
		require.Equal(t, http.StatusOK, sdk.send(t, 5, 100).status, "collecting goes on into the bus")
	}
	told := admin.ask(t, `{ app(key: "shop") { name } }`, nil)
	require.Equal(t, "UNAVAILABLE", told.code(), "%v", told)
	eventually(t, "the node says so", func() bool { return !s.ready(t.Context()) })

	restore()
	s.waitUntilReady(t)
	requireExactly(t, admin, sdk.taken)
}
