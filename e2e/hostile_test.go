package e2e_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Bad input: whatever is sent, the answer says what is wrong with it, nothing has changed, and the server needs no more
// memory for it than for anything else.

// hostileDocuments are GraphQL requests as JSON, each with a part of what it has to be answered.
func hostileDocuments() map[string][2]string {
	request := func(document string) string { return `{"query":` + quoted(document) + `}` }
	const name = `{"query":"mutation($n: String!) { createApp(input: {key: \"new\", name: $n}) { app { id } } }","variables":{"n":%s}}`
	deep := strings.Repeat(`app { batches { nodes { `, 40) + `id` + strings.Repeat(` } } }`, 40)
	return map[string][2]string{
		"a number for a text":        {request(`{ app(key: 7) { name } }`), "String cannot represent a non string value: 7"},
		"a text for a number":        {request(`{ apps(first: "7") { totalCount } }`), "Int cannot represent non-integer value"},
		"a list for a text":          {fmt.Sprintf(name, `["x"]`), "String"},
		"an object for a text":       {fmt.Sprintf(name, `{"a":1}`), "String"},
		"null where there must be":   {fmt.Sprintf(name, `null`), "cannot be null"},
		"a variable that is missing": {`{"query":"query($k: String!) { app(key: $k) { id } }"}`, "must be defined"},
		"an unknown enum value":      {request(`mutation { createApp(input: {key: "new", name: "x", terminals: [{key: "a", name: "a", kind: TOASTER}]}) { app { id } } }`), "TOASTER"},
		"an unknown input field":     {request(`mutation { createApp(input: {key: "new", name: "x", colour: "red"}) { app { id } } }`), "colour"},
		"an unknown field":           {request(`{ app(key: "shop") { secrets } }`), "secrets"},
		"a key that is none":         {request(`mutation { createApp(input: {key: "no good", name: "x"}) { app { id } } }`), "input.key"},
		"a number beyond all bounds": {request(`{ apps(first: 99999999999999999999) { totalCount } }`), "99999999999999999999"},
		"an unknown id":              {request(`mutation { updateApp(input: {id: "app_00000000000000000000000000000000", name: "x"}) { app { id } } }`), "NOT_FOUND"},
		"an id of something else":    {request(`mutation { deleteApp(input: {id: "evt_00000000000000000000000000000000"}) { deletedId } }`), "NOT_FOUND"},
		"an id that is none":         {request(`mutation { deleteEvent(input: {id: "'; DROP TABLE events; --"}) { deletedId } }`), "NOT_FOUND"},
		"an unknown batch":           {request(`mutation { createEvent(input: {batch: "SHOP-9999", name: "x", wireName: "x"}) { event { id } } }`), "SHOP-9999"},
		"an unknown property":        {request(`mutation { createEvent(input: {batch: "SHOP-0001", name: "x", wireName: "x", properties: [{key: "price"}, {key: "nonesuch"}]}) { event { id } } }`), "input.properties[1]"},
		"too deep":                   {request(`{ batch(number: "SHOP-0001") { ` + deep + ` } }`), "too_deep"},
		"a fragment bomb":            {request(fragmentBomb(40)), "too_costly"},
		"fragments in a circle":      {request(`{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }`), "fragment"},
		"an alias bomb":              {request(`{ ` + aliases(3000) + ` }`), "token limit"},
		"many aliases":               {request(`{ ` + aliases(240) + ` }`), "too_many_aliases"},
		"one field many times":       {request(`{ ` + aliases(500) + ` }`), "too_many_repeats"},
		"large pages in large pages": {request(`{ apps(first: 200) { nodes { batches(first: 200) { nodes { events(first: 200) { nodes { id } } } } } } }`), "too_costly"},
		"a directive twice":          {request(`{ viewer @skip(if: false) @skip(if: true) { isToken } }`), "skip"},
		"brackets without end":       {request(`{ app(key: ` + strings.Repeat(`[`, 1<<20) + `) { id } }`), "nesting depth"},
		"braces without end":         {request(strings.Repeat(`{ a `, 300<<10)), "nesting depth"},
		"a list of requests":         {`[` + strings.Repeat(request(`{ viewer { isToken } }`)+`,`, 100) + request(`{ viewer { isToken } }`) + `]`, "object"},
		"variables without bottom":   {fmt.Sprintf(name, strings.Repeat(`[`, 100_000)+strings.Repeat(`]`, 100_000)), "object"},
		"not UTF-8":                  {"{\"query\":\"mutation { createApp(input: {key: \\\"new\\\", name: \\\"\xff\\\"}) { app { id } } }\"}", "UTF-8"},
		"half a surrogate pair":      {fmt.Sprintf(name, `"\ud83d"`), "input.name"},
		"a zero byte":                {fmt.Sprintf(name, `"a\u0000b"`), "input.name"},
		"a name of a megabyte":       {fmt.Sprintf(name, `"`+strings.Repeat("长", 300<<10)+`"`), "input.name"},
		"nothing":                    {``, "object"},
		"not JSON":                   {`query`, "object"},
		"50 MB of spaces":            {strings.Repeat(" ", 50_000_000), "larger than"},
		"50 MB of text":              {`{"query":"` + strings.Repeat("x", 50_000_000) + `"}`, "larger than"},
		"a gzip bomb":                {string(zipped(strings.Repeat(" ", 50_000_000))), "UTF-8"},
	}
}

// fragmentBomb is a short document that stands for more fields than there are atoms.
func fragmentBomb(levels int) string {
	var b strings.Builder
	b.WriteString("{ ...F0 }")
	for i := range levels {
		fmt.Fprintf(&b, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Query { apps { nodes { key } } }", levels)
	return b.String()
}

func aliases(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: viewer { isToken } ", i)
	}
	return b.String()
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = io.WriteString(w, text) // A buffer takes everything.
	_ = w.Close()
	return b.Bytes()
}

func TestHostileQueries(t *testing.T) {
	t.Parallel()
	s := start(t)
	admin := s.admin(t)
	planShop(t, admin)
	before := planOf(t, admin)
	documents := hostileDocuments()
	for name, d := range documents {
		t.Run(name, func(t *testing.T) {
			a := admin.post(t, strings.NewReader(d[0]))
			require.Len(t, a.Errors, 1, "%v", a)
			require.Contains(t, []string{"INVALID_INPUT", "NOT_FOUND"}, a.code(), "%v", a.Errors)
			require.NotEmpty(t, a.reason())
			require.Less(t, len(a.Errors[0].Message), 500, "it is short")
			said := fmt.Sprint(a.Errors[0])
			require.Contains(t, said, d[1])
			for _, root := range a.Data.members() {
				require.Nil(t, root)
			}
		})
	}
	t.Run("over WebSocket", func(t *testing.T) { hostileSubscriptions(t, admin, documents) })
	require.Equal(t, before, planOf(t, admin), "nothing has changed")
	token, _ := admin.bot(t, "ADMIN")
	var all []hostilePayload
	for _, d := range documents {
		all = append(all, hostilePayload{body: d[0]})
	}
	requireFlat(t, admin, all, func(p hostilePayload, _ int) (*http.Request, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", strings.NewReader(p.body))
		if err == nil {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return r, err
	})
	require.Equal(t, before, planOf(t, admin), "nothing has changed")
	require.Empty(t, linesWith(s.printed(), "panic"))
}

// hostileSubscriptions sends the documents that a WebSocket takes over one, which goes on all the while.
func hostileSubscriptions(t *testing.T, admin *client, documents map[string][2]string) {
	t.Helper()
	token, _ := admin.bot(t, "ADMIN")
	ws := admin.server.join(t, token)
	for name, d := range documents {
		if len(d[0]) > 64<<10 || !strings.HasPrefix(d[0], `{"query"`) || name == "not UTF-8" {
			continue // These end the connection: see TestSubscriptionProtocol.
		}
		ws.say(t, `{"type":"subscribe","id":"1","payload":`+d[0]+`}`)
		told := ws.hear(t)
		errs := told.list("payload")
		if told.text("type") == "next" {
			errs = told.list("payload", "errors")
			ws.hearType(t, "complete")
		}
		require.Len(t, errs, 1, "%s: %v", name, told)
		require.Contains(t, fmt.Sprint(errs[0].v), d[1], name)
	}
	ws.say(t, subscribeTo("1", `{ app(key: "shop") { name } }`))
	require.Equal(t, "商城", ws.hearType(t, "next").text("payload", "data", "app", "name"))
}

// planOf is all that bad input could have changed.
func planOf(t *testing.T, c *client) value {
	t.Helper()
	return c.must(t, `{ apps { totalCount nodes { id key name updatedAt environments { key writeKeys { key } }
		batches { totalCount nodes { number title updatedAt items { totalCount } } } } }
		events(app: "shop") { totalCount nodes { id key name updatedAt properties { totalCount } } }
		properties(app: "shop") { totalCount nodes { id key name updatedAt } } users { totalCount } }`, nil)
}

// requireFlat sends everything over and over, several requests at once, and fails when the server's memory does not stay
// where it was after the first rounds.
func requireFlat(t *testing.T, admin *client, payloads []hostilePayload, request func(p hostilePayload, n int) (*http.Request, error)) {
	t.Helper()
	const senders = 16
	s := admin.server
	rounds := func(times int) {
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() {
				for n := range times {
					for _, p := range payloads {
						press(request(p, n))
					}
				}
			})
		}
		wg.Wait()
	}
	rounds(1)
	before := s.footprint(t, admin)
	rounds(3)
	after := s.footprint(t, admin)
	_, peak := s.resident(t)
	t.Logf("after %d rounds %v; after %d %v; never more than %d MiB", senders, before, 4*senders, after, peak>>20)
	require.LessOrEqual(t, after.heap, before.heap+8<<20, "live heap")
	require.LessOrEqual(t, after.goroutines, before.goroutines+20)
	require.LessOrEqual(t, peak, int64(560)<<20, "resident memory")
}

// press sends a request and does not care for the answer.
func press(request *http.Request, err error) {
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	if response, err := http.DefaultClient.Do(request); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}

// hostilePayloads are bodies for the SDKs' endpoints, each with the status of its refusal.
func hostilePayloads() map[string]hostilePayload {
	track := order("hostile", "x")
	return map[string]hostilePayload{
		"nothing":                  {"", 400},
		"not JSON":                 {"hello", 400},
		"half":                     {`{"batch":[` + track, 400},
		"a batch that is none":     {`{"batch":7}`, 400},
		"a text":                   {`"batch"`, 400},
		"brackets without end":     {strings.Repeat("[", 4<<20), 400},
		"objects without end":      {strings.Repeat(`{"batch":`, 400<<10), 400},
		"millions of records":      {`{"batch":[` + strings.Repeat(`{},`, 1_500_000) + `{}]}`, 413},
		"50 MB of spaces":          {strings.Repeat(" ", 50_000_000), 413},
		"50 MB of records":         {payloadOf(strings.Repeat(track+",", 50_000_000/len(track)) + track), 413},
		"a gzip bomb":              {string(zipped(strings.Repeat(" ", 50_000_000))), 413},
		"a gzip bomb of records":   {string(zipped(payloadOf(strings.Repeat(track+",", 50_000_000/len(track)) + track))), 413},
		"a gzip bomb with measure": {string(zipped(`{"noise":"` + noise(200<<10) + `",` + payloadOf(strings.Repeat(track+",", 19_000_000/len(track)) + track)[1:])), 413},
		"a gzip bomb in gzip":      {string(zipped(string(zipped(strings.Repeat(" ", 50_000_000))))), 400},
		"half a gzip":              {string(zipped(track)[:60]), 400},
		"gzip of nothing":          {string(zipped("")), 400},
	}
}

// noise is text that does not compress to less than half.
func noise(bytes int) string {
	b := make([]byte, bytes/2)
	_, _ = rand.Read(b) // It never fails.
	return hex.EncodeToString(b)
}

type hostilePayload struct {
	body   string
	status int
}

func TestHostilePayloads(t *testing.T) {
	t.Parallel()
	s := start(t)
	admin := s.admin(t)
	planned := planShop(t, admin)
	require.Equal(t, http.StatusOK, post(t, s.URL+"/v1/batch", planned.Test, payloadOf(order("good", "手机"))).status)
	requireExactly(t, admin, []string{"good"})
	taken := s.metric(t, "waymark_collect_events_total")
	payloads := hostilePayloads()
	paths := []string{"/v1/batch", "/v1/track", "/v1/import", "/v1/identify", "/beacon/v1/batch"}
	for name, p := range payloads {
		t.Run(name, func(t *testing.T) {
			for i, path := range paths {
				body := io.Reader(strings.NewReader(p.body))
				if i%2 == 1 {
					body = io.MultiReader(body) // Without its length.
				}
				r := postFrom(t, s.URL+path, planned.Test, body)
				require.Equal(t, p.status, r.status, "%s: %s", path, r.body)
				require.NotEmpty(t, r.body)
				require.NotEmpty(t, r.header.Get("Waymark-Reason"))
			}
		})
	}
	for _, key := range []string{"", "nonesuch", strings.Repeat("k", 4<<10), "键"} {
		r := post(t, s.URL+"/v1/batch", key, payloadOf(order("hostile", "x")))
		require.Equal(t, http.StatusUnauthorized, r.status, r.body)
	}
	require.Equal(t, taken, s.metric(t, "waymark_collect_events_total"), "nothing of it was taken")
	requireFlat(t, admin, slices.Collect(maps.Values(payloads)), func(p hostilePayload, n int) (*http.Request, error) {
		url := s.URL + paths[n%len(paths)] + "?writeKey=" + planned.Test
		return http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(p.body))
	})
	require.Equal(t, taken, s.metric(t, "waymark_collect_events_total"), "nothing of it was taken")
	require.Equal(t, http.StatusOK, post(t, s.URL+"/v1/batch", planned.Test, payloadOf(order("better", "手机"))).status)
	requireExactly(t, admin, []string{"good", "better"})
	require.Empty(t, linesWith(s.printed(), "panic"))
}

// TestStrangeRecords: a payload that can be read is taken whole. What is wrong with a record in it is kept with the record,
// and said.
func TestStrangeRecords(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); strangeRecords(t, start(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); strangeRecords(t, start(t, migrated(t))) })
}

func strangeRecords(t *testing.T, s *server) {
	t.Helper()
	admin := s.admin(t)
	planned := planShop(t, admin)
	body := payloadOf(order("whole", `家庭 👨‍👩‍👧‍👦 🇨🇳 \ud83d\udc4d`), order("torn", "手\xff机"), order("zero", `a\u0000b`), order("half", `a\ud83d`),
		strings.Replace(order("case", "x"), `"price"`, `"Price"`, 1), strings.Replace(order("empty", "x"), `"手机"`, `"null"`, 1),
		strings.Replace(order("extra", "x"), `"price"`, `"颜色":"红","price"`, 1), `7`, `null`, `[]`)
	require.Equal(t, http.StatusOK, post(t, s.URL+"/v1/batch", planned.Test, body).status)
	events := map[string]value{}
	unreadable := 0
	for _, e := range admin.capturedEvents(t, 10) {
		if id := e.text("messageId"); id != "" {
			events[id] = e
			continue
		}
		unreadable++
		require.Equal(t, "INVALID", e.text("verdict"))
		require.Equal(t, "record_unreadable", e.text("violations", 0, "code"), "%v", e)
	}
	require.Equal(t, 3, unreadable)
	for id, product := range map[string]string{"whole": "家庭 👨‍👩‍👧‍👦 🇨🇳 👍", "torn": "手\ufffd机", "zero": "a\x00b", "half": "a\ufffd"} {
		require.Equal(t, "VALID", events[id].text("verdict"), "%v", events[id])
		require.Equal(t, product, events[id].text("properties", "product_name"))
	}
	require.Contains(t, fmt.Sprint(events["torn"].at("notes").v), "UTF-8", "what was mended is said")
	for id, want := range map[string][3]string{
		"case": {"INVALID", "property_case", "WARNING"}, "empty": {"INVALID", "placeholder_value", "ERROR"}, "extra": {"VALID", "extra_property", "WARNING"},
	} {
		require.Equal(t, want[0], events[id].text("verdict"), "%v", events[id])
		at := slices.IndexFunc(events[id].list("violations"), func(v value) bool { return v.text("code") == want[1] })
		require.GreaterOrEqual(t, at, 0, "%v", events[id])
		require.Equal(t, want[2], events[id].text("violations", at, "severity"))
	}
}
